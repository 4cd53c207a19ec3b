"""Reads webhooks: finds the opportunity that a delivery is about, and turns the delivery into a signal.

    key_of("issues", payload, repositories)       'canada-ca/micro-acquisition#12'
    read_signal("issues", payload, guid, repositories, received_at)       Signal(LabelChanged("eligible", on=True), …)

These functions are pure and raise nothing, whatever the payload: the receiver runs `key_of` on every delivery with a
correct signature. Fields: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.github.reading import marks
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.signals import (
    ChecklistEdited,
    Commented,
    EntryDiscussed,
    Issue,
    IssueEdited,
    IssueOpened,
    IssueRemoved,
    IssueStateChanged,
    LabelChanged,
    PullRequestChanged,
    Signal,
    TimePassed,
    What,
)

GHOST = "ghost"
"""The author that GitHub shows for texts of a deleted user."""


@dataclass(frozen=True)
class Repositories:
    """The repository of the opportunities and the Exchange's, each as "owner/name".

    `branches` are the base branches of pull requests that the policy names; otherwise it is the default branch.
    """

    repository: str
    exchange: str
    branches: frozenset[str] = frozenset()

    def key(self, number: int) -> str:
        """Returns the key of the opportunity with an issue number."""
        return f"{self.repository.lower()}#{number}"

    def pull_key(self, number: int) -> str:
        """Returns the key of the site's pull request with that number."""
        return f"{self.repository.lower()}!{number}"


def key_of(event: str, payload: Mapping[str, Any], repositories: Repositories) -> str:
    """Returns the key of what a delivery is about, or "" if it does not concern the bot.

    That is an opportunity (`owner/name#12`), a pull request of the site (`owner/name!45`), or a repository whose base
    branch moved or whose checks somebody requested again (`owner/name@`).
    """
    where = _text(_part(payload, "repository"), "full_name").lower()
    home, exchange = where == repositories.repository.lower(), where == repositories.exchange.lower()
    if event in ("issues", "issue_comment"):
        issue = _part(payload, "issue")
        number, pull = _number(issue, "number"), bool(issue.get("pull_request"))
        if home and number and not pull:
            return repositories.key(number)
        ours = marks.of_pull(_text(issue, "body")) if exchange and pull else None
        return repositories.key(ours[1]) if ours and ours[0] == ENTRY else ""
    if event == "push" and (home or exchange):
        return f"{where}@" if _is_base(payload, repositories) else ""
    if event == "check_run" and home and payload.get("action") == "rerequested":
        checked = re.match(r"[1-9][0-9]{0,8}\b", _text(_part(payload, "check_run"), "external_id"))
        return repositories.pull_key(int(checked[0])) if checked else ""
    if event == "check_suite" and home and payload.get("action") == "rerequested":
        return f"{where}@"
    pull_request = _part(payload, "pull_request")
    if event == "pull_request" and home:
        number = _number(pull_request, "number")
        return repositories.pull_key(number) if number else ""
    if event in ("pull_request", "pull_request_review", "pull_request_review_comment") and exchange:
        ours = _ours(pull_request)
        return repositories.key(ours[1]) if ours and ours[0] == ENTRY else ""
    return ""


ENTRY = "ore"
"""The kind of the pull requests on the Exchange."""

WATCHED = "watched_pull"
"""The bot's own event that a pull request passes to its opportunity, or an opportunity to its pull request."""

OWN = "own_work"
"""The bot's own event for work of the bot that GitHub shows and the ledger does not contain."""


def _is_base(payload: Mapping[str, Any], repositories: Repositories) -> bool:
    branch = _text(payload, "ref").removeprefix("refs/heads/")
    return branch in repositories.branches or branch == _text(_part(payload, "repository"), "default_branch")


def read_signal(
    event: str, payload: Mapping[str, Any], delivery: str, repositories: Repositories, received_at: datetime
) -> Signal | None:
    """Returns the signal of a delivery, or None if the pipeline ignores the delivery.

    GitHub also sends webhooks for the bot's own actions. Their sender identifies them and they are ignored, except on
    pull requests, whose state matters whoever changed it. The site's pull requests have turns of their own.
    """
    what: What | None
    if event == WATCHED:
        what = PullRequestChanged(**_part(payload, "pull"))
        return Signal(what, _text(payload, "actor"), _time(payload.get("at")) or received_at, delivery)
    if event == OWN:
        return Signal(TimePassed(), BOT, _time(payload.get("at")) or received_at, delivery)
    if "#" not in key_of(event, payload, repositories):
        return None
    sender = _part(payload, "sender")
    if event == "pull_request":
        what, at = _pull_request(payload)
    elif event != "issues" and (event != "issue_comment" or _part(payload, "issue").get("pull_request")):
        what, at = EntryDiscussed(), None
    elif event == "issues" and payload.get("action") in ("deleted", "transferred"):
        what, at = IssueRemoved(), None  # also if the bot did it
    elif _is_bot(sender):
        return None
    elif event == "issues":
        what, at = _issue_event(payload)
    else:
        what, at = _comment_event(payload)
    if what is None:
        return None
    if isinstance(what, ChecklistEdited) and delivery.startswith(RESYNC):
        what = replace(what, unseen=True)
    return Signal(
        what=what,
        actor=_text(sender, "login") or GHOST,
        at=_time(at) or received_at,
        delivery=delivery,
        issue=None
        if isinstance(what, PullRequestChanged | EntryDiscussed | IssueRemoved)
        else read_issue(_part(payload, "issue"), received_at),
    )


def read_issue(issue: Mapping[str, Any], received_at: datetime) -> Issue:
    """Reads an issue from a payload or an answer of the API."""
    return Issue(
        number=_number(issue, "number"),
        url=_text(issue, "html_url"),
        title=_text(issue, "title"),
        body=_text(issue, "body"),
        author=author_of(issue),
        labels=_each(issue, "labels", "name"),
        assignees=_each(issue, "assignees", "login"),
        closed=issue.get("state") == "closed",
        updated_at=_time(issue.get("updated_at")) or received_at,
    )


def author_of(written: Mapping[str, Any]) -> str:
    """Returns the login of the author of an issue, a pull request, a comment or a review."""
    return _text(_part(written, "user"), "login") or GHOST


def read_pull(kind: str, pull: Mapping[str, Any]) -> PullRequestChanged:
    """Reads a pull request from a payload or an answer of the API."""
    merged = pull.get("merged") is True or bool(pull.get("merged_at"))
    return PullRequestChanged(
        kind=kind,
        number=_number(pull, "number"),
        url=_text(pull, "html_url"),
        head=_text(_part(pull, "head"), "sha"),
        state="merged" if merged else "closed" if pull.get("state") == "closed" else "open",
    )


_Read = tuple[What | None, Any]
"""The event, and the time that GitHub gives for it."""


def _issue_event(payload: Mapping[str, Any]) -> _Read:
    issue = _part(payload, "issue")
    at = issue.get("updated_at")
    match payload.get("action"):
        case "opened":
            return IssueOpened(), issue.get("created_at")
        case "edited":
            changes = _part(payload, "changes")
            if "body" in changes:
                return IssueEdited(_text(_part(changes, "body"), "from")), at
            # If only the title changed, the body is as it was; without any changes the earlier body is unknown.
            return IssueEdited(_text(issue, "body") if "title" in changes else None), at
        case "labeled" | "unlabeled" as action:
            label = _text(_part(payload, "label"), "name")
            return (LabelChanged(label, on=action == "labeled") if label else None), at
        case "closed":
            return IssueStateChanged(closed=True), issue.get("closed_at") or at
        case "reopened":
            return IssueStateChanged(closed=False), at
    return None, None


def _comment_event(payload: Mapping[str, Any]) -> _Read:
    comment = _part(payload, "comment")
    number, body, author = _number(comment, "id"), _text(comment, "body"), _part(comment, "user")
    action = payload.get("action")
    if action == "created" and not _is_bot(author):
        return Commented(number, body), comment.get("created_at")
    changes = _part(payload, "changes")
    if action != "edited" or "body" not in changes:
        return None, None
    previous, at = _text(_part(changes, "body"), "from"), comment.get("updated_at")
    if not _is_bot(author):
        return Commented(number, body, previous), at
    mark = marks.find_mark(previous) or marks.find_mark(body)
    return (ChecklistEdited(number, mark, body, author=_text(author, "login")) if mark else None), at


def _pull_request(payload: Mapping[str, Any]) -> _Read:
    if payload.get("action") not in ("opened", "edited", "synchronize", "closed", "reopened"):
        return None, None
    pull = _part(payload, "pull_request")
    return read_pull(ENTRY, pull), pull.get("closed_at") or pull.get("updated_at")


def _ours(pull: Mapping[str, Any]) -> tuple[str, int] | None:
    """Returns the kind and issue number in a pull request's branch or mark."""
    ours = marks.of_branch(_text(_part(pull, "head"), "ref")) or marks.of_pull(_text(pull, "body"))
    return ours if _number(pull, "number") else None


def _is_bot(user: Mapping[str, Any]) -> bool:
    return user.get("type") == "Bot" or _text(user, "login").endswith("[bot]")


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(of: Mapping[str, Any], name: str) -> str:
    text = of.get(name)
    return text if isinstance(text, str) else ""


def _number(of: Mapping[str, Any], name: str) -> int:
    number = of.get(name)
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0


def _each(of: Mapping[str, Any], name: str, field: str) -> frozenset[str]:
    items = of.get(name)
    if not isinstance(items, list):
        return frozenset()
    return frozenset(_text(item, field) for item in items if isinstance(item, Mapping)) - {""}


def _time(text: Any) -> datetime | None:
    """Parses a time of GitHub: ISO 8601 with a zone. Returns None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None
