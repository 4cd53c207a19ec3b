"""Signing in to the pages for coordinators, with GitHub.

What a cookie says is who somebody is, never what they may: that is asked of GitHub as for a command in the thread,
at sign-in and again every few minutes. Cookies are signed; a session ends after an hour, or when its owner says so.
People are only ever sent to GitHub's page, or to an address of the board's own that no request can name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlencode

import structlog
from cachetools import TTLCache
from flask import Request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

SIGNING_IN, SESSION = 600, 3600
"""Seconds that GitHub's page may take (its code is good no longer), and that a session lasts."""

CALLBACK = "/ops/callback"
"""Where GitHub sends people back to: the one address that is registered with the App."""


class Refusal(Exception):
    """Somebody is not let in; `why` names the sentence that says so, `status` is that of the page."""

    def __init__(self, why: str, status: int, login: str = "") -> None:
        super().__init__(why)
        self.why, self.status, self.login = why, status, login


class Gate(Protocol):
    """What is asked of GitHub. Each answer comes within seconds; Refusal is raised where it is no, or none comes."""

    secret: bytes
    """What cookies are signed with."""
    client_id: str
    page: str
    """GitHub's, where people say yes."""

    @property
    def address(self) -> str:
        """The board's own, without a slash at the end."""
        ...

    def who(self, code: str, verifier: str) -> str:
        """The login that a code stands for."""
        ...

    def is_coordinator(self, login: str) -> bool:
        """Whether somebody is a coordinator now, give or take a few minutes."""
        ...


@dataclass(frozen=True)
class Session:
    """Who is signed in."""

    login: str
    id: str


class Sessions:
    """Sessions, and the way to one."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._ended: TTLCache[str, bool] = TTLCache(10_000, ttl=SESSION)
        self._lock = Lock()
        self._log = structlog.get_logger("bot.board")

    # --- the way in --------------------------------------------------------------------------------------

    def begin(self, lang: str) -> Response:
        """Off to GitHub, with a state that only this browser can bring back."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": self._gate.client_id,
            "redirect_uri": self._gate.address + CALLBACK,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "allow_signup": "false",
        }
        away = Response(status=303, headers={"Location": f"{self._gate.page}?{urlencode(query)}"})
        self._give(away, "board-sign-in", {"state": state, "verifier": verifier, "lang": lang}, SIGNING_IN)
        return away

    def lang(self, request: Request) -> str | None:
        """The language in which somebody began to sign in; None where nobody did lately in this browser."""
        begun = self._taken(request, "board-sign-in", SIGNING_IN)
        return begun["lang"] if begun else None

    def finish(self, request: Request, home: Callable[[str], str]) -> Response:
        """Back from GitHub: to the page of the language in which it began, signed in. Raises Refusal."""
        begun, given = self._taken(request, "board-sign-in", SIGNING_IN), request.args
        if begun is None or not hmac.compare_digest(begun["state"].encode(), given.get("state", "").encode()):
            raise Refusal("stale", 400)
        if error := given.get("error"):
            raise Refusal("denied" if error == "access_denied" else "misconfigured", 403)
        code = given.get("code", "")
        if not code or len(code) > 200:
            raise Refusal("stale", 400)
        login = self._gate.who(code, begun["verifier"])
        if not self._gate.is_coordinator(login):
            self._log.warning("sign-in refused", login=login)
            raise Refusal("not-coordinator", 403, login)
        self._log.info("signed in", login=login)
        inside = Response(status=303, headers={"Location": home(begun["lang"])})
        self._give(inside, "board-session", {"login": login, "id": secrets.token_urlsafe(16)}, SESSION)
        self.forget(inside, "board-sign-in")
        return inside

    # --- inside ------------------------------------------------------------------------------------------

    def session(self, request: Request) -> Session | None:
        """Who is signed in and a coordinator still; None where nobody is. Raises Refusal."""
        session = self.signed_in(request)
        if session and not self._gate.is_coordinator(session.login):
            self._log.warning("access revoked", login=session.login)
            raise Refusal("not-coordinator", 403, session.login)
        return session

    def token(self, session: Session) -> str:
        """What a form of this session carries, so that no other site's form is taken for it."""
        return hmac.new(self._gate.secret, f"form {session.id}".encode(), "sha256").hexdigest()

    def check_form(self, request: Request, session: Session) -> None:
        """Raise Refusal unless the form was on a page of this session's."""
        if not hmac.compare_digest(self.token(session).encode(), request.form.get("token", "").encode()):
            raise Refusal("form", 400, session.login)

    def end(self, session: Session, response: Response) -> None:
        """Nobody can go on with it, whoever has a copy of the cookie: at least not in this process."""
        with self._lock:
            self._ended[session.id] = True
        self.forget(response, "board-session")
        self._log.info("signed out", login=session.login)

    def signed_in(self, request: Request) -> Session | None:
        """Who is signed in, whatever they are now: enough to sign out."""
        values = self._taken(request, "board-session", SESSION)
        if values is None:
            return None
        with self._lock:
            ended = values["id"] in self._ended
        return None if ended else Session(values["login"], values["id"])

    # --- cookies -----------------------------------------------------------------------------------------

    @property
    def _secure(self) -> bool:
        return self._gate.address.startswith("https:")

    def _name(self, purpose: str) -> str:
        """With that prefix, browsers take it from this very host alone, and over https."""
        return f"__Host-{purpose}" if self._secure else purpose

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        how = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(self._gate.secret, salt=f"board {purpose}", signer_kwargs=how)

    def _give(self, response: Response, purpose: str, values: dict[str, str], seconds: int) -> None:
        value = self._signer(purpose).dumps(values)
        response.set_cookie(
            self._name(purpose), str(value), max_age=seconds, secure=self._secure, httponly=True, samesite="Lax"
        )

    def _taken(self, request: Request, purpose: str, seconds: int) -> dict[str, Any] | None:
        """What a cookie of ours says; None where there is none, or it is old or not signed by us."""
        try:
            values: dict[str, Any] = self._signer(purpose).loads(
                request.cookies.get(self._name(purpose), ""), max_age=seconds
            )
        except BadData:
            return None
        return values

    def forget(self, response: Response, purpose: str) -> None:
        """Take a cookie away."""
        response.delete_cookie(self._name(purpose), secure=self._secure, httponly=True, samesite="Lax")
