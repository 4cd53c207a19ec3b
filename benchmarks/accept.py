"""What durability costs: the receiver answering with and without storing, side by side, in one run.

    python benchmarks/accept.py

Two receivers run in processes of their own, one of them with a ledger on this folder's disk; 64 producers
in this process keep one connection each and take turns between the two, a moment at a time, so that both
meet the same machine; the ratio is the median of these rounds. The load before tells whether others were
using the processors: storing runs on a second one, and suffers first where there is none.
Every delivery is about 4 KB, really signed, with a fresh GUID. At the end the stored rows are counted
against the answers. Nothing leaves 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import structlog  # noqa: E402
from aiohttp import web  # noqa: E402

from bot.ledger import Accepting, Delivery, Ledger  # noqa: E402
from bot.web.receiver import receiver  # noqa: E402

try:
    from uvloop import run
except ImportError:
    from asyncio import run  # type: ignore[assignment]

SECRET = "benchmark-only"
PRODUCERS = 64
ROUNDS, SLICE, WARM_UP = 15, 0.4, 0.4  # seconds


# --- the receiver ----------------------------------------------------------------------------------------


def key_of(_event: str, payload: dict) -> str:
    return f"{payload['repository']['full_name'].lower()}#{payload['issue']['number']}"


async def serve(kind: str, folder: Path) -> None:
    """Answer on a free port, which is printed, until standard input ends."""
    log = (folder / f"{kind}.log").open("w", buffering=1 << 16)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.WriteLoggerFactory(log),
        cache_logger_on_first_use=True,
    )

    async def bare(_delivery: Delivery) -> bool:
        return True

    async def ready() -> None:
        pass

    ledger = Ledger(f"sqlite:///{folder / 'bot.db'}")
    ledger.upgrade()
    accept = Accepting(ledger.accept).accept if kind == "durable" else bare
    app = receiver(secrets=[SECRET], accept=accept, key_of=key_of, wake=lambda _key: None, ready=ready)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


# --- the producers ---------------------------------------------------------------------------------------


def requests() -> list[tuple[bytes, bytes]]:
    """Signed requests, each in two halves with room for the GUID between them."""
    made = []
    for number in range(1, 201):
        payload = {
            "action": "created",
            "issue": {"number": number, "title": "A small need", "user": {"login": "client"}},
            "comment": {
                "id": number,
                "body": "/status " + "and some words " * 30,
                "user": {"login": "client"},
            },
            "repository": {
                "full_name": "Canada-CA/micro-acquisition",
                **{f"url_{i}": f"https://api.github.com/repos/canada-ca/micro-acquisition/{i}" for i in range(47)},
            },
            "sender": {"login": "client"},
        }
        body = json.dumps(payload).encode()
        signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
        head = (
            "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: GitHub-Hookshot/bench\r\n"
            "Content-Type: application/json\r\nX-GitHub-Event: issue_comment\r\n"
            f"Content-Length: {len(body)}\r\nX-Hub-Signature-256: sha256={signature}\r\nX-GitHub-Delivery: "
        )
        made.append((head.encode(), b"\r\n\r\n" + body))
    return made


class Producer(asyncio.Protocol):
    """Sends the next delivery when the last one is answered, until told to stop."""

    def __init__(self, requests: list[tuple[bytes, bytes]], latencies: list[float]) -> None:
        self.requests, self.latencies = requests, latencies
        self.sending = False
        self.wrong = 0
        self.stopped = asyncio.Event()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def begin(self) -> None:
        self.sending = True
        self.stopped.clear()
        self.send()

    def send(self) -> None:
        guid = uuid4()
        head, tail = self.requests[guid.int % len(self.requests)]
        self.sent_at = perf_counter()
        self.transport.write(head + str(guid).encode() + tail)

    def data_received(self, data: bytes) -> None:
        # The answers are so small that each comes in one piece.
        self.latencies.append(perf_counter() - self.sent_at)
        self.wrong += not (data.startswith(b"HTTP/1.1 202") and data.endswith(b'{"status":"stored"}'))
        if self.sending:
            self.send()
        else:
            self.stopped.set()

    def connection_lost(self, _error) -> None:
        self.stopped.set()


class Receiver:
    """One receiver process and the producers' connections to it."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.process = subprocess.Popen(
            [sys.executable, __file__, "serve", kind, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())
        self.latencies: list[float] = []
        self.measured: list[float] = []
        self.rates: list[float] = []
        self.answered = 0

    async def connect(self, made: list[tuple[bytes, bytes]]) -> None:
        loop = asyncio.get_running_loop()
        connections = [
            loop.create_connection(lambda: Producer(made, self.latencies), "127.0.0.1", self.port)
            for _ in range(PRODUCERS)
        ]
        self.producers = [producer for _, producer in await asyncio.gather(*connections)]

    async def slice(self, seconds: float) -> None:
        """All producers send for so long; what they saw is added up."""
        self.latencies.clear()
        began = perf_counter()
        for producer in self.producers:
            producer.begin()
        await asyncio.sleep(seconds)
        for producer in self.producers:
            producer.sending = False
        for producer in self.producers:
            await producer.stopped.wait()
        self.answered += len(self.latencies)
        self.rates.append(len(self.latencies) / (perf_counter() - began))
        self.measured += self.latencies

    def forget(self) -> None:
        self.rates.clear()
        self.measured.clear()

    @property
    def wrong(self) -> int:
        return sum(producer.wrong for producer in self.producers)

    @property
    def rate(self) -> float:
        return sum(self.rates) / len(self.rates)

    def line(self) -> str:
        times = sorted(self.measured)
        p50, p99 = times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3
        return f"{self.kind:<10}{self.rate:>14,.0f}{p50:>9.1f}{p99:>9.1f}"

    def end(self) -> None:
        self.process.communicate(timeout=10)


async def measure(folder: Path) -> int:
    made = requests()
    load = os.getloadavg()[0]
    bare, durable = Receiver("bare", folder / "bare"), Receiver("durable", folder / "durable")
    began = perf_counter()
    for one in (bare, durable):
        await one.connect(made)
        await one.slice(WARM_UP)
        one.forget()
    for number in range(ROUNDS):
        for one in (bare, durable) if number % 2 else (durable, bare):
            await one.slice(SLICE)
    busy = resource.getrusage(resource.RUSAGE_SELF)
    share = (busy.ru_utime + busy.ru_stime) / (perf_counter() - began)
    for one in (bare, durable):
        one.end()
    ledger = Ledger(f"sqlite:///{folder / 'durable' / 'bot.db'}")
    stored = ledger.stats().unread
    ledger.close()
    pairs = sorted(one / other for one, other in zip(durable.rates, bare.rates, strict=True))
    size = len(b"".join(made[0]))
    print(f"{PRODUCERS} producers, {size} bytes a delivery, {ROUNDS} rounds of {SLICE} s each")
    print(f"{'receiver':<10}{'deliveries/s':>14}{'p50 ms':>9}{'p99 ms':>9}")
    print(bare.line())
    print(durable.line())
    middle = [pairs[len(pairs) * part // 4] for part in (1, 2, 3)]
    print(f"ratio durable/bare {middle[1]:.2f} (middle half of the rounds: {middle[0]:.2f} to {middle[2]:.2f})")
    print(f"stored {stored:,} of {durable.answered:,} answered 202; other answers {bare.wrong + durable.wrong}")
    print(f"the producers used {share:.0%} of one of {os.cpu_count()} processors; load before: {load:.1f}")
    return 0 if stored == durable.answered and not bare.wrong + durable.wrong else 1


def main() -> int:
    if sys.argv[1:2] == ["serve"]:
        folder = Path(sys.argv[3])
        folder.mkdir(parents=True, exist_ok=True)
        run(serve(sys.argv[2], folder))
        return 0
    # Not the system's folder for temporary files: that may be memory, where durability costs nothing.
    var = ROOT / "var"
    var.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="accept-", dir=var) as folder:
        return run(measure(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
