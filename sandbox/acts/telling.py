"""The webhook payloads' common frame: what happened, where, and who did it."""

from __future__ import annotations

from typing import Any

from sandbox.errors import Json
from sandbox.model import Issue, Organization, Repository, User
from sandbox.shapes import issues, people, pulls, repositories
from sandbox.world import World


def tell(
    world: World,
    event: str,
    repo: Repository | None,
    sender: User,
    organization: Organization | None = None,
    **parts: Any,
) -> None:
    """Sends `event` to the App, if it is installed there. `action` is one of the parts."""
    app = world.app
    if app is None or (repo is not None and not world.installed(repo)):
        return
    payload: Json = dict(parts)
    if repo is not None:
        payload["repository"] = repositories.repository(world, repo) | {"custom_properties": {}}
        organization = world.organization(repo.owner.login)
    if organization is not None:
        payload["organization"] = people.organization_simple(world, organization)
    payload["sender"] = people.user(world, sender)
    payload["installation"] = {
        "id": app.installation_id,
        "node_id": people.node("Integration Installation", app.installation_id),
    }
    world.tell(event, payload, repo)


def tell_issue(world: World, issue: Issue, sender: User, action: str, **parts: Any) -> None:
    """Sends `issues`, or `pull_request` if the issue is one."""
    if not world.installed(issue.repo):
        return
    if issue.pull is None:
        tell(world, "issues", issue.repo, sender, action=action, issue=issues.issue(world, issue), **parts)
    else:
        body = pulls.pull_request(world, issue)
        tell(
            world,
            "pull_request",
            issue.repo,
            sender,
            action=action,
            number=issue.number,
            pull_request=body,
            **parts,
        )
