"""Any file that the Exchange takes, in any of the ways people write YAML, and any entry for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import strategies as st

from bot.documents.exchange.release import Bilingual, Licence, Release
from bot.documents.text import one_line

ADMIN = "test-essai"

ODD = [
    "on",
    "yes",
    "No",
    "n",
    "null",
    "~",
    "1_0",
    "0x1F",
    "1e3",
    "2027-01-01",
    "12:30",
    "=",
    "<<",
    "!t",
    "*a",
    "&a",
    "%",
]
"""What YAML would read as something else."""

TEXT = (
    st.text(min_size=1, max_size=120)
    | st.lists(
        st.sampled_from(["word", "a:", "#b", "- x", "'s", "…", "« oui »", "|", "---", "...", "y" * 90]),
        min_size=1,
        max_size=20,
    ).map(" ".join)
    | st.sampled_from(ODD)
).filter(one_line)
BOTH = st.builds(Bilingual, TEXT, TEXT)
TEXTS = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
ENTRIES = st.builds(
    Release,
    email=TEXT,
    contact_name=st.none() | TEXT,
    created=st.dates(),
    updated=st.dates(),
    what=BOTH,
    how=st.none() | BOTH,
    category=TEXT,
    name=BOTH,
    licences=st.lists(st.builds(Licence, BOTH, TEXT), min_size=1, max_size=2).map(tuple),
    repository=BOTH,
    tags_en=TEXTS,
    tags_fr=TEXTS,
    download=st.none() | BOTH,
    homepage=st.none() | BOTH,
    languages=st.just(()) | TEXTS,
    status=st.none() | st.just("Alpha"),
    team=st.none() | BOTH,
)

# --- files ---------------------------------------------------------------------------------------------------

PLAIN = st.text("abcdefghijklmnopqrstuvwxyzéèàç", min_size=1, max_size=12)
WORDS = st.lists(PLAIN, min_size=1, max_size=9).map(" ".join)
QUOTABLE = st.lists(
    PLAIN | st.sampled_from(["it's", "a: b", "#1", "- c", "no", "12", "«\u00a0d\u00a0»"]), min_size=1, max_size=9
)


@dataclass(frozen=True)
class Layout:
    """How a file is written; what yamllint insists on, such as one step throughout a file, holds."""

    step: int
    first: bool
    """`releases` before the other keys."""
    start: bool
    crlf: bool
    end: str


LAYOUTS = st.builds(
    Layout, st.sampled_from([2, 2, 2, 4]), st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "\n"])
)


@dataclass(frozen=True)
class File:
    """A file of the Exchange: its text, the texts of its releases, and their values."""

    text: str
    releases: tuple[str, ...]
    values: tuple[dict[str, Any], ...]


@st.composite
def files(draw: st.DrawFn) -> File:
    layout = draw(LAYOUTS)
    names = draw(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=3, unique_by=lambda both: both[0]))
    releases = [_release(draw, layout.step, both) for both in names]
    gaps = [draw(st.sampled_from(["", "", "\n", f"{' ' * layout.step}# of the next one\n"])) for _ in releases[1:]]
    listed = "releases:\n" + releases[0] + "".join(gap + one for gap, one in zip(gaps, releases[1:], strict=True))
    head = draw(st.sampled_from(["schemaVersion: '1.0'\n", 'schemaVersion: "1.0"\n']))
    head += f"adminCode: {ADMIN}\n"
    text = listed + head if layout.first else head + listed
    text = ("---\n" if layout.start else "") + draw(st.sampled_from(["", "# Kept by hand\n"])) + text
    values = yaml.safe_load(text)["releases"]  # with its final newline, which yamllint wants
    text = text if layout.end else text.rstrip("\n")
    return File(text.replace("\n", "\r\n") if layout.crlf else text, tuple(releases), tuple(values))


def _release(draw: st.DrawFn, step: int, name: tuple[str, str]) -> str:
    """One release with its dash at `step`: required keys, some of the others, comments between and after."""

    def one(key: str, value: str, level: int) -> list[str]:
        """A key and its text, in one of the styles."""
        pad, inner = " " * (step + 2 + step * level), " " * (step + 2 + step * (level + 1))
        style = draw(st.sampled_from(["plain", "single", "double", ">-", "|", ">"]))
        quoted = {"single": "'" + value.replace("'", "''") + "'", "double": f'"{value}"', "plain": f"{value}"}
        if style == "plain" and not re.fullmatch("[a-zéèàç]+( [a-zéèàç]+)+", value):
            style = "single"
        if style in quoted:
            return [f"{pad}{key}: {quoted[style]}"]
        return [f"{pad}{key}: {style}", f"{inner}{value}"]

    def both(key: str, en: str, fr: str, level: int = 0) -> list[str]:
        pad = " " * (step + 2 + step * level)
        if draw(st.booleans()):
            return [f"{pad}{key}:", *one("en", en, level + 1), *one("fr", fr, level + 1)]
        return [f"{pad}{key}: {{en: {_quoted(en)}, fr: {_quoted(fr)}}}"]

    def several(key: str, texts: list[str], level: int) -> list[str]:
        pad, item = " " * (step + 2 + step * level), " " * (step + 2 + step * (level + 1))
        if draw(st.booleans()):
            return [f"{pad}{key}: [{', '.join(map(_quoted, texts))}]"]
        return [f"{pad}{key}:", *(f"{item}- {_quoted(text)}" for text in texts)]

    pad, inner = " " * (step + 2), " " * (step + 2 + step)
    said = draw(QUOTABLE.map(" ".join).map(one_line))
    site = f"'https://github.com/example/{draw(PLAIN.map(lambda text: text.encode().hex()))}'"
    lines = [f"{pad}contact:", *one("email", "jo@example.gc.ca", 1)]
    lines += [f"{pad}date:", f"{inner}created: '2020-01-02'", f'{inner}metadataLastUpdated: "2021-01-02"']
    lines += [f"{pad}description:", *both("whatItDoes", said, said, 1)]
    lines += both("howItWorks", said, said, 1) if draw(st.booleans()) else []
    lines += [f"{pad}category: '43232400'", *both("name", *name)]
    lines += [f"{pad}licences:", f"{inner}- URL:", f"{inner}{' ' * (step + 2)}en: {site}"]
    lines += [f"{inner}{' ' * (step + 2)}fr: {site}", f"{inner}  spdxID: MIT"]
    lines += [f"{pad}repositoryURL: {{en: {site}, fr: {site}}}"]
    lines += [f"{pad}tags:", *several("en", [said], 1), *several("fr", [said, "deux"], 1)]
    lines += several("languages", ["C#", "Python"], 0) if draw(st.booleans()) else []
    lines += [f"{pad}status: Beta"] if draw(st.booleans()) else []
    lines += both("team", said, said) if draw(st.booleans()) else []
    lines += draw(st.sampled_from([[], [], [f"{pad}# said at the end"]]))
    lines[0] = f"{' ' * step}- {lines[0].lstrip()}"
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
