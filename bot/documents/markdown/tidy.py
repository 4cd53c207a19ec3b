"""Rewrites people's Markdown in the style of the Micro-Acquisition site and its markdownlint.

    >>> tidy("# Tests\\n* first\\n* second {{ x }}").text
    '#### Tests\\n\\n- first\\n- second &#123;{ x }}'

No text of people can become a heading of the page, HTML, a template or one of the bot's own marks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from markdown_it.tree import SyntaxTreeNode

from bot.documents.markdown import inline
from bot.documents.markdown.runs import Run, runs
from bot.documents.text import printable

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r'<pre><code class="language-([^"]*)">(.*)</code></pre>\s*', re.DOTALL)
_ALIGNMENT = {"": "---", "text-align:left": ":--", "text-align:center": ":-:", "text-align:right": "--:"}
_BOLD = 7  # the rank of a line that is only bold, used as a heading: below any real one

Lines = list[str]


@dataclass(frozen=True)
class Tidied:
    """Markdown for one section, the headings that it adds, and the next number for each repeated heading."""

    text: str
    headings: tuple[str, ...]
    numbers: Mapping[str, int]


@dataclass
class _Headings:
    """The headings of one section during writing: each stands once on the page, and none skips a level."""

    top: int
    taken: set[str]
    ranks: list[int] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)

    def line(self, rank: int, words: str) -> Lines:
        title = " ".join(words.split()).replace("<br/>", " ").strip(" .,;:!。，；：！")
        title = re.sub(r"(?<![\\#])#+$", lambda signs: r"\#" * len(signs[0]), title.rstrip("\\"))
        if not title:
            return []
        while self.ranks and self.ranks[-1] >= rank:
            self.ranks.pop()
        self.ranks.append(rank)
        unique, key = title, title.casefold()
        number = self.numbers.get(key, 2)  # numbers stay in use, so continue from there
        while unique.casefold() in self.taken:
            unique, number = f"{title} ({number})", number + 1
        self.numbers[key] = number
        self.taken.add(unique.casefold())
        self.added.append(unique)
        return ["#" * min(6, self.top - 1 + len(self.ranks)) + " " + unique]


@dataclass(frozen=True)
class _Inside:
    """The inside of a list or a quotation, where no heading can stand."""

    quoted: bool


def tidy(
    text: str, *, top: int = 4, taken: Collection[str] = (), numbers: Mapping[str, int] = MappingProxyType({})
) -> Tidied:
    """Rewrites `text`; its highest heading gets level `top`, and no heading equals one of `taken`.

    `numbers` come from the earlier sections, whose headings are in `taken`.
    """
    lowered = {name.casefold() for name in taken}
    result = Tidied(printable(text), (), {})
    cache: inline.InlineCache = {}
    for _ in range(4):  # a pass can leave text alone on its line, so repeat it
        headings = _Headings(top, set(lowered), numbers=dict(numbers))
        again = Tidied(
            _joined(_blocks(inline.blocks(result.text.expandtabs(4), cache), headings)),
            tuple(headings.added),
            headings.numbers,
        )
        if again.text == result.text:
            return again
        result = again
    return result


def _joined(blocks: Iterable[Lines], *, tight: bool = False) -> str:
    return ("\n" if tight else "\n\n").join("\n".join(lines) for lines in blocks if lines)


def _blocks(nodes: Sequence[SyntaxTreeNode], place: _Headings | _Inside) -> list[Lines]:
    """Writes each block as lines; `place` is the section's headings, or the inside of a list or quotation."""
    blocks: list[Lines] = []
    for node in runs(nodes):
        match node.type:
            case "bullet_list" | "ordered_list" if isinstance(node, Run):
                blocks.append(_list(node, quoted=isinstance(place, _Inside) and place.quoted))
            case "blockquote" if isinstance(node, Run):
                inner = _blocks([child for part in node.parts for child in part], _Inside(quoted=True))
                if isinstance(place, _Inside) and place.quoted:
                    blocks += inner  # MD027 refuses a quotation inside a quoted list
                elif inner:
                    blocks.append([f"> {line}".rstrip() for line in _split(_joined(inner))])
            case "html_block" if isinstance(node, SyntaxTreeNode):
                blocks += _html(node, place)
            case _ if isinstance(node, SyntaxTreeNode):
                blocks.append(_block(node, place))
    return [block for block in blocks if block]


def _block(node: SyntaxTreeNode, place: _Headings | _Inside) -> Lines:
    match node.type:
        case "heading":
            words = _words(node)
            return place.line(int(node.tag[1]), words) if isinstance(place, _Headings) else _split(words)
        case "paragraph":
            return _paragraph(node, place)
        case "fence" | "code_block":
            return _fence(node.content, node.info)
        case "table":
            return _table(node)
        case "hr":
            return ["---"] if isinstance(place, _Headings) else []
    return []


def _words(node: SyntaxTreeNode) -> str:
    return inline.write_inline(node.children[0]).replace("<br/>", " ").replace("\n", " ") if node.children else ""


def _split(text: str) -> Lines:
    return text.split("\n") if text else []


def _paragraph(node: SyntaxTreeNode, place: _Headings | _Inside) -> Lines:
    """Writes a paragraph; if all of it is bold it becomes a heading, other emphasis of all is removed (MD036)."""
    text = inline.write_inline(node.children[0])
    only = re.fullmatch(r"(\*{1,3})((?:[^*\\]|\\.)+)\1", text)
    if not only or node.hidden or only[2].endswith((".", "?", "!", "。", "？", "！")):
        return _split(text)
    if len(only[1]) == 1 and only[2].endswith((",", ";", ":")):
        return _split(text)
    if len(only[1]) > 1 and len(only[2]) <= 100 and isinstance(place, _Headings):
        return place.line(_BOLD, only[2])
    return _split(only[2])


def _html(node: SyntaxTreeNode, place: _Headings | _Inside) -> list[Lines]:
    """Writes HTML: removes comments, shows tags as text, and recognises code that the bot wrote as references."""
    content = node.content
    if code := _CODE.fullmatch(content):
        return [_fence(html.unescape(code[2]), code[1])]
    if re.fullmatch(r"<hr\s*/?>\s*", content):
        return [["---"]] if isinstance(place, _Headings) else []
    commented, end, after = content.rpartition("-->")  # a comment without an end would slow the search
    shown = _COMMENT.sub("", commented + end) + after
    cache, depth = node.meta["cache"], node.meta["depth"] + 1
    return _blocks(inline.blocks(shown.expandtabs(4), cache, with_html=shown != content, depth=depth), place)


def _fence(content: str, info: str) -> Lines:
    lines = [line.rstrip() for line in content.expandtabs(4).rstrip().split("\n")]
    named = re.match(r"[\w+#.-]+", info.strip())
    language = named[0] if named else "text"
    filled = [line for line in lines if line]
    if not filled:
        return []
    if all(re.match(r"\s*\$ ", line) for line in filled):  # MD014 refuses prompts before commands without output
        lines = [re.sub(r"^(\s*)\$ ", r"\1", line) for line in lines]
    code = "\n".join(lines)
    if inline.forbidden_in_code(code):
        return _as_references(lines, language)
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    return [f"{ticks}{language}", *lines, ticks]


def _as_references(code: Sequence[str], language: str) -> Lines:
    """Writes code where a fence cannot stand, without empty lines, which could end the block."""
    shown = inline.escape_code("\n".join(code)).replace("\n\n", "\n&#10;").replace("\n\n", "\n&#10;")
    return _split(f'<pre><code class="language-{language}">{shown}</code></pre>')


def _table(node: SyntaxTreeNode) -> Lines:
    rows = [row for part in node.children for row in part.children]
    if len(rows) == 1:  # only a header, which the site's markdownlint reads as a list
        return _split(r" \| ".join(_words(cell) for cell in rows[0].children).strip())
    lines = ["| " + " | ".join(_words(cell) for cell in row.children) + " |" for row in rows]
    rule = "| " + " | ".join(_ALIGNMENT[str(cell.attrs.get("style", ""))] for cell in rows[0].children) + " |"
    return [re.sub(r"(?<! ) {2,}+(?=\|)", " ", line) for line in (lines[0], rule, *lines[1:])]


def _list(run: Run, *, quoted: bool) -> Lines:
    items: list[str] = []
    for part in run.parts:
        if blocks := _blocks(part, _Inside(quoted)):
            if blocks[0][0].startswith("```"):  # kramdown reads no fence right after a list marker
                blocks[0] = _as_references(blocks[0][1:-1], blocks[0][0].strip("`"))
            items.append(_joined(blocks, tight=run.tight))
    written: list[Lines] = []
    for number, text in enumerate(items, 1):
        marker = "- " if run.type == "bullet_list" else f"{number}. "
        indent = " " * len(marker)
        written.append(_split((marker + text.replace("\n", "\n" + indent)).replace(indent + "\n", "\n")))
    return _split(_joined(written, tight=run.tight))
