"""The stories that a sweep plays, and what must be the same at their end whatever happened on the way."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot import demo
from bot.ledger import Ledger
from bot.pipeline.calendar import EASTERN
from bot.pipeline.facts import PullRequestSeen
from bot.pipeline.policy import Policy
from bot.sandbox import Sandbox
from bot.sandbox.cast import HOME, Cast, Story
from tests.journeys.conftest import final, story

WORK = timedelta(days=30)


def straight(cast: Cast, tale: Story) -> None:
    """From contact to the Exchange."""
    cast.play(tale)


def terminated(cast: Cast, tale: Story) -> None:
    """The supplier delivers nothing, the contract is ended, and the next one of the draw does the work."""
    cast.contact(tale)
    cast.eligibility()
    cast.description(tale)
    cast.posting()
    cast.evaluation(tale)
    first = cast.selection(tale)
    cast._enter("7/assessment")
    cast._amended("winner")
    cast.pass_to(datetime.combine(tale.closing, datetime.min.time(), EASTERN) + WORK)
    cast._say("coordinator", "/terminate nothing was delivered")
    cast._amended("winner")
    later = (tale.closing + 2 * WORK).isoformat()
    cast._say("coordinator", f"/next {later}")
    second = cast._until(lambda: (name := _last_drawn(cast)) != first and name, "the next supplier")
    cast._say(second, "/confirm")
    cast._label("coordinator", "terms-signed")
    cast._new_repository(second, tale.project)
    cast._say(second, f"/repo https://github.com/{second}/{tale.project}")
    cast.assessment(tale, second)
    cast.payment()
    cast.exchange()


def _last_drawn(cast: Cast) -> str | None:
    found = [re.search(r"<!-- micro-acquisition: drawn \d+ (\S+) -->\s*$", c.body) for c in cast._comments()]
    return next((match[1] for match in reversed(found) if match), None)


ROADS: dict[str, Callable[[Cast, Story], None]] = {"straight": straight, "terminated": terminated}


def play(road: str, sandbox: Sandbox) -> int:
    """The cast plays it on a sandbox that a bot serves; the number of the issue."""
    cast = Cast(sandbox.url, lambda step, what: None)
    demo.furnish(sandbox.url, Policy())
    ROADS[road](cast, story(sandbox))
    return cast.number


def ending(sandbox: Sandbox, number: int, database_url: str) -> dict[str, Any]:
    """What GitHub shows and what the ledger holds at the end, without the numbers and times that may differ."""
    ledger = Ledger(database_url)
    try:
        history = ledger.load(f"{HOME}#{number}").history
        stats = ledger.stats()
    finally:
        ledger.close()
    facts = Counter(told for recorded in history if (told := _told(recorded)))
    return final(sandbox, number) | {
        "facts": facts,
        "given up": stats.given_up,
        "unsettled": stats.unsettled,
        "unread": stats.unread,
    }


def _told(recorded: Any) -> str | None:
    """A fact without what may differ; None of one that may be missing.

    Whether a pull request is told of by its webhook or by whoever made it, and whether it is seen open before it is
    merged, is a matter of moments.
    """
    fact, actor = recorded.fact, f" by {recorded.actor}"
    if isinstance(fact, PullRequestSeen):
        if fact.state == "open":
            return None
        actor = ""
    data = json.dumps(vars(fact), default=str, sort_keys=True)
    data = re.sub(r"\b[0-9a-f]{40,64}\b|127\.0\.0\.1:\d+|\d{4}-\d\d-\d\d[T ][^\"]*|(?<=round\": )\d+", "…", data)
    return f"{type(fact).__name__}{actor}: {data}"
