"""Refuses and flags texts that seem to hold private data, without quoting them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.pipeline.command_rules import name_line
from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.words import Login, Message
from bot.pipeline.pending import Deliberation
from bot.pipeline.reading import protection
from bot.pipeline.rules import LONGEST_TEXT, Answer, CommandRule, Decision, refuse
from bot.pipeline.text.commands import Command


def withheld(command: Command, rule: CommandRule | None) -> Decision | None:
    """Refuses a command whose text is too long or seems to hold private data, so that nothing of it is recorded.

    `/ore` alone may hold an address: the contact that the client gives to the Exchange.
    """
    name = name_line(command)
    if len(command.args) > LONGEST_TEXT:
        return refuse("common.too-long", command=name, limit=LONGEST_TEXT)
    kinds = protection.kinds_in(command.args) if not rule or rule.english != "ore" else frozenset[str]()
    return refuse("protection.refused", command=name, kinds=_in_words(kinds)) if kinds else None


def flag(deliberation: Deliberation) -> Answer | None:
    """Warns the author and the coordinator of a text that seems to hold private data, or that no longer does."""
    what, before = deliberation.signal.what, deliberation.before
    if isinstance(what, s.Commented):
        comment_id, text, author = what.comment_id, what.body, deliberation.signal.actor
    elif isinstance(what, s.IssueOpened | s.IssueEdited) and deliberation.signal.issue:
        issue = deliberation.signal.issue
        comment_id, text, author = 0, f"{issue.title}\n\n{issue.body}", issue.author
    else:
        return None
    if isinstance(what, s.IssueOpened) and before.exists and not before.adopted:
        return None
    kinds = tuple(sorted(protection.kinds_in(text)))
    if kinds == before.flagged.get(comment_id, ()):
        return None
    deliberation.add((f.Flagged(comment_id, kinds),), "protection", BOT)
    people = {"author": Login(author, ping=True), "coordinator": deliberation.opportunity.in_charge}
    if kinds:
        where = Message("protection.where-comment" if comment_id else "protection.where-issue")
        message = Message("protection.flag", **people, kinds=_in_words(kinds), where=where)
    else:
        message = Message("protection.gone", **people)
    return Answer(f"flag {comment_id}", "", deliberation.opportunity.lang, (message,), None, refused=False)


def _in_words(kinds: Iterable[str]) -> tuple[Message, ...]:
    return tuple(Message(f"protection.kind-{kind}") for kind in sorted(kinds))
