"""The turn of a pull request: judges what it would change on the site, says so there, and tells its opportunity.

The opportunity gets the change through its inbox, as any delivery. Each fact of the opportunity that posts depend on,
and each move of the base branch, wakes the pull request, and the bot judges it again.
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
from bot.ledger import READ_AT_ONCE, SHOWING, Delivery, Ledger, Unread, Unreported, Watched
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.fold import fold
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.page import AMENDMENTS
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.post_facts import count_post_facts
from bot.pipeline.model.remote import CheckState, Shown
from bot.pipeline.model.words import Message
from bot.pipeline.steps.posting import FAILED
from bot.pipeline.text.language import Lang, language
from bot.runtime.clock import Clock
from bot.site_pulls.judging import Judge
from bot.site_pulls.news import adds_posts, last_word, news_for

MOST_LOOKUPS = 6
"""How often, over a minute, the bot asks for a pull request that GitHub does not show before it gives up."""

LONG_AGO = datetime(2008, 4, 10, tzinfo=UTC)
"""Before anything on GitHub."""

DECISION_SECONDS = 0.3
"""Seconds in which an opportunity is likely to have decided what it missed."""

MOST_FILES = 20
"""The most files of one pull request that the bot reads; an opportunity has two."""


class _Gone(Refused):
    """GitHub does not show the pull request itself."""


class Checking:
    """Runs the turns of pull requests of the site."""

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
        """Reads the deliveries, then shows the verdict. Raises the same errors as a turn of the engine.

        It retries what GitHub refuses after growing pauses, and drops a pull request that is gone.
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
            if not isinstance(error, _Gone) or tries < MOST_LOOKUPS:  # GitHub may not show a new one yet
                await stuck.note_failure(
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
        """Notes that something happened. The bot reads from GitHub what: deliveries come late and out of order."""
        first = watched.progress.unreported or Unreported(rows[0].id, rows[0].received_at)
        progress = replace(watched.progress, unreported=first)
        for row in rows:
            sender = json.loads(row.body).get("sender")
            if row.guid.startswith(RESYNC):
                progress = replace(progress, rebuilt=True)
            if row.event.startswith("check_"):
                progress = replace(progress, check_request=row.guid)
            elif isinstance(sender, dict):
                progress = replace(progress, sender=str(sender.get("login", "")))
        done = tuple(row.id for row in rows)
        return await asyncio.to_thread(self._ledger.watch, replace(watched, progress=progress, unsettled=True), done)

    async def _settle(self, watched: Watched) -> None:
        """Reads the pull request, then passes on and says what is new. `unreported` stays until all of it is done."""
        number, unreported = int(watched.key.rpartition("!")[2]), watched.progress.unreported is not None
        try:
            answer = await self._place.get("pulls/{n}", n=number)
        except Refused as error:
            if error.status == 404:
                raise _Gone(error.status, error.message) from error
            raise
        pull = read_site_pull(answer, await self._github.me(), watched.progress.sender)
        on_base = pull.base == (self._policy.branch or pull.onto)
        tree = await self._base(pull) if on_base and pull.state == "open" else None
        changes: list[FileChange] = []
        watched = await self._linked(watched, pull, ())
        if watched.progress.rebuilt and await asyncio.to_thread(self._catches_up, watched):
            raise Again(DECISION_SECONDS, "what its opportunity missed is decided first")
        opportunity, version, post_facts = await self._opportunity(watched)
        today = posts.publication_date(self._clock.now())
        subject = text_digest(pull.head, repr(pull.fits is False), watched.opportunity, str(post_facts))
        context = f"{tree.sha} {today} {subject}" if tree else ""
        anew = unreported or context != watched.progress.judged
        if anew and (tree or (pull.state == "merged" and on_base)):
            changes = await changed(self._place, pull.number, MOST_FILES)
            if not watched.opportunity:
                watched = await self._linked(watched, pull, changes)
                opportunity, version, post_facts = await self._opportunity(watched)
        if opportunity:
            watched = await self._pass_on(
                watched, pull, changes, opportunity, version, unreported=unreported, on_base=on_base
            )
        if tree and anew:
            await self._judge(watched, pull, changes, opportunity, version, tree)
        if pull.state == "merged" and opportunity and "comment coach" in watched.things:
            await self._take_leave(watched, pull, changes, opportunity)
        looks = 0 if pull.fits is not None or not tree else watched.progress.lookups + 1
        again = 0 < looks < MOST_LOOKUPS  # GitHub finds out only once it is asked whether it can be merged
        done = replace(
            watched.progress, unreported=None, judged=context, lookups=looks, updated_at=answer["updated_at"]
        )
        await asyncio.to_thread(self._ledger.watch, replace(watched, progress=done, unsettled=again))
        if again:
            asyncio.get_running_loop().call_later(REFUSALS.pause(looks), self._wake, watched.key)

    async def _linked(self, watched: Watched, pull: SitePull, changes: Sequence[FileChange]) -> Watched:
        """Stores which opportunity it is about before the bot reads that, so that a new fact wakes the pull request."""
        named = kind_and_number(pull)
        about = self._repositories.key(named[1]) if named else watched.opportunity or await self._about(pull, changes)
        if (about, pull.state == "open") == (watched.opportunity, watched.open):
            return watched
        if watched.opportunity and about != watched.opportunity:
            moved = {"kind": "posting", "number": pull.number, "url": pull.url, "state": "withdrawn"}
            await self._send(watched.opportunity, f"{watched.key} {pull.at}", moved | {"author": pull.author}, pull)
        linked = replace(watched, opportunity=about, open=pull.state == "open")
        return await asyncio.to_thread(self._ledger.watch, linked)

    # --- its opportunity, and the news for it --------------------------------------------------------------

    async def _about(self, pull: SitePull, changes: Sequence[FileChange]) -> str:
        """Finds the opportunity of the posts: by the issue they link to, or by the `ref` of a post on the site."""
        texts = [change.text for change in changes if change.text]
        issues = pull.url.rpartition("/pull/")[0] + "/issues/"
        numbers = [number for text in texts if (number := _issue(text, issues))]
        refs = posts.refs(texts)
        if not numbers and refs:
            tree = await self._base(pull)
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
        """Tells if its opportunity has yet to decide earlier deliveries; later ones wait for the news of this."""
        key, first = watched.opportunity, watched.progress.unreported
        before = [row for row in self._ledger.unread(key, 1) if first and row.id < first.id]
        return bool(before) and self._ledger.load(key).stuck is None

    async def _pass_on(
        self,
        watched: Watched,
        pull: SitePull,
        changes: Sequence[FileChange],
        opportunity: Opportunity,
        version: int,
        *,
        unreported: bool,
        on_base: bool,
    ) -> Watched:
        """Puts what is new for the opportunity into its inbox, where nothing is lost or doubled."""
        news = news_for(
            opportunity, pull, changes, unreported=unreported, offered=watched.progress.offered, on_base=on_base
        )
        if news is None:
            return watched
        guid = f"{watched.key} {text_digest(str(news.fields['state']), pull.head, pull.at)[:16]} {version}"
        await self._send(watched.opportunity, guid, news.fields, pull)
        return replace(watched, progress=replace(watched.progress, offered=news.offer or watched.progress.offered))

    async def _send(self, key: str, guid: str, fields: Mapping[str, object], pull: SitePull) -> None:
        body = json.dumps({"pull": fields, "actor": pull.by, "at": pull.at}).encode()
        await asyncio.to_thread(self._ledger.accept, [Delivery(guid, WATCHED, key, self._clock.now(), body)])
        self._wake(key)

    # --- the verdict ---------------------------------------------------------------------------------------

    async def _judge(
        self,
        watched: Watched,
        pull: SitePull,
        changes: Sequence[FileChange],
        opportunity: Opportunity | None,
        version: int,
        tree: Tree,
    ) -> None:
        mine = (
            []
            if opportunity
            else await asyncio.to_thread(self._ledger.still_to_post, pull.author, self._policy.repository)
        )
        report = await self._judging.report(pull, changes, opportunity, mine, tree)
        lang: Lang = language(f"{pull.title}. {pull.body}") or (opportunity.lang if opportunity else "en")
        spans = {change.path: change.lines for change in changes}
        # in a thread, because long texts would block other turns
        said = await asyncio.to_thread(say, report, self._messages, lang, spans)
        work = self._work(watched, pull)
        with work.trying("check"):
            marked = tuple(Annotation(*one) for one in said.remarks)
            new = await show_check(work, Check(pull.head, *said.check, marked, watched.progress.check_request))
            await self._merge_now(watched, pull, opportunity, passed=new and said.check[0] == "success")
            await self._tell_whose_turn(watched, pull, opportunity, version, failed=said.check[0] == "failure")
        if not pull.ours and (wants_coach(report) or "comment coach" in watched.things):
            with work.trying("comment coach"):
                await Comments(work).show(Text("coach", said.coach, text_digest(said.coach)))
            with work.trying("suggestions"):
                offered = [Suggestion(*one) for one in said.suggestions]
                await suggest(work, pull.head, offered, self._messages.comment(_OFFER, lang))
        if work.problems:
            raise Unfinished(work.problems)

    async def _take_leave(
        self, watched: Watched, pull: SitePull, changes: Sequence[FileChange], opportunity: Opportunity
    ) -> None:
        """Says the coach's last word, and tells the opportunity of a page that was changed against a failed check."""
        check = watched.things.get("check")
        failed = check is not None and check.state(CheckState).conclusion == "failure"
        message = last_word(opportunity, pull, changes, failed=failed)
        if message is None:
            return
        if failed and changes and not adds_posts(changes):
            wrong = {"kind": "page", "number": pull.number, "url": pull.url, "state": "merged"}
            wrong |= {"author": pull.author, "stuck": FAILED}
            await self._send(watched.opportunity, f"{watched.key} page {pull.head}", wrong, pull)
        said = self._messages.comment(message, opportunity.lang)
        await Comments(self._work(watched, pull)).show(Text("coach", said, text_digest(said)))

    def _work(self, watched: Watched, pull: SitePull) -> Work:
        async def save(thing: Shown) -> None:
            await asyncio.to_thread(self._ledger.show_on_pull, watched.key, thing)

        things = dict(watched.things)
        if watched.progress.rebuilt:  # the bot looks for what it may have written there
            for name in ("check", "comment coach"):
                things.setdefault(name, Shown(name, begun=LONG_AGO))
        return Work(self._github, self._place, pull.number, things, save, self._clock.now())

    async def _base(self, pull: SitePull) -> Tree:
        ref = await self._place.get("git/ref/heads/{+base}", base=pull.base)
        return Tree(self._place, self._place, pull.base, str(ref["object"]["sha"]))

    async def _merge_now(
        self, watched: Watched, pull: SitePull, opportunity: Opportunity | None, *, passed: bool
    ) -> None:
        """Wakes the opportunity of an amendment that waits for this check to be merged."""
        kind = (kind_and_number(pull) or ("", 0))[0]
        if opportunity and passed and pull.ours and kind in AMENDMENTS and self._policy.posting.merge_amendments:
            await asyncio.to_thread(self._ledger.wake, [watched.opportunity])
            self._wake(watched.opportunity)

    async def _tell_whose_turn(
        self, watched: Watched, pull: SitePull, opportunity: Opportunity | None, version: int, *, failed: bool
    ) -> None:
        """Tells the opportunity if the author of a posting has to correct it."""
        posting = opportunity.pull("posting") if opportunity else None
        stuck = FAILED if failed else ""
        if posting is None or posting.number != pull.number or pull.ours or posting.stuck == stuck:
            return
        fields = {"kind": "posting", "number": pull.number, "url": pull.url, "state": "open", "author": pull.author}
        guid = f"{watched.key} {stuck or 'right'} {pull.head} {version}"
        await self._send(watched.opportunity, guid, fields | {"stuck": stuck}, pull)


_OFFER = Message("coach.offer")


def _issue(text: str, issues: str) -> int | None:
    """Returns the number of the issue that a post links to; `issues` is the start of the addresses of issues."""
    found = re.search(rf"{re.escape(issues)}([1-9]\d{{0,8}})\b", text)
    return int(found[1]) if found else None
