"""Explains in one sentence each what is wrong with the database, and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

UPGRADE = "run `python -m bot db upgrade`"


class LedgerError(Exception):
    """The database cannot be used as it is; the text is one sentence for operators."""


class NoTables(LedgerError):
    """Nothing was ever stored in the database at `place`."""

    def __init__(self, place: str) -> None:
        super().__init__(f"The database {place} has no tables yet: {UPGRADE}, or correct DATABASE_URL.")


class Forgotten(LedgerError):
    """GitHub shows an opportunity under way that the ledger does not hold: it would begin again."""


class StaleVersion(Exception):
    """Something changed since it was loaded: nothing was written; load it and decide again."""


ADVICE = (
    ("unable to open", "cannot be opened: check that its folder exists and may be written by this user"),
    ("readonly", "cannot be written: check the permissions of the file and of its folder"),
    ("not a database", "is not a SQLite database: move it away and restore a backup, or correct DATABASE_URL"),
    ("malformed", "is damaged: restore a backup"),
    ("no such table", f"has no tables yet: {UPGRADE}"),
    ("no such column", f"has older tables than this code: {UPGRADE}"),
    ("locked", "is held by another process for too long: stop what else is using it"),
    ("full", "cannot grow: free some disk space"),
    ("disk i/o", "cannot be read or written: check the disk"),
    # PostgreSQL
    ("password authentication failed", "refuses the password: correct it in DATABASE_URL"),
    ("no password supplied", "wants a password: write it in DATABASE_URL"),
    ("pg_hba.conf", "refuses this user or machine: allow it in pg_hba.conf, or correct DATABASE_URL"),
    ("could not translate host", "is on a machine that is not known: correct its name in DATABASE_URL"),
    ("failed to resolve host", "is on a machine that is not known: correct its name in DATABASE_URL"),
    ("connection refused", "does not answer: start PostgreSQL, or correct host and port in DATABASE_URL"),
    ("timeout expired", "does not answer in time: check host and port in DATABASE_URL, and the network"),
    ("no such file", "does not answer: start PostgreSQL, or correct the host in DATABASE_URL"),
    ("starting up", "is starting up: it is tried again"),
    ("shutting down", "is shutting down: it is tried again"),
    ("recovery mode", "is recovering: it is tried again"),
    ("too many", "has no connection left: raise max_connections, or run fewer workers"),
    ("permission denied", "does not let this user do it: make the user the owner of the database"),
    ("read-only transaction", "takes no changes: point DATABASE_URL at the primary server"),
    ("could not extend", "cannot grow: free some disk space"),
    ("closed the connection", "closed the connection: it is tried again"),
    ("terminating connection", "closed the connection: it is tried again"),
)
MISSING: dict[type[Exception], str] = {
    psycopg.errors.InvalidCatalogName: "does not exist: make it with `createdb`, or correct DATABASE_URL",
    psycopg.errors.UndefinedTable: f"has no tables yet: {UPGRADE}",
    psycopg.errors.UndefinedColumn: f"has older tables than this code: {UPGRADE}",
}
MISTAKES = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    psycopg.IntegrityError,
    psycopg.DataError,
)


@contextmanager
def explain_errors(place: str) -> Iterator[None]:
    """Turns a database error inside into a LedgerError about `place`; a mistake of ours stays as it is."""
    try:
        yield
    except (sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, MISTAKES) or not isinstance(cause, sqlite3.Error | psycopg.Error):
            raise
        whole = cause.diag.message_primary if isinstance(cause, psycopg.Error) else None
        said = " ".join((whole or str(cause)).split())  # without the detail, which may hold what people wrote
        advice = MISSING.get(type(cause)) or next((text for sign, text in ADVICE if sign in said.lower()), "")
        if not advice and "does not exist" in said and "database" in said:
            advice = MISSING[psycopg.errors.InvalidCatalogName]
        raise LedgerError(f"The database {place} {advice or f'failed: {said}'}.") from error
