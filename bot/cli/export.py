"""The opportunities as files: what the board offers, for who has the ledger.

    export(ledger, "csv", policy, words, sys.stdout.buffer)

One opportunity at a time is in memory, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from bot.documents.catalogs import Catalog
from bot.ledger import Ledger
from bot.pipeline.model.policy import Policy
from bot.published import ocds
from bot.published.ocds_process import Json
from bot.published.record import Record
from bot.published.tracker import csv_lines, write_xlsx

Format = Literal["csv", "xlsx", "ocds"]


def export(
    ledger: Ledger,
    what: Format,
    policy: Policy,
    words: Mapping[str, Catalog],
    file: BinaryIO,
    *,
    uri: str,
    kind: ocds.Kind,
) -> int:
    """Writes the file and returns the number of opportunities in it.

    `words` are those of all topics. `uri` is the address of a package of open data, `kind` its content.
    """
    count = 0

    def counted() -> Iterator[tuple[str, Record]]:
        nonlocal count
        for each in ledger.all_records():
            count += 1
            yield each

    def published() -> Iterator[Json]:
        for key, record in counted():
            repository = key.rpartition("#")[0]
            found = ocds.releases(repository, record.number, ledger.load(key).history, policy, words["ocds"])
            yield from ocds.records(found) if kind == "records" else found

    rows = (record for _, record in counted())
    if what == "xlsx":
        write_xlsx(rows, words["tracker"], file)
        return count
    for line in (
        csv_lines(rows, words["tracker"]) if what == "csv" else ocds.lines(kind, published(), uri=uri, policy=policy)
    ):
        file.write(line.encode())
    return count


@contextmanager
def whole(file: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its name when it is whole, or is not there at all."""
    beside = file.with_name(f".{file.name}.part")
    try:
        with beside.open("wb") as writing:
            yield writing
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
