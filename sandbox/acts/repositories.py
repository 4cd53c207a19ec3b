"""Repositories that are made, forked, brought up to date with their parent, or deleted."""

from __future__ import annotations

from sandbox import licences
from sandbox.acts.branches import set_ref
from sandbox.acts.telling import tell
from sandbox.errors import ApiError
from sandbox.gitstore import BLOB, Person
from sandbox.model import Repository, User
from sandbox.shapes import repositories
from sandbox.world import World


def create_repository(
    world: World,
    who: User,
    owner: User,
    name: str,
    *,
    description: str | None = None,
    private: bool = False,
    auto_init: bool = False,
    licence: str | None = None,
) -> Repository:
    repo = world.add_repository(owner, name)
    repo.description, repo.private = description, private
    files: dict[str, str] = {}
    if auto_init or licence:
        files["README.md"] = f"# {name}\n" + (f"{description}\n" if description else "")
    if text := licences.text(licence or "", owner.name, world.clock.now().year):
        files["LICENSE"] = text
    if files:
        blobs = {path: (BLOB, repo.git.write_blob(text.encode())) for path, text in files.items()}
        person = Person(who.name, who.email, world.clock.now())
        commit = repo.git.write_commit(repo.git.edit_tree(None, blobs), [], "Initial commit", person)
        repo.git.set_ref(f"heads/{repo.default_branch}", commit)
    return repo


def fork(world: World, parent: Repository, who: User, owner: User, name: str, *, only_default: bool) -> Repository:
    made = world.add_repository(owner, name, parent.default_branch, parent)
    made.description = parent.description
    for branch, sha in parent.git.branches():
        if not only_default or branch == parent.default_branch:
            made.git.set_ref(f"heads/{branch}", sha)
    parent.forks.append(made)
    if world.installed(parent):
        tell(world, "fork", parent, who, forkee=repositories.repository(world, made))
    return made


def catch_up(world: World, repo: Repository, who: User, branch: str) -> tuple[str, str]:
    """Brings a fork's branch up to its parent's; returns how (none, fast-forward, merge) and from where."""
    theirs = repo.parent.git.branch(branch) if repo.parent else None
    ours = repo.git.branch(branch)
    if repo.parent is None or theirs is None or ours is None:
        raise ApiError(422, "There is no such branch upstream.")
    source = f"{repo.parent.owner.login}:{branch}"
    if repo.git.contains(ours, theirs):
        return "none", source
    if repo.git.contains(theirs, ours):
        set_ref(world, repo, who, f"heads/{branch}", theirs)
        return "fast-forward", source
    tree = repo.git.merged_tree(ours, theirs)
    if tree is None:
        raise ApiError(409, "There are merge conflicts.")
    person = Person(who.name, who.email, world.clock.now())
    text = f"Merge branch '{source}' into {branch}"
    set_ref(world, repo, who, f"heads/{branch}", repo.git.write_commit(tree, [ours, theirs], text, person))
    return "merge", source


def archive(world: World, repo: Repository, who: User, *, on: bool) -> None:
    repo.archived = on
    tell(world, "repository", repo, who, action="archived" if on else "unarchived")


def delete_repository(world: World, repo: Repository) -> None:
    del world.repositories[repo.full_name.lower()]
    if world.app and repo in world.app.repositories:
        world.app.repositories.remove(repo)
    if repo.parent is not None:
        repo.parent.forks.remove(repo)
    for other in world.repositories.values():
        for issue in other.pulls():
            if issue.pull and issue.pull.head_repo is repo:
                issue.pull.head_repo = None
