"""The pull request of an entry on the Exchange: how it stands, and what its people say of it.

Read afresh each time, most of it answered "not modified": reviews are edited, dismissed, and told by no webhook where
the App is not installed. On a public repository anybody can review; those count who belong to it or have worked on it,
because GitHub shows a member whose membership is private as a contributor. It is only words: nothing else hangs on it.
https://docs.github.com/en/rest/pulls/reviews
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.github.reading.webhook import ENTRY, read_pull
from bot.github.transport.client import RepositoryClient
from bot.pipeline.model.signals import ExchangePull, Remark

PAGE, MOST = 100, 1000
BELONG = {"OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"}
VERDICTS = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes", "DISMISSED": "dismissed"}


async def read_entry(place: RepositoryClient, number: int) -> ExchangePull:
    """As GitHub shows it now. Raises `Refused` where it cannot be seen."""
    pull, reviews, lines, comments = await asyncio.gather(
        place.get("pulls/{n}", n=number),
        _all(place, "pulls/{n}/reviews{?per_page}", number),
        _all(place, "pulls/{n}/comments{?per_page}", number),
        _all(place, "issues/{n}/comments{?per_page}", number),
    )
    author = _login(pull)
    on_lines: dict[int, list[str]] = {}
    for line in filter(lambda line: _is_person(line, author), lines):
        on_lines.setdefault(line.get("pull_request_review_id") or 0, []).append(f"{line['path']}: {line['body']}")
    remarks: list[tuple[str, Remark]] = []
    for review in reviews:
        text = "\n\n".join(part for part in (review["body"] or "", *on_lines.get(review["id"], ())) if part)
        verdict = VERDICTS.get(review["state"], "comment")
        if _is_person(review, author) and (text or verdict != "comment"):
            remarks.append((review.get("submitted_at") or "", _remark("review", review, verdict, text)))
    for comment in comments:
        if _is_person(comment, author):
            remarks.append((comment["created_at"], _remark("comment", comment, "comment", comment["body"] or "")))
    return ExchangePull(read_pull(ENTRY, pull), tuple(remark for _, remark in sorted(remarks, key=lambda one: one[0])))


async def _all(place: RepositoryClient, path: str, number: int) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    async for one in place.pages(path, n=number, per_page=PAGE):
        found.append(one)
        if len(found) == MOST:
            break
    return found


def _is_person(written: Mapping[str, Any], author: str) -> bool:
    """No machine, and not the one who proposes the entry, which is the bot."""
    return (written["user"] or {}).get("type") == "User" and _login(written) != author


def _remark(what: str, written: Mapping[str, Any], verdict: str, text: str) -> Remark:
    belongs = written.get("author_association") in BELONG
    return Remark(f"{what} {written['id']}", _login(written), verdict, text, written["html_url"], belongs)


def _login(written: Mapping[str, Any]) -> str:
    return str((written["user"] or {}).get("login", "ghost"))
