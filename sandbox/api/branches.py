"""Branches, commits, and the comparison of two of them."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.api.issues import since
from sandbox.errors import ApiError, Json, not_found, unprocessable
from sandbox.http.call import NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import REPO, route
from sandbox.model import Protection, Repository
from sandbox.shapes import git, pulls
from sandbox.shapes.repositories import api_url, page_url


@route("GET", REPO + "/branches", app="contents:read")
def branches(call: Call) -> Answer:
    repo = call.repo

    def shape(one: tuple[str, str]) -> Json:
        url = f"{api_url(call.world, repo)}/commits/{one[1]}"
        return {"name": one[0], "commit": {"sha": one[1], "url": url}, "protected": one[0] in repo.protections}

    return call.page(repo.git.branches(), shape)


def _protection(call: Call) -> Protection:
    if call.actor.kind == "user" and not call.at_least("admin"):
        raise not_found()
    found = call.repo.protections.get(call.params["branch"])
    if found is None:
        raise ApiError(404, "Branch not protected")
    return found


@route("GET", REPO + "/branches/{branch}/protection", app="administration:read")
def get_protection(call: Call) -> Answer:
    return git.protection(call.world, call.repo, call.params["branch"], _protection(call))


@route("PUT", REPO + "/branches/{branch}/protection", role="admin", app="administration:write")
def protect(call: Call) -> Answer:
    """Protects a branch with required checks, for administrators too; refuses GitHub's other rules."""
    repo, name, data = call.repo, call.params["branch"], call.data
    if repo.git.branch(name) is None:
        raise ApiError(404, "Branch not found")
    for field in ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"):
        if field not in data:
            raise unprocessable(f'Invalid request.\n\n"{field}" wasn\'t supplied.')
    asked = data["required_status_checks"] or {}
    if data["required_pull_request_reviews"] or data["restrictions"] or asked.get("strict"):
        raise unprocessable("This sandbox protects a branch by required status checks that are not strict, only.")
    contexts = [*asked.get("contexts", []), *(one["context"] for one in asked.get("checks", []))]
    repo.protections[name] = Protection(tuple(dict.fromkeys(map(str, contexts))))
    return git.protection(call.world, repo, name, repo.protections[name])


@route("DELETE", REPO + "/branches/{branch}/protection", role="admin", app="administration:write")
def unprotect(call: Call) -> Answer:
    _protection(call)
    del call.repo.protections[call.params["branch"]]
    return Reply(NO_CONTENT)


@route("GET", REPO + "/branches/{branch}", app="contents:read")
def branch(call: Call) -> Answer:
    repo, name = call.repo, call.params["branch"]
    sha = repo.git.branch(name)
    if sha is None:
        raise ApiError(404, "Branch not found")
    url = f"{api_url(call.world, repo)}/branches/{quote(name)}"
    return {
        "name": name,
        "commit": git.commit(call.world, repo, repo.git.commit(sha)),
        "_links": {"self": url, "html": f"{page_url(call.world, repo)}/tree/{quote(name)}"},
        "protected": name in repo.protections,
        "protection": git.protection_of_branch(repo.protections.get(name)),
        "protection_url": f"{url}/protection",
    }


@route("GET", REPO + "/commits", app="contents:read")
def list_commits(call: Call) -> Answer:
    repo, query = call.repo, call.query
    if not repo.git.branches():
        raise ApiError(409, "Git Repository is empty.")
    head = repo.git.resolve(query.get("sha") or repo.default_branch)
    if head is None:
        raise not_found()
    found = repo.git.log(head)
    if (after := since(call)) is not None:
        found = [one for one in found if one.commit_time >= after.timestamp()]
    if path := query.get("path", "").strip("/"):
        found = [one for one in found if _touches(repo, str(one.id), [str(p) for p in one.parent_ids], path)]
    return call.page(found, lambda one: git.commit(call.world, repo, one))


def _touches(repo: Repository, sha: str, parents: list[str], path: str) -> bool:
    now = repo.git.entry(sha, path)
    before = [repo.git.entry(parent, path) for parent in parents] or [None]
    return all((now and now.sha) != (then and then.sha) for then in before)


def find_commit(call: Call, repo: Repository, name: str) -> str:
    sha = repo.git.resolve(name)
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {name}")
    return sha


@route("GET", REPO + "/commits/{sha}/pulls", app="pull_requests:read")
def pulls_of_commit(call: Call) -> Answer:
    repo, sha = call.repo, call.params["sha"]
    found = [one for one in repo.pulls() if one.pull and sha in (one.pull.merge_commit_sha, one.pull.head_sha)]
    return call.page(found, lambda one: pulls.simple(call.world, one))


@route("GET", REPO + "/commits/{ref}", app="contents:read")
def get_commit(call: Call) -> Answer:
    repo = call.repo
    sha = find_commit(call, repo, call.params["ref"])
    if "vnd.github.sha" in call.headers.get("Accept", ""):
        return Reply(200, sha.encode(), content_type="application/vnd.github.sha; charset=utf-8")
    found = repo.git.commit(sha)
    parent = str(found.parent_ids[0]) if found.parent_ids else None
    return git.commit(call.world, repo, found, repo.git.changes(parent, sha))


def _end(call: Call, repo: Repository, name: str) -> str:
    """Returns the hash for a branch or a hash; `owner:branch` names a fork's branch."""
    owner, colon, branch_name = name.partition(":")
    if not colon:
        sha = repo.git.resolve(name)
    else:
        others = [one for one in call.world.repositories.values() if one.git.store is repo.git.store]
        sha = next((one.git.resolve(branch_name) for one in others if one.owner.login.lower() == owner.lower()), None)
    if sha is None:
        raise not_found()
    return sha


@route("GET", REPO + "/compare/{basehead}", app="contents:read")
def compare(call: Call) -> Answer:
    repo, basehead = call.repo, call.params["basehead"]
    left, dots, right = basehead.partition("...")
    if not dots:
        raise not_found()
    base, head = _end(call, repo, left), _end(call, repo, right)
    common = repo.git.merge_base(base, head)
    if common is None:
        raise ApiError(404, f"No common ancestor between {left} and {right}.")
    ahead, behind = repo.git.log(head, without=base, oldest_first=True), repo.git.log(base, without=head)
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    page = f"{page_url(call.world, repo)}/compare/{quote(basehead)}"
    changes = repo.git.changes(common, head)
    return {
        "url": f"{api_url(call.world, repo)}/compare/{quote(basehead)}",
        "html_url": page,
        "permalink_url": f"{page_url(call.world, repo)}/compare/{base}...{head}",
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": git.commit(call.world, repo, repo.git.commit(base)),
        "merge_base_commit": git.commit(call.world, repo, repo.git.commit(common)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [git.commit(call.world, repo, one) for one in ahead],
        "files": [git.file_change(call.world, repo, head, change) for change in changes],
    }
