"""`export`: the files that the board offers, from the ledger of this machine. It holds one opportunity at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

import click

from bot.cli.options import WRITABLE_FILE, open_ledger
from bot.documents.catalogs import Catalog
from bot.ledger import Ledger
from bot.pipeline.model.policy import Policy
from bot.published import ocds
from bot.published.ocds_process import OcdsObject
from bot.published.record import Record
from bot.published.recording import recorder
from bot.published.tracker import csv_lines, write_xlsx
from bot.settings import ConfigurationError, Settings, load_policy, load_words

Format = Literal["csv", "xlsx", "ocds"]


@click.command()
@click.argument("what", metavar="csv|xlsx|ocds", required=False, type=click.Choice(["csv", "xlsx", "ocds"]))
@click.option("--out", type=WRITABLE_FILE, help="The file to write; without it, the output.")
@click.option("--records", is_flag=True, help="With ocds: write compiled records instead of releases.")
@click.option("--uri", help="With ocds: the address where the file will be published.")
@click.pass_obj
def export(settings: Settings, what: Format | None, out: Path | None, records: bool, uri: str | None) -> None:
    """Write the opportunities to a file: the tracker, or open data.

    The tracker is csv or xlsx. The open data (ocds) is a release package of the Open Contracting Data Standard 1.1,
    or with --records a record package. Ends with 1 if there is no opportunity yet.
    """
    policy = load_policy(settings.bot_config)
    if what is None:
        raise click.UsageError("say what: csv|xlsx|ocds, for instance `python -m bot export csv --out tracker.csv`")
    if (records or uri) and what != "ocds":
        raise ConfigurationError("--records and --uri only work with ocds")
    if what == "xlsx" and out is None and sys.stdout.isatty():
        raise ConfigurationError("cannot print a workbook to a terminal; use --out FILE")
    words = load_words(policy.messages)
    address = uri or f"https://github.com/{policy.repository}"
    kind: ocds.PackageKind = "records" if records else "releases"
    with open_ledger(settings) as ledger:
        ledger.derive(recorder(policy, lambda: datetime.now(UTC)))
        if next(ledger.all_records(), None) is None:
            raise click.ClickException("there is no opportunity yet")
        if out is None:
            write_export(ledger, what, policy, words, sys.stdout.buffer, uri=address, kind=kind)
            return
        try:
            with complete_file(out) as file:
                count = write_export(ledger, what, policy, words, file, uri=address, kind=kind)
        except OSError as error:
            why = f"--out {out} cannot be written ({error.strerror}): name another file"
            raise ConfigurationError(why) from error
    click.echo(f"{count} opportunities are in {out}.")


def write_export(
    ledger: Ledger,
    what: Format,
    policy: Policy,
    words: Mapping[str, Catalog],
    file: BinaryIO,
    *,
    uri: str,
    kind: ocds.PackageKind,
) -> int:
    """Writes the file and returns the number of opportunities in it.

    `words` are those of all topics. `uri` is the address of a package of open data, `kind` its content.
    """
    count = 0

    def all_records() -> Iterator[tuple[str, Record]]:
        nonlocal count
        for each in ledger.all_records():
            count += 1
            yield each

    def open_data() -> Iterator[OcdsObject]:
        for key, record in all_records():
            repository = key.rpartition("#")[0]
            found = ocds.releases(repository, record.number, ledger.load(key).history, policy, words["ocds"])
            yield from ocds.compiled_records(found) if kind == "records" else found

    rows = (record for _, record in all_records())
    if what == "xlsx":
        write_xlsx(rows, words["tracker"], file)
        return count
    if what == "csv":
        lines = csv_lines(rows, words["tracker"])
    else:
        lines = ocds.lines(kind, open_data(), uri=uri, policy=policy)
    for line in lines:
        file.write(line.encode())
    return count


@contextmanager
def complete_file(file: Path) -> Iterator[BinaryIO]:
    """Opens a file to write, which takes its name only when it is complete."""
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as writing:
            yield writing
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
