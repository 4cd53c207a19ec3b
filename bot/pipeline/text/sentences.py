"""Parts the sentences that a person writes in a comment from quotations, code, HTML and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.pipeline.text.letters import folded

_MARKDOWN = MarkdownIt("commonmark")
_ASIDE = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|«[^«»\n]*»|~~[^~\n]+~~|https?://\S*[^\s?.,;:!)\]»]")
"""Parts of a sentence that are not the writer's own words: quotations, struck text, addresses of pages."""

_ENDS = re.compile(r"(?<=[?!])[)\]]*\s+|(?<=[.…])[)\]]*\s+(?![a-zà-ÿ])|\n(?![a-zà-ÿ])")
"""The ends of sentences. A line that begins with a small letter continues the one before."""


def own_words(text: str) -> Iterator[tuple[Token, bool]]:
    """Yields each run of text outside quotations, code blocks and HTML, and whether it begins an item of a list."""
    quotes, tokens = 0, _MARKDOWN.parse(text)
    for index, token in enumerate(tokens):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        if token.type == "inline" and not quotes:
            yield token, index >= 2 and tokens[index - 2].type == "list_item_open"


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yields each sentence twice, equally long: masked except for the writer's own words, and as it is."""
    for token, _ in own_words(text):
        masked = written = ""
        for child in token.children or []:
            if child.type == "code_inline":
                code = f"{child.markup}{child.content}{child.markup}"
                masked, written = masked + "x" * len(code), written + code
            elif child.type in ("softbreak", "hardbreak"):
                masked, written = f"{masked}\n", f"{written}\n"
            elif child.type == "text":
                masked, written = masked + child.content, written + child.content
        masked = _ASIDE.sub(lambda aside: "x" * len(aside[0]), masked)
        start = 0
        for end in [*(match.end() for match in _ENDS.finditer(masked)), len(masked)]:
            if masked[start:end].strip():
                yield masked[start:end], written[start:end]
            start = end


def comparable(sentence: str) -> str:
    """Prepares a sentence for comparison: no case, no accents, one kind of blank and apostrophe."""
    return " ".join(folded(sentence).replace("’", "'").split())
