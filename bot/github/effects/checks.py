"""Writes the check run on the last commit of a pull request, and the suggestions on its lines.

The ledger stores each as begun before the bot makes it. After an interruption, the bot first looks for it on GitHub.
https://docs.github.com/en/rest/checks/runs  https://docs.github.com/en/rest/pulls/reviews
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.github.effects.work import Work
from bot.github.reading import marks
from bot.github.transport.errors import Refused
from bot.pipeline.model.remote import CheckState, SuggestionsState

log = structlog.get_logger(__name__)

NAME = "Opportunity"
ANNOTATIONS = 50
"""How many GitHub accepts in one request."""
LONGEST = 65_000
"""Characters of a summary or an annotation."""


@dataclass(frozen=True)
class Annotation:
    """A remark on lines of a file, counted from 1, as plain text; it is a warning unless `fails`."""

    path: str
    line: int
    end: int
    text: str
    fails: bool


@dataclass(frozen=True)
class Check:
    """The verdict on commit `head`: success, failure or action_required, with its reasons in Markdown.

    `asked` is the delivery by which somebody asked for another run of the check, "" if nobody did.
    """

    head: str
    conclusion: str
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()
    asked: str = ""


@dataclass(frozen=True)
class Suggestion:
    """Text that replaces lines of a file when a person clicks, and the reason, in Markdown."""

    path: str
    line: int
    end: int
    text: str
    why: str


async def show_check(work: Work, check: Check) -> bool:
    """Makes or edits the check run; returns whether the verdict is new or on another commit.

    GitHub can only add annotations to a run. If they differ, or somebody asked for another run, the bot makes one.
    """
    known, digest = work.stored("check"), _digest(repr(check))
    if known.digest == digest:
        return False
    remarks = _digest(repr(check.annotations), check.asked)
    last = known.state(CheckState)
    there = last.id if (last.head, last.remarks) == (check.head, remarks) else None
    name = f"{work.number} {digest[:16]}"
    wanted: dict[str, Any] = {
        "name": NAME,
        "status": "completed",
        "conclusion": check.conclusion,
        "output": {"title": check.title[:255], "summary": check.summary[:LONGEST]},
        "external_id": name,
    }
    if there is None and known.digest is None:  # interrupted, or made before the ledger was lost
        there = await _find(work, check.head, name)
    if there is not None:
        await work.issue.patch("check-runs/{id}", wanted, id=there)
    else:
        if known.begun is None or known.digest is not None:
            known = replace(known, digest=None, begun=work.now)
            await work.keep(known)
        wanted["output"]["annotations"] = [_annotated(one) for one in check.annotations[:ANNOTATIONS]]
        there = (await work.issue.post("check-runs", {**wanted, "head_sha": check.head}))["id"]
    remote = CheckState(there, check.head, remarks, check.conclusion)
    await work.keep(replace(known, digest=digest, remote=remote))
    return (last.conclusion, last.head) != (check.conclusion, check.head)


def _annotated(one: Annotation) -> dict[str, Any]:
    return {
        "path": one.path,
        "start_line": max(1, one.line),
        "end_line": max(1, one.line, one.end),
        "annotation_level": "failure" if one.fails else "warning",
        "message": one.text[:LONGEST],
    }


async def _find(work: Work, head: str, name: str) -> int | None:
    """Finds the check run of that name that an interrupted turn made."""
    answer = await work.issue.get("commits/{head}/check-runs{?check_name}", head=head, check_name=NAME)
    return next((run["id"] for run in answer["check_runs"] if run["external_id"] == name), None)


async def suggest(work: Work, head: str, suggestions: Sequence[Suggestion], words: str) -> None:
    """Suggests changes of lines, each only once, even if the person ignores it.

    GitHub refuses all of a review for one line that the difference does not show. The bot then sends each alone, and
    does not repeat one that GitHub refuses alone.
    """
    known = work.stored("suggestions")
    offered = set(known.state(SuggestionsState).offered)
    if known.begun and known.digest is None:
        mark = known.state(SuggestionsState).mark
        if await _reviewed(work, mark):
            offered |= set(known.state(SuggestionsState).pending)
            await work.keep(replace(known, digest=mark, remote=SuggestionsState(tuple(sorted(offered)))))
    new = {key: one for key, one in _keyed(suggestions) if key not in offered}
    if new and not await _offer(work, head, new, words, offered):
        for key, one in new.items():
            await _offer(work, head, {key: one}, words, offered)


async def _offer(work: Work, head: str, new: Mapping[str, Suggestion], words: str, offered: set[str]) -> bool:
    """Sends these in one review and adds them to `offered`; returns False if GitHub refuses several at once."""
    mark = f"suggestions {_digest(head, *sorted(new))[:16]}"
    pending = SuggestionsState(tuple(sorted(offered)), tuple(sorted(new)), mark)
    known = replace(work.stored("suggestions"), digest=None, begun=work.now, remote=pending)
    await work.keep(known)
    comments = [_commented(one) for one in new.values()]
    review = {"commit_id": head, "event": "COMMENT", "body": marks.marked(words, mark), "comments": comments}
    try:
        await work.issue.post("pulls/{n}/reviews", review, n=work.number)
    except Refused as error:
        if error.status != 422:
            raise
        if len(new) > 1:
            return False
        log.warning("suggestion refused", pull=work.number, error=str(error))
    offered.update(new)
    await work.keep(replace(known, digest=mark, remote=SuggestionsState(tuple(sorted(offered)))))
    return True


def _keyed(suggestions: Sequence[Suggestion]) -> Iterator[tuple[str, Suggestion]]:
    """Yields each with a name that stays when its lines move; equal suggestions get numbers in their order."""
    counts: Counter[str] = Counter()
    for one in suggestions:
        name = _digest(one.path, one.why)[:16]
        counts[name] += 1
        yield f"{name} {counts[name]}", one


def _commented(one: Suggestion) -> dict[str, Any]:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", one.text)), default=0))
    lines = (f"{fence}suggestion", *([one.text] if one.text else ()), fence)
    body = "\n".join((f"{one.why}\n", *lines))
    comment: dict[str, Any] = {"path": one.path, "line": one.end, "side": "RIGHT", "body": body}
    if one.end > one.line:
        comment |= {"start_line": one.line, "start_side": "RIGHT"}
    return comment


async def _reviewed(work: Work, mark: str) -> bool:
    """Tells if an interrupted turn made that review."""
    me = (await work.gh.me()).casefold()
    reviews: list[Mapping[str, Any]] = [one async for one in work.issue.pages("pulls/{n}/reviews", n=work.number)]
    return any(
        marks.find_mark(one["body"] or "") == mark and (one["user"] or {}).get("login", "").casefold() == me
        for one in reviews
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
