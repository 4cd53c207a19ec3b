"""What a client writes in the issue becomes two pages that the Micro-Acquisition site can show."""

from __future__ import annotations

import html
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.markdown.tidy import tidy
from bot.documents.posts import writer as posts
from bot.documents.posts.writer import Post, PostError, PostQuestion
from bot.documents.text import one_line
from tests.tools import needs_shared, require

FIXTURES = Path(__file__).parent / "fixtures"
REAL = Path(__file__).parents[3] / "shared" / "data" / "posts"
MARKUP = (FIXTURES / "opportunity.md").read_text()

ENGLISH = Post(
    lang="en",
    title="Forms that everyone can fill in",
    ref="opportunity2",
    skills=("Python", "WCAG 2.1"),
    value=Decimal("6500"),
    closing=date(2027, 7, 12),
    selection=date(2027, 7, 16),
    delivery=date(2027, 12, 3),
    modified=date(2027, 6, 30),
    short="Write forms that work with a screen reader.",
    description=MARKUP,
    opportunity="1. A form\n2. Its tests",
    evaluation="Tell us **when**, what and how.",
    criteria="- MIT licence\n- every test passes",
    issue_url="https://github.com/canada-ca/micro-acquisition/issues/12",
)
FRENCH = replace(ENGLISH, lang="fr", title="Des formulaires pour tout le monde", value=Decimal("1234.5"))


def front_matter(text: str) -> dict[str, object]:
    return yaml.safe_load(text.split("---\n")[1])


def body(text: str) -> str:
    return text.split("---\n", 2)[2]


def test_a_post_has_the_fields_and_headings_of_the_template_in_their_order():
    text = posts.write_post(ENGLISH)
    assert " ".join(front_matter(text)) == (
        "layout title ref lang skills value closing_date start_date delivery_date selected_bidder "
        "selected_bidder-link submitted_work-link last_modified short_desc"
    )
    assert "closing_date: 2027-07-12T23:59:59-04:00\n" in text
    assert "delivery_date: 2027-12-03T23:59:59-05:00\n" in text
    assert "skills: Python, WCAG 2.1\nvalue: $6,500 (excluding taxes)\n" in text
    assert re.findall("^(?:##|###) .*|^<hr/>", text, re.M) == [
        "## Description",
        "### Background",
        "### Opportunity",
        "<hr/>",
        "## Application evaluation",
        "## Work acceptance criteria",
    ]
    assert "value: 1\N{NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}$ (hors taxes)\n" in posts.write_post(FRENCH)
    assert "### Contexte\n" in posts.write_post(FRENCH)


def test_an_amended_post_says_what_changed():
    amended = replace(
        ENGLISH,
        closing_moved=True,
        bidder="supplier-1",
        bidder_link="https://github.com/supplier-1",
        questions=(PostQuestion("May we use *Ruby*?", "No.\n\n# Really"), PostQuestion("When?", "")),
    )
    text = posts.write_post(amended)
    assert list(front_matter(text))[-3:] == ["last_modified", "update", "short_desc"]
    assert "selected_bidder: supplier-1\n" in text
    end = "### Question 1\n\nMay we use *Ruby*?\n\n### Answer 1\n\nNo.\n\n#### Really\n\n### Question 2\n\nWhen?\n"
    assert text.endswith(end)
    again = posts.read_post(text)
    assert posts.write_post(again) == text
    assert (again.closing_moved, again.bidder, again.issue_url) == (True, "supplier-1", amended.issue_url)


def test_what_people_write_is_shown_and_never_run():
    text = body(posts.write_post(ENGLISH))
    assert text == (FIXTURES / "opportunity-tidied.md").read_text()
    assert posts.write_post(posts.read_post(posts.write_post(ENGLISH))) == posts.write_post(ENGLISH)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Élaboration de l’œuvre: C++ & Co.", "elaboration-de-loeuvre-c-co"),
        ("日本語", "opportunity"),
        ("word " * 30, "-".join(["word"] * 12)),
        ("x" * 99, "x" * 60),
    ],
)
def test_a_file_name_is_ascii_bounded_and_never_empty(title: str, name: str):
    assert posts.file_slug(title) == name


def test_the_two_languages_never_share_an_address():
    en, fr = posts.paths(replace(ENGLISH, title="Bot fr"), replace(FRENCH, title="Bot"), date(2027, 6, 1))
    assert (en, fr) == ("_posts/en/2027-06-01-bot-fr.md", "_posts/fr/2027-06-01-bot-fr-fr.md")
    assert posts.publication_date(datetime(2027, 6, 2, 5, tzinfo=UTC)) == date(2027, 6, 1)


def test_the_next_ref_is_free_on_the_branch_and_in_open_pull_requests():
    page, patch = "---\nlayout: page\nref: home\n---\n", "@@ -0,0 +1 @@\n+layout: post\n+ref: 'opportunity7'\n"
    assert posts.next_ref([]) == "opportunity1"
    assert posts.next_ref([page, posts.write_post(ENGLISH), patch, "-ref: opportunity40\nsee ref: opportunity50"]) == (
        "opportunity8"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lang: en", "lang: de", "must be en or fr"),
        ("title: Forms", "title: a: Forms", "not valid YAML"),
        ("value: $6,500", "value: $0,000", "not a price"),
        ("2027-07-12T23:59:59-04:00", "soon", "not a date"),
        ("## Application evaluation", "Evaluation", "no section “Application evaluation”"),
        ("---\nlayout", "layout", "no front matter"),
        ("---\n\n## Description", "---\n\n```\n## Description", "no section “Background”"),
    ],
)
def test_reading_says_in_one_sentence_what_is_wrong(old: str, new: str, said: str):
    with pytest.raises(PostError, match=said) as error:
        posts.read_post(posts.write_post(ENGLISH).replace(old, new, 1))
    assert re.fullmatch(r"[^\n]+\.", str(error.value))


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"title": "x" * 101}, {"short": "x" * 501}, {"issue_url": "javascript:x"}]
)
def test_what_the_site_cannot_show_is_not_written(wrong: dict[str, str]):
    with pytest.raises(PostError):
        posts.write_post(replace(ENGLISH, **wrong))


TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "a: b # c",
        "'x'",
        '"',
        "yes",
        "1,000",
        ":sym",
        "- x",
        "{{ x }}",
        "{% y %}",
        "<b>&lt;",
        "R&D &amp;",
        "---",
        "é\u00a0…",
    ]
)


@given(TEXT.filter(lambda text: one_line(text) != ""), TEXT, TEXT.map(lambda text: text.replace(",", "")))
def test_any_title_short_description_and_skill_read_back_equal(title: str, short: str, skill: str):
    text = posts.write_post(replace(ENGLISH, title=title, short=short, skills=(skill, "Go")))
    fields = front_matter(text)
    skills = ", ".join(filter(None, [one_line(skill), "Go"]))
    for name, meant in (("title", title), ("short_desc", short), ("skills", skills)):
        shown = str(fields[name] or "")
        assert html.unescape(re.sub(r"&(?!(amp|lt|#123);)", "&amp;", shown)) == one_line(meant)
        assert not re.search(r"<|\{\{|\{%", shown)


PIECES = [
    *(
        "word",
        "**bold**",
        "*em*",
        "~~s~~",
        "`code`",
        "`a | b`",
        "``",
        "**Alone**",
        "\\",
        "^",
        "&lt;",
        "--flag",
        "$$m$$",
    ),
    *("{{ x }}", "{% raw %}", "`{{ y }}`", "{: .x}", "<b>", "</b>", "<br>", "<script>", "<hr/>", "<!-- open", "-->"),
    *("<!-- micro-acquisition: x -->", "[here](http://y.org)", "[rel](a/b)", "![](http://i.png)", "[r]: http://z.org"),
    *("# One", "#### Four", "#tag", "---", "===", "Background", "Question 1", "2.", "-", "*", "+", "> q", ": def"),
    *("```", "```js", "~~~", "    code", "\tx", "$ cmd", "| a | b |\n|---|---|\n| 1 | 2 |\n"),
]
MARKDOWN = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", "", "\n", "\n\n", "\n  - ", "\n> "]))).map(
    lambda pieces: "".join(piece + blank for piece, blank in pieces)
)
SOUP = st.builds(
    replace, st.just(ENGLISH), description=MARKDOWN, opportunity=MARKDOWN, evaluation=MARKDOWN, criteria=MARKDOWN
)


@given(SOUP)
def test_no_template_tag_or_mark_of_people_reaches_the_page(post: Post):
    text = posts.write_post(post)
    assert not re.search(r"\{\{|\{%|<!--|\t|\r|[ ]$", text, re.M)
    assert text.endswith("\n")
    prose = re.sub("(?ms)^( *)(`{3,}).*?^ *\\2$", "code", text)
    assert "\n\n\n" not in prose, "blank lines are people's own only in code"
    headings = re.findall("^#{1,6} .*", prose, re.M)
    assert len({heading.lstrip("# ") for heading in headings}) == len(headings)
    assert posts.write_post(posts.read_post(text)) == text


def test_equal_headings_are_numbered_on_from_the_last_free_number():
    names = ["A", "a (3)", *["a"] * 3000, "A (2)", "a"]
    text = tidy("\n".join(f"# {name}" for name in names)).text
    numbers = [2, *range(4, 3002)]
    found = [line.removeprefix("#### ") for line in text.split("\n\n")]
    assert found == ["A", "a (3)", *(f"a ({number})" for number in numbers), "a (3002)", "A (2) (2)", "a (3003)"]


def test_lists_made_one_keep_every_item_in_its_place():
    text = "\n\n".join(f"{number}. item\n\nafter {number}" for number in range(1, 500))
    expected = "\n\n".join(f"{number}. item\n\n{' ' * len(f'{number}. ')}after {number}" for number in range(1, 499))
    assert tidy(text).text == f"{expected}\n\n499. item\n\nafter 499"


@pytest.mark.parametrize(
    "text",
    [
        "- a\n" * 16_000,
        "[" * 60_000,
        ">" * 60 + "a\n" * 30_000,
        "*a " * 9_000 + "b* " * 9_000,
        f"[r]: http://example.org/{'a' * 30_000}\n\n" + "[r] " * 8_000,
        "<div>" + "<!" * 300 + "<!---->" + "---->" * 300,
    ],
)
def test_what_would_take_markdown_too_long_is_refused_in_one_sentence(text: str):
    with pytest.raises(PostError) as error:
        posts.write_post(replace(ENGLISH, description=text))
    assert re.fullmatch(r"[^\n]+\.", str(error.value))


def real(lang: str) -> str:
    needs_shared(REAL.is_dir())
    return next((REAL / lang).glob("2021-06-23-*.md")).read_text()


def test_the_real_post_survives_but_for_what_the_rules_say_was_wrong():
    english, french = real("en"), real("fr")
    assert posts.write_post(posts.read_post(english)) == english.replace("### The work", "### Opportunity")
    assert posts.write_post(posts.read_post(french)) == french.replace("### Le travail", "### Opportunité").replace(
        "6 500$ (hors les taxes)", "6\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}$ (hors taxes)"
    )


def markdownlint() -> list[str]:
    if named := os.environ.get("MARKDOWNLINT"):
        return [named]
    npx = shutil.which("npx")
    command = [npx or "npx", "--no-install", "markdownlint"]
    found = npx and subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0
    require(found, "markdownlint-cli is not installed")
    return command


def soup(dice: random.Random) -> str:
    blanks = [" ", "", "\n", "\n\n", "\n  - ", "\n> "]
    return "".join(dice.choice(PIECES) + dice.choice(blanks) for _ in range(dice.randint(1, 25)))


def passes_markdownlint(pages: Iterable[str], folder: Path) -> None:
    """Every page passes the site's own settings of markdownlint."""
    command, settings = markdownlint(), folder / "settings.json"
    settings.write_text(json.dumps({"default": True, **dict.fromkeys(["MD013", "MD033", "MD034", "MD037"], False)}))
    (folder / "pages").mkdir()
    for number, page in enumerate(pages):
        (folder / "pages" / f"{number}.md").write_text(page, newline="")
    run = [*command, "--config", settings, folder / "pages"]
    found = subprocess.run(run, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_the_pages_pass_the_sites_markdownlint(tmp_path: Path):
    dice = random.Random(2027)
    soups = [
        replace(dice.choice([ENGLISH, FRENCH]), description=soup(dice), opportunity=soup(dice), criteria=soup(dice))
        for _ in range(150)
    ]
    passes_markdownlint(map(posts.write_post, [ENGLISH, FRENCH, *soups]), tmp_path)
