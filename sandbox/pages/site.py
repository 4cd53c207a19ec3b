"""The pages' addresses, and reading: `/`, `/OWNER/REPO`, its files, issues and pull requests; and the beacon's."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from sandbox.beacon import Beacon
from sandbox.gitstore import GitRefused
from sandbox.model import Repository
from sandbox.pages import acting, files, levers, making, signing
from sandbox.pages.render import PageContent, Pages, Show
from sandbox.pages.visit import Missing, Visit
from sandbox.world import World, stronger

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
AVATAR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#57606a"/></svg>'


class Site:
    def __init__(self, world: World, beacon: Beacon) -> None:
        self._pages = Pages(world)
        self._beacon = beacon

    def register(self, app: web.Application) -> None:
        get = app.router.add_get

        def page(address: str, show: Show) -> None:
            get(address, self._pages.reading(show))

        get("/_sandbox/style.css", _fixed(STYLE, "text/css"))
        get("/_sandbox/avatar.svg", _fixed(AVATAR, "image/svg+xml"))
        get("/beacon/info", _fixed(json.dumps(Beacon.info()), "application/json"))
        get("/beacon/public/{round:latest|[0-9]+}", self._round)
        levers.register(app, self._pages)
        signing.register(app, self._pages)
        making.register(app, self._pages)
        files.register(app, self._pages)
        acting.register(app, self._pages)
        page("/", home)
        page("/{owner}", owner)
        repo = "/{owner}/{repo}"
        page(repo, folder)
        page(repo + "/issues", issues)
        page(repo + "/pulls", issues)
        page(repo + "/commit/{sha}", commit_page)
        page(repo + "/tree/{rest:.+}", folder)
        page(repo + "/blob/{rest:.+}", file_page)
        get(repo + "/raw/{rest:.+}", self._raw)
        page("/{rest:.*}", nothing)

    async def _raw(self, request: web.Request) -> web.Response:
        try:
            *_, content = _content(Visit(self._pages.world, request))
        except (Missing, GitRefused):
            return web.Response(status=404, text="404: Not Found")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
        return web.Response(body=content, content_type="text/plain", charset="utf-8", headers=headers)

    async def _round(self, request: web.Request) -> web.Response:
        name = request.match_info["round"]
        found = self._beacon.round(self._beacon.latest() if name == "latest" else int(name))
        return web.json_response(found or {"message": "not yet"}, status=404 if found is None else 200)


def _fixed(text: str, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type)

    return handle


def nothing(_: Visit) -> PageContent:
    raise Missing


def home(visit: Visit) -> PageContent:
    world = visit.world
    public = [repo for repo in world.repositories.values() if not repo.private]
    cast = [one for one in world.users.values() if one.type == "User"]
    roles = {
        who: [(role, repo) for repo in public if stronger(role := world.role(repo, who), "triage")] for who in cast
    }
    app = world.app.name if world.app else "any listener"
    return "home.html", {"repositories": public, "roles": roles, "app": app}


def owner(visit: Visit) -> PageContent:
    found = visit.world.user(visit.request.match_info["owner"])
    if found is None:
        raise Missing
    owned = [one for one in visit.world.repositories.values() if one.owner is found and not one.private]
    return "owner.html", {"owner": found, "repositories": owned}


def issues(visit: Visit) -> PageContent:
    repo, pulls = visit.repo, visit.request.path.endswith("/pulls")
    found = [one for one in repo.issues.values() if (one.pull is not None) == pulls]
    return "issues.html", {"repo": repo, "pulls": pulls, "found": found[::-1]}


def commit_page(visit: Visit) -> PageContent:
    repo = visit.repo
    found = repo.git.commit(visit.request.match_info["sha"])
    parent = str(found.parent_ids[0]) if found.parent_ids else None
    return "commit.html", {"repo": repo, "commit": found, "changes": repo.git.changes(parent, str(found.id))}


# files; a branch's name may hold slashes, so the longest name that exists is the branch


def _split(repo: Repository, rest: str) -> tuple[str, str, str]:
    parts = rest.strip("/").split("/")
    for cut in range(len(parts), 0, -1):
        name = "/".join(parts[:cut])
        if sha := repo.git.resolve(repo.default_branch if name == "HEAD" else name):
            return name, sha, "/".join(parts[cut:])
    raise Missing


def folder(visit: Visit) -> PageContent:
    repo = visit.repo
    rest = visit.request.match_info.get("rest") or repo.default_branch
    if not repo.git.branches():
        return "folder.html", {"repo": repo, "path": "", "at": "", "entries": []}
    at, sha, path = _split(repo, rest)
    found = repo.git.entry(sha, path)
    if found is None or found.kind != "tree":
        raise Missing
    entries = list(repo.git.walk_tree(found.sha, inside=f"{path}/" if path else ""))
    return "folder.html", {"repo": repo, "path": path, "at": at, "entries": entries}


def _content(visit: Visit) -> tuple[Repository, str, str, bytes]:
    repo = visit.repo
    at, sha, path = _split(repo, visit.request.match_info["rest"])
    content = repo.git.file(sha, path)
    if content is None:
        raise Missing
    return repo, at, path, content


def file_page(visit: Visit) -> PageContent:
    repo, at, path, content = _content(visit)
    return "file.html", {"repo": repo, "at": at, "path": path, "text": content.decode(errors="replace")}
