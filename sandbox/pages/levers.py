"""The two controls in the frame of every page: the current person, and the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.clock import EASTERN
from sandbox.errors import ApiError
from sandbox.pages.render import PageContent, Pages, day, go_to, same_origin
from sandbox.pages.visit import COOKIE, Visit

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
FARTHEST = 2100  # a year; what is beyond is a slip of the finger that could not be taken back


def register(app: web.Application, pages: Pages) -> None:
    async def choose(request: web.Request) -> web.Response:
        if not same_origin(request):
            return web.Response(status=403, text="This form came from another site, so nothing was done.")
        typed = await request.post()
        response = go_to(_back(str(typed.get("back", ""))))
        if found := pages.world.user(str(typed.get("person", ""))):
            response.set_cookie(COOKIE, found.login, httponly=True, samesite="Strict")
        else:
            response.del_cookie(COOKIE, httponly=True, samesite="Strict")
        return response

    app.router.add_post("/_sandbox/person", choose)
    app.router.add_get("/_sandbox/time", pages.reading(time_page))
    app.router.add_post("/_sandbox/time", pages.acting(move_on, time_page, anybody=True))


def _back(path: str) -> str:
    """Returns the page that the person was on; only a path of this sandbox."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def time_page(visit: Visit) -> PageContent:
    back = _back(visit.typed.get("back") or visit.request.query.get("back", ""))
    return "time.html", {"here": "/_sandbox/time", "back": back}


def move_on(visit: Visit) -> str:
    """Moves time forward by an hour or a day, or to an Eastern time; then returns to the page."""
    clock = visit.world.clock
    if (step := STEPS.get(visit.typed.get("by", ""))) is not None:
        clock.advance(step)
    else:
        clock.advance_to(_moment(visit.need("moment", "Date and time"), clock.now()))
    return _back(visit.typed.get("back", ""))


def _moment(text: str, now: datetime) -> datetime:
    try:
        wanted = datetime.fromisoformat(text).replace(tzinfo=EASTERN)
    except ValueError:
        raise ApiError(422, "Write the date and time like 2027-07-12T23:59, in Eastern time.") from None
    if wanted.year > FARTHEST:
        raise ApiError(422, f"The sandbox's time goes no further than the year {FARTHEST}.")
    if wanted <= now:
        raise ApiError(422, f"Time only goes forward: give a moment after {day(now)}.")
    return wanted.astimezone(UTC)
