"""Prepares text for comparison and for one line."""

from __future__ import annotations

import re
import unicodedata


def folded(name: str) -> str:
    """A name or heading as it is compared: no case, no accents.

    Letter by letter, because to order many accents on one letter takes long, and all go.
    """
    letters = (unicodedata.normalize("NFKD", letter) for letter in name)
    return "".join(char for letter in letters for char in letter if not unicodedata.combining(char)).casefold()


def on_one_line(text: str) -> str:
    """A text as one line, in which no-break spaces stay what they are: French needs them."""
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip()
