"""What a release of the Open Resource Exchange says, and how its schema names and orders it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.documents.exchange.ore_yaml import Value
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

    `created` and `updated` are calendar days: of the entry's first version and of this one, which is never the earlier.
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


ORDER = (
    *("contact", "date", "description", "category", "name", "licences", "repositoryURL", "tags"),
    *("downloadURL", "homepageURL", "languages", "partners", "relatedCode", "status", "team"),
)
"""The keys of a release, as the Exchange's form writes them."""


def texts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every text of `entry` by the field's name as people write it (`what.fr`), each tag by itself; "" of none."""
    both = {
        "what": entry.what,
        "how": entry.how,
        "name": entry.name,
        "repository": entry.repository,
        "download": entry.download,
        "homepage": entry.homepage,
        "team": entry.team,
    }
    for name, said in both.items():
        if said is not None:
            yield f"{name}.en", one_line(said.en)
            yield f"{name}.fr", one_line(said.fr)
    ids = tuple(each.spdx for each in entry.licences)
    for name, several in {"tags.en": entry.tags_en, "tags.fr": entry.tags_fr, "licence": ids}.items():
        yield from ((name, one_line(text)) for text in several or ("",))
    yield from (("languages", one_line(text)) for text in entry.languages)
    ones = {"contact": entry.email, "contact.name": entry.contact_name}
    ones |= {"category": entry.category, "status": entry.status}
    yield from ((name, one_line(text)) for name, text in ones.items() if text is not None)


def release(entry: Entry, there: Mapping[str, Any] | None = None) -> dict[str, Value]:
    """`entry` as the schema names and orders it.

    `there` is the release that it replaces: when that was made stays, and what it says that `entry` does not.
    """
    old = _clean(there or {})
    if not isinstance(old, dict):
        old = {}
    contact: dict[str, Value] = {"email": one_line(entry.email)}
    if entry.contact_name is not None:
        contact["name"] = one_line(entry.contact_name)
    elif (before := _within(old, "contact")).get("email") == contact["email"]:
        contact = before
    description: dict[str, Value] = {"whatItDoes": _both(entry.what)}
    if entry.how is not None:
        description["howItWorks"] = _both(entry.how)
    since = created(there) or entry.created
    said: dict[str, Value] = {
        "contact": contact,
        "date": {"created": since.isoformat(), "metadataLastUpdated": max(since, entry.updated).isoformat()},
        "description": {"whatItDoes": "", **_within(old, "description"), **description},
        "category": one_line(entry.category),
        "name": _both(entry.name),
        "licences": [{"URL": _both(each.url), "spdxID": one_line(each.spdx)} for each in entry.licences],
        "repositoryURL": _both(entry.repository),
        "tags": {"en": _each(entry.tags_en), "fr": _each(entry.tags_fr)},
    }
    for key, both in (("downloadURL", entry.download), ("homepageURL", entry.homepage), ("team", entry.team)):
        if both is not None:
            said[key] = _both(both)
    if entry.languages:
        said["languages"] = _each(entry.languages)
    if entry.status is not None:
        said["status"] = one_line(entry.status)
    whole = {**old, **said}
    return {key: whole[key] for key in (*ORDER, *whole) if key in whole}


def created(release: Mapping[str, Any] | None) -> date | None:
    """When a release was first made; None of one that does not say."""
    dates = (release or {}).get("date")
    try:
        return date.fromisoformat(str(dates["created"])) if isinstance(dates, Mapping) else None
    except (KeyError, ValueError):
        return None


def _clean(value: Any) -> Value:
    """What YAML holds as texts on one line, without what is empty."""
    if isinstance(value, Mapping):
        pairs = ((one_line(str(key)), _clean(each)) for key, each in value.items())
        return {key: each for key, each in pairs if each}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [each for each in map(_clean, value) if each]
    return "" if value is None else one_line(str(value))


def _within(value: dict[str, Value], key: str) -> dict[str, Value]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _both(texts: Bilingual) -> dict[str, Value]:
    return {"en": one_line(texts.en), "fr": one_line(texts.fr)}


def _each(texts: Iterable[str]) -> list[Value]:
    return [one_line(text) for text in texts]
