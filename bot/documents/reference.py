"""The commands table of the documentation, made from what the steps declare, so that it cannot disagree with them."""

from __future__ import annotations

from bot.documents.messages import Messages
from bot.pipeline.book import COMMANDS
from bot.pipeline.step import CommandRule
from bot.pipeline.words import Lang, Message

HEADS: dict[Lang, tuple[str, str, str, str]] = {
    "en": ("command", "who", "steps", "does"),
    "fr": ("commande", "qui", "étapes", "effet"),
}
ANYONE: dict[Lang, str] = {"en": "anyone", "fr": "tout le monde"}
ALWAYS: dict[Lang, str] = {"en": "all", "fr": "toutes"}


def commands_table(messages: Messages, lang: Lang) -> str:
    """Every command as a Markdown table; the French table leads with the French names."""
    rows = [HEADS[lang], ("---",) * 4, *(_row(rule, messages, lang) for rule in COMMANDS)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(rule: CommandRule, messages: Messages, lang: Lang) -> tuple[str, str, str, str]:
    names = (rule.english, rule.french) if lang == "en" else (rule.french, rule.english)
    who = ", ".join(messages.say(Message(f"roles.{role.value}"), lang) for role in rule.by) or ANYONE[lang]
    lines = " ".join(f"`/{name}`" for name in dict.fromkeys(names))
    return lines, who, _steps(rule, lang), messages.say(rule.help, lang)


def _steps(rule: CommandRule, lang: Lang) -> str:
    if not rule.steps:
        return ALWAYS[lang]
    first, last = rule.steps[0], rule.steps[-1]
    return str(first) if first == last else f"{first}–{last}"
