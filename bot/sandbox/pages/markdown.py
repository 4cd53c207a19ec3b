"""Markdown as GitHub shows it, for the pages: safe, whatever anybody wrote.

HTML is shown as text, except that comments vanish, and that `<details>`, `<summary>` and a few
plain tags work. Boxes of task lists are shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_PIECE = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))|<(?P<close>/?)(?P<name>details|summary|sub|sup|kbd)>|(?P<void><(?:br|hr)\s*/?>)",
    re.DOTALL | re.IGNORECASE,
)
_BOX = re.compile(r"\[([ xX])\]\s+")


def _text(html: str) -> str:
    return escape(unescape(html))  # an `&amp;` somebody wrote is an ampersand, not five characters


def _allowed(html: str, open_tags: list[str]) -> str:
    """Comments out, the few known tags through, the rest as text. Closing what is not open is dropped."""
    out, at = [], 0
    for match in _PIECE.finditer(html):
        out.append(_text(html[at : match.start()]))
        at = match.end()
        if match["void"]:
            out.append("<hr>" if "hr" in match["void"].lower() else "<br>")
        elif name := (match["name"] or "").lower():
            if not match["close"]:
                open_tags.append(name)
                out.append(f"<{name}>")
            elif name in open_tags:
                while (last := open_tags.pop()) != name:
                    out.append(f"</{last}>")
                out.append(f"</{name}>")
    return "".join([*out, _text(html[at:])])


def _html(self: RendererProtocol, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return _allowed(tokens[idx].content, env["open_tags"])


def _box(self: RendererProtocol, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    ticked = tokens[idx].content != " "
    label, checked = ("done", " checked") if ticked else ("to do", "")
    return f'<input type="checkbox" disabled aria-label="{label}"{checked}> '


def _task_lists(state: StateCore) -> None:
    for item, _, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or inline.type != "inline" or not inline.children:
            continue
        first = inline.children[0]
        if match := _BOX.match(first.content):
            item.attrJoin("class", "task")
            first.content = first.content[match.end() :]
            inline.children.insert(0, Token("task_box", "input", 0, content=match[1]))


_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("image")
_markdown.core.ruler.push("task_lists", _task_lists)
_markdown.add_render_rule("html_block", _html)
_markdown.add_render_rule("html_inline", _html)
_markdown.add_render_rule("task_box", _box)


def render(text: str | None) -> Markup:
    env: dict[str, list[str]] = {"open_tags": []}
    html = _markdown.render(text or "", env)
    closing = "".join(f"</{name}>" for name in reversed(env["open_tags"]))
    return Markup(html + closing)  # noqa: S704 - everything in it was escaped or is on the list above
