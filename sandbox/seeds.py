"""The contents of a sandbox at its start: people, organizations, repositories with their files, the App.

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

from pydantic import ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sandbox.model import ROLES

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
    "check_run", "check_suite", "create", "delete", "fork", "issue_comment", "issues", "label", "member",
    "membership", "pull_request", "pull_request_review", "pull_request_review_comment", "push", "repository", "team",
]  # fmt: skip


_STRICT = ConfigDict(extra="forbid")  # where a seed is read from a file, an unknown key is a mistake


class SeedError(ValueError):
    """A file that is no seed; the text is one sentence that names the file and the place in it."""


@dataclass(frozen=True)
class SeedRepository:
    __pydantic_config__ = _STRICT
    name: str  # owner/name
    branch: str = "main"
    description: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    private: bool = False


@dataclass(frozen=True)
class SeedOrganization:
    __pydantic_config__ = _STRICT
    login: str
    name: str = ""
    owners: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeedTeam:
    __pydantic_config__ = _STRICT
    organization: str
    slug: str
    description: str = ""
    members: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)  # repository's name -> role


@dataclass(frozen=True)
class SeedApp:
    __pydantic_config__ = _STRICT
    slug: str = "micro-acquisition-bot"
    name: str = "Micro-Acquisition Bot"
    owner: str = "canada-ca"
    id: int = 1
    installed: tuple[str, ...] = ()
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: tuple[str, ...] = tuple(EVENTS)


@dataclass(frozen=True)
class Seed:
    __pydantic_config__ = _STRICT
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
        """Raises SeedError with the place and what is wrong there."""
        try:
            data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
            seed = TypeAdapter(cls).validate_python(_shaped(path.parent, {} if data is None else data))
            roles = {role for some in (seed.repositories, seed.teams) for one in some for role in one.roles.values()}
            if unknown := roles - set(ROLES):
                raise ValueError(f"there is no role {min(unknown)}, only {', '.join(ROLES)}")
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise SeedError(f"{path} cannot be planted: {place} is wrong ({first['msg'].lower()})") from error
        except (OSError, UnicodeDecodeError, YAMLError, ValueError) as error:
            raise SeedError(f"{path} is no seed for a sandbox: {' '.join(str(error).split())}") from error
        return seed


def read_folder(folder: Path) -> dict[str, bytes]:
    """Returns every file below a folder, except git's own, by its path with forward slashes."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    relative = {path.relative_to(folder): path for path in paths}
    return {name.as_posix(): path.read_bytes() for name, path in relative.items() if ".git" not in name.parts}


def _shaped(beside: Path, data: Any) -> dict[str, Any]:
    """Returns a file's contents as the fields of a seed; keeps what has the wrong shape, for the check to name."""
    if not isinstance(data, dict):
        raise ValueError("people, organizations, teams, repositories and app are expected in it, as YAML")
    shaped = {key: value for key, value in data.items() if value is not None}
    if isinstance(people := shaped.get("people"), dict):
        shaped["people"] = {login: "" if name is None else name for login, name in people.items()}
    if isinstance(organizations := shaped.get("organizations"), dict):
        shaped["organizations"] = [
            {"login": login, **(more or {})} if isinstance(more, dict | None) else more
            for login, more in organizations.items()
        ]
    if isinstance(repositories := shaped.get("repositories"), list):
        shaped["repositories"] = [_with_folder(beside, one) for one in repositories]
    return shaped


def _with_folder(beside: Path, repository: Any) -> Any:
    """Returns a repository with the files of the folder that it names; its own files replace them."""
    if not isinstance(repository, dict) or "folder" not in repository:
        return repository
    folder = beside / str(repository["folder"])
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    own = repository.get("files") or {}
    rest = {key: value for key, value in repository.items() if key != "folder"}
    return {**rest, "files": read_folder(folder) | own if isinstance(own, dict) else own}


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
