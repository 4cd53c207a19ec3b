"""Declares what the ledger needs of a database: transactions, backups, critical sections. See `opening`."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from bot.ledger.errors import LedgerError, explain_errors

EXAMPLE = "write it like `sqlite:///var/bot.db` or `postgresql://bot:password@db.example/bot`"


class Database(ABC):
    """One database. Any thread may read or write."""

    def __init__(self, place: str, libpq: str | None = None) -> None:
        """`place` names it to people and holds no password; `libpq` is its address where it is PostgreSQL."""
        self.place, self.libpq = place, libpq
        self._idle = threading.Condition()
        self._users = 0
        self._closed = False

    @contextmanager
    def using(self) -> Iterator[None]:
        """Counts its users and explains errors: a thread outlives a cancelled task, and `close` has to wait for it."""
        with self._idle:
            if self._closed:
                raise LedgerError(f"The database {self.place} is closed already: start again.")
            self._users += 1
        try:
            with explain_errors(self.place):
                yield
        finally:
            with self._idle:
                self._users -= 1
                self._idle.notify_all()

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """Opens a transaction that sees one moment of the database throughout."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """Opens a transaction that is on the disk when it ends, or has written nothing."""

    @abstractmethod
    def upgrading(self) -> AbstractContextManager[Connection]:
        """Opens a transaction for changes of tables that keeps those of other processes out."""

    @abstractmethod
    def back_up(self, file: Path, progress: Callable[[float], None]) -> None:
        """Copies the database into a new file while it is in use; calls `progress` with the part done, up to 1."""

    @abstractmethod
    def alone(self, what: str) -> AbstractContextManager[None]:
        """Keeps all other users of this database out of a section of that name."""

    @abstractmethod
    def in_use(self) -> bool:
        """Returns whether another process is at work with the database. Ask before anything else."""

    def close(self) -> None:
        """Closes the database once its users have finished; it stays closed."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._users == 0)
        self.let_go()

    @abstractmethod
    def let_go(self) -> None:
        """Closes the connections."""
