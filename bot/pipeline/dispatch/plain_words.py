"""Handles comments without a command: ticked confirmations, and plain sentences of suppliers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Line, Message
from bot.pipeline.pending import Deliberation
from bot.pipeline.reading import plain
from bot.pipeline.steps import evaluation


def handle_confirmations(deliberation: Deliberation, what: s.Commented) -> None:
    """Records that an applicant confirmed, by ticked boxes in a comment of their own."""
    opportunity, actor = deliberation.opportunity, deliberation.signal.actor
    application = opportunity.application(actor)
    if not application or application.confirmed or application.withdrawn:
        return
    if opportunity.step != 5 or opportunity.stopped or evaluation.closed(opportunity, deliberation.moment):
        return
    ticked, before = plain.confirmations(what.body), deliberation.before.application(actor)
    already = plain.confirmations(what.previous or "") if before and not before.withdrawn else frozenset[str]()
    if not ticked or ticked == already:
        return
    deliberation.messages = [message for message in deliberation.messages if message.name != "interested.confirm"]
    if missing := [name for name in plain.CONFIRMATIONS if name not in ticked]:
        still = tuple(Message(f"interested.confirmation-{name}") for name in missing)
        deliberation.messages.append(Message("interested.still", missing=still))
        return
    deliberation.add((f.EligibilityConfirmed(actor),), "ticked boxes")
    deliberation.messages.append(Message("interested.done", closing=deliberation.opportunity.statement.closing))


def may_be_greeted(opportunity: Opportunity, login: str) -> bool:
    """Tells whether plain words of this person may get an answer; the role is not checked yet."""
    return (
        opportunity.going
        and opportunity.open
        and not opportunity.on_hold
        and not opportunity.is_client(login)
        and not {"interest", "question"} <= _greeted(opportunity, login)
    )


def _greeted(opportunity: Opportunity, login: str) -> set[str]:
    """Returns the kinds of plain words of this person that were answered before."""
    return {kind for greeted, kind in opportunity.greeted if greeted == login.casefold()}


def answer_plain(deliberation: Deliberation, what: s.Commented) -> None:
    """Answers plain words of a supplier with the command to write, once for each kind."""
    opportunity, supplier = deliberation.opportunity, deliberation.signal.actor
    if deliberation.messages or what.previous is not None or not may_be_greeted(opportunity, supplier):
        return
    if Role.SUPPLIER not in deliberation.moment.roles(opportunity):
        return
    for message in tuple(_greetings(opportunity, supplier, what.body)):
        deliberation.add((f.Greeted(supplier, message.name.removeprefix("plain.")),), "plain words")
        deliberation.messages.append(message)


def _greetings(opportunity: Opportunity, supplier: str, text: str) -> Iterator[Message]:
    greeted, applied = _greeted(opportunity, supplier), opportunity.application(supplier) is not None
    interest = plain.meaning(text) == "interest" or (not plain.meaning(text) and re.search(r"/int[eé]re", text, re.I))
    interest = interest and not applied and "interest" not in greeted
    question = plain.asks(text) and "question" not in greeted
    if interest:
        yield Message("plain.interest", lines=(Line("/interested"), Line("/intéressé")))
    if question:
        asked = plain.question_text(text)
        yield Message("plain.question", lines=(Line(f"/ask {asked}"), Line(f"/question {asked}")))
    if not interest and not question and not applied and not greeted:
        yield Message("plain.hello", closing=opportunity.statement.closing)
