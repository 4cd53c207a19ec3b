"""Alembic runs this for each upgrade, on the connection that `bot.ledger.upgrading` gives it."""

from __future__ import annotations

from alembic import context

from bot.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can undo changes of tables too, so a failed upgrade leaves nothing half done.
    transactional_ddl=True,
)
context.run_migrations()
