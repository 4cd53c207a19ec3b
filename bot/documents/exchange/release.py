"""Writes one release of the Open Resource Exchange: its fields, its schema and its YAML.

The YAML has the style of the Exchange's own form, which uses js-yaml 3: plain if YAML cannot misread a text, in single
quotes if it can, and `>-` folded at 80 columns if the text is longer than a line. ruamel.yaml writes it, because it can
set the style of each text; PyYAML reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from textwrap import TextWrapper
from typing import Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString, SingleQuotedScalarString

from bot.documents.text import one_line

SchemaValue = str | Sequence["SchemaValue"] | dict[str, "SchemaValue"]


@dataclass(frozen=True)
class Bilingual:
    """A text in both official languages."""

    en: str
    fr: str


@dataclass(frozen=True)
class Licence:
    """A licence of the code: its address and its SPDX id."""

    url: Bilingual
    spdx: str


@dataclass(frozen=True)
class Release:
    """One release in the Exchange; fields have the names that people use, not those of the schema.

    `created` and `updated` are the calendar days of the entry's first version and of this one.
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


RELEASE_KEYS = (
    *("contact", "date", "description", "category", "name", "licences", "repositoryURL", "tags"),
    *("downloadURL", "homepageURL", "languages", "partners", "relatedCode", "status", "team"),
)
"""The keys of a release, in the order of the Exchange's form."""


def texts(entry: Release) -> Iterator[tuple[str, str]]:
    """Yields each text of `entry` with its field's name (`what.fr`), and each tag by itself; "" if missing."""
    both = {
        "what": entry.what,
        "how": entry.how,
        "name": entry.name,
        "repository": entry.repository,
        "download": entry.download,
        "homepage": entry.homepage,
        "team": entry.team,
    }
    for name, text in both.items():
        if text is not None:
            yield f"{name}.en", one_line(text.en)
            yield f"{name}.fr", one_line(text.fr)
    ids = tuple(each.spdx for each in entry.licences)
    for name, several in {"tags.en": entry.tags_en, "tags.fr": entry.tags_fr, "licence": ids}.items():
        yield from ((name, one_line(text)) for text in several or ("",))
    yield from (("languages", one_line(text)) for text in entry.languages)
    ones = {"contact": entry.email, "contact.name": entry.contact_name}
    ones |= {"category": entry.category, "status": entry.status}
    yield from ((name, one_line(text)) for name, text in ones.items() if text is not None)


def as_schema(entry: Release, there: Mapping[str, Any] | None = None) -> dict[str, SchemaValue]:
    """Returns `entry` with the names and the order of the schema.

    `there` is the release that it replaces: its date of creation stays, and its fields that `entry` does not fill.
    """
    old = _clean(there or {})
    if not isinstance(old, dict):
        old = {}
    contact: dict[str, SchemaValue] = {"email": one_line(entry.email)}
    if entry.contact_name is not None:
        contact["name"] = one_line(entry.contact_name)
    elif (before := _within(old, "contact")).get("email") == contact["email"]:
        contact = before
    description: dict[str, SchemaValue] = {"whatItDoes": _both(entry.what)}
    if entry.how is not None:
        description["howItWorks"] = _both(entry.how)
    since = created(there) or entry.created
    new: dict[str, SchemaValue] = {
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
            new[key] = _both(both)
    if entry.languages:
        new["languages"] = _each(entry.languages)
    if entry.status is not None:
        new["status"] = one_line(entry.status)
    whole = {**old, **new}
    return {key: whole[key] for key in (*RELEASE_KEYS, *whole) if key in whole}


def created(release: Mapping[str, Any] | None) -> date | None:
    """Returns the date of a release's first version, or None if it has none."""
    dates = (release or {}).get("date")
    try:
        return date.fromisoformat(str(dates["created"])) if isinstance(dates, Mapping) else None
    except (KeyError, ValueError):
        return None


def _clean(value: Any) -> SchemaValue:
    """Returns the values of YAML as texts on one line, without empty ones."""
    if isinstance(value, Mapping):
        pairs = ((one_line(str(key)), _clean(each)) for key, each in value.items())
        return {key: each for key, each in pairs if each}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [each for each in map(_clean, value) if each]
    return "" if value is None else one_line(str(value))


def _within(value: dict[str, SchemaValue], key: str) -> dict[str, SchemaValue]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _both(texts: Bilingual) -> dict[str, SchemaValue]:
    return {"en": one_line(texts.en), "fr": one_line(texts.fr)}


def _each(texts: Iterable[str]) -> list[SchemaValue]:
    return [one_line(text) for text in texts]


# --- as YAML ------------------------------------------------------------

_WIDTH = 80
# js-yaml always quotes these: signs of structure, and signs that start a construct.
_SIGNS = re.compile(r"[,\[\]{}:#]|^[-?&*!|=>'\"%@`\s]|\s$")
_YAML_1_1 = {"y", "n"}  # booleans in YAML 1.1, though not in PyYAML


@dataclass(frozen=True)
class Shape:
    """The indentation of a file: the column of a release's dash, and the columns from a key to its value."""

    dash: int = 2
    step: int = 2


FORM_SHAPE: Final = Shape()
"""The indentation of the Exchange's own form."""


def block(release: dict[str, SchemaValue], shape: Shape = FORM_SHAPE) -> str:
    """Writes one release as an item of `releases`."""
    return _dump({"releases": [_styled(release, shape.dash + 2, shape)]}, shape).removeprefix("releases:\n")


def new_file(admin_code: str) -> str:
    """Writes the head of an administration's new file."""
    head = {"schemaVersion": SingleQuotedScalarString("1.0"), "adminCode": _scalar(admin_code, 2)}
    return f"---\n{_dump(head)}releases:\n"


def _dump(value: object, shape: Shape = FORM_SHAPE) -> str:
    writer = YAML()
    writer.indent(mapping=shape.step, sequence=shape.dash + 2, offset=shape.dash)
    writer.width = 4096  # `_scalar` folds lines where js-yaml does
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue()


def _styled(value: SchemaValue, column: int, shape: Shape) -> object:
    """Sets the style of each text in `value`, whose keys stand at `column`."""
    if isinstance(value, str):
        return _scalar(value, column)
    if isinstance(value, dict):
        return {key: _styled(each, column + shape.step, shape) for key, each in value.items()}
    return [_styled(each, column + shape.dash, shape) for each in value]


def _scalar(text: str, column: int) -> str:
    """Sets the style that js-yaml uses for `text`, if a folded text begins at `column`."""
    width = _WIDTH - column
    if len(text) > width:
        folded: str = FoldedScalarString(text)
        lines = TextWrapper(width, break_long_words=False, break_on_hyphens=False).wrap(text)
        folds, end = [], -1
        for line in lines[:-1]:
            end += len(line) + 1
            folds.append(end)
        folded.fold_pos = folds  # type: ignore[attr-defined]
        return folded
    return SingleQuotedScalarString(text) if _ambiguous(text) else text


def _ambiguous(text: str) -> bool:
    """Checks whether YAML could misread the plain text."""
    if _SIGNS.search(text) or text.lower() in _YAML_1_1:
        return True
    try:
        return bool(yaml.safe_load(text) != text)
    except (yaml.YAMLError, ValueError):
        return True
