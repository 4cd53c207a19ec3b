"""Stories of what people write, rewrite, delete and forge, and of labels that go where they do not belong."""

from __future__ import annotations

import pytest

from sandbox.cast import HOME
from tests.journeys.play import BOT, halves, language, pinged, references

# --- comments that change -------------------------------------------------------------------------------------


async def test_edited_command_that_an_edit_adds_runs_once(stage):
    need = await stage.opportunity(at=5)
    said = await need.says("supplier-1", "Good morning. We write such scripts every day.")
    await need.edits(said, f"{said.body}\n\n/interested confirm")
    need.answer_has("Your application is in")
    need.status_has("| 1 | none asked yet |")
    before = need.comment(f"reply {said.id}")
    text, moment = before.body, before.updated_at

    await stage.time_passes(minutes=5)
    await need.edits(said, said.body.replace("Good morning", "Hello"))
    assert (before.body, before.updated_at) == (text, moment), "nothing was added, so nothing is said"
    await need.edits(said, f"{said.body}\n/ask May it be Bash?")
    need.answer_has("Q1")
    need.status_has("| 1 | 0 of 1 |")


async def test_edited_mistake_is_answered_in_place(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    await stage.time_passes(to=need.closed_at)
    said = await need.says("client", "/evalute @supplier-1 pass because of two projects")
    need.answer_has("Did you mean this?", "/evaluate @supplier-1 pass because of two projects")
    assert need.reactions(said) == {"confused"}
    first, comments = need.comment(f"reply {said.id}"), len(need.issue.comments)

    await need.edits(said, "/evaluate @supplier-1 pass")
    need.answer_has("For example")
    assert "Did you mean" not in need.answer
    await need.edits(said, "/evaluate @supplier-1 pass because of two projects")
    need.answer_has("Recorded", "two projects")
    assert need.reactions(said) == {"+1"}
    need.shows("6/selection")
    assert need.comment(f"reply {said.id}") is first
    told = [mark for mark in need.said if not mark.startswith("checklist")]
    assert len(need.issue.comments) == comments + 1, f"only the checklist of step 6 is new: {told}"


async def test_deleted_comment_undoes_nothing_and_nothing_is_said(stage):
    need = await stage.opportunity(at=5)
    said = await need.says("supplier-1", "/interested confirm")
    seen, status = len(need.issue.comments), need.status
    await need.deletes(said)
    assert len(need.issue.comments) == seen - 1
    assert need.status == status
    await stage.time_passes(to=need.closed_at)
    await need.evaluated("supplier-1")
    need.shows("6/selection")


@pytest.mark.parametrize("mark", ["status", "checklist 5", "reply"])
async def test_a_comment_of_the_bot_that_somebody_deleted_does_not_stop_it(stage, mark):
    need = await stage.opportunity(at=5)
    said = await need.says("supplier-1", "/interested")
    await need.deletes(need.comment(f"reply {said.id}" if mark == "reply" else mark), by="coordinator")
    await need.edits(said, "/interested confirm")
    await stage.time_passes(to=need.closed_at)
    need.shows("closed-to-applications", "waiting: client")
    need.answer_has("Your application is in")
    assert need.said.keys() >= {"status", "checklist 5"}


async def test_a_comment_that_somebody_else_edits_speaks_for_who_edited_it(stage):
    need = await stage.opportunity(at=5)
    said = await need.says("supplier-1", "We are thinking about it.")
    await need.edits(said, "/interested confirm", by="coordinator")
    need.answer_has("@coordinator — Only")
    need.status_has("| 0 |")


async def test_late_interest_is_refused_with_the_closing_time(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    await stage.time_passes(to=need.closed_at)
    for supplier, line in (("supplier-2", "/interested confirm"), ("supplier-3", "/intéressé confirme")):
        said = await need.says(supplier, line)
        need.answer_has(
            "Applications closed on Monday, July 12, 2027 at 11:59 p.m. Eastern",
            "lundi 12 juillet 2027 à 23\u00a0h\u00a059",
        )
        assert need.reactions(said) == {"confused"}
    assert language(halves(need.answer)[0]) == "fr"
    need.said_has("closed 5", "1 supplier has applied")
    await need.evaluated("supplier-1")
    need.shows("6/selection")


# --- labels by people -----------------------------------------------------------------------------------------


async def test_a_stage_label_moved_wrongly_once_is_explained_and_put_back(stage):
    need = await stage.opportunity(at=2)
    await need.labelled("5/evaluation", by="coordinator")
    need.shows("2/eligibility")
    need.lacks("5/evaluation")
    need.said_has("label 5/evaluation", "@coordinator", "**Eligibility**", "eligible")


async def test_a_stage_label_taken_off_comes_back(stage):
    need = await stage.opportunity(at=2)
    await need.labelled("2/eligibility", by="coordinator", on=False)
    need.shows("2/eligibility")
    need.said_has("label 2/eligibility", "@coordinator")


async def test_a_state_label_that_somebody_sets_is_put_back_and_explained(stage):
    need = await stage.opportunity(at=5)
    await need.labelled("closed-to-applications", by="coordinator")
    need.shows("5/evaluation", "open", "waiting: supplier")
    need.lacks("closed-to-applications")
    need.said_has("label closed-to-applications", "@coordinator")


async def test_a_signal_label_without_the_role_is_removed_and_explained(stage):
    need = await stage.opportunity(at=2)
    await need.ticked(2)
    await need.labelled("eligible", by="finance")
    need.shows("2/eligibility")
    need.lacks("eligible", "3/description")
    need.said_has("label eligible", "@finance", "Only a coordinator can set or remove `eligible`")


# --- text that is more than text ------------------------------------------------------------------------------


async def test_no_login_pinged_and_no_issue_linked_by_an_echo(stage):
    echo = "as @supplier-3 and @canada-ca/micro-acquisition-finance wrote in #1, GH-1 and canada-ca/ore-ero#1"
    need = await stage.opportunity(at=5, title_en="Policies for @supplier-3 of #1")
    await need.says("supplier-1", f"/interested confirm\n/ask May it be {echo}?")
    await need.says("client", f"/answer Q1 en: Yes, {echo}. fr: Oui, {echo}.")
    await need.says("supplier-2", f"/{echo}\n/interested confirm")
    await stage.time_passes(to=need.closed_at)
    await need.says("client", f"/evaluate @supplier-1 pass because {echo}")
    need.answer_has("Recorded", "GH-")
    await need.says("client", f"/evaluate @supplier-3 pass because {echo}")
    await need.says("client", f"/evaluate @supplier-2 pass because {echo}")
    await need.goes_to(7)
    winner = need.winner
    await need.delivered()
    await need.says("client", f"/criterion 1 fail {echo}\n/revise {echo}")
    await need.delivered()
    await need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")
    for text in [*need.said.values(), need.pull("posting").body, need.pull("ore").body]:
        assert not pinged(text) & {"supplier-3", "canada-ca"}
        assert not references(text)
    titles = [need.pull("posting").title, need.pull("ore").title]
    assert not [title for title in titles if "@supplier-3" in title or "#1" in title]
    assert winner in {"supplier-1", "supplier-2"}


FORGED = [
    "I agree.\n\n<!-- micro-acquisition: status -->",
    "- [x] all <!-- box is-code -->\n\n<!-- micro-acquisition: checklist 2 -->",
    "<!-- micro-acquisition: checklist 5 -->",
    "<!-- micro-acquisition: label eligible finance -->",
]


async def test_forged_mark_a_persons_comment_is_never_the_bots(stage):
    need = await stage.opportunity(at=1)
    forged = [await need.says("supplier-3", text) for text in FORGED]
    # answers of GitHub's that are lost on the way: the bot looks for its own comments by their marks
    lost = [
        stage.sandbox.faults.add(do="502-after", method="POST", path="/comments$", nth=nth, actor=BOT) for nth in (1, 2)
    ]
    await need.goes_to(2)
    assert {"checklist 1", "checklist 2"} <= need.said.keys()
    assert "[x]" not in need.said["checklist 2"], "a forged tick is none"
    await need.labelled("eligible", by="finance")
    need.said_has("label eligible", "@finance")
    assert all(fault.struck for fault in lost)
    await need.goes_to(5)
    for said, text in zip(forged, FORGED, strict=True):
        assert (said.body, said.user.login, said.updated_at) == (text, "supplier-3", said.created_at)
        assert need.answer_to(said) == ""


async def test_forged_pull_request_under_the_bots_name_changes_nothing(stage):
    need = await stage.opportunity(at=4)
    await stage.act("supplier-3", "POST", f"/repos/{HOME}/forks")
    fork, branch = "/repos/supplier-3/micro-acquisition", f"opportunity/{need.number}-azure-policies"
    head = await stage.act("supplier-3", "GET", f"{fork}/git/ref/heads/main")
    await stage.act("supplier-3", "POST", f"{fork}/git/refs", ref=f"refs/heads/{branch}", sha=head["object"]["sha"])
    file = {"message": "x", "content": "eA==", "branch": branch}
    await stage.act("supplier-3", "PUT", f"{fork}/contents/_posts/en/2027-06-21-x.md", **file)
    forged = {"title": "x", "body": f"<!-- micro-acquisition: posting {need.number} -->"}
    made = await stage.act(
        "supplier-3", "POST", f"/repos/{HOME}/pulls", base="main", head=f"supplier-3:{branch}", **forged
    )
    await stage.act("coordinator", "PUT", f"/repos/{HOME}/pulls/{made['number']}/merge")
    await stage.quiet()
    need.shows("4/posting")
    await need.labelled("funds-reserved", by="finance")
    need.shows("4/posting")
    await need.merged("posting", by="coordinator")
    need.shows("5/evaluation", "open")
