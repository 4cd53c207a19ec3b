"""Files by path: reading, writing and deleting them one commit each."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import quote

from sandbox.acts.branches import set_ref
from sandbox.errors import ApiError, Json, not_for_apps, not_found, unprocessable
from sandbox.gitstore import BLOB, Entry, Person
from sandbox.http.call import CREATED, Answer, Call, Reply
from sandbox.http.routes import route
from sandbox.model import Repository
from sandbox.pullwork import lacking
from sandbox.shapes import git
from sandbox.shapes.repositories import api_url

CONTENTS = "/repos/{owner}/{repo}/contents/{path}"
README = re.compile(r"readme(\.(md|markdown|rst|txt))?", re.IGNORECASE)


def _at(call: Call, repo: Repository) -> tuple[str, str]:
    """Returns the name of what is read, and its commit."""
    if not repo.git.branches():
        raise ApiError(404, "This repository is empty.")
    name = call.query.get("ref") or repo.default_branch
    commit = repo.git.resolve(name)
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {name}")
    return name, commit


def _shown(call: Call, repo: Repository, entry: Entry, at: str) -> Answer:
    if "raw" in call.headers.get("Accept", ""):
        return Reply(200, repo.git.blob(entry.sha), content_type="application/vnd.github.raw; charset=utf-8")
    return git.file(call.world, repo, entry, at)


@route("GET", "/repos/{owner}/{repo}/contents", app="contents:read")
@route("GET", CONTENTS, app="contents:read")
def get_contents(call: Call) -> Answer:
    repo, path = call.repo, call.params.get("path", "").strip("/")
    at, commit = _at(call, repo)
    found = repo.git.entry(commit, path)
    if found is None:
        raise not_found()
    if found.kind == "blob":
        return _shown(call, repo, found, at)
    inside = f"{path}/" if path else ""
    return [git.entry(call.world, repo, one, at) for one in repo.git.walk_tree(found.sha, inside=inside)]


@route("GET", "/repos/{owner}/{repo}/readme", app="contents:read")
def readme(call: Call) -> Answer:
    repo = call.repo
    at, commit = _at(call, repo)
    for entry in repo.git.walk_tree(commit):
        if entry.kind == "blob" and README.fullmatch(entry.path):
            return _shown(call, repo, entry, at)
    raise not_found()


def person(call: Call, signature: object) -> Person:
    """Returns the person who signs a commit: `signature` if it is complete, else the caller."""
    now = call.world.clock.now()
    if isinstance(signature, dict) and signature.get("name") and signature.get("email"):
        return Person(str(signature["name"]), str(signature["email"]), now)
    return Person(call.user.name if call.user.type == "User" else call.user.login, call.user.email, now)


def may_touch(call: Call, path: str) -> None:
    """Refuses changes to workflows by an App without the permission for them."""
    if (
        path.startswith(".github/workflows/")
        and call.actor.kind == "installation"
        and not call.actor.may("workflows:write")
    ):
        raise not_for_apps()


@route("PUT", CONTENTS, role="write", app="contents:write")
def put_file(call: Call) -> Answer:
    repo, path = call.repo, call.params["path"].strip("/")
    message, encoded = _given(call, "message"), _given(call, "content")
    may_touch(call, path)
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise unprocessable("content is not valid Base64") from None
    before = _before(call, repo, path)
    blob = repo.git.write_blob(content)
    body = _commit(call, repo, message, {path: (BLOB, blob)})
    entry = repo.git.entry(body["commit"]["sha"], path)
    branch = call.text("branch") or repo.default_branch
    body["content"] = git.entry(call.world, repo, entry, branch) if entry else None
    return Reply(200 if before else CREATED, body)


@route("DELETE", CONTENTS, role="write", app="contents:write")
def delete_file(call: Call) -> Answer:
    if call.body is None:  # some clients send these in the address
        call.body = dict(call.query)
    repo, path = call.repo, call.params["path"].strip("/")
    message, _ = _given(call, "message"), _given(call, "sha")
    may_touch(call, path)
    if _before(call, repo, path) is None:
        raise not_found()
    return _commit(call, repo, message, {path: None}) | {"content": None}


def _given(call: Call, name: str) -> str:
    value = call.text(name)
    if value is None:
        raise unprocessable(f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    return value


def _before(call: Call, repo: Repository, path: str) -> Entry | None:
    """Returns the present file. The caller must give its hash, so that nobody overwrites what they never saw."""
    head = repo.git.branch(call.text("branch") or repo.default_branch)
    entry = repo.git.entry(head, path) if head else None
    expected = call.text("sha")
    if entry is None or entry.kind != "blob":
        if expected is not None and entry is None and call.method == "PUT":
            raise ApiError(409, f"{path} does not match {expected}")
        return None
    if _given(call, "sha") != entry.sha:
        raise ApiError(409, f"{path} does not match {expected}")
    return entry


def _commit(call: Call, repo: Repository, message: str, changes: dict[str, tuple[int, str] | None]) -> Json:
    branch = call.text("branch") or repo.default_branch
    head = repo.git.branch(branch)
    if head is None and repo.git.branches():
        raise ApiError(404, f"Branch {quote(branch)} not found")
    tree = repo.git.edit_tree(str(repo.git.commit(head).tree.id) if head else None, changes)
    author = person(call, call.data.get("author") or call.data.get("committer"))
    committer = person(call, call.data["committer"]) if call.data.get("committer") else author
    sha = repo.git.write_commit(tree, [head] if head else [], message, author, committer)
    if why := lacking(repo, branch, sha):
        raise ApiError(409, f"Could not change file: {why}")
    set_ref(call.world, repo, call.user, f"heads/{branch}", sha)
    body = git.git_commit(call.world, repo, repo.git.commit(sha))
    return {"commit": body | {"url": f"{api_url(call.world, repo)}/git/commits/{sha}"}}
