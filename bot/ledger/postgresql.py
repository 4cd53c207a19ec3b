"""PostgreSQL: the database of a bot that is any number of processes, on any number of machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, text

from bot.ledger import overview
from bot.ledger.database import Database
from bot.ledger.errors import LedgerError

CONNECT_SECONDS = 5
"""How long to wait for the server; GitHub gives a webhook ten seconds in all."""
NOTICED = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Limits, in seconds but for the last, after which a machine that is gone is noticed: else it takes a quarter of
an hour, or hours. https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""
LONGEST_IDLE = 30
"""Seconds after which an idle transaction is ended: a stopped process would block the turns that others took over."""
LONGEST_ALONE = 120
"""The same for a critical section, which does more than use the database."""
ALIVE = 30.0
"""Seconds without a sign of life after which a process is gone."""
_UPGRADE = "upgrade"


class PostgreSQL(Database):
    """Several processes may write; a version on each row shows which writer is too late."""

    def __init__(self, url: URL) -> None:
        """Opens nothing before the first use."""
        url = url.set(drivername="postgresql")
        place = url.render_as_string(hide_password=True)
        url = url.set(query=NOTICED | url.query)
        super().__init__(place, url.render_as_string(hide_password=False))
        # No limit on connections: callers are threads of a bounded pool, and waiting for one could deadlock.
        # Each is checked before use, because the server may have restarted.
        self._engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=-1,
            pool_pre_ping=True,
            connect_args={"application_name": "micro-acquisition"},
            hide_parameters=True,  # what people wrote is in them, and errors are logged
        )
        event.listen(self._engine, "connect", _never_idle)
        self._one_moment = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.using(), self._one_moment.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.using(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        with self.writing() as connection:
            _may_be_idle(connection)
            _lock(connection, _UPGRADE)
            yield connection

    def back_up(self, file: Path, progress: Callable[[float], None]) -> None:
        """Raises LedgerError that names PostgreSQL's own program for it."""
        program = f"run `pg_dump --format=custom --file={file} DATABASE_URL`"
        raise LedgerError(f"The database {self.place} is backed up by PostgreSQL's own program: {program}.")

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        with self.writing() as connection:
            _may_be_idle(connection)
            _lock(connection, what)
            yield

    def in_use(self) -> bool:
        """Returns whether a process that runs turns gave a sign of life lately."""
        with self.reading() as connection:
            there = connection.execute(text("SELECT to_regclass('procrastinate_workers')")).scalar_one()
            return there is not None and bool(overview.workers(connection, ALIVE))

    def let_go(self) -> None:
        self._engine.dispose()


def _never_idle(connection: Any, record: Any) -> None:
    """Sets the limit by a statement, because a proxy may refuse options at the start of a connection."""
    connection.execute(f"SET SESSION idle_in_transaction_session_timeout = '{LONGEST_IDLE}s'")
    connection.commit()


def _may_be_idle(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{LONGEST_ALONE}s'"))


def _lock(connection: Connection, what: str) -> None:
    """Takes a lock until the transaction ends, or its connection."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"micro-acquisition {what}"})
