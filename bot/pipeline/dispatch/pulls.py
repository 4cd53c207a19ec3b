"""Handles pull requests of an opportunity, and what people write on the Exchange's."""

from __future__ import annotations

from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.opportunity import same
from bot.pipeline.model.page import AMENDMENTS
from bot.pipeline.model.roles import Role
from bot.pipeline.pending import Deliberation
from bot.pipeline.reading import protection
from bot.pipeline.rules import LONGEST_TEXT


def handle_pull(deliberation: Deliberation, what: s.PullRequestChanged) -> None:
    """Records the state of a pull request, unless it is older than the recorded one or does not count.

    A posting merged by a person counts as it was merged, not as the issue was edited since; funds are for its price.
    """
    pull = f.PullRequestSeen(what.kind, what.number, what.url, what.state, what.author, what.stuck)
    before = deliberation.opportunity.pull(pull.kind)
    if before and before.number == pull.number:
        news = _is_newer(deliberation, before, pull)
    else:
        news = _takes_over(deliberation, before, pull)
    if not news:
        return
    deliberation.add((pull,), "pull request")
    if (pull.kind, pull.state) != ("posting", "merged") or what.body in ("", deliberation.opportunity.body):
        return
    price = deliberation.opportunity.statement.price
    deliberation.add((f.Described(what.title, what.body),), "as posted", BOT)
    if "description-approved" not in deliberation.opportunity.signals:
        deliberation.add((f.Signalled("description-approved", True),), "as posted", BOT)
    if "funds-reserved" in deliberation.opportunity.signals and deliberation.opportunity.statement.price != price:
        deliberation.add((f.Signalled("funds-reserved", False),), "as posted", BOT)


def _is_newer(deliberation: Deliberation, before: f.PullRequestSeen, pull: f.PullRequestSeen) -> bool:
    """Tells whether the state of a recorded pull request is news: a merge is final, a late webhook reopens nothing."""
    since = deliberation.opportunity.pull_changes.get(pull.kind)
    if before == pull or before.state == "merged":
        return False
    if before.state == "closed" and pull.state == "open":
        return since is None or deliberation.moment.now >= since
    return (before.state, pull.state) != ("withdrawn", "closed")


def _takes_over(deliberation: Deliberation, before: f.PullRequestSeen | None, pull: f.PullRequestSeen) -> bool:
    """Tells whether another pull request counts instead of the recorded one of its kind, if there is one."""
    if before and before.state == "merged" and pull.kind not in (*AMENDMENTS, "page"):
        return False
    if pull.state == "withdrawn":
        return False
    if before and pull.state == "closed" and (pull.author or before.number > pull.number):
        return False
    if before and before.state == "withdrawn" and pull.state == "closed":
        return False
    return not pull.author or pull.kind == "page" or _counts(deliberation, pull)


def _counts(deliberation: Deliberation, pull: f.PullRequestSeen) -> bool:
    """Tells whether a person's pull request posts this opportunity.

    Anyone's counts once it is merged during step 4 of this run. An open one counts if a client or a coordinator wrote
    it and no other is open.
    """
    opportunity, moment = deliberation.opportunity, deliberation.moment
    before, step_began = opportunity.pull("posting"), opportunity.entered.get(4)
    if pull.kind != "posting" or not opportunity.running or opportunity.step > 4:
        return False
    if before and before.state == "merged":
        return False
    if pull.state == "merged":
        return opportunity.step == 4 and step_began is not None and moment.now >= step_began
    taken = before is not None and before.state == "open"
    theirs = bool({Role.CLIENT, Role.COORDINATOR} & moment.roles(opportunity, pull.author))
    return pull.state == "open" and theirs and not taken


def handle_remarks(deliberation: Deliberation, entry: s.ExchangePull) -> None:
    """Records reviews and comments on the entry, without text that seems to hold private data.

    The client and the supplier answer there; people who do not belong to the Exchange are left out.
    """
    opportunity = deliberation.opportunity
    for remark in entry.remarks:
        answers = remark.verdict == "comment" and (
            opportunity.is_client(remark.by) or same(opportunity.chosen, remark.by)
        )
        if not answers and not remark.belongs:
            continue
        text = remark.text.strip()[:LONGEST_TEXT]
        text = "" if answers or protection.kinds_in(text) else text
        verdict = "answer" if answers else remark.verdict
        review = f.EntryReviewed(entry.pull.number, remark.id, remark.by, verdict, text, remark.url)
        if deliberation.opportunity.reviews.get(remark.id) != review:
            deliberation.add((review,), "review", remark.by)
