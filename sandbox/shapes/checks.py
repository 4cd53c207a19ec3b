"""Check runs and commit statuses as GitHub writes them."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.clock import iso, iso_or_none
from sandbox.errors import Json
from sandbox.model import CheckRun, Repository, Status
from sandbox.shapes import people, repositories
from sandbox.world import World


def check_run(world: World, repo: Repository, one: CheckRun) -> Json:
    api = f"{repositories.api_url(world, repo)}/check-runs/{one.id}"
    page = f"{repositories.page_url(world, repo)}/runs/{one.id}"
    return {
        "id": one.id,
        "node_id": people.node("CheckRun", one.id),
        "head_sha": one.head_sha,
        "external_id": one.external_id or "",
        "url": api,
        "html_url": page,
        "details_url": one.details_url or page,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": iso_or_none(one.started_at),
        "completed_at": iso_or_none(one.completed_at),
        "output": {
            "title": one.output.get("title"),
            "summary": one.output.get("summary"),
            "text": one.output.get("text"),
            "annotations_count": len(one.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "name": one.name,
        "check_suite": {"id": one.id},
        "app": None if one.app is None else people.app(world, one.app),
        "pull_requests": _pulls(world, repo, one.head_sha),
    }


def _pulls(world: World, repo: Repository, sha: str) -> list[Json]:
    """Returns the open pull requests with that head, from the repository's own branches: GitHub leaves forks out."""
    found = [(issue, issue.pull) for issue in repo.pulls() if issue.state == "open"]
    api = repositories.api_url(world, repo)
    of = {"id": repo.id, "url": api, "name": repo.name}
    return [
        {
            "url": f"{api}/pulls/{issue.number}",
            "id": pull.id,
            "number": issue.number,
            "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": of},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": of},
        }
        for issue, pull in found
        if pull is not None and pull.head_repo is repo and pull.head_sha == sha
    ]


def suite(world: World, repo: Repository, one: CheckRun) -> Json:
    """Returns a webhook's check suite; here each run is a suite of its own."""
    pulls = _pulls(world, repo, one.head_sha)
    return {
        "id": one.id,
        "node_id": people.node("CheckSuite", one.id),
        "head_branch": pulls[0]["head"]["ref"] if pulls else None,
        "head_sha": one.head_sha,
        "status": one.status,
        "conclusion": one.conclusion,
        "url": f"{repositories.api_url(world, repo)}/check-suites/{one.id}",
        "before": None,
        "after": one.head_sha,
        "pull_requests": pulls,
    } | ({} if one.app is None else {"app": people.app(world, one.app)})


def annotation(world: World, repo: Repository, run: CheckRun, one: Json) -> Json:
    blob = f"{repositories.page_url(world, repo)}/blob/{run.head_sha}/{quote(one['path'])}"
    optional = ("start_column", "end_column", "title", "raw_details")
    needed = {name: one[name] for name in ("path", "start_line", "end_line", "annotation_level", "message")}
    return needed | {"blob_href": blob} | {name: one.get(name) for name in optional}


def status_of(world: World, repo: Repository, one: Status) -> Json:
    return {
        "url": f"{repositories.api_url(world, repo)}/statuses/{one.sha}",
        "avatar_url": f"{world.url}/_sandbox/avatar.svg",
        "id": one.id,
        "node_id": people.node("Status", one.id),
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }


def status(world: World, repo: Repository, one: Status) -> Json:
    return status_of(world, repo, one) | {"creator": people.user(world, one.creator)}


def latest(repo: Repository, sha: str) -> list[Status]:
    """Returns the latest status of each context."""
    return list({one.context: one for one in repo.statuses if one.sha == sha}.values())


def combined(world: World, repo: Repository, sha: str) -> Json:
    """Returns the combined state of all statuses: the worst, or `pending` if there is none."""
    states = {one.state for one in latest(repo, sha)}
    worst = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    return {
        "state": worst,
        "sha": sha,
        "repository": repositories.minimal(world, repo),
        "commit_url": f"{repositories.api_url(world, repo)}/commits/{sha}",
        "url": f"{repositories.api_url(world, repo)}/commits/{sha}/status",
    }
