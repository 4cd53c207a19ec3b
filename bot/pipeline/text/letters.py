"""Prepares text for comparison and for one line."""

from __future__ import annotations

import re
import unicodedata


def unaccented(text: str) -> str:
    """Removes accents, letter by letter, because Unicode takes long to order many accents on one letter."""
    letters = (unicodedata.normalize("NFKD", letter) for letter in text)
    return "".join(char for letter in letters for char in letter if not unicodedata.combining(char))


def folded(name: str) -> str:
    """Prepares a name or heading for comparison: no case, no accents."""
    return unaccented(name).casefold()


def on_one_line(text: str) -> str:
    """Puts a text on one line, and keeps no-break spaces, which French needs."""
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip()
