"""A pull request of the site, whoever opened it, and the files it would change, as GitHub holds them.

    seen = see(await place.get("pulls/{n}", n=45), me, by="client")
    changes = await changed(place, seen.number, limit=20)

https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.github.reading import marks
from bot.github.reading.webhook import read_pull
from bot.github.transport.client import RepositoryClient
from bot.github.transport.errors import Refused

FILE_LIMIT = 200_000
"""Bytes of a file that is read: a post has a few thousand."""

MOST_LISTED = 300
"""Files of one pull request that are listed at all."""

NEWCOMERS = {"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"}
OF_THE_HOUSE = {"OWNER", "MEMBER", "COLLABORATOR"}
_NAMED = re.compile(
    r"^[ \t>*-]{0,8}opportunit(?:y|[ée])[\s:]{0,4}(?:n[o.ºo°]{1,2}[\s:]{0,4})?"
    r"(?:\S{1,200}/issues/|\S{0,100}#)([1-9]\d{0,8})\b",
    re.I | re.M,
)


@dataclass(frozen=True)
class SitePull:
    """What is known of it. `home` is the repository of its branch, empty where that is gone; `at` when it last changed.

    `ours` is the bot's own; `newcomer`: its author has had nothing merged here; `of_house`: they belong to the
    organization, as far as it shows its members, or to the repository. `onto` is the site's default branch,
    `by` who did what was heard of last; `fits`: it can be merged without a conflict, None where nobody
    knows yet.
    """

    number: int
    url: str
    title: str
    body: str
    author: str
    ours: bool
    newcomer: bool
    of_house: bool
    home: str
    branch: str
    head: str
    base: str
    onto: str
    state: str
    at: str
    by: str
    fits: bool | None = None


@dataclass(frozen=True)
class FileChange:
    """One file of it, by path; the text is None where it is removed, too large or no text.

    `lines` are the spans of lines, from 1, that its difference shows: only there does GitHub take remarks.
    """

    path: str
    previous: str | None
    status: str
    text: str | None
    lines: tuple[range, ...] = ()


def read_site_pull(pull: Mapping[str, Any], me: str, by: str) -> SitePull:
    """A pull request as GitHub answers it; `me` is the bot's login, `by` who did something to it last."""
    state = read_pull("", pull)
    head, author = pull["head"], (pull.get("user") or {}).get("login", "ghost")
    return SitePull(
        number=state.number,
        url=state.url,
        title=pull["title"],
        body=pull.get("body") or "",
        author=author,
        ours=author.casefold() == me.casefold(),
        newcomer=pull.get("author_association") in NEWCOMERS,
        of_house=pull.get("author_association") in OF_THE_HOUSE,
        home=(head.get("repo") or {}).get("full_name", ""),
        branch=head["ref"],
        head=state.head,
        base=pull["base"]["ref"],
        onto=pull["base"]["repo"]["default_branch"],
        state=state.state,
        at=pull.get("closed_at") or pull["updated_at"],
        by=(pull.get("merged_by") or {}).get("login") or by or author,
        fits=pull.get("mergeable"),
    )


def kind_and_number(pull: SitePull) -> tuple[str, int] | None:
    """The kind of pull request and the opportunity's number, as far as it says so itself.

    The bot's own say it by their mark; people's by a line `Opportunity: #12` in the text, or by their branch.
    """
    if pull.ours:
        return marks.of_pull(pull.body) or marks.of_branch(pull.branch)
    if found := _NAMED.search(pull.body):
        return "posting", int(found[1])
    branch = marks.of_branch(pull.branch)
    return ("posting", branch[1]) if branch and pull.branch.startswith("opportunity/") else None


async def changed(place: RepositoryClient, number: int, limit: int) -> list[FileChange]:
    """The Markdown files that a pull request changes; of so many, also their texts at its head."""
    found: list[FileChange] = []
    listed = 0
    async for file in place.pages("pulls/{n}/files{?per_page}", n=number, per_page=100):
        if (listed := listed + 1) > MOST_LISTED:
            break
        if re.search(r"(?i)(^|/)_?posts/|\.(md|markdown)$", file["filename"]):
            gone = file["status"] == "removed" or len(found) >= limit
            text = None if gone else await _text(place, file["sha"])
            lines = tuple(_spans(file.get("patch") or ""))
            found.append(FileChange(file["filename"], file.get("previous_filename"), file["status"], text, lines))
    return found


def _spans(patch: str) -> Iterator[range]:
    for first, count in re.findall(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", patch, re.M):
        yield range(int(first), int(first) + int(count or 1))


async def _text(place: RepositoryClient, sha: str) -> str | None:
    blobs = place.gh.blobs
    if (known := blobs.get(sha)) is not None:
        return known
    try:
        blob = await place.get("git/blobs/{sha}", sha=sha)
    except Refused as error:
        if error.status == 413:
            return None
        raise
    content = base64.b64decode(blob["content"])
    try:
        text = content.decode() if len(content) <= FILE_LIMIT else None
    except UnicodeDecodeError:
        return None
    if text is not None:
        blobs[sha] = text
    return text
