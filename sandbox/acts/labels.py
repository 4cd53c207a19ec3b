"""Labels of a repository, and putting them on issues and taking them off."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.acts.record import record
from sandbox.acts.telling import tell, tell_issue
from sandbox.model import Issue, Label, Repository, User
from sandbox.shapes import issues
from sandbox.world import World

PLAIN_COLOUR = "ededed"


def find_label(repo: Repository, name: str) -> Label | None:
    return repo.labels.get(name.lower())


def create_label(
    world: World, repo: Repository, who: User, name: str, color: str = PLAIN_COLOUR, description: str | None = None
) -> Label:
    made = Label(world.new_id(), name, color, description)
    repo.labels[name.lower()] = made
    tell(world, "label", repo, who, action="created", label=issues.label(world, repo, made))
    return made


def edit_label(
    world: World, repo: Repository, who: User, label: Label, name: str, color: str, description: str | None
) -> None:
    before = {"name": label.name, "color": label.color, "description": label.description or ""}
    del repo.labels[label.name.lower()]
    label.name, label.color, label.description = name, color, description
    repo.labels[name.lower()] = label
    after = {"name": name, "color": color, "description": description or ""}
    changed = {field: {"from": old} for field, old in before.items() if after[field] != old}
    tell(world, "label", repo, who, action="edited", label=issues.label(world, repo, label), changes=changed)


def delete_label(world: World, repo: Repository, who: User, label: Label) -> None:
    for issue in repo.issues.values():
        if label in issue.labels:
            remove_label(world, issue, who, label)
    del repo.labels[label.name.lower()]
    tell(world, "label", repo, who, action="deleted", label=issues.label(world, repo, label))


def ensure_labels(world: World, repo: Repository, who: User, names: Iterable[str]) -> list[Label]:
    """Returns the labels with these names, each once, and creates those that do not exist."""
    found = (find_label(repo, name) or create_label(world, repo, who, name) for name in names)
    return list(dict.fromkeys(found))


def add_labels(world: World, issue: Issue, who: User, labels: Iterable[Label]) -> None:
    for label in labels:
        if label not in issue.labels:
            issue.labels.append(label)
            _told(world, issue, who, label, "labeled")


def remove_label(world: World, issue: Issue, who: User, label: Label) -> None:
    issue.labels.remove(label)
    _told(world, issue, who, label, "unlabeled")


def replace_labels(world: World, issue: Issue, who: User, labels: list[Label]) -> None:
    for label in [one for one in issue.labels if one not in labels]:
        remove_label(world, issue, who, label)
    add_labels(world, issue, who, labels)


def _told(world: World, issue: Issue, who: User, label: Label, action: str) -> None:
    issue.updated_at = world.clock.now()
    record(world, issue, who, action, label={"name": label.name, "color": label.color})
    tell_issue(world, issue, who, action, label=issues.label(world, issue.repo, label))
