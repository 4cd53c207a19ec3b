"""Reads changes from GitHub that no webhook reported, and puts them into the inbox as deliveries.

    found = await resync.run()          # how many were missed; they are in the inbox

It costs five requests, free of charge if nothing changed, and one more for each further hundred of changes. If the
base branch moved, it wakes the pull requests proposed there. It does not read the Exchange: an opportunity reads its
proposed entry every `exchange.look_minutes`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.catching_up.adoption import Own
from bot.catching_up.missed import Changes, StoredIssue, about_pull, changed_since, missed
from bot.catching_up.reported import TEXT, reported_by, text_in
from bot.github.reading import marks
from bot.github.reading.webhook import Repositories, read_signal
from bot.github.transport.client import GitHub, Json, RepositoryClient
from bot.github.transport.errors import Refused
from bot.ledger import Delivery, Ledger, ReportedChange
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.fold import fold
from bot.pipeline.model.policy import BeaconPolicy
from bot.pipeline.model.remote import CommentState
from bot.runtime.clock import Clock

log = structlog.get_logger("bot.catching_up.resync")

SEARCH_OVERLAP = timedelta(minutes=2)
"""Each resync also reads this much before the end of the last: one of GitHub's lists may lag behind another."""


class Resync:
    """Reads the repository of the opportunities."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        github: GitHub,
        exchange: Callable[[], Awaitable[RepositoryClient]],
        repositories: Repositories,
        branch: str | None,
        beacon: BeaconPolicy,
        clock: Clock,
        wake: Callable[[str], None],
    ) -> None:
        self._ledger, self._github, self._repositories, self._clock = ledger, github, repositories, clock
        self._exchange, self._branch, self._beacon = exchange, branch, beacon
        self._wake = wake

    async def run(self) -> int:
        """Puts unreported changes since the last resync into the inbox; returns how many were new.

        The first resync finds nothing: it only notes up to when everything was reported.
        """
        home = self._repositories.repository
        since = await asyncio.to_thread(self._ledger.searched_until, home)
        if since is None:
            since = await asyncio.to_thread(self._remember)
            # a delivery from now on must not hide a change that was missed before it
            await asyncio.to_thread(self._ledger.mark_searched, home, since)
        return await self.take_in(await self.changes(since), since)

    async def changes(self, since: datetime) -> Changes:
        """Returns what changed on GitHub since then, and a little before."""
        return await changed_since(self._github.at(self._repositories.repository), since - SEARCH_OVERLAP)

    async def take_in(self, changes: Changes, since: datetime) -> int:
        """Puts unreported changes into the inbox; returns how many were new."""
        home = self._repositories.repository
        me = await self._github.me()
        behind = await asyncio.to_thread(self._behind, changes, me, since - SEARCH_OVERLAP)
        pulls = await self._pulls(changes, behind, me, since - SEARCH_OVERLAP) if behind else {}
        own = {number: Own(changes.issues[number], mine, pulls.get(number, ())) for number, mine in behind.items()}
        found = await asyncio.to_thread(self._missed, changes, own, me)
        new = await asyncio.to_thread(self._ledger.accept, found)
        await asyncio.to_thread(self._ledger.mark_searched, home, max(since, changes.until or since))
        for delivery, is_new in zip(found, new, strict=True):
            if is_new:
                self._wake(delivery.key)
        await self._base(self._github.at(home))
        log.info("resync finished", repository=home, found=sum(new))
        return sum(new)

    async def _base(self, home: RepositoryClient) -> None:
        """Wakes the repository's key if the base branch moved since the last resync."""
        try:
            branch = self._branch or str((await home.get())["default_branch"])
            head = (await home.get("git/ref/heads/{+branch}", branch=branch))["object"]["sha"]
        except Refused as error:  # it is empty, or the App lacks "Contents"
            log.warning("base branch cannot be read", error=str(error))
            return
        key = f"{self._repositories.repository.lower()}@"
        moved = Delivery(f"{RESYNC}base {key}{head}", "push", key, self._clock.now(), b"{}")
        if any(await asyncio.to_thread(self._ledger.accept, [moved])):
            self._wake(key)

    def _behind(self, changes: Changes, me: str, since: datetime) -> dict[int, list[Json]]:
        """Returns the bot's own comments that are not in the ledger, by issue: the ledger is new, or an old backup.

        If an issue is not in the ledger at all, they count only if its first one, the status comment, is younger than
        `since`: of an older issue, only the end was read.
        """
        behind: dict[int, list[Json]] = {}
        for number, comments in changes.comments.items():
            mine = [one for one in comments if _login(one) == me.casefold()]
            if not mine or changes.issues[number].get("pull_request"):
                continue
            loaded = self._ledger.load(self._repositories.key(number))
            begun_before = not any(
                marks.find_mark(one["body"] or "") == "status" and _made(one) >= since for one in mine
            )
            if begun_before and not loaded.version:
                continue
            things = loaded.things
            ids = {thing.state(CommentState).id for thing in things.values()}
            begun = {thing.thing for thing in things.values() if thing.begun and thing.digest is None}
            marked = [(f"comment {marks.find_mark(one['body'] or '')}", one) for one in mine]
            if lost := [one for thing, one in marked if one["id"] not in ids and thing not in {*begun, "comment None"}]:
                behind[number] = sorted(lost, key=lambda one: int(one["id"]))
        return behind

    async def _pulls(
        self, changes: Changes, behind: Mapping[int, object], me: str, since: datetime
    ) -> dict[int, list[Json]]:
        """Returns the bot's own pull requests of these issues, by issue, on the site and on the Exchange."""
        found: dict[int, list[Json]] = {}
        home = self._github.at(self._repositories.repository)
        for number, issue in changes.issues.items():
            about = marks.of_pull(issue["body"] or "") if issue.get("pull_request") else None
            if about and about[1] in behind and _login(issue) == me.casefold():
                found.setdefault(about[1], []).append(await home.get("pulls/{n}", n=number))
        try:
            exchange = await self._exchange()
        except Refused:  # then there are no proposals
            return found
        listed = "pulls{?state,sort,direction,per_page}"
        latest = {"state": "all", "sort": "updated", "direction": "desc", "per_page": 100}
        writer = await exchange.gh.me()
        async for pull in exchange.pages(listed, **latest):
            if datetime.fromisoformat(pull["updated_at"]) < since:
                break
            about = marks.of_pull(pull["body"] or "")
            if about and about[1] in behind and _login(pull) == writer.casefold():
                found.setdefault(about[1], []).append(pull)
        return found

    def _missed(self, changes: Changes, own: Mapping[int, Own], me: str) -> list[Delivery]:
        found, now = list[Delivery](), self._clock.now()
        for number, issue in sorted(changes.issues.items()):
            if issue.get("pull_request"):
                progress = self._ledger.watched(self._repositories.pull_key(number)).progress
                if progress.unreported or issue["updated_at"] != progress.updated_at:
                    found.append(about_pull(issue, self._repositories, now))
            else:
                news = missed(issue, changes, self._stored(number, changes), self._repositories, me, now)
                if number in own:
                    news = own[number].deliveries(news, self._beacon, self._repositories, now)
                found += news
        return found

    def _stored(self, number: int, changes: Changes) -> StoredIssue:
        key = self._repositories.key(number)
        notes, loaded = self._ledger.reported_changes(key), self._ledger.load(key)
        about = {TEXT, *(f"comment {comment['id']}" for comment in changes.comments.get(number, ()))}
        boxes: dict[str, set[str]] = {}
        for step, box in fold(self._repositories.repository, number, loaded.history).ticked:
            boxes.setdefault(f"checklist {step}", set()).add(box)
        for thing, shown in loaded.things.items():
            if thing.startswith("comment checklist "):
                boxes.setdefault(thing.removeprefix("comment "), set()).update(shown.state(CommentState).ticked)
        return StoredIssue(notes, self._texts([note for note in notes if note.what in about]), boxes)

    def _texts(self, notes: Sequence[ReportedChange]) -> Mapping[str, str]:
        """Returns the last reported text of each thing, from the stored delivery."""
        texts = {}
        for what, guid in {note.what: note.guid for note in notes}.items():
            texts[what] = text_in(what, json.loads(self._ledger.body(guid) or b"{}"))
        return texts

    def _remember(self) -> datetime:
        """Notes the changes that older deliveries reported before notes were kept; returns the time of the last."""
        after, times = 0, list[datetime]()
        while rows := self._ledger.decided(after):
            notes: dict[str, list[ReportedChange]] = {}
            for _, row in rows:
                if (change := change_in(row, self._repositories)) is not None:
                    notes.setdefault(row.key, []).append(change)
                    times.append(change.at)
            self._ledger.remember(notes)
            after = rows[-1][0]
        return max(times, default=self._clock.now())


def change_in(row: Delivery, repositories: Repositories) -> ReportedChange | None:
    """Returns the change that a decided delivery reported; None for the bot's own work."""
    payload = json.loads(row.body)
    change = reported_by(row.event, payload, row.guid)
    return change if change and read_signal(row.event, payload, row.guid, repositories, row.received_at) else None


def _made(thing: Json) -> datetime:
    return datetime.fromisoformat(thing["created_at"])


def _login(thing: Json) -> str:
    return str((thing.get("user") or {}).get("login", "")).casefold()
