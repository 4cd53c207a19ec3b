"""The Open Resource Exchange: one delivered piece of code is one release in its administration's file.

    >>> add(None, entry, "esdc-edsc")          # a new file
    >>> add(existing, entry, "esdc-edsc")      # one block more, every earlier byte as it was

`problems` finds what the Exchange's own checks (`check`: yamale and yamllint) let through and its site
needs. The style is that of the Exchange's form, which js-yaml writes.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from bot.documents.exchange.ore_entry import Bilingual, Entry, Licence, created, release, texts
from bot.documents.exchange.ore_file import OreError, administration, check, find, put_release, slugs, twin
from bot.documents.exchange.ore_yaml import block, new_file
from bot.documents.text import one_line, slug
from bot.pipeline.exchange_entry.entry import fault

__all__ = [
    "Bilingual",
    "Entry",
    "Licence",
    "OreError",
    "Problem",
    "add",
    "administration",
    "check",
    "created",
    "find",
    "problems",
    "render",
    "slugs",
    "twin",
]


@dataclass(frozen=True)
class Problem:
    """Why the Exchange could not show an entry.

    `code`: one of those of `fault`, unknown-category or name-taken. `field` is the field's name as
    people write it, such as `what.fr`; `value` is what stands there.
    """

    code: str
    field: str
    value: str = ""


def problems(
    entry: Entry, *, categories: Container[str], taken_slugs: tuple[Container[str], Container[str]]
) -> list[Problem]:
    """Everything that the schema does not catch and the site needs.

    `categories` are the codes of `_data/i18n/categories.yml`; `taken_slugs` comes from `slugs`.
    """
    return [*_checks(entry, categories, taken_slugs)]


def _checks(
    entry: Entry, categories: Container[str], taken: tuple[Container[str], Container[str]]
) -> Iterator[Problem]:
    for field, value in texts(entry):
        if wrong := fault(field, value):
            yield Problem(wrong, field, value)
        elif field == "category" and value not in categories:
            yield Problem("unknown-category", field, value)
        elif field in ("name.en", "name.fr") and slug(value) in taken[field == "name.fr"]:
            yield Problem("name-taken", field, value)


def render(entry: Entry) -> str:
    """The block of one release, from `  - contact:` to its last line."""
    return block(release(entry))


def add(existing: str | None, entry: Entry, admin_code: str) -> str:
    """`existing` with `entry` as its last release, or in the place of the one of the same English name.

    That one's date of creation stays, and what it says that `entry` does not. Without a file, a new one. Every other
    byte stays, but for CRLF and the end of the file, which yamllint would refuse. OreError where `existing` is not a
    file of that administration, or not one that a release can be put into as text.
    """
    if existing is None or not existing.strip():
        return new_file(admin_code) + render(entry)
    return put_release(
        existing,
        lambda shape, there: block(release(entry, there), shape),
        name=one_line(entry.name.en),
        admin_code=admin_code,
    )
