"""The client against a server that answers what GitHub answers on its bad days."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.github.transport.client import GitHub
from bot.github.transport.errors import Refused, Wait
from bot.github.transport.limits import Limits, Pace

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


class Answering:
    """Answers calls below /repos/o/r with what was put in line, else with 200 and the path."""

    def __init__(self):
        self.line = []
        self.seen = []
        self.tokens = 0
        self.life = timedelta(hours=1)

    async def answer(self, request):
        path, said = request.path, request.headers.get("authorization", "")
        self.seen.append((request.method, path, said))
        if path.lower() == "/repos/o/r/installation":
            assert jwt.decode(said.removeprefix("bearer "), KEY.public_key(), ["RS256"])["iss"] == "12"
            return web.json_response({"id": 5})
        if path == "/app/installations/5/access_tokens":
            self.tokens += 1
            ends = (datetime.now(UTC) + self.life).strftime("%Y-%m-%dT%H:%M:%SZ")
            return web.json_response({"token": f"ghs_{self.tokens}", "expires_at": ends}, status=201)
        if not self.line:
            return web.json_response({"path": path})
        answer = self.line.pop(0)
        if answer == "cut":
            request.transport.close()
            return web.Response()
        status, headers, body = answer
        return web.json_response(body, status=status, headers=headers)

    def asked(self):
        return [(method, path) for method, path, _ in self.seen if path.startswith("/repos/o/r/x")]


@pytest.fixture
async def server():
    answering = Answering()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answering.answer)
    async with TestServer(app) as running:
        answering.url = str(running.make_url("/")).rstrip("/")
        yield answering


@pytest.fixture
async def gh(server):
    async with GitHub(url=server.url, app_id="12", private_key=PEM) as github:
        yield github


async def test_one_token_serves_an_installation_until_just_before_it_ends(server, gh):
    here = gh.at("O/r")
    assert await asyncio.gather(*(here.get("x") for _ in range(5)))
    assert server.tokens == 1
    server.life = timedelta(minutes=5)
    server.line = [(401, {}, {"message": "Bad credentials"})]
    await here.get("x")  # refused once: renewed
    assert server.tokens == 2
    await here.get("x")  # less than five minutes left
    assert server.tokens == 3
    assert gh.calls == {"GET": 9, "POST": 3}


async def test_a_second_401_is_final(server, gh):
    server.line = [(401, {}, {"message": "Bad credentials"})] * 2
    with pytest.raises(Refused, match="401 Bad credentials"):
        await gh.at("o/r").get("x")


async def test_a_conditional_request_brings_back_what_was_there(server, gh):
    link = {"etag": '"1"', "link": f'<{server.url}/repos/o/r/x?page=2>; rel="next"'}
    server.line = [(200, link, [1]), (200, {}, [2]), (304, {"etag": '"1"'}, None), (200, {}, [3])]
    here = gh.at("o/r")
    assert [item async for item in here.pages("x")] == [1, 2]
    assert [item async for item in here.pages("x")] == [1, 3]
    assert gh.unchanged == 1


RESET = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0"}


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (403, {"retry-after": "7"}, "You have exceeded a secondary rate limit", 7),
        (429, {"retry-after": "7"}, "", 7),
        (403, {}, "You have exceeded a secondary rate limit. Please wait", 60),
        (429, {}, "", 60),
        (403, RESET, "API rate limit exceeded", 900),
        (502, {}, "Server Error", 1),
        (520, {}, "", 1),
    ],
)
async def test_not_now(server, gh, status, headers, message, seconds):
    if headers is RESET:
        headers = {**RESET, "x-ratelimit-reset": str(int(time.time()) + seconds)}
    server.line = [(status, headers, {"message": message})]
    with pytest.raises(Wait) as wait:
        await gh.at("o/r").post("x", {})
    assert wait.value.seconds == pytest.approx(seconds, abs=10 if seconds > 60 else 0.5)
    assert len(server.asked()) == 1


async def test_nothing_is_sent_while_a_limit_lasts_and_without_a_word_it_doubles(server):
    clock = [0.0]
    limits = Limits(clock=lambda: clock[0])
    for expected in (60, 120, 240, 480, 900, 900):
        assert limits.hit({}).seconds == expected
        assert limits.hit({}).seconds == expected  # another call that was under way
        with pytest.raises(Wait):
            limits.before("GET")
        clock[0] += expected
        limits.before("GET")
    limits.after({})
    assert limits.hit({}).seconds == 60


def test_the_bot_paces_itself_below_githubs_limits():
    clock = [0.0]
    limits = Limits(Pace(), clock=lambda: clock[0])
    sent = 0
    while clock[0] < 3600:
        try:
            limits.before("POST")
            sent += 1
        except Wait as wait:
            clock[0] += wait.seconds + 0.001
    assert 480 <= sent <= 485
    left = {"x-ratelimit-remaining": "50", "x-ratelimit-reset": str(int(time.time()) + 100)}
    limits.after(left)
    with pytest.raises(Wait, match="nearly used"):
        limits.before("GET")


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
async def test_not_so(server, gh, status):
    server.line = [(status, {}, {"message": "Resource not accessible by integration"})]
    with pytest.raises(Refused, match=f"{status} Resource not accessible"):
        await gh.at("o/r").post("x", {})


async def test_a_broken_connection_is_tried_again_only_where_nothing_can_happen_twice(server, gh):
    here = gh.at("o/r")
    await here.get("y")
    server.line = ["cut"]
    assert await here.get("x") == {"path": "/repos/o/r/x"}
    server.line = ["cut"]
    with pytest.raises(Wait, match="broke"):
        await here.post("x", {})
    assert server.asked().count(("POST", "/repos/o/r/x")) == 1


async def test_a_token_never_leaves_for_another_host(server, gh):
    server.line = [(301, {"location": "/repos/o/r/x2"}, None)]
    assert await gh.at("o/r").get("x") == {"path": "/repos/o/r/x2"}
    server.line = [(301, {"location": "http://127.0.0.2:1/repos/o/r/x"}, None)]
    with pytest.raises(Refused, match="will not follow to"):
        await gh.at("o/r").get("x")


async def test_an_answer_without_end_is_not_read(server, gh):
    gh._wire._largest = 1000
    server.line = [(200, {}, "x" * 998)]  # and two quotes
    with pytest.raises(Wait, match="something else"):
        await gh.at("o/r").get("x")
    server.line = [(200, {}, "x" * 999)]
    with pytest.raises(Refused, match="413 the answer is larger"):
        await gh.at("o/r").get("x")


async def test_writes_wait_for_each_other(server, gh):
    under_way = most = 0

    async def slow(method, *rest):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return 200, {}, b""

    here = gh.at("o/r")
    await here.get("x")
    gh._wire.send = slow
    await asyncio.gather(*(here.post("x", {}) for _ in range(4)))
    assert most == 1
    await asyncio.gather(*(here.get("x") for _ in range(4)))
    assert most == 4


async def test_the_log_holds_no_secret(server, gh):
    with structlog.testing.capture_logs() as lines:
        await gh.at("o/r").get("x")
    assert [line["path"] for line in lines][-1] == "/repos/o/r/x"
    assert not re.search(r"ghs_|bearer|eyJ", str(lines))


async def test_a_plain_token(server):
    async with GitHub(url=server.url, token="sandbox-client") as person:
        await person.at("o/r").delete("x/{name}", name="1/contact: é")
    assert server.seen == [("DELETE", "/repos/o/r/x/1/contact: é", "token sandbox-client")]
    with pytest.raises(ValueError, match="either"):
        GitHub()


async def test_a_token_refused_is_no_answer_to_what_was_asked(box):
    """Else nobody would be a coordinator while GitHub gives none."""
    box.faults.add(do="status", status=422, path="/access_tokens$")
    async with GitHub(url=box.url, app_id=str(box.app_id), private_key=box.private_key_pem) as github:
        with pytest.raises(Wait):
            await github.at("canada-ca/micro-acquisition").get("collaborators")
        assert await github.at("canada-ca/micro-acquisition").get("collaborators")
