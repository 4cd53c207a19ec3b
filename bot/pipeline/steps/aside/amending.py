"""Notices about amendments of the posted page: someone has to merge one, or one was closed."""

from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.page import AMENDMENTS, amendments, what_of
from bot.pipeline.model.words import Message, called, link_to
from bot.pipeline.rules import Moment, Notice
from bot.pipeline.step import Declarations

aside = Declarations()


@aside.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Asks the coordinator to merge an amendment, if policy or GitHub leaves that to people, and reports a closed one.

    Also reports to coordinator and client an edit of the page by hand that contradicts the opportunity.
    """
    notices: list[Notice] = []
    pages = amendments(opportunity)
    for kind in AMENDMENTS:
        pull = opportunity.pull(kind)
        if pull is None:
            continue
        what = {"what": what_of(kind, pages.get(kind)), "pull": link_to(pull)}
        coordinator = called(opportunity.coordinator)
        if pull.state == "open" and (pull.stuck or not at.policy.posting.merge_amendments):
            merge = Message("page.merge", coordinator=coordinator, stuck=pull.stuck, **what)
            notices.append(Notice(f"amendment {pull.number}", merge, unique=True))
        if pull.state == "closed":
            closed = Message("page.closed", coordinator=coordinator, **what)
            notices.append(Notice(f"amendment-closed {pull.number}", closed, unique=True))
    by_hand = opportunity.pull("page")
    if by_hand:
        link = link_to(by_hand)
        wrong = Message("page.wrong", people=called(opportunity.coordinator, *opportunity.clients), pull=link)
        notices.append(Notice(f"page {by_hand.number}", wrong, unique=True))
    return tuple(notices)
