"""The entry in the Open Resource Exchange as people speak of it: its fields, and what each may hold.

>>> fault("contact", "jo at work")
'not-email'

What it says comes from the statement, the delivered repository, `/ore` and policy: `known` says which from where.
A name's limit is that of the Exchange's own form (`_data/i18n/form.yml`), a description's that of the statement.
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
"""What is said once in each language, as `name.en` and `name.fr`; the French word for each."""

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

STATUSES = {
    "Alpha": "Alpha",
    "Beta": "Bêta",
    "Maintained": "Maintenu",
    "Deprecated": "Déprécié",
    "Retired": "Retiré",
}
"""What the Exchange's schema allows (`_data/schemaCode.yaml`), and how it is said in French."""

LIMITS = {"name": 100, "what": 500, "how": 500, "tags": 80, "homepage": 2_000, "download": 2_000, "contact": 254}
"""The most characters; of a tag, each. An address: what browsers take; an e-mail: RFC 5321."""

_LIMIT: Final = 100  # of every other field
_EMAIL = re.compile(r"[\w.!#$%&*+/=?^`{|}~'-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII | re.I)
_REPOSITORY = re.compile(r"https://[\w.-]+\.[a-z]+/[\w.~-]+/[\w.~-]+", re.ASCII | re.I)
_BLANK = re.compile(r"[….\s]*")  # also an ellipsis, copied from a line that was offered


def limit(field: str) -> int:
    return LIMITS.get(field.removesuffix(".en").removesuffix(".fr"), _LIMIT)


def parts(field: str, value: str) -> tuple[str, ...]:
    """The texts that a value holds: several tags and languages, one of everything else."""
    return skills(value) if field.startswith("tags") or field == "languages" else (value,)


def fault(field: str, value: str) -> str:
    """Why one text cannot stand in a field, whatever else the Exchange holds; "" where it can.

    missing, too-long, forbidden-character, not-email, unknown-status, unknown-licence, not-url, not-repository or
    name-without-letter. The Exchange's pages write texts unescaped, so `<` and `"` would break them.
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
            return "" if value in STATUSES else "unknown-status"
        case "licence":
            return "" if spdx(value) == value else "unknown-licence"
        case "homepage" | "download":
            return "" if _is_web_address(value) else "not-url"
        case "repository":
            return "" if _REPOSITORY.fullmatch(value) else "not-repository"
        case "name":  # the site makes its address from the ASCII letters and digits
            plain = (unicodedata.normalize("NFKD", sign) for sign in value)
            return "" if re.search("[A-Za-z0-9]", "".join(plain)) else "name-without-letter"
    return ""


def spdx(text: str) -> str:
    """One identifier of the SPDX list in its own spelling, or "": no expression, no `LicenseRef-`."""
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
    """Without the two signs that the Exchange's pages cannot take, `"` and `<`, and still the same words."""
    quotes = r"“\1”" if lang == "en" else "«\u00a0\\1\u00a0»"
    return re.sub(r'"([^"]*)"', quotes, text).replace('"', "″").replace("<", "‹")


Source = Literal["ore", "statement", "repository", "exchange", "policy"]


@dataclass(frozen=True)
class Known:
    """What a field of the entry says, and where that comes from; `exchange` is the entry that is there already."""

    value: str
    source: Source


def known(opportunity: Opportunity, policy: Policy) -> dict[str, Known]:
    """The fields that something is known of, in their order.

    What `/ore` said counts before all else, but for a licence: what GitHub detects is what people hold the code to.
    """
    given = {field: Known(value, "ore") for field, value in opportunity.entry.items()}
    found = {field: Known(value, source) for field, value, source in _found(opportunity, policy) if value}
    said = {**found, **given, **{field: one for field, one in found.items() if field == "licence"}}
    return {field: said[field] for field in (*FIELDS, "repository") if field in said}


def _found(opportunity: Opportunity, policy: Policy) -> Iterator[tuple[str, str, Source]]:
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
