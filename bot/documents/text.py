"""Cleans plain text for documents: one line, no invisible characters, ASCII slugs.

>>> slug("Élaboration de politiques")
'elaboration-de-politiques'
"""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, byte order marks and direction overrides: readers do not see them, and they can mislead.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_BLANKS = re.compile("[ \t\n]+")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O"})


class PostError(ValueError):
    """Says in one sentence what is missing or wrong in a post."""


def printable(text: str) -> str:
    """Returns `text` with LF line ends and without invisible characters."""
    return _INVISIBLE.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Returns `text` on one line with single spaces; no-break spaces inside stay, because French needs them."""
    return _BLANKS.sub(" ", printable(text)).strip()


def slug(text: str) -> str:
    """Returns lowercase ASCII letters and digits joined by hyphens, as Jekyll's `slugify: "latin"`; may be empty."""
    plain = _apart(text.translate(_LIGATURES)).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")


def _apart(text: str) -> str:
    """Separates letters from their accents, unsorted: sorting many accents on one letter would take long."""
    return "".join(unicodedata.normalize("NFKD", sign) for sign in text)


def heading_key(heading: str) -> str:
    """Returns `heading` for comparison, without case, accents and the shape of the apostrophe."""
    plain = _apart(one_line(heading).casefold().replace("’", "'"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
