"""Reading Markdown as GitHub reads it: whom a text notifies, and which issues it links."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark")
_PING = re.compile(r"(?<!\w)@([a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}(?:/[\w.-]+\w)?)", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:(?<!&)#|\bgh-)(\d+)\b", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def pinged(markdown: str) -> set[str]:
    """The logins that GitHub notifies: mentions in the text that is shown, outside of code and links."""
    return {login for text in _shown(markdown) for login in _PING.findall(text)}


@lru_cache(maxsize=10_000)
def references(markdown: str) -> set[str]:
    """The numbers of issues that GitHub links by itself, and where it leaves a note."""
    return {number for text in _shown(markdown) for number in _REFERENCE.findall(text)}


def _shown(markdown: str) -> list[str]:
    texts = []
    for token in _MARKDOWN.parse(markdown):
        if token.type == "html_block":
            texts.append(re.sub(r"<!--.*?-->|<[^>]*>", "\0", token.content, flags=re.DOTALL))
        links = 0
        line = []
        for part in token.children or ():
            links += {"link_open": 1, "link_close": -1}.get(part.type, 0)
            line.append(part.content if part.type == "text" and not links else "\0")
        texts.append("".join(line))
    return texts
