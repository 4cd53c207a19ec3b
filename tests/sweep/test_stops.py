"""Two workers, of which one stands still in the middle of its turns: nothing is lost, and nothing done twice."""

from __future__ import annotations

from tests.sweep.stops import Stops
from tests.sweep.sweeping import sweep


def test_another_worker_takes_the_turn_over_and_the_first_does_nothing_twice_when_it_goes_on(postgresql_server):
    score = sweep(Stops("straight", 4), 1)
    assert not score.wrong, f"{score}\n" + "\n".join(score.wrong)
    assert score.struck, "no turn was taken over, or nothing was shown"
