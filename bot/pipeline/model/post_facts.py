"""The facts that posts on the site depend on: what they show, who may open them, and when they may be merged.

Only these facts wake the open pull requests of an opportunity, so that each is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.pipeline.model import facts
from bot.pipeline.model.facts import Recorded

_LAST_STEP = 7
"""The step from which a page shows the supplier. Later steps change nothing on it by themselves."""

_LABELS = ("eligible", "description-approved", "funds-reserved")
"""The labels without which a posting may not be merged. The first one also takes an opportunity out of the line."""


def count_post_facts(history: Iterable[Recorded]) -> int:
    """Returns how many of these facts posts depend on."""
    return sum(_is_post_fact(recorded.fact) for recorded in history)


def _is_post_fact(fact: facts.Fact) -> bool:
    match fact:
        case facts.Entered(step=step):
            return step <= _LAST_STEP
        case facts.Signalled(label=label):
            return label in _LABELS
        case facts.PullRequestSeen(kind=kind):
            return kind == "posting"
        case (
            facts.Opened()
            | facts.Described()
            | facts.Rescheduled()
            | facts.ClientAdded()
            | facts.Waitlisted()
            | facts.Held()
            | facts.Resumed()
            | facts.Cancelled()
            | facts.IssueGone()
            | facts.Terminated()
            | facts.OfferedAgain()
            | facts.Reposted()
            | facts.Drawn()
            | facts.Accepted()
        ):
            return True
    return False
