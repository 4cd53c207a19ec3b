"""A file that is added, edited, moved or deleted on its page, and the pull request that comes of it.

    /OWNER/REPO/new/BRANCH/FOLDER?filename=a.md&value=Words      GitHub's own addresses: a link that works here
    /OWNER/REPO/edit/BRANCH/PATH                                 works there
    /OWNER/REPO/delete/BRANCH/PATH

Where the branch is that of an open pull request, the commit goes on it; else it begins a pull request of its own,
from a fork where the person may not write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.acts.branches import commit_files, open_pulls
from sandbox.errors import ApiError
from sandbox.http.routes import REPO
from sandbox.model import Issue, Repository
from sandbox.pages.render import PageContent, Pages
from sandbox.pages.visit import Missing, Visit, path_of


def register(app: web.Application, pages: Pages) -> None:
    repo = "/{owner}/{repo}"
    for address, act, show in (
        (repo + "/new", add, new_page),
        (repo + "/new/{rest:.+}", add, new_page),
        (repo + r"/pull/{number:\d+}/file", add, new_page),
        (repo + "/edit/{rest:.+}", on_edit_file, file_edit_page),
        (repo + "/delete/{rest:.+}", on_delete_file, delete_page),
    ):
        app.router.add_get(address, pages.reading(show))
        app.router.add_post(address, pages.acting(act, show))


@dataclass(frozen=True)
class Spot:
    """The file or folder on a branch that an address names, and the pull request that takes the commit, if any."""

    repo: Repository
    branch: str
    path: str
    issue: Issue | None

    @property
    def tip(self) -> str | None:
        return self.repo.git.branch(self.branch)

    def read(self) -> bytes:
        found = self.repo.git.file(self.tip, self.path) if self.tip and self.path else None
        if found is None:
            raise Missing
        return found


def _spot(visit: Visit) -> Spot:
    at = visit.request.match_info
    if "number" in at:
        issue, pull = visit.issue, visit.issue.pull
        if pull is None or pull.head_repo is None:
            raise Missing
        return Spot(pull.head_repo, pull.head_ref, "", issue)
    repo = visit.repo
    branch, path = _split(repo, at["rest"]) if "rest" in at else (repo.default_branch, "")
    for issue in open_pulls(visit.world):
        pull = issue.pull
        if pull and (pull.head_repo, pull.head_ref) == (repo, branch) and visit.call().may_push(issue):
            return Spot(repo, branch, path, issue)
    return Spot(repo, branch, path, None)


def _split(repo: Repository, rest: str) -> tuple[str, str]:
    """Splits an address into branch and path: the branch is the longest name that exists, as it may have slashes."""
    parts = rest.strip("/").split("/")
    for cut in range(len(parts), 0, -1):
        if repo.git.branch(name := "/".join(parts[:cut])):
            return name, "/".join(parts[cut:])
    raise Missing


# the pages


def _page(visit: Visit, spot: Spot, verb: str, **values: Any) -> PageContent:
    query = visit.request.query
    given = {"title": query.get("message", values.pop("title", "")), "body": query.get("description", "")}
    more = {"repo": visit.repo, "issue": spot.issue, "spot": spot, "action": visit.request.path}
    return "write_file.html", {**more, "verb": verb, **given, **values}


def new_page(visit: Visit) -> PageContent:
    spot, query = _spot(visit), visit.request.query
    path = "/".join(part for part in (spot.path, query.get("filename", query.get("path", ""))) if part)
    if spot.path and "filename" not in query:
        path += "/"
    there = spot.repo.git.file(spot.tip, path) if spot.tip and path and "rest" not in visit.request.match_info else None
    content = query.get("value", (there or b"").decode(errors="replace"))
    return _page(visit, spot, "add", path=path, content=content)


def file_edit_page(visit: Visit) -> PageContent:
    spot = _spot(visit)
    try:
        text = spot.read().decode()
    except UnicodeDecodeError:  # a page would spoil what is no text
        raise Missing from None
    content = visit.request.query.get("value", text)
    return _page(visit, spot, "edit", path=spot.path, content=content, title=f"Update {spot.path}")


def delete_page(visit: Visit) -> PageContent:
    spot = _spot(visit)
    spot.read()
    return _page(visit, spot, "delete", path=spot.path, title=f"Delete {spot.path}")


# what their forms do


def add(visit: Visit) -> str:
    """Adds a file. An existing file is replaced at the short addresses, and refused at GitHub's own, as there."""
    spot, path = _spot(visit), visit.need("path", "Path of the file")
    if "rest" in visit.request.match_info:
        _free(spot, path)
    return _commit(visit, spot, {path: _typed(visit, b"")})


def on_edit_file(visit: Visit) -> str:
    spot, path = _spot(visit), visit.need("path", "Path of the file")
    text = _typed(visit, spot.read())
    if path == spot.path:
        return _commit(visit, spot, {path: text})
    _free(spot, path)
    return _commit(visit, spot, {spot.path: None, path: text})


def on_delete_file(visit: Visit) -> str:
    spot = _spot(visit)
    spot.read()
    return _commit(visit, spot, {spot.path: None})


def _free(spot: Spot, path: str) -> None:
    if spot.tip and spot.repo.git.file(spot.tip, path) is not None:
        raise ApiError(422, "A file with the same name already exists. Please choose a different name and try again.")


def _typed(visit: Visit, before: bytes) -> bytes:
    """Gives a text the line ends of the file, because browsers send their own."""
    text = visit.typed.get("text", "").replace("\r\n", "\n")
    return (text.replace("\n", "\r\n") if b"\r\n" in before else text).encode()


def _commit(visit: Visit, spot: Spot, changes: Mapping[str, bytes | None]) -> str:
    world, call, tip = visit.world, visit.call(), spot.tip
    who, title = call.user, visit.need("title", "What the commit does" if spot.issue else "Title")
    if tip is None:
        raise ApiError(422, "There is no commit in this repository yet.")
    if spot.issue is not None:
        if not call.may_push(spot.issue):
            call.need("write", spot.repo)
        commit_files(world, spot.repo, who, spot.branch, tip, changes, title)
        return path_of(spot.issue) + "#files"
    mine = call.at_least("write", spot.repo)
    home = spot.repo if mine else _fork(visit)
    to = home.parent if mine and home.parent else spot.repo
    number = next(n for n in range(1, 10_000) if home.git.branch(f"{who.login}-patch-{n}") is None)
    made_for_this = to is not home and mine and spot.branch != home.default_branch
    branch = spot.branch if made_for_this else f"{who.login}-patch-{number}"
    commit_files(world, home, who, branch, tip, changes, title)
    body = {
        "title": title,
        "body": visit.typed.get("body", ""),
        "head": branch if home is to else f"{home.owner.login}:{branch}",
        "base": spot.branch if to.git.branch(spot.branch) else to.default_branch,
    }
    made = visit.ask("POST " + REPO + "/pulls", body, owner=to.owner.login, repo=to.name)
    return f"/{to.full_name}/pull/{made['number']}"


def _fork(visit: Visit) -> Repository:
    found = visit.world.repository(visit.ask("POST " + REPO + "/forks", {})["full_name"])
    if found is None:
        raise Missing
    return found
