"""Users, organizations, teams, and the App as GitHub writes them."""

from __future__ import annotations

import base64
from urllib.parse import quote

from sandbox.clock import iso, iso_or_none
from sandbox.errors import Json
from sandbox.model import App, Organization, Repository, Team, User
from sandbox.world import World


def node(kind: str, number: object) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def user(world: World, who: User) -> Json:
    base, name = world.url, quote(who.login)
    api = f"{base}/users/{name}"
    page = f"{base}/apps/{who.login.removesuffix('[bot]')}" if who.type == "Bot" else f"{base}/{name}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node(who.type, who.id),
        "avatar_url": f"{base}/_sandbox/avatar.svg",
        "gravatar_id": "",
        "url": api,
        "html_url": page,
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": who.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_or_none(world: World, who: User | None) -> Json | None:
    return None if who is None else user(world, who)


def full_user(world: World, who: User) -> Json:
    owned = sum(repo.owner is who for repo in world.repositories.values())
    return user(world, who) | {
        "name": who.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": owned,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(who.created_at),
        "updated_at": iso(who.created_at),
    }


def organization_simple(world: World, organization: Organization) -> Json:
    account = organization.account
    api = f"{world.url}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node("Organization", account.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{world.url}/_sandbox/avatar.svg",
        "description": None,
    }


def organization(world: World, body: Organization) -> Json:
    account = body.account
    return organization_simple(world, body) | {
        "name": account.name,
        "html_url": f"{world.url}/{account.login}",
        "created_at": iso(account.created_at),
        "updated_at": iso(account.created_at),
        "archived_at": None,
        "type": "Organization",
        "has_organization_projects": False,
        "has_repository_projects": False,
        "public_repos": sum(repo.owner is account for repo in world.repositories.values()),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
    }


def team(world: World, group: Team) -> Json:
    owner = group.organization.account
    api = f"{world.url}/orgs/{owner.login}/teams/{group.slug}"
    return {
        "id": group.id,
        "node_id": node("Team", group.id),
        "name": group.name,
        "slug": group.slug,
        "description": group.description,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "url": api,
        "html_url": f"{world.url}/orgs/{owner.login}/teams/{group.slug}",
        "members_url": f"{api}/members{{/member}}",
        "repositories_url": f"{api}/repos",
        "permission": "pull",
        "type": "organization",
        "organization_id": owner.id,
        "parent": None,
    }


def full_team(world: World, group: Team) -> Json:
    return team(world, group) | {
        "created_at": iso(group.created_at),
        "updated_at": iso(group.created_at),
        "members_count": len(group.members),
        "repos_count": len(group.roles),
        "organization": organization(world, group.organization),
    }


def app(world: World, one: App) -> Json:
    return {
        "id": one.id,
        "client_id": one.client_id,
        "slug": one.slug,
        "node_id": node("Integration", one.id),
        "owner": user(world, one.owner),
        "name": one.name,
        "description": "",
        "external_url": f"{world.url}/apps/{one.slug}",
        "html_url": f"{world.url}/apps/{one.slug}",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "permissions": one.permissions,
        "events": one.events,
    }


def installation(world: World, one: App, account: User) -> Json:
    return {
        "id": one.installation_id,
        "client_id": one.client_id,
        "account": user(world, account),
        "repository_selection": "selected",
        "access_tokens_url": f"{world.url}/app/installations/{one.installation_id}/access_tokens",
        "repositories_url": f"{world.url}/installation/repositories",
        "html_url": f"{world.url}/organizations/{account.login}/settings/installations/{one.installation_id}",
        "app_id": one.id,
        "app_slug": one.slug,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": one.permissions,
        "events": one.events,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user_or_none(world, one.suspended_by),
        "suspended_at": iso_or_none(one.suspended_at),
    }


def collaborator(world: World, repo: Repository, who: User) -> Json:
    role = world.role(repo, who)
    return user(world, who) | {"permissions": permissions(role), "role_name": role}


def permissions(role: str) -> dict[str, bool]:
    """Returns a role as GitHub's five permissions, each true or false."""
    order = ("read", "triage", "write", "maintain", "admin")
    reached = order.index(role) if role in order else -1
    names = ("pull", "triage", "push", "maintain", "admin")
    return {name: place <= reached for place, name in enumerate(names)}
