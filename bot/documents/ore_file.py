"""The text of an administration's file: found, added to and checked without being written anew.

Loading and dumping a file changes lines that nobody meant to change, so blocks of text are put in and
taken out at the lines where YAML says they begin and end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import yamale
import yaml
from yamllint import linter  # type: ignore[import-untyped]
from yamllint.config import YamlLintConfig, YamlLintConfigError  # type: ignore[import-untyped]

from bot.documents.ore_entry import Bilingual
from bot.documents.text import one_line, slug

# The Exchange's .yamllint.yaml, for a target that has none of its own.
YAMLLINT: Final = """\
extends: default
rules:
  line-length: {max: 400, level: warning}
  document-start: disable
  truthy: {check-keys: false}
"""


class OreError(ValueError):
    """Why a file of the Exchange cannot take an entry, in one sentence."""


def put_release(existing: str, block: str, *, name: str, admin_code: str) -> str:
    """`existing` with `block` last, or in the place of the release whose English name is `name`."""
    text = existing.replace("\r\n", "\n").rstrip("\n") + "\n"
    root = _compose(text)
    if (code := _text_at(root, "adminCode")) != admin_code:
        raise OreError(f"The file belongs to the administration “{code}”, not to “{admin_code}”.")
    releases = _value_at(root, "releases")
    lines = re.split("(?<=[\n\r\x85\u2028\u2029])", text)[:-1]  # the line ends that PyYAML counts
    if not isinstance(releases, yaml.SequenceNode) or not releases.value:
        return _first_release(lines, releases, block)
    if releases.flow_style:
        raise OreError("The releases stand in brackets, to which nothing can be added as text.")
    begins = [_first_line(lines, node) for node in releases.value]
    column = lines[begins[0]].index("-")
    ends = [_after_last_line(lines, node, column) for node in releases.value]
    shifted = "".join(f"{' ' * column}{line[2:]}" for line in block.splitlines(keepends=True))
    for node, first, end in zip(releases.value, begins, ends, strict=True):
        if one_line(_text_at(_value_at(node, "name"), "en") or "") == name:
            return "".join([*lines[:first], shifted, *lines[end:]])
    return "".join([*lines[: ends[-1]], shifted, *lines[ends[-1] :]])


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
    """Into a list that is empty: `releases:` or `releases: []`."""
    if releases is None or releases.value:
        raise OreError("The file has no list of releases.")
    line = releases.start_mark.line
    lines[line] = lines[line][: releases.start_mark.column].rstrip() + "\n"
    return "".join([*lines[: line + 1], block, *lines[line + 1 :]])


def _first_line(lines: list[str], node: yaml.Node) -> int:
    """The line of the dash, which may stand alone above what it begins."""
    line = int(node.start_mark.line)
    while not lines[line].lstrip().startswith("-"):
        line -= 1
    return line


def _after_last_line(lines: list[str], node: yaml.Node, column: int) -> int:
    """The line after the last one of `node`; comments indented more than its dash belong to it."""
    last = node
    while isinstance(last, yaml.MappingNode | yaml.SequenceNode) and last.value and not last.flow_style:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    mark = last.end_mark
    end = int(mark.line + 1 if mark.column else mark.line)
    while not lines[end - 1].strip():
        end -= 1
    for line in range(end, len(lines)):
        shown = lines[line].strip()
        if shown.startswith("#") and lines[line].index("#") > column:
            end = line + 1
        elif shown:
            break
    return end


def _releases(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The administration's code and the releases of a file; nothing of one that cannot be read."""
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return "", []  # another administration's broken file is no reason to stop this one
    if not isinstance(data, dict):
        return "", []
    releases = data.get("releases")
    found = [each for each in releases if isinstance(each, dict)] if isinstance(releases, list) else []
    return str(data.get("adminCode", "")), found


def _name(release: Mapping[str, Any], lang: str) -> str:
    names = release.get("name")
    return one_line(str(names.get(lang, ""))) if isinstance(names, dict) else ""


def slugs(files: Iterable[str], *, besides: tuple[str, str] | None = None) -> tuple[frozenset[str], frozenset[str]]:
    """The slugs of the English and of the French names in `files`, all those of the Exchange.

    `besides` (administration's code, English name) leaves out the entry that is about to be replaced.
    """
    english, french = set[str](), set[str]()
    for text in files:
        code, releases = _releases(text)
        for release in releases:
            if (code, _name(release, "en")) != besides:
                english.add(slug(_name(release, "en")))
                french.add(slug(_name(release, "fr")))
    return frozenset(english - {""}), frozenset(french - {""})


def created(existing: str | None, name: str) -> date | None:
    """When the entry of this English name was first made, which replacing it must not change."""
    for release in _releases(existing or "")[1]:
        dates = release.get("date")
        if _name(release, "en") == one_line(name) and isinstance(dates, dict):
            try:
                return date.fromisoformat(str(dates.get("created")))
            except ValueError:
                return None
    return None


def administration(admins: str, code: str) -> Bilingual | None:
    """The name of the administration `code` in `_data/administrations/<level>.yml`; None if it is unknown."""
    for each in yaml.safe_load(admins) or []:
        if isinstance(each, dict) and each.get("code") == code:
            return Bilingual(str(each["name"]["en"]), str(each["name"]["fr"]))
    return None


def check(files: Mapping[str, str], schema: str, yamllint_config: str | None) -> list[str]:
    """What yamale and yamllint, the Exchange's only checks, say against `files` (path to text); [] when fine.

    `schema` and `yamllint_config` are the target repository's. Warnings of yamllint stop nothing there.
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
