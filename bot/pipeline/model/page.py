"""What the page of an opportunity should say since it was posted, beside the statement it was posted from.

Each part of it is amended by a pull request of its own kind, so that what is clear never waits for what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from bot.pipeline.model.opportunity import Opportunity, Question
from bot.pipeline.model.words import Message

AMENDMENTS = ("extension", "questions", "winner", "work", "notice")
"""The kinds of amendments: later dates, answers, the selected supplier, the delivered work, and that it is stopped."""


@dataclass(frozen=True)
class Page:
    """What one amendment has the page say; None leaves a part as it is. Dates are Eastern calendar days.

    `bidder` is the selected supplier's login and address, both empty where nobody is (any more); `work` the address
    of the accepted work; `notice` what stands above the text, None or not as `noticed` says.
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
        """Whether something that stood on the page no longer holds, rather than something new."""
        return (self.noticed and self.notice is None) or self.bidder == ("", "")


def amendments(opportunity: Opportunity) -> Mapping[str, Page]:
    """By kind, what the page should say by now; nothing where it was not posted, or where there is nothing to amend."""
    posted = opportunity.merged("posting")
    if not posted and opportunity.run == 1 and opportunity.step < 5:
        return {}
    told: dict[str, Page] = {}
    dates = opportunity.statement
    if opportunity.dates and posted:
        told["extension"] = Page(closing=dates.closing, selection=dates.selection, delivery=dates.delivery)
    if answered := tuple(question for question in opportunity.questions if question.answered):
        told["questions"] = Page(questions=answered)
    if opportunity.drawn or opportunity.defaulted:
        told["winner"] = Page(bidder=_winner(opportunity))
    if opportunity.accepted and opportunity.delivered:
        told["work"] = Page(work=opportunity.delivered.url)
    notice = _notice(opportunity)
    if notice or opportunity.pull("notice"):
        told["notice"] = Page(notice=notice, noticed=True)
    return told


def _winner(opportunity: Opportunity) -> tuple[str, str]:
    """Whoever has the contract once it is signed; nobody after a termination, or while it is offered."""
    if not (opportunity.chosen and opportunity.confirmed and opportunity.step >= 7):
        return "", ""
    home = urlsplit(opportunity.url)
    return opportunity.chosen, f"{home.scheme}://{home.netloc}/{opportunity.chosen}"


def _notice(opportunity: Opportunity) -> Message | None:
    """What a reader of the page must not miss: that nobody can apply, or that nothing came of it."""
    if opportunity.status == "cancelled":
        return Message("page.cancelled")
    if opportunity.terminated:
        return Message("page.terminated")
    return Message("page.on-hold") if opportunity.on_hold and opportunity.open else None


def amendment_name(kind: str, page: Page | None) -> str:
    """An amendment by what it does: its kind, or `no-` and that kind where it takes something away."""
    return f"no-{kind}" if page and page.takes_away else kind


def what_of(kind: str, page: Page | None) -> Message:
    """What an amendment of that kind does to the page, in words."""
    return Message(f"page.{amendment_name(kind, page)}")
