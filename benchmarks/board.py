"""What the board asks, among ten opportunities and among very many: on SQLite and PostgreSQL, in one run.

    python -m benchmarks.board [--many 10000]

Each question is asked a hundred times; what is shown is the median, in milliseconds, and the ratio. The opportunities
are made of one real history with changes: four in five are past, some open, the rest in every step; forty skills,
ten years. Also: what keeping the record adds to a commit, and how long it takes to rebuild all records.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import text

from bot.ledger import Ledger, Row
from bot.ledger import records as keeping
from bot.pipeline.model.policy import Policy
from bot.published.lists import Filters
from bot.published.measures import measures
from bot.published.record import Record
from bot.published.recording import record_of, recorder
from bot.web.board import board
from bot.web.board.pages import About
from tests.pipeline.desk import Need, need_at
from tests.postgres import database, server

FEW, TIMES = 10, 100
NOW = datetime(2027, 12, 1, tzinfo=UTC)
HOME = "canada-ca/micro-acquisition"
SKILLS = [f"Skill {number}" for number in range(40)]
THINGS = ["maps", "rivers", "forms", "benefits", "letters", "calls", "visits", "tables", "charts", "languages"]


def road(step: int) -> Need:
    need = need_at(min(step, 9))
    return need.pull("ore", "open", 31).pull("ore", "merged", 31) if step > 9 else need


def some(number: int, roads: dict[int, Record]) -> Record:
    """The record of opportunity `number`: the latest ten are on their way, the others past."""
    going = number <= FEW
    base = roads[(5, 5, 5, 1, 2, 3, 4, 6, 7, 8)[number % 10] if going and number % 2 else 10]
    skills = tuple(SKILLS[(number * k) % 40] for k in (1, 3, 7))
    thing, other = THINGS[number % 10], THINGS[number // 10 % 10]
    title = {"en": f"A tool for {thing} and {other} {number}", "fr": f"Un outil {thing} et {other} {number}"}
    at = NOW - timedelta(hours=number)
    events = {name: moment.replace(year=2027 - number % 10) for name, moment in base.events.items()}
    return replace(
        base,
        number=number,
        title=title,
        skills={"en": skills, "fr": skills},
        price=Decimal(3000 + number % 50 * 100),
        delivery=date(2027, 7, 30) - timedelta(days=number // 10),
        events=events,
        updated=at,
        published=base.published and at,
    )


def fill(ledger: Ledger, many: int) -> None:
    ledger.upgrade()
    needs = {step: road(step) for step in range(1, 11)}
    roads = {step: record_of(need.o, need.history, Policy(), NOW) for step, need in needs.items()}
    for start in range(1, many + 1, 200):
        records = {f"{HOME}#{n}": some(n, roads) for n in range(start, min(start + 200, many + 1))}
        with ledger._database.writing() as connection:
            keeping.write(connection, records)
    if ledger.libpq:
        with ledger._database.writing() as connection:
            connection.execute(text("ANALYZE"))


def missing(address: str) -> None:
    raise AssertionError(f"{address} does not answer")


def questions(ledger: Ledger) -> dict[str, Callable[[], Any]]:
    def past(**filters: Any) -> Callable[[], Any]:
        return lambda: ledger.past(1, 20, Filters(**filters))

    pages = board(ledger, About(Policy(), lambda message, lang: message.name, lambda: NOW, "https://github.com"))
    people = pages.test_client()

    def page(address: str) -> Callable[[], Any]:
        return lambda: people.get(address).status_code == 200 or missing(address)

    return {
        "page: all": page("/en/"),
        "page: all, a year": page("/en/?year=2025"),
        "page: all, a skill": page("/en/?skill=skill+3"),
        "page: all, words": page("/en/?text=tool"),
        "page: all, a rare word and an amount": page("/en/?text=7&most=4000"),
        "page: one": page(f"/fr/opportunites/{FEW // 2}"),
        "page: measures": page("/fr/mesures"),
        "latest change": ledger.latest_change,
        "one": lambda: ledger.record(f"{HOME}#{FEW // 2}"),
        "open now": ledger.open_now,
        "open now, an amount": lambda: ledger.open_now(filters=Filters(most=Decimal(3000))),
        "pipeline": ledger.pipeline,
        "pipeline, a word": lambda: ledger.pipeline(filters=Filters(text="tool")),
        "pipeline, an amount": lambda: ledger.pipeline(filters=Filters(most=Decimal(3000))),
        "past, first page": past(),
        "past, page 100": lambda: ledger.past(100, 20),
        "past, a skill": past(skill="skill 3"),
        "past, a year": past(year=2025),
        "past, a status": past(status="done"),
        "past, an amount": past(least=Decimal(4000), most=Decimal(4500)),
        "past, a rare word": past(text="7"),
        "past, a common word": past(text="tool"),
        "past, all filters": past(text="tool rivers", status="done", year=2026, least=Decimal(3000), skill="skill 3"),
        "skills": lambda: ledger.skills("en"),
        "years": ledger.years,
        "measures": lambda: measures(ledger.measured()),
        "feed": lambda: ledger.published(20),
        "calendar": lambda: ledger.dated(date(2027, 7, 1), 20),
        "a page of all": lambda: ledger.numbered((HOME, 5), 10),
    }


def asked(question: Callable[[], Any]) -> float:
    """Milliseconds, the median."""
    taken = []
    for _ in range(TIMES):
        began = perf_counter()
        question()
        taken.append(perf_counter() - began)
    return median(taken) * 1e3


def commits(ledger: Ledger) -> tuple[float, float]:
    """Milliseconds of a commit without a record and with one that changes, the medians."""
    need = road(5)
    base, row = record_of(need.o, need.history, Policy(), NOW), Row(5, "active", "A need")
    costs: list[list[float]] = [[], []]
    for number in range(2 * TIMES):
        record = replace(base, number=10**6, applicants=number) if number % 2 else None
        began = perf_counter()
        ledger.commit(f"{HOME}#{10**6}", version=number, facts=(), row=row, record=record, unsettled=False)
        costs[number % 2].append(perf_counter() - began)
    return median(costs[0]) * 1e3, median(costs[1]) * 1e3


def made_anew(ledger: Ledger, many: int = 500) -> float:
    """Milliseconds for each of many histories of a whole opportunity."""
    need = road(10)
    for number in range(1, many + 1):
        row = Row(9, "done", "A need")
        ledger.commit(f"o/r#{number}", version=0, facts=need.history, row=row, unsettled=False)
    began = perf_counter()
    ledger.derive(recorder(Policy(), lambda: NOW))
    return (perf_counter() - began) / many * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=10_000)
    many = parser.parse_args().many
    with tempfile.TemporaryDirectory() as folder, server(fsync=True) as address:
        for name in ("SQLite", "PostgreSQL"):
            opened = [database(address) for _ in range(2)] if name == "PostgreSQL" else []
            urls = [one.__enter__() for one in opened] or [f"sqlite:///{folder}/{count}.db" for count in (FEW, many)]
            small, large = (Ledger(url) for url in urls)
            fill(small, FEW), fill(large, many)
            print(f"{name}, milliseconds: among {FEW}, among {many:,}, ratio")
            for (what, few), lots in zip(questions(small).items(), questions(large).values(), strict=True):
                one, other = asked(few), asked(lots)
                print(f"  {what:<22}{one:>8.2f}{other:>8.2f}   {other / one:.1f}")
            for ledger, size in ((small, FEW), (large, many)):
                without, kept = commits(ledger)
                print(f"  a commit among {size:,}: {without:.2f}; with a changed record: {kept:.2f}")
            print(f"  rebuilt, each: {made_anew(small):.1f}")
            small.close(), large.close()
            for one_opened in opened:
                one_opened.__exit__(None, None, None)


if __name__ == "__main__":
    main()
