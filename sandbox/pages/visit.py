"""One request for a page: who looks at it, where they are, and what they may do there.

What a person does goes through the API's own routes, so the same rules and the same webhooks follow:

    visit.ask("POST /repos/{owner}/{repo}/issues/{number}/comments", {"body": "Hello"})
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import MultiDict

from sandbox import api
from sandbox.access import ANONYMOUS, Actor
from sandbox.errors import ApiError, Json
from sandbox.http.call import Call, Reply
from sandbox.http.routes import ROUTES
from sandbox.model import Comment, Issue, Repository, User
from sandbox.world import World

assert api, "importing it is what fills ROUTES"
_ROUTES = {f"{route.method} {route.template}": route for route in ROUTES}

COOKIE = "sandbox-person"


class Missing(Exception):
    """There is nothing at this address."""


@dataclass(frozen=True)
class Visit:
    world: World
    request: web.Request
    typed: MultiDict[str] = field(default_factory=MultiDict)
    """Returns the fields of a form."""
    problem: str = ""
    """Why that form was refused, as a sentence; the page then shows what was typed again."""

    @property
    def who(self) -> User | None:
        found = self.world.user(self.request.cookies.get(COOKIE, ""))
        return found if found is not None and found.type == "User" else None

    @property
    def repo(self) -> Repository:
        found = self.world.repository(f"{self.request.match_info['owner']}/{self.request.match_info['repo']}")
        if found is None or found.private:
            raise Missing
        return found

    @property
    def issue(self) -> Issue:
        found = self.repo.issues.get(int(self.request.match_info["number"]))
        if found is None:
            raise Missing
        return found

    @property
    def comment(self) -> Comment:
        found = self.repo.comments.get(int(self.request.match_info["comment"]))
        if found is None or found.issue is not self.issue:
            raise Missing
        return found

    # acting

    def call(self, body: Json | None = None, **more: object) -> Call:
        who = self.who
        params = {**self.request.match_info, **{name: str(value) for name, value in more.items()}}
        actor = ANONYMOUS if who is None else Actor("user", user=who)
        return Call(self.world, actor, "POST", self.request.path, params, {}, {}, body)

    def ask(self, what: str, body: Json | None = None, **more: object) -> Any:
        """Sends a request to the API as this person and returns the answer.

        The path's names come from the page's address and from `more`.

        Raises ApiError, as the API refuses.
        """
        route, call = _ROUTES[what], self.call(body, **more)
        route.admit(call)
        answer = route.handler(call)
        return answer.body if isinstance(answer, Reply) else answer

    def may(self, role: str) -> bool:
        return self.who is not None and self.call().at_least(role)

    def may_edit(self, what: Issue | Comment) -> bool:
        """Authors their own words, writers everybody's: the API's rule."""
        return self.who is what.user or self.may("write")

    # forms: one is known by the address it is sent to

    def refused(self, action: str) -> bool:
        return bool(self.problem) and self.request.path == action

    def value(self, action: str, name: str, otherwise: str = "") -> str:
        """Returns a field's content: the text typed before the form was refused, else the stored text."""
        return self.typed.get(name, "") if self.refused(action) else otherwise

    def chosen(self, action: str, name: str, otherwise: list[str]) -> list[str]:
        return self.typed.getall(name, []) if self.refused(action) else otherwise

    def need(self, name: str, words: str) -> str:
        """Returns a field that must be filled in. Raises ApiError with the words on its label if it is empty."""
        text = self.typed.get(name, "").strip()
        if not text:
            raise ApiError(422, f"“{words}” is empty: please fill it in.")
        return text


def path_of(issue: Issue) -> str:
    return f"/{issue.repo.full_name}/{'issues' if issue.pull is None else 'pull'}/{issue.number}"


def same_lines(typed: str, before: str | None) -> str:
    """Returns the typed text, or the old text if only line ends differ, because browsers rewrite those."""
    plain = "\n".join(typed.splitlines())
    return before if before is not None and "\n".join(before.splitlines()) == plain else typed
