"""Several opportunities at once: each gets its own number, files and place."""

from __future__ import annotations

import asyncio
import re

import requests

from bot import demo
from bot.cli.demo import furnish
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from sandbox import Sandbox
from sandbox.cast import HOME, Cast
from tests.journeys.conftest import story


async def test_two_of_one_title_posted_at_once_never_share_a_number_or_a_file():
    sandbox = Sandbox()
    async with demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox):
        added = await asyncio.to_thread(_two_postings, sandbox)
    refs = [re.findall(r"^\+ref: (\w+)$", "\n".join(files.values()), re.MULTILINE) for files in added]
    assert [len(set(own)) for own in refs] == [1, 1], "both languages of one opportunity share its number"
    assert not set(refs[0]) & set(refs[1])
    assert not added[0].keys() & added[1].keys()
    assert {len(files) for files in added} == {2}


def _two_postings(sandbox):
    casts = [Cast(sandbox.url, lambda step, what: None) for _ in range(2)]
    furnish(sandbox.url, Policy())
    for cast in casts:
        cast.contact(story(sandbox))
        cast.eligibility()
        cast.description(story(sandbox))
        cast._enter("4/posting")
    # a stranger's pull request under a name that looks like the bot's, with a number of its own choosing
    stranger = casts[0]._person("supplier-3").get_repo(HOME).create_fork()
    stranger.create_git_ref("refs/heads/opportunity/1-mine", stranger.get_branch("main").commit.sha)
    stranger.create_file("_posts/en/2026-01-01-x.md", "x", "---\nref: opportunity999999\n---\n", "opportunity/1-mine")
    casts[0]._as("supplier-3", HOME).create_pull(base="main", head="supplier-3:opportunity/1-mine", title="x", body="x")
    for cast in casts:
        cast._label("finance", "funds-reserved")
    pulls = [
        cast._until(lambda cast=cast: cast._pull(HOME, f"opportunity/{cast.number}-an"), "its pull request")
        for cast in casts
    ]
    people = {"Authorization": "Bearer sandbox-coordinator"}
    address = f"{sandbox.url}/repos/{HOME}/pulls/{{}}/files"
    files = [requests.get(address.format(pull.number), headers=people, timeout=10).json() for pull in pulls]
    assert all(int(re.search(r"opportunity(\d+)", file["patch"])[1]) < 100 for one in files for file in one)
    return [{file["filename"]: file["patch"] for file in one} for one in files]
