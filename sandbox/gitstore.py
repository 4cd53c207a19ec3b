"""Real git objects and refs under every repository of the box.

A repository and its forks share one bare store, each with its own git namespace, which is how
GitHub keeps a network of forks too: a fork costs a few refs, and a pull request sees both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, ObjectType, SortMode

BLOB, EXECUTABLE, TREE = int(FileMode.BLOB), int(FileMode.BLOB_EXECUTABLE), int(FileMode.TREE)

GitStore = pygit2.Repository


class GitRefused(Exception):
    """Git cannot do what was requested: a bad path, a missing object, a malformed name."""


@dataclass(frozen=True)
class Person:
    """The author or committer of a commit, and the time."""

    name: str
    email: str
    when: datetime

    def signature(self) -> pygit2.Signature:
        clean = "".join(c for c in self.name if c not in "<>\n\0").strip() or "unknown"
        return pygit2.Signature(clean, self.email or "none", int(self.when.timestamp()), 0)


@dataclass(frozen=True)
class FileChange:
    path: str
    status: str
    additions: int
    deletions: int
    sha: str
    patch: str | None
    previous: str | None


@dataclass(frozen=True)
class Entry:
    """One line of a tree: `mode` is git's number, `kind` is blob, tree or commit."""

    path: str
    mode: int
    kind: str
    sha: str
    size: int | None


def new_store(folder: Path) -> GitStore:
    return pygit2.init_repository(str(folder), bare=True)


class GitRepository:
    def __init__(self, store: GitStore, namespace: str) -> None:
        self.store = store
        self._prefix = f"refs/namespaces/{namespace}/refs/"
        # The names are kept beside git's own files, since listing those reads every one of them.
        self._refs: dict[str, str] = {}

    # refs; names are as in "heads/main"

    def ref(self, name: str) -> str | None:
        return self._refs.get(name)

    def branch(self, name: str) -> str | None:
        return self._refs.get(f"heads/{name}")

    def refs(self, prefix: str = "") -> list[tuple[str, str]]:
        return sorted((name, sha) for name, sha in self._refs.items() if name.startswith(prefix))

    def branches(self) -> list[tuple[str, str]]:
        return [(name.removeprefix("heads/"), sha) for name, sha in self.refs("heads/")]

    def set_ref(self, name: str, sha: str) -> None:
        try:
            self.store.references.create(self._prefix + name, sha, force=True)
        except (ValueError, pygit2.GitError) as error:
            raise GitRefused(str(error)) from error
        self._refs[name] = sha

    def delete_ref(self, name: str) -> None:
        self.store.references.delete(self._prefix + name)
        del self._refs[name]

    # objects

    def commit(self, sha: str) -> pygit2.Commit:
        found = self._get(sha)
        if not isinstance(found, pygit2.Commit):
            raise GitRefused(f"no commit {sha}")
        return found

    def tree(self, sha: str) -> pygit2.Tree:
        found = self._get(sha)
        if isinstance(found, pygit2.Commit):
            return found.tree
        if not isinstance(found, pygit2.Tree):
            raise GitRefused(f"no tree {sha}")
        return found

    def blob(self, sha: str) -> bytes:
        found = self._get(sha)
        if not isinstance(found, pygit2.Blob):
            raise GitRefused(f"no blob {sha}")
        return found.data

    def has(self, sha: str) -> bool:
        return self._get(sha) is not None

    def _get(self, sha: str) -> object | None:
        try:
            return self.store.get(sha)
        except ValueError:
            return None

    def resolve(self, name: str | None) -> str | None:
        """Returns the commit that a branch, tag, `refs/…` or (short) hash stands for."""
        if not name:
            return None
        for candidate in (f"heads/{name}", f"tags/{name}", name.removeprefix("refs/"), name):
            if sha := self._refs.get(candidate):
                return sha
        if len(name) >= 7 and all(c in "0123456789abcdef" for c in name.lower()):
            found = self._get(name)
            if isinstance(found, pygit2.Commit):
                return str(found.id)
        return None

    def write_blob(self, content: bytes) -> str:
        return str(self.store.create_blob(content))

    def edit_tree(self, base: str | None, changes: Mapping[str, tuple[int, str] | None]) -> str:
        """Makes a new tree: `base` with each path set to (mode, hash), or removed if None."""
        index = pygit2.Index()
        if base is not None:
            index.read_tree(self.tree(base))
        try:
            for path, change in changes.items():
                if change is None:
                    self._remove(index, path)
                elif change[0] == TREE:
                    for entry in self.walk_tree(change[1], recursive=True):
                        if entry.kind != "tree":
                            whole = f"{path}/{entry.path}"
                            index.add(pygit2.IndexEntry(whole, pygit2.Oid(hex=entry.sha), FileMode(entry.mode)))
                else:
                    index.add(pygit2.IndexEntry(path, pygit2.Oid(hex=change[1]), FileMode(change[0])))
            return str(index.write_tree(self.store))
        except (ValueError, KeyError, OSError, pygit2.GitError) as error:
            raise GitRefused(str(error)) from error

    @staticmethod
    def _remove(index: pygit2.Index, path: str) -> None:
        if path in index:
            index.remove(path)
            return
        inside = [entry.path for entry in index if entry.path.startswith(path + "/")]
        if not inside:
            raise GitRefused(f"no path {path}")
        for name in inside:
            index.remove(name)

    def write_commit(
        self, tree: str, parents: list[str], message: str, author: Person, committer: Person | None = None
    ) -> str:
        try:
            made = self.store.create_commit(
                None,
                author.signature(),
                (committer or author).signature(),
                message,
                pygit2.Oid(hex=tree),
                [pygit2.Oid(hex=parent) for parent in parents],
            )
        except (ValueError, pygit2.GitError) as error:
            raise GitRefused(str(error)) from error
        return str(made)

    # reading

    def walk_tree(self, sha: str, *, recursive: bool = False, inside: str = "") -> Iterator[Entry]:
        for item in self.tree(sha):
            path = f"{inside}{item.name}"
            kind = "tree" if item.type == ObjectType.TREE else "blob"
            size = item.size if isinstance(item, pygit2.Blob) else None
            yield Entry(path, int(item.filemode), kind, str(item.id), size)
            if recursive and kind == "tree":
                yield from self.walk_tree(str(item.id), recursive=True, inside=path + "/")

    def entry(self, commit: str, path: str) -> Entry | None:
        """Returns the object at `path`; the root is a tree with an empty path."""
        tree = self.commit(commit).tree
        if not path:
            return Entry("", TREE, "tree", str(tree.id), None)
        try:
            item = tree[path]
        except (KeyError, ValueError):
            return None
        kind = "tree" if item.type == ObjectType.TREE else "blob"
        return Entry(path, int(item.filemode), kind, str(item.id), item.size if isinstance(item, pygit2.Blob) else None)

    def file(self, commit: str, path: str) -> bytes | None:
        found = self.entry(commit, path)
        return self.blob(found.sha) if found and found.kind == "blob" else None

    def files(self, commit: str) -> dict[str, bytes]:
        tree = str(self.commit(commit).tree.id)
        entries = self.walk_tree(tree, recursive=True)
        return {entry.path: self.blob(entry.sha) for entry in entries if entry.kind == "blob"}

    def log(self, head: str, *, without: str | None = None, oldest_first: bool = False) -> list[pygit2.Commit]:
        order = SortMode.TOPOLOGICAL | SortMode.TIME
        walker = self.store.walk(pygit2.Oid(hex=head), order | SortMode.REVERSE if oldest_first else order)
        if without is not None:
            walker.hide(pygit2.Oid(hex=without))
        return list(walker)

    def merge_base(self, one: str, other: str) -> str | None:
        found = self.store.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
        return None if found is None else str(found)

    def contains(self, tip: str, sha: str) -> bool:
        return tip == sha or self.merge_base(tip, sha) == sha

    def merged_tree(self, ours: str, theirs: str) -> str | None:
        """Returns the tree of a three-way merge, or None if it conflicts."""
        index = self.store.merge_commits(pygit2.Oid(hex=ours), pygit2.Oid(hex=theirs))
        return None if index.conflicts is not None else str(index.write_tree(self.store))

    def replayed_tree(self, change: pygit2.Commit, onto: str) -> str | None:
        """Returns the tree of one commit applied on top of another, for rebasing."""
        index = self.store.merge_trees(change.parents[0].tree, self.commit(onto).tree, change.tree)
        return None if index.conflicts is not None else str(index.write_tree(self.store))

    def moved(self, before: str, after: str, path: str, first: int, last: int) -> int | None:
        """Returns by how much those lines of a file moved from one commit to another; None if they changed."""
        entries = self.entry(before, path), self.entry(after, path)
        old, new = (self._get(entry.sha) if entry else None for entry in entries)
        if not (isinstance(old, pygit2.Blob) and isinstance(new, pygit2.Blob)):
            return None
        shift = 0
        for hunk in pygit2.Patch.create_from(old, new, context_lines=0).hunks:
            # Of an insertion, git gives the line before it as the old start.
            begins = hunk.old_start if hunk.old_lines else hunk.old_start + 1
            if begins > last:
                break
            if begins + hunk.old_lines > first and (hunk.old_lines or begins > first):
                return None
            shift += hunk.new_lines - hunk.old_lines
        return shift

    def changes(self, before: str | None, after: str) -> list[FileChange]:
        new = self.tree(after)
        diff = new.diff_to_tree(swap=True) if before is None else self.tree(before).diff_to_tree(new)
        diff.find_similar()
        return [_file_change(patch) for patch in diff if patch is not None]


_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def _file_change(patch: pygit2.Patch) -> FileChange:
    delta = patch.delta
    _, added, removed = patch.line_stats
    status = _STATUS[delta.status_char()]
    side = delta.old_file if status == "removed" else delta.new_file
    _, hunk, text = (patch.data or b"").decode(errors="replace").partition("\n@@")
    return FileChange(
        path=side.path,
        status=status,
        additions=added,
        deletions=removed,
        sha=str(side.id),
        patch=f"@@{text}".rstrip("\n") if hunk else None,
        previous=delta.old_file.path if status == "renamed" else None,
    )
