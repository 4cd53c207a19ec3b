"""The history under an issue: one entry for each thing done to it."""

from __future__ import annotations

from typing import Any

from sandbox.model import Issue, IssueEvent, User
from sandbox.world import World


def record(world: World, issue: Issue, who: User, event: str, **details: Any) -> None:
    issue.events.append(IssueEvent(world.new_id(), event, who, world.clock.now(), details))
