"""What GitHub could not deliver is asked for until it gets through, and the log is not read twice."""

from __future__ import annotations

import pytest

from bot.catching_up import redelivery as deliveries
from bot.catching_up.redelivery import Redelivery

HOME = "canada-ca/micro-acquisition"


@pytest.fixture
async def told(box, gh, client):
    """A webhook to tell of: the address answers nobody, but what `do` says happens to a delivery first."""
    box.mail.url = "http://127.0.0.1:9/webhook"

    async def tell(*dos):
        for do in dos:
            box.mail.faults.add(do=do, event="issues.opened")
            await client.at(HOME).post("issues", {"title": "A need"})
            await box.idle()

    return tell


def redeliveries(box):
    return [call.path.split("/")[-2] for call in box.calls if call.path.endswith("/attempts")]


async def test_only_what_never_got_through_is_asked_for(box, gh, told):
    await told("drop", "fail", "drop", "fail")
    failed = [str(one.id) for one in box.mail.log if not one.ok]
    box.mail.faults.add(do="drop", times=None)
    missed = Redelivery(gh)
    assert len(await missed.ask()) == 2
    assert redeliveries(box) == failed
    await box.idle()
    assert len(await missed.ask()) == 0
    assert not await Redelivery(gh).ask(), "known to have got through, also after a new start"
    box.mail.faults.clear()
    await told("fail")
    assert len(await missed.ask()) == 1


async def test_what_fails_again_is_asked_for_less_and_less_often(box, gh, told, monkeypatch):
    await told("fail")
    missed = Redelivery(gh)
    assert len(await missed.ask()) == 1
    await box.idle()
    assert len(await missed.ask()) == 0
    monkeypatch.setattr(deliveries.time, "monotonic", lambda clock=deliveries.time.monotonic: clock() + 61)
    assert len(await missed.ask()) == 1
    assert redeliveries(box) == [str(one.id) for one in box.mail.log]


async def test_one_that_github_has_no_more_holds_up_no_other(box, gh, told):
    await told("fail", "fail")
    box.faults.add(do="status", status=404, path="/attempts$")
    assert len(await Redelivery(gh).ask()) == 2
    await box.idle()
    assert len(redeliveries(box)) == 2
    assert len(box.mail.log) == 3


async def test_the_log_is_read_no_further_back_than_needed(box, gh, told):
    await told("fail")
    box.mail.faults.add(do="drop", times=None)
    missed = Redelivery(gh)
    await missed.ask()
    await box.idle()
    await missed.ask()
    box.calls.clear()
    for _ in range(3):
        await missed.ask()
    assert len(box.calls) == 3
