"""A date moves, a question is answered, a supplier is chosen: the page says so, and all else on it stays as it was."""

from __future__ import annotations

import contextlib
import difflib
import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.posts import writer as posts
from bot.documents.posts.amendment import Amendment, NewAnswer, amend
from bot.documents.posts.writer import PostError, PostQuestion
from bot.documents.text import one_line
from tests.documents.test_posts import ENGLISH, FRENCH, MARKDOWN, TEXT, passes_markdownlint, real, soup

TODAY = date(2027, 7, 9)
QUESTIONS = (PostQuestion("May we use *Ruby*?", "No."), PostQuestion("By when?", "- soon\n- not later"))
POST = replace(ENGLISH, description="The team.", modified=date(2027, 6, 30), questions=QUESTIONS)
PAGE = posts.write_post(POST)
SUPPLIER = ("supplier-1", "https://github.com/supplier-1")
NOTICE = "This opportunity is cancelled: see [why](https://github.com/canada-ca/micro-acquisition/issues/12)."


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went, and those that came."""
    found = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return tuple([line[2:] for line in found if line.startswith(sign)] for sign in "-+")  # type: ignore[return-value]


def test_an_extension_moves_the_date_and_says_that_it_did():
    after = amend(PAGE, "en", Amendment(TODAY, closing=date(2027, 12, 1)))
    assert changed(PAGE, after) == (
        ["closing_date: 2027-07-12T23:59:59-04:00\n", "last_modified: 2027-06-30\n"],
        ["closing_date: 2027-12-01T23:59:59-05:00\n", "last_modified: 2027-07-09\n", "update: closing_date\n"],
    )
    assert "update: closing_date\nshort_desc:" in after


def test_a_winner_and_the_work_are_named_and_taken_back():
    named = amend(PAGE, "en", Amendment(TODAY, bidder=SUPPLIER, work="https://github.com/supplier-1/forms"))
    assert "selected_bidder: supplier-1\nselected_bidder-link: https://github.com/supplier-1\n" in named
    assert "submitted_work-link: https://github.com/supplier-1/forms\n" in named
    assert amend(named, "en", Amendment(POST.modified, bidder=("", ""), work="")) == PAGE


def test_a_question_goes_to_the_end_and_what_stands_there_is_left_alone():
    again = NewAnswer(1, "May we use Ruby, please?", "No!")
    page = PAGE.replace("No.", "No, as people improved by hand.")
    after = amend(page, "en", Amendment(TODAY, questions=(again, NewAnswer(3, "Why?\n# A reason", "Because."))))
    assert after.endswith("\n\n### Question 3\n\nWhy?\n\n#### A reason\n\n### Answer 3\n\nBecause.\n")
    assert changed(page, after)[0] == ["last_modified: 2027-06-30\n"]


def test_an_answer_that_changed_gives_way_to_the_new_one_alone():
    after = amend(PAGE, "en", Amendment(TODAY, questions=(NewAnswer(1, "May we use *Ruby*?", "Yes.", changed=True),)))
    assert changed(PAGE, after) == (["last_modified: 2027-06-30\n", "No.\n"], ["last_modified: 2027-07-09\n", "Yes.\n"])


def test_a_question_in_between_is_put_at_its_place_above_what_people_added_below():
    added = "\n### For the record\n\nNothing to add.\n\n[r]: https://example.org\n"
    page = PAGE.replace("Question 2", "Question 4").replace("Answer 2", "Answer 4") + added
    asked = (NewAnswer(5, "Five?", "5"), NewAnswer(2, "Two?", "2"), NewAnswer(3, "Three?", ""))
    after = amend(page, "en", Amendment(TODAY, questions=asked))
    assert [heading for heading in re.findall("^### (.*)", after, re.M) if heading[-1].isdigit()] == [
        *("Question 1", "Answer 1", "Question 2", "Answer 2", "Question 3"),
        *("Question 4", "Answer 4", "Question 5", "Answer 5"),
    ]
    assert after.endswith(added)
    assert posts.read_post(after).questions[4] == PostQuestion("Five?", "5")


def test_an_answer_that_someone_put_elsewhere_is_replaced_where_it_stands():
    page = PAGE.replace("### Answer 1\n\nNo.\n\n", "") + "\n### Note\n\nSee above.\n\n### Answer 1\n\nNo.\n"
    after = amend(page, "en", Amendment(TODAY, questions=(NewAnswer(1, "Ruby?", "Yes.", changed=True),)))
    assert after.endswith("### Note\n\nSee above.\n\n### Answer 1\n\nYes.\n")
    assert "### Question 1\n\nRuby?\n\n### Question 2" in after


def test_a_notice_stands_above_everything_and_is_found_again():
    noticed = amend(PAGE, "en", Amendment(TODAY, notice=NOTICE))
    assert f"---\n\n**Micro-Acquisition notice:** {NOTICE}\n\n## Description\n" in noticed
    assert posts.read_post(noticed).notice == NOTICE
    other = amend(noticed.replace("is cancelled", "was cancelled"), "en", Amendment(TODAY, notice="It is open again."))
    assert other == noticed.replace(NOTICE, "It is open again.")
    assert amend(other, "en", Amendment(POST.modified, notice="")) == PAGE
    french = amend(posts.write_post(FRENCH), "fr", Amendment(TODAY, notice="C’est annulé."))
    assert "\n\n**Avis de micro-acquisition\N{NO-BREAK SPACE}:** C’est annulé.\n\n## Description\n" in french


@pytest.mark.parametrize("by_hand", ["2027-07-12", "'2027-07-12T23:59:59-04:00'", "2027-07-12 23:59:59 -4  # at last"])
def test_a_date_that_is_right_is_left_as_it_was_written(by_hand: str):
    page = PAGE.replace("2027-07-12T23:59:59-04:00", by_hand)
    assert amend(page, "en", Amendment(TODAY, closing=date(2027, 7, 12), bidder=("", ""))) == page


@pytest.mark.parametrize(
    ("by_hand", "amended"),
    [
        ("update: closing_date\n", "update: closing_date\n"),
        ("update: skills # new\n", "update: skills, closing_date # new\n"),
        ("update:\n  - closing_date\n", "update:\n  - closing_date\n"),
        ("update:   \n", "update: closing_date\n"),
        ("# the words\n", "update: closing_date\n# the words\n"),
    ],
)
def test_a_new_closing_date_is_one_update_among_others(by_hand: str, amended: str):
    page = PAGE.replace("short_desc:", f"{by_hand}short_desc:")
    assert amended + "short_desc:" in amend(page, "en", Amendment(TODAY, closing=date(2027, 7, 19)))


@pytest.mark.parametrize(
    ("by_hand", "amended"),
    [
        ("selected_bidder: >-\n  nobody\n  yet\n# why\n", "selected_bidder: supplier-1\n# why\n"),
        ("'selected_bidder': \"nobody\"   # why\n", "'selected_bidder': supplier-1   # why\n"),
        ("selected_bidder:\n    nobody\n", "selected_bidder:\n    supplier-1\n"),
        ("selected_bidder: one\nselected_bidder: two\n", "selected_bidder: one\nselected_bidder: supplier-1\n"),
        ("", "selected_bidder: supplier-1\n"),
    ],
)
def test_a_value_is_replaced_however_it_was_written(by_hand: str, amended: str):
    page = PAGE.replace("selected_bidder:\n", by_hand)
    after = amend(page, "en", Amendment(POST.modified, bidder=(SUPPLIER[0], "")))
    assert after == PAGE.replace("selected_bidder:\n", amended)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("---\nlayout", "layout", "no front matter"),
        ("title: Forms", "title: a: Forms", "not valid YAML"),
        ("title: Forms that everyone can fill in", "title: " + "[" * 5000, "brackets too deep"),
        ("selected_bidder:", "selected_bidder: [one, two]", "more than one value"),
        ("- MIT licence", "```text", "never closed"),
        ("The team.", "The team.\n\n#### Question 3", "heading “Question 3”"),
    ],
)
def test_a_file_that_cannot_be_amended_is_refused_in_one_sentence(old: str, new: str, said: str):
    page = posts.write_post(replace(POST, questions=())).replace(old, new, 1)
    with pytest.raises(PostError, match=said) as error:
        amend(page, "en", Amendment(TODAY, bidder=SUPPLIER, questions=(NewAnswer(3, "Why?", "So."),)))
    assert re.fullmatch(r"[^\n]+\.", str(error.value))


@pytest.mark.parametrize("front", ["{layout: post}\n", "- layout\n", "unknown: x\n", "\n"])
def test_front_matter_that_is_not_a_posts_is_refused(front: str):
    with pytest.raises(PostError):
        amend(f"---\n{front}---\n\n## Description\n", "en", Amendment(TODAY, closing=TODAY))


# --- what holds for every post and every amendment -----------------------------------------------------------

DAYS = st.dates(date(2027, 1, 1), date(2028, 12, 31))
PLAIN = st.lists(st.sampled_from(["why", "*not*", "`x`", "\n- a", "\n\n", "{{ y }}", "<b>", ":"])).map(" ".join)
NOTICES = st.just("") | PLAIN.filter(lambda text: one_line(text) != "")
AMENDMENTS = st.builds(
    Amendment,
    modified=DAYS,
    closing=st.none() | DAYS,
    selection=st.none() | DAYS,
    delivery=st.none() | DAYS,
    bidder=st.sampled_from([None, ("", ""), SUPPLIER]) | st.tuples(TEXT, TEXT),
    work=st.none() | TEXT,
    questions=st.lists(st.builds(NewAnswer, st.integers(1, 6), MARKDOWN, MARKDOWN, st.booleans()), max_size=3).map(
        tuple
    ),
    notice=st.none() | NOTICES,
)


@st.composite
def edited_by_hand(draw: Callable) -> str:
    """A post after people had it in their hands: fields in another order and spelling, notes, sections of their own."""
    asked = tuple(draw(st.lists(st.builds(PostQuestion, MARKDOWN, MARKDOWN), max_size=3)))
    post = replace(POST, questions=asked, notice=draw(NOTICES), bidder=draw(TEXT), closing_moved=draw(st.booleans()))
    _, front, page = posts.write_post(post).split("---\n", 2)
    lines = draw(st.permutations(front.splitlines()))
    lines = [line for line in lines if not re.match("se|su|up", line) or draw(st.booleans())]
    for index in range(len(lines)):
        name, _, value = lines[index].partition(": ")
        if re.fullmatch(r"[\w:+-]+", value) and draw(st.booleans()):
            lines[index] = f"'{name}':  {draw(st.sampled_from([repr(value), value]))}  # by hand"
        if draw(st.booleans()):
            lines[index] = (
                draw(st.sampled_from(["# note", "", "note: |\n  # text\n", "more: [1, 2]"])) + "\n" + lines[index]
            )
    page += draw(
        st.sampled_from(["", "\n### Note\n\nDone.\n", "\n## Note\n\n- [docs]\n\n[docs]: https://example.org\n"])
    )
    text = "---\n{}\n---\n{}".format("\n".join(lines), page)
    return draw(st.sampled_from([text, text.rstrip("\n"), text.replace("\n", "\r\n")]))


@settings(deadline=None)  # a page of soups takes its time on a busy machine
@given(edited_by_hand(), AMENDMENTS)
def test_an_amended_post_says_so_and_keeps_every_other_line(text: str, amendment: Amendment):
    after = amend(text, "en", amendment)
    assert amend(after, "en", amendment) == after
    assert after.count("\r\n") == ("\r\n" in text) * after.count("\n")
    old, new = posts.read_post(text), posts.read_post(after)
    bidder = amendment.bidder or (old.bidder, old.bidder_link)
    moved = amendment.closing not in (None, old.closing)
    assert replace(new, questions=old.questions) == replace(
        old,
        modified=old.modified if after == text else amendment.modified,
        closing=amendment.closing or old.closing,
        closing_moved=old.closing_moved or moved,
        selection=amendment.selection or old.selection,
        delivery=amendment.delivery or old.delivery,
        bidder=one_line(bidder[0]),
        bidder_link=one_line(bidder[1]),
        work_link=old.work_link if amendment.work is None else one_line(amendment.work),
        notice=new.notice,
    )
    assert (new.notice == "") == ((old.notice if amendment.notice is None else amendment.notice) == "")
    replaced = {each.number for each in amendment.questions if each.changed}
    for number, question in enumerate(old.questions, 1):
        assert number in replaced or new.questions[number - 1] == question
    gone = changed(text, after)[0]
    if not replaced:
        fields = r"'?(closing_date|start_date|delivery_date|selected_bidder|selected_bidder-link|submitted_work-link|"
        own = re.compile(fields + r"last_modified|update)'?:|\*\*Micro-Acquisition notice:\*\*")
        unfinished = text.splitlines()[-1:] if not text.endswith("\n") else []
        assert [line for line in gone if not own.match(line) and [line] != unfinished and line.strip()] == []


@settings(deadline=None)
@given(st.lists(st.builds(PostQuestion, PLAIN, PLAIN), max_size=3), AMENDMENTS, st.lists(st.booleans(), min_size=4))
def test_to_amend_a_post_of_ours_is_to_write_it_anew(
    asked: list[PostQuestion], amendment: Amendment, again: list[bool]
):
    post = replace(POST, questions=tuple(asked), notice="Look.", bidder="nobody")
    more = [PostQuestion("# New", each.answer) for each in amendment.questions]
    told = [PostQuestion("Again?", "*Yes*.") if anew else each for each, anew in zip(asked, again, strict=False)] + more
    answered = tuple(
        NewAnswer(number, each.text, each.answer, changed=number <= len(asked) and again[number - 1])
        for number, each in enumerate(told, 1)
    )
    amendment = replace(amendment, questions=answered)
    bidder = post.bidder, post.bidder_link
    wanted = replace(
        post,
        closing=amendment.closing or post.closing,
        closing_moved=amendment.closing not in (None, post.closing),
        selection=amendment.selection or post.selection,
        delivery=amendment.delivery or post.delivery,
        bidder=(amendment.bidder or bidder)[0],
        bidder_link=(amendment.bidder or bidder)[1],
        work_link=amendment.work or "",
        notice=post.notice if amendment.notice is None else amendment.notice,
        questions=tuple(told),
    )
    unchanged = posts.write_post(wanted) == posts.write_post(post)
    assert amend(posts.write_post(post), "en", amendment) == posts.write_post(
        replace(wanted, modified=post.modified if unchanged else amendment.modified)
    )


def amendments(dice: random.Random, asked: int) -> Amendment:
    """What a long life brings, at once."""
    questions = tuple(
        NewAnswer(number, soup(dice), soup(dice), changed=dice.random() < 0.5)
        for number in dice.sample(range(1, asked + 4), 3)
    )
    notice = dice.choice([None, "", NOTICE])
    return Amendment(TODAY, closing=date(2027, 8, 2), bidder=SUPPLIER, questions=questions, notice=notice)


def test_amended_pages_pass_the_sites_markdownlint(tmp_path: Path):
    dice, pages = random.Random(2027), list[str]()
    for _ in range(100):
        asked = tuple(PostQuestion(soup(dice), soup(dice)) for _ in range(dice.randint(0, 3)))
        post = replace(dice.choice([ENGLISH, FRENCH]), criteria=soup(dice), questions=asked)
        page = posts.write_post(post) + dice.choice(["", "\n## Note\n\nDone.\n"])
        page = dice.choice([page, page.replace("\n", "\r\n")])
        pages.append(amend(page, post.lang, amendments(dice, len(asked))))
        assert amend(pages[-1], post.lang, Amendment(TODAY)) == pages[-1]
    passes_markdownlint(pages, tmp_path)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_real_posts_are_amended_and_pass_the_sites_markdownlint(lang: posts.Lang, tmp_path: Path):
    text, dice = real(lang), random.Random(2027)
    pages = [amend(text, lang, amendments(dice, 0)) for _ in range(20)]
    assert [line for line in changed(text, pages[0])[0] if line.strip()] == [
        *("closing_date: 2021-07-12T23:59:59-04:00\n", "selected_bidder:\n", "selected_bidder-link:\n"),
        "last_modified: 2021-06-30\n",
    ]
    assert (posts.read_post(pages[0]).bidder, posts.read_post(pages[0]).closing) == (SUPPLIER[0], date(2027, 8, 2))
    passes_markdownlint(pages, tmp_path)


def test_a_page_that_people_wrote_in_their_manner_keeps_it(tmp_path: Path):
    theirs = "* ours\n  * yours\n\nIt is _not_ __so__, a_b_c.\n\n***\n\n~~~text\n- *x*\n~~~\n"
    page = (
        posts.write_post(replace(POST, questions=(), criteria="MIT")).replace("MIT", theirs).replace("**when**", "when")
    )
    page = page.replace("\n\n\n", "\n\n").rstrip("\n") + "\n"
    asked = NewAnswer(1, "- *one* \\* two\n  - **three**\n\n```\n- *x* ~~\n```\n\n---", "***b** c* `*d*` e*f*")
    after = amend(page, "en", Amendment(TODAY, questions=(asked,)))
    assert after.endswith(
        "\n\n* one \\* two\n  * three\n\n~~~text\n- *x* ~~\n~~~\n\n***\n\n### Answer 1\n\nb c `*d*` ef\n"
    )
    assert amend(after, "en", Amendment(TODAY, questions=(replace(asked, changed=True),))) == after
    dice = random.Random(2027)
    pages = [amend(page, "en", replace(amendments(dice, 0), notice=None)) for _ in range(60)]
    passes_markdownlint([page, after, *pages], tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "## A\n\n" + "<" * 60_000 + "](" * 30_000,
        "## A\n\n" + "- a\n" * 10_000,
        "## A\n\n" + "# a\n\n" * 10_000,
        "## A\n\n" + "### Question 1\n\n" * 5_000,
        "## A\n\n" + "[" * 60_000,
        "**Micro-Acquisition notice:** " + "*a " * 20_000,
        "## A\n\n" + "a\r" * 60_000,
        "## A\n\n" + ">" * 60 + "a\n" * 30_000,
    ],
)
def test_hostile_pages_are_amended_or_refused_fast(page: str):
    text = PAGE.partition("## Description")[0] + page
    asked = tuple(NewAnswer(number, "Why?", "So.", changed=True) for number in range(1, 20))
    begun = time.process_time()
    with contextlib.suppress(PostError):
        amend(text, "en", Amendment(TODAY, closing=TODAY, bidder=SUPPLIER, questions=asked, notice="Look."))
    assert time.process_time() - begun < 10
