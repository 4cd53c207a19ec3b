"""One release in the Open Resource Exchange: its fields, its schema and its YAML.

The YAML has the style of the Exchange's own form, which js-yaml 3 writes: plain where nothing could be misread, single
quotes where something could, and `>-` folded at 80 columns where a text is longer than its line. ruamel.yaml writes it,
because it can set the style of each text; PyYAML reads.
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
    """The same thing in both official languages."""

    en: str
    fr: str


@dataclass(frozen=True)
class Licence:
    """A licence of the code: where it can be read, and its SPDX id."""

    url: Bilingual
    spdx: str


@dataclass(frozen=True)
class Release:
    """One release in the Exchange; the names of the fields are those of people, not of the schema.

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


RELEASE_KEYS = (
    *("contact", "date", "description", "category", "name", "licences", "repositoryURL", "tags"),
    *("downloadURL", "homepageURL", "languages", "partners", "relatedCode", "status", "team"),
)
"""The keys of a release, as the Exchange's form writes them."""


def texts(entry: Release) -> Iterator[tuple[str, str]]:
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
    said: dict[str, SchemaValue] = {
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
    return {key: whole[key] for key in (*RELEASE_KEYS, *whole) if key in whole}


def created(release: Mapping[str, Any] | None) -> date | None:
    """When a release was first made; None of one that does not say."""
    dates = (release or {}).get("date")
    try:
        return date.fromisoformat(str(dates["created"])) if isinstance(dates, Mapping) else None
    except (KeyError, ValueError):
        return None


def _clean(value: Any) -> SchemaValue:
    """What YAML holds as texts on one line, without what is empty."""
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
# js-yaml quotes these even where YAML would not need it: signs of structure, and those that start something.
_SIGNS = re.compile(r"[,\[\]{}:#]|^[-?&*!|=>'\"%@`\s]|\s$")
_YAML_1_1 = {"y", "n"}  # read as booleans by YAML 1.1, though not by PyYAML


@dataclass(frozen=True)
class Shape:
    """How a file is indented: the column of a release's dash, and the columns from a key to what it holds."""

    dash: int = 2
    step: int = 2


FORM_SHAPE: Final = Shape()
"""That of the Exchange's own form."""


def block(release: dict[str, SchemaValue], shape: Shape = FORM_SHAPE) -> str:
    """One release as an item of `releases`."""
    return _dump({"releases": [_styled(release, shape.dash + 2, shape)]}, shape).removeprefix("releases:\n")


def new_file(admin_code: str) -> str:
    """The head of an administration's file that has no release yet."""
    head = {"schemaVersion": SingleQuotedScalarString("1.0"), "adminCode": _scalar(admin_code, 2)}
    return f"---\n{_dump(head)}releases:\n"


def _dump(value: object, shape: Shape = FORM_SHAPE) -> str:
    writer = YAML()
    writer.indent(mapping=shape.step, sequence=shape.dash + 2, offset=shape.dash)
    writer.width = 4096  # lines are folded where js-yaml folds them, below
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue()


def _styled(value: SchemaValue, column: int, shape: Shape) -> object:
    """`value` with the style of each text, its keys standing at `column`."""
    if isinstance(value, str):
        return _scalar(value, column)
    if isinstance(value, dict):
        return {key: _styled(each, column + shape.step, shape) for key, each in value.items()}
    return [_styled(each, column + shape.dash, shape) for each in value]


def _scalar(text: str, column: int) -> str:
    """`text` in the style js-yaml takes for it where a folded text would begin at `column`."""
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
    """Whether the plain text could be read as anything but itself."""
    if _SIGNS.search(text) or text.lower() in _YAML_1_1:
        return True
    try:
        return bool(yaml.safe_load(text) != text)
    except (yaml.YAMLError, ValueError):
        return True
