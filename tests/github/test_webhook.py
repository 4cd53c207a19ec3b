"""Deliveries, read."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.github.reading.webhook import Repositories, key_of, read_signal
from bot.pipeline.model.signals import (
    ChecklistEdited,
    Commented,
    EntryDiscussed,
    Issue,
    IssueEdited,
    IssueOpened,
    IssueRemoved,
    IssueStateChanged,
    LabelChanged,
    PullRequestChanged,
)
from tests.tools import require

HOUSE = Repositories("Canada-CA/micro-acquisition", "canada-ca/ore-ero")
KEY = "canada-ca/micro-acquisition#12"
NOW = datetime(2027, 7, 5, 12, tzinfo=UTC)
PERSON = {"login": "client", "type": "User"}
COORDINATOR = {"login": "coordinator", "type": "User"}
BOT = {"login": "micro-acquisition-bot[bot]", "type": "Bot"}


def issue(**more):
    base = {
        "number": 12,
        "html_url": "https://github.com/canada-ca/micro-acquisition/issues/12",
        "title": "Parser",
        "body": "A need",
        "user": PERSON,
        "labels": [{"name": "1/contact"}],
        "assignees": [COORDINATOR],
        "state": "open",
        "created_at": "2027-07-01T00:00:00Z",
        "updated_at": "2027-07-02T00:00:00Z",
        "closed_at": None,
    }
    return base | more


def payload(action, sender=PERSON, where="canada-ca/Micro-Acquisition", **more):
    return {"action": action, "sender": sender, "repository": {"full_name": where}, "issue": issue()} | more


def comment(user=PERSON, body="/help", **more):
    times = {"created_at": "2027-07-03T00:00:00Z", "updated_at": "2027-07-04T00:00:00Z"}
    return {"id": 99, "user": user, "body": body} | times | more


def what(event, data):
    signal = read_signal(event, data, "guid", HOUSE, NOW)
    return signal and signal.what


def test_an_issue_is_read_with_all_that_decides_it():
    signal = read_signal("issues", payload("opened"), "guid", HOUSE, NOW)
    assert (signal.what, signal.actor, signal.delivery) == (IssueOpened(), "client", "guid")
    assert signal.at == datetime(2027, 7, 1, tzinfo=UTC)
    updated = datetime(2027, 7, 2, tzinfo=UTC)
    people = frozenset({"coordinator"})
    assert signal.issue == Issue(
        12,
        "https://github.com/canada-ca/micro-acquisition/issues/12",
        "Parser",
        "A need",
        "client",
        frozenset({"1/contact"}),
        people,
        False,
        updated,
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (payload("edited", changes={"body": {"from": "old"}}), IssueEdited("old")),
        (payload("edited", changes={"body": {"from": None}}), IssueEdited("")),
        (payload("edited", changes={"title": {"from": "old"}}), IssueEdited("A need")),
        (payload("edited", changes={}), IssueEdited(None)),
        (payload("labeled", label={"name": "eligible"}), LabelChanged("eligible", on=True)),
        (payload("unlabeled", label={"name": "eligible"}), LabelChanged("eligible", on=False)),
        (payload("labeled", label=None), None),
        (payload("closed"), IssueStateChanged(closed=True)),
        (payload("reopened"), IssueStateChanged(closed=False)),
        (payload("transferred"), IssueRemoved()),
        (payload("deleted", sender=BOT), IssueRemoved()),
        (payload("pinned"), None),
        (payload("opened", sender=BOT), None),
        (payload("opened", sender={"login": "dependabot[bot]"}), None),
    ],
)
def test_what_happens_to_an_issue(data, expected):
    assert key_of("issues", data, HOUSE) == KEY
    assert what("issues", data) == expected


def test_a_null_body_and_a_deleted_user():
    signal = read_signal("issues", payload("opened", issue=issue(body=None, user=None)), "guid", HOUSE, NOW)
    assert (signal.issue.body, signal.issue.author) == ("", "ghost")


CHECKLIST = "- [{}] met <!-- box met -->\n\n<!-- micro-acquisition: checklist 1 -->"
FROM = {"body": {"from": "/hlep"}}
BOX = {"body": {"from": CHECKLIST.format(" ")}}


@pytest.mark.parametrize(
    ("data", "expected", "actor"),
    [
        (payload("created", comment=comment()), Commented(99, "/help"), "client"),
        (payload("created", comment=comment(body=None)), Commented(99, ""), "client"),
        (payload("edited", comment=comment(), changes=FROM), Commented(99, "/help", "/hlep"), "client"),
        (
            payload("edited", COORDINATOR, comment=comment(), changes=FROM),
            Commented(99, "/help", "/hlep"),
            "coordinator",
        ),
        (
            payload("edited", COORDINATOR, comment=comment(user=None), changes=FROM),
            Commented(99, "/help", "/hlep"),
            "coordinator",
        ),
        (
            payload("edited", COORDINATOR, comment=comment(BOT, CHECKLIST.format("x")), changes=BOX),
            ChecklistEdited(99, "checklist 1", CHECKLIST.format("x"), author=BOT["login"]),
            "coordinator",
        ),
        (
            payload("edited", COORDINATOR, comment=comment(BOT, "wiped"), changes=BOX),
            ChecklistEdited(99, "checklist 1", "wiped", author=BOT["login"]),
            "coordinator",
        ),
        (payload("edited", COORDINATOR, comment=comment(BOT, "other bot"), changes=FROM), None, None),
        (payload("edited", comment=comment(), changes={}), None, None),
        (payload("deleted", comment=comment()), None, None),
        (payload("created", BOT, comment=comment(BOT)), None, None),
        (payload("edited", BOT, comment=comment(), changes=FROM), None, None),
    ],
)
def test_what_is_said(data, expected, actor):
    assert key_of("issue_comment", data, HOUSE) == KEY
    signal = read_signal("issue_comment", data, "guid", HOUSE, NOW)
    assert (signal and signal.what, signal and signal.actor) == (expected, actor)


def test_an_edit_has_the_time_of_the_edit():
    edited = payload("edited", comment=comment(), changes=FROM)
    assert read_signal("issue_comment", edited, "guid", HOUSE, NOW).at == datetime(2027, 7, 4, tzinfo=UTC)
    timeless = payload("created", comment=comment(created_at=None))
    assert read_signal("issue_comment", timeless, "guid", HOUSE, NOW).at == NOW


def pull(where="canada-ca/ore-ero", ref="ore/12-parser", body="", sender=PERSON, action="closed", **more):
    made = {
        "number": 7,
        "html_url": "https://x/pull/7",
        "state": "open",
        "merged": False,
        "updated_at": "2027-07-04T00:00:00Z",
        "head": {"ref": ref},
        "body": body,
    }
    return payload(action, sender, where, pull_request=made | more)


@pytest.mark.parametrize(
    ("data", "kind", "state"),
    [
        (pull(action="opened", sender=BOT), "ore", "open"),
        (pull(state="closed"), "ore", "closed"),
        (pull(state="closed", merged=True), "ore", "merged"),
        (pull(ref="x", body="text\r\n\r\n<!-- micro-acquisition: ore 12 -->\r\n"), "ore", "open"),
    ],
)
def test_the_bots_pull_requests_matter_whoever_moved_them(data, kind, state):
    assert key_of("pull_request", data, HOUSE) == KEY
    assert what("pull_request", data) == PullRequestChanged(kind, 7, "https://x/pull/7", state)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("issues", payload("opened", where="canada-ca/ore-ero")),
        ("issue_comment", payload("created", comment=comment(), issue=issue(pull_request={"url": "…"}))),
        ("pull_request", pull(ref="patch-1", body="<!-- micro-acquisition: ore 12 --> quoted")),
        ("pull_request", pull("somebody/fork", "ore/12-parser")),
        ("pull_request", pull(ref="ore/0012-parser")),
        ("pull_request", pull(ref="opportunity/12-parser")),
        ("push", payload("opened", ref="refs/heads/somewhere")),
    ],
)
def test_what_is_about_no_opportunity(event, data):
    assert key_of(event, data, HOUSE) == ""
    assert read_signal(event, data, "guid", HOUSE, NOW) is None


def test_pull_requests_of_the_site_have_turns_of_their_own_whoever_opened_them():
    for ref in ("opportunity/12-parser", "patch-1", "ore/12-parser"):
        data = pull("canada-ca/MICRO-acquisition", ref)
        assert key_of("pull_request", data, HOUSE) == "canada-ca/micro-acquisition!7"
    again = payload("rerequested", where="canada-ca/micro-acquisition", check_run={"external_id": "7"})
    assert key_of("check_run", again, HOUSE) == "canada-ca/micro-acquisition!7"
    assert key_of("check_suite", again, HOUSE) == "canada-ca/micro-acquisition@", "every check there"


def test_a_push_to_the_base_is_about_whatever_is_proposed_there():
    repository = {"full_name": "canada-ca/ore-ero", "default_branch": "master"}
    pushed = {"ref": "refs/heads/master", "repository": repository}
    assert key_of("push", pushed, HOUSE) == "canada-ca/ore-ero@"
    assert key_of("push", {**pushed, "ref": "refs/heads/other"}, HOUSE) == ""
    assert key_of("push", {**pushed, "ref": "refs/heads/other"}, replace(HOUSE, branches=frozenset({"other"}))) != ""


def test_what_reviewers_of_the_exchange_say_is_about_the_opportunity():
    data = pull()
    assert key_of("pull_request_review", data | {"action": "submitted"}, HOUSE) == KEY
    assert what("pull_request_review_comment", data) == EntryDiscussed()
    talk = issue(pull_request={"url": "…"}, body="x\n\n<!-- micro-acquisition: ore 12 -->")
    said = payload("created", where="canada-ca/ore-ero", comment=comment(), issue=talk)
    assert what("issue_comment", said) == EntryDiscussed()


EVENTS = st.sampled_from(["issues", "issue_comment", "pull_request", "pull_request_review", "push", "check_run"])
JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([1]), st.just({}))
WHOLE = (
    payload("edited", comment=comment(BOT), changes=BOX),
    payload("labeled", label={"name": "paid"}),
    pull("canada-ca/micro-acquisition", "opportunity/1-a"),
)


def places(of, path=()):
    for name, part in of.items():
        yield (*path, name)
        if isinstance(part, dict):
            yield from places(part, (*path, name))


@settings(max_examples=400, deadline=None)
@given(EVENTS, st.data())
def test_no_payload_is_a_surprise(event, data):
    broken = copy.deepcopy(data.draw(st.sampled_from(WHOLE)))
    *path, last = data.draw(st.sampled_from(sorted(places(broken))))
    part = broken
    for name in path:
        part = part[name]
    part[last] = data.draw(JUNK)
    key = key_of(event, broken, HOUSE)
    assert read_signal(event, broken, "guid", HOUSE, NOW) is None or key


def test_githubs_own_examples():
    place = os.environ.get("WEBHOOK_EXAMPLES", "node_modules/@octokit/webhooks-examples/api.github.com/index.json")
    require(Path(place).is_file(), "npm package @octokit/webhooks-examples is not installed")
    here = Repositories("codertocat/hello-world", "codertocat/hello-world")
    told = set()
    for kind in json.loads(Path(place).read_text()):
        for example in kind["examples"]:
            key = key_of(kind["name"], example, here)
            signal = read_signal(kind["name"], example, "guid", here, NOW)
            if signal:
                assert key.startswith("codertocat/hello-world#")
                assert signal.actor == example["sender"]["login"]
                assert signal.at < NOW or isinstance(signal.what, IssueRemoved), "of that GitHub tells no time"
                told.add((kind["name"], example["action"]))
    assert told == {
        ("issues", "edited"),
        ("issues", "deleted"),
        ("issues", "labeled"),
        ("issues", "opened"),
        ("issues", "reopened"),
        ("issues", "unlabeled"),
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
    }
