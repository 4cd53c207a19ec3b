"""From a page's function to its answer: reading with GET, acting with POST, and refusals in words.

A page is a function from the visit to its template and the template's values; an act is one from the visit
to the address where the person then lands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from multidict import MultiDict
from yarl import URL

from sandbox.clock import EASTERN, iso
from sandbox.errors import ApiError, forbidden
from sandbox.gitstore import GitRefused
from sandbox.model import Issue
from sandbox.pages.markdown import render
from sandbox.pages.visit import Missing, Visit, path_of
from sandbox.world import World

SAFE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; "
    "frame-ancestors 'none'"
)

PageContent = tuple[str, dict[str, Any]]
Show = Callable[[Visit], PageContent]
Act = Callable[[Visit], str]
PageHandler = Callable[[web.Request], Awaitable[web.Response]]


def day(moment: datetime) -> str:
    return f"{moment.astimezone(EASTERN):%Y-%m-%d %H:%M} Eastern"


def full_time(moment: datetime) -> str:
    return f"{moment.astimezone(EASTERN):%A, %Y-%m-%d %H:%M} Eastern ({moment:%Y-%m-%d %H:%M} UTC)"


def state(issue: Issue) -> str:
    return "merged" if issue.pull is not None and issue.pull.merged_at is not None else issue.state


def lines(first: int, last: int) -> str:
    return f"line {last}" if first == last else f"lines {first} to {last}"


class Pages:
    def __init__(self, world: World) -> None:
        self.world = world
        loader = FileSystemLoader(Path(__file__).parent / "templates")
        self._jinja = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self._jinja.globals.update(
            markdown=render, iso=iso, day=day, full_time=full_time, state=state, lines=lines, path_of=path_of
        )

    def reading(self, show: Show) -> PageHandler:
        async def handle(request: web.Request) -> web.Response:
            if request.url.host == "localhost":  # one name for the box: who one is goes by the name in the address
                raise web.HTTPFound(request.url.with_host("127.0.0.1"))
            return self._answer(show, Visit(self.world, request))

        return handle

    def acting(self, act: Act, show: Show, *, anybody: bool = False) -> PageHandler:
        """Handles a form. If the form is refused, `show` renders its page again."""

        async def handle(request: web.Request) -> web.Response:
            typed = MultiDict((key, text) for key, text in (await request.post()).items() if isinstance(text, str))
            visit = Visit(self.world, request, typed)
            try:
                if not same_origin(request):
                    raise ApiError(403, "This form came from another site, so nothing was done.")
                if visit.who is None and not anybody:
                    raise ApiError(
                        403, "You are nobody yet: choose who you are at the top of the page, then try again."
                    )
                return go_to(act(visit))
            except GitRefused as error:
                return self._answer(show, replace(visit, problem=f"Git refused: {error}."), 422)
            except ApiError as error:
                return self._answer(show, replace(visit, problem=sentence(visit, error)), error.status)
            except Missing:
                return self._answer(missing, visit, 404)

        return handle

    def _answer(self, show: Show, visit: Visit, status: int = 200) -> web.Response:
        try:
            template, values = show(visit)
        except (Missing, GitRefused):
            status, (template, values) = 404, missing(visit)
        people = [one for one in self.world.users.values() if one.type == "User"]
        values = {"here": visit.request.path_qs, "now": self.world.clock.now(), "people": people} | values
        text = self._jinja.get_template(template).render(visit=visit, **values)
        policy = SAFE.format(values.get("leads_to", ""))  # browsers also ask it where a form's answer leads
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def go_to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": str(URL(address))})


def missing(_: Visit) -> PageContent:
    return "missing.html", {"here": "/"}


def same_origin(request: web.Request) -> bool:
    """Browsers say where a form was; who says nothing is no browser, and has no cookie that is not theirs."""
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or URL(origin).authority == request.host


def sentence(visit: Visit, error: ApiError) -> str:
    """Returns a refusal of the API as a sentence for people."""
    said = [one if isinstance(one, str) else _detail(one) for one in error.errors or []]
    text = "; ".join(said) or (error.message if error.message != forbidden().message else "You may not do this here.")
    text = text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
    if error.status == 403 and visit.who is not None and "repo" in visit.request.match_info:
        return f"{text} You are {visit.who.login}, whose role in {visit.repo.full_name} is “{visit.call().role()}”."
    return text


def _detail(error: dict[str, Any]) -> str:
    if "message" in error:
        return str(error["message"])
    words = {"missing_field": "is empty", "already_exists": "is taken already", "invalid": "is not valid"}
    return f"{error.get('field', error.get('resource', 'something'))} {words.get(error['code'], error['code'])}"
