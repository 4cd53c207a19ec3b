"""Records without a search index or running totals: their text is enough, and a count of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keeps each record's text and the count of changes."""
    changes = op.create_table(
        "record_changes", sa.Column("count", sa.BigInteger, primary_key=True, autoincrement=False)
    )
    count = op.get_bind().scalar(sa.text("SELECT sum(count) FROM tallies WHERE name = 'changes'")) or 0
    op.bulk_insert(changes, [{"count": int(count)}])
    op.rename_table("records", "records_indexed")
    op.create_table(
        "records",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("made_by", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO records SELECT key, data, made_by, seq FROM records_indexed")
    for table in ("records_indexed", "record_skills", "record_words", "tallies"):
        op.drop_table(table)
