"""Stories of silence: ten business days of it at anybody's turn are told, and only those."""

from __future__ import annotations

from tests.journeys.play import Need, later, policy


async def test_silence_at_a_turn_is_told_once(stage):
    need = await stage.opportunity(at=3)
    day = stage.business_day(10)
    await stage.time_passes(to=stage.business_day(9))
    assert not silences(need)
    await stage.time_passes(to=day)
    assert len(silences(need)) == 1
    need.said_has(silences(need)[0], "@coordinator", "10 business days", "10 jours ouvrables")
    await stage.time_passes(days=30)
    assert len(silences(need)) == 1


@policy(capacity=1)
async def test_silence_is_not_the_time_spent_in_line(stage):
    first = await stage.opportunity(at=3)
    second = await stage.opportunity(at=2, **later(weeks=9))
    await second.ticked(2)
    await second.labelled("eligible", by="coordinator")
    await first.goes_to(9)
    second.shows("3/description")
    assert not silences(second)


async def test_silence_is_not_the_time_before_the_closing(stage):
    need = await stage.opportunity(at=5, **later(weeks=4))
    await need.applied("supplier-1")
    await stage.time_passes(to=need.closed_at)
    need.shows("waiting: client")
    assert not silences(need)


def silences(need: Need) -> list[str]:
    return [mark for mark in need.said if mark.startswith("silence")]
