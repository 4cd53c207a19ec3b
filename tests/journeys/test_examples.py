"""Whatever GitHub sends, the bot takes it, says so in one line, and lives."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import uuid
from pathlib import Path

import aiohttp
import pytest

from bot import demo
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from sandbox import Sandbox
from tests.journeys.conftest import ROOT
from tests.tools import require

PACKAGE = "node_modules/@octokit/webhooks-examples/api.github.com/index.json"


@pytest.fixture
def payloads():
    place = Path(os.environ.get("WEBHOOK_EXAMPLES") or ROOT / PACKAGE)
    require(place.is_file(), "npm package @octokit/webhooks-examples is not installed")
    return [(kind["name"], example) for kind in json.loads(place.read_text("utf-8")) for example in kind["examples"]]


async def test_all_of_githubs_own_examples_are_accepted_and_leave_it_alive(payloads, capfd):
    # once as they are, about repositories the bot does not know, and once as if they were about its own
    ours = [(event, _moved(payload)) for event, payload in payloads]
    sandbox = Sandbox()
    async with (
        demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox) as on,
        aiohttp.ClientSession() as session,
    ):
        secret = on.bot.settings.webhook_secrets[0].encode()
        answers = []
        for event, payload in payloads + ours + ODD:
            body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            headers = {
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": str(uuid.uuid4()),
                "X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(),
                "Content-Type": "application/json",
            }
            async with session.post(f"{on.board}/webhook", data=body, headers=headers) as answer:
                answers.append((event, answer.status))
        assert [answer for answer in answers if answer[1] != 202] == []
        assert len(answers) > 600
        await asyncio.wait_for(on.bot.engine.quiet(), 60)
        stats = on.bot.ledger.stats()
        assert (stats.unread, stats.given_up) == (0, 0)
        async with session.get(f"{on.board}/readyz") as answer:
            assert answer.status == 200
    assert "Traceback" not in capfd.readouterr().err


def _moved(payload):
    if isinstance(payload.get("repository"), dict):
        payload = {**payload, "repository": {**payload["repository"], "full_name": "canada-ca/micro-acquisition"}}
    return payload


HOME = {"full_name": "canada-ca/micro-acquisition"}
ODD = [
    ("issues", {"action": "opened", "issue": {"number": 7, "body": None, "user": None}, "repository": HOME}),
    ("issue_comment", {"action": "created", "comment": {"body": None, "user": None}, "repository": HOME}),
    ("issue_comment", {"action": "created", "issue": None, "comment": None, "repository": None}),
    ("issues", {}),
    ("pull_request", {"pull_request": {"head": None, "body": None}, "repository": HOME}),
    ("an_event_of_tomorrow", {"action": 12, "repository": [], "sender": "nobody"}),
]
