"""Whatever the sandbox answers and sends is as GitHub itself describes it.

A tour calls every route of the sandbox at least once, rightly and wrongly; each answer and each webhook
is then held against GitHub's OpenAPI description.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from sandbox import Sandbox
from sandbox.acts.checks import request_action
from sandbox.acts.issues import delete, transfer
from sandbox.http.routes import ROUTES
from tests.contract.openapi import DESCRIPTION, GitHubSchema, Mismatch
from tests.sandbox.caller import Cast

R = "/repos/canada-ca/micro-acquisition"
ORE = "/repos/canada-ca/ore-ero"
ORG = "/orgs/canada-ca"


@pytest.fixture(scope="module")
def github() -> GitHubSchema:
    if not DESCRIPTION.exists():
        pytest.skip("GitHub's description of its API is not beside the repository")
    return GitHubSchema()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async def receive(request: web.Request) -> web.Response:
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with Sandbox(url, "secret", record=True) as box:
        yield box
    await runner.cleanup()


def text(content: str) -> str:
    return base64.b64encode(content.encode()).decode()


async def issues_tour(cast: Cast) -> None:
    coordinator, client, supplier = (cast.person(who) for who in ("coordinator", "client", "supplier-1"))
    bot = await cast.bot()
    await coordinator.post(R + "/labels", {"name": "1/contact", "color": "0e8a16", "description": "Étape 1"})
    await coordinator.post(R + "/labels", {"name": "1/CONTACT"})
    await coordinator.post(R + "/labels", {"name": "x", "color": "red"})
    await coordinator.patch(R + "/labels/1%2Fcontact", {"new_name": "1/contact", "color": "0e8a17"})
    await client.get(R + "/labels")
    await client.get(R + "/labels/1/contact")
    await client.post(R + "/issues", {"title": "A need", "labels": ["1/contact"]})
    await client.post(R + "/issues", {"body": "no title"})
    asked = {"title": "With all", "body": "x", "labels": ["1/contact", "new"], "assignees": ["finance"]}
    await coordinator.post(R + "/issues", asked)
    await client.patch(R + "/issues/1", {"title": "A better need", "body": "Because"})
    await client.patch(R + "/issues/2", {"title": "Mine now"})
    await client.get(R + "/issues?state=all&sort=updated&direction=asc&per_page=1&labels=new")
    await cast.nobody().get(R + "/issues?state=all&per_page=1&page=2")
    await client.get(R + "/issues/1")
    await client.get(R + "/issues/99")
    await coordinator.put(R + "/issues/1/lock", {"lock_reason": "spam"})
    await supplier.put(R + "/issues/1/lock")
    await bot.post(R + "/issues/1/comments", {"body": "Too late"})
    await coordinator.delete(R + "/issues/1/lock")
    await bot.post(R + "/issues/1/labels", {"labels": ["eligible", "open"]})
    await bot.get(R + "/issues/1/labels")
    await bot.delete(R + "/issues/1/labels/eligible")
    await bot.delete(R + "/issues/1/labels/eligible")
    await bot.put(R + "/issues/1/labels", {"labels": ["done"]})
    await bot.delete(R + "/issues/1/labels")
    await supplier.post(R + "/issues/1/labels", {"labels": ["paid"]})
    await coordinator.get(R + "/assignees")
    await coordinator.get(R + "/assignees/coordinator")
    await coordinator.get(R + "/issues/1/assignees/supplier-3")
    await bot.post(R + "/issues/1/assignees", {"assignees": ["coordinator"]})
    await bot.delete(R + "/issues/1/assignees", {"assignees": ["coordinator"]})
    said = await bot.post(R + "/issues/1/comments", {"body": "Welcome. Bienvenue."})
    comment = f"{R}/issues/comments/{said['id']}"
    await supplier.post(R + "/issues/1/comments", {"body": "x" * 65_537})
    await supplier.patch(comment, {"body": "Hacked"})
    await coordinator.patch(comment, {"body": "Welcome!"})
    await supplier.get(comment)
    await supplier.get(R + "/issues/1/comments?since=2020-01-01T00:00:00Z")
    await supplier.get(R + "/issues/comments?sort=updated&direction=desc")
    for subject in (R + "/issues/1", comment):
        liked = await bot.post(subject + "/reactions", {"content": "eyes"})
        await bot.post(subject + "/reactions", {"content": "eyes"})
        await bot.post(subject + "/reactions", {"content": "shrug"})
        await bot.get(subject + "/reactions")
        await bot.delete(f"{subject}/reactions/{liked['id']}")
    await bot.delete(comment)
    await coordinator.patch(R + "/issues/1", {"state": "closed", "state_reason": "not_planned"})
    await coordinator.patch(R + "/issues/1", {"state": "open"})
    events = await coordinator.get(R + "/issues/1/events")
    await coordinator.get(R + "/issues/1/timeline")
    await coordinator.get(R + "/issues/events")
    await coordinator.get(f"{R}/issues/events/{events.body[0]['id']}")
    await coordinator.delete(R + "/labels/new")


async def git_tour(cast: Cast) -> None:
    bot, supplier = await cast.bot(), cast.person("supplier-1")
    main = (await bot.get(R + "/git/ref/heads/main"))["object"]["sha"]
    await bot.get(R + "/git/ref/heads/nothing")
    tree = (await bot.get(f"{R}/git/commits/{main}"))["tree"]["sha"]
    await bot.get(f"{R}/git/commits/{'0' * 40}")
    blob = (await bot.post(R + "/git/blobs", {"content": text("Bonjour\n"), "encoding": "base64"}))["sha"]
    await bot.get(f"{R}/git/blobs/{blob}")
    await bot.get(f"{R}/git/trees/{tree}?recursive=1")
    entries = [
        {"path": "_posts/en/a.md", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "_posts/fr/a.md", "mode": "100644", "type": "blob", "content": "Bonjour\n"},
        {"path": "LICENSE", "mode": "100644", "type": "blob", "sha": None},
    ]
    new = (await bot.post(R + "/git/trees", {"base_tree": tree, "tree": entries}))["sha"]
    await bot.post(R + "/git/trees", {"base_tree": tree, "tree": [entries[0] | {"sha": "0" * 40}]})
    commit = (await bot.post(R + "/git/commits", {"message": "Post", "tree": new, "parents": [main]}))["sha"]
    await bot.post(R + "/git/commits", {"message": "Post", "tree": "0" * 40, "parents": [main]})
    await bot.post(R + "/git/refs", {"ref": "refs/heads/opportunity/1-a", "sha": main})
    await bot.post(R + "/git/refs", {"ref": "refs/heads/opportunity/1-a", "sha": main})
    await bot.patch(R + "/git/refs/heads/opportunity/1-a", {"sha": commit})
    await bot.post(R + "/git/refs", {"ref": "refs/heads/gone", "sha": main})
    await bot.delete(R + "/git/refs/heads/gone")
    await bot.delete(R + "/git/refs/heads/gone")
    await supplier.post(R + "/git/blobs", {"content": "no"})
    await bot.get(R + "/git/matching-refs/heads/opportunity")
    await bot.get(R + "/branches")
    await bot.get(R + "/branches/opportunity/1-a")
    await bot.get(R + "/branches/nothing")
    owner, rules = cast.person("org-owner"), R + "/branches/main/protection"
    none = {"enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}
    await owner.get(rules)
    await supplier.put(rules, none | {"required_status_checks": None})
    await owner.put(rules, none)
    await owner.put(rules, none | {"required_status_checks": {"strict": False, "contexts": ["Statement", "ci"]}})
    await owner.get(rules)
    await bot.get(R + "/branches?per_page=1")
    await bot.get(R + "/branches/main")
    await bot.put(R + "/contents/a.md", {"message": "Straight on", "content": text("x")})
    await owner.delete(rules)
    await bot.get(R + "/commits?sha=opportunity/1-a&path=_posts")
    await bot.get(f"{R}/commits/{commit}")
    await bot.get(f"{R}/commits/{commit}/pulls")
    await bot.get(R + "/compare/main...opportunity/1-a")
    await bot.get(R + "/contents")
    await bot.get(R + "/contents/README.md?ref=main")
    await bot.get(R + "/contents/_posts/en")
    await bot.get(R + "/contents/nothing")
    await bot.get(R + "/readme")
    put = {"message": "Form", "content": text("name: Form\n"), "branch": "main"}
    made = await bot.put(R + "/contents/.github/ISSUE_TEMPLATE/opportunity.yml", put)
    await bot.put(R + "/contents/.github/ISSUE_TEMPLATE/opportunity.yml", put)
    drop = {"message": "No form", "sha": made["content"]["sha"], "branch": "main"}
    await bot.put(R + "/contents/.github/ISSUE_TEMPLATE/opportunity.yml", put | {"sha": "0" * 40})
    await bot.delete(R + "/contents/.github/ISSUE_TEMPLATE/opportunity.yml", drop)
    await bot.post(R + "/check-runs", {"name": "Statement", "head_sha": commit, "status": "in_progress"})
    runs = await bot.get(f"{R}/commits/{commit}/check-runs")
    run = f"{R}/check-runs/{runs['check_runs'][0]['id']}"
    await bot.patch(run, {"conclusion": "success", "output": {"title": "Complete", "summary": "All of it"}})
    await bot.get(run)
    note = {"path": "_posts/en/a.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "Hm"}
    output = {"title": "Incomplete", "summary": "Not all", "annotations": [note | {"title": "A word"}]}
    actions = [{"label": "Fix", "description": "Fix it", "identifier": "fix"}]
    await bot.patch(run, {"status": "in_progress", "output": output, "actions": actions})
    await bot.patch(run, {"conclusion": "failure", "output": output, "details_url": "https://example.ca"})
    await bot.patch(run, {"output": output | {"annotations": [note] * 51}})
    await bot.get(run + "/annotations?per_page=1")
    await bot.post(run + "/rerequest")
    await supplier.post(run + "/rerequest")
    await supplier.post(R + "/check-runs", {"name": "Mine", "head_sha": commit})
    await cast.person("coordinator").post(f"{R}/statuses/{commit}", {"state": "success", "context": "ci"})
    await cast.person("coordinator").post(f"{R}/statuses/{commit}", {"state": "pending", "context": "docs"})
    await bot.get(f"{R}/commits/{commit}/check-runs?per_page=100&page=2")
    await bot.get(f"{R}/commits/{commit}/status?per_page=1")
    await bot.get(f"{R}/commits/nothing/status")
    await bot.get(f"{R}/commits?sha=nothing&per_page=1")
    await bot.get(f"{R}/commits/{commit}/statuses")


async def pulls_tour(cast: Cast) -> None:
    bot, supplier = await cast.bot(), cast.person("supplier-1")
    coordinator, maintainer = cast.person("coordinator"), cast.person("ore-maintainer")
    ask = {"title": "Post it", "head": "opportunity/1-a", "base": "main", "body": "Closes #2"}
    one = f"{R}/pulls/{(await bot.post(R + '/pulls', ask))['number']}"
    await bot.post(R + "/pulls", ask)
    await bot.post(R + "/pulls", ask | {"head": "nothing"})
    await bot.get(one)
    await bot.get(R + "/pulls/1")
    await bot.patch(one, {"title": "Post it now"})
    await bot.get(R + "/pulls?head=canada-ca:opportunity/1-a&state=all&base=main")
    await bot.post(one.replace("pulls", "issues") + "/labels", {"labels": ["posting"]})
    await bot.post(one.replace("pulls", "issues") + "/comments", {"body": "On a pull request"})
    await bot.get(one + "/files")
    await bot.get(one + "/commits")
    await lines_tour(cast, one)
    await bot.get(one + "/merge")
    await bot.post(
        one + "/requested_reviewers", {"reviewers": ["finance"], "team_reviewers": ["micro-acquisition-finance"]}
    )
    await bot.get(one + "/requested_reviewers")
    await bot.post(one + "/requested_reviewers", {"reviewers": ["supplier-2"]})
    await bot.delete(one + "/requested_reviewers", {"reviewers": ["finance"]})
    await bot.post(one + "/reviews", {"event": "APPROVE"})
    review = await coordinator.post(one + "/reviews", {"event": "REQUEST_CHANGES", "body": "A word is missing"})
    await bot.get(one + "/reviews")
    await bot.get(f"{one}/reviews/{review['id']}")
    pending = await coordinator.post(one + "/reviews", {"body": "Good"})
    await coordinator.post(f"{one}/reviews/{pending['id']}/events", {"event": "APPROVE"})
    await coordinator.put(f"{one}/reviews/{review['id']}/dismissals", {"message": "It is there now"})
    await coordinator.put(f"{one}/reviews/{review['id']}/dismissals", {"message": "Again"})
    await supplier.put(f"{one}/reviews/{pending['id']}/dismissals", {"message": "Mine"})
    await bot.get(one + "/reviews?per_page=1&page=2")
    await coordinator.put(one + "/update-branch")
    await coordinator.put(one + "/update-branch")
    await supplier.put(one + "/merge")
    await coordinator.put(one + "/merge", {"sha": "0" * 40})
    await coordinator.patch(one, {"state": "closed"})
    await coordinator.put(one + "/merge")
    await coordinator.patch(one, {"state": "open"})
    none = {"enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}
    rules, owner = R + "/branches/main/protection", cast.person("org-owner")
    await owner.put(rules, none | {"required_status_checks": {"strict": False, "contexts": ["Statement", "ci"]}})
    await coordinator.put(one + "/merge")
    head = (await bot.get(one))["head"]["sha"]
    await bot.post(R + "/check-runs", {"name": "Statement", "head_sha": head, "conclusion": "success"})
    await owner.delete(rules)
    await coordinator.put(one + "/merge", {"merge_method": "squash"})
    await bot.get(one + "/merge")
    await bot.get(one)

    fork = (await supplier.post(ORE + "/forks"))["full_name"]
    await supplier.post(ORE + "/forks")
    await supplier.get(f"/repos/{fork}")
    await supplier.get(ORE + "/forks")
    put = {"message": "News", "content": text("x"), "branch": "master"}
    await maintainer.put(ORE + "/contents/news.md", put)
    await supplier.post(f"/repos/{fork}/merge-upstream", {"branch": "master"})
    await supplier.post(f"/repos/{fork}/merge-upstream", {"branch": "nothing"})
    await supplier.put(f"/repos/{fork}/contents/mine.md", put)
    ask = {"title": "Entry", "head": "supplier-1:master", "base": "master"}
    entry = (await supplier.post(ORE + "/pulls", ask))["number"]
    await supplier.put(f"/repos/{fork}/contents/more.md", put)
    await maintainer.put(f"{ORE}/pulls/{entry}/merge", {"merge_method": "rebase"})


async def lines_tour(cast: Cast, pull: str) -> None:
    """Comments on the lines of a pull request that adds `_posts/en/a.md`."""
    bot, supplier, coordinator = await cast.bot(), cast.person("supplier-1"), cast.person("coordinator")
    place = {"path": "_posts/en/a.md", "line": 1, "side": "RIGHT"}
    head = (await bot.get(pull))["head"]["sha"]
    review = await bot.post(pull + "/reviews", {"event": "COMMENT", "comments": [place | {"body": "A heading?"}]})
    await bot.post(pull + "/reviews", {"event": "COMMENT", "comments": [place | {"body": "x", "line": 9}]})
    ask = place | {"body": "Why?", "commit_id": head}
    root = (await coordinator.post(pull + "/comments", ask))["id"]
    await coordinator.post(pull + "/comments", ask | {"line": 9})
    await coordinator.post(pull + "/comments", ask | {"path": "nothing.md"})
    await coordinator.post(pull + "/comments", ask | {"commit_id": "0" * 40})
    reply = (await supplier.post(f"{pull}/comments/{root}/replies", {"body": "Because"}))["id"]
    await supplier.post(f"{pull}/comments/99/replies", {"body": "Because"})
    await supplier.post(pull + "/comments", ask | {"body": "Because", "in_reply_to": root})
    await supplier.patch(f"{R}/pulls/comments/{root}", {"body": "Hacked"})
    await supplier.patch(f"{R}/pulls/comments/{reply}", {"body": "Because of that"})
    put = {"message": "Salut", "content": text("Salut\n"), "branch": "opportunity/1-a"}
    sha = (await bot.get(R + "/contents/_posts/en/a.md?ref=opportunity/1-a"))["sha"]
    await bot.put(R + "/contents/_posts/en/a.md", put | {"sha": sha})  # and so the comments are outdated
    await bot.get(f"{R}/pulls/comments/{root}")
    await bot.get(pull + "/comments?sort=updated&direction=desc&since=2020-01-01T00:00:00Z&per_page=1")
    await bot.get(R + "/pulls/comments")
    await bot.get(f"{pull}/reviews/{review['id']}/comments")
    await supplier.delete(f"{R}/pulls/comments/{reply}")
    await supplier.get(f"{R}/pulls/comments/{reply}")


async def places_tour(cast: Cast, sandbox: Sandbox) -> None:
    bot, supplier, owner = await cast.bot(), cast.person("supplier-1"), cast.person("org-owner")
    coordinator, app = cast.person("coordinator"), cast.app()
    await supplier.get("/user")
    await supplier.get("/users/canada-ca/repos")
    for login in ("Coordinator", "canada-ca", "micro-acquisition-bot[bot]", "nobody-at-all"):
        await supplier.get(f"/users/{login}")
    await supplier.get(ORG)
    for what in ("members", "members/finance", "members/client", "memberships/finance", "teams"):
        await bot.get(f"{ORG}/{what}")
    team = ORG + "/teams/micro-acquisition-finance"
    for what in ("", "/members", "/repos", "/memberships/finance", "/memberships/client"):
        await bot.get(team + what)
    await supplier.get(team)
    await owner.put(team + "/memberships/client")
    await owner.delete(team + "/memberships/client")
    await coordinator.get(R + "/collaborators")
    await coordinator.get(R + "/collaborators/finance")
    for login in ("finance", "supplier-1", "org-owner", "nobody-at-all"):
        await bot.get(f"{R}/collaborators/{login}/permission")
    await owner.put(R + "/collaborators/client", {"permission": "triage"})
    await owner.put(R + "/collaborators/client", {"permission": "push"})
    await owner.delete(R + "/collaborators/client")
    await supplier.put(R + "/collaborators/supplier-1", {"permission": "admin"})
    mine = {"name": "delivery", "auto_init": True, "license_template": "mit"}
    await supplier.post("/user/repos", mine)
    await supplier.post("/user/repos", mine)
    await coordinator.post(ORG + "/repos", {"name": "ours"})
    await coordinator.get("/repos/canada-ca/ours/contents")
    await supplier.put("/repos/supplier-1/delivery/topics", {"names": ["python"]})
    for what in ("topics", "license", "languages", "milestones", "releases", "tags"):
        await supplier.get(f"/repos/supplier-1/delivery/{what}")
    await supplier.patch("/repos/supplier-1/delivery", {"description": "Delivered", "homepage": "https://example.ca"})
    await supplier.get("/repos/supplier-1/delivery/hooks")
    await supplier.delete("/repos/supplier-1/delivery")
    await supplier.get("/repos/supplier-1/delivery")
    for what in ("/meta", "/rate_limit", "/zen", "/apps/micro-acquisition-bot", "/apps/other"):
        await supplier.get(what)
    await app.get("/app")
    await supplier.get("/app")
    await app.get("/app/installations")
    one = f"/app/installations/{sandbox.installation_id}"
    await app.get(one)
    await app.get(R + "/installation")
    await app.get("/repos/supplier-1/ore-ero/installation")
    await app.get(ORG + "/installation")
    await app.get("/users/supplier-1/installation")
    await app.put(one + "/suspended")
    await app.post(one + "/access_tokens")
    await app.delete(one + "/suspended")
    await owner.patch(R, {"archived": True})
    await coordinator.post(R + "/issues", {"title": "Too late"})
    await owner.patch(R, {"archived": False})
    part = {"repositories": ["ore-ero"], "permissions": {"contents": "read"}}
    narrow = await app.post(one + "/access_tokens", part)
    await cast.with_token(narrow["token"]).get("/installation/repositories")
    await cast.with_token(narrow["token"]).delete("/installation/token")
    await cast.with_token(narrow["token"]).get("/installation/repositories")
    await app.get("/app/hook/config")
    await app.patch("/app/hook/config", {"content_type": "json"})
    await sandbox.idle()
    listed = await app.get("/app/hook/deliveries?per_page=2")
    await app.get(f"/app/hook/deliveries/{listed.body[0]['id']}")
    await app.post(f"/app/hook/deliveries/{listed.body[0]['id']}/attempts")
    await sandbox.idle()


def page_tour(sandbox: Sandbox) -> None:
    """What is done on a page alone, and still sends a webhook."""
    repo = sandbox.world.repository("canada-ca/micro-acquisition")
    coordinator = sandbox.world.user("coordinator")
    assert repo is not None
    assert coordinator is not None
    run = next(one for one in repo.check_runs.values() if one.actions)
    request_action(sandbox.world, repo, coordinator, run, "fix")
    exchange = sandbox.world.repository("canada-ca/ore-ero")
    assert exchange is not None
    first, second = (one for one in list(repo.issues.values())[:2])
    transfer(sandbox.world, first, coordinator, exchange)
    delete(sandbox.world, second, coordinator)


async def test_every_answer_and_every_webhook_is_as_github_describes_it(sandbox: Sandbox, github: GitHubSchema) -> None:
    async with aiohttp.ClientSession() as session:
        cast = Cast(session, sandbox)
        await issues_tour(cast)
        await git_tour(cast)
        await pulls_tour(cast)
        await places_tour(cast, sandbox)
    page_tour(sandbox)

    asked = {(one.method, one.template) for one in sandbox.exchanges}
    assert not {(route.method, route.template) for route in ROUTES} - asked, "the tour leaves routes out"
    wrong = []
    for one in sandbox.exchanges:
        assert one.status < 500, one
        try:
            github.check_response(one.method, one.path, one.status, one.response)
            if one.status < 400:
                github.check_request(one.method, one.path, one.request)
        except Mismatch as mismatch:
            wrong.append(str(mismatch))
    for event, payload in sandbox.sent:
        try:
            assert github.check_webhook(event, payload.get("action"), payload), (event, payload.get("action"))
        except Mismatch as mismatch:
            wrong.append(str(mismatch))
    assert not wrong, "\n\n".join(dict.fromkeys(wrong))


def test_the_judge_is_not_blind(github: GitHubSchema) -> None:
    with pytest.raises(Mismatch, match="a required property"):
        github.check_response("GET", R + "/issues/1", 200, {"title": "An issue without a number"})
    with pytest.raises(Mismatch, match="titel"):
        github.check_request("POST", R + "/issues", {"titel": "Misspelt"})
    with pytest.raises(Mismatch, match="labels"):
        github.check_request("POST", R + "/issues/1/labels", {"labels": [1]})
    with pytest.raises(Mismatch):
        github.check_webhook("issues", "opened", {"action": "opened"})
    assert not github.check_webhook("issues", "invented", {})
