"""Looking people and repositories up."""

from __future__ import annotations

import pytest

from bot.github.reading.lookups import Look
from bot.pipeline.model.roles import Standing
from bot.pipeline.model.signals import Needs

HOME = "canada-ca/micro-acquisition"
FINANCE = "canada-ca/micro-acquisition-finance"


@pytest.mark.parametrize(
    ("finance", "standings"),
    [
        (FINANCE, {"Coordinator": Standing(True, False), "finance": Standing(False, True)}),
        (None, {"Coordinator": Standing(True, True), "finance": Standing(False, False)}),
    ],
)
async def test_who_people_are(gh, finance, standings):
    nobodies = {"supplier-1": Standing(), "no-such-person": Standing(exists=False)}
    look = Look(gh, HOME, finance=finance)
    needs = Needs(logins=frozenset(standings | nobodies), coordinators=True)
    known = await look.look(needs)
    assert known.standings == standings | nobodies
    assert "coordinator" in known.coordinators
    assert not any(name.startswith(("supplier", "finance", "micro")) for name in known.coordinators)
    before = sum(gh.calls.values())
    assert await look.look(needs) == known
    assert sum(gh.calls.values()) == before
    look.forget()
    assert await look.look(needs) == known
    assert sum(gh.calls.values()) > before


async def test_a_team_can_coordinate(gh):
    look = Look(gh, HOME, coordinators=FINANCE)
    known = await look.look(Needs(logins=frozenset({"finance", "client"}), coordinators=True))
    assert known.standings == {"finance": Standing(True, True), "client": Standing()}
    assert known.coordinators == ("finance",)


async def test_what_a_repository_is(gh, person):
    supplied = (
        await person("supplier-1")
        .at(HOME)
        .post("/user/repos", {"name": "parser", "description": "Parses", "license_template": "mit", "auto_init": True})
    )
    hidden = await person("supplier-1").at(HOME).post("/user/repos", {"name": "hidden", "private": True})
    names = frozenset({supplied["full_name"], hidden["full_name"], "no/where", "not a name"})
    known = await Look(gh, HOME).look(Needs(repositories=names))
    parser = known.repositories[supplied["full_name"]]
    assert (parser.name, parser.public, parser.licence, parser.homepage) == ("supplier-1/parser", True, "MIT", None)
    assert parser.licence_url
    assert parser.description == "Parses"
    assert {name for name, found in known.repositories.items() if found is None} == names - {supplied["full_name"]}
