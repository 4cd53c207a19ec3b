"""Where the App is not installed, a machine user proposes the entry from its fork of the Exchange."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.documents.exchange import ore
from bot.github.effects.bring import Wanted, bring
from bot.github.effects.forks import way_by_fork
from bot.github.effects.pulls import ForkRoute
from bot.github.transport.errors import Refused, Wait
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.remote import Shown
from bot.pipeline.rules import Moment
from bot.pipeline.view import view
from bot.proposals import DraftBlocked, Drafts
from tests.pipeline.desk import BOT, Need
from tests.proposals.test_entry_draft import FILE, earlier
from tests.tools import MESSAGES

ORE = "canada-ca/ore-ero"
MACHINE = "supplier-3"  # anybody without write access upstream


@dataclass
class Desk:
    """An accepted work whose entry is proposed from a fork."""

    gh: Any
    machine: Any
    upstream: Any
    need: Need
    ledger: dict[str, Shown]
    way: ForkRoute

    async def bring(self, need: Need) -> dict[str, Any]:
        """The pull request on the Exchange, after the opportunity is shown."""
        now = datetime.now(UTC)
        pulls = [p for p in view(need.o, Moment(now, now, BOT, "en", Policy())).pulls if p.kind == "ore"]
        known = self.ledger.get("pull ore")
        drafts = tuple(Drafts(Policy(), MESSAGES).draft(pull, need.o, now, known) for pull in pulls)

        async def save(shown: Shown) -> None:
            self.ledger[shown.thing] = shown

        home = "canada-ca/micro-acquisition"
        await bring(self.gh, home, 12, Wanted(drafts=drafts), dict(self.ledger), save, now, {ORE: self.way})
        return await self.upstream.get("pulls/{n}", n=self.ledger["pull ore"].remote.number)

    async def shows_only_additions(self, pull: dict[str, Any], commits: int) -> None:
        files = [file async for file in self.upstream.pages("pulls/{n}/files", n=pull["number"])]
        assert [(file["filename"], file["deletions"]) for file in files] == [(FILE, 0)]
        assert (pull["mergeable"], pull["state"], pull["commits"]) == (True, "open", commits)
        assert pull["head"]["label"].startswith(f"{MACHINE}:ore/12-")
        assert all(line[:1] in "+ @\\" for line in files[0]["patch"].splitlines())


async def forked(gh) -> ForkRoute:
    try:
        return await way_by_fork(gh, ORE)
    except Wait:
        return await way_by_fork(gh, ORE)


@pytest.fixture
async def desk(gh, person):
    way = await forked(person(MACHINE))
    return Desk(gh, person(MACHINE), person("ore-maintainer").at(ORE), Need().at(8), {}, way)


async def merged(place, change) -> None:
    """Somebody's commit to the administration's file upstream."""
    ref = await place.get("git/ref/heads/master")
    parent = await place.get("git/commits/{sha}", sha=ref["object"]["sha"])
    item = {"path": FILE, "mode": "100644", "type": "blob", "content": change(await text_of(place, "master"))}
    tree = await place.post("git/trees", {"base_tree": parent["tree"]["sha"], "tree": [item]})
    made = {"message": "Somebody's", "tree": tree["sha"], "parents": [parent["sha"]]}
    made = await place.post("git/commits", made)
    await place.patch("git/refs/heads/master", {"sha": made["sha"], "force": False})


async def text_of(place, ref) -> str:
    found = await place.get("contents/{+file}{?ref}", file=FILE, ref=ref)
    return base64.b64decode(found["content"]).decode()


def another(name: str) -> str:
    return ore.render(earlier(name, f"{name} (fr)", f"https://github.com/example/{name.lower()}"))


async def test_a_fork_is_made_once_and_waited_for(person, box):
    machine = person(MACHINE)
    box.faults.add(do="status", status=404, path="/git/ref/heads/master")  # GitHub fills it a moment later
    with pytest.raises(Wait):
        await way_by_fork(machine, ORE)
    assert (await way_by_fork(machine, ORE)).fork == f"{MACHINE}/ore-ero"
    assert (await way_by_fork(machine, "Canada-CA/ORE-ero")).fork == f"{MACHINE}/ore-ero"
    forks = [fork["full_name"] async for fork in machine.at(ORE).pages("forks")]
    assert forks == [f"{MACHINE}/ore-ero"]


async def test_an_entry_is_proposed_from_the_fork_and_only_added(desk):
    with pytest.raises(Refused):
        await desk.machine.at(ORE).post("git/refs", {"ref": "refs/heads/x", "sha": "0" * 40})
    pull = await desk.bring(desk.need)
    await desk.shows_only_additions(pull, 1)
    assert pull["title"] == "Add Azure policies (Employment and Social Development Canada)"
    assert pull["user"]["login"] == MACHINE


async def test_a_fork_left_behind_is_brought_up_to_date_first(desk):
    await merged(desk.upstream, lambda text: text + another("Earlier"))
    pull = await desk.bring(desk.need)
    await desk.shows_only_additions(pull, 1)
    assert "Earlier" in await text_of(desk.machine.at(desk.way.fork), "master")


async def test_a_correction_is_a_second_commit_on_the_same_pull_request(desk):
    first = await desk.bring(desk.need)
    second = await desk.bring(desk.need.says("client", "/ore status=Maintained"))
    assert second["number"] == first["number"]
    await desk.shows_only_additions(second, 2)
    assert "status: Maintained" in await text_of(desk.machine.at(desk.way.fork), second["head"]["ref"])


async def test_an_entry_merged_meanwhile_at_the_same_place_is_made_room_for(desk):
    await desk.bring(desk.need)
    await merged(desk.upstream, lambda text: text + another("Faster"))
    first = await desk.upstream.get("pulls/{n}", n=desk.ledger["pull ore"].remote.number)
    assert first["mergeable"] is False
    pull = await desk.bring(desk.need)
    files = [file async for file in desk.upstream.pages("pulls/{n}/files", n=pull["number"])]
    assert [(file["filename"], file["deletions"]) for file in files] == [(FILE, 0)]
    assert pull["mergeable"] is True
    text = await text_of(desk.machine.at(desk.way.fork), pull["head"]["ref"])
    assert text.index("Faster") < text.index("Azure policies")


async def test_a_fork_whose_own_base_went_astray_is_still_not_in_the_way(desk):
    fork = desk.machine.at(desk.way.fork)
    await merged(fork, lambda text: text + another("Astray"))
    await merged(desk.upstream, lambda text: text + another("Faster"))
    pull = await desk.bring(desk.need)
    await desk.shows_only_additions(pull, 1)
    assert "Astray" not in await text_of(fork, pull["head"]["ref"])


async def test_a_fork_that_was_renamed_is_found_again(person):
    machine = person(MACHINE)
    made = await machine.at(ORE).post("forks", {"default_branch_only": True, "name": "exchange"})
    assert (await forked(machine)).fork == made["full_name"] == f"{MACHINE}/exchange"


async def test_a_fork_beside_another_repository_of_the_name_is_found(person):
    machine = person(MACHINE)
    await machine.at(ORE).post("/user/repos", {"name": "ore-ero", "auto_init": True})
    assert (await forked(machine)).fork == f"{MACHINE}/ore-ero-1"


async def test_a_fork_of_a_fork_is_refused(person):
    await person("supplier-2").at(ORE).post("forks", {})
    machine = person(MACHINE)
    await machine.at("supplier-2/ore-ero").post("forks", {})
    with pytest.raises(Refused, match="is not a fork of canada-ca/ore-ero"):
        await forked(machine)
    assert [fork["full_name"] async for fork in machine.at(ORE).pages("forks")] == ["supplier-2/ore-ero"]


async def test_what_stands_in_the_way_on_the_exchange_opens_nothing(desk):
    there = ore.render(earlier("Clouds", "Nuages", "https://github.com/supplier-1/policies"))
    await merged(desk.upstream, lambda text: text + there)
    with pytest.raises(DraftBlocked):
        await desk.bring(desk.need)
    assert [pull async for pull in desk.upstream.pages("pulls{?state}", state="all")] == []
