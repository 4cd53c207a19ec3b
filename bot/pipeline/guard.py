"""What a person asks for with a label, decided. There are three kinds, and each is guarded in its way.

- stage labels are the bot's: a coordinator who sets one asks for that move. What is missing is explained once and
  the label put back; set again, it is left as it is, and nothing moves. The bot never fights a person.
- signals are set by coordinators or finance, and taken back by them where that is still possible.
- state labels are the bot's: put back and explained once, then left as well.

After `/override`, one guarded label moves through, with the reason on record.
"""

from __future__ import annotations

from dataclasses import replace

from bot.pipeline import facts as f
from bot.pipeline.book import SIGNALS, STAGE_LABELS, missing
from bot.pipeline.facts import Fact
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Step, record, refuse
from bot.pipeline.steps import STEPS, step_of
from bot.pipeline.view import STATE_LABELS, labels_of
from bot.pipeline.words import Line, Message

END = "done"


def label(o: Opportunity, at: Moment, name: str, on: bool) -> Decision | None:
    """A label that the actor set or took off; None for one that says nothing, or says what is so."""
    if o.overriding_until and at.now > o.overriding_until:
        o = replace(o, overriding="")
    if name in SIGNALS:
        return _signal(o, at, name, on)
    if name not in STAGE_LABELS and name != END and name not in STATE_LABELS:
        return None
    true = (name in labels_of(replace(o, left={}), at)) == on
    if name in o.left:
        return record(f.LabelFreed(name) if true else f.LabelLeft(name, on))
    if true:
        return None
    moves = on and name not in STATE_LABELS
    if moves and o.held:
        return refuse("common.label-on-hold", label=Line(name))
    if moves and o.going and STAGE_LABELS.get(name, len(STEPS) + 1) == o.step + 1 and not missing(o, at):
        return Decision()  # its conditions hold, so it is made
    if moves and o.overriding and o.going and Role.COORDINATOR in at.roles(o):
        return _override(o, at, name)
    if (name, on) in o.explained:
        said = {"on": on, "now": step_of(o).title, "coordinator": o.in_charge, "moves": name not in STATE_LABELS}
        say = Message("common.label-left", label=Line(name), **said)
        return Decision((f.LabelLeft(name, on),), say, refused=True)
    return Decision((f.LabelExplained(name, on),), _explanation(o, at, name, moves), refused=True)


def _explanation(o: Opportunity, at: Moment, name: str, moves: bool) -> Message:
    if name in STATE_LABELS:
        return Message("common.state-label", label=Line(name))
    return Message("common.stage-label", label=Line(name), now=step_of(o).title, missing=missing(o, at), moves=moves)


# --- signals -------------------------------------------------------------------------------------------------


def _signal(o: Opportunity, at: Moment, name: str, on: bool) -> Decision | None:
    step, rule = SIGNALS[name]
    if on == (name in o.signals):
        return None
    if rule.by not in at.roles(o):
        return refuse("common.label-not-yours", label=Line(name), who=Message(f"roles.{rule.by.value}"), on=on)
    if not o.going or o.step not in rule.steps:
        return refuse("common.label-not-now", label=Line(name), step=step.title, now=step_of(o).title, on=on)
    if not on:
        return record(f.Signalled(name, False))
    if o.held:
        return refuse("common.label-on-hold", label=Line(name))
    decision = rule.handler(replace(o, overriding=""), at)
    if not decision.refused or not o.overriding:
        return decision
    forced = rule.handler(o, at)
    if forced.refused:
        return forced
    say = Message("common.overridden", label=Line(name), reason=o.overriding)
    return record(*forced.facts, f.Overridden(name, o.overriding), say=say)


# --- stages --------------------------------------------------------------------------------------------------


def _override(o: Opportunity, at: Moment, name: str) -> Decision:
    """The move that the label asks for, unless it makes no sense even so."""
    number = STAGE_LABELS.get(name, len(STEPS) + 1)
    target: Step | None = STEPS[number - 1] if name != END else None
    # going back takes back what had led on from there
    signals = [rule.label for rule in target.signals if rule.label in o.signals] if target and number < o.step else []
    back = replace(o, step=number, signals={label: at for label, at in o.signals.items() if label not in signals})
    if impossible := _impossible(o, back, at, target):
        return refuse("common.override-impossible", label=Line(name), missing=impossible, now=step_of(o).title)
    before: list[Fact] = [f.Signalled(label, False) for label in signals]
    if o.open and number > o.step:
        before.append(f.ApplicationsClosed())
    move: Fact = f.Entered(number) if target else f.Finished()
    say = Message("common.overridden", label=Line(name), reason=o.overriding)
    return record(f.Overridden(name, o.overriding), *before, move, say=say)


def _impossible(o: Opportunity, moved: Opportunity, at: Moment, target: Step | None) -> Blockers:
    if moved.step < o.step and moved.step <= 4 and o.merged("posting"):
        return (Message("common.override-posted"),)
    if moved.step < o.step and target and not target.blockers(moved, at):
        return (Message("common.override-goes-on", step=target.title),)
    return (target or STEPS[-1]).requires(o)
