"""Every call the bot makes over the whole story is one that GitHub describes, and so is every answer it got."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest

from bot import demo
from bot.pipeline.calendar import eastern_date
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from sandbox import Sandbox
from tests.contract.openapi import DESCRIPTION, GitHubSchema
from tests.journeys.conftest import play, story

pytestmark = pytest.mark.skipif(not DESCRIPTION.is_file(), reason="GitHub's description of its API is not here")


async def test_the_whole_story_is_valid_to_the_letter():
    sandbox = Sandbox(record=True)
    settings = Settings(_env_file=None, port=0)
    async with demo.stage(settings, Policy(), sandbox):
        ending = await asyncio.to_thread(play, sandbox)
        await sandbox.idle()
    assert ending.closed
    schema = GitHubSchema()
    checked = Counter()
    for exchange in sandbox.exchanges:
        if exchange.actor.startswith("micro-acquisition-bot") and exchange.request is not None:
            checked["requests"] += schema.check_request(exchange.method, exchange.path, exchange.request)
        checked["answers"] += schema.check_response(exchange.method, exchange.path, exchange.status, exchange.response)
    for event, payload in sandbox.sent:
        checked["webhooks"] += schema.check_webhook(event, payload.get("action"), payload)
    assert min(checked[kind] for kind in ("requests", "answers", "webhooks")) > 50, checked
    mine = [exchange for exchange in sandbox.exchanges if exchange.actor.startswith("micro-acquisition-bot")]
    wrong = [(call.method, call.path, call.status) for call in mine if call.status >= 400]
    # who is no member is answered 404, and so is a label that is gone already
    assert [call for call in wrong if call[2] != 404 or not re.search(r"/memberships/|/labels/", call[1])] == []


def test_the_story_has_its_dates_in_the_future():
    sandbox = Sandbox()
    assert story(sandbox).closing > eastern_date(sandbox.clock.now())
