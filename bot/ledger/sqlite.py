"""One SQLite file: the database of a bot that is one process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from bot.ledger.database import EXAMPLE, Database
from bot.ledger.errors import LedgerError, NoTables

BUSY_MS = 5000
"""How long a write waits for another process's; GitHub gives a webhook ten seconds in all."""


PAGES = 1000
"""Pages that a backup copies at a time: 16 MB."""


class SQLite(Database):
    """Writers in this process take turns."""

    def __init__(self, url: URL) -> None:
        """Checks the address; only an upgrade makes the file and its folder, with the tables."""
        path = self._path = _file(url)
        super().__init__(str(path))
        self._engine = _engine(path)
        self._writing = self._engine.execution_options(ledger_writes=True)
        # SQLite's own waiting is a sleep that doubles; in one process a lock hands over at once.
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.using(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.using(), self._turn, self._writing.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                f"The folder {folder} for the database cannot be made ({error.strerror}): "
                "make it, or point DATABASE_URL elsewhere."
            ) from error
        with suppress(OSError):  # SQLite says it better
            self._path.touch()
        with self.writing() as connection:
            yield connection

    def back_up(self, file: Path, progress: Callable[[float], None]) -> None:
        """Copies one moment of the database by SQLite's online backup: https://www.sqlite.org/backup.html.

        It writes a second file and renames it when it is whole; an empty file reserves the name until then.
        """
        try:
            file.open("x").close()
        except FileExistsError as error:
            raise LedgerError(f"The file {file} is there already: name another one for the backup.") from error
        except OSError as error:
            raise LedgerError(f"The file {file} cannot be written ({error.strerror}): name another one.") from error
        beside = file.with_name(f".{file.name}.part")
        beside.unlink(missing_ok=True)
        try:
            with self.reading() as connection:
                connection.exec_driver_sql("SELECT 1 FROM alembic_version")  # from here on it sees one moment
                ours: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
                with closing(sqlite3.connect(beside)) as copy:
                    ours.backup(copy, pages=PAGES, progress=lambda _, left, whole: progress(1 - left / max(whole, 1)))
                    copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
            beside.replace(file)
        except BaseException:
            beside.unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            raise

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Enters at once: no other process runs turns."""
        yield

    def in_use(self) -> bool:
        """Returns whether the file is in use: only its sole user may leave the write-ahead log.

        Source: https://www.sqlite.org/wal.html.
        """
        if not self._path.exists():
            return False
        with self.using(), closing(sqlite3.connect(self._path, timeout=0)) as connection:
            try:
                connection.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                return True
            connection.execute("PRAGMA journal_mode=WAL")
        return False

    def let_go(self) -> None:
        self._engine.dispose()


def _file(url: URL) -> Path:
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise LedgerError(
            f"DATABASE_URL names a database of the kind {url.drivername}, neither SQLite nor PostgreSQL: {EXAMPLE}."
        )
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise LedgerError(f"DATABASE_URL must name a file, so that nothing is lost: {EXAMPLE}.")
    return Path(url.database)


def _engine(path: Path) -> Engine:
    # No limit on connections: callers are threads of a bounded pool, and waiting for one could deadlock.
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=8, max_overflow=-1, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def look(*_: Any) -> None:
        with suppress(PermissionError):  # SQLite says it better
            if not path.exists():
                raise NoTables(str(path))

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
