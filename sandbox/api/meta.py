"""The API about itself: rate limits and addresses."""

from __future__ import annotations

from sandbox.http.call import Answer, Call, Reply
from sandbox.http.routes import route


@route("GET", "/meta")
def meta(call: Call) -> Answer:
    return {"verifiable_password_authentication": False, "hooks": ["127.0.0.1/32"], "api": ["127.0.0.1/32"]}


@route("GET", "/zen")
def zen(call: Call) -> Answer:
    return Reply(200, b"Approachable is better than simple.", content_type="text/plain; charset=utf-8")
