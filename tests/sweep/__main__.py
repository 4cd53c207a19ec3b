"""`python -m tests.sweep`: the crash sweep, with the numbers of points, kills and runs, and whether all is equal."""

from __future__ import annotations

import sys
import time

import click

from tests import postgres
from tests.sweep import crashes
from tests.sweep.house import Zygote
from tests.sweep.roads import ROADS


@click.command()
@click.option("--database", "kinds", multiple=True, default=("sqlite", "postgresql"), show_default=True)
@click.option("--road", "roads", multiple=True, default=tuple(ROADS), show_default=True)
@click.option("--kills", default=40, show_default=True, help="In one run.")
@click.option("--most", default=0, help="Runs of each kind; 0: all.")
def main(kinds: tuple[str, ...], roads: tuple[str, ...], kills: int, most: int) -> None:
    """Kill the bot at every point of every road, on every database."""
    zygote, wrong = Zygote(), 0
    for kind in kinds:
        for road in roads:
            wrong += _crashes(zygote, kind, road, kills, most)
    zygote.close()
    sys.exit(1 if wrong else 0)


def _crashes(zygote: Zygote, kind: str, road: str, kills: int, most: int) -> int:
    began = time.monotonic()
    calm = _run(zygote, kind, road)
    wrong = died = 0
    runs = list(crashes.rounds(calm.passed, kills))[: most or None]
    for number, deadly in enumerate(runs, 1):
        try:
            found = _run(zygote, kind, road, deadly)
        except Exception as error:
            wrong += 1
            click.echo(f"  run {number}: {type(error).__name__}: {error}; deadly were {deadly[:3]} …")
            continue
        died += len(found.died)
        if found.ending != calm.ending:
            wrong += 1
            click.echo(f"  run {number} differs: {crashes.difference(calm.ending, found.ending)}")
            click.echo(f"    died at {found.died}")
        click.echo(f"  run {number} of {len(runs)}: {len(found.died)} of {len(deadly)} kills", err=True)
    seconds = time.monotonic() - began
    click.echo(
        f"crashes, {kind}, {road}: {len(set(calm.passed))} points, {died} kills in {len(runs)} runs, "
        f"{wrong} different, {seconds:.0f} s"
    )
    return wrong


def _run(zygote: Zygote, kind: str, road: str, deadly: list[str] | None = None) -> crashes.Run:
    if kind == "sqlite":
        return crashes.run(zygote, road, "sqlite:///{folder}/bot.db", deadly or ())
    with postgres.server() as server, postgres.database(server) as url:
        return crashes.run(zygote, road, url, deadly or ())


if __name__ == "__main__":
    main()
