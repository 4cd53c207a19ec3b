"""Markdown as GitHub shows it, for the pages: safe, whatever anybody wrote.

HTML is shown as text, except that comments vanish, and that `<details>`, `<summary>` and a few
plain tags work. Boxes of task lists are shown, and can be ticked where they belong to a form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from hashlib import sha256
from html import escape, unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_PIECE = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))|<(?P<close>/?)(?P<name>details|summary|sub|sup|kbd|b|code|pre)>|(?P<void><(?:br|hr)\s*/?>)",
    re.DOTALL | re.IGNORECASE,
)
_BOX = re.compile(r"\[([ xX])\][ \t]+")
BOX = "task_box"


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
    box, form, key = tokens[idx], env["form"], tokens[idx].meta["key"]
    ticked = box.content != " " if env["ticked"] is None else key in env["ticked"]
    checked = " checked" if ticked else ""
    if not form:
        label = "done" if checked else "to do"
        return f'<input type="checkbox" disabled aria-label="{label}"{checked}> '
    words = (" " if one.type == "softbreak" else one.content for one in tokens if one.type in _SAID)
    label = escape("".join(words).strip() or "box")
    return f'<input type="checkbox" name="box" value="{key}" form="{form}" aria-label="{label}"{checked}> '


_SAID = ("text", "code_inline", "softbreak")


def _find_boxes(state: StateCore) -> None:
    """Finds the boxes before the words: `[ ]` at the start of an item is a box, even if it could be another mark."""
    seen: Counter[str] = Counter()
    for item, _, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and inline.type == "inline" and (match := _BOX.match(inline.content)):
            item.attrJoin("class", "task")
            inline.content = inline.content[match.end() :]
            words = sha256(inline.content.encode(errors="surrogatepass")).hexdigest()[:12]
            line = inline.map[0] if inline.map else 0
            meta = {"line": line, "key": f"{words}-{seen[words]}"}
            inline.meta["box"] = Token(BOX, "input", 0, content=match[1], meta=meta)
            seen[words] += 1


def _put_boxes(state: StateCore) -> None:
    for inline in state.tokens:
        if inline.children is not None and "box" in inline.meta:
            inline.children.insert(0, inline.meta["box"])


_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("image")
_markdown.core.ruler.before("inline", "find_boxes", _find_boxes)
_markdown.core.ruler.push("put_boxes", _put_boxes)
_markdown.add_render_rule("html_block", _html)
_markdown.add_render_rule("html_inline", _html)
_markdown.add_render_rule(BOX, _box)


def parse(text: str) -> list[Token]:
    return _markdown.parse(text)


def render(text: str | None, form: str = "", ticked: Container[str] | None = None) -> Markup:
    """As HTML. Its boxes are fields of the form of that name, if one is given; their values are their keys.

    `ticked` are the keys to show as ticked, in place of what the text says.
    """
    env: dict[str, Any] = {"open_tags": [], "form": form, "ticked": ticked}
    html = _markdown.render(text or "", env)
    closing = "".join(f"</{name}>" for name in reversed(env["open_tags"]))
    return Markup(html + closing)  # noqa: S704 - everything in it was escaped or is on the list above
