"""The primary rate limit: so many requests an hour for each caller, told in headers.

A conditional request answered 304 costs nothing. Hours are real ones, since clients wait for real.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sandbox.access import Actor
from sandbox.errors import Json

HOUR = 3600


@dataclass
class Window:
    reset: int
    used: int = 0


class Limits:
    def __init__(self, hourly: int) -> None:
        self.hourly = hourly
        self._windows: dict[str, Window] = {}

    def window(self, actor: Actor) -> Window:
        key, now = f"{actor.kind} {actor.login}", int(time.time())
        found = self._windows.get(key)
        if found is None or found.reset <= now:
            found = self._windows[key] = Window(now + HOUR)
        return found

    def exhausted(self, actor: Actor) -> bool:
        return self.window(actor).used >= self.hourly

    def headers(self, actor: Actor) -> dict[str, str]:
        window = self.window(actor)
        return {
            "X-RateLimit-Limit": str(self.hourly),
            "X-RateLimit-Remaining": str(max(0, self.hourly - window.used)),
            "X-RateLimit-Used": str(window.used),
            "X-RateLimit-Reset": str(window.reset),
            "X-RateLimit-Resource": "core",
        }

    def json(self, actor: Actor) -> Json:
        window = self.window(actor)
        core = {
            "limit": self.hourly,
            "remaining": max(0, self.hourly - window.used),
            "reset": window.reset,
            "used": window.used,
            "resource": "core",
        }
        search = core | {"limit": 30, "remaining": 30, "used": 0, "resource": "search"}
        return {"resources": {"core": core, "search": search}, "rate": core}
