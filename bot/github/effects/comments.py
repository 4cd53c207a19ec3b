"""The bot's comments: made once, edited in place, found again after a crash.

A lost answer does not say whether a comment was made. So the ledger holds `begun` before each creation,
and one found begun but not done is looked for on GitHub, by its mark, before it is made.
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
        """Make or edit one comment, unless GitHub shows it already."""
        known = self._work.known(f"comment {text.mark}")
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
                # A person deleted it: it is made again.
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

    async def _done(self, known: Shown, text: Text, number: int) -> None:
        wanted = None if text.once else known.wanted
        remote = replace(known.state(CommentState), id=number)
        await self._work.keep(replace(known, digest=text.digest, wanted=wanted, remote=remote))

    async def _edit(self, known: Shown, number: int, text: Text, there: str | None) -> Shown:
        """Bring the comment up to date; what is known of it then.

        `ticked` are the boxes that the bot ticked itself, stored before GitHub shows them: after a crash
        they must not pass for a person's.
        """
        body = marks.marked(text.body, text.mark)
        state = known.state(CommentState)
        if text.ticks:
            if there is None:
                there = (await self._work.issue.get("issues/comments/{id}", id=number))["body"] or ""
            before = frozenset(state.ticked)
            own = ticks.ticked(body) - (ticks.ticked(there) - before)
            if own - before:
                await self._work.keep(replace(known, remote=replace(state, ticked=tuple(sorted(own | before)))))
            known = replace(known, remote=replace(state, ticked=tuple(sorted(own))))
            body = ticks.keep(there, body, before)
        if there is None or ticks.plain(there) != ticks.plain(body):
            await self._work.issue.patch("issues/comments/{id}", {"body": body}, id=number)
        return known

    async def _find(self, mark: str) -> Mapping[str, Any] | None:
        """The bot's own comment with that mark; others cannot forge it."""
        if self._mine is None:
            self._mine = await self._list()
        return self._mine.get(mark)

    async def _list(self) -> Mapping[str, Mapping[str, Any]]:
        begun = [
            shown.begun
            for shown in self._work.shown.values()
            if shown.begun and shown.digest is None and shown.thing.startswith("comment ")
        ]
        return await own_comments(self._work.issue, self._work.number, min(begun))

    async def _listed(self, known: Shown, number: int) -> bool:
        """Whether GitHub lists a comment that it does not find: then nobody deleted it."""
        at = datetime.fromisoformat(known.state(CommentState).at or "1970-01-01T00:00:00Z")
        there = await own_comments(self._work.issue, self._work.number, at)
        return any(comment["id"] == number for comment in there.values())
