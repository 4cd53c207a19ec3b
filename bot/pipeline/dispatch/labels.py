"""Handles labels and checklist boxes, and an issue that a person closed."""

from __future__ import annotations

from bot.pipeline.dispatch.statement import fixed, lapsed
from bot.pipeline.label_rules import decide_label
from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.roles import Role
from bot.pipeline.model.statement import statement_of
from bot.pipeline.model.words import Line, Message
from bot.pipeline.pending import Deliberation
from bot.pipeline.rules import Answer, refuse
from bot.pipeline.steps import STEPS, step_of
from bot.pipeline.steps.description import unsettled
from bot.pipeline.view import boxes_in


def handle_boxes(deliberation: Deliberation, edited: s.ChecklistEdited) -> None:
    """Records the boxes that a coordinator ticked; redrawing the checklist undoes the ticks of other people.

    If GitHub does not show who ticked, it was someone with write permission, and so a coordinator.
    """
    opportunity = deliberation.opportunity
    kind, _, number = edited.mark.partition(" ")
    if kind != "checklist" or not number.isdigit() or not 1 <= int(number) <= len(STEPS):
        return
    if not edited.unseen and Role.COORDINATOR not in deliberation.moment.roles(opportunity):
        return
    step = STEPS[int(number) - 1]
    ticked = boxes_in(edited.body) if opportunity.going else {}
    if edited.unseen:  # the bot itself ticks the tracked boxes
        ticked = {box: on for box, on in ticked.items() if box not in step.tracked}
    changed = [
        f.BoxTicked(step.number, box, ticked[box])
        for box in step.boxes
        if box in ticked and ticked[box] != ((step.number, box) in opportunity.ticked)
    ]
    deliberation.add(changed, f"checklist {step.number}")


def handle_label(deliberation: Deliberation, label: str, on: bool) -> Answer | None:
    """Decides a label that was set or removed, unless a later change of it was handled already."""
    opportunity, moment = deliberation.opportunity, deliberation.moment
    since = opportunity.label_changes.get(label)
    if since and moment.now < since:
        return None
    decision = decide_label(opportunity, moment, label, on)
    if decision is None:
        return None
    if on and not decision.refused and _is_of_an_older_text(deliberation, label):
        decision = refuse("description.lapsed", labels=(Line(label),), missing=unsettled(opportunity, moment))
    deliberation.take(decision, f"label {label}")
    if not decision.say:
        return None
    actor = deliberation.signal.actor
    mark = f"label {label.replace(': ', '-')} {actor} {deliberation.before.step}"
    return Answer(mark, actor, deliberation.opportunity.lang, (decision.say,), None, decision.refused)


def _is_of_an_older_text(deliberation: Deliberation, label: str) -> bool:
    """Tells whether a late label was set on a text that an edit has since changed in what the label is about.

    The label counts for the text that its author read, and would have lapsed with the edit. A resync shows only today's
    text, so the time alone decides there.
    """
    issue, opportunity = deliberation.signal.issue, deliberation.opportunity
    if issue is None or opportunity.described is None or fixed(opportunity):
        return False
    if deliberation.signal.delivery.startswith(RESYNC):
        return label in ("description-approved", "funds-reserved") and deliberation.moment.now < opportunity.described
    read, now = statement_of(issue.body), statement_of(opportunity.body)
    return label in lapsed({label}, read, now) and issue.updated_at <= opportunity.described


def closed_by_hand(deliberation: Deliberation) -> Answer:
    """Explains that closing the issue ends nothing: `/cancel` does."""
    message = Message("common.closed-by-hand", now=step_of(deliberation.opportunity).title)
    lang = deliberation.opportunity.lang
    return Answer("closed-by-hand", deliberation.signal.actor, lang, (message,), None, refused=True)
