"""`db`: the database's tables, and a copy of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.options import open_ledger, progress_bar
from bot.ledger import Ledger
from bot.published.recording import recorder
from bot.settings import Settings, load_policy


@click.group()
def db() -> None:
    """Upgrade the database, or back it up."""


@db.command("upgrade")
@click.pass_obj
def upgrade_database(settings: Settings) -> None:
    """Make the tables, or bring them up to date.

    Also brings up to date what the board shows of each opportunity.
    """
    policy = load_policy(settings.bot_config)
    ledger = Ledger(settings.database_url)
    ledger.upgrade()
    with progress_bar(1, "Opportunities") as bar:

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
    with open_ledger(settings) as ledger, progress_bar(1000, f"To {file}") as bar:
        ledger.back_up(file, lambda done: bar.update(int(done * 1000) - bar.pos))
    click.echo(f"The backup is whole: {file}, {file.stat().st_size / 1e6:.1f} MB.")
