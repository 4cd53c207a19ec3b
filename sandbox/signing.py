"""Signing in with the App: codes that people give it, and the tokens that it gets for them.

A code is good once, for ten minutes, for a client with the App's secret and the verifier of its challenge (PKCE):
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping

from sandbox.errors import Json
from sandbox.model import App, Code, User
from sandbox.world import Token, World

CODE_SECONDS = 600
TOKEN_SECONDS, RENEWING_SECONDS = 28_800, 15_811_200
S256 = "S256"
HELP = "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#"


class Refusal(Exception):
    """No, in one of GitHub's words for it; the App hears it in an answer that is otherwise all right."""

    def __init__(self, word: str, description: str) -> None:
        super().__init__(word)
        self.word, self.description = word, description

    def json(self) -> Json:
        return {"error": self.word, "error_description": self.description, "error_uri": HELP + self.word}


def mismatch() -> Refusal:
    words = "The redirect_uri MUST match the registered callback URL for this application."
    return Refusal("redirect_uri_mismatch", words)


def bad_code() -> Refusal:
    return Refusal("bad_verification_code", "The code passed is incorrect or expired.")


def app_of(world: World, client_id: str) -> App | None:
    return world.app if world.app is not None and world.app.client_id == client_id else None


def asked(app: App, query: Mapping[str, str]) -> tuple[str, str]:
    """Returns the return address and the challenge of a sign-in request. Raises Refusal."""
    redirect_uri = query.get("redirect_uri", "")
    if redirect_uri and redirect_uri not in app.callback_urls:
        raise mismatch()
    challenge, method = query.get("code_challenge", ""), query.get("code_challenge_method", "")
    if (challenge or method) and not (method == S256 and re.fullmatch(r"[\w-]{43}", challenge, re.ASCII)):
        raise Refusal("invalid_request", "The code_challenge must be a SHA-256 hash, and its method S256.")
    return redirect_uri, challenge


def new_code(world: World, user: User, redirect_uri: str, challenge: str) -> str:
    code = secrets.token_hex(10)
    world.codes[code] = Code(user, redirect_uri, challenge, time.time() + CODE_SECONDS)
    return code


def exchange(world: World, fields: Mapping[str, str]) -> Json:
    """Returns a token for a code, for the person who agreed. Raises Refusal."""
    app = app_of(world, fields.get("client_id", ""))
    if app is None or not hmac.compare_digest(app.client_secret.encode(), fields.get("client_secret", "").encode()):
        words = "The client_id and/or client_secret passed are incorrect."
        raise Refusal("incorrect_client_credentials", words)
    code = world.codes.pop(fields.get("code", ""), None)
    if code is None or code.expires <= time.time():
        raise bad_code()
    if fields.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
        raise mismatch()
    if code.challenge and not hmac.compare_digest(code.challenge, challenge_of(fields.get("code_verifier", ""))):
        raise bad_code()
    token = "ghu_" + secrets.token_hex(18)
    world.tokens[token] = Token(code.user, time.time() + TOKEN_SECONDS, app, person=True)
    return {
        "access_token": token,
        "expires_in": TOKEN_SECONDS,
        "refresh_token": "ghr_" + secrets.token_hex(38),
        "refresh_token_expires_in": RENEWING_SECONDS,
        "scope": "",
        "token_type": "bearer",
    }


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
