"""The errors of calls to GitHub, by what to do: `Wait` and try again, or tell a person about `Refused`.

except Wait as wait: run this opportunity again in `wait.seconds`

`channel.py` and `limits.py` raise them; the back-off after a refusal is applied by `bot/catching_up/retries.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.runtime.backoff import Backoff

REFUSALS = Backoff(first=1.0, longest=900.0)
"""The pauses before the bot retries what GitHub refused: a lookup or an effect."""


class GitHubError(Exception):
    """GitHub did not do what was asked."""


class Wait(GitHubError):
    """The call must wait: a limit, an outage or a broken connection. GitHub may have done it or not."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(f"{reason}: again in {seconds:.0f} s")
        self.seconds = seconds
        self.reason = reason


class Refused(GitHubError):
    """GitHub refuses the call, and will refuse it again unless a person changes something."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message

    @property
    def gone(self) -> bool:
        """Tells if the thing does not exist (any more), or the bot cannot see it."""
        return self.status in (404, 410)


class Unfinished(GitHubError):
    """GitHub refused some changes, and accepted all others. `problems` has each refused thing with its reason."""

    def __init__(self, problems: Sequence[tuple[str, Refused]]) -> None:
        super().__init__("; ".join(f"{thing}: {error}" for thing, error in problems))
        self.problems = tuple(problems)
