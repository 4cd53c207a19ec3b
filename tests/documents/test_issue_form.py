"""The issue form, filled in as GitHub would: the issue that comes out is one the bot can read."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import yaml

from bot.documents.issue_form import form_text, issue_form
from bot.documents.text import slug
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.statement import FIELD_HEADINGS, is_form, statement_of
from bot.pipeline.reading.review import statement_problems
from tests.pipeline.desk import STATEMENT, Need, body
from tests.tools import MESSAGES

FORM: dict[str, Any] = yaml.safe_load(issue_form(MESSAGES, Policy()))
FIELDS = {part["id"].replace("-", "."): part for part in FORM["body"] if part["type"] != "markdown"}


def submitted(**typed: str) -> str:
    """The issue that GitHub makes of the form; a field that nobody touched keeps what it began with."""
    answers = []
    for name, field in FIELDS.items():
        value = typed.get(name.replace(".", "_"), field["attributes"].get("value", ""))
        assert value or not field["validations"]["required"], f"GitHub would not send it without {name}"
        answers.append(f"### {field['attributes']['label']}\n\n{value or '_No response_'}")
    return "\n\n".join(answers)


def test_what_is_filled_in_is_what_the_bot_reads():
    typed = {name.replace(".", "_"): value for name, value in STATEMENT.items()}
    assert statement_of(submitted(**typed)) == statement_of(body())
    assert not statement_problems(statement_of(submitted(**typed)), Policy(), date(2027, 6, 21))


@pytest.mark.parametrize(("title", "other"), [("title_fr", "title_en"), ("title_en", "title_fr")])
def test_a_title_in_one_language_and_the_need_are_enough(title, other):
    issue = submitted(**{title: "Un champ de date", "need": "Un champ accessible"})
    assert is_form(issue)
    statement = statement_of(issue)
    assert statement.need == "Un champ accessible"
    assert (statement.en.title, statement.fr.title) == (
        ("Un champ de date", "") if title == "title_en" else ("", "Un champ de date")
    )
    assert not statement.unreadable


def test_without_the_need_there_is_nothing_to_send():
    with pytest.raises(AssertionError, match="need"):
        submitted(title_en="A date field")


def test_the_fields_are_the_headings_in_their_order():
    assert {name: field["attributes"]["label"] for name, field in FIELDS.items()} == FIELD_HEADINGS
    assert list(FIELDS) == list(FIELD_HEADINGS)


def test_the_evaluation_is_there_to_begin_with_and_one_criterion_in_each_language():
    statement = statement_of(submitted(need="x"))
    assert statement.en.evaluation.startswith("1. Confirm that you have the skills")
    assert statement.fr.evaluation.startswith("1. Confirmez que vous avez les compétences")
    assert statement.evaluation_count == 1


def test_the_guide_of_step_3_offers_the_same_texts():
    guide = next(c.message for c in Need().at(3).view.comments if c.mark == "guide 3")
    for lang in ("en", "fr"):
        for text in ("evaluation-text", "criteria-example"):
            assert MESSAGES.say(form_text(text, Policy()), lang) in MESSAGES.say(guide, lang)


def test_criteria_written_as_the_example_shows_are_complete():
    example = {lang: FIELDS[f"criteria.{lang}"]["attributes"]["placeholder"] for lang in ("en", "fr")}
    written = statement_of(body(criteria_en=example["en"], criteria_fr=example["fr"]))
    assert written.criteria_count == 3
    assert not statement_problems(written, Policy(), date(2027, 6, 21))


def test_everything_is_said_in_both_languages():
    texts = [FORM["name"], FORM["description"], *(v for part in FORM["body"] for v in part["attributes"].values())]
    whole = "\n".join(texts)
    for name in MESSAGES.names:
        if name.startswith("form."):
            for lang in ("en", "fr"):
                assert MESSAGES.say(form_text(name.removeprefix("form."), Policy()), lang) in whole


def test_it_follows_the_policy():
    other = issue_form(MESSAGES, Policy.model_validate({"ceiling": 5000, "posting": {"minimum_days": 0}}))
    assert "$5,000 with taxes" in other
    assert "business days after" not in other


KEYS = {
    "markdown": {"value"},
    "input": {"label", "description", "placeholder", "value"},
    "textarea": {"label", "description", "placeholder", "value", "render"},
}


def test_github_takes_it():
    """GitHub's rules: keys it knows, texts that are not empty, ids and labels that no two fields share."""
    assert FORM.keys() <= {"name", "description", "title", "labels", "assignees", "projects", "type", "body"}
    assert FORM["labels"] == ["opportunity"]
    assert len(FORM["name"]) <= 200
    assert len(FORM["description"]) <= 200
    for part in FORM["body"]:
        assert part.keys() <= {"type", "id", "attributes", "validations"}
        assert part["attributes"].keys() <= KEYS[part["type"]]
        assert all(isinstance(text, str) and text.strip() for text in part["attributes"].values())
    assert all(re.fullmatch(r"[\w-]+", field["id"], re.ASCII) for field in FIELDS.values())
    assert len(FIELDS) == len(FORM["body"]) - 1, "an id is there twice"
    labels = {slug(field["attributes"]["label"]) for field in FIELDS.values()}
    assert len(labels) == len(FIELDS), "GitHub finds two labels too similar"
