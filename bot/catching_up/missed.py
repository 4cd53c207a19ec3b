"""Turns GitHub's lists of changes into deliveries of the same shape as webhooks, for those that webhooks missed.

    changes = await changed_since(place, since)         # three lists, conditional, a hundred things a request
    deliveries = missed(changes.issues[12], changes, stored, repositories, me, now)

A delivery's GUID is made of GitHub's own ids, so the inbox stores it once, even if several resyncs find it. The lists
do not show the editor of a text (its author is assumed), earlier texts, or deletions.
https://docs.github.com/en/rest/issues/issues#list-repository-issues
https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
https://docs.github.com/en/rest/issues/events#list-issue-events-for-a-repository
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.catching_up.reported import TEXT, digest_of, is_reported, reported_by
from bot.github.effects import ticks
from bot.github.reading import marks
from bot.github.reading.webhook import GHOST, Repositories, key_of
from bot.github.transport.client import Json, RepositoryClient
from bot.pipeline.model.delivery import RESYNC, Delivery, ReportedChange


@dataclass(frozen=True)
class Changes:
    """Issues and pull requests by number, with their comments and events, in GitHub's order.

    `until` is the time of the latest change in the list that was read first: everything before it was read.
    """

    issues: Mapping[int, Json] = field(default_factory=dict)
    comments: Mapping[int, Sequence[Json]] = field(default_factory=dict)
    events: Mapping[int, Sequence[Json]] = field(default_factory=dict)
    until: datetime | None = None


async def changed_since(place: RepositoryClient, since: datetime) -> Changes:
    """Returns everything in a repository that changed since then. The list of issues, read first, sets its end.

    The latest come first: a change meanwhile then moves others to a later page, never to one that was read.
    """
    after = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    issues, comments, events = dict[int, Json](), dict[int, dict[int, Json]](), dict[int, dict[int, Json]]()
    listed = "{?state,sort,direction,since,per_page}"
    latest = {"sort": "updated", "direction": "desc", "since": after, "per_page": 100}
    async for issue in place.pages("issues" + listed, state="all", **latest):
        issues.setdefault(issue["number"], issue)
    until = max((_time(issue["updated_at"]) for issue in issues.values()), default=None)
    async for comment in place.pages("issues/comments" + listed, **latest):
        comments.setdefault(int(comment["issue_url"].rpartition("/")[2]), {}).setdefault(comment["id"], comment)
    async for event in place.pages("issues/events{?per_page}", per_page=100):
        if _time(event["created_at"]) < since:
            break
        if event.get("issue"):
            issues.setdefault(event["issue"]["number"], event["issue"])
            events.setdefault(event["issue"]["number"], {}).setdefault(event["id"], event)
    for number in comments.keys() - issues.keys():
        issues[number] = await place.get("issues/{n}", n=number)
    return Changes(issues, _oldest_first(comments), _oldest_first(events), until)


def _oldest_first(things: Mapping[int, Mapping[int, Json]]) -> dict[int, list[Json]]:
    return {number: [*found.values()][::-1] for number, found in things.items()}


@dataclass(frozen=True)
class StoredIssue:
    """What the ledger holds of one issue.

    `notes` are the changes that deliveries reported, `texts` the last reported ones of the issue and its comments,
    `boxes` those that the bot shows as ticked, by the checklist's mark.
    """

    notes: Sequence[ReportedChange] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    boxes: Mapping[str, Set[str]] = field(default_factory=dict)


def missed(
    issue: Json, changes: Changes, stored: StoredIssue, repositories: Repositories, me: str, now: datetime
) -> list[Delivery]:
    """Returns the changes of an issue that no delivery reported, in their order; not those that `me`, the bot, made."""
    number = issue["number"]
    found = [_text(issue, stored.texts), *_comments(changes.comments.get(number, ()), stored, me)]
    found += [_event(one) for one in changes.events.get(number, ())]
    found.sort(key=lambda one: one[0])
    return [
        _delivery(guid, event, payload, repositories, now)
        for _, event, guid, payload in _as_it_was(issue, found)
        if (change := reported_by(event, payload, guid))
        and payload["sender"].get("type") != "Bot"
        and not is_reported(change, [note for note in stored.notes if note.what == change.what])
    ]


_Found = tuple[datetime, str, str, dict[str, Any]]
"""When, the event, the GUID, and the payload so far."""


def _text(issue: Json, texts: Mapping[str, str]) -> _Found:
    """Returns the issue's own text: as opened if it was never reported, else as edited at its last change."""
    guid = f"{RESYNC}{TEXT} {issue['number']} {digest_of(issue)[:16]} {issue['updated_at']}"
    sender = issue.get("user") or {"login": GHOST}
    if TEXT not in texts:
        return _time(issue["created_at"]), "issues", guid, {"action": "opened", "sender": sender}
    changes = {"body": {"from": texts[TEXT]}}
    return _time(issue["updated_at"]), "issues", guid, {"action": "edited", "sender": sender, "changes": changes}


def _comments(comments: Sequence[Json], stored: StoredIssue, me: str) -> list[_Found]:
    found: list[_Found] = []
    for comment in comments:
        author, what = comment.get("user") or {"login": GHOST}, f"comment {comment['id']}"
        edited = comment["updated_at"] != comment["created_at"] or what in stored.texts
        if author["login"].casefold() == me.casefold():
            # people tick boxes there; GitHub does not show their names
            shown = stored.boxes.get(marks.find_mark(comment["body"] or "") or "")
            if shown is None or shown == ticks.ticked(comment["body"]):
                continue
            author, edited = {"login": GHOST}, True  # even in the second in which it was created
        payload: dict[str, Any] = {"action": "created", "sender": author, "comment": comment}
        if edited:
            # the earlier text was reported, or is lost: then all of it counts as new
            payload |= {"action": "edited", "changes": {"body": {"from": stored.texts.get(what, "")}}}
        guid = f"{RESYNC}{what} {comment['updated_at']}"
        found.append((_time(comment["updated_at"]), "issue_comment", guid, payload))
    return found


def _event(event: Json) -> _Found:
    payload: dict[str, Any] = {"action": event["event"], "sender": event.get("actor") or {"login": GHOST}}
    if event.get("label"):
        payload["label"] = event["label"]
    return _time(event["created_at"]), "issues", f"{RESYNC}event {event['id']}", payload


def _as_it_was(issue: Json, found: Sequence[_Found]) -> list[_Found]:
    """Returns each with the issue as it was then: its labels and state, derived from later changes."""
    labels, state = {one["name"]: one for one in issue["labels"]}, issue["state"]
    rewound: list[_Found] = []
    for at, event, guid, payload in reversed(found):
        stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        then = {"labels": [*labels.values()], "state": state, "updated_at": stamp}
        then |= {"closed_at": stamp if payload["action"] == "closed" else None}
        if payload["action"] == "opened":
            then |= {"updated_at": issue["updated_at"]}
        rewound.append((at, event, guid, payload | {"issue": {**issue, **then}}))
        match payload["action"], payload.get("label"):
            case "labeled", dict() as one:
                labels.pop(one["name"], None)
            case "unlabeled", dict() as one:
                labels[one["name"]] = one
            case ("closed" | "reopened") as action, _:
                state = "open" if action == "closed" else "closed"
    return rewound[::-1]


def about_pull(issue: Json, repositories: Repositories, now: datetime) -> Delivery:
    """Returns a delivery that says only that a pull request changed: its turn reads the rest from GitHub."""
    guid = f"{RESYNC}pull {issue['number']} {issue['updated_at']}"
    payload = {"action": "edited", "pull_request": {"number": issue["number"]}}
    return _delivery(guid, "pull_request", payload, repositories, now)


def _delivery(guid: str, event: str, payload: Json, repositories: Repositories, now: datetime) -> Delivery:
    payload = {**payload, "repository": {"full_name": repositories.repository}}
    return Delivery(guid, event, key_of(event, payload, repositories), now, json.dumps(payload).encode())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
