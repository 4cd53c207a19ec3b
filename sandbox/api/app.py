"""The App: itself, its installation and tokens, and the log of its webhook deliveries."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.access import issue_token, suspended
from sandbox.acts import app as acts
from sandbox.clock import iso
from sandbox.delivery.mail import Delivery
from sandbox.delivery.ping import ping
from sandbox.errors import Json, not_found
from sandbox.http.call import ACCEPTED, CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import route
from sandbox.model import App, Repository, User
from sandbox.shapes import people, repositories


def _app(call: Call) -> App:
    if call.world.app is None:
        raise not_found()
    return call.world.app


def _account(app: App) -> User:
    return app.repositories[0].owner if app.repositories else app.owner


@route("GET", "/app", jwt=True)
def this_app(call: Call) -> Answer:
    app = _app(call)
    return people.app(call.world, app) | {"installations_count": 1}


@route("GET", "/apps/{slug}")
def some_app(call: Call) -> Answer:
    app = _app(call)
    if app.slug != call.params["slug"].lower():
        raise not_found()
    return people.app(call.world, app)


@route("GET", "/app/installations", jwt=True)
def installations(call: Call) -> Answer:
    app = _app(call)
    return call.page([app], lambda one: people.installation(call.world, one, _account(one)))


def _installed(call: Call) -> App:
    app = _app(call)
    if int(call.params["id"]) != app.installation_id:
        raise not_found()
    return app


@route("GET", "/app/installations/{id}", jwt=True)
def get_installation(call: Call) -> Answer:
    app = _installed(call)
    return people.installation(call.world, app, _account(app))


@route("PUT", "/app/installations/{id}/suspended", jwt=True)
def put_suspension(call: Call) -> Answer:
    acts.suspend(call.world, _installed(call), _account(_app(call)))
    return Reply(NO_CONTENT)


@route("DELETE", "/app/installations/{id}/suspended", jwt=True)
def drop_suspension(call: Call) -> Answer:
    acts.unsuspend(call.world, _installed(call), _account(_app(call)))
    return Reply(NO_CONTENT)


@route("GET", "/repos/{owner}/{repo}/installation", jwt=True)
def repository_installation(call: Call) -> Answer:
    app = _app(call)
    if call.repo not in app.repositories:
        raise not_found()
    return people.installation(call.world, app, call.repo.owner)


@route("GET", "/orgs/{user}/installation", jwt=True)
@route("GET", "/users/{user}/installation", jwt=True)
def account_installation(call: Call) -> Answer:
    app, account = _app(call), call.person(call.params["user"])
    if not any(repo.owner is account for repo in app.repositories):
        raise not_found()
    return people.installation(call.world, app, account)


@route("POST", "/app/installations/{id}/access_tokens", jwt=True)
def access_token(call: Call) -> Answer:
    app = _installed(call)
    if app.suspended_at:
        raise suspended()
    text, token = issue_token(call.world, app, call.data.get("permissions"), _chosen(call, app))
    body: Json = {
        "token": text,
        "expires_at": _real(token.expires or 0),
        "permissions": token.permissions,
        "repository_selection": "selected",
    }
    if token.repositories is not None:
        body["repositories"] = [repositories.repository(call.world, repo) for repo in token.repositories]
    return Reply(CREATED, body)


def _chosen(call: Call, app: App) -> tuple[Repository, ...] | None:
    names, ids = call.texts("repositories"), call.data.get("repository_ids")
    if names is None and ids is None:
        return None
    lower = {name.lower() for name in names or ()}
    chosen = tuple(repo for repo in app.repositories if repo.name.lower() in lower or repo.id in (ids or ()))
    if len(chosen) < len(lower) + len(ids or ()):
        raise not_found()
    return chosen


def _real(seconds: float) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))


@route("GET", "/installation/repositories")
def installation_repositories(call: Call) -> Answer:
    if call.actor.kind != "installation":
        raise not_found()
    reached = call.actor.repositories
    viewer = call.user
    page = call.page(reached, lambda repo: repositories.repository(call.world, repo, viewer), "repositories")
    page.body |= {"repository_selection": "selected"}
    return page


@route("DELETE", "/installation/token")
def revoke(call: Call) -> Answer:
    credential = call.headers.get("Authorization", "").partition(" ")[2].strip()
    call.world.tokens.pop(credential, None)
    return Reply(NO_CONTENT)


# deliveries


@route("GET", "/app/hook/config", jwt=True)
def hook_config(call: Call) -> Answer:
    secret = {"secret": "********"} if call.world.mail.secret else {}
    mail = call.world.mail
    return {"content_type": mail.content_type, "insecure_ssl": mail.insecure_ssl, "url": mail.url or ""} | secret


@route("PATCH", "/app/hook/config", jwt=True)
def set_hook_config(call: Call) -> Answer:
    mail = call.world.mail
    mail.url, mail.secret = call.text("url") or mail.url, call.text("secret") or mail.secret
    mail.content_type = call.text("content_type") or mail.content_type
    mail.insecure_ssl = str(call.data.get("insecure_ssl", mail.insecure_ssl))
    ping(call.world)
    return hook_config(call)


@route("GET", "/app/hook/deliveries", jwt=True)
def deliveries(call: Call) -> Answer:
    """Lists deliveries, newest first, by cursor: new ones must not shift the pages."""
    log = call.world.mail.log
    _, size = call.paging()
    before = call.number("cursor", 0) or None
    newest = sorted(log, key=lambda one: -one.id)
    rest = [one for one in newest if before is None or one.id < before]
    if (status := call.query.get("status")) is not None:
        rest = [one for one in rest if one.ok == (status == "success")]
    shown = rest[:size]
    headers = {}
    if len(rest) > size:
        url = f"{call.world.url}/app/hook/deliveries?per_page={size}&cursor={shown[-1].id}"
        headers["Link"] = f'<{url}>; rel="next"'
    return Reply(200, [one.summary() for one in shown], headers)


def _delivery(call: Call) -> Delivery:
    found = next((one for one in call.world.mail.log if one.id == int(call.params["delivery"])), None)
    if found is None:
        raise not_found()
    return found


@route("GET", "/app/hook/deliveries/{delivery}", jwt=True)
def delivery(call: Call) -> Answer:
    return _delivery(call).whole()


@route("POST", "/app/hook/deliveries/{delivery}/attempts", jwt=True)
def redeliver(call: Call) -> Answer:
    call.world.mail.redeliver(_delivery(call))
    return Reply(ACCEPTED, {})
