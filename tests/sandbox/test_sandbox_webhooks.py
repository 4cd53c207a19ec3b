"""Webhooks: signed, in order, logged, replayable; and lost, doubled or shuffled on request."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from sandbox import Sandbox
from tests.sandbox.caller import Cast

R = "/repos/canada-ca/micro-acquisition"


class Ear:
    """What hears the webhooks."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.status = 202

    async def receive(self, request: web.Request) -> web.Response:
        self.raw.append((dict(request.headers), await request.read()))
        body = await request.json()
        name = (body.get("label") or {}).get("name") or (body.get("comment") or {}).get("body") or ""
        self.heard.append((request.headers["X-GitHub-Event"], body.get("action", ""), name))
        return web.Response(status=self.status)


@pytest.fixture
async def ear() -> Ear:
    return Ear()


@pytest.fixture
async def sandbox(ear: Ear) -> AsyncIterator[Sandbox]:
    app = web.Application()
    app.router.add_post("/hook", ear.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with Sandbox(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", "s3cret") as box:
        yield box
    await runner.cleanup()


async def test_they_are_signed_and_in_order(sandbox: Sandbox, cast: Cast, ear: Ear) -> None:
    who = cast.person("coordinator")
    await who.post(R + "/issues", {"title": "A need", "labels": ["a", "b"]})
    await sandbox.idle()
    assert ear.heard == [
        ("label", "created", "a"),
        ("label", "created", "b"),
        ("issues", "opened", ""),
        ("issues", "labeled", "a"),
        ("issues", "labeled", "b"),
    ]
    headers, body = ear.raw[0]
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert uuid.UUID(headers["X-GitHub-Delivery"])
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")


async def test_a_failed_one_can_be_replayed_under_its_name(sandbox: Sandbox, cast: Cast, ear: Ear) -> None:
    ear.status = 503
    await cast.person("client").post(R + "/issues", {"title": "A need"})
    await sandbox.idle()
    app = cast.app()
    failed = (await app.get("/app/hook/deliveries?status=failure")).body
    assert [(one["status_code"], one["event"]) for one in failed] == [(503, "issues")]
    ear.status = 202
    assert (await app.post(f"/app/hook/deliveries/{failed[0]['id']}/attempts")).status == 202
    await sandbox.idle()
    newest = (await app.get("/app/hook/deliveries?per_page=1")).body[0]
    assert newest["redelivery"] is True
    assert newest["guid"] == failed[0]["guid"]
    assert len({headers["X-GitHub-Delivery"] for headers, _ in ear.raw}) == 1


async def test_they_get_lost_doubled_and_shuffled(sandbox: Sandbox, cast: Cast, ear: Ear) -> None:
    client = cast.person("client")
    await client.post(R + "/issues", {"title": "A need"})
    sandbox.mail.faults.add(do="drop", event="issue_comment", nth=1)
    sandbox.mail.faults.add(do="double", event="issue_comment", nth=2)
    sandbox.mail.faults.add(do="reorder", event="issue_comment", nth=3)
    sandbox.mail.faults.add(do="delay", event="issue_comment", nth=5, seconds=0.5)
    for word in ("one", "two", "three", "four", "five", "six"):
        await client.post(R + "/issues/1/comments", {"body": word})
    await sandbox.idle()
    heard = [name for event, _, name in ear.heard if event == "issue_comment"]
    assert heard == ["two", "two", "four", "three", "six", "five"]


async def test_only_where_the_app_is_installed(sandbox: Sandbox, cast: Cast, ear: Ear) -> None:
    supplier = cast.person("supplier-1")
    await supplier.post("/user/repos", {"name": "mine", "auto_init": True})
    await supplier.post("/repos/supplier-1/mine/issues", {"title": "Quiet"})
    await sandbox.idle()
    assert ear.heard == []


async def test_from_outside(sandbox: Sandbox, cast: Cast, ear: Ear) -> None:
    async with aiohttp.ClientSession(sandbox.url) as session:
        webhook = {"url": sandbox.mail.url, "secret": "new"}
        await session.post("/_sandbox/webhook", json=webhook)
        await session.post("/_sandbox/faults", json=[{"target": "webhook", "do": "fail", "event": "issues"}])
        await cast.person("client").post(R + "/issues", {"title": "A need"})
        await sandbox.idle()
        assert [event for event, *_ in ear.heard] == ["ping"]
        async with session.post("/_sandbox/redeliver-failed") as answer:
            assert await answer.json() == {"redelivered": 1}
        await sandbox.idle()
        assert [event for event, *_ in ear.heard] == ["ping", "issues"]
        await session.post("/_sandbox/clock", json={"advance_to": "2099-01-01T00:00:00Z"})
        async with session.get("/_sandbox/clock") as answer:
            assert (await answer.json())["now"].startswith("2099-01-01T00:00")
        async with session.get("/_sandbox/calls") as answer:
            assert (await answer.json())[-1] == {
                "method": "POST", "path": R + "/issues", "actor": "client", "status": 201,
            }  # fmt: skip
        async with session.post("/_sandbox/faults", json=[{"do": "explode"}]) as answer:
            assert answer.status == 422
