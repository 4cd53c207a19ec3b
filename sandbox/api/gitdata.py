"""The Git data API: blobs, trees, commits and refs, for several files in one commit."""

from __future__ import annotations

import base64
import binascii

from sandbox.acts import branches as acts
from sandbox.api.contents import may_touch, person
from sandbox.errors import ApiError, invalid, not_found, unprocessable
from sandbox.http.call import CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import route
from sandbox.model import Repository
from sandbox.pullwork import lacking
from sandbox.shapes import git
from sandbox.shapes.repositories import api_url

G = "/repos/{owner}/{repo}/git"
MODES = {"100644", "100755", "040000", "160000", "120000"}


def _not_empty(repo: Repository) -> None:
    if not repo.git.branches():
        raise ApiError(409, "Git Repository is empty.")


@route("POST", G + "/blobs", role="write", app="contents:write")
def create_blob(call: Call) -> Answer:
    repo, content = call.repo, call.text("content")
    if content is None:
        raise unprocessable('Invalid request.\n\n"content" wasn\'t supplied.')
    _not_empty(repo)
    raw = content.encode()
    if call.text("encoding") == "base64":
        try:
            raw = base64.b64decode(content)
        except (binascii.Error, ValueError):
            raise unprocessable("content is not valid Base64") from None
    sha = repo.git.write_blob(raw)
    return Reply(CREATED, {"sha": sha, "url": f"{api_url(call.world, repo)}/git/blobs/{sha}"})


@route("GET", G + "/blobs/{sha}", app="contents:read")
def get_blob(call: Call) -> Answer:
    repo, sha = call.repo, call.params["sha"]
    return git.blob(call.world, repo, sha)


@route("GET", G + "/trees/{ref}", app="contents:read")
def get_tree(call: Call) -> Answer:
    repo, name = call.repo, call.params["ref"]
    _not_empty(repo)
    recursive = call.query.get("recursive", "0") not in ("0", "false", "")
    return git.tree(call.world, repo, repo.git.resolve(name) or name, recursive=recursive)


@route("POST", G + "/trees", role="write", app="contents:write")
def create_tree(call: Call) -> Answer:
    repo, entries = call.repo, call.data.get("tree")
    _not_empty(repo)
    if not isinstance(entries, list) or not entries:
        raise unprocessable("Invalid tree info")
    changes: dict[str, tuple[int, str] | None] = {}
    for entry in entries:
        path, mode = str(entry.get("path") or ""), str(entry.get("mode") or "100644")
        if not path or path.startswith("/") or mode not in MODES:
            raise unprocessable(
                "tree.path contains a malformed path component" if mode in MODES else "Must supply a valid tree.mode"
            )
        may_touch(call, path)
        if "content" in entry:
            changes[path] = (int(mode, 8), repo.git.write_blob(str(entry["content"]).encode()))
        elif entry.get("sha") is None:
            changes[path] = None
        elif repo.git.has(str(entry["sha"])):
            changes[path] = (int(mode, 8), str(entry["sha"]))
        else:
            raise unprocessable(f"tree.sha {entry['sha']} is not a valid object")
    sha = repo.git.edit_tree(call.text("base_tree"), changes)
    return Reply(CREATED, git.tree(call.world, repo, sha, recursive=False))


@route("GET", G + "/commits/{sha}", app="contents:read")
def get_git_commit(call: Call) -> Answer:
    repo = call.repo
    return git.git_commit(call.world, repo, repo.git.commit(call.params["sha"]))


@route("POST", G + "/commits", role="write", app="contents:write")
def create_commit(call: Call) -> Answer:
    repo, data = call.repo, call.data
    tree, parents = call.need_text("tree", "Commit"), call.texts("parents") or []
    if not repo.git.has(tree):
        raise unprocessable("Tree SHA does not exist")
    if not all(repo.git.has(parent) for parent in parents):
        raise unprocessable("Parent SHA does not exist or is not a commit object")
    author = person(call, data.get("author"))
    committer = person(call, data["committer"]) if data.get("committer") else author
    sha = repo.git.write_commit(tree, parents, call.need_text("message", "Commit"), author, committer)
    return Reply(CREATED, git.git_commit(call.world, repo, repo.git.commit(sha)))


@route("GET", G + "/ref/{ref}", app="contents:read")
def get_ref(call: Call) -> Answer:
    repo, name = call.repo, call.params["ref"]
    _not_empty(repo)
    sha = repo.git.ref(name)
    if sha is None:
        raise not_found()
    return git.ref(call.world, repo, name, sha)


@route("GET", G + "/matching-refs/{ref}", app="contents:read")
def matching_refs(call: Call) -> Answer:
    repo = call.repo
    return call.page(repo.git.refs(call.params["ref"]), lambda one: git.ref(call.world, repo, *one))


@route("POST", G + "/refs", role="write", app="contents:write")
def create_ref(call: Call) -> Answer:
    repo, full, sha = call.repo, call.need_text("ref", "Reference"), call.need_text("sha", "Reference")
    name = full.removeprefix("refs/")
    if name == full or not name.startswith(("heads/", "tags/")):
        raise unprocessable("Reference name must start with 'refs/heads/' or 'refs/tags/'.")
    if not repo.git.has(sha):
        raise unprocessable("Object does not exist")
    if repo.git.ref(name) is not None:
        raise unprocessable("Reference already exists")
    repo.git.commit(sha)
    acts.set_ref(call.world, repo, call.user, name, sha)
    return Reply(CREATED, git.ref(call.world, repo, name, sha))


@route("PATCH", G + "/refs/{ref}", role="write", app="contents:write")
def move_ref(call: Call) -> Answer:
    repo, name, sha = call.repo, call.params["ref"], call.need_text("sha", "Reference")
    before = repo.git.ref(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    if not repo.git.has(sha):
        raise unprocessable("Object does not exist")
    repo.git.commit(sha)
    if not call.data.get("force") and not repo.git.contains(sha, before):
        raise unprocessable("Update is not a fast forward")
    if why := lacking(repo, name.removeprefix("heads/"), sha):
        raise unprocessable(why)
    acts.set_ref(call.world, repo, call.user, name, sha)
    return git.ref(call.world, repo, name, sha)


@route("DELETE", G + "/refs/{ref}", role="write", app="contents:write")
def drop_ref(call: Call) -> Answer:
    repo, name = call.repo, call.params["ref"]
    if repo.git.ref(name) is None:
        raise unprocessable("Reference does not exist")
    if name == f"heads/{repo.default_branch}":
        raise invalid("Reference", "ref", "custom", "Cannot delete the default branch")
    acts.delete_ref(call.world, repo, call.user, name)
    return Reply(NO_CONTENT)
