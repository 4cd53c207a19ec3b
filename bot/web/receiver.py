"""Receives webhooks from GitHub: verifies each delivery, stores it durably and answers. Workers process it later.

    app = receiver(secrets=["…"], accept=accepting.accept, key_of=webhook.key_of,
                   wake=engine.wake, ready=ready, registry=registry)
    web.run_app(app, access_log=None)

`POST /webhook`, `GET /healthz`, `GET /readyz`, `GET /metrics`; each answers with a word in JSON.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Generic, TypeVar

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic_core import from_json

from bot.pipeline.model.delivery import Delivery
from bot.web.metrics import Deliveries, DeliveryAnswer, Recent

MonitorAnswer = TypeVar("MonitorAnswer")

LARGEST_DELIVERY = 25 * 1024 * 1024
"""In bytes: GitHub sends no payload over 25 MiB."""

READY_WITHIN = 5.0
"""The most seconds that the check behind `/readyz` or `/metrics` may take."""

GIVEN_UP_AFTER = 60.0
"""Seconds after which a hanging check is started again."""

SENT_WITHIN = 10.0
"""The most seconds that a delivery may take to arrive. GitHub itself waits no longer."""

JSON = {"Content-Type": "application/json"}


class ServiceNotReady(Exception):
    """Raised by `ready`; its text is one word that may be public, such as `database`."""


class _Refused(Exception):
    """A refused delivery: status and word of the answer, and the label of its counter."""

    def __init__(self, status: int, word: str, counted: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word
        self.counted = counted


def receiver(
    *,
    secrets: Sequence[str],
    accept: Callable[[Delivery], Awaitable[bool]],
    key_of: Callable[[str, dict[str, Any]], str],
    wake: Callable[[str], None],
    ready: Callable[[], Awaitable[None]],
    registry: CollectorRegistry | None = None,
    recent: Recent | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> web.Application:
    """Returns the application with its four routes.

    All `secrets` are valid at once, so that they can be rotated. `accept` returns when the delivery is durable: True
    if it is new; an error means 503. `key_of` returns the key from the event and its payload. `wake` is called for
    each new delivery. `ready` raises while a part of the bot does not work. `registry` holds more metrics for
    `/metrics`; its collectors run on a thread and may block. `recent` counts every answer.
    """
    if not any(secrets):
        raise ValueError("a receiver without a secret would take deliveries from anyone")
    registry = registry or CollectorRegistry()
    door = _Door(
        secrets=[secret.encode() for secret in secrets if secret],
        accept=accept,
        key_of=key_of,
        wake=wake,
        counts=Deliveries(registry),
        recent=recent or Recent(),
        now=now,
    )

    app = web.Application(client_max_size=LARGEST_DELIVERY)
    app.router.add_post("/webhook", door.webhook)
    add_monitors(app, ready, registry)
    return app


def add_monitors(app: web.Application, ready: Callable[[], Awaitable[None]], registry: CollectorRegistry) -> None:
    """Adds `/healthz`, `/readyz` and `/metrics`, also to a process that receives no webhooks."""

    async def healthz(_request: web.Request) -> web.Response:
        return _say(200, "alive")

    checked, measured = _Once(ready), _Once(lambda: asyncio.to_thread(generate_latest, registry))

    async def readyz(_request: web.Request) -> web.Response:
        try:
            await checked.answer()
        except Exception as error:
            structlog.get_logger("bot.web").warning("not ready", error=_one_line(error))
            return _say(503, str(error) if isinstance(error, ServiceNotReady) else "not ready")
        return _say(200, "ready")

    async def metrics(_request: web.Request) -> web.Response:
        try:
            text = await measured.answer()
        except Exception as error:
            structlog.get_logger("bot.web").warning("metrics failed", error=_one_line(error))
            return _say(503, "not ready")
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def end(_app: web.Application) -> None:
        checked.end()
        measured.end()

    app.on_cleanup.append(end)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


class _Once(Generic[MonitorAnswer]):
    """Runs a check of the monitors once at a time; requests that come meanwhile wait for the same result.

    So a hanging database blocks one thread, not one more for each request. A check that hangs too long is started
    again.
    """

    def __init__(self, work: Callable[[], Awaitable[MonitorAnswer]]) -> None:
        self._work = work
        self._under_way: asyncio.Future[MonitorAnswer] | None = None
        self._since = 0.0

    async def answer(self) -> MonitorAnswer:
        """Returns the result. Raises the errors of the check, or TimeoutError."""
        if self._under_way is None or self._under_way.done() or perf_counter() - self._since > GIVEN_UP_AFTER:
            self._under_way, self._since = asyncio.ensure_future(self._work()), perf_counter()
            self._under_way.add_done_callback(lambda done: done.cancelled() or done.exception())
        async with asyncio.timeout(READY_WITHIN):
            return await asyncio.shield(self._under_way)

    def end(self) -> None:
        """Cancels a check that is still running."""
        if self._under_way:
            self._under_way.cancel()


class _Door:
    """Handles `POST /webhook`."""

    def __init__(
        self,
        *,
        secrets: Sequence[bytes],
        accept: Callable[[Delivery], Awaitable[bool]],
        key_of: Callable[[str, dict[str, Any]], str],
        wake: Callable[[str], None],
        counts: Deliveries,
        recent: Recent,
        now: Callable[[], datetime],
    ) -> None:
        self._secrets = secrets
        self._accept = accept
        self._key_of = key_of
        self._wake = wake
        self._counts = counts
        self._recent = recent
        self._now = now
        self._log = structlog.get_logger("bot.web")

    async def webhook(self, request: web.Request) -> web.Response:
        """Answers one delivery, counts it and logs it."""
        headers = request.headers
        guid, event, key = headers.get("X-GitHub-Delivery", ""), headers.get("X-GitHub-Event", ""), ""
        try:
            delivery = self._verified(guid, event, await self._body(request))
            key = delivery.key
            new = await self._store(delivery)
        except _Refused as refused:
            guid, event = (header if _plain(header) else "" for header in (guid, event))
            self._count(refused.counted, event, guid, key)
            self._log.warning(
                "delivery refused",
                delivery=guid,
                github_event=event,
                key=key,
                status=refused.status,
                why=refused.word,
                **({"error": _one_line(refused.__cause__)} if refused.__cause__ else {}),
            )
            return _say(refused.status, refused.word)
        word = "stored" if new else "known"
        self._count(word, event, guid, key)
        self._log.info("delivery received", delivery=guid, github_event=event, key=key, outcome=word)
        return _say(202, word)

    def _count(self, answer: str, event: str, guid: str, key: str) -> None:
        self._counts.answered[answer].inc()
        self._recent.note(DeliveryAnswer(answer, self._now(), event, guid, key))

    async def _body(self, request: web.Request) -> bytes:
        # Without a signature header, no body is read into memory.
        if "X-Hub-Signature-256" not in request.headers:
            raise _Refused(401, "no signature", "unsigned")
        too_large = _Refused(413, "too large", "too-large")
        if (request.content_length or 0) > LARGEST_DELIVERY:
            raise too_large
        try:
            async with asyncio.timeout(SENT_WITHIN):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise too_large from None
        except Exception as error:  # cut off, too slow, or in a wrong encoding
            raise _Refused(400, "unreadable", "invalid") from error
        if not self._signed(body, request.headers["X-Hub-Signature-256"]):
            raise _Refused(401, "wrong signature", "unsigned")
        return body

    def _signed(self, body: bytes, signature: str) -> bool:
        given = signature.encode(errors="surrogateescape")
        # Trying every secret keeps the time equal, whichever fits.
        fits = [
            hmac.compare_digest(b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode(), given)
            for secret in self._secrets
        ]
        return any(fits)

    def _verified(self, guid: str, event: str, body: bytes) -> Delivery:
        if not _plain(guid) or not _plain(event):
            raise _Refused(400, "no event headers", "invalid")
        try:
            payload = from_json(body)
        except ValueError:
            raise _Refused(400, "not JSON", "invalid") from None
        if not isinstance(payload, dict):
            raise _Refused(400, "not a JSON object", "invalid")
        try:
            key = self._key_of(event, payload)
        except Exception as error:
            raise _Refused(400, "not a payload of this event", "invalid") from error
        return Delivery(guid, event, key, self._now(), body)

    async def _store(self, delivery: Delivery) -> bool:
        began = perf_counter()
        try:
            new = await self._accept(delivery)
        except Exception as error:
            raise _Refused(503, "not stored", "not-stored") from error
        self._counts.storing.observe(perf_counter() - began)
        if new:
            self._wake(delivery.key)
        return new


def _say(status: int, word: str) -> web.Response:
    return web.Response(status=status, body=b'{"status":"%s"}' % word.encode(), headers=JSON)


def _plain(header: str) -> bool:
    return 0 < len(header) <= 100 and header.isascii() and header.isprintable()


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
