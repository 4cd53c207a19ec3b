"""A delivered piece of code becomes one release of the Exchange, and nothing else in the file changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.documents.exchange import ore
from bot.documents.exchange.ore import OreError, Problem
from bot.documents.exchange.release import Bilingual, Licence, Release, created

FIXTURES = Path(__file__).parent / "fixtures"
SEED = Path(__file__).parents[2] / "sandbox" / "seed" / "ore-ero"
EXCHANGE = (FIXTURES / "exchange.yml").read_text()
SCHEMA = (SEED / "_data" / "schemaCode.yaml").read_text()
SITE = "https://github.com/example/forms"


def same(text: str) -> Bilingual:
    return Bilingual(text, text)


ENTRY = Release(
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
    assert ore.check_files({"_data/code/federal/test-essai.yml": text}, SCHEMA, None) == []
    return text


def test_a_release_is_written_as_the_form_of_the_exchange_writes_it():
    assert ore.add(None, ENTRY, "test-essai") == checked((FIXTURES / "new.yml").read_text())


def test_an_entry_goes_to_the_end_and_every_earlier_byte_stays():
    text = checked(ore.add(EXCHANGE, ENTRY, "test-essai"))
    assert text == EXCHANGE + ore.render(ENTRY)
    assert ore.add(text, ENTRY, "test-essai") == text


def test_what_an_entry_says_that_the_new_one_does_not_is_kept_in_its_place():
    old = replace(ENTRY, how=same("By hand"), team=same("Forms"), download=same(SITE), updated=date(2031, 1, 2))
    partner = "    partners:\n      - adminCode: cds-snc\n        email: cds@example.gc.ca\n        name: CDS\n"
    existing = checked(ore.add(None, old, "test-essai").replace("    status: Beta\n", f"{partner}    status: Beta\n"))
    new = replace(ENTRY, created=date(2030, 1, 1), contact_name=None, status="Maintained", languages=("Rust",))
    text = checked(ore.add(existing, new, "test-essai"))
    changed = {"Beta": "Maintained", "'C#'\n      - Python": "Rust", "2031-01-02'": "2027-08-09'"}
    for before, after in changed.items():
        existing = existing.replace(before, after)
    assert text == existing
    another = ore.add(existing, replace(new, email="al@example.gc.ca"), "test-essai")
    assert "Doe, Jo" not in another, "somebody else's name beside this address"


def test_another_entry_of_the_same_repository_is_found_by_its_address():
    entry = replace(ENTRY, repository=same("https://GitHub.com/a/second.git/"))
    assert ore.twin(EXCHANGE, entry) == Bilingual("Second", "Deuxième")
    assert ore.twin(EXCHANGE, replace(entry, name=same("Second"))) is None
    assert ore.twin(EXCHANGE, ENTRY) is ore.twin(None, ENTRY) is None


@pytest.mark.parametrize("name", ["First", "Second"])
def test_an_entry_of_the_same_english_name_is_replaced_whole(name: str):
    entry = replace(ENTRY, name=Bilingual(name, "Autre"))
    text = checked(ore.add(EXCHANGE, entry, "test-essai"))
    there = ore.find_release(EXCHANGE, name)
    assert there is not None
    before, after = text.split(ore.render(replace(entry, created=created(there) or date.min)))
    assert EXCHANGE.startswith(before)
    assert EXCHANGE.endswith(after)
    names = [release["name"]["en"] for release in yaml.safe_load(text)["releases"]]
    assert names == ["First", "Second"]
    assert "# The second one came later." in text
    assert created(ore.find_release(EXCHANGE, "Second")) == date(2021, 1, 2)
    assert created(ore.find_release(EXCHANGE, "Third")) is None


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
        ({"email": "jo at work"}, "not-email", "contact"),
        ({"repository": Bilingual(SITE, f"{SITE}/tree/main")}, "not-repository", "repository.fr"),
        ({"licences": (Licence(same(SITE), "MIT License"),)}, "unknown-licence", "licence"),
        ({"licences": ()}, "missing", "licence"),
        ({"homepage": same("example.org")}, "not-url", "homepage.en"),
        ({"tags_fr": ("a", "")}, "missing", "tags.fr"),
        ({"tags_en": ()}, "missing", "tags.en"),
        ({"team": Bilingual("Forms", "")}, "missing", "team.fr"),
        ({"what": Bilingual('Says "yes"', "Dit oui")}, "forbidden-character", "what.en"),
        ({"name": Bilingual("Forms", "Premier")}, "name-taken", "name.fr"),
        ({"name": Bilingual("Forms", "…")}, "name-without-letter", "name.fr"),
    ],
)
def test_what_the_schema_lets_through_is_found(changed: dict[str, object], code: str, field: str):
    taken = ore.slugs([EXCHANGE, "not: [yaml"])
    assert ore.entry_problems(ENTRY, categories={"43232400"}, taken_slugs=taken) == []
    found = ore.entry_problems(replace(ENTRY, **changed), categories={"43232400"}, taken_slugs=taken)
    assert (code, field) in [(problem.code, problem.field) for problem in found]


def test_the_name_of_the_entry_that_is_replaced_is_not_taken():
    entry = replace(ENTRY, name=Bilingual("Second", "Deuxieme"))
    found = ore.entry_problems(entry, categories={"43232400"}, taken_slugs=ore.slugs([EXCHANGE]))
    assert found == [Problem("name-taken", "name.en", "Second"), Problem("name-taken", "name.fr", "Deuxieme")]
    taken = ore.slugs([EXCHANGE], besides=("test-essai", "Second"))
    assert ore.entry_problems(entry, categories={"43232400"}, taken_slugs=taken) == []


def test_the_checks_of_the_exchange_say_where_a_file_is_wrong():
    text = ore.add(None, ENTRY, "test-essai")
    (dates,) = ore.check_files({"a.yml": text.replace("'2027-08-02'", "2027-08-02")}, SCHEMA, None)
    assert dates.startswith("a.yml: releases.0.date.created")
    (blanks,) = ore.check_files({"a.yml": text.replace("    name:\n      en", "    name:  \n      en")}, SCHEMA, None)
    assert blanks == "a.yml:20: trailing spaces"
    assert ore.check_files({"a.yml": "a: ["}, SCHEMA, None)
    assert ore.check_files({"a.yml": text}, SCHEMA, "extends: nothing\n")[0].startswith("the repository's own settings")


def test_an_administration_is_known_by_its_code():
    admins = "---\n- code: test-essai\n  name:\n    en: Test\n    fr: Essai\n"
    assert ore.administration(admins, "test-essai") == Bilingual("Test", "Essai")
    assert ore.administration(admins, "other") is None
    for broken in ("a: [", "- 1", "- code: x"):
        with pytest.raises(OreError):
            ore.administration(broken, "test-essai")
