"""The sandbox's calendar time: real time, plus the span by which people moved it forward.

Only dates that people read follow this clock (`created_at`, the beacon, commits). Tokens expire by real time,
because the programs that hold them live in real time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/Toronto")


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return (datetime.now(UTC) + self._ahead).replace(microsecond=0)

    def advance(self, by: timedelta) -> datetime:
        if by < timedelta():
            raise ValueError("the sandbox's clock only goes forward")
        self._ahead += by
        return self.now()

    def advance_to(self, moment: datetime) -> datetime:
        """Moves on to `moment`; a moment already past changes nothing, as for a real clock."""
        if moment.tzinfo is None:
            raise ValueError("give a moment with its time zone")
        self._ahead += max(moment.astimezone(UTC) - self.now(), timedelta())
        return self.now()


def iso(moment: datetime) -> str:
    """Writes a moment as GitHub does: `2027-07-12T23:59:59Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
