"""Who opened an opportunity, to point out similar ones of the same client."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column that fills as opportunities change; each gets a turn, to know when it is due."""
    op.add_column("opportunities", sa.Column("client", sa.Text))
    op.execute("UPDATE opportunities SET unsettled = true WHERE status NOT IN ('done', 'cancelled')")
