"""People say a category in words of either language; the Exchange wants its code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.exchange_entry.categories import categories, category, nearest_category

SEED = Path(__file__).parents[2] / "sandbox" / "seed" / "ore-ero" / "_data" / "i18n" / "categories.yml"
CODES = categories(SEED.read_text("utf-8"))
SAID = st.sampled_from([(code, words) for code, both in CODES.items() for words in both.values()])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("43232300", "43232300"),
        ("data management", "43232300"),
        ("Gestion des données", "43232300"),
        ("sécurité", "43233200"),
        ("SECURITE et protection", "43233200"),
        ("development software", "43232400"),
        ("logiciels de développement", "43232400"),
        ("logiciels d’édition", "43232100"),
        ("echange d'information", "43233500"),
        ("games", ""),
        ("game", "43232000"),
    ],
)
def test_words_are_understood_in_both_languages(words: str, code: str):
    assert category(words, CODES) == ((code,) if code else ())


@pytest.mark.parametrize(
    ("words", "code"),
    [("data managment", "43232300"), ("secruity", "43233200"), ("dévelopement", "43232400"), ("poetry", None)],
)
def test_misspelt_words_are_guessed(words: str, code: str | None):
    assert category(words, CODES) == ()
    assert nearest_category(words, CODES) == code


def test_several_categories_are_a_question():
    assert category("network", CODES) == ("43232700", "43232800")
    assert category("software", CODES) == tuple(CODES)
    assert category("", CODES) == category(" … ", CODES) == ()


@given(SAID, st.sampled_from([str.upper, str.lower, str.title, lambda words: f" « {words} » "]))
def test_its_own_words_in_any_case_always_mean_it(said: tuple[str, str], typed):
    code, words = said
    assert category(typed(words), CODES) == (code,)


@given(SAID, st.data())
def test_a_part_of_its_words_never_leads_elsewhere_alone(said: tuple[str, str], data: st.DataObject):
    code, words = said
    parts = words.replace("'", " ").split()
    start = data.draw(st.integers(0, len(parts) - 1))
    part = parts[start : data.draw(st.integers(start + 1, len(parts)))]
    whole = {said for said, both in CODES.items() if " ".join(part).casefold() in both.values()}
    assert code in category(" ".join(part), CODES) or whole


@given(st.text(max_size=300))
def test_whatever_is_written_only_codes_come_back(words: str):
    assert set(category(words, CODES)) <= CODES.keys()


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "'1': {en: x}"])
def test_a_file_without_categories_is_told(text: str):
    with pytest.raises(ValueError, match="no categories"):
        categories(text)
