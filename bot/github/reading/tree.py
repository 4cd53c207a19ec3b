"""Reads the files of a repository at one commit and its open pull requests, each only when needed.

posts = await tree.paths("_posts/en/")
text = await tree.read(posts[0])
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.github.transport.client import RepositoryClient
from bot.github.transport.errors import Refused


@dataclass(frozen=True)
class OpenPull:
    """An open pull request: its number, its branch, its title and its last commit."""

    number: int
    branch: str
    title: str
    head: str
    _target: RepositoryClient

    async def patches(self) -> Mapping[str, str]:
        """Returns the difference of each changed file, "" if GitHub shows none; reads them once for each commit."""
        patches, key = self._target.gh.patches, (self._target.repository, self.number, self.head)
        if key not in patches:
            files = self._target.pages("pulls/{n}/files{?per_page}", n=self.number, per_page=100)
            patches[key] = {file["filename"]: file.get("patch") or "" async for file in files}
        return patches[key]


class Tree:
    """The files of `home` at a commit, and the pull requests of `target`, its upstream or itself."""

    def __init__(self, home: RepositoryClient, target: RepositoryClient, base: str, sha: str) -> None:
        self.base = base
        self.sha = sha
        self._home = home
        self._target = target
        self._files: Mapping[str, str] | None = None

    def at(self, sha: str) -> Tree:
        """Returns the files at another commit."""
        return Tree(self._home, self._target, self.base, sha)

    async def paths(self, prefix: str = "") -> list[str]:
        """Returns the sorted paths that begin with `prefix`."""
        return sorted(path for path in await self.names() if path.startswith(prefix))

    async def read(self, path: str) -> str | None:
        """Returns the text of a file, or None if there is no such file."""
        sha = (await self.names()).get(path)
        if sha is None:
            return None
        blobs = self._home.gh.blobs
        if (text := blobs.get(sha)) is None:
            blob = await self._home.get("git/blobs/{sha}", sha=sha)
            text = base64.b64decode(blob["content"]).decode("utf-8", "replace")
            if len(text) <= blobs.maxsize:
                blobs[sha] = text
        return text

    async def name_of(self, path: str) -> str | None:
        """Returns git's hash of a file's content, or None if there is no such file."""
        return (await self.names()).get(path)

    async def open_pulls(self) -> list[OpenPull]:
        """Returns the open pull requests, the oldest first."""
        pulls = self._target.pages(
            "pulls{?state,sort,direction,per_page}",
            state="open",
            sort="created",
            direction="asc",
            per_page=100,
        )
        return [
            OpenPull(pull["number"], pull["head"]["ref"], pull["title"], pull["head"]["sha"], self._target)
            async for pull in pulls
        ]

    async def where_began(self, head: str) -> Tree:
        """Returns the files at the merge base of this commit and `head`, where a pull request's difference begins."""
        between = await self._home.get("compare/{base}...{head}", base=self.sha, head=head)
        return self.at(str(between["merge_base_commit"]["sha"]))

    async def differing(self, files: Mapping[str, str]) -> dict[str, str]:
        """Returns the files whose content is not already there."""
        there = await self.names()
        return {path: text for path, text in files.items() if there.get(path) != name_for(text)}

    async def names(self) -> Mapping[str, str]:
        """Returns git's hash of each file's content, by path."""
        if self._files is None:
            found = await self._home.get("git/trees/{sha}{?recursive}", sha=self.sha, recursive="1")
            if found.get("truncated"):
                raise Refused(413, f"{self._home.repository} has more files than GitHub lists")
            self._files = {item["path"]: item["sha"] for item in found["tree"] if item["type"] == "blob"}
        return self._files


def name_for(text: str) -> str:
    """Computes git's hash of a file's content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""
    content = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
