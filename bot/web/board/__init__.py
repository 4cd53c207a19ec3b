"""The board: pages for people, in both languages. They read the ledger and change nothing.

Flask, in the receiver's own port: whatever is no route of the receiver's is the board's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp_wsgi.wsgi import WSGIHandler
from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.pipeline.step import Step
from bot.pipeline.steps import STEPS
from bot.pipeline.words import Lang, Message

WORDS: dict[Lang, dict[str, str]] = {
    "en": {
        "title": "Micro-acquisition opportunities",
        "lead": "Small open-source purchases of the Government of Canada, each in one issue on GitHub.",
        "none": "There are no opportunities yet.",
        "opportunity": "Opportunity",
        "step": "Step",
        "other": "Français",
        "of": "of",
        "waitlisted": "waiting for a place",
        "cancelled": "cancelled",
        "done": "done",
        "skip": "Skip to the list",
    },
    "fr": {
        "title": "Opportunités de micro-acquisition",
        "lead": "De petits achats de code ouvert du gouvernement du Canada, chacun dans un fil sur GitHub.",
        "none": "Il n’y a pas encore d’opportunité.",
        "opportunity": "Opportunité",
        "step": "Étape",
        "other": "English",
        "of": "de",
        "waitlisted": "en attente d’une place",
        "cancelled": "annulée",
        "done": "terminée",
        "skip": "Passer à la liste",
    },
}


class Row(Protocol):
    """What the board shows of an opportunity."""

    @property
    def title(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def status(self) -> str: ...


def board(rows: Callable[[], Mapping[str, Row]], github: str, say: Callable[[Message, Lang], str]) -> Flask:
    """The pages. `rows` gives every opportunity by key, `github` is where its issues are seen."""
    app = Flask(__name__)

    def name(step: Step, lang: Lang) -> str:
        return say(step.title, lang)

    @app.get("/")
    def front() -> AnyResponse:
        wish = request.accept_languages.best_match(["en", "fr", "en-CA", "fr-CA"], "en")
        return redirect(f"/{wish[:2]}/")

    @app.get("/<lang>/")
    def page(lang: str) -> str:
        if lang not in WORDS:
            abort(404)
        language: Lang = "fr" if lang == "fr" else "en"
        shown = [
            (row, f"{github}/{key.replace('#', '/issues/')}", name(STEPS[row.step - 1], language))
            for key, row in reversed(list(rows().items()))
        ]
        other = "en" if lang == "fr" else "fr"
        return render_template(
            "board.html", lang=lang, other=other, words=WORDS[language], rows=shown, steps=len(STEPS)
        )

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


def mount_board(
    app: web.Application, rows: Callable[[], Mapping[str, Row]], github: str, say: Callable[[Message, Lang], str]
) -> None:
    """Give the board every address that is not the receiver's."""
    pages = WSGIHandler(cast(Any, board(rows, github, say).wsgi_app))

    async def show(page: web.Request) -> web.Response:
        return await pages(page)

    app.router.add_get("/{path_info:.*}", show)
