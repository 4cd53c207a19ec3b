"""A pull request's turn: what it would change on the site is judged, said there, and passed on to its opportunity.

The opportunity hears of the pull request as of anything else, through the inbox; each fact of its
opportunity that posts depend on, and each move of the base branch, wakes a pull request, which is judged again.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from bot.catching_up import retries as stuck
from bot.documents.inspection.coaching import say, wants_coach
from bot.documents.messages import Messages, text_digest
from bot.documents.posts import writer as posts
from bot.engine import Again
from bot.github.effects.checks import Annotation, Check, Suggestion, show_check, suggest
from bot.github.effects.comments import Comments
from bot.github.effects.wanted import Text
from bot.github.effects.work import Work
from bot.github.reading.site_pull import FileChange, SitePull, changed, kind_and_number, read_site_pull
from bot.github.reading.tree import Tree
from bot.github.reading.webhook import WATCHED, Repositories
from bot.github.transport.client import GitHub
from bot.github.transport.errors import REFUSALS, Refused, Unfinished
from bot.ledger import SHOWING, Delivery, Ledger, Unread, Watched
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.fold import fold
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.page import AMENDMENTS
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.post_facts import count_post_facts
from bot.pipeline.model.remote import CheckState, Shown
from bot.pipeline.model.words import Login, Message, called, link_to
from bot.pipeline.steps.posting import FAILED, INCOMPLETE
from bot.pipeline.text.language import LANGS, Lang, language
from bot.runtime.clock import Clock
from bot.site_pulls.judging import Judge
from bot.site_pulls.posted import as_posted, posts_of

READ_AT_ONCE = 100
MOST_LOOKUPS = 6
"""How often a pull request that GitHub does not show is looked for, over a minute, before it is let go."""

LONG_AGO = datetime(2008, 4, 10, tzinfo=UTC)
"""Before anything on GitHub."""

DECISION_SECONDS = 0.3
"""Seconds in which an opportunity is likely to have decided what it missed."""

MOST_FILES = 20
"""Files of one pull request that are read: an opportunity has two."""


class _Gone(Refused):
    """GitHub does not show the pull request itself."""


class Checking:
    """Gives pull requests of the site their turns."""

    def __init__(
        self,
        *,
        policy: Policy,
        ledger: Ledger,
        github: GitHub,
        messages: Messages,
        repositories: Repositories,
        clock: Clock,
        wake: Callable[[str], None],
    ) -> None:
        self._policy, self._ledger, self._github, self._messages = policy, ledger, github, messages
        self._repositories, self._clock = repositories, clock
        self._place = github.at(policy.repository)
        self._judging = Judge(clock)
        self._wake = wake
        self._log = structlog.get_logger("bot.site_pulls")

    async def turn(self, key: str) -> None:
        """Take in what was delivered, then show what is wanted. Raises as a turn of the engine's does.

        What GitHub refuses is tried again later and later; what is gone is let go.
        """
        watched, rows = await asyncio.to_thread(
            lambda: (self._ledger.watched(key), self._ledger.unread(key, READ_AT_ONCE))
        )
        if rows:
            watched = await self._hear(watched, rows)
        if len(rows) == READ_AT_ONCE:
            self._wake(key)
        if not watched.version or not watched.unsettled:
            return
        if not rows and stuck.holds(watched.stuck):
            return
        try:
            await self._settle(watched)
        except (Refused, Unfinished) as error:
            tries = watched.stuck.tries if watched.stuck else 0
            if not isinstance(error, _Gone) or tries < MOST_LOOKUPS:  # GitHub may not show yet what was just made
                await stuck.note(
                    self._ledger,
                    key,
                    watched.version,
                    watched.stuck,
                    SHOWING,
                    error,
                    log=self._log,
                    wake=self._wake,
                )
                return
            self._log.warning("pull request cannot be read", error=str(error))
            await asyncio.to_thread(self._ledger.watch, replace(watched, open=False, unsettled=False))
        if watched.stuck:
            await asyncio.to_thread(self._ledger.release, key)

    async def _hear(self, watched: Watched, rows: Sequence[Unread]) -> Watched:
        """Something happened; what, GitHub tells when it is looked at: deliveries come late and out of order."""
        first = {"first": rows[0].id, "at": rows[0].received_at.isoformat()}
        seen = {**watched.state, "told": watched.state.get("told") or first}
        for row in rows:
            sender = json.loads(row.body).get("sender")
            if row.guid.startswith(RESYNC):
                seen["found"] = True
            if row.event.startswith("check_"):
                seen["again"] = row.guid  # somebody asks for another run of the check
            elif isinstance(sender, dict):
                seen["by"] = str(sender.get("login", ""))
        done = tuple(row.id for row in rows)
        return await asyncio.to_thread(self._ledger.watch, replace(watched, state=seen, unsettled=True), done)

    async def _settle(self, watched: Watched) -> None:
        """`told` in what is seen stays until all that a delivery told has been passed on and said."""
        number, told = int(watched.key.rpartition("!")[2]), bool(watched.state.get("told"))
        try:
            pull = await self._place.get("pulls/{n}", n=number)
        except Refused as error:
            if error.status == 404:
                raise _Gone(error.status, error.message) from error
            raise
        seen = read_site_pull(pull, await self._github.me(), watched.state.get("by", ""))
        on_base = seen.base == (self._policy.branch or seen.onto)
        tree = await self._base(seen) if on_base and seen.state == "open" else None
        changes: list[FileChange] = []
        watched = await self._linked(watched, seen, ())
        if watched.state.get("found") and await asyncio.to_thread(self._catches_up, watched):
            raise Again(DECISION_SECONDS, "what its opportunity missed is decided first")
        opportunity, version, post_facts = await self._opportunity(watched)
        today = posts.publication_date(self._clock.now())
        subject = text_digest(seen.head, repr(seen.fits is False), watched.opportunity, str(post_facts))
        context = f"{tree.sha} {today} {subject}" if tree else ""
        anew = told or context != watched.state.get("judged")
        if anew and (tree or (seen.state == "merged" and on_base)):
            changes = await changed(self._place, seen.number, MOST_FILES)
            if not watched.opportunity:
                watched = await self._linked(watched, seen, changes)
                opportunity, version, post_facts = await self._opportunity(watched)
        if opportunity:
            watched = await self._pass_on(watched, seen, changes, opportunity, version, told=told, on_base=on_base)
        if tree and anew:
            await self._judge(watched, seen, changes, opportunity, version, tree)
        if seen.state == "merged" and opportunity and "comment coach" in watched.things:
            await self._take_leave(watched, seen, changes, opportunity)
        looks = 0 if seen.fits is not None or not tree else int(watched.state.get("looks", 0)) + 1
        again = 0 < looks < MOST_LOOKUPS  # GitHub finds out only once it is asked whether it can be merged
        done = {**watched.state, "told": None, "judged": context, "looks": looks, "looked": pull["updated_at"]}
        await asyncio.to_thread(self._ledger.watch, replace(watched, state=done, unsettled=again))
        if again:
            asyncio.get_running_loop().call_later(REFUSALS.pause(looks), self._wake, watched.key)

    async def _linked(self, watched: Watched, seen: SitePull, changes: Sequence[FileChange]) -> Watched:
        """With the opportunity that it is about, stored before that is read: each fact of it then wakes this."""
        told = kind_and_number(seen)
        about = self._repositories.key(told[1]) if told else watched.opportunity or await self._about(seen, changes)
        if (about, seen.state == "open") == (watched.opportunity, watched.open):
            return watched
        if watched.opportunity and about != watched.opportunity:
            moved = {"kind": "posting", "number": seen.number, "url": seen.url, "state": "withdrawn"}
            await self._send(watched.opportunity, f"{watched.key} {seen.at}", moved | {"author": seen.author}, seen)
        linked = replace(watched, opportunity=about, open=seen.state == "open")
        return await asyncio.to_thread(self._ledger.watch, linked)

    # --- which opportunity, and what it must hear ----------------------------------------------------------

    async def _about(self, seen: SitePull, changes: Sequence[FileChange]) -> str:
        """The opportunity that the posts are about: by the issue they link to, or by the `ref` of one on the site."""
        texts = [change.text for change in changes if change.text]
        issues = seen.url.rpartition("/pull/")[0] + "/issues/"
        numbers = [number for text in texts if (number := _issue(text, issues))]
        refs = posts.refs(texts)
        if not numbers and refs:
            tree = await self._base(seen)
            there = [await tree.read(path) or "" for path in await tree.paths("_posts/")]
            numbers = [n for text in there if posts.refs([text]) & refs and (n := _issue(text, issues))]
        return self._repositories.key(numbers[0]) if numbers else ""

    async def _opportunity(self, watched: Watched) -> tuple[Opportunity | None, int, int]:
        """Returns the opportunity, its version, and how many of its facts posts depend on."""
        if not watched.opportunity:
            return None, 0, 0
        loaded = await asyncio.to_thread(self._ledger.load, watched.opportunity)
        number = int(watched.opportunity.rpartition("#")[2])
        opportunity = fold(self._policy.repository, number, loaded.history)
        return (opportunity if opportunity.exists else None), loaded.version, count_post_facts(loaded.history)

    def _catches_up(self, watched: Watched) -> bool:
        """Whether its opportunity has yet to decide what came before: the rest waits for what is told of this."""
        key, told = watched.opportunity, watched.state.get("told")
        before = [row for row in self._ledger.unread(key, 1) if isinstance(told, dict) and row.id < told["first"]]
        return bool(before) and self._ledger.load(key).stuck is None

    async def _pass_on(
        self,
        watched: Watched,
        seen: SitePull,
        changes: Sequence[FileChange],
        opportunity: Opportunity,
        version: int,
        *,
        told: bool,
        on_base: bool,
    ) -> Watched:
        """Have the opportunity hear of it, unless it knows: through the inbox, where nothing is lost or doubled."""
        kind = (kind_and_number(seen) or ("posting", 0))[0]
        known = opportunity.pull(kind)
        mine = known is not None and known.number == seen.number
        state = "closed" if seen.state == "merged" and not on_base else seen.state
        if mine and known and known.state == state:
            return watched
        pull = {"kind": kind, "number": seen.number, "url": seen.url, "state": state, "head": seen.head}
        ready = posts_of(changes, opportunity) if state == "merged" and kind == "posting" else {}
        if len(ready) == len(LANGS):
            pull |= as_posted(ready, opportunity)
        incomplete = kind == "posting" and state == "merged" and len(ready) < len(LANGS)
        if incomplete:
            pull |= {"state": "closed", "stuck": INCOMPLETE}
        if seen.ours:
            if not (told or mine):
                return watched
        else:
            pull["author"] = seen.author
            if incomplete and not mine:
                return watched  # whatever it was, it did not post this opportunity
            if not mine:
                adds = _adds(changes)
                free = opportunity.step <= 4 and (known is None or known.state not in ("open", "merged"))
                offer = text_digest(seen.author, repr(opportunity.clients), repr(known), str(opportunity.step))
                if not adds or not (told or (free and offer != watched.state.get("offered"))):
                    return watched
                watched = replace(watched, state={**watched.state, "offered": offer})
        guid = f"{watched.key} {text_digest(str(pull['state']), seen.head, seen.at)[:16]} {version}"
        await self._send(watched.opportunity, guid, pull, seen)
        return watched

    async def _send(self, key: str, guid: str, pull: Mapping[str, object], seen: SitePull) -> None:
        body = json.dumps({"pull": pull, "actor": seen.by, "at": seen.at}).encode()
        await asyncio.to_thread(self._ledger.accept, [Delivery(guid, WATCHED, key, self._clock.now(), body)])
        self._wake(key)

    # --- the verdict ---------------------------------------------------------------------------------------

    async def _judge(
        self,
        watched: Watched,
        seen: SitePull,
        changes: Sequence[FileChange],
        opportunity: Opportunity | None,
        version: int,
        tree: Tree,
    ) -> None:
        mine = (
            []
            if opportunity
            else await asyncio.to_thread(self._ledger.still_to_post, seen.author, self._policy.repository)
        )
        report = await self._judging.report(seen, changes, opportunity, mine, tree)
        lang: Lang = language(f"{seen.title}. {seen.body}") or (opportunity.lang if opportunity else "en")
        spans = {change.path: change.lines for change in changes}
        # in a thread, because texts may be long and others are waiting
        said = await asyncio.to_thread(say, report, self._messages, lang, spans)
        work = self._work(watched, seen)
        with work.trying("check"):
            marked = tuple(Annotation(*one) for one in said.remarks)
            new = await show_check(work, Check(seen.head, *said.check, marked, watched.state.get("again", "")))
            await self._merge_now(watched, seen, opportunity, passed=new and said.check[0] == "success")
            await self._tell_whose_turn(watched, seen, opportunity, version, failed=said.check[0] == "failure")
        if not seen.ours and (wants_coach(report) or "comment coach" in watched.things):
            with work.trying("comment coach"):
                await Comments(work).show(Text("coach", said.coach, text_digest(said.coach)))
            with work.trying("suggestions"):
                offered = [Suggestion(*one) for one in said.suggestions]
                await suggest(work, seen.head, offered, self._messages.comment(_OFFER, lang))
        if work.problems:
            raise Unfinished(work.problems)

    async def _take_leave(
        self, watched: Watched, seen: SitePull, changes: Sequence[FileChange], opportunity: Opportunity
    ) -> None:
        """The coach's last word; how the opportunity goes on is said in its own thread."""
        posting = opportunity.pull("posting")
        merged = posting is not None and posting.state == "merged"
        posts_it = merged and posting is not None and posting.number == seen.number
        may_post = (
            not merged
            and opportunity.step == 4
            and opportunity.running
            and len(posts_of(changes, opportunity)) == len(LANGS)
        )
        if not changes and not posts_it:
            return
        where = link_to(opportunity)
        done = Message("coach.merged", author=Login(seen.author, ping=True), opportunity=where)
        if _adds(changes) and not posts_it and not may_post:
            done = Message("coach.merged-wrongly", merger=Login(seen.by, ping=True), opportunity=where)
        elif (check := watched.things.get("check")) and check.state(CheckState).conclusion == "failure":
            people = called(seen.by, opportunity.coordinator)
            done = Message("coach.merged-failed", people=people, opportunity=where, posts_it=_adds(changes))
            if changes and not _adds(changes):
                wrong = {"kind": "page", "number": seen.number, "url": seen.url, "state": "merged"}
                wrong |= {"author": seen.author, "stuck": FAILED}
                await self._send(watched.opportunity, f"{watched.key} page {seen.head}", wrong, seen)
        said = self._messages.comment(done, opportunity.lang)
        await Comments(self._work(watched, seen)).show(Text("coach", said, text_digest(said)))

    def _work(self, watched: Watched, seen: SitePull) -> Work:
        async def save(shown: Shown) -> None:
            await asyncio.to_thread(self._ledger.show_on_pull, watched.key, shown)

        shown = dict(watched.things)
        if watched.state.get(
            "found"
        ):  # by a ledger that may be older than what the bot showed there: that is looked for
            for thing in ("check", "comment coach"):
                shown.setdefault(thing, Shown(thing, begun=LONG_AGO))
        return Work(self._github, self._place, seen.number, shown, save, self._clock.now())

    async def _base(self, seen: SitePull) -> Tree:
        ref = await self._place.get("git/ref/heads/{+base}", base=seen.base)
        return Tree(self._place, self._place, seen.base, str(ref["object"]["sha"]))

    async def _merge_now(
        self, watched: Watched, seen: SitePull, opportunity: Opportunity | None, *, passed: bool
    ) -> None:
        """An amendment that waited for this very check can be merged by now, where policy lets the bot."""
        kind = (kind_and_number(seen) or ("", 0))[0]
        if opportunity and passed and seen.ours and kind in AMENDMENTS and self._policy.posting.merge_amendments:
            await asyncio.to_thread(self._ledger.wake, [watched.opportunity])
            self._wake(watched.opportunity)

    async def _tell_whose_turn(
        self, watched: Watched, seen: SitePull, opportunity: Opportunity | None, version: int, *, failed: bool
    ) -> None:
        """Have the opportunity know whether its author has to put something right in a person's own posting."""
        posting = opportunity.pull("posting") if opportunity else None
        stuck = FAILED if failed else ""
        if posting is None or posting.number != seen.number or seen.ours or posting.stuck == stuck:
            return
        pull = {"kind": "posting", "number": seen.number, "url": seen.url, "state": "open", "author": seen.author}
        guid = f"{watched.key} {stuck or 'right'} {seen.head} {version}"
        await self._send(watched.opportunity, guid, pull | {"stuck": stuck}, seen)


_OFFER = Message("coach.offer")


def _adds(changes: Sequence[FileChange]) -> bool:
    return any(change.status == "added" and change.path.startswith("_posts/") for change in changes)


def _issue(text: str, issues: str) -> int | None:
    """The number of the issue that a post links to; `issues` is what the addresses of issues begin with."""
    found = re.search(rf"{re.escape(issues)}([1-9]\d{{0,8}})\b", text)
    return int(found[1]) if found else None
