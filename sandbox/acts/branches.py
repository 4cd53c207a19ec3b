"""Branches that come, move and go, and what pull requests make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pygit2

from sandbox.acts.issues import close
from sandbox.acts.telling import tell, tell_issue
from sandbox.clock import iso
from sandbox.errors import ApiError, Json
from sandbox.gitstore import BLOB, Person
from sandbox.lines import follow
from sandbox.model import Issue, Repository, User
from sandbox.pullwork import lacking
from sandbox.shapes.repositories import page_url
from sandbox.world import World

NO_COMMIT = "0" * 40


def set_ref(world: World, repo: Repository, who: User, name: str, sha: str) -> None:
    """Creates or moves `heads/…` or `tags/…`."""
    before = repo.git.ref(name)
    repo.git.set_ref(name, sha)
    if before == sha:
        return
    repo.pushed_at = repo.updated_at = world.clock.now()
    if before is None:
        _tell_ref(world, repo, who, "create", name)
    _tell_push(world, repo, who, name, before, sha)
    if name.startswith("heads/"):
        _follow(world, repo, who, name.removeprefix("heads/"), before, sha)


def commit_files(
    world: World, repo: Repository, who: User, branch: str, on: str, changes: Mapping[str, bytes | None], message: str
) -> str:
    """Moves `branch` to a new commit after the commit `on`, with these files; None removes a file.

    Raises ApiError where that changes nothing, GitRefused where git does not take a path.
    """
    git = repo.git
    before = str(git.commit(on).tree.id)
    blobs = {path: None if text is None else (BLOB, git.write_blob(text)) for path, text in changes.items()}
    tree = git.edit_tree(before, blobs)
    if tree == before:
        raise ApiError(422, f"{', '.join(changes)} already has this text.")
    sha = git.write_commit(tree, [on], message, Person(who.name, who.email, world.clock.now()))
    if why := lacking(repo, branch, sha):
        raise ApiError(422, why)
    set_ref(world, repo, who, f"heads/{branch}", sha)
    return sha


def delete_ref(world: World, repo: Repository, who: User, name: str) -> None:
    before = repo.git.ref(name)
    repo.git.delete_ref(name)
    _tell_ref(world, repo, who, "delete", name)
    _tell_push(world, repo, who, name, before, None)
    for issue in open_pulls(world):
        pull = issue.pull
        if pull and pull.head_repo is repo and name == f"heads/{pull.head_ref}":
            close(world, issue, who)


def open_pulls(world: World) -> list[Issue]:
    return [i for repo in world.repositories.values() for i in repo.pulls() if i.state == "open"]


def _follow(world: World, repo: Repository, who: User, branch: str, before: str | None, sha: str) -> None:
    arrived = {str(one.id) for one in repo.git.log(sha, without=before)}
    for issue in open_pulls(world):
        pull = issue.pull
        if pull is None:
            continue
        if pull.head_repo is repo and pull.head_ref == branch:
            pull.head_sha = sha
            pull.base_sha = issue.repo.git.branch(pull.base_ref) or pull.base_sha
            issue.updated_at = world.clock.now()
            for comment in pull.comments:
                follow(issue, comment)
            tell_issue(world, issue, who, "synchronize", before=before or NO_COMMIT, after=sha)
        if issue.repo is repo and pull.base_ref == branch and pull.head_sha in arrived:
            # Pushed straight onto the base: GitHub counts that as merged.
            pull.base_sha = before or pull.base_sha
            pull.merged_at, pull.merged_by, pull.merge_commit_sha = world.clock.now(), who, sha
            close(world, issue, who)


def _tell_ref(world: World, repo: Repository, who: User, event: str, name: str) -> None:
    kind, _, short = name.partition("/")
    ref_type = "branch" if kind == "heads" else "tag"
    parts: Json = {"ref": short, "ref_type": ref_type, "pusher_type": "user"}
    if event == "create":
        parts |= {"master_branch": repo.default_branch, "description": repo.description}
    tell(world, event, repo, who, **parts)


def _tell_push(world: World, repo: Repository, who: User, name: str, before: str | None, after: str | None) -> None:
    if not world.installed(repo):
        return
    git = repo.git
    fresh = [] if after is None else git.log(after, without=before or _elsewhere(repo, name), oldest_first=True)
    page = page_url(world, repo)
    between = f"{(before or NO_COMMIT)[:12]}...{(after or NO_COMMIT)[:12]}"
    tell(
        world,
        "push",
        repo,
        who,
        ref=f"refs/{name}",
        before=before or NO_COMMIT,
        after=after or NO_COMMIT,
        pusher={"name": who.login, "email": who.email},
        created=before is None,
        deleted=after is None,
        forced=bool(before and after and not git.contains(after, before)),
        base_ref=None,
        compare=f"{page}/compare/{between}",
        commits=[_pushed(world, repo, one) for one in fresh[-20:]],
        head_commit=None if after is None else _pushed(world, repo, git.commit(after)),
    )


def _elsewhere(repo: Repository, name: str) -> str | None:
    default = f"heads/{repo.default_branch}"
    return repo.git.ref(default) if name != default else None


def _pushed(world: World, repo: Repository, one: pygit2.Commit) -> Json:
    parent = str(one.parent_ids[0]) if one.parent_ids else None
    by_status: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for change in repo.git.changes(parent, str(one.id)):
        by_status.get(change.status, by_status["modified"]).append(change.path)
    return {
        "id": str(one.id),
        "tree_id": str(one.tree_id),
        "distinct": True,
        "message": one.message,
        "timestamp": iso(datetime.fromtimestamp(one.committer.time, UTC)),
        "url": f"{page_url(world, repo)}/commit/{one.id}",
        "author": _name(world, one.author),
        "committer": _name(world, one.committer),
        **by_status,
    }


def _name(world: World, signed: pygit2.Signature) -> Json:
    known = world.user_by_email(signed.email)
    body: Json = {"name": signed.name, "email": signed.email}
    return body | ({"username": known.login} if known else {})
