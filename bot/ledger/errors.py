"""What can go wrong with the database, in one sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

UPGRADE = "run `python -m bot db upgrade`"


class LedgerError(Exception):
    """The database cannot be used as it is; the text is one sentence for the person who runs the bot."""


class StaleVersion(Exception):
    """The opportunity changed since it was loaded: nothing was written; load it and decide again."""


ADVICE = (
    ("unable to open", "cannot be opened: check that its folder exists and may be written by this user"),
    ("readonly", "cannot be written: check the permissions of the file and of its folder"),
    ("not a database", "is not a SQLite database: point DATABASE_URL at another file"),
    ("malformed", "is damaged: restore a backup"),
    ("no such table", f"has no tables yet: {UPGRADE}"),
    ("no such column", f"has older tables than this code: {UPGRADE}"),
    ("locked", "is held by another process for too long: stop what else is using it"),
    ("full", "cannot grow: free some disk space"),
    ("disk i/o", "cannot be read or written: check the disk"),
)


@contextmanager
def plain_words(place: str) -> Iterator[None]:
    """Turn a database error inside into a LedgerError about `place`; a mistake of ours stays as it is."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.DatabaseError, SQLAlchemyError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        if not isinstance(cause, sqlite3.Error):
            raise
        said = str(cause)
        advice = next((text for sign, text in ADVICE if sign in said.lower()), f"failed: {said}")
        raise LedgerError(f"The database {place} {advice}.") from error
