"""Everything at once: twenty opportunities in one place, their people talking over each other."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from sandbox.cast import EXCHANGE
from tests.journeys.play import Need, Stage, policy

TWENTY = 20
TWO = ("supplier-1", "supplier-2")


@policy(capacity=TWENTY)
async def test_everything_at_once_on_twenty_opportunities(stage):
    posts, entries = stage.files().keys(), stage.files(EXCHANGE)

    needs = await to_the_exchange(stage, TWENTY)
    for need in needs:
        await need.merged("ore", by="ore-maintainer")

    for need in needs:
        need.shows("done")
        assert need.state == "completed"
    posted = [text for path, text in stage.files().items() if path not in posts]
    refs = {re.search(r"^ref: (\w+)$", text, re.MULTILINE)[1] for text in posted}
    assert (len(posted), len(refs)) == (2 * TWENTY, TWENTY), "a post in each language, a number each"
    (entered,) = (text for path, text in stage.files(EXCHANGE).items() if text != entries.get(path))
    names = re.findall(r"en: (Tool \d\d)$", entered, re.MULTILINE)
    assert sorted(names) == [f"Tool {n:02}" for n in range(TWENTY)]


async def test_two_entries_proposed_at_once_are_both_merged(stage):
    for need in await to_the_exchange(stage, 2):
        await need.merged("ore", by="ore-maintainer")
        need.shows("done")


async def to_the_exchange(stage: Stage, count: int) -> list[Need]:
    """So many opportunities, all at once, from contact to step 9."""
    needs = await all_at_once(
        stage.opportunity(at=4, title_en=f"Tool {n:02}", title_fr=f"Outil {n:02}") for n in range(count)
    )
    await all_at_once(need.labelled("funds-reserved", by="finance") for need in needs)
    await all_at_once(need.merged("posting", by="coordinator") for need in needs)
    await all_at_once(need.applied(supplier) for supplier in TWO for need in needs)
    await stage.time_passes(to=needs[0].closed_at)
    await all_at_once(need.evaluated(*TWO) for need in needs)
    await all_at_once(need.goes_to(9) for need in needs)
    return needs


async def all_at_once(acts: Any) -> list[Any]:
    """What people do before anyone has waited for the bot."""
    return list(await asyncio.gather(*acts))
