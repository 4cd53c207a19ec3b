"""Pull requests of the site, whoever opened them: what they are about, and what the bot shows there."""

import sqlalchemy as sa
from alembic import op

from bot.ledger.migrations import where

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulls",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("opportunity", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unsettled", sa.Boolean, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    op.create_index("pulls_opportunity", "pulls", ["opportunity"], **where("open"))
    op.create_index("pulls_open", "pulls", ["repository"], **where("open"))
    op.create_index("pulls_unsettled", "pulls", ["changed_at"], **where("unsettled"))
