"""Decides a label that a person set or removed. There are three kinds of labels:

- Stage labels: the bot sets them; a coordinator who sets one asks for that move. If it is too early, the bot restores
  the labels once and says what is missing. If the person repeats the change, the bot leaves it, and nothing moves.
- Signal labels: coordinators or finance set and remove them. A label that is set too early is refused.
- State labels: the bot sets them; it restores and explains them once, then leaves them too.

After `/override`, one guarded label is accepted, and the reason is recorded.
"""

from __future__ import annotations

from dataclasses import replace

from bot.pipeline.model import facts as f
from bot.pipeline.model.facts import Fact
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Line, Message
from bot.pipeline.registry import SIGNALS, STAGE_LABELS, missing
from bot.pipeline.rules import Blockers, Decision, Moment, record, refuse
from bot.pipeline.step import Step
from bot.pipeline.steps import STEPS, step_of
from bot.pipeline.view import STATE_LABELS, labels_of

FINISHED_LABEL = "done"


def decide_label(opportunity: Opportunity, at: Moment, name: str, on: bool) -> Decision | None:
    """Decides a label that the actor set or removed; None if it is not guarded or changes nothing."""
    if opportunity.overriding_until and at.now > opportunity.overriding_until:
        opportunity = replace(opportunity, overriding="")
    if name in SIGNALS:
        return _signal(opportunity, at, name, on)
    if name not in STAGE_LABELS and name != FINISHED_LABEL and name not in STATE_LABELS:
        return None
    right = (name in labels_of(replace(opportunity, left={}), at)) == on
    if name in opportunity.left:
        return record(f.LabelFreed(name) if right else f.LabelLeft(name, on))
    if right:
        return None
    moves = on and name not in STATE_LABELS
    if moves and opportunity.on_hold:
        return refuse("common.label-on-hold", label=Line(name))
    next_stage = STAGE_LABELS.get(name, len(STEPS) + 1) == opportunity.step + 1
    if moves and opportunity.going and next_stage and not missing(opportunity, at):
        return Decision()  # nothing is missing, so the opportunity goes on
    if moves and opportunity.overriding and opportunity.going and Role.COORDINATOR in at.roles(opportunity):
        return _override(opportunity, at, name)
    if (name, on) in opportunity.explained:
        say = Message(
            "common.label-left",
            label=Line(name),
            on=on,
            now=step_of(opportunity).title,
            coordinator=opportunity.in_charge,
            moves=name not in STATE_LABELS,
        )
        return Decision((f.LabelLeft(name, on),), say, refused=True)
    return Decision((f.LabelExplained(name, on),), _explanation(opportunity, at, name, moves), refused=True)


def _explanation(opportunity: Opportunity, at: Moment, name: str, moves: bool) -> Message:
    """Returns the message that says who sets this label, and what is missing for the move."""
    if name in STATE_LABELS:
        return Message("common.state-label", label=Line(name))
    return Message(
        "common.stage-label",
        label=Line(name),
        now=step_of(opportunity).title,
        missing=missing(opportunity, at),
        moves=moves,
    )


def _signal(opportunity: Opportunity, at: Moment, name: str, on: bool) -> Decision | None:
    """Decides a signal label: checks the role and the step, then calls the handler that the step declares."""
    step, rule = SIGNALS[name]
    if on == (name in opportunity.signals):
        return None
    if rule.by not in at.roles(opportunity):
        return refuse("common.label-not-yours", label=Line(name), who=Message(f"roles.{rule.by.value}"), on=on)
    if not opportunity.going or opportunity.step not in rule.steps:
        return refuse("common.label-not-now", label=Line(name), step=step.title, now=step_of(opportunity).title, on=on)
    if not on:
        return record(f.Signalled(name, False))
    if opportunity.on_hold:
        return refuse("common.label-on-hold", label=Line(name))
    decision = rule.handler(replace(opportunity, overriding=""), at)
    if not decision.refused or not opportunity.overriding:
        return decision
    forced = rule.handler(opportunity, at)
    if forced.refused:
        return forced
    say = Message("common.overridden", label=Line(name), reason=opportunity.overriding)
    return record(*forced.facts, f.Overridden(name, opportunity.overriding), say=say)


def _override(opportunity: Opportunity, at: Moment, name: str) -> Decision:
    """Makes the move that the label asks for, unless it is impossible even with an override.

    A move back removes the signals that had led on from that step.
    """
    number = STAGE_LABELS.get(name, len(STEPS) + 1)
    target: Step | None = STEPS[number - 1] if name != FINISHED_LABEL else None
    signals = (
        [rule.label for rule in target.signals if rule.label in opportunity.signals]
        if target and number < opportunity.step
        else []
    )
    back = replace(
        opportunity,
        step=number,
        signals={label: at for label, at in opportunity.signals.items() if label not in signals},
    )
    if impossible := _impossible(opportunity, back, at, target):
        return refuse(
            "common.override-impossible", label=Line(name), missing=impossible, now=step_of(opportunity).title
        )
    before: list[Fact] = [f.Signalled(label, False) for label in signals]
    if opportunity.open and number > opportunity.step:
        before.append(f.ApplicationsClosed())
    move: Fact = f.Entered(number) if target else f.Finished()
    say = Message("common.overridden", label=Line(name), reason=opportunity.overriding)
    return record(f.Overridden(name, opportunity.overriding), *before, move, say=say)


def _impossible(opportunity: Opportunity, moved: Opportunity, at: Moment, target: Step | None) -> Blockers:
    """Returns why a move is impossible: back behind a posting, into a step that it would leave at once, or too far."""
    if moved.step < opportunity.step and moved.step <= 4 and opportunity.merged("posting"):
        return (Message("common.override-posted"),)
    if moved.step < opportunity.step and target and not target.blockers(moved, at):
        return (Message("common.override-goes-on", step=target.title),)
    return (target or STEPS[-1]).requires(opportunity)
