"""Check runs as they begin, end, and are asked for again; the App hears of each."""

from __future__ import annotations

from typing import Any

from sandbox.acts.telling import tell
from sandbox.model import CheckRun, Repository, User
from sandbox.shapes import checks
from sandbox.world import World


def begin(world: World, repo: Repository, who: User, run: CheckRun) -> None:
    repo.check_runs[run.id] = run
    _told(world, repo, who, run, "created")
    if run.status == "completed":
        complete(world, repo, who, run)


def complete(world: World, repo: Repository, who: User, run: CheckRun) -> None:
    _told(world, repo, who, run, "completed")


def rerequest(world: World, repo: Repository, who: User, run: CheckRun) -> None:
    """Sends the request to the App that made the run. Only that App changes the run."""
    if run.app is not None and run.app is world.app:
        _told(world, repo, who, run, "rerequested")


def request_action(world: World, repo: Repository, who: User, run: CheckRun, identifier: str) -> None:
    """Presses one of the buttons that the App put beside its check."""
    if run.app is not None and run.app is world.app:
        _told(world, repo, who, run, "requested_action", requested_action={"identifier": identifier})


def _told(world: World, repo: Repository, who: User, run: CheckRun, action: str, **parts: Any) -> None:
    if world.installed(repo):
        body = checks.check_run(world, repo, run) | {"check_suite": checks.suite(world, repo, run)}
        tell(world, "check_run", repo, who, action=action, check_run=body, **parts)
