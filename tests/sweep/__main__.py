"""Every sweep in full, or a share of one, with the numbers of points, misfortunes and runs, and what differs.

python -m tests.sweep                                          all of it, which takes some hours
python -m tests.sweep faults --road terminated --runs 20       a share of one, spread evenly
python -m tests.sweep webhooks --random --runs 5 --seed 7      at random, from that seed on
python -m tests.sweep again var/sweep/faults-…-run-7.json      one run that differed, told once more
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from tests.sweep.crashes import Crashes
from tests.sweep.faults import Faults
from tests.sweep.roads import ROADS
from tests.sweep.stops import Stops
from tests.sweep.sweeping import Misfortunes, Plan, difference, quiet, sweep
from tests.sweep.webhooks import Lost, Webhooks

DATABASES = ("sqlite", "postgresql")
AT_RANDOM = 100
"""Runs of each kind and road, where all is done."""
DAY, DAYS = timedelta(days=1), 25
"""How long a bot is down, and in how many stories of each road and database, where all is done."""
KEPT = Path("var/sweep")
"""Where runs are kept that differed."""

Command = Callable[..., None]

_road = click.option("--road", "roads", multiple=True, type=click.Choice(list(ROADS)), default=list(ROADS))
_runs = click.option("--runs", default=0, help="Of each kind and road, spread evenly; 0: all.")
_each = click.option("--of", "of", default=40, show_default=True, help="Misfortunes in one run.")
_dice = click.option("--random", "dice", is_flag=True, help="Anywhere, instead of everywhere in turn.")
_seed = click.option("--seed", default=1, show_default=True, help="Of the first run at random.")

_within: dict[str, Callable[[str, int, Sequence[int]], Misfortunes]] = {
    "faults": Faults,
    "webhooks": Webhooks,
    "lost": Lost,
}


@click.group(invoke_without_command=True)
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count, show_default="processors", help="Stories told at a time."
)
@click.pass_context
def main(context: click.Context, jobs: int) -> None:
    """A story in which something goes wrong ends as it ends when nothing does. Exits with 1 if one does not.

    Each run tells the whole story with many misfortunes in it. How far it is goes to stderr, what differs and the
    numbers to stdout; a run that differs is kept in a file, and can be told again.
    """
    quiet()
    context.obj = jobs
    if context.invoked_subcommand is None:
        seeds = range(1, AT_RANDOM + 1)
        wrong = _different(
            [
                *(Crashes(road, kind, 40) for kind in DATABASES for road in ROADS),
                *(Stops(road, 10) for road in ROADS),
                *(kind(road, 40, dice) for kind in _within.values() for dice in ((), seeds) for road in ROADS),
            ]
        )
        wrong += _different([Crashes(road, kind, 1, DAY) for kind in DATABASES for road in ROADS], DAYS)
        sys.exit(1 if wrong else 0)


@main.command("crashes")
@click.option("--database", "kinds", multiple=True, type=click.Choice(DATABASES), default=DATABASES)
@_road
@_runs
@_each
@click.option("--down", is_flag=True, help="At one point in a run, and nobody starts it again for a day.")
def crashes_(kinds: tuple[str, ...], roads: tuple[str, ...], runs: int, of: int, down: bool) -> None:
    """Kill the bot before and after each effect and each commit."""
    how = (1, DAY) if down else (of, timedelta())
    _judge([Crashes(road, kind, *how) for kind in kinds for road in roads], runs)


@main.command("stops")
@_road
@_runs
@click.option("--of", "of", default=10, show_default=True, help="Misfortunes in one run.")
def stops_(roads: tuple[str, ...], runs: int, of: int) -> None:
    """Have a worker stand still after each effect and around each commit, until another has its turn."""
    _judge([Stops(road, of) for road in roads], runs)


def _command(name: str, says: str) -> None:
    @main.command(name, help=says)
    @_road
    @_runs
    @_each
    @_dice
    @_seed
    def command(roads: tuple[str, ...], runs: int, of: int, dice: bool, seed: int) -> None:
        seeds = range(seed, seed + (runs or AT_RANDOM)) if dice else ()
        _judge([_within[name](road, of, seeds) for road in roads], runs)


_command("faults", "Have GitHub fail each call in every way.")
_command("webhooks", "Have each delivery fail, come twice, late, or behind the next.")
_command("lost", "Have each delivery get lost, as if it had been delivered.")


@main.command("again")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def again_(file: Path) -> None:
    """Tell a run once more that differed, from the file in which it is kept."""
    kept = json.loads(file.read_text("utf-8"))
    what = _named(kept["sweep"])
    differs = difference(what.calm().ending, what.play(kept["plan"]).ending)
    click.echo(f"{kept['sweep']}, {kept['run']}{f' differs: {differs}' if differs else ' ends as it should'}")
    sys.exit(1 if differs else 0)


def _named(name: str) -> Misfortunes:
    """A sweep by its name, which tells all but which of its runs is meant."""
    everything: list[Misfortunes] = [
        *(Crashes(road, kind, 40) for kind in DATABASES for road in ROADS),
        *(Crashes(road, kind, 1, DAY) for kind in DATABASES for road in ROADS),
        *(Stops(road, 10) for road in ROADS),
        *(kind(road, 40, dice) for kind in _within.values() for dice in ((), (1,)) for road in ROADS),
    ]
    return next(what for what in everything if what.name == name)


def _keep(what: Misfortunes, label: str, plan: Plan) -> str:
    """The run in a file of its own, and how to tell it again."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{re.sub('[^a-z0-9]+', '-', f'{what.name} {label}')}.json"
    file.write_text(json.dumps({"sweep": what.name, "run": label, "plan": list(plan)}, indent=1), "utf-8")
    return f"{label} (again: python -m tests.sweep again {file})"


def _judge(everything: Sequence[Misfortunes], runs: int) -> None:
    sys.exit(1 if _different(everything, runs) else 0)


def _different(everything: Sequence[Misfortunes], runs: int = 0) -> int:
    """How many runs differ; what they are, and the numbers, are said."""
    wrong, jobs = 0, click.get_current_context().find_object(int)
    for what in everything:
        score = sweep(what, runs, lambda line: click.echo(line, err=True), partial(_keep, what), jobs or 1)
        for line in score.wrong:
            click.echo(f"  {line}")
        click.echo(str(score))
        wrong += len(score.wrong)
    return wrong


if __name__ == "__main__":
    main()
