"""Signs coordinators in with GitHub.

A cookie holds only a login, never a permission: the board asks GitHub for the permission at sign-in and again every
few minutes. Cookies are signed; a session ends after an hour, or when its owner signs out. The board redirects only
to GitHub's page, or to one of its own addresses that no request can choose.
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
"""Seconds until a sign-in expires, as GitHub's code does, and seconds until a session expires."""

CALLBACK = "/ops/callback"
"""The callback address that is registered with the App: GitHub sends people back there."""


class Refusal(Exception):
    """Access is refused. `why` is the key of the sentence, `status` the HTTP status of the page."""

    def __init__(self, why: str, status: int, login: str = "") -> None:
        super().__init__(why)
        self.why, self.status, self.login = why, status, login


class Gate(Protocol):
    """Asks GitHub. Each answer takes seconds; raises Refusal if GitHub refuses or does not answer."""

    secret: bytes
    """The key that signs cookies."""
    client_id: str
    page: str
    """The address of GitHub's page, where people agree to sign in."""

    @property
    def address(self) -> str:
        """Returns the address of the board, without a slash at the end."""
        ...

    def who(self, code: str, verifier: str) -> str:
        """Returns the login that belongs to a code."""
        ...

    def is_coordinator(self, login: str) -> bool:
        """Tells whether a person is a coordinator; the answer may be a few minutes old."""
        ...


@dataclass(frozen=True)
class Session:
    """A person who is signed in."""

    login: str
    id: str


class Sessions:
    """Begins, checks and ends sessions."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._ended: TTLCache[str, bool] = TTLCache(10_000, ttl=SESSION)
        self._lock = Lock()
        self._log = structlog.get_logger("bot.board")

    # --- sign-in --------------------------------------------------------------------------------------

    def begin(self, lang: str) -> Response:
        """Redirects to GitHub, with a state that only this browser can return."""
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
        """Returns the language of a sign-in that this browser began; None without a recent one."""
        begun = self._taken(request, "board-sign-in", SIGNING_IN)
        return begun["lang"] if begun else None

    def finish(self, request: Request, home: Callable[[str], str]) -> Response:
        """Completes a sign-in and redirects to the page in the language in which it began. Raises Refusal."""
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

    # --- sessions ------------------------------------------------------------------------------------------

    def session(self, request: Request) -> Session | None:
        """Returns the session of a coordinator; None without one. Raises Refusal for a former coordinator."""
        session = self.signed_in(request)
        if session and not self._gate.is_coordinator(session.login):
            self._log.warning("access revoked", login=session.login)
            raise Refusal("not-coordinator", 403, session.login)
        return session

    def token(self, session: Session) -> str:
        """Returns the token of this session's forms, which protects against forms of other sites."""
        return hmac.new(self._gate.secret, f"form {session.id}".encode(), "sha256").hexdigest()

    def check_form(self, request: Request, session: Session) -> None:
        """Raises Refusal unless the form has the token of this session."""
        if not hmac.compare_digest(self.token(session).encode(), request.form.get("token", "").encode()):
            raise Refusal("form", 400, session.login)

    def end(self, session: Session, response: Response) -> None:
        """Ends a session, so that this process accepts no copy of its cookie either."""
        with self._lock:
            self._ended[session.id] = True
        self.forget(response, "board-session")
        self._log.info("signed out", login=session.login)

    def signed_in(self, request: Request) -> Session | None:
        """Returns the session whatever the person's permission is now, which is enough to sign out."""
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
        """Returns the cookie's name; browsers accept the prefix `__Host-` only from this host, over https."""
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
        """Returns the content of a cookie; None if it is missing, too old or not signed by the board."""
        try:
            values: dict[str, Any] = self._signer(purpose).loads(
                request.cookies.get(self._name(purpose), ""), max_age=seconds
            )
        except BadData:
            return None
        return values

    def forget(self, response: Response, purpose: str) -> None:
        """Deletes a cookie."""
        response.delete_cookie(self._name(purpose), secure=self._secure, httponly=True, samesite="Lax")
