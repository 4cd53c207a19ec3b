"""States that the version before wrote as plain JSON are read, and written so that it could read them again."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ledger import Ledger, PullProgress, Row, Unreported
from bot.ledger.codec import decode_progress, decode_state, encode_progress, encode_state
from bot.pipeline.model.facts import Entered, Held, Opened, Recorded
from bot.pipeline.model.fold import fold
from bot.pipeline.model.remote import (
    AssigneesState,
    CheckState,
    CommentState,
    IssueState,
    LabelsState,
    PullRequestState,
    ReactionState,
    SuggestionsState,
)
from bot.published.record import make_record

LEDGER = Path(__file__).with_name("ledger_0007.sql")
"""A ledger at revision 0007: commit f51e65f wrote it in a story, from step 1 to step 9.

The client posted by a pull request with suggestions, and the closing date moved. Most comments are left out.
"""

HOME = "canada-ca/micro-acquisition"

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


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as file:
        file.executescript(LEDGER.read_text())
    file.close()
    ledger = Ledger(f"sqlite:///{path}")
    ledger.upgrade()
    yield ledger
    ledger.close()


def test_a_ledger_of_an_older_version_loads_as_typed_state(old):
    loaded = old.load(f"{HOME}#1")
    assert fold(HOME, 1, loaded.history).step == 9
    stored = {thing: one.remote for thing, one in loaded.things.items()}
    assert len(stored) == 18
    assert stored["labels"] == LabelsState(
        (
            "client-verified",
            "eligible",
            "description-approved",
            "funds-reserved",
            "terms-signed",
            "invoice-received",
            "invoice-approved",
            "paid",
            "9/exchange",
        ),
        {"9/exchange": True, "8/payment": False, "waiting: finance": False},
        "2027-07-20T14:11:12+00:00",
    )
    assert stored["assignees"] == AssigneesState(("coordinator",), ("coordinator",), "2027-06-21T14:00:03+00:00")
    assert stored["state"] == IssueState(False, "2027-06-21T14:00:03+00:00")
    assert stored["comment checklist 1"] == CommentState(1050, "2027-06-21T14:00:04Z", ("employee",))
    assert stored["reaction 1257"] == ReactionState({"+1": 1263})
    pulls = {thing: state for thing, state in stored.items() if isinstance(state, PullRequestState)}
    standing = {thing: (state.number, state.state, state.round) for thing, state in pulls.items()}
    assert standing == {
        "pull posting": (2, "closed", 1),
        "pull extension": (4, "open", 1),
        "pull winner": (5, "open", 2),
        "pull work": (6, "open", 1),
        "pull ore": (1, "open", 1),
    }
    winner = pulls["pull winner"]
    assert (winner.branch, winner.onto) == ("opportunity/1--winner--2", "main")
    posting = pulls["pull posting"]
    assert posting.source is not None
    assert posting.source[0] == "Azure policies"
    assert loaded.things["comment status"].begun == datetime(2027, 6, 21, 14, 0, 4, tzinfo=UTC)


def test_what_is_stored_of_a_pull_request_of_an_older_version_loads_as_typed_state(old):
    watched = old.watched(f"{HOME}!3")
    assert watched.progress == PullProgress(sender="coordinator", updated_at="2027-06-21T14:00:19Z")
    shown = watched.things
    assert shown["comment coach"].state(CommentState).id == 1128
    check = shown["check"].state(CheckState)
    assert (check.id, check.head, check.conclusion) == (1152, "427a68852c20144e806a609418a0ed9d22a0b77f", "success")
    assert len(shown["suggestions"].state(SuggestionsState).offered) == 5


def test_every_record_of_an_older_version_is_derived_again(tmp_path):
    """Its texts name `held` what is `on_hold` now: read as it stands, nothing would be on hold."""
    path = tmp_path / "held.db"
    key = f"{HOME}#1"
    told = Opened("https://github.com/" + HOME + "/issues/1", "client", "A title", ""), Entered(1), Held("leave")
    at = datetime(2027, 7, 12, tzinfo=UTC)
    history = tuple(Recorded(fact, at, "client", "", "") for fact in told)
    ledger = Ledger(f"sqlite:///{path}")
    ledger.upgrade()
    row = Row(1, "active", "A title", None, None, None, "client")
    ledger.commit(key, version=0, facts=history, row=row, record=_record(key, history), unsettled=False)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE records SET data = replace(data, 'on_hold', 'held'), made_by = 1")
    assert ledger.derive(_record) == 1
    record = ledger.record(key)
    assert record is not None
    assert record.on_hold
    ledger.close()


def _record(key, history):
    return make_record(fold(HOME, 1, history), history, None)


def test_an_older_ledger_is_written_back_as_it_was():
    with sqlite3.connect(":memory:") as file:
        file.executescript(LEDGER.read_text())
        stored = dict(file.execute("SELECT thing, remote FROM shown").fetchall())
    file.close()
    for thing, text in stored.items():
        fields = json.loads(text)
        again = encode_state(decode_state(thing, fields))
        assert {name: again[name] for name in fields} == fields


def test_the_progress_of_a_pull_request_is_written_back_as_it_was():
    stored = {
        "told": {"first": 7, "at": "2027-07-12T12:00:00+00:00"},
        "by": "client",
        "found": True,
        "again": "guid",
        "judged": "digest",
        "offered": "digest",
        "looks": 2,
        "looked": "2027-07-12T12:00:00Z",
    }
    assert decode_progress(stored).unreported == Unreported(7, datetime(2027, 7, 12, 12, tzinfo=UTC))
    assert encode_progress(decode_progress(stored)) == stored
    assert decode_progress({"told": None, "judged": ""}) == PullProgress()
