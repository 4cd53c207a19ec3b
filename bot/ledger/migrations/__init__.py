"""The history of the tables, one file a change in `versions/`, run by `bot.ledger.upgrading`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def where(condition: str) -> dict[str, Any]:
    """An index of some rows only, in each database's words."""
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}


def letters() -> sa.Text:
    """Text in the order of its letters' numbers, whatever the language of the database: a range finds beginnings."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
