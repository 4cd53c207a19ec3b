"""One request from bytes to bytes: who calls, may they, what goes wrong on purpose, what to answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from aiohttp import web

from sandbox import api
from sandbox.access import ANONYMOUS, Actor, identify
from sandbox.errors import ApiError, Moved, not_found
from sandbox.faults import API, Fault, Faults
from sandbox.gitstore import GitRefused
from sandbox.http.call import Call, Reply
from sandbox.http.limits import Limits
from sandbox.http.routes import ROUTES, SPANNING, Route
from sandbox.world import World

assert api, "importing it is what fills ROUTES"


class ApiCall(NamedTuple):
    method: str
    path: str
    actor: str
    status: int


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, whole, for checking against GitHub's own description."""

    method: str
    path: str
    template: str | None  # `/repos/{owner}/{repo}`
    actor: str
    request: Any
    status: int
    response: Any


class ApiServer:
    def __init__(self, world: World, *, hourly_limit: int, record: bool) -> None:
        self.world = world
        self.faults = Faults(API)
        self.limits = Limits(hourly_limit)
        self.calls: list[ApiCall] = []
        self.exchanges: list[Exchange] = []
        self._record = record

    def register(self, app: web.Application) -> None:
        def order(route: Route) -> tuple[bool, str]:
            last = route.template.rpartition("/")[2].strip("{}")
            return last in SPANNING, route.template  # `/commits/{ref}` must not swallow `/commits/{ref}/status`

        for route in sorted(ROUTES, key=order):
            app.router.add_route(route.method, route.pattern(), self._handler(route))
        limits = Route("GET", "/rate_limit", lambda call: self.limits.json(call.actor), "read", "metadata:read", False)
        app.router.add_route("GET", "/rate_limit", self._handler(limits))
        for first in ("repos", "users", "orgs", "app", "installation", "organizations", "search"):
            app.router.add_route("*", f"/{first}/{{rest:.*}}", self._handler(None))

    def _handler(self, route: Route | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            actor, refusal = self._identify(request)
            fault = self.faults.strike(method=request.method, path=request.path, actor=actor.login)
            do = fault.do if fault else ""
            if fault is not None and do == "delay":
                await asyncio.sleep(fault.seconds)
            elif do == "expire":
                self._expire(request)
                actor, refusal = self._identify(request)
            elif do == "hang":
                return await self._hang(request)
            elif fault is not None and not (do.endswith("-after") or do in ("truncate", "garble")):
                return self._misbehave(request, actor, fault)
            reply = refusal or self._answer(route, request, actor, raw)
            match do:
                case "cut-after":
                    return self._cut(request)
                case "hang-after":
                    return await self._hang(request)
                case "502-after":
                    return self._send(request, actor, Reply(502, b"<html>Unicorn!</html>", content_type="text/html"))
                case "status-after":
                    return self._send(request, actor, _on_request(fault))
            answer = self._send(request, actor, reply)
            if do == "truncate":
                return await self._truncate(request, answer)
            if do == "garble" and isinstance(answer.body, bytes):
                answer.body = answer.body[: len(answer.body) // 2]
            return answer

        return handle

    def _identify(self, request: web.Request) -> tuple[Actor, Reply | None]:
        try:
            return identify(self.world, request.headers.get("Authorization")), None
        except ApiError as error:
            return ANONYMOUS, Reply(error.status, error.json())

    def _answer(self, route: Route | None, request: web.Request, actor: Actor, raw: bytes) -> Reply:
        body: Any = None
        try:
            if self.limits.exhausted(actor):
                raise ApiError(403, f"API rate limit exceeded for {actor.login}.")
            body = json.loads(raw) if raw.strip() else None
            if route is None:
                raise not_found()
            call = Call(
                self.world,
                actor,
                request.method,
                request.rel_url.raw_path,
                request.match_info,
                request.query,
                request.headers,
                body,
            )
            route.admit(call)
            answer = route.handler(call)
            reply = answer if isinstance(answer, Reply) else Reply(200, answer)
        except ApiError as error:
            headers = {"Location": error.url} if isinstance(error, Moved) else {}
            reply = Reply(error.status, error.json(), headers)
        except json.JSONDecodeError:
            reply = Reply(400, ApiError(400, "Problems parsing JSON").json())
        except GitRefused as error:
            refusal = not_found() if request.method == "GET" else ApiError(422, str(error))
            reply = Reply(refusal.status, refusal.json())
        if self._record:
            exchange = Exchange(
                request.method,
                request.path_qs,
                route.template if route else None,
                actor.login,
                body,
                reply.status,
                reply.body,
            )
            self.exchanges.append(exchange)
        return reply

    def _send(self, request: web.Request, actor: Actor, reply: Reply) -> web.Response:
        window = self.limits.window(actor)
        body = b"" if reply.status == 204 else reply.body
        if not isinstance(body, bytes):
            body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {
            "X-GitHub-Request-Id": uuid.uuid4().hex[:20].upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
        }
        headers |= reply.headers
        status = reply.status
        if request.method == "GET" and status == 200:
            tag = f'W/"{hashlib.sha256(body).hexdigest()}"'
            headers |= {"ETag": tag, "Cache-Control": "private, max-age=60, s-maxage=60"}
            given = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
            if tag.removeprefix("W/") in given:
                status, body = 304, b""
        if status != 304 and request.path != "/rate_limit":
            window.used += 1
        self.calls.append(ApiCall(request.method, request.path, actor.login, status))
        headers = self.limits.headers(actor) | headers
        if status in (204, 304):
            return web.Response(status=status, headers=headers)
        return web.Response(status=status, body=body, headers=headers | {"Content-Type": reply.content_type})

    # misbehaving

    def _misbehave(self, request: web.Request, actor: Actor, fault: Fault) -> web.StreamResponse:
        if fault.do == "cut":
            return self._cut(request)
        if fault.do == "status":
            return self._send(request, actor, _on_request(fault))
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        code, message = fault.status or 403, "You have exceeded a secondary rate limit. Please wait a few minutes."
        if fault.do == "primary-limit":
            message = f"API rate limit exceeded for {actor.login}."
            headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + fault.reset_in)}
        return self._send(request, actor, Reply(code, ApiError(code, message).json(), headers))

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _expire(self, request: web.Request) -> None:
        token = request.headers.get("Authorization", "").rpartition(" ")[2]
        if known := self.world.tokens.get(token):
            self.world.tokens[token] = replace(known, expires=0.0)

    async def _hang(self, request: web.Request) -> web.Response:
        """Waits until the other side gives up."""
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        return web.Response(status=500)

    @staticmethod
    async def _truncate(request: web.Request, whole: web.Response) -> web.StreamResponse:
        body = whole.body if isinstance(whole.body, bytes) else b""
        half = web.StreamResponse(status=whole.status, headers=whole.headers)
        half.content_length = len(body)
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()  # what was written is still sent, and nothing more
        return half


def _on_request(fault: Fault | None) -> Reply:
    code = fault.status if fault and fault.status else 500
    return Reply(code, ApiError(code, "Misbehaviour on request").json())
