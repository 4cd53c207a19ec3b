"""Reads a pull request of the site, whoever opened it, and the files that it changes.

    pull = read_site_pull(await place.get("pulls/{n}", n=45), me, by="client")
    changes = await changed(place, pull.number, limit=20)

https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.github.reading import marks
from bot.github.reading.webhook import author_of, read_pull
from bot.github.transport.client import RepositoryClient
from bot.github.transport.errors import Refused

_FILE_LIMIT = 200_000
"""The size in bytes of the largest file that the bot reads: a post has a few thousand."""

_MOST_LISTED = 300
"""The most files of one pull request that the bot lists."""

_NEWCOMERS = {"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"}
_INSIDERS = {"OWNER", "MEMBER", "COLLABORATOR"}
_NAMED = re.compile(
    r"^[ \t>*-]{0,8}opportunit(?:y|[ée])[\s:]{0,4}(?:n[o.ºo°]{1,2}[\s:]{0,4})?"
    r"(?:\S{1,200}/issues/|\S{0,100}#)([1-9]\d{0,8})\b",
    re.I | re.M,
)


@dataclass(frozen=True)
class SitePull:
    """A pull request of the site, as GitHub shows it.

    `home` is the repository of its branch, empty if that was deleted; `at` is the time of the last change, and `by` the
    login of the person who made it. `ours`: the bot opened it. `newcomer`: the author has no earlier merge here.
    `of_house`: the author belongs to the repository, or to the organization as a public member. `onto` is the site's
    default branch. `fits`: GitHub can merge it without a conflict; None while GitHub computes this.
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
    """One changed file; its text is None if the file was removed, is too large or is not UTF-8.

    `lines` are the spans of lines, from 1, in the difference: GitHub accepts remarks only there.
    """

    path: str
    previous: str | None
    status: str
    text: str | None
    lines: tuple[range, ...] = ()


def read_site_pull(pull: Mapping[str, Any], me: str, by: str) -> SitePull:
    """Reads a pull request from an answer of the API; `me` is the bot's login, `by` that of the last person to act."""
    state = read_pull("", pull)
    head, author = pull["head"], author_of(pull)
    return SitePull(
        number=state.number,
        url=state.url,
        title=pull["title"],
        body=pull.get("body") or "",
        author=author,
        ours=author.casefold() == me.casefold(),
        newcomer=pull.get("author_association") in _NEWCOMERS,
        of_house=pull.get("author_association") in _INSIDERS,
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
    """Returns the kind of a pull request and the number of its opportunity, or None if it names none.

    The bot's mark names them in its own pull requests. People write a line `Opportunity: #12`, or name the branch so.
    """
    if pull.ours:
        return marks.of_pull(pull.body) or marks.of_branch(pull.branch)
    if found := _NAMED.search(pull.body):
        return "posting", int(found[1])
    branch = marks.of_branch(pull.branch)
    return ("posting", branch[1]) if branch and pull.branch.startswith("opportunity/") else None


async def changed(place: RepositoryClient, number: int, limit: int) -> list[FileChange]:
    """Returns the Markdown files that a pull request changes; the first `limit` of them with their texts."""
    found: list[FileChange] = []
    listed = 0
    async for file in place.pages("pulls/{n}/files{?per_page}", n=number, per_page=100):
        if (listed := listed + 1) > _MOST_LISTED:
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
    if (text := blobs.get(sha)) is not None:
        return text
    try:
        blob = await place.get("git/blobs/{sha}", sha=sha)
    except Refused as error:
        if error.status == 413:
            return None
        raise
    content = base64.b64decode(blob["content"])
    try:
        text = content.decode() if len(content) <= _FILE_LIMIT else None
    except UnicodeDecodeError:
        return None
    if text is not None:
        blobs[sha] = text
    return text
