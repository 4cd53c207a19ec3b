"""The pages' addresses: `/`, `/OWNER/REPO`, its files, issues and pull requests; and the beacon's.

Nothing can be done here yet; forms would call the same `acts` as the API does.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from bot.sandbox.beacon import Beacon
from bot.sandbox.clock import iso
from bot.sandbox.gitstore import GitRefused
from bot.sandbox.model import Issue, Repository
from bot.sandbox.pages.markdown import render
from bot.sandbox.pullwork import changes
from bot.sandbox.world import World

HERE = Path(__file__).parent
STYLE = (HERE / "style.css").read_text(encoding="utf-8")
AVATAR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#57606a"/></svg>'
SAFE = {"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"}

Show = Callable[[web.Request], str]


class Missing(Exception):
    pass


def _state(issue: Issue) -> str:
    if issue.pull is not None and issue.pull.merged_at is not None:
        return "merged"
    return issue.state


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


class Site:
    def __init__(self, world: World, beacon: Beacon) -> None:
        self._world = world
        self._beacon = beacon
        self._jinja = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
        self._jinja.globals.update(markdown=render, iso=iso, day=_day, state=_state)

    def register(self, app: web.Application) -> None:
        get = app.router.add_get
        get("/_sandbox/style.css", _fixed(STYLE, "text/css"))
        get("/_sandbox/avatar.svg", _fixed(AVATAR, "image/svg+xml"))
        get("/beacon/info", _fixed(json.dumps(Beacon.info()), "application/json"))
        get("/beacon/public/{round:latest|[0-9]+}", self._round)
        get("/", self._page(self._home))
        get("/{owner}", self._page(self._owner))
        repo = "/{owner}/{repo}"
        get(repo, self._page(self._folder))
        get(repo + "/issues", self._page(self._issues))
        get(repo + "/pulls", self._page(self._issues))
        get(repo + r"/{kind:issues|pull}/{number:\d+}", self._page(self._issue))
        get(repo + "/commit/{sha}", self._page(self._commit))
        get(repo + "/tree/{rest:.+}", self._page(self._folder))
        get(repo + "/blob/{rest:.+}", self._page(self._file))
        get(repo + "/raw/{rest:.+}", self._raw)
        get("/{rest:.*}", self._page(self._missing))

    def _page(self, show: Show) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                return web.Response(text=show(request), content_type="text/html", headers=SAFE)
            except (Missing, GitRefused):
                text = self._render("missing.html")
                return web.Response(text=text, status=404, content_type="text/html", headers=SAFE)

        return handle

    def _render(self, template: str, **values: Any) -> str:
        now = _day(self._world.clock.now())
        return self._jinja.get_template(template).render(now=now, **values)

    def _repo(self, request: web.Request) -> Repository:
        found = self._world.repository(f"{request.match_info['owner']}/{request.match_info['repo']}")
        if found is None or found.private:
            raise Missing
        return found

    def _missing(self, request: web.Request) -> str:
        raise Missing

    def _home(self, request: web.Request) -> str:
        public = [repo for repo in self._world.repositories.values() if not repo.private]
        return self._render("repositories.html", heading="Repositories", repositories=public)

    def _owner(self, request: web.Request) -> str:
        owner = self._world.user(request.match_info["owner"])
        if owner is None:
            raise Missing
        owned = [one for one in self._world.repositories.values() if one.owner is owner and not one.private]
        return self._render("repositories.html", heading=owner.login, repositories=owned)

    def _issues(self, request: web.Request) -> str:
        repo, pulls = self._repo(request), request.path.endswith("/pulls")
        found = [one for one in repo.issues.values() if (one.pull is not None) == pulls]
        heading = "Pull requests" if pulls else "Issues"
        return self._render("issues.html", repo=repo, heading=heading, found=found[::-1])

    def _issue(self, request: web.Request) -> str:
        repo = self._repo(request)
        issue = repo.issues.get(int(request.match_info["number"]))
        if issue is None:
            raise Missing
        touched = changes(issue) if issue.pull is not None else []
        return self._render("issue.html", repo=repo, issue=issue, changes=touched)

    def _commit(self, request: web.Request) -> str:
        repo = self._repo(request)
        commit = repo.git.commit(request.match_info["sha"])
        parent = str(commit.parent_ids[0]) if commit.parent_ids else None
        return self._render("commit.html", repo=repo, commit=commit, changes=repo.git.changes(parent, str(commit.id)))

    # files; a branch's name may hold slashes, so the longest name that exists is the branch

    @staticmethod
    def _split(repo: Repository, rest: str) -> tuple[str, str, str]:
        parts = rest.strip("/").split("/")
        for cut in range(len(parts), 0, -1):
            name = "/".join(parts[:cut])
            if sha := repo.git.resolve(name):
                return name, sha, "/".join(parts[cut:])
        raise Missing

    def _folder(self, request: web.Request) -> str:
        repo = self._repo(request)
        rest = request.match_info.get("rest") or repo.default_branch
        if not repo.git.branches():
            return self._render("folder.html", repo=repo, path="", at="", entries=[])
        at, sha, path = self._split(repo, rest)
        found = repo.git.entry(sha, path)
        if found is None or found.kind != "tree":
            raise Missing
        entries = list(repo.git.walk_tree(found.sha, inside=f"{path}/" if path else ""))
        return self._render("folder.html", repo=repo, path=path, at=at, entries=entries)

    def _content(self, request: web.Request) -> tuple[Repository, str, str, bytes]:
        repo = self._repo(request)
        at, sha, path = self._split(repo, request.match_info["rest"])
        content = repo.git.file(sha, path)
        if content is None:
            raise Missing
        return repo, at, path, content

    def _file(self, request: web.Request) -> str:
        repo, at, path, content = self._content(request)
        return self._render("file.html", repo=repo, at=at, path=path, text=content.decode(errors="replace"))

    async def _raw(self, request: web.Request) -> web.Response:
        try:
            *_, content = self._content(request)
        except (Missing, GitRefused):
            return web.Response(status=404, text="404: Not Found")
        headers = SAFE | {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type="text/plain", charset="utf-8", headers=headers)

    async def _round(self, request: web.Request) -> web.Response:
        name = request.match_info["round"]
        found = self._beacon.round(self._beacon.latest() if name == "latest" else int(name))
        return web.json_response(found or {"message": "not yet"}, status=404 if found is None else 200)


def _fixed(text: str, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type)

    return handle
