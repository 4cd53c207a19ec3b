"""Adds the changes that deliveries reported, so that none is handled twice, and up to when GitHub was searched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("guid", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
    )
    op.create_index("told_of", "told", ["key", "what"])
    op.create_table(
        "looks",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("until", sa.DateTime, nullable=False),
    )
