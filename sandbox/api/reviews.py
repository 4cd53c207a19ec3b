"""Reviews of pull requests, and who was asked for one."""

from __future__ import annotations

from sandbox.acts import pulls as acts
from sandbox.api.review_comments import check_commit, check_no_pending, may_speak, read_drafts
from sandbox.errors import ApiError, not_found, unprocessable
from sandbox.http.call import CREATED, Answer, Call, Reply
from sandbox.http.routes import PULL, route
from sandbox.lines import Misplaced
from sandbox.model import Issue, Review, User
from sandbox.pullwork import pull_of
from sandbox.shapes import people, pulls


@route("GET", PULL + "/reviews", app="pull_requests:read")
def reviews(call: Call) -> Answer:
    issue = call.pull
    seen = [one for one in pull_of(issue).reviews if one.state != "PENDING" or one.user is call.actor.user]
    return call.page(seen, lambda one: pulls.review(call.world, issue, one))


def _review(call: Call) -> Review:
    number = int(call.params["review"])
    found = next((one for one in pull_of(call.pull).reviews if one.id == number), None)
    if found is None or (found.state == "PENDING" and found.user is not call.actor.user):
        raise not_found()
    return found


def _event(call: Call, issue: Issue, body: str, *, comments: bool) -> str | None:
    event = call.text("event")
    if event is None:
        return None
    if event not in acts.STATES:
        raise unprocessable("Variable $event of type PullRequestReviewEvent was provided invalid value")
    own = call.user is issue.user
    if own and event != "COMMENT":
        what = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", [f"Can not {what} your own pull request"])
    if event != "APPROVE" and not body and not comments:
        raise unprocessable("Body can't be blank")
    return event


@route("POST", PULL + "/reviews", app="pull_requests:write")
def post_review(call: Call) -> Answer:
    issue, body = call.pull, call.text("body") or ""
    drafts, commit = read_drafts(call), call.text("commit_id")
    event = _event(call, issue, body, comments=bool(drafts))
    may_speak(call, issue)
    check_no_pending(call)
    check_commit(issue, commit)
    try:
        made = acts.add_review(call.world, issue, call.user, event, body, commit, drafts)
    except Misplaced as error:
        what = "Path" if error.field == "path" else "Line"
        raise ApiError(422, "Unprocessable Entity", [f"{what} could not be resolved"]) from None
    return pulls.review(call.world, issue, made)


@route("GET", PULL + "/reviews/{review}", app="pull_requests:read")
def get_review(call: Call) -> Answer:
    return pulls.review(call.world, call.pull, _review(call))


@route("GET", PULL + "/reviews/{review}/comments", app="pull_requests:read")
def comments_of_review(call: Call) -> Answer:
    found = _review(call)
    own = [one for one in pull_of(call.pull).comments if one.review is found]
    return call.page(own, lambda one: pulls.review_comment(call.world, one))


@route("POST", PULL + "/reviews/{review}/events", app="pull_requests:write")
def submit(call: Call) -> Answer:
    issue, found = call.pull, _review(call)
    if found.user is not call.user:
        raise not_found()
    found.body = call.text("body") or found.body
    event = _event(call, issue, found.body, comments=any(one.review is found for one in pull_of(issue).comments))
    if event is None or found.state != "PENDING":
        raise unprocessable("Could not submit the review.")
    acts.submit_review(call.world, issue, found, event)
    return pulls.review(call.world, issue, found)


@route("PUT", PULL + "/reviews/{review}/dismissals", role="write", app="pull_requests:write")
def dismiss(call: Call) -> Answer:
    issue, found = call.pull, _review(call)
    call.need_text("message", "PullRequestReview")
    if found.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise unprocessable(f"Can not dismiss a {found.state.lower()} pull request review")
    acts.dismiss_review(call.world, issue, found, call.user)
    return pulls.review(call.world, issue, found)


@route("GET", PULL + "/requested_reviewers", app="pull_requests:read")
def requested(call: Call) -> Answer:
    pull = pull_of(call.pull)
    return {
        "users": [people.user(call.world, who) for who in pull.reviewers],
        "teams": [people.team(call.world, group) for group in pull.review_teams],
    }


def _people(call: Call, issue: Issue) -> list[User]:
    found = []
    for login in call.texts("reviewers") or []:
        who = call.world.user(login)
        if who is issue.user:
            raise unprocessable("Review cannot be requested from pull request author.")
        if who is None or who not in call.world.collaborators(issue.repo):
            raise unprocessable(
                "Reviews may only be requested from collaborators. One or more of the users or teams you "
                f"specified is not a collaborator of the {issue.repo.full_name} repository."
            )
        found.append(who)
    return found


@route("POST", PULL + "/requested_reviewers", role="triage", app="pull_requests:write")
def request(call: Call) -> Answer:
    issue = call.pull
    for who in _people(call, issue):
        acts.request_review(call.world, issue, call.user, who)
    organization = call.world.organization(issue.repo.owner.login)
    for slug in call.texts("team_reviewers") or []:
        group = organization.teams.get(slug.lower()) if organization else None
        if group is None:
            raise unprocessable("Could not resolve to a node with the global id of a team.")
        if group not in pull_of(issue).review_teams:
            pull_of(issue).review_teams.append(group)
    return Reply(CREATED, pulls.simple(call.world, issue))


@route("DELETE", PULL + "/requested_reviewers", role="triage", app="pull_requests:write")
def unrequest(call: Call) -> Answer:
    issue = call.pull
    for who in _people(call, issue):
        acts.unrequest_review(call.world, issue, call.user, who)
    return pulls.simple(call.world, issue)
