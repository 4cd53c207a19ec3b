"""The stories that a sweep plays, and what must be the same at their end whatever happened on the way."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.cli.demo import furnish
from bot.ledger import Ledger
from bot.pipeline.calendar import EASTERN
from bot.pipeline.model.facts import PullRequestSeen
from bot.pipeline.model.policy import Policy
from sandbox import Sandbox
from sandbox.cast import HOME, Cast, Story
from tests.journeys.conftest import final, story

WORK = timedelta(days=30)
PATIENCE = 300.0
"""Seconds that people wait for the bot: more than one thing may go wrong meanwhile, and each may take a minute."""

SETTLE = 20.0
"""Seconds that the end of a story may take to settle after what last went wrong."""


class Unhurried(Cast):
    """Nobody opens an issue, writes the statement and has it approved within one second.

    GitHub counts in seconds: of a text that is told of late, no other payload of that second can say that it is newer.
    """

    def description(self, story: Story) -> None:
        self.pass_to(self.now() + timedelta(minutes=1))
        super().description(story)


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
    cast._until(lambda: any("<!-- micro-acquisition: missed " in c.body for c in cast._comments()), "the missed date")
    cast._say("coordinator", "/terminate nothing was delivered")
    cast._amended("winner")
    later = (tale.closing + 2 * WORK).isoformat()
    cast._say("coordinator", f"/next {later}")
    second = cast._until(lambda: (name := _last_drawn(cast)) != first and name, "the next supplier")
    cast._say(second, "/confirm")
    cast._until(
        lambda: not {label.name for label in cast._issue().labels} & {"terms-signed"}, "the end of the old terms"
    )
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
    cast = Unhurried(sandbox.url, lambda step, what: None)
    cast.patience = PATIENCE
    furnish(sandbox.url, Policy())
    ROADS[road](cast, story(sandbox))
    return cast.number


def settled(sandbox: Sandbox, number: int, database_url: str, still: float) -> dict[str, Any]:
    """The end, once nothing has changed for so many seconds."""
    before, until = None, time.monotonic() + SETTLE
    while (now := ending(sandbox, number, database_url)) != before or now["unsettled"] or now["unread"]:
        if time.monotonic() > until:
            break
        before = now
        time.sleep(still)
    return now


def ending(sandbox: Sandbox, number: int, database_url: str) -> dict[str, Any]:
    """What GitHub shows and what the ledger holds at the end, without the numbers and times that may differ."""
    ledger = Ledger(database_url)
    try:
        history = ledger.load(f"{HOME}#{number}").history
        stats = ledger.stats()
    finally:
        ledger.close()
    facts = Counter(_without_names(_told(recorded) for recorded in history))
    facts.update(
        {told: 1 - count for told, count in facts.items() if told.startswith(("BoxTicked ", "PullRequestSeen"))}
    )
    shown = final(sandbox, number)
    # whether an amendment was still proposed before it was no longer needed is a matter of moments
    shown["pulls"] = {
        repository: [pull for pull in pulls if pull[1] == "open" or pull[2]]
        for repository, pulls in shown["pulls"].items()
    }
    # and whether somebody acts before silence is spoken of
    shown["standing"] = {mark: count for mark, count in shown["standing"].items() if ": silence " not in mark}
    return shown | {
        "facts": facts,
        "given up": stats.given_up,
        "unsettled": stats.unsettled,
        "unread": stats.unread,
    }


def _without_names(told: Iterable[str | None]) -> Iterator[str]:
    """Whom the draw favours is a matter of seconds: from then on suppliers are called by their place in it."""
    places: dict[str, str] = {}
    for line in filter(None, told):
        if drawn := re.match(r'Drawn .*"order": \[(.*?)\]', line):
            order = re.findall(r'"(.*?)"', drawn[1])
            places = {login: f"drawn-{place}" for place, login in enumerate(order, 1)}
        told_of = line
        for login, place in places.items():
            told_of = told_of.replace(login, place)
        yield told_of


def _told(recorded: Any) -> str | None:
    """A fact without what may differ; None of one that may be missing.

    Whether a pull request is told of by its webhook or by whoever made it, and whether it is seen open before it is
    merged, is a matter of moments.
    """
    fact, actor = recorded.fact, f" by {recorded.actor}"
    if isinstance(fact, PullRequestSeen):
        if fact.state in ("open", "withdrawn"):
            return None
        fact, actor = replace(fact, number=0, url=""), ""
    data = json.dumps(vars(fact), default=str, sort_keys=True)
    data = re.sub(r"\b[0-9a-f]{40,64}\b|127\.0\.0\.1:\d+|\d{4}-\d\d-\d\d[T ][^\"]*|(?<=round\": )\d+", "…", data)
    return f"{type(fact).__name__}{actor}: {data}"
