"""The entry upon what the Exchange holds: the client is asked what people can mend, the coordinator told the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from bot.documents.exchange import ore
from bot.documents.exchange.release import Bilingual, Licence, Release, created
from bot.documents.messages import Messages
from bot.github.effects.wanted import Draft
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.words import Message
from bot.proposals import DraftBlocked, Drafts
from tests.pipeline.desk import Need, body
from tests.tools import MESSAGES

SEED = Path(__file__).parents[2] / "sandbox" / "seed" / "ore-ero"
FILE = "_data/code/federal/esdc-edsc.yml"


def seed() -> dict[str, str]:
    return {path.relative_to(SEED).as_posix(): path.read_text("utf-8") for path in (SEED / "_data").rglob("*.y*ml")}


@dataclass
class Tree:
    """The Exchange at one commit."""

    files: dict[str, str] = field(default_factory=seed)
    base: str = "master"

    async def paths(self, prefix: str = "") -> list[str]:
        return sorted(path for path in self.files if path.startswith(prefix))

    async def read(self, path: str) -> str | None:
        return self.files.get(path)


def draft(need: Need, messages: Messages = MESSAGES, policy: Policy | None = None) -> Draft:
    pull = next(pull for pull in need.view.pulls if pull.kind == "ore")
    return Drafts(policy or need.policy, messages).draft(pull, need.o, need.now, None)


async def written(need: Need, tree: Tree) -> str:
    return (await draft(need).write(tree))[FILE]


async def asked(need: Need, tree: Tree | None = None) -> Message:
    """What the client, or the coordinator, is told instead."""
    with pytest.raises(DraftBlocked) as stopped:
        await draft(need).write(tree or Tree())
    return stopped.value.message


def problems(message: Message) -> list[tuple[str, str]]:
    assert message.name == "exchange.not-ready"
    assert [person.name for person in message.args["people"]] == ["client"]
    return [(one.args["code"], one.args["field"]["en"].text) for one in message.args["problems"]]


async def test_an_accepted_work_is_one_release_more():
    tree = Tree()
    text = await written(Need().at(8), tree)
    assert text.startswith(tree.files[FILE])
    entry = yaml.safe_load(text)["releases"][-1]
    assert entry["name"] == {"en": "Azure policies", "fr": "Politiques Azure"}
    assert (entry["category"], entry["status"]) == ("43232400", "Beta")
    assert entry["licences"][0]["spdxID"] == "MIT"
    assert await draft(Need().at(8)).entitle(tree) == ("Add Azure policies (Employment and Social Development Canada)")


async def test_a_category_in_words_is_looked_up_in_the_exchange():
    need = Need().at(8).says("client", "/ore catégorie=sécurité")
    assert yaml.safe_load(await written(need, Tree()))["releases"][-1]["category"] == "43233200"
    several = await asked(need.says("client", "/ore category=network"))
    assert problems(several) == [("ambiguous-category", "category")]
    lines = [line["en"].text for _, line in several.args["choices"]]
    assert lines == ["/ore category=43232700", "/ore category=43232800"]
    none = await asked(need.says("client", "/ore category=poetry"))
    assert (problems(none), len(none.args["choices"])) == ([("unknown-category", "category")], 18)


async def test_everything_that_is_missing_is_asked_in_one_comment():
    tree = Tree()
    there = yaml.safe_load(tree.files[FILE])["releases"][0]["name"]
    need = Need().at(8).says("client", f'/ore nom.fr="{there["fr"]}" team.en=Cloud category=poetry')
    message = await asked(need, tree)
    assert problems(message) == [
        ("unknown-category", "category"),
        ("name-taken", "name.fr"),
        ("missing", "team.fr"),
    ]
    assert ("contact", "cloud@example.gc.ca") in [
        (name["en"].text, value["en"]) for name, value, _ in message.args["rows"]
    ]
    said = MESSAGES.comment(message, "fr")
    assert "@client" in said
    assert '`/ore équipe.fr="…"`' in said


async def test_the_same_repository_under_another_name_is_told_with_the_line_that_takes_it():
    tree = Tree()
    other = ore.render(earlier("Old name", "Ancien nom", "https://github.com/Supplier-1/policies"))
    tree.files[FILE] += other
    message = await asked(need := Need().at(8), tree)
    assert problems(message) == [("repository-taken", "name.en")]
    line = message.args["problems"][0].args["lines"][0]["fr"].text
    assert line == '/ore nom.en="Old name" nom.fr="Ancien nom"'
    need.says("client", line)
    text = await written(need, tree)
    assert len(yaml.safe_load(text)["releases"]) == len(yaml.safe_load(tree.files[FILE])["releases"])
    kept = yaml.safe_load(text)["releases"][-1]
    assert (kept["date"]["created"], kept["status"], kept["team"]["en"]) == ("2020-01-02", "Retired", "Cloud")
    assert (await draft(need).entitle(tree)).startswith("Update Old name (")


def earlier(english: str, french: str, repository: str) -> Release:
    both = Bilingual
    day = created({"date": {"created": "2020-01-02"}})
    assert day is not None
    return Release(
        email="old@example.gc.ca",
        contact_name="Old",
        created=day,
        updated=day,
        what=both("Does it", "Le fait"),
        how=None,
        category="43232300",
        name=both(english, french),
        licences=(Licence(both(repository, repository), "MIT"),),
        repository=both(repository, repository),
        tags_en=("old",),
        tags_fr=("vieux",),
        status="Retired",
        team=both("Cloud", "Nuage"),
    )


async def test_a_new_administration_gets_a_file_of_its_own():
    tree = Tree()
    del tree.files[FILE]
    assert (await written(Need().at(8), tree)).startswith("---\nschemaVersion: '1.0'\nadminCode: esdc-edsc\n")


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("_data/administrations/federal.yml", "---\n- code: other\n  name: {en: O, fr: A}\n", "administration"),
        ("_data/administrations/federal.yml", "a: [", "file"),
        ("_data/i18n/categories.yml", "", "file"),
        ("_data/schemaCode.yaml", "", "checks"),
        ("_data/schemaCode.yaml", "a: [", "checks"),
        (".yamllint.yaml", "extends: nothing\n", "checks"),
        (FILE, "a: [", "file"),
        (FILE, "adminCode: other\nreleases: []\n", "file"),
    ],
)
async def test_what_only_an_operator_can_mend_is_told_to_the_coordinator(path: str, text: str, code: str):
    tree = Tree()
    tree.files[path] = text
    message = await asked(Need().at(8), tree)
    assert (message.name, message.args["code"]) == ("exchange.impossible", code)
    assert [person.name for person in message.args["people"]] == ["coordinator"]
    assert message.args["details"]


async def test_quotation_marks_of_the_statement_are_set_as_type():
    need = Need(text=body(short_en='Says "yes" where a < b.', short_fr='Dit "oui".')).at(8)
    entry = yaml.safe_load(await written(need, Tree()))["releases"][-1]
    assert entry["description"]["whatItDoes"] == {"en": "Says “yes” where a ‹ b.", "fr": "Dit «\u00a0oui\u00a0»."}
