"""Reads the pull request of an entry on the Exchange, with its reviews and comments.

The bot reads all of it each time, and GitHub answers most of it "not modified": people edit and dismiss reviews, and
GitHub sends no webhook where the App is not installed. Anybody can review on a public repository. Remarks count from
people who belong to it or have contributed, because GitHub shows a member whose membership is private as a contributor.
Only the texts of comments depend on this. https://docs.github.com/en/rest/pulls/reviews
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.github.reading.webhook import ENTRY, author_of, read_pull
from bot.github.transport.client import RepositoryClient
from bot.pipeline.model.signals import ExchangePull, Remark

_PER_PAGE, _MOST = 100, 1000
_BELONG = {"OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"}
VERDICTS = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes", "DISMISSED": "dismissed"}


async def read_entry(place: RepositoryClient, number: int) -> ExchangePull:
    """Returns the entry's pull request as it is now. Raises `Refused` if GitHub does not show it."""
    pull, reviews, lines, comments = await asyncio.gather(
        place.get("pulls/{n}", n=number),
        _all(place, "pulls/{n}/reviews{?per_page}", number),
        _all(place, "pulls/{n}/comments{?per_page}", number),
        _all(place, "issues/{n}/comments{?per_page}", number),
    )
    author = author_of(pull)
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
    async for one in place.pages(path, n=number, per_page=_PER_PAGE):
        found.append(one)
        if len(found) == _MOST:
            break
    return found


def _is_person(written: Mapping[str, Any], author: str) -> bool:
    """Checks that a person wrote it: neither a machine nor the author of the entry, who is the bot."""
    return (written["user"] or {}).get("type") == "User" and author_of(written) != author


def _remark(what: str, written: Mapping[str, Any], verdict: str, text: str) -> Remark:
    belongs = written.get("author_association") in _BELONG
    return Remark(f"{what} {written['id']}", author_of(written), verdict, text, written["html_url"], belongs)
