"""Repositories as GitHub writes them."""

from __future__ import annotations

from pathlib import PurePosixPath

from sandbox import licences
from sandbox.clock import iso
from sandbox.errors import Json
from sandbox.licences import Licence
from sandbox.model import Repository, User
from sandbox.shapes import people
from sandbox.world import World

_PLAIN = (
    *("contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges"),
    *("stargazers", "subscribers", "subscription", "tags", "teams"),
)
_TEMPLATES = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}",
    "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}",
    "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}",
    "keys": "/keys{/key_id}",
    "labels": "/labels{/name}",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}",
    "releases": "/releases{/id}",
    "statuses": "/statuses/{sha}",
    "trees": "/git/trees{/sha}",
}
LANGUAGES = {
    ".py": "Python", ".js": "JavaScript", ".ts": "TypeScript", ".html": "HTML", ".css": "CSS", ".rb": "Ruby",
    ".go": "Go", ".rs": "Rust", ".java": "Java", ".cs": "C#", ".c": "C", ".cpp": "C++", ".sh": "Shell",
    ".ps1": "PowerShell", ".r": "R", ".php": "PHP", ".swift": "Swift", ".kt": "Kotlin", ".sql": "SQL",
}  # fmt: skip


def api_url(world: World, repo: Repository) -> str:
    return f"{world.url}/repos/{repo.full_name}"


def page_url(world: World, repo: Repository) -> str:
    return f"{world.url}/{repo.full_name}"


def minimal(world: World, repo: Repository) -> Json:
    api, page = api_url(world, repo), page_url(world, repo)
    return {
        "id": repo.id,
        "node_id": people.node("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": people.user(world, repo.owner),
        "html_url": page,
        "description": repo.description,
        "fork": repo.parent is not None,
        "url": api,
        **{f"{name}_url": f"{api}/{name}" for name in _PLAIN},
        **{f"{name}_url": api + template for name, template in _TEMPLATES.items()},
    }


def repository(world: World, repo: Repository, viewer: User | None = None) -> Json:
    page = page_url(world, repo)
    detail: Json = {
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.updated_at),
        "pushed_at": iso(repo.pushed_at),
        "git_url": page.replace("http://", "git://") + ".git",
        "ssh_url": f"git@localhost:{repo.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": repo.homepage,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": main_language(repo),
        "has_issues": repo.has_issues,
        "has_projects": False,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": len(repo.forks),
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": repo.open_issues,
        "license": licence(world, find_licence(repo)),
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": list(repo.topics),
        "visibility": "private" if repo.private else "public",
        "forks": len(repo.forks),
        "open_issues": repo.open_issues,
        "watchers": 0,
        "default_branch": repo.default_branch,
    }
    if viewer is not None:
        detail["permissions"] = people.permissions(world.role(repo, viewer))
    return minimal(world, repo) | detail


def full(world: World, repo: Repository, viewer: User | None = None) -> Json:
    body = repository(world, repo, viewer) | {"network_count": len(repo.forks), "subscribers_count": 0}
    if repo.owner.type == "Organization":
        body["organization"] = people.user(world, repo.owner)
    if repo.parent is not None:
        origin = repo.parent
        while origin.parent is not None:
            origin = origin.parent
        body |= {"parent": repository(world, repo.parent), "source": repository(world, origin)}
    return body


def licence(world: World, found: tuple[str, Licence] | None) -> Json | None:
    if found is None:
        return None
    _, known = found
    url = None if known.key == "other" else f"{world.url}/licenses/{known.key}"
    return {
        "key": known.key,
        "name": known.name,
        "spdx_id": known.spdx_id,
        "url": url,
        "node_id": people.node("License", known.key),
    }


_licences: dict[str, tuple[str, Licence] | None] = {}
_languages: dict[str, dict[str, int]] = {}


def find_licence(repo: Repository) -> tuple[str, Licence] | None:
    """Returns the path of the licence on the default branch, and which one it is."""
    head = repo.git.branch(repo.default_branch)
    if head is None:
        return None
    if head not in _licences:  # a commit never changes, so neither does its licence
        _licences[head] = _read_licence(repo, head)
    return _licences[head]


def _read_licence(repo: Repository, head: str) -> tuple[str, Licence] | None:
    for entry in repo.git.walk_tree(head):
        if entry.kind == "blob" and licences.FILE_NAME.fullmatch(entry.path):
            return entry.path, licences.recognise(repo.git.blob(entry.sha).decode(errors="replace"))
    return None


def languages(repo: Repository) -> dict[str, int]:
    """Bytes by language on the default branch, most first."""
    head = repo.git.branch(repo.default_branch)
    if head is None:
        return {}
    if head not in _languages:
        sizes: dict[str, int] = {}
        for entry in repo.git.walk_tree(head, recursive=True):
            language = LANGUAGES.get(PurePosixPath(entry.path).suffix.lower())
            if language and entry.size:
                sizes[language] = sizes.get(language, 0) + entry.size
        _languages[head] = dict(sorted(sizes.items(), key=lambda item: -item[1]))
    return _languages[head]


def main_language(repo: Repository) -> str | None:
    return next(iter(languages(repo)), None)
