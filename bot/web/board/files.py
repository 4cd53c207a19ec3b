"""The files and feeds of the same opportunities, for programs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, jsonify, request, send_file

from bot.pipeline.calendar import eastern_date
from bot.pipeline.text.language import LANGS, OTHER_LANG, Lang
from bot.published import ocds
from bot.published.feeds import FeedAddresses, atom, calendar
from bot.published.record import RECORD_VERSION, Record
from bot.published.tracker import csv_lines, write_xlsx
from bot.web.board.pages import About
from bot.web.board.source import CALENDAR, FEED, FRONT, BoardSource, page_of

PROCESSES = 50
"""The number of opportunities in one package of open data."""

BEYOND = 10**9
"""A number higher than that of any opportunity, which databases can still compare."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_files(app: Flask, source: BoardSource, about: About) -> None:
    """Adds the addresses of the files and feeds."""

    feeds, tracker = about.catalogs["feeds"], about.catalogs["tracker"]

    def address() -> str:
        """Returns the address of the board: the configured one, because anyone can forge that of a request."""
        return about.home or request.host_url.rstrip("/")

    def page_in(lang: Lang) -> Callable[[Record], str]:
        home = address()
        return lambda record: home + page_of(record.number).to(lang)

    def feed(lang: Lang) -> Response:
        home, other = address(), OTHER_LANG[lang]
        site = FeedAddresses(home + FEED.to(lang), home + FEED.to(other), home + FRONT.to(lang), page_in(lang))
        found = atom(source.published(), lang=lang, site=site, publisher=about.policy.ocds.publisher, words=feeds[lang])
        return Response(found, mimetype="application/atom+xml")

    def dates(lang: Lang) -> Response:
        coming = source.dated(eastern_date(about.now()))
        days = about.policy.posting.question_days
        found = calendar(coming, lang=lang, page=page_in(lang), question_days=days, words=feeds[lang])
        return Response(found, mimetype="text/calendar")

    for lang in LANGS:
        app.add_url_rule(FEED.to(lang), f"feed-{lang}", lambda lang=lang: feed(lang))
        app.add_url_rule(CALENDAR.to(lang), f"calendar-{lang}", lambda lang=lang: dates(lang))

    def every() -> Iterator[Record]:
        return (record for _, record in source.all_records())

    def unless_unchanged(kind: str, make: Callable[[], Response]) -> Response:
        """Makes the long tracker only for a reader who does not have its latest version yet."""
        tag = f"{kind}-{RECORD_VERSION}-{source.latest_change()}"  # read first, so that a later change gets another tag
        answer = Response(status=304) if request.if_none_match.contains_weak(tag) else make()
        answer.set_etag(tag, weak=True)
        return answer

    @app.get("/tracker.csv")
    def csv() -> Response:
        return unless_unchanged(
            "csv", lambda: Response(map(str.encode, csv_lines(every(), tracker)), mimetype="text/csv")
        )

    @app.get("/tracker.xlsx")
    def xlsx() -> Response:
        return unless_unchanged("xlsx", workbook)

    def workbook() -> Response:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
        write_xlsx(every(), tracker, file)
        file.seek(0)
        return send_file(file, XLSX, download_name="tracker.xlsx", max_age=0)

    @app.get("/ocds/releases.json")
    def releases() -> Response:
        return package("releases.json", lambda every: every, ocds.release_package)

    @app.get("/ocds/records.json")
    def records() -> Response:
        return package("records.json", ocds.compiled_records, ocds.record_package)

    def package(name: str, form: Callable[[Any], Any], packed: Callable[..., Any]) -> Response:
        """Returns one page of a package; `after` is the number of the last opportunity on the page before."""
        repository = about.policy.repository.lower()
        after = min(max(0, request.args.get("after", 0, int)), BEYOND)
        following = source.numbered((repository, after), PROCESSES + 1)
        ours = [one for one in following if one[0].startswith(f"{repository}#")]
        some = ours[:PROCESSES]
        found: list[Any] = []
        for key, record in some:
            history = source.load(key).history
            found += form(
                ocds.releases(record.repository, record.number, history, about.policy, about.catalogs["ocds"])
            )
        here = f"{address()}/ocds/{name}"
        if not found:
            return Response(status=204)
        links = {"next": f"{here}?after={some[-1][1].number}" if len(ours) > PROCESSES else None}
        before = source.numbered_before((repository, some[0][1].number), PROCESSES + 1)
        if numbers := [record.number for key, record in before if key.startswith(f"{repository}#")]:
            links["prev"] = f"{here}?after={numbers[0]}" if len(numbers) > PROCESSES else here
        answer = jsonify(packed(found, uri=f"{here}?after={after}" if after else here, policy=about.policy, **links))
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer
