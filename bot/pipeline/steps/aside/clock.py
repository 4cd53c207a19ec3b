"""Commands for dates: extend the closing or delivery date, hold the opportunity, resume it."""

from datetime import date, timedelta

from bot.pipeline.calendar import add_business_days, business_days, eastern_date, is_business_day
from bot.pipeline.model.facts import Held, Rescheduled, Resumed
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, called
from bot.pipeline.reading.arguments import read_date
from bot.pipeline.rules import Decision, Moment, misused, record, refuse
from bot.pipeline.step import Declarations
from bot.pipeline.steps.evaluation import move_closing

aside = Declarations()


def nothing_to_extend(opportunity: Opportunity, at: Moment) -> Message | None:
    if opportunity.step == 5:
        return None if opportunity.open else Message("extend.closed")
    return Message("extend.delivered") if opportunity.delivered and not opportunity.revision else None


@aside.command(
    "extend",
    "prolonger",
    by=(Role.COORDINATOR,),
    steps=(5, 7),
    when=nothing_to_extend,
    example="YYYY-MM-DD to leave time for the questions",
    example_fr="AAAA-MM-JJ pour laisser le temps aux questions",
)
def extend(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Extends the closing date while applications are open, or the delivery date while the supplier works.

    Selection and delivery move too, if they would no longer come after the closing. A reason may follow the date.
    """
    day, reason = read_date(text)
    if not day:
        return misused("extend.refused-date")
    before = opportunity.statement.closing if opportunity.step == 5 else opportunity.statement.delivery
    if day < at.today or (before and day <= before):
        return misused("extend.refused-early", before=max(before or at.today, at.today - timedelta(days=1)))
    if not is_business_day(day):
        return refuse("extend.refused-holiday", day=day, instead=add_business_days(day, 1))
    if opportunity.step == 7:
        supplier = Login(opportunity.chosen or "", ping=True)
        new = Rescheduled(None, None, day, reason)
        return record(new, say=Message("extend.delivery", supplier=supplier, delivery=day, reason=reason))
    new = move_closing(opportunity, day, reason)
    return record(
        new,
        say=Message(
            "extend.closing",
            suppliers=called(*(a.supplier for a in opportunity.applicants)),
            closing=day,
            selection=new.selection,
            delivery=new.delivery,
            reason=reason,
        ),
    )


@aside.command(
    "hold",
    "suspendre",
    by=(Role.COORDINATOR,),
    even_if=("terminated",),
    takes_text=True,
    empty=Message("hold.refused-reason"),
    example="the budget is being reviewed",
    example_fr="le budget est en révision",
)
def hold_opportunity(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    return record(Held(text), say=Message("hold.done"))


@aside.command(
    "resume",
    "reprendre",
    by=(Role.COORDINATOR,),
    even_if=("held", "terminated"),
    when=lambda opportunity, at: None if opportunity.on_hold else Message("resume.running"),
)
def resume(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Resumes the opportunity, and moves the dates that the hold put off by its business days."""
    new = _after_hold(opportunity, at)
    facts = (Resumed(), new) if new else (Resumed(),)
    say = Message(
        "resume.done",
        suppliers=called(*opportunity.taking_part) if new else (),
        closing=new.closing if new else None,
        selection=new.selection if new else None,
        delivery=new.delivery if new else None,
    )
    return record(*facts, say=say)


def _after_hold(opportunity: Opportunity, at: Moment) -> Rescheduled | None:
    """Moves the dates that were in the future when the hold began by the business days of the hold."""
    held_on = eastern_date(opportunity.on_hold_since) if opportunity.on_hold_since else at.today
    days = business_days(held_on, at.today)

    def later(day: date | None, counts: bool) -> date | None:
        if not day or not counts or day < held_on:
            return None
        new = add_business_days(day, days)
        new = new if new >= at.today else add_business_days(at.today, 1)
        return new if new != day else None

    working = opportunity.step < 7 or not opportunity.delivered or bool(opportunity.revision)
    closing = later(opportunity.statement.closing, opportunity.open)
    selection = later(opportunity.statement.selection, 5 <= opportunity.step <= 6)
    delivery = later(opportunity.statement.delivery, 5 <= opportunity.step <= 7 and working)
    return Rescheduled(closing, selection, delivery, "") if closing or selection or delivery else None
