"""Check runs, which only Apps make, and commit statuses, which anyone who may push does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.acts import checks as acts
from sandbox.api.branches import find_commit
from sandbox.errors import ApiError, invalid, not_for_apps, not_found, unprocessable
from sandbox.http.call import CREATED, Answer, Call, Reply
from sandbox.http.routes import REPO, route
from sandbox.model import CheckRun, Repository, Status
from sandbox.shapes import checks

CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale")


def make_check_run(call: Call, repo: Repository, data: dict[str, Any]) -> CheckRun:
    """Makes a check run. `sandbox/control.py` uses it too, to play checks that are not this App's."""
    if not data.get("name") or not data.get("head_sha"):
        raise invalid("CheckRun", "name" if not data.get("name") else "head_sha", "missing_field")
    sha = find_commit(call, repo, str(data["head_sha"]))
    made = CheckRun(call.world.new_id(), str(data["name"]), sha, "queued", None, None, None, call.actor.app)
    made.started_at = call.world.clock.now()
    _update(call, made, data)
    acts.begin(call.world, repo, call.actor.user or repo.owner, made)
    return made


def _update(call: Call, run: CheckRun, data: dict[str, Any]) -> None:
    again = data.get("status", "completed") != "completed"
    conclusion = data.get("conclusion", None if again else run.conclusion)
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion")
    status = "completed" if conclusion else str(data.get("status", run.status))
    if status == "completed" and conclusion is None:
        raise unprocessable("Invalid request.\n\nA completed check run needs a conclusion.")
    noted, actions = _annotations(data), _at_most(3, data.get("actions"))
    run.status, run.conclusion = status, conclusion
    if run.status != "completed":
        run.completed_at = None
    elif run.completed_at is None:
        run.completed_at = _moment(data.get("completed_at")) or call.world.clock.now()
    run.name = str(data.get("name", run.name))
    run.details_url = data.get("details_url", run.details_url)
    run.external_id = data.get("external_id", run.external_id)
    run.output = data.get("output") or run.output
    run.annotations += noted
    run.actions = actions if "actions" in data else run.actions


def _at_most(most: int, items: Any) -> list[Any]:
    found = items or []
    if len(found) > most:
        raise unprocessable(f"Invalid request.\n\nNo more than {most} items are allowed; {len(found)} were supplied.")
    return list(found)


def _annotations(data: dict[str, Any]) -> list[dict[str, Any]]:
    found = _at_most(50, (data.get("output") or {}).get("annotations"))
    for one in found:
        for name in ("path", "start_line", "end_line", "annotation_level", "message"):
            if name not in one:
                raise unprocessable(f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        if one["annotation_level"] not in ("notice", "warning", "failure"):
            raise unprocessable(f"Invalid request.\n\n{one['annotation_level']} is not a member of the enum.")
    return found


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _only_apps(call: Call) -> None:
    if call.actor.kind != "installation":
        raise ApiError(403, "You must authenticate via a GitHub App.")


def _run(call: Call) -> CheckRun:
    found = call.repo.check_runs.get(int(call.params["id"]))
    if found is None:
        raise not_found()
    return found


@route("POST", REPO + "/check-runs", app="checks:write")
def create_check_run(call: Call) -> Answer:
    _only_apps(call)
    return Reply(CREATED, checks.check_run(call.world, call.repo, make_check_run(call, call.repo, call.data)))


@route("GET", REPO + "/check-runs/{id}", app="checks:read")
def get_check_run(call: Call) -> Answer:
    return checks.check_run(call.world, call.repo, _run(call))


@route("PATCH", REPO + "/check-runs/{id}", app="checks:write")
def edit_check_run(call: Call) -> Answer:
    _only_apps(call)
    run = _run(call)
    if run.app is not call.actor.app:
        raise not_for_apps()
    before = run.status, run.conclusion
    _update(call, run, call.data)
    if run.status == "completed" and before != (run.status, run.conclusion):
        acts.complete(call.world, call.repo, call.user, run)
    return checks.check_run(call.world, call.repo, run)


@route("GET", REPO + "/check-runs/{id}/annotations", app="checks:read")
def check_annotations(call: Call) -> Answer:
    repo, run = call.repo, _run(call)
    return call.page(run.annotations, lambda one: checks.annotation(call.world, repo, run, one))


@route("POST", REPO + "/check-runs/{id}/rerequest", role="write", app="checks:write")
def post_rerequest(call: Call) -> Answer:
    acts.rerequest(call.world, call.repo, call.user, _run(call))
    return Reply(CREATED, {})


@route("GET", REPO + "/commits/{ref}/check-runs", app="checks:read")
def check_runs(call: Call) -> Answer:
    repo, query = call.repo, call.query
    sha = find_commit(call, repo, call.params["ref"])
    found = [one for one in repo.check_runs.values() if one.head_sha == sha]
    if name := query.get("check_name"):
        found = [one for one in found if one.name == name]
    if status := query.get("status"):
        found = [one for one in found if one.status == status]
    if query.get("filter", "latest") == "latest":
        found = list({one.name: one for one in found}.values())
    return call.page(found, lambda one: checks.check_run(call.world, repo, one), "check_runs")


@route("GET", REPO + "/commits/{ref}/status", app="statuses:read")
def get_combined_status(call: Call) -> Answer:
    repo = call.repo
    sha = find_commit(call, repo, call.params["ref"])
    page = call.page(checks.latest(repo, sha), lambda one: checks.status_of(call.world, repo, one), "statuses")
    page.body |= checks.combined(call.world, repo, sha)
    return page


@route("GET", REPO + "/commits/{ref}/statuses", app="statuses:read")
def statuses(call: Call) -> Answer:
    repo = call.repo
    sha = find_commit(call, repo, call.params["ref"])
    found = [one for one in reversed(repo.statuses) if one.sha == sha]
    return call.page(found, lambda one: checks.status(call.world, repo, one))


@route("POST", REPO + "/statuses/{sha}", role="write", app="statuses:write")
def create_status(call: Call) -> Answer:
    repo, state = call.repo, call.text("state")
    if state not in ("error", "failure", "pending", "success"):
        raise invalid("Status", "state")
    made = Status(
        call.world.new_id(),
        find_commit(call, repo, call.params["sha"]),
        state,
        call.text("context") or "default",
        call.text("description"),
        call.text("target_url"),
        call.user,
        call.world.clock.now(),
    )
    repo.statuses.append(made)
    return Reply(CREATED, checks.status(call.world, repo, made))
