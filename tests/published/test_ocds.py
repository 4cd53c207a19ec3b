"""Open data as a stranger reads it: valid by the standard's own schemas, and telling the story that happened."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline.model.policy import Policy
from bot.pipeline.model.signals import IssueRemoved
from bot.published.ocds import compiled_records, record_package, release_package, releases
from tests.pipeline.desk import Need, body, need_at
from tests.pipeline.test_mission_monkey import doings, story
from tests.published.standard import FOLDER, Standard
from tests.tools import WORDS

POLICY = Policy()
HOME = "canada-ca/micro-acquisition"
OCID = "ocds-213czf-canada-ca-micro-acquisition-12"
URI = "https://board.example/ocds/releases.json"


@cache
def standard() -> Standard | None:
    return Standard() if FOLDER.is_dir() else None


def published(need: Need) -> list[dict]:
    """Every release; valid, alone and compiled, where the standard is here to say so."""
    found = list(releases(HOME, 12, need.history, POLICY, WORDS["ocds"]))
    if schema := standard():
        schema.check(release_package(found, uri=URI, policy=POLICY))
        schema.check(record_package(list(compiled_records(found)), uri=URI, policy=POLICY))
    return found


def told(need: Need) -> list[str]:
    """The tags of all releases, each new thing once."""
    tags = ["+".join(release["tag"]) for release in published(need)]
    return [tag for place, tag in enumerate(tags) if place == 0 or tag != tags[place - 1]]


def compiled(need: Need) -> dict:
    return list(compiled_records(published(need)))[-1]["compiledRelease"]


def finished() -> Need:
    return need_at(9).pull("ore", "open", 31).pull("ore", "merged", 31)


# --- what happens ----------------------------------------------------------------------------------------


def test_the_straight_road_is_told_from_planning_to_payment():
    assert told(finished()) == [
        "planning",
        "planningUpdate",
        "tender",
        "tenderUpdate",
        "award",
        "tenderUpdate+awardUpdate",
        "contract",
        "contractUpdate",
        "implementation",
        "implementationUpdate",
        "contractTermination+implementationUpdate",
        "implementationUpdate",
    ]


def test_at_its_end_everything_is_there():
    end = compiled(finished())
    assert (end["ocid"], end["tag"]) == (OCID, ["compiled"])
    assert (end["tender"]["title"], end["tender"]["title_fr"]) == ("Azure policies", "Politiques Azure")
    assert end["tender"]["value"] == {"amount": 6500, "currency": "CAD"}
    assert end["tender"]["tenderPeriod"]["endDate"] == "2027-07-13T03:59:59Z", "the last second of July 12, Eastern"
    assert (end["tender"]["status"], end["tender"]["numberOfTenderers"]) == ("complete", 2)
    roles = {party["id"]: party["roles"] for party in end["parties"]}
    winner = end["awards"][0]["suppliers"][0]["id"]
    assert roles["client"] == ["buyer"]
    assert roles["coordinator"] == ["procuringEntity"]
    assert roles[winner] == ["tenderer", "supplier", "payee"]
    identifier = {"scheme": "GITHUB", "id": winner, "uri": f"https://github.com/{winner}"}
    assert next(party["identifier"] for party in end["parties"] if party["id"] == winner) == identifier
    [contract] = end["contracts"]
    assert (contract["awardID"], contract["status"]) == ("award-1", "terminated")
    work = contract["implementation"]
    assert {milestone["id"]: milestone["status"] for milestone in work["milestones"]} == {
        "delivery": "met",
        "acceptance": "met",
        "invoice-received": "met",
        "invoice-approved": "met",
        "paid": "met",
    }
    assert [transaction["value"]["amount"] for transaction in work["transactions"]] == [6500]
    assert {document["url"] for document in work["documents"]} == {
        "https://github.com/supplier-1/policies/pull/1",
        "https://github.com/pulls/31",
    }


def test_an_extension_amends_the_tender_and_later_the_contract():
    need = need_at(5).says("coordinator", "/extend 2027-07-19 for the questions")
    assert published(need)[-1]["tag"] == ["tenderAmendment"]
    [amendment] = published(need)[-1]["tender"]["amendments"]
    assert (amendment["rationale"], amendment["description"][:18]) == ("for the questions", "closing 2027-07-19")
    need = need_at(7).says("coordinator", "/extend 2027-08-06")
    assert published(need)[-1]["tag"] == ["tenderUpdate", "contractAmendment"]


def test_applications_and_questions_update_the_tender():
    need = need_at(5).says("supplier-1", "/interested confirm").says("supplier-2", "/ask Why?")
    last = published(need)[-1]
    assert last["tag"] == ["tenderUpdate"]
    assert (last["tender"]["numberOfTenderers"], last["tender"]["hasEnquiries"]) == (1, True)


def test_who_declines_leaves_the_award_to_the_next():
    need = need_at(6)
    first = need.drawn()
    need.says(first, "/decline")
    assert published(need)[-1]["tag"] == ["awardCancellation", "award"]
    assert [award["status"] for award in compiled(need)["awards"]] == ["cancelled", "pending"]


def test_a_contract_that_is_ended_goes_to_the_next_supplier():
    need = need_at(7).says("coordinator", "/terminate nothing came")
    assert published(need)[-1]["tag"] == ["contractTermination"]
    need.says("coordinator", "/next")
    need.says(need.o.chosen, "/confirm").labelled("terms-signed", by="coordinator")
    end = compiled(need)
    assert [contract["status"] for contract in end["contracts"]] == ["terminated", "active"]
    assert len({contract["awardID"] for contract in end["contracts"]}) == 2


def test_cancelled_before_and_after_it_was_posted():
    early = need_at(3).says("client", "/cancel no need any more")
    assert published(early)[-1]["tag"] == ["planningUpdate"]
    assert compiled(early)["tender"]["status"] == "cancelled"
    late = need_at(5).says("client", "/cancel no need any more")
    assert published(late)[-1]["tag"] == ["tenderCancellation"]
    signed = need_at(7).says("coordinator", "/cancel no need any more")
    assert published(signed)[-1]["tag"] == ["contractTermination"]
    assert published(need_at(7).heard(IssueRemoved()))[-1]["tag"] == ["contractTermination"]


def test_another_run_is_another_process_that_names_the_first():
    need = need_at(5).closes()
    need.says("coordinator", "/repost")
    first, second = compiled_records(published(need))
    assert (first["ocid"], first["compiledRelease"]["tender"]["status"]) == (OCID, "unsuccessful")
    assert second["ocid"] == f"{OCID}-2"
    assert second["releases"][0]["tag"] == ["planning"]
    [former] = second["compiledRelease"]["relatedProcesses"]
    assert (former["relationship"], former["identifier"]) == (["unsuccessfulProcess"], OCID)


def test_what_was_taken_back_is_null_once_and_then_gone():
    need = Need(text=body(price="$6,500"))
    need.edited(body(price=""))
    assert published(need)[-1]["tender"]["value"] == {"amount": None, "currency": "CAD"}
    assert compiled(need)["tender"]["value"] == {"currency": "CAD"}
    need.labelled("client-verified", by="coordinator")
    assert published(need)[-1]["tender"]["value"] == {"currency": "CAD"}


def test_a_payment_that_was_a_mistake_is_taken_back():
    need = need_at(8)
    for label in ("invoice-received", "invoice-approved"):
        need.labelled(label, by="finance")
    need.labelled("invoice-approved", by="finance", on=False)
    met = {m["id"]: m["status"] for m in compiled(need)["contracts"][0]["implementation"]["milestones"]}
    assert (met["invoice-received"], met["invoice-approved"]) == ("met", "scheduled")


# --- what always holds -----------------------------------------------------------------------------------


def test_publishing_again_gives_the_same_and_news_only_adds():
    need = finished()
    whole = published(need)
    assert published(need) == whole
    together = {}
    for place, recorded in enumerate(need.history, 1):
        together[recorded.at, recorded.delivery] = place
    for length in together.values():
        some = list(releases(HOME, 12, need.history[:length], POLICY, WORDS["ocds"]))
        assert some == whole[: len(some)]


@given(st.integers(1, 9), doings)
@settings(deadline=None)
def test_whatever_happens_it_is_valid_and_in_order(step, doings):
    found = published(story(step, doings))
    ids, dates = [release["id"] for release in found], [datetime.fromisoformat(one["date"]) for one in found]
    assert len(set(ids)) == len(ids)
    assert dates == sorted(set(dates))
    assert [release["date"] for release in found] == sorted(release["date"] for release in found), "as texts too"
    assert all(release["tag"] for release in found)


def test_a_package_is_dated_by_what_it_holds_and_leads_to_the_next():
    found = published(finished())
    package = release_package(found[:2], uri=URI, policy=POLICY, next=f"{URI}?after=12", prev=None)
    assert (package["publishedDate"], package["links"]) == (found[1]["date"], {"next": f"{URI}?after=12"})
    assert package["version"] == "1.1"
    json.dumps(package, allow_nan=False)


def test_the_prefix_is_the_publishers():
    policy = Policy(ocds={"prefix": "ocds-abc123"})
    [release] = releases(HOME, 12, Need().history, policy, WORDS["ocds"])
    assert release["ocid"].startswith("ocds-abc123-")
    with pytest.raises(ValueError, match="prefix"):
        Policy(ocds={"prefix": "my-prefix"})


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the standard's schemas are not here")
def test_the_check_itself_finds_what_is_wrong():
    found = published(finished())
    for name, wrong in (("tag", ["news"]), ("date", "yesterday"), ("parties", [{"id": "a", "roles": ["friend"]}])):
        with pytest.raises(AssertionError):
            standard().check(release_package([{**found[0], name: wrong}], uri=URI, policy=POLICY))
    with pytest.raises(AssertionError, match="no field"):
        standard().check(release_package([{**found[0], "colour": "red"}], uri=URI, policy=POLICY))
