"""Every answer the door can give, and that a delivery answered 202 is stored."""

import asyncio
import hmac
import json
from hashlib import sha256
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from bot.ledger import Accepting, Ledger
from bot.web import receiver as module
from bot.web.receiver import ServiceNotReady, receiver

OLD, NEW = "old secret", "new secret"
PAYLOAD = json.dumps({"action": "opened", "number": 12}).encode()


class Door:
    """A receiver on a real ledger, with a switch for each thing that can break."""

    def __init__(self, ledger):
        self.ledger, self.woken = ledger, []
        self.disk_full, self.missing = False, None
        self.checks, self.hang = 0, asyncio.Event()
        self.hang.set()
        self.accepting = Accepting(self._store)

    def _store(self, batch):
        if self.disk_full:
            raise OSError("disk full: secret place")
        return self.ledger.accept(batch)

    async def _ready(self):
        self.checks += 1
        await self.hang.wait()
        if self.missing:
            raise self.missing

    def app(self):
        return receiver(
            secrets=[NEW, OLD],
            accept=self.accepting.accept,
            key_of=lambda event, payload: f"o/r#{payload['number']}",
            wake=self.woken.append,
            ready=self._ready,
        )

    async def post(self, body=PAYLOAD, guid="", *, secret=NEW, **headers):
        signature = hmac.new(secret.encode(), body, sha256).hexdigest()
        all_headers = {
            "X-GitHub-Delivery": guid or str(uuid4()),
            "X-GitHub-Event": "issues",
            "X-Hub-Signature-256": f"sha256={signature}",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in all_headers.items() if value is not None}
        answer = await self.client.post("/webhook", data=body, headers=sent)
        return answer.status, (await answer.json())["status"]

    @property
    def stored(self):
        return [unread.guid for unread in self.ledger.unread("o/r#12")]


@pytest.fixture
async def door(tmp_path, aiohttp_client):
    ledger = Ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    ledger.upgrade()
    door = Door(ledger)
    door.client = await aiohttp_client(door.app())
    yield door
    await door.accepting.close()
    ledger.close()


async def test_a_delivery_is_stored_then_answered_and_logged(door):
    with capture_logs() as lines:
        assert await door.post(guid="g-1") == (202, "stored")
    assert door.stored == ["g-1"]
    assert door.ledger.unread("o/r#12")[0].body == PAYLOAD
    assert door.woken == ["o/r#12"]
    [line] = lines
    assert (line["delivery"], line["github_event"], line["key"]) == ("g-1", "issues", "o/r#12")
    assert line["outcome"] == "stored"


async def test_a_redelivery_is_answered_the_same_and_kept_once(door):
    answers = [await door.post(guid="g-1"), await door.post(guid="g-1", secret=OLD)]
    assert answers == [(202, "stored"), (202, "known")]
    assert door.stored == ["g-1"]
    assert door.woken == ["o/r#12"]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"X_Hub_Signature_256": None}, (401, "no signature")),
        ({"secret": "guess"}, (401, "wrong signature")),
        ({"X_Hub_Signature_256": "sha256=é"}, (401, "wrong signature")),
        ({"body": b"payload=%7B%7D"}, (400, "not JSON")),
        ({"body": b""}, (400, "not JSON")),
        ({"body": b"\xff"}, (400, "not JSON")),
        ({"body": b"[" * 100_000}, (400, "not JSON")),
        ({"Content_Encoding": "deflate"}, (400, "unreadable")),
        ({"body": b"[]"}, (400, "not a JSON object")),
        ({"body": b'{"zen": null}'}, (400, "not a payload of this event")),
        ({"X_GitHub_Event": None}, (400, "no event headers")),
        ({"guid": "é" * 5}, (400, "no event headers")),
    ],
)
async def test_what_is_not_githubs_is_refused_with_a_word(door, sent, answer):
    with capture_logs() as lines:
        assert await door.post(**sent) == answer
    assert len(lines) == 1
    assert not any(secret in str(lines) for secret in (OLD, NEW, "sha256="))
    assert door.ledger.stats().unread == 0
    assert door.woken == []


async def test_githubs_largest_payload_is_taken_and_a_larger_one_is_not(door):
    exact = b'{"number": 12, "x": "' + b"x" * (module.LARGEST_DELIVERY - 23) + b'"}'
    assert len(exact) == module.LARGEST_DELIVERY
    assert await door.post(exact) == (202, "stored")
    assert await door.post(exact + b" ") == (413, "too large")

    async def unannounced():
        yield exact
        yield b" "

    headers = {"X-Hub-Signature-256": "sha256=00", "X-GitHub-Delivery": "g", "X-GitHub-Event": "issues"}
    answer = await door.client.post("/webhook", data=unannounced(), headers=headers)
    assert (answer.status, await answer.json()) == (413, {"status": "too large"})


async def test_who_sends_drop_by_drop_is_not_waited_for(door, monkeypatch):
    monkeypatch.setattr(module, "SENT_WITHIN", 0.1)

    async def drops():
        while True:
            yield b"x"
            await asyncio.sleep(0.03)

    headers = {"X-Hub-Signature-256": "sha256=00", "X-GitHub-Delivery": "g", "X-GitHub-Event": "issues"}
    async with asyncio.timeout(60):
        answer = await door.client.post("/webhook", data=drops(), headers=headers)
    assert (answer.status, await answer.json()) == (400, {"status": "unreadable"})


async def test_what_cannot_be_stored_is_said_and_can_be_delivered_again(door):
    door.disk_full = True
    with capture_logs() as lines:
        answers = await asyncio.gather(*(door.post(guid=f"g-{n}") for n in range(5)))
    assert answers == [(503, "not stored")] * 5
    assert all(line["error"].startswith("OSError: disk full") for line in lines)
    assert door.stored == []
    door.disk_full = False
    assert await door.post(guid="g-1") == (202, "stored")
    assert door.stored == ["g-1"]


async def test_what_a_full_disk_did_not_take_is_taken_when_there_is_room_again(door):
    large = json.dumps({"number": 12, "x": "x" * 1_000_000}).encode()
    await door.post(guid="g-1")
    limit = "PRAGMA max_page_count=%d"  # less than there are: as many as there are
    with door.ledger._database.reading() as connection:  # the only one, so the next write takes it too
        connection.exec_driver_sql(limit % 1)
    with capture_logs() as lines:
        assert await asyncio.gather(door.post(large, "g-2"), door.post(large, "g-3")) == [(503, "not stored")] * 2
    assert all("cannot grow: free some disk space" in line["error"] for line in lines)
    assert door.stored == ["g-1"]
    with door.ledger._database.reading() as connection:
        connection.exec_driver_sql(limit % (2**32 - 2))
    assert [await door.post(large, guid) for guid in ("g-2", "g-3", "g-2")] == [
        (202, "stored"),
        (202, "stored"),
        (202, "known"),
    ]
    assert door.stored == ["g-1", "g-2", "g-3"]


async def test_alive_and_ready_are_two_things(door):
    async def ask(path):
        answer = await door.client.get(path)
        return answer.status, (await answer.json())["status"]

    assert await ask("/healthz") == (200, "alive")
    assert await ask("/readyz") == (200, "ready")
    with capture_logs():
        door.missing = ServiceNotReady("database")
        assert await ask("/readyz") == (503, "database")
        door.missing = OSError("postgresql://bot:password@db")
        assert await ask("/readyz") == (503, "not ready")
    assert await ask("/healthz") == (200, "alive")


async def test_while_a_check_hangs_no_other_one_is_begun(door, monkeypatch):
    monkeypatch.setattr(module, "READY_WITHIN", 0.05)
    door.hang.clear()
    with capture_logs():
        for _ in range(3):
            assert (await door.client.get("/readyz")).status == 503
        assert door.checks == 1
        monkeypatch.setattr(module, "GIVEN_UP_AFTER", 0.0)
        assert (await door.client.get("/readyz")).status == 503
    assert door.checks == 2, "one that hangs for good does not keep the others from it"
    monkeypatch.setattr(module, "READY_WITHIN", 60)
    door.hang.set()
    assert (await door.client.get("/readyz")).status == 200


async def test_metrics_count_every_answer(door):
    await door.post(guid="g-1")
    await door.post(guid="g-1")
    await door.post(secret="guess")
    text = await (await door.client.get("/metrics")).text()
    for answer in ("stored", "known", "unsigned"):
        assert f'bot_deliveries_total{{answer="{answer}"}} 1.0' in text
    assert "bot_delivery_storing_seconds_count 2.0" in text


def test_a_door_without_a_secret_does_not_open():
    with pytest.raises(ValueError, match="without a secret"):
        receiver(secrets=[""], accept=None, key_of=None, wake=None, ready=None)
