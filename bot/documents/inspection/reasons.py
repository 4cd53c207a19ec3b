"""Explains why a few lines differ from what the bot would write, and tells whether the check fails for it.

It fails for lines that markdownlint or the site's layouts refuse, and not for the bot's own style.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.documents.posts.post import WORDING
from bot.pipeline.model.words import Line, Message

_TEMPLATE = re.compile(r"\{\{|\{%")
_TAG = re.compile(r"(?i)<!--|</?[a-z][\w-]*(?:\s[^<>]*)?/?>?(?![\w:@.])")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_BOLD = re.compile(r"(\*\*|__)[^*_]+\1")
_ITEM = re.compile(r"([ \t]*)([-*+]|\d+[.)])[ \t]+(.*)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(\S*)")
_STARTS = re.compile(r" {0,3}(?:[-*+][ \t]|1[.)][ \t])")
_ALONE = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|`{3,}|~{3,})")
_GLUED = re.compile(r" {0,3}#{1,6}[^\s#]")
_LINK = re.compile(
    r"!\[\s*\]\(|\[[^\]]*\]\(\s*#?\s*\)|(?i:\[(?:click here|here|link|more)\])\(|\[\s[^\]]*\]\(|\[[^\]]*\s\]\(|\)\["
)
_RELATIVE = re.compile(r"(?i)\]\((?!https?:|mailto:)[^)]+\)")
_APPLY: Final = tuple(words.apply.partition("{}")[0] for words in WORDING.values())


@dataclass(frozen=True)
class Hunk:
    """Lines `old`, at index `at` of `page`, that become `new`, at index `there` of `wanted`."""

    at: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    kept: int
    """The number of lines before them that the suggestion repeats."""
    page: tuple[str, ...]
    wanted: tuple[str, ...]
    there: int

    @property
    def around(self) -> tuple[str, str]:
        """Returns the lines before and after, "" if there are none."""
        after = self.at + len(self.old)
        return (self.page[self.at - 1] if self.at else "", self.page[after] if after < len(self.page) else "")


def reason(hunk: Hunk, own: Sequence[str]) -> tuple[Message, bool]:
    """Returns the message, and whether the check fails. `own` are the lines of the page's headings."""
    old, new = "\n".join(hunk.old), "\n".join(hunk.new)
    if _TEMPLATE.search(old):
        return Message("inspect.template"), True
    if any(old.count(tag) > new.count(tag) for tag in _TAG.findall(old) if not re.match(r"(?i)<[bh]r\b", tag)):
        return Message("inspect.html"), True
    for line in own:
        if line in hunk.new and line not in hunk.old:
            return Message("inspect.heading-own", heading=Line(line)), True
    if "<hr/>" in hunk.new and "<hr/>" not in hunk.old:
        return Message("inspect.rule", rule=Line("<hr/>")), True
    if any(line.startswith(_APPLY) for line in hunk.new):
        return Message("inspect.address"), True
    return _blanks(hunk) or _heading(hunk) or _item(hunk) or _rest(hunk)


def _filled(lines: Sequence[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()]


def _blanks(hunk: Hunk) -> tuple[Message, bool] | None:
    """Explains differences that no reader sees: blank lines, blanks at the end of a line, tabs."""
    if any("\t" in line for line in hunk.old):
        return Message("inspect.tab"), True
    if _filled(hunk.old) != list(_filled(hunk.new)):
        return None
    blank_old, blank_new = len(hunk.old) - len(_filled(hunk.old)), len(hunk.new) - len(_filled(hunk.new))
    if blank_new > blank_old:
        return Message("inspect.blank-around"), _crowded(hunk)
    if blank_new < blank_old:
        before, after = hunk.around
        run = "\n".join("" if not line.strip() else "x" for line in [before or "", *hunk.old, after or ""])
        at_end = hunk.at + len(hunk.old) >= len(hunk.page)
        return Message("inspect.blank-several"), "\n\n\n" in run or at_end or not before or not after
    return Message("inspect.trailing"), _trails(hunk)


def _trails(hunk: Hunk) -> bool:
    """Checks that a line ends in blanks; two are a line break, which markdownlint accepts."""
    return any(line != line.rstrip() and not re.search(r"(?<! ) {2}$", line) for line in hunk.old)


def _crowded(hunk: Hunk) -> bool:
    """Checks that a heading, a fence or the start of a list touches the text around it."""
    before, after = hunk.around
    lines = [before, *hunk.old, after]
    for one, other in pairwise(lines):
        if not one.strip() or not other.strip():
            continue
        if _ALONE.match(one) or _ALONE.match(other):
            return True
        if _STARTS.match(other) and not _ITEM.match(one) and not one.startswith((" ", ">")):
            return True
    return False


def _heading(hunk: Hunk) -> tuple[Message, bool] | None:
    titles = [found for line in hunk.new if (found := _HEADING.match(line))]
    if not titles:
        return None
    before = [found for line in hunk.old if (found := _HEADING.match(line))]
    shown = Line(titles[0][0])
    if any(_BOLD.fullmatch(line.strip()) for line in hunk.old):
        return Message("inspect.bold", heading=shown), True
    numbered = re.fullmatch(r"(.*) \(\d+\)", titles[0][2])
    if numbered and before and before[0][2].strip().casefold().startswith(numbered[1].casefold()):
        return Message("inspect.heading-twice", heading=Line(before[0][0].strip())), True
    if before and before[0][2].strip() == titles[0][2] and before[0][1] != titles[0][1]:
        return Message("inspect.heading-level", heading=shown), True
    return Message("inspect.heading-form", heading=shown), True


def _item(hunk: Hunk) -> tuple[Message, bool] | None:
    """Explains differences in fences and list items."""
    for one, other in zip(_filled(hunk.old), _filled(hunk.new), strict=False):
        fence, wanted = _FENCE.match(one), _FENCE.match(other)
        if fence and wanted and not fence[2] and wanted[2]:
            return Message("inspect.fence", fence=Line(other.strip())), True
        was, item = _ITEM.match(one), _ITEM.match(other)
        if not was or not item or one == other:
            continue
        if was[2].isalnum() != item[2].isalnum():
            continue
        if was[2][:-1].isdigit() and was[2] != item[2]:
            wrong = was[2][:-1] != item[2][:-1] and was[2][:-1] not in ("0", "1")
            return Message("inspect.number", number=Line(item[2])), wrong
        if was[2] != item[2]:
            signs = {found[2] for line in hunk.page if (found := _ITEM.match(line)) and not found[2][:-1]}
            return Message("inspect.sign"), len(signs) > 1
        if was[3].strip() == item[3].strip():
            return Message("inspect.indent"), not was[2][:-1] and not _numbered_above(hunk)
    return None


def _numbered_above(hunk: Hunk) -> bool:
    """Checks that the list stands in a numbered one, where markdownlint accepts any indent."""
    for line in reversed(hunk.page[: hunk.at]):
        if (found := _ITEM.match(line)) and found[2][:-1].isdigit():
            return True
        if line.strip() and not line.startswith((" ", "-", "*", "+")):
            return False
    return False


def _rest(hunk: Hunk) -> tuple[Message, bool]:
    old = "\n".join(hunk.old)
    if _LINK.search(old) or _RELATIVE.search(old):
        return Message("inspect.link"), True
    if any(_GLUED.match(line) for line in hunk.old):
        return Message("inspect.glued"), True
    if _crowded(hunk):
        return Message("inspect.blank-around"), True
    if _trails(hunk):
        return Message("inspect.trailing"), True
    return Message("inspect.style"), False
