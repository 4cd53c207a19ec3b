"""Endpoints to control the sandbox from outside; nothing here exists on GitHub.

GET  /_sandbox/clock               {"now": "2027-07-12T23:59:59Z"}
POST /_sandbox/clock               {"advance_to": "2027-07-13T09:00:00Z"} or {"advance_seconds": 90}
GET  /_sandbox/calls               every API call so far: method, path, actor, status
GET  /_sandbox/webhook             where webhooks go, and how many there were and failed
POST /_sandbox/webhook             {"url": …, "secret": …}; a ping follows
POST /_sandbox/faults              [{"target": "api", "do": "cut", "path": "/pulls"}, …]; [] removes them all
POST /_sandbox/redeliver-failed    replays what failed
POST /_sandbox/check-runs          {"repository": …, "head_sha": …, "name": …, "conclusion": …}, as if by
                                   a continuous integration of the repository's own
GET  /_sandbox/app                 the App's id, installation and key, to run the bot from outside
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.access import ANONYMOUS
from sandbox.api.checks import make_check_run
from sandbox.clock import iso
from sandbox.delivery.ping import ping
from sandbox.errors import ApiError, Json
from sandbox.http.call import Call
from sandbox.http.server import ApiServer
from sandbox.shapes import checks

Lever = Callable[[Any], Json | list[Any]]


class Control:
    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._world = server.world

    def register(self, app: web.Application) -> None:
        table: list[tuple[str, str, Lever]] = [
            ("GET", "clock", self._now),
            ("POST", "clock", self._advance),
            ("GET", "calls", lambda _: [call._asdict() for call in self._server.calls]),
            ("GET", "webhook", self._webhook),
            ("POST", "webhook", self._set_webhook),
            ("POST", "faults", self._faults),
            ("POST", "redeliver-failed", lambda _: {"redelivered": self._world.mail.redeliver_failed()}),
            ("POST", "check-runs", self._check_run),
            ("GET", "app", self._app),
        ]
        for method, name, act in table:
            app.router.add_route(method, f"/_sandbox/{name}", self._handler(act))

    @staticmethod
    def _handler(act: Lever) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                return web.json_response(act(json.loads(await request.read() or b"{}")))
            except (ApiError, KeyError, TypeError, ValueError) as error:
                return web.json_response({"message": f"{type(error).__name__}: {error}"}, status=422)

        return handle

    def _now(self, _: Any) -> Json:
        return {"now": iso(self._world.clock.now())}

    def _advance(self, data: Any) -> Json:
        clock = self._world.clock
        if "advance_to" in data:
            clock.advance_to(datetime.fromisoformat(data["advance_to"]))
        else:
            clock.advance(timedelta(seconds=data["advance_seconds"]))
        return {"now": iso(clock.now())}

    def _webhook(self, _: Any) -> Json:
        mail = self._world.mail
        failed = sum(not one.ok for one in mail.log)
        return {"url": mail.url, "deliveries": len(mail.log), "failed": failed}

    def _set_webhook(self, data: Any) -> Json:
        mail = self._world.mail
        mail.url, mail.secret = data["url"], data.get("secret", mail.secret)
        ping(self._world)
        return {"url": mail.url}

    def _faults(self, data: Any) -> Json:
        rules = data if isinstance(data, list) else [data]
        if not rules:
            self._server.faults.clear()
            self._world.mail.faults.clear()
        for rule in rules:
            target = dict(rule).pop("target", "api")
            more = {key: value for key, value in rule.items() if key != "target"}
            (self._world.mail.faults if target == "webhook" else self._server.faults).add(**more)
        return {"rules": len(self._server.faults.rules) + len(self._world.mail.faults.rules)}

    def _check_run(self, data: Any) -> Json:
        repo = self._world.repository(data["repository"])
        if repo is None:
            raise ValueError(f"no repository {data['repository']}")
        call = Call(self._world, ANONYMOUS, "POST", "", {}, {}, {}, data)
        return checks.check_run(self._world, repo, make_check_run(call, repo, data))

    def _app(self, _: Any) -> Json:
        app = self._world.app
        if app is None:
            raise ValueError("no App")
        return {
            "app_id": app.id,
            "slug": app.slug,
            "installation_id": app.installation_id,
            "private_key": app.private_key_pem,
        }
