"""Computes the pause before the next attempt: it doubles with each failed attempt, up to the longest pause.

Backoff(first=1.0, longest=300.0).pause(3)    4.0 seconds
"""

from __future__ import annotations

from dataclasses import dataclass

_DOUBLINGS = 30
"""More would only overflow: the longest pause is reached long before."""


@dataclass(frozen=True)
class Backoff:
    """A rule for pauses, in seconds."""

    first: float
    longest: float

    def pause(self, attempt: int) -> float:
        """Returns the seconds to wait after the failed attempt of this number; the first has number 1."""
        return min(self.longest, self.first * 2.0 ** min(attempt - 1, _DOUBLINGS))
