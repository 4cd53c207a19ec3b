"""Edits an administration's file in the Open Resource Exchange: one release for each delivered piece of code.

    >>> add(None, entry, "esdc-edsc")          # a new file
    >>> add(existing, entry, "esdc-edsc")      # one block more, every earlier byte as it was

Loading and dumping a file would change other lines. So this module inserts and removes blocks of text, whose first and
last lines PyYAML gives. `entry_problems` finds what the Exchange's site needs and its own
checks (`check_files`: yamale and yamllint) let through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import yamale
import yaml
from yamllint import linter  # type: ignore[import-untyped]
from yamllint.config import YamlLintConfig, YamlLintConfigError  # type: ignore[import-untyped]

from bot.documents.exchange.release import FORM_SHAPE, Bilingual, Release, Shape, as_schema, block, new_file, texts
from bot.documents.text import one_line, slug
from bot.pipeline.exchange_entry.entry import fault

# The Exchange's .yamllint.yaml, for a target without one.
YAMLLINT: Final = """\
extends: default
rules:
  line-length: {max: 400, level: warning}
  document-start: disable
  truthy: {check-keys: false}
"""


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class OreError(ValueError):
    """Says in one sentence why a file of the Exchange cannot take an entry."""


Render = Callable[[Shape, Mapping[str, Any] | None], str]
"""Writes the block of a release for a file of that shape, from the release that it replaces."""


def put_release(existing: str, render: Render, *, name: str, admin_code: str) -> str:
    """Adds one release at the end of `existing`, or in the place of the one whose English name is `name`."""
    text = existing.replace("\r\n", "\n").rstrip("\n") + "\n"
    root = _compose(text)
    if (code := _text_at(root, "adminCode")) != admin_code:
        raise OreError(f"The file belongs to the administration “{code}”, not to “{admin_code}”.")
    releases = _value_at(root, "releases")
    lines = re.split("(?<=[\n\r\x85\u2028\u2029])", text)[:-1]  # the line ends that PyYAML counts
    if not isinstance(releases, yaml.SequenceNode) or not releases.value:
        return _first_release(lines, releases, render(FORM_SHAPE, None))
    if releases.flow_style:
        raise OreError("The releases stand in brackets, to which nothing can be added as text.")
    begins = [_first_line(lines, node) for node in releases.value]
    shape = _shape(releases, lines[begins[0]].index("-"))
    ends = [_after_last_line(lines, node, shape.dash) for node in releases.value]
    there = releases_of(text)
    names = [release_name(each, "en") for each in there]
    at = names.index(name) if name in names else len(names)
    first, last = (begins[at], ends[at]) if at < len(begins) else (ends[-1], ends[-1])
    put = "".join([*lines[:first], render(shape, there[at] if name in names else None), *lines[last:]])
    after = releases_of(put)
    if len(there) != len(begins) or after[:at] + after[at + 1 :] != there[:at] + there[at + 1 :]:
        raise OreError("The file is written in a way that an entry cannot be put into as text.")
    return put


def _shape(releases: yaml.SequenceNode, dash: int) -> Shape:
    """Returns the indentation of the first release that has a key with a block."""
    for release in releases.value:
        for key, value in release.value if isinstance(release, yaml.MappingNode) else ():
            if isinstance(value, yaml.MappingNode) and value.start_mark.line > key.start_mark.line:
                return Shape(dash, value.start_mark.column - key.start_mark.column)
    return Shape(dash, dash or 2)


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise OreError(f"The file is not valid YAML: {one_line(str(error))}.") from error


def _value_at(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _text_at(node: yaml.Node | None, key: str) -> str | None:
    value = _value_at(node, key)
    return str(value.value) if isinstance(value, yaml.ScalarNode) else None


def _first_release(lines: list[str], releases: yaml.Node | None, block: str) -> str:
    """Puts the first release into an empty list: `releases:` or `releases: []`."""
    if releases is None or releases.value:
        raise OreError("The file has no list of releases.")
    line = releases.start_mark.line
    lines[line] = lines[line][: releases.start_mark.column].rstrip() + "\n"
    return "".join([*lines[: line + 1], block, *lines[line + 1 :]])


def _first_line(lines: list[str], node: yaml.Node) -> int:
    """Returns the line of the dash, which may stand alone above its release."""
    line = int(node.start_mark.line)
    while not lines[line].lstrip().startswith("-"):
        line -= 1
    return line


def _after_last_line(lines: list[str], node: yaml.Node, column: int) -> int:
    """Returns the line after `node`, to which comments belong that are indented more than its dash."""
    last = node
    while isinstance(last, yaml.MappingNode | yaml.SequenceNode) and last.value and not last.flow_style:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    mark = last.end_mark
    end = int(mark.line + 1 if mark.column else mark.line)
    while not lines[end - 1].strip():
        end -= 1
    for line in range(end, len(lines)):
        text = lines[line].strip()
        if text.startswith("#") and lines[line].index("#") > column:
            end = line + 1
        elif text:
            break
    return end


def releases_of(text: str) -> list[dict[str, Any]]:
    """Returns the releases of a file as plain values; none if it cannot be read."""
    return _read(text)[1]


@lru_cache(maxsize=128)
def _read(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Returns the administration's code and the releases of a file; callers change nothing in them.

    The texts of a repository are read several times for one entry, and again for the next one.
    """
    try:
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, the fast one if available
    except (yaml.YAMLError, ValueError):
        return "", []  # another administration's broken file does not matter here
    if not isinstance(data, dict):
        return "", []
    releases = data.get("releases")
    found = [each for each in releases if isinstance(each, dict)] if isinstance(releases, list) else []
    return str(data.get("adminCode", "")), found


def release_name(release: Mapping[str, Any], lang: str) -> str:
    names = release.get("name")
    return one_line(str(names.get(lang, ""))) if isinstance(names, dict) else ""


def find_release(existing: str | None, name: str) -> dict[str, Any] | None:
    """Returns the release with this English name, which an entry of that name replaces."""
    named = (each for each in releases_of(existing or "") if release_name(each, "en") == one_line(name))
    return next(named, None)


def twin(existing: str | None, entry: Release) -> Bilingual | None:
    """Returns the name of another release of the same repository, which may be the same code, or None."""
    here = _home(entry.repository.en)
    for release in releases_of(existing or ""):
        urls, english = release.get("repositoryURL"), release_name(release, "en")
        homes = {_home(str(url)) for url in urls.values()} if isinstance(urls, dict) else set()
        if here in homes and english != one_line(entry.name.en):
            return Bilingual(english, release_name(release, "fr"))
    return None


def _home(url: str) -> str:
    """Returns a repository's address for comparison: GitHub ignores case and a final `.git`."""
    return url.strip().casefold().rstrip("/").removesuffix(".git")


def slugs(files: Iterable[str], *, besides: tuple[str, str] | None = None) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the slugs of the English and of the French names in `files`, which are all files of the Exchange.

    `besides` (administration's code, English name) leaves out the entry that the new one replaces.
    """
    english, french = set[str](), set[str]()
    for text in files:
        code, releases = _read(text)
        for release in releases:
            if (code, release_name(release, "en")) != besides:
                english.add(slug(release_name(release, "en")))
                french.add(slug(release_name(release, "fr")))
    return frozenset(english - {""}), frozenset(french - {""})


def administration(admins: str, code: str) -> Bilingual | None:
    """Returns the name of the administration `code` in `_data/administrations/<level>.yml`, or None."""
    try:
        names = {each["code"]: each["name"] for each in yaml.load(admins, Loader=_LOADER) or []}  # noqa: S506
        return Bilingual(str(names[code]["en"]), str(names[code]["fr"])) if code in names else None
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise OreError("The list of administrations cannot be read.") from error


def check_files(files: Mapping[str, str], schema: str, yamllint_config: str | None) -> list[str]:
    """Runs yamale and yamllint, the Exchange's checks, on `files` (path to text), and returns their errors.

    `schema` and `yamllint_config` come from the target repository. Its checks ignore warnings of yamllint.
    """
    try:
        rules = yamale.make_schema(content=schema)
        style = YamlLintConfig(yamllint_config or YAMLLINT)
    except (ValueError, SyntaxError, OSError, yaml.YAMLError, YamlLintConfigError) as error:
        return [f"the repository's own settings cannot be read: {one_line(str(error))}"]
    return [error for path, text in files.items() for error in _check(path, text, rules, style)]


def _check(path: str, text: str, rules: Any, style: YamlLintConfig) -> list[str]:
    errors = [f"{path}:{found.line}: {found.desc}" for found in linter.run(text, style, path) if found.level == "error"]
    try:
        results = yamale.validate(rules, yamale.make_data(content=text), strict=True, _raise_error=False)
    except (ValueError, yaml.YAMLError) as error:
        return errors or [f"{path}: {one_line(str(error))}"]
    return errors + [f"{path}: {error}" for result in results for error in result.errors]


@dataclass(frozen=True)
class Problem:
    """A reason why the Exchange could not show an entry.

    `code` is a code of `fault`, unknown-category or name-taken. `field` is the name that people use for the field, such
    as `what.fr`; `value` is its text.
    """

    code: str
    field: str
    value: str = ""


def entry_problems(
    entry: Release, *, categories: Container[str], taken_slugs: tuple[Container[str], Container[str]]
) -> list[Problem]:
    """Finds everything that the site needs and the schema does not check.

    `categories` are the codes of `_data/i18n/categories.yml`; `taken_slugs` comes from `slugs`.
    """
    return [*_checks(entry, categories, taken_slugs)]


def _checks(
    entry: Release, categories: Container[str], taken: tuple[Container[str], Container[str]]
) -> Iterator[Problem]:
    for field, value in texts(entry):
        if wrong := fault(field, value):
            yield Problem(wrong, field, value)
        elif field == "category" and value not in categories:
            yield Problem("unknown-category", field, value)
        elif field in ("name.en", "name.fr") and slug(value) in taken[field == "name.fr"]:
            yield Problem("name-taken", field, value)


def render(entry: Release) -> str:
    """Writes the block of one release, from `  - contact:` to its last line."""
    return block(as_schema(entry))


def add(existing: str | None, entry: Release, admin_code: str) -> str:
    """Adds `entry` to `existing` as its last release, or replaces the release with the same English name.

    A replaced release keeps its date of creation and its fields that `entry` does not have. Without `existing`, starts
    a new file. Every other byte stays, except CRLF and the end of the file, which yamllint would refuse. OreError if
    `existing` is not a file of that administration, or cannot take a release as text.
    """
    if existing is None or not existing.strip():
        return new_file(admin_code) + render(entry)
    return put_release(
        existing,
        lambda shape, there: block(as_schema(entry, there), shape),
        name=one_line(entry.name.en),
        admin_code=admin_code,
    )
