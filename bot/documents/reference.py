"""The parts of the documentation that are made from what is declared, so that they cannot disagree with it.

On a page, such a part stands between two marks that GitHub does not show. What is around it is written by hand:

    <!-- made: commands client -->
    …
    <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from bot.documents.messages import Messages
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Message
from bot.pipeline.registry import COMMANDS, SIGNALS
from bot.pipeline.rules import CommandRule, State
from bot.pipeline.steps import STEPS
from bot.pipeline.text.language import Lang

PAGES: dict[Lang, str] = {"en": "docs/commands.md", "fr": "docs/commandes.md"}
"""Where each command is explained."""

GROUPS: dict[str, tuple[Role, ...]] = {
    "anyone": (),
    "supplier": (Role.SUPPLIER, Role.APPLICANT, Role.DRAWN),
    "client": (Role.CLIENT,),
    "coordinator": (Role.COORDINATOR,),
}
"""For whom a command is told: the first of these who may use it. Finance has labels, no commands."""

STATES: tuple[State, ...] = ("held", "terminated")

HEADS: dict[Lang, dict[str, tuple[str, ...]]] = {
    "en": {
        "commands": ("command", "who", "does"),
        "facts": ("who", "steps", "on hold", "after a termination", "in French"),
        "labels": ("label", "set by", "says"),
        "signals": ("label", "set by", "in steps", "says"),
    },
    "fr": {
        "commands": ("commande", "qui", "effet"),
        "facts": ("qui", "étapes", "pendant une suspension", "après une résiliation", "en anglais"),
        "labels": ("étiquette", "posée par", "dit"),
        "signals": ("étiquette", "posée par", "aux étapes", "dit"),
    },
}

WORDS: dict[Lang, dict[str, str]] = {
    "en": {
        "anyone": "anyone",
        "any time": "any, and after the end",
        "only": "{steps} ({who}: {fewer})",
        "also": "Of the commands above, you can also write {names}.",
        "yes": "yes",
        "no": "no",
    },
    "fr": {
        "anyone": "tout le monde",
        "any time": "toutes, et après la fin",
        "only": "{steps} ({who}\u00a0: {fewer})",
        "also": "Parmi les commandes qui précèdent, vous pouvez aussi écrire {names}.",
        "yes": "oui",
        "no": "non",
    },
}

_MADE = re.compile(r"(<!-- made: ([^>]+) -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)


def made(messages: Messages, labels: Iterable[tuple[str, str, str]], lang: Lang) -> dict[str, str]:
    """Every made part, by the name in its mark. `labels`: name, kind and bilingual description of each."""
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for name, kind, description in labels:
        by_kind.setdefault(kind, []).append((name, description))
    return {
        "steps": " · ".join(f"{step.number} {messages.say(step.title, lang)}" for step in STEPS),
        "commands": _table(HEADS[lang]["commands"], *(_row(rule, messages, lang) for rule in COMMANDS)),
        **{f"commands {group}": _commands(group, messages, lang) for group in GROUPS},
        **{f"labels {kind}": _labels(rows, lang) for kind, rows in by_kind.items()},
    }


def renewed(page: str, parts: Mapping[str, str]) -> str:
    """A page with its made parts as they are now. Raises KeyError for a mark that names no part."""
    return _MADE.sub(lambda found: found[1] + parts[found[2]] + found[3], page)


def _table(heads: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


# --- commands ------------------------------------------------------------------------------------------------


def _row(rule: CommandRule, messages: Messages, lang: Lang) -> tuple[str, ...]:
    own, other = _names(rule, lang)
    lines = f"[`/{own}`]({PAGES[lang]}#{own})" + (f" `/{other}`" if other != own else "")
    return lines, _who(rule, messages, lang), messages.say(rule.help, lang)


def _commands(group: str, messages: Messages, lang: Lang) -> str:
    told = [_command(rule, messages, lang) for rule in COMMANDS if _group(rule) == group]
    also = [rule for rule in COMMANDS if _group(rule) != group and set(rule.by) & set(GROUPS[group])]
    if also:
        names = ", ".join(f"[`/{name}`](#{name})" for name, _ in (_names(rule, lang) for rule in also))
        told.insert(0, WORDS[lang]["also"].format(names=names))
    return "\n\n".join(told)


def _group(rule: CommandRule) -> str:
    return next((group for group, roles in GROUPS.items() if set(roles) & set(rule.by)), "anyone")


def _command(rule: CommandRule, messages: Messages, lang: Lang) -> str:
    words, (own, other) = WORDS[lang], _names(rule, lang)
    does, line = messages.say(rule.help, lang), rule.lines[0 if lang == "en" else 1].text
    states = (words["yes" if not rule.steps or state in rule.even_if else "no"] for state in STATES)
    facts = (_who(rule, messages, lang), _steps(rule, messages, lang), *states, f"`/{other}`")
    example = f"```text\n{line}\n```"
    return "\n\n".join((f"### `/{own}`", example, does[0].upper() + does[1:], _table(HEADS[lang]["facts"], facts)))


def _names(rule: CommandRule, lang: Lang) -> tuple[str, str]:
    """The name in the page's language, and in the other."""
    return (rule.english, rule.french) if lang == "en" else (rule.french, rule.english)


def _who(rule: CommandRule, messages: Messages, lang: Lang) -> str:
    return ", ".join(_role(role, messages, lang) for role in rule.by) or WORDS[lang]["anyone"]


def _role(role: Role, messages: Messages, lang: Lang) -> str:
    return messages.say(Message(f"roles.{role.value}"), lang)


def _steps(rule: CommandRule, messages: Messages, lang: Lang) -> str:
    if not rule.steps:
        return WORDS[lang]["any time"]
    steps = spans(rule.steps)
    for role, fewer in rule.steps_of.items():
        steps = WORDS[lang]["only"].format(steps=steps, who=_role(role, messages, lang), fewer=spans(fewer))
    return steps


def spans(steps: tuple[int, ...]) -> str:
    """Steps in their order as people write them: `5`, `1–4`, `5, 7`."""
    text = str(steps[0])
    for before, step in pairwise(steps):
        text = f"{text.removesuffix(f'–{before}')}–{step}" if step == before + 1 else f"{text}, {step}"
    return text


# --- labels --------------------------------------------------------------------------------------------------


def _labels(rows: list[tuple[str, str]], lang: Lang) -> str:
    signals = rows[0][0] in SIGNALS
    told = (_label(name, description, lang) for name, description in rows)
    return _table(HEADS[lang]["signals" if signals else "labels"], *told)


def _label(name: str, description: str, lang: Lang) -> tuple[str, ...]:
    """`Set by WHOM: WHAT / Posée par QUI : QUOI` is how every label is described on GitHub."""
    english, _, french = description.partition(" / ")
    setter, _, says = (english if lang == "en" else french).partition(":")
    who = setter.removeprefix("Set by ").removeprefix("Posée par ").strip()
    steps = (spans(SIGNALS[name][1].steps),) if name in SIGNALS else ()
    return f"`{name}`", who, *steps, says.strip()
