"""Where a bot can be killed: before and after each request that changes something, and before and after each commit.

A point is named by what happens there and how often that happened before in the whole story, over all starts:
`after POST issues/N/comments 3`. What happened is kept in files, which outlive the process.
"""

from __future__ import annotations

import math
import os
import re
import signal
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from functools import partialmethod
from pathlib import Path
from typing import Any

STALLED = 1.5
"""Seconds until the turn of a bot that died is given anew, and until one that stands still is put out of a transaction:
in production half a minute or two, which nobody here waits for."""

_lock = threading.Lock()


class _Watch:
    """`passed` lists every point in order; at those in `deadly` that no earlier start died of, it dies, and at those in
    `stopping` it stands still until it is told to go on."""

    def __init__(self, folder: Path) -> None:
        self._passed = folder / "passed"
        self._died = folder / "died"
        read = [_lines(path) for path in (self._passed, self._died)]
        self._count = Counter(line.rpartition(" ")[0] for line in read[0])
        self._deadly, self._stopping = (set(_lines(folder / name)) for name in ("deadly", "stopping"))
        self._deadly -= set(read[1])
        self._stopped = folder / "stopped"
        self._out = self._passed.open("a", encoding="utf-8", buffering=1)

    def reach(self, name: str) -> None:
        with _lock:
            self._count[name] += 1
            point = f"{name} {self._count[name]}"
            self._out.write(point + "\n")
            if point in self._deadly:
                with self._died.open("a", encoding="utf-8") as died:
                    died.write(point + "\n")
                os.kill(os.getpid(), signal.SIGKILL)
            if point in self._stopping:
                with self._stopped.open("a", encoding="utf-8") as stopped:
                    stopped.write(point + "\n")
                os.kill(os.getpid(), signal.SIGSTOP)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def watch(folder: str) -> None:
    """From now on, in this process."""
    from bot.engine.distributed import Distributed
    from bot.github.transport.channel import Wire
    from bot.ledger import postgresql
    from bot.ledger.sqlite import SQLite

    seen = _Watch(Path(folder))
    send = Wire.send
    Distributed.__init__ = partialmethod(Distributed.__init__, stalled=STALLED)  # type: ignore[assignment]

    async def sending(self: Any, method: str, url: str, headers: Any, body: bytes) -> Any:
        if method == "GET" or "access_tokens" in url or "/app/hook" in url:
            return await send(self, method, url, headers, body)
        what = f"{method} {_shape(url)}"
        seen.reach(f"before {what}")
        answer = await send(self, method, url, headers, body)
        seen.reach(f"after {what}")
        return answer

    Wire.send = sending  # type: ignore[method-assign]
    postgresql.LONGEST_IDLE = postgresql.LONGEST_ALONE = math.ceil(STALLED)
    for kind in (SQLite, postgresql.PostgreSQL):
        _around(seen, kind)


def _around(seen: _Watch, kind: Any) -> None:
    inner = kind.writing

    @contextmanager
    def writing(self: Any) -> Any:
        what = sys._getframe(2).f_code.co_name
        if what in ("upgrading", "alone", "upgrade_tables"):  # no commit of the story's
            with inner(self) as connection:
                yield connection
            return
        with inner(self) as connection:
            yield connection
            seen.reach(f"before {what}")
        seen.reach(f"after {what}")

    kind.writing = writing


def _shape(url: str) -> str:
    path = re.sub(r"^https?://[^/]+/repos/[^/]+/", "", url)
    path = re.sub(r"(?<=/)[0-9a-f]{40}\b|(?<=/)\d+(?=/|$)", "N", path)
    return re.sub(r"refs/heads/\S+", "refs/heads/B", path)
