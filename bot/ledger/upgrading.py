"""Upgrades a database's tables to those of this code, and checks that they are.

upgrade("sqlite:///var/bot.db")
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.ledger.database import Database
from bot.ledger.errors import UPGRADE, LedgerError, NoTables
from bot.ledger.opening import open_database

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Makes or upgrades the tables of the database at `url`, all or nothing."""
    database = open_database(url)
    try:
        upgrade_tables(database)
    finally:
        database.close()


def upgrade_tables(database: Database) -> None:
    """Makes or upgrades the tables; two processes that start together take turns."""
    with database.upgrading() as connection:
        revision = _revision(connection)
        _refuse_newer(database, revision)
        if revision == _revisions()[0]:
            return
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_tables(database: Database) -> None:
    """Raises LedgerError unless the tables are exactly those of this code."""
    with database.reading() as connection:
        revision = _revision(connection)
    _refuse_newer(database, revision)
    if revision is None:
        raise NoTables(database.place)
    if revision != _revisions()[0]:
        raise LedgerError(f"The database {database.place} has older tables than this code: {UPGRADE}.")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _revisions() -> tuple[str, ...]:
    """Returns every revision that this code knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def _refuse_newer(database: Database, revision: str | None) -> None:
    if revision is not None and revision not in _revisions():
        raise LedgerError(
            f"The database {database.place} was upgraded by a newer version (to {revision}): "
            "run that version, or point DATABASE_URL at another database."
        )
