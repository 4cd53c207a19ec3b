"""Feeds for subscribers: posted and amended opportunities (Atom), and coming dates (iCalendar).

    atom(records, lang="fr", site=Site("https://board.example/fr/", …), publisher="…")     # RFC 4287
    calendar(records, lang="fr", page=address_of, question_days=2)                          # RFC 5545

Both hold posted opportunities only. The same records give the same feed, so that readers recognize what they have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from babel.dates import format_date
from icalendar import Calendar, Event, vText

from bot.documents.amounts import LOCALES, dollars
from bot.documents.catalogs import Words
from bot.pipeline.calendar import add_business_days
from bot.pipeline.text.language import Lang
from bot.published.record import Record

Address = Callable[[Record], str]
"""Returns the address of a record's page, in the language of the feed."""

ATOM, XML = "http://www.w3.org/2005/Atom", "{http://www.w3.org/XML/1998/namespace}"

NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)

# --- Atom ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FeedAddresses:
    """The addresses of the feed, of the feed in the other language, of the front page, and of each record's page."""

    feed: str
    twin: str
    front: str
    page: Address


def atom(records: Sequence[Record], *, lang: Lang, site: FeedAddresses, publisher: str, words: Words) -> bytes:
    """Returns the feed of these records, as XML."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {f"{XML}lang": f"{lang}-CA"})
    last = max((record.published for record in records if record.published), default=NOTHING_YET)
    _text(feed, "id", site.feed)
    _text(feed, "title", words["feed"])
    _text(feed, "updated", _stamp(last))
    _text(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", publisher)
    _link(feed, "self", site.feed, "application/atom+xml")
    _link(feed, "alternate", site.front, "text/html", lang)
    _link(feed, "alternate", site.twin, "application/atom+xml", "fr" if lang == "en" else "en")
    for record in records:
        if record.published:
            _entry(feed, record, record.published, lang, site.page(record), words)
    xml: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return xml


def _entry(feed: ET.Element, record: Record, published: datetime, lang: Lang, page: str, words: Words) -> None:
    """Adds one opportunity. Its identifier stays the same after each amendment, and changes with each run."""
    entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
    posted = record.events.get("posted", published)
    run = f"-{record.run}" if record.run > 1 else ""
    _text(entry, "id", f"{record.url}#{lang}{run}")
    _text(entry, "title", _title(record, lang, words, amended=published > posted))
    _text(entry, "published", _stamp(posted))
    _text(entry, "updated", _stamp(published))
    _link(entry, "alternate", page, "text/html", lang)
    _link(entry, "related", record.url, "text/html")
    for skill in record.skills[lang]:
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": xml_text(skill)})
    _text(entry, "summary", "\n".join(_summary(record, lang, words)))


def _title(record: Record, lang: Lang, words: Words, *, amended: bool) -> str:
    change = "cancelled" if record.status == "cancelled" else "amended" if amended else ""
    title = record.title[lang]
    return words[change].format(title=title) if change else title


def _summary(record: Record, lang: Lang, words: Words) -> Iterator[str]:
    if record.short[lang]:
        yield record.short[lang]
    if record.price is not None:
        yield words["price"].format(amount=dollars(record.price, lang))
    if record.skills[lang]:
        yield words["skills"].format(skills=", ".join(record.skills[lang]))
    if record.phase == "open" and record.closing:
        yield words["until"].format(day=_day(record.closing, lang))
    else:
        yield words["over"]


def _day(day: date, lang: Lang) -> str:
    return format_date(day, "MMMM d, yyyy" if lang == "en" else "d MMMM yyyy", locale=LOCALES[lang])


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = xml_text(text)


def _link(parent: ET.Element, rel: str, href: str, kind: str, lang: Lang | None = None) -> None:
    more = {"hreflang": lang} if lang else {}
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "type": kind, "href": href, **more})


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def xml_text(text: str) -> str:
    """Removes the characters that neither XML nor a calendar can hold."""
    return re.sub(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


# --- calendar --------------------------------------------------------------------------------------------


def calendar(records: Iterable[Record], *, lang: Lang, page: Address, question_days: int, words: Words) -> bytes:
    """Returns closings, last days for questions, and deliveries, as whole days."""
    found = Calendar()
    found.add("prodid", f"-//micro-acquisition//{lang}")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        found.add(name, words["calendar"])
    found.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for record in records:
        if record.published:
            for what, day in _dates(record, question_days):
                found.add_component(_event(record, record.published, what, day, lang, page(record), words))
    return bytes(found.to_ical())


def _dates(record: Record, question_days: int) -> Iterator[tuple[str, date]]:
    if record.closing:
        yield "questions", add_business_days(record.closing, -question_days)
        yield "closing", record.closing
    if record.delivery:
        yield "delivery", record.delivery


def _event(record: Record, published: datetime, what: str, day: date, lang: Lang, page: str, words: Words) -> Event:
    """Returns one date. Its identifier stays when the date moves; its sequence number grows with every change."""
    home = urlsplit(record.url)
    event = Event()
    event.add("uid", f"{home.path.strip('/').replace('/', '-')}-{record.run}-{what}-{lang}@{home.hostname}")
    for name in ("dtstamp", "last-modified"):
        event.add(name, published.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", int((published - COUNTED_FROM) / timedelta(seconds=1)))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", vText(xml_text(words[what].format(title=record.title[lang]))), parameters={"LANGUAGE": lang})
    event.add("description", words["end"])
    event.add("url", page)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if record.status == "cancelled" else "CONFIRMED")
    return event
