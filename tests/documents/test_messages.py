"""What the bot says, as people will read it: in both languages, at every step, with nothing left unsaid.

The goldens are whole comments. After a change of wording, write them again and read them:

    GOLDEN=write .venv/bin/python -m pytest tests/documents/test_messages.py
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from bot.documents import issue_form
from bot.documents.amounts import LOCALES
from bot.documents.inspection import PostFile, PostFinding
from bot.documents.inspection.coaching import Report, coach_comment, verdict
from bot.github.reading.site_pull import read_site_pull
from bot.pipeline import view
from bot.pipeline.calendar import end_of
from bot.pipeline.decide import OPPORTUNITY_LABEL
from bot.pipeline.draw.rfc3797 import beacon_key
from bot.pipeline.exchange_entry.entry import entry_fields
from bot.pipeline.exchange_entry.words import impossible, not_ready, problem, same_code
from bot.pipeline.model import signals
from bot.pipeline.model.evidence import Evidence
from bot.pipeline.model.opportunity import Status
from bot.pipeline.model.page import AMENDMENTS
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.statement import FIELD_HEADINGS, sections
from bot.pipeline.model.words import Line, Login, Message, Url
from bot.pipeline.money import TAX
from bot.pipeline.reading import plain
from bot.pipeline.registry import COMMANDS, SIGNALS, STAGE_LABELS, takes_text
from bot.pipeline.rules import Programme
from bot.pipeline.steps import STEPS
from bot.pipeline.steps.payment import PAPERS
from bot.pipeline.text.commands import commands_in
from bot.pipeline.text.language import Lang
from bot.settings import load_labels
from bot.site_pulls.judging import about_it, waiting
from tests.documents.test_inspection import everything_inspected
from tests.pipeline.desk import WORK, Need, body
from tests.pipeline.test_statement import everything_found
from tests.tools import MESSAGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config" / "messages"
GOLDEN = Path(__file__).parent / "golden"


# --- every message has its words, and no words are left over ---------------------------------------------


TURNS = [role.value for role in view.WAITING_ROLES]
STATES = [*get_args(Status), "open", "closed-to-applications", "on-hold", "disputed", "terminated"]
TAKEN_AWAY = ("no-winner", "no-notice")

DERIVED: dict[str, set[str]] = {
    "roles.{}": {f"roles.{role.value}" for role in Role},
    "status.is-{}": {f"status.is-{state}" for state in STATES},
    "status.turn-{}": {f"status.turn-{turn}" for turn in TURNS},
    "assessment.pull-{}": {f"assessment.pull-{state}" for state in ("open", "merged", "closed")},
    "interested.confirmation-{}": {f"interested.confirmation-{name}" for name in plain.CONFIRMATIONS},
    "protection.kind-{}": {f"protection.kind-{kind}" for kind in ("sin", "card", "phone", "email", "protected")},
    "status.pull-{}": {
        f"status.pull-{word}"
        for word in ("posting", "ore", "open", "asked", "merged", "closed", *AMENDMENTS, *TAKEN_AWAY)
    },
    "coach.title-{}": {f"coach.title-{word}" for word in ("success", "failure", "action-required", "neutral")},
    "page.{}": {f"page.{kind}" for kind in (*AMENDMENTS, *TAKEN_AWAY)},
    "accept.refused-{}": {f"accept.refused-{why}" for why in ("licence", "gone", "changed")},
    "province.{}": {f"province.{code}" for code in TAX},
    "payment.{}-missing": {f"payment.{paper}-missing" for paper in PAPERS},
    "{}.help": {f"{rule.english}.help" for rule in COMMANDS},
    "{}.title": {f"{step.name}.title" for step in STEPS},
    "{}.status": {f"{step.name}.status" for step in STEPS},
    "form.{}": {name for name in MESSAGES.names if name.startswith("form.")},
    "{}.box-{}": {f"{step.name}.box-{box}" for step in STEPS for box in step.boxes},
}
"""The names that the code puts together, by their pattern, from the declarations they come from."""


def names_in(source: str) -> Iterator[str]:
    """The names given to `Message` and `refuse`; of those put together, the pattern."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, (ast.FunctionDef, ast.Module)):
            continue
        assigned = {
            node.targets[0].id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                if node.func.id not in ("Message", "refuse", "misused"):
                    continue
                name = node.args[0]
                if isinstance(name, ast.Name) and name.id in assigned:
                    name = assigned[name.id]
                yield from _texts(name)


def _texts(name: ast.expr) -> Iterator[str]:
    match name:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one)
            yield from _texts(other)
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)


def names_in_code() -> set[str]:
    return {name for path in (ROOT / "bot").rglob("*.py") for name in names_in(path.read_text("utf-8"))}


def test_every_message_of_the_code_has_its_words_and_no_words_are_unused():
    found = names_in_code()
    patterns = {name for name in found if "{" in name}
    assert patterns == DERIVED.keys(), "a new kind of name: say here what it can be"
    used = (found - patterns).union(*DERIVED.values(), {step.intro for step in STEPS})
    assert used - MESSAGES.names == set(), "nothing to say"
    assert MESSAGES.names - used == set(), "never said"


def test_both_languages_have_the_same_files_and_the_same_sections_in_the_same_order():
    english, french = ([name for in_, name, _ in templates() if in_ == lang] for lang in LOCALES)
    assert english == french
    assert len(set(english)) == len(english), "a section is there twice"


# --- every message can be said, with what the pipeline really gives it -----------------------------------


class Scribe:
    """Follows opportunities and says everything they say, in both languages."""

    def __init__(self) -> None:
        self.said: dict[str, set[str]] = {}

    def reads(self, need: Need) -> Need:
        for comment in need.view.comments:
            for lead in LOCALES:
                text = (MESSAGES.checklist if comment.ticks else MESSAGES.comment)(comment.message, lead)
                self._note(comment.message, text)
        for pull in need.view.pulls:
            self.hears(pull.body)
            if pull.page and pull.page.notice:
                self.hears(pull.page.notice)
        if need.answer:
            answer = MESSAGES.answer(need.answer.to, need.answer.messages, need.answer.lead)
            for message in need.answer.messages:
                self._note(message, answer)
        if need.flag:
            self.hears(need.flag.messages[0])
        return need

    def hears(self, message: Message) -> None:
        for lead in LOCALES:
            self._note(message, MESSAGES.comment(message, lead))

    def _note(self, message: Message, text: str) -> None:
        for part in everything_in(message):
            self.said.setdefault(part.name, set()).add(text)


def everything_in(value: object) -> Iterator[Message]:
    """Every message inside a value, however deep."""
    if isinstance(value, Message):
        yield value
        for argument in value.args.values():
            yield from everything_in(argument)
    elif isinstance(value, tuple):
        for part in value:
            yield from everything_in(part)
    elif isinstance(value, Url):
        yield from everything_in(value.text)


class Told(Need):
    """A need whose every moment is written down."""

    scribe: Scribe

    def _happens(self, *args, **kwargs):
        return self.scribe.reads(super()._happens(*args, **kwargs))


@pytest.fixture(scope="module")
def said() -> dict[str, set[str]]:
    """Everything said, by the name of the message, while the stories below happen."""
    scribe = Scribe()

    class Here(Told):
        pass

    Here.scribe = scribe
    for story in (
        straight,
        everyone_tries_everything,
        unwilling,
        clumsy,
        wrong_statement,
        posted_otherwise,
        quiet,
        short_of_room,
        out_of_luck,
        troubled,
        insisting,
        in_plain_words,
        described,
        amended,
        reviewed,
        late,
    ):
        story(Here)
    for message in OUTSIDE:
        scribe.hears(message)
    return scribe.said


def asked() -> Message:
    """Everything that can be asked of a client about the entry."""
    o = Need().at(8).o
    codes = re.findall(r'code == "([\w-]+)"', (FOLDER / "en" / "exchange.md").read_text("utf-8"))
    problems = [problem(code, "name.fr", "Robot") for code in codes] + [same_code("Forms", "Formulaires")]
    choices = {"43232400": {"en": "Development software", "fr": "Logiciels de développement"}}
    return not_ready(o, problems, entry_fields(o, Policy()), choices)


def stopped(code: str) -> Message:
    """What only an operator can put right."""
    exchange = Url("https://github.com/canada-ca/ore-ero", "canada-ca/ore-ero")
    return impossible(Need().at(8).o, code, exchange, "esdc-edsc", "_data/administrations/federal.yml")


def everything_coached() -> Iterator[Message]:
    """A pull request in each of its states, as its check and its comment tell of it."""
    need = Need().at(4)
    opportunity, line = Url(need.o.url, "#12"), next(iter(everything_inspected()))
    whole = tuple(PostFinding(message) for message in (*_others(), Message("exceptions.on-hold")))
    early = (Need().o, Need().at(2).o, need.o, replace(Need().at(3).o, body=""))
    coordinator = Login("coordinator", ping=True)
    waits = tuple(message for o in early for message in waiting(o))
    path = "_posts/en/2027-06-21-azure-policies.md"
    stray, site = "_posts/x.md", "https://github.com/client/site"
    pages = {path: Url(f"{site}/new/mine?filename={path}", path), stray: Url(f"{site}/delete/mine/{stray}", stray)}
    for report in (
        Report((), opportunity=opportunity, author="client", adds=True),
        Report((), author="coordinator"),
        Report((), waits, opportunity, "client", adds=True),
        Report(
            (*whole, PostFinding(line, path, 3, 3, "a")),
            waits,
            opportunity,
            "client",
            True,
            True,
            (PostFile(path, "x", None), PostFile(path.replace("/en/", "/fr/"), "x", "y")),
            (stray,),
            pages,
            may_publish=True,
        ),
        Report((PostFinding(line, path),), author="client", adds=True),
        Report(whole[1:], opportunity=opportunity, author="client", adds=True),
        Report((), author="client", of_posts=False),
        Report(tuple(PostFinding(line, path, number, number) for number in range(1, 40)), author="client"),
        Report((PostFinding(line, path, 3, 3, fails=False),), author="client", coordinator=coordinator),
        Report((), opportunity=opportunity, author="client", adds=True, coordinator=coordinator),
    ):
        yield from (*verdict(report), coach_comment(report))
    yield Message("coach.offer")
    yield Message("coach.merged", author=Login("client", ping=True), opportunity=Url("https://x.test/1", "#1"))
    yield Message("coach.merged-wrongly", merger=coordinator, opportunity=opportunity)
    for posts_it in (True, False):
        yield Message("coach.merged-failed", people=(coordinator,), opportunity=opportunity, posts_it=posts_it)
    yield Message("coach.file", path=Line(path))


def _others() -> Iterator[Message]:
    """What can be wrong with a pull request as a whole."""
    person = read_site_pull(
        {
            "number": 7,
            "html_url": "https://x/pull/7",
            "title": "t",
            "state": "open",
            "updated_at": "",
            "user": {"login": "somebody"},
            "head": {"ref": "mine", "sha": "a"},
            "base": {"ref": "main", "repo": {"default_branch": "main"}},
        },
        "bot",
        "",
    )
    cancelled = Need().at(4).says("client", "/cancel no need")
    for o in (None, Need().at(4).pull("posting", "open").o, cancelled.o, Need().at(4).o):
        for mine in ((), (12,), (12, 14)):
            yield from (finding.message for finding in about_it(person, o, mine, adds=True))
    named = replace(person, body="Opportunity: #7", author="client", fits=False)
    theirs = Need().at(4).pull("posting", "open").o
    posted = Need().at(5).o
    for o in (None, theirs, posted, cancelled.o):
        yield from (finding.message for finding in about_it(named, o, (), adds=True))


OUTSIDE = (
    *(issue_form.form_text(name.removeprefix("form."), Policy()) for name in sorted(DERIVED["form.{}"])),
    Message("posting.unwritable"),
    asked(),
    *map(stopped, ("administration", "file", "checks", "address")),
    Message("status.answer", step=5, name=Message("evaluation.title"), link=Url("#1", Message("status.link"))),
    Message("evaluate.refused-self"),
    Message("common.unreadable", command=Line("/price"), lines=(Line("/price rate=80"), Line("/prix taux=80"))),
    *everything_found(),
    *everything_inspected(),
    *everything_coached(),
    Message("page.asked"),
    Message("page.lost", coordinator=Login("coordinator", ping=True)),
    Message("exchange.no-access", coordinator=None),
    Message("common.settled"),
    Message("common.refused", coordinator=None, said="403 Forbidden"),
    Message("common.refused", coordinator=Login("coordinator", ping=True), said="403 Forbidden"),
    Message("common.caught-up"),
    Message("common.allowed"),
    Message("page.ambiguous", coordinator=None, paths=(Line("_posts/en/a.md"), Line("_posts/en/b.md"))),
    Message("posting.there-already", coordinator=None, paths=(Line("_posts/en/a.md"),)),
    Message("exchange.there-already", coordinator=None, repository=Url("https://github.com/x/y", "x/y")),
)
"""What the stories cannot reach: a link only GitHub knows, a role that changes, all that statements and posts lack."""


def everyone_tries_everything(need_of: type[Told]) -> None:
    """Each command, as its example shows it, by each of the people in each step."""
    for step in range(1, 10):
        need = need_of().at(step)
        for rule in COMMANDS:
            for who in ("client", "coordinator", need.o.chosen or "supplier-1"):
                history = list(need.history)
                need.says(who, f"/{rule.english} {rule.example}")
                need.history = history


def straight(need_of: type[Told]) -> None:
    need = need_of()
    for step in range(1, 10):
        need.at(step)
        for login in ("client", "coordinator", "finance", "supplier-1", "supplier-3"):
            need.says(login, "/help\n/why\n/status")
    need.pull("ore", "open", 31).pull("ore", "closed", 31).pull("ore", "open", 31)
    need.says("client", "/ore licence=MIT")
    need.says("client", "/ore category=43232400").pull("ore", "merged", 31)
    for login in ("client", "supplier-1"):
        need.says(login, "/help\n/why\n/status\n/accept")


def unwilling(need_of: type[Told]) -> None:
    """Suppliers ask, withdraw, decline; work goes back and forth."""
    need = need_of().at(5)
    for supplier in ("supplier-1", "supplier-2", "supplier-3"):
        need.says(supplier, "/interested").says(supplier, "/interested confirm").says(supplier, "/interested")
    need.says("supplier-3", "/ask Bash?").says("supplier-2", "/question Quand?")
    need.says("client", "/answer Q1 Yes.").says("client", "/répondre Q2 En juillet.")
    need.says("client", "/answer Q1 fr: Oui.").says("client", "/answer Q7 Yes.").says("client", "/answer Q1")
    need.says("supplier-3", "/withdraw").says("supplier-3", "/withdraw").says("client", "/evaluate")
    need.closes().says("supplier-3", "/interested").says("client", "/evaluate")
    need.says("client", "/evaluate @supplier-1 pass\n/evaluate @nobody fail because of nothing")
    need.says("client", "/evaluate @supplier-1 criterion 4 pass because of it")
    need.says("client", "/evaluate @supplier-1 criterion 1 pass because *it* is\nshown")
    need.says("client", "/évaluer @supplier-2 réussi car c'est montré").says("supplier-1", "/confirm")
    need.labelled("terms-signed", by="coordinator").drawn()
    first = need.o.chosen
    need.says("coordinator", "/draw").labelled("terms-signed", by="coordinator").says(first, "/decline")
    second = need.o.chosen
    need.says(second, "/confirm\n/confirm\n/decline\n/withdraw")
    need.says(second, "/repo nowhere").says(second, "/repo https://github.com/some/secret")
    need.labelled("terms-signed", by="coordinator").says(second, "/repo https://github.com/supplier-1/policies")
    need.says("client", "/accept\n/deliver x").says(second, "/deliver x")
    need.says(second, "/deliver https://github.com/supplier-1/policies").says("client", "/accept\n/criterion")
    need.says("client", "/criterion 9 pass\n/criterion 1 fail no licence\n/accept\n/revise\n/revise the licence")
    need.says(second, "/deliver https://github.com/supplier-1/policies").says("client", "/ore\n/ore xyzzy=1 status=New")
    need.says("client", '/ore homepage.en=https://example.ca statut=bêta name=Robot contact=me what.en="a < b"')
    need.says("client", "/ore homepage.en=https://example.ca statut=bêta").says("client", "/ore homepage=")
    need.says("client", "/criterion 1 pass\n/criterion 2 pass").says("client", "/accept")
    need.labelled("paid", by="finance").pull("ore", "merged").says("client", "/ore category=43232400")
    need.labelled("eligible", by="coordinator", on=False)


def clumsy(need_of: type[Told]) -> None:
    """Nobody knows the commands yet."""
    need = need_of().says("client", "/evalute\n/chek\n/xyzzy\n/publish\n/price\n/price rate=80 hours=60")
    need.says("client", "/prix taux=200 heures=60").says("client", "/draw").labelled("paid", by="client")
    need.says("client", "/prise rate=80 hours=60").labelled("paid", by="finance")
    need.labelled("client-verified", by="client").labelled("5/evaluation", by="client").at(2)
    need.labelled("eligible", by="coordinator").labelled("client-verified", by="client", on=False)
    need.at(4).says("client", "/check\n/publish").pull("posting", "open").says("client", "/publish")
    need.pull("posting", "closed").edited(body(price="")).says("client", "/publish\n/check").edited(body()).labelled(
        "description-approved", by="coordinator"
    )
    need.at(5).says("supplier-1", "/ask").says("client", "/interested\n/answer Q1 Yes.")
    need.now = end_of(need.o.statement.closing) - timedelta(hours=2)
    need.says("supplier-1", "/ask Too late?")
    need.now = end_of(need.o.statement.closing)
    need.says("supplier-1", "/interested confirm")


def wrong_statement(need_of: type[Told]) -> None:
    wrong = {"price": "a lot", "closing": "soon", "title_en": "x" * 101, "short_fr": "y" * 501}
    need = need_of(text=body(**wrong, criteria_en="Good code", contact="me")).at(3)
    need.edited(body(price="$9,000", closing="2027-06-22", selection="2027-06-22", delivery="2027-06-22"))
    need.labelled("description-approved", by="coordinator").says("client", "/check")
    need.edited(body(closing="2027-06-01", criteria_fr=""))
    need = need_of().at(4)
    need.now = end_of(need.o.statement.closing)
    need.labelled("funds-reserved", by="finance")
    need = need_of().at(7)
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies")
    need.says("client", "/repo https://github.com/supplier-1/policies")
    need.repositories = {}
    need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")


def posted_otherwise(need_of: type[Told]) -> None:
    """The pull request is merged early, with another text than the issue has by then; the two languages differ."""
    need = need_of().at(4).says("client", "/publish\n/paid").pull("posting", "open")
    posted = need.text
    need.edited(body(price="$7,000")).pull("posting", "merged", source=("Azure policies", posted))
    need_of().at(4).pull("posting", "open", author="client", stuck="check").says("client", "/why")
    need_of().at(5).pull("page", "merged", author="client", stuck="check")
    french = "L’équipe de la direction veut des scripts qui sont écrits pour elle et pour les autres."
    texts = {"opportunity_en": "A script for 300 pages.", "opportunity_fr": "Un script pour 200 pages."}
    need_of().at(3).edited(body(description_en=french, **texts)).says("client", "/check")
    need = need_of().at(7)
    work = "https://github.com/supplier-1/policies"
    need.says(need.o.chosen, f"/deliver {work}").says("client", "/revise the tests")
    need.deliveries[work] = need.o.evidence
    need.says(need.o.chosen, f"/deliver {work}")


def quiet(need_of: type[Told]) -> None:
    """Nobody applies; in another, nobody passes."""
    need_of().at(5).closes()
    need = need_of().at(5).says("supplier-1", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-1 fail because nothing is shown")


def short_of_room(need_of: type[Told]) -> None:
    need = need_of(programme=Programme(running=10)).at(2).ticked(2).labelled("eligible", by="coordinator")
    need.says("client", "/why\n/check")
    need_of().at(2).labelled("not-eligible", by="coordinator").says("client", "/why\n/check")
    need_of().at(2).ticked(2).labelled("not-eligible", by="coordinator")


def out_of_luck(need_of: type[Told]) -> None:
    """The draw is announced, drawn too early, and left by everyone; the wait for its round is long."""
    need = need_of().at(6).says("coordinator", "/draw").says("coordinator", "/draw")
    need.says("client", "/evaluate @supplier-1 fail because of a change of mind")
    need.randomness[need.o.announced.round] = "0f" * 32
    need.now = need.o.announced.due
    need.says("coordinator", "/draw")
    while need.o.chosen:
        need.says(need.o.chosen, "/decline")


def troubled(need_of: type[Told]) -> None:
    """Holds, disputes, new dates, an end of the contract, another run, a cancellation."""
    need = need_of().says(
        "coordinator", "/client @client\n/preview /client @nobody\n/client @helper\n/client\n/assign\n/assign @client"
    )
    need.says("coordinator", "/assign @coordinator\n/assign @coordinator-2\n/hold").says(
        "coordinator", "/hold a review"
    )
    need.labelled("client-verified", by="coordinator").says(
        "coordinator", "/help\n/hold more\n/resume\n/resume\n/override"
    )
    need.at(5).says("supplier-1", "/interested confirm").says(
        "coordinator", "/client @supplier-1\n/extend\n/extend soon"
    )
    need.says("coordinator", "/extend 2027-07-01\n/extend 2027-07-18\n/extend 2027-07-19 for the questions")
    need.says("supplier-1", "/dispute").says("supplier-1", "/dispute the date").says("client", "/dispute the price")
    need.says("coordinator", "/resolve\n/resolve as agreed\n/resolve again\n/repost\n/next\n/terminate\n/preview")
    need.says("coordinator", "/hold the budget").now += timedelta(days=3)
    need.says("coordinator", "/resume\n/preview /cancel\n/preview cancel the budget is gone\n/preview /evalute")
    need.closes().says("coordinator", "/extend 2027-09-01\n/help").says(
        "client", "/evaluate @supplier-1 pass because of the work shown"
    ).says("coordinator", "/extend 2027-09-01")
    need.says("coordinator", "/terminate too early")
    need.at(7).says(
        "coordinator",
        "/extend 2027-09-01 as asked\n/dispute x\n/resolve y\n/preview /terminate nothing came\n"
        "/terminate\n/terminate nothing came\n/help",
    )
    need.says("client", "/dispute this end\n/accept").says(
        "coordinator", "/help\n/resolve by talking\n/next\n/repost"
    ).says("supplier-1", "/interested confirm")
    later = {"closing": "2027-10-04", "selection": "2027-10-07", "delivery": "2027-10-29"}
    need.edited(body(**later)).labelled("description-approved", by="coordinator").at(5)
    need.says("supplier-1", "/interested confirm").says("coordinator", "/cancel").says(
        "coordinator", "/cancel no more need"
    )
    need = need_of().at(7).says(need_of().at(6).drawn(), "/deliver https://github.com/supplier-1/policies/pull/1")
    need.evidence = None
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies/pull/2").says(
        "coordinator", "/extend 2027-09-01"
    )
    need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")
    need.evidence = Evidence("ab" * 20, "merged", 2, 1, 1, ("lint",), 0, 2)
    need.says("client", "/criterion 1 pass very *good*\n/criterion 2 pass\n/accept")
    need.repositories["supplier-1/policies"] = replace(WORK, licence="ISC")
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies/pull/1")
    need.evidence = Evidence("ab" * 20, "closed", 1, 0)
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies")
    need.says(
        "coordinator", "/terminate it is not right\n/help\n/next soon\n/next 2027-08-01\n/next 2027-08-03"
    ).now += timedelta(days=90)
    need.says("coordinator", "/terminate no word\n/next").says("client", "/dispute so it goes\n/deliver x")
    need_of().at(4).says("client", "/publish").pull("posting", "open").says("client", "/cancel it is no longer needed")
    need = need_of().at(6)
    need.drawn()
    need.says("coordinator", "/terminate no answer").now += timedelta(days=60)
    need.says("coordinator", "/next")


def insisting(need_of: type[Told]) -> None:
    """Labels by hand, twice, and overrides."""
    need = need_of()
    for label in ("5/evaluation", "open"):
        for _ in range(2):
            need.labelled(label, by="coordinator")
    for _ in range(2):
        need.labelled("1/contact", by="coordinator", on=False)
    need.says("coordinator", "/override as agreed").labelled("8/payment", by="coordinator")
    need.labelled("2/eligibility", by="coordinator").says("coordinator", "/hold a bit").labelled(
        "eligible", by="coordinator"
    )
    need.says("coordinator", "/resume\n/override back again").labelled("1/contact", by="coordinator")
    need = need_of().at(8).says("coordinator", "/override paid by card").labelled("paid", by="finance")
    need.says("coordinator", "/override to look again").labelled("2/eligibility", by="coordinator")
    need_of().at(5).says("coordinator", "/override to draw").labelled("7/assessment", by="coordinator")
    need_of().at(6).says("coordinator", "/override once more").labelled("5/evaluation", by="coordinator")
    need_of().heard(signals.IssueStateChanged(closed=True))
    need_of(others={7: "Azure policies", 9: "Something else"}).at(2)


def in_plain_words(need_of: type[Told]) -> None:
    flagged = need_of().at(3).edited(body(opportunity_en="Call 613-555-0123"))
    flagged.labelled("description-approved", by="coordinator").says(
        "client", "/price 613-555-0123\n/check " + "x" * 5000
    )
    need = need_of().at(5).says("supplier-1", "Hello everyone").says("supplier-1", "I am interested.")
    need.says("supplier-1", "May it be written in Bash?").says("supplier-2", "/interested\n\n- [x] I am a Canadian")
    need.says("supplier-2", "- [x] the price").says(
        "supplier-3", "Call me: 613-555-0123, jane@private.ca, Protected B, 123-456-782, 4111 1111 1111 1111"
    )
    need.says("supplier-3", "Call me", before="Call me: 613-555-0123", comment=need.comment)
    need.edited(body(opportunity_en="Call 613-555-0123"))


def described(need_of: type[Told]) -> None:
    """The repository says in words of its own what the code does."""
    need = need_of()
    need.repositories["supplier-1/policies"] = replace(WORK, description="Sets policies on clouds")
    need.at(9).says("client", "/ore what.en=Sets policies")


def amended(need_of: type[Told]) -> None:
    """What comes to the page after the posting, and what becomes of the pull requests that bring it."""
    need = need_of().at(4).labelled("funds-reserved", by="finance")
    need.pull("posting", "open").pull("posting", "closed").says("client", "/publish")
    need.pull("posting", "open", 31, author="client").says("client", "/publish").pull("posting", "merged", 31)
    need.says("supplier-1", "/ask In Bash?").says("client", "/answer Q1 en: Yes. fr: Oui.")
    for number, kind in enumerate(AMENDMENTS, 40):
        need.pull(kind, "open", number)
    need.pull("extension", "closed", 40).pull("winner", "open", 42, stuck="A review is required")
    need.says("coordinator", "/hold a while").says("coordinator", "/resume").says("coordinator", "/cancel enough")
    need_of().at(7).says("coordinator", "/terminate nothing came").pull("winner", "open", 43)


def reviewed(need_of: type[Told]) -> None:
    """The Exchange's people speak about the entry, and close its pull request."""
    need = need_of().at(9).pull("ore", "open", 50)
    url = "https://github.com/canada-ca/ore-ero/pull/50"
    said = (
        signals.Remark("review 1", "ore-maintainer", "changes", "Please name it otherwise.", url),
        signals.Remark("comment 2", "ore-maintainer", "comment", "Call 613-555-0123", url),
    )
    need.reviewed(*said).reviewed(*said, state="closed")
    need.heard(signals.EntryBlocked("client", ("team.fr",)))


def late(need_of: type[Told]) -> None:
    """Posted late; then nobody does anything: reminders, a missed date, silence."""
    need = need_of().at(4).labelled("funds-reserved", by="finance").pull("posting", "open")
    need.now += timedelta(days=40)
    need.pull("posting", "merged")
    need = need_of()
    need.time_passes()
    need = need_of().at(7)
    for _ in range(2):
        need.time_passes()


def test_every_message_is_said_in_the_stories(said):
    assert MESSAGES.names - said.keys() == set()


def test_nothing_said_has_leftovers(said):
    for name, texts in said.items():
        for text in texts:
            assert "\n\n\n" not in text, f"{name} leaves blank lines: {text}"
            assert not re.search(r"[ \t]$", text, re.MULTILINE), f"{name} leaves blanks at a line's end: {text}"
            assert not re.search(r"(?<!\|)  (?!\|)", text), f"{name} leaves two blanks: {text}"
            assert not re.search(r"\(\)|None|True|False|\{|}", without_code(text)), f"{name} shows the machine: {text}"


def test_blocks_stand_by_themselves(said):
    """A table, a list or HTML that touches the paragraph above it is not one on GitHub."""
    for texts in said.values():
        for text in texts:
            lines = re.sub(r"```.*?```", "x", text, flags=re.DOTALL).splitlines()
            for before, line in pairwise(lines):
                if re.match(r"\|(?!.*-\|)|- |1\. |<details>|```markdown", line) and before:
                    assert before[:2] in (line[:2], "| ", "|-", "- ", "1.", "<s"), f"{before!r} touches {line!r}"
                if line.startswith("<details>"):
                    assert not before, f"{before!r} touches {line!r}"


def test_the_headings_to_copy_are_the_ones_that_are_read():
    guide = next(c.message for c in Need().at(3).view.comments if c.mark == "guide 3")
    for lang in LOCALES:
        copied = MESSAGES.say(guide, lang).rpartition("```markdown\n")[2].partition("```")[0]
        assert sections(copied).keys() == FIELD_HEADINGS.keys()


def test_every_line_to_write_is_a_command_of_that_language():
    for lang, name, text in templates():
        known = {getattr(rule, "english" if lang == "en" else "french") for rule in COMMANDS}
        for command in re.findall(r"`/([\w-]+)", text):
            assert command in known, f"{lang} {name} says /{command}"


def test_what_the_status_comment_offers_is_understood():
    """Each line can be copied and sent as it is."""
    for step in range(1, 10):
        for english, french, _ in Need().at(step).view.comments[0].message.args["commands"]:
            for line in (english.text, french.text):
                assert [str(command) for command in commands_in(line, takes_text)] == [line]


def test_the_draw_can_be_recomputed_from_what_is_said():
    need = Need().at(6)
    need.drawn("c0ffee" + "00" * 29)
    notice = next(c.message for c in need.view.comments if c.mark.startswith("drawn"))
    for lang in LOCALES:
        text = MESSAGES.say(notice, lang)
        assert f"key: {beacon_key('c0ffee' + '00' * 29)}" in text
        assert str(need.o.drawn.round) in text
        assert need.o.drawn.randomness in text


# --- the words themselves --------------------------------------------------------------------------------


def templates() -> Iterator[tuple[Lang, str, str]]:
    """Language, full name and text of every template."""
    for lang in LOCALES:
        for path in sorted((FOLDER / lang).glob("*.md")):
            parts = re.split(r"^# (\S+)[ \t]*\n", path.read_text("utf-8"), flags=re.MULTILINE)
            for name, text in zip(parts[1::2], parts[2::2], strict=True):
                yield lang, f"{path.stem}.{name}", text


def without_code(text: str) -> str:
    """The prose of a comment: no code, addresses, HTML or escapes."""
    text = re.sub(r"```.*?```|(`+)(?!`).*?(?<!`)\1(?!`)", "x", text, flags=re.DOTALL)
    return re.sub(r"\]\([^)]*\)|https?://\S+|<!--.*?-->|</?\w[^>]*>|&#?\w+;|\\.", "", text, flags=re.DOTALL)


def prose(template: str) -> str:
    """The prose of a template: the words inside Jinja's tags count, the tags do not."""

    def words(tag: re.Match[str]) -> str:
        inside = tag[0]
        if inside.startswith("{{ plural("):
            return " / ".join(re.findall(r'"([^"]*)"', inside))
        return "x" if inside.startswith("{{") else ""

    text = template.replace("```markdown", "").replace("```", "")  # a text to copy is prose as well
    text = without_code(re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", words, text))
    return re.sub(r"^\|[-:|]+\|$", "", text, flags=re.MULTILINE)


NO_BREAK = "\u00a0"


def test_french_is_set_as_french():
    for lang, name, template in templates():
        text = prose(template)
        if lang == "fr":
            wrong = re.search(rf".{{0,20}}(?:(?<!{NO_BREAK})[:;!?»%$]|«(?!{NO_BREAK})).{{0,9}}", text)
            assert not wrong, f"{name}: {wrong[0]!r} wants a no-break space"
            assert '"' not in text, f"{name}: guillemets, not straight quotation marks"


def test_a_quotation_within_a_quotation_has_marks_of_its_own():
    said = {"supplier": Login("supplier-1"), "passed": True, "number": None}
    french = Message("evaluate.done", why="il écrit «\u00a0oui\u00a0» deux fois", **said)
    assert "«\u00a0il écrit “oui” deux fois\u00a0»" in MESSAGES.say(french, "fr")
    assert "“they write ‘yes’ twice”" in MESSAGES.say(
        Message("evaluate.done", why="they write “yes” twice", **said), "en"
    )


def test_apostrophes_are_typographic_and_nothing_is_shouted():
    for lang, name, template in templates():
        text = prose(template)
        assert "'" not in text, f"{lang} {name} has a straight apostrophe"
        assert "!" not in text, f"{lang} {name} shouts"
        assert not re.search(r"\bTODO\b|\bxxx\b|[\U0001f300-\U0001faff]", text), f"{lang} {name}"


def test_a_message_is_one_part_of_a_comment():
    """No headings, rules or quotations that would compete with what stands around it."""
    for lang, name, template in templates():
        outside = re.sub(r"```.*?```", "", template, flags=re.DOTALL)
        assert not re.search(r"^(#|---|===|>)", outside, re.MULTILINE), f"{lang} {name}"


# --- labels ----------------------------------------------------------------------------------------------


LABELS = load_labels(ROOT / "config" / "labels.yaml")


def test_the_labels_are_those_that_the_code_knows():
    kinds: dict[str, set[str]] = {}
    for label in LABELS:
        kinds.setdefault(label.kind, set()).add(label.name)
    assert kinds == {
        "stage": {*STAGE_LABELS, "done"},
        "signal": set(SIGNALS),
        "state": set(view.STATE_LABELS),
        "form": {OPPORTUNITY_LABEL},
    }
    assert len({label.name.casefold() for label in LABELS}) == len(LABELS)


def test_every_label_that_is_shown_exists(said):
    names = {label.name for label in LABELS}
    assert {label for step in range(1, 10) for label in Need().at(step).view.labels} <= names


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.name)
def test_a_label_says_in_both_languages_who_sets_it(label):
    text = label.description
    assert len(text) <= 100, f"{len(text)} characters"
    english, _, french = text.partition(" / ")
    assert english.startswith("Set by ")
    assert french.startswith("Posée par ")
    assert f"{NO_BREAK}:" in french
    setter = {"stage": "the bot", "state": "the bot", "form": "the form"}.get(label.kind)
    if setter is None:
        _, rule = SIGNALS[label.name]
        setter = "finance" if rule.by is Role.FINANCE else "a coordinator"
    assert english.startswith(f"Set by {setter}:")


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.name)
def test_a_label_can_be_read_on_its_colour(label):
    """GitHub writes in white on dark colours and in black on light ones; WCAG asks for 4.5 to 1."""
    assert re.fullmatch(r"[0-9A-F]{6}", label.color)
    channels = [int(label.color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    weights = (0.2126, 0.7152, 0.0722)
    white = sum(w * c for w, c in zip(weights, channels, strict=True)) < 0.453
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(w * c for w, c in zip(weights, linear, strict=True))
    contrast = 1.05 / (luminance + 0.05) if white else (luminance + 0.05) / 0.05
    assert contrast >= 4.5


# --- whole comments, to be read --------------------------------------------------------------------------


def status(need: Need) -> Message:
    return need.view.comments[0].message


def drawn() -> Need:
    need = Need().at(6)
    need.drawn()
    return need


def notice(need: Need, mark: str) -> Message:
    return next(comment.message for comment in need.view.comments if comment.mark.startswith(mark))


def overdue() -> Need:
    need = Need().at(7)
    need.time_passes()
    return need.time_passes()


def broken() -> Need:
    """The work comes with a licence that was not asked for, and a check that fails."""
    need = Need().at(7)
    need.repositories["supplier-1/policies"] = replace(WORK, licence="ISC")
    need.evidence = Evidence("ab" * 20, "open", 2, 1, 1, ("lint",), 0, 2)
    return need


def silent() -> Need:
    need = Need()
    need.time_passes()
    return need


def flagged() -> Message:
    need = Need().at(5).says("supplier-3", "Call me: 613-555-0123, jane@private.ca, Protected B")
    assert need.flag is not None
    return need.flag.messages[0]


def entry_asked() -> Message:
    """The name is taken, the skills are empty, and the category can be several."""
    o = Need().at(8).says("client", "/ore category=network what.en=Sets policies").o
    problems = (
        problem("name-taken", "name.en", "Azure policies"),
        problem("not-email", "contact", "me"),
        problem("missing", "tags.fr"),
        problem("ambiguous-category", "category", "network", lines=()),
    )
    choices = {
        "43232700": {"en": "Network applications software", "fr": "Logiciels d'applications réseau"},
        "43232800": {"en": "Network management software", "fr": "Logiciels de gestion de réseau"},
    }
    return not_ready(o, problems, entry_fields(o, Policy()), choices)


def finished() -> Need:
    return Need().at(9).pull("ore", "open", 31).pull("ore", "merged", 31)


COMMENTS = {
    "status-1-contact": lambda: status(Need()),
    "status-2-waitlisted": lambda: status(
        Need(programme=Programme(running=10)).at(2).ticked(2).labelled("eligible", by="coordinator")
    ),
    "status-3-description": lambda: status(Need(text=body(criteria_fr="", price="a lot")).at(3)),
    "status-3-empty": lambda: status(Need(text=body(**dict.fromkeys(FIELD_HEADINGS, ""))).at(3)),
    "status-5-open": lambda: status(Need().at(5).says("supplier-1", "/interested confirm\n/ask Bash?")),
    "status-6-announced": lambda: status(Need().at(6).says("coordinator", "/draw")),
    "status-6-drawn": lambda: status(drawn()),
    "status-7-delivered": lambda: status(
        Need()
        .at(7)
        .says("supplier-1", "/deliver https://github.com/supplier-1/policies/pull/1")
        .says("client", "/criterion 1 fail\n/criterion 2 pass")
    ),
    "status-8-payment": lambda: status(Need().at(8)),
    "status-9-proposed": lambda: status(Need().at(9).pull("ore", "open", 31)),
    "status-9-done": lambda: status(finished()),
    "status-2-cancelled": lambda: status(Need().at(2).labelled("not-eligible", by="coordinator")),
    "guide": lambda: next(c.message for c in Need().at(3).view.comments if c.mark == "guide 3"),
    "drawn": lambda: next(c.message for c in drawn().view.comments if c.mark.startswith("drawn")),
    "not-eligible": lambda: next(
        c.message
        for c in Need().at(2).labelled("not-eligible", by="coordinator").view.comments
        if c.mark == "not-eligible"
    ),
    "invoice": lambda: next(c.message for c in Need().at(8).view.comments if c.mark == "invoice 8"),
    "summary": lambda: next(c.message for c in finished().view.comments if c.mark == "summary"),
    "status-5-on-hold": lambda: status(Need().at(5).says("coordinator", "/hold the budget is being reviewed")),
    "status-5-disputed": lambda: status(
        Need().at(5).says("supplier-1", "/interested confirm").says("supplier-1", "/dispute the price is another one")
    ),
    "status-7-overdue": lambda: status(overdue()),
    "status-7-terminated": lambda: status(Need().at(7).says("coordinator", "/terminate nothing was delivered")),
    "announced": lambda: notice(Need().at(6).says("coordinator", "/draw"), "draw "),
    "missed": lambda: notice(overdue(), "missed"),
    "cancelled": lambda: notice(
        Need().at(5).says("supplier-1", "/interested confirm").says("coordinator", "/cancel the need has gone away"),
        "cancelled",
    ),
    "silence": lambda: notice(silent(), "silence"),
    "similar": lambda: notice(Need(others={7: "Azure policies"}).at(2), "similar"),
    "flag": flagged,
    "entry-asked": entry_asked,
    "entry-stopped": lambda: stopped("administration"),
}

ANSWERS = {
    "answer-help": lambda: Need().at(5).says("supplier-1", "/help"),
    "answer-aide": lambda: Need().at(7).says("client", "/aide"),
    "answer-not-yours": lambda: Need().at(5).says("supplier-2", "/evaluate @supplier-1 pass because I say so"),
    "answer-did-you-mean": lambda: Need().at(5).says("supplier-2", "/intrested confirm"),
    "answer-no-rationale": lambda: (
        Need().at(5).says("supplier-1", "/interested confirm").closes().says("client", "/évaluer @supplier-1 échec")
    ),
    "answer-label": lambda: Need().labelled("5/evaluation", by="coordinator"),
    "answer-price": lambda: Need().says("client", "/price rate=120 hours=70"),
    "answer-interested": lambda: Need().at(5).says("supplier-1", "/intéressé"),
    "answer-hello": lambda: Need().at(5).says("supplier-1", "Hello everyone"),
    "answer-extend": lambda: (
        Need().at(5).says("supplier-1", "/interested confirm").says("coordinator", "/extend 2027-07-19 a late question")
    ),
    "answer-deliver": lambda: broken().says("supplier-1", "/deliver https://github.com/supplier-1/policies/pull/1"),
    "answer-terminate": lambda: Need().at(7).says("coordinator", "/terminate nothing was delivered"),
    "answer-repost": lambda: (
        Need().at(7).says("coordinator", "/terminate nothing was delivered").says("coordinator", "/réafficher")
    ),
    "answer-dispute": lambda: Need().at(5).says("supplier-1", "/interested").says("supplier-1", "/différend le prix"),
    "answer-preview": lambda: Need().at(5).says("coordinator", "/preview /cancel the need has gone away"),
    "answer-ore-mistakes": lambda: (
        Need().at(8).says("client", '/ore catégorie=sécurité nom="Robot" courriel=moi quoi.fr="Il dit "oui" à tout"')
    ),
    "answer-ore": lambda: (
        Need()
        .at(8)
        .says("client", '/ore category="data management" status=maintenu how.en="It reads, then writes." homepage=')
    ),
    "answer-label-left": lambda: (
        Need().labelled("5/evaluation", by="coordinator").labelled("5/evaluation", by="coordinator")
    ),
}


@pytest.mark.parametrize("lead", LOCALES)
@pytest.mark.parametrize("name", COMMENTS)
def test_comment_reads_well(name: str, lead: Lang):
    compare(f"{name}.{lead}", MESSAGES.comment(COMMENTS[name](), lead))


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_reads_well(name: str):
    answer = ANSWERS[name]().answer
    assert answer is not None
    compare(name, MESSAGES.answer(answer.to, answer.messages, answer.lead))


def test_checklist_reads_well():
    comment = next(c for c in Need().view.comments if c.mark == "checklist 1")
    compare("checklist-1.en", MESSAGES.checklist(comment.message, "en"))


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.md"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n"


def test_every_golden_is_compared():
    names = {f"{name}.{lead}" for name in COMMENTS for lead in LOCALES} | set(ANSWERS) | {"checklist-1.en"}
    assert {path.stem for path in GOLDEN.glob("*.md")} == names
