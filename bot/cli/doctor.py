"""`doctor`: check everything that the bot needs on this machine and on GitHub.

    async for result in examine(settings):
        print(result.line)

It reads and changes nothing. No result holds a secret; it says only that a secret is set and works.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import click
from pydantic import SecretStr

from bot.cli.app_checks import AppChecks
from bot.cli.check_result import CheckResult, CheckResults
from bot.cli.hub import HubError
from bot.cli.options import quiet
from bot.cli.setup import set_up_home
from bot.github.transport.channel import open_reader
from bot.github.transport.client import GitHub
from bot.github.transport.errors import GitHubError, Wait
from bot.ledger import Ledger, LedgerError
from bot.pipeline.model.policy import Policy
from bot.runtime.beacon import ROUND_BYTES, Beacon
from bot.runtime.process import run_to_end
from bot.settings import ConfigurationError, Settings, load_labels, load_messages, load_policy, load_words
from bot.web.board.signin import CALLBACK


@click.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Check what the bot needs, and say how to fix what is wrong.

    It prints one line for each check, `ok`, or `!!` with what to do, and changes nothing.

    It checks configuration, credentials, the App's permissions and events, where it is installed, its webhook, the
    Exchange (or ORE_TOKEN and its fork), teams, labels and issue form, database, beacon, clock. Ends with 1 if a check
    failed.
    """
    quiet(settings, "critical")  # the results report every error
    run_to_end(_report(settings))


async def _report(settings: Settings) -> int:
    failed = 0
    async for result in examine(settings):
        click.echo(result.line)
        failed += not result.ok
    click.echo(f"{failed} {'check' if failed == 1 else 'checks'} failed." if failed else "All checks passed.")
    return 1 if failed else 0


async def examine(settings: Settings) -> CheckResults:
    """Yields the results in the order in which the checks run. Raises nothing."""
    try:
        policy = load_policy(settings.bot_config)
        load_messages(policy.messages)
        load_words(policy.messages)
        load_labels(policy.labels)
    except ConfigurationError as error:
        yield CheckResult(False, "configuration", str(error))
        return
    yield CheckResult(True, f"configuration {settings.bot_config}, its messages and labels")
    async for result in _safely("database", _database(settings)):
        yield result
    async for result in _safely("beacon", _beacon(policy)):
        yield result
    try:
        settings.check_credentials()
        key = settings.private_key()
    except ConfigurationError as error:
        yield CheckResult(False, "credentials", str(error))
        return
    secrets = len(settings.webhook_secrets)
    yield CheckResult(True, f"credentials are set, with {secrets} webhook secret{'' if secrets == 1 else 's'}")
    yield _sign_in(settings)
    async with GitHub(url=settings.github_api_url, app_id=settings.github_app_id, private_key=key) as github:
        checks = AppChecks(settings, policy, github)
        async for result in _safely("the App", checks.app()):
            yield result
        if not checks.recognized:
            return
        for what, check in checks.others().items():
            async for result in _safely(what, check):
                yield result
    async for result in _safely("labels and issue form", _labels_and_form(settings, policy)):
        yield result


async def _safely(what: str, check: CheckResults) -> CheckResults:
    """Turns an error of one check into a failed result, so that the other checks run."""
    try:
        async for result in check:
            yield result
    except Wait as error:
        yield CheckResult(False, what, f"GitHub does not answer ({error.reason}); check the network and GITHUB_API_URL")
    except GitHubError as error:
        yield CheckResult(False, what, f"GitHub refuses to show it ({error})")
    except (ConfigurationError, HubError, LedgerError) as error:
        yield CheckResult(False, what, str(error))
    except Exception as error:
        yield CheckResult(False, what, f"something unexpected ({type(error).__name__}: {' '.join(str(error).split())})")


async def _database(settings: Settings) -> CheckResults:
    ledger = Ledger(settings.database_url)
    try:
        await asyncio.to_thread(ledger.check)
        kind = "PostgreSQL, for any number of processes" if ledger.libpq else "SQLite, for one worker"
    finally:
        await asyncio.to_thread(ledger.close)
    yield CheckResult(True, f"database ({kind}) is reachable, up to date and takes changes")


async def _beacon(policy: Policy) -> CheckResults:
    beacon, now = policy.beacon, datetime.now(UTC).timestamp()
    number = max(1, int(now - beacon.genesis) // beacon.period - 1)
    async with open_reader(beacon.url, ROUND_BYTES) as read:
        found = await Beacon(read).randomness(number)
    if found:
        yield CheckResult(True, f"beacon {beacon.url} gives round {number}")
    else:
        advice = "no supplier can be drawn; check the network, and `beacon` in the policy"
        yield CheckResult(False, f"beacon {beacon.url} does not give round {number}", advice)


def _sign_in(settings: Settings) -> CheckResult:
    if not settings.wants_sign_in:
        return CheckResult(True, "nobody signs in on the board: GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are not set")
    try:
        settings.check_sign_in()
    except ConfigurationError as error:
        return CheckResult(False, "signing in on the board", str(error))
    callback = settings.board_address(settings.port) + CALLBACK
    return CheckResult(True, f"coordinators sign in on the board; the App must have the callback URL {callback}")


async def _labels_and_form(settings: Settings, policy: Policy) -> CheckResults:
    def compare() -> list[str]:
        as_app = settings.model_copy(update={"github_token": SecretStr("")})
        return [
            part.name for part in set_up_home(as_app, policy, policy.repository, dry_run=True) if part.found != "right"
        ]

    wrong = await asyncio.to_thread(compare)
    if wrong:
        named = f"{', '.join(wrong[:3])}{', …' if len(wrong) > 3 else ''}"
        advice = f"run `python -m bot setup {policy.repository}`"
        yield CheckResult(False, f"{len(wrong)} of labels and issue form missing or different ({named})", advice)
    else:
        yield CheckResult(True, f"labels and issue form on {policy.repository}")
