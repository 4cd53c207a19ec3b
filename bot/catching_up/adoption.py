"""Adopts the bot's own work on GitHub into a ledger that is behind: a restored backup, or one that is rebuilt.

    own = Own(issue, comments, pulls)         the bot's comments and pull requests that are not in the ledger
    own.until                                 the bot answered everything until then
    own.deliveries(missed, beacon, repositories, now)

The bot once decided what people did until then. It decides that again, as of that time, and makes nothing on GitHub a
second time. To keep the order, the deliveries include the states of the bot's pull requests, and the times of those of
its comments that time alone caused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.github.effects import ticks
from bot.github.reading import marks
from bot.github.reading.webhook import OWN, WATCHED, Repositories, read_pull
from bot.github.transport.client import Json
from bot.pipeline.model.delivery import RESYNC, Delivery
from bot.pipeline.model.page import AMENDMENTS
from bot.pipeline.model.policy import BeaconPolicy

SOON = timedelta(minutes=2)
"""The longest time from the decision on a draw to its announcement on GitHub."""


@dataclass(frozen=True)
class Own:
    """The bot's own work on one issue that is on GitHub and not in the ledger, oldest first."""

    issue: Json
    comments: Sequence[Json]
    pulls: Sequence[Json] = ()

    @property
    def until(self) -> datetime:
        """Returns the time until which the bot was at work."""
        return max(_time(comment["created_at"]) for comment in self.comments)

    def deliveries(
        self, missed: Sequence[Delivery], beacon: BeaconPolicy, repositories: Repositories, now: datetime
    ) -> list[Delivery]:
        """Returns the adoption first, then what was missed in its order, each with the time of its first decision."""
        key, number = repositories.key(self.issue["number"]), self.issue["number"]
        found = [(_when(one), 0, self._as_of(one, beacon)) for one in missed]
        for comment in self.comments:
            mark = str(marks.find_mark(comment["body"] or ""))
            if mark.split(maxsplit=1)[0] not in ("reply", "status", "label", "flag"):
                at = self._decided(_time(comment["created_at"]), beacon)
                found.append((at, 1, _delivery(f"own {comment['id']}", OWN, key, {"at": at.isoformat()}, now)))
        for pull in self.pulls:
            for at, state in _states(pull):
                guid = f"pull {pull['base']['repo']['full_name']} {pull['number']} {state}"
                payload = {"pull": _changed(pull, state), "actor": _who(pull, state), "at": at.isoformat()}
                found.append((at, 2, _delivery(guid, WATCHED, key, payload | {"as_of": at.isoformat()}, now)))
        found.sort(key=lambda one: one[:2])
        adopted = {
            "issue": self.issue,
            "until": self.until.isoformat(),
            "comments": [_comment(comment) for comment in self.comments],
            "pulls": [_pull(pull) for pull in self.pulls],
        }
        guid = f"own {number} {self.comments[-1]['id']} {self.until.isoformat()}"
        return [_delivery(guid, OWN, key, {"adopted": adopted}, now), *(one for *_, one in found)]

    def _as_of(self, missed: Delivery, beacon: BeaconPolicy) -> Delivery:
        payload, at = json.loads(missed.body), _when(missed)
        if at > self.until:
            return missed
        reply = f"reply {(payload.get('comment') or {}).get('id', 0)}"
        answered = [_time(one["created_at"]) for one in self.comments if marks.find_mark(one["body"] or "") == reply]
        as_of = self._decided(max([at, *answered]), beacon)
        return replace(missed, body=json.dumps(payload | {"as_of": as_of.isoformat()}).encode())

    def _decided(self, at: datetime, beacon: BeaconPolicy) -> datetime:
        """Returns the time of a decision: a little earlier for a draw, whose round follows from that time."""
        for comment in self.comments:
            kind, _, number = (marks.find_mark(comment["body"] or "") or "").partition(" ")
            if kind == "draw" and abs(_time(comment["created_at"]) - at) <= SOON:
                due = beacon.genesis + (int(number) - 1) * beacon.period - beacon.lead_minutes * 60
                at = min(at, datetime.fromtimestamp(due, at.tzinfo))
        return at


def _when(one: Delivery) -> datetime:
    """Returns when it happened: for an opening, the issue's own time."""
    payload = json.loads(one.body)
    thing = payload.get("comment") or payload["issue"]
    return _time(thing["created_at" if payload["action"] == "opened" else "updated_at"])


def _states(pull: Json) -> list[tuple[datetime, str]]:
    ended = read_pull("", pull).state
    opened = [(_time(pull["created_at"]), "open")]
    return opened if ended == "open" else [*opened, (_time(pull["closed_at"]), ended)]


def _who(pull: Json, state: str) -> str:
    return str((pull.get("merged_by") or {}).get("login") or pull["user"]["login"]) if state == "merged" else ""


def _changed(pull: Json, state: str) -> Json:
    kind = (marks.of_pull(pull["body"] or "") or ("", 0))[0]
    return {"kind": kind, "number": pull["number"], "url": pull["html_url"], "state": state}


def _comment(comment: Json) -> Json:
    body = comment["body"] or ""
    mark = str(marks.find_mark(body))
    remote = {"id": comment["id"], "at": comment["created_at"]}
    if mark.startswith("checklist "):
        remote["ticked"] = sorted(ticks.ticked(body))
    return {"thing": f"comment {mark}", "remote": remote}


def _pull(pull: Json) -> Json:
    kind, branch = _changed(pull, "")["kind"], pull["head"]["ref"]
    tail = branch.rpartition("--")[2]
    return {
        "thing": f"pull {kind}",
        "remote": {
            "number": pull["number"],
            "url": pull["html_url"],
            "state": read_pull(kind, pull).state,
            "branch": branch,
            "round": int(tail) if kind in AMENDMENTS and tail.isdigit() else 1,
            "again": 0,
            "head": pull["head"]["sha"],
            "onto": pull["base"]["ref"],
            "base": pull["base"]["sha"],
        },
    }


def _delivery(what: str, event: str, key: str, payload: Json, now: datetime) -> Delivery:
    return Delivery(f"{RESYNC}{what}", event, key, now, json.dumps(payload).encode())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
