"""Parts the sentences that a person writes in a comment from quotations, code, HTML and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.pipeline.text.letters import folded

_MARKDOWN = MarkdownIt("commonmark")
_ASIDE = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|«[^«»\n]*»|~~[^~\n]+~~|https?://\S*[^\s?.,;:!)\]»]")
"""What stands in a sentence without being said: quotations, what is struck out, addresses of pages."""

_ENDS = re.compile(r"(?<=[?!])[)\]]*\s+|(?<=[.…])[)\]]*\s+(?![a-zà-ÿ])|\n(?![a-zà-ÿ])")
"""Between sentences. A line that goes on in a small letter belongs to the one before."""


def own_words(text: str) -> Iterator[tuple[Token, bool]]:
    """Each run of text outside quotations, code blocks and HTML; whether it begins an item of a list."""
    quotes, tokens = 0, _MARKDOWN.parse(text)
    for index, token in enumerate(tokens):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        if token.type == "inline" and not quotes:
            yield token, index >= 2 and tokens[index - 2].type == "list_item_open"


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence twice, equally long: with what is not said masked, to be understood, and as it is, to be shown."""
    for token, _ in own_words(text):
        masked = shown = ""
        for child in token.children or []:
            if child.type == "code_inline":
                code = f"{child.markup}{child.content}{child.markup}"
                masked, shown = masked + "x" * len(code), shown + code
            elif child.type in ("softbreak", "hardbreak"):
                masked, shown = f"{masked}\n", f"{shown}\n"
            elif child.type == "text":
                masked, shown = masked + child.content, shown + child.content
        masked = _ASIDE.sub(lambda aside: "x" * len(aside[0]), masked)
        start = 0
        for end in [*(match.end() for match in _ENDS.finditer(masked)), len(masked)]:
            if masked[start:end].strip():
                yield masked[start:end], shown[start:end]
            start = end


def comparable(sentence: str) -> str:
    """A sentence as it is compared: no case, no accents, one kind of blank and apostrophe."""
    return " ".join(folded(sentence).replace("’", "'").split())
