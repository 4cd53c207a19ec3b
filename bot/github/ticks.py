"""Boxes that people ticked stay ticked when a checklist is written anew.

    keep("- [x] done <!-- box met -->", "- [ ] done! <!-- box met -->")      "- [x] done! <!-- box met -->"

A box's name, in a comment at the end of its line, is what stays the same when its words change.
"""

from __future__ import annotations

import re

_BOX = re.compile(r"^([ \t]*(?:[-*+]|[0-9]+[.)]) \[)([ xX])(\].*<!-- box ([^>\n]+?) -->[ \t]*)$", re.MULTILINE)


def keep(there: str, body: str) -> str:
    """The new body, with every box ticked that is ticked in what GitHub shows."""
    ticked = {box[4] for box in _BOX.finditer(plain(there)) if box[2] != " "}
    return _BOX.sub(lambda box: box[1] + ("x" if box[4] in ticked else box[2]) + box[3], body)


def plain(text: str) -> str:
    """GitHub's page sends line ends as CRLF when a person edits."""
    return text.replace("\r\n", "\n").rstrip()
