"""Issues, their labels, comments, reactions and events as GitHub writes them."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from sandbox.clock import iso, iso_or_none
from sandbox.errors import Json
from sandbox.model import Comment, Issue, IssueEvent, Label, Reaction, Repository, User
from sandbox.shapes import people
from sandbox.shapes.repositories import api_url, page_url
from sandbox.world import World

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(world: World, repo: Repository, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": people.node("Label", one.id),
        "url": f"{api_url(world, repo)}/labels/{quote(one.name, safe='')}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description,
    }


def rollup(url: str, reactions: list[Reaction]) -> Json:
    counts = Counter(reaction.content for reaction in reactions)
    return {
        "url": f"{url}/reactions",
        "total_count": len(reactions),
        **{content: counts[content] for content in REACTIONS},
    }


def reaction(world: World, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": people.node("Reaction", one.id),
        "user": people.user(world, one.user),
        "content": one.content,
        "created_at": iso(one.created_at),
    }


def issue_page(world: World, issue: Issue) -> str:
    kind = "issues" if issue.pull is None else "pull"
    return f"{page_url(world, issue.repo)}/{kind}/{issue.number}"


def via_app(world: World, who: User) -> Json | None:
    """Returns the App that wrote something, if an App did."""
    return people.app(world, world.app) if world.app is not None and who is world.app.bot else None


def issue(world: World, one: Issue) -> Json:
    repo_url = api_url(world, one.repo)
    api = f"{repo_url}/issues/{one.number}"
    page = issue_page(world, one)
    body: Json = {
        "url": api,
        "repository_url": repo_url,
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": page,
        "id": one.id,
        "node_id": people.node("Issue", one.id),
        "number": one.number,
        "title": one.title,
        "user": people.user(world, one.user),
        "labels": [label(world, one.repo, each) for each in one.labels],
        "state": one.state,
        "locked": one.locked,
        "assignee": people.user_or_none(world, one.assignees[0] if one.assignees else None),
        "assignees": [people.user(world, who) for who in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "closed_at": iso_or_none(one.closed_at),
        "author_association": world.association(one.repo, one.user),
        "active_lock_reason": None,
        "body": one.body,
        "closed_by": people.user_or_none(world, one.closed_by),
        "reactions": rollup(api, one.reactions),
        "timeline_url": f"{api}/timeline",
        "performed_via_github_app": via_app(world, one.user),
        "state_reason": one.state_reason,
    }
    if one.pull is not None:
        body["draft"] = one.pull.draft
        body["pull_request"] = {
            "url": f"{repo_url}/pulls/{one.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": iso_or_none(one.pull.merged_at),
        }
    return body


def comment(world: World, one: Comment) -> Json:
    api = f"{api_url(world, one.issue.repo)}/issues/comments/{one.id}"
    return {
        "url": api,
        "html_url": f"{issue_page(world, one.issue)}#issuecomment-{one.id}",
        "issue_url": f"{api_url(world, one.issue.repo)}/issues/{one.issue.number}",
        "id": one.id,
        "node_id": people.node("IssueComment", one.id),
        "user": people.user(world, one.user),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "author_association": world.association(one.issue.repo, one.user),
        "body": one.body,
        "reactions": rollup(api, one.reactions),
        "performed_via_github_app": via_app(world, one.user),
    }


def event(world: World, issue_of: Issue, one: IssueEvent) -> Json:
    body: Json = {
        "id": one.id,
        "node_id": people.node("IssueEvent", one.id),
        "url": f"{api_url(world, issue_of.repo)}/issues/events/{one.id}",
        "actor": people.user(world, one.actor),
        "event": one.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": iso(one.created_at),
        "performed_via_github_app": via_app(world, one.actor),
    }
    for name, value in one.details.items():
        body[name] = people.user(world, value) if isinstance(value, User) else value
    return body


def timeline(world: World, one: Issue) -> list[Json]:
    said = [
        (
            each.created_at,
            each.id,
            comment(world, each) | {"event": "commented", "actor": people.user(world, each.user)},
        )
        for each in one.comments
    ]
    done = [(each.created_at, each.id, event(world, one, each)) for each in one.events]
    return [body for *_, body in sorted([*said, *done], key=lambda item: item[:2])]
