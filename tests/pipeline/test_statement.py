"""The opportunity statement: how it is read from the issue, and what the check finds in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.posts import writer as posts
from bot.pipeline.model.policy import Policy, Posting
from bot.pipeline.model.statement import FIELD_HEADINGS, is_form, sections, statement_of, top_items
from bot.pipeline.model.words import Message
from bot.pipeline.money import Money
from bot.pipeline.reading.prose import mentions
from bot.pipeline.reading.review import lacking, statement_hints, statement_problems
from bot.pipeline.reading.vague import vague
from tests.pipeline.desk import body
from tests.tools import MESSAGES, needs_shared

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "posts"
TODAY = date(2027, 6, 21)

CAREFUL = {
    "evaluation_en": "1. In 250 words or less, show your skills.",
    "evaluation_fr": "1. En 250 mots ou moins, montrez vos compétences.",
    "criteria_en": "- An MIT licence\n- Every requirement is met\n- The automated tests pass",
    "criteria_fr": "- Une licence MIT\n- Toutes les exigences sont satisfaites\n- Les tests automatisés réussissent",
}
"""A statement with nothing to say about, with those of the desk."""


def found(changes: dict[str, str], policy: Policy | None = None) -> tuple[list[Message], list[Message]]:
    """Problems and hints of a careful statement with some fields changed."""
    statement = statement_of(body(**CAREFUL | changes))
    return list(statement_problems(statement, policy or Policy(), TODAY)), list(
        statement_hints(statement, policy or Policy(), TODAY)
    )


# --- reading ---------------------------------------------------------------------------------------------


def test_headings_match_as_people_write_them():
    text = "### titre (francais)\n\nTé\n\n### CRITÈRES D’ACCEPTATION DU TRAVAIL (FRANÇAIS)\n\n- un\n\n"
    text += "### Closing date\n\n2027-07-12\n\n### Quel est votre besoin\u00a0?\n\nUn script\n"
    assert sections(text) == {"title.fr": "Té", "criteria.fr": "- un", "closing": "2027-07-12", "need": "Un script"}


def test_a_heading_in_code_or_inside_a_value_starts_no_field():
    text = body(description_en="```\n### Opportunity (English)\n```\n#### Closing date\nsoon")
    assert "#### Closing date" in statement_of(text).en.description
    assert statement_of(text).en.opportunity == "A script."


def test_what_is_said_to_the_bot_is_not_published():
    text = body(opportunity_en="A script.\n\n/price rate=80 hours=60\n\n/etc is a folder.") + "\n\n/why\n"
    assert statement_of(text).en.opportunity == "A script.\n\n\n/etc is a folder."
    assert statement_of(text).contact == "cloud@example.gc.ca"


def test_a_form_is_known_by_its_first_fields():
    assert is_form(body())
    assert is_form(f"### {FIELD_HEADINGS['title.fr']}\n\nx\n\n### {FIELD_HEADINGS['need']}\n\ny")
    assert not is_form("### Description\n\nA bug")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("- one\n- two\n  - nested\n\nAND\n\n1. three", ("one", "two", "three")),
        ("- one\n-\n- <!-- nothing -->\n- two", ("one", "two")),
        ("> - quoted\n\nprose", ()),
        ("- ```\n  code\n  ```", ("code",)),
    ],
)
def test_criteria_are_the_items_that_stand_by_themselves(text, items):
    assert top_items(text) == items


# --- what has to be put right ----------------------------------------------------------------------------

WRONG = [
    ({"title_fr": ""}, "missing", "`Titre (français)` is empty"),
    ({"title_en": "x" * 101}, "long", "101 characters; at most 100"),
    ({"short_fr": "x" * 501}, "long", "501 characters; at most 500"),
    ({"skills_en": " , "}, "missing", "`Required skills (English)` is empty"),
    ({"contact": "call me"}, "contact", "not an e-mail address"),
    # the price
    ({"price": "much"}, "unreadable-price", "`$6,500`"),
    ({"price": "9" * 26}, "unreadable-price", "`$6,500`"),
    ({"price": "$8,700"}, "ceiling", "for suppliers in New Brunswick, Newfoundland and Labrador, Prince Edward Island"),
    ({"price": "$8,700"}, "ceiling", "as much as $10,005, $5 over the ceiling of $10,000. A price of $8,690 fits"),
    ({"price": "$9,000"}, "ceiling", "except for suppliers in Alberta, Northwest Territories"),
    ({"price": "$9,900"}, "ceiling", "too high everywhere in Canada"),
    # the dates
    ({"closing": "July 12"}, "unreadable-date", "`2027-07-12`"),
    ({"closing": "2027-06-25"}, "closing-soon", "at least 5 business days to apply. Write `2027-06-28` or later"),
    ({"closing": "2027-07-10"}, "not-business-day", "falls on Saturday, July 10, 2027, which is not a business day"),
    ({"closing": "2027-07-01"}, "not-business-day", "Thursday, July 1, 2027, which is a federal holiday"),
    ({"selection": "2027-07-18"}, "not-business-day", "Write `2027-07-19`, the next business day"),
    ({"delivery": "2027-08-01"}, "not-business-day", "`Work delivery date / Date de livraison du travail` falls on"),
    ({"selection": "2027-07-12"}, "selection-early", "Write `2027-07-13` or later"),
    ({"delivery": "2027-07-16"}, "delivery-early", "has to come after the supplier selection date"),
    # the criteria
    ({"criteria_en": "Every requirement, under an MIT licence"}, "no-list", "is not a list yet"),
    ({"criteria_en": "- Tests\n- Every requirement\n- x"}, "no-licence", "`- The code is under the MIT licence.`"),
    ({"criteria_fr": "- Tests\n- Chaque exigence\n- x"}, "no-licence", "`- Le code est sous licence MIT.`"),
    ({"criteria_en": "- Delivered with an MIT licence\n- Tests\n- x"}, "no-requirements", "`- Everything asked for"),
    ({"criteria_fr": "- Livré sous licence MIT\n- Tests\n- x"}, "no-requirements", "`- Tout ce qui est demandé"),
    ({"criteria_fr": "- Licence MIT\n- Chaque exigence"}, "criteria-differ", "has 3 criteria and"),
    ({"evaluation_en": "1. 250 words\n2. Two"}, "evaluation-differs", "has 2 numbered criteria and"),
    # the texts against the fields
    ({"opportunity_en": "The closing date is Monday, July 5, 2027."}, "contradicts", "“Monday, July 5, 2027”, but"),
    ({"opportunity_fr": "Date de livraison : **le 1ᵉʳ août 2027**"}, "contradicts", "says “Friday, July 30, 2027”"),
    ({"evaluation_en": "1. Up to 250 words; selection date: 2027-07-15"}, "contradicts", "“Thursday, July 15, 2027”"),
    ({"criteria_fr": CAREFUL["criteria_fr"] + ", au prix fixe de 6 000 $"}, "contradicts", "says “$6,000”, but"),
    # English against French
    ({"short_en": "By July 30, 2027", "short_fr": "D’ici le 3 août 2027"}, "differ", "“Tuesday, August 3, 2027”"),
    ({"short_en": "For CA$6,000", "short_fr": "Pour 6\u00a0500,00\u00a0$"}, "differ", "“$6,000” where the French"),
]
"""One change to a careful statement, the problem that it makes, and words of the English sentence."""


def test_a_careful_statement_has_neither_problems_nor_hints():
    assert found({}) == ([], [])
    assert statement_problems(statement_of(body()), Policy(), TODAY) == ()


@pytest.mark.parametrize(("changes", "problem", "words"), WRONG)
def test_each_thing_that_is_wrong_is_said_by_itself(changes, problem, words):
    (message,) = found(changes)[0]
    assert message.name == f"statement.{problem}"
    assert words in MESSAGES.say(message, "en")


def test_an_empty_statement_lacks_every_field_and_is_not_judged_further():
    empty = statement_of(body(**dict.fromkeys(FIELD_HEADINGS, "")))
    assert statement_problems(empty, Policy(), TODAY) == lacking(empty)
    assert len(lacking(empty)) == len(FIELD_HEADINGS) - 1, "the need is free"
    assert statement_hints(empty, Policy(), TODAY) == ()


def test_french_readers_get_the_same_in_french():
    (message,) = found({"price": "9 000 $"})[0]
    assert MESSAGES.say(message, "fr").replace("\u00a0", " ") == (
        "Le prix de 9 000 $ est trop élevé sauf pour les fournisseurs de ces endroits (Alberta, Territoires du "
        "Nord-Ouest, Nunavut, Saskatchewan et Yukon) : avec les taxes, il atteint jusqu’à 10 350 $, soit 350 $ de plus "
        "que le plafond de 10 000 $. Un prix de 8 690 $ convient partout ; `/prix taux=80 heures=60` aide à en "
        "trouver un."
    )


def test_where_no_days_are_asked_for_an_opportunity_may_close_today_but_not_yesterday():
    policy = Policy(posting=Posting(minimum_days=0))
    assert found({"closing": "2027-06-21"}, policy)[0] == []
    (past,) = found({"closing": "2027-06-18"}, policy)[0]
    assert "is past. Write `2027-06-21` or later." in MESSAGES.say(past, "en")


@pytest.mark.parametrize(
    "criterion",
    [
        "Every requirement is met",
        "Everything asked for under “Opportunity” is delivered.",
        "The code does everything that the opportunity describes.",
        "Deliver source code which fulfills all the requirements in the opportunity description above.",
        "All deliverables are in the repository",
        "The three scripts are delivered",
        "Toutes les exigences sont satisfaites",
        "Tout ce qui est demandé sous «\u00a0Opportunité\u00a0» est livré.",
        "Le code fait tout ce que décrit l’opportunité.",
        "Les besoins énoncés sont comblés",
        "Les trois scripts sont livrés",
    ],
)
def test_many_words_tie_the_payment_to_the_work(criterion):
    for lang, three in (("en", "An MIT licence"), ("fr", "Une licence MIT")):
        assert found({f"criteria_{lang}": f"- {three}\n- {criterion}\n- test"})[0] == []


@pytest.mark.parametrize(
    "text",
    [
        "The closing date is July 12, 2027, and the delivery date is 2027-07-30.",
        "Before the closing date, on July 2, 2027, the team answers questions.",
        "The old system was delivered on March 3, 2019.",
        "A fixed price of $6,500; other offerings cost $7.00 an hour, or $1.5 million.",
        "Write `closing date: 2027-01-01` in the file; see <https://example.com/closing date: 2027-01-01>.",
    ],
)
def test_dates_and_amounts_of_other_things_are_no_problem(text):
    assert found({"description_en": text})[0] == []


# --- what is worth another look --------------------------------------------------------------------------

ODD = [
    ({"criteria_en": CAREFUL["criteria_en"] + ", and the page is user-friendly"}, "vague", "criterion 3 says `user-f"),
    ({"criteria_fr": "- Licence MIT\n- Chaque exigence\n  - au besoin, etc.\n- test"}, "vague", "2 says `au besoin`"),
    ({"criteria_en": "- MIT licence\n- Every need", "criteria_fr": "- licence\n- besoin"}, "no-test", "`- The auto"),
    ({"delivery": "2027-07-23"}, "short-time", "$6,500 pays for 55 hours of work and 10 of administration"),
    ({"delivery": "2027-07-23"}, "short-time", "there are 5 business days from selection to delivery"),
    ({"delivery": "2027-07-27"}, "short-time", "deliver on `2027-07-28` or later"),
    ({"price": "$600"}, "low-price", "At $60 an hour, $600 pays for no more than"),
    ({"evaluation_fr": "1. Montrez."}, "no-length", "`En 250 mots ou moins, dites quand"),
    ({"skills_en": "Knowing very well how to " + "write " * 10}, "long-skill", "a skill of 84 characters"),
    ({"short_en": "A script " * 5, "short_fr": "A script " * 5}, "same", "`Courte description (français)` hold"),
    ({"description_fr": "Un mot de plus. " * 20}, "shorter", "`Description (English)` is less than a third as long"),
    ({"description_en": "As of May 1, 2027, for $40 or 60 dollars."}, "one-language", "not: Saturday, May 1, 2027"),
    ({"description_fr": "À 40 $ l’heure."}, "one-language", "what the English ones do not: $40. Write"),
    ({"short_en": "Demo: Aug. 3rd, 2027", "short_fr": "Démo le 3 août 2027"}, "other-date", "Tuesday, August 3, 2027"),
]  # fmt: skip
"""One change to a careful statement, the hint that it makes, and words of the English sentence."""


@pytest.mark.parametrize(("changes", "hint", "words"), ODD)
def test_each_thing_worth_another_look_is_hinted_at_and_blocks_nothing(changes, hint, words):
    blocking, (message, *others) = found(changes)
    assert blocking == []
    assert {other.name for other in (message, *others)} == {f"statement.hint-{hint}"}
    assert words in MESSAGES.say(message, "en")


def test_the_time_for_the_work_is_reckoned_at_the_highest_usual_rate():
    assert found({"delivery": "2027-07-28"})[1] == []
    (message,) = found({"delivery": "2027-07-28"}, Policy(hourly=(Decimal(60), Decimal(65))))[1]
    assert "At $65 an hour, $6,500 pays for 90 hours of work" in MESSAGES.say(message, "en")


def test_at_most_five_criteria_are_called_vague_at_once():
    many = "- good MIT licence, every requirement, test\n" * 30
    told = [message.name for message in found({"criteria_en": many, "criteria_fr": many.replace("good", "bon")})[1]]
    assert told == ["statement.hint-vague"] * 5


@pytest.mark.parametrize(
    ("text", "lang", "words"),
    [
        ("it is of good quality, fast and works properly", "en", ("good", "fast", "properly")),
        ("state-of-the-art, if needed, appropriately", "en", ("state-of-the-art", "if needed", "appropriate")),
        ("goods, breakfast, fast-check, goodness", "en", ()),
        ("une bonne page conviviale, rapidement", "fr", ("bon", "convivial", "rapide")),
        ("de qualite, adequatement, au besoin", "fr", ("de qualité", "adéquat", "au besoin")),
        ("satisfaites, bonjour, sa propre page", "fr", ()),
    ],
)
def test_vague_words_are_whole_words(text, lang, words):
    assert vague(text, lang) == words


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("on 2027-07-30, July 3rd, 2027 or 4 Sept. 2027", [(2027, 7, 30), (2027, 7, 3), (2027, 9, 4)]),
        ("le 1er août 2027 ou le 30\u00a0FÉVRIER 2027", [(2027, 8, 1)]),
        ("file-2027-07-30.csv, 12027-07-30, July 2027, 2027-13-01", []),
        ("$6,500, CA$7,000.50 or 8 000 $; 9.000,25 $ and 60 dollars", ["6500", "7000.50", "8000", "9000.25", "60"]),
        ("$0.00/h, $10k, $1.5 million, 1,5 million $, 45 offers, $", []),
        ("the year 2027 500 $", ["500"]),
    ],
)
def test_dates_and_amounts_as_people_write_them_in_a_text(text, values):
    expected = [date(*value) if isinstance(value, tuple) else Money(Decimal(value)) for value in values]
    assert [mention.value for mention in mentions(text)] == expected


# --- texts that people really have -----------------------------------------------------------------------


def as_body(en: posts.Post, fr: posts.Post) -> str:
    """Two posts as the issue that a client would have written."""
    parts = ("title", "short", "description", "opportunity", "evaluation", "criteria")
    values = {f"{name}_{lang}": getattr(post, name) for lang, post in (("en", en), ("fr", fr)) for name in parts}
    skills = {f"skills_{lang}": ", ".join(post.skills) for lang, post in (("en", en), ("fr", fr))}
    dates = {name: getattr(en, name).isoformat() for name in ("closing", "selection", "delivery")}
    return body(**values, **skills, **dates, price=f"${en.value:,}")


def read(en: Path, fr: Path) -> str:
    return as_body(posts.read_post(en.read_text("utf-8")), posts.read_post(fr.read_text("utf-8")))


def test_the_one_real_opportunity_had_no_problem_but_too_little_time_for_the_work():
    needs_shared(REAL.is_dir())
    statement = statement_of(read(next((REAL / "en").glob("2021*.md")), next((REAL / "fr").glob("2021*.md"))))
    assert statement_problems(statement, Policy(), date(2021, 6, 23)) == ()
    (hint,) = statement_hints(statement, Policy(), date(2021, 6, 23))
    assert "55 hours of work" in MESSAGES.say(hint, "en")
    assert "5 business days" in MESSAGES.say(hint, "en")


def test_the_statement_of_the_demonstration_is_a_careful_one():
    seed = ROOT / "sandbox" / "seed"
    statement = statement_of(read(seed / "statement-en.md", seed / "statement-fr.md"))
    assert (
        statement_problems(statement, Policy(), date(2026, 3, 2))
        == statement_hints(statement, Policy(), date(2026, 3, 2))
        == ()
    )


def test_the_texts_that_the_bot_offers_to_copy_are_careful():
    offered = {}
    for lang in ("en", "fr"):
        guide = (ROOT / "config" / "messages" / lang / "description.md").read_text("utf-8")
        evaluation, criteria, *_ = re.findall(r"```markdown\n(.*?)```", guide, re.DOTALL)
        offered |= {f"evaluation_{lang}": evaluation, f"criteria_{lang}": criteria}
    assert found(offered) == ([], [])


# --- any text at all -------------------------------------------------------------------------------------


@given(st.text())
def test_no_body_breaks_the_reader(text):
    statement = statement_of(text)
    statement_problems(statement, Policy(), TODAY)
    statement_hints(statement, Policy(), TODAY)


PIECES = ["$", "9" * 30, "6,500", " $ ", "2027-07-12", "12 juillet 2027", "closing date", ":", "\n- ", "\n1. ", "`",
          "\u0301", "good", "licence", "[x](y)", "<b>", "\x00", "\u202e", "@client", "#1"]  # fmt: skip


@given(st.sampled_from(sorted(FIELD_HEADINGS)), st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join))
def test_no_value_breaks_the_check_or_what_is_said_of_it(name, value):
    for findings in found({name.replace(".", "_"): value}):
        for message in findings:
            for lang in ("en", "fr"):
                said = MESSAGES.say(message, lang)
                assert len(said.splitlines()) == 1
                assert "\x00" not in said
                assert "@client" not in said


HARMLESS = st.lists(
    st.sampled_from(
        ["The page", "le service", "shows 45 offers", "Windows Server 2016", "in July", "le 12 juillet", "**en 2027**",
         "`2027-07-30`", "https://example.com/2027-07-30/news", "$0.00", "the closing date", "un prix fixe", "(v2.1)",
         "; on March 3, 2019", "\n\n#### More\n\n", "\n\n- a list\n", "\n\n| a | b |\n"]
    ),
    min_size=1, max_size=6,
).map(" ".join)  # fmt: skip


@given(HARMLESS, HARMLESS, HARMLESS, HARMLESS)
def test_what_suppliers_are_told_of_the_work_is_free(background, contexte, work, travail):
    texts = {
        "description_en": background,
        "description_fr": contexte,
        "opportunity_en": work,
        "opportunity_fr": travail,
    }
    assert found(texts)[0] == []


@given(st.permutations(CAREFUL["criteria_en"].splitlines()), st.permutations(CAREFUL["criteria_fr"].splitlines()))
def test_criteria_stand_in_any_order(english, french):
    assert found({"criteria_en": "\n".join(english), "criteria_fr": "\n".join(french)}) == ([], [])


@pytest.mark.parametrize(
    "piece",
    ["$", "1 ", "111,", "july ", "fixed price ", "fixed price: on on ", "_a", "[", "e\u0301", "- good\n", "good-"],
)
def test_a_long_text_of_one_thing_is_read_through(piece):
    long = piece * (4_000 // len(piece))
    blocking, hinted = found({"criteria_en": long, "opportunity_fr": f"prix fixe {long}"})
    assert len(blocking) + len(hinted) < 20


def everything_found() -> Iterator[Message]:
    """Every sentence of the check, for those who read them."""
    for changes, _, _ in (*WRONG, *ODD):
        for findings in found(changes):
            yield from findings
