"""People join and leave repositories and teams."""

from __future__ import annotations

from typing import Any

from sandbox.acts.telling import tell
from sandbox.model import Repository, Team, User
from sandbox.shapes import people
from sandbox.world import World


def set_role(world: World, repo: Repository, who: User, person: User, role: str) -> None:
    before = repo.roles.get(person)
    repo.roles[person] = role
    if before is None:
        _tell_member(world, repo, who, person, "added", {"role_name": {"to": role}})
    elif before != role:
        _tell_member(world, repo, who, person, "edited", {"permission": {"from": before, "to": role}})


def drop_role(world: World, repo: Repository, who: User, person: User) -> None:
    if repo.roles.pop(person, None) is not None:
        _tell_member(world, repo, who, person, "removed", None)


def join_team(world: World, team: Team, who: User, person: User) -> None:
    if person not in team.members:
        team.members.append(person)
        if person not in team.organization.members:
            team.organization.members.append(person)
        _tell_membership(world, team, who, person, "added")


def leave_team(world: World, team: Team, who: User, person: User) -> None:
    if person in team.members:
        team.members.remove(person)
        _tell_membership(world, team, who, person, "removed")


def _tell_member(
    world: World, repo: Repository, who: User, person: User, action: str, changes: dict[str, dict[str, str]] | None
) -> None:
    more: dict[str, Any] = {} if changes is None else {"changes": changes}
    tell(world, "member", repo, who, action=action, member=people.user(world, person), **more)


def _tell_membership(world: World, team: Team, who: User, person: User, action: str) -> None:
    tell(
        world,
        "membership",
        None,
        who,
        team.organization,
        action=action,
        scope="team",
        member=people.user(world, person),
        team=people.team(world, team),
    )
