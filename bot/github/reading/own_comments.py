"""Lists the comments that the bot wrote on an issue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.github.reading import marks
from bot.github.transport.client import RepositoryClient

DRIFT = timedelta(minutes=2)
"""The largest difference expected between this machine's clock and GitHub's."""


async def own_comments(
    place: RepositoryClient, number: int, since: datetime | None = None
) -> dict[str, Mapping[str, Any]]:
    """Returns the bot's comments on an issue by mark, the first of each; only the bot's account counts as author."""
    after = (since - DRIFT).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if since else None
    me = (await place.gh.me()).lower()
    mine: dict[str, Mapping[str, Any]] = {}
    async for comment in place.pages("issues/{n}/comments{?since,per_page}", n=number, since=after, per_page=100):
        mark = marks.find_mark(comment["body"] or "")
        if mark and (comment["user"] or {}).get("login", "").lower() == me:
            mine.setdefault(mark, comment)
    return mine
