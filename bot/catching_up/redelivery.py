"""Asks GitHub to send failed deliveries again. GitHub's log of deliveries lists them for three days.

    redelivery = Redelivery(gh)
    await redelivery.ask()      # at the start, and every few minutes; later calls read only newer lines of the log

GitHub does not send them again by itself:
https://docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.github.transport.client import GitHub
from bot.github.transport.errors import Refused
from bot.runtime.backoff import Backoff

LOG_OVERLAP = timedelta(minutes=10)
"""The longest time from a delivery to its line in the log."""

REDELIVERIES = Backoff(first=60.0, longest=3600.0)
"""The pauses between two requests for the same delivery."""
MOST_REQUESTS = 78
"""The most requests for one delivery: with the pauses they take three days, as long as GitHub keeps it."""


@dataclass
class _Lost:
    id: int
    at: datetime
    tries: int = 0
    pause_until: float = 0.0


class Redelivery:
    """Asks GitHub for the deliveries that failed, and remembers which arrived and when to ask for the others again."""

    def __init__(self, gh: GitHub) -> None:
        self._gh = gh
        self._lost: dict[str, _Lost] = {}
        self._through: set[str] = set()
        self._read_to = datetime.min.replace(tzinfo=UTC)

    async def ask(self) -> frozenset[str]:
        """Asks for each missing delivery, oldest first; returns their GUIDs, which a redelivery keeps."""
        failed = [one async for one in self._log("failure", self._read_to)]
        self._through.intersection_update(one["guid"] for one in failed)
        for one in reversed(failed):
            if one["guid"] not in self._through:
                lost = self._lost.setdefault(one["guid"], _Lost(one["id"], _at(one)))
                lost.id, lost.at = one["id"], _at(one)
        if failed:
            self._read_to = _at(failed[0]) - LOG_OVERLAP
        due = {guid: lost for guid, lost in self._lost.items() if lost.pause_until <= time.monotonic()}
        if not due:
            return frozenset()
        async for one in self._log("success", min(lost.at for lost in due.values()) - LOG_OVERLAP):
            if self._lost.pop(one["guid"], None):
                self._through.add(one["guid"])
        missing = sorted((lost.id, guid) for guid, lost in due.items() if guid in self._lost)
        for _, guid in missing:
            await self._again(guid)
        return frozenset(guid for _, guid in missing)

    async def _again(self, guid: str) -> None:
        lost = self._lost[guid]
        lost.tries += 1
        if lost.tries > MOST_REQUESTS:
            del self._lost[guid]
            return
        lost.pause_until = time.monotonic() + REDELIVERIES.pause(lost.tries)
        with contextlib.suppress(Refused):  # it is too old, or not in the log yet
            await self._gh.app.call("POST", "/app/hook/deliveries/{id}/attempts", {"id": lost.id})

    async def _log(self, status: str, back_to: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """Yields the lines of the log back to that time, newest first."""
        async for one in self._gh.app.pages(
            "/app/hook/deliveries{?status,per_page}", {"status": status, "per_page": 100}
        ):
            if _at(one) < back_to:
                return
            yield one


def _at(delivery: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(delivery["delivered_at"])
