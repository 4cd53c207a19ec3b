"""Amendments of the page once it is posted: who has to merge them, and what to do about one that was closed."""

from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.page import AMENDMENTS, amendments, what_of
from bot.pipeline.model.words import Message, Url, called
from bot.pipeline.rules import Moment, Notice
from bot.pipeline.step import Declarations

aside = Declarations()


@aside.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """A coordinator is asked where policy leaves the merge to people, or GitHub does not let the bot, and is told, with
    the client, where the page was given by hand what does not hold."""
    told: list[Notice] = []
    pages = amendments(opportunity)
    for kind in AMENDMENTS:
        pull = opportunity.pull(kind)
        if pull is None:
            continue
        what = {"what": what_of(kind, pages.get(kind)), "pull": Url(pull.url, f"#{pull.number}")}
        coordinator = called(opportunity.coordinator)
        if pull.state == "open" and (pull.stuck or not at.policy.posting.merge_amendments):
            merge = Message("page.merge", coordinator=coordinator, stuck=pull.stuck, **what)
            told.append(Notice(f"amendment {pull.number}", merge, unique=True))
        if pull.state == "closed":
            closed = Message("page.closed", coordinator=coordinator, **what)
            told.append(Notice(f"amendment-closed {pull.number}", closed, unique=True))
    by_hand = opportunity.pull("page")
    if by_hand:
        link = Url(by_hand.url, f"#{by_hand.number}")
        wrong = Message("page.wrong", people=called(opportunity.coordinator, *opportunity.clients), pull=link)
        told.append(Notice(f"page {by_hand.number}", wrong, unique=True))
    return tuple(told)
