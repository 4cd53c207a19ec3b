"""What a signal says, heard: commands run, plain words answered, boxes, labels and pull requests noted.

Two answers can come of one text: to what it asks for, and a flag where it seems to hold what is not for the public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.pipeline.command_rules import name_line, run_command
from bot.pipeline.exchange_entry.line import spoken
from bot.pipeline.label_rules import decide_label
from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.opportunity import Opportunity, same
from bot.pipeline.model.page import AMENDMENTS
from bot.pipeline.model.roles import Role
from bot.pipeline.model.statement import parse as parse_statement
from bot.pipeline.model.words import Line, Login, Message
from bot.pipeline.pending import Deliberation
from bot.pipeline.reading import plain, protection
from bot.pipeline.registry import COMMANDS, find_command, nearest_command, takes_text
from bot.pipeline.rules import CommandRule, Decision, refuse
from bot.pipeline.steps import STEPS, evaluation, step_of
from bot.pipeline.steps.description import unsettled
from bot.pipeline.text.commands import Command, added, parse
from bot.pipeline.text.language import Lang, language
from bot.pipeline.view import boxes_in

LONGEST_TEXT = 4000
"""Characters of what follows a command."""


@dataclass(frozen=True)
class Answer:
    """What the bot answers to one comment (or label): every command's answer, in the order written.

    `comment_id` is 0 for the issue's own text and None where nothing a person wrote is answered.
    """

    mark: str
    to: str
    lead: Lang
    messages: tuple[Message, ...]
    comment_id: int | None
    refused: bool


def hear(deliberation: Deliberation) -> Answer | None:
    """Take in the signal; the answer to it."""
    signal = deliberation.signal
    if entry := deliberation.moment.lookups.entry:
        _see_pull(deliberation, entry.pull)
        _see_remarks(deliberation, entry)
    _read_ahead(deliberation)
    match signal.what:
        case s.IssueOpened() | s.IssueEdited() | s.Commented() as what:
            commands = commands_of(deliberation.before, signal, what)
            if isinstance(what, s.IssueEdited):
                describe(deliberation)
            if isinstance(what, s.IssueOpened) and deliberation.before.adopted:
                deliberation.add((f.OpeningHeard(),), "opened")
            return _hear_text(deliberation, commands, what)
        case s.ChecklistEdited() as edited:
            _hear_boxes(deliberation, edited)
        case s.LabelChanged(label, on):
            return _hear_label(deliberation, label, on)
        case s.PullRequestChanged() as pull:
            _see_pull(deliberation, pull)
        case s.IssueStateChanged(closed):
            return _hear_closing(deliberation) if closed and deliberation.opportunity.going else None
        case s.IssueGone() if not deliberation.opportunity.gone:
            deliberation.add((f.IssueGone(),), "issue")
        case s.EntryStopped(turn, fields):
            deliberation.add((f.EntryStopped(turn, fields),), "entry", BOT)
        case s.TimePassed() | s.EntryDiscussed() | s.IssueGone():
            pass
    return None


def commands_of(opportunity: Opportunity, signal: s.Signal, what: s.What) -> list[Command]:
    """The commands to run: all of a new text, of an edited one those that the edit added."""
    if isinstance(what, s.Commented):
        after = parse(what.body, takes_text)
        return after if what.previous is None else added(parse(what.previous, takes_text), after)
    body = signal.issue.body if signal.issue else ""
    if isinstance(what, s.IssueOpened):
        return [] if opportunity.known and not opportunity.adopted else parse(body, takes_text)
    if isinstance(what, s.IssueEdited):
        before = opportunity.body if what.previous is None else what.previous
        return added(parse(before, takes_text), parse(body, takes_text))
    return []


# --- text ----------------------------------------------------------------------------------------------------


def _hear_text(deliberation: Deliberation, commands: list[Command], what: s.What) -> Answer | None:
    for command in commands:
        _run(deliberation, command)
    if isinstance(what, s.Commented):
        _hear_confirmations(deliberation, what)
        if not commands:
            _hear_plain(deliberation, what)
        _note(deliberation)
    if not deliberation.messages:
        return None
    comment_id = what.comment_id if isinstance(what, s.Commented) else 0
    lead = deliberation.lead or _language(what) or deliberation.opportunity.lang
    return Answer(
        f"reply {comment_id}",
        deliberation.signal.actor,
        lead,
        tuple(deliberation.messages),
        comment_id,
        deliberation.refused,
    )


def _language(what: s.What) -> Lang | None:
    """The language that a comment is written in: of a command that ran before the edit, else of its words."""
    if not isinstance(what, s.Commented):
        return None
    named = (find_command(command.name)[1] for command in parse(what.body, takes_text))
    return next((lang for lang in named if lang), None) or language(what.body)


def _run(deliberation: Deliberation, command: Command) -> None:
    rule, lang = find_command(command.name)
    if rule is None and (meant := nearest_command(command.name, COMMANDS)):
        lang = meant[1]
    if rule and rule.english == "ore":
        lang = spoken(command.args)
    deliberation.lead = deliberation.lead or lang
    deliberation.moment = replace(deliberation.moment, lang=lang or deliberation.lead or deliberation.opportunity.lang)
    run = deliberation.opportunity.run
    decision = _unfit(command, rule) or run_command(deliberation.opportunity, deliberation.moment, command)
    deliberation.take(decision, str(rule.english if rule else command.name))
    if deliberation.opportunity.run > run:
        describe(deliberation)  # the text may have been edited since it was posted


def _unfit(command: Command, rule: CommandRule | None) -> Decision | None:
    """Refused before anything of it is kept or said again: what is not for the public, and what is far too long.

    `/ore` alone may hold a person's address: the contact that the client gives to the Exchange.
    """
    name = name_line(command)
    if len(command.args) > LONGEST_TEXT:
        return refuse("common.too-long", command=name, limit=LONGEST_TEXT)
    kinds = protection.find(command.args) if not rule or rule.english != "ore" else frozenset[str]()
    return refuse("protection.refused", command=name, kinds=_in_words(kinds)) if kinds else None


def _in_words(kinds: Iterable[str]) -> tuple[Message, ...]:
    return tuple(Message(f"protection.kind-{kind}") for kind in sorted(kinds))


def _hear_confirmations(deliberation: Deliberation, what: s.Commented) -> None:
    """An applicant confirms with ticked boxes in a comment of their own."""
    application = deliberation.opportunity.application(deliberation.signal.actor)
    if (
        not application
        or application.confirmed
        or application.withdrawn
        or evaluation.closed(deliberation.opportunity, deliberation.moment)
    ):
        return
    if deliberation.opportunity.step != 5 or deliberation.opportunity.stopped:
        return
    given, before = plain.confirmations(what.body), deliberation.before.application(deliberation.signal.actor)
    seen = plain.confirmations(what.previous or "") if before and not before.withdrawn else frozenset[str]()
    if not given or given == seen:
        return
    deliberation.messages = [said for said in deliberation.messages if said.name != "interested.confirm"]
    if missing := [name for name in plain.CONFIRMATIONS if name not in given]:
        still = tuple(Message(f"interested.confirmation-{name}") for name in missing)
        deliberation.messages.append(Message("interested.still", missing=still))
        return
    deliberation.add((f.EligibilityConfirmed(deliberation.signal.actor),), "ticked boxes")
    deliberation.messages.append(Message("interested.done", closing=deliberation.opportunity.statement.closing))


def _hear_plain(deliberation: Deliberation, what: s.Commented) -> None:
    """People write plain sentences too: a supplier's are answered once of each kind, with the line to send."""
    if (
        deliberation.messages
        or what.previous is not None
        or not may_be_greeted(deliberation.opportunity, deliberation.signal.actor)
    ):
        return
    if Role.SUPPLIER not in deliberation.moment.roles(deliberation.opportunity):
        return
    supplier, closing = deliberation.signal.actor, deliberation.opportunity.statement.closing
    greeted = {kind for login, kind in deliberation.opportunity.greeted if login == supplier.casefold()}
    meaning = plain.meaning(what.body) or ("interest" if re.search(r"/int[eé]re", what.body, re.I) else None)
    applied = deliberation.opportunity.application(supplier) is not None
    said = []
    if meaning == "interest" and not applied and "interest" not in greeted:
        said.append(Message("plain.interest", lines=(Line("/interested"), Line("/intéressé"))))
    if plain.asks(what.body) and "question" not in greeted:
        asked = plain.question_text(what.body)
        said.append(Message("plain.question", lines=(Line(f"/ask {asked}"), Line(f"/question {asked}"))))
    if not said and not applied and not greeted:
        said.append(Message("plain.hello", closing=closing))
    for message in said:
        deliberation.add((f.Greeted(supplier, message.name.removeprefix("plain.")),), "plain words")
        deliberation.messages.append(message)


def _note(deliberation: Deliberation) -> None:
    """Somebody wrote, so nobody is silent; noted once a day."""
    since = deliberation.opportunity.last_moved
    if deliberation.opportunity.going and (since is None or deliberation.moment.now - since > timedelta(days=1)):
        deliberation.add((f.Spoke(),), "spoke")


def may_be_greeted(opportunity: Opportunity, login: str) -> bool:
    """Whether plain words of this person may want an answer, as far as is known without asking GitHub."""
    kinds = {kind for greeted, kind in opportunity.greeted if greeted == login.casefold()}
    return (
        opportunity.going
        and opportunity.open
        and not opportunity.held
        and not opportunity.is_client(login)
        and not {"interest", "question"} <= kinds
    )


def _read_ahead(deliberation: Deliberation) -> None:
    """Webhooks keep no order: what people did after an edit shows its text, and may be heard before the edit is.

    An approval is of the text that its author saw. What more an edit brings about waits for it: commands, what it takes
    back, and a word where it seems to hold what is not for the public. Who edited is not shown: as a look for what was
    missed does, it is taken for the issue's author. What such a look finds shows the text of today, and not of then.
    """
    what, issue, opportunity = deliberation.signal.what, deliberation.signal.issue, deliberation.opportunity
    if (
        issue is None
        or isinstance(what, s.IssueOpened | s.IssueEdited)
        or deliberation.signal.delivery.startswith(RESYNC)
    ):
        return
    if (
        opportunity.step > 4
        or opportunity.merged("posting")
        or opportunity.described is None
        or issue.updated_at <= opportunity.described
    ):
        return
    if (issue.title, issue.body) == (opportunity.title, opportunity.body) or {
        "description-approved",
        "funds-reserved",
    } & opportunity.signals.keys():
        return
    if protection.find(f"{issue.title}\n\n{issue.body}"):
        return
    if not added(parse(opportunity.body, takes_text), parse(issue.body, takes_text)):
        describe(deliberation, issue.author)


def describe(deliberation: Deliberation, editor: str | None = None) -> None:
    """The statement may change until it is posted; afterwards the posts say what holds.

    What was approved is what was read: a statement that changes then is approved again, and funds are for a price.
    """
    issue, opportunity = deliberation.signal.issue, deliberation.opportunity
    if not issue or not opportunity.going:
        return
    if opportunity.step > 4 or opportunity.merged("posting"):
        later = not opportunity.described or issue.updated_at > opportunity.described
        if later and parse_statement(issue.body) != parse_statement(opportunity.body):
            deliberation.messages.append(Message("description.frozen"))
        return
    if (issue.title, issue.body) == (opportunity.title, opportunity.body) or (
        opportunity.described and issue.updated_at < opportunity.described
    ):
        return
    deliberation.add((f.Described(issue.title, issue.body),), "edited", editor)
    lapsed = []
    if "description-approved" in opportunity.signals and deliberation.opportunity.statement != opportunity.statement:
        lapsed.append("description-approved")
    if (
        "funds-reserved" in opportunity.signals
        and deliberation.opportunity.statement.price != opportunity.statement.price
    ):
        lapsed.append("funds-reserved")
    if lapsed:
        deliberation.add((f.Signalled(label, False) for label in lapsed), "edited", BOT)
        missing = unsettled(deliberation.opportunity, deliberation.moment)
        deliberation.messages.append(Message("description.lapsed", labels=tuple(map(Line, lapsed)), missing=missing))
    deliberation.advance()


def flag(deliberation: Deliberation) -> Answer | None:
    """What in a person's text seems not to be for the public, flagged to them and the coordinator, never quoted."""
    what = deliberation.signal.what
    if isinstance(what, s.Commented):
        comment_id, text, author = what.comment_id, what.body, deliberation.signal.actor
    elif isinstance(what, s.IssueOpened | s.IssueEdited) and deliberation.signal.issue:
        issue = deliberation.signal.issue
        comment_id, text, author = 0, f"{issue.title}\n\n{issue.body}", issue.author
    else:
        return None
    before = deliberation.before.flagged.get(comment_id, ())
    if isinstance(what, s.IssueOpened) and deliberation.before.known and not deliberation.before.adopted:
        return None
    kinds = tuple(sorted(protection.find(text)))
    if kinds == before:
        return None
    deliberation.add((f.Flagged(comment_id, kinds),), "protection", BOT)
    people = {"author": Login(author, ping=True), "coordinator": deliberation.opportunity.in_charge}
    if kinds:
        where = Message("protection.where-comment" if comment_id else "protection.where-issue")
        message = Message("protection.flag", **people, kinds=_in_words(kinds), where=where)
    else:
        message = Message("protection.gone", **people)
    return Answer(f"flag {comment_id}", "", deliberation.opportunity.lang, (message,), None, refused=False)


# --- boxes, labels, pull requests ----------------------------------------------------------------------------


def _hear_boxes(deliberation: Deliberation, edited: s.ChecklistEdited) -> None:
    """Coordinators tick; what others tick is put back by the redraw of the checklist.

    Where GitHub does not show who it was, it was somebody who may write, and so a coordinator.
    """
    kind, _, number = edited.mark.partition(" ")
    if kind != "checklist" or not number.isdigit() or not 1 <= int(number) <= len(STEPS):
        return
    if not edited.unseen and Role.COORDINATOR not in deliberation.moment.roles(deliberation.opportunity):
        return
    step = STEPS[int(number) - 1]
    ticked = boxes_in(edited.body) if deliberation.opportunity.going else {}
    if edited.unseen:  # what the bot itself ticks is nobody's doing
        ticked = {box: on for box, on in ticked.items() if box not in step.tracked}
    changed = [
        f.BoxTicked(step.number, box, ticked[box])
        for box in step.boxes
        if box in ticked and ticked[box] != ((step.number, box) in deliberation.opportunity.ticked)
    ]
    deliberation.add(changed, f"checklist {step.number}")


def _hear_label(deliberation: Deliberation, label: str, on: bool) -> Answer | None:
    since = deliberation.opportunity.label_changes.get(label)
    if since and deliberation.moment.now < since:
        return None  # heard late: the label was changed again since
    decision = decide_label(deliberation.opportunity, deliberation.moment, label, on)
    if decision is None:
        return None
    if on and not decision.refused and _is_of_an_older_text(deliberation, label):
        decision = refuse(
            "description.lapsed",
            labels=(Line(label),),
            missing=unsettled(deliberation.opportunity, deliberation.moment),
        )
    deliberation.take(decision, f"label {label}")
    if not decision.say:
        return None
    mark = f"label {label.replace(': ', '-')} {deliberation.signal.actor} {deliberation.before.step}"
    return Answer(
        mark, deliberation.signal.actor, deliberation.opportunity.lang, (decision.say,), None, decision.refused
    )


def _is_of_an_older_text(deliberation: Deliberation, label: str) -> bool:
    """Heard after an edit that came later: it holds for what was read then, as it would have lapsed with that edit.

    What a look for what was missed finds shows the text of today: which one was read then, nobody can tell.
    """
    issue, opportunity = deliberation.signal.issue, deliberation.opportunity
    if issue is None or opportunity.described is None or opportunity.step > 4 or opportunity.merged("posting"):
        return False
    if deliberation.signal.delivery.startswith(RESYNC):
        return label in ("description-approved", "funds-reserved") and deliberation.moment.now < opportunity.described
    read, now = parse_statement(issue.body), parse_statement(opportunity.body)
    other = {"description-approved": read != now, "funds-reserved": read.price != now.price}
    return other.get(label, False) and issue.updated_at <= opportunity.described


def _hear_closing(deliberation: Deliberation) -> Answer:
    """A closed issue ends nothing: that is for `/cancel`."""
    message = Message("common.closed-by-hand", now=step_of(deliberation.opportunity).title)
    return Answer(
        "closed-by-hand", deliberation.signal.actor, deliberation.opportunity.lang, (message,), None, refused=True
    )


def _see_pull(deliberation: Deliberation, what: s.PullRequestChanged) -> None:
    """Merged is for good, and a closed one is open again only by what happened later."""
    seen = f.PullRequestSeen(what.kind, what.number, what.url, what.state, what.author, what.stuck)
    before, since = deliberation.opportunity.pull(seen.kind), deliberation.opportunity.pull_changes.get(seen.kind)
    known = before is not None and before.number == seen.number
    if before == seen or (before and before.state == "merged" and (known or seen.kind not in (*AMENDMENTS, "page"))):
        return
    later = before is not None and not seen.author and before.number < seen.number
    if not known and (seen.state == "withdrawn" or (before and seen.state == "closed" and not later)):
        return  # another one has taken its place, or none was known
    if seen.author and not known and seen.kind != "page" and not _counts(deliberation, seen):
        return
    if (
        known
        and before
        and before.state == "closed"
        and seen.state == "open"
        and since
        and deliberation.moment.now < since
    ):
        return
    if before and before.state == "withdrawn" and seen.state == "closed":
        return
    deliberation.add((seen,), "pull request")
    if (seen.kind, seen.state) == ("posting", "merged") and what.body and what.body != deliberation.opportunity.body:
        # What holds is what was posted, not what was written in the issue since. Funds are for a price.
        price = deliberation.opportunity.statement.price
        deliberation.add((f.Described(what.title, what.body),), "as posted", BOT)
        if "description-approved" not in deliberation.opportunity.signals:
            deliberation.add((f.Signalled("description-approved", True),), "as posted", BOT)
        if "funds-reserved" in deliberation.opportunity.signals and deliberation.opportunity.statement.price != price:
            deliberation.add((f.Signalled("funds-reserved", False),), "as posted", BOT)


def _see_remarks(deliberation: Deliberation, entry: s.Entry) -> None:
    """What the Exchange's people say is brought to the issue, but for what seems not to be for the public.

    The client and the supplier answer there; others who do not belong there are not heard.
    """
    for remark in entry.remarks:
        answers = remark.verdict == "comment" and (
            deliberation.opportunity.is_client(remark.by) or same(deliberation.opportunity.chosen, remark.by)
        )
        if not answers and not remark.belongs:
            continue
        text = remark.text.strip()[:LONGEST_TEXT]
        text = "" if answers or protection.find(text) else text
        verdict = "answer" if answers else remark.verdict
        said = f.EntryReviewed(entry.pull.number, remark.id, remark.by, verdict, text, remark.url)
        if deliberation.opportunity.reviews.get(remark.id) != said:
            deliberation.add((said,), "review", remark.by)


def _counts(deliberation: Deliberation, seen: f.PullRequestSeen) -> bool:
    """Whether a person's pull request posts this opportunity: merged in this run's step 4 whoever wrote it, or open
    and the client's or a coordinator's, unless there is another one already."""
    before, step_began = deliberation.opportunity.pull("posting"), deliberation.opportunity.entered.get(4)
    if seen.kind != "posting" or not deliberation.opportunity.running or deliberation.opportunity.step > 4:
        return False
    if before and before.state == "merged":
        return False
    if seen.state == "merged":
        return deliberation.opportunity.step == 4 and step_began is not None and deliberation.moment.now >= step_began
    taken = before is not None and before.state == "open"
    theirs = bool({Role.CLIENT, Role.COORDINATOR} & deliberation.moment.roles(deliberation.opportunity, seen.author))
    return seen.state == "open" and theirs and not taken
