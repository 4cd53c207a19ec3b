"""What is flagged in a public thread, and what people write there every day that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.draw.rfc3797 import beacon_key
from bot.pipeline.model.words import Login, Message
from bot.pipeline.reading.protection import kinds_in
from tests.tools import MESSAGES

ROOT = Path(__file__).parents[2]
POSTS = ROOT.parent / "shared" / "data" / "posts"
SHA = "9f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345"
RANDOMNESS = "8fb3c8a4111111111111111123456782ab6135550123cafe0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "My SIN is 123-456-782.",
        "NAS : 123 456 782",
        "**123456782**",
        "_123 456 782_",
        "SIN 100 000 009",
        "Marie,123456782,1980-01-02",
        "```csv\nname,sin\nMarie,123456782\n```",
        "123‑456‑782, with hyphens that do not break",
        "123\u00a0456\u00a0782",
        "> you wrote 123-456-782",
        "999-000-003 (temporary resident)",
        "It is 123456782; please send the forms.",
    ],
)
def test_a_social_insurance_number(text):
    assert kinds_in(text) == {"sin"}


@pytest.mark.parametrize(
    "text",
    [
        "123-456-789",
        "046 454 286",
        "823456783",
        "The estimate is 100 000 009 octets",
        "100 000 009",
        "$123,456,782 and 123 456 782 $",
        "1 123 456 782",
        "123 456 782 000",
        "#123456782, issue 123456782, comment_id: 123456782",
        'run 123456782, `"id": 123456782`, commentId=123456782',
        "GST 123456782 RT0001, business number 123456782RT0001",
        "0.123456782 or 123456782.5 or 123456782,50",
        "https://github.com/o/r/actions/runs/123456782?check=123-456-782",
        "see github.com/o/r/pull/1#issuecomment-123456782",
        "commit 1234567 and a123456782b",
        "123e4567-e89b-12d3-a456-123456782000",
        "build_123456782",
        "<!-- 123-456-782 -->",
    ],
)
def test_other_numbers_of_nine_digits(text):
    assert kinds_in(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111 12/27 123",
        "4111 1111 1111 1111 123",
        "Card: 4111111111111111",
        "Amex 3782 822463 10005",
        "`5555555555554444`",
        "2223 0031 2200 3222",
        "6011.1111.1111.1117",
        "30569309025904",
    ],
)
def test_a_payment_card(text):
    assert kinds_in(text) == {"card"}


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "1111 2222 3333 4444",
        "2021 2022 2023 2024",
        "1790812800000000",
        "41111111111111111111",
        "id 4111111111111111",
        "4111111111111111cafe",
        "978-3-16-148410-0 and 9783161484100",
    ],
)
def test_other_long_numbers(text):
    assert kinds_in(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "613-555-0123",
        "Call me at (613) 555-0123.",
        "(613)555-0123",
        "+1 613 555 0123",
        "+1 (613) 555-0123",
        "1-613-555-0123",
        "613.555.0123",
        "613 555-0123, poste 42",
        "613-555-0123x42",
        "613 – 555 – 0123",
        "613-5550123",
        "You reach me under 6135550123",
        "tel:+16135550123",
        "819-555-0199/613-555-0123",
        "| Marie | 613-555-0123 |",
        "```\nphone: 613-555-0123\n```",
        "+33 6 12 34 56 78",
        "+44 20 7946 0958",
        "+4915123456789",
        "(+1 613) 555-0123",
        "613\\-555\\-0123",
    ],
)
def test_a_telephone_number(text):
    assert kinds_in(text) == {"phone"}


@pytest.mark.parametrize(
    "text",
    [
        "555-0123",
        "911-555-0123 and 613-411-0123 and 113-555-0123 and 693-555-0123",
        "192.168.100.1234 and 204.250.13.200:8080",
        "version 613.555.0123",
        "2027-07-12 23:59:59-04:00, 2027-07-12T23:59:59+0400",
        "20270712235959 and 2027071223",
        "+2027-07-12 was added",
        "comment 2345678901, run 9876543210",
        "1790812800 and 1790812800123",
        "ISBN 2345678901, 0-306-40615-2",
        "$6,500 plus 13 % is $7,345; 6 500 $ or 10 000,00 $",
        "+15 000 000 $",
        "1.0.0+20270712144700",
        "rows 200-300 and 4000",
        "555 files, 0123",
        "+1 234",
    ],
)
def test_what_looks_like_a_telephone_number(text):
    assert kinds_in(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "me@gmail.com",
        "Write to <marie.tremblay@entreprise.qc.ca>.",
        "[me](mailto:me@gmail.com)",
        "_me@gmail.com_",
        "```\ngit config user.email me@gmail.com\n```",
        "me@gc.ca.evil.com",
        "me@ontario.ca",
        "Élise.Côté+work@Exemple.CA",
    ],
)
def test_a_private_address(text):
    assert kinds_in(text) == {"email"}


@pytest.mark.parametrize(
    "text",
    [
        "me@esdc.gc.ca, me@hrsdc-rhdcc.gc.ca, Me@CANADA.CA, me@tbs-sct.canada.ca, micro-acquisition@example.gc.ca",
        "me@example.com and you@example.org and they@mail.example.net",
        "Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
        "Co-authored-by: A <1+a@users.noreply.github.com>, noreply@github.com",
        "git clone git@github.com:canada-ca/ore-ero.git",
        "scp me@host.ca:/srv/file .",
        "ssh://git@github.com/o/r and https://me@host.ca/x",
        "https://site.ca/?to=me@gmail.com",
        "@supplier-1, @canada-ca/team, @types/node@20.1.0, pkg@1.2.3, actions/checkout@v4.1.0",
        "logo@2x.png, root@localhost, getty@tty1.service",
        "me @ gmail.com",
    ],
)
def test_addresses_that_are_nobodys_secret(text):
    assert kinds_in(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Protected B",
        "The attached list is Protected B.",
        "PROTECTED A",
        "PROTÉGÉ B",
        "La liste est « Protégé B ».",
        "Protege a la cote PROTEGE C",
        "# Protected A / Protégé A",
        "this is protected b data",
        "Protected-B",
        "It is marked ‘Protected B’.",
        "Do not share this Protected B list.",
        "Do not send it on, it is Protected B.",
        "No problem. The list is Protected B.",
        "not only Protected A",
        "SECRET",
        "**Confidential**",
        "Très secret",
        "TOP SECRET // TRÈS SECRET",
        "Classification: Secret",
        "> Confidential / Confidentiel",
        "The annex is marked SECRET, so I leave it out.",
        "L’annexe porte la mention CONFIDENTIEL.",
        "Protected B clearance is required",
    ],
)
def test_a_security_marking(text):
    assert kinds_in(text) == {"protected"}


@pytest.mark.parametrize(
    "text",
    [
        "Unclassified only: no Protected B information.",
        "There is no personal, Protected A or Protected B information.",
        "Nothing that is Protected B or higher is involved",
        "The work does not involve Protected A or B data.",
        "The work doesn’t involve Protected B.",
        "Aucun renseignement Protégé B.",
        "Rien de Protégé B; pas de Protégé A, ni de PROTÉGÉ C",
        "Protected B information is not allowed here.",
        "Les renseignements Protégé B ne sont pas permis.",
        "Protected B is out of scope.",
        "The key stays secret, and the answer confidential.",
        "Secret Santa; top secret recipe",
        "Un secret, une entente confidentielle",
        "The main branch is protected. A review is needed.",
        "Le droit est protégé à tout moment, protégé c’est tout",
        "protected B b;\nprotected A getA() { }\nprotected C();",
        "```cpp\nprotected C++ members\n```",
        "CLIENT_SECRET, SECRET_KEY, $SECRET, ${SECRET}, SECRET=abc, SECRET: abc, `SECRET`, secrets.SECRET",
        "SET THE SECRET KEY",
        "- Secret\n- Public",
        "kind: Secret\nsecret\nSecret:",
        "Confidentiality and Protected branches",
        "Protected",
    ],
)
def test_what_is_no_marking(text):
    assert kinds_in(text) == set()


def test_several_kinds_are_told_together():
    assert kinds_in("SIN 123-456-782, me@gmail.com\n\n613-555-0123") == {"sin", "email", "phone"}


@pytest.mark.parametrize(
    "text",
    [
        f"Fixed in {SHA} ({SHA[:7]}), see v1.2.3-rc.4 and 10.0.22621.1234.",
        f"Randomness of round 7053113: {RANDOMNESS}\nKey: {beacon_key(RANDOMNESS)}\n{RANDOMNESS * 3}",
        f"| round | 7053113 |\n|---|---|\n| sha256 | {RANDOMNESS} |",
        "The price is $6,500.00 before taxes (6 500,00 $), 80 dollars an hour, 82 hours, 8,690 at most.",
        "On 2027-07-12, from 10:00 to 11:30; closing 2027-07-12T23:59:59-04:00; Q1, criterion 12.",
        "diff --git a/x b/x\nindex 83db48f..bf2a5c1 100644\n@@ -120,7 +1204,8 @@ def f():\n+    x = 1234567890",
        "![logo](https://user-images.githubusercontent.com/6135550123/123456782-4111111111111111.png)",
        "K1A 0J9, 140 promenade du Portage, TBS 2016-0123, RFC 3797, ISO/IEC 7812, CA$10,000",
        "The key of RFC 3797: 9319./2.5.8.10.12./9.18.26.34.41.45./",
        "uuid 6ba7b810-9dad-11d1-80b4-00c04fd430c8 and 12345678-1234-1234-1234-123456789012",
    ],
)
def test_what_people_write_about_code(text):
    assert kinds_in(text) == set()


@pytest.mark.skipif(not POSTS.is_dir(), reason="the real posts are in ../shared")
def test_the_real_posts_hold_nothing_private():
    for path in POSTS.rglob("*.md"):
        assert kinds_in(path.read_text("utf-8")) == set(), path.name


def test_whoever_quotes_the_bot_is_not_flagged():
    for path in (ROOT / "config" / "messages").rglob("*.md"):
        assert kinds_in(path.read_text("utf-8")) == set(), path


# --- every one is found, whatever it is written like -----------------------------------------------------


def with_check_digit(digits: str) -> str:
    total = sum(sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(digits[::-1]))
    return f"{digits}{-total % 10}"


def grouped(digits: str, *sizes: int, by: str) -> str:
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return by.join(digits[end - size : end] for size, end in zip(sizes, ends, strict=True))


AROUND = st.sampled_from(
    [("", ""), ("It is ", "."), ("(", ")"), ("**", "**"), ("_", "_"), ("x: ", ", thanks"), ("|", "|")]
)


@given(st.from_regex(r"[1-79][0-9]{7}", fullmatch=True), st.sampled_from(["", " ", "-", "\u00a0", "‑"]), AROUND)
def test_every_social_insurance_number(number, by, around):
    text = grouped(with_check_digit(number), 3, 3, 3, by=by).join(around)
    assert "sin" in kinds_in(f"My SIN: {text}")
    if "000" not in re.findall("...", with_check_digit(number))[1:]:
        assert "sin" in kinds_in(text)


CARDS = [("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15)]
CARDS += [("36", 14), ("305", 14), ("6011", 16), ("65", 16), ("3528", 16), ("62", 16), ("62", 19), ("6759", 16)]
GROUPS = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}


@given(st.sampled_from(CARDS), st.integers(0, 10**18), st.sampled_from(["", " ", "-", "."]), AROUND)
def test_every_card(card, rest, by, around):
    prefix, length = card
    digits = with_check_digit(prefix + f"{rest:018}"[-(length - 1 - len(prefix)) :])
    text = grouped(digits, *(GROUPS.get(length, (length,)) if by else (length,)), by=by)
    assert "card" in kinds_in(text.join(around))


@given(
    st.from_regex(r"[2-9][0-8][0-9]", fullmatch=True).filter(lambda code: not code.endswith("11")),
    st.from_regex(r"[2-9][0-9]{2}", fullmatch=True).filter(lambda code: not code.endswith("11")),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.sampled_from(
        ["{}-{}-{}", "({}) {}-{}", "+1 {} {} {}", "{}.{}.{}", "1-{}-{}-{}", "{} {}-{}", "+1{}{}{}", "{} {} {}"]
    ),
    AROUND,
)
def test_every_telephone_number(area, exchange, line, written, around):
    assert "phone" in kinds_in(written.format(area, exchange, line).join(around))


# --- no text breaks it or makes it slow ------------------------------------------------------------------


@given(st.text())
def test_any_text_can_be_read(text):
    assert kinds_in(text) <= {"sin", "card", "phone", "email", "protected"}


PIECES = [
    "1",
    "1 ",
    "123-",
    "+2",
    "(613) ",
    "a@",
    "a.a.",
    "a@a.",
    "<!--",
    "http://",
    "(a",
    "a:",
    "no Protected B ",
    "www.(",
    "_",
]
PIECES += [
    "SECRET ",
    "Protected B/",
    "e\u0301",
    "123456782 ",
    "run 123456782 ",
    "4111 1111 1111 1112 ",
    "613.555.012 ",
    "\\-",
]


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_comment_is_read_in_proportion(piece):
    """A comment holds 65,536 characters; where time went with the square, this would take minutes."""
    kinds_in(piece * (65_536 // len(piece)))


# --- what is said ----------------------------------------------------------------------------------------

KINDS = [Message(f"protection.kind-{kind}") for kind in ("sin", "card", "phone", "email", "protected")]


@pytest.mark.parametrize("coordinator", [Login("coordinator", ping=True), None])
@pytest.mark.parametrize("where", ["comment", "issue"])
def test_the_flag_names_the_kinds_and_both_people(where, coordinator):
    author = Login("supplier-1", ping=True)
    for kinds in (tuple(KINDS), tuple(KINDS[:1])):
        where_message = Message(f"protection.where-{where}")
        flag = Message("protection.flag", author=author, coordinator=coordinator, kinds=kinds, where=where_message)
        gone = Message("protection.gone", author=author, coordinator=coordinator)
        for lang in ("en", "fr"):
            said = MESSAGES.say(flag, lang)
            assert "@supplier-1" in said
            assert ("@coordinator" in said) == (coordinator is not None)
            assert all(MESSAGES.say(kind, lang) in said for kind in kinds)
            assert ("incident" in said) == (KINDS[-1] in kinds)
            assert "Delete revision from history" in MESSAGES.say(gone, lang)
            assert kinds_in(said + MESSAGES.say(gone, lang)) == set()
