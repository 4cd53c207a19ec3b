"""The same thing told twice: by a webhook, and by a look at GitHub for what webhooks missed. It is heard once.

    told = told_by("issue_comment", payload, guid)       Told("comment 123", at, digest, guid)
    is_known(told, notes)                                True: what it says was heard from another delivery

Pure. Webhooks carry no id of what they tell but that of comments, so labels and closings are known by their time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.pipeline.model.delivery import RESYNC, ReportedChange

APART = timedelta(seconds=2)
"""How far the time in an event of the issue may be from the one in its webhook, which is the issue's own."""


def told_by(event: str, payload: Mapping[str, Any], guid: str) -> ReportedChange | None:
    """What a delivery tells of, None where that is nothing which a look at GitHub could also find."""
    issue, action = payload.get("issue") or {}, payload.get("action")
    if event == "issue_comment" and action in ("created", "edited"):
        comment = payload.get("comment") or {}
        return _told(f"comment {comment.get('id')}", comment.get("updated_at"), digest_of(comment), guid, payload)
    if event != "issues":
        return None
    match action:
        case "opened" | "edited":
            # a look shows the text as it is now, whatever it was when the issue was opened
            opening = action == "opened" and not guid.startswith(RESYNC)
            at = issue.get("created_at" if opening else "updated_at")
            return _told(TEXT, at, digest_of(issue), guid, payload)
        case "labeled" | "unlabeled":
            return _told(label(action, payload.get("label") or {}), issue.get("updated_at"), "", guid)
        case "closed" | "reopened":
            at = (action == "closed" and issue.get("closed_at")) or issue.get("updated_at")
            return _told(f"state {action}", at, "", guid)
    return None


TEXT = "text"
"""The issue's own title and body."""


def label(action: str, named: Mapping[str, Any]) -> str:
    """A label set or taken off, as a thing that is told of."""
    return f"label {'+' if action == 'labeled' else '-'}{named.get('name')}"


def digest_of(said: Mapping[str, Any]) -> str:
    """A text in short: an issue's title and body, or a comment's."""
    text = f"{said.get('title', '')}\0{said.get('body') or ''}".replace("\r\n", "\n")
    return hashlib.sha256(text.encode()).hexdigest()


def said(what: str, payload: Mapping[str, Any]) -> str:
    """What a delivery that told of a text has the issue, or the comment, say."""
    return str((payload.get("issue" if what == TEXT else "comment") or {}).get("body") or "")


def _told(
    what: str, at: Any, digest: str, guid: str, payload: Mapping[str, Any] | None = None
) -> ReportedChange | None:
    """`payload`: of what has a text."""
    try:
        return ReportedChange(what, datetime.fromisoformat(at), digest, guid, _replaced(what, payload or {}))
    except (TypeError, ValueError):
        return None


def _replaced(what: str, payload: Mapping[str, Any]) -> str:
    """The digest of the text that an edit replaced, empty where nothing was."""
    changes = payload.get("changes") or {}
    before = {field: changes[field].get("from") for field in ("title", "body") if changes.get(field)}
    return digest_of({**(payload.get("issue" if what == TEXT else "comment") or {}), **before}) if before else ""


def is_known(told: ReportedChange, notes: Sequence[ReportedChange]) -> bool:
    """Whether others told it, by the notes on the same thing in GitHub's order.

    A look shows the latest text only, and all that led to it: later webhooks about earlier texts say nothing new. Two
    webhooks are two things, however alike. GitHub counts in seconds: which of a look and an edit in its second was
    first, the text shows that the edit replaced.
    """
    looked = told.guid.startswith(RESYNC)
    others = [note for note in notes if note.guid.startswith(RESYNC) != looked]
    if not told.digest:
        return any(abs(note.at - told.at) <= APART for note in others)
    then = [note for note in notes if note.at == told.at]
    if looked:
        latest = max((note.at for note in notes), default=told.at)
        shown = {note.digest for note in notes if note.at == latest} | {note.before for note in then}
        return latest > told.at or told.digest in shown
    seen = {note.digest for note in others if note.at == told.at}
    from_there = told.before in {note.digest for note in then}
    return any(note.at > told.at for note in others) or (bool(seen) and (told.digest in seen or not from_there))
