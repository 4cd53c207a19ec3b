"""Reads what GitHub shows of a delivery: its commit, the checks of the commit, and the verdicts of reviewers.

    evidence = await gather(gh.at("canada-ca/micro-acquisition"), Target("supplier/project", pull=5))

The App's own token reads public repositories where the App is not installed. Strangers choose the address of a
delivery, so one look makes at most eight calls. GitHub may not find the status of a commit that was pushed a moment
ago, so the bot asks again.
https://docs.github.com/en/rest/checks/runs  https://docs.github.com/en/rest/commits/statuses
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import structlog

from bot.github.reading.entry_pull import VERDICTS
from bot.github.reading.webhook import author_of
from bot.github.transport.client import RepositoryClient
from bot.github.transport.errors import Refused
from bot.pipeline.model.evidence import Evidence, Target

log = structlog.get_logger(__name__)

_PER_PAGE, _PAGES = 100, 3
"""The most items that GitHub puts on a page, and the most pages of one list that the bot reads."""

_PAUSES = (1.0, 3.0)
"""Seconds before each new attempt to read the status of a commit that GitHub did not find."""

_DEEPEST = 4
"""The most parts of an address, of branch and folder, in which the bot searches for the branch."""

_PASSED = {"success", "neutral", "skipped"}
_PENDING = {"pending", "stale"}  # stale: GitHub gave up waiting for it


async def gather(home: RepositoryClient, target: Target) -> Evidence | None:
    """Returns the evidence now, or None if the target is missing or not public. Raises `Wait` as any look-up does."""
    at = f"/repos/{target.repository}"
    try:
        pull = await home.get(f"{at}/pulls/{target.pull}") if target.pull else None
        commit = str(pull["head"]["sha"]) if pull else await _commit(home, at, target.ref)
        status, (runs, unread), reviews = await _read_commit(home, at, commit, target.pull)
    except Refused as error:
        log.info("delivered work cannot be read", delivered=target.repository, pull=target.pull, error=str(error))
        return None
    if status["repository"]["private"]:
        return None
    checks = [(str(run["name"]), str(run["conclusion"] or "pending")) for run in runs]
    checks += [(str(one["context"]), str(one["state"])) for one in status["statuses"]]
    unread += status["total_count"] - len(status["statuses"])
    passed = sum(outcome in _PASSED for _, outcome in checks)
    pending = sum(outcome in _PENDING for _, outcome in checks)
    failed = dict.fromkeys(name for name, outcome in checks if outcome not in _PASSED | _PENDING)
    verdicts = _verdicts(reviews, author_of(pull).lower()) if pull else []
    return Evidence(
        commit=commit,
        pull_state=("merged" if pull["merged"] else str(pull["state"])) if pull else None,
        checks_passed=passed,
        checks_failed=len(checks) - passed - pending,
        checks_pending=pending + max(0, unread),
        failed=tuple(failed)[:10],
        approvals=verdicts.count("APPROVED"),
        changes_requested=verdicts.count("CHANGES_REQUESTED"),
    )


async def _read_commit(
    home: RepositoryClient, at: str, commit: str, pull: int | None, pauses: Sequence[float] = _PAUSES
) -> tuple[Mapping[str, Any], tuple[list[Mapping[str, Any]], int], list[Mapping[str, Any]]]:
    """Returns the combined status of a commit, its check runs with the number of unread ones, and the reviews."""
    try:
        status, runs, reviews = await asyncio.gather(
            home.get(at + "/commits/{sha}/status{?per_page}", sha=commit, per_page=_PER_PAGE),
            _check_runs(home, at, commit),
            _reviews(home, f"{at}/pulls/{pull}") if pull else _none(),
        )
    except Refused as error:
        if not pauses or error.status not in (404, 422):
            raise
        await asyncio.sleep(pauses[0])
        return await _read_commit(home, at, commit, pull, pauses[1:])
    return status, runs, reviews


async def _commit(home: RepositoryClient, at: str, ref: str | None) -> str:
    """Finds the commit of a hash, a branch, or a branch followed by a folder. Raises `Refused` if there is none."""
    names = list(accumulate(ref.split("/"), "{}/{}".format))[:_DEEPEST] if ref else [None]
    refusal = Refused(404, "no such commit")
    for name in names:
        try:
            found = await home.get(at + "/commits{?sha,per_page}", sha=name, per_page=1)
        except Refused as error:
            refusal = error
        else:
            if found:
                return str(found[0]["sha"])
    raise refusal


async def _check_runs(home: RepositoryClient, at: str, commit: str) -> tuple[list[Mapping[str, Any]], int]:
    """Returns the latest run of each check, and the number of runs that were not read."""
    runs: list[Mapping[str, Any]] = []
    for page in range(1, _PAGES + 1):
        answer = await home.get(
            at + "/commits/{sha}/check-runs{?per_page,page}", sha=commit, per_page=_PER_PAGE, page=page
        )
        runs += answer["check_runs"]
        if len(answer["check_runs"]) < _PER_PAGE:
            break
    return runs, answer["total_count"] - len(runs)


async def _reviews(home: RepositoryClient, pull: str) -> list[Mapping[str, Any]]:
    reviews = []
    async for review in home.pages(pull + "/reviews{?per_page}", per_page=_PER_PAGE):
        reviews.append(review)
        if len(reviews) == _PER_PAGE * _PAGES:
            break
    return reviews


def _verdicts(reviews: Iterable[Mapping[str, Any]], author: str) -> list[str]:
    """Returns the latest verdict of each reviewer; a comment without a verdict leaves it as it is."""
    latest = {author_of(review).lower(): str(review["state"]) for review in reviews if review["state"] in VERDICTS}
    return [verdict for reviewer, verdict in latest.items() if reviewer != author]


async def _none() -> list[Mapping[str, Any]]:
    return []
