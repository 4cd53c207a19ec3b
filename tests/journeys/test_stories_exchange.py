"""The entry on the Exchange, after it is proposed: reviewed, corrected, overtaken, closed; with and without the App."""

from __future__ import annotations

import re

import pytest

from bot.ledger import Ledger, StaleVersion
from sandbox import Sandbox
from sandbox.cast import EXCHANGE
from sandbox.world import World
from tests.journeys.play import Need, Stage, halves, put

MAINTAINER = "ore-maintainer"


async def review(stage: Stage, need: Need, event: str, body: str = "", by: str = MAINTAINER) -> None:
    """One of the Exchange's people reviews the entry."""
    path = f"/repos/{EXCHANGE}/pulls/{need.pull('ore').number}/reviews"
    await stage.act(by, "POST", path, event=event, body=body)
    await stage.quiet()


def entry(need: Need) -> str:
    """The Exchange's file, as the entry's pull request would have it."""
    pull = need.pull("ore").pull
    files = pull.head_repo.git.files(pull.head_sha)
    return files["_data/code/federal/esdc-edsc.yml"].decode()


async def follows_a_review_to_the_merge(stage: Stage, need: Need) -> None:
    need.lacks("waiting: client")
    await review(stage, need, "REQUEST_CHANGES", "Please say in @coordinator's words what it does #1.")
    need.shows("waiting: client")
    need.said_has("ore-said", "@client", f"**{MAINTAINER}** asks for changes", "/ore name.en=")
    need.status_has("asks for changes to the entry")
    assert "demande des changements" in halves(need.comment("ore-said").body)[1]
    said = set(need.said)

    await need.says(
        "client", '/ore what.en="Keeps marketplaces tidy" what.fr="Met de l’ordre dans les places de marché"'
    )
    assert "Keeps marketplaces tidy" in entry(need)
    need.lacks("waiting: client")
    need.status_has("asked for changes to the entry and has an answer")
    await review(stage, need, "APPROVE")
    assert set(need.said) == said | {f"reply {need.heard.id}"}, "an approval needs nobody"
    await need.merged("ore", by=MAINTAINER)
    need.shows("done")


async def test_what_reviewers_ask_for_is_brought_to_the_issue_until_they_approve(stage):
    await follows_a_review_to_the_merge(stage, await stage.opportunity(at=9))


async def test_an_entry_of_which_no_webhook_tells_is_known_though_telling_was_interrupted(stage, monkeypatch):
    """Where the App is not installed on the Exchange, nobody but the bot itself can tell."""
    need = await stage.opportunity(at=7)
    commit, times = Ledger.commit, []

    def overtaken(self, key, *, facts, **more):
        if not times and any(getattr(recorded.fact, "kind", "") == "ore" for recorded in facts):
            times.append(key)
            raise StaleVersion("overtaken")
        return commit(self, key, facts=facts, **more)

    monkeypatch.setattr(Ledger, "commit", overtaken)
    stage.sandbox.mail.faults.add(event="^(pull_request|push)", do="drop", times=None)
    await need.goes_to(9)
    assert times
    await need.merged("ore", by=MAINTAINER)
    await stage.time_passes(minutes=stage.bot.policy.exchange.look_minutes)
    need.shows("done")


async def test_what_the_exchange_says_before_the_payment_is_told_at_once_and_answered_there(stage, monkeypatch):
    monkeypatch.setattr(World, "association", lambda self, repo, user: "CONTRIBUTOR")  # as a private membership shows
    need = await stage.opportunity(at=8)
    await review(stage, need, "REQUEST_CHANGES", "Which team is it?")
    need.said_has("ore-said", "@client", "Which team is it?")
    number, said = need.pull("ore").number, set(need.said)
    await stage.act("client", "POST", f"/repos/{EXCHANGE}/issues/{number}/comments", body="The Cloud team.")
    await stage.quiet()
    assert set(need.said) == said, "their own words are not brought back to them"
    await need.goes_to(9)
    need.lacks("waiting: client")
    await review(stage, need, "REQUEST_CHANGES", "Then say so.")
    need.shows("waiting: client")
    await stage.act(MAINTAINER, "PATCH", f"/repos/{EXCHANGE}/pulls/{number}", state="closed")
    await stage.quiet()
    assert [mark.split()[0] for mark in need.said if mark.startswith("ore-")] == ["ore-said", "ore-said", "ore-closed"]


async def test_what_is_said_on_lines_and_in_the_thread_is_brought_too_but_nothing_private(stage):
    need = await stage.opportunity(at=9)
    number = need.pull("ore").number
    await stage.act(MAINTAINER, "POST", f"/repos/{EXCHANGE}/issues/{number}/comments", body="Call me at 613-555-0123")
    await stage.quiet()
    assert not re.search("613-555|555-0123", need.comment("ore-said").body)
    need.said_has("ore-said", "may hold personal information")
    sha = need.pull("ore").pull.head_sha
    line = len(entry(need).splitlines())
    comment = {"path": "_data/code/federal/esdc-edsc.yml", "line": line, "body": "Is this Beta?"}
    path = f"/repos/{EXCHANGE}/pulls/{number}/reviews"
    await stage.act(MAINTAINER, "POST", path, event="COMMENT", commit_id=sha, comments=[comment])
    await stage.quiet()
    need.said_has("ore-said", "Is this Beta?", "esdc-edsc.yml")


async def test_a_category_that_the_exchange_does_not_have_is_refused_below_the_command(stage):
    need = await stage.opportunity(at=8)
    said = await need.says("client", "/ore category=poetry status=Alpha")
    need.answer_has("Nothing of this", "Development software", '/ore category="…" status=Alpha', "catégorie")
    assert need.reactions(said) == {"confused"}
    assert "poetry" not in entry(need)
    await need.says("client", "/ore catégorie=« dévelopement » statut=Alpha")
    need.answer_has('/ore catégorie="Logiciels de développement" statut=Alpha')
    await need.says("client", need.answer.split("```text\n")[1].split("\n```")[0])
    need.answer_has("| `category` | Development software |", "| `catégorie` | Logiciels de développement |")
    assert "not-ready" not in need.said
    assert "status: Alpha" in entry(need)


async def test_the_status_names_what_the_entry_lacks_and_whose_turn_that_makes_it(stage):
    need = await stage.opportunity(at=8)
    await need.says("client", "/ore team.en=Cloud")
    await need.goes_to(9)
    need.shows("waiting: client")
    need.status_has("puts right what the entry lacks: `team.fr`", "`équipe.fr`")
    await need.says("client", "/ore team.fr=Nuage")
    need.lacks("waiting: client")
    path = "_data/administrations/federal.yml"
    there = stage.files(EXCHANGE)[path]
    await put(stage, MAINTAINER, EXCHANGE, "master", path, there.replace("esdc-edsc", "esdc"))
    await stage.quiet()
    await need.says("client", "/ore status=Alpha")
    need.shows("waiting: coordinator")
    need.status_has("The coordinator finds the reason")


async def test_an_entry_that_was_closed_is_asked_about_and_proposed_again_when_corrected(stage):
    need = await stage.opportunity(at=9)
    first = need.pull("ore")
    await stage.act(MAINTAINER, "PATCH", f"/repos/{EXCHANGE}/pulls/{first.number}", state="closed")
    await stage.quiet()
    need.said_has(f"ore-closed {first.number}", "@client", "@coordinator", "/ore", "/override")
    need.shows("waiting: client")
    assert need.pull("ore").number == first.number
    await need.says("client", "/ore status=Alpha")
    assert need.pull("ore").number != first.number
    await need.merged("ore", by=MAINTAINER)
    need.shows("done")


async def test_an_entry_that_another_one_overtook_is_written_upon_it(stage):
    need = await stage.opportunity(at=9)
    path = "_data/code/federal/esdc-edsc.yml"
    before = stage.files(EXCHANGE)[path]
    first = before[before.index("  - contact:") :].partition("\n  - contact:")[0] + "\n"
    other = re.sub(r"(?<=    name:\n)      en: .*\n      fr: .*\n", "      en: Faster\n      fr: Plus vite\n", first)
    await put(stage, MAINTAINER, EXCHANGE, "master", path, before + other)
    await stage.quiet()
    await need.merged("ore", by=MAINTAINER)
    after = stage.files(EXCHANGE)[path]
    assert after.startswith(before + other), "every byte of the others"
    assert "en: Azure policies" in after
    need.shows("done")


@pytest.fixture
def without_app(monkeypatch):
    """The App is installed on the site alone; a machine user's token is set."""
    made = Sandbox.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.world.app.repositories.remove(self.world.repository(EXCHANGE))
        self.add_person("machine", "Machine")

    monkeypatch.setattr(Sandbox, "__init__", init)
    monkeypatch.setenv("ORE_TOKEN", "sandbox-machine")


async def test_without_the_app_the_entry_comes_from_a_fork_and_is_followed_all_the_same(without_app, stage):
    need = await stage.opportunity(at=9)
    world = stage.sandbox.world
    (pull,) = world.repository(EXCHANGE).pulls()
    assert pull.user.login == "machine"
    assert pull.pull.head_repo.full_name == "machine/ore-ero"
    need.status_has(f"/pull/{pull.number}")
    await stage.act(
        MAINTAINER, "POST", f"/repos/{EXCHANGE}/pulls/{pull.number}/reviews", event="REQUEST_CHANGES", body="Name it."
    )
    await stage.time_passes(minutes=16)  # no webhook tells, so it is looked at from time to time
    need.said_has("ore-said", "Name it.")
    await need.says("client", '/ore name.en="Azure rules" name.fr="Règles Azure"')
    await stage.act(MAINTAINER, "PUT", f"/repos/{EXCHANGE}/pulls/{pull.number}/merge")
    await stage.time_passes(minutes=16)
    need.shows("done")
    assert "en: Azure rules" in stage.files(EXCHANGE)["_data/code/federal/esdc-edsc.yml"]


async def test_without_the_app_an_entry_that_was_closed_and_opened_again_is_followed(without_app, stage):
    need = await stage.opportunity(at=9)
    (pull,) = stage.sandbox.world.repository(EXCHANGE).pulls()
    place = f"/repos/{EXCHANGE}/pulls/{pull.number}"
    await stage.act(MAINTAINER, "PATCH", place, state="closed")
    await stage.time_passes(minutes=16)
    need.said_has(f"ore-closed {pull.number}", "/ore")
    await stage.act(MAINTAINER, "PATCH", place, state="open")
    await stage.act(MAINTAINER, "PUT", f"{place}/merge")
    await stage.time_passes(minutes=16)
    need.shows("done")
