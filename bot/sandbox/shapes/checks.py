"""Check runs and commit statuses as GitHub writes them."""

from __future__ import annotations

from bot.sandbox.clock import iso, iso_or_none
from bot.sandbox.errors import Json
from bot.sandbox.model import CheckRun, Repository, Status
from bot.sandbox.shapes import people, repositories
from bot.sandbox.world import World


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
            "annotations_count": 0,
            "annotations_url": f"{api}/annotations",
        },
        "name": one.name,
        "check_suite": {"id": one.id},
        "app": None if one.app is None else people.app(world, one.app),
        "pull_requests": [],
    }


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
    """The latest status of each context."""
    return list({one.context: one for one in repo.statuses if one.sha == sha}.values())


def combined(world: World, repo: Repository, sha: str) -> Json:
    """What is said of all of them: the worst; `pending` where there is none."""
    states = {one.state for one in latest(repo, sha)}
    worst = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    return {
        "state": worst,
        "sha": sha,
        "repository": repositories.minimal(world, repo),
        "commit_url": f"{repositories.api_url(world, repo)}/commits/{sha}",
        "url": f"{repositories.api_url(world, repo)}/commits/{sha}/status",
    }
