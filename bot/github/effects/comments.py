"""Writes the bot's comments: makes each once, edits it in place, and finds it again after a crash.

If GitHub's answer is lost, the bot does not know if GitHub made the comment. So the ledger holds `begun` before each
creation. If a comment is begun but has no number, the bot first looks for it on GitHub by its mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.github.effects import ticks
from bot.github.effects.wanted import Text
from bot.github.effects.work import Work
from bot.github.reading import marks
from bot.github.reading.own_comments import own_comments
from bot.github.transport.errors import Refused
from bot.pipeline.model.remote import ADOPTED, CommentState, Shown


class Comments:
    """The comments of one issue."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._mine: Mapping[str, Mapping[str, Any]] | None = None

    async def show(self, text: Text) -> None:
        """Makes or edits one comment, unless GitHub shows it already."""
        known = self._work.stored(f"comment {text.mark}")
        if known.digest == text.digest:
            return
        number, there = known.state(CommentState).id, None
        if known.digest == ADOPTED:
            there = (await self._work.issue.get("issues/comments/{id}", id=number))["body"] or ""
        if number is None and known.begun is not None and known.digest is None:
            found = await self._find(text.mark)
            if found:
                number, there = found["id"], found["body"] or ""
                known = replace(known, remote=replace(known.state(CommentState), at=found["created_at"]))
        if number is not None:
            try:
                edited = await self._edit(known, number, text, there)
            except Refused as error:
                if not error.gone or await self._listed(known, number):
                    raise
                # a person deleted it, so the bot makes it again
            else:
                await self._done(edited, text, number)
                return
        if known.begun is None or known.digest is not None or number is not None:
            remote = CommentState(ticked=tuple(sorted(ticks.ticked(text.body))) if text.ticks else ())
            known = replace(known, digest=None, remote=remote, begun=self._work.now)
            await self._work.keep(known)
        made = await self._work.issue.post(
            "issues/{n}/comments", {"body": marks.marked(text.body, text.mark)}, n=self._work.number
        )
        known = replace(known, remote=replace(known.state(CommentState), at=made["created_at"]))
        await self._done(known, text, made["id"])

    async def _done(self, thing: Shown, text: Text, number: int) -> None:
        wanted = None if text.once else thing.wanted
        remote = replace(thing.state(CommentState), id=number)
        await self._work.keep(replace(thing, digest=text.digest, wanted=wanted, remote=remote))

    async def _edit(self, thing: Shown, number: int, text: Text, there: str | None) -> Shown:
        """Edits the comment if its text differs; returns its new state.

        The ledger stores the boxes that the bot ticks before GitHub shows them. After a crash, they must not count as
        ticked by a person.
        """
        body = marks.marked(text.body, text.mark)
        state = thing.state(CommentState)
        if text.ticks:
            if there is None:
                there = (await self._work.issue.get("issues/comments/{id}", id=number))["body"] or ""
            before = frozenset(state.ticked)
            own = ticks.ticked(body) - (ticks.ticked(there) - before)
            if own - before:
                await self._work.keep(replace(thing, remote=replace(state, ticked=tuple(sorted(own | before)))))
            thing = replace(thing, remote=replace(state, ticked=tuple(sorted(own))))
            body = ticks.keep(there, body, before)
        if there is None or ticks.plain(there) != ticks.plain(body):
            await self._work.issue.patch("issues/comments/{id}", {"body": body}, id=number)
        return thing

    async def _find(self, mark: str) -> Mapping[str, Any] | None:
        """Finds the bot's comment with that mark; other authors do not count."""
        if self._mine is None:
            self._mine = await self._list()
        return self._mine.get(mark)

    async def _list(self) -> Mapping[str, Mapping[str, Any]]:
        begun = [
            thing.begun
            for thing in self._work.things.values()
            if thing.begun and thing.digest is None and thing.thing.startswith("comment ")
        ]
        return await own_comments(self._work.issue, self._work.number, min(begun))

    async def _listed(self, thing: Shown, number: int) -> bool:
        """Tells if GitHub lists a comment that it does not find by number: then nobody deleted it."""
        at = datetime.fromisoformat(thing.state(CommentState).at or "1970-01-01T00:00:00Z")
        there = await own_comments(self._work.issue, self._work.number, at)
        return any(comment["id"] == number for comment in there.values())
