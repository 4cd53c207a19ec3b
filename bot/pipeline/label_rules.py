"""What a person asks for with a label, decided. There are three kinds, and each is guarded in its way.

- stage labels are the bot's: a coordinator who sets one asks for that move. What is missing is explained once and
  the label put back; set again, it is left as it is, and nothing moves. The bot never fights a person.
- signals are set by coordinators or finance, and taken back by them where that is still possible.
- state labels are the bot's: put back and explained once, then left as well.

After `/override`, one guarded label moves through, with the reason on record.
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
    """A label that the actor set or took off; None for one that says nothing, or says what is so."""
    if opportunity.overriding_until and at.now > opportunity.overriding_until:
        opportunity = replace(opportunity, overriding="")
    if name in SIGNALS:
        return _signal(opportunity, at, name, on)
    if name not in STAGE_LABELS and name != FINISHED_LABEL and name not in STATE_LABELS:
        return None
    true = (name in labels_of(replace(opportunity, left={}), at)) == on
    if name in opportunity.left:
        return record(f.LabelFreed(name) if true else f.LabelLeft(name, on))
    if true:
        return None
    moves = on and name not in STATE_LABELS
    if moves and opportunity.on_hold:
        return refuse("common.label-on-hold", label=Line(name))
    if (
        moves
        and opportunity.going
        and STAGE_LABELS.get(name, len(STEPS) + 1) == opportunity.step + 1
        and not missing(opportunity, at)
    ):
        return Decision()  # its conditions hold, so it is made
    if moves and opportunity.overriding and opportunity.going and Role.COORDINATOR in at.roles(opportunity):
        return _override(opportunity, at, name)
    if (name, on) in opportunity.explained:
        said = {
            "on": on,
            "now": step_of(opportunity).title,
            "coordinator": opportunity.in_charge,
            "moves": name not in STATE_LABELS,
        }
        say = Message("common.label-left", label=Line(name), **said)
        return Decision((f.LabelLeft(name, on),), say, refused=True)
    return Decision((f.LabelExplained(name, on),), _explanation(opportunity, at, name, moves), refused=True)


def _explanation(opportunity: Opportunity, at: Moment, name: str, moves: bool) -> Message:
    if name in STATE_LABELS:
        return Message("common.state-label", label=Line(name))
    return Message(
        "common.stage-label",
        label=Line(name),
        now=step_of(opportunity).title,
        missing=missing(opportunity, at),
        moves=moves,
    )


# --- signals -------------------------------------------------------------------------------------------------


def _signal(opportunity: Opportunity, at: Moment, name: str, on: bool) -> Decision | None:
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


# --- stages --------------------------------------------------------------------------------------------------


def _override(opportunity: Opportunity, at: Moment, name: str) -> Decision:
    """The move that the label asks for, unless it makes no sense even so."""
    number = STAGE_LABELS.get(name, len(STEPS) + 1)
    target: Step | None = STEPS[number - 1] if name != FINISHED_LABEL else None
    # going back takes back what had led on from there
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
    if moved.step < opportunity.step and moved.step <= 4 and opportunity.merged("posting"):
        return (Message("common.override-posted"),)
    if moved.step < opportunity.step and target and not target.blockers(moved, at):
        return (Message("common.override-goes-on", step=target.title),)
    return (target or STEPS[-1]).requires(opportunity)
