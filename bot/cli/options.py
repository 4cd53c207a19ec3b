"""Arguments, checks and output that several commands share."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click import Path as PathType

from bot.ledger import Ledger
from bot.pipeline.model.policy import Policy
from bot.runtime import logs
from bot.settings import ConfigurationError, Settings

READABLE_FILE = PathType(exists=True, dir_okay=False, path_type=Path)
READABLE_FOLDER = PathType(exists=True, file_okay=False, path_type=Path)
WRITABLE_FILE = PathType(dir_okay=False, path_type=Path)


def repository_name(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Checks an argument that is OWNER/REPO."""
    if value is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", value):
        raise click.BadParameter(f"{value} is no repository: write it as OWNER/REPO")
    return value


def ledger_key(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Checks an argument that is OWNER/REPO#N, or OWNER/REPO!N for a pull request, and returns it in lower case."""
    if value and not re.fullmatch(r"[\w.-]+/[\w.-]+[#!][1-9][0-9]{0,8}", value):
        raise click.BadParameter(
            f"{value} is no opportunity: write it as OWNER/REPO#N, or a pull request as OWNER/REPO!N"
        )
    return value.lower() if value else None


def check_home(policy: Policy, repository: str) -> None:
    """Raises ConfigurationError unless the policy names this repository as the home of the opportunities."""
    if repository.lower() != policy.repository.lower():
        raise ConfigurationError(
            f"{repository} is not where the opportunities live: that is {policy.repository}, by the policy"
        )


def quiet(settings: Settings, level: str = "warning") -> Settings:
    """Logs from `level` up, unless the operator chose another level: the screen belongs to the command's own output."""
    if settings.log_level == "info":
        logs.set_up_logs(level, settings.log_format)
    return settings


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """Opens a ledger that has its tables, and closes it at the end. Raises LedgerError."""
    ledger = Ledger(settings.database_url)
    try:
        ledger.ping()
        yield ledger
    finally:
        ledger.close()


def unavailable(policy: Policy, error: Exception) -> click.ClickException:
    """Says why GitHub does not show the repository, and what to do."""
    if reason := getattr(error, "reason", ""):  # a limit, or an outage
        return click.ClickException(f"GitHub is unavailable ({reason}): try again later")
    return click.ClickException(
        f"GitHub does not show {policy.repository} ({error}): `python -m bot doctor` says what is missing"
    )


def progress_bar(length: int, label: str) -> Any:
    """Shows progress on stderr, if that is a terminal."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
