"""Hands each signal to the module of its subject: text, statement, labels and boxes, or pull requests."""

from bot.pipeline.dispatch.labels import closed_by_hand, handle_boxes, handle_label
from bot.pipeline.dispatch.pulls import handle_pull, handle_remarks
from bot.pipeline.dispatch.statement import describe, read_ahead
from bot.pipeline.dispatch.text import answer_text, commands_of
from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.facts import BOT
from bot.pipeline.pending import Deliberation
from bot.pipeline.rules import Answer


def handle(deliberation: Deliberation) -> Answer | None:
    """Records what a signal makes true, and returns the answer to its actor."""
    signal = deliberation.signal
    if entry := deliberation.moment.lookups.entry:
        handle_pull(deliberation, entry.pull)
        handle_remarks(deliberation, entry)
    read_ahead(deliberation)
    match signal.what:
        case s.IssueOpened() | s.IssueEdited() | s.Commented() as what:
            commands = commands_of(deliberation.before, signal, what)
            if isinstance(what, s.IssueEdited):
                describe(deliberation)
            if isinstance(what, s.IssueOpened) and deliberation.before.adopted:
                deliberation.add((f.OpeningHeard(),), "opened")
            return answer_text(deliberation, commands, what)
        case s.ChecklistEdited() as edited:
            handle_boxes(deliberation, edited)
        case s.LabelChanged(label, on):
            return handle_label(deliberation, label, on)
        case s.PullRequestChanged() as pull:
            handle_pull(deliberation, pull)
        case s.IssueStateChanged(closed):
            return closed_by_hand(deliberation) if closed and deliberation.opportunity.going else None
        case s.IssueRemoved() if not deliberation.opportunity.gone:
            deliberation.add((f.IssueGone(),), "issue")
        case s.EntryBlocked(turn, fields):
            deliberation.add((f.EntryStopped(turn, fields),), "entry", BOT)
        case s.TimePassed() | s.EntryDiscussed() | s.IssueRemoved():
            pass
    return None
