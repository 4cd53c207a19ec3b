"""The demonstration: sandbox, bot and cast in one process, one opportunity from contact to the Exchange.

Everything is real but GitHub: the deliveries are signed, the ledger is a database file, commits are git's.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.app import Bot
from bot.documents.exchange import ore
from bot.documents.posts import writer as posts
from bot.documents.posts.reader import as_form
from bot.pipeline.calendar import add_business_days, business_days, eastern_date
from bot.pipeline.model.policy import BeaconPolicy, Exchange, Policy, Teams
from bot.pipeline.model.statement import FIELD_HEADINGS, statement_of
from bot.runtime.clock import Clock
from bot.settings import ConfigurationError, Settings, cannot_listen
from bot.web.board.signin import CALLBACK
from sandbox import Sandbox, Seed
from sandbox.cast import EXCHANGE, HOME, Cast, Ending, GaveUp, Story

HERE = Path(__file__).parents[1]
SEEDED_EXCHANGE = HERE / "sandbox/seed/ore-ero"
STATEMENT_EN, STATEMENT_FR = HERE / "sandbox/seed/statement-en.md", HERE / "sandbox/seed/statement-fr.md"
CONTACT = "open-source@example.gc.ca"
SANDBOX_PORT = 8090
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Stage:
    """A sandbox and a bot that serves it; `board` is the bot's address."""

    sandbox: Sandbox
    bot: Bot
    board: str


@contextlib.asynccontextmanager
async def stage(settings: Settings, policy: Policy, sandbox: Sandbox, port: int = 0) -> AsyncIterator[Stage]:
    """Starts the sandbox on a port, and a bot that serves it; stops both at the end."""
    secret = secrets.token_hex(16)
    try:
        await _open(sandbox, port)
        with tempfile.TemporaryDirectory(prefix="micro-acquisition-") as folder:
            joined = settings.model_copy(
                update={
                    "github_api_url": sandbox.url,
                    "github_app_id": str(sandbox.app_id),
                    "github_private_key": SecretStr(sandbox.private_key_pem),
                    "github_private_key_file": "",
                    "github_webhook_secret": SecretStr(secret),
                    "github_client_id": sandbox.app.client_id,
                    "github_client_secret": SecretStr(sandbox.app.client_secret),
                    "board_url": "",
                    "database_url": f"sqlite:///{folder}/bot.db",
                }
            )
            async with Bot(joined, sandbox_policy(policy, sandbox.url), Clock(sandbox.clock.now)) as bot:
                await bot.work()
                board = await bot.listen()
                sandbox.send_webhooks_to(f"{board}/webhook", secret)
                sandbox.sign_people_in_for(board + CALLBACK)
                yield Stage(sandbox, bot, board)
    finally:
        await sandbox.stop()


async def _open(sandbox: Sandbox, port: int) -> None:
    try:
        await sandbox.start("127.0.0.1", port)
    except OSError as error:
        advice = "stop that one, perhaps another sandbox"
        raise cannot_listen(error, ("the address", "127.0.0.1"), ("the sandbox's port", port), advice) from error


def sandbox_policy(policy: Policy, url: str) -> Policy:
    """Returns the policy for the sandbox's repositories, team and beacon, with sweeps that follow its fast clock."""
    return policy.model_copy(
        update={
            "repository": HOME,
            "branch": None,
            "exchange": policy.exchange.model_copy(update={"repository": EXCHANGE, "branch": None}),
            "teams": Teams(finance=FINANCE),
            "beacon": BeaconPolicy(url=f"{url}/beacon/public"),
            "repository_hosts": (*policy.repository_hosts, url.partition("://")[2]),
            "sweep_seconds": 0.2,
        }
    )


FINANCE = f"{HOME}-finance"
"""The team of finance in the sandbox."""


async def play(
    settings: Settings,
    policy: Policy,
    furnish: Callable[[str, Policy], None],
    *,
    keep: bool,
    sandbox_port: int = SANDBOX_PORT,
    english: Path = STATEMENT_EN,
    french: Path = STATEMENT_FR,
    ore_folder: Path | None = None,
) -> int:
    """Plays one opportunity, with progress on screen.

    `furnish` puts labels and issue form in the sandbox at an address. Returns 0 if the issue ended `done` and the
    Exchange has the entry.
    """
    began = time.monotonic()
    console = Console(highlight=False, soft_wrap=True)
    en, fr = _read(english), _read(french)
    check_exchange(ore_folder, policy.exchange)
    sandbox = Sandbox(seed=Seed.default(ore_folder))
    async with stage(settings, policy, sandbox, sandbox_port) as on:
        console.print(f"[bold]Sandbox[/]  {on.sandbox.url}/{HOME}/issues   a GitHub in a box")
        console.print(f"[bold]Board[/]    {on.board}/")
        today = eastern_date(on.sandbox.clock.now())
        story = make_story(en, fr, today, policy.posting.minimum_days)
        exchange = policy.exchange
        cast = Cast(on.sandbox.url, Progress(console).tell, f"{exchange.level}/{exchange.administration}")
        try:
            await asyncio.to_thread(furnish, on.sandbox.url, policy)
            ending = await asyncio.to_thread(cast.play, story)
        except GaveUp as error:
            console.print(Text(f"The story stopped: {error}", style="red"))
            return 1
        problems = check_ending(ending, on.sandbox)
        for problem in problems:
            console.print(Text(problem, style="red"))
        if problems:
            return 1
        console.print(
            f"[bold green]Done[/] in {time.monotonic() - began:.1f} s: issue {ending.issue} is closed, and its entry "
            f"({len(ending.entry_added.splitlines())} lines) is in the Exchange, which passes its own checks."
        )
        if keep:
            console.print(
                f"Look around: {on.board}/ and {on.sandbox.url}/{HOME}/issues/{ending.issue}. Ctrl-C ends it.\n"
                f"Recompute its draw, in a second terminal: GITHUB_API_URL={on.sandbox.url} "
                f".venv/bin/python -m bot verify-draw {HOME}#{ending.issue}"
            )
            await asyncio.Event().wait()
    return 0


def check_exchange(folder: Path | None, exchange: Exchange) -> None:
    """Raises ConfigurationError unless the folder (by default the seeded one) can take the policy's entries."""
    place = folder or SEEDED_EXCHANGE
    file = place / f"_data/administrations/{exchange.level}.yml"
    for needed in (place / "_data/schemaCode.yaml", place / "_data/i18n/categories.yml", file):
        if not needed.is_file():
            advice = f"--ore {place} is no Open Resource Exchange: give a folder that has one"
            if folder is None or (needed == file and file.parent.is_dir()):
                advice = "correct exchange.level in the policy, or give --ore a folder that has it"
            raise ConfigurationError(f"there is no {needed}: {advice}")
    try:
        listed = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        why = " ".join(str(error).split())
        raise ConfigurationError(f"{file} cannot be read ({why}): correct it, or leave --ore out") from error
    known = [one.get("code") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if exchange.administration not in known:
        raise ConfigurationError(
            f"{exchange.administration} is not in {file}: correct exchange.administration in the policy"
        )


class Progress:
    """Prints a line for each event, and the step when it changes."""

    def __init__(self, console: Console) -> None:
        self._console, self._step = console, ""

    def tell(self, step: str, what: str) -> None:
        shown = step if step != self._step else ""
        self._step = step
        first = what.splitlines()[0]
        self._console.print(
            Text.assemble((f"{shown:<14}", "bold cyan"), first[:100] + ("…" if len(first) > 100 else ""))
        )


def check_ending(ending: Ending, sandbox: Sandbox) -> list[str]:
    """Lists what is wrong at the end, a sentence each."""
    problems = []
    if not ending.closed or "done" not in ending.labels:
        problems.append(f"Issue {ending.issue} should be closed and done, and is labelled {sorted(ending.labels)}.")
    if not ending.unchanged:
        problems.append("The Exchange's file should be longer by the new entry alone.")
    files = {path: data.decode() for path, data in sandbox.files(EXCHANGE).items() if path.endswith((".yml", ".yaml"))}
    entries = {path: text for path, text in files.items() if path.startswith("_data/code/")}
    problems += ore.check_files(entries, files["_data/schemaCode.yaml"], files.get(".yamllint.yaml"))
    return problems


def make_story(en: posts.Post, fr: posts.Post, today: date, minimum_days: int) -> Story:
    """Returns the story of a client with these posts; it moves their dates into the future by whole weeks."""
    shift = timedelta(0)
    while business_days(today, en.closing + shift) < minimum_days:
        shift += WEEK
    body = issue_body(en, fr, shift)
    first = f"### {FIELD_HEADINGS['title.en']}\n\n{en.title}\n\n### {FIELD_HEADINGS['title.fr']}\n\n{fr.title}\n\n"
    return Story(
        title=en.title,
        first_words=f"{first}### {FIELD_HEADINGS['need']}\n\n{en.short}\n",
        body=body,
        closing=_moved(en.closing, shift),
        criteria=statement_of(body).criteria_count,
        project=posts.file_slug(en.title),
    )


def _moved(day: date, shift: timedelta) -> date:
    return add_business_days(day + shift - timedelta(days=1), 1)


def issue_body(en: posts.Post, fr: posts.Post, shift: timedelta) -> str:
    """Renders both posts as the issue form does, their dates moved by `shift` to a business day."""
    closing, selection, delivery = (_moved(day, shift) for day in (en.closing, en.selection, en.delivery))
    moved = replace(en, closing=closing, selection=selection, delivery=delivery)
    return as_form(moved, fr, en.short, CONTACT)


def _read(path: Path) -> posts.Post:
    """Reads a post from a file. Raises ConfigurationError with what is wrong in it."""
    try:
        return posts.read_post(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, posts.PostError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
