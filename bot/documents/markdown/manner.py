"""Adapts the bot's Markdown to the signs of a page that people wrote: the site's lint allows one sign for one thing.

>>> Manner("* a list with _emphasis_").like("- one\\n- *two*")
'* one\\n* two'
"""

from __future__ import annotations

import re

from bot.documents.markdown import inline

# Code, an escaped sign, or a mark of emphasis; `tidy` escapes literal backticks and stars.
_PIECE = re.compile(r"(?s)(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\\.|(?P<mark>\*+)")
_ASIDE = re.compile(r"(?s)(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\\.|<[^<>\n]*>|\]\([^\])\n]*\)")


class Manner:
    """The signs of `page` for bullets, rules, fences and emphasis."""

    def __init__(self, page: str) -> None:
        self._signs = _signs(page)
        self._unlike = {len(mark) for mark in ("_", "__") if _first_mark(page, len(mark)) == mark}

    def like(self, text: str) -> str:
        """Writes `text` from `tidy` with these signs, and removes emphasis if the page uses underscores.

        Underscores cannot replace stars, because they do not mark a part of a word.
        """
        if self._unlike:
            text = _without_marks(text, self._unlike)
        lines = text.split("\n")
        for token in inline.BLOCKS.parse(text):
            first, after = token.map or (0, 0)
            sign = self._signs.get(token.type, token.markup)
            if token.type == "list_item_open" and token.markup == "-":
                lines[first] = re.sub(r"^([\s>]*)-", rf"\g<1>{sign}", lines[first])
            elif token.type == "hr":
                lines[first] = lines[first].replace("---", self._signs.get("hr", "---"))
            elif token.type == "fence" and sign[0] == "~":
                longest = max(map(len, re.findall("~+", token.content)), default=0)
                for line in (first, after - 1):
                    lines[line] = re.sub("`{3,}", "~" * max(3, 1 + longest), lines[line], count=1)
        return "\n".join(lines)


def _signs(page: str) -> dict[str, str]:
    """Returns the first sign in `page` for a bullet, a rule and a fence."""
    lines, signs = re.split("\r\n?|\n", page), dict[str, str]()
    for token in inline.BLOCKS.parse(page):
        if token.type == "hr" and token.map:  # with its spaces
            signs.setdefault(token.type, lines[token.map[0]].strip(" >"))
        elif token.type == "fence" or (token.type == "list_item_open" and token.markup in "-*+"):
            signs.setdefault(token.type, token.markup)
    return signs


def _first_mark(page: str, length: int) -> str | None:
    """Returns the first run of `length` signs that begins emphasis in `page`, outside code and addresses."""
    found = re.search(rf"(?<![\w*_])([*_])\1{{{length - 1}}}(?=[^\s*_])", _ASIDE.sub("", page))
    return found and found[0]


def _without_marks(text: str, lengths: set[int]) -> str:
    def kept(piece: re.Match[str]) -> str:
        mark = piece["mark"]
        return piece[0] if mark is None else "*" * (len(mark) - sum(each for each in lengths if len(mark) in (each, 3)))

    plain = _PIECE.sub(kept, text)
    kinds = ([token.type for token in inline.BLOCKS.parse(each)] for each in (text, plain))
    return plain if next(kinds) == next(kinds) else text
