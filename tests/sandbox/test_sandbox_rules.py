"""Who may do what, and how refusals look."""

from __future__ import annotations

import base64
import time

from sandbox import Sandbox
from sandbox.acts.issues import delete, transfer
from tests.sandbox.caller import Cast

R = "/repos/Canada-CA/Micro-Acquisition"  # names are found without regard to case


async def test_a_reader_asks_and_a_coordinator_decides(cast: Cast) -> None:
    reader, triage, writer = cast.person("supplier-1"), cast.person("finance"), cast.person("coordinator")
    await reader.post(R + "/issues", {"title": "Mine", "labels": ["paid"], "assignees": ["coordinator"]})
    said = await triage.post(R + "/issues/1/comments", {"body": "Noted"})
    comment = f"{R}/issues/comments/{said['id']}"
    assert (await reader.get(R + "/issues/1"))["labels"] == []
    refused = [
        await reader.post(R + "/issues/1/labels", {"labels": ["paid"]}),
        await reader.post(R + "/labels", {"name": "paid"}),
        await reader.patch(comment, {"body": "Not noted"}),
        await reader.delete(comment),
        await reader.put(R + "/contents/README.md", {"message": "x", "content": ""}),
        await triage.post(R + "/issues/1/labels", {"labels": ["a label that does not exist"]}),
        await triage.patch(R + "/issues/1", {"title": "Ours"}),
    ]
    assert [one.status for one in refused] == [403] * 7
    assert (await writer.post(R + "/labels", {"name": "paid"})).status == 201
    assert (await triage.post(R + "/issues/1/labels", {"labels": ["PAID"]})).status == 200
    assert (await writer.patch(comment, {"body": "Noted, thank you"})).status == 200
    assert (await reader.patch(R + "/issues/1", {"state": "closed"}))["state"] == "closed"
    assert (await reader.patch(R + "/issues/1", {"state": "open"}))["state"] == "open"
    await writer.patch(R + "/issues/1", {"state": "closed"})
    assert (await reader.patch(R + "/issues/1", {"state": "open"})).status == 403


async def test_roles_are_told_even_of_strangers(sandbox: Sandbox, cast: Cast) -> None:
    bot = await cast.bot()

    async def role(login: str) -> tuple[str, str]:
        answer = await bot.get(f"{R}/collaborators/{login}/permission")
        return answer["permission"], answer["role_name"]

    assert await role("COORDINATOR") == ("write", "write")
    assert await role("finance") == ("read", "triage")
    assert await role("supplier-2") == ("read", "read")
    assert await role("org-owner") == ("admin", "admin")
    assert (await bot.get(f"{R}/collaborators/nobody-at-all/permission")).status == 404
    team = "/orgs/canada-ca/teams/micro-acquisition-finance/memberships/"
    assert (await bot.get(team + "finance"))["state"] == "active"
    assert (await bot.get(team + "client")).status == 404
    assert (await cast.person("client").get(team + "finance")).status == 404


async def test_tokens_are_checked(sandbox: Sandbox, cast: Cast) -> None:
    body = {"body": "x"}
    assert (await cast.with_token("ghs_unknown").get(R)).status == 401
    assert (await cast.nobody().get(R)).status == 200
    assert (await cast.nobody().post(R + "/issues", {"title": "x"})).status == 401
    made = await cast.app().post(f"/app/installations/{sandbox.installation_id}/access_tokens")
    bot = cast.with_token(made["token"])
    assert (await bot.get("/installation/repositories"))["total_count"] == 2
    assert (await bot.get("/user")).status == 403
    sandbox.expire_token(made["token"])
    assert (await bot.get(R)).status == 401
    narrow = await cast.bot(permissions={"issues": "read"}, repositories=["micro-acquisition"])
    assert (await narrow.post(R + "/issues", {"title": "x"})).status == 403
    assert (await narrow.post("/repos/canada-ca/ore-ero/issues/1/comments", body)).status == 403
    now = int(time.time())
    assert (await cast.app(exp=now + 700).get("/app")).status == 401
    assert (await cast.app(exp=now - 1).get("/app")).status == 401
    assert (await cast.app(iss="99").get("/app")).status == 401
    assert (await cast.app().get("/app"))["slug"] == "micro-acquisition-bot"


async def test_refusals_name_the_field(cast: Cast) -> None:
    coordinator = cast.person("coordinator")
    untitled = await coordinator.post(R + "/issues", {"body": "x"})
    assert untitled.status == 422
    assert untitled["errors"] == [{"resource": "Issue", "code": "missing_field", "field": "title"}]
    await coordinator.post(R + "/issues", {"title": "x"})
    too_long = await coordinator.post(R + "/issues/1/comments", {"body": "x" * 65_537})
    assert too_long["errors"][0]["message"] == "body is too long (maximum is 65536 characters)"
    await coordinator.post(R + "/labels", {"name": "paid"})
    assert (await coordinator.post(R + "/labels", {"name": "PAID"}))["errors"][0]["code"] == "already_exists"
    assert (await coordinator.get("/repos/canada-ca/nothing"))["message"] == "Not Found"
    assert (await coordinator.get(R + "/nothing/at/all")).status == 404


async def test_a_corrected_label_is_the_same_label(sandbox: Sandbox, cast: Cast) -> None:
    coordinator = cast.person("coordinator")
    await coordinator.post(R + "/labels", {"name": "Paid", "color": "ededed"})
    await coordinator.post(R + "/labels", {"name": "open"})
    await coordinator.post(R + "/issues", {"title": "x", "labels": ["paid"]})
    path = R + "/labels/PAID"
    assert (await cast.person("client").patch(path, {"new_name": "mine"})).status == 403
    assert (await coordinator.patch(path, {"new_name": "OPEN"}))["errors"][0]["code"] == "already_exists"
    assert (await coordinator.patch(path, {"color": "green"}))["errors"][0]["field"] == "color"
    corrected = await coordinator.patch(path, {"new_name": "paid", "color": "1A7F37", "description": "Payé"})
    assert (corrected["name"], corrected["color"], corrected["description"]) == ("paid", "1A7F37", "Payé")
    assert (await coordinator.get(R + "/issues/1"))["labels"] == [corrected.body]
    event, payload = sandbox.sent[-1]
    assert (event, payload["action"]) == ("label", "edited")
    assert payload["changes"] == {"name": {"from": "Paid"}, "color": {"from": "ededed"}, "description": {"from": ""}}


async def test_a_file_is_changed_only_by_who_has_seen_it(cast: Cast) -> None:
    coordinator, path = cast.person("coordinator"), R + "/contents/news.md"
    new = {"message": "News", "content": base64.b64encode(b"News").decode()}
    made = await coordinator.put(path, new)
    assert made.status == 201
    for lacking in ("message", "content", "sha"):
        refused = await coordinator.put(path, {name: text for name, text in new.items() if name != lacking})
        assert (refused.status, refused["message"]) == (422, f'Invalid request.\n\n"{lacking}" wasn\'t supplied.')
    stale = await coordinator.put(path, new | {"sha": "0" * 40})
    assert (stale.status, stale["message"]) == (409, f"news.md does not match {'0' * 40}")
    assert (await coordinator.put(path, new | {"sha": made["content"]["sha"]})).status == 200


async def test_unchanged_answers_cost_nothing(cast: Cast) -> None:
    client = cast.person("client")
    first = await client.get(R)
    again = await client.get(R, If_None_Match=first.headers["ETag"])
    assert again.status == 304
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    await client.post(R + "/issues", {"title": "Now there is one"})
    assert (await client.get(R, If_None_Match=first.headers["ETag"])).status == 200


async def test_pages_link_to_each_other(cast: Cast) -> None:
    client = cast.person("client")
    for number in range(5):
        await client.post(R + "/issues", {"title": f"Need {number}"})
    seen, path = [], R + "/issues?per_page=2&state=all"
    while path:
        page = await client.get(path)
        seen += [one["number"] for one in page.body]
        links = dict(reversed(part.split("; rel=")) for part in page.headers["Link"].split(", "))
        path = links.get('"next"', "").strip("<>").partition("/repos")[2]
        path = path and "/repos" + path
    assert seen == [5, 4, 3, 2, 1]


async def test_the_hourly_limit_is_a_limit() -> None:
    import aiohttp

    async with Sandbox(hourly_limit=2) as sandbox, aiohttp.ClientSession() as session:
        client = Cast(session, sandbox).person("client")
        assert [(await client.get(R)).status for _ in range(3)] == [200, 200, 403]
        limited = await client.get(R)
        assert limited.headers["X-RateLimit-Remaining"] == "0"
        assert (await Cast(session, sandbox).person("finance").get(R)).status == 200


async def test_an_app_cannot_comment_on_a_locked_issue_whatever_it_may_write(sandbox: Sandbox, cast: Cast) -> None:
    coordinator, bot = cast.person("coordinator"), await cast.bot()
    await coordinator.post(R + "/issues", {"title": "A need"})
    await coordinator.put(R + "/issues/1/lock")
    refused = await bot.post(R + "/issues/1/comments", {"body": "Hello"})
    assert (refused.status, refused["message"]) == (403, "Unable to create comment because issue is locked.")
    assert (await coordinator.post(R + "/issues/1/comments", {"body": "Hello"})).status == 201
    assert (await bot.post(R + "/issues/1/labels", {"labels": ["open"]})).status == 200
    await coordinator.delete(R + "/issues/1/lock")
    assert (await bot.post(R + "/issues/1/comments", {"body": "Hello"})).status == 201


async def test_what_is_archived_is_read_only_until_it_is_not(sandbox: Sandbox, cast: Cast) -> None:
    owner, bot = cast.person("org-owner"), await cast.bot()
    await owner.post(R + "/issues", {"title": "A need"})
    await owner.patch(R, {"archived": True})
    refused = await bot.post(R + "/issues/1/comments", {"body": "Hello"})
    assert (refused.status, refused["message"]) == (403, "Repository was archived so is read-only.")
    assert (await bot.get(R + "/issues/1")).status == 200
    await owner.patch(R, {"archived": False})
    assert (await bot.post(R + "/issues/1/comments", {"body": "Hello"})).status == 201
    told = [payload["action"] for event, payload in sandbox.sent if event == "repository"]
    assert told == ["archived", "unarchived"]


async def test_a_suspended_app_gets_nothing_and_hears_of_nothing_but_that(sandbox: Sandbox, cast: Cast) -> None:
    bot, app, coordinator = await cast.bot(), cast.app(), cast.person("coordinator")
    one = f"/app/installations/{sandbox.installation_id}"
    await app.put(one + "/suspended")
    for refused in (await bot.get(R), await app.post(one + "/access_tokens")):
        assert (refused.status, refused["message"]) == (403, "This installation has been suspended")
    assert (await app.get(R + "/installation"))["suspended_at"]
    await coordinator.post(R + "/issues", {"title": "A need"})
    await app.delete(one + "/suspended")
    assert (await bot.get(R)).status == 200
    assert [(event, payload["action"]) for event, payload in sandbox.sent] == [
        ("installation", "suspend"),
        ("installation", "unsuspend"),
    ]


async def test_an_issue_that_went_leaves_its_number_and_says_where_it_is(sandbox: Sandbox, cast: Cast) -> None:
    coordinator, bot = cast.person("coordinator"), await cast.bot()
    for title in ("Deleted", "Transferred"):
        await coordinator.post(R + "/issues", {"title": title})
    await coordinator.post(R + "/issues/2/comments", {"body": "Here"})
    home, exchange = (sandbox.world.repository(f"canada-ca/{name}") for name in ("micro-acquisition", "ore-ero"))
    who = sandbox.world.user("coordinator")
    delete(sandbox.world, home.issues[1], who)
    transfer(sandbox.world, home.issues[2], who, exchange)
    assert (await bot.get(R + "/issues/1")).status == 410
    assert (await bot.post(R + "/issues/1/comments", {"body": "Hello"})).status == 410
    await bot.post(R + "/issues/2/comments", {"body": "Hello"})
    assert [call.status for call in sandbox.calls if call.method == "POST"][-1] == 301
    assert (await bot.get(R + "/issues/2"))["url"].endswith("/canada-ca/ore-ero/issues/1")  # followed
    assert (await bot.get("/repos/canada-ca/ore-ero/issues/1/comments"))[0]["body"] == "Here"
    assert (await coordinator.post(R + "/issues", {"title": "Another"}))["number"] == 3
