"""The App's webhook: a queue sent in order in the background, and a log that can be replayed.

As with GitHub: ten seconds for a 2xx, no second try by itself, the same GUID on a redelivery.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from sandbox.clock import Clock, iso
from sandbox.errors import Json
from sandbox.faults import WEBHOOK, Fault, Faults

if TYPE_CHECKING:
    from sandbox.model import App

PATIENCE = aiohttp.ClientTimeout(total=10)
HELD_BACK = 0.5  # seconds a reordered delivery waits where none follows it


@dataclass(eq=False)
class Delivery:
    id: int
    guid: str
    event: str
    action: str | None
    payload: bytes
    headers: dict[str, str]
    installation_id: int
    repository_id: int | None
    redelivery: bool = False
    delivered_at: str = ""
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    response_headers: dict[str, str] = field(default_factory=dict)
    response: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status_code < 300

    def summary(self) -> Json:
        return {
            "id": self.id,
            "guid": self.guid,
            "delivered_at": self.delivered_at,
            "redelivery": self.redelivery,
            "duration": self.duration,
            "status": self.status,
            "status_code": self.status_code,
            "event": self.event,
            "action": self.action,
            "installation_id": self.installation_id,
            "repository_id": self.repository_id,
            "throttled_at": None,
        }

    def whole(self) -> Json:
        return self.summary() | {
            "url": "",
            "request": {"headers": self.headers, "payload": json.loads(self.payload)},
            "response": {"headers": self.response_headers, "payload": self.response},
        }


class Mail:
    def __init__(self, clock: Clock, new_id: Callable[[], int]) -> None:
        self.url: str | None = None
        self.secret = ""
        self.content_type = "json"  # or form
        self.insecure_ssl = "0"
        self.faults = Faults(WEBHOOK)
        self.log: list[Delivery] = []
        self._clock = clock
        self._new_id = new_id
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._held: list[Delivery] = []
        self._late: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._worker = asyncio.create_task(self._work(), name="sandbox webhooks")

    async def stop(self) -> None:
        for task in (*self._late, self._worker):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def idle(self) -> None:
        """Waits until everything posted so far has been sent (or lost)."""
        await self._queue.join()

    def post(self, event: str, payload: Json, app: App, repository_id: int | None) -> None:
        if not self.url:
            return
        guid = str(uuid.uuid4())
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/sandbox",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        made = Delivery(
            self._new_id(), guid, event, payload.get("action"), body, headers, app.installation_id, repository_id
        )
        self._queue.put_nowait(made)

    def redeliver(self, old: Delivery) -> None:
        again = Delivery(
            self._new_id(),
            old.guid,
            old.event,
            old.action,
            old.payload,
            old.headers,
            old.installation_id,
            old.repository_id,
            redelivery=True,
        )
        self._queue.put_nowait(again)

    def redeliver_failed(self) -> int:
        """Sends again every delivery whose last attempt failed; returns how many there were."""
        last = {one.guid: one for one in self.log}
        failed = [one for one in last.values() if not one.ok]
        for one in failed:
            self.redeliver(one)
        return len(failed)

    async def _work(self) -> None:
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            while True:
                try:
                    waiting = HELD_BACK if self._held else None
                    one = await asyncio.wait_for(self._queue.get(), waiting)
                except TimeoutError:
                    await self._release(session)
                    continue
                fault = self.faults.strike(event=f"{one.event}.{one.action or ''}")
                if fault is not None and fault.do == "reorder":
                    self._held.append(one)  # still counted as under way
                    continue
                if fault is not None and fault.do == "delay":
                    task = asyncio.create_task(self._send_late(session, one, fault.seconds))
                    self._late.add(task)
                    task.add_done_callback(self._late.discard)
                    continue
                try:
                    await self._handle(session, one, fault)
                finally:
                    self._queue.task_done()
                await self._release(session)

    async def _release(self, session: aiohttp.ClientSession) -> None:
        while self._held:
            try:
                await self._send(session, self._held.pop(0))
            finally:
                self._queue.task_done()

    async def _send_late(self, session: aiohttp.ClientSession, one: Delivery, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            await self._send(session, one)
        finally:
            self._queue.task_done()

    async def _handle(self, session: aiohttp.ClientSession, one: Delivery, fault: Fault | None) -> None:
        do = fault.do if fault else ""
        if do in ("drop", "fail"):
            code = 200 if do == "drop" else (fault.status if fault and fault.status else 502)
            self._note(one, code, "OK" if code == 200 else "failed to connect to host", 0.0)
            return
        await self._send(session, one)
        if do == "double":
            await self._send(session, one)

    async def _send(self, session: aiohttp.ClientSession, one: Delivery) -> None:
        if not self.url:
            return
        body = one.payload
        if self.content_type == "form":
            body = urlencode({"payload": body}).encode()
            one.headers["Content-Type"] = "application/x-www-form-urlencoded"
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        if self.secret:
            one.headers["X-Hub-Signature-256"] = f"sha256={signature}"
        begun = time.monotonic()
        try:
            async with session.post(self.url, data=body, headers=one.headers) as response:
                one.response = (await response.read()).decode(errors="replace")[:10_000]
                one.response_headers = dict(response.headers)
                status = "OK" if response.status < 300 else f"Invalid HTTP Response: {response.status}"
                self._note(one, response.status, status, time.monotonic() - begun)
        except TimeoutError:
            self._note(one, 504, "timed out", time.monotonic() - begun)
        except (aiohttp.ClientError, ValueError) as error:
            self._note(one, 502, f"failed to connect to host: {type(error).__name__}", time.monotonic() - begun)

    def _note(self, one: Delivery, code: int, status: str, took: float) -> None:
        one.status_code, one.status, one.duration = code, status, round(took, 3)
        one.delivered_at = iso(self._clock.now())
        if not self.log or self.log[-1] is not one:  # the second copy of a doubled one is no delivery of its own
            self.log.append(one)
