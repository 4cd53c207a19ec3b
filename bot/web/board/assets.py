"""The styles and the icon of the pages. Their names change with their content, so that browsers keep them for a year.

The package Bootstrap-Flask brings the style sheet of Bootstrap; no page loads anything from another server.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from flask import Flask, Response, abort, request

STYLES = {
    "bootstrap": ("flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css"),
    "board": ("bot.web.board", "static/board.css"),
}
ICON = ("bot.web.board", "static/icon.svg")


@dataclass(frozen=True)
class _Asset:
    content: bytes
    zipped: bytes
    mimetype: str


class Assets:
    """Every style sheet and the icon, read once."""

    def __init__(self) -> None:
        self._by_name: dict[str, _Asset] = {}
        self.styles = [self._keep(name, place, "text/css") for name, place in STYLES.items()]
        """The addresses of the style sheets, in the order in which pages name them."""
        self.icon = self._keep("icon", ICON, "image/svg+xml")

    def _keep(self, name: str, place: tuple[str, str], mimetype: str) -> str:
        """Reads a file and returns its address."""
        package, path = place
        content = (files(package) / path).read_bytes()
        content = content.partition(b"\n/*# sourceMappingURL")[0]  # it names a file that the board does not have
        full = f"{name}.{hashlib.sha256(content).hexdigest()[:16]}{path[path.rindex('.') :]}"
        self._by_name[full] = _Asset(content, gzip.compress(content, 9, mtime=0), mimetype)
        return f"/assets/{full}"

    def serve(self, app: Flask) -> None:
        """Adds the addresses of the style sheets and the icon."""

        @app.get("/assets/<name>")
        def asset(name: str) -> Response:
            if (found := self._by_name.get(name)) is None:
                abort(404)
            zipped = request.accept_encodings["gzip"] > 0
            answer = Response(found.zipped if zipped else found.content, mimetype=found.mimetype)
            if zipped:
                answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Vary"] = "Accept-Encoding"
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            return answer
