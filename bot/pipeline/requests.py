"""What a person asks for, a command or a label, decided: may they, is it time, and what it makes true.

Every refusal says who may, when, and what to type.
"""

from __future__ import annotations

from dataclasses import replace

from bot.pipeline import facts as f
from bot.pipeline.book import SIGNALS, STAGE_LABELS, find, missing, nearest, step_of, usable
from bot.pipeline.commands import Command
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.step import Decision, Moment, record, refuse
from bot.pipeline.steps import STEPS
from bot.pipeline.words import Line, Message


def run(o: Opportunity, at: Moment, command: Command) -> Decision:
    """One command of the actor's."""
    rule, _ = find(command.name)
    held = at.roles(o)
    if rule is None:
        close = nearest(command.name, usable(o, at, held))
        if not close:
            return refuse("common.unknown", command=Line(f"/{command.name}"))
        guess, lang = close
        name = guess.english if lang == "en" else guess.french
        return refuse(
            "common.did-you-mean",
            command=Line(f"/{command.name}"),
            line=Line(f"/{name} {command.args}".strip()),
        )
    if not rule.allowed(held):
        others = tuple(Message(f"roles.{role.value}") for role in rule.by)
        mine = tuple(other.lines for other in usable(o, at, held))
        return refuse("common.not-yours", command=Line(f"/{command.name}"), who=others, usable=mine)
    if not rule.in_time(o):
        steps = tuple(STEPS[number - 1].title for number in rule.steps)
        return refuse(
            "common.not-now",
            command=Line(f"/{command.name}"),
            steps=steps,
            now=step_of(o).title,
            status=Message(f"status.is-{o.status}"),
        )
    if forbids := rule.when(o, at):
        return refuse("common.not-yet", command=Line(f"/{command.name}"), why=forbids)
    try:
        decision = rule.handler(o, at, command.args)
    except (ValueError, ArithmeticError):
        return refuse("common.unreadable", command=Line(f"/{command.name}"), lines=rule.lines)
    if decision.example:
        return replace(decision, say=Message("common.with-example", message=decision.say, lines=rule.lines))
    return decision


def label(o: Opportunity, at: Moment, name: str, on: bool) -> Decision | None:
    """A label that the actor set or took back; None for one that says nothing."""
    if name in STAGE_LABELS:
        if (STAGE_LABELS[name] == o.step and o.running) == on:
            return None
        return refuse("common.stage-label", label=Line(name), now=step_of(o).title, missing=missing(o, at))
    if name not in SIGNALS:
        return None
    step, rule = SIGNALS[name]
    if on == (name in o.signals):
        return None
    held = at.roles(o)
    if rule.by not in held:
        return refuse("common.label-not-yours", label=Line(name), who=Message(f"roles.{rule.by.value}"), on=on)
    if not o.going or o.step not in rule.steps:
        where = step.title
        return refuse("common.label-not-now", label=Line(name), step=where, now=step_of(o).title, on=on)
    if not on:
        return record(f.Signalled(name, False))
    return rule.handler(o, at)
