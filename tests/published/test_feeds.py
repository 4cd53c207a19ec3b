"""Feeds and calendars as the programs read them to which people subscribe."""

from dataclasses import replace
from datetime import date, datetime
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from bot.published.feeds import FeedAddresses, atom, calendar
from bot.published.record import Record, make_record
from tests.pipeline.desk import ISSUE, Need, need_at
from tests.tools import WORDS

A = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>&amp;\r\nDTSTART:19700101\x00\x0b\ud800 ]]> ,;\\ é 🙂"


def known(need: Need, **changes) -> Record:
    return replace(make_record(need.o, need.history, None), **changes)


def page(one: Record) -> str:
    return f"https://board.example/en/opportunities/{one.number}"


def feed(*records: Record, lang="en") -> ElementTree.Element:
    site = FeedAddresses(*(f"https://board.example/{name}" for name in ("en/feed.atom", "fr/feed.atom", "en/")), page)
    return ElementTree.fromstring(atom(records, lang=lang, site=site, publisher="ESDC", words=WORDS["feeds"][lang]))


def entries(*records: Record, lang="en") -> list[dict[str, str]]:
    return [
        {part.tag.removeprefix(A): part.text for part in one} for one in feed(*records, lang=lang).iter(f"{A}entry")
    ]


def events(*records: Record, lang="en") -> dict[str, dict]:
    """By what they are of."""
    text = calendar(records, lang=lang, page=page, question_days=2, words=WORDS["feeds"][lang])
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\n" not in text.replace(b"\r\n", b"")
    return {str(one["uid"]).split("-")[-2]: one for one in Calendar.from_ical(text).walk("VEVENT")}


def test_what_is_not_posted_is_in_no_feed():
    assert entries(known(need_at(4))) == []
    assert events(known(need_at(4))) == {}
    assert feed().find(f"{A}updated").text == "1970-01-01T00:00:00Z"


def test_a_new_opportunity_says_what_suppliers_need():
    [new] = entries(known(need_at(5)))
    assert new["id"] == f"{ISSUE}#en"
    assert new["title"] == "Azure policies"
    assert new["updated"] == new["published"]
    for words in ("Develop scripts.", "$6,500", "PowerShell, Azure", "until July 12, 2027, 11:59 p.m. Eastern"):
        assert words in new["summary"]
    [french] = entries(known(need_at(5)), lang="fr")
    assert (french["id"], french["title"]) == (f"{ISSUE}#fr", "Politiques Azure")
    assert "12 juillet 2027 à 23\u00a0h\u00a059, heure de l’Est" in french["summary"]
    links = {(link.get("rel"), link.get("hreflang")): link.get("href") for link in feed().iter(f"{A}link")}
    assert links["alternate", "fr"] == "https://board.example/fr/feed.atom"


@pytest.mark.parametrize(
    ("who", "says", "title"),
    [
        ("coordinator", "/extend 2027-07-19", "Amended: Azure policies"),
        ("client", "/cancel no need", "Cancelled: Azure policies"),
    ],
)
def test_an_amended_one_is_the_same_entry_and_newer(who, says, title):
    need = need_at(5)
    [before] = entries(known(need))
    [after] = entries(known(need.says(who, says)))
    assert (after["id"], after["published"]) == (before["id"], before["published"])
    assert after["updated"] > before["updated"]
    assert after["title"] == title


def test_an_answered_question_amends_it_and_an_application_does_not():
    need = need_at(5)
    [before] = entries(known(need))
    assert entries(known(need.says("supplier-1", "/interested confirm").says("supplier-1", "/ask Why?"))) == [before]
    [after] = entries(known(need.says("client", "/answer Q1 en: So. fr: Ainsi.")))
    assert after["updated"] > before["updated"]


def test_another_run_is_another_entry():
    need = need_at(5).closes()
    need.says("coordinator", "/repost")
    assert entries(known(need)) == []
    [again] = entries(known(need, published=need.now))
    assert again["id"] == f"{ISSUE}#en-2"


def test_the_dates_of_an_opportunity_are_whole_days():
    shown = events(known(need_at(5)))
    assert {what: one.decoded("dtstart") for what, one in shown.items()} == {
        "questions": date(2027, 7, 8),
        "closing": date(2027, 7, 12),
        "delivery": date(2027, 7, 30),
    }
    assert shown["closing"].decoded("dtend") == date(2027, 7, 13)
    assert str(shown["closing"]["summary"]) == "Applications close: Azure policies"
    assert str(shown["closing"]["uid"]) == "canada-ca-micro-acquisition-issues-12-1-closing-en@github.com"
    french = events(known(need_at(5)), lang="fr")
    assert str(french["closing"]["summary"]) == "Fermeture aux soumissions\u00a0: Politiques Azure"
    assert french["closing"]["uid"] != shown["closing"]["uid"]


def test_a_date_that_moves_is_the_same_event_in_a_later_version():
    need = need_at(5)
    before = events(known(need))["closing"]
    after = events(known(need.says("coordinator", "/extend 2027-07-19")))["closing"]
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("last-modified") > before.decoded("last-modified")
    assert after.decoded("dtstart") == date(2027, 7, 19)
    gone = events(known(need.says("client", "/cancel no need")))["closing"]
    assert (str(gone["status"]), gone["sequence"] > after["sequence"]) == ("CANCELLED", True)


def test_what_people_wrote_stays_text():
    one = known(need_at(5), title={"en": HOSTILE, "fr": HOSTILE}, skills={"en": (HOSTILE,), "fr": ()})
    [entry] = entries(one)
    assert entry["title"] == "<script>&amp;\nDTSTART:19700101 ]]> ,;\\ é 🙂"
    closing = events(one)["closing"]
    assert closing.decoded("dtstart") == date(2027, 7, 12)
    assert "DTSTART:19700101" in str(closing["summary"])


def test_asking_again_gives_the_same():
    one = known(need_at(7))
    for make in (
        lambda: calendar([one], lang="en", page=page, question_days=2, words=WORDS["feeds"]["en"]),
        lambda: ElementTree.tostring(feed(one)),
    ):
        assert make() == make()
    assert datetime.fromisoformat(entries(one)[0]["updated"]) == one.published


def test_both_languages_have_every_word():
    assert WORDS["feeds"]["en"].keys() == WORDS["feeds"]["fr"].keys()
