"""The database behind the ledger: which one, how it is opened, and its two kinds of transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from bot.ledger.errors import LedgerError, plain_words

BUSY_MS = 5000
"""How long a write waits for another process's; GitHub gives a webhook ten seconds in all."""

EXAMPLE = "write it like `sqlite:///var/bot.db`"


class Database:
    """One SQLite file. Any thread may read or write; writers in this process take turns."""

    def __init__(self, url: str) -> None:
        """Check the address and make the folder; the file itself is opened when first used."""
        path = _file(_parsed(url))
        self.place = str(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                f"The folder {path.parent} for the database cannot be made ({error.strerror}): "
                "make it, or point DATABASE_URL elsewhere."
            ) from error
        self._engine = _engine(path)
        self._writing = self._engine.execution_options(ledger_writes=True)
        # SQLite's own waiting is a sleep that doubles; in one process a lock hands over at once.
        self._turn = threading.Lock()
        self._bare: PoolProxiedConnection | None = None
        self._idle = threading.Condition()
        self._users = 0
        self._closed = False

    @contextmanager
    def _using(self) -> Iterator[None]:
        """Count who is at it: a thread outlives the task that was cancelled waiting for it."""
        with self._idle:
            if self._closed:
                raise LedgerError(f"The database {self.place} is closed already: start again.")
            self._users += 1
        try:
            yield
        finally:
            with self._idle:
                self._users -= 1
                self._idle.notify_all()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database throughout."""
        with self._using(), plain_words(self.place), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when it ends, or has written nothing."""
        with (
            self._using(),
            plain_words(self.place),
            self._turn,
            self._writing.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing_bare(self) -> Iterator[sqlite3.Connection]:
        """The same on the driver's own connection: for what runs thousands of times a second."""
        with self._using(), plain_words(self.place), self._turn:
            if self._bare is None:
                self._bare = self._engine.raw_connection()
            connection: sqlite3.Connection = self._bare.driver_connection  # type: ignore[assignment]
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back
                yield connection

    def close(self) -> None:
        """Let go of the file, once whoever is at it has finished; nobody opens it again."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._users == 0)
        if self._bare is not None:
            self._bare.close()
            self._bare = None
        self._engine.dispose()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise LedgerError(f"DATABASE_URL is not the address of a database: {EXAMPLE}.") from error


def _file(url: URL) -> Path:
    dialect = url.get_backend_name()
    if dialect in {"postgresql", "postgres"}:
        raise LedgerError(f"DATABASE_URL names PostgreSQL, which this version cannot use yet: {EXAMPLE}.")
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise LedgerError(f"DATABASE_URL names a database of the kind {url.drivername}, not SQLite: {EXAMPLE}.")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise LedgerError(f"DATABASE_URL must name a file, so that nothing is lost: {EXAMPLE}.")
    return Path(url.database)


def _engine(path: Path) -> Engine:
    # No limit on connections: callers are threads of a bounded pool, and waiting for one could deadlock.
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=8, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # Python's driver would begin transactions late and its own way; `begin` below says when and how.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        # Holds several payloads to a page: a third less work in accepting. Only a new file takes it.
        connection.execute("PRAGMA page_size=16384")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("ledger_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
