"""Telling one story again and again, each time with other misfortunes, and comparing the ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Protocol

import structlog

Plan = Sequence[Any]
"""What goes wrong in one run."""


class Outcome(Protocol):
    """How a story ended, and how often something went wrong."""

    @property
    def ending(self) -> dict[str, Any]: ...

    @property
    def struck(self) -> int: ...


class Misfortunes(Protocol):
    """One kind of them, on one road."""

    @property
    def name(self) -> str: ...

    def calm(self) -> Any:
        """The story when nothing goes wrong."""
        ...

    def plans(self, calm: Any) -> Mapping[str, Plan]:
        """What goes wrong, run by run, when everything is tried, and what each run is called."""
        ...

    def play(self, plan: Plan) -> Outcome: ...


@dataclass(frozen=True)
class Score:
    """What a sweep came to."""

    name: str
    points: int
    struck: int
    runs: int
    wrong: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.points} points, of which {self.struck} struck in {self.runs} runs, "
            f"{len(self.wrong)} different, {self.seconds:.0f} s"
        )


def sweep(
    what: Misfortunes,
    runs: int = 0,
    tell: Callable[[str], None] = lambda line: None,
    keep: Callable[[str, Plan], str] = lambda label, plan: label,
    jobs: int = 1,
) -> Score:
    """Every run, or so many that lie as far apart as possible, some at a time.

    What a run that differs is called, `keep` says.
    """
    began = time.monotonic()
    calm = what.calm()
    everything = what.plans(calm)
    labels = list(everything)
    chosen = labels[:: max(1, len(labels) // runs)][:runs] if runs else labels
    struck, wrong = 0, []
    told = _told(what, {label: everything[label] for label in chosen}, jobs)
    for number, (label, found) in enumerate(told, 1):
        before = len(wrong)
        if isinstance(found, str):
            wrong.append(f"{keep(label, everything[label])}: {found}")
        else:
            struck += found.struck
            if differs := difference(calm.ending, found.ending):
                wrong.append(f"{keep(label, everything[label])} differs: {differs}")
        for line in wrong[before:]:
            tell(f"  {line}")
        tell(f"{what.name}, {label}: {number} of {len(chosen)} runs, {len(wrong)} different")
    points = sum(map(len, everything.values()))
    return Score(what.name, points, struck, len(chosen), tuple(wrong), time.monotonic() - began)


def _told(what: Misfortunes, plans: Mapping[str, Plan], jobs: int) -> Iterator[tuple[str, Outcome | str]]:
    """How each run ended, or why it did not."""
    if jobs == 1:
        yield from ((label, _play(what, plan)) for label, plan in plans.items())
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), quiet) as pool:
        running = {pool.submit(_play, what, plan): label for label, plan in plans.items()}
        for done in as_completed(running):
            yield running[done], done.result()


def quiet() -> None:
    """No log but of what is worse than an error."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


def _play(what: Misfortunes, plan: Plan) -> Outcome | str:
    try:
        return what.play(plan)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def rounds(points: Sequence[Any], of: int) -> dict[str, Plan]:
    """All the points, in as many runs as it takes; those of one run lie as far apart as possible."""
    count = max(1, -(-len(points) // of))
    return {f"run {start + 1}": points[start::count] for start in range(count)}


def difference(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What differs, to be read."""
    found: dict[str, Any] = {}
    for name in one:
        before, after = one[name], other[name]
        if before != after and isinstance(before, dict):
            same = {key for key in before if before[key] == after.get(key)}
            before, after = ({key: part[key] for key in part if key not in same} for part in (before, after))
        if before != after:
            found[name] = before, after
    return found
