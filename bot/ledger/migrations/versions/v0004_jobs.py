"""Where there may be several processes: the tables of Procrastinate 3.10, which wakes them."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As Procrastinate's own `schema --apply`; a later version of it brings its changes as a migration here."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(SchemaManager.get_schema())  # many statements, with signs that SQLAlchemy would read
