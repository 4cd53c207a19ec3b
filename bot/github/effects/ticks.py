"""Keeps the boxes that people ticked when the bot rewrites a checklist. The bot's own ticks follow its state.

    keep("- [x] done <!-- box met -->", "- [ ] done! <!-- box met -->")               "- [x] done! <!-- box met -->"
    keep("- [x] done <!-- box met -->", "- [ ] done! <!-- box met -->", {"met"})      "- [ ] done! <!-- box met -->"

The name of a box, in a comment at the end of its line, stays the same when its words change.
"""

from __future__ import annotations

import re
from collections.abc import Set

_BOX = re.compile(r"^([ \t]*(?:[-*+]|[0-9]+[.)]) \[)([ xX])(\].*<!-- box ([^>\n]+?) -->[ \t]*)$", re.MULTILINE)


def ticked(body: str) -> frozenset[str]:
    """Returns the names of the ticked boxes."""
    return frozenset(box[4] for box in _BOX.finditer(plain(body)) if box[2] != " ")


def keep(there: str, body: str, own: Set[str] = frozenset()) -> str:
    """Returns the new body with the boxes that people ticked in the text `there`; `own` are the bot's ticks."""
    people = ticked(there) - own
    return _BOX.sub(lambda box: box[1] + ("x" if box[4] in people else box[2]) + box[3], body)


def plain(text: str) -> str:
    """Returns the text with LF line ends: GitHub's page sends CRLF when a person edits."""
    return text.replace("\r\n", "\n").rstrip()
