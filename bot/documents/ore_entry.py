"""What a release of the Open Resource Exchange says, and how its schema names and orders it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.documents.ore_yaml import Value
from bot.documents.text import one_line


@dataclass(frozen=True)
class Bilingual:
    """The same thing in both official languages."""

    en: str
    fr: str


@dataclass(frozen=True)
class Licence:
    """A licence of the code: where it can be read, and its SPDX id."""

    url: Bilingual
    spdx: str


@dataclass(frozen=True)
class Entry:
    """One release in the Open Resource Exchange; the names of the fields are those of people, not of the schema.

    `created` and `updated` are calendar days: of the entry's first version and of this one.
    """

    email: str
    contact_name: str | None
    created: date
    updated: date
    what: Bilingual
    how: Bilingual | None
    category: str
    name: Bilingual
    licences: tuple[Licence, ...]
    repository: Bilingual
    tags_en: tuple[str, ...]
    tags_fr: tuple[str, ...]
    download: Bilingual | None = None
    homepage: Bilingual | None = None
    languages: tuple[str, ...] = ()
    status: str | None = None
    team: Bilingual | None = None


def release(entry: Entry) -> dict[str, Value]:
    """`entry` as the schema names and orders it."""
    contact: dict[str, Value] = {"email": one_line(entry.email)}
    if entry.contact_name is not None:
        contact["name"] = one_line(entry.contact_name)
    description: dict[str, Value] = {"whatItDoes": _both(entry.what)}
    if entry.how is not None:
        description["howItWorks"] = _both(entry.how)
    release: dict[str, Value] = {
        "contact": contact,
        "date": {"created": entry.created.isoformat(), "metadataLastUpdated": entry.updated.isoformat()},
        "description": description,
        "category": one_line(entry.category),
        "name": _both(entry.name),
        "licences": [{"URL": _both(each.url), "spdxID": one_line(each.spdx)} for each in entry.licences],
        "repositoryURL": _both(entry.repository),
        "tags": {"en": _each(entry.tags_en), "fr": _each(entry.tags_fr)},
    }
    if entry.download is not None:
        release["downloadURL"] = _both(entry.download)
    if entry.homepage is not None:
        release["homepageURL"] = _both(entry.homepage)
    if entry.languages:
        release["languages"] = _each(entry.languages)
    if entry.status is not None:
        release["status"] = one_line(entry.status)
    if entry.team is not None:
        release["team"] = _both(entry.team)
    return release


def _both(texts: Bilingual) -> dict[str, Value]:
    return {"en": one_line(texts.en), "fr": one_line(texts.fr)}


def _each(texts: Iterable[str]) -> list[Value]:
    return [one_line(text) for text in texts]
