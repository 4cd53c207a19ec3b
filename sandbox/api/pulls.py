"""Pull requests: opening, reading, listing, editing, merging."""

from __future__ import annotations

from sandbox import pullwork
from sandbox.acts import issues as issue_acts
from sandbox.acts import pulls as acts
from sandbox.api.issues import change_state, check_body
from sandbox.errors import ApiError, forbidden, invalid, not_for_apps, not_found, unprocessable
from sandbox.http.call import ACCEPTED, CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import PULL, PULLS, route
from sandbox.model import Issue, Repository
from sandbox.shapes import git, pulls


@route("GET", PULLS, app="pull_requests:read")
def list_pulls(call: Call) -> Answer:
    query, found = call.query, call.repo.pulls()
    if (state := query.get("state", "open")) != "all":
        found = [one for one in found if one.state == state]
    if head := query.get("head"):
        found = [one for one in found if _head_is(one, head)]
    if base := query.get("base"):
        found = [one for one in found if one.pull and one.pull.base_ref == base]
    updated = query.get("sort") == "updated"
    backwards = query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "desc"
    found.sort(key=lambda one: (one.updated_at if updated else one.created_at, one.number), reverse=backwards)
    return call.page(found, lambda one: pulls.simple(call.world, one))


def _head_is(issue: Issue, head: str) -> bool:
    """Tells if a pull request's head is `owner:branch`; GitHub ignores this filter if it names no owner."""
    owner, colon, branch = head.partition(":")
    if not colon or issue.pull is None:
        return not colon
    return (issue.pull.head_owner.login.lower(), issue.pull.head_ref) == (owner.lower(), branch)


@route("POST", PULLS, app="pull_requests:write")
def post_pull(call: Call) -> Answer:
    repo, title = call.repo, call.text("title")
    base, head = call.need_text("base", "PullRequest"), call.need_text("head", "PullRequest")
    if not title:
        raise invalid("PullRequest", "title", "missing_field")
    head_repo, branch = _head(call, repo, head)
    if head_repo is None or head_repo.git.branch(branch) is None:
        raise invalid("PullRequest", "head")
    if repo.git.branch(base) is None:
        raise invalid("PullRequest", "base")
    if head_repo is repo and call.actor.kind == "user" and not call.at_least("write"):
        raise forbidden("must be a collaborator")
    _nothing_open(repo, head_repo, branch, base)
    if repo.git.contains(repo.git.branch(base) or "", head_repo.git.branch(branch) or ""):
        raise _refused(f"No commits between {base} and {branch}")
    made = acts.open_pull(
        call.world,
        repo,
        call.user,
        title,
        check_body(call.text("body"), "PullRequest"),
        (head_repo, branch),
        base,
        draft=bool(call.data.get("draft")),
        maintainer_can_modify=bool(call.data.get("maintainer_can_modify", head_repo is not repo)),
    )
    return Reply(CREATED, pulls.pull_request(call.world, made))


def _refused(message: str) -> ApiError:
    return ApiError(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])


def _head(call: Call, repo: Repository, head: str) -> tuple[Repository | None, str]:
    owner, colon, branch = head.partition(":")
    if not colon:
        return repo, head
    network = [one for one in call.world.repositories.values() if one.git.store is repo.git.store]
    named = call.text("head_repo")
    for one in network:
        if one.owner.login.lower() == owner.lower() and named in (None, one.name, one.full_name):
            return one, branch
    return None, branch


def _nothing_open(repo: Repository, head_repo: Repository, branch: str, base: str) -> None:
    for one in repo.pulls():
        pull = one.pull
        if one.state == "open" and pull and (pull.head_repo, pull.head_ref, pull.base_ref) == (head_repo, branch, base):
            raise _refused(f"A pull request already exists for {head_repo.owner.login}:{branch}.")


@route("GET", PULL, app="pull_requests:read")
def get_pull(call: Call) -> Answer:
    if "diff" in call.headers.get("Accept", ""):
        patches = [f"--- a/{c.path}\n+++ b/{c.path}\n{c.patch or ''}\n" for c in pullwork.changes(call.pull)]
        return Reply(200, "".join(patches).encode(), content_type="application/vnd.github.diff; charset=utf-8")
    return pulls.pull_request(call.world, call.pull)


@route("PATCH", PULL, app="pull_requests:write")
def edit_pull(call: Call) -> Answer:
    issue, data = call.pull, call.data
    mine, write = call.user is issue.user, call.at_least("write")
    only_state = set(data) <= {"state"}
    if not (mine or write or (only_state and call.at_least("triage"))):
        raise forbidden()
    title = call.need_text("title", "PullRequest") if data.get("title") is not None else issue.title
    body = check_body(call.text("body"), "PullRequest") if "body" in data else issue.body
    issue_acts.edit_issue(call.world, issue, call.user, title, body)
    if base := call.text("base"):
        if issue.repo.git.branch(base) is None:
            raise invalid("PullRequest", "base")
        acts.change_base(call.world, issue, call.user, base)
    if "maintainer_can_modify" in data:
        pullwork.pull_of(issue).maintainer_can_modify = bool(data["maintainer_can_modify"])
    change_state(call, issue, may_reopen=mine or call.at_least("triage"))
    return pulls.pull_request(call.world, issue)


@route("GET", PULL + "/files", app="pull_requests:read")
def files(call: Call) -> Answer:
    issue = call.pull
    head = pullwork.pull_of(issue).head_sha
    return call.page(pullwork.changes(issue), lambda one: git.file_change(call.world, issue.repo, head, one))


@route("GET", PULL + "/commits", app="pull_requests:read")
def list_pull_commits(call: Call) -> Answer:
    issue = call.pull
    return call.page(pullwork.new_commits(issue), lambda one: git.commit(call.world, issue.repo, one))


@route("GET", PULL + "/merge", app="pull_requests:read")
def is_merged(call: Call) -> Answer:
    if pullwork.pull_of(call.pull).merged_at is None:
        raise not_found()
    return Reply(NO_CONTENT)


@route("PUT", PULL + "/merge", role="write", app="contents:write")
def put_merge(call: Call) -> Answer:
    issue = call.pull
    pull, method = pullwork.pull_of(issue), call.text("merge_method") or "merge"
    if call.actor.kind == "installation" and not call.actor.may("pull_requests:write"):
        raise not_for_apps()
    if method not in ("merge", "squash", "rebase"):
        raise invalid("PullRequest", "merge_method")
    if issue.state != "open" or pull.draft:
        raise ApiError(
            405, "Pull Request is not mergeable" if issue.state != "open" else "Pull Request is still a draft"
        )
    if (sha := call.text("sha")) is not None and sha != pull.head_sha:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    merged = acts.merge(call.world, issue, call.user, method, call.text("commit_title"), call.text("commit_message"))
    return {"sha": merged, "merged": True, "message": "Pull Request successfully merged"}


@route("PUT", PULL + "/update-branch", app="pull_requests:write")
def put_update_branch(call: Call) -> Answer:
    issue = call.pull
    pull = pullwork.pull_of(issue)
    if pull.head_repo is None:
        raise not_found()
    if not call.may_push(issue):
        call.need("write", pull.head_repo)
    if (sha := call.text("expected_head_sha")) is not None and sha != pull.head_sha:
        raise unprocessable("expected head sha didn't match current head ref.")
    acts.update_branch(call.world, issue, call.user)
    url = f"{call.world.url}/repos/{issue.repo.full_name}/pulls/{issue.number}"
    return Reply(ACCEPTED, {"message": "Updating pull request branch.", "url": url})
