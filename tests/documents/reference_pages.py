"""Generates parts of the documentation from the declarations of commands and labels, so that both agree.

On a page, such a part stands between two marks that GitHub does not show. People write the rest of the page:

    <!-- made: commands client -->
    …
    <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from bot.documents.catalogs import Words
from bot.documents.messages import Messages
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Message
from bot.pipeline.registry import COMMANDS, SIGNALS
from bot.pipeline.rules import CommandRule, State
from bot.pipeline.steps import STEPS
from bot.pipeline.text.language import Lang

COMMAND_PAGES: dict[Lang, str] = {"en": "docs/commands.md", "fr": "docs/commandes.md"}
"""The page that explains each command."""

_GROUPS: dict[str, tuple[Role, ...]] = {
    "anyone": (),
    "supplier": (Role.SUPPLIER, Role.APPLICANT, Role.DRAWN),
    "client": (Role.CLIENT,),
    "coordinator": (Role.COORDINATOR,),
}
"""The groups of readers. A command stands with the first group that may use it. Finance has labels, no commands."""

_STATES: tuple[State, ...] = ("held", "terminated")

_HEADS = {
    "commands": ("command", "who", "effect"),
    "facts": ("who", "steps", "on-hold", "terminated", "other"),
    "labels": ("label", "setter", "says"),
    "signals": ("label", "setter", "in-steps", "says"),
}
"""The columns of each table, by their keys in the words."""

_MADE = re.compile(r"(<!-- made: ([^>]+) -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)


def generated(messages: Messages, words: Words, labels: Iterable[tuple[str, str, str]], lang: Lang) -> dict[str, str]:
    """Returns every generated part by the name in its mark. `labels`: name, kind, bilingual description of each."""
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for name, kind, description in labels:
        by_kind.setdefault(kind, []).append((name, description))
    return {
        "steps": " · ".join(f"{step.number} {messages.say(step.title, lang)}" for step in STEPS),
        "commands": _table(_heads("commands", words), *(_row(rule, messages, words, lang) for rule in COMMANDS)),
        **{f"commands {group}": _commands(group, messages, words, lang) for group in _GROUPS},
        **{f"labels {kind}": _labels(rows, words, lang) for kind, rows in by_kind.items()},
    }


def renewed(page: str, parts: Mapping[str, str]) -> str:
    """Returns a page with its generated parts replaced. Raises KeyError for a mark that names no part."""
    return _MADE.sub(lambda found: found[1] + parts[found[2]] + found[3], page)


def _heads(table: str, words: Words) -> tuple[str, ...]:
    return tuple(words[f"head.{column}"] for column in _HEADS[table])


def _table(heads: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


# --- commands ------------------------------------------------------------------------------------------------


def _row(rule: CommandRule, messages: Messages, words: Words, lang: Lang) -> tuple[str, ...]:
    own, other = _names(rule, lang)
    lines = f"[`/{own}`]({COMMAND_PAGES[lang]}#{own})" + (f" `/{other}`" if other != own else "")
    return lines, _who(rule, messages, words, lang), messages.say(rule.help, lang)


def _commands(group: str, messages: Messages, words: Words, lang: Lang) -> str:
    parts = [_command(rule, messages, words, lang) for rule in COMMANDS if _group(rule) == group]
    also = [rule for rule in COMMANDS if _group(rule) != group and set(rule.by) & set(_GROUPS[group])]
    if also:
        names = ", ".join(f"[`/{name}`](#{name})" for name, _ in (_names(rule, lang) for rule in also))
        parts.insert(0, words["also"].format(names=names))
    return "\n\n".join(parts)


def _group(rule: CommandRule) -> str:
    return next((group for group, roles in _GROUPS.items() if set(roles) & set(rule.by)), "anyone")


def _command(rule: CommandRule, messages: Messages, words: Words, lang: Lang) -> str:
    own, other = _names(rule, lang)
    does, line = messages.say(rule.help, lang), rule.lines[0 if lang == "en" else 1].text
    states = (words["yes" if not rule.steps or state in rule.even_if else "no"] for state in _STATES)
    facts = (_who(rule, messages, words, lang), _steps(rule, messages, words, lang), *states, f"`/{other}`")
    example = f"```text\n{line}\n```"
    return "\n\n".join((f"### `/{own}`", example, does[0].upper() + does[1:], _table(_heads("facts", words), facts)))


def _names(rule: CommandRule, lang: Lang) -> tuple[str, str]:
    """Returns the name in the page's language, and in the other."""
    return (rule.english, rule.french) if lang == "en" else (rule.french, rule.english)


def _who(rule: CommandRule, messages: Messages, words: Words, lang: Lang) -> str:
    return ", ".join(_role(role, messages, lang) for role in rule.by) or words["anyone"]


def _role(role: Role, messages: Messages, lang: Lang) -> str:
    return messages.say(Message(f"roles.{role.value}"), lang)


def _steps(rule: CommandRule, messages: Messages, words: Words, lang: Lang) -> str:
    if not rule.steps:
        return words["any-time"]
    steps = spans(rule.steps)
    for role, fewer in rule.steps_of.items():
        steps = words["only"].format(steps=steps, who=_role(role, messages, lang), fewer=spans(fewer))
    return steps


def spans(steps: tuple[int, ...]) -> str:
    """Returns steps in their order as people write them: `5`, `1–4`, `5, 7`."""
    text = str(steps[0])
    for before, step in pairwise(steps):
        text = f"{text.removesuffix(f'–{before}')}–{step}" if step == before + 1 else f"{text}, {step}"
    return text


# --- labels --------------------------------------------------------------------------------------------------


def _labels(rows: list[tuple[str, str]], words: Words, lang: Lang) -> str:
    heads = _heads("signals" if rows[0][0] in SIGNALS else "labels", words)
    return _table(heads, *(_label(name, description, lang) for name, description in rows))


def _label(name: str, description: str, lang: Lang) -> tuple[str, ...]:
    """`Set by WHOM: WHAT / Posée par QUI : QUOI` is how every label is described on GitHub."""
    english, _, french = description.partition(" / ")
    setter, _, says = (english if lang == "en" else french).partition(":")
    who = setter.removeprefix("Set by ").removeprefix("Posée par ").strip()
    steps = (spans(SIGNALS[name][1].steps),) if name in SIGNALS else ()
    return f"`{name}`", who, *steps, says.strip()
