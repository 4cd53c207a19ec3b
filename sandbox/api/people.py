"""Users, organizations and teams."""

from __future__ import annotations

from sandbox.acts import people as acts
from sandbox.errors import Json, forbidden, not_found
from sandbox.http.call import NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import route
from sandbox.model import Organization, Team, User
from sandbox.shapes import people, repositories


@route("GET", "/user", app=None)
def me(call: Call) -> Answer:
    return people.full_user(call.world, call.user)


@route("GET", "/users/{user}")
def get_user(call: Call) -> Answer:
    return people.full_user(call.world, call.person(call.params["user"]))


@route("GET", "/users/{user}/repos")
def repositories_of(call: Call) -> Answer:
    owner = call.person(call.params["user"])
    owned = [repo for repo in call.world.repositories.values() if repo.owner is owner and not repo.private]
    return call.page(owned, lambda repo: repositories.repository(call.world, repo, call.actor.user))


def _organization(call: Call) -> Organization:
    found = call.world.organization(call.params["org"])
    if found is None:
        raise not_found()
    return found


def _inside(call: Call) -> Organization:
    """Returns the organization to its members and to the App; refuses others."""
    found = _organization(call)
    if call.actor.kind != "installation" and (call.actor.user is None or not found.has(call.actor.user)):
        raise not_found()
    return found


def _team(call: Call) -> Team:
    group = _inside(call).teams.get(call.params["team"].lower())
    if group is None:
        raise not_found()
    return group


@route("GET", "/orgs/{org}")
def get_organization(call: Call) -> Answer:
    return people.organization(call.world, _organization(call))


@route("GET", "/orgs/{org}/members", app="members:read")
def members(call: Call) -> Answer:
    body = _inside(call)
    return call.page([*body.owners, *body.members], lambda who: people.user(call.world, who))


@route("GET", "/orgs/{org}/members/{user}", app="members:read")
def is_member(call: Call) -> Answer:
    if not _inside(call).has(call.person(call.params["user"])):
        raise not_found()
    return Reply(NO_CONTENT)


@route("GET", "/orgs/{org}/memberships/{user}", app="members:read")
def membership(call: Call) -> Answer:
    body, who = _inside(call), call.person(call.params["user"])
    if not body.has(who):
        raise not_found()
    account = body.account
    return {
        "url": f"{call.world.url}/orgs/{account.login}/memberships/{who.login}",
        "state": "active",
        "role": "admin" if who in body.owners else "member",
        "organization_url": f"{call.world.url}/orgs/{account.login}",
        "user": people.user(call.world, who),
        "organization": people.organization_simple(call.world, body),
    }


@route("GET", "/orgs/{org}/teams", app="members:read")
def teams(call: Call) -> Answer:
    return call.page(list(_inside(call).teams.values()), lambda group: people.team(call.world, group))


@route("GET", "/orgs/{org}/teams/{team}", app="members:read")
def get_team(call: Call) -> Answer:
    return people.full_team(call.world, _team(call))


@route("GET", "/orgs/{org}/teams/{team}/members", app="members:read")
def team_members(call: Call) -> Answer:
    return call.page(_team(call).members, lambda who: people.user(call.world, who))


@route("GET", "/orgs/{org}/teams/{team}/repos", app="members:read")
def team_repositories(call: Call) -> Answer:
    return call.page(list(_team(call).roles), lambda repo: repositories.minimal(call.world, repo))


@route("GET", "/orgs/{org}/teams/{team}/memberships/{user}", app="members:read")
def team_membership(call: Call) -> Answer:
    group, who = _team(call), call.person(call.params["user"])
    if who not in group.members:
        raise not_found()
    return _membership(call, group, who)


def _membership(call: Call, group: Team, who: User) -> Json:
    login = group.organization.account.login
    url = f"{call.world.url}/orgs/{login}/teams/{group.slug}/memberships/{who.login}"
    return {"url": url, "role": "member", "state": "active"}


@route("PUT", "/orgs/{org}/teams/{team}/memberships/{user}", app="members:write")
def put_membership(call: Call) -> Answer:
    group, who = _team(call), call.person(call.params["user"])
    _only_owners(call, group)
    acts.join_team(call.world, group, call.user, who)
    return _membership(call, group, who)


@route("DELETE", "/orgs/{org}/teams/{team}/memberships/{user}", app="members:write")
def drop_membership(call: Call) -> Answer:
    group, who = _team(call), call.person(call.params["user"])
    _only_owners(call, group)
    acts.leave_team(call.world, group, call.user, who)
    return Reply(NO_CONTENT)


def _only_owners(call: Call, group: Team) -> None:
    if call.actor.kind == "user" and call.user not in group.organization.owners:
        raise forbidden("Must be an organization owner or team maintainer.")
