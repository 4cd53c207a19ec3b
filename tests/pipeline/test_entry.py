"""`/ore`: people say what the entry should say, in their words; what cannot stand is told at once."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.exchange_entry.entry import FIELDS, entry_fields, fault, typographic
from bot.pipeline.exchange_entry.line import fields, nearest_field, pairs, tidy_value
from bot.pipeline.model.policy import Policy
from tests.pipeline.desk import WORK, Need, need_at


def entry(text: str) -> dict[str, str]:
    return dict(need_at(8).says("client", text).o.entry)


def wrong(text: str) -> list[tuple[str, str]]:
    """What the answer finds wrong: code and field."""
    need = need_at(8).says("client", text)
    assert need.o.entry == {}
    said = (part for message in need.answer.messages for part in message.within())
    return [(part.args["code"], part.args["field"]["en"].text) for part in said if part.name == "exchange.problem"]


def line(text: str) -> str:
    """The line to copy that the answer gives."""
    return need_at(8).says("client", text).answer.messages[0].args["line"]["en"].text


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("/ore name.en=My tool tags.en=a, b", {"name.en": "My tool", "tags.en": "a, b"}),
        ('/ore name.en="My tool", status=beta', {"name.en": "My tool", "status": "Beta"}),
        ("/ore nom.fr=« Mon outil » STATUT=Maintenue", {"name.fr": "Mon outil", "status": "Maintained"}),
        ("/ore what.en=“Reads, and writes” how.en='By hand'", {"what.en": "Reads, and writes", "how.en": "By hand"}),
        (
            "/ore etiquettes-fr=a;b catégorie=gestion des données",
            {"tags.fr": "a, b", "category": "gestion des données"},
        ),
        ("/ore courriel=<jo@example.gc.ca> contact.nom=Jo", {"contact": "jo@example.gc.ca", "contact.name": "Jo"}),
        ("/ore what.en = Solves x = y", {"what.en": "Solves x = y"}),
        ("/ore\nname.en=My tool\nname.fr=Mon outil\n\nThank you", {"name.en": "My tool", "name.fr": "Mon outil"}),
        (
            "/ore homepage=https://example.ca/?a=1 équipe.fr=Web",
            {"homepage.en": "https://example.ca/?a=1", "homepage.fr": "https://example.ca/?a=1", "team.fr": "Web"},
        ),
    ],
)
def test_fields_are_understood_as_people_write_them(text, filled):
    assert entry(text) == filled


def test_an_empty_value_takes_a_field_back():
    need = need_at(8).says("client", "/ore name.en=Robot status=Alpha").says("client", "/ore nom.en= status=''")
    assert need.o.entry == {}
    assert entry_fields(need.o, Policy())["name.en"].source == "statement"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("/ore contact=me", [("not-email", "contact")]),
        ("/ore status=great", [("unknown-status", "status")]),
        ("/ore homepage=example.ca", [("not-url", "homepage.en")]),
        ("/ore what.en=a < b", [("forbidden-character", "what.en")]),
        ('/ore what.en="Says "yes" to all"', [("forbidden-character", "what.en")]),
        (f"/ore name.fr={'x' * 101}", [("too-long", "name.fr")]),
        ("/ore name.en=« !? » tags.en=a, …", [("name-without-letter", "name.en"), ("missing", "tags.en")]),
        ('/ore name.en="…"', [("name-without-letter", "name.en")]),
        ("/ore licence=ISC", [("licence-found", "licence")]),
        ("/ore team.en=613-555-0123", [("private", "team.en")]),
        ("/ore colour=red status=Beta", [("unknown-field", "colour")]),
    ],
)
def test_what_cannot_stand_is_told_at_once_and_nothing_of_the_line_is_kept(text, problems):
    assert wrong(text) == problems


def test_a_line_with_a_mistake_is_offered_whole_and_corrected():
    assert line('/ore nam.en=Robot category="data management"') == '/ore name.en=Robot category="data management"'
    assert line("/ore quoi=Il met de l’ordre") == '/ore what.en="…" what.fr="Il met de l’ordre"'
    assert line("/ore name=Robot name.fr=Robot") == "/ore name.en=Robot name.fr=Robot"
    assert line('/ore quoi.fr="Il dit "oui""') == '/ore what.fr="Il dit «\u00a0oui\u00a0»"'
    assert line('/ore name.en="My tool') == '/ore name.en="My tool"'
    assert line("/ore contact.email=bob statut=maintnu") == '/ore contact="…" status=Maintained'
    assert line("/ore nom.fr= nam.en=613-555-0123 licence=ISC") == '/ore name.fr="" name.en="…"'


def test_an_unknown_category_is_refused_at_once_with_those_there_are():
    need = need_at(8)
    need.categories = {"1": {"en": "Data software", "fr": "Logiciels de données"}, "2": {"en": "Games", "fr": "Jeux"}}
    need.says("client", "/ore catégorie=donées tags.en=a")
    assert need.o.entry == {}
    problem = need.answer.messages[0].args["problems"][0]
    assert problem.args["choices"]["fr"] == ("Logiciels de données", "Jeux")
    french = need.answer.messages[0].args["line"]["fr"].text
    assert french == '/ore catégorie="Logiciels de données" étiquettes.en=a'
    need.says("client", french)
    assert need.answer.messages[0].args["rows"][0][1] == need.categories["1"]


def test_a_licence_is_given_where_github_finds_none():
    need = Need()
    need.at(7)
    need.history = [
        replace(one, fact=replace(one.fact, licence=None)) if hasattr(one.fact, "licence_url") else one
        for one in need.history
    ]
    assert need.says("client", "/ore licence=mit").o.entry == {"licence": "MIT"}
    assert "exchange.problem" in need.says("client", "/ore licence=Free").answered


def test_the_other_language_is_asked_for_where_it_is_needed():
    need = need_at(8).says("client", "/ore how.en=By hand")
    assert need.answered == ["ore.done", "exchange.problem"]
    assert need.says("client", "/ore how.fr=À la main").answered == ["ore.done"]


def test_what_is_known_says_where_it_comes_from():
    need = Need()
    need.repositories["supplier-1/policies"] = replace(WORK, homepage="https://example.ca")
    need.at(8).says("client", "/ore what.en=Sets policies")
    found = entry_fields(need.o, Policy())
    assert {field: one.source for field, one in found.items()} == {
        **dict.fromkeys(("name.en", "name.fr", "what.fr", "tags.en", "tags.fr", "contact"), "statement"),
        **dict.fromkeys(("homepage.en", "homepage.fr", "licence", "languages", "repository"), "repository"),
        **dict.fromkeys(("category", "status"), "policy"),
        "what.en": "ore",
    }
    assert found["what.fr"].value == "Élaborer des scripts."


def test_the_repositorys_own_words_are_offered_until_the_client_gives_some():
    need = Need()
    need.repositories["supplier-1/policies"] = replace(WORK, description='Sets "all" policies')
    hints = need.at(9).status["hints"]
    assert [hint.args["lines"]["en"].text for hint in hints] == ['/ore what.en="Sets “all” policies"']
    assert not need.says("client", hints[0].args["lines"]["en"].text).status["hints"]
    assert need.o.entry == {"what.en": "Sets “all” policies"}


VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters='"“”„=<'), max_size=40)


@given(st.dictionaries(st.sampled_from([*FIELDS, *FIELDS.values()]), VALUES.map(str.strip), max_size=6))
def test_whatever_is_quoted_is_read_as_it_is(said: dict[str, str]):
    text = " ".join(f'{field}="{value}"' for field, value in said.items())
    squeezed = {field: " ".join(value.split(" ")).strip() for field, value in said.items()}
    read = {name: value.strip() for name, value in pairs(text)}
    assert {name: value.replace(" ", "") for name, value in read.items()} == {
        name: value.replace(" ", "") for name, value in squeezed.items()
    }


@given(st.text(max_size=200))
def test_any_text_is_read_and_what_it_fills_in_can_stand(text: str):
    for name, value in pairs(text):
        for field in fields(name):
            tidied = tidy_value(field, value)
            assert tidy_value(field, tidied) == tidied
            fault(field, tidied)
        assert set(nearest_field(name)) <= FIELDS.keys()
    assert not {'"', "<"} & set(typographic(text, "en") + typographic(text, "fr"))


@pytest.mark.parametrize(
    "text", ['"', 'a="', " a", 'name.en="', " x=", 'name.en="x ', "« ", "é=", " ,", "='", "a" * 40]
)
def test_hostile_lines_are_read_in_no_time(text: str):
    begin = process_time()
    pairs(text * 10_000)
    need_at(8).says("client", f"/ore name.en={text * 1_000}")
    assert process_time() - begin < 2
