"""Whatever anybody does, in whatever order: the opportunity stays one that people can trust.

A monkey sits at everyone's keyboard. It knows the commands and labels, and nothing of when to use them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline.calendar import add_business_days
from bot.pipeline.decide import next_due
from bot.pipeline.model import facts as f
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Standing, roles
from bot.pipeline.registry import COMMANDS, SIGNALS, STAGE_LABELS, usable
from bot.pipeline.rules import Programme
from bot.pipeline.view import STATE_LABELS, labels_of
from tests.pipeline.desk import PEOPLE, Need, body, need_at
from tests.pipeline.desk import WORK as REPOSITORY

WHO = ("client", "client-2", "coordinator", "coordinator-2", "finance", "supplier-1", "supplier-2", "supplier-3")
WORK = "https://github.com/supplier-1/policies"
SUPPLIERS = ("supplier-1", "supplier-2", "supplier-3")
LINES = (
    *(f"/{rule.english} {rule.example}".strip() for rule in COMMANDS),
    "/client @supplier-1",
    "/client @client-2",
    "/assign @coordinator-2",
    "/assign @coordinator",
    "/next",
    "/extend soon",
    "/preview /repost",
    "/interested\n/withdraw\n/interested confirm",
    "- [x] of age of majority\n- [x] Canadian\n- [x] PayPal\n- [x] the price and date",
    "- [x] PayPal",
    "I am interested.",
    "Is Bash fine?",
    "Thank you.",
    "My number is 613-555-0123.",
)
SENSIBLE = (
    *((who, text) for who in SUPPLIERS for text in ("/interested", "/interested confirm", "/withdraw", "/ask Why?")),
    *(
        (who, text)
        for who in SUPPLIERS
        for text in ("/confirm", "/decline", f"/deliver {WORK}/pull/1", f"/repo {WORK}")
    ),
    *((who, f"/deliver {WORK}/pull/2") for who in SUPPLIERS),
    *(("client", f"/evaluate @{who} {how} because of the work") for who in SUPPLIERS for how in ("pass", "fail")),
    *(("client", f"/evaluate @{who} criterion 1 pass because of the work") for who in SUPPLIERS),
    *(("client", f"/{text}") for text in ("criterion 1 pass", "criterion 2 pass", "criterion 2 fail no", "accept")),
    *(
        ("client", f"/{text}")
        for text in ("publish", "revise the tests", "answer Q1 en: Yes. fr: Oui.", "ore status=Beta")
    ),
    *((who, "/dispute it is not so") for who in ("client", *SUPPLIERS)),
    *(("coordinator", f"/{text}") for text in ("draw", "hold the budget", "resume", "resolve it is", "repost")),
    *(
        ("coordinator", f"/{text}")
        for text in ("terminate nothing came", "next", "cancel no need", "override for this")
    ),
)
LABELS = (*SIGNALS, *STAGE_LABELS, "done", *sorted(STATE_LABELS))
BODIES = (body(), body(price="$7,000"), body(closing=""), body(title_en="", criteria_fr="- Rien"), "gone")

words = st.tuples(st.just("says"), st.sampled_from(WHO), st.sampled_from(LINES)) | st.sampled_from(
    [("says", *said) for said in SENSIBLE]
)
label = st.tuples(st.just("label"), st.sampled_from(WHO), st.sampled_from(LABELS), st.booleans()) | st.sampled_from(
    [
        ("label", "finance" if rule.by.value == "finance" else "coordinator", name, True)
        for name, (_, rule) in SIGNALS.items()
    ]
)
WORLD = (
    *(("time", days) for days in (0, 0, 0, 0, 1, 3, 20, 60)),
    *(("new date", days) for days in (1, 5, 30)),
    *(("pull", kind, state) for kind in ("posting", "ore") for state in ("open", "closed", "merged")),
    *(("ticked", step) for step in range(1, 10)),
    *(("edited", text) for text in BODIES),
    *(("house", running) for running in (0, 10)),
    *(("late", who, text) for who, text in (("supplier-3", "/interested confirm"), ("client", "/publish"))),
    ("beacon", None),
)
world = st.sampled_from(WORLD)
helped = st.tuples(st.just("helped"), st.sampled_from(WHO), st.integers(0, 40))
doings = st.lists(words | helped | label | world, min_size=3, max_size=25)


def act(need: Need, doing: tuple) -> None:
    match doing:
        case "says", who, text:
            need.says(who, text)
        case "helped", who, pick:
            rules = usable(need.o, need.moment, roles(need.o, who, PEOPLE.get(who, Standing())))
            rule = rules[pick % len(rules)]
            need.says(who, f"/{rule.english} {rule.example}".replace("@supplier ", f"@supplier-{1 + pick % 3} "))
        case "label", who, label, on:
            need.labelled(label, by=who, on=on)
        case "time", 0:
            need.time_passes(next_due(need.o, need.policy) or need.now)
        case "time", days:
            need.time_passes(need.now + timedelta(days=days))
        case "new date", days:
            command = "next" if need.o.terminated else "extend"
            need.says("coordinator", f"/{command} {add_business_days(need.now.date(), days)}")
        case "pull", kind, state:
            need.pull(kind, state, 30 if kind == "posting" else 31)
        case "ticked", step:
            need.ticked(step)
        case "edited", text:
            need.edited(text)
        case "house", running:
            need.programme = Programme(running=running)
        case "late", who, text:
            now = need.now
            need.now = now - timedelta(hours=5)
            need.says(who, text)
            need.now = now
        case "beacon", _:
            if need.o.announced:
                need.randomness[need.o.announced.round] = "ab" * 32


def holds(need: Need, before: Opportunity) -> None:
    """What is so after whatever happened."""
    o, shown = need.o, need.view
    labels = labels_of(replace(o, left={}), need.moment)
    assert sum(name in STAGE_LABELS for name in labels) == (1 if o.going else 0)
    assert sum(name.startswith("waiting: ") for name in labels) <= 1
    assert len({comment.mark for comment in shown.comments}) == len(shown.comments)
    assert shown.comments[0].mark == "status"
    assert not {client.casefold() for client in o.clients} & o.applications.keys(), "client and supplier"
    kinds = {type(fact) for fact in need.new}
    if before.exists and not before.going:
        assert kinds <= {f.Flagged, f.LabelExplained, f.LabelLeft, f.LabelFreed, f.PullRequestSeen, f.OpeningHeard}
    if before.on_hold and o.on_hold:
        stopped = {f.Entered, f.Reminded, f.ApplicationsClosed, f.Drawn, f.DrawAnnounced}
        assert not kinds & stopped
    if (before.dispute and o.dispute) or (before.terminated and o.terminated):
        anew = kinds & {f.OfferedAgain, f.Reposted} and not o.dispute
        assert f.Entered not in kinds or f.Overridden in kinds or anew
    if need.answer and need.answer.refused and len(need.answer.messages) == 1:
        assert not [
            r
            for r in need._last
            if r.actor == need.answer.to and not isinstance(r.fact, f.LabelExplained | f.LabelLeft | f.Spoke)
        ]


def quiet_after_time(need: Need) -> None:
    """What was due is done: nothing stays due, so that no clock turns in circles."""
    due = next_due(need.o, need.policy)
    waits_for_beacon = need.o.announced and not need.o.drawn and need.o.announced.round not in need.randomness
    assert due is None or due > need.now or waits_for_beacon


def story(step: int, doings: list[tuple]) -> Need:
    need = need_at(step)
    need.repositories["supplier/project"] = REPOSITORY
    for doing in doings:
        before = need.o
        act(need, doing)
        if doing[0] in ("house", "beacon"):
            continue
        if f.DrawAnnounced in {type(fact) for fact in need.new}:
            need.published = need.now
        holds(need, before)
        if doing[0] == "time":
            quiet_after_time(need)
    runs = Counter(
        (fact.what, fact.day, sum(isinstance(r.fact, f.Reposted) for r in need.history[:index]))
        for index, fact in enumerate(recorded.fact for recorded in need.history)
        if isinstance(fact, f.Reminded)
    )
    assert not [reminder for reminder, times in runs.items() if times > 1], "reminded twice"
    return need


@given(st.integers(1, 9), doings)
@settings(deadline=None, max_examples=100)
def test_whatever_happens_an_opportunity_keeps_its_promises(step, doings):
    story(step, doings)
