"""Everything in the sandbox, and how to find it. Names are found in any case."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox import gitstore
from sandbox.clock import Clock
from sandbox.delivery.mail import Mail
from sandbox.errors import Json
from sandbox.model import ROLES, App, Code, Organization, Repository, User

NOREPLY = "users.noreply.github.com"


@dataclass(frozen=True)
class Token:
    """Who a token speaks for. `expires` is real time; with an `app` it is its installation's, or where that is a
    `person`'s who signed in with it, theirs, within what the App may do; the last two are an installation's."""

    user: User
    expires: float | None = None
    app: App | None = None
    person: bool = False
    permissions: dict[str, str] | None = None
    repositories: tuple[Repository, ...] | None = None


class World:
    def __init__(self, clock: Clock, folder: Path) -> None:
        self._ids = itertools.count(1001)
        self.clock = clock
        self.url = ""
        self.users: dict[str, User] = {}
        self.organizations: dict[str, Organization] = {}
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.app: App | None = None
        self.mail = Mail(clock, self.new_id)
        self.on_event: Callable[[str, Json], None] = lambda event, payload: None
        self._folder = folder
        self._by_email: dict[str, User] = {}

    def new_id(self) -> int:
        return next(self._ids)

    # people

    def add_user(self, login: str, name: str = "", type: str = "User") -> User:
        user = User(self.new_id(), login, name or login, type, self.clock.now())
        user.email = f"{user.id}+{login}@{NOREPLY}"
        self.users[login.lower()] = user
        self._by_email[user.email.lower()] = user
        return user

    def user(self, login: str) -> User | None:
        return self.users.get(login.lower())

    def user_by_email(self, email: str) -> User | None:
        return self._by_email.get(email.lower())

    def organization(self, login: str) -> Organization | None:
        return self.organizations.get(login.lower())

    # repositories

    def add_repository(
        self, owner: User, name: str, default_branch: str = "main", parent: Repository | None = None
    ) -> Repository:
        number = self.new_id()
        store = parent.git.store if parent else gitstore.new_store(self._folder / f"{number}.git")
        now = self.clock.now()
        repo = Repository(
            id=number,
            owner=owner,
            name=name,
            git=gitstore.GitRepository(store, str(number)),
            default_branch=default_branch,
            created_at=now,
            updated_at=now,
            pushed_at=now,
            parent=parent,
        )
        self.repositories[repo.full_name.lower()] = repo
        return repo

    def repository(self, full_name: str) -> Repository | None:
        return self.repositories.get(full_name.lower())

    # roles

    def role(self, repo: Repository, user: User | None) -> str:
        """Returns the strongest role: as owner, collaborator or team member; anyone may read a public repository."""
        roles = ["none" if repo.private else "read"]
        if user is not None:
            roles.append(repo.roles.get(user, "none"))
            if user is repo.owner:
                roles.append("admin")
            if organization := self.organization(repo.owner.login):
                if user in organization.owners:
                    roles.append("admin")
                roles += [t.roles.get(repo, "none") for t in organization.teams.values() if user in t.members]
        return max(roles, key=ROLES.index)

    def collaborators(self, repo: Repository) -> list[User]:
        """Lists people with a role of their own, beyond what everyone may do."""
        people = [repo.owner] if repo.owner.type == "User" else []
        if organization := self.organization(repo.owner.login):
            people += organization.owners
            for team in organization.teams.values():
                if repo in team.roles:
                    people += team.members
        return list(dict.fromkeys([*people, *repo.roles]))

    def association(self, repo: Repository, user: User) -> str:
        organization = self.organization(repo.owner.login)
        if user is repo.owner:
            return "OWNER"
        if organization is not None and organization.has(user):
            return "MEMBER"
        if user in repo.roles:
            return "COLLABORATOR"
        merged = any(i.pull and i.pull.merged_at and i.user is user for i in repo.pulls())
        return "CONTRIBUTOR" if merged else "NONE"

    def installed(self, repo: Repository) -> bool:
        return self.app is not None and repo in self.app.repositories

    def tell(
        self,
        event: str,
        payload: Json,
        repo: Repository | None = None,
    ) -> None:
        """Queues a webhook for delivery, if the App is installed there and subscribes to that event.

        Events about the installation are always sent; while it is suspended, no others are.
        """
        if self.app is None or (self.app.suspended_at and event != "installation"):
            return
        asked = event in (*self.app.events, "ping", "installation")
        if asked and (repo is None or self.installed(repo)):
            self.on_event(event, payload)
            self.mail.post(event, payload, self.app, None if repo is None else repo.id)


def stronger(role: str, than: str) -> bool:
    return ROLES.index(role) >= ROLES.index(than)
