"""The fields of an entry in the Open Resource Exchange, and which values each accepts.

>>> fault("contact", "jo at work")
'not-email'

The values come from the statement, the delivered repository, `/ore` and policy: see `entry_fields`. The limit of a
name is that of the Exchange's own form (`_data/i18n/form.yml`); the limit of a description is that of the statement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.reading.review import skills
from bot.pipeline.text.language import Lang

IN_BOTH = {
    "name": "nom",
    "what": "quoi",
    "how": "comment",
    "tags": "étiquettes",
    "homepage": "accueil",
    "download": "téléchargement",
    "team": "équipe",
}
"""Fields with a value in each language, as `name.en` and `name.fr`, with their French names."""

FIELDS: Mapping[str, str] = {
    **{f"{name}.{lang}": f"{french}.{lang}" for name, french in IN_BOTH.items() for lang in ("en", "fr")},
    "category": "catégorie",
    "contact": "courriel",
    "contact.name": "contact.nom",
    "licence": "licence",
    "languages": "langages",
    "status": "statut",
}
"""Every field that `/ore` fills in, with its French name."""

EXCHANGE_STATUSES = {
    "Alpha": "Alpha",
    "Beta": "Bêta",
    "Maintained": "Maintenu",
    "Deprecated": "Déprécié",
    "Retired": "Retiré",
}
"""The statuses of the Exchange's schema (`_data/schemaCode.yaml`), with their French names."""

FIELD_LIMITS = {"name": 100, "what": 500, "how": 500, "tags": 80, "homepage": 2_000, "download": 2_000, "contact": 254}
"""Most characters of a field, or of each tag. Addresses as browsers accept them, e-mail as RFC 5321 does."""

_LIMIT: Final = 100  # characters of every other field
_EMAIL = re.compile(r"[\w.!#$%&*+/=?^`{|}~'-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII | re.I)
_REPOSITORY = re.compile(r"https://[\w.-]+\.[a-z]+/[\w.~-]+/[\w.~-]+", re.ASCII | re.I)
_BLANK = re.compile(r"[….\s]*")  # also an ellipsis, copied from the bot's own line


def limit(field: str) -> int:
    """Returns the most characters that a field may have."""
    return FIELD_LIMITS.get(field.removesuffix(".en").removesuffix(".fr"), _LIMIT)


def parts(field: str, value: str) -> tuple[str, ...]:
    """Splits tags and languages at commas; any other value is one text."""
    return skills(value) if field.startswith("tags") or field == "languages" else (value,)


def fault(field: str, value: str) -> str:
    """Returns the code of the mistake in one text of a field, or "" if the text is accepted.

    The codes: missing, too-long, forbidden-character, not-email, unknown-status, unknown-licence, not-url,
    not-repository, name-without-letter. The Exchange's pages do not escape texts, so `<` and `"` would break them.
    """
    if _BLANK.fullmatch(value):
        return "name-without-letter" if value and field.startswith("name") else "missing"
    if len(value) > limit(field):
        return "too-long"
    if re.search(r'[<"]', value):
        return "forbidden-character"
    match field.removesuffix(".en").removesuffix(".fr"):
        case "contact":
            return "" if _EMAIL.fullmatch(value) else "not-email"
        case "status":
            return "" if value in EXCHANGE_STATUSES else "unknown-status"
        case "licence":
            return "" if spdx(value) == value else "unknown-licence"
        case "homepage" | "download":
            return "" if _is_web_address(value) else "not-url"
        case "repository":
            return "" if _REPOSITORY.fullmatch(value) else "not-repository"
        case "name":  # the site builds the address from the ASCII letters and digits
            plain = (unicodedata.normalize("NFKD", sign) for sign in value)
            return "" if re.search("[A-Za-z0-9]", "".join(plain)) else "name-without-letter"
    return ""


def spdx(text: str) -> str:
    """Returns one SPDX identifier in its official spelling, or "" for an expression or a `LicenseRef-`."""
    if len(text) > _LIMIT:
        return ""
    try:
        found = canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return ""
    return "" if re.search(r"\s|LicenseRef-", found) else str(found)


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"\s", value)


def typographic(text: str, lang: Lang) -> str:
    """Replaces `"` and `<`, which would break the Exchange's pages, by typographic signs."""
    quotes = r"“\1”" if lang == "en" else "«\u00a0\\1\u00a0»"
    return re.sub(r'"([^"]*)"', quotes, text).replace('"', "″").replace("<", "‹")


EntrySource = Literal["ore", "statement", "repository", "exchange", "policy"]


@dataclass(frozen=True)
class EntryField:
    """The value of a field and its source; `exchange` is the entry that is published already."""

    value: str
    source: EntrySource


def entry_fields(opportunity: Opportunity, policy: Policy) -> dict[str, EntryField]:
    """Returns the fields that have a value, in the order of `FIELDS`.

    A value from `/ore` comes first, except for the licence: the one that GitHub detects counts.
    """
    written = {field: EntryField(value, "ore") for field, value in opportunity.entry.items()}
    found = {field: EntryField(value, source) for field, value, source in _found(opportunity, policy) if value}
    values = {**found, **written, **{field: one for field, one in found.items() if field == "licence"}}
    return {field: values[field] for field in (*FIELDS, "repository") if field in values}


def _found(opportunity: Opportunity, policy: Policy) -> Iterator[tuple[str, str, EntrySource]]:
    langs: tuple[Lang, ...] = ("en", "fr")
    for lang in langs:
        text = opportunity.statement.text(lang)
        yield f"name.{lang}", typographic(text.title, lang), "statement"
        yield f"what.{lang}", typographic(" ".join(text.short.split()), lang), "statement"
        yield f"tags.{lang}", ", ".join(skills(typographic(text.skills, lang))), "statement"
    yield "contact", opportunity.statement.contact, "statement"
    yield "category", policy.exchange.category, "policy"
    yield "status", policy.exchange.status, "policy"
    if work := opportunity.repository_named:
        yield "licence", work.licence or "", "repository"
        yield "languages", ", ".join(work.languages), "repository"
        yield "repository", work.url, "repository"
        if work.homepage and not fault("homepage", work.homepage):
            yield from ((f"homepage.{lang}", work.homepage, "repository") for lang in langs)
