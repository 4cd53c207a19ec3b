"""States that the version before wrote as plain JSON are read, and written so that it could read them again."""

import pytest

from bot.ledger.codec import decode_state, encode_state

PULL = {
    "number": 3,
    "url": "https://github.com/canada-ca/micro-acquisition/pull/3",
    "state": "open",
    "stuck": "",
    "branch": "opportunity/12-parser",
    "round": 1,
    "again": 0,
    "head": "abc",
    "onto": "main",
    "base": "def",
    "source": ["A title", "A body"],
    "content": "digest",
    "parts": {},
    "proposed": {"1": "digest"},
    "untold": "2027-07-12T12:00:00+00:00",
    "by": "client",
}


@pytest.mark.parametrize(
    ("thing", "stored"),
    [
        ("comment checklist 1", {"ticked": ["met"], "at": "2027-07-12T12:00:00Z", "id": 7}),
        ("labels", {"names": ["bug"], "made": {"bug": True}, "at": "2027-07-12T12:00:00+00:00"}),
        ("assignees", {"names": ["b", "a"], "tried": ["a"]}),
        ("state", {"closed": False, "at": "2027-07-12T12:00:00+00:00"}),
        ("reaction 99", {"ids": {"+1": 4}}),
        ("pull posting", PULL),
        ("check", {"id": 5, "head": "abc", "remarks": "digest", "conclusion": "success"}),
        ("suggestions", {"given": ["a 1"], "pending": ["b 1"], "mark": "suggestions x"}),
        ("own", {"until": "2027-07-12T12:00:00+00:00"}),
    ],
)
def test_what_the_version_before_stored_comes_back_whole(thing, stored):
    again = encode_state(decode_state(thing, stored))
    assert {name: again[name] for name in stored} == stored


def test_nothing_known_stays_nothing():
    assert decode_state("labels", {}) is None
    assert encode_state(None) == {}
