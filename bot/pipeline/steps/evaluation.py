"""Step 5, evaluation: suppliers apply and ask questions until the closing date; then each applicant passes or fails.

A result without a rationale is refused: it was the one gap found when people ran the process by hand.
"""

import re
from datetime import date, datetime, timedelta

from bot.pipeline.calendar import add_business_days, business_days, eastern_date, end_of
from bot.pipeline.model.facts import (
    ApplicationsClosed,
    Asked,
    EligibilityConfirmed,
    Evaluated,
    Fact,
    Interested,
    Replied,
    Rescheduled,
    Withdrew,
)
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, called
from bot.pipeline.reading.arguments import read_answer, read_result
from bot.pipeline.reading.review import lacking
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, misused, record, refuse
from bot.pipeline.step import Step


def turn(opportunity: Opportunity, at: Moment) -> Role:
    if opportunity.open:
        return Role.SUPPLIER
    return Role.CLIENT if _unevaluated(opportunity) else Role.COORDINATOR


def _unevaluated(opportunity: Opportunity) -> tuple[str, ...]:
    """Returns the applicants without a result on every criterion."""
    criteria = opportunity.statement.evaluation_count
    return tuple(a.supplier for a in opportunity.applicants if a.passed(criteria) is None)


def closing_time(opportunity: Opportunity) -> datetime | None:
    """Returns the end of the closing date, while applications are open."""
    return end_of(opportunity.statement.closing) if opportunity.open and opportunity.statement.closing else None


def details(opportunity: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "open": opportunity.open,
        "applicants": len(opportunity.applicants),
        "evaluated": len(opportunity.applicants) - len(_unevaluated(opportunity)),
        "questions": len(opportunity.questions),
        "answered": sum(question.answered for question in opportunity.questions),
        "results": _results(opportunity),
        "waiting": next((question.number for question in opportunity.questions if not question.answered), None),
        "questions_until": questions_until(opportunity, at),
        "later": add_business_days(opportunity.statement.closing, 5) if opportunity.statement.closing else None,
    }


def _results(opportunity: Opportunity) -> tuple[tuple[Login, int | None, bool, str], ...]:
    """Returns every result with its rationale; the status comment publishes them."""
    return tuple(
        (Login(application.supplier), result.criterion, result.passed, result.rationale)
        for application in opportunity.applicants
        for result in application.results.values()
    )


def deadline(opportunity: Opportunity) -> datetime | None:
    """Returns the closing while applications are open, then the end of the selection date."""
    selection = opportunity.statement.selection
    return closing_time(opportunity) or (end_of(selection) if selection else None)


step = Step(
    5,
    "evaluation",
    turn=turn,
    deadline=deadline,
    details=details,
    requires=lambda opportunity: lacking(opportunity.statement),
)

step.track(
    closed=lambda opportunity: opportunity.applications_closed, evaluated=lambda opportunity: opportunity.step > 5
)


def questions_until(opportunity: Opportunity, at: Moment) -> date | None:
    """Returns the last day for questions, by policy some business days before closing."""
    closing = opportunity.statement.closing
    return add_business_days(closing, -at.policy.posting.question_days) if closing else None


def closed(opportunity: Opportunity, at: Moment) -> Message | None:
    """Refuses what was written after closing. The time of writing counts, so an outage costs no supplier a contract."""
    in_time = opportunity.statement.closing is not None and at.now <= end_of(opportunity.statement.closing)
    return None if in_time else over(opportunity, at)


def over(opportunity: Opportunity, at: Moment) -> Message:
    """Says that applications are closed, and names the coordinator if it was written in time but arrived too late."""
    closing = opportunity.statement.closing
    in_time = closing is not None and at.now <= end_of(closing) and opportunity.step == 6 and not opportunity.announced
    return Message("evaluation.closed", closing=closing, coordinator=opportunity.in_charge if in_time else None)


def drawn_already(opportunity: Opportunity, at: Moment) -> Message | None:
    if opportunity.announced or opportunity.drawn:
        return Message("evaluation.drawn")
    if not opportunity.open and not opportunity.applicants:
        return Message("evaluation.nobody-applied")
    return Message("evaluation.still-open", closing=opportunity.statement.closing) if opportunity.open else None


@step.enters
def open_long_enough(opportunity: Opportunity, at: Moment) -> tuple[Fact, ...]:
    """Moves the closing date of a late posting, so that suppliers have the business days that policy says."""
    days, closing = at.policy.posting.minimum_days, opportunity.statement.closing
    if not closing or opportunity.applications_closed:
        return ()
    left = business_days(at.today, closing) if closing >= at.today else -1
    return () if left >= days else (move_closing(opportunity, add_business_days(at.today, max(days, 1))),)


def move_closing(opportunity: Opportunity, closing: date, reason: str = "") -> Rescheduled:
    """Moves the closing date, and selection and delivery too if they would no longer come after it."""
    statement = opportunity.statement
    by = business_days(statement.closing, closing) if statement.closing else 0
    selection, delivery = statement.selection, statement.delivery
    later = add_business_days(selection, by) if selection and selection <= closing else None
    due = add_business_days(delivery, by) if later and delivery and delivery <= later else None
    return Rescheduled(closing, later, due, reason)


def failed_to_attract(opportunity: Opportunity) -> bool:
    """Tells whether applications closed with no supplier to draw: no applicant, or every applicant failed."""
    if opportunity.step != 5 or not opportunity.applications_closed:
        return False
    criteria = opportunity.statement.evaluation_count
    return all(application.passed(criteria) is False for application in opportunity.applicants)


def nothing_asked(opportunity: Opportunity, at: Moment) -> Message | None:
    return None if opportunity.questions else Message("answer.nothing-asked")


@step.command(
    "interested",
    "intéressé",
    by=(Role.SUPPLIER,),
    when=closed,
    afterwards=over,
    example="confirm",
    example_fr="confirme",
)
def interested(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    before = opportunity.application(at.actor)
    if at.actor.casefold() in opportunity.defaulted:
        return refuse("interested.refused-defaulted")
    confirming = re.search(r"\bconfirm", text, re.IGNORECASE) is not None
    if before and before.counts:
        return record(say=Message("interested.again"))
    facts: tuple[Fact, ...] = () if before and not before.withdrawn else (Interested(at.actor),)
    if confirming or (before and before.confirmed):
        return record(
            *facts,
            EligibilityConfirmed(at.actor),
            say=Message("interested.done", closing=opportunity.statement.closing),
        )
    price, delivery = opportunity.statement.price, opportunity.statement.delivery
    return record(*facts, say=Message("interested.confirm", price=price, delivery=delivery))


@step.command("withdraw", "retirer", by=(Role.SUPPLIER,), steps=(5, 6))
def withdraw_application(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    before = opportunity.application(at.actor)
    if not before or before.withdrawn:
        return refuse("withdraw.refused-none")
    if opportunity.confirmed and opportunity.chosen == before.supplier:
        return refuse("withdraw.refused-confirmed")
    return record(Withdrew(before.supplier), say=Message("withdraw.done"))


@step.command(
    "ask",
    "question",
    by=(Role.SUPPLIER,),
    when=closed,
    afterwards=over,
    takes_text=True,
    empty=Message("ask.refused-empty"),
    example="May the script be written in Bash?",
    example_fr="Le script peut-il être écrit en Bash\u00a0?",
)
def ask(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    until = questions_until(opportunity, at)
    if until and eastern_date(at.now) > until:
        return refuse("ask.refused-late", until=until)
    number = len(opportunity.questions) + 1
    return record(Asked(number, at.actor, text), say=Message("ask.done", number=number))


@step.command(
    "answer",
    "répondre",
    by=(Role.CLIENT, Role.COORDINATOR),
    when=nothing_asked,
    takes_text=True,
    example="Q1 en: Yes. fr: Oui.",
    example_fr="Q1 fr: Oui. en: Yes.",
)
def answer(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    words_of = read_answer(text, at.lang)
    if not words_of:
        return misused("answer.refused-arguments")
    number, words = words_of
    question = next((question for question in opportunity.questions if question.number == number), None)
    if question is None:
        return refuse("answer.refused-unknown", number=number, questions=len(opportunity.questions))
    replaced = any(new and getattr(question, lang) not in ("", new) for lang, new in words.items())
    en, fr = words.get("en", "") or question.en, words.get("fr", "") or question.fr
    missing = None if en and fr else Message("answer.missing-en" if fr else "answer.missing-fr", number=number)
    asker = Login(question.supplier, ping=True)
    return record(
        Replied(number, words.get("en", ""), words.get("fr", "")),
        say=Message("answer.done", number=number, supplier=asker, replaced=replaced, missing=missing),
    )


@step.command(
    "evaluate",
    "évaluer",
    by=(Role.CLIENT, Role.COORDINATOR),
    when=drawn_already,
    steps=(5, 6),
    takes_text=True,
    example="@supplier pass because they showed three years of such work",
    example_fr="@fournisseur réussi car trois années de travaux semblables sont démontrées",
)
def evaluate(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    evaluation = read_result(text)
    if not evaluation:
        return misused("evaluate.refused-arguments")
    if not re.search(r"\w{2,}", evaluation.reason):
        return misused("evaluate.refused-rationale")
    name, number, passed = evaluation.supplier, evaluation.criterion, evaluation.passed
    application = opportunity.application(name)
    if not application or not application.counts:
        return refuse(
            "evaluate.refused-unknown",
            supplier=Login(name),
            withdrew=bool(application and application.withdrawn),
            applicants=tuple(Login(a.supplier) for a in opportunity.applicants),
        )
    if opportunity.application(at.actor):
        return refuse("evaluate.refused-self")
    if number is not None and not 1 <= number <= opportunity.statement.evaluation_count:
        return refuse("evaluate.refused-criterion", count=opportunity.statement.evaluation_count)
    result = Evaluated(application.supplier, number, passed, evaluation.reason)
    return record(
        result,
        say=Message(
            "evaluate.done",
            supplier=Login(application.supplier, ping=True),
            passed=passed,
            number=number,
            why=result.rationale,
        ),
    )


def past_closing(opportunity: Opportunity, policy: Policy) -> datetime | None:
    """Returns the second after the last second of the closing date."""
    end = closing_time(opportunity)
    return end + timedelta(seconds=1) if end else None


step.timer(past_closing, lambda opportunity, at: (ApplicationsClosed(),))


def closing_reminder(opportunity: Opportunity, policy: Policy) -> date | None:
    """Returns the day from which the status comment says that the closing is near."""
    closing = opportunity.statement.closing
    return add_business_days(closing, -policy.reminders.closing_days) if opportunity.open and closing else None


step.reminder("closing", closing_reminder, until=closing_time)


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Asks the client to evaluate after closing, and explains to the coordinator what is possible if all failed."""
    if not opportunity.applications_closed:
        return (
            *(_posted_late(opportunity) if opportunity.posted_late and opportunity.open else ()),
            *_unanswered(opportunity, at),
        )
    evaluate_now = Message(
        "evaluation.evaluate-now",
        clients=called(*opportunity.clients),
        applicants=tuple(Login(application.supplier) for application in opportunity.applicants),
        criteria=opportunity.statement.evaluation_count,
        coordinator=opportunity.in_charge,
    )
    closing = (Notice("closed 5", evaluate_now),)
    if not opportunity.applicants or not failed_to_attract(opportunity):
        return closing
    people = called(opportunity.coordinator, *opportunity.clients)
    return (Notice("nobody-passed", Message("evaluation.nobody-passed-notice", people=people)), *closing)


def _unanswered(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Reminds the client of unanswered questions near the closing, while an answer can still reach everyone."""
    waiting = tuple(question.number for question in opportunity.questions if not question.answered)
    near = opportunity.reminded("closing", closing_reminder(opportunity, at.policy))
    if not opportunity.open or not waiting or not near:
        return ()
    unanswered = Message(
        "evaluation.unanswered",
        clients=called(*opportunity.clients),
        numbers=waiting,
        closing=opportunity.statement.closing,
    )
    return (Notice("unanswered", unanswered),)


def _posted_late(opportunity: Opportunity) -> tuple[Notice, ...]:
    late = Message(
        "evaluation.posted-late",
        people=called(*opportunity.clients, opportunity.coordinator),
        closing=opportunity.statement.closing,
        selection=opportunity.dates.get("selection"),
        delivery=opportunity.dates.get("delivery"),
    )
    return (Notice("posted-late", late),)


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    if opportunity.open:
        return (Message("evaluation.open-until", closing=opportunity.statement.closing),)
    if not opportunity.applicants:
        return (Message("evaluation.nobody-applied"),)
    pending = tuple(Message("evaluation.unevaluated", supplier=Login(name)) for name in _unevaluated(opportunity))
    return pending or (() if opportunity.passing else (Message("evaluation.nobody-passed"),))
