"""A history in plain words, which leaves out nothing that happened."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from bot.pipeline.model import facts as f
from bot.published.story import SILENT, sentence, sentence_key, story
from tests.pipeline.desk import need_at
from tests.tools import WORDS

AT = datetime(2027, 7, 12, 15, tzinfo=UTC)


class Names:
    def step(self, number, lang):
        return {"en": f"name {number}", "fr": f"nom {number}"}[lang]

    def box(self, step, name, lang):
        return f"{name} in words."

    def label(self, name, lang):
        return {"en": "supplier paid", "fr": "fournisseur payé"}[lang] if name == "paid" else ""


def said(fact, lang):
    return sentence(fact, lang, Names(), WORDS["story"][lang])


@pytest.mark.parametrize("kind", sorted(set(f.FACT_KINDS.values()) - SILENT, key=lambda kind: kind.__name__))
def test_every_kind_of_fact_is_told_in_both_languages(kind):
    words = WORDS["story"]
    names = [word for word in words["en"] if word.split(".")[0] == kind.__name__]
    assert names, f"{kind.__name__} is neither told nor left out on purpose"
    assert all(en and fr and en != fr for en, fr in ((words["en"][name], words["fr"][name]) for name in names))


def test_no_word_is_about_a_fact_that_is_not():
    kinds = set(f.FACT_KINDS)
    assert {key.split(".")[0] for key in WORDS["story"]["en"] if key[0].isupper()} <= kinds
    assert all(fields(kind) is not None for kind in SILENT)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_whole_story_can_be_told(lang):
    need = need_at(9)
    lines = list(story(need.history, lang, Names(), WORDS["story"][lang]))
    assert len(lines) > 30
    assert all(line.what.endswith(".") and "{" not in line.what for line in lines)
    assert {line.who for line in lines} >= {None, "client", "coordinator"}


def test_where_the_work_happens_is_told_once():
    lines = [line.what for line in story(need_at(9).history, "en", Names(), WORDS["story"]["en"])]
    assert lines.count("The work happens in supplier-1/policies.") == 1


def test_a_label_is_told_with_what_it_says_in_the_language_of_the_page():
    assert said(f.Signalled("paid", True), "fr") == "Étiquette paid (fournisseur payé) posée."
    assert said(f.Signalled("paid", False), "en") == "Took the label paid (supplier paid) back."
    assert said(f.Signalled("own", True), "fr") == "Étiquette own posée."


def test_a_box_that_a_person_ticked_and_a_label_ticks_again_is_told_once():
    on, off = f.BoxTicked(1, "employee", True), f.BoxTicked(1, "employee", False)
    history = [f.Recorded(fact, AT, "client", "", "") for fact in (off, on, on, off, on)]
    lines = story(history, "en", Names(), WORDS["story"]["en"])
    assert [line.what.split()[0] for line in lines] == ["Ticked", "Unticked", "Ticked"]


def test_reasons_are_repeated_unless_they_may_not_be_for_the_public():
    assert said(f.Held("the budget.\nis looked at"), "en") == "Put on hold: the budget. is looked at."
    assert said(f.Held("le budget"), "fr") == "Suspension\u00a0: le budget."
    assert said(f.Held("call 613-555-0143"), "en") == "Put on hold."
    moved = f.Rescheduled(date(2027, 8, 2), None, date(2027, 9, 1), "")
    assert said(moved, "fr") == "Nouvelles dates\u00a0: fermeture 2 août 2027, livraison 1ᵉʳ septembre 2027."


def test_what_can_go_either_way_is_told_as_it_went():
    assert sentence_key(f.PullRequestSeen("posting", 2, "", "withdrawn")) == "PullRequestSeen.closed"
    assert said(f.Evaluated("kim", 2, False, "no"), "en") == "kim did not pass criterion 2."
    assert said(f.Entered(4), "fr") == "Passage à l’étape\u00a04, nom 4."
