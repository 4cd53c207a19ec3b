"""The words of the board, the feeds and the files: the same in both languages, and all of them in use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.documents.catalogs import catalogs
from bot.documents.messages import MessageError
from tests.tools import WORDS

ROOT = Path(__file__).parents[2]
CODE = {
    "board": ("bot/web/board",),
    "ops": ("bot/web/board", "bot/monitoring"),
    "story": ("bot/published",),
    "feeds": ("bot/published",),
    "tracker": ("bot/published",),
    "ocds": ("bot/published",),
    "reference": ("tests/documents",),
}
"""Where the words of each topic are used."""

MADE = re.compile(r"""["']([\w.-]*[.-])(?:\{|["'] ~)|~ ["']([.-][\w.-]+)["']""")
"""A key that code makes of a name: how it begins, or how it ends."""


def test_what_stands_in_a_file_is_read_by_key():
    read = catalogs({"en": {"x": "# Note\n\na-b.1 = Left: {n} = 2\n"}, "fr": {"x": "a-b.1 = \u00a0: {n}\n"}})
    assert read == {"x": {"en": {"a-b.1": "Left: {n} = 2"}, "fr": {"a-b.1": "\u00a0: {n}"}}}


@pytest.mark.parametrize(
    ("english", "french", "why"),
    [
        ("a = A\nb", "a = A", "en/x.txt, line 2: write `key = words`"),
        ("a = A\na = B", "a = A", "en/x.txt, line 2: a is there twice, so remove one"),
        ("a = A\nb = B", "a = A", "en/x.txt: b is missing in fr/x.txt, so write it there too"),
        ("a = A", "a = A\nb = B", "fr/x.txt: b is missing in en/x.txt, so write it there too"),
        ("a = {n}", "a = {m}", "en/x.txt: a has other values in braces than in fr/x.txt; use the same in both"),
    ],
)
def test_a_mistake_is_named_with_its_place(english, french, why):
    with pytest.raises(MessageError, match=re.escape(why)):
        catalogs({"en": {"x": english}, "fr": {"x": french}})


def test_a_topic_in_one_language_is_a_mistake():
    with pytest.raises(MessageError, match=r"missing in en/y\.txt"):
        catalogs({"en": {"x": "a = A"}, "fr": {"x": "a = A", "y": "b = B"}})


@pytest.mark.parametrize("topic", WORDS)
def test_every_word_is_in_use(topic):
    files = [path for folder in CODE[topic] for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".html")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    starts = tuple({found[1] for found in MADE.finditer(code) if found[1]})
    ends = tuple({found[2] for found in MADE.finditer(code) if found[2]})
    variable = "ops" if topic == "ops" else "words"

    def used(key: str) -> bool:
        if topic == "story" and key[0].isupper():  # the name of a kind of fact: tests of the story hold those
            return True
        named = rf"""["']{re.escape(key)}["']|\b{variable}\.{re.escape(key)}\b"""
        return bool(re.search(named, code)) or key.startswith(starts) or key.endswith(ends)

    assert [key for key in WORDS[topic]["en"] if not used(key)] == []
