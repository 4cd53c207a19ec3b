"""`rebuild`: rebuild the ledger of a repository from GitHub alone, and change nothing there.

    async with Bot(settings, policy, Clock()) as bot:
        rebuilt = await rebuild_ledger(bot)

It takes in what people did since the beginning, as resync takes in missed events. The same rules decide it in its
order, as of the time when it happened, but with the roles that people have now. The bot adopts what it did itself,
so that it has nothing to add when it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog

from bot.app import Bot
from bot.cli.options import check_home, quiet, repository_name, unavailable
from bot.engine import Again, error_fields
from bot.github.transport.errors import GitHubError
from bot.ledger import Ledger
from bot.pipeline.model.policy import Policy
from bot.runtime.clock import Clock
from bot.runtime.process import run_to_end
from bot.settings import ConfigurationError, Settings, load_policy
from bot.turns.runner import TurnRunner
from bot.turns.turn import Turn
from bot.turns.updater import Hear

BEGINNING = datetime(2008, 4, 10, tzinfo=UTC)
"""A time before everything on GitHub."""

MORE = 1000
"""Keys of repositories and pull requests that may wait beside those of opportunities."""

FAILURES = 20
"""The number of failed turns after which an issue is left: a few failures set a delivery aside."""

log = structlog.get_logger("bot.cli.rebuild")

NOT_SHOWN = (
    "what a comment or an issue said before it was last edited: it counts as of its last edit, as its author's",
    "comments that were deleted",
    "who ticked a box, and boxes that were ticked and unticked again",
    "what an issue's title was at any time, and so the titles that earlier similar ones had",
    "how many places were free, and the waiting list: each issue is decided by itself, with the others as they are now",
    "what GitHub showed of delivered work then: it is looked at as it is now, and so are people's roles and teams",
    "what people changed on the page themselves between the bot's amendments: it may be taken for the bot's own",
    "second and later runs of an opportunity that was posted again: their pull requests are taken for the first one's",
    "the exact second of what the bot decided by itself",
)
"""What GitHub does not show: a decision that depends on it may differ from the first one."""


@dataclass(frozen=True)
class Rebuilt:
    """The numbers of events and opportunities, and the keys of the opportunities with something left to decide."""

    found: int
    opportunities: int
    left: tuple[str, ...] = ()


class _NoUpdater:
    """Changes nothing on GitHub: the bot does that when it runs."""

    async def settle(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        """Leaves GitHub as it is."""

    async def hear_pulls(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        """Reports nothing: GitHub was not changed."""


@click.command()
@click.argument("repository", metavar="OWNER/REPO", callback=repository_name)
@click.option("--yes", is_flag=True, help="Rebuild even if the database has opportunities; SQLite is backed up first.")
@click.pass_obj
def rebuild(settings: Settings, repository: str, yes: bool) -> None:
    """Rebuild the ledger of a repository from GitHub alone.

    Stop the bot first. The command changes nothing on GitHub.
    """
    policy = load_policy(settings.bot_config)
    check_home(policy, repository)
    quiet(settings).check_credentials()
    _prepare_database(settings, repository, yes)
    run_to_end(_report(settings, policy))


def _prepare_database(settings: Settings, repository: str, yes: bool) -> None:
    """Upgrades the tables, and backs SQLite up if it has opportunities. Raises ConfigurationError if it must stay."""
    with contextlib.closing(Ledger(settings.database_url)) as ledger:
        if ledger.in_use():
            why = "stop the bot and anything else using the database, then run the command again"
            raise ConfigurationError(f"the database is in use: {why}")
        ledger.upgrade()
        count = sum(key.startswith(f"{repository.lower()}#") for key in ledger.rows())
        if count and not yes:
            first = "stop the bot" if ledger.libpq is None else "stop the bot, take a backup with pg_dump"
            raise ConfigurationError(
                f"the database holds {count} opportunities of {repository}: {first}, and say --yes to replace them"
            )
        if count and ledger.libpq is None:
            file = Path(settings.database_url.partition(":///")[2])
            copy = file.with_name(f"{file.name}.before-rebuild-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            ledger.back_up(copy)
            click.echo(f"Backed up to {copy}.")


async def _report(settings: Settings, policy: Policy) -> int:
    """Rebuilds with progress on screen; returns 1 if something is left to decide."""

    def progress(done: int, of: int) -> None:
        click.echo(f"\r{done} of {of} issues decided", err=True, nl=done == of)

    def wait(seconds: float, why: str) -> None:
        click.echo(f"\nWaiting {seconds:.0f} seconds for GitHub ({why}).", err=True)

    click.echo(f"Looking at all of {policy.repository} on GitHub …", err=True)
    async with Bot(settings, policy, Clock()) as bot:
        try:
            done = await rebuild_ledger(bot, progress, wait)
        except GitHubError as error:
            raise unavailable(policy, error) from error
    click.echo(f"{done.opportunities} opportunities, from {done.found} things that people did.")
    click.echo("Not shown by GitHub, and so perhaps not as it was:")
    click.echo("\n".join(f"- {what}" for what in NOT_SHOWN))
    if done.left:
        left = ", ".join(done.left)
        click.echo(f"Not decided to the end, the bot goes on with it (`python -m bot retry` says why): {left}")
    return 1 if done.left else 0


async def rebuild_ledger(
    bot: Bot,
    progress: Callable[[int, int], None] = lambda done, of: None,
    wait: Callable[[float, str], None] = lambda seconds, why: None,
) -> Rebuilt:
    """Forgets the repository and decides all of it again. The bot must not run elsewhere.

    `progress` hears how many issues are decided, of how many; `wait` for how long GitHub has to be waited for, and why.

    Pull requests have no part in it but as the opportunity's own: they are looked at when the bot runs.
    """
    ledger, desk = bot.ledger, bot.runner_with(updater=_NoUpdater())
    changes = await bot.resync.changes(BEGINNING)  # while GitHub cannot be looked at, nothing is forgotten
    await asyncio.to_thread(ledger.forget, bot.policy.repository)
    await asyncio.to_thread(
        ledger.mark_searched, bot.policy.repository, BEGINNING
    )  # interrupted, the bot looks from there
    found = await bot.resync.take_in(changes, BEGINNING)
    waiting = await asyncio.to_thread(ledger.waiting, desk.clock.now(), found + MORE)
    keys = sorted((key for key in waiting if "#" in key), key=lambda key: int(key.rpartition("#")[2]))
    left = []
    for done, key in enumerate(keys):
        progress(done, len(keys))
        if not await _decided(desk, key, wait):
            left.append(key)
    progress(len(keys), len(keys))
    return Rebuilt(found, len(await asyncio.to_thread(ledger.keys)), tuple(left))


async def _decided(desk: TurnRunner, key: str, wait: Callable[[float, str], None]) -> bool:
    """Runs turns until all is decided; returns False if GitHub refuses what that needs, or after repeated failures.

    A limit is waited for.
    """
    failures = 0
    while await asyncio.to_thread(desk.ledger.unread, key, 1):
        try:
            await desk.turn(key, _ours)
        except Again as again:
            wait(again.seconds, str(again))
            await asyncio.sleep(again.seconds)
        except Exception as error:
            failures += 1
            if failures > FAILURES:
                log.error("issue not decided", key=key, **error_fields(error))
                return False
        if (await asyncio.to_thread(desk.ledger.load, key)).stuck:
            return False
    return True


async def _ours() -> None:
    """Raises nothing: no other process runs."""
