"""What more machines and more opportunities cost: on SQLite and PostgreSQL, side by side, in one run.

    python -m benchmarks.scale [--many 100000]

Three questions. How many deliveries a second each database takes, in commits that those who wait share. How many
turns a second one, two and four worker processes give on PostgreSQL, where each turn waits for four answers of a
GitHub that takes 50 ms, with 16 turns at once in a process. And what one event costs (accepted, loaded, decided,
committed) among a hundred opportunities and among very many, each with a hundred facts.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from sqlalchemy import text

from bot.engine.distributed import Distributed
from bot.ledger import Accepting, Delivery, Ledger, Row
from bot.ledger.codec import encode
from bot.pipeline.model.facts import Assigned, Opened, Recorded
from bot.pipeline.model.policy import Policy
from bot.published.recording import recorder
from tests.postgres import database, server

BODY = b'{"action":"created","comment":{"body":"' + b"some words " * 370 + b'"}}'
GITHUB, CALLS, AT_ONCE = 0.05, 4, 16
NOW = datetime(2027, 7, 12, tzinfo=UTC)
ROW = Row(5, "active", "A small need", client="client")
FACTS = 100


def delivery(key: str) -> Delivery:
    return Delivery(str(uuid4()), "issue_comment", key, NOW, BODY)


# --- deliveries ------------------------------------------------------------------------------------------


async def accepted(url: str, producers: int = 64, seconds: float = 3.0) -> float:
    """Deliveries a second."""
    ledger = Ledger(url)
    ledger.upgrade()
    accepting = Accepting(ledger.accept)
    count, end = 0, perf_counter() + seconds

    async def produce(number: int) -> None:
        nonlocal count
        while perf_counter() < end:
            await accepting.accept(delivery(f"o/r#{number}"))
            count += 1

    began = perf_counter()
    await asyncio.gather(*(produce(number) for number in range(producers)))
    taken = perf_counter() - began
    await accepting.close()
    ledger.close()
    return count / taken


# --- turns -----------------------------------------------------------------------------------------------


class Turns:
    """Each reads what there is, waits for GitHub, and commits a fact."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def waiting(self) -> list[str]:
        return []

    async def turn(self, key: str, lease) -> None:
        loaded, rows = await asyncio.to_thread(lambda: (self.ledger.load(key), self.ledger.unread(key)))
        for _ in range(CALLS):
            await asyncio.sleep(GITHUB)
        facts = [Recorded(Assigned("kim"), NOW, "bot", row.guid, "bench") for row in rows]
        done = [row.id for row in rows]
        commit = {"version": loaded.version, "facts": facts, "row": ROW, "done": done, "unsettled": False}
        await asyncio.to_thread(lambda: self.ledger.commit(key, **commit))


async def work(url: str) -> None:
    """A worker process, until its standard input ends."""
    ledger = Ledger(url)
    engine = Distributed(Turns(ledger), ledger.libpq, 3600, at_once=AT_ONCE)
    await engine.start()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await engine.stop()
    ledger.close()


async def turns(url: str, workers: int, each: int = 400) -> float:
    """Turns a second, of so many for each worker."""
    ledger = Ledger(url)
    ledger.upgrade()
    command = [sys.executable, "-m", "benchmarks.scale", "--work", url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for process in processes:
        process.stdout.readline()
    keys = [f"o/r#{number}" for number in range(1, workers * each + 1)]
    ledger.accept([delivery(key) for key in keys])
    engine = Distributed(Turns(ledger), ledger.libpq, 3600)
    began = perf_counter()
    for key in keys:
        engine.wake(key)
    while ledger.stats().unread:
        await asyncio.sleep(0.05)
    taken = perf_counter() - began
    await engine.stop()
    for process in processes:
        process.communicate(timeout=30)
    ledger.close()
    return len(keys) / taken


# --- one event among many --------------------------------------------------------------------------------


def fill(ledger: Ledger, many: int) -> None:
    """So many opportunities, each with its facts."""
    ledger.upgrade()
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "
        if ledger.libpq is None
        else "WITH n AS (SELECT generate_series(1, :many) AS i) "
    )
    m = numbers.replace("n(i)", "m(i)").replace("FROM n ", "FROM m ").replace("WITH n ", "WITH m ")
    first, other = "CASE WHEN m.i = 1 THEN :opened", "ELSE :assigned"
    fact = f"{first}_kind {other}_kind END, {first} {other} END, '2027-01-01 00:00:00', 'bot', 'guid', 'bench'"
    known = {"opened": Opened("https://github.com/o/r/issues/1", "client", "A need", ""), "assigned": Assigned("kim")}
    told = {name: encode(fact) for name, fact in known.items()}
    with ledger._database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO opportunities (key, repository, number, version, step, status, title, client, unsettled, "
                f"changed_at) {numbers} SELECT 'o/r#' || i, 'o/r', i, 1, 9, 'done', 'A need', 'client', false, "
                "'2027-01-01 00:00:00' FROM n"
            ),
            {"many": many},
        )
        connection.execute(
            text(
                f"INSERT INTO facts (key, seq, kind, data, at, actor, delivery, rule) {m} "
                f"SELECT o.key, m.i, {fact} FROM opportunities o, m"
            ),
            {"many": FACTS}
            | {name: data for name, (_, data) in told.items()}
            | {f"{name}_kind": kind for name, (kind, _) in told.items()},
        )
        if ledger.libpq:
            connection.execute(text("ANALYZE"))


def one_event(ledger: Ledger, many: int, times: int = 300) -> float:
    """Milliseconds, the median: a delivery accepted, its opportunity loaded, and a fact committed with its record."""
    taken, make = [], recorder(Policy(), lambda: NOW)
    for number in range(times):
        key = f"o/r#{(number * 7919) % many + 1}"
        began = perf_counter()
        ledger.accept([delivery(key)])
        rows, loaded = ledger.unread(key), ledger.load(key)
        facts = [Recorded(Assigned("lee"), NOW, "bot", row.guid, "bench") for row in rows]
        done = [row.id for row in rows]
        record = make(key, (*loaded.history, *facts))
        ledger.commit(key, version=loaded.version, facts=facts, row=ROW, record=record, done=done, unsettled=False)
        taken.append(perf_counter() - began)
    return median(taken) * 1e3


# --- all of it -------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        asyncio.run(work(asked.work))
        return
    with tempfile.TemporaryDirectory() as folder, server(fsync=True) as address:
        urls = {"SQLite": lambda name: f"sqlite:///{Path(folder, name)}.db"}

        def fresh() -> str:
            opened = database(address)
            opens.append(opened)
            return opened.__enter__()

        opens: list = []
        print("deliveries a second")
        for name in ("SQLite", "PostgreSQL"):
            url = urls["SQLite"]("accept") if name == "SQLite" else fresh()
            print(f"  {name:<12}{asyncio.run(accepted(url)):>10,.0f}")
        print(f"turns a second on PostgreSQL, {CALLS} calls of {GITHUB * 1e3:.0f} ms each, {AT_ONCE} at once")
        first = 0.0
        for workers in (1, 2, 4):
            rate = asyncio.run(turns(fresh(), workers))
            first = first or rate
            print(f"  {workers} workers{rate:>10,.0f}   ratio {rate / first:.2f}")
        print(f"one event, milliseconds (median), {FACTS} facts each")
        for name in ("SQLite", "PostgreSQL"):
            cost = {}
            for many in (100, asked.many):
                ledger = Ledger(urls["SQLite"](f"many{many}") if name == "SQLite" else fresh())
                fill(ledger, many)
                cost[many] = one_event(ledger, many)
                ledger.close()
            few, lots = cost.values()
            print(f"  {name:<12} among 100: {few:.2f}; among {asked.many:,}: {lots:.2f}; ratio {lots / few:.2f}")
        for opened in opens:
            opened.__exit__(None, None, None)


if __name__ == "__main__":
    main()
