"""Stories of contracts that fail, and of what comes next: the next supplier, or another run of the opportunity."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sandbox.cast import HOME
from tests.journeys.play import Need, Stage, pinged
from tests.pipeline.desk import body

NEW_DATES = {"closing": "2027-09-13", "selection": "2027-09-20", "delivery": "2027-10-08"}
OTHER = {"supplier-1": "supplier-2", "supplier-2": "supplier-1"}


async def missed(stage: Stage) -> Need:
    """The delivery date has passed, and nothing was delivered."""
    need = await stage.opportunity(at=7)
    await stage.time_passes(to=date(2027, 8, 3))
    need.said_has("missed 2027-07-30", "@client", "@coordinator")
    return need


async def run_again(need: Need, **changes: str) -> None:
    """The client writes new dates; it is approved and posted anew."""
    await need.rewritten(body(**NEW_DATES, **changes))
    await need.goes_to(5)


def posts(stage: Stage) -> dict[str, str]:
    return {path: text for path, text in stage.files().items() if path.startswith(("_posts/", "_pages/"))}


async def test_missed_delivery_terminated_and_the_next_supplier_delivers_and_is_paid(stage):
    need = await missed(stage)
    first, second = need.winner, OTHER[need.winner]
    await need.says("coordinator", "/next 2027-08-20")
    need.answer_has("No contract has been ended here")
    await need.says("coordinator", "/terminate nothing was delivered")
    need.answer_has("nothing was delivered", f"`/next` offers the contract to **{second}**")
    assert {first, "client"} <= pinged(need.answer)
    need.shows("terminated", "7/assessment", "waiting: coordinator")
    await need.says(first, f"/deliver https://github.com/{first}/work-{need.number}")
    assert need.reactions(need.heard) == {"confused"}, "it is too late"

    await need.says("coordinator", "/next")
    need.answer_has("is no longer ahead")
    await need.says("coordinator", "/next 2027-08-20")
    need.shows("6/selection", "waiting: supplier")
    need.lacks("terminated", "7/assessment", "terms-signed")
    assert need.winner == second
    need.said_has("drawn", f"@{second}", "August 20, 2027", "20 août 2027")
    await need.says(first, "/confirm")
    assert need.reactions(need.heard) == {"confused"}

    await need.says(second, f"/confirm\n/repo {await need.new_repository(second)}")
    await need.labelled("terms-signed", by="coordinator")
    need.shows("7/assessment")
    need.said_has(f"begin {second}", f"@{second}", "August 20, 2027")
    await need.goes_to(10)
    need.shows("done")
    assert need.state == "completed"
    assert [mark for mark in need.said if mark.startswith("begin ")] == [f"begin {first}", f"begin {second}"]


async def test_contract_terminated_in_french_and_run_again_with_another_supplier(stage):
    need = await missed(stage)
    first, old, before = need.winner, need.pull("posting"), posts(stage)
    await need.says("coordinator", "/résilier rien n’a été livré")
    need.answer_has("le contrat est résilié sans paiement", "rien n’a été livré")
    await need.says("coordinator", "/réafficher")
    need.answer_has("@client, cette opportunité est relancée", f"@{OTHER[first]}")
    need.shows("3/description")
    need.lacks("terminated", "description-approved", "7/assessment", "terms-signed")

    await run_again(need)
    new = need.pull("posting")
    assert new.number != old.number
    assert old.pull.merged_at < new.pull.merged_at
    assert new.pull.head_ref != old.pull.head_ref
    after = posts(stage)
    assert before.items() <= after.items(), "the old posts stand as they are"
    assert len(after) == len(before) + 2
    need.shows("5/evaluation", "open", "waiting: supplier")
    need.status_has("Monday, September 13, 2027", "| 0 | none asked yet |")

    await need.says(first, "/intéressé confirme")
    need.answer_has("Votre contrat")
    assert need.reactions(need.heard) == {"confused"}
    for supplier in (OTHER[first], "supplier-3"):
        await need.says(supplier, "/intéressé confirme")
    await stage.time_passes(to=need.closed_at)
    await need.says("client", f"/évaluer @{OTHER[first]} réussi car deux projets\n/évaluer @supplier-3 échec car aucun")
    assert await need.drawn() == OTHER[first]
    need.said_has("closed 5 run-2", "2 suppliers have applied")
    await need.says(need.winner, f"/confirmer\n/dépôt {await need.new_repository(need.winner)}")
    await need.labelled("terms-signed", by="coordinator")
    await need.goes_to(10)
    need.shows("done")
    assert need.state == "completed"
    assert len([mark for mark in need.said if mark.startswith("draw ")]) == 2


async def test_nobody_applied_and_run_again_to_the_end(stage):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", "/repost")
    need.answer_has("can still lead to a contract")
    await stage.time_passes(to=need.closed_at)
    need.shows("closed-to-applications", "waiting: coordinator")
    need.said_has("closed 5", "nobody applied", "@client", "@coordinator", "`/repost`", "`/cancel`")
    await need.says("coordinator", "/extend 2027-07-20")
    need.answer_has("`/repost` runs the opportunity again")

    await need.says("coordinator", "/repost")
    need.shows("3/description")
    need.lacks("closed-to-applications", "open")
    await run_again(need, price="$7,500")
    need.shows("open")
    priced = [re.search(r"^value: (.*) [(]", text, re.MULTILINE) for text in posts(stage).values()]
    values = [match[1] for match in priced if match]
    assert {"$6,500", "$7,500", "6\u00a0500\u00a0$", "7\u00a0500\u00a0$"} <= set(values), "one run beside the other"
    await need.goes_to(10)
    need.shows("done")
    assert need.state == "completed"


async def test_nobody_passed_and_it_can_be_run_again_or_a_result_changed(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1", "supplier-2")
    await stage.time_passes(to=need.closed_at)
    await need.says("client", "/évaluer @supplier-1 échec car aucun projet\n/évaluer @supplier-2 échec car aucun lien")
    need.shows("5/evaluation", "waiting: coordinator")
    need.status_has("Nobody passed", "Personne n’a réussi", "`/repost`")
    await need.says("coordinator", "/tirage")
    assert need.reactions(need.heard) == {"confused"}

    await need.says("coordinator", "/aperçu /réafficher")
    need.answer_has("Rien n’est fait", "à l’étape **Description**")
    need.shows("5/evaluation")
    await need.says("client", "/evaluate @supplier-2 pass because the link works after all")
    need.shows("6/selection", "waiting: coordinator")


@pytest.mark.parametrize("moment", ["open", "merged"])
async def test_second_run_is_not_disturbed_by_the_first_runs_pull_request(stage, moment):
    """What is edited or labelled on the old pull request, and its branch taken away, changes nothing."""
    need = await stage.opportunity(at=5)
    await stage.time_passes(to=need.closed_at)
    old = need.pull("posting")
    await need.says("coordinator", "/repost")
    await need.rewritten(body(**NEW_DATES))
    await need.goes_to(4)
    await need.says("client", "/publish")
    if moment == "merged":
        await need.goes_to(5)
    new = need.pull("posting")
    assert (new.state, new.number != old.number) == ("open" if moment == "open" else "closed", True)
    path = f"/repos/{HOME}"
    await stage.act("coordinator", "PATCH", f"{path}/pulls/{old.number}", title="Old", body="Old words")
    await stage.act("coordinator", "DELETE", f"{path}/git/refs/heads/{old.pull.head_ref}")
    await stage.quiet()
    need.shows("4/posting" if moment == "open" else "5/evaluation")
    assert (old.title, old.body) == ("Old", "Old words")
    assert need.pull("posting") is new
    await need.goes_to(5)
