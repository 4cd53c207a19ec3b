"""Writes the history of an opportunity in plain words, one line for each fact, in each language.

    for line in story(history, "fr", names, words):
        line.at, line.who, line.what        line.who is None for the bot itself

A line repeats a reason that a person wrote, unless the reason may hold private information.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from bot.documents.catalogs import Words
from bot.documents.dates import spelled
from bot.pipeline.model import facts as f
from bot.pipeline.reading import protection
from bot.pipeline.text.language import Lang
from bot.pipeline.text.letters import on_one_line


class Names(Protocol):
    """The names of steps, checkboxes and labels in each language."""

    def step(self, number: int, lang: Lang) -> str:
        """Returns the name of a step."""
        ...

    def box(self, step: int, name: str, lang: Lang) -> str:
        """Returns the text of a checkbox of a step."""
        ...

    def label(self, name: str, lang: Lang) -> str:
        """Returns the meaning of a label; empty if its name says it all."""
        ...


@dataclass(frozen=True)
class StoryLine:
    """`at` is an aware UTC time, `who` a login, or None for the bot itself."""

    at: datetime
    who: str | None
    what: str


SILENT: frozenset[type[f.Fact]] = frozenset(
    {f.OpeningHeard, f.Spoke, f.Greeted, f.LabelFreed, f.Flagged, f.EvidenceGathered, f.EntryStopped}
)
"""Facts without a line: readers do not need them, or they are not for the public."""

MOVED_DATES = ("closing", "selection", "delivery")


def story(history: Iterable[f.Recorded], lang: Lang, names: Names, words: Words) -> Iterator[StoryLine]:
    """Yields the lines in the order of the facts. A fact that only repeats an earlier one has no line."""
    named = ""
    ticked: dict[tuple[int, str], bool] = {}
    for recorded in history:
        match recorded.fact:
            case f.RepositoryNamed(name=name) if name == named:  # GitHub's word on it, asked for again
                continue
            case f.RepositoryNamed(name=named):
                pass
            case f.BoxTicked(step, box, on) if ticked.get((step, box), False) == on:  # by hand, and by the label
                continue
            case f.BoxTicked(step, box, on):
                ticked[step, box] = on
        if type(recorded.fact) not in SILENT:
            who = None if recorded.actor == f.BOT else recorded.actor
            yield StoryLine(recorded.at, who, sentence(recorded.fact, lang, names, words))


def sentence(fact: f.Fact, lang: Lang, names: Names, words: Words) -> str:
    """Returns the sentence for a fact, from `story.txt` in that language."""
    values = {key: _in_words(value, lang) for key, value in vars(fact).items()}
    for reason in ("reason", "text"):
        values[reason] = _because(getattr(fact, reason, ""), lang)
    match fact:
        case f.Entered(step):
            values["name"] = names.step(step, lang)
        case f.BoxTicked(step, box):
            values["box"] = on_one_line(names.box(step, box, lang)).rstrip(".")
        case f.Signalled(label):
            says = names.label(label, lang)
            values["says"] = f" ({says})" if says else ""
        case f.PullRequestSeen(kind):
            values["kind"] = words.get(f"pull.{kind}") or words["pull.amendment"]
        case f.Evaluated(criterion=number):
            values["criterion"] = f" {words['criterion'].format(number=number)}" if number else ""
        case f.Rescheduled():
            moved = {name: getattr(fact, name) for name in MOVED_DATES if getattr(fact, name)}
            values["dates"] = ", ".join(f"{words[f'date.{name}']} {spelled(day, lang)}" for name, day in moved.items())
        case f.Drawn(order):
            values["first"] = order[0] if order else "—"
        case f.Resembles(numbers):
            values["numbers"] = ", ".join(f"#{number}" for number in numbers)
        case _:
            pass
    text = words[sentence_key(fact)].format(**values)
    return re.sub(r"(?<=[!?…])\.$", "", text)


def sentence_key(fact: f.Fact) -> str:
    """Returns the key of the fact's sentence in `story.txt`."""
    kind = type(fact).__name__
    match fact:
        case f.BoxTicked(ticked=on) | f.Signalled(on=on):
            return f"{kind}.{'on' if on else 'off'}"
        case f.Evaluated(passed=passed) | f.CriterionMarked(passed=passed):
            return f"{kind}.{'pass' if passed else 'fail'}"
        case f.PullRequestSeen(state=state):
            return f"{kind}.{state if state in ('open', 'merged') else 'closed'}"
        case _:
            return kind


def _because(text: str, lang: Lang) -> str:
    """Returns a reason after a colon; nothing where there is none, or where it may hold private information."""
    reason = on_one_line(text).rstrip(".")
    if not reason or protection.kinds_in(reason):
        return ""
    return f"\u00a0: {reason}" if lang == "fr" else f": {reason}"


def _in_words(value: Any, lang: Lang) -> str:
    match value:
        case date() if not isinstance(value, datetime):
            return spelled(value, lang)
        case tuple():
            return ", ".join(str(one) for one in value)
        case _:
            return str(value)
