"""Recognizes a change that both a webhook and a resync report, so that it is handled once.

    change = reported_by("issue_comment", payload, guid)    ReportedChange("comment 123", at, digest, guid)
    is_reported(change, notes)                              True: another delivery reported it

Pure. Webhooks give an id only for comments, so the time identifies changes of labels and closings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.pipeline.model.delivery import RESYNC, ReportedChange

APART = timedelta(seconds=2)
"""How far the time in an event of the issue may be from the one in its webhook, which is the issue's own."""


def reported_by(event: str, payload: Mapping[str, Any], guid: str) -> ReportedChange | None:
    """Returns the change that a delivery reports; None if a resync could not find it too."""
    issue, action = payload.get("issue") or {}, payload.get("action")
    if event == "issue_comment" and action in ("created", "edited"):
        comment = payload.get("comment") or {}
        return _change(f"comment {comment.get('id')}", comment.get("updated_at"), digest_of(comment), guid, payload)
    if event != "issues":
        return None
    match action:
        case "opened" | "edited":
            # a resync finds the text as it is now, which may differ from the one at the opening
            opening = action == "opened" and not guid.startswith(RESYNC)
            at = issue.get("created_at" if opening else "updated_at")
            return _change(TEXT, at, digest_of(issue), guid, payload)
        case "labeled" | "unlabeled":
            return _change(label(action, payload.get("label") or {}), issue.get("updated_at"), "", guid)
        case "closed" | "reopened":
            at = (action == "closed" and issue.get("closed_at")) or issue.get("updated_at")
            return _change(f"state {action}", at, "", guid)
    return None


TEXT = "text"
"""The issue's own title and body."""


def label(action: str, named: Mapping[str, Any]) -> str:
    """Returns the name of the change that sets or removes a label."""
    return f"label {'+' if action == 'labeled' else '-'}{named.get('name')}"


def digest_of(thing: Mapping[str, Any]) -> str:
    """Returns a digest of a text: an issue's title and body, or a comment's body."""
    text = f"{thing.get('title', '')}\0{thing.get('body') or ''}".replace("\r\n", "\n")
    return hashlib.sha256(text.encode()).hexdigest()


def text_in(what: str, payload: Mapping[str, Any]) -> str:
    """Returns the text of the issue, or of the comment, in a delivery that reported it."""
    return str((payload.get("issue" if what == TEXT else "comment") or {}).get("body") or "")


def _change(
    what: str, at: Any, digest: str, guid: str, payload: Mapping[str, Any] | None = None
) -> ReportedChange | None:
    """Returns a change; None without a time. Only changes of a text need the `payload`."""
    try:
        return ReportedChange(what, datetime.fromisoformat(at), digest, guid, _replaced(what, payload or {}))
    except (TypeError, ValueError):
        return None


def _replaced(what: str, payload: Mapping[str, Any]) -> str:
    """Returns the digest of the text that an edit replaced; empty if there was none."""
    changes = payload.get("changes") or {}
    before = {field: changes[field].get("from") for field in ("title", "body") if changes.get(field)}
    return digest_of({**(payload.get("issue" if what == TEXT else "comment") or {}), **before}) if before else ""


def is_reported(change: ReportedChange, notes: Sequence[ReportedChange]) -> bool:
    """Returns whether another delivery reported the change; `notes` are on the same thing, in GitHub's order.

    A resync finds the latest text only, which includes all earlier edits: later webhooks about those say nothing new.
    Two webhooks are two changes, even if they are alike. GitHub's times are in seconds: if a resync and an edit share
    a second, the text that the edit replaced shows which came first.
    """
    resynced = change.guid.startswith(RESYNC)
    others = [note for note in notes if note.guid.startswith(RESYNC) != resynced]
    if not change.digest:
        return any(abs(note.at - change.at) <= APART for note in others)
    then = [note for note in notes if note.at == change.at]
    if resynced:
        latest = max((note.at for note in notes), default=change.at)
        latest_texts = {note.digest for note in notes if note.at == latest} | {note.before for note in then}
        return latest > change.at or change.digest in latest_texts
    found_texts = {note.digest for note in others if note.at == change.at}
    from_there = change.before in {note.digest for note in then}
    return any(note.at > change.at for note in others) or (
        bool(found_texts) and (change.digest in found_texts or not from_there)
    )
