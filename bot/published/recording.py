"""Makes the records of the board from the facts, the policy and the current time.

ledger.derive(recorder(policy, clock.now))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.pipeline.model.facts import BOT, Recorded
from bot.pipeline.model.fold import fold
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.rules import Moment
from bot.pipeline.steps import turn_of
from bot.published.record import Record, make_record


def record_of(opportunity: Opportunity, history: Sequence[Recorded], policy: Policy, now: datetime) -> Record:
    """Returns the record of an opportunity, with the role that acts next."""
    turn = turn_of(opportunity, Moment(now, now, BOT, opportunity.lang, policy))
    return make_record(opportunity, history, turn.value if turn else None)


def recorder(policy: Policy, now: Callable[[], datetime]) -> Callable[[str, Sequence[Recorded]], Record]:
    """Returns a function that makes a record from a key and its facts."""

    def make(key: str, history: Sequence[Recorded]) -> Record:
        repository, _, number = key.rpartition("#")
        return record_of(fold(repository, int(number), history), history, policy, now())

    return make
