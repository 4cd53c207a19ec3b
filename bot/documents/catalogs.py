"""The short words of pages, feeds, files and tables: one plain text file per topic, the same keys in both languages.

A file of `config/messages/en`, such as `board.txt`, holds a line for each key:

    closes = Closes
    left = {days} days left

Words are plain text, without Markdown: whoever writes them into HTML, XML or a table escapes them there. A name in
braces stands for a value; `str.format` puts it in. A line that begins with `#` is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.documents.messages import MessageError
from bot.pipeline.text.language import LANGS, OTHER_LANG, Lang

Words = Mapping[str, str]
"""The words of one topic in one language, by key."""

Catalog = Mapping[Lang, Words]
"""The words of one topic in both languages."""

_LINE = re.compile(r"([\w.-]+) = (.+)")
_VALUE = re.compile(r"{\w+}")


def catalogs(files: Mapping[Lang, Mapping[str, str]]) -> dict[str, Catalog]:
    """Returns the words of each topic. `files` are the texts by language and topic, which the caller read.

    Raises MessageError, which begins with the file, where a line is broken, or a topic, a key or a value in braces is
    in one language only.
    """
    read: dict[Lang, dict[str, dict[str, str]]] = {
        lang: {topic: _words(f"{lang}/{topic}.txt", text) for topic, text in files[lang].items()} for lang in LANGS
    }
    for lang, other in OTHER_LANG.items():
        for topic, words in read[lang].items():
            _compare(words, read[other].get(topic, {}), f"{lang}/{topic}.txt", f"{other}/{topic}.txt")
    return {topic: {lang: read[lang][topic] for lang in LANGS} for topic in read["en"]}


def require_all(own: Mapping[str, Catalog], ours: Mapping[str, Catalog], place: str) -> None:
    """Raises MessageError unless `own` has each word of `ours`, with the same values. `place` names where `ours` are.

    An operator's own folder may be older than the bot, and then lack a word in both languages.
    """
    for topic, catalog in ours.items():
        words = own.get(topic, {}).get("en", {})
        for key, text in catalog["en"].items():
            if set(_VALUE.findall(words.get(key, ""))) != set(_VALUE.findall(text)) or key not in words:
                raise MessageError(f"en/{topic}.txt: {key} is missing or has other values; see {place}/en/{topic}.txt")


def _words(file: str, text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise MessageError(f"{file}, line {number}: write `key = words`")
        if found[1] in words:
            raise MessageError(f"{file}, line {number}: {found[1]} is there twice, so remove one")
        words[found[1]] = found[2]
    return words


def _compare(words: Words, others: Words, file: str, other: str) -> None:
    for key, text in words.items():
        if key not in others:
            raise MessageError(f"{file}: {key} is missing in {other}, so write it there too")
        if set(_VALUE.findall(text)) != set(_VALUE.findall(others[key])):
            raise MessageError(f"{file}: {key} has other values in braces than in {other}; use the same in both")
