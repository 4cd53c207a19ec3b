"""A desk for pure tests: people act on one opportunity, and one sees what GitHub would show.

need = Need()
need.labelled("eligible", by="coordinator")
assert need.shows("3/description")
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from bot.pipeline.decide import Answer, decide, needs, next_due
from bot.pipeline.exchange_entry.categories import Categories
from bot.pipeline.model import facts, signals
from bot.pipeline.model.evidence import Evidence
from bot.pipeline.model.facts import BOT, Recorded
from bot.pipeline.model.fold import apply, fold
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Standing
from bot.pipeline.model.signals import Issue, Lookups, Repository, Signal
from bot.pipeline.model.statement import FIELD_HEADINGS
from bot.pipeline.rules import Moment, Programme
from bot.pipeline.steps import STEPS
from bot.pipeline.view import GitHubView, view

STATEMENT = {
    "title.en": "Azure policies",
    "title.fr": "Politiques Azure",
    "need": "Scripts that set policies",
    "price": "$6,500",
    "closing": "2027-07-12",
    "selection": "2027-07-16",
    "delivery": "2027-07-30",
    "short.en": "Develop scripts.",
    "short.fr": "Élaborer des scripts.",
    "skills.en": "PowerShell, Azure",
    "skills.fr": "PowerShell, Azure",
    "description.en": "The Cloud team.",
    "description.fr": "L’équipe infonuagique.",
    "opportunity.en": "A script.",
    "opportunity.fr": "Un script.",
    "evaluation.en": "1. Show your skills.",
    "evaluation.fr": "1. Montrez vos compétences.",
    "criteria.en": "- An MIT licence\n- Every requirement is met",
    "criteria.fr": "- Une licence MIT\n- Toutes les exigences sont satisfaites",
    "contact": "cloud@example.gc.ca",
}
ISSUE = "https://github.com/canada-ca/micro-acquisition/issues/12"
OPENED = datetime(2027, 6, 21, 14, 0, tzinfo=UTC)
PEOPLE = {
    "coordinator": Standing(coordinator=True),
    "coordinator-2": Standing(coordinator=True),
    "finance": Standing(finance=True),
    "nobody": Standing(exists=False),
    **{login: Standing() for login in ("client", "supplier-1", "supplier-2", "supplier-3")},
}
WORK = Repository(
    url="https://github.com/supplier-1/policies",
    name="supplier-1/policies",
    public=True,
    licence="MIT",
    licence_url="https://github.com/supplier-1/policies/blob/main/LICENSE",
    languages=("PowerShell",),
    homepage=None,
)


def body(**changes: str) -> str:
    """An issue body with the statement, some of its fields changed; an empty value is "no response"."""
    values = {**STATEMENT, **{name.replace("_", "."): value for name, value in changes.items()}}
    return "\n\n".join(f"### {FIELD_HEADINGS[name]}\n\n{value or '_No response_'}" for name, value in values.items())


class Need:
    """One opportunity and the people around it; time goes on by a minute with each thing that happens."""

    def __init__(
        self,
        *,
        text: str | None = None,
        policy: Policy | None = None,
        programme: Programme | None = None,
        first: signals.What | None = None,
        others: dict[int, str] | None = None,
    ) -> None:
        self.policy, self.programme = policy or Policy(), programme or Programme(others=others or {})
        self.now, self.text, self.title = OPENED, body() if text is None else text, "Azure policies"
        self.history: list[Recorded] = []
        self._seen: list[Recorded] = []
        self._folded = fold("canada-ca/micro-acquisition", 12, ())
        self.randomness: dict[int, str] = {}
        self.published: datetime | None = None
        """When the public saw the announcement of the draw; None: in good time."""
        self.entry: signals.ExchangePull | None = None
        self.categories: Categories | None = None
        self.repositories: dict[str, Repository | None] = {"supplier-1/policies": WORK}
        self.deliveries: dict[str, Evidence | None] = {}
        self.evidence: Evidence | None = Evidence("c0ffee" * 6, "open", checks_passed=3, approvals=1)
        self.answer: Answer | None = None
        self.flag: Answer | None = None
        self.labels: frozenset[str] = frozenset()
        self.delivery = ""
        """What brings the news, where that matters."""
        self._comments, self.comment = count(100), 0
        self._happens(first or signals.IssueOpened(), "client")

    @property
    def o(self) -> Opportunity:
        seen = len(self._seen)
        if self._seen != self.history[:seen]:
            self._folded, seen = fold("canada-ca/micro-acquisition", 12, ()), 0
        for recorded in self.history[seen:]:
            self._folded = apply(self._folded, recorded)
        self._seen = list(self.history)
        return self._folded

    @property
    def moment(self) -> Moment:
        return Moment(self.now, self.now, BOT, "en", self.policy)

    @property
    def view(self) -> GitHubView:
        return view(self.o, self.moment)

    @property
    def answered(self) -> list[str]:
        """Names of the messages in the last answer, with those inside them."""
        return [part.name for said in (self.answer.messages if self.answer else ()) for part in said.within()]

    @property
    def new(self) -> list[facts.Fact]:
        return [recorded.fact for recorded in self._last]

    @property
    def status(self) -> dict[str, Any]:
        """What the status comment says."""
        return dict(self.view.comments[0].message.args)

    @property
    def marks(self) -> list[str]:
        """The marks of the comments that stand in the thread."""
        return [comment.mark for comment in self.view.comments]

    @property
    def blocked(self) -> list[str]:
        """What the status comment says is missing, by name."""
        return [message.name for message in self.status["missing"]]

    def shows(self, *labels: str) -> bool:
        return set(labels) <= self.view.labels

    def says(self, login: str, text: str, before: str | None = None, comment: int | None = None) -> Need:
        """A new comment; with `before` an edited one, of that number."""
        self.comment = comment or next(self._comments)
        return self._happens(signals.Commented(self.comment, text, before), login)

    def edited(self, text: str) -> Need:
        previous, self.text = self.text, text
        return self._happens(signals.IssueEdited(previous), "client")

    def labelled(self, label: str, *, by: str, on: bool = True) -> Need:
        return self._happens(signals.LabelChanged(label, on), by)

    def ticked(self, step: int, *, by: str = "coordinator", boxes: tuple[str, ...] | None = None) -> Need:
        names = STEPS[step - 1].boxes if boxes is None else boxes
        text = "\n".join(f"- [x] words <!-- box {name} -->" for name in names)
        return self._happens(signals.ChecklistEdited(1, f"checklist {step}", text), by)

    def heard(self, what: signals.What) -> Need:
        return self._happens(what, "client")

    def pull(self, kind: str, state: str, number: int = 30, source: tuple[str, str] = ("", ""), **more: str) -> Need:
        """GitHub shows a pull request so; `more` is a person as its `author`, or what it is `stuck` on."""
        url = f"https://github.com/pulls/{number}"
        return self._happens(signals.PullRequestChanged(kind, number, url, state, "", *source, **more), BOT)

    def reviewed(self, *remarks: signals.Remark, state: str = "open") -> Need:
        """The entry's pull request is looked at on the Exchange, and this is what is seen."""
        pull = self.o.pull("ore")
        assert pull is not None
        self.entry = signals.ExchangePull(signals.PullRequestChanged("ore", pull.number, pull.url, state), remarks)
        return self._happens(signals.EntryDiscussed(), BOT)

    def time_passes(self, to: datetime | None = None) -> Need:
        due = to or next_due(self.o, self.policy)
        assert due is not None
        self.now = max(due, self.now)
        return self._happens(signals.TimePassed(), BOT)

    def _happens(self, what: signals.What, login: str) -> Need:
        self.now += timedelta(minutes=1)
        issue = Issue(12, ISSUE, self.title, self.text, "client", self.labels, frozenset(), False, self.now)
        signal = Signal(what, login, self.now, self.delivery or f"delivery-{len(self.history)}", issue)
        wanted = needs(self.o, signal, self.policy)
        known = Lookups(
            standings={login: PEOPLE.get(login, Standing()) for login in wanted.logins},
            repositories={name: self.repositories.get(name) for name in wanted.repositories},
            randomness={n: r for n, r in self.randomness.items() if n == wanted.round},
            coordinators=("coordinator",) if wanted.coordinators else (),
            entry=self.entry if wanted.entry else None,
            categories=self.categories if wanted.categories else None,
            deliveries={address: self.deliveries.get(address, self._evidence()) for address in wanted.deliveries},
            announced_at=self.published or (self.now - timedelta(minutes=20) if self.o.announced else None),
        )
        outcome = decide(self.o, signal, known, self.programme, self.policy, self.now)
        self._last = outcome.facts
        self.history += outcome.facts
        assert outcome.opportunity == self.o, "deciding and folding must agree"
        self.answer, self.flag = outcome.answer, outcome.flag
        return self

    def _evidence(self) -> Evidence | None:
        """What was delivered: something else after each revision."""
        rounds = sum(isinstance(recorded.fact, facts.RevisionAsked) for recorded in self.history)
        return self.evidence and replace(self.evidence, commit=f"{self.evidence.commit[:38]}{rounds:02x}")

    def closes(self) -> Need:
        """Applications close."""
        while self.o.open:
            self.time_passes()
        return self

    # --- along the straight road -------------------------------------------------------------------------

    def at(self, step: int) -> Need:
        """Bring it to a step by the straight road."""
        roads = (
            None,
            None,
            self._to_2,
            self._to_3,
            self._to_4,
            self._to_5,
            self._to_6,
            self._to_7,
            self._to_8,
            self._to_9,
        )
        for road in roads[self.o.step + 1 : step + 1]:
            assert road is not None
            road()
        assert self.o.step == step, f"expected step {step}, is in {self.o.step}"
        return self

    def _to_2(self) -> None:
        self.labelled("client-verified", by="coordinator")

    def _to_3(self) -> None:
        self.ticked(2).labelled("eligible", by="coordinator")

    def _to_4(self) -> None:
        self.labelled("description-approved", by="coordinator")

    def _to_5(self) -> None:
        self.labelled("funds-reserved", by="finance").pull("posting", "open").pull("posting", "merged")

    def _to_6(self) -> None:
        for supplier in ("supplier-1", "supplier-2"):
            self.says(supplier, "/interested confirm")
        self.closes()
        for supplier in ("supplier-1", "supplier-2"):
            self.says("client", f"/evaluate @{supplier} pass because of three years of such work")

    def drawn(self, randomness: str = "ab" * 32) -> str:
        """Announce and complete the draw; who won."""
        self.says("coordinator", "/draw")
        announced = self.o.announced
        assert announced is not None
        self.randomness[announced.round] = randomness
        self.time_passes(announced.due)
        assert self.o.chosen is not None
        return self.o.chosen

    def _to_7(self) -> None:
        winner = self.drawn()
        self.says(winner, "/confirm").labelled("terms-signed", by="coordinator")
        self.says(winner, "/repo https://github.com/supplier-1/policies")

    def _to_8(self) -> None:
        assert self.o.chosen is not None
        self.says(self.o.chosen, "/deliver https://github.com/supplier-1/policies/pull/1")
        self.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")

    def _to_9(self) -> None:
        for label in ("invoice-received", "invoice-approved", "paid"):
            self.labelled(label, by="finance")


def need_at(step: int) -> Need:
    """A need of its own in a step, by the straight road, which is walked once for all tests."""
    need, road = copy(_road(step)), _road(step)
    need.history, need.randomness = list(road.history), dict(road.randomness)
    need.repositories, need.deliveries = dict(road.repositories), dict(road.deliveries)
    return need


@cache
def _road(step: int) -> Need:
    return Need().at(step)
