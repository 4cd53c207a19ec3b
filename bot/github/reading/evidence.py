"""What GitHub shows of a delivery: its commit, the checks of it, and what reviewers said.

    evidence = await gather(gh.at("canada-ca/micro-acquisition"), Target("supplier/project", pull=5))

Read with the App's own token: GitHub lets it read what is public wherever the App is not installed.
At most eight calls, whatever is there: strangers choose what is delivered. What belongs to a commit that was pushed a
moment ago GitHub may not find yet: it is asked for again.
https://docs.github.com/en/rest/checks/runs  https://docs.github.com/en/rest/commits/statuses
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import structlog

from bot.github.transport.client import RepositoryClient
from bot.github.transport.errors import Refused
from bot.pipeline.model.evidence import Evidence, Target

log = structlog.get_logger(__name__)

PAGE, PAGES = 100, 3
"""Items on a page, the most that GitHub gives; and pages of a list that are read."""

AGAIN = (1.0, 3.0)
"""Seconds until what belongs to a commit that is there, and was not found, is asked for once more."""

DEEPEST = 4
"""Parts of an address with a branch and a folder in which the branch is looked for."""

PASSED = {"success", "neutral", "skipped"}
PENDING = {"pending", "stale"}  # stale: GitHub gave up waiting for it
VERDICTS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}


async def gather(home: RepositoryClient, target: Target) -> Evidence | None:
    """The evidence now; None where the target is not there, or not public. Raises `Wait` as any look-up does."""
    at = f"/repos/{target.repository}"
    try:
        pull = await home.get(f"{at}/pulls/{target.pull}") if target.pull else None
        commit = str(pull["head"]["sha"]) if pull else await _commit(home, at, target.ref)
        status, (runs, unread), reviews = await _seen_of(home, at, commit, target.pull)
    except Refused as error:
        log.info("delivery cannot be seen", delivered=target.repository, pull=target.pull, error=str(error))
        return None
    if status["repository"]["private"]:
        return None
    checks = [(str(run["name"]), str(run["conclusion"] or "pending")) for run in runs]
    checks += [(str(one["context"]), str(one["state"])) for one in status["statuses"]]
    unread += status["total_count"] - len(status["statuses"])
    passed = sum(outcome in PASSED for _, outcome in checks)
    pending = sum(outcome in PENDING for _, outcome in checks)
    failed = dict.fromkeys(name for name, outcome in checks if outcome not in PASSED | PENDING)
    verdicts = _verdicts(reviews, _login(pull)) if pull else []
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


async def _seen_of(
    home: RepositoryClient, at: str, commit: str, pull: int | None, pauses: Sequence[float] = AGAIN
) -> tuple[Mapping[str, Any], tuple[list[Mapping[str, Any]], int], list[Mapping[str, Any]]]:
    """Its combined status, its check runs and how many more there are, and the reviews of its pull request."""
    try:
        status, runs, reviews = await asyncio.gather(
            home.get(at + "/commits/{sha}/status{?per_page}", sha=commit, per_page=PAGE),
            _check_runs(home, at, commit),
            _reviews(home, f"{at}/pulls/{pull}") if pull else _none(),
        )
    except Refused as error:
        if not pauses or error.status not in (404, 422):
            raise
        await asyncio.sleep(pauses[0])
        return await _seen_of(home, at, commit, pull, pauses[1:])
    return status, runs, reviews


async def _commit(home: RepositoryClient, at: str, ref: str | None) -> str:
    """The commit that a hash, a branch or a branch followed by a folder stands for."""
    names = list(accumulate(ref.split("/"), "{}/{}".format))[:DEEPEST] if ref else [None]
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
    """The latest run of each check, and how many more there are than are read."""
    runs: list[Mapping[str, Any]] = []
    for page in range(1, PAGES + 1):
        answer = await home.get(at + "/commits/{sha}/check-runs{?per_page,page}", sha=commit, per_page=PAGE, page=page)
        runs += answer["check_runs"]
        if len(answer["check_runs"]) < PAGE:
            break
    return runs, answer["total_count"] - len(runs)


async def _reviews(home: RepositoryClient, pull: str) -> list[Mapping[str, Any]]:
    reviews = []
    async for review in home.pages(pull + "/reviews{?per_page}", per_page=PAGE):
        reviews.append(review)
        if len(reviews) == PAGE * PAGES:
            break
    return reviews


def _verdicts(reviews: Iterable[Mapping[str, Any]], author: str) -> list[str]:
    """The latest verdict of each reviewer; a mere comment takes none back."""
    latest = {_login(review): str(review["state"]) for review in reviews if review["state"] in VERDICTS}
    return [verdict for reviewer, verdict in latest.items() if reviewer != author]


def _login(written: Mapping[str, Any]) -> str:
    """Who wrote it, also where the account is gone."""
    return str((written["user"] or {}).get("login", "ghost")).lower()


async def _none() -> list[Mapping[str, Any]]:
    return []
