"""Handles edits of the issue's statement: which text counts, and which approvals lapse with an edit."""

from __future__ import annotations

from collections.abc import Collection

from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.statement import Statement, statement_of
from bot.pipeline.model.words import Line, Message
from bot.pipeline.pending import Deliberation
from bot.pipeline.reading import protection
from bot.pipeline.registry import takes_text
from bot.pipeline.steps.description import unsettled
from bot.pipeline.text.commands import added, commands_in


def fixed(opportunity: Opportunity) -> bool:
    """Tells whether the statement can no longer change, because it was posted."""
    return opportunity.step > 4 or opportunity.merged("posting")


def lapsed(labels: Collection[str], before: Statement, after: Statement) -> tuple[str, ...]:
    """Returns which of these labels lapse with an edit: an approval is of the text, and funds are for the price."""
    changed = {"description-approved": before != after, "funds-reserved": before.price != after.price}
    return tuple(label for label, differs in changed.items() if differs and label in labels)


def describe(deliberation: Deliberation, editor: str | None = None) -> None:
    """Records the issue's text until it is posted, and removes the approvals that lapse with it.

    After that the posts count; an edit of the statement is answered and changes nothing.
    """
    issue, opportunity = deliberation.signal.issue, deliberation.opportunity
    if not issue or not opportunity.going:
        return
    if fixed(opportunity):
        later = not opportunity.described or issue.updated_at > opportunity.described
        if later and statement_of(issue.body) != statement_of(opportunity.body):
            deliberation.messages.append(Message("description.frozen"))
        return
    older = opportunity.described and issue.updated_at < opportunity.described
    if older or (issue.title, issue.body) == (opportunity.title, opportunity.body):
        return
    deliberation.add((f.Described(issue.title, issue.body),), "edited", editor)
    labels = lapsed(opportunity.signals.keys(), opportunity.statement, deliberation.opportunity.statement)
    if labels:
        deliberation.add((f.Signalled(label, False) for label in labels), "edited", BOT)
        missing = unsettled(deliberation.opportunity, deliberation.moment)
        deliberation.messages.append(Message("description.lapsed", labels=tuple(map(Line, labels)), missing=missing))
    deliberation.advance()


def read_ahead(deliberation: Deliberation) -> None:
    """Records an edit before its own webhook arrives, if the signal shows the edited text.

    GitHub delivers webhooks in any order, and an approval is of the text that its author read. An edit with further
    effects waits for its own webhook: one that adds a command, takes back an approval, or seems to hold private data.
    The signal does not name the editor, so the issue's author is recorded. A resync is left out: it shows today's text.
    """
    what, issue, opportunity = deliberation.signal.what, deliberation.signal.issue, deliberation.opportunity
    if issue is None or isinstance(what, s.IssueOpened | s.IssueEdited):
        return
    if fixed(opportunity) or deliberation.signal.delivery.startswith(RESYNC):
        return
    if opportunity.described is None or issue.updated_at <= opportunity.described:
        return
    if {"description-approved", "funds-reserved"} & opportunity.signals.keys():
        return
    if protection.kinds_in(f"{issue.title}\n\n{issue.body}"):
        return
    if not added(commands_in(opportunity.body, takes_text), commands_in(issue.body, takes_text)):
        describe(deliberation, issue.author)
