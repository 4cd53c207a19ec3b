"""Boxes that people ticked stay ticked when a checklist is written anew; the bot's own ticks follow what is true.

    keep("- [x] done <!-- box met -->", "- [ ] done! <!-- box met -->")               "- [x] done! <!-- box met -->"
    keep("- [x] done <!-- box met -->", "- [ ] done! <!-- box met -->", {"met"})      "- [ ] done! <!-- box met -->"

A box's name, in a comment at the end of its line, is what stays the same when its words change.
"""

from __future__ import annotations

import re
from collections.abc import Set

_BOX = re.compile(r"^([ \t]*(?:[-*+]|[0-9]+[.)]) \[)([ xX])(\].*<!-- box ([^>\n]+?) -->[ \t]*)$", re.MULTILINE)


def ticked(body: str) -> frozenset[str]:
    """The names of the boxes that are ticked."""
    return frozenset(box[4] for box in _BOX.finditer(plain(body)) if box[2] != " ")


def keep(there: str, body: str, own: Set[str] = frozenset()) -> str:
    """The new body, with every box ticked that people ticked in what GitHub shows; the `own` ticks are the bot's."""
    people = ticked(there) - own
    return _BOX.sub(lambda box: box[1] + ("x" if box[4] in people else box[2]) + box[3], body)


def plain(text: str) -> str:
    """GitHub's page sends line ends as CRLF when a person edits."""
    return text.replace("\r\n", "\n").rstrip()
