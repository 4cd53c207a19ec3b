"""Pull requests are real git: they conflict, follow pushes, and close issues."""

from __future__ import annotations

import base64

from sandbox import Sandbox
from tests.sandbox.caller import Caller, Cast

R = "/repos/canada-ca/micro-acquisition"


async def branch(who: Caller, name: str, path: str, content: str, repo: str = R, at: str = "main") -> None:
    head = (await who.get(f"{repo}/git/ref/heads/{at}"))["object"]["sha"]
    await who.post(repo + "/git/refs", {"ref": f"refs/heads/{name}", "sha": head})
    await write(who, name, path, content, repo)


async def write(who: Caller, name: str, path: str, content: str, repo: str = R) -> int:
    known = await who.get(f"{repo}/contents/{path}?ref={name}")
    body = {"message": path, "content": base64.b64encode(content.encode()).decode(), "branch": name}
    if known.status == 200:
        body["sha"] = known["sha"]
    return (await who.put(f"{repo}/contents/{path}", body)).status


async def test_a_conflict_cannot_be_merged(sandbox: Sandbox, cast: Cast) -> None:
    who = cast.person("coordinator")
    await branch(who, "mine", "README.md", "Mine\n")
    await who.post(R + "/pulls", {"title": "Mine", "head": "mine", "base": "main"})
    assert (await who.get(R + "/pulls/1"))["mergeable"] is True
    await write(who, "main", "README.md", "Theirs\n")
    conflicting = await who.get(R + "/pulls/1")
    assert (conflicting["mergeable"], conflicting["mergeable_state"]) == (False, "dirty")
    assert (await who.put(R + "/pulls/1/merge")).status == 405
    await write(who, "mine", "other.md", "x")
    assert (await who.put(R + "/pulls/1/merge", {"sha": conflicting["head"]["sha"]})).status == 409
    assert (await who.post(R + "/pulls", {"title": "Again", "head": "mine", "base": "main"})).status == 422


async def test_a_merge_keeps_both_sides_and_closes_what_it_says(sandbox: Sandbox, cast: Cast) -> None:
    who = cast.person("coordinator")
    await who.post(R + "/issues", {"title": "A need"})
    await branch(who, "mine", "a.md", "a\n")
    await write(who, "main", "b.md", "b\n")
    await who.post(R + "/pulls", {"title": "Mine", "head": "mine", "base": "main", "body": "Closes #1"})
    merged = await who.put(R + "/pulls/2/merge")
    files = sandbox.files("canada-ca/micro-acquisition")
    assert (files["a.md"], files["b.md"]) == (b"a\n", b"b\n")
    assert len((await who.get(f"{R}/git/commits/{merged['sha']}"))["parents"]) == 2
    assert (await who.get(R + "/issues/1"))["state"] == "closed"
    closed = [p for e, p in sandbox.sent if e == "pull_request" and p["action"] == "closed"]
    assert [p["pull_request"]["merged"] for p in closed] == [True]
    assert (await who.get(R + "/pulls/2/files")).body[0]["filename"] == "a.md"


async def test_a_pull_request_is_an_issue_too(cast: Cast) -> None:
    who, supplier = cast.person("coordinator"), cast.person("supplier-1")
    await branch(who, "mine", "a.md", "a\n")
    await who.post(R + "/issues", {"title": "First"})
    pull = await who.post(R + "/pulls", {"title": "Second", "head": "mine", "base": "main"})
    assert pull["number"] == 2
    assert "pull_request" in (await who.get(R + "/issues/2")).body
    assert (await supplier.post(R + "/issues/2/comments", {"body": "Nice"})).status == 201
    assert (await supplier.get(R + "/pulls/2"))["comments"] == 1
    assert (await supplier.put(R + "/pulls/2/merge")).status == 403
    assert (await supplier.post(R + "/pulls", {"title": "x", "head": "mine", "base": "main"})).status == 403
    found = await who.get(R + "/pulls?head=canada-ca:mine")
    assert [one["number"] for one in found.body] == [2]


async def test_branch_updates_and_review(sandbox: Sandbox, cast: Cast) -> None:
    bot, who = await cast.bot(), cast.person("coordinator")
    await branch(bot, "ours", "a.md", "a\n")
    await bot.post(R + "/pulls", {"title": "Ours", "head": "ours", "base": "main"})
    assert (await bot.post(R + "/pulls/1/reviews", {"event": "APPROVE"})).status == 422
    await who.post(R + "/pulls/1/reviews", {"event": "APPROVE"})
    assert [one["state"] for one in (await bot.get(R + "/pulls/1/reviews")).body] == ["APPROVED"]
    assert (await bot.put(R + "/pulls/1/update-branch")).status == 422
    await write(who, "main", "b.md", "b\n")
    assert (await bot.put(R + "/pulls/1/update-branch")).status == 202
    assert [p["review"]["state"] for e, p in sandbox.sent if e == "pull_request_review"] == ["approved"]
    assert "synchronize" in [p["action"] for e, p in sandbox.sent if e == "pull_request"]
    head = (await bot.get(R + "/git/ref/heads/ours"))["object"]["sha"]
    main = (await bot.get(R + "/git/ref/heads/main"))["object"]["sha"]
    assert (await bot.patch(R + "/git/refs/heads/ours", {"sha": main})).status == 422
    assert (await bot.get(f"{R}/compare/main...{head}"))["ahead_by"] == 2
    await bot.delete(R + "/git/refs/heads/ours")
    assert (await bot.get(R + "/pulls/1"))["state"] == "closed"
