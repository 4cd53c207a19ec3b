"""What the ledger needs of a database: transactions, backups and critical sections. `opening` chooses the kind."""

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
        """Count who is at it, because a thread outlives the task that was cancelled waiting for it; errors in words."""
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
        """A transaction that sees one moment of the database throughout."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that is on the disk when it ends, or has written nothing."""

    @abstractmethod
    def upgrading(self) -> AbstractContextManager[Connection]:
        """A transaction for changes of tables, in which no other process makes any."""

    @abstractmethod
    def back_up(self, file: Path, progress: Callable[[float], None]) -> None:
        """Copy all of it into a new file while it is in use; `progress` hears how much of it is done, up to 1."""

    @abstractmethod
    def alone(self, what: str) -> AbstractContextManager[None]:
        """Nobody else of all who use this database is inside one of the same name."""

    @abstractmethod
    def in_use(self) -> bool:
        """Whether a bot is at work with it in another process. Ask before anything else."""

    def close(self) -> None:
        """Let go of it, once whoever is at it has finished; nobody opens it again."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._users == 0)
        self.let_go()

    @abstractmethod
    def let_go(self) -> None:
        """Close the connections."""
