"""Inbox, opportunities, facts and what GitHub shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.ledger.migrations import where

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; facts refuse to be changed."""
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("guid", sa.Text, nullable=False, unique=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("done_at", sa.DateTime),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("inbox_unread", "inbox", ["id", "key"], **where("done_at IS NULL"))
    op.create_index("inbox_failed", "inbox", ["id"], **where("error IS NOT NULL"))
    op.create_table(
        "opportunities",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("coordinator", sa.Text),
        sa.Column("waiting_since", sa.DateTime),
        sa.Column("next_due_at", sa.DateTime),
        sa.Column("unsettled", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    op.create_index("opportunities_due", "opportunities", ["next_due_at"])
    op.create_table(
        "facts",
        sa.Column("key", sa.Text, sa.ForeignKey("opportunities.key"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
    )
    op.create_table(
        "shown",
        sa.Column("key", sa.Text, sa.ForeignKey("opportunities.key"), primary_key=True),
        sa.Column("thing", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text),
        sa.Column("wanted", sa.Text),
        sa.Column("remote", sa.JSON, nullable=False),
        sa.Column("begun", sa.DateTime),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION facts_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE integrity_constraint_violation USING MESSAGE = 'facts are append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER facts_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON facts "
            "FOR EACH STATEMENT EXECUTE FUNCTION facts_are_kept()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER facts_no_{change.lower()} BEFORE {change} ON facts "
            "BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END"
        )
