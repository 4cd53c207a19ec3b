"""The composition root: wires the rooms into a running bot.

async with Bot(settings, policy, Clock()) as bot:
    await bot.listen()
    await bot.work()
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any, Self

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from yarl import URL

from bot.beacon import Beacon
from bot.checking import Checking
from bot.clock import Clock
from bot.drafts import Drafts
from bot.engine import Engine
from bot.engine.embedded import Embedded
from bot.github.client import GitHub
from bot.github.deliveries import redeliver_failed
from bot.github.errors import GitHubError
from bot.github.look import Look
from bot.github.ways import Ways
from bot.github.webhook import House as Repositories
from bot.github.webhook import key_of
from bot.ledger import Accepting, Ledger
from bot.pipeline.policy import Policy
from bot.settings import Settings, cannot_listen, load_labels, load_messages
from bot.showing import Showing
from bot.turn import Desk
from bot.web.board import mount_board
from bot.web.receiver import receiver

UNMANAGED = "form"
"""The kind of label that people set and the bot never touches."""


class Bot:
    """One process of the bot. Everything that can be wrong with the configuration is raised before it starts."""

    def __init__(self, settings: Settings, policy: Policy, clock: Clock) -> None:
        settings.check_credentials()
        self.settings, self.policy, self.clock = settings, policy, clock
        self._messages = load_messages(policy.messages)
        self._managed = frozenset(label.name for label in load_labels(policy.labels) if label.kind != UNMANAGED)
        self.ledger = Ledger(settings.database_url)
        self._started = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.ledger.upgrade)
        self._started.callback(self.ledger.close)
        session = await self._started.enter_async_context(aiohttp.ClientSession())
        self.github = GitHub(
            url=self.settings.github_api_url,
            app_id=self.settings.github_app_id,
            private_key=self.settings.private_key(),
            shared_by=lambda: self.engine.workers,
        )
        self._started.push_async_callback(self.github.close)
        if self.settings.clock_url:
            self._background(self.clock.follow(self.settings.clock_url))
        self._machine = None
        if token := self.settings.ore_token.get_secret_value():
            self._machine = GitHub(url=self.settings.github_api_url, token=token)
            self._started.push_async_callback(self._machine.close)
        exchange = self.policy.exchange
        branches = frozenset(branch for branch in (self.policy.branch, exchange.branch) if branch)
        repositories = Repositories(self.policy.repository, exchange.repository, branches)
        ways = Ways(self.github, self._machine, exchange.repository)
        showing = Showing(
            policy=self.policy,
            ledger=self.ledger,
            github=self.github,
            drafts=Drafts(self.policy, self._messages),
            ways=ways,
            messages=self._messages,
            managed=self._managed,
            repositories=repositories,
            clock=self.clock,
        )
        teams = self.policy.teams
        self.desk = Desk(
            policy=self.policy,
            ledger=self.ledger,
            github=self.github,
            look=Look(
                self.github,
                self.policy.repository,
                coordinators=teams.coordinators,
                finance=teams.finance,
                hosts=self.policy.repository_hosts,
                exchange=ways.place,
                branch=self.policy.exchange.branch,
            ),
            beacon=Beacon(self.policy.beacon.url, session),
            messages=self._messages,
            showing=showing,
            checking=Checking(
                policy=self.policy,
                ledger=self.ledger,
                github=self.github,
                messages=self._messages,
                repositories=repositories,
                clock=self.clock,
            ),
            repositories=repositories,
            clock=self.clock,
        )
        self.engine = self._engine()
        self._started.push_async_callback(self.engine.stop)
        self.desk.wake = self.desk.checking.wake = self.engine.wake
        return self

    async def __aexit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        await self._started.aclose()
        if kind is None or not issubclass(kind, Exception):  # it was asked to, rather than unable to start
            structlog.get_logger("bot").info("stopped")

    def _engine(self) -> Engine:
        url = self.ledger.libpq
        if url is None:
            return Embedded(self.desk, self.policy.sweep_seconds)
        from bot.engine.distributed import Distributed  # noqa: PLC0415 - Procrastinate is not needed otherwise

        return Distributed(self.desk, url, self.policy.sweep_seconds)

    def _background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._started.callback(task.cancel)

    async def work(self) -> None:
        """Give turns, beginning with whatever was left undone."""
        await self.engine.start()

    async def catch_up(self) -> None:
        """Have GitHub deliver again what it could not deliver while nobody listened."""
        log = structlog.get_logger("bot")
        try:
            asked = await redeliver_failed(self.github)
        except GitHubError as error:
            log.warning("missed deliveries not asked for", error=str(error))
        else:
            log.info("caught up", redelivered=asked)

    async def listen(self) -> str:
        """Take webhooks and show the board; the address. Raises ConfigurationError where it cannot be had."""
        accepting = Accepting(self.ledger.accept)
        self._started.push_async_callback(accepting.close)
        registry = CollectorRegistry()
        registry.register(_Figures(self))
        house = self.desk.repositories

        async def ready() -> None:
            await asyncio.to_thread(self.ledger.ping)

        app = receiver(
            secrets=self.settings.webhook_secrets,
            accept=accepting.accept,
            key_of=lambda event, payload: key_of(event, payload, house),
            wake=self.engine.wake,
            ready=ready,
            registry=registry,
        )
        mount_board(app, self.ledger.rows, web_address(self.settings.github_api_url), self._messages.say)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        self._started.push_async_callback(runner.cleanup)
        host, wanted = self.settings.host, self.settings.port
        try:
            await web.TCPSite(runner, host, wanted).start()
        except (OSError, UnicodeError) as error:
            raise cannot_listen(error, ("HOST", host), ("PORT", wanted)) from error
        port = runner.addresses[0][1]
        structlog.get_logger("bot").info("listening", host=host, port=port)
        return f"http://{host}:{port}"


class _Figures:
    """What `/metrics` shows of the ledger and of GitHub, counted when asked."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        stats = self._bot.ledger.stats()
        age = (self._bot.clock.now() - stats.oldest_unread).total_seconds() if stats.oldest_unread else 0
        yield GaugeMetricFamily("bot_inbox_unread", "Deliveries stored and not yet decided", stats.unread)
        yield GaugeMetricFamily("bot_inbox_oldest_seconds", "Age of the oldest of them", max(0, age))
        yield GaugeMetricFamily("bot_inbox_given_up", "Deliveries set aside after failing", stats.given_up)
        yield GaugeMetricFamily("bot_opportunities", "Opportunities known", stats.opportunities)
        yield GaugeMetricFamily("bot_opportunities_running", "Opportunities in steps 3 to 8", stats.running)
        yield GaugeMetricFamily("bot_opportunities_waitlisted", "Opportunities in line", stats.waitlisted)
        yield GaugeMetricFamily("bot_opportunities_unsettled", "Opportunities with effects to do", stats.unsettled)
        calls = CounterMetricFamily("bot_github_calls", "Requests to GitHub", labels=["method"])
        for method, count in self._bot.github.calls.items():
            calls.add_metric([method], count)
        yield calls


def web_address(api: str) -> str:
    """Where people see what an API address serves: github.com, a GitHub Enterprise Server, or the sandbox."""
    url = URL(api)
    if url.host == "api.github.com":
        return "https://github.com"
    return str(url.origin())
