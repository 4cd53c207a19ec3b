"""Looking for what was missed: people go on meanwhile, and lists move; times are in seconds, and say little."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.catching_up.missed import Changes, StoredIssue, changed_since, missed
from bot.github.reading.webhook import Repositories, read_signal
from bot.github.transport.client import RepositoryClient
from bot.pipeline.model.signals import ChecklistEdited

BEGINNING = datetime(2008, 4, 10, tzinfo=UTC)
HOME = "canada-ca/micro-acquisition"
HOUSE = Repositories("canada-ca/micro-acquisition", "canada-ca/ore-ero")
NOON = "2027-07-12T16:00:00Z"
BOT = "micro-acquisition-bot[bot]"


def test_a_box_that_was_ticked_in_the_second_in_which_its_checklist_was_made_is_seen():
    checklist = "- [x] It is code. <!-- box is-code -->\n\n<!-- micro-acquisition: checklist 2 -->"
    comment = {
        "id": 7,
        "user": {"login": BOT, "type": "Bot"},
        "body": checklist,
        "created_at": NOON,
        "updated_at": NOON,
    }
    issue = {"number": 12, "title": "", "body": "", "labels": [], "state": "open", "user": {"login": "client"}}
    issue |= {"created_at": NOON, "updated_at": NOON}
    stored, now = StoredIssue(boxes={"checklist 2": set()}), datetime(2027, 7, 12, 17, tzinfo=UTC)
    found = missed(issue, Changes({12: issue}, {12: [comment]}), stored, HOUSE, BOT, now)
    signals = [read_signal(one.event, json.loads(one.body), one.guid, HOUSE, now) for one in found]
    [ticked] = [signal.what for signal in signals if signal and isinstance(signal.what, ChecklistEdited)]
    assert (ticked.mark, ticked.unseen) == ("checklist 2", True)


@pytest.mark.parametrize("listed", ["issues{", "issues/comments"])
async def test_what_changes_while_pages_are_read_hides_nothing_else(box, gh, client, listed):
    """The first issue, or comment, is edited when the first page was read; the next look sees that."""
    there = client.at(HOME)
    comments = []
    for number in range(1, 121):
        await there.post("issues", {"title": f"Need {number}"})
        box.clock.advance(timedelta(seconds=1))
    for number in range(1, 121):
        comments.append((await there.post("issues/{n}/comments", {"body": "Hello"}, n=number))["id"])
        box.clock.advance(timedelta(seconds=1))

    class Meanwhile(RepositoryClient):
        async def pages(self, path, **values):
            first = path.startswith(listed)
            async for item in super().pages(path, **values):
                yield item
                if first:
                    first = False
                    box.clock.advance(timedelta(seconds=5))
                    await there.patch("issues/1", {"title": "Edited"})
                    await there.patch("issues/comments/{id}", {"body": "Edited"}, id=comments[0])

    seen = await changed_since(Meanwhile(gh, HOME), BEGINNING)
    assert set(seen.issues) == set(range(1, 121))
    said = [comment["id"] for found in seen.comments.values() for comment in found]
    assert set(said) >= set(comments[1:])
    assert len(set(said)) == len(said)
    again = await changed_since(gh.at(HOME), seen.until)
    assert again.issues[1]["title"] == again.comments[1][0]["body"] == "Edited"


async def test_what_is_seen_ends_where_the_list_of_issues_does(box, gh, client):
    """An event of a moment later must not pass for the end: what happened before it may not have been listed."""
    there = client.at(HOME)
    await there.post("issues", {"title": "A need"})

    class Later(RepositoryClient):
        async def pages(self, path, **values):
            if path.startswith("issues/events"):
                box.clock.advance(timedelta(minutes=5))
                made = await there.post("issues", {"title": "Another"})
                await there.patch("issues/{n}", {"state": "closed"}, n=made["number"])
            async for item in super().pages(path, **values):
                yield item

    seen = await changed_since(Later(gh, HOME), BEGINNING)
    assert len(seen.issues) == 2
    assert seen.until == datetime.fromisoformat(seen.issues[1]["updated_at"])
