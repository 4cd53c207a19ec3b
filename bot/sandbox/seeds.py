"""What a box holds when it opens: people, organizations, repositories with their files, the App.

Seed.default()                     the two repositories and the cast of the demo
Seed.default(Path("ore-ero"))      the same, the Exchange's files taken from a folder
Seed.from_file(Path("seed.yaml"))  anything else, for instance

    people: {coordinator: Camille Roy, supplier-1: ""}
    organizations: {canada-ca: {members: [coordinator]}}
    teams: [{organization: canada-ca, slug: finance, members: [coordinator], roles: {micro-acquisition: triage}}]
    repositories:
      - {name: canada-ca/micro-acquisition, branch: main, folder: site, roles: {coordinator: write}}
      - {name: canada-ca/ore-ero, branch: master, files: {README.md: "# Hello"}}
    app: {slug: micro-acquisition-bot, owner: canada-ca, installed: [canada-ca/micro-acquisition]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent / "seed"

PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
EVENTS = [
    "create", "delete", "fork", "issue_comment", "issues", "label", "member", "membership", "pull_request",
    "pull_request_review", "push", "repository", "team",
]  # fmt: skip


@dataclass(frozen=True)
class SeedRepository:
    name: str  # owner/name
    branch: str = "main"
    description: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    private: bool = False


@dataclass(frozen=True)
class SeedOrganization:
    login: str
    name: str = ""
    owners: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeedTeam:
    organization: str
    slug: str
    description: str = ""
    members: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)  # repository's name -> role


@dataclass(frozen=True)
class SeedApp:
    slug: str = "micro-acquisition-bot"
    name: str = "Micro-Acquisition Bot"
    owner: str = "canada-ca"
    id: int = 1
    installed: tuple[str, ...] = ()
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: tuple[str, ...] = tuple(EVENTS)


@dataclass(frozen=True)
class Seed:
    people: Mapping[str, str] = field(default_factory=dict)  # login -> name; the token is sandbox-LOGIN
    organizations: tuple[SeedOrganization, ...] = ()
    repositories: tuple[SeedRepository, ...] = ()
    teams: tuple[SeedTeam, ...] = ()
    app: SeedApp = SeedApp()

    @classmethod
    def default(cls, ore_folder: Path | None = None) -> Seed:
        return replace(
            _DEFAULT,
            repositories=(
                SeedRepository(
                    "canada-ca/micro-acquisition",
                    description="Small pieces of open-source code, bought in the open",
                    files=read_folder(HERE / "micro-acquisition"),
                    roles={"coordinator": "write", "finance": "triage"},
                ),
                SeedRepository(
                    "canada-ca/ore-ero",
                    branch="master",
                    description="Open Resource Exchange - Échange de ressources ouvert",
                    files=read_folder(ore_folder or HERE / "ore-ero"),
                    roles={"ore-maintainer": "write", "coordinator": "write"},
                ),
            ),
        )

    @classmethod
    def from_file(cls, path: Path) -> Seed:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
        return cls(
            people={login: name or "" for login, name in data.get("people", {}).items()},
            organizations=tuple(
                SeedOrganization(login, **_tuples(more or {})) for login, more in data.get("organizations", {}).items()
            ),
            repositories=tuple(_repository(path.parent, dict(one)) for one in data.get("repositories", [])),
            teams=tuple(SeedTeam(**_tuples(one)) for one in data.get("teams", [])),
            app=SeedApp(**_tuples(data.get("app", {}))),
        )


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but git's own, by its path with forward slashes."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    relative = {path.relative_to(folder): path for path in paths}
    return {name.as_posix(): path.read_bytes() for name, path in relative.items() if ".git" not in name.parts}


def _repository(beside: Path, data: dict[str, Any]) -> SeedRepository:
    files = {name: text.encode() for name, text in data.pop("files", {}).items()}
    if folder := data.pop("folder", None):
        files = read_folder(beside / folder) | files
    return SeedRepository(files=files, **data)


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}


_DEFAULT = Seed(
    people={
        "coordinator": "Camille Coordinator",
        "finance": "Farid Finance",
        "client": "Claire Client",
        "supplier-1": "Sam Supplier",
        "supplier-2": "Sasha Supplier",
        "supplier-3": "Sol Supplier",
        "ore-maintainer": "Olive Maintainer",
        "org-owner": "Owen Owner",
    },
    organizations=(
        SeedOrganization(
            "canada-ca",
            "Government of Canada",
            owners=("org-owner",),
            members=("coordinator", "finance", "ore-maintainer"),
        ),
    ),
    teams=(
        SeedTeam(
            "canada-ca",
            "micro-acquisition-finance",
            "Reserves funds and pays invoices",
            members=("finance",),
            roles={"micro-acquisition": "triage"},
        ),
    ),
    app=SeedApp(installed=("canada-ca/micro-acquisition", "canada-ca/ore-ero")),
)
