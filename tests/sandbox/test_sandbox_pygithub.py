"""PyGithub, which knows nothing of the sandbox, finds GitHub there."""

from __future__ import annotations

import asyncio

import pytest
from github import Auth, Github, GithubException, GithubIntegration, InputGitTreeElement

from sandbox import Sandbox


def hub(sandbox: Sandbox, token: str) -> Github:
    return Github(
        auth=Auth.Token(token), base_url=sandbox.url, seconds_between_requests=0, seconds_between_writes=0, retry=None
    )


def one_opportunity(sandbox: Sandbox) -> None:
    integration = GithubIntegration(auth=Auth.AppAuth(sandbox.app_id, sandbox.private_key_pem), base_url=sandbox.url)
    installation = integration.get_repo_installation("canada-ca", "micro-acquisition")
    bot = hub(sandbox, integration.get_access_token(installation.id).token).get_repo("canada-ca/micro-acquisition")
    as_client = hub(sandbox, "sandbox-client").get_repo("canada-ca/micro-acquisition")
    coordinator = hub(sandbox, "sandbox-coordinator").get_repo("canada-ca/micro-acquisition")

    issue = as_client.create_issue("A need", "Something small", labels=["ignored, the client cannot label"])
    assert issue.number == 1
    assert issue.labels == []
    ours = bot.get_issue(1)
    ours.add_to_labels("1/contact", "waiting: coordinator")
    ours.remove_from_labels("1/contact")
    assert [label.name for label in as_client.get_issue(1).labels] == ["waiting: coordinator"]
    ours.create_comment("Welcome").create_reaction("eyes")
    assert ours.get_comments()[0].user.login == "micro-acquisition-bot[bot]"
    with pytest.raises(GithubException) as refused:
        as_client.get_issue(1).add_to_labels("eligible")
    assert refused.value.status == 403
    assert bot.get_collaborator_permission("SUPPLIER-1") == "read"
    assert bot.get_collaborator_permission("coordinator") == "write"

    main = bot.get_git_ref("heads/main").object.sha
    parent = bot.get_git_commit(main)
    posts = [
        InputGitTreeElement(f"_posts/{lang}/2027-01-04-need-{lang}.md", "100644", "blob", content=f"{lang}\n")
        for lang in ("en", "fr")
    ]
    commit = bot.create_git_commit("Post the need", bot.create_git_tree(posts, parent.tree), [parent])
    bot.create_git_ref("refs/heads/opportunity/1-need", commit.sha)
    pull = bot.create_pull(base="main", head="opportunity/1-need", title="Post the need", body="For #1")
    assert {file.filename for file in pull.get_files()} == {post._identity["path"] for post in posts}
    assert pull.mergeable
    merged = coordinator.get_pull(pull.number).merge()
    assert merged.merged
    assert bot.get_contents("_posts/en/2027-01-04-need-en.md").decoded_content == b"en\n"


async def test_an_opportunity_is_posted_with_pygithub(sandbox: Sandbox) -> None:
    await asyncio.to_thread(one_opportunity, sandbox)
    told = [(event, payload.get("action")) for event, payload in sandbox.sent]
    assert told == [
        ("issues", "opened"),
        ("label", "created"),
        ("label", "created"),
        ("issues", "labeled"),
        ("issues", "labeled"),
        ("issues", "unlabeled"),
        ("issue_comment", "created"),
        ("create", None),
        ("push", None),
        ("pull_request", "opened"),
        ("pull_request", "closed"),
        ("push", None),
    ]


def a_delivery(sandbox: Sandbox) -> None:
    supplier = hub(sandbox, "sandbox-supplier-1")
    repo = supplier.get_user().create_repo("delivery", auto_init=True, license_template="mit")
    assert repo.get_license().license.spdx_id == "MIT"
    repo.create_file("src/orphans.py", "The work", "print('none')\n")
    assert "Python" in repo.get_languages()
    commit = repo.get_branch("main").commit
    commit.create_status("success", context="tests")
    assert commit.get_combined_status().state == "success"

    exchange = supplier.get_repo("canada-ca/ore-ero")
    fork = supplier.get_user().create_fork(exchange)
    hub(sandbox, "sandbox-ore-maintainer").get_repo("canada-ca/ore-ero").create_file("news.md", "News", "x")
    assert fork.merge_upstream("master").merge_type == "fast-forward"
    fork.create_file("_data/code/federal/nrc-cnrc.yml", "An entry", "releases: []\n")
    pull = exchange.create_pull(base="master", head="supplier-1:master", title="Add", body="")
    assert [file.filename for file in pull.get_files()] == ["_data/code/federal/nrc-cnrc.yml"]
    fork.create_file("more.md", "More", "y")
    assert exchange.get_pull(pull.number).commits == 2


async def test_a_supplier_delivers_and_contributes_from_a_fork(sandbox: Sandbox) -> None:
    await asyncio.to_thread(a_delivery, sandbox)
    pulls = [payload["action"] for event, payload in sandbox.sent if event == "pull_request"]
    assert pulls == ["opened", "synchronize"]


def a_coached_pull(sandbox: Sandbox) -> None:
    integration = GithubIntegration(auth=Auth.AppAuth(sandbox.app_id, sandbox.private_key_pem), base_url=sandbox.url)
    installation = integration.get_repo_installation("canada-ca", "micro-acquisition")
    bot = hub(sandbox, integration.get_access_token(installation.id).token).get_repo("canada-ca/micro-acquisition")
    owner = hub(sandbox, "sandbox-org-owner").get_repo("canada-ca/micro-acquisition")
    supplier = hub(sandbox, "sandbox-supplier-1")
    owner.get_branch("main").edit_protection(contexts=["Opportunity"], strict=False, enforce_admins=True)
    assert owner.get_branch("main").get_protection().required_status_checks.contexts == ["Opportunity"]
    upstream = supplier.get_repo("canada-ca/micro-acquisition")
    supplier.get_user().create_fork(upstream).create_file("need.md", "A need", "one\ntwo\n")
    number = upstream.create_pull(base="main", head="supplier-1:main", title="A need", body="").number

    pull = bot.get_pull(number)
    assert pull.mergeable_state == "blocked"
    pull.create_review(event="COMMENT", comments=[{"path": "need.md", "line": 2, "side": "RIGHT", "body": "Why?"}])
    (asked,) = upstream.get_pull(number).get_review_comments()
    assert (asked.path, asked.raw_data["line"], asked.user.login) == ("need.md", 2, "micro-acquisition-bot[bot]")
    answer = upstream.get_pull(number).create_review_comment_reply(asked.id, "Because")
    answer.edit("Because of this")
    assert pull.review_comments == 0
    assert bot.get_pull(number).review_comments == 2
    note = {"path": "need.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "Good"}
    run = bot.create_check_run("Opportunity", pull.head.sha, conclusion="success")
    run.edit(output={"title": "Complete", "summary": "All of it", "annotations": [note]})
    assert [one.message for one in bot.get_check_run(run.id).get_annotations()] == ["Good"]
    assert owner.get_pull(number).merge().merged


async def test_a_pull_request_is_coached_with_pygithub(sandbox: Sandbox) -> None:
    await asyncio.to_thread(a_coached_pull, sandbox)
