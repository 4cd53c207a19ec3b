"""Issues: opening, reading, listing, editing; who is assigned; what happened to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.acts import issues as acts
from sandbox.acts import labels as label_acts
from sandbox.api.labels import wanted
from sandbox.errors import ApiError, Json, forbidden, invalid, not_found
from sandbox.http.call import CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import REPO, route
from sandbox.model import Issue, IssueEvent, User
from sandbox.shapes import issues, people

LONGEST = 65_536


def check_body(body: str | None, resource: str) -> str | None:
    if body is not None and len(body) > LONGEST:
        message = f"body is too long (maximum is {LONGEST} characters)"
        raise invalid(resource, "body", "custom", message)
    return body


def since(call: Call) -> datetime | None:
    text = call.query.get("since")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(422, "Validation Failed", [{"resource": "Issue", "code": "invalid", "field": "since"}]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@route("GET", REPO + "/issues", app="issues:read")
def list_issues(call: Call) -> Answer:
    repo, query = call.repo, call.query
    found = list(repo.issues.values())
    if (state := query.get("state", "open")) != "all":
        found = [one for one in found if one.state == state]
    if query.get("labels"):
        names = {name.strip().lower() for name in query["labels"].split(",")}
        found = [one for one in found if names <= {label.name.lower() for label in one.labels}]
    if creator := query.get("creator"):
        found = [one for one in found if one.user.login.lower() == creator.lower()]
    if (assignee := query.get("assignee")) not in (None, "*"):
        found = [one for one in found if _assigned(one, assignee or "")]
    if (after := since(call)) is not None:
        found = [one for one in found if one.updated_at >= after]
    return call.page(_sorted(found, query.get("sort", "created"), query.get("direction", "desc")), _shape(call))


def _assigned(issue: Issue, login: str) -> bool:
    logins = {who.login.lower() for who in issue.assignees}
    return not logins if login == "none" else login.lower() in logins


def _sorted(found: list[Issue], by: str, direction: str) -> list[Issue]:
    def key(one: Issue) -> tuple[float, int]:
        first = {"updated": one.updated_at.timestamp(), "comments": float(len(one.comments))}
        return first.get(by, one.created_at.timestamp()), one.number

    return sorted(found, key=key, reverse=direction != "asc")


def _shape(call: Call) -> Callable[[Issue], Json]:
    return lambda one: issues.issue(call.world, one)


@route("POST", REPO + "/issues", app="issues:write")
def post_issue(call: Call) -> Answer:
    repo = call.repo
    if not repo.has_issues:
        raise ApiError(410, "Issues are disabled for this repo")
    title, body = check_title(call.need_text("title", "Issue")), check_body(call.text("body"), "Issue")
    may = call.at_least("triage")
    # Silently, as on GitHub: who may not label simply opens an issue without labels.
    labels = wanted(call, repo, call.texts("labels") or []) if may else []
    assignees = _assignees(call, call.texts("assignees") or call.texts("assignee") or []) if may else []
    made = acts.open_issue(call.world, repo, call.user, title, body, labels, assignees)
    return Reply(CREATED, issues.issue(call.world, made))


def check_title(title: str) -> str:
    if len(title) > 256:
        raise invalid("Issue", "title", "custom", "title is too long (maximum is 256 characters)")
    if not title.strip():
        raise invalid("Issue", "title", "missing_field")
    return title


def _assignees(call: Call, logins: list[str]) -> list[User]:
    """Returns those who can be assigned; GitHub leaves out the others without an error."""
    found = (call.world.user(login) for login in logins)
    return [who for who in found if who is not None and _assignable(call, who)][:10]


def _assignable(call: Call, who: User) -> bool:
    world, repo = call.world, call.repo
    organization = world.organization(repo.owner.login)
    issue = repo.issues.get(int(call.params.get("number", 0)))
    took_part = issue is not None and (who is issue.user or any(who is said.user for said in issue.comments))
    return who in world.collaborators(repo) or took_part or (organization is not None and organization.has(who))


@route("GET", REPO + "/issues/{number}", app="issues:read")
def get_issue(call: Call) -> Answer:
    return issues.issue(call.world, call.issue)


@route("PATCH", REPO + "/issues/{number}", app="issues:write")
def patch_issue(call: Call) -> Answer:
    issue, data = call.issue, call.data
    mine, triage, write = call.user is issue.user, call.at_least("triage"), call.at_least("write")
    if not (mine or triage):
        raise forbidden()
    title = check_title(call.need_text("title", "Issue")) if data.get("title") is not None else issue.title
    body = check_body(call.text("body"), "Issue") if "body" in data else issue.body
    if (title, body) != (issue.title, issue.body) and not (mine or write):
        raise forbidden()
    acts.edit_issue(call.world, issue, call.user, title, body)
    if triage and (names := call.texts("labels")) is not None:
        label_acts.replace_labels(call.world, issue, call.user, wanted(call, issue.repo, names))
    if triage and (logins := call.texts("assignees")) is not None:
        chosen = _assignees(call, logins)
        acts.unassign(call.world, issue, call.user, [who for who in issue.assignees if who not in chosen])
        acts.assign(call.world, issue, call.user, chosen)
    change_state(call, issue, may_reopen=triage or issue.closed_by is call.user)
    return issues.issue(call.world, issue)


def change_state(call: Call, issue: Issue, *, may_reopen: bool) -> None:
    state, reason = call.text("state"), call.text("state_reason")
    if state not in (None, "open", "closed") or reason not in (
        None,
        "completed",
        "not_planned",
        "duplicate",
        "reopened",
    ):
        raise invalid("Issue", "state" if state not in (None, "open", "closed") else "state_reason")
    if state == "closed":
        acts.close(call.world, issue, call.user, reason)
    elif state == "open" and issue.state == "closed":
        if not may_reopen:
            raise forbidden()
        if issue.pull is not None and issue.pull.merged_at is not None:
            raise invalid("PullRequest", "state", "custom", "state cannot be changed. The pull request was merged.")
        acts.reopen(call.world, issue, call.user)


@route("PUT", REPO + "/issues/{number}/lock", role="triage", app="issues:write")
def put_lock(call: Call) -> Answer:
    acts.lock(call.world, call.issue, call.user, on=True)
    return Reply(NO_CONTENT)


@route("DELETE", REPO + "/issues/{number}/lock", role="triage", app="issues:write")
def unlock(call: Call) -> Answer:
    acts.lock(call.world, call.issue, call.user, on=False)
    return Reply(NO_CONTENT)


# assignees


@route("GET", REPO + "/assignees", app="issues:read")
def list_assignees(call: Call) -> Answer:
    people_of = [who for who in call.world.users.values() if who.type == "User" and _assignable(call, who)]
    return call.page(people_of, lambda who: people.user(call.world, who))


@route("GET", REPO + "/assignees/{user}", app="issues:read")
@route("GET", REPO + "/issues/{number}/assignees/{user}", app="issues:read")
def can_be_assigned(call: Call) -> Answer:
    if not _assignable(call, call.person(call.params["user"])):
        raise not_found()
    return Reply(NO_CONTENT)


@route("POST", REPO + "/issues/{number}/assignees", role="triage", app="issues:write")
def add_assignees(call: Call) -> Answer:
    issue = call.issue
    acts.assign(call.world, issue, call.user, _assignees(call, call.texts("assignees") or []))
    return Reply(CREATED, issues.issue(call.world, issue))


@route("DELETE", REPO + "/issues/{number}/assignees", role="triage", app="issues:write")
def remove_assignees(call: Call) -> Answer:
    issue = call.issue
    lower = {login.lower() for login in call.texts("assignees") or []}
    acts.unassign(call.world, issue, call.user, [who for who in issue.assignees if who.login.lower() in lower])
    return issues.issue(call.world, issue)


# history


@route("GET", REPO + "/issues/{number}/events", app="issues:read")
def events(call: Call) -> Answer:
    issue = call.issue
    return call.page(issue.events, lambda one: issues.event(call.world, issue, one))


@route("GET", REPO + "/issues/{number}/timeline", app="issues:read")
def list_timeline(call: Call) -> Answer:
    return call.page(issues.timeline(call.world, call.issue), lambda one: one)


def _history(call: Call) -> list[tuple[Issue, IssueEvent]]:
    pairs = [(issue, one) for issue in call.repo.issues.values() for one in issue.events]
    return sorted(pairs, key=lambda pair: -pair[1].id)


@route("GET", REPO + "/issues/events", app="issues:read")
def all_events(call: Call) -> Answer:
    def shape(pair: tuple[Issue, IssueEvent]) -> object:
        return issues.event(call.world, *pair) | {"issue": issues.issue(call.world, pair[0])}

    return call.page(_history(call), shape)


@route("GET", REPO + "/issues/events/{id}", app="issues:read")
def one_event(call: Call) -> Answer:
    for issue, one in _history(call):
        if one.id == int(call.params["id"]):
            return issues.event(call.world, issue, one) | {"issue": issues.issue(call.world, issue)}
    raise not_found()
