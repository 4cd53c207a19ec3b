"""Decides a command: checks the person, the step and the state, then calls the step's handler.

Every refusal says who may use the command, when, and what to type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.pipeline.model.facts import BOT, Fact, Recorded
from bot.pipeline.model.fold import apply
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Line, Message
from bot.pipeline.registry import (
    SIGNALS,
    STAGE_LABELS,
    find_command,
    nearest_command,
    offered,
    onward,
    preview,
    rehearsed,
    usable,
)
from bot.pipeline.rules import CommandRule, Decision, Moment, refuse
from bot.pipeline.steps import STEPS, state_of, step_of
from bot.pipeline.text.commands import Command
from bot.pipeline.text.letters import folded

LONGEST_ECHO = 40
"""Characters of an unknown command that the answer repeats."""


def run_command(opportunity: Opportunity, at: Moment, command: Command) -> Decision:
    """Decides one command of the actor, who may be anyone."""
    rule, _ = find_command(command.name)
    if rule is None:
        return _unknown(opportunity, at, command)
    if refusal := _refusal(rule, opportunity, at, name_line(command)):
        return refusal
    decision = _handled(rule, opportunity, at, command.args)
    if decision.rehearse:
        return _rehearse(opportunity, at, decision.rehearse)
    if decision.example:
        return replace(decision, say=Message("common.with-example", message=decision.say, lines=rule.lines))
    return decision


def _refusal(rule: CommandRule, opportunity: Opportunity, at: Moment, name: Line) -> Decision | None:
    """Refuses a command that is for other people, another step or another state."""
    roles = at.roles(opportunity)
    if not rule.allowed(roles):
        others = tuple(Message(f"roles.{role.value}") for role in rule.by)
        mine = tuple(other.lines for other in offered(opportunity, at, roles))
        steps = _titles(rule.steps) if len(rule.steps) < len(STEPS) else ()
        return refuse("common.not-yours", command=name, who=others, steps=steps, usable=mine)
    if rule.steps and not opportunity.going:
        return refuse("common.over", command=name, state=Message(f"status.is-{opportunity.status}"))
    if not rule.in_time(opportunity, roles):
        if rule.afterwards and opportunity.step > max(rule.steps):
            return refuse("common.not-yet", command=name, why=rule.afterwards(opportunity, at))
        state, steps = Message(f"status.is-{state_of(opportunity)}"), _titles(rule.steps_for(roles))
        return refuse("common.not-now", command=name, steps=steps, now=step_of(opportunity).title, status=state)
    forbids = rule.forbidden(opportunity, at)
    return refuse("common.not-yet", command=name, why=forbids) if forbids else None


def _titles(steps: Iterable[int]) -> tuple[Message, ...]:
    return tuple(STEPS[number - 1].title for number in steps)


def name_line(command: Command) -> Line:
    """Returns a command's name as the answer repeats it."""
    return Line(f"/{command.name[:LONGEST_ECHO]}")


def _handled(rule: CommandRule, opportunity: Opportunity, at: Moment, args: str) -> Decision:
    if rule.empty and not args:
        return Decision(say=rule.empty, refused=True, example=True)
    try:
        return rule.handler(opportunity, at, args)
    except (ValueError, ArithmeticError):
        return refuse("common.unreadable", command=Line(f"/{rule.english}"), lines=rule.lines)


def _unknown(opportunity: Opportunity, at: Moment, command: Command) -> Decision:
    """Refuses an unknown name, with the command or label that it may mean."""
    name = name_line(command)
    named = {folded(label): label for label in (*SIGNALS, *STAGE_LABELS)}
    if label := named.get(folded(command.name)):
        return refuse("common.is-label", command=name, label=Line(label))
    close = nearest_command(command.name, usable(opportunity, at, at.roles(opportunity)))
    if not close:
        return refuse("common.unknown", command=name)
    guess, lang = close
    meant = guess.english if lang == "en" else guess.french
    return refuse("common.did-you-mean", command=name, line=Line(f"/{meant} {command.args}".strip()))


def _rehearse(opportunity: Opportunity, at: Moment, line: str) -> Decision:
    """Describes the effect of a command line; records nothing."""
    command = rehearsed(line)
    rule = find_command(command.name)[0] if command else None
    if command is None or rule is None or rule.handler is preview:
        return refuse("preview.refused-unknown", command=Line(line[:LONGEST_ECHO]))
    decision = run_command(opportunity, at, command)
    repeated = Line(str(command)[:200])
    if decision.refused:
        return refuse("preview.refused", command=repeated, message=decision.say and decision.say.quiet)
    after = opportunity
    for fact in decision.facts:
        after = _after(after, at, fact)
    while onwards := onward(after, at):
        after = _after(after, at, onwards)
    return Decision(
        say=Message(
            "preview.done",
            command=repeated,
            message=decision.say and decision.say.quiet,
            now=step_of(opportunity).title,
            then=step_of(after).title if after.step != opportunity.step else None,
            ends=Message(f"status.is-{after.status}") if after.status not in (opportunity.status, "active") else None,
        )
    )


def _after(opportunity: Opportunity, at: Moment, fact: Fact) -> Opportunity:
    return apply(opportunity, Recorded(fact, at.now, BOT, "", "preview"))
