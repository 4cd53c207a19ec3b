"""A share of a sweep, small enough for every change; `make sweep` does all of it."""

from __future__ import annotations

from tests.sweep.sweeping import Misfortunes, sweep


def holds(what: Misfortunes, runs: int = 1) -> None:
    """Asserts that stories with misfortunes end as the calm story does."""
    score = sweep(what, runs)
    assert not score.wrong, f"{score}\n" + "\n".join(score.wrong)
    assert score.struck, "something went wrong, or nothing was shown"
