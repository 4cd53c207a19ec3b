"""Stories of labels that people move: put back once, then left; overridden with a reason; many at a time."""

from __future__ import annotations

import asyncio

from sandbox.cast import HOME
from tests.journeys.play import BOT, STAGES, Need


async def test_a_label_moved_wrongly_twice_is_put_back_then_left_and_freed_by_taking_it_off(stage):
    need = await stage.opportunity(at=2)
    await need.labelled("5/evaluation", by="finance")
    need.shows("2/eligibility")
    need.lacks("5/evaluation")
    need.said_has("label 5/evaluation", "@finance", "in the step **Eligibility**", "`/override`", "`/déroger`")
    once = need.comment("label 5/evaluation")

    await left_on(need, "5/evaluation", by="finance")
    assert need.comment("label 5/evaluation") is once, "edited in place"
    need.said_has("label 5/evaluation", "@coordinator, the label", "so I leave it as it is", "je la laisse")
    await need.says("client", "/status")
    await stage.time_passes(days=1)
    assert {"2/eligibility", "5/evaluation"} <= need.labels, "no fight: a redraw leaves it too"

    await need.labelled("5/evaluation", by="coordinator", on=False)
    need.lacks("5/evaluation")
    need.shows("2/eligibility", "waiting: coordinator")
    await need.goes_to(4)
    assert [mark for mark in need.said if mark.startswith("label ")] == ["label 5/evaluation finance 2"]


async def test_a_label_that_was_left_is_gone_in_the_next_step(stage):
    need = await stage.opportunity(at=1)
    await need.labelled("8/payment", by="coordinator")
    await left_on(need, "8/payment", by="coordinator")
    await need.goes_to(2)
    need.lacks("8/payment", "1/contact")


async def test_a_state_label_by_hand_is_undone_once_then_left(stage):
    need = await stage.opportunity(at=5)
    await need.labelled("open", by="coordinator", on=False)
    need.shows("open")
    need.said_has("label open", "@coordinator", "I have undone that change", "j’ai donc annulé ce changement")
    await need.labelled("open", by="coordinator", on=False)
    need.lacks("open")
    need.said_has("label open", "so I leave it as it is")
    await need.says("supplier-1", "/interested confirm")
    need.answer_has("Your application is in")
    need.lacks("open")

    await need.labelled("open", by="coordinator")
    await stage.time_passes(to=need.closed_at)
    need.shows("closed-to-applications")
    need.lacks("open")


async def left_on(need: Need, label: str, *, by: str) -> None:
    """The same label once more: it stays beside the true one."""
    need.insisted = frozenset({label})
    await need.labelled(label, by=by)
    need.shows(label)


# --- override -------------------------------------------------------------------------------------------------


async def test_override_of_a_stage_label_in_french_with_its_reason(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("5/evaluation", by="coordinator")
    need.shows("4/posting")
    await need.says("coordinator", "/déroger la page a été publiée à la main")
    need.answer_has("Votre raison est au dossier")
    await need.labelled("5/evaluation", by="coordinator")
    need.shows("5/evaluation", "open", "waiting: supplier")
    need.lacks("4/posting")
    need.said_has("label 5/evaluation coordinator", "la page a été publiée à la main", "goes through by override")
    await need.says("supplier-1", "/intéressé confirme")
    need.answer_has("Votre soumission est reçue")


async def test_override_of_a_guarded_signal(stage):
    need = await stage.opportunity(at=2)
    await need.labelled("eligible", by="coordinator")
    need.shows("2/eligibility")
    need.lacks("eligible")
    need.said_has("label eligible", "@coordinator")
    await need.says("coordinator", "/override the committee has read it on paper")
    await need.labelled("eligible", by="coordinator")
    need.shows("3/description", "eligible")
    need.said_has("label eligible", "the committee has read it on paper")
    await need.labelled("4/posting", by="coordinator")  # it was for one label only
    need.shows("4/posting" if need.step == 4 else "3/description")
    need.said_has("label 4/posting", "in the step **Description**")


# --- many at a time -------------------------------------------------------------------------------------------


async def test_a_burst_of_label_events_costs_one_redraw(stage):
    need = await stage.opportunity(at=5)
    calls = stage.sandbox.calls
    begun = len(calls)
    path = f"/repos/{HOME}/issues/{need.number}/labels"
    wrong = [STAGES[number] for number in (1, 2, 3, 6, 7, 8)] + ["closed-to-applications", "on-hold", "disputed"]
    await asyncio.gather(
        *(stage.act("coordinator", "POST", path, labels=[label]) for label in wrong),
        stage.act("coordinator", "DELETE", f"{path}/open"),
    )
    await stage.quiet()
    need.shows("5/evaluation", "open", "waiting: supplier")
    need.lacks(*wrong)
    told = [mark for mark in need.said if mark.startswith("label ")]
    assert len(told) == len(wrong) + 1, "each is explained, once"
    assert not redraws(need, begun), "nothing has come of it that the status would say"
    labels = [call for call in calls[begun:] if call.actor == BOT and "/labels" in call.path]
    assert len(labels) <= 2 * len(told), "each is put back, and a few were before all had come"


async def test_a_burst_of_changes_while_the_status_is_redrawn_costs_one_more(stage):
    need = await stage.opportunity(at=4)
    status = need.comment("status")
    stage.sandbox.faults.add(do="delay", method="PATCH", path=f"/comments/{status.id}$", actor=BOT, seconds=5)
    begun = len(stage.sandbox.calls)
    path = f"/repos/{HOME}/issues/{need.number}/labels"
    for _ in range(5):
        await stage.act("coordinator", "DELETE", f"{path}/description-approved")
        await stage.act("coordinator", "POST", path, labels=["description-approved"])
    await stage.quiet()
    need.shows("4/posting", "description-approved", "waiting: finance")
    assert len(redraws(need, begun)) <= 2, "the one under way, and one for all that came meanwhile"


def redraws(need: Need, since: int) -> list[str]:
    """The bot's changes of the status comment since that many calls of everybody's."""
    path = f"/comments/{need.comment('status').id}"
    calls = need.stage.sandbox.calls[since:]
    return [call.path for call in calls if (call.method, call.actor) == ("PATCH", BOT) and call.path.endswith(path)]
