"""Commits, trees, files and comparisons as GitHub writes them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from urllib.parse import quote

import pygit2

from sandbox.clock import iso
from sandbox.errors import Json
from sandbox.gitstore import Entry, FileChange
from sandbox.model import Protection, Repository
from sandbox.shapes import people
from sandbox.shapes.repositories import api_url, page_url
from sandbox.world import World

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _signed(one: pygit2.Signature) -> Json:
    return {"name": one.name, "email": one.email, "date": iso(datetime.fromtimestamp(one.time, UTC))}


def git_commit(world: World, repo: Repository, one: pygit2.Commit) -> Json:
    api, page = api_url(world, repo), page_url(world, repo)
    return {
        "sha": str(one.id),
        "node_id": people.node("Commit", one.id),
        "url": f"{api}/git/commits/{one.id}",
        "html_url": f"{page}/commit/{one.id}",
        "author": _signed(one.author),
        "committer": _signed(one.committer),
        "tree": {"url": f"{api}/git/trees/{one.tree_id}", "sha": str(one.tree_id)},
        "message": one.message,
        "parents": [
            {"url": f"{api}/git/commits/{sha}", "sha": str(sha), "html_url": f"{page}/commit/{sha}"}
            for sha in one.parent_ids
        ],
        "verification": _UNSIGNED,
    }


def commit(world: World, repo: Repository, one: pygit2.Commit, changes: list[FileChange] | None = None) -> Json:
    api, page = api_url(world, repo), page_url(world, repo)
    url = f"{api}/commits/{one.id}"
    body: Json = {
        "sha": str(one.id),
        "node_id": people.node("Commit", one.id),
        "commit": {
            "author": _signed(one.author),
            "committer": _signed(one.committer),
            "message": one.message,
            "tree": {"url": f"{api}/git/trees/{one.tree_id}", "sha": str(one.tree_id)},
            "url": f"{api}/git/commits/{one.id}",
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "url": url,
        "html_url": f"{page}/commit/{one.id}",
        "comments_url": f"{url}/comments",
        "author": people.user_or_none(world, world.user_by_email(one.author.email)),
        "committer": people.user_or_none(world, world.user_by_email(one.committer.email)),
        "parents": [
            {"url": f"{api}/commits/{sha}", "sha": str(sha), "html_url": f"{page}/commit/{sha}"}
            for sha in one.parent_ids
        ],
    }
    if changes is not None:
        additions, deletions = sum(c.additions for c in changes), sum(c.deletions for c in changes)
        body["stats"] = {"total": additions + deletions, "additions": additions, "deletions": deletions}
        body["files"] = [file_change(world, repo, str(one.id), change) for change in changes]
    return body


def file_change(world: World, repo: Repository, ref: str, one: FileChange) -> Json:
    api, page, path = api_url(world, repo), page_url(world, repo), quote(one.path)
    body: Json = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{page}/blob/{ref}/{path}",
        "raw_url": f"{page}/raw/{ref}/{path}",
        "contents_url": f"{api}/contents/{path}?ref={ref}",
    }
    if one.patch is not None:
        body["patch"] = one.patch
    if one.previous is not None:
        body["previous_filename"] = one.previous
    return body


def ref(world: World, repo: Repository, name: str, sha: str) -> Json:
    api = api_url(world, repo)
    return {
        "ref": f"refs/{name}",
        "node_id": people.node("Ref", f"{repo.id}:{name}"),
        "url": f"{api}/git/refs/{quote(name)}",
        "object": {"sha": sha, "type": "commit", "url": f"{api}/git/commits/{sha}"},
    }


def tree(world: World, repo: Repository, sha: str, *, recursive: bool) -> Json:
    api = api_url(world, repo)
    entries = [
        {"path": entry.path, "mode": f"{entry.mode:06o}", "type": entry.kind, "sha": entry.sha}
        | ({} if entry.size is None else {"size": entry.size})
        | {"url": f"{api}/git/{entry.kind}s/{entry.sha}"}
        for entry in repo.git.walk_tree(sha, recursive=recursive)
    ]
    root = str(repo.git.tree(sha).id)
    return {"sha": root, "url": f"{api}/git/trees/{root}", "tree": entries, "truncated": False}


def blob(world: World, repo: Repository, sha: str) -> Json:
    content = repo.git.blob(sha)
    return {
        "sha": sha,
        "node_id": people.node("Blob", sha),
        "size": len(content),
        "url": f"{api_url(world, repo)}/git/blobs/{sha}",
        "content": base64_lines(content),
        "encoding": "base64",
    }


def base64_lines(content: bytes) -> str:
    """Returns Base64 in lines of 60, as GitHub sends it: a client must accept the line ends."""
    text = base64.b64encode(content).decode()
    return "".join(text[start : start + 60] + "\n" for start in range(0, len(text), 60))


def entry(world: World, repo: Repository, one: Entry, at: str) -> Json:
    """Returns a file or folder as the contents API lists it, without its content."""
    api, page, path = api_url(world, repo), page_url(world, repo), quote(one.path)
    is_file = one.kind == "blob"
    this = f"{api}/contents/{path}?ref={quote(at)}"
    git = f"{api}/git/{one.kind}s/{one.sha}"
    html = f"{page}/{'blob' if is_file else 'tree'}/{quote(at)}/{path}"
    return {
        "name": one.path.rpartition("/")[2],
        "path": one.path,
        "sha": one.sha,
        "size": one.size or 0,
        "url": this,
        "html_url": html,
        "git_url": git,
        "download_url": f"{page}/raw/{quote(at)}/{path}" if is_file else None,
        "type": "file" if is_file else "dir",
        "_links": {"self": this, "git": git, "html": html},
    }


def file(world: World, repo: Repository, one: Entry, at: str) -> Json:
    content = base64_lines(repo.git.blob(one.sha))
    return entry(world, repo, one, at) | {"content": content, "encoding": "base64"}


def _required(one: Protection) -> Json:
    checks = [{"context": name, "app_id": None} for name in one.contexts]
    return {"contexts": list(one.contexts), "checks": checks}


def protection_of_branch(one: Protection | None) -> Json:
    """Returns the protection in brief, as anybody can read it on the branch."""
    if one is None:
        return {"enabled": False}
    return {"enabled": True, "required_status_checks": {"enforcement_level": "everyone"} | _required(one)}


def protection(world: World, repo: Repository, branch: str, one: Protection) -> Json:
    url = f"{api_url(world, repo)}/branches/{quote(branch)}/protection"
    checks = f"{url}/required_status_checks"
    body: Json = {"url": url, "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": True}}
    if one.contexts:
        more = {"url": checks, "contexts_url": f"{checks}/contexts", "strict": False}
        body["required_status_checks"] = more | _required(one)
    return body
