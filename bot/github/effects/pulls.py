"""Opens and updates the bot's pull requests: a branch, one commit with all files, then one more for each change.

GitHub refuses `POST /pulls` for a branch that has an open one. After an interruption the bot therefore looks for the
pull request first. Every function finishes what an interrupted run has left, whatever the point.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime

from bot.github.effects.branches import Branch
from bot.github.effects.proposed_files import ProposedFiles
from bot.github.effects.pull_changes import as_closed, written_from
from bot.github.effects.wanted import Draft
from bot.github.effects.work import Work
from bot.github.reading import marks
from bot.github.reading.own_comments import DRIFT
from bot.github.reading.tree import Tree
from bot.github.reading.webhook import read_pull
from bot.github.transport.client import GitHub, Json, RepositoryClient
from bot.github.transport.errors import Refused, Wait
from bot.pipeline.model.remote import PullRequestState, Shown
from bot.pipeline.model.signals import PullRequestChanged

ENDED_PULLS = ("merged", "closed", "withdrawn")


@dataclass(frozen=True)
class ForkRoute:
    """A machine user's client and its fork, for a repository where the App is not installed."""

    gh: GitHub
    fork: str


async def propose(work: Work, draft: Draft, way: ForkRoute | None = None, *, look: bool = True) -> None:
    """Opens a pull request, or updates it to the draft and to its base.

    After a person closed one, the bot opens another only if the draft has changed. An amendment that follows a merged
    one gets another as well.
    """
    thing = work.stored(draft.thing)
    last, new = thing.state(PullRequestState), thing.digest != draft.digest
    if last.state == "merged" and not draft.follows and draft.again == last.again:
        return
    if new and last.state in ENDED_PULLS and not (last.state == "closed" and await _reopened(work, draft, last, way)):
        thing = Shown(draft.thing, remote=PullRequestState(parts=last.parts, round=last.round + 1))
    elif not new and (last.state != "open" or not look):
        return
    await _Proposal(work, draft, thing, way).make()


async def withdraw(work: Work, thing: str) -> None:
    """Closes one of the bot's posting pull requests after another one posted the opportunity."""
    stored = work.stored(thing)
    last = stored.state(PullRequestState)
    pull: Json = await work.issue.patch("pulls/{n}", {"state": "closed"}, n=last.require_number())
    await work.keep(replace(stored, remote=replace(last, state=read_pull("", pull).state)))


async def _reopened(work: Work, draft: Draft, last: PullRequestState, way: ForkRoute | None) -> bool:
    """Asks GitHub if somebody reopened the pull request; the webhook for that may be lost."""
    target = (way.gh if way else work.gh).at(draft.target)
    return read_pull(draft.kind, await target.get("pulls/{n}", n=last.require_number())).state == "open"


class _Proposal:
    """One pull request on its way to what the draft wants."""

    def __init__(self, work: Work, draft: Draft, thing: Shown, way: ForkRoute | None) -> None:
        gh = way.gh if way else work.gh
        round_ = thing.state(PullRequestState).round
        self._work = work
        self._draft = draft
        self._thing = thing
        self._target = gh.at(draft.target)
        self._home = gh.at(way.fork) if way else self._target
        self._branch = draft.branch if round_ == 1 else f"{draft.branch}--{round_}"
        self._head = f"{way.fork.partition('/')[0]}:{self._branch}" if way else self._branch
        self._key = f"{draft.kind} {work.number}"

    @property
    def _last(self) -> PullRequestState:
        return self._thing.state(PullRequestState)

    @property
    def _interrupted(self) -> bool:
        return self._thing.begun is not None and self._thing.digest is None

    async def make(self) -> None:
        """Finds out in which state the pull request is, and does what is left to do in that state."""
        onto = self._draft.base or self._last.onto or str((await self._target.get())["default_branch"])
        start = await _head_of(self._target, onto)
        if self._thing.digest == self._draft.digest and start == self._last.base:
            await self._merge(self._last.require_number(), self._last.head)
            return
        pull = await self._existing()
        if pull is not None and read_pull(self._draft.kind, pull).state != "open":
            await self._finish(pull, self._last_head(pull), onto, self._last.base)
            return
        files = await self._write(onto, start)
        if not files.missing and (pull is None or self._draft.follows):
            await self._end(pull, onto)
        elif pull is None:
            await self._create(files)
        else:
            await self._update(pull, files)

    # --- the states ----------------------------------------------------------------------------------------

    async def _create(self, files: ProposedFiles) -> None:
        """Opens a pull request where there is none, unless an interrupted run already pushed its branch."""
        again = self._thing.begun is not None
        branch = self._branch_at(self._branch)
        content = await branch.content(files.base.sha, files.missing)
        await self._intend()
        head = await branch.begin(files.base.sha, content, again)
        pull = await self._open(files.base.base)
        await self._finish(pull, head, files.base.base, files.base.sha)
        await self._merge(pull["number"], head)

    async def _update(self, pull: Json, files: ProposedFiles) -> None:
        """Brings an open pull request up to date, and leaves to people what they changed and still fits."""
        branch, head = self._branch_at(pull["head"]["ref"]), str(pull["head"]["sha"])
        mine = self._last_head(pull)
        if self._interrupted and head != mine and await branch.mine(head):
            mine = head  # the interrupted run had pushed it
        by_others = head != mine
        if await self._is_as_wanted(pull, files, by_others=by_others):
            await self._finish(pull, mine, files.base.base, files.base.sha)
        elif by_others and self._has_same_content and not self._interrupted:
            await self._reword(pull)
            await self._finish(pull, mine, files.base.base, files.base.sha)
        else:
            await self._commit(pull, files, branch, by_others=by_others)

    async def _is_as_wanted(self, pull: Json, files: ProposedFiles, *, by_others: bool) -> bool:
        """Tells if the draft was pushed before, and people went on from it or the base did not move on in its files."""
        pushed_before = self._last.last if self._interrupted else None
        if self._draft.digest not in (self._thing.digest, pushed_before):
            return False
        if by_others:
            return True
        base = self._last.base
        assert base is not None  # the ledger knows it of each pull request whose draft was pushed
        return not await files.are_overtaken(base, pull["head"]["sha"])

    @property
    def _has_same_content(self) -> bool:
        """Tells if only the words around the files are new, so that what people committed stays."""
        return bool(self._draft.content) and self._draft.content == self._last.content

    async def _commit(self, pull: Json, files: ProposedFiles, branch: Branch, *, by_others: bool) -> None:
        """Adds a commit, and names in its message the files of other people that it replaces."""
        content = await branch.content(files.base.sha, files.missing)
        await self._intend()
        replaced = await self._replaced(pull, files, branch) if by_others else ""
        head = await branch.go_on(pull["head"]["sha"], files.base.sha, self._last.base, content, replaced)
        await self._reword(pull)
        await self._finish(pull, head, files.base.base, files.base.sha)
        await self._merge(pull["number"], head)

    async def _replaced(self, pull: Json, files: ProposedFiles, branch: Branch) -> str:
        head = str(pull["head"]["sha"])
        commits = self._target.pages("pulls/{n}/commits{?per_page}", n=pull["number"], per_page=100)
        own = [one["sha"] async for one in commits if branch.is_mine(one["commit"])]
        paths = await files.replaced_paths(head, own[-1] if own else None)
        return f"This takes the place of what was changed up to {head} in {', '.join(paths)}." if paths else ""

    async def _end(self, pull: Json | None, onto: str) -> None:
        """Closes the pull request whose base has all of it: a person was faster, or the amendment has no object."""
        if not self._draft.follows:
            raise Refused(422, f"{self._draft.target} has all of it already")
        if pull is None:
            remote = replace(self._last, state="merged", parts=dict(self._draft.parts))
            await self._work.keep(replace(self._thing, digest=self._draft.digest, remote=remote))
            return
        mine = self._last_head(pull)
        self._thing = replace(self._thing, remote=replace(self._last, withdrawing=pull["number"]))
        await self._work.keep(self._thing)  # after an interruption, the closing still counts as the bot's
        closed = await self._target.patch("pulls/{n}", {"state": "closed"}, n=pull["number"])
        await self._finish(closed, mine, onto, self._last.base)

    async def _merge(self, number: int, head: str) -> None:
        """Merges it if the policy lets the bot. If GitHub refuses, people have to."""
        if not self._draft.merge or self._work.stored(self._draft.thing).state(PullRequestState).state != "open":
            return
        stuck = ""
        try:
            await self._target.put("pulls/{n}/merge", {"sha": head}, n=number)
        except Refused as error:
            if error.status == 405 and "Base branch was modified" in error.message:
                raise Wait(5, error.message) from error
            stuck = error.message
        pull = await self._target.get("pulls/{n}", n=number)
        self._thing = self._work.stored(self._draft.thing)
        await self._finish(pull, head, self._last.onto, self._last.base, stuck)

    # --- the files -----------------------------------------------------------------------------------------

    async def _write(self, onto: str, start: str) -> ProposedFiles:
        """Writes the files upon commit `start` of the base, and the title that depends on them."""
        if self._home is not self._target:
            await self._sync_fork(onto, start)
        tree = Tree(self._home, self._target, onto, start)
        if self._draft.entitle:
            self._draft = replace(self._draft, title=await self._draft.entitle(tree))
        written = await self._draft.write(tree)
        return ProposedFiles(tree, written, await tree.differing(written))

    async def _sync_fork(self, onto: str, start: str) -> None:
        """Sets the fork's base to upstream's. Only the machine user writes there, so other commits may go."""
        with contextlib.suppress(Refused):  # GitHub refuses if the fork has commits of its own
            await self._home.post("merge-upstream", {"branch": onto})
        if await _head_of(self._home, onto) != start:
            await self._home.patch("git/refs/heads/{+onto}", {"sha": start, "force": True}, onto=onto)

    def _branch_at(self, name: str) -> Branch:
        return Branch(self._home, name, self._draft.message, f"Micro-Acquisition: {self._key}")

    def _last_head(self, pull: Json) -> str:
        """Returns the bot's last commit on it; the head if the ledger knows none."""
        return self._last.head or str(pull["head"]["sha"])

    # --- the pull request on GitHub ------------------------------------------------------------------------

    async def _existing(self) -> Json | None:
        """Finds the pull request by its number, or one that an interrupted run may have opened."""
        if number := self._last.number:
            pull: Json = await self._target.get("pulls/{n}", n=number)
            return pull
        if self._thing.begun is None:
            return None
        since = self._thing.begun - DRIFT
        for pull in await self._of_branch("all"):
            # an older one of the same branch, merged or closed, does not count
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
        """Corrects the title and the body."""
        wanted = {"title": self._draft.title, "body": self._body()}
        if any(pull[name] != text for name, text in wanted.items()):
            await self._target.patch("pulls/{n}", wanted, n=pull["number"])

    def _body(self) -> str:
        return marks.marked(self._draft.body, self._key)

    # --- the ledger ----------------------------------------------------------------------------------------

    async def _intend(self) -> None:
        """Stores what the files are written from, before anyone can see and merge them.

        `last` keeps the digest of what was there before. To repair that is no reason to replace a person's changes.
        """
        remote = replace(self._last, next=self._draft.source, last=self._thing.digest or self._last.last)
        begun = self._thing.begun or self._work.now
        self._thing = replace(self._thing, begun=begun, digest=None, remote=remote)
        await self._work.keep(self._thing)

    async def _finish(self, pull: Json, head: str, onto: str, base: str | None, stuck: str = "") -> None:
        """Stores the state of the pull request; `head` is the bot's own last commit on it."""
        change = as_closed(self._thing, replace(read_pull(self._draft.kind, pull), stuck=stuck))
        if change.state == "merged" and pull["base"]["ref"] != onto:
            change = replace(change, state="closed")  # merged, but into another branch
        last = self._last
        remote = PullRequestState(
            number=change.number,
            url=change.url,
            state=change.state,
            stuck=stuck,
            branch=pull["head"]["ref"],
            round=last.round,
            again=self._draft.again,
            head=head,
            onto=onto,
            base=base,
            source=self._draft.source if change.state == "open" else written_from(self._thing, change),
            content=self._draft.content,
            parts=last.proposed if change.state == "merged" else last.parts,
            proposed=dict(self._draft.parts) if change.state == "open" else {},
            untold=last.untold or None,
            by=last.by if last.untold else "",
        )
        if (last.number, last.state, last.stuck) != (change.number, change.state, stuck):
            remote = replace(remote, untold=self._work.now.isoformat(), by=_merger(pull))
        await self._work.keep(replace(self._thing, digest=self._digest_after(change, head), remote=remote))
        self._thing = self._work.stored(self._draft.thing)

    def _digest_after(self, change: PullRequestChanged, head: str) -> str | None:
        """Returns the digest of what GitHub shows now; None if the bot has to compare the page once more."""
        unfinished = self._thing.digest is None
        if change.state == "merged" and (change.head != head or (self._draft.follows and unfinished)):
            return None  # people changed it before the merge, or the bot had not pushed all of it
        shown = change.state in ("open", "withdrawn") or unfinished
        return self._draft.digest if shown else self._thing.digest


def _merger(pull: Json) -> str:
    """Returns the login of the person who merged it, "" for a bot or nobody."""
    merger = pull.get("merged_by") or {}
    return "" if merger.get("type") == "Bot" else str(merger.get("login", ""))


async def _head_of(place: RepositoryClient, branch: str) -> str:
    return str((await place.get("git/ref/heads/{+branch}", branch=branch))["object"]["sha"])
