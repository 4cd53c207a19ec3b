"""Misbehaviour on request: what networks and busy services do to a client, one rule each.

    sandbox.faults.add(do="502-after", method="POST", path="/comments$")     done, then 502
    sandbox.faults.add(do="cut", path="/pulls", nth=2)                       the second call is cut off
    sandbox.mail.faults.add(do="double", event="issue_comment", times=None)  every such webhook twice

For API calls `do` is: `status` and `status-after` (answer `status` instead of doing it, or after it: somebody
was faster), `502-after` (do it, then 502), `cut` and `cut-after` (break the connection before or after doing it),
`truncate` (do it, and break the connection in the middle of the answer), `garble` (do it, and pass off half of the
answer as all of it), `hang` and `hang-after` (never answer), `delay` (`seconds`), `expire` (the token ends before its
time), `primary-limit`, `secondary-limit` (403, or `status`; `retry_after` seconds, or no such header).
For webhooks: `drop` (never sent, as if delivered), `fail` (logged as failed), `double`,
`delay` (`seconds`, in which others overtake it), `reorder` (after the next one).
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

API = (
    "status",
    "status-after",
    "502-after",
    "cut",
    "cut-after",
    "truncate",
    "garble",
    "hang",
    "hang-after",
    "delay",
    "expire",
    "primary-limit",
    "secondary-limit",
)
WEBHOOK = ("drop", "fail", "double", "delay", "reorder")


@dataclass
class Fault:
    do: str
    method: str = "*"
    path: str = ""  # a regular expression found anywhere in the path
    event: str = ""  # the same, on `event.action` of a webhook
    actor: str = ""  # login of the caller; empty for everybody
    nth: int = 1  # the first matching call that it strikes
    times: int | None = 1  # how many it strikes; None for all
    chance: float = 1.0
    status: int | None = None
    seconds: float = 0.0
    retry_after: int | None = None
    reset_in: int = 60
    matches: int = 0
    struck: int = 0


class Faults:
    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds
        self.dice = random.Random(20210623)  # noqa: S311 - chances that can be repeated, not secrets
        self.rules: list[Fault] = []

    def add(self, **rule: object) -> Fault:
        made = Fault(**rule)  # type: ignore[arg-type]  # checked just below, since rules also come as JSON
        if made.do not in self._kinds:
            raise ValueError(f"{made.do} is not one of {', '.join(self._kinds)}")
        re.compile(made.path), re.compile(made.event)
        self.rules.append(made)
        return made

    def clear(self) -> None:
        self.rules.clear()

    def strike(self, *, method: str = "", path: str = "", event: str = "", actor: str = "") -> Fault | None:
        """Returns the rule that hits this call, if any; each rule counts the calls it matches."""
        hit: Fault | None = None
        for rule in self.rules:
            if rule.method not in ("*", method) or (rule.actor and rule.actor.lower() != actor.lower()):
                continue
            if not re.search(rule.path, path) or not re.search(rule.event, event):
                continue
            rule.matches += 1
            ready = rule.matches >= rule.nth and (rule.times is None or rule.struck < rule.times)
            if hit is None and ready and self.dice.random() < rule.chance:
                rule.struck += 1
                hit = rule
        return hit
