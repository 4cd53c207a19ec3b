"""The bot's pull requests: a branch, one commit with all files, a pull request; later changes one more commit.

`POST /pulls` is refused for a branch that has an open one, so after an interruption it is looked up first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.github.effects.branches import Branch
from bot.github.effects.pull_changes import as_closed, written_from
from bot.github.effects.wanted import Draft
from bot.github.effects.work import Work
from bot.github.reading import marks
from bot.github.reading.own_comments import DRIFT
from bot.github.reading.tree import Tree, name_for
from bot.github.reading.webhook import read_pull
from bot.github.transport.client import GitHub, RepositoryClient
from bot.github.transport.errors import Refused, Wait
from bot.pipeline.model.remote import PullRequestState, Shown
from bot.pipeline.model.signals import PullRequestChanged

Json = Mapping[str, Any]

ENDED = ("merged", "closed", "withdrawn")


@dataclass(frozen=True)
class ForkRoute:
    """How a repository is reached where the App is not installed: a machine user's client, and its fork."""

    gh: GitHub
    fork: str


async def propose(work: Work, draft: Draft, way: ForkRoute | None = None, *, look: bool = True) -> None:
    """Make or bring up to date one pull request: with what is wanted, upon its base as it is now.

    One that a person closed is left closed until there is something new to show; then there is another, as there is
    where an amendment follows one that was merged.
    """
    known = work.known(draft.thing)
    last, new = known.state(PullRequestState), known.digest != draft.digest
    state = last.state
    if state == "merged" and not draft.follows and draft.again == last.again:
        return
    if new and state in ENDED and not (state == "closed" and await _reopened(work, draft, known, way)):
        known = Shown(draft.thing, remote=PullRequestState(parts=last.parts, round=last.round + 1))
    elif not new and (state != "open" or not look):
        return
    await _Proposal(work, draft, known, way).make()


async def withdraw(work: Work, thing: str) -> None:
    """Close one of the bot's own on the site that nothing is left for: another one posted the opportunity."""
    known = work.known(thing)
    last = known.state(PullRequestState)
    pull: Json = await work.issue.patch("pulls/{n}", {"state": "closed"}, n=last.require_number())
    await work.keep(replace(known, remote=replace(last, state=read_pull("", pull).state)))


async def _reopened(work: Work, draft: Draft, known: Shown, way: ForkRoute | None) -> bool:
    """Whether somebody opened it again, which no webhook may have told."""
    target = (way.gh if way else work.gh).at(draft.target)
    number = known.state(PullRequestState).require_number()
    return read_pull(draft.kind, await target.get("pulls/{n}", n=number)).state == "open"


class _Proposal:
    def __init__(self, work: Work, draft: Draft, known: Shown, way: ForkRoute | None) -> None:
        gh = way.gh if way else work.gh
        round_ = known.state(PullRequestState).round
        self._work = work
        self._draft = draft
        self._known = known
        self._target = gh.at(draft.target)
        self._home = gh.at(way.fork) if way else self._target
        self._branch = draft.branch if round_ == 1 else f"{draft.branch}--{round_}"
        self._head = f"{way.fork.partition('/')[0]}:{self._branch}" if way else self._branch
        self._key = f"{draft.kind} {work.number}"

    @property
    def _last(self) -> PullRequestState:
        return self._known.state(PullRequestState)

    async def make(self) -> None:
        """Run again after a crash at any point, it does what is left."""
        onto = await self._onto()
        start = await _head_of(self._target, onto)
        broken_off = self._known.begun is not None and self._known.digest is None
        if self._known.digest == self._draft.digest and start == self._last.base:
            await self._merge(self._last.require_number(), self._last.head)
            return
        wanted = self._draft.digest in (self._known.digest, self._last.last if broken_off else None)
        again = self._known.begun is not None
        pull = await self._existing()
        mine = self._last.head or (pull["head"]["sha"] if pull else "")
        if pull is not None and read_pull(self._draft.kind, pull).state != "open":
            await self._done(pull, mine, onto, self._last.base)
            return
        if self._home is not self._target:
            await self._catch_up(onto, start)
        tree = Tree(self._home, self._target, onto, start)
        if self._draft.entitle:
            self._draft = replace(self._draft, title=await self._draft.entitle(tree))
        written = await self._draft.write(tree)
        files = await tree.differing(written)
        if not files and (pull is None or self._draft.follows):
            await self._nothing_to_do(pull, mine, onto)
            return
        name = pull["head"]["ref"] if pull else self._branch
        branch = Branch(self._home, name, self._draft.message, f"Micro-Acquisition: {self._key}")
        if pull is not None and broken_off and pull["head"]["sha"] != mine and await branch.mine(pull["head"]["sha"]):
            mine = pull["head"]["sha"]  # pushed before the power went
        theirs = pull is not None and pull["head"]["sha"] != mine  # somebody went on from there: it is left to them
        if pull is not None and wanted and (theirs or not await self._overtaken(pull, written, tree)):
            await self._done(pull, mine, onto, start)
            return
        again_the_same = bool(self._draft.content) and self._draft.content == self._last.content
        if pull is not None and theirs and again_the_same and not broken_off:
            await self._reword(pull)  # the files say what they said, but for what somebody made better
            await self._done(pull, mine, onto, start)
            return
        if not again:
            self._known = replace(self._known, begun=self._work.now)
        content = await branch.content(start, files)
        await self._intend()
        if pull is None:
            head = await branch.begin(start, content, again)
            pull = await self._open(onto)
        else:
            over = await self._written_over(pull, tree, files, branch) if theirs else ""
            head = await branch.go_on(pull["head"]["sha"], start, self._last.base, content, over)
            await self._reword(pull)
        await self._done(pull, head, onto, start)
        await self._merge(pull["number"], head)

    async def _catch_up(self, onto: str, start: str) -> None:
        """The fork's base as upstream's, which nobody but the machine user writes: what else is there goes."""
        with contextlib.suppress(Refused):  # it has commits of its own
            await self._home.post("merge-upstream", {"branch": onto})
        if await _head_of(self._home, onto) != start:
            await self._home.patch("git/refs/heads/{+onto}", {"sha": start, "force": True}, onto=onto)

    async def _onto(self) -> str:
        """The base branch by its name."""
        known = self._draft.base or self._last.onto
        return known or str((await self._target.get())["default_branch"])

    async def _overtaken(self, pull: Json, files: Mapping[str, str], tree: Tree) -> bool:
        """Whether the base moved on in these files, or the pull request has others than these."""
        base = self._last.base
        assert base is not None  # known of a pull request that was shown
        before, head = (Tree(self._home, self._target, tree.base, sha) for sha in (base, str(pull["head"]["sha"])))
        moved = [path for path in files if await before.name_of(path) != await tree.name_of(path)]
        return bool(moved or await head.differing(files))

    async def _written_over(self, pull: Json, tree: Tree, files: Mapping[str, str], branch: Branch) -> str:
        """What the commit says where it takes the place of what somebody changed since the bot's last.

        What the base changed meanwhile is nobody's there.
        """
        head = str(pull["head"]["sha"])
        commits = self._target.pages("pulls/{n}/commits{?per_page}", n=pull["number"], per_page=100)
        own = [one["sha"] async for one in commits if branch.is_mine(one["commit"])]
        began = await tree.where_began(head)
        now, mine = (Tree(self._home, self._target, tree.base, sha) for sha in (head, own[-1] if own else began.sha))
        theirs, before, base = [await one.names() for one in (now, mine, began)]
        after = {**await tree.names(), **{path: name_for(text) for path, text in files.items()}}
        over = [
            path
            for path in sorted(theirs.keys() | before.keys())
            if theirs.get(path) not in (before.get(path), after.get(path))
            and (path in files or theirs.get(path) != base.get(path))
        ]
        return f"This takes the place of what was changed up to {head} in {', '.join(over)}." if over else ""

    async def _nothing_to_do(self, pull: Json | None, mine: str, onto: str) -> None:
        """The base says it all already: a person was faster, or what was to be amended is no longer so."""
        if not self._draft.follows:
            raise Refused(422, f"{self._draft.target} has all of it already")
        if pull is None:
            remote = replace(self._last, state="merged", parts=dict(self._draft.parts))
            await self._work.keep(replace(self._known, digest=self._draft.digest, remote=remote))
            return
        self._known = replace(self._known, remote=replace(self._last, withdrawing=pull["number"]))
        await self._work.keep(self._known)  # whatever happens now, nobody is told that a person closed it
        closed = await self._target.patch("pulls/{n}", {"state": "closed"}, n=pull["number"])
        await self._done(closed, mine, onto, self._last.base)

    async def _merge(self, number: int, head: str) -> None:
        """Merge it, where policy lets the bot; what GitHub does not allow is for people."""
        if not self._draft.merge or self._work.known(self._draft.thing).state(PullRequestState).state != "open":
            return
        stuck = ""
        try:
            await self._target.put("pulls/{n}/merge", {"sha": head}, n=number)
        except Refused as error:
            if error.status == 405 and "Base branch was modified" in error.message:
                raise Wait(5, error.message) from error
            stuck = error.message
        pull = await self._target.get("pulls/{n}", n=number)
        self._known = self._work.known(self._draft.thing)
        await self._done(pull, head, self._last.onto, self._last.base, stuck)

    async def _existing(self) -> Json | None:
        """The pull request by its number, or one that an interrupted run may have made."""
        if number := self._last.number:
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
            head=f"{self._home.owner}:{self._branch}",
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
        """Say what the files are written from before anyone can see, and merge, them; they are not there yet.

        `last` is what was there before: to repair that is no reason to write over what a person went on with.
        """
        remote = replace(self._last, next=self._draft.source, last=self._known.digest or self._last.last)
        self._known = replace(self._known, digest=None, remote=remote)
        await self._work.keep(self._known)

    def _source(self, changed: PullRequestChanged) -> tuple[str, str]:
        """What the files at the pull request's head are written from."""
        return self._draft.source if changed.state == "open" else written_from(self._known, changed)

    async def _done(self, pull: Json, head: str, onto: str, base: str | None, stuck: str = "") -> None:
        """Remember how it stands; `head` is the bot's own last commit on it."""
        changed = as_closed(self._known, replace(read_pull(self._draft.kind, pull), stuck=stuck))
        if changed.state == "merged" and pull["base"]["ref"] != onto:
            changed = replace(changed, state="closed")  # merged, but elsewhere
        last = self._last
        remote = PullRequestState(
            number=changed.number,
            url=changed.url,
            state=changed.state,
            stuck=stuck,
            branch=pull["head"]["ref"],
            round=last.round,
            again=self._draft.again,
            head=head,
            onto=onto,
            base=base,
            source=self._source(changed),
            content=self._draft.content,
            parts=last.proposed if changed.state == "merged" else last.parts,
            proposed=dict(self._draft.parts) if changed.state == "open" else {},
        )
        if (last.number, last.state, last.stuck) != (changed.number, changed.state, stuck):
            merger = pull.get("merged_by") or {}
            by = "" if merger.get("type") == "Bot" else merger.get("login", "")
            remote = replace(remote, untold=self._work.now.isoformat(), by=by)
        elif last.untold:
            remote = replace(remote, untold=last.untold, by=last.by)
        # what was closed before it was ever shown whole was closed all the same
        shown = changed.state in ("open", "withdrawn") or self._known.digest is None
        digest = self._draft.digest if shown else self._known.digest
        interrupted = self._draft.follows and self._known.digest is None
        if changed.state == "merged" and (changed.head != head or interrupted):
            digest = None  # somebody went on from there, or not all was pushed: the page is looked at once more
        await self._work.keep(replace(self._known, digest=digest, remote=remote))
        self._known = self._work.known(self._draft.thing)


async def _head_of(place: RepositoryClient, branch: str) -> str:
    return str((await place.get("git/ref/heads/{+branch}", branch=branch))["object"]["sha"])
