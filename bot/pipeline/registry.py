"""Collects the rules that the steps declare, and finds commands by name, language and person.

`/help`, `/why`, `/status` and `/preview` work at any time and read these rules, so they are declared here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from bot.pipeline.model.facts import Entered, Fact, Finished
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Message, Url
from bot.pipeline.rules import Blockers, CommandRule, Decision, Moment, SignalRule, record
from bot.pipeline.step import Declarations, Step
from bot.pipeline.steps import STEPS, step_of
from bot.pipeline.steps.aside import amending, clock, ending, exceptions, people
from bot.pipeline.text.commands import Command
from bot.pipeline.text.language import Lang
from bot.pipeline.text.letters import folded

anytime = Declarations()


def missing(opportunity: Opportunity, at: Moment) -> Blockers:
    """Returns what keeps the opportunity from going on, a sentence each."""
    if not opportunity.going:
        return ()
    return exceptions.in_the_way(opportunity) or step_of(opportunity).blockers(opportunity, at)


@anytime.command("help", "aide", steps=())
def show_help(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    rules = usable(opportunity, at, at.roles(opportunity))
    return record(say=Message("help.answer", commands=tuple((*rule.lines, rule.help) for rule in rules)))


@anytime.command("status", "état", steps=())
def show_status(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    link = Url(at.lookups.status_url, Message("status.link")) if at.lookups.status_url else None
    return record(say=Message("status.answer", step=opportunity.step, name=step_of(opportunity).title, link=link))


@anytime.command("why", "pourquoi", steps=())
def show_why(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    return record(
        say=Message(
            "why.answer",
            name=step_of(opportunity).title,
            missing=missing(opportunity, at),
            running=opportunity.going,
        )
    )


@anytime.command(
    "preview",
    "aperçu",
    steps=(),
    takes_text=True,
    empty=Message("preview.refused-empty"),
    example="/accept",
    example_fr="/accepter",
)
def preview(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    return Decision(rehearse=text)


ASIDE: tuple[Declarations, ...] = (people.aside, clock.aside, exceptions.aside, amending.aside, ending.aside)
"""Rules that belong to no single step."""

_NOT_OFFERED = tuple(rule for declared in (anytime, *ASIDE) for rule in declared.commands)
COMMANDS: tuple[CommandRule, ...] = tuple(rule for declared in (anytime, *STEPS, *ASIDE) for rule in declared.commands)
SIGNALS: dict[str, tuple[Step, SignalRule]] = {rule.label: (step, rule) for step in STEPS for rule in step.signals}
STAGE_LABELS: dict[str, int] = {step.label: step.number for step in STEPS}

_BY_NAME: dict[str, tuple[CommandRule, Lang | None]] = {}
for _rule in COMMANDS:
    _english, _french = folded(_rule.english), folded(_rule.french)
    _BY_NAME[_english] = (_rule, None if _english == _french else "en")
    _BY_NAME[_french] = (_rule, None if _english == _french else "fr")


def find_command(name: str) -> tuple[CommandRule | None, Lang | None]:
    """Finds a command by its English or French name. Returns also the name's language, unless both share it."""
    name = folded(name)
    feminine = name.removesuffix("e") if name.endswith("ee") else name  # intéressée
    return _BY_NAME.get(name, _BY_NAME.get(feminine, (None, None)))


def rehearsed(line: str) -> Command | None:
    """Reads the command line after `/preview`, with or without a slash.

    Only a command that takes a text goes on after the first line.
    """
    match = re.match(r"/?(?P<name>[^\W\d_][\w-]*)(?:\s+(?P<args>.*))?$", line.strip(), re.DOTALL)
    if not match:
        return None
    args = match["args"] or ""
    return Command(match["name"], args if takes_text(match["name"]) else args.partition("\n")[0].strip())


def onward(opportunity: Opportunity, at: Moment) -> Fact | None:
    """Returns the next move if no blocker is left: into the next step, or to the end."""
    if not opportunity.going or missing(opportunity, at):
        return None
    return Entered(opportunity.step + 1) if opportunity.step < len(STEPS) else Finished()


def takes_text(name: str) -> bool:
    rule, _ = find_command(name)
    return rule is not None and rule.takes_text


def usable(opportunity: Opportunity, at: Moment, roles: Iterable[Role]) -> list[CommandRule]:
    """Lists the commands that a person with these roles may use now."""
    mine = frozenset(roles)
    return [
        rule
        for rule in COMMANDS
        if rule.allowed(mine) and rule.in_time(opportunity, mine) and not rule.forbidden(opportunity, at)
    ]


def offered(opportunity: Opportunity, at: Moment, roles: Iterable[Role]) -> list[CommandRule]:
    """Lists the usable commands of the steps, without those for any time and the exceptions."""
    return [rule for rule in usable(opportunity, at, roles) if rule not in _NOT_OFFERED]


def nearest_command(name: str, rules: Iterable[CommandRule]) -> tuple[CommandRule, Lang] | None:
    """Finds the command whose name is most like a misspelt one, and the language of that name."""
    names: dict[str, tuple[CommandRule, Lang]] = {}
    for rule in rules:
        names |= {folded(rule.french): (rule, "fr"), folded(rule.english): (rule, "en")}
    found = process.extractOne(folded(name), names.keys(), scorer=fuzz.ratio, score_cutoff=60)
    return names[found[0]] if found else None
