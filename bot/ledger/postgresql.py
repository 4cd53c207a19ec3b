"""PostgreSQL: the database of a bot that is any number of processes, on any number of machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, text

from bot.ledger import inbox
from bot.ledger.database import Database
from bot.pipeline.inbox import Delivery

CONNECT_SECONDS = 5
"""How long to wait for the server; GitHub gives a webhook ten seconds in all."""
LONGEST_ALONE = 120
"""Seconds after which whoever does nothing in a critical section, a process that was stopped, is put out of it."""
_UPGRADE = "upgrade"


class PostgreSQL(Database):
    """Several processes may write; a version on each row tells who came too late."""

    def __init__(self, url: URL) -> None:
        """Nothing is opened before it is first used."""
        url = url.set(drivername="postgresql")
        super().__init__(*(url.render_as_string(hide_password=hide) for hide in (True, False)))
        # No limit on connections: callers are threads of a bounded pool, and waiting for one could deadlock.
        # Looked at before use, because the server may have been started anew.
        self._engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=-1,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "micro-acquisition"},
        )
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
            _lock(connection, _UPGRADE)
            yield connection

    def accept(self, deliveries: Sequence[Delivery]) -> list[bool]:
        with self.writing() as connection:
            return inbox.accept(connection, deliveries)

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        with self.writing() as connection:
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{LONGEST_ALONE}s'"))
            _lock(connection, what)
            yield

    def let_go(self) -> None:
        self._engine.dispose()


def _lock(connection: Connection, what: str) -> None:
    """Held until the transaction ends, or its connection."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"micro-acquisition {what}"})
