"""The pages: all opportunities, one opportunity, and the measures of the pilot; each in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from bot.documents.amounts import dollars
from bot.documents.catalogs import Catalog
from bot.pipeline.model.fold import fold
from bot.pipeline.model.policy import Policy
from bot.pipeline.reading import protection
from bot.pipeline.text.language import LANGS, OTHER_LANG, Lang
from bot.published.lists import Filters, Some
from bot.published.measures import Measure, measures
from bot.web.board.charts import Bar, bars
from bot.web.board.ops import OperationsSource
from bot.web.board.showing import Presenter, Say, prose
from bot.web.board.source import CALENDAR, FEED, FRONT, METRICS, BoardSource, Place, page_of

SIZE = 20
"""The number of past opportunities on one page."""

PARTS = ("open", "pipeline", "past")
"""The lists of the front page."""

SEARCH_STATUSES = {"open": ("open",), "pipeline": ("pipeline",), "done": ("past",), "cancelled": ("past",)}
"""The statuses of the search, each with the lists that hold such opportunities."""

LAST = 10**6
"""The highest number of a page, which databases can still multiply."""


@dataclass(frozen=True)
class About:
    """The settings of the pages: policy, messages, words, clock, and the address of GitHub's pages.

    `operating` answers the pages for coordinators; None where nobody can sign in.
    """

    policy: Policy
    say: Say
    catalogs: Mapping[str, Catalog]
    """The words of the pages, by topic."""
    now: Callable[[], datetime]
    github: str
    operating: OperationsSource | None = None
    home: str = ""
    """The configured address of the board; empty if there is none."""
    api: str = ""
    """The address of GitHub's API unless it is github.com's; the command that checks a draw needs it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The bilingual description of each label on GitHub."""


def add_pages(app: Flask, source: BoardSource, about: About) -> None:
    """Adds the addresses of the pages."""

    def show(template: str, view: Presenter, place: Place, **values: Any) -> str:
        query = urlencode(list(request.args.items(multi=True)))
        other = OTHER_LANG[view.lang]
        there = place.to(other) + (f"?{query}" if query else "")
        shared = {"lang": view.lang, "words": view.words, "view": view, "place": place, "other": other, "there": there}
        return render_template(template, **shared, **values)

    def view_of(lang: Lang) -> Presenter:
        return Presenter(lang, about.now(), about.say, about.policy, about.catalogs, about.labels)

    @app.get("/")
    def door() -> Response:
        answer = redirect(FRONT.to(language_of("")))
        answer.headers["Vary"] = "Accept-Language"
        return answer

    def front(lang: Lang) -> str | Response:
        filters, typed = _filters(request.args)
        shown = SEARCH_STATUSES.get(typed["status"], PARTS)

        def at_page(number: int) -> str:
            return "?" + urlencode({**{k: v for k, v in typed.items() if v}, "page": number}) + "#past"

        page = min(max(1, request.args.get("page", 1, int)), LAST)
        some = source.past(page, SIZE, filters) if "past" in shown else Some((), 0)
        pages = max(1, -(-some.total // SIZE))
        view = view_of(lang)
        if page > pages:  # an old address: there were more pages
            return redirect(at_page(pages))
        open_now = source.open_now(filters=filters) if "open" in shown else ()
        steps = source.pipeline(filters=filters) if "pipeline" in shown else {}
        going = Some((), sum(step.total for step in steps.values()), any(step.more for step in steps.values()))
        found = {"open": Some((), len(open_now)), "pipeline": going, "past": some}
        return show(
            "front.html",
            view,
            FRONT,
            shown=shown,
            found={part: view.count(found[part]) for part in shown},
            open=open_now,
            steps=steps,
            past=some,
            feed=FEED,
            calendar=CALENDAR,
            statuses=tuple(SEARCH_STATUSES),
            typed=typed,
            searched=any(typed.values()),
            skills=source.skills(lang),
            years=source.years(),
            page=page,
            pages=pages,
            at_page=at_page,
        )

    def opportunity(lang: Lang, number: int) -> str:
        key = f"{about.policy.repository.lower()}#{number}"
        record = source.record(key)
        if record is None:
            abort(404)
        loaded, view = source.load(key), view_of(lang)
        opportunity = fold(record.repository, number, loaded.history)
        text = opportunity.statement.text(lang)
        parts = [part for part in (text.description, text.opportunity) if part]
        hidden = protection.kinds_in(f"{opportunity.title}\n\n{opportunity.body}")
        description = Markup("").join(prose(part) for part in parts) if not hidden else Markup("")
        return show(
            "opportunity.html",
            view,
            page_of(number),
            record=record,
            opportunity=opportunity,
            loaded=loaded,
            description=description,
            repository=about.policy.repository,
            api=about.api,
        )

    def metrics(lang: Lang) -> str:
        found, view = measures(source.measured()), view_of(lang)
        groups = [
            _group(view, [found[name] for name in GOALS], "goals", together=False),
            _group(view, [found[name] for name in DURATIONS], "durations", together=True),
            _group(view, [one for name, one in found.items() if name in IN_STEPS], "days-steps", together=True),
        ]
        years = sorted({year for one in found.values() for year in one.years})
        of_year = [(year, [found[name] for name in BY_YEAR]) for year in years]
        by_year = [(year, [_figure(one, one.years.get(year), view) for one in some]) for year, some in of_year]
        return show("metrics.html", view, METRICS, groups=groups, by_year=by_year, columns=BY_YEAR)

    for lang in LANGS:
        at = page_of(0).to(lang).removesuffix("0")
        _add(app, FRONT.to(lang), front, lang)
        _add(app, f"{at}<int:number>", opportunity, lang)
        _add(app, METRICS.to(lang), metrics, lang)


def _add(app: Flask, address: str, page: Callable[..., str | Response], lang: Lang) -> None:
    app.add_url_rule(address, f"{page.__name__}-{lang}", lambda **values: page(lang, **values))


def language_of(path: str) -> Lang:
    """Returns the language of an address, or the one that the browser prefers."""
    for lang in LANGS:
        if path.startswith(f"/{lang}/"):
            return lang
    wish = request.accept_languages.best_match(["en", "fr", "en-CA", "fr-CA"], "en")
    return "fr" if wish.startswith("fr") else "en"


def in_other_language(lang: Lang) -> str:
    """Returns the requested address in the other language; the front page for an unknown address."""
    other = OTHER_LANG[lang]
    name, _, ending = (request.endpoint or "").rpartition("-")
    return url_for(f"{name}-{other}", **(request.view_args or {})) if ending == lang else FRONT.to(other)


def _filters(args: Mapping[str, str]) -> tuple[Filters, dict[str, str]]:
    """Returns the filters and the typed values. Filters leave out invalid values."""
    longest = {"text": 100, "skill": 100, "status": 100, "year": 100, "least": 20, "most": 20}
    typed = {n: " ".join(args.get(n, "").replace("\0", " ").split())[:many] for n, many in longest.items()}
    status, year = typed["status"], typed["year"]
    return Filters(
        skill=typed["skill"],
        status=status if status in ("done", "cancelled") else None,  # type: ignore[arg-type]
        year=int(year) if year.isdecimal() and len(year) == 4 else None,
        least=_amount(typed["least"]),
        most=_amount(typed["most"]),
        text=typed["text"],
    ), typed


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**9 else None


# --- measures --------------------------------------------------------------------------------------------

GOALS = ("applications", "posted", "contracted", "delivered", "splitting")
DURATIONS = ("days-to-receive", "days-to-pay", "days-to-done")
IN_STEPS = tuple(f"days-{step}" for step in range(1, 10))
BY_YEAR = ("posted", "applications", "contracted", "delivered", "value")


def _group(view: Presenter, some: list[Measure], name: str, *, together: bool) -> dict[str, Any]:
    """Returns a chart and the rows of the table beside it."""
    rows = [_row(view, one) for one in some]
    drawn = [
        Bar(row["name"], None if one.value is None else float(one.value), row["value"], _lines(one))
        for row, one in zip(rows, some, strict=True)
    ]
    description = ("\u00a0; " if view.lang == "fr" else "; ").join(view.words["chart"].format(**row) for row in rows)
    chart = bars(drawn, title=view.words[name], description=description, together=together)
    return {"name": name, "rows": rows, "chart": chart}


def _row(view: Presenter, one: Measure) -> dict[str, Any]:
    kind = one.kind
    step = one.name.removeprefix("days-")
    target = _figure(one, kind.target, view) if kind.target is not None else ""
    if target and (kind.above or kind.most):
        target = view.words["above" if kind.above else "at-most"].format(target=target)
    return {
        "name": f"{step}. {view.step(int(step))}" if step.isdigit() else view.words[f"m-{one.name}"],
        "value": _figure(one, one.value, view),
        "of": one.of,
        "target": target,
        "met": one.met,
        "planned": kind.planned,
        "actual": kind.actual,
    }


def _lines(one: Measure) -> dict[str, float]:
    """Returns the lines of a bar: target, plan and actual value."""
    kind = one.kind
    found = {"target": kind.target, "planned": kind.planned, "actual": kind.actual}
    return {name: float(value) for name, value in found.items() if value is not None}


def _figure(one: Measure, value: Fraction | None, view: Presenter) -> str:
    if value is None:
        return "—"
    number = float(value)
    comma = "," if view.lang == "fr" else "."
    match one.kind.unit:
        case "share":
            return f"{number * 100:.0f}" + ("\u00a0%" if view.lang == "fr" else "%")
        case "cents":
            return dollars(Decimal(int(value)) / 100, view.lang)
        case "days":
            shown = round(number, 1)
            single = shown < 2 if view.lang == "fr" else shown == 1
            return view.words["day" if single else "days"].format(
                count=f"{number:.1f}".removesuffix(".0").replace(".", comma)
            )
        case _:
            return f"{number:.1f}".removesuffix(".0").replace(".", comma)
