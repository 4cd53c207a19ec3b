"""The command line: `python -m bot COMMAND`. Exit codes: 0 done, 1 found a problem, 2 wrong use."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click

from bot.ledger import Ledger, LedgerError
from bot.pipeline.model.policy import Beacon, Policy
from bot.runtime import logs
from bot.runtime.process import run_to_end
from bot.settings import (
    ConfigurationError,
    Settings,
    cannot_listen,
    load_labels,
    load_messages,
    load_policy,
    load_settings,
    load_words,
    read_private_key,
)

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class OneSentence(click.Group):
    """Errors are one sentence on stderr, never a traceback, unless `--debug`."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _without_usage(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        if ctx.params["debug"]:
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except (ConfigurationError, LedgerError) as error:
            _fail(error, 2)
        except click.UsageError as error:
            raise _without_usage(error) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            _fail(error, 1)
        except Exception as error:
            why = " ".join(str(error).split())
            _fail(f"something unexpected ({type(error).__name__}: {why}); `python -m bot --debug …` shows where", 1)


def _without_usage(error: click.UsageError) -> click.UsageError:
    if not isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.ctx = None  # who asked for nothing gets the help, who made a mistake a sentence
    return error


def _fail(error: Exception | str, code: int) -> None:
    click.echo(f"Error: {error}", err=True)
    sys.exit(code)


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show a traceback where something goes wrong.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Carries small open-source purchases through nine steps, in one GitHub issue each.

    Settings come from the environment or `.env`, policy from the file that BOT_CONFIG names.
    """
    settings = load_settings()
    logs.set_up(settings.log_level, settings.log_format)
    ctx.obj = settings


@cli.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Serve GitHub: web and worker in one process.

    Without GitHub credentials, starts the sandbox on port 8090, plays one opportunity through all nine steps,
    and stays up.
    """
    policy = load_policy(settings.bot_config)
    if settings.has_credentials:
        run_to_end(_serve(settings, web=True, worker=True))
    from bot.demo import demo as play  # noqa: PLC0415 - the sandbox is not needed to serve GitHub

    run_to_end(play(_quiet(settings), policy, keep=True))


@cli.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Take webhooks and show the board; turns are given by `worker`."""
    run_to_end(_serve(settings, web=True, worker=False))


@cli.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Give opportunities their turns; webhooks are taken by `web`."""
    run_to_end(_serve(settings, web=False, worker=True))


async def _serve(settings: Settings, *, web: bool, worker: bool) -> None:
    from bot.app import Bot  # noqa: PLC0415 - keeps --help quick
    from bot.runtime.clock import Clock  # noqa: PLC0415

    async with Bot(settings, load_policy(settings.bot_config), Clock()) as bot:
        if web:
            await bot.listen()
            await bot.catch_up()  # what was missed comes in before time is looked at
        elif settings.metrics_port is not None:
            await bot.show_health(settings.metrics_port)
        if worker:
            await bot.work()
        await asyncio.Event().wait()


@cli.command()
@click.option("--keep", is_flag=True, help="Stay up at the end, to look around.")
@click.option("--statement-en", type=FILE, help="A post whose text becomes the opportunity's, in English.")
@click.option("--statement-fr", type=FILE, help="The same in French; both or neither.")
@click.option("--ore", type=FOLDER, help="A folder that becomes the Open Resource Exchange's repository.")
@click.pass_obj
def demo(
    settings: Settings, keep: bool, statement_en: Path | None, statement_fr: Path | None, ore: Path | None
) -> None:
    """Play one opportunity from contact to the merged entry in the Exchange, on the sandbox.

    Ends with 0 only if the issue ended `done` and the entry is on the Exchange's default branch.
    """
    from bot import demo as stage  # noqa: PLC0415

    if (statement_en is None) != (statement_fr is None):
        raise ConfigurationError("--statement-en and --statement-fr go together: give both")
    english, french = statement_en or stage.STATEMENT_EN, statement_fr or stage.STATEMENT_FR
    ports = {"sandbox_port": stage.SANDBOX_PORT if keep else 0}
    quiet = _quiet(settings if keep else settings.model_copy(update={"port": 0}))
    policy = load_policy(settings.bot_config)
    run_to_end(stage.demo(quiet, policy, keep=keep, english=english, french=french, ore_folder=ore, **ports))


def _quiet(settings: Settings) -> Settings:
    """On screen is the story; the log only says what went wrong."""
    if settings.log_level == "info":
        logs.set_up("warning", settings.log_format)
    return settings


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True)
@click.option("--seed", type=FILE, help="A YAML file: people, repositories, roles, files.")
@click.option("--webhook-url", help="Where deliveries go, for instance http://127.0.0.1:8080/webhook.")
@click.option("--webhook-secret", default="", help="What they are signed with.")
@click.option("--private-key", type=FILE, help="The App's key (PEM); made anew where it is left out.")
@click.option(
    "--env",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write there the environment of a bot that serves this sandbox, send it the deliveries, set it up.",
)
@click.pass_obj
def sandbox(
    settings: Settings,
    host: str,
    port: int,
    seed: Path | None,
    webhook_url: str | None,
    webhook_secret: str,
    private_key: Path | None,
    env: Path | None,
) -> None:
    """A GitHub in a box, alone: API, git, webhooks, pages.

    With --env, a second terminal starts a bot for it with the line that is shown.
    """
    from bot import demo as stage  # noqa: PLC0415
    from bot.cli.hub import HubError  # noqa: PLC0415
    from sandbox.cast import HOME  # noqa: PLC0415
    from sandbox.seeds import SeedError  # noqa: PLC0415
    from sandbox.serve import box, serve  # noqa: PLC0415

    bots_port = settings.port or 8080
    if env:
        if webhook_url or webhook_secret:
            raise ConfigurationError("--env chooses where deliveries go and their secret: leave --webhook-… out")
        stage.check_environment(env)
        policy, bots_secret = load_policy(settings.bot_config), secrets.token_hex(16)
    if webhook_url and not webhook_url.startswith(("http://", "https://")):
        raise ConfigurationError("--webhook-url is no address: write it like http://127.0.0.1:8080/webhook")
    key = read_private_key(f"--private-key {private_key}", private_key) if private_key else None
    try:
        github = box(seed, webhook_url, webhook_secret, key)
    except SeedError as error:
        raise ConfigurationError(str(error)) from error

    with tempfile.TemporaryDirectory(prefix="micro-acquisition-") as folder:

        async def ready() -> None:
            hint = "With --env FILE it writes what a bot needs to serve it."
            if env:
                await asyncio.to_thread(stage.furnish, github.url, policy)
                github.send_webhooks_to(f"http://127.0.0.1:{bots_port}/webhook", bots_secret)
                line = stage.write_environment(env, github, bots_secret, bots_port, Path(folder, "bot.db"))
                hint = f"A bot for it, in a second terminal, from this folder:\n{line}"
            click.echo(f"Sandbox on {github.url} (people's tokens are sandbox-LOGIN). Ctrl-C ends it.\n{hint}")

        async def serving() -> None:
            try:
                await serve(github, host, port, ready)
            except HubError as error:
                raise ConfigurationError(f"--env needs a seed whose coordinator may write in {HOME}") from error
            except (OSError, UnicodeError) as error:
                raise cannot_listen(error, ("--host", host), ("--port", port)) from error

        run_to_end(serving())


@cli.command("verify-draw")
@click.argument("opportunity", metavar="OWNER/REPO#N")
@click.pass_obj
def verify_draw(settings: Settings, opportunity: str) -> None:
    """Recompute a draw from public data alone: the issue's comments and the beacon.

    \b
    Looked at, for each draw announced in the issue, one line each:
      opportunity   the record is of this opportunity
      pool          the suppliers, in order, have the published SHA-256
      round         the beacon is the policy's, and the round comes out when announced
      announcement  it was written, and last edited, before the round came out
      result        what the bot published afterwards repeats the announcement
      randomness    it is what the beacon gives, and the SHA-256 of the beacon's signature
      order         RFC 3797 gives the published order
      turns         the suppliers were told in that order

    Only comments by bots count, and each is named: see that it is the bot you expect. Not looked at: whether the
    pool is everyone who passed (read the evaluations in the thread), whether a comment was deleted (GitHub shows
    it in the thread), and the beacon's signature beyond its SHA-256.

    No credentials are needed; GITHUB_TOKEN raises GitHub's limits, GITHUB_API_URL names another GitHub, and the
    beacon is the one in the policy, or a sandbox's own. Ends with 0 if everything holds, 1 if something does not or
    no draw is there.
    """
    from bot.cli.verify import CannotVerify, verify  # noqa: PLC0415 - keeps --help quick

    named = re.fullmatch(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#([1-9][0-9]{0,8})", opportunity)
    if not named:
        raise click.UsageError("name the issue as OWNER/REPO#N, for instance canada-ca/micro-acquisition#12")
    beacon = load_policy(settings.bot_config).beacon
    if settings.is_local and beacon == Beacon():  # a sandbox has its own
        beacon = Beacon(url=f"{settings.github_api_url}/beacon/public")
    token = settings.github_token.get_secret_value()
    if settings.log_level == "info":
        logs.set_up("critical", settings.log_format)  # what goes wrong is among the findings
    try:
        right = verify(named[1], int(named[2]), api=settings.github_api_url, token=token, beacon=beacon, say=click.echo)
    except CannotVerify as error:
        _fail(error, 1)
    sys.exit(0 if right else 1)


def _opportunity(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value and not re.fullmatch(r"[\w.-]+/[\w.-]+[#!][1-9][0-9]{0,8}", value):
        raise click.BadParameter(
            f"{value} is no opportunity: write it as OWNER/REPO#N, or a pull request as OWNER/REPO!N"
        )
    return value.lower() if value else None


@cli.command()
@click.argument("opportunity", metavar="[OWNER/REPO#N]", required=False, callback=_opportunity)
@click.pass_obj
def retry(settings: Settings, opportunity: str | None) -> None:
    """List everything that is stuck, with the reason, and retry it now.

    A running bot retries it at its next sweep. With OWNER/REPO#N (a pull request: OWNER/REPO!N), only that one.
    What waits for people, and deliveries that were set aside, are listed too. Ends with 1 if anything is stuck.
    """
    from bot.monitoring.retry import retried  # noqa: PLC0415 - keeps --help quick

    policy = load_policy(settings.bot_config)
    ledger = Ledger(settings.database_url)
    try:
        ledger.ping()
        lines, stuck = retried(ledger, opportunity, policy.sweep_seconds)
    finally:
        ledger.close()
    for line in lines:
        click.echo(line)
    sys.exit(1 if stuck else 0)


def _is_home(policy: Policy, repository: str) -> None:
    if repository.lower() != policy.repository.lower():
        raise ConfigurationError(
            f"{repository} is not where the opportunities live: that is {policy.repository}, by the policy"
        )


def _repository(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", value):
        raise click.BadParameter(f"{value} is no repository: write it as OWNER/REPO")
    return value


@cli.command()
@click.argument("repository", metavar="OWNER/REPO", callback=_repository)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def setup(settings: Settings, repository: str, dry_run: bool) -> None:
    """Create or correct the labels and the issue form on a repository; nothing is deleted.

    It acts as the person whose token is in GITHUB_TOKEN: somebody with write access; a fine-grained token needs
    Contents and Issues, read and write. Without one it acts as the App of the environment, with these permissions.
    """
    from bot.cli.hub import HubError, open_repository  # noqa: PLC0415
    from bot.cli.setup import set_up, summary  # noqa: PLC0415
    from bot.documents.issue_form import issue_form  # noqa: PLC0415 - keeps --help quick

    policy = load_policy(settings.bot_config)
    labels, form = load_labels(policy.labels), issue_form(load_messages(policy.messages), policy)
    things = []
    try:
        for thing in set_up(open_repository(settings, repository), labels, form, dry_run=dry_run):
            click.echo(thing.told(dry_run=dry_run))
            things.append(thing)
    except HubError as error:
        _fail(error, 1)
    click.echo(summary(repository, things, dry_run=dry_run))


@cli.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Check everything the bot needs: one line each, `ok`, or `!!` and what to do. Changes nothing.

    Looked at: configuration, credentials, the App's permissions and events, where it is installed, its webhook, the
    Exchange (or ORE_TOKEN and its fork), teams, labels and issue form, database, beacon, clock. Ends with 1 if
    anything is not right.
    """
    from bot.cli.doctor import examine  # noqa: PLC0415 - keeps --help quick

    if settings.log_level == "info":
        logs.set_up("critical", settings.log_format)  # what goes wrong is among the findings

    async def look() -> int:
        wrong = 0
        async for finding in examine(settings):
            click.echo(finding.told)
            wrong += not finding.ok
        click.echo("All checks passed." if not wrong else f"{wrong} {'check' if wrong == 1 else 'checks'} failed.")
        return 1 if wrong else 0

    run_to_end(look())


def _unseen(policy: Policy, error: Exception) -> str:
    """Why a repository cannot be looked at, and what to do."""
    if reason := getattr(error, "reason", ""):  # a limit, or an outage
        return f"GitHub is unavailable ({reason}): try again later"
    return f"GitHub does not show {policy.repository} ({error}): `python -m bot doctor` says what is missing"


@cli.command()
@click.argument("repository", metavar="[OWNER/REPO]", callback=_repository, required=False)
@click.pass_obj
def resync(settings: Settings, repository: str | None) -> None:
    """Look for what webhooks missed, and catch up: it comes into the inbox, and the running bot decides it.

    The bot does the same when it starts, and every `resync_minutes` of the policy.
    """
    policy = load_policy(settings.bot_config)
    _is_home(policy, repository or policy.repository)
    _quiet(settings)

    async def look() -> None:
        from bot.app import Bot  # noqa: PLC0415 - keeps --help quick
        from bot.github.transport.errors import GitHubError  # noqa: PLC0415
        from bot.runtime.clock import Clock  # noqa: PLC0415

        async with Bot(settings, policy, Clock()) as bot:
            try:
                found = await bot.resync.run()
            except GitHubError as error:
                raise click.ClickException(_unseen(policy, error)) from error
        if found:
            when = f"within {policy.sweep_seconds:g} seconds, or when it is started"
            click.echo(f"{found} missed, now in the inbox: the bot takes it up {when}.")
        else:
            click.echo("Nothing was missed.")

    run_to_end(look())


@cli.command()
@click.argument("repository", metavar="OWNER/REPO", callback=_repository)
@click.option("--yes", is_flag=True, help="Rebuild even if the database has opportunities; SQLite is backed up first.")
@click.pass_obj
def rebuild(settings: Settings, repository: str, yes: bool) -> None:
    """Make the ledger of a repository anew, from GitHub alone. Stop the bot before; nothing is changed on GitHub."""
    policy = load_policy(settings.bot_config)
    _is_home(policy, repository)
    _quiet(settings).check_credentials()
    ledger = Ledger(settings.database_url)
    if ledger.in_use():
        why = "stop the bot and anything else using the database, then run the command again"
        raise ConfigurationError(f"the database is in use: {why}")
    ledger.upgrade()
    held = [key for key in ledger.rows() if key.startswith(f"{repository.lower()}#")]
    if held and not yes:
        first = "stop the bot" if ledger.libpq is None else "stop the bot, take a backup with pg_dump"
        raise ConfigurationError(
            f"the database holds {len(held)} opportunities of {repository}: {first}, and say --yes to replace them"
        )
    if held and ledger.libpq is None:
        place = Path(settings.database_url.partition(":///")[2])
        copy = place.with_name(f"{place.name}.before-rebuild-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        ledger.back_up(copy)
        click.echo(f"Backed up to {copy}.")
    ledger.close()

    def progress(done: int, of: int) -> None:
        click.echo(f"\r{done} of {of} issues decided", err=True, nl=done == of)

    def wait(seconds: float, why: str) -> None:
        click.echo(f"\nWaiting {seconds:.0f} seconds for GitHub ({why}).", err=True)

    async def anew() -> int:
        from bot.app import Bot  # noqa: PLC0415 - keeps --help quick
        from bot.cli.rebuild import NOT_SHOWN, rebuild  # noqa: PLC0415
        from bot.github.transport.errors import GitHubError  # noqa: PLC0415
        from bot.runtime.clock import Clock  # noqa: PLC0415

        click.echo(f"Looking at all of {policy.repository} on GitHub …", err=True)
        async with Bot(settings, policy, Clock()) as bot:
            try:
                done = await rebuild(bot, progress, wait)
            except GitHubError as error:
                raise click.ClickException(_unseen(policy, error)) from error
        click.echo(f"{done.opportunities} opportunities, from {done.found} things that people did.")
        click.echo("Not shown by GitHub, and so perhaps not as it was:")
        click.echo("\n".join(f"- {what}" for what in NOT_SHOWN))
        if done.left:
            left = ", ".join(done.left)
            click.echo(f"Not decided to the end, the bot goes on with it (`python -m bot retry` says why): {left}")
        return 1 if done.left else 0

    run_to_end(anew())


@cli.command()
@click.argument("what", metavar="csv|xlsx|ocds", required=False, type=click.Choice(["csv", "xlsx", "ocds"]))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; without it, the output."
)
@click.option("--records", is_flag=True, help="With ocds: write compiled records instead of releases.")
@click.option("--uri", help="With ocds: the address where the file will be published.")
@click.pass_obj
def export(settings: Settings, what: Any, out: Path | None, records: bool, uri: str | None) -> None:
    """Write the opportunities as a file: the tracker (csv, xlsx), or open data (ocds).

    The open data is a release package of the Open Contracting Data Standard 1.1, with --records a record package.
    Ends with 1 where there is no opportunity yet.
    """
    from bot.cli import export as exporting  # noqa: PLC0415 - keeps --help quick
    from bot.published.recording import recorder  # noqa: PLC0415

    policy = load_policy(settings.bot_config)
    if what is None:
        raise click.UsageError("say what: csv|xlsx|ocds, for instance `python -m bot export csv --out tracker.csv`")
    if (records or uri) and what != "ocds":
        raise ConfigurationError("--records and --uri only work with ocds")
    if what == "xlsx" and out is None and sys.stdout.isatty():
        raise ConfigurationError("cannot print a workbook to a terminal; use --out FILE")
    words = load_words(policy.messages)
    address = uri or f"https://github.com/{policy.repository}"
    kind: Literal["releases", "records"] = "records" if records else "releases"
    ledger = Ledger(settings.database_url)
    try:
        ledger.ping()
        ledger.derive(recorder(policy, lambda: datetime.now(UTC)))
        if next(ledger.all_records(), None) is None:
            _fail("there is no opportunity yet", 1)
        if out is None:
            exporting.export(ledger, what, policy, words, sys.stdout.buffer, uri=address, kind=kind)
            return
        with exporting.whole(out) as file:
            count = exporting.export(ledger, what, policy, words, file, uri=address, kind=kind)
        click.echo(f"{count} opportunities are in {out}.")
    except OSError as error:
        raise ConfigurationError(f"--out {out} cannot be written ({error.strerror}): name another file") from error
    finally:
        ledger.close()


def _progress(length: int, label: str) -> Any:
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


@cli.group()
def db() -> None:
    """The database."""


@db.command()
@click.pass_obj
def upgrade(settings: Settings) -> None:
    """Make the tables, or bring them up to date, and what the board knows of each opportunity."""
    from bot.published.recording import recorder  # noqa: PLC0415 - keeps --help quick

    policy = load_policy(settings.bot_config)
    ledger = Ledger(settings.database_url)
    ledger.upgrade()
    with _progress(1, "Opportunities") as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        ledger.derive(recorder(policy, lambda: datetime.now(UTC)), progress)
    ledger.close()
    click.echo("The database is up to date.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Copy the database into a new file, while the bot runs.

    To restore, stop the bot, put the file in the place that DATABASE_URL names (with no -wal and -shm beside it),
    and start it again: it catches up by itself with what happened since.
    """
    ledger = Ledger(settings.database_url)
    ledger.ping()
    with _progress(1000, f"To {file}") as bar:
        ledger.back_up(file, lambda done: bar.update(int(done * 1000) - bar.pos))
    ledger.close()
    click.echo(f"The backup is whole: {file}, {file.stat().st_size / 1e6:.1f} MB.")


@cli.group()
def config() -> None:
    """The policy file."""


@config.command()
@click.argument("file", type=FILE, required=False)
@click.pass_obj
def check(settings: Settings, file: Path | None) -> None:
    """Validate the policy, the messages and the labels it names: file, line, what is wrong."""
    path = file or Path(settings.bot_config)
    try:
        policy = load_policy(path)
        load_messages(policy.messages)
        load_words(policy.messages)
        load_labels(policy.labels)
    except ConfigurationError as error:
        _fail(error, 1)
    click.echo(f"{path} is right.")


if __name__ == "__main__":
    cli()
