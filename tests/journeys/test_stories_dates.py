"""Stories of dates: extended, come by themselves, kept over an outage of the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import date, datetime, time

import pytest
from structlog.testing import capture_logs

from bot.app import Bot
from bot.pipeline.calendar import EASTERN
from tests.journeys.play import Need, halves, later
from tests.pipeline.desk import body


@pytest.fixture
async def outage(stage) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[None]]]:
    """The bot is stopped, and webhooks find nobody; at the end another one is started on its ledger."""
    async with AsyncExitStack() as started:

        @asynccontextmanager
        async def down() -> AsyncIterator[None]:
            old, secret = stage.bot, stage.sandbox.mail.secret
            with capture_logs() as log:
                await old.__aexit__()
            assert log[-1]["event"] == "stopped"
            stage.quiet = stage.sandbox.idle
            yield
            stage.bot = await started.enter_async_context(Bot(old.settings, old.policy, old.clock))
            await stage.bot.work()
            stage.sandbox.send_webhooks_to(f"{await stage.bot.listen()}/webhook", secret)
            await stage.bot.catch_up()
            del stage.quiet
            await stage.quiet()

        yield down


def told(need: Need, *kinds: str) -> list[str]:
    """The bot's comments of these kinds, in the order written."""
    return [" ".join(mark.split()[:2]) for mark in need.said if mark.split()[0] in kinds]


# --- closing --------------------------------------------------------------------------------------------------


async def test_extension_after_questions(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    await stage.time_passes(to=date(2027, 7, 7))
    await need.says("supplier-1", "/ask May the script be written in Bash?")
    await need.says("supplier-2", "/question Faut-il appuyer Azure Stack ?")
    need.said_has("questions", "**Q1**", "in Bash?", "**Q2**", "Not answered yet", "Pas encore de réponse")
    questions = need.comment("questions")
    await need.says("client", "/answer Q1 en: Yes, Bash 5.")
    need.answer_has("It still needs its French")
    english, french = halves(need.said["questions"])
    assert "Yes, Bash 5." in english
    assert "pas encore en français" in french
    await need.says("client", "/répondre Q1 fr: Oui, Bash 5.\n/répondre Q2 fr: Non. en: No.")
    english, french = halves(need.said["questions"])
    assert "Yes, Bash 5." in english
    assert "Oui, Bash 5." in french
    need.status_has("| 1 | 2 of 2 |")

    await need.says("coordinator", "/prolonger 2027-07-21 pour laisser le temps aux questions")
    need.answer_has(
        "jusqu’au **mercredi 21 juillet 2027**", "mardi 27 juillet 2027", "@supplier-1, votre soumission reste valable"
    )
    need.answer_has("pour laisser le temps aux questions")
    need.status_has("Wednesday, July 21, 2027", "Monday, July 19, 2027")
    await stage.time_passes(to=date(2027, 7, 19))
    await need.says("supplier-3", "/ask May it run on Linux only?")
    need.said_has("questions", "**Q3**")
    assert need.comment("questions") is questions, "one comment, edited in place"
    await need.says("supplier-3", "/interested confirm")
    need.answer_has("Your application is in", "Wednesday, July 21, 2027")
    await stage.time_passes(to=datetime(2027, 7, 21, 23, 59, tzinfo=EASTERN))
    await need.says("supplier-2", "/intéressé confirme")
    need.shows("open")
    await stage.time_passes(minutes=1)
    need.shows("closed-to-applications")
    need.said_has("closed 5", "3 suppliers have applied")


async def test_closing_by_itself_at_midnight_with_one_reminder_in_the_status_only(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    said, status = set(need.said), need.status
    await stage.time_passes(to=datetime(2027, 7, 7, 9, 1, tzinfo=EASTERN))
    assert set(need.said) == said
    assert need.status != status
    await stage.time_passes(to=datetime(2027, 7, 12, 23, 59, 58, tzinfo=EASTERN))
    need.shows("open", "waiting: supplier")
    await stage.time_passes(to=need.closed_at)
    need.shows("closed-to-applications", "waiting: client")
    need.lacks("open")
    assert set(need.said) - said == {"closed 5"}
    need.said_has("closed 5", "@client", "1 supplier has applied")
    assert need.comment("closed 5").created_at < need.closed_at.replace(minute=1)


async def test_posted_late_stays_open_long_enough(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    await stage.time_passes(to=date(2027, 7, 13))  # the day after the planned closing
    await need.merged("posting", by="coordinator")
    need.shows("5/evaluation", "open")
    closing = stage.business_day(5)
    need.said_has(
        "posted-late",
        "@client",
        "@coordinator",
        f"{closing:%A, %B %d, %Y}",
        "mardi 20 juillet 2027** à 23\u00a0h\u00a059",
    )
    need.status_has(f"{closing:%A, %B %d, %Y}")
    await stage.time_passes(to=datetime.combine(closing, time(23, 58), EASTERN))
    await need.says("supplier-1", "/intéressé confirme")
    need.answer_has("Votre soumission est reçue", "mardi 20 juillet 2027")
    await stage.time_passes(minutes=3)
    need.shows("closed-to-applications", "waiting: client")
    assert told(need, "posted-late", "closed") == ["posted-late", "closed 5"]


async def test_funds_that_come_too_late_for_the_closing_wait_for_the_client_who_moves_it(stage):
    need = await stage.opportunity(at=4)
    await stage.time_passes(to=date(2027, 7, 6))
    need.shows("waiting: client")
    need.said_has("late 2027-07-12", "@client, it is your turn", "Write `2027-07-13` or later", "c’est votre tour")
    await need.labelled("funds-reserved", by="finance")
    need.lacks("funds-reserved")
    need.status_has("**It is the client’s turn**", "is too soon")
    await need.rewritten(body(**later(weeks=2)))
    need.shows("waiting: coordinator")
    await need.labelled("description-approved", by="coordinator")
    await need.goes_to(5)


async def test_application_of_the_last_minute_counts_though_the_bot_was_down_over_the_closing(stage, outage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    await stage.time_passes(to=datetime(2027, 7, 12, 23, 50, tzinfo=EASTERN))
    async with outage():
        in_time = await need.says("supplier-2", "/intéressé confirme")
        await stage.time_passes(to=need.closed_at)
        late = await need.says("supplier-3", "/interested confirm")
    assert need.reactions(in_time) == {"+1"}
    assert need.reactions(late) == {"confused"}
    assert "Applications closed on" in need.answer_to(late)
    need.shows("closed-to-applications", "waiting: client")
    await need.evaluated("supplier-1", "supplier-2")
    need.shows("6/selection")


async def test_a_day_without_the_bot_in_which_everybody_went_on(stage, outage):
    """Labels, a merge, applications and a question: GitHub's log of deliveries brings them all, in their order."""
    need = await stage.opportunity(at=4)
    await need.says("client", "/publish")
    async with outage():
        await need.labelled("funds-reserved", by="finance")
        await need.merged("posting", by="coordinator")
        await stage.time_passes(days=1)
        said = [
            await need.says("supplier-1", "/interested"),
            await need.says("supplier-1", "/interested confirm"),
            await need.says("supplier-2", "/question Peut-on livrer en plusieurs fois ?"),
        ]
    need.shows("5/evaluation", "open")
    assert [need.reactions(comment) for comment in said] == [{"+1"}] * 3
    need.said_has("questions", "Peut-on livrer en plusieurs fois")


# --- delivery -------------------------------------------------------------------------------------------------


async def test_reminders_once_each_and_missed_delivery_then_extended(stage):
    need = await stage.opportunity(at=7)
    await stage.time_passes(to=date(2027, 7, 26))
    assert told(need, "due", "missed") == []
    await stage.time_passes(to=date(2027, 7, 27))
    need.said_has("due 2027-07-30", f"@{need.winner}", "Friday, July 30, 2027", "vendredi 30 juillet 2027")
    await stage.time_passes(to=date(2027, 7, 30))
    assert told(need, "due", "missed") == ["due 2027-07-30"]
    await stage.time_passes(to=stage.business_day(1))
    need.said_has("missed 2027-07-30", "@client", "@coordinator", "`/extend 20", "`/prolonger 20")
    need.shows("7/assessment", "waiting: supplier")

    await need.says("coordinator", "/prolonger 2027-08-20 les essais sont longs")
    need.answer_has(
        f"@{need.winner}, le travail est maintenant attendu", "vendredi 20 août 2027", "les essais sont longs"
    )
    need.status_has("Friday, August 20, 2027")
    await stage.time_passes(to=date(2027, 8, 17))
    assert told(need, "due", "missed") == ["due 2027-07-30", "missed 2027-07-30", "due 2027-08-20"]
    await need.delivered()
    need.shows("waiting: client")
    await stage.time_passes(to=date(2027, 8, 24))
    assert told(need, "due", "missed") == ["due 2027-07-30", "missed 2027-07-30", "due 2027-08-20"]


async def test_reminders_after_weeks_without_the_bot_are_those_that_still_help_once_each_and_in_order(stage, outage):
    need = await stage.opportunity(at=7)
    dates = {"closing": "2027-08-10", "selection": "2027-08-20", "delivery": "2027-09-17"}
    other = await stage.opportunity(at=5, title_en="Other policies", **dates)
    await other.applied("supplier-3")
    before = set(need.said)
    async with outage():
        await stage.time_passes(to=date(2027, 8, 31))
        said = await need.says(need.winner, "Nous y sommes presque.")
    new = [mark for mark in need.said if mark not in before]
    # What the supplier said meanwhile may be read before the silence is spoken of, or after.
    missed, silence = f"missed 2027-07-30 {need.winner}", "silence 2027-07-27"
    assert sorted(new) in ([missed], [missed, silence]), "no reminder of a date that is past"
    assert need.answer_to(said) == ""
    other.shows("closed-to-applications", "waiting: client")
    assert told(other, "closed", "silence") == ["closed 5"]

    everything = set(need.said) | set(other.said)
    async with outage():
        await stage.time_passes(hours=2)
    assert set(need.said) | set(other.said) == everything, "another start says nothing again"
    await need.says("coordinator", "/extend 2027-09-15")
    await stage.time_passes(to=date(2027, 9, 10))
    assert told(need, "due", "missed") == ["missed 2027-07-30", "due 2027-09-15"]
