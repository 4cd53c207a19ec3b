"""The issue form of opportunities, as YAML for GitHub: what it renders is the body that the bot reads.

    ### Title (English)

    Azure policies

Each field is labelled with its heading in the statement; its guidance is in the messages, `form.NAME`.
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
"""Fields of several lines."""

# Only the need. A title in one language is needed too, but GitHub cannot ask for one of two fields, and to insist on
# either would turn away who writes in the other; GitHub insists on a title of the issue itself. All else is step 3's.
_REQUIRED = {"need"}

_NOTE = "# Written by `python -m bot setup` from the bot's messages (form.md): a change made here would be lost.\n"


def form_text(name: str, policy: Policy) -> Message:
    """What the form says: `name`, `about`, `introduction`, the guidance of a field, or a text to begin with."""
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
    """The whole file, `.github/ISSUE_TEMPLATE/opportunity.yml`."""

    def form_words(name: str, lang: Lang) -> str:
        return messages.say(form_text(name, policy), lang)

    def both(name: str, between: str) -> str:
        return form_words(name, "en") + between + form_words(name, "fr")

    def field(name: str, heading: str) -> dict[str, Any]:
        base, _, own = name.partition(".")
        lang: Lang = "fr" if own == "fr" else "en"
        attributes = {"label": heading, "description": form_words(base, lang) if own else both(base, "\n\n")}
        if base == "evaluation":  # the same for most needs, so it is there already
            attributes["value"] = form_words("evaluation-text", lang)
        if base == "criteria":  # the client's own, so they are only shown how
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
    writer.width = 4096  # GitHub shows a line's end as one
    out = StringIO()
    writer.dump(_styled(form), out)
    return out.getvalue()


def _styled(value: Any) -> Any:
    """Texts of several lines as such."""
    if isinstance(value, dict):
        return {key: _styled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_styled(each) for each in value]
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value
