"""The board: public pages and files in both languages, read from the ledger.

Flask serves every address on the receiver's port that the receiver does not serve itself.
"""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import structlog
from aiohttp import web
from aiohttp_wsgi.wsgi import WSGIHandler
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from bot.pipeline.text.language import OTHER_LANG
from bot.web.board.assets import Assets
from bot.web.board.files import add_files
from bot.web.board.ops import add_ops
from bot.web.board.pages import About, add_pages, in_other_language, language_of
from bot.web.board.showing import straight
from bot.web.board.source import BoardSource

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ZIPPED = {"text/html", "text/calendar", "application/atom+xml", "application/json"}
THREADS = 8
LARGEST_FORM = 16 * 1024
"""In bytes. The forms of the board hold a few words."""


def board(source: BoardSource, about: About, away: type[Exception] | tuple[()] = ()) -> Flask:
    """Returns the board. `away` are the errors that the source raises while its database does not answer."""
    app = Flask(__name__, static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = straight
    assets = Assets()
    assets.serve(app)
    app.jinja_env.globals |= {"styles": assets.styles, "icon": assets.icon}
    add_pages(app, source, about)
    add_files(app, source, about)
    add_ops(app, about.operating, about.github, about.catalogs)

    @app.errorhandler(HTTPException)
    def problem(error: HTTPException) -> tuple[str, int]:
        return _problem(about, error.code or 500), error.code or 500

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int, dict[str, str]]:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        structlog.get_logger("bot.web").error("page failed", path=request.path, error=why)
        if isinstance(error, away):
            return _problem(about, 503), 503, {"Retry-After": "60", "Cache-Control": "no-store"}
        return _problem(about, 500), 500, {"Cache-Control": "no-store"}

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.setdefault("Cache-Control", "public, no-cache")  # browsers revalidate their copy
        said = request.method in ("GET", "HEAD") and response.status_code == 200 and not response.is_streamed
        if said and not response.cache_control.no_store:
            response.add_etag(weak=True)  # weak: the same for the compressed and the plain text
            _zip(response)
            response.make_conditional(request)
        return response

    return app


def _zip(response: Response) -> None:
    """Compresses text for browsers that accept gzip; never a private page, whose length could reveal its content."""
    if response.mimetype not in ZIPPED or response.content_encoding:
        return
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.content_encoding = "gzip"


def _problem(about: About, status: int) -> str:
    lang = language_of(request.path)
    other = OTHER_LANG[lang]
    words = about.catalogs["board"][lang]
    shared = {"lang": lang, "words": words, "other": other, "there": in_other_language(lang)}
    return render_template("problem.html", **shared, kind="broken" if status >= 500 else "gone")


def mount_board(
    app: web.Application, source: BoardSource, about: About, away: type[Exception] | tuple[()] = ()
) -> None:
    """Gives the board every address that the receiver does not serve, and its own threads."""
    threads = ThreadPoolExecutor(THREADS, "board")
    pages = cast(Any, board(source, about, away).wsgi_app)
    serve = WSGIHandler(pages, executor=threads, max_request_body_size=LARGEST_FORM)

    async def show(page: web.Request) -> web.Response:
        return await serve(page)

    async def close(_: web.Application) -> None:
        threads.shutdown(wait=False, cancel_futures=True)

    app.router.add_get("/{path_info:.*}", show)
    app.router.add_post("/{path_info:.*}", show)
    app.on_cleanup.append(close)
