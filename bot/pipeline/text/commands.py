"""Reads the commands that people write in comments.

A command starts a line: `/evaluate @supplier-2 pass because …`, outside quotations, code and HTML comments. Its
arguments are the rest of the line; a command that takes a text also takes the next lines, up to the next command.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token

from bot.pipeline.text.letters import folded
from bot.pipeline.text.sentences import own_words

MOST_COMMANDS = 20
"""The most commands of one comment; the bot ignores the others."""

_COMMAND = re.compile(r"^/(?P<name>[^\W\d_][\w-]*)[,.;:!]*(?:[ \t\u00a0]+(?P<args>\S.*))?$")


@dataclass(frozen=True)
class Command:
    """One command line: `name` as written, without the slash; `args` without blanks around them."""

    name: str
    args: str = ""

    def __str__(self) -> str:
        return f"/{self.name} {self.args}".strip()


COMMAND_NAMES: set[str] = set()
"""Every declared name, folded; the steps add theirs."""


def without_commands(text: str) -> str:
    """Removes the command lines from a text: words to the bot are no part of a text for suppliers."""
    lines = re.split(r"\r\n?|\n", text)
    commands = set()
    for line in _prose_lines(text):
        match = _COMMAND.match(lines[line].strip())
        if match and folded(match["name"]) in COMMAND_NAMES:
            commands.add(line)
    return "\n".join(line for number, line in enumerate(lines) if number not in commands)


def commands_in(text: str, takes_text: Callable[[str], bool] = lambda name: False) -> list[Command]:
    """Returns the commands of a comment, in order. `takes_text` tells of a folded name whether it takes a text."""
    lines = re.split(r"\r\n?|\n", text)  # CommonMark's lines, not Unicode's
    starts = {line: match for line in _prose_lines(text) if (match := _COMMAND.match(lines[line].strip()))}
    commands = []
    ends = [*starts, len(lines)][1:]
    for (line, match), end in list(zip(starts.items(), ends, strict=True))[:MOST_COMMANDS]:
        args = (match["args"] or "").lstrip(":, \u00a0")
        if takes_text(folded(match["name"])):
            args = "\n".join([args, *lines[line + 1 : end]])
        commands.append(Command(match["name"], args.strip()))
    return commands


@lru_cache(maxsize=256)
def _prose_lines(text: str) -> tuple[int, ...]:
    """Returns the numbers of the lines that begin with plain text, outside quotations, code and markup."""
    return tuple(_prose(text))


def _prose(text: str) -> Iterator[int]:
    for token, _ in own_words(text):
        if not token.map:
            continue
        (first, end), begins, position = token.map, True, 0
        line, starts = first, [0, *(found.end() for found in re.finditer("\n", token.content))]
        for child in token.children or []:
            if child.type in ("softbreak", "hardbreak"):
                line, begins = line + 1, True
                position = starts[min(line - first, len(starts) - 1)]
                continue
            if line < end and begins and child.type == "text" and child.content.lstrip().startswith("/"):
                yield line
            begins = begins and child.type == "text" and not child.content.strip()
            # code and markup may run over lines, which their tokens no longer show
            start, position = position, _after(child, token.content, position)
            line += token.content.count("\n", start, position) if child.type in ("code_inline", "html_inline") else 0


def _after(child: Token, content: str, position: int) -> int:
    """Returns the end of a token in its text."""
    if child.type == "code_inline":
        start = content.find(child.markup, position)
        return content.find(child.markup, start + len(child.markup)) + len(child.markup)
    found = content.find(child.content, position) if child.content else -1
    return position if found < 0 else found + len(child.content)


def added(before: list[Command], after: list[Command]) -> list[Command]:
    """Returns the commands that an edit added or changed, so that an edit never runs a command again."""
    left = Counter(before)
    new = []
    for command in after:
        if left[command] > 0:
            left[command] -= 1
        else:
            new.append(command)
    return new
