"""What can go wrong with GitHub, by what can be done about it: wait, or tell someone.

except Wait as wait: run this opportunity again in `wait.seconds`
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.runtime.backoff import Backoff

REFUSALS = Backoff(first=1.0, longest=900.0)
"""The pauses before an effect that GitHub refused is repeated."""


class GitHubError(Exception):
    """Anything GitHub did not do."""


class Wait(GitHubError):
    """Not now: a limit, an outage or a cut connection. It may or may not have been done."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(f"{reason}: again in {seconds:.0f} s")
        self.seconds = seconds
        self.reason = reason


class Refused(GitHubError):
    """GitHub will not do it, and asking again will not help by itself."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message

    @property
    def gone(self) -> bool:
        """What was asked about does not exist (any more), or cannot be seen."""
        return self.status in (404, 410)


class Unfinished(GitHubError):
    """Some things could not be shown; everything else was. `problems` says what and why."""

    def __init__(self, problems: Sequence[tuple[str, Refused]]) -> None:
        super().__init__("; ".join(f"{thing}: {error}" for thing, error in problems))
        self.problems = tuple(problems)
