"""Prepares records and opportunities for the templates: words, dates and amounts in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.documents import dates
from bot.documents.amounts import dollars
from bot.documents.catalogs import Catalog, Words
from bot.pipeline.calendar import eastern_date, end_of
from bot.pipeline.draw.record import pool_hash
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.remote import CommentState
from bot.pipeline.model.words import Message
from bot.pipeline.reading import protection
from bot.pipeline.steps import STEPS
from bot.pipeline.text.language import Lang
from bot.published.lists import Some
from bot.published.record import Record
from bot.published.story import StoryLine, story
from bot.web.board.source import OpportunityHistory, Place, page_of

Say = Callable[[Message, Lang], str]

_REVERSING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Control characters that change the direction of the text after them. Every script reads well without them."""


def straight(value: Any) -> Any:
    """Removes from a person's text the characters that could reverse the text of the page around it."""
    return value.translate(_REVERSING) if isinstance(value, str) else value


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


def prose(text: str) -> Markup:
    """Renders a person's Markdown without HTML or images; its headings rank below those of the page."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "nofollow noreferrer")
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - made of escaped text


@dataclass(frozen=True)
class Presenter:
    """Prepares values for the templates in one language, as of a time."""

    lang: Lang
    now: datetime
    say: Say
    policy: Policy
    catalogs: Mapping[str, Catalog]
    """The words by topic."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The bilingual description of each label."""

    @property
    def words(self) -> Words:
        return self.catalogs["board"][self.lang]

    def step(self, number: int, lang: Lang | None = None) -> str:
        """Returns the name of a step."""
        return self.say(STEPS[number - 1].title, lang or self.lang)

    def box(self, step: int, name: str, lang: Lang) -> str:
        """Returns the text of a checkbox of a step; its name if the policy no longer has that checkbox."""
        where = STEPS[step - 1]
        return self.say(where.box(name, self.policy), lang) if name in where.boxes else name

    def label(self, name: str, lang: Lang) -> str:
        """Returns the meaning of a label: its description on GitHub after the colon; empty if it has none."""
        english, _, french = self.labels.get(name, "").partition(" / ")
        return (english if lang == "en" else french).partition(":")[2].strip()

    def day(self, day: Any) -> str:
        """Returns a day in words."""
        return dates.spelled(day, self.lang) if day else "—"

    def moment(self, at: datetime) -> str:
        """Returns an Eastern time in words."""
        return dates.at(at, self.lang)

    def money(self, amount: Decimal | None) -> str:
        return "—" if amount is None else dollars(amount, self.lang)

    def count(self, some: Some) -> str:
        """Returns the number of records, or the number that it exceeds."""
        return self.words["more-than"].format(count=some.total) if some.more else str(some.total)

    def left(self, record: Record) -> str:
        """Returns how long applications stay open."""
        if record.closing is None:
            return ""
        days = (record.closing - eastern_date(self.now)).days
        if days <= 0:
            hours = max(0, int((end_of(record.closing) - self.now).total_seconds() // 3600))
            return self.words["left-today"].format(hours=hours)
        return self.words["left-one"] if days == 1 else self.words["left"].format(days=days)

    def turn(self, record: Record) -> str:
        """Returns the sentence that names the person who acts next."""
        if record.turn is None:
            return self.words["waits-for-nobody"]
        turn = "suppliers" if record.phase == "open" and record.turn == "supplier" else record.turn
        return self.words["waits-for"].format(turn=self.words[f"turn-{turn}"])

    def states(self, record: Record) -> list[str]:
        """Returns the states that delay an opportunity or end it."""
        held = {
            "waitlisted": record.status == "waitlisted",
            "on-hold": record.on_hold,
            "disputed": record.disputed,
            "terminated": "terminated" in record.events and record.phase != "past" and record.supplier is None,
            "cancelled": record.status == "cancelled",
            "done": record.status == "done",
        }
        return [name for name, so in held.items() if so]

    def code(self, record: Record) -> str:
        """Returns the address of the code; in the sandbox its own address in place of GitHub's."""
        hosts = self.policy.repository_hosts
        sandbox = next((host for host in hosts[1:] if host.startswith("127.0.0.1")), None)
        return record.code.replace(f"https://{hosts[0]}/", f"http://{sandbox}/", 1) if sandbox else record.code

    def entry(self, record: Record) -> str:
        """Returns the address of the Exchange file with the entry, once merged; otherwise empty."""
        repository, pull, _ = record.entry.partition("/pull/")
        exchange = self.policy.exchange
        if "in-exchange" not in record.events or not pull:
            return ""
        if not repository.casefold().endswith(f"/{exchange.repository}".casefold()):  # it went elsewhere, before
            return ""
        return f"{repository}/blob/{exchange.branch or 'HEAD'}/{exchange.file}"

    def page(self, record: Record) -> Place:
        return page_of(record.number)

    def duration(self, record: Record) -> str:
        """Returns the days from contact to done."""
        opened, done = record.events.get("opened"), record.events.get("done")
        if not opened or not done or record.status != "done":
            return "—"
        return str((eastern_date(done) - eastern_date(opened)).days)

    def progress(self, record: Record) -> list[tuple[int, str, str, str]]:
        """Returns the nine steps: number, name, `done`, `now` or `ahead`, and the day when the step began."""
        found = []
        for number in range(1, len(STEPS) + 1):
            over = record.status == "done" or number < record.step
            state = "done" if over else "now" if number == record.step else "ahead"
            entered = record.entered.get(number)
            found.append((number, self.step(number), state, self.day(eastern_date(entered)) if entered else ""))
        return found

    def results(self, opportunity: Opportunity) -> list[tuple[str, str, list[str]]]:
        """Returns each applicant, the key of the result, and the reasons that the issue gives for it."""
        found, criteria = [], opportunity.statement.evaluation_count
        for one in opportunity.applications.values():
            if not one.confirmed:
                continue
            passed = one.passed(criteria)
            result = "none" if passed is None else "passed" if passed else "failed"
            results = {} if one.withdrawn else one.results  # the issue shows no results of applicants who withdrew
            reasons = [self._reason(number, each.rationale) for number, each in results.items()]
            found.append((one.supplier, "result-withdrawn" if one.withdrawn else f"result-{result}", reasons))
        return found

    def _reason(self, criterion: int | None, rationale: str) -> str:
        shown = _public(rationale) or self.words["withheld"]
        return shown if criterion is None else self.words["criterion"].format(number=criterion, reason=shown)

    def answers(self, opportunity: Opportunity) -> list[tuple[int, str, str, str]]:
        """Returns the questions: number, author, text, and the answer in this language or else in the other."""
        return [
            (q.number, q.supplier, _public(q.text), _public((q.en, q.fr)[self.lang == "fr"] or q.en or q.fr))
            for q in opportunity.questions
        ]

    def announcement(self, record: Record, opportunity: Opportunity, loaded: OpportunityHistory) -> str:
        """Returns the address of the comment that announces the draw; empty if there is none."""
        comment = loaded.things.get(f"comment draw {opportunity.announced.round}") if opportunity.announced else None
        number = comment.state(CommentState).id if comment else None
        return f"{record.url}#issuecomment-{number}" if number else ""

    def pool_hash(self, opportunity: Opportunity) -> str:
        """Returns the announced hash of the pool, which proves that the pool did not change."""
        return pool_hash(opportunity.announced.pool) if opportunity.announced else ""

    def history(self, loaded: OpportunityHistory) -> list[tuple[StoryLine, str]]:
        """Returns the history with times in words, the latest line first."""
        lines = story(loaded.history, self.lang, self, self.catalogs["story"][self.lang])
        return [(line, self.moment(line.at)) for line in lines][::-1]


def _public(text: str) -> str:
    return "" if protection.kinds_in(text) else text
