"""The composition root: wires the rooms into a running bot.

async with Bot(settings, policy, Clock()) as bot:
    await bot.listen()
    await bot.work()
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Self

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from yarl import URL

from bot.catching_up.redelivery import Redelivery
from bot.catching_up.resync import Resync
from bot.catching_up.schedule import Schedule
from bot.engine import Engine
from bot.engine.embedded import Embedded
from bot.engine.wakes import Wakes
from bot.github.effects.ways import ExchangeRoute
from bot.github.reading.lookups import Look
from bot.github.reading.webhook import Repositories, key_of
from bot.github.transport.channel import open_reader
from bot.github.transport.client import GitHub
from bot.github.transport.sign_in import SignIn
from bot.ledger import Accepting, Ledger, LedgerError
from bot.monitoring.figures import Figures
from bot.monitoring.operations import Operating
from bot.monitoring.running import RunningBot
from bot.pipeline.model.policy import Policy
from bot.proposals import Drafts
from bot.published.recording import recorder
from bot.runtime.beacon import ROUND_BYTES, Beacon
from bot.runtime.clock import Clock
from bot.settings import GITHUB, ConfigurationError, Settings, cannot_listen, load_labels, load_messages, load_words
from bot.site_pulls import Checking
from bot.turns.decider import Decider
from bot.turns.runner import TurnRunner
from bot.turns.updater import GitHubUpdater
from bot.web.board import mount_board
from bot.web.board.pages import About
from bot.web.metrics import Recent
from bot.web.receiver import add_monitors, receiver

SAY_EVERY = 1000
"""Records that are made anew between two words about it."""

UNMANAGED = "form"
"""The kind of label that people set and the bot never touches."""

LAST_WORDS = 5.0
"""Seconds in which requests that are under way when the bot stops may still be answered."""


class Bot:
    """One process of the bot. Everything that can be wrong with the configuration is raised before it starts."""

    def __init__(self, settings: Settings, policy: Policy, clock: Clock) -> None:
        settings.check_credentials()
        self.settings, self.policy, self.clock = settings, policy, clock
        self._messages = load_messages(policy.messages)
        self._words = load_words(policy.messages)
        labels = load_labels(policy.labels)
        self._managed = frozenset(label.name for label in labels if label.kind != UNMANAGED)
        self._labels = {label.name: label.description for label in labels}
        self.ledger = Ledger(settings.database_url)
        self.working = False
        self._started = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.ledger.upgrade)
        self._started.callback(self.ledger.close)
        if self.settings.clock_url:
            await self._started.enter_async_context(self.clock.following(self.settings.clock_url))
        await self._derive()
        self._background(_for_ever(self.policy.resync_minutes * 60, self._derive_again))
        read = await self._started.enter_async_context(open_reader(self.policy.beacon.url, ROUND_BYTES))
        beacon = Beacon(read)
        self.github = GitHub(
            url=self.settings.github_api_url,
            app_id=self.settings.github_app_id,
            private_key=self.settings.private_key(),
            shared_by=lambda: self.engine.workers,
        )
        self._started.push_async_callback(self.github.close)
        self.machine: GitHub | None = None
        if token := self.settings.ore_token.get_secret_value():
            self.machine = GitHub(url=self.settings.github_api_url, token=token)
            self._started.push_async_callback(self.machine.close)
        exchange = self.policy.exchange
        branches = frozenset(branch for branch in (self.policy.branch, exchange.branch) if branch)
        repositories = Repositories(self.policy.repository, exchange.repository, branches)
        ways = ExchangeRoute(self.github, self.machine, exchange.repository)
        wakes = Wakes()
        updater = GitHubUpdater(
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
        look = Look(
            self.github,
            self.policy.repository,
            coordinators=teams.coordinators,
            finance=teams.finance,
            hosts=self.policy.repository_hosts,
            exchange=ways.place,
            branch=self.policy.exchange.branch,
        )
        deciding = Decider(
            policy=self.policy,
            ledger=self.ledger,
            github=self.github,
            look=look,
            beacon=beacon,
            messages=self._messages,
            clock=self.clock,
            wake=wakes,
        )
        self.runner_with = partial(
            TurnRunner,
            policy=self.policy,
            ledger=self.ledger,
            github=self.github,
            look=look,
            deciding=deciding,
            checking=Checking(
                policy=self.policy,
                ledger=self.ledger,
                github=self.github,
                messages=self._messages,
                repositories=repositories,
                clock=self.clock,
                wake=wakes,
            ),
            repositories=repositories,
            clock=self.clock,
            wake=wakes,
        )
        self.desk = self.runner_with(updater=updater)
        self.resync = Resync(
            ledger=self.ledger,
            github=self.github,
            exchange=ways.place,
            repositories=repositories,
            branch=self.policy.branch,
            beacon=self.policy.beacon,
            clock=self.clock,
            wake=wakes,
        )
        self.engine = self._engine(wakes)
        self._started.push_async_callback(self.engine.stop)
        return self

    async def __aexit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        await self._started.aclose()
        if kind is None or not issubclass(kind, Exception):  # it was asked to, rather than unable to start
            structlog.get_logger("bot").info("stopped")

    async def _derive(self) -> None:
        """What the board knows of each opportunity is what this code makes of its facts."""
        await asyncio.to_thread(self.ledger.derive, recorder(self.policy, self.clock.now), _deriving)

    async def _derive_again(self) -> None:
        """While processes are replaced, those of the version before commit facts and no records."""
        try:
            await self._derive()
        except LedgerError as error:
            structlog.get_logger("bot").warning("board index not rebuilt", error=str(error))

    def _engine(self, wakes: Wakes) -> Engine:
        url = self.ledger.libpq
        if url is None:
            return Embedded(self.desk, self.policy.sweep_seconds, wakes=wakes)
        from bot.engine.distributed import Distributed  # noqa: PLC0415 - Procrastinate is not needed otherwise

        return Distributed(self.desk, url, self.policy.sweep_seconds, wakes=wakes)

    def _background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._started.callback(task.cancel)

    def _running(self) -> RunningBot:
        return RunningBot(
            settings=self.settings,
            policy=self.policy,
            ledger=self.ledger,
            clock=self.clock,
            clients=(self.github, self.machine) if self.machine else (self.github,),
            turns=self.desk.turns,
            works=lambda: self.working,
            wake=self.engine.wake,
            standing=self.desk.look.standing,
        )

    async def work(self) -> None:
        """Give turns, beginning with whatever was left undone."""
        self.working = True
        await self.engine.start()
        structlog.get_logger("bot").info("worker started")

    async def catch_up(self) -> None:
        """Catch up with what webhooks missed, now and from time to time."""
        schedule = Schedule(
            self.ledger, Redelivery(self.github), self.resync, resync_seconds=self.policy.resync_minutes * 60
        )
        for work in await schedule.start():
            self._background(work)

    async def listen(self) -> str:
        """Take webhooks and show the board; the address. Raises ConfigurationError where it cannot be had."""
        accepting = Accepting(self.ledger.accept)
        self._started.push_async_callback(accepting.close)
        registry, repositories, recent = self._registry(), self.desk.repositories, Recent()
        operating = self._operating(recent)
        app = receiver(
            secrets=self.settings.webhook_secrets,
            accept=accepting.accept,
            key_of=lambda event, payload: key_of(event, payload, repositories),
            wake=self.engine.wake,
            ready=self._ready,
            registry=registry,
            recent=recent,
            now=self.clock.now,
        )
        about = About(
            self.policy,
            self._messages.say,
            self._words,
            self.clock.now,
            web_address(self.settings.github_api_url),
            operating,
            home=self.settings.board_url.rstrip("/"),
            api="" if self.settings.github_api_url == GITHUB else self.settings.github_api_url,
            labels=self._labels,
        )
        mount_board(app, self.ledger, about, LedgerError)
        address = await self._listen(app, "PORT", self.settings.port)
        if operating:
            operating.port = URL(address).port or operating.port
        elif self.settings.wants_sign_in:
            why = "see what `python -m bot doctor` says of it"
            structlog.get_logger("bot").warning("coordinators cannot sign in on the board", why=why)
        return address

    def _operating(self, recent: Recent) -> Operating | None:
        """For the pages of coordinators; None where they cannot sign in, which is nobody else's concern."""
        settings = self.settings
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
        self._started.push_async_callback(sign_in.close)
        return Operating(self._running(), sign_in, recent)

    async def show_health(self, port: int) -> str:
        """Health and metrics alone, for a process that takes no webhooks; the address. Raises as `listen` does."""
        app = web.Application()
        add_monitors(app, self._ready, self._registry())
        return await self._listen(app, "METRICS_PORT", port)

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(Figures(self._running()))
        return registry

    async def _ready(self) -> None:
        await asyncio.to_thread(self.ledger.ping)

    async def _listen(self, app: web.Application, name: str, wanted: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_WORDS)
        await runner.setup()
        self._started.push_async_callback(runner.cleanup)
        host = self.settings.host
        try:
            await web.TCPSite(runner, host, wanted).start()
        except (OSError, UnicodeError) as error:
            raise cannot_listen(error, ("HOST", host), (name, wanted)) from error
        port = runner.addresses[0][1]
        structlog.get_logger("bot").info("listening", host=host, port=port)
        return f"http://{host}:{port}"


def _deriving(done: int, of: int) -> None:
    """Many records take a while to be made anew: who waits for the bot sees how far it is."""
    if done == of or done % SAY_EVERY == 0:
        structlog.get_logger("bot").info("rebuilding the board index", done=done, of=of)


async def _for_ever(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await work()


def web_address(api: str) -> str:
    """Where people see what an API address serves: github.com, a GitHub Enterprise, or the sandbox."""
    url = URL(api)
    host = url.host or ""
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        return f"https://{host.removeprefix('api.')}"
    return str(url.origin())
