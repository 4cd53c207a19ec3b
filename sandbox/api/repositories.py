"""Repositories: reading, making, forking; who works on them; their licence, languages and topics."""

from __future__ import annotations

import re

from sandbox.acts import people as people_acts
from sandbox.acts import repositories as acts
from sandbox.errors import ApiError, forbidden, invalid, not_for_apps, not_found
from sandbox.http.call import ACCEPTED, CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import route
from sandbox.model import ROLES, User
from sandbox.shapes import git, people, repositories

ROLE_OF = {"pull": "read", "push": "write"}  # the older names of roles
PERMISSION_OF = {"triage": "read", "maintain": "write"}  # and what the older API makes of the newer


@route("GET", "/repos/{owner}/{repo}")
def get_repository(call: Call) -> Answer:
    return repositories.full(call.world, call.repo, call.actor.user)


@route("PATCH", "/repos/{owner}/{repo}", role="admin", app="administration:write")
def edit_repository(call: Call) -> Answer:
    repo, data = call.repo, call.data
    if (branch := call.text("default_branch")) is not None:
        if repo.git.branch(branch) is None:
            raise invalid("Repository", "default_branch")
        repo.default_branch = branch
    repo.description = call.text("description") if "description" in data else repo.description
    repo.homepage = call.text("homepage") if "homepage" in data else repo.homepage
    repo.private = bool(data.get("private", repo.private))
    archived = bool(data.get("archived", repo.archived))
    repo.has_issues = bool(data.get("has_issues", repo.has_issues))
    repo.updated_at = call.world.clock.now()
    if archived != repo.archived:
        acts.archive(call.world, repo, call.user, on=archived)
    return repositories.full(call.world, repo, call.user)


@route("DELETE", "/repos/{owner}/{repo}", role="admin", app="administration:write")
def drop_repository(call: Call) -> Answer:
    acts.delete_repository(call.world, call.repo)
    return Reply(NO_CONTENT)


@route("POST", "/user/repos", app=None)
def post_repository(call: Call) -> Answer:
    return _create(call, call.user)


@route("POST", "/orgs/{org}/repos", app="administration:write")
def create_organization_repository(call: Call) -> Answer:
    organization = call.world.organization(call.params["org"])
    if organization is None or not organization.has(call.user):
        raise not_found()
    return _create(call, organization.account)


def _create(call: Call, owner: User) -> Answer:
    name = re.sub(r"[^\w.-]", "-", call.need_text("name", "Repository"))
    if call.world.repository(f"{owner.login}/{name}"):
        message = "name already exists on this account"
        raise ApiError(
            422,
            "Repository creation failed.",
            [{"resource": "Repository", "code": "custom", "field": "name", "message": message}],
        )
    made = acts.create_repository(
        call.world,
        call.user,
        owner,
        name,
        description=call.text("description"),
        private=bool(call.data.get("private")),
        auto_init=bool(call.data.get("auto_init")),
        licence=call.text("license_template"),
    )
    return Reply(CREATED, repositories.full(call.world, made, call.user))


@route("GET", "/repos/{owner}/{repo}/forks")
def forks(call: Call) -> Answer:
    return call.page(call.repo.forks, lambda repo: repositories.repository(call.world, repo, call.actor.user))


@route("POST", "/repos/{owner}/{repo}/forks", app=None)
def post_fork(call: Call) -> Answer:
    parent, owner = call.repo, call.user
    if (login := call.text("organization")) is not None:
        organization = call.world.organization(login)
        if organization is None or not organization.has(call.user):
            raise not_found()
        owner = organization.account
    known = next((repo for repo in parent.forks if repo.owner is owner), None)
    if parent.owner is owner:
        raise forbidden("You cannot fork your own repository into the same account.")
    if known is None:
        name = call.text("name") or parent.name
        if call.world.repository(f"{owner.login}/{name}"):
            name += "-1"
        only_default = bool(call.data.get("default_branch_only"))
        known = acts.fork(call.world, parent, call.user, owner, name, only_default=only_default)
    return Reply(ACCEPTED, repositories.full(call.world, known, call.user))


@route("POST", "/repos/{owner}/{repo}/merge-upstream", role="write", app="contents:write")
def merge_upstream(call: Call) -> Answer:
    how, source = acts.catch_up(call.world, call.repo, call.user, call.need_text("branch", "Repository"))
    said = (
        "This branch is not behind the upstream" if how == "none" else "Successfully fetched and merged from upstream"
    )
    return {"message": f"{said} {source}.", "merge_type": how, "base_branch": source}


# who works on it


@route("GET", "/repos/{owner}/{repo}/collaborators")
def collaborators(call: Call) -> Answer:
    if call.actor.kind == "user" and not call.at_least("write"):
        raise forbidden("Must have push access to view repository collaborators.")
    people_of = call.world.collaborators(call.repo)
    return call.page(people_of, lambda who: people.collaborator(call.world, call.repo, who))


@route("GET", "/repos/{owner}/{repo}/collaborators/{user}/permission")
def permission(call: Call) -> Answer:
    """Returns a person's permission: `none` or `read` for strangers; 404 only if the person does not exist."""
    repo, who = call.repo, call.person(call.params["user"])
    if call.actor.kind == "user" and not call.at_least("write") and who is not call.user:
        raise forbidden("Must have push access to view collaborator permission.")
    role = call.world.role(repo, who)
    return {
        "permission": PERMISSION_OF.get(role, role),
        "user": people.collaborator(call.world, repo, who),
        "role_name": role,
    }


@route("GET", "/repos/{owner}/{repo}/collaborators/{user}")
def is_collaborator(call: Call) -> Answer:
    if call.person(call.params["user"]) not in call.world.collaborators(call.repo):
        raise not_found()
    return Reply(NO_CONTENT)


@route("PUT", "/repos/{owner}/{repo}/collaborators/{user}", role="admin", app="administration:write")
def set_collaborator(call: Call) -> Answer:
    asked = call.text("permission") or "push"
    role = ROLE_OF.get(asked, asked)
    if role not in ROLES[1:]:
        raise invalid("Collaborator", "permission")
    people_acts.set_role(call.world, call.repo, call.user, call.person(call.params["user"]), role)
    return Reply(NO_CONTENT)


@route("DELETE", "/repos/{owner}/{repo}/collaborators/{user}", role="admin", app="administration:write")
def drop_collaborator(call: Call) -> Answer:
    people_acts.drop_role(call.world, call.repo, call.user, call.person(call.params["user"]))
    return Reply(NO_CONTENT)


# what it is


@route("GET", "/repos/{owner}/{repo}/license")
def license_of(call: Call) -> Answer:
    repo = call.repo
    found, head = repositories.find_licence(repo), repo.git.branch(repo.default_branch)
    entry = repo.git.entry(head, found[0]) if found and head else None
    if entry is None:
        raise not_found()
    return git.file(call.world, repo, entry, repo.default_branch) | {"license": repositories.licence(call.world, found)}


@route("GET", "/repos/{owner}/{repo}/languages")
def get_languages(call: Call) -> Answer:
    return dict(repositories.languages(call.repo))


@route("GET", "/repos/{owner}/{repo}/topics")
def topics(call: Call) -> Answer:
    return {"names": call.repo.topics}


@route("PUT", "/repos/{owner}/{repo}/topics", role="admin", app="administration:write")
def set_topics(call: Call) -> Answer:
    names = call.texts("names")
    if names is None:
        raise invalid("Repository", "names", "missing_field")
    call.repo.topics = [name.lower() for name in names]
    return {"names": call.repo.topics}


@route("GET", "/repos/{owner}/{repo}/milestones", app="issues:read")
@route("GET", "/repos/{owner}/{repo}/releases", app="contents:read")
@route("GET", "/repos/{owner}/{repo}/tags", app="contents:read")
def empty_list(call: Call) -> Answer:
    _ = call.repo
    return []


@route("GET", "/repos/{owner}/{repo}/hooks", role="admin", app="repository_hooks:read")
def hooks(call: Call) -> Answer:
    if call.actor.kind == "installation":
        raise not_for_apps()
    return []
