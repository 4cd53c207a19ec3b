"""Whatever file the Exchange has and whatever is entered: it reads back, it passes, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.exchange import ore
from bot.documents.exchange.release import Bilingual, Release, as_schema
from bot.documents.text import one_line, slug
from tests.documents.ore_files import ADMIN, ENTRIES, File, files
from tests.documents.test_ore import EXCHANGE, checked


def both(texts: Bilingual) -> dict[str, str]:
    return {"en": one_line(texts.en), "fr": one_line(texts.fr)}


def unix(text: str) -> str:
    """A file as it is left: LF, and one at its end."""
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


def releases(text: str) -> list[dict[str, Any]]:
    return yaml.safe_load(text)["releases"]


@given(ENTRIES)
@settings(deadline=None)
def test_any_entry_reads_back_equal_and_passes_the_checks(entry: Release):
    entry = replace(entry, name=replace(entry.name, en=f"New {entry.name.en}"))
    text = checked(ore.add(EXCHANGE, entry, ADMIN))
    assert text.startswith(EXCHANGE)
    read = releases(text)[-1]
    assert read["name"] == both(entry.name)
    assert read["description"]["whatItDoes"] == both(entry.what)
    updated = max(entry.created, entry.updated)
    assert read["date"] == {"created": entry.created.isoformat(), "metadataLastUpdated": updated.isoformat()}
    assert read["tags"] == {"en": [*map(one_line, entry.tags_en)], "fr": [*map(one_line, entry.tags_fr)]}
    assert read["licences"] == [{"URL": both(one.url), "spdxID": one_line(one.spdx)} for one in entry.licences]
    assert read["contact"].get("name") == ((entry.contact_name and one_line(entry.contact_name)) or None)
    assert read.get("languages", []) == [*map(one_line, entry.languages)]
    assert read["category"] == one_line(entry.category)
    assert read.get("status") == entry.status


@given(files())
@settings(deadline=None)
def test_the_files_of_these_tests_are_ones_that_the_exchange_takes(file: File):
    checked(unix(file.text))


@given(files(), ENTRIES)
@settings(deadline=None)
def test_an_entry_is_only_added_to_any_file(file: File, entry: Release):
    entry = replace(entry, name=replace(entry.name, en=f"New {entry.name.en}"))
    before, text = unix(file.text), checked(ore.add(file.text, entry, ADMIN))
    assert releases(text) == [*file.values, as_schema(entry)]
    end = next(n for n in range(len(text) + 1) if text[:n] + text[len(text) - len(before) + n :] == before)
    added = text[end : end + len(text) - len(before)]
    assert "- contact:" in added
    assert checked(ore.add(text, entry, ADMIN)) == text, "once more is no more"


@given(files(), ENTRIES, st.data())
@settings(deadline=None)
def test_an_entry_replaces_its_own_and_leaves_every_other_byte(file: File, entry: Release, data: st.DataObject):
    at = data.draw(st.integers(0, len(file.values) - 1))
    there = file.values[at]
    entry = replace(entry, name=replace(entry.name, en=there["name"]["en"]))
    text = checked(ore.add(file.text, entry, ADMIN))
    before, after = unix(file.text).split(file.releases[at])
    assert text.startswith(before)
    assert text.endswith(after)
    assert releases(text) == [*file.values[:at], as_schema(entry, there), *file.values[at + 1 :]]
    kept = releases(text)[at]
    assert kept["date"]["created"] == there["date"]["created"]
    for key in ("team", "languages", "status"):
        assert (key in kept) == (key in there or key in as_schema(entry))


@given(st.lists(files(), max_size=3))
@settings(deadline=None)
def test_the_slugs_are_those_of_a_plain_reading(several: list[File]):
    names = [value["name"] for file in several for value in file.values]
    for taken, lang in zip(ore.slugs(file.text for file in several), ("en", "fr"), strict=True):
        assert taken == {slug(name[lang]) for name in names} - {""}
