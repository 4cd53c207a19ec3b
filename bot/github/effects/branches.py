"""A branch of the bot and the commits on it, made with the Git data API: several files in one commit.

Content is posted first: the same content has the same name (hash), so a run that was interrupted sees
whether its commit is there already. A branch that exists is taken over only when its last commit carries
the bot's trailer. https://docs.github.com/en/rest/git
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.github.transport.client import RepositoryClient
from bot.github.transport.errors import Refused

Json = Mapping[str, Any]


class Branch:
    """One branch of a repository, the message of commits on it, and the trailer that makes them the bot's."""

    def __init__(self, home: RepositoryClient, name: str, message: str, trailer: str) -> None:
        self._home = home
        self._name = name
        self._message = message.rstrip()
        self._trailer = trailer

    async def content(self, start: str, files: Mapping[str, str]) -> str:
        """The tree of commit `start` with these files in it."""
        tree = str((await self._commit_at(start))["tree"]["sha"])
        if not files:
            return tree
        items = [
            {"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in sorted(files.items())
        ]
        return str((await self._home.post("git/trees", {"base_tree": tree, "tree": items}))["sha"])

    async def begin(self, start: str, content: str, again: bool) -> str:
        """The branch with one commit upon `start`; `again` if an interrupted run may have made it."""
        there = await self._last() if again else None
        made = None
        if there is None:
            made = await self._commit(content, start)
            try:
                await self._home.post("git/refs", {"ref": f"refs/heads/{self._name}", "sha": made})
            except Refused as error:
                there = await self._last() if error.status == 422 else None
                if there is None:
                    raise
            else:
                return made
        if not self.is_mine(there):
            raise Refused(422, f"branch {self._name} is somebody else's")
        if there["tree"]["sha"] == content and [parent["sha"] for parent in there["parents"]] == [start]:
            return str(there["sha"])
        made = made or await self._commit(content, start)
        await self._move(made, force=True)
        return made

    async def go_on(self, head: str, start: str, before: str | None, content: str, more: str = "") -> str:
        """One more commit on `head`, also a child of `start` where the base moved on since `before`; `more` is said.

        Without that second parent the pull request would show everybody else's changes as its own.
        """
        there = await self._commit_at(head)
        upon = start == before or start in [parent["sha"] for parent in there["parents"]]
        if upon and there["tree"]["sha"] == content:
            return head
        made = await self._commit(content, head, *([start] if start != before else []), more=more)
        await self._move(made, force=False)
        return made

    async def mine(self, sha: str) -> bool:
        """Whether a commit is one of the bot's own for this."""
        return self.is_mine(await self._commit_at(sha))

    def is_mine(self, commit: Json) -> bool:
        """The same, of a commit as GitHub shows it."""
        return str(commit["message"]).rstrip().endswith(self._trailer)

    async def _commit(self, content: str, *parents: str, more: str = "") -> str:
        said = "\n\n".join(part for part in (self._message, more, self._trailer) if part)
        commit = {"message": said, "tree": content, "parents": list(parents)}
        return str((await self._home.post("git/commits", commit))["sha"])

    async def _commit_at(self, sha: str) -> Json:
        commit: Json = await self._home.get("git/commits/{sha}", sha=sha)
        return commit

    async def _last(self) -> Json | None:
        try:
            ref = await self._home.get("git/ref/heads/{+name}", name=self._name)
        except Refused as error:
            if not error.gone:
                raise
            return None
        return await self._commit_at(ref["object"]["sha"])

    async def _move(self, sha: str, *, force: bool) -> None:
        await self._home.patch("git/refs/heads/{+name}", {"sha": sha, "force": force}, name=self._name)
