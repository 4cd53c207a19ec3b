"""Opening, editing, closing and assigning issues (and pull requests, which are issues too)."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.acts.labels import add_labels
from sandbox.acts.record import record
from sandbox.acts.telling import tell_issue
from sandbox.errors import Json
from sandbox.model import Issue, Label, Repository, User
from sandbox.shapes import issues, people, repositories
from sandbox.world import World


def new_issue(world: World, repo: Repository, who: User, title: str, body: str | None) -> Issue:
    """Adds an issue with the repository's next number, and sends no webhook yet."""
    now = world.clock.now()
    number = max([*repo.issues, *repo.gone], default=0) + 1
    issue = Issue(world.new_id(), repo, number, who, title, body, now, now)
    repo.issues[number] = issue
    return issue


def open_issue(
    world: World,
    repo: Repository,
    who: User,
    title: str,
    body: str | None,
    labels: list[Label],
    assignees: list[User],
) -> Issue:
    issue = new_issue(world, repo, who, title, body)
    # GitHub's `opened` already shows the labels, and a `labeled` follows for each of them.
    issue.labels, issue.assignees = list(labels), list(assignees)
    tell_issue(world, issue, who, "opened")
    issue.labels, issue.assignees = [], []
    add_labels(world, issue, who, labels)
    assign(world, issue, who, assignees)
    return issue


def edit_issue(world: World, issue: Issue, who: User, title: str, body: str | None) -> None:
    changes: Json = {}
    if title != issue.title:
        changes["title"] = {"from": issue.title}
        record(world, issue, who, "renamed", rename={"from": issue.title, "to": title})
    if body != issue.body:
        changes["body"] = {"from": issue.body or ""}
    if changes:
        issue.title, issue.body, issue.updated_at = title, body, world.clock.now()
        tell_issue(world, issue, who, "edited", changes=changes)


def close(world: World, issue: Issue, who: User, reason: str | None = "completed") -> None:
    if issue.state == "closed":
        if issue.pull is None and reason is not None:
            issue.state_reason = reason
        return
    now = world.clock.now()
    issue.state, issue.closed_at, issue.closed_by, issue.updated_at = "closed", now, who, now
    issue.state_reason = None if issue.pull is not None else reason or "completed"
    record(world, issue, who, "closed", state_reason=issue.state_reason)
    tell_issue(world, issue, who, "closed")


def reopen(world: World, issue: Issue, who: User) -> None:
    if issue.state == "open":
        return
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    issue.state_reason = None if issue.pull is not None else "reopened"
    issue.updated_at = world.clock.now()
    record(world, issue, who, "reopened")
    tell_issue(world, issue, who, "reopened")


def lock(world: World, issue: Issue, who: User, *, on: bool) -> None:
    """Locks the issue: only collaborators can comment on it."""
    if issue.locked == on:
        return
    issue.locked = on
    record(world, issue, who, "locked" if on else "unlocked")
    tell_issue(world, issue, who, "locked" if on else "unlocked")


def delete(world: World, issue: Issue, who: User) -> None:
    """As an administrator does on the issue's page."""
    tell_issue(world, issue, who, "deleted")
    _leave(issue, None)


def transfer(world: World, issue: Issue, who: User, to: Repository) -> Issue:
    """Moves an issue to another repository of the same owner; returns it with its new number."""
    made = new_issue(world, to, who, issue.title, issue.body)
    made.user, made.created_at, made.assignees = issue.user, issue.created_at, issue.assignees
    changes = {
        "new_issue": issues.issue(world, made),
        "new_repository": repositories.repository(world, to) | {"custom_properties": {}},
    }
    tell_issue(world, issue, who, "transferred", changes=changes)
    _leave(issue, made)
    for comment in issue.comments:
        comment.issue = made
        to.comments[comment.id] = comment
    made.comments, issue.comments = issue.comments, []
    return made


def _leave(issue: Issue, now: Issue | None) -> None:
    del issue.repo.issues[issue.number]
    issue.repo.gone[issue.number] = now
    for comment in issue.comments:
        del issue.repo.comments[comment.id]


def assign(world: World, issue: Issue, who: User, assignees: Iterable[User]) -> None:
    for person in assignees:
        if person not in issue.assignees:
            issue.assignees.append(person)
            _told(world, issue, who, person, "assigned")


def unassign(world: World, issue: Issue, who: User, assignees: Iterable[User]) -> None:
    for person in assignees:
        if person in issue.assignees:
            issue.assignees.remove(person)
            _told(world, issue, who, person, "unassigned")


def _told(world: World, issue: Issue, who: User, person: User, action: str) -> None:
    issue.updated_at = world.clock.now()
    record(world, issue, who, action, assignee=person, assigner=who)
    tell_issue(world, issue, who, action, assignee=people.user(world, person))
