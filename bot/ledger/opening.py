"""Chooses the kind of database by its address.

database = open_database("sqlite:///var/bot.db")  # or "postgresql://bot@db.example/bot"
"""

from __future__ import annotations

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.ledger.database import EXAMPLE, Database
from bot.ledger.errors import LedgerError
from bot.ledger.postgresql import PostgreSQL
from bot.ledger.sqlite import SQLite

POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
"""The ways in which hosts of databases write that an address is PostgreSQL's."""


def open_database(url: str) -> Database:
    """Returns the database at an address. Raises LedgerError if the address cannot be used."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise LedgerError(f"DATABASE_URL is not the address of a database: {EXAMPLE}.") from error
    return PostgreSQL(parsed) if parsed.drivername in POSTGRESQL else SQLite(parsed)
