"""Each opportunity in short, what it is found by, and what all of them add up to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.ledger.migrations import letters, where

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty tables: they are filled from the facts when the bot starts."""
    op.create_table(
        "records",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("amount", sa.BigInteger),
        sa.Column("closing", sa.Date),
        sa.Column("delivery", sa.Date),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("posted_at", sa.DateTime),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("found_by", sa.Text, nullable=False),
        sa.Column("counted", sa.Text, nullable=False),
        sa.Column("made_by", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_index("records_numbered", "records", ["repository", "number"])
    op.create_index("records_open", "records", ["closing"], **where("phase = 'open'"))
    op.create_index("records_steps", "records", ["step", "updated_at", "number"], **where("phase <> 'past'"))
    for name, first in (("", []), ("_year", ["year"]), ("_status", ["status"])):
        columns = [*first, "updated_at", "number", "key", "amount", "status", "year"]
        op.create_index(f"records_past{name}", "records", list(dict.fromkeys(columns)), **where("phase = 'past'"))
    op.create_index("records_updated", "records", ["updated_at"])
    op.create_index("records_posted", "records", ["posted_at"])
    op.create_index("records_delivery", "records", ["delivery"])
    op.create_table(
        "record_skills",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("lang", sa.Text, primary_key=True),
        sa.Column("skill", letters(), primary_key=True),
        sa.Column("written", sa.Text, nullable=False),
    )
    op.create_index("record_skills_found", "record_skills", ["skill", "key", "lang"])
    op.create_table(
        "record_words",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("word", letters(), primary_key=True),
    )
    op.create_index("record_words_found", "record_words", ["word", "key"])
    op.create_table(
        "tallies",
        sa.Column("name", letters(), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
    )
