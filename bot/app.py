"""Wires the rooms into a running bot.

async with Bot(settings, policy, Clock()) as bot:
    await bot.listen()
    await bot.work()
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any, Self

import structlog

from bot.catching_up.redelivery import Redelivery
from bot.catching_up.resync import Resync
from bot.catching_up.schedule import Schedule
from bot.engine import Engine
from bot.engine.embedded import Embedded
from bot.engine.wakes import Wakes
from bot.github.effects.ways import ExchangeRoute
from bot.github.reading.lookups import Look
from bot.github.reading.webhook import Repositories
from bot.github.transport.channel import open_reader
from bot.github.transport.client import GitHub
from bot.ledger import Ledger
from bot.monitoring.running import RunningBot
from bot.pipeline.model.policy import Policy
from bot.proposals import Drafts
from bot.runtime.beacon import ROUND_BYTES, Beacon
from bot.runtime.clock import Clock
from bot.serving.board_index import BoardIndex
from bot.serving.server import Server
from bot.settings import Settings, load_labels, load_messages, load_words
from bot.site_pulls import Checking
from bot.turns.decider import Decider
from bot.turns.runner import TurnRunner
from bot.turns.updater import GitHubUpdater

UNMANAGED = "form"
"""The kind of label that only people set."""


class Bot:
    """One process of the bot. It raises ConfigurationError for every mistake before it starts."""

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
        board_index = BoardIndex(self.ledger, self.policy, self.clock)
        await board_index.derive()
        self._background(board_index.repeat(self.policy.resync_minutes * 60))
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
        if kind is None or not issubclass(kind, Exception):  # an error says why it could not start
            structlog.get_logger("bot").info("stopped")

    def _engine(self, wakes: Wakes) -> Engine:
        url = self.ledger.libpq
        if url is None:
            return Embedded(self.desk, self.policy.sweep_seconds, wakes=wakes)
        from bot.engine.distributed import Distributed  # noqa: PLC0415 - Procrastinate is not needed otherwise

        return Distributed(self.desk, url, self.policy.sweep_seconds, wakes=wakes)

    def _background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._started.callback(task.cancel)

    def _server(self) -> Server:
        running = RunningBot(
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
        return Server(running, self._started)

    async def work(self) -> None:
        """Starts the worker, which begins with what an earlier process left."""
        self.working = True
        await self.engine.start()
        structlog.get_logger("bot").info("worker started")

    async def catch_up(self) -> None:
        """Looks for events that webhooks missed, now and from time to time."""
        schedule = Schedule(
            self.ledger, Redelivery(self.github), self.resync, resync_seconds=self.policy.resync_minutes * 60
        )
        for work in await schedule.start():
            self._background(work)

    async def listen(self) -> str:
        """Takes webhooks and shows the board; returns its address. Raises ConfigurationError if it cannot listen."""
        return await self._server().listen(self.desk.repositories, self._messages, self._words, self._labels)

    async def show_health(self, port: int) -> str:
        """Shows health and metrics alone, for a process that takes no webhooks. Returns and raises as `listen` does."""
        return await self._server().show_health(port)
