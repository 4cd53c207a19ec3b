"""Writes a branch of the bot and its commits with the Git data API: several files in one commit.

The bot posts content first. The same content has the same hash, so after an interruption the bot sees if its commit
exists. It takes over an existing branch only if the last commit has the bot's trailer.
https://docs.github.com/en/rest/git
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.github.transport.client import Json, RepositoryClient
from bot.github.transport.errors import Refused


class Branch:
    """A branch of a repository, the message of its commits, and the trailer that marks them as the bot's."""

    def __init__(self, home: RepositoryClient, name: str, message: str, trailer: str) -> None:
        self._home = home
        self._name = name
        self._message = message.rstrip()
        self._trailer = trailer

    async def content(self, start: str, files: Mapping[str, str]) -> str:
        """Returns the tree of commit `start` with these files added."""
        tree = str((await self._commit_at(start))["tree"]["sha"])
        if not files:
            return tree
        items = [
            {"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in sorted(files.items())
        ]
        return str((await self._home.post("git/trees", {"base_tree": tree, "tree": items}))["sha"])

    async def begin(self, start: str, content: str, again: bool) -> str:
        """Makes the branch with one commit upon `start`. `again`: an interrupted run may have made it."""
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
        """Adds a commit to `head`; if the base moved on since `before`, the base's `start` is its second parent.

        Without that parent, the pull request would show changes of the base as its own. `more` goes into the message.
        """
        there = await self._commit_at(head)
        upon = start == before or start in [parent["sha"] for parent in there["parents"]]
        if upon and there["tree"]["sha"] == content:
            return head
        made = await self._commit(content, head, *([start] if start != before else []), more=more)
        await self._move(made, force=False)
        return made

    async def mine(self, sha: str) -> bool:
        """Reads a commit and tells if the bot made it for this pull request."""
        return self.is_mine(await self._commit_at(sha))

    def is_mine(self, commit: Json) -> bool:
        """Tells if the bot made this commit for this pull request."""
        return str(commit["message"]).rstrip().endswith(self._trailer)

    async def _commit(self, content: str, *parents: str, more: str = "") -> str:
        message = "\n\n".join(part for part in (self._message, more, self._trailer) if part)
        commit = {"message": message, "tree": content, "parents": list(parents)}
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
