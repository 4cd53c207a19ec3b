"""The two addresses at which people sign in somewhere else with their account here.

GET  /login/oauth/authorize        asks who one is, and whether the App may know it; then back to the App with a code
POST /login/oauth/access_token     the App's own request: the code for a token; a refusal is a 200 with `error`
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from aiohttp import web
from yarl import URL

from sandbox import signing
from sandbox.errors import ApiError, Json
from sandbox.model import App
from sandbox.pages.render import PageContent, Pages
from sandbox.pages.visit import Missing, Visit
from sandbox.signing import Refusal
from sandbox.world import World

ADDRESS = "/login/oauth/authorize"


def register(app: web.Application, pages: Pages) -> None:
    async def access_token(request: web.Request) -> web.Response:
        return _as_wished(request, _exchanged(pages.world, await _given(request)))

    app.router.add_get(ADDRESS, pages.reading(ask))
    app.router.add_post(ADDRESS, pages.acting(agree, ask, anybody=True))
    app.router.add_post("/login/oauth/access_token", access_token)


def ask(visit: Visit) -> PageContent:
    app, back, _ = _request(visit)
    chosen = visit.world.user(visit.request.query.get("login", "")) or visit.who
    values = {"app": app, "leads_to": URL(back).origin(), "host": URL(back).authority, "chosen": chosen}
    return "authorize.html", {"here": visit.request.path_qs} | values


def agree(visit: Visit) -> str:
    _, back, challenge = _request(visit)
    if visit.typed.get("answer") != "yes":
        return _back(visit, back, Refusal("access_denied", "The user has denied your application access.").json())
    who = visit.world.user(visit.need("person", "You are"))
    if who is None or who.type != "User":
        raise ApiError(422, "There is nobody of that name: choose who you are.")
    redirect_uri = visit.request.query.get("redirect_uri") or back
    return _back(visit, back, {"code": signing.new_code(visit.world, who, redirect_uri, challenge)})


def _request(visit: Visit) -> tuple[App, str, str]:
    """Returns the App, the address to return to, and the challenge. Sends errors back to the App."""
    query = visit.request.query
    app = signing.app_of(visit.world, query.get("client_id", ""))
    if app is None or not app.callback_urls:
        raise Missing
    try:
        back, challenge = signing.asked(app, query)
    except Refusal as refusal:
        raise web.HTTPFound(_back(visit, app.callback_urls[0], refusal.json())) from None
    return app, back or app.callback_urls[0], challenge


def _back(visit: Visit, address: str, answer: Json) -> str:
    state = visit.request.query.get("state")
    return str(URL(address).update_query(answer if state is None else answer | {"state": state}))


async def _given(request: web.Request) -> Mapping[str, str]:
    """Reads the values from the address, a form or JSON, as GitHub does."""
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = None
    else:
        body = dict(await request.post())
    return {**request.query, **{key: str(value) for key, value in (body if isinstance(body, dict) else {}).items()}}


def _exchanged(world: World, fields: Mapping[str, str]) -> Json:
    try:
        return signing.exchange(world, fields)
    except Refusal as refusal:
        return refusal.json()


def _as_wished(request: web.Request, answer: Json) -> web.Response:
    accept = request.headers.get("Accept", "")
    if "json" in accept:
        return web.json_response(answer)
    if "xml" in accept:
        fields = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in answer.items())
        return web.Response(text=f"<OAuth>{fields}</OAuth>", content_type="application/xml")
    return web.Response(text=urlencode(answer), content_type="application/x-www-form-urlencoded")
