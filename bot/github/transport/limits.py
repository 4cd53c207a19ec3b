"""Keeps the calls of one installation below GitHub's limits, and decides how long to wait after a limit or an outage.

    limits.before("POST")          # raises Wait(12.5, "…") if that call would exceed a limit
    raise limits.hit(headers)      # GitHub refused a call because of a limit
    raise limits.trouble("…")      # GitHub is down or cannot be reached

GitHub can ban an App that ignores a limit, so nothing is sent until the wait is over.
Numbers: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from bot.github.transport.errors import Wait
from bot.runtime.backoff import Backoff

MINUTE, HOUR = 60.0, 3600.0
SECONDARY_LIMIT = Backoff(first=MINUTE, longest=15 * MINUTE)
OUTAGE = Backoff(first=1.0, longest=MINUTE)


@dataclass(frozen=True)
class Pace:
    """The bot's own limits, a little below those that github.com documents."""

    writes_a_minute: int = 75  # of about 80 content-creating requests
    writes_an_hour: int = 480  # of about 500
    points_a_minute: int = 850  # of 900; a write costs 5, a read 1
    reserve: int = 50  # requests of the primary limit never used


class Limits:
    """Counts the calls of one installation. The pace is None if GitHub sets no limits: on a server of one's own."""

    def __init__(
        self,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
        shared_by: Callable[[], int] = lambda: 1,
    ) -> None:
        """`shared_by` returns how many processes call for the installation; each may use an equal part of the pace."""
        self._pace = pace
        self._shared_by = shared_by
        self._clock = clock
        self._until = 0.0
        self._why = ""
        self._hits = 0
        self._troubles = 0
        self._writes: deque[float] = deque()
        self._points: deque[tuple[float, int]] = deque()
        self._spent = 0
        self.left: int | None = None
        """Requests that the primary limit still allows, as GitHub last said."""
        self.pauses: Counter[str] = Counter()
        """The number of pauses by reason: `limit` or `trouble`."""

    @property
    def pausing(self) -> float:
        """Seconds until the next request may be sent."""
        return max(0.0, self._until - self._clock())

    def before(self, method: str) -> None:
        """Counts a call that is about to be made. Raises Wait if the call must wait."""
        now = self._clock()
        if now < self._until:
            raise Wait(self._until - now, self._why)
        if self._pace is None:
            return
        write = method != "GET"
        cost = 5 if write else 1
        while self._points and self._points[0][0] <= now - MINUTE:
            self._spent -= self._points.popleft()[1]
        while self._writes and self._writes[0] <= now - HOUR:
            self._writes.popleft()
        parts = max(1, self._shared_by())
        if self._points and self._spent + cost > self._pace.points_a_minute // parts:
            raise Wait(self._points[0][0] + MINUTE - now, "pace of requests")
        if write:
            for most, span in (
                (max(1, self._pace.writes_a_minute // parts), MINUTE),
                (max(1, self._pace.writes_an_hour // parts), HOUR),
            ):
                if len(self._writes) >= most and self._writes[-most] > now - span:
                    raise Wait(self._writes[-most] + span - now, "pace of writing")
            self._writes.append(now)
        self._points.append((now, cost))
        self._spent += cost

    def after(self, headers: Mapping[str, str]) -> None:
        """Notes a good answer; begins a pause if the primary limit allows few more requests."""
        self._troubles = 0
        if self._clock() >= self._until:
            self._hits = 0
        core = headers.get("x-ratelimit-resource", "core") == "core"  # search has its own limits
        remaining = _remaining(headers)
        if core and remaining != float("inf"):
            self.left = int(remaining)
        if self._pace is not None and core and remaining <= self._pace.reserve:
            self._pause(_until_reset(headers), "primary limit nearly used")

    def hit(self, headers: Mapping[str, str]) -> Wait:
        """Begins a pause after a limit: as long as GitHub says, or one minute, doubled each time up to fifteen."""
        retry = headers.get("retry-after", "")
        if retry.isdecimal():
            self._pause(max(float(retry), 1.0), "limit")
        elif _remaining(headers) == 0:
            self._pause(max(_until_reset(headers), 1.0), "primary limit")
        elif self._clock() >= self._until:
            # Calls that were under way together hit the limit together: the pause doubles only once.
            self._pause(SECONDARY_LIMIT.pause(self._hits + 1), "secondary limit")
            self._hits += 1
        return Wait(max(self._until - self._clock(), 1.0), self._why)

    def trouble(self, reason: str) -> Wait:
        """Returns the wait after an outage: one second, doubled each time up to a minute."""
        self._troubles += 1
        self.pauses["trouble"] += 1
        return Wait(OUTAGE.pause(self._troubles), reason)

    def _pause(self, seconds: float, why: str) -> None:
        until = self._clock() + seconds
        if until > self._until:
            self._until, self._why = until, why
            self.pauses["limit"] += 1


def is_limit(status: int, message: str, headers: Mapping[str, str]) -> bool:
    """Returns whether GitHub refused because of a limit. A 403 can also mean that a permission is missing."""
    if status == 429:
        return True
    said = message.lower()
    return status == 403 and (
        "retry-after" in headers or _remaining(headers) == 0 or "rate limit" in said or "abuse" in said
    )


def _remaining(headers: Mapping[str, str]) -> float:
    left = headers.get("x-ratelimit-remaining", "")
    return int(left) if left.isdecimal() else float("inf")


def _until_reset(headers: Mapping[str, str]) -> float:
    """Returns the seconds until the limit is reset, by GitHub's clock if possible: this machine's may be wrong."""
    reset = headers.get("x-ratelimit-reset", "")
    if not reset.isdecimal():
        return MINUTE
    try:
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        now = time.time()
    return min(max(int(reset) - now, 0.0), HOUR) + 1
