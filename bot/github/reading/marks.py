"""Marks the bot's texts and names its branches, so that the bot recognises its own work.

    mark("checklist 5")          '<!-- micro-acquisition: checklist 5 -->'
    find_mark("- [x] …\\n\\n<!-- micro-acquisition: checklist 5 -->")     'checklist 5'

A mark counts only at the very end of a text, so a quotation of one of the bot's comments does not count.
"""

from __future__ import annotations

import re

from bot.pipeline.model.page import AMENDMENTS

BODY_LIMIT = 65_536
"""Characters that GitHub allows in a comment or a pull request's body."""

_KEY = r"[a-z][a-z-]*(?: [\w.@/#-]+)*"
_MARK = re.compile(rf"<!-- micro-acquisition: ({_KEY}) -->\Z")
_BRANCH = re.compile(r"(opportunity|ore)/([1-9][0-9]{0,8})(?:--([a-z]+)(?:--[0-9]+)?|-.*)?\Z")
_KINDS = {"opportunity": "posting", "ore": "ore"}


def mark(key: str) -> str:
    """Returns the mark of a text from its kind and key."""
    if not re.fullmatch(_KEY, key):
        raise ValueError(f"{key!r} cannot be a mark")
    return f"<!-- micro-acquisition: {key} -->"


def find_mark(body: str) -> str | None:
    """Returns the kind and key of the mark at the end of a text, or None."""
    # Search only the end: bodies come from other people and have up to 64 KiB.
    found = _MARK.search(body.rstrip()[-200:])
    return found[1] if found else None


def without(body: str) -> str:
    """Removes the mark from the end of a text."""
    if find_mark(body) is None:
        return body
    return body[: body.rindex("<!-- micro-acquisition: ")].rstrip()


def marked(body: str, key: str) -> str:
    """Adds the mark to a text, which it cuts at a line's end if it is too long for GitHub."""
    end = "\n\n" + mark(key)
    if len(body) + len(end) > BODY_LIMIT:
        body = body[: BODY_LIMIT - len(end) - 3].rpartition("\n")[0].rstrip() + "\n\n…"
    return body + end


def of_branch(branch: str) -> tuple[str, int] | None:
    """Returns the kind of pull request and the issue number in a branch's name, such as `opportunity/12-parser`.

    The branch of an amendment has two hyphens, because no title's slug begins with one: `opportunity/12--winner`.
    """
    found = _BRANCH.match(branch)
    if not found:
        return None
    kind = found[3] if found[1] == "opportunity" and found[3] in AMENDMENTS else _KINDS[found[1]]
    return kind, int(found[2])


def of_pull(body: str) -> tuple[str, int] | None:
    """Returns the kind of pull request and the issue number in the mark of its body, such as `posting 12`."""
    kind, _, number = (find_mark(body) or "").partition(" ")
    if kind in (*_KINDS.values(), *AMENDMENTS) and re.fullmatch("[1-9][0-9]{0,8}", number):
        return kind, int(number)
    return None
