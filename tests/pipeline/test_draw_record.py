"""The record of a draw: what is published is read back as it was written, and what was changed is found."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.draw import record as draw_record
from bot.pipeline.draw import rfc3797 as draw
from bot.pipeline.draw.record import DrawRecord, Published, check_draw, pool_hash, read_record
from bot.pipeline.model.policy import BeaconPolicy

HERE = "canada-ca/micro-acquisition#12"
POOL = ("supplier-1", "supplier-2", "supplier-3")
BEACON = BeaconPolicy()
OPENED = datetime(2027, 7, 16, 14, 0, tzinfo=UTC)
ROUND, OUT = 7343906, datetime(2027, 7, 16, 14, 30, tzinfo=UTC)
RANDOMNESS = "ab" * 32
ORDER = draw.order(POOL, draw.beacon_key(RANDOMNESS))
ANNOUNCED = draw_record.announcement("canada-ca/micro-acquisition", 12, POOL, BEACON.url, ROUND, OUT)
RESULT = draw_record.result(ANNOUNCED, RANDOMNESS, ORDER)

logins = st.from_regex(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,18}", fullmatch=True)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="`~<"), max_size=50)


def fenced(*records: str) -> str:
    return "\n\n".join(f"Words.\n\n```text\n{record}\n```\n\nMore words." for record in records)


def comment(text: str, mark: str, minutes: int, edited: int | None = None) -> Published:
    """A comment of the bot, written and edited so many minutes after the round came out."""
    record = read_record(fenced(text))
    assert record
    at, again = OUT + timedelta(minutes=minutes), OUT + timedelta(minutes=minutes if edited is None else edited)
    return Published(record, mark, "bot[bot]", "https://github.com/1", at, again)


def findings(
    announced: str = ANNOUNCED,
    results: tuple[str, ...] = (RESULT,),
    told: tuple[str, ...] = ORDER,
    *,
    randomness: str | None = RANDOMNESS,
    written: int = -10,
    edited: int | None = None,
    replaced: int | None = None,
) -> dict[str, str]:
    """What does not hold, as sentences by name."""
    one = comment(announced, f"draw {ROUND}", written, edited)
    drawn = [comment(text, f"drawn {login}", 1) for text, login in zip(results, told, strict=False)]
    later = None if replaced is None else OUT + timedelta(minutes=replaced)
    found = check_draw(HERE, one, drawn, randomness, BEACON, later)
    return {finding.name: finding.sentence for finding in found if not finding.ok}


@given(st.lists(logins, min_size=1, max_size=12, unique=True), st.binary(min_size=32, max_size=32), words)
def test_what_is_published_is_read_back_among_any_words_and_in_both_languages(pool, randomness, around):
    announced = draw_record.announcement("canada-ca/micro-acquisition", 12, pool, BEACON.url, ROUND, OUT)
    order = draw.order(pool, draw.beacon_key(randomness.hex()))
    for text in (announced, draw_record.result(announced, randomness.hex(), order)):
        found = read_record(f"{around}\n\n{fenced(text, text)}\n\n{around}")
        assert found
        assert found.text == text
        assert found.pool == tuple(pool)
    assert found.order == order


@given(st.text())
def test_no_text_that_is_not_a_record_is_read_as_one(text):
    assert read_record(text) is None
    assert read_record(fenced(text)) is None


@given(words.filter(str.strip))
def test_a_record_with_a_line_more_is_none(line):
    assert read_record(fenced(f"{ANNOUNCED}\n{line}")) is None


def test_two_records_that_differ_are_none():
    assert read_record(fenced(ANNOUNCED, ANNOUNCED.replace("supplier-3", "supplier-4"))) is None


@pytest.mark.parametrize("line", ANNOUNCED.split("\n"))
def test_a_record_without_one_of_its_lines_is_none(line):
    assert read_record(fenced(ANNOUNCED.replace(line, ""))) is None


def test_a_quotation_of_a_record_is_none():
    assert read_record("\n".join(f"> {line}" for line in fenced(ANNOUNCED).split("\n"))) is None


def test_the_hash_of_the_pool_is_what_printf_and_sha256sum_give():
    # printf 'supplier-1\nsupplier-2\n' | sha256sum
    assert pool_hash(("supplier-1", "supplier-2")).startswith("effed40abdcec202")


def test_a_draw_as_it_should_be_holds():
    assert findings() == {}
    assert findings(results=(), randomness=None) == {}
    assert findings(results=(RESULT,) * 2) == {}


def test_a_draw_without_a_result_says_when_its_round_comes_out():
    one = comment(ANNOUNCED, f"draw {ROUND}", -10)
    assert "comes out on 2027-07-16 14:30:00 UTC" in check_draw(HERE, one, (), None, BEACON)[-1].sentence
    assert "came out on 2027-07-16 14:30:00 UTC" in check_draw(HERE, one, (), RANDOMNESS, BEACON)[-1].sentence


@pytest.mark.parametrize("change", [("#12", "#13"), ("canada-ca/", "mallory/")])
def test_a_record_of_another_opportunity(change):
    assert "not of canada-ca/micro-acquisition#12" in findings(RESULT.replace(*change))["opportunity"]


def test_a_pool_that_was_changed_after_it_was_hashed():
    assert "was announced" in findings(ANNOUNCED.replace("supplier-3", "mallory"))["pool"]


def test_a_supplier_who_is_in_the_pool_twice():
    pool = ("supplier-1", "Supplier-1")
    twice = draw_record.announcement("canada-ca/micro-acquisition", 12, pool, BEACON.url, ROUND, OUT)
    assert "twice" in findings(twice)["pool"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("14:30:00Z", "15:30:00Z"), "does not come out on 2027-07-16 15:30:00 UTC"),
        ((str(ROUND), "7343907"), "is marked “draw 7343906”"),
        (("api.drand.sh", "drand.example"), "not round 7343906 of the policy’s beacon"),
    ],
)
def test_a_round_that_is_not_what_it_is_said_to_be(change, sentence):
    assert sentence in findings(ANNOUNCED.replace(*change))["round"]


def test_an_announcement_after_its_round():
    assert "could be known" in findings(written=0)["announcement"]


def test_an_announcement_edited_after_its_round():
    assert "edited after round 7343906 came out" in findings(edited=0)["announcement"]
    assert findings(edited=-1) == {}


@pytest.mark.parametrize("change", [("supplier-3\n", "supplier-4\n"), ("14:30:00Z", "14:30:30Z")])
def test_a_result_that_says_something_else_than_was_announced(change):
    assert "was announced" in findings(results=(RESULT, RESULT.replace(*change)))["result"]


def test_randomness_that_the_beacon_did_not_give():
    assert "“drawn" in findings(randomness="cd" * 32)["randomness"]


def test_a_beacon_that_does_not_answer():
    assert "try again later" in findings(randomness=None)["randomness"]


def test_a_key_that_does_not_follow_from_the_randomness():
    key = draw.beacon_key(RANDOMNESS)
    assert key in findings(results=(RESULT.replace(key, "7./"),))["randomness"]


def test_a_result_without_its_order():
    assert "says nothing" in findings(results=(ANNOUNCED,))["order"]


@given(st.permutations(POOL))
def test_every_other_order_than_the_one_computed_is_found(order):
    wrong = draw_record.result(ANNOUNCED, RANDOMNESS, order)
    assert ("order" in findings(results=(RESULT, wrong))) == (tuple(order) != ORDER)


def test_suppliers_who_were_told_out_of_order():
    assert "not told in that order" in findings(results=(RESULT,) * 2, told=ORDER[1::-1])["turns"]


def test_a_supplier_who_was_passed_over_is_named():
    one = comment(ANNOUNCED, f"draw {ROUND}", -10)
    second = comment(RESULT, f"drawn {ORDER[1]}", 1)
    turns = check_draw(HERE, one, (second,), RANDOMNESS, BEACON)[-1]
    assert turns.ok
    assert f"{ORDER[0]} had an earlier place" in turns.sentence


def test_a_draw_that_was_dropped_once_its_outcome_was_known():
    assert "when round 7343906 was out" in findings(results=(), replaced=5)["result"]
    assert findings(results=(), replaced=-5) == {}


@given(st.integers(1, 999_999_999), st.integers(0, 60))
def test_no_record_makes_the_check_fail(number, minutes):
    record = replace(DrawRecord("a/b#1", POOL, "0" * 64, "https://a", number, OUT), order=POOL[:1])
    odd = Published(record, "drawn", "a[bot]", "https://a", OUT, OUT + timedelta(minutes=minutes))
    assert not all(finding.ok for finding in check_draw(HERE, odd, (odd,), RANDOMNESS, BEACON))


@pytest.mark.parametrize("page", ["draw.md", "tirage.md"])
def test_the_example_that_people_recompute_by_hand_is_what_the_code_computes(page, capsys):
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    example = read_record(text)
    assert example
    one = Published(replace(example, randomness="", key="", order=()), f"draw {ROUND}", "a[bot]", "", OPENED, OPENED)
    told = Published(example, f"drawn {example.order[0]}", "a[bot]", "", OUT, OUT)
    assert all(finding.ok for finding in check_draw(HERE, one, (told,), example.randomness, BEACON))

    left = list(example.pool)
    for place, login in enumerate(example.order):
        count = place.to_bytes(2, "big")
        digest = hashlib.md5(count + example.key.encode() + count).hexdigest()
        assert f"\n| {place} | `{digest}` | {len(left)} | {left.index(login)} | {login} |\n" in text
        left.remove(login)

    exec(text.partition("```python\n")[2].partition("```")[0])
    assert capsys.readouterr().out.split() == list(example.order)
