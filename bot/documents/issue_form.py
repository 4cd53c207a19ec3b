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
from bot.pipeline.model.statement import HEADINGS, LIMITS
from bot.pipeline.model.words import Message
from bot.pipeline.money import Money
from bot.pipeline.text.language import Lang

LONG = {"need", "short", "description", "opportunity", "evaluation", "criteria"}
"""Fields of several lines."""

# Only the need. A title in one language is needed too, but GitHub cannot ask for one of two fields, and to insist on
# either would turn away who writes in the other; GitHub insists on a title of the issue itself. All else is step 3's.
REQUIRED = {"need"}

WRITTEN = "# Written by `python -m bot setup` from the bot's messages (form.md): a change made here would be lost.\n"


def words(name: str, policy: Policy) -> Message:
    """What the form says: `name`, `about`, `introduction`, the guidance of a field, or a text to begin with."""
    low, high = policy.hourly
    return Message(
        f"form.{name}",
        ceiling=policy.ceiling_total,
        low=Money(low),
        high=Money(high),
        administration=policy.administration_hours,
        days=policy.posting.minimum_days,
        title_limit=LIMITS["title"],
        short_limit=LIMITS["short"],
    )


def issue_form(messages: Messages, policy: Policy) -> str:
    """The whole file, `.github/ISSUE_TEMPLATE/opportunity.yml`."""

    def said(name: str, lang: Lang) -> str:
        return messages.say(words(name, policy), lang)

    def both(name: str, between: str) -> str:
        return said(name, "en") + between + said(name, "fr")

    def field(name: str, heading: str) -> dict[str, Any]:
        base, _, own = name.partition(".")
        lang: Lang = "fr" if own == "fr" else "en"
        attributes = {"label": heading, "description": said(base, lang) if own else both(base, "\n\n")}
        if base == "evaluation":  # the same for most needs, so it is there already
            attributes["value"] = said("evaluation-text", lang)
        if base == "criteria":  # the client's own, so they are only shown how
            attributes["placeholder"] = said("criteria-example", lang)
        return {
            "type": "textarea" if base in LONG else "input",
            "id": name.replace(".", "-"),
            "attributes": attributes,
            "validations": {"required": name in REQUIRED},
        }

    form = {
        "name": both("name", " / "),
        "description": both("about", " / "),
        "labels": [OPPORTUNITY_LABEL],
        "body": [
            {"type": "markdown", "attributes": {"value": both("introduction", BREAK)}},
            *(field(name, heading) for name, heading in HEADINGS.items()),
        ],
    }
    return WRITTEN + _yaml(form)


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
