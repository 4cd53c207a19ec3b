"""A pull request written by hand is told what is wrong with it, where, and what to write instead."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.inspection import BaseSite, Change, Expected, PostFinding, files, inspect
from bot.documents.markdown.tidy import tidy
from bot.documents.posts import writer as posts
from bot.documents.text import one_line
from bot.pipeline.model.words import Message
from tests.documents.test_posts import ENGLISH, FRENCH, MARKDOWN, PIECES, REAL, SOUP, TEXT, markdownlint, real, soup
from tests.tools import needs_shared

TODAY = date(2027, 6, 30)
EN_PATH = "_posts/en/2027-06-30-forms-that-everyone-can-fill-in.md"
FR_PATH = "_posts/fr/2027-06-30-des-formulaires-pour-tout-le-monde-fr.md"
PLAIN = "Forms are **hard**.\n\n- one\n- two"
EN = replace(ENGLISH, description=PLAIN)
FR = replace(FRENCH, description="Les formulaires sont **difficiles**.\n\n- un\n- deux", value=EN.value)
EXPECTED = Expected(EN, FR)
SITE = BaseSite(TODAY, frozenset({"opportunity1"}), frozenset({"_posts/en/2027-06-01-taken.md"}), "opportunity2")
ENGLISH_TEXT, FRENCH_TEXT = posts.write_post(EN), posts.write_post(FR)


def pair(en: str = ENGLISH_TEXT, fr: str = FRENCH_TEXT, en_path: str = EN_PATH, fr_path: str = FR_PATH) -> list[Change]:
    return [Change(en_path, en), Change(fr_path, fr)]


def said(found: tuple[PostFinding, ...], *, failing: bool = False) -> list[str]:
    return [each.message.name.removeprefix("inspect.") for each in found if each.fails or not failing]


def applied(text: str, found: tuple[PostFinding, ...]) -> str:
    """What GitHub makes of the text when every suggestion is taken."""
    lines = text.split("\n")
    ended = not lines[-1]
    if ended:
        lines.pop()
    kept = [f"{line}\n" for line in lines]
    if kept and not ended:
        kept[-1] = lines[-1]
    free = len(kept) + 1
    for each in sorted((each for each in found if each.suggestion is not None), key=lambda each: -each.line):
        assert 1 <= each.line <= each.end < free, "a line has two suggestions, or there is none such"
        free = each.line
        kept[each.line - 1 : each.end] = [f"{line}\n" for line in each.suggestion.split("\n") if each.suggestion != ""]
    return "".join(kept)


def settled(
    changes: list[Change], site: BaseSite = SITE, expected: Expected | None = None
) -> tuple[list[Change], tuple]:
    """The changes after all suggestions, round after round, and what is found then."""
    for _ in range(12):
        found = inspect(changes, site, expected)
        before = [change.after for change in changes]
        changes = [
            replace(change, after=applied(change.after, tuple(f for f in found if f.path == change.path)))
            if change.after is not None
            else change
            for change in changes
        ]
        if [change.after for change in changes] == before:
            return changes, found
    raise AssertionError(f"suggestions without end: {found}")


def written(changes: list[Change], expected: Expected = EXPECTED) -> dict[str, str]:
    """The files as they should be, by path."""
    return {one.path: one.text for one in files(changes, SITE, expected)}


def wrong(old: str, new: str) -> str:
    assert old in ENGLISH_TEXT
    return ENGLISH_TEXT.replace(old, new, 1)


AUTHORS = {"empty", "long-text", "value-unreadable", "end-unreadable", "day-unreadable", "front-broken"}
AUTHORS |= {"question-number", "section-empty", "heading-order", "above-headings"}
"""What only the author can write or move."""


HIDES = {"front-none", "front-unclosed", "front-unopened", "yaml", "key-misspelt", "key-twice", "heading-missing"}
HIDES |= {"question-number", "heading-order", "above-headings", "tangled", "unquoted"}
"""What keeps the rest from being read."""


# --- what people get wrong -------------------------------------------------------------------------------

NAMES: dict[str, tuple[str, str, str]] = {
    "no folder": ("_posts/x.md", "folder", "_posts/en/2027-06-30-x.md"),
    "folder without a sign": ("posts/en/2027-06-30-x.md", "folder", "_posts/en/2027-06-30-x.md"),
    "capitals": ("_posts/EN/2027-06-30-x.md", "folder", "_posts/en/2027-06-30-x.md"),
    "short date": ("_posts/en/2027-6-5-x.md", "name-date", "_posts/en/2027-06-30-x.md"),
    "date turned round": ("_posts/en/05-06-2027-x.md", "name-date", "_posts/en/2027-06-30-x.md"),
    "no date": ("_posts/en/forms.md", "name-date", "_posts/en/2027-06-30-forms.md"),
    "no such day": ("_posts/en/2027-02-30-forms.md", "name-date", "_posts/en/2027-06-30-forms.md"),
    "another ending": ("_posts/en/2027-06-30-x.markdown", "ending", "_posts/en/2027-06-30-x.md"),
    "no ending": ("_posts/en/2027-06-30-x", "ending", "_posts/en/2027-06-30-x.md"),
    "accents": ("_posts/en/2027-06-30-Été & co.md", "name-letters", "_posts/en/2027-06-30-ete-co.md"),
    "later": ("_posts/en/2027-07-05-x.md", "hidden", "_posts/en/2027-06-30-x.md"),
    "taken": ("_posts/en/2027-06-01-taken.md", "taken", "_posts/en/2027-06-01-taken-2.md"),
}


@pytest.mark.parametrize(("path", "wrong", "right"), NAMES.values(), ids=NAMES)
def test_a_post_that_stands_elsewhere_is_told_where_it_belongs(path: str, wrong: str, right: str):
    found = inspect(pair(en_path=path), SITE, None)
    mine = [each for each in found if each.path == path]
    assert said(tuple(mine)) == [wrong]
    assert mine[0].message.args["right"].text == right
    assert set(said(found)) <= {wrong, "twin-dates"}
    texts = written(pair(en_path=path))
    assert path not in texts
    assert inspect([Change(*each) for each in texts.items()], SITE, EXPECTED) == ()


FRONT: dict[str, tuple[str, str, str]] = {
    "a colon in the title": ("title: Forms that", "title: Forms: that", "yaml"),
    "a title that begins with a quotation": ("title: Forms that", 'title: "Forms" that', "yaml"),
    "a title cut by a comment": ("title: Forms that", "title: Forms #1 that", "unquoted"),
    "a title that is a number": ("title: Forms that everyone can fill in", "title: 1,000", "unquoted"),
    "a tag in the title": ("title: Forms", "title: <b>Forms</b>", "markup"),
    "a template in the short text": ("short_desc: \"Write", "short_desc: \"{{ x }} Write", "markup"),
    "no title": ("title: Forms that everyone can fill in", "title:", "empty"),
    "a long title": ("title: Forms", f"title: Forms{'x' * 100}", "long-text"),
    "a misspelt key": ("skills:", "skils:", "key-misspelt"),
    "an unknown key": ("layout: post", "layout: post\nauthor: me", "key-unknown"),
    "a key twice": ("layout: post", "layout: post\nlang: en", "key-twice"),
    "no bidder": ("selected_bidder:\n", "", "key-missing"),
    "another order": ("ref: opportunity2\nlang: en", "lang: en\nref: opportunity2", "key-order"),
    "another layout": ("layout: post", "layout: page", "layout"),
    "another language": ("lang: en", "lang: fr", "lang"),
    "a number alone": ("ref: opportunity2", "ref: 2", "ref-form"),
    "the ref of the template": ("ref: opportunity2", "ref: opportunity1", "ref-taken"),
    "skills without a space": ("skills: Python, WCAG", "skills: Python,WCAG", "skills"),
    "skills apart by semicolons": ("skills: Python, WCAG", "skills: Python; WCAG", "skills"),
    "a bare price": ("value: $6,500 (excluding taxes)", "value: 6500", "value"),
    "no price": ("value: $6,500 (excluding taxes)", "value: $0,000", "value-unreadable"),
    "universal time": ("closing_date: 2027-07-12T23:59:59-04:00", "closing_date: 2027-07-12T23:59:59Z", "end"),
    "winter time in summer": ("2027-07-12T23:59:59-04:00", "2027-07-12T23:59:59-05:00", "end"),
    "a date alone": ("closing_date: 2027-07-12T23:59:59-04:00", "closing_date: 2027-07-12", "end"),
    "a date in words": ("closing_date: 2027-07-12T23:59:59-04:00", "closing_date: soon", "end-unreadable"),
    "an hour of selection": ("start_date: 2027-07-16", "start_date: 2027-07-16T23:59:59-04:00", "day"),
    "a day in words": ("start_date: 2027-07-16", "start_date: July", "day-unreadable"),
    "a bidder already": ("selected_bidder:\n", "selected_bidder: me\n", "bidder"),
    "an update already": ("short_desc:", "update: closing_date\nshort_desc:", "update-new"),
    "blank lines above": ("---\nlayout", "\n\n---\nlayout", "front-late"),
    "nothing above": ("---\nlayout", "layout", "front-unopened"),
    "nothing below": ("reader.\"\n---", "reader.\"", "front-unclosed"),
    "a stray line": ("---\nlayout", "---\nMy post\nlayout", "front-stray"),
    "an end of its own": ("layout: post", "layout: post\n...", "front-broken"),
    "a list": ("skills: Python, WCAG 2.1", "skills: [Python, WCAG]", "yaml"),
}  # fmt: skip

BODY: dict[str, tuple[str, str, str]] = {
    "the words of the first post": ("### Opportunity", "### The work", "heading-own"),
    "a heading in bold": ("### Background", "**Background**", "heading-own"),
    "a heading too high": ("## Description", "# Description", "heading-own"),
    "a heading of the other language": ("### Background", "### Contexte", "heading-own"),
    "a heading misspelt": ("## Work acceptance criteria", "## Work aceptance criteria:", "heading-own"),
    "a title of its own": ("Forms are", "# Forms\n\nForms are", "heading-level"),
    "no rule": ("<hr/>\n\n", "", "rule"),
    "three hyphens for a rule": ("<hr/>", "---", "rule"),
    "a template": ("Forms are", "Forms {{ page.title }} are", "template"),
    "a script": ("Forms are", "Forms <script>x</script> are", "html"),
    "a tab": ("- one", "-\tone", "tab"),
    "blanks at the end": ("are **hard**.", "are **hard**. ", "trailing"),
    "no line before a list": ("are **hard**.\n", "are **hard**.", "blank-around"),
    "many blank lines": ("are **hard**.\n", "are **hard**.\n\n\n", "blank-several"),
    "bold for a heading": ("Forms are **hard**.", "**Forms**\n\nare hard", "bold"),
    "the same heading twice": ("Forms are", "#### One\n\na\n\n#### One\n\nForms are", "heading-twice"),
    "a level skipped": ("Forms are", "##### One\n\nForms are", "heading-level"),
    "a heading with a colon": ("Forms are", "#### One:\n\nForms are", "heading-form"),
    "a heading without a space": ("Forms are", "####One\n\nForms are", "glued"),
    "code without its language": ("- one\n- two", "```\none\n```", "fence"),
    "a list numbered by hand": ("1. A form\n2. Its tests", "1. A form\n3. Its tests", "number"),
    "two signs": ("- one\n- two", "- one\n- two\n\nand\n\n* three", "sign"),
    "an item further in": ("- two", "    - two", "indent"),
    "a vague link": ("Forms are", "[Here](https://example.org) are", "link"),
    "a bare address": ("Forms are", "https://example.org are", "style"),
    "no end": ("every test passes\n", "every test passes", "final-newline"),
    "an empty section": ("Tell us **when**, what and how.\n\n", "", "section-empty"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), (FRONT | BODY).values(), ids=FRONT | BODY)
def test_a_mistake_is_named_and_mended(old: str, new: str, told: str):
    changes = pair(wrong(old, new))
    found = inspect(changes, SITE, None)
    assert told in said(found), found
    _, left = settled(changes)
    assert said(left) == ([told] if told in AUTHORS else [])
    texts = written(changes)
    assert texts == {EN_PATH: ENGLISH_TEXT, FR_PATH: FRENCH_TEXT}


def test_the_price_in_french_has_no_break_spaces():
    text = FRENCH_TEXT.replace("\u00a0", " ")
    (found,) = inspect(pair(fr=text), SITE, None)
    assert (said((found,)), found.suggestion) == (["value"], "value: 6\u00a0500\u00a0$ (hors taxes)")


def test_a_yaml_mistake_is_found_on_its_line_with_the_line_to_put_there():
    (found,) = inspect(pair(wrong("title: Forms", "title: Forms: all")), SITE, None)
    assert (found.line, found.end) == (3, 3)
    assert found.suggestion == "title: 'Forms: all that everyone can fill in'"


def test_ten_mistakes_of_a_first_timer():
    """All at once: each is told, and the suggestions leave only what nobody else can write."""
    text = (
        ENGLISH_TEXT.replace("title: Forms that", "title: Forms: that")
        .replace("value: $6,500 (excluding taxes)", "value: $6500")
        .replace("2027-07-12T23:59:59-04:00", "2027-07-12T23:59:59Z")
        .replace("ref: opportunity2", "ref: opportunity1")
        .replace("skills: Python, WCAG", "skills: Python,WCAG")
        .replace("### Opportunity", "### The work")
        .replace("## Description\n", "# Description")
        .replace("<hr/>\n\n", "")
        .replace("passes\n", "passes  \n\n")
        .replace("- one", "* one")
    )
    changes = [Change("_posts/2027-7-5-forms.md", text)]
    found = inspect(changes, SITE, None)
    assert said(found, failing=True) == [
        *("folder", "twin-missing", "yaml", "ref-taken", "skills", "value", "end"),
        *("heading-own", "sign", "heading-own", "rule", "blank-several"),
    ]
    right = [each.message.args["right"].text for each in found[:2]]
    assert right == ["_posts/en/2027-06-30-forms.md", "_posts/fr/2027-06-30-forms-fr.md"]
    mended, left = settled(changes)
    assert said(left) == ["folder", "twin-missing"]
    assert mended[0].after == ENGLISH_TEXT.replace(
        "title: Forms that everyone can fill in", "title: 'Forms: that everyone can fill in'"
    )


def test_a_right_pull_request_is_left_alone():
    assert inspect(pair(), SITE, None) == inspect(pair(), SITE, EXPECTED) == ()


def test_the_twin_is_asked_for_at_its_path_unless_it_is_there():
    (found,) = inspect(pair()[:1], SITE, EXPECTED)
    assert (found.message.name, found.message.args["right"].text) == ("inspect.twin-missing", FR_PATH)
    (found,) = inspect(pair()[1:], SITE, None)
    assert found.message.args["right"].text == "_posts/en/2027-06-30-des-formulaires-pour-tout-le-monde.md"
    assert inspect(pair()[:1], replace(SITE, texts={FR_PATH: FRENCH_TEXT}), EXPECTED) == ()


OTHER_DAY = pair(fr_path="_posts/fr/2027-06-29-formulaires.md")
SAME_ADDRESS = pair(en_path="_posts/en/2027-06-30-bot.md", fr_path="_posts/fr/2027-06-30-bot.md")


def test_twins_share_a_date_and_no_address():
    (found,) = inspect(OTHER_DAY, SITE, None)
    assert found.message.args["right"].text == "_posts/fr/2027-06-30-formulaires.md"
    (found,) = inspect(SAME_ADDRESS, SITE, None)
    assert said((found,)) == ["collide"]
    assert found.message.args["right"].text == "_posts/fr/2027-06-30-bot-fr.md"


TWO = [*pair(), Change("_posts/en/2027-06-30-a.md", ENGLISH_TEXT.replace("Forms that", "Maps that"))]
MANY = [Change(EN_PATH.replace("forms", f"n{n}"), ENGLISH_TEXT, ENGLISH_TEXT) for n in range(12)]


def test_a_second_opportunity_is_to_be_moved_out():
    (found,) = inspect(TWO, SITE, EXPECTED)
    assert (found.path, said((found,))) == ("_posts/en/2027-06-30-a.md", ["extra"])
    assert said(inspect(MANY, SITE, None)) == ["many", "many"]


NOT_POSTS = ([Change(EN_PATH, None, ENGLISH_TEXT)], [Change(EN_PATH, None)], [Change(EN_PATH, "x" * 100_001)])


def test_what_is_no_post_is_said_in_a_word():
    assert [said(inspect(changes, SITE, None)) for changes in NOT_POSTS] == [["removed"], ["not-text"], ["long"]]
    assert inspect([Change("_posts/en/template-opportunity.md", "---\n", "---\n")], SITE, None) == ()


def test_no_front_matter_at_all():
    assert said(inspect(pair("Forms are hard.\n"), SITE, None)) == ["front-none"]
    assert said(inspect(pair(""), SITE, None)) == ["front-none"]
    broken = wrong("layout: post", "layout: post\n  more: [")
    assert "yaml" in said(inspect(pair(broken), SITE, None))


TURNED = ENGLISH_TEXT.replace("### Background", "@").replace("### Opportunity", "### Background")
OUT_OF_PLACE = {
    wrong("## Application evaluation\n\n", ""): "heading-missing",
    TURNED.replace("@", "### Opportunity"): "heading-order",
    wrong("## Description", "Hello\n\n## Description"): "above-headings",
    wrong("Forms are", f"{'[' * 1_100} are"): "tangled",
    f"{ENGLISH_TEXT}\n### Question 1\n\nWhen?\n\n### Question 3\n\nWhy?\n": "question-number",
    f"{ENGLISH_TEXT}\n### Question 1\n\nWhen?\n\n### Question 1\n\nWhy?\n": "question-number",
}


def test_headings_that_are_missing_or_out_of_place():
    assert [said(inspect(pair(text), SITE, None)) for text in OUT_OF_PLACE] == [
        [told] for told in OUT_OF_PLACE.values()
    ]


# --- against the statement -------------------------------------------------------------------------------

DIFFERENT = {
    "title": "title: Other forms",
    "skills": "skills: Go",
    "value": "value: $7,000 (excluding taxes)",
    "closing_date": "closing_date: 2027-07-13T23:59:59-04:00",
    "start_date": "start_date: 2027-07-19",
    "delivery_date": "delivery_date: 2027-12-06T23:59:59-05:00",
    "short_desc": 'short_desc: "Other forms."',
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_field_that_differs_from_the_statement_is_put_back(name: str):
    line = next(line for line in ENGLISH_TEXT.split("\n") if line.startswith(f"{name}:"))
    changes = pair(wrong(line, DIFFERENT[name]))
    (found,) = inspect(changes, SITE, EXPECTED)
    assert (said((found,)), found.suggestion) == (["differs"], line)
    assert settled(changes, expected=EXPECTED)[0] == pair()


def test_a_section_that_differs_is_named_and_formatting_alone_is_no_difference():
    (found,) = inspect(pair(wrong("Forms are **hard**.", "Forms are easy.")), SITE, EXPECTED)
    assert (said((found,)), found.message.args["heading"], found.suggestion) == (
        ["section-differs"],
        "Background",
        None,
    )
    assert ENGLISH_TEXT.split("\n")[found.line - 1] == "### Background"
    assert said(inspect(pair(wrong("- one\n- two", "* one\n* two")), SITE, EXPECTED), failing=True) in ([], ["sign"])


def test_the_address_of_the_issue_is_asked_for():
    line = next(line for line in ENGLISH_TEXT.split("\n") if line.startswith("To apply"))
    changes = pair(wrong(f"{line}\n\n", ""))
    assert inspect(changes, SITE, None) == ()
    assert said(inspect(changes, SITE, EXPECTED)) == ["address"]
    assert settled(changes, expected=EXPECTED) == (pair(), ())


# --- amendments ------------------------------------------------------------------------------------------

ON_SITE = replace(SITE, texts={EN_PATH: ENGLISH_TEXT, FR_PATH: FRENCH_TEXT})


def amended(old: str, new: str) -> Change:
    return Change(EN_PATH, wrong(old, new), ENGLISH_TEXT)


def test_words_may_be_corrected_but_not_unseen():
    found = inspect([amended("Forms are", "All forms are")], ON_SITE, None)
    assert said(found) == ["section-changed"]
    assert said(found, failing=True) == []


HELD = {EN_PATH: {"closing_date": "closing_date: 2027-07-19T23:59:59-04:00"}}


def test_what_holds_in_the_issue_changes_to_nothing_else_on_the_page():
    days = "2027-07-12T23:59:59-04:00", "2027-07-26T23:59:59-04:00"
    both = [amended(*days), Change(FR_PATH, FRENCH_TEXT.replace(*days), FRENCH_TEXT)]
    held = dict.fromkeys((EN_PATH, FR_PATH), HELD[EN_PATH])
    found = inspect(both, ON_SITE, None, held)
    assert [one.suggestion for one in found if said((one,)) == ["held"]] == [HELD[EN_PATH]["closing_date"]] * 2
    right = [replace(one, after=one.after.replace(days[1], "2027-07-19T23:59:59-04:00")) for one in both]
    assert inspect(right, ON_SITE, None, held) == ()
    behind = [amended("Forms are", "All forms are")]
    assert said(inspect(behind, ON_SITE, None, held)) == ["section-changed"], "what it does not touch"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("start_date: 2027-07-16", "start_date: 2027-07-19"),
        ("selected_bidder:\n", "selected_bidder: supplier-1\n"),
    ],
)
def test_facts_change_in_both_languages_or_in_none(old: str, new: str):
    (found,) = inspect([amended(old, new)], ON_SITE, None)
    assert said((found,)) == ["twins-differ"]
    assert found.message.args["twin"].text == FR_PATH
    both = [amended(old, new), Change(FR_PATH, FRENCH_TEXT.replace(old, new), FRENCH_TEXT)]
    assert inspect(both, ON_SITE, None) == ()


def test_the_price_stays():
    changed = [
        amended("$6,500", "$7,000"),
        Change(FR_PATH, FRENCH_TEXT.replace("6\u00a0500", "7\u00a0000"), FRENCH_TEXT),
    ]
    assert said(inspect(changed, ON_SITE, None)) == ["price-changed", "price-changed"]
    assert [change.after for change in settled(changed, ON_SITE)[0]] == [ENGLISH_TEXT, FRENCH_TEXT]


def test_a_new_closing_date_is_announced():
    days = "2027-07-12T23:59:59-04:00", "2027-07-19T23:59:59-04:00"
    changes = [amended(*days), Change(FR_PATH, FRENCH_TEXT.replace(*days), FRENCH_TEXT)]
    assert said(inspect(changes, ON_SITE, None)) == ["update-missing", "update-missing"]
    mended, left = settled(changes, ON_SITE)
    assert left == ()
    assert "\nupdate: closing_date\nshort_desc" in mended[0].after
    odd = Change(EN_PATH, mended[0].after.replace("update: closing_date", "update: title"), ENGLISH_TEXT)
    assert said(inspect([odd, mended[1]], ON_SITE, None)) == ["update"]


def test_a_ref_is_that_of_the_twin():
    found = inspect([amended("ref: opportunity2", "ref: opportunity5")], ON_SITE, None)
    assert [(said((each,)), each.suggestion) for each in found] == [(["ref-twin"], "ref: opportunity2")]
    found = inspect(pair(fr=FRENCH_TEXT.replace("opportunity2", "opportunity5")), SITE, None)
    assert [(each.path, each.suggestion) for each in found] == [(FR_PATH, "ref: opportunity2")]


def test_what_was_wrong_before_stops_nothing():
    before = wrong("### Opportunity", "### The work")
    found = inspect([Change(EN_PATH, before.replace("hard", "very hard"), before)], ON_SITE, None)
    assert said(found) == ["section-changed", "heading-own"]
    assert said(found, failing=True) == []


# --- the posts there are ---------------------------------------------------------------------------------


def test_what_is_found_in_the_one_real_post():
    changes = [Change("_posts/en/2021-06-23-a.md", real("en")), Change("_posts/fr/2021-06-23-b.md", real("fr"))]
    found = inspect(changes, SITE, None)
    assert [(each.path[7:9], *said((each,))) for each in found] == [
        ("en", "ref-taken"),
        ("en", "update-new"),
        ("en", "heading-own"),
        ("fr", "ref-taken"),
        ("fr", "value"),
        ("fr", "update-new"),
        ("fr", "heading-own"),
    ]
    assert settled(changes)[1] == ()


def test_what_is_found_in_the_blank_templates():
    needs_shared(REAL.is_dir())
    english, french = (
        (REAL / "en/template-opportunity.md").read_text(),
        (REAL / "fr/gabarit-opportunite.md").read_text(),
    )
    found = inspect(pair(english, french), SITE, None)
    for path in (EN_PATH, FR_PATH):
        assert said(tuple(each for each in found if each.path == path)) == [
            *("empty", "ref-taken", "empty", "value-unreadable", "end", "empty"),
            *["section-empty"] * 4,
        ]
    assert written(pair(english, french)).keys() == {EN_PATH, FR_PATH}


# --- properties ------------------------------------------------------------------------------------------

POSTS = SOUP | st.builds(
    replace,
    st.just(ENGLISH),
    title=TEXT.filter(lambda text: 0 < len(one_line(text)) <= 100),
    short=TEXT.filter(lambda text: one_line(text) != ""),
    skills=st.tuples(TEXT, st.just("Go")),
    closing=st.dates(date(2027, 1, 1), date(2028, 12, 31)),
)


def filled(post: posts.Post) -> bool:
    return all(tidy(text).text for text in (post.description, post.opportunity, post.evaluation, post.criteria))


@settings(deadline=None)
@given(POSTS.filter(filled))
def test_nothing_is_found_in_what_the_bot_writes(post: posts.Post):
    expected = Expected(post, replace(post, lang="fr"))
    paths = posts.paths(expected.en, expected.fr, TODAY)
    changes = [
        Change(path, posts.write_post(each)) for path, each in zip(paths, (expected.en, expected.fr), strict=True)
    ]
    assert inspect(changes, SITE, expected) == ()
    assert list(written(changes, expected).items()) == [(change.path, change.after) for change in changes]


ODD = [
    "",
    "  ",
    "---",
    "title: a: b",
    "ref: x",
    "value: 1",
    "lang: fr",
    "closing_date: 2027-7-5",
    "x:",
    "  y",
    "text  ",
]
ODD += ["## Description", "### The work", "<hr/>", "#### Same", "Head\n===", "  - in", "* star", "3. three", "> quote"]
LINES = st.sampled_from([*PIECES, *ODD])
MUTATIONS = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from(["insert", "put", "delete", "append", "swap"]), LINES)
)


def mutated(text: str, changes: list[tuple[int, str, str]]) -> str:
    lines = text.split("\n")
    for place, how, line in changes:
        at = place % len(lines)
        if how == "insert":
            lines.insert(at, line)
        elif how == "put":
            lines[at] = line
        elif how == "append":
            lines[at] += line
        elif how == "delete" and len(lines) > 1:
            del lines[at]
        elif at:
            lines[at - 1], lines[at] = lines[at], lines[at - 1]
    return "\n".join(lines)


@settings(deadline=None)
@given(MUTATIONS, st.booleans())
def test_suggestions_come_to_an_end_and_make_nothing_worse(mutations: list, known: bool):
    expected = EXPECTED if known else None
    changes = pair(mutated(ENGLISH_TEXT, mutations))
    first = inspect(changes, SITE, expected)
    mended, left = settled(changes, expected=expected)
    assert not [each for each in left if each.suggestion is not None]
    if not HIDES & {*said(first)}:
        assert len(said(left, failing=True)) <= len(said(first, failing=True))
    texts = written(mended)
    assert inspect([Change(*each) for each in texts.items()], SITE, EXPECTED) == ()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(20, 80), st.sampled_from(["insert", "append"]), MARKDOWN), max_size=4))
def test_formatting_is_mended_to_the_last_line(mutations: list):
    length = ENGLISH_TEXT.count("\n") - 20
    mutations = [(20 + at % length, how, text) for at, how, text in mutations]
    whole = [each for each in mutations if "```" not in each[2] and "~~~" not in each[2] and "<" not in each[2]]
    _, left = settled(pair(mutated(ENGLISH_TEXT, whole)))
    assert not [each for each in left if each.line and each.message.name.removeprefix("inspect.") not in AUTHORS]


@settings(deadline=None)
@given(st.text() | MARKDOWN, st.text() | MARKDOWN, st.text(max_size=30))
def test_any_text_is_judged(front: str, text: str, path: str):
    for whole in (
        front,
        f"---\n{front}\n---\n{text}",
        mutated(ENGLISH_TEXT, [(5, "insert", front), (30, "insert", text)]),
    ):
        inspect([Change(f"_posts/en/{path}", whole), Change(FR_PATH, FRENCH_TEXT)], SITE, EXPECTED)


HOSTILE = {
    "quotations": ">" * 60 + "a\n" * 1_900,
    "items": "- a\n" * 1_900,
    "deep items": "".join(" " * (2 * (n % 60)) + "- a\n" for n in range(1_900)),
    "brackets": "[" * 90_000,
    "emphasis": "*a " * 9_000 + "b* " * 9_000,
    "stars": "*" * 90_000,
    "backticks": "".join("`" * n + " " for n in range(400)),
    "headings": "# a\n" * 1_900,
    "lines turned": "\n".join(f"{n * 7919 % 1900} word " for n in range(1_900)),
    "pairs": "a\nb\n" * 950,
    "keys": "---\n" + "".join(f"k{n}: v\n" for n in range(199)) + "---\n",
    "yaml": "---\ntitle: " + "[" * 15_000 + "\n---\n",
    "tags": "<a " * 30_000,
    "comments": "<!--" * 20_000,
    "blanks": "a" + " " * 90_000 + "b\n",
    "braces": "{{" * 45_000,
    "digits": "---\nvalue: $" + "9" * 16_000 + "\n---\n",
    "entities": "---\ntitle: " + "&#1" * 5_000 + "\n---\n",
    "table": "|a" * 5_000 + "\n" + "|-" * 5_000 + "\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_seconds_at_most(text: str):
    for whole in (text, wrong("Forms are", text), wrong("title: Forms", f"title: {text[:9_000]}")):
        start = monotonic()
        inspect(pair(whole[:99_000]), SITE, EXPECTED)
        assert monotonic() - start < 12


def test_what_passes_here_passes_the_sites_markdownlint(tmp_path: Path):
    command = markdownlint()
    settings_file = tmp_path / "settings.json"
    settings_file.write_text(
        json.dumps({"default": True, **dict.fromkeys(["MD013", "MD033", "MD034", "MD037"], False)})
    )
    dice = random.Random(2027)
    pages = tmp_path / "posts"
    pages.mkdir()
    for number in range(400):
        lines = [
            (dice.randrange(19, 60), dice.choice(["insert", "put", "append", "delete"]), soup(dice))
            for _ in range(dice.randint(1, 2))
        ]
        text = mutated(ENGLISH_TEXT, lines)
        if not inspect(pair(text), SITE, None):
            (pages / f"{number}.md").write_text(text)
        settled_text = settled(pair(text))[0][0].after
        if not inspect(pair(settled_text), SITE, None):
            (pages / f"{number}-settled.md").write_text(settled_text)
    assert len([*pages.iterdir()]) > 100
    found = subprocess.run([*command, "--config", settings_file, pages], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


# --- for those who read the sentences --------------------------------------------------------------------


def everything_inspected() -> Iterator[Message]:
    """Every sentence of the inspection, with what it is really given."""
    both = [Change(EN_PATH, wrong("$6,500", "$7,000"), ENGLISH_TEXT)]
    moved = [Change(EN_PATH, wrong("2027-07-12T", "2027-07-19T"), ENGLISH_TEXT)]
    odd = [Change(EN_PATH, wrong("short_desc", "update: title\nshort_desc"), ENGLISH_TEXT)]
    cases: list[tuple[list[Change], BaseSite, Expected | None]] = [
        *((pair(en_path=path), SITE, None) for path, _, _ in NAMES.values()),
        *((pair(wrong(old, new)), SITE, None) for old, new, _ in (FRONT | BODY).values()),
        *(
            (pair(fr=text), SITE, None)
            for text in (FRENCH_TEXT.replace("\u00a0", " "), FRENCH_TEXT.replace("6\u00a05", "0"))
        ),
        *((changes, ON_SITE, None) for changes in (both, moved, odd, [amended("Forms are", "All are")], *NOT_POSTS)),
        *((pair(text), SITE, None) for text in ("Forms.\n", *OUT_OF_PLACE)),
        (pair(fr=FRENCH_TEXT.replace("opportunity2", "opportunity5")), SITE, None),
        *(
            (pair(wrong("Forms ", "All forms ")), SITE, EXPECTED),
            (pair(wrong("title: Forms", "title: All")), SITE, EXPECTED),
        ),
        (pair(wrong("To apply", "Apply")), SITE, EXPECTED),
        *((each, SITE, None) for each in (pair()[:1], pair()[1:], SAME_ADDRESS, OTHER_DAY, TWO, MANY)),
    ]
    for changes, site, expected in cases:
        for each in inspect(changes, site, expected):
            yield each.message
    for each in inspect(moved, ON_SITE, None, HELD | {EN_PATH: {"closing_date": "closing_date: 2027-07-12"}}):
        yield each.message
