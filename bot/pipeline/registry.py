"""The book of rules: what the steps declare, in one place, and the commands that read from it.

`/help`, `/why`, `/status` and `/preview` work at any time, so they are declared here and not in a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from bot.pipeline.model.facts import Entered, Fact, Finished
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Lang, Message, Url
from bot.pipeline.reading.commands import Command, folded
from bot.pipeline.step import Blockers, CommandRule, Decision, Moment, SignalRule, Step, record
from bot.pipeline.steps import STEPS, step_of
from bot.pipeline.steps.aside import amending, clock, ending, exceptions, people

anytime = Step(0, "anytime", turn=lambda opportunity, at: None)


def missing(opportunity: Opportunity, at: Moment) -> Blockers:
    """What keeps the opportunity from going on, a sentence each."""
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


ASIDE: tuple[Step, ...] = (people.step, clock.step, exceptions.step, amending.step, ending.step)
"""What is no step of its own: it may be needed on any."""

_NOT_OFFERED = tuple(rule for step in (anytime, *ASIDE) for rule in step.commands)
COMMANDS: tuple[CommandRule, ...] = tuple(rule for step in (anytime, *STEPS, *ASIDE) for rule in step.commands)
SIGNALS: dict[str, tuple[Step, SignalRule]] = {rule.label: (step, rule) for step in STEPS for rule in step.signals}
STAGE_LABELS: dict[str, int] = {step.label: step.number for step in STEPS}

_BY_NAME: dict[str, tuple[CommandRule, Lang | None]] = {}
for _rule in COMMANDS:
    _english, _french = folded(_rule.english), folded(_rule.french)
    _BY_NAME[_english] = (_rule, None if _english == _french else "en")
    _BY_NAME[_french] = (_rule, None if _english == _french else "fr")


def find(name: str) -> tuple[CommandRule | None, Lang | None]:
    """The command of that name in either language, and the language it was written in, where that shows."""
    name = folded(name)
    feminine = name.removesuffix("e") if name.endswith("ee") else name  # intéressée
    return _BY_NAME.get(name, _BY_NAME.get(feminine, (None, None)))


def rehearsed(line: str) -> Command | None:
    """The command that `/preview` is about, with or without its slash; what takes no text ends with its line."""
    match = re.match(r"/?(?P<name>[^\W\d_][\w-]*)(?:\s+(?P<args>.*))?$", line.strip(), re.DOTALL)
    if not match:
        return None
    args = match["args"] or ""
    return Command(match["name"], args if takes_text(match["name"]) else args.partition("\n")[0].strip())


def onward(opportunity: Opportunity, at: Moment) -> Fact | None:
    """The next move, where nothing is missing."""
    if not opportunity.going or missing(opportunity, at):
        return None
    return Entered(opportunity.step + 1) if opportunity.step < len(STEPS) else Finished()


def takes_text(name: str) -> bool:
    rule, _ = find(name)
    return rule is not None and rule.takes_text


def usable(opportunity: Opportunity, at: Moment, held: Iterable[Role]) -> list[CommandRule]:
    """The commands that a person with these roles may use now."""
    roles = frozenset(held)
    return [
        rule
        for rule in COMMANDS
        if rule.allowed(roles) and rule.in_time(opportunity, roles) and not rule.forbidden(opportunity, at)
    ]


def offered(opportunity: Opportunity, at: Moment, held: Iterable[Role]) -> list[CommandRule]:
    """Of those, the ones that carry the opportunity along: what is always there and the exceptions left out."""
    return [rule for rule in usable(opportunity, at, held) if rule not in _NOT_OFFERED]


def nearest(name: str, rules: Iterable[CommandRule]) -> tuple[CommandRule, Lang] | None:
    """The command that a misspelt name most probably means, among those that the person may use."""
    names = {folded(getattr(rule, lang)): (rule, lang) for rule in rules for lang in _NAMES}
    found = process.extractOne(folded(name), names.keys(), scorer=fuzz.ratio, score_cutoff=60)
    if not found:
        return None
    rule, language = names[found[0]]
    return rule, "fr" if language == "french" else "en"


_NAMES = ("french", "english")
