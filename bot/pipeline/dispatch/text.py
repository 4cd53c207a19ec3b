"""Handles the commands in a text; texts without a command go to `plain_words.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.pipeline.command_rules import run_command
from bot.pipeline.dispatch.plain_words import answer_plain, handle_confirmations
from bot.pipeline.dispatch.private_data import withheld
from bot.pipeline.dispatch.statement import describe
from bot.pipeline.exchange_entry.line import spoken
from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.pending import Deliberation
from bot.pipeline.registry import COMMANDS, find_command, nearest_command, takes_text
from bot.pipeline.rules import Answer
from bot.pipeline.text.commands import Command, added, commands_in
from bot.pipeline.text.language import Lang, language


def commands_of(opportunity: Opportunity, signal: s.Signal, what: s.What) -> list[Command]:
    """Returns the commands to run: all commands of a new text; of an edited text, those that the edit added."""
    if isinstance(what, s.Commented):
        after = commands_in(what.body, takes_text)
        return after if what.previous is None else added(commands_in(what.previous, takes_text), after)
    body = signal.issue.body if signal.issue else ""
    if isinstance(what, s.IssueOpened):
        return [] if opportunity.exists and not opportunity.adopted else commands_in(body, takes_text)
    if isinstance(what, s.IssueEdited):
        before = opportunity.body if what.previous is None else what.previous
        return added(commands_in(before, takes_text), commands_in(body, takes_text))
    return []


def answer_text(deliberation: Deliberation, commands: list[Command], what: s.What) -> Answer | None:
    """Runs the commands of a text, handles its other words, and returns one answer to everything."""
    for command in commands:
        _run(deliberation, command)
    if isinstance(what, s.Commented):
        handle_confirmations(deliberation, what)
        if not commands:
            answer_plain(deliberation, what)
        _note_activity(deliberation)
    if not deliberation.messages:
        return None
    comment_id = what.comment_id if isinstance(what, s.Commented) else 0
    lead = deliberation.lead or _language(what) or deliberation.opportunity.lang
    messages = tuple(deliberation.messages)
    return Answer(f"reply {comment_id}", deliberation.signal.actor, lead, messages, comment_id, deliberation.refused)


def _language(what: s.What) -> Lang | None:
    """Returns the language of a comment: of its first command with a language, else of its words."""
    if not isinstance(what, s.Commented):
        return None
    named = (find_command(command.name)[1] for command in commands_in(what.body, takes_text))
    return next((lang for lang in named if lang), None) or language(what.body)


def _run(deliberation: Deliberation, command: Command) -> None:
    """Decides one command in its own language, and records the decision."""
    rule, lang = find_command(command.name)
    if rule is None and (meant := nearest_command(command.name, COMMANDS)):
        lang = meant[1]
    if rule and rule.english == "ore":
        lang = spoken(command.args)
    deliberation.lead = deliberation.lead or lang
    deliberation.moment = replace(deliberation.moment, lang=lang or deliberation.lead or deliberation.opportunity.lang)
    run = deliberation.opportunity.run
    decision = withheld(command, rule) or run_command(deliberation.opportunity, deliberation.moment, command)
    deliberation.take(decision, str(rule.english if rule else command.name))
    if deliberation.opportunity.run > run:
        describe(deliberation)  # the text may have been edited since it was posted


def _note_activity(deliberation: Deliberation) -> None:
    """Records, once a day at most, that someone wrote; it puts off the reminder of silence."""
    since = deliberation.opportunity.last_moved
    if deliberation.opportunity.going and (since is None or deliberation.moment.now - since > timedelta(days=1)):
        deliberation.add((f.Spoke(),), "spoke")
