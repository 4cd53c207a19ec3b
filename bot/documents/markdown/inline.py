r"""Rewrites the Markdown of a paragraph that people wrote, so that the site shows it and runs none of it.

The site uses Jekyll, which runs Liquid and then kramdown. People write CommonMark for GitHub instead. Literal text
stays literal in both: `{{ x }}` becomes `&#123;{ x }}`, `<b>` becomes `&lt;b>`.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.documents.text import PostError

# Deeper than people write by hand; markdown-it drops text below its limit (20 by default).
_NESTING = 60
_RULES = ["table", "strikethrough"]
MARKDOWN: Final = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable(_RULES)
MARKDOWN_WITHOUT_HTML: Final = MarkdownIt("commonmark", {"maxNesting": _NESTING, "html": False}).enable(_RULES)
# These leave the text of blocks unread: `write_inline` reads it, once for equal texts.
_INLINE = ["inline", "text_join"]
BLOCKS: Final = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable(_RULES).disable(_INLINE)
_BLOCKS_WITHOUT_HTML: Final = (
    MarkdownIt("commonmark", {"maxNesting": _NESTING, "html": False}).enable(_RULES).disable(_INLINE)
)

InlineCache = dict[tuple[str, bool], str]  # the rewritten text, by the original and whether it may contain HTML

# Limits against texts that would take markdown-it seconds. People do not write such texts.
_PIECES = 50_000  # tokens: 12,000 headings or table cells, 8,000 list items
_UNCLOSED = 1_000  # markdown-it tries each as the beginning of a link, some sixty times
_QUOTED = 70_000  # lines times depth of a quotation; only lines without its signs cost more
_REPEATED = 2_000_000  # the characters of definitions where they are used
_COMMENTS = 20  # each appears when the one inside it is removed

_BREAK = "\x01"  # stands for <br/> while lines are joined; it occurs in no text
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]*]*[^\s<>\"{}|\\^`\[\]*.,;:!?')_~&]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_VAGUE = {"click here", "here", "link", "more"}  # markdownlint's MD059
_MARKS = {"em": "*", "strong": "**", "s": "~~"}


def escape(text: str) -> str:
    """Escapes literal text for CommonMark, kramdown and Liquid, except at the start of a line."""
    text = re.sub(r"[\\*\[\]|~]", r"\\\g<0>", text)
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)
    # kramdown ignores a backslash before a backtick in a table, or before a footnote's caret.
    text = _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace("`", "&#96;")
    text = re.sub(r"^\^", "&#94;", text)
    text = re.sub(r"\{(?=[{%:]|$)", "&#123;", text)
    # kramdown would turn these into mathematics, dashes and guillemets.
    text = text.replace("$$", r"\$\$").replace(">>", "&gt;&gt;")
    text = re.sub("-{2,}", lambda dashes: r"\-" * len(dashes[0]), text)
    return re.sub("!$", r"\\!", text)


def escape_code(text: str) -> str:
    """Writes code as character references, for signs that may not stand in a page even as code."""
    return re.sub(r"[!-'*+\-:<>?\[-`{-~]|(?m:(?<=\d)[.)](?=\s|$))", lambda found: f"&#{ord(found[0])};", text)


def forbidden_in_code(code: str) -> bool:
    """Checks for signs that are unsafe in code too: Liquid runs there, and a comment could forge a mark."""
    return any(sign in code for sign in ("{{", "{%", "<!--"))


def code_span(code: str) -> str:
    code = re.sub(r"\s+", " ", code).strip()
    if not code:
        return ""
    # kramdown would start a table at a pipe, even in code, and a fence at three backticks.
    if forbidden_in_code(code) or "|" in code or "``" in code:
        return f"<code>{escape_code(code)}</code>"
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", code)), default=0))
    pad = " " if code[0] == "`" or code[-1] == "`" else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def absolute(url: str) -> str | None:
    """Returns `url` for use in a link, or None if it is not absolute."""
    if not re.match(r"(?i)(https?://[^/\s]|mailto:.+@)", url):
        return None
    return _ENTITY.sub("%26", quote(url, safe="-._~:/?#@!$&'+,;=%"))


def words_of_node(node: SyntaxTreeNode) -> str:
    """Returns the words of a node without markup."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(words_of_node(child) for child in node.children)


def blocks(text: str, cache: InlineCache, *, with_html: bool = True, depth: int = 0) -> list[SyntaxTreeNode]:
    """Parses `text` into blocks for `write_inline`, which remembers its results in `cache`.

    `depth` is the number of HTML blocks around the text. PostError if reading would take too long.
    """
    if depth > _COMMENTS:
        raise PostError("A text has comments inside comments: take them out.")
    check_quotations(text)
    _check_brackets(text)
    env: dict[str, Any] = {}
    tokens = (BLOCKS if with_html else _BLOCKS_WITHOUT_HTML).parse(text, env)
    _count(env, len(tokens))
    longest = max((len(each["href"]) for each in env.get("references", {}).values()), default=0)
    if longest * text.count("[") > _REPEATED:
        raise PostError("A text uses a long link definition too often: shorten the address or use it less.")
    for token in tokens:
        if token.type in ("inline", "html_block"):
            token.meta = {"env": env, "cache": cache, "with_html": with_html, "depth": depth}
    return SyntaxTreeNode(tokens).children


def check_quotations(text: str) -> None:
    """Raises PostError for a deep quotation of many lines, because markdown-it reads each line at every depth."""
    cost = depth = 0
    for line in text.split("\n"):
        signs = re.match(r"[\s\d>*+.)-]*", line)
        depth = max(depth, min(_NESTING, signs[0].count(">") if signs else 0)) if line.strip() else 0
        cost += depth
    if cost > _QUOTED:
        raise PostError("A text has a long quotation inside many others: quote it only once.")


def _check_brackets(text: str) -> None:
    unclosed = 0
    for sign in re.findall(r"[\[\]]", text):
        unclosed = unclosed + 1 if sign == "[" else max(0, unclosed - 1)
    if unclosed > _UNCLOSED:
        raise PostError(f"A text has more than {_UNCLOSED:,} opening brackets that are never closed: take them out.")


def _count(env: dict[str, Any], pieces: int) -> None:
    env["pieces"] = env.get("pieces", 0) + pieces
    if env["pieces"] > _PIECES:
        raise PostError(
            "A text has too many headings, list items, table cells or marks to be shown on one page: shorten it."
        )


def write_inline(node: SyntaxTreeNode) -> str:
    """Writes the Markdown of an `inline` node from `blocks`: one or more lines, none of which starts a block."""
    env, with_html = node.meta["env"], node.meta["with_html"]
    # A text with references depends on their definitions, so do not remember it.
    cache: InlineCache = {} if env.get("references") else node.meta["cache"]
    key = (node.content, with_html)
    if key not in cache:
        reader = MARKDOWN if with_html else MARKDOWN_WITHOUT_HTML
        cache[key] = _write(_parse(node.content, reader, env), cache)
    return cache[key]


def _write(node: SyntaxTreeNode, cache: InlineCache) -> str:
    text = _lines(node, emphasised=True)
    if _has_marks(node):
        if _lines(_parse(text), emphasised=True) != text:
            # Adjacent marks would show as stars: leave out the emphasis.
            return _lines(node, emphasised=False)
        cache[text, True] = text
    return text


def _has_marks(node: SyntaxTreeNode) -> bool:
    return any(child.type in _MARKS or (child.type == "link" and _has_marks(child)) for child in node.children)


def _parse(text: str, reader: MarkdownIt = MARKDOWN, env: dict[str, Any] | None = None) -> SyntaxTreeNode:
    tokens = reader.parseInline(text, env)
    parts = tokens[0].children or []
    if env is not None:
        _count(env, len(parts))
    if any(token.level > _NESTING for token in parts):
        raise PostError(f"A text has emphasis or links more than {_NESTING} deep inside each other: write it plainly.")
    return SyntaxTreeNode(tokens).children[0]


def _lines(node: SyntaxTreeNode, emphasised: bool) -> str:
    text = _children(node.children, emphasised, linked=False)
    text = re.sub(rf"[\s{_BREAK}]+", lambda run: f"{_BREAK}\n" if _BREAK in run[0] else run[0], text)
    text = text.strip(f"\n {_BREAK}")
    # kramdown reads two backslashes at the end of a line as a line break.
    lines = [re.sub(r"\\\\$", "&#92;", line.strip()) for line in text.split("\n")]
    started = [_start(line) for line in _joined([line for line in lines if line])]
    return "\n".join(started).replace(_BREAK, "<br/>")


def _joined(lines: list[str]) -> list[str]:
    """Joins a bold line in a paragraph with the line before it, because it would look like a heading."""
    joined: list[str] = []
    for line in lines:
        lonely = re.fullmatch(r"\*\*[^*]+\*\*", line) or (
            len(joined) == 1 and re.fullmatch(r"\*\*[^*]+\*\*", joined[0])
        )
        if joined and lonely and not joined[-1].endswith(_BREAK):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return joined


def _start(line: str) -> str:
    """Escapes the first characters of a line, so that they open no block here or in kramdown."""
    line = re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", line)
    line = re.sub(r"^>", "&gt;", line)
    return re.sub(r"^([-+](?=[\s=]|$)|[#=:])", r"\\\1", line)


def _children(nodes: list[SyntaxTreeNode], emphasised: bool, linked: bool) -> str:
    parts: list[str] = []
    code: list[str] | None = None  # the parts inside <code>, which `code_span` writes
    closed = any(node.type == "html_inline" and node.content == "</code>" for node in nodes)
    for node in nodes:
        tag = node.content.lower() if node.type == "html_inline" else ""
        if code is not None:
            if tag == "</code>":
                parts.append(code_span("".join(code)))
                code = None
            else:
                code.append(node.content if tag else words_of_node(node))
        elif closed and tag == "<code>":
            code = []
        else:
            parts.append(_one(node, emphasised, linked))
    if code is not None:
        parts.append(escape("<code>" + "".join(code)))
    return "".join(parts)


def _one(node: SyntaxTreeNode, emphasised: bool, linked: bool) -> str:
    match node.type:
        case "text":
            return escape(node.content) if linked else _with_links(node.content)
        case "softbreak":
            return "\n"
        case "hardbreak":
            return _BREAK
        case "code_inline":
            return code_span(node.content)
        case "html_inline":
            return _tag(node.content)
        case "image":
            return _image(node, linked)
        case "link":
            return _link(node, emphasised)
        case _:
            return _emphasis(node, emphasised, linked)


def _tag(tag: str) -> str:
    if tag.startswith("<!--"):
        return ""
    return _BREAK if re.fullmatch(r"(?i)<br\s*/?>", tag) else escape(tag)


def _emphasis(node: SyntaxTreeNode, emphasised: bool, linked: bool) -> str:
    text = _children(node.children, emphasised, linked)
    mark = _MARKS.get(node.type, "")
    parent = node.parent
    if not emphasised or not text.strip() or (parent is not None and parent.type == node.type):
        return text
    return f"{mark}{text}{mark}"


def _with_links(text: str) -> str:
    """Writes bare addresses in angle brackets, because GitHub links them and kramdown does not."""
    parts: list[str] = []
    end = 0
    for found in _URL.finditer(text):
        if absolute(found[0]) == found[0]:
            parts += [escape(text[end : found.start()]), f"<{found[0]}>"]
            end = found.end()
    return "".join([*parts, escape(text[end:])])


def _link(node: SyntaxTreeNode, emphasised: bool) -> str:
    written = str(node.attrs.get("href", ""))
    text = _children(node.children, emphasised, linked=True).strip()
    url = absolute(written)
    if url is None:
        # The site's check of links would fail the pull request for a relative address.
        return text if not written or written.startswith("#") else f"{text} ({escape(written)})"
    words = words_of_node(node).strip()
    if not text or node.markup == "autolink" or words in (written, url) or f"mailto:{words}" == url:
        return f"<{url.removeprefix('mailto:')}>"
    if words.lower() in _VAGUE:
        text += f" ({escape(urlsplit(url).netloc or url)})"
    return f"[{text}]({url})"


def _image(node: SyntaxTreeNode, linked: bool) -> str:
    url = absolute(str(node.attrs.get("src", "")))
    alt = escape(words_of_node(node).strip())
    if url is None or (linked and not alt):
        return alt
    # An image without a text for people who cannot see it becomes a link.
    return f"![{alt}]({url})" if alt else f"<{url}>"
