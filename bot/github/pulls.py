"""The bot's pull requests: a branch, one commit with all files, a pull request; later changes one more commit.

`POST /pulls` is refused for a branch that has an open one, so after an interruption it is looked up first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.github import marks
from bot.github.branches import Branch
from bot.github.client import GitHub
from bot.github.comments import DRIFT
from bot.github.errors import Refused
from bot.github.tree import Tree
from bot.github.wanted import Draft
from bot.github.webhook import read_pull
from bot.github.work import Work
from bot.pipeline.shown import Shown
from bot.pipeline.signals import PullRequestChanged

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Way:
    """How a repository is reached where the App is not installed: a machine user's client, and its fork."""

    gh: GitHub
    fork: str


async def propose(work: Work, draft: Draft, way: Way | None = None) -> None:
    """Make or bring up to date one pull request, unless it is as wanted, merged or closed.

    A closed one is looked at again, because people reopen them; that is free of charge while it is closed.
    """
    known = work.known(draft.thing)
    if known.digest != draft.digest and known.remote.get("state") != "merged":
        await _Proposal(work, draft, known, way).make()


def written_from(known: Shown, pull: PullRequestChanged) -> tuple[str, str]:
    """Title and body of the issue that a pull request's files are from; ("", "") where that is unknown.

    A head that is not the last one we know of is the one that was being pushed.
    """
    finished = known.remote.get("source")
    pushed = known.remote.get("next", finished)
    title, body = (finished if finished and pull.head == known.remote.get("head") else pushed) or ("", "")
    return title, body


class _Proposal:
    def __init__(self, work: Work, draft: Draft, known: Shown, way: Way | None) -> None:
        gh = way.gh if way else work.gh
        self._work = work
        self._draft = draft
        self._known = known
        self._target = gh.at(draft.target)
        self._home = gh.at(way.fork) if way else self._target
        self._head = f"{way.fork.partition('/')[0]}:{draft.branch}" if way else draft.branch
        self._key = f"{draft.kind} {work.number}"

    async def make(self) -> None:
        """Run again after a crash at any point, it does what is left."""
        again = self._known.begun is not None
        pull = await self._existing()
        if pull is not None and read_pull(self._draft.kind, pull).state != "open":
            await self._done(pull, pull["head"]["sha"], self._known.remote.get("base"))
            return
        base = self._draft.base or str((await self._target.get())["default_branch"])
        if self._home is not self._target:
            await self._home.post("merge-upstream", {"branch": base})
        start = str((await self._home.get("git/ref/heads/{+base}", base=base))["object"]["sha"])
        tree = Tree(self._home, self._target, base, start)
        files = await tree.differing(await self._draft.write(tree))
        if pull is None and not files:
            raise Refused(422, f"{self._draft.target} has all of it already")
        if not again:
            self._known = replace(self._known, begun=self._work.now)
        name = pull["head"]["ref"] if pull else self._draft.branch
        branch = Branch(self._home, name, self._draft.message, f"Micro-Acquisition: {self._key}")
        content = await branch.content(start, files)
        await self._intend()
        if pull is None:
            head = await branch.begin(start, content, again)
            pull = await self._open(base)
        else:
            head = await branch.go_on(pull["head"]["sha"], start, self._known.remote.get("base"), content)
            await self._reword(pull)
        await self._done(pull, head, start)

    async def _existing(self) -> Json | None:
        """The pull request by its number, or one that an interrupted run may have made."""
        if number := self._known.remote.get("number"):
            pull: Json = await self._target.get("pulls/{n}", n=number)
            return pull
        if self._known.begun is None:
            return None
        since = self._known.begun - DRIFT
        for pull in await self._of_branch("all"):
            # An older one of the same branch, merged or closed, is another story.
            if pull["state"] == "open" or datetime.fromisoformat(pull["created_at"]) >= since:
                return pull
        return None

    async def _of_branch(self, state: str) -> list[Json]:
        found: list[Json] = await self._target.get(
            "pulls{?head,state,sort,direction}",
            head=f"{self._home.owner}:{self._draft.branch}",
            state=state,
            sort="created",
            direction="desc",
        )
        return found

    async def _open(self, base: str) -> Json:
        wanted = {"title": self._draft.title, "head": self._head, "base": base, "body": self._body()}
        try:
            pull: Json = await self._target.post("pulls", wanted)
        except Refused as error:
            if error.status != 422:
                raise
            found = await self._of_branch("open")
            if not found:
                raise
            pull = found[0]
            await self._reword(pull)
        return pull

    async def _reword(self, pull: Json) -> None:
        """Title and body as they are wanted now."""
        wanted = {"title": self._draft.title, "body": self._body()}
        if any(pull[name] != text for name, text in wanted.items()):
            await self._target.patch("pulls/{n}", wanted, n=pull["number"])

    def _body(self) -> str:
        return marks.marked(self._draft.body, self._key)

    async def _intend(self) -> None:
        """Say what the files are written from before anyone can see, and merge, them."""
        remote = {**self._known.remote, "next": list(self._draft.source)}
        self._known = replace(self._known, remote=remote)
        await self._work.keep(self._known)

    def _source(self, changed: PullRequestChanged) -> list[str]:
        """What the files at the pull request's head are written from."""
        return list(self._draft.source if changed.state == "open" else written_from(self._known, changed))

    async def _done(self, pull: Json, head: str, base: str | None) -> None:
        changed = read_pull(self._draft.kind, pull)
        seen = self._known.remote.get("number"), self._known.remote.get("state")
        if (changed.number, changed.state) != seen:
            self._work.changed.append(changed)
        elif changed.state != "open":
            return
        remote = {
            "number": changed.number,
            "url": changed.url,
            "state": changed.state,
            "branch": pull["head"]["ref"],
            "head": head,
            "base": base,
            "source": self._source(changed),
        }
        digest = self._draft.digest if changed.state == "open" else self._known.digest
        await self._work.keep(replace(self._known, digest=digest, remote=remote))
