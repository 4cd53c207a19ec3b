"""Comments on lines: where they may stand, who hears of them and when, and what a push makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.caller import Answer, Cast
from tests.sandbox.test_sandbox_pulls import R, branch, write

PULL = R + "/pulls/1"
WORDS = "".join(f"{n}\n" for n in range(1, 31))


@pytest.fixture
async def head(cast: Cast, sandbox: Sandbox) -> str:
    """A pull request of the supplier's that changes line 10 of 30, and adds a file; its head."""
    supplier, coordinator = cast.person("supplier-1"), cast.person("coordinator")
    await write(coordinator, "main", "a.md", WORDS)
    mine = "/repos/" + (await supplier.post(R + "/forks"))["full_name"]
    await branch(supplier, "mine", "a.md", WORDS.replace("10\n", "ten\n"), mine)
    await write(supplier, "mine", "new.md", "one\ntwo\n", mine)
    made = await supplier.post(R + "/pulls", {"title": "Ten", "head": "supplier-1:mine", "base": "main"})
    sandbox.sent.clear()
    return str(made["head"]["sha"])


def heard(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    found = [(e, p["action"], (p.get("comment") or p.get("review") or {}).get("body") or "") for e, p in sandbox.sent]
    sandbox.sent.clear()
    return found


def said(answer: Answer) -> list[Any]:
    return [error if isinstance(error, str) else error.get("message") for error in answer["errors"]]


async def on(cast: Cast, head: str, who: str = "coordinator", **more: object) -> Answer:
    body = {"body": "Why?", "commit_id": head, "path": "a.md", "line": 10} | more
    return await cast.person(who).post(PULL + "/comments", body)


async def test_a_comment_stands_on_lines_of_the_diff_only(sandbox: Sandbox, cast: Cast, head: str) -> None:
    made = await on(cast, head, start_line=8)
    assert made.status == 201
    assert (made["start_line"], made["line"], made["side"], made["position"]) == (8, 10, "RIGHT", 5)
    assert made["diff_hunk"] == "@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten"
    assert heard(sandbox) == [
        ("pull_request_review", "submitted", ""),
        ("pull_request_review_comment", "created", "Why?"),
    ]
    assert (await on(cast, head, side="LEFT"))["diff_hunk"].endswith("\n-10")
    outside = await on(cast, head, line=20)
    assert (outside.status, said(outside)) == (422, ["pull_request_review_thread.line must be part of the diff"])
    backwards = await on(cast, head, start_line=10)
    assert said(backwards) == ["pull_request_review_thread.start_line must precede the end line."]
    assert "same hunk" in said(await on(cast, head, start_line=2))[0]
    assert "end_commit_oid" in said(await on(cast, "0" * 40))[0]
    for wrong in ({"path": "b.md"}, {"position": 3}, {"body": " "}, {"side": "UP"}):
        assert (await on(cast, head, **wrong)).status == 422
    assert (await cast.nobody().get(PULL))["review_comments"] == 2


async def test_a_review_of_comments_alone_needs_no_words_of_its_own(sandbox: Sandbox, cast: Cast, head: str) -> None:
    bot, supplier = await cast.bot(), cast.person("supplier-1")
    comments = [{"body": f"{n}?", "path": "new.md", "line": n} for n in (1, 2)]
    wrong = [*comments, {"body": "x", "path": "a.md", "line": 20}]
    refused = await bot.post(PULL + "/reviews", {"event": "COMMENT", "comments": wrong})
    assert (refused.status, refused["errors"]) == (422, ["Line could not be resolved"])
    assert (await bot.get(PULL + "/comments")).body == []  # all or nothing
    pending = await bot.post(PULL + "/reviews", {"comments": comments})
    assert heard(sandbox) == []
    one = (await bot.get(f"{PULL}/reviews/{pending['id']}/comments")).body[0]["id"]
    for path in (f"{PULL}/reviews/{pending['id']}/comments", f"{R}/pulls/comments/{one}"):
        assert (await supplier.get(path)).status == 404
    assert (await bot.post(PULL + "/reviews", {"comments": comments})).status == 422  # one pending for each
    assert (await supplier.get(PULL))["review_comments"] == 0
    await bot.post(f"{PULL}/reviews/{pending['id']}/events", {"event": "COMMENT"})
    assert [action for _, action, _ in heard(sandbox)] == ["submitted", "created", "created"]
    assert [each["body"] for each in (await supplier.get(PULL + "/comments")).body] == ["1?", "2?"]


async def test_people_answer_and_edit_their_own(sandbox: Sandbox, cast: Cast, head: str) -> None:
    supplier, writer = cast.person("supplier-1"), cast.person("coordinator")
    root = (await on(cast, head))["id"]
    reply = await supplier.post(f"{PULL}/comments/{root}/replies", {"body": "Because"})
    assert (reply["in_reply_to_id"], reply["line"]) == (root, 10)
    assert (await supplier.post(f"{PULL}/comments/{reply['id']}/replies", {"body": "And"})).status == 404
    sandbox.sent.clear()
    mine, theirs = (f"{R}/pulls/comments/{number}" for number in (reply["id"], root))
    assert (await supplier.patch(theirs, {"body": "Hacked"})).status == 403
    await supplier.patch(mine, {"body": "Ten is better"})
    await writer.delete(mine)
    assert heard(sandbox) == [
        ("pull_request_review_comment", "edited", "Ten is better"),
        ("pull_request_review_comment", "deleted", "Ten is better"),
    ]
    assert (await supplier.get(mine)).status == 404


async def test_after_a_push_a_comment_follows_its_lines_until_they_change(cast: Cast, head: str) -> None:
    supplier, mine = cast.person("supplier-1"), "/repos/supplier-1/micro-acquisition"
    await on(cast, head, start_line=9)
    await on(cast, head, path="new.md", line=2)
    await write(supplier, "mine", "a.md", "zero\n" + WORDS.replace("10\n", "ten\n"), mine)
    moved, still = (await supplier.get(PULL + "/comments")).body
    now = (await supplier.get(PULL))["head"]["sha"]
    assert (moved["start_line"], moved["line"], moved["original_line"]) == (10, 11, 10)
    assert (moved["commit_id"], moved["original_commit_id"], still["line"]) == (now, head, 2)
    await write(supplier, "mine", "a.md", "zero\n" + WORDS.replace("10\n", "dix\n"), mine)
    await write(supplier, "mine", "new.md", "one\ntwo\nthree\n", mine)
    outdated, still = (await supplier.get(PULL + "/comments")).body
    assert (outdated["line"], outdated["start_line"], outdated["position"]) == (None, None, None)
    assert (outdated["original_line"], outdated["commit_id"]) == (10, now)
    assert still["line"] == 2
