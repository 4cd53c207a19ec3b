"""A beacon gives a round, or nothing; and nothing that it answers is more than that."""

from __future__ import annotations

import hashlib
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.github.transport.channel import open_reader
from bot.runtime.beacon import ROUND_BYTES, Beacon

SIGNATURE = "c0ffee" * 16
GIVEN = {"round": 7, "signature": SIGNATURE, "randomness": hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest()}


async def asked(answer: web.Response) -> str | None:
    async def give(request: web.Request) -> web.Response:
        assert request.path == "/v2/beacon/7"
        assert "authorization" not in request.headers
        return answer

    app = web.Application()
    app.router.add_get("/{path:.*}", give)
    async with TestServer(app) as server, open_reader(str(server.make_url("/v2/beacon/")), ROUND_BYTES) as read:
        return await Beacon(read).randomness(7)


async def test_a_round_is_what_its_signature_gives():
    assert await asked(web.json_response(GIVEN)) == GIVEN["randomness"]


@pytest.mark.parametrize(
    ("status", "text", "headers", "said"),
    [
        (404, "", {}, None),  # it is not out yet
        (200, json.dumps(GIVEN | {"round": 8}), {}, None),
        (200, json.dumps([GIVEN]), {}, None),
        (200, json.dumps(GIVEN | {"randomness": "00" * 32}), {}, "does not match its signature"),
        (200, json.dumps(GIVEN | {"signature": "zz"}), {}, "does not match its signature"),
        (200, "<html>", {}, "does not answer"),
        (200, json.dumps(GIVEN | {"more": "x" * 2**16}), {}, "larger than"),
        (200, "[" * 60_000, {}, "does not answer"),
        (302, "", {"location": "http://127.0.0.2:1/7"}, "will not follow"),
    ],
)
async def test_anything_else_is_nothing(status, text, headers, said):
    with capture_logs() as lines:
        assert await asked(web.Response(status=status, text=text, headers=headers)) is None
    lines = [str(line) for line in lines if line["log_level"] != "debug"]
    assert [said in line for line in lines] == ([True] if said else [])
