"""The caller of a request: a person, the App's installation, the App itself, or nobody in particular.

Authorization: Bearer sandbox-coordinator      a person (also `token …`, or Basic with it)
Authorization: Bearer ghu_…                    a person who signed in with the App, within what it may do
Authorization: Bearer ghs_…                    the App, as installed: acts as slug[bot]
Authorization: Bearer <JWT>                    the App itself: its installations, its deliveries
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from dataclasses import dataclass, field

import jwt
from jwt.types import Options

from sandbox.errors import ApiError, not_found
from sandbox.model import App, Repository, User
from sandbox.world import Token, World

LIFETIME = 3600  # seconds an installation token is good for
LEVELS = ("none", "read", "write", "admin")


@dataclass(frozen=True)
class Actor:
    kind: str  # anonymous, user, installation or app
    user: User | None = None
    app: App | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repositories: tuple[Repository, ...] = ()

    @property
    def login(self) -> str:
        return self.user.login if self.user else self.kind

    def may(self, permission: str) -> bool:
        """Does an installation hold, for instance, `issues:write`?"""
        name, _, level = permission.partition(":")
        return LEVELS.index(self.permissions.get(name, "none")) >= LEVELS.index(level)

    def reaches(self, repo: Repository) -> bool:
        return self.kind != "installation" or repo in self.repositories


ANONYMOUS = Actor("anonymous")


def identify(world: World, authorization: str | None) -> Actor:
    if not authorization:
        return ANONYMOUS
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() == "basic":
        credential = _basic(credential)
    elif scheme.lower() not in ("bearer", "token"):
        raise ApiError(401, "Bad credentials")
    if credential.count(".") == 2:
        return Actor("app", app=_app_of(world, credential))
    token = world.tokens.get(credential)
    if token is None or (token.expires is not None and token.expires <= time.time()):
        raise ApiError(401, "Bad credentials")
    if token.app is None or token.person:
        return Actor("user", token.user, token.app, token.app.permissions if token.app else {})
    if token.app.suspended_at:
        raise suspended()
    chosen = token.repositories if token.repositories is not None else tuple(token.app.repositories)
    return Actor("installation", token.user, token.app, token.permissions or {}, chosen)


def suspended() -> ApiError:
    return ApiError(403, "This installation has been suspended")


def _basic(credential: str) -> str:
    try:
        name, _, password = base64.b64decode(credential).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(401, "Bad credentials") from None
    token_is_the_name = password in ("", "x-oauth-basic")
    return name if token_is_the_name else password


def _app_of(world: World, credential: str) -> App:
    app = world.app
    if app is None:
        raise ApiError(401, "Integration not found")
    try:
        # Times are checked below, in GitHub's words; the issuer may be a number.
        options: Options = {"verify_exp": False, "verify_iat": False, "verify_iss": False, "verify_nbf": False}
        claims = jwt.decode(credential, app.public_key_pem, algorithms=["RS256"], options=options)
    except jwt.PyJWTError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    now = time.time()
    if str(claims.get("iss")) != str(app.id):
        raise ApiError(401, "Integration not found")
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires <= now:
        raise ApiError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
            "the assertion expires",
        )
    if expires > now + 600:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int | float) or issued > now:
        raise ApiError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    return app


def issue_token(
    world: World,
    app: App,
    permissions: dict[str, str] | None = None,
    repositories: tuple[Repository, ...] | None = None,
) -> tuple[str, Token]:
    """Returns a new installation token, for all or some of the installation's permissions."""
    for name, level in (permissions or {}).items():
        if level not in LEVELS or LEVELS.index(level) > LEVELS.index(app.permissions.get(name, "none")):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    for repo in repositories or ():
        if repo not in app.repositories:
            raise not_found()
    token = Token(
        app.bot,
        time.time() + LIFETIME,
        app,
        permissions=permissions or app.permissions,
        repositories=repositories,
    )
    text = "ghs_" + secrets.token_hex(18)
    world.tokens[text] = token
    return text, token
