"""The pages `/en/ops` and `/fr/exploitation`: the state of the bot, for coordinators who signed in.

They change no opportunity; they can retry at once what GitHub refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from babel.dates import format_datetime, format_timedelta
from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.documents.amounts import LOCALES
from bot.documents.catalogs import Catalog
from bot.pipeline.calendar import EASTERN
from bot.pipeline.text.language import LANGS, OTHER_LANG, Lang
from bot.web.board.signin import CALLBACK, Gate, Refusal, Sessions

PAGE = {"en": "/en/ops", "fr": "/fr/exploitation"}
BEGIN = {"en": "/en/ops/sign-in", "fr": "/fr/exploitation/connexion"}
END = {"en": "/en/ops/sign-out", "fr": "/fr/exploitation/deconnexion"}
RETRY = {"en": "/en/ops/retry", "fr": "/fr/exploitation/relance"}
WHEN = {"en": "MMM d, yyyy, h:mm a", "fr": "d MMM yyyy, H\u00a0'h'\u00a0mm"}


@dataclass(frozen=True)
class Operations:
    """The state of the bot. Rows come from the ledger and the receiver; times are aware."""

    now: datetime
    queue: Any
    stuck: Sequence[Any]
    more_stuck: int
    """The number of stuck keys beyond those in `stuck`."""
    set_aside: Sequence[Any]
    deliveries: Sequence[Any]
    counts: Mapping[str, int]
    """The number of deliveries by answer since this process began."""
    totals: Mapping[str, int]
    late: timedelta
    """The delay of the earliest due time."""
    workers: Sequence[float] | None
    """Seconds since the last heartbeat of each worker; None where this process is the only one."""
    budget: Sequence[tuple[str, int | None, float]]
    """Credential, remaining requests of the hour, and seconds until the bot sends requests again."""
    settings: Sequence[tuple[str, object]]
    policy: Sequence[tuple[str, object]]


@dataclass(frozen=True)
class RetryOutcome:
    """The outcome of a retry: `goes-on`, `refused` again, or `soon` if no worker retried it yet."""

    key: str
    what: str
    reason: str = ""


class OperationsSource(Gate, Protocol):
    """Answers the pages. Raises Refusal if there is no answer within seconds."""

    def operations(self) -> Operations: ...

    def retry(self, key: str | None) -> Sequence[RetryOutcome]:
        """Retries at once the named key (in lower case), or everything that GitHub refuses."""
        ...


def add_ops(app: Flask, bot: OperationsSource | None, github: str, catalogs: Mapping[str, Catalog]) -> None:
    """Adds the pages to the board. Without a `bot` they say what to set. `github` is the address of its pages."""
    pages = Blueprint("ops", __name__)
    show = partial(_show, catalogs)
    views = _Closed(show) if bot is None else _Open(bot, github, show)
    for lang in LANGS:
        for name, rules, view, methods in (
            ("page", PAGE, views.page, ["GET"]),
            ("begin", BEGIN, views.begin, ["GET"]),
            ("end", END, views.end, ["POST"]),
            ("retry", RETRY, views.retry, ["GET", "POST"]),
        ):
            pages.add_url_rule(rules[lang], f"{name}-{lang}", partial(view, lang), methods=methods)
    pages.add_url_rule(CALLBACK, "callback", views.callback)

    @pages.after_request
    def private(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response

    app.register_blueprint(pages)


class _Closed:
    """The page without sign-in: it names the settings that an operator has to make."""

    def __init__(self, show: Callable[..., AnyResponse]) -> None:
        self._show = show

    def page(self, lang: Lang) -> AnyResponse:
        return self._show("ops_closed.html", lang, 404, callback=CALLBACK)

    begin = end = retry = page

    def callback(self) -> AnyResponse:
        return self.page(_wished())


class _Open:
    """The pages with sign-in. Every view that shows or changes anything checks the session first."""

    def __init__(self, bot: OperationsSource, github: str, show: Callable[..., AnyResponse]) -> None:
        self._bot, self._github, self._show = bot, github, show
        self._sign_in = Sessions(bot)
        self._log = structlog.get_logger("bot.board")

    def page(self, lang: Lang) -> AnyResponse:
        try:
            session = self._sign_in.session(request)
            if session is None:
                return self._door(lang, 200)
            return self._inside(lang, session, [])
        except Refusal as refusal:
            return self._refused(lang, refusal)

    def begin(self, lang: Lang) -> AnyResponse:
        return self._sign_in.begin(lang)

    def callback(self) -> AnyResponse:
        try:
            return self._sign_in.finish(request, PAGE.__getitem__)
        except Refusal as refusal:
            refused = self._refused("fr" if self._sign_in.lang(request) == "fr" else _wished(), refusal)
            self._sign_in.forget(refused, "board-sign-in")
            return refused

    def end(self, lang: Lang) -> AnyResponse:
        away = redirect(PAGE[lang], 303)
        try:
            if session := self._sign_in.signed_in(request):
                self._sign_in.check_form(request, session)
                self._sign_in.end(session, away)
        except Refusal as refusal:
            return self._refused(lang, refusal)
        return away

    def retry(self, lang: Lang) -> AnyResponse:
        if request.method == "GET":  # a browser opened the address of an answer again
            return redirect(PAGE[lang], 303)
        try:
            session = self._sign_in.session(request)
            if session is None:
                return self._door(lang, 403)
            self._sign_in.check_form(request, session)
            key = request.form.get("key", "").lower() or None
            tried = self._bot.retry(key)
            self._log.info("retry requested", login=session.login, key=key or "", count=len(tried))
            return self._inside(lang, session, tried, asked=True)
        except Refusal as refusal:
            return self._refused(lang, refusal)

    def _inside(self, lang: Lang, session: Any, tried: Sequence[RetryOutcome], *, asked: bool = False) -> AnyResponse:
        operations = self._bot.operations()
        return self._show(
            "ops.html",
            lang,
            200,
            operations=operations,
            session=session,
            token=self._sign_in.token(session),
            tried=tried,
            asked=asked,
            link=self._link,
            ago=partial(_ago, lang, operations.now),
            span=partial(_span, lang),
            when=partial(_when, lang),
        )

    def _door(self, lang: Lang, status: int, refusal: Refusal | None = None) -> AnyResponse:
        return self._show("ops_door.html", lang, status, begin=self._bot.address + BEGIN[lang], refusal=refusal)

    def _refused(self, lang: Lang, refusal: Refusal) -> AnyResponse:
        refused = self._door(lang, refusal.status, refusal)
        if refusal.why == "not-coordinator":
            self._sign_in.forget(refused, "board-session")
        return refused

    def _link(self, key: str) -> str:
        """Returns the address of a key's issue or pull request; empty for other keys."""
        for sign, place in (("#", "/issues/"), ("!", "/pull/")):
            repository, found, number = key.rpartition(sign)
            if found and number.isdigit():
                return f"{self._github}/{repository}{place}{number}"
        return ""


def _show(catalogs: Mapping[str, Catalog], template: str, lang: Lang, status: int, **values: Any) -> AnyResponse:
    other = OTHER_LANG[lang]
    words = {"words": catalogs["board"][lang], "ops": catalogs["ops"][lang]}
    shared = {"lang": lang, "other": other, "there": PAGE[other], "addresses": _addresses(lang)}
    return make_response(render_template(template, **words, **shared, **values), status)


def _addresses(lang: Lang) -> dict[str, str]:
    return {"page": PAGE[lang], "begin": BEGIN[lang], "end": END[lang], "retry": RETRY[lang]}


def _wished() -> Lang:
    return "fr" if (request.accept_languages.best_match(["en", "fr", "en-CA", "fr-CA"], "en"))[:2] == "fr" else "en"


def _span(lang: Lang, seconds: float) -> str:
    return format_timedelta(timedelta(seconds=round(max(0.0, seconds))), threshold=1, locale=LOCALES[lang])


def _ago(lang: Lang, now: datetime, then: datetime) -> str:
    return _span(lang, (now - then).total_seconds())


def _when(lang: Lang, at: datetime) -> str:
    return format_datetime(at, WHEN[lang], tzinfo=EASTERN, locale=LOCALES[lang])
