"""The HTTP server of one process: webhooks and the board, or health and metrics alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from yarl import URL

from bot.documents.catalogs import Catalog
from bot.documents.messages import Messages
from bot.github.reading.webhook import Repositories, key_of
from bot.github.transport.sign_in import SignIn, web_address
from bot.ledger import Accepting, LedgerError
from bot.monitoring.figures import Figures
from bot.monitoring.operations import Operating
from bot.monitoring.running import RunningBot
from bot.settings import GITHUB, ConfigurationError, cannot_listen
from bot.web.board import mount_board
from bot.web.board.pages import About
from bot.web.metrics import Recent
from bot.web.receiver import add_monitors, receiver

LAST_ANSWER_SECONDS = 5.0
"""The time that requests under way have to end when the process stops."""

log = structlog.get_logger("bot")


class Server:
    """Serves a running bot; `closing` ends what it starts."""

    def __init__(self, running: RunningBot, closing: AsyncExitStack) -> None:
        self._running, self._settings, self._closing = running, running.settings, closing

    async def listen(
        self,
        repositories: Repositories,
        messages: Messages,
        words: Mapping[str, Catalog],
        labels: Mapping[str, str],
    ) -> str:
        """Takes webhooks and shows the board; returns its address. Raises ConfigurationError if it cannot listen.

        `labels` are the labels of the repository with their descriptions.
        """
        settings, ledger, now = self._settings, self._running.ledger, self._running.clock.now
        accepting = Accepting(ledger.accept)
        self._closing.push_async_callback(accepting.close)
        recent = Recent()
        operating = self._operating(recent)
        app = receiver(
            secrets=settings.webhook_secrets,
            accept=accepting.accept,
            key_of=lambda event, payload: key_of(event, payload, repositories),
            wake=self._running.wake,
            ready=self._ready,
            registry=self._registry(),
            recent=recent,
            now=now,
        )
        about = About(
            self._running.policy,
            messages.say,
            words,
            now,
            web_address(settings.github_api_url),
            operating,
            home=settings.board_url.rstrip("/"),
            api="" if settings.github_api_url == GITHUB else settings.github_api_url,
            labels=labels,
        )
        mount_board(app, ledger, about, LedgerError)
        address = await self._open(app, "PORT", settings.port)
        if operating:
            operating.port = URL(address).port or operating.port
        elif settings.wants_sign_in:
            log.warning("coordinators cannot sign in on the board", why="see what `python -m bot doctor` says of it")
        return address

    async def show_health(self, port: int) -> str:
        """Shows health and metrics alone, for a process that takes no webhooks. Returns and raises as `listen` does."""
        app = web.Application()
        add_monitors(app, self._ready, self._registry())
        return await self._open(app, "METRICS_PORT", port)

    def _operating(self, recent: Recent) -> Operating | None:
        """Returns the operations of the coordinators' pages; None if the settings allow no sign-in."""
        settings = self._settings
        try:
            settings.check_sign_in()
        except ConfigurationError:
            return None
        sign_in = SignIn(
            api=settings.github_api_url,
            web=web_address(settings.github_api_url),
            client_id=settings.github_client_id,
            client_secret=settings.github_client_secret.get_secret_value(),
        )
        self._closing.push_async_callback(sign_in.close)
        return Operating(self._running, sign_in, recent)

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(Figures(self._running))
        return registry

    async def _ready(self) -> None:
        await asyncio.to_thread(self._running.ledger.ping)

    async def _open(self, app: web.Application, setting: str, wanted: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWER_SECONDS)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        host = self._settings.host
        try:
            await web.TCPSite(runner, host, wanted).start()
        except (OSError, UnicodeError) as error:
            raise cannot_listen(error, ("HOST", host), (setting, wanted)) from error
        port = runner.addresses[0][1]
        log.info("listening", host=host, port=port)
        return f"http://{host}:{port}"
