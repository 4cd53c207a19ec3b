"""Checks: what they say of which lines, who hears of them, and branches that wait for them."""

from __future__ import annotations

from typing import Any

from sandbox import Sandbox
from tests.sandbox.caller import Answer, Caller, Cast
from tests.sandbox.test_sandbox_pulls import R, branch, write

RULES = R + "/branches/main/protection"


async def a_pull(who: Caller, name: str = "mine") -> str:
    """A pull request from the repository's own branch; the hash of its head."""
    await branch(who, name, f"{name}.md", "Words\n")
    made = await who.post(R + "/pulls", {"title": name, "head": name, "base": "main"})
    return str(made["head"]["sha"])


def heard(sandbox: Sandbox) -> list[str]:
    found = [body["action"] for event, body in sandbox.sent if event == "check_run"]
    sandbox.sent.clear()
    return found


async def required(owner: Caller, *contexts: str) -> Answer:
    none = {"enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}
    return await owner.put(RULES, none | {"required_status_checks": {"strict": False, "contexts": list(contexts)}})


async def test_a_check_says_what_is_wrong_with_which_lines(sandbox: Sandbox, cast: Cast) -> None:
    bot, who, supplier = await cast.bot(), cast.person("coordinator"), cast.person("supplier-1")
    head = await a_pull(who)
    made = await bot.post(R + "/check-runs", {"name": "Opportunity", "head_sha": head, "status": "in_progress"})
    assert [one["number"] for one in made["pull_requests"]] == [1]
    run = f"{R}/check-runs/{made['id']}"
    note: dict[str, Any] = {
        "path": "mine.md", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "No title",
    }  # fmt: skip
    output = {"title": "Not yet", "summary": "**One** thing"}
    refused = await bot.patch(run, {"output": output | {"annotations": [note] * 51}})
    assert (refused.status, refused["message"].splitlines()[-1]) == (
        422,
        "No more than 50 items are allowed; 51 were supplied.",
    )
    await bot.patch(run, {"output": output | {"annotations": [note] * 50}})
    done = await bot.patch(run, {"conclusion": "failure", "output": output | {"annotations": [note]}})
    assert done["output"]["annotations_count"] == 51
    assert len((await supplier.get(run + "/annotations?per_page=100")).body) == 51
    assert heard(sandbox) == ["created", "completed"]
    assert (await supplier.post(run + "/rerequest")).status == 403
    assert (await who.post(run + "/rerequest")).status == 201
    assert (await bot.get(run))["conclusion"] == "failure"  # it is the App's to change
    again = await bot.patch(run, {"status": "queued"})
    assert (again["conclusion"], again["completed_at"]) == (None, None)
    await bot.patch(run, {"conclusion": "success"})
    assert heard(sandbox) == ["rerequested", "completed"]


async def test_a_check_of_a_fork_names_no_pull_request(cast: Cast) -> None:
    bot, supplier = await cast.bot(), cast.person("supplier-1")
    mine = "/repos/" + (await supplier.post(R + "/forks"))["full_name"]
    await branch(supplier, "mine", "a.md", "a\n", mine)
    pull = await supplier.post(R + "/pulls", {"title": "Mine", "head": "supplier-1:mine", "base": "main"})
    made = await bot.post(R + "/check-runs", {"name": "Opportunity", "head_sha": pull["head"]["sha"]})
    assert (made.status, made["pull_requests"]) == (201, [])


async def test_a_required_check_blocks_and_then_lets_go(cast: Cast) -> None:
    bot, who, owner = await cast.bot(), cast.person("coordinator"), cast.person("org-owner")
    assert (await required(who, "Opportunity")).status == 403
    assert (await owner.get(RULES))["message"] == "Branch not protected"
    assert (await required(owner, "Opportunity"))["required_status_checks"]["contexts"] == ["Opportunity"]
    assert (await who.get(R + "/branches/main"))["protected"] is True
    head = await a_pull(who)

    async def refusal() -> str:
        assert (await who.get(R + "/pulls/1"))["mergeable_state"] == "blocked"
        for person in (who, owner):
            refused = await person.put(R + "/pulls/1/merge")
            assert refused.status == 405
        return str(refused["message"])

    assert await refusal() == 'Required status check "Opportunity" is expected.'
    made = await bot.post(R + "/check-runs", {"name": "Opportunity", "head_sha": head, "status": "in_progress"})
    assert await refusal() == 'Required status check "Opportunity" is in progress.'
    await bot.patch(f"{R}/check-runs/{made['id']}", {"conclusion": "failure"})
    assert await refusal() == 'Required status check "Opportunity" is failing.'
    await required(owner, "Opportunity", "ci")
    assert await refusal() == "2 of 2 required status checks have not succeeded: 1 failing and 1 expected."
    await who.post(f"{R}/statuses/{head}", {"state": "success", "context": "ci"})
    assert await refusal() == 'Required status check "Opportunity" is failing.'
    assert await write(who, "main", "b.md", "Round about") == 409
    await bot.patch(f"{R}/check-runs/{made['id']}", {"conclusion": "neutral"})
    assert (await who.get(R + "/pulls/1"))["mergeable_state"] == "clean"
    assert (await who.put(R + "/pulls/1/merge")).status == 200
    assert (await owner.delete(RULES)).status == 204
    assert await write(who, "main", "b.md", "Free again") == 201
