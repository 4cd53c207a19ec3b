"""The result of one check by `doctor`, and the lines that show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """The result of one check; `advice` says what to do if it failed."""

    ok: bool
    what: str
    advice: str = ""

    @property
    def line(self) -> str:
        """Returns a line for people."""
        return f"{'ok' if self.ok else '!!'}  {self.what}{f': {self.advice}' if self.advice else ''}"


CheckResults = AsyncIterator[CheckResult]
