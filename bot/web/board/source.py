"""The queries of the pages. The ledger answers all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.remote import Shown
from bot.pipeline.text.language import Lang
from bot.published.lists import Filters, Skill, Some
from bot.published.measures import Tally
from bot.published.record import Record


class OpportunityHistory(Protocol):
    """The facts of one opportunity, and its objects on GitHub."""

    @property
    def history(self) -> tuple[Recorded, ...]: ...
    @property
    def things(self) -> Mapping[str, Shown]: ...


class BoardSource(Protocol):
    """Queries about the opportunities."""

    def record(self, key: str) -> Record | None: ...
    def load(self, key: str) -> OpportunityHistory: ...
    def open_now(self, limit: int = ..., filters: Filters = ...) -> tuple[Record, ...]: ...
    def pipeline(self, limit: int = ..., filters: Filters = ...) -> dict[int, Some]: ...
    def past(self, page: int = ..., size: int = ..., filters: Filters = ...) -> Some: ...
    def skills(self, lang: Lang) -> list[Skill]: ...
    def years(self) -> dict[int, int]: ...
    def latest_change(self) -> int: ...
    def measured(self) -> Mapping[tuple[str, int], Tally]: ...
    def published(self, limit: int = ...) -> tuple[Record, ...]: ...
    def dated(self, since: date, limit: int = ...) -> tuple[Record, ...]: ...
    def numbered(self, after: tuple[str, int] = ..., limit: int = ...) -> list[tuple[str, Record]]: ...
    def numbered_before(self, before: tuple[str, int], limit: int = ...) -> list[tuple[str, Record]]: ...
    def all_records(self) -> Iterator[tuple[str, Record]]: ...


@dataclass(frozen=True)
class Place:
    """The addresses of a page in both languages, which differ in more than `en` and `fr`."""

    en: str
    fr: str

    def to(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.fr


FRONT = Place("/en/", "/fr/")
METRICS = Place("/en/metrics", "/fr/mesures")
FEED = Place("/en/feed.atom", "/fr/feed.atom")
CALENDAR = Place("/en/calendar.ics", "/fr/calendrier.ics")


def page_of(number: int) -> Place:
    """Returns the addresses of the page of an opportunity."""
    return Place(f"/en/opportunities/{number}", f"/fr/opportunites/{number}")
