"""What changes after the posting comes to the page, in both languages, by a pull request of its own."""

from __future__ import annotations

import asyncio
import re
from datetime import date, datetime

import pytest

from bot.documents.posts import writer as posts
from bot.github.effects.pull_changes import unreported_changes
from bot.github.effects.pulls import _Proposal
from bot.ledger import StaleVersion
from bot.pipeline.calendar import EASTERN
from bot.turns.updater import GitHubUpdater
from sandbox.cast import HOME
from tests.journeys.play import BOT, PATIENCE, Need, Stage, halves, policy, put

LATER = date(2027, 7, 19)
HELD = {"on-hold"}


async def until(seen):
    """While the bot is not quiet, because GitHub keeps it from something."""
    async with asyncio.timeout(PATIENCE):
        while not seen():  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.02)


def pages(stage: Stage, need: Need) -> dict[str, posts.Post]:
    """The opportunity's posts on the site, by language."""
    address = f"/issues/{need.number}"
    read = [
        posts.read_post(text) for path, text in stage.files().items() if path.startswith("_posts/") and address in text
    ]
    assert len(read) == 2
    return {post.lang: post for post in read}


async def test_a_page_follows_its_opportunity_from_the_extension_to_the_delivered_work(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/ask May it be written in Bash?")
    await need.says("coordinator", f"/extend {LATER}")
    amended = need.pull("extension")
    assert amended, need.page()
    need.status_has(f"/pull/{amended.number}")
    need.said_has(f"amendment {amended.number}", "@coordinator", "the new dates")
    assert pages(stage, need)["en"].closing == date(2027, 7, 12), "not before somebody merged it"

    before = stage.files()
    await need.merged("extension", by="coordinator")
    for page in pages(stage, need).values():
        assert (page.closing, page.closing_moved) == (LATER, True)
    changed = {
        line for path, text in stage.files().items() for line in set(text.splitlines()) - set(before[path].splitlines())
    }
    assert all(
        line.startswith(("closing_date", "update", "last_modified", "start_date", "delivery")) for line in changed
    )

    await need.says("client", "/answer Q1 en: Yes, it may. fr: Oui, c’est possible.")
    await need.merged("questions", by="coordinator")
    assert pages(stage, need)["fr"].questions[0].answer == "Oui, c’est possible."
    assert pages(stage, need)["en"].questions[0].answer == "Yes, it may."

    await need.applied("supplier-1", "supplier-2")
    await stage.time_passes(to=date(2027, 7, 20))
    await need.evaluated("supplier-1", "supplier-2")
    await need.goes_to(7)
    await need.merged("winner", by="coordinator")
    winner = need.winner
    assert {page.bidder for page in pages(stage, need).values()} == {winner}
    assert pages(stage, need)["en"].bidder_link.endswith(f"/{winner}")

    await need.goes_to(8)
    await need.merged("work", by="coordinator")
    assert pages(stage, need)["fr"].work_link == f"https://github.com/{winner}/work-{need.number}"
    await need.goes_to(10)


async def test_an_answer_given_anew_replaces_the_bots_words_and_no_ones_else(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/ask In Bash?\n\n/ask By whom?")
    await need.says("client", "/answer Q1 en: Yes. fr: Oui.\n/answer Q2 en: By you. fr: Par vous.")
    await need.merged("questions", by="coordinator")
    path = next(path for path, text in stage.files().items() if "_posts/en/" in path and "By you." in text)
    text = stage.files()[path].replace("By you.", "By you, *that is* by the supplier.")
    await edit(stage, path, text)
    await need.says("client", "/répondre Q1 en: No, in Python. fr: Non, en Python.")
    need.answer_has("La réponse à Q1 remplace la précédente", "The answer to Q1 replaces the earlier one")
    await need.merged("questions", by="coordinator")
    answers = [question.answer for question in pages(stage, need)["en"].questions]
    assert answers == ["No, in Python.", "By you, *that is* by the supplier."]


@policy(posting={"merge_amendments": True})
async def test_where_policy_lets_the_bot_merges_what_it_amends(stage):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", f"/extend {LATER}")
    assert pages(stage, need)["en"].closing == LATER
    assert not any(mark.startswith("amendment") for mark in need.said), "nobody has to be asked"
    await need.says("coordinator", "/extend 2027-07-26")
    assert pages(stage, need)["fr"].closing == date(2027, 7, 26), "one after the other"


async def test_an_amendment_that_was_closed_is_not_fought(stage):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", f"/extend {LATER}")
    first = need.pull("extension")
    await close(stage, first.number)
    need.said_has(f"amendment-closed {first.number}", "was closed without being merged")
    await need.says("supplier-1", "/interested confirm")
    assert need.pull("extension").number == first.number
    await need.says("coordinator", "/extend 2027-07-26")
    assert need.pull("extension").number != first.number, "something new is proposed anew"
    await need.merged("extension", by="coordinator")
    assert pages(stage, need)["en"].closing == date(2027, 7, 26)


async def test_an_answer_that_was_corrected_stays_corrected_when_another_one_follows(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/ask How many?")
    await need.says("supplier-1", "/ask In Bash?")
    await need.says("client", "/answer Q1 en: At most five. fr: Au plus cinq.")
    await need.merged("questions", by="coordinator")
    await need.says("client", "/answer Q1 en: At most ten. fr: Au plus dix.")
    await need.says("client", "/answer Q2 en: Yes. fr: Oui.")
    await need.merged("questions", by="coordinator")
    answers = [question.answer for question in pages(stage, need)["fr"].questions]
    assert answers == ["Au plus dix.", "Oui."]


async def test_a_question_is_marked_on_the_page_of_the_language_it_was_not_asked_in(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/question Le script peut-il être écrit en Bash ?")
    await need.says("client", "/répondre Q1 fr: Oui. en: Yes.")
    await need.merged("questions", by="coordinator")
    asked = {lang: page.questions[0].text for lang, page in pages(stage, need).items()}
    assert asked["en"].startswith("(asked in French)\n\nLe script peut-il")
    assert asked["fr"].startswith("Le script peut-il")


async def test_two_posts_with_different_refs_are_the_page_all_the_same(stage):
    need = await stage.opportunity(at=5)
    path = next(path for path, text in stage.files().items() if "_posts/fr/" in path and "Politiques Azure" in text)
    await edit(stage, path, re.sub(r"(?m)^ref: .*$", "ref: opportunity77", stage.files()[path]))
    await need.says("coordinator", f"/extend {LATER}")
    await need.merged("extension", by="coordinator")
    assert {page.closing for page in pages(stage, need).values()} == {LATER}


async def test_two_amendments_in_flight_are_both_merged(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/ask In Bash?")
    await need.says("client", "/answer Q1 en: Yes. fr: Oui.")
    await stage.time_passes(days=1)
    await need.says("coordinator", f"/extend {LATER}")
    await need.merged("questions", by="coordinator")
    await need.merged("extension", by="coordinator")
    page = pages(stage, need)["en"]
    assert (page.closing, len(page.questions)) == (LATER, 1)


async def test_a_page_says_that_its_opportunity_is_on_hold_goes_on_or_was_cancelled(stage):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", "/hold the budget is being reviewed")
    runs, head = stage.sandbox.world.repository(HOME).check_runs.values(), need.pull("notice").pull.head_sha
    assert [run.conclusion for run in runs if run.head_sha == head] == ["success"]
    await need.merged("notice", by="coordinator")
    assert "on hold" in pages(stage, need)["en"].notice
    assert "suspendue" in pages(stage, need)["fr"].notice
    await need.says("coordinator", "/resume")
    await need.merged("notice", by="coordinator")
    assert pages(stage, need)["en"].notice == ""
    await need.says("coordinator", "/cancel no need any more")
    await need.merged("notice", by="coordinator")
    assert "cancelled" in pages(stage, need)["en"].notice


async def test_a_hold_that_ends_before_anybody_told_the_page_leaves_nothing_to_merge(stage):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", "/hold the budget is being reviewed")
    await need.says("coordinator", "/resume")
    notice = need.pull("notice")
    assert (notice.state, notice.pull.merged_at) == ("closed", None)
    assert f"/pull/{notice.number})" not in need.status


async def test_what_the_bot_was_interrupted_in_opening_and_is_for_nothing_by_now_is_closed(stage):
    need = await stage.opportunity(at=5)
    faults = stage.sandbox.faults
    faults.add(do="status-after", status=404, method="POST", path="/pulls$", actor=BOT)
    faults.add(do="status", status=404, method="GET", path="/pulls$", actor=BOT, times=None)
    shown = (lambda: need.pull("notice") and need.labels & HELD), (lambda: not need.labels & HELD)
    for line, seen in zip(("/hold a review", "/resume"), shown, strict=True):
        await stage.act("coordinator", "POST", f"/repos/{HOME}/issues/{need.number}/comments", body=line)
        await until(seen)
    faults.clear()
    await stage.quiet()
    notice = need.pull("notice")
    assert (notice.state, notice.pull.merged_at) == ("closed", None)
    assert not [mark for mark in need.said if mark.startswith("amendment-closed")]


@pytest.mark.parametrize("interrupted", ["before it knows", "before it is stored"])
async def test_what_the_bot_was_interrupted_in_closing_nobody_is_told_to_have_closed(stage, monkeypatch, interrupted):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", "/hold the budget is being reviewed")
    notice, hear, times = need.pull("notice"), GitHubUpdater.hear_pulls, []

    async def overtaken(self, case, *more):
        if unreported_changes(case.things) and not times:
            times.append(case)
            raise StaleVersion("overtaken")
        await hear(self, case, *more)

    if interrupted == "before it knows":
        fault = {"do": "cut-after", "method": "PATCH", "path": f"/pulls/{notice.number}$", "actor": BOT, "times": 2}
        times.append(stage.sandbox.faults.add(**fault))
    else:
        monkeypatch.setattr(GitHubUpdater, "hear_pulls", overtaken)
    await need.says("coordinator", "/resume")
    assert times
    assert (notice.state, notice.pull.merged_at) == ("closed", None)
    assert f"amendment-closed {notice.number}" not in need.said
    assert f"/pull/{notice.number})" not in need.status


@policy(posting={"merge_amendments": True})
async def test_an_amendment_that_a_person_closes_before_the_bot_can_merge_it_is_told(stage, monkeypatch):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", "/extend 2027-08-16")
    merge, closed = _Proposal._merge, []

    async def faster(self, number, head):
        if not closed:
            closed.append(number)
            await stage.act("coordinator", "PATCH", f"/repos/{HOME}/pulls/{number}", state="closed")
        await merge(self, number, head)

    monkeypatch.setattr(_Proposal, "_merge", faster)
    await need.says("coordinator", "/extend 2027-08-23")
    await stage.time_passes(hours=30)
    assert f"amendment-closed {closed[0]}" in need.said


async def test_after_a_termination_the_page_names_nobody_and_then_the_next_supplier(stage):
    need = await stage.opportunity(at=7)
    await need.merged("winner", by="coordinator")
    first = need.winner
    await need.says("coordinator", "/terminate nothing was delivered")
    assert "no selected supplier any more" in need.pull("winner").title
    need.status_has("No selected supplier any more")
    await need.merged("winner", by="coordinator")
    await need.merged("notice", by="coordinator")
    assert {page.bidder for page in pages(stage, need).values()} == {""}
    assert "ended" in pages(stage, need)["en"].notice
    await need.says("coordinator", "/next 2027-08-30")
    await need.says(need.winner, f"/confirm\n/repo {await need.new_repository(need.winner)}")
    await need.labelled("terms-signed", by="coordinator")
    for kind in ("winner", "notice", "extension"):
        await need.merged(kind, by="coordinator")
    page = pages(stage, need)["fr"]
    assert page.bidder == need.winner != first
    assert (page.notice, page.delivery) == ("", date(2027, 8, 30))


async def test_a_page_is_dated_by_the_sites_clock_which_is_not_in_the_east(stage):
    need = await stage.opportunity(at=4)
    await stage.time_passes(to=datetime(2027, 6, 22, 1, tzinfo=EASTERN))
    await need.goes_to(5)
    posted = [path for path, text in stage.files().items() if "_posts/" in path and f"/issues/{need.number}" in text]
    assert all("/2027-06-21-" in path for path in posted)
    assert {page.modified for page in pages(stage, need).values()} == {date(2027, 6, 21)}
    await stage.time_passes(to=datetime(2027, 6, 24, 1, tzinfo=EASTERN))
    await need.says("coordinator", f"/extend {LATER}")
    await need.merged("extension", by="coordinator")
    assert {page.modified for page in pages(stage, need).values()} == {date(2027, 6, 23)}


async def test_a_closed_posting_is_told_and_asked_for_again(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    first = need.pull("posting")
    await close(stage, first.number)
    need.said_has(f"closed {first.number}", "@client", "/publish")
    assert need.pull("posting").number == first.number
    await need.says("client", "/publish")
    second = need.pull("posting")
    assert second.number != first.number
    assert halves(need.answer)[0]
    await need.merged("posting", by="coordinator")
    need.shows("5/evaluation")


async def close(stage: Stage, number: int) -> None:
    await stage.act("coordinator", "PATCH", f"/repos/{HOME}/pulls/{number}", state="closed")
    await stage.quiet()


async def edit(stage: Stage, path: str, text: str) -> None:
    """A person changes a file of the site by hand."""
    await put(stage, "coordinator", HOME, "main", path, text)
    await stage.quiet()
