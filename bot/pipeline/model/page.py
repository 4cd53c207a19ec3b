"""The amendments that the page of an opportunity needs since its posting.

Each part of the page has its own kind of pull request, so that a clear change never waits for a doubtful one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from bot.pipeline.model.opportunity import Opportunity, Question
from bot.pipeline.model.words import Message

AMENDMENTS = ("extension", "questions", "winner", "work", "notice")
"""The kinds of amendments: later dates, answers, the selected supplier, the delivered work, a notice."""


@dataclass(frozen=True)
class Page:
    """The parts of the page that one amendment changes; None leaves a part as it is. Dates are Eastern calendar days.

    `bidder` is the selected supplier's login and address, both empty where nobody has the contract; `work` is the
    address of the accepted work. If `noticed`, `notice` replaces the text above the page, and None removes it.
    """

    closing: date | None = None
    selection: date | None = None
    delivery: date | None = None
    questions: tuple[Question, ...] = ()
    bidder: tuple[str, str] | None = None
    work: str | None = None
    notice: Message | None = None
    noticed: bool = False

    @property
    def takes_away(self) -> bool:
        """Returns whether the amendment removes something from the page."""
        return (self.noticed and self.notice is None) or self.bidder == ("", "")


def amendments(opportunity: Opportunity) -> Mapping[str, Page]:
    """Returns the amendments that the page needs, by kind; none before the posting."""
    posted = opportunity.merged("posting")
    if not posted and opportunity.run == 1 and opportunity.step < 5:
        return {}
    pages: dict[str, Page] = {}
    dates = opportunity.statement
    if opportunity.dates and posted:
        pages["extension"] = Page(closing=dates.closing, selection=dates.selection, delivery=dates.delivery)
    if answered := tuple(question for question in opportunity.questions if question.answered):
        pages["questions"] = Page(questions=answered)
    if opportunity.drawn or opportunity.defaulted:
        pages["winner"] = Page(bidder=_winner(opportunity))
    if opportunity.accepted and opportunity.delivered:
        pages["work"] = Page(work=opportunity.delivered.url)
    notice = _notice(opportunity)
    if notice or opportunity.pull("notice"):
        pages["notice"] = Page(notice=notice, noticed=True)
    return pages


def _winner(opportunity: Opportunity) -> tuple[str, str]:
    """Returns the supplier of the signed contract; nobody after a termination or before the signature."""
    if not (opportunity.chosen and opportunity.confirmed and opportunity.step >= 7):
        return "", ""
    home = urlsplit(opportunity.url)
    return opportunity.chosen, f"{home.scheme}://{home.netloc}/{opportunity.chosen}"


def _notice(opportunity: Opportunity) -> Message | None:
    """Returns the notice for readers of the page: nobody can apply, or the opportunity ended without work."""
    if opportunity.status == "cancelled":
        return Message("page.cancelled")
    if opportunity.terminated:
        return Message("page.terminated")
    return Message("page.on-hold") if opportunity.on_hold and opportunity.open else None


def amendment_name(kind: str, page: Page | None) -> str:
    """Names an amendment by its kind, with `no-` before it where it removes something."""
    return f"no-{kind}" if page and page.takes_away else kind


def what_of(kind: str, page: Page | None) -> Message:
    """Says in words what an amendment of that kind does to the page."""
    return Message(f"page.{amendment_name(kind, page)}")
