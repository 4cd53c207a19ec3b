"""A delivered piece of code becomes one release of the Exchange, and nothing else in the file changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import ore
from bot.documents.ore import Bilingual, Entry, Licence, OreError, Problem
from bot.documents.text import one_line
from tests.tools import require

FIXTURES = Path(__file__).parent / "fixtures"
EXCHANGE = (FIXTURES / "exchange.yml").read_text()
SCHEMA = (FIXTURES / "schema.yaml").read_text()
REAL = Path(__file__).parents[3] / "shared" / "data" / "ore" / "_data"
SITE = "https://github.com/example/forms"


def same(text: str) -> Bilingual:
    return Bilingual(text, text)


ENTRY = Entry(
    email="jo.doe@servicecanada.gc.ca",
    contact_name="Doe, Jo",
    created=date(2027, 8, 2),
    updated=date(2027, 8, 9),
    what=Bilingual(
        "Checks that forms can be filled in with a screen reader: it reads them as one would.",
        "Vérifie que les formulaires peuvent être remplis avec un lecteur d’écran.",
    ),
    how=None,
    category="43232400",
    name=Bilingual("Form Checker", "Vérificateur de formulaires"),
    licences=(Licence(same(f"{SITE}/blob/main/LICENSE"), "MIT"),),
    repository=same(SITE),
    tags_en=("forms", "on"),
    tags_fr=("formulaires", "2027"),
    languages=("C#", "Python"),
    status="Beta",
)


def checked(text: str) -> str:
    assert ore.check({"_data/code/federal/test-essai.yml": text}, SCHEMA, None) == []
    return text


def test_a_release_is_written_as_the_form_of_the_exchange_writes_it():
    assert ore.add(None, ENTRY, "test-essai") == checked((FIXTURES / "new.yml").read_text())


def test_an_entry_goes_to_the_end_and_every_earlier_byte_stays():
    text = checked(ore.add(EXCHANGE, ENTRY, "test-essai"))
    assert text == EXCHANGE + ore.render(ENTRY)
    assert ore.add(text, ENTRY, "test-essai") == text


@pytest.mark.parametrize("name", ["First", "Second"])
def test_an_entry_of_the_same_english_name_is_replaced_whole(name: str):
    entry = replace(ENTRY, name=Bilingual(name, "Autre"))
    text = checked(ore.add(EXCHANGE, entry, "test-essai"))
    before, after = text.split(ore.render(entry))
    assert EXCHANGE.startswith(before)
    assert EXCHANGE.endswith(after)
    names = [release["name"]["en"] for release in yaml.safe_load(text)["releases"]]
    assert names == ["First", "Second"]
    assert "# The second one came later." in text
    assert ore.created(EXCHANGE, "Second") == date(2021, 1, 2)
    assert ore.created(EXCHANGE, "Third") is None


@pytest.mark.parametrize(
    "existing",
    [
        EXCHANGE.rstrip("\n"),
        EXCHANGE.replace("\n", "\r\n"),
        EXCHANGE + "\n\n",
        "---\nreleases: []\nschemaVersion: '1.0'\nadminCode: test-essai\n",
        "---\nschemaVersion: '1.0'\nadminCode: test-essai\nreleases:\n",
        "",
    ],
)
def test_a_file_in_another_shape_still_gives_a_valid_one(existing: str):
    text = checked(ore.add(existing, ENTRY, "test-essai"))
    assert yaml.safe_load(text)["releases"][-1] == yaml.safe_load(ore.render(ENTRY))[0]
    assert "\r" not in text
    assert ore.render(ENTRY) in text


def test_an_entry_is_put_at_the_end_of_the_releases_not_of_the_file():
    text = EXCHANGE.replace("adminCode: test-essai\n", "") + "adminCode: test-essai\n"
    assert ore.add(text, ENTRY, "test-essai") == text.replace("\nadminCode", "\n" + ore.render(ENTRY) + "adminCode")


@pytest.mark.parametrize(
    "existing", ["a: [", "adminCode: other\nreleases: []\n", "adminCode: test-essai\nreleases: x\n"]
)
def test_a_file_that_cannot_take_an_entry_is_left_alone(existing: str):
    with pytest.raises(OreError):
        ore.add(existing, ENTRY, "test-essai")


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"category": "43230000"}, "unknown-category", "category"),
        ({"status": "Done"}, "unknown-status", "status"),
        ({"email": "jo at work"}, "not-email", "contact.email"),
        ({"repository": Bilingual(SITE, f"{SITE}/tree/main")}, "not-repository", "repositoryURL.fr"),
        ({"licences": (Licence(same(SITE), "MIT License"),)}, "unknown-licence", "licences.0.spdxID"),
        ({"licences": ()}, "missing", "licences"),
        ({"homepage": same("example.org")}, "not-url", "homepageURL.en"),
        ({"tags_fr": ("a", "")}, "missing", "tags.fr.1"),
        ({"tags_en": ()}, "missing", "tags.en"),
        ({"team": Bilingual("Forms", "")}, "missing", "team.fr"),
        ({"what": Bilingual('Says "yes"', "Dit oui")}, "forbidden-character", "description.whatItDoes.en"),
        ({"name": Bilingual("Forms", "Premier")}, "name-taken", "name.fr"),
        ({"name": Bilingual("Forms", "…")}, "name-without-letter", "name.fr"),
        ({"updated": date(2020, 1, 1)}, "dates-reversed", "date.metadataLastUpdated"),
    ],
)
def test_what_the_schema_lets_through_is_found(changed: dict[str, object], code: str, field: str):
    taken = ore.slugs([EXCHANGE, "not: [yaml"])
    assert ore.problems(ENTRY, categories={"43232400"}, taken_slugs=taken) == []
    found = ore.problems(replace(ENTRY, **changed), categories={"43232400"}, taken_slugs=taken)
    assert (code, field) in [(problem.code, problem.field) for problem in found]


def test_the_name_of_the_entry_that_is_replaced_is_not_taken():
    entry = replace(ENTRY, name=Bilingual("Second", "Deuxieme"))
    found = ore.problems(entry, categories={"43232400"}, taken_slugs=ore.slugs([EXCHANGE]))
    assert found == [Problem("name-taken", "name.en", "Second"), Problem("name-taken", "name.fr", "Deuxieme")]
    taken = ore.slugs([EXCHANGE], besides=("test-essai", "Second"))
    assert ore.problems(entry, categories={"43232400"}, taken_slugs=taken) == []


def test_the_checks_of_the_exchange_say_where_a_file_is_wrong():
    text = ore.add(None, ENTRY, "test-essai")
    (dates,) = ore.check({"a.yml": text.replace("'2027-08-02'", "2027-08-02")}, SCHEMA, None)
    assert dates.startswith("a.yml: releases.0.date.created")
    (blanks,) = ore.check({"a.yml": text.replace("    name:\n      en", "    name:  \n      en")}, SCHEMA, None)
    assert blanks == "a.yml:20: trailing spaces"
    assert ore.check({"a.yml": "a: ["}, SCHEMA, None)
    assert ore.check({"a.yml": text}, SCHEMA, "extends: nothing\n")[0].startswith("the repository's own settings")


def test_an_administration_is_known_by_its_code():
    admins = "---\n- code: test-essai\n  name:\n    en: Test\n    fr: Essai\n"
    assert ore.administration(admins, "test-essai") == Bilingual("Test", "Essai")
    assert ore.administration(admins, "other") is None


TEXT = (
    st.text(min_size=1, max_size=120)
    | st.lists(
        st.sampled_from(["a:", "#b", "word", "'s", "- x", "«\u00a0oui\u00a0»", "y" * 90, "...", "---", "|"]), min_size=1
    ).map(" ".join)
    | st.sampled_from(
        [
            "on",
            "Yes",
            "n",
            "~",
            "null",
            "12",
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
            "@x",
            "%",
            "`",
        ]
    )
).filter(one_line)
BOTH = st.builds(Bilingual, TEXT, TEXT)
TEXTS = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
ENTRIES = st.builds(
    Entry,
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


def both(texts: Bilingual) -> dict[str, str]:
    return {"en": one_line(texts.en), "fr": one_line(texts.fr)}


@given(ENTRIES)
def test_any_entry_reads_back_equal_and_passes_the_checks(entry: Entry):
    text = checked(ore.add(EXCHANGE, entry, "test-essai"))
    assert text.startswith(EXCHANGE) or one_line(entry.name.en) in ("First", "Second")
    read = yaml.safe_load(text)["releases"][-1]
    assert read["name"] == both(entry.name)
    assert read["description"]["whatItDoes"] == both(entry.what)
    assert read["date"] == {"created": entry.created.isoformat(), "metadataLastUpdated": entry.updated.isoformat()}
    assert read["tags"] == {"en": [*map(one_line, entry.tags_en)], "fr": [*map(one_line, entry.tags_fr)]}
    assert read["licences"] == [{"URL": both(one.url), "spdxID": one_line(one.spdx)} for one in entry.licences]
    assert read["contact"].get("name") == (entry.contact_name and one_line(entry.contact_name))
    assert read.get("languages", []) == [*map(one_line, entry.languages)]
    assert read["category"] == one_line(entry.category)
    assert read.get("status") == entry.status


def test_each_real_file_takes_an_entry_at_its_end_and_nowhere_else():
    require(REAL.is_dir(), "the shared data of the project is not here")
    schema = (REAL / "schemaCode.yaml").read_text()
    categories = set(yaml.safe_load((REAL / "i18n" / "categories.yml").read_text()))
    files = {path.name: path.read_text() for path in sorted((REAL / "code").rglob("*.yml"))}
    assert ore.problems(ENTRY, categories=categories, taken_slugs=ore.slugs(files.values())) == []
    for name, existing in files.items():
        text = ore.add(existing, ENTRY, name.removesuffix(".yml"))
        assert text == existing + ore.render(ENTRY)
        assert ore.check({name: text}, schema, None) == []
        first = yaml.safe_load(existing)["releases"][0]["name"]["en"]
        changed = ore.add(existing, replace(ENTRY, name=same(first)), name.removesuffix(".yml"))
        assert ore.check({name: changed}, schema, None) == []
        assert yaml.safe_load(changed)["releases"][1:] == yaml.safe_load(existing)["releases"][1:]
    admins = (REAL / "administrations" / "federal.yml").read_text()
    found = ore.administration(admins, "esdc-edsc")
    assert found is not None
    assert found.en == "Employment and Social Development Canada"
