"""The table of API routes, filled by `@route`, and who may use each.

`role` is the least role a person needs on the repository in the path; `app` is the permission an
installation needs (`issues:write`). Anybody, even nobody in particular, may read what is public.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.errors import ApiError, forbidden, not_for_apps
from sandbox.http.call import Answer, Call

REPO = "/repos/{owner}/{repo}"
PULLS = REPO + "/pulls"
PULL = PULLS + "/{number}"

Handler = Callable[[Call], Answer]

NUMBERS = {"number", "comment", "reaction", "id", "review", "delivery", "round"}
SPANNING = {"path", "ref", "branch", "name", "basehead"}


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    role: str
    app: str | None
    jwt: bool

    def pattern(self) -> str:
        """As aiohttp writes it: numbers are digits, paths and branches may hold slashes."""

        def part(match: re.Match[str]) -> str:
            name = match[1]
            form = r"\d+" if name in NUMBERS else ".*" if name == "path" else ".+" if name in SPANNING else "[^{}/]+"
            return "{" + name + ":" + form + "}"

        return re.sub(r"\{(\w+)\}", part, self.template)

    def admit(self, call: Call) -> None:
        """Refuses, as GitHub does, a caller who may not use this route at all."""
        kind = call.actor.kind
        if self.jwt:
            if kind != "app":
                raise ApiError(401, "A JSON web token could not be decoded")
            return
        if kind == "app":
            raise not_for_apps()
        if kind == "anonymous" and self.method != "GET":
            raise ApiError(401, "Requires authentication")
        if "{repo}" in self.template and self.method != "GET" and call.repo.archived and not self._of_whole(call):
            raise forbidden("Repository was archived so is read-only.")
        if kind == "user" and call.actor.app and self.app and not call.actor.may(self.app):
            raise not_for_apps()
        if kind == "installation":
            self._admit_app(call)
        elif "{repo}" in self.template and not call.at_least(self.role):
            raise forbidden()

    def _of_whole(self, call: Call) -> bool:
        """Tells if the route is for the whole repository: an archived one can be unarchived, deleted and forked."""
        return self.template == "/repos/{owner}/{repo}" or self.template.endswith("/forks")

    def _admit_app(self, call: Call) -> None:
        if self.app is None or not call.actor.may(self.app):
            raise not_for_apps()
        if "{repo}" in self.template and self.method != "GET" and not call.actor.reaches(call.repo):
            raise not_for_apps()


ROUTES: list[Route] = []


def route(
    method: str, template: str, *, role: str = "read", app: str | None = "metadata:read", jwt: bool = False
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, template, handler, role, app, jwt))
        return handler

    return register
