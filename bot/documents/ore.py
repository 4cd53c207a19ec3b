"""The Open Resource Exchange: one delivered piece of code is one release in its administration's file.

    >>> add(None, entry, "esdc-edsc")          # a new file
    >>> add(existing, entry, "esdc-edsc")      # one block more, every earlier byte as it was

`problems` finds what the Exchange's own checks (`check`: yamale and yamllint) let through and its site
needs. The style is that of the Exchange's form, which js-yaml writes.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from bot.documents.ore_entry import Bilingual, Entry, Licence, release
from bot.documents.ore_file import OreError, administration, check, created, put_release, slugs
from bot.documents.ore_yaml import Value, block, new_file
from bot.documents.text import one_line, slug
from bot.pipeline.steps.exchange import STATUSES

__all__ = [
    "STATUSES",
    "Bilingual",
    "Entry",
    "Licence",
    "OreError",
    "Problem",
    "add",
    "administration",
    "check",
    "created",
    "problems",
    "render",
    "slugs",
]

_EMAIL = re.compile(r"[\w.!#$%&*+/=?^`{|}~'-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII | re.I)
_ADDRESS_LIMIT: Final = 2_000  # what browsers take
_SPDX_LIMIT: Final = 100  # twice the longest identifier
_REPOSITORY = re.compile(r"https://[\w.-]+\.[a-z]+/[\w.~-]+/[\w.~-]+", re.ASCII | re.I)


@dataclass(frozen=True)
class Problem:
    """Why the Exchange could not show an entry.

    `code`: missing, forbidden-character, not-email, unknown-category, unknown-status, unknown-licence,
    not-url, not-repository, name-without-letter, name-taken or dates-reversed. `field` is the path in the
    schema, such as `description.whatItDoes.fr`; `value` is what stands there.
    """

    code: str
    field: str
    value: str = ""


def problems(
    entry: Entry, *, categories: Container[str], taken_slugs: tuple[Container[str], Container[str]]
) -> list[Problem]:
    """Everything that the schema does not catch and the site needs, in the order of the schema's keys.

    `categories` are the codes of `_data/i18n/categories.yml`; `taken_slugs` comes from `slugs`.
    """
    return [*_checks(entry, categories, taken_slugs)]


def _checks(
    entry: Entry, categories: Container[str], taken: tuple[Container[str], Container[str]]
) -> Iterator[Problem]:
    for field, value in _leaves(release(entry)):
        if not value:
            yield Problem("missing", field)
        elif re.search(r'[<"]', value):
            yield Problem("forbidden-character", field, value)
        elif field == "contact.email" and not _EMAIL.fullmatch(value):
            yield Problem("not-email", field, value)
        elif field == "category" and value not in categories:
            yield Problem("unknown-category", field, value)
        elif field == "status" and value not in STATUSES:
            yield Problem("unknown-status", field, value)
        elif field.endswith("spdxID") and not _is_spdx(value):
            yield Problem("unknown-licence", field, value)
        elif field.startswith("repositoryURL") and not _REPOSITORY.fullmatch(value):
            yield Problem("not-repository", field, value)
        elif "URL" in field and not _is_web_address(value):
            yield Problem("not-url", field, value)
        elif field in ("name.en", "name.fr"):
            name = slug(value)
            if not name:
                yield Problem("name-without-letter", field, value)
            elif name in taken[field == "name.fr"]:
                yield Problem("name-taken", field, value)
    if entry.updated < entry.created:
        yield Problem("dates-reversed", "date.metadataLastUpdated", entry.updated.isoformat())


def _leaves(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text with its path in the schema; an empty list counts as an empty text."""
    if isinstance(value, str):
        yield path, value
    elif not value:
        yield path, ""
    else:
        pairs: Iterable[tuple[str, Value]] = (
            value.items() if isinstance(value, dict) else ((str(number), each) for number, each in enumerate(value))
        )
        for key, each in pairs:
            yield from _leaves(each, f"{path}.{key}" if path else key)


def _is_spdx(value: str) -> bool:
    """One identifier of the SPDX list, in its own spelling; no expression, no `LicenseRef-`."""
    if len(value) > _SPDX_LIMIT:
        return False
    try:
        return canonicalize_license_expression(value) == value and not re.search(r"\s|LicenseRef-", value)
    except InvalidLicenseExpression:
        return False


def _is_web_address(value: str) -> bool:
    if len(value) > _ADDRESS_LIMIT:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"\s", value)


def render(entry: Entry) -> str:
    """The block of one release, from `  - contact:` to its last line."""
    return block(release(entry))


def add(existing: str | None, entry: Entry, admin_code: str) -> str:
    """`existing` with `entry` as its last release, or in the place of the one of the same English name.

    Without a file, a new one. Every other byte stays, but for CRLF and the end of the file, which yamllint
    would refuse. OreError where `existing` is not a file of that administration.
    """
    if existing is None or not existing.strip():
        return new_file(admin_code) + render(entry)
    return put_release(existing, render(entry), name=one_line(entry.name.en), admin_code=admin_code)
