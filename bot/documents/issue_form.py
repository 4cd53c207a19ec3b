"""Writes the issue form of opportunities as YAML; GitHub renders its answers to the body that the bot reads.

    ### Title (English)

    Azure policies

The label of each field is its heading in the statement; its guidance is the message `form.NAME`.
Syntax: https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from bot.documents.messages import BREAK, Messages
from bot.pipeline.decide import OPPORTUNITY_LABEL
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.statement import FIELD_HEADINGS, TEXT_LIMITS
from bot.pipeline.model.words import Message
from bot.pipeline.money import Money
from bot.pipeline.text.language import Lang

_LONG = {"need", "short", "description", "opportunity", "evaluation", "criteria"}
"""The fields with several lines."""

# Only the need is required. The bot also needs a title in one language, but GitHub cannot require one of two fields.
# GitHub itself requires a title of the issue. Step 3 asks for the rest.
_REQUIRED = {"need"}

_NOTE = "# Written by `python -m bot setup` from the bot's messages (form.md): a change made here would be lost.\n"


def form_text(name: str, policy: Policy) -> Message:
    """Returns a text of the form: `name`, `about`, `introduction`, the guidance of a field, or a first text."""
    low, high = policy.hourly
    return Message(
        f"form.{name}",
        ceiling=policy.ceiling_total,
        low=Money(low),
        high=Money(high),
        administration=policy.administration_hours,
        days=policy.posting.minimum_days,
        title_limit=TEXT_LIMITS["title"],
        short_limit=TEXT_LIMITS["short"],
    )


def issue_form(messages: Messages, policy: Policy) -> str:
    """Returns the whole file, `.github/ISSUE_TEMPLATE/opportunity.yml`."""

    def form_words(name: str, lang: Lang) -> str:
        return messages.say(form_text(name, policy), lang)

    def both(name: str, between: str) -> str:
        return form_words(name, "en") + between + form_words(name, "fr")

    def field(name: str, heading: str) -> dict[str, Any]:
        base, _, own = name.partition(".")
        lang: Lang = "fr" if own == "fr" else "en"
        attributes = {"label": heading, "description": form_words(base, lang) if own else both(base, "\n\n")}
        if base == "evaluation":  # most needs have the same criteria, so the form contains them
            attributes["value"] = form_words("evaluation-text", lang)
        if base == "criteria":  # the client writes these, so the form only gives an example
            attributes["placeholder"] = form_words("criteria-example", lang)
        return {
            "type": "textarea" if base in _LONG else "input",
            "id": name.replace(".", "-"),
            "attributes": attributes,
            "validations": {"required": name in _REQUIRED},
        }

    form = {
        "name": both("name", " / "),
        "description": both("about", " / "),
        "labels": [OPPORTUNITY_LABEL],
        "body": [
            {"type": "markdown", "attributes": {"value": both("introduction", BREAK)}},
            *(field(name, heading) for name, heading in FIELD_HEADINGS.items()),
        ],
    }
    return _NOTE + _yaml(form)


def _yaml(form: dict[str, Any]) -> str:
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 4096  # GitHub shows each line end
    out = StringIO()
    writer.dump(_styled(form), out)
    return out.getvalue()


def _styled(value: Any) -> Any:
    """Writes texts of several lines as blocks."""
    if isinstance(value, dict):
        return {key: _styled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_styled(each) for each in value]
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value
