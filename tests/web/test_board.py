"""The board, as people meet it: what is open, what is on its way, one opportunity, the measures, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from string import Formatter
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from aiohttp import web

from bot.ledger import Ledger, Row
from bot.pipeline.model.fold import fold
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.remote import CommentState, Shown
from bot.published.recording import record_of
from bot.settings import load_labels
from bot.web.board import mount_board
from bot.web.board.charts import Bar, bars
from bot.web.board.pages import About
from tests.pipeline.desk import Need, body, need_at
from tests.tools import MESSAGES, WORDS

NOW = datetime(2027, 7, 6, 16, tzinfo=UTC)
HOME = "canada-ca/micro-acquisition"
PAGES = ("/en/", "/fr/", "/en/metrics", "/fr/mesures", "/en/opportunities/3", "/fr/opportunites/3", "/fr/nowhere")
PAGES += ("/en/opportunities/5", "/fr/opportunites/5")


def keep(ledger: Ledger, need: Need, number: int, **changes: str) -> None:
    """Commit a story's facts with its record, as turns do; of one that is there already, another."""
    history = tuple(need.history)
    known = replace(record_of(need.o, history, Policy(), NOW), number=number, **changes)
    row = Row(known.step, known.status, known.title["en"])
    key = f"{HOME}#{number}"
    ledger.commit(key, version=ledger.load(key).version, facts=history, row=row, record=known, unsettled=False)


def asked() -> Need:
    words = "Look:\n\n#### Why\n\n<script>alert(1)</script>"
    need = Need(text=body(title_en="A <b>bold</b> need", description_en=words)).at(5)
    need.says("supplier-1", "/interested confirm")
    need.says("supplier-1", "/ask May it be <i>Rust</i>?")
    return need.says("client", "/answer Q1 en: Yes.\nfr: Oui.")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """One opportunity just begun, one open, one in selection, one done and one cancelled."""
    ledger = Ledger(f"sqlite:///{tmp_path}/bot.db")
    ledger.upgrade()
    keep(ledger, Need(text=body(title_en="Begun", title_fr="Commencée")), 1)
    keep(ledger, need_at(6), 2)
    keep(ledger, asked(), 3)
    keep(ledger, need_at(4).says("coordinator", "/cancel the budget went elsewhere"), 4)
    keep(ledger, need_at(9).pull("ore", "open", 31).pull("ore", "merged", 31), 5)
    yield ledger
    ledger.close()


@pytest.fixture
def app(ledger: Ledger) -> web.Application:
    app = web.Application()
    mount_board(app, ledger, About(Policy(), MESSAGES.say, WORDS, lambda: NOW, "https://github.com"))
    return app


@pytest.fixture
async def people(app, aiohttp_client):
    return await aiohttp_client(app)


async def page(people, address: str) -> str:
    answer = await people.get(address)
    assert answer.status == 200, address
    return re.sub(r"[ \n]+", " ", await answer.text())


def test_the_words_are_the_same_in_both_languages():
    board = WORDS["board"]
    assert board["en"].keys() == board["fr"].keys()
    assert not board["en"].keys() & set(dir(dict)), "a template would show the method"
    for name, english in board["en"].items():
        french = board["fr"][name]
        blanks = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (english, french)]
        assert blanks[0] == blanks[1], name
        assert not re.search(r"(?<![\u00a0\w])[:;!?%]| [:;!?$%]", french), name


async def test_the_front_page_is_in_the_visitors_language(people):
    answer = await people.get("/", headers={"Accept-Language": "fr-CA,en;q=0.5"}, allow_redirects=False)
    assert answer.headers["Location"] == "/fr/"


async def test_a_supplier_sees_what_is_open_what_it_pays_and_until_when(people):
    english = await page(people, "/en/")
    offer = english[english.index('<article class="offer">') : english.index("</article>")]
    assert "A &lt;b&gt;bold&lt;/b&gt; need" in offer
    assert "$6,500</strong> before taxes" in offer
    assert "July 12, 2027</strong>, 11:59 p.m. Eastern" in offer
    assert "6 days left" in offer
    assert "<code>/interested</code>" in offer
    french = await page(people, "/fr/")
    assert "6\u00a0500\u00a0$</strong> avant taxes" in french
    assert "encore 6\u00a0jours" in french


async def test_the_pipeline_says_where_each_is_and_whom_it_waits_for(people):
    english = await page(people, "/en/")
    first = english[english.index('<span class="number">1</span>') : english.index('<span class="number">2</span>')]
    assert "Begun" in first
    assert "Waits for a coordinator" in first


def offers(shown: str) -> list[str]:
    return re.findall(r'<article class="offer">.*?</article>', shown)


async def test_a_supplier_finds_open_ones_by_words_skill_amount_and_year(people, ledger):
    keep(ledger, Need(text=body(title_en="Maps of rivers", skills_en="Rust", price="3,000")).at(5), 6)
    assert len(offers(await page(people, "/en/"))) == 2
    for search in ("text=RIVER", "skill=rust", "most=3000", "text=maps&least=2999&year=2027&status=open"):
        (found,) = offers(await page(people, f"/en/?{search}"))
        assert "Maps of rivers" in found, search
    for search in ("text=rivers&least=3001", "skill=cobol", "year=2026", "status=pipeline", "status=done"):
        assert offers(await page(people, f"/en/?{search}")) == [], search
    assert "Nothing here fits this search." in await page(people, "/en/?skill=cobol&status=open")


async def test_one_form_searches_all_and_says_how_many_are_found_where(people):
    shown = await page(people, "/en/?text=powershell")
    assert '<a href="/en/">Clear the search</a>' in shown
    assert shown.index("<form") < shown.index('<h2 id="open">')
    found = re.search(r'role="status">(.*?)</p>', shown)[1]
    assert re.findall(r'href="#(\w+)">([^<]+)<', found) == [
        ("open", "Open for applications: 1"),
        ("pipeline", "In progress: 3"),
        ("past", "Past opportunities: 2"),
    ]
    assert shown.count('<li class="column') == 3, "steps without any are left out"
    for status, headings in (("open", ["open"]), ("pipeline", ["pipeline"]), ("cancelled", ["past"])):
        shown = await page(people, f"/fr/?status={status}")
        assert re.findall(r'<h2 id="(\w+)"', shown) == headings
    assert shown.count('<option value="">Toutes</option>') == 2
    assert shown.count('<option value="">Tous</option>') == 1


async def test_who_finds_nothing_open_is_led_to_what_tells_of_the_next(people, ledger):
    keep(ledger, need_at(6), 3)
    shown = await page(people, "/fr/")
    told = shown[shown.index("Rien n’est ouvert") : shown.index('id="pipeline"')]
    assert re.findall(r'href="([^"]+)"', told) == ["/fr/feed.atom", "/fr/calendrier.ics"]


async def test_past_ones_are_found_by_what_they_are(people):
    every = await page(people, "/en/")
    assert every.count('data-label="Result"><span class="state') == 2
    only = await page(people, "/en/?status=cancelled&text=")
    cell = 'data-label="Result"><span class="state'
    assert only.count(f"{cell} cancelled") == only.count(cell) == 1
    assert "Past opportunities: 1" in only
    assert 'href="/fr/?status=cancelled&amp;text="' in only, "the other language keeps the search"
    assert "Nothing here fits" in await page(people, "/en/?least=9000&year=x&most=-1&page=0")


async def test_one_opportunity_tells_its_whole_story(people):
    english = await page(people, "/en/opportunities/3")
    assert "<script>alert" not in english
    assert "<h3>Why</h3>" in english
    assert "May it be &lt;i&gt;Rust&lt;/i&gt;?" in english
    assert "supplier-1 asked question 1." in english
    assert 'aria-current="step"' in english
    done = await page(people, "/fr/opportunites/5")
    assert "make .venv/run .venv/bin/python -m bot verify-draw canada-ca/micro-acquisition#5" in done
    assert 'réussite</span> <p class="why">because of three years of such work</p>' in done, (
        "with the reason that stands in the thread"
    )
    assert "le code est dans l’Échange" in done
    assert 'href="/en/opportunities/5" lang="en"' in done


@pytest.mark.parametrize("sign", ["\u202e", "\u2067"])
async def test_what_people_write_turns_nothing_around_it(people, ledger, sign):
    text = body(title_en=f"{sign}Backwards", description_en=f"{sign}Why")
    keep(ledger, Need(text=text).at(5).says("supplier-1", f"/ask {sign}When?"), 6)
    for address, words in (("/en/", "Backwards"), ("/fr/opportunites/6", "When?"), (f"/en/?text={sign}x", 'value="x"')):
        shown = await page(people, address)
        assert sign not in shown
        assert words in shown


def entered() -> Need:
    return need_at(9).pull("ore", "open", 31).pull("ore", "merged", 31)


async def test_the_entry_is_the_merged_file_of_the_exchange(people, ledger):
    entry = "https://github.com/canada-ca/ore-ero"
    keep(ledger, entered(), 5, entry=f"{entry}/pull/31")
    file = f"{entry}/blob/HEAD/_data/code/federal/esdc-edsc.yml"
    for address in ("/en/", "/fr/", "/en/opportunities/5", "/fr/opportunites/5"):
        assert f'href="{file}"' in await page(people, address)
    assert f'href="{entry}/pull/31">La demande de tirage' in await page(people, "/fr/opportunites/5")
    keep(ledger, need_at(9).pull("ore", "open", 31), 6, entry=f"{entry}/pull/31")
    assert "/blob/" not in await page(people, "/en/opportunities/6"), "it is not there before the merge"


async def test_an_entry_that_is_elsewhere_is_called_a_pull_request(ledger, aiohttp_client):
    keep(ledger, entered(), 5, entry="https://github.com/canada-ca/ore-ero/pull/31")
    policy = Policy.model_validate({"exchange": {"repository": "canada-ca/moved"}})
    app = web.Application()
    mount_board(app, ledger, About(policy, MESSAGES.say, WORDS, lambda: NOW, "https://github.com"))
    shown = await page(await aiohttp_client(app), "/fr/")
    assert '/canada-ca/ore-ero/pull/31">demande de tirage<span' in shown
    assert "/blob/" not in shown


async def test_the_draw_is_proved_from_what_was_announced(people, ledger):
    shown = await page(people, "/fr/opportunites/5")
    assert 'href="https://www.rfc-editor.org/rfc/rfc3797"' in shown
    assert "<code>docs/tirage.md</code>" in shown
    pool = "".join(f"{login}\n" for login in fold(HOME, 5, ledger.load(f"{HOME}#5").history).announced.pool)
    assert f"<code>{sha256(pool.encode()).hexdigest()}</code>" in shown
    assert "#issuecomment" not in shown
    number = fold(HOME, 5, ledger.load(f"{HOME}#5").history).announced.round
    ledger.show(f"{HOME}#5", Shown(f"comment draw {number}", "digest", remote=CommentState(77)))
    shown = await page(people, "/en/opportunities/5")
    assert '#issuecomment-77">The comment that announced the draw' in shown


async def test_labels_in_the_history_say_what_they_say_on_github(ledger, aiohttp_client):
    labels = {label.name: label.description for label in load_labels("config/labels.yaml")}
    app = web.Application()
    mount_board(app, ledger, About(Policy(), MESSAGES.say, WORDS, lambda: NOW, "https://github.com", labels=labels))
    people = await aiohttp_client(app)
    assert "Étiquette paid (fournisseur payé) posée." in await page(people, "/fr/opportunites/5")
    assert "Set the label paid (supplier paid)." in await page(people, "/en/opportunities/5")


async def test_the_tracker_is_sent_again_only_after_a_change(people, ledger):
    tags = set()
    for address in ("/tracker.csv", "/tracker.xlsx"):
        tag = (await people.get(address)).headers["ETag"]
        again = await people.get(address, headers={"If-None-Match": tag})
        assert (again.status, again.headers["ETag"], await again.read()) == (304, tag, b"")
        assert "no-cache" in again.headers["Cache-Control"]
        tags.add(tag)
    assert len(tags) == 2
    keep(ledger, Need(), 6)
    for address in ("/tracker.csv", "/tracker.xlsx"):
        for tag in tags:
            assert (await people.get(address, headers={"If-None-Match": tag})).status == 200


async def test_what_is_not_there_says_so_in_the_visitors_language(people):
    for address, words in (("/fr/opportunites/99", "Il n’y a rien ici"), ("/en/nowhere", "There is nothing here")):
        answer = await people.get(address)
        assert (answer.status, words in await answer.text()) == (404, True)


async def test_all_suppliers_are_waited_for_while_applications_are_open(people):
    assert "Waits for suppliers" in await page(people, "/en/opportunities/3")
    assert "En attente des fournisseurs" in await page(people, "/fr/opportunites/3")


async def test_where_nothing_is_the_other_language_is_one_step_away(people):
    for address, there in (
        ("/fr/opportunites/99", "/en/opportunities/99"),
        ("/en/opportunities/99", "/fr/opportunites/99"),
        ("/en/nowhere", "/fr/"),
        ("/frog", "/fr/"),
    ):
        said = await (await people.get(address)).text()
        assert re.findall(r'class="language"><a href="([^"]+)"', said) == [there]
        assert "aria-current" not in said  # it is none of the pages in the menu
    said = await (await people.get("/nowhere", headers={"Accept-Language": "fr-CA"})).text()
    assert "Il n’y a rien ici" in said


@pytest.mark.parametrize("far", ["2", "99999999999999999999"])
async def test_a_page_beyond_the_last_leads_to_the_last(people, far):
    answer = await people.get("/en/", params={"page": far, "status": "done"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "?status=done&page=1#past")
    assert (await people.get("/ocds/releases.json", params={"after": far * 10})).status == 204


@pytest.mark.parametrize("name", ["text", "skill", "status", "year", "least", "most", "page"])
async def test_what_no_keyboard_types_is_looked_for_without_harm(people, name):
    for odd in ("\0", "a\0b", "\ud7ff\uffff", "-1", "1e999", "<i>", "x" * 3000):
        said = await page(people, f"/en/?{urlencode({name: odd})}")
        assert "\0" not in said
        assert "<i>" not in said


async def test_everything_is_asked_for_again_but_styles(people):
    for address in ("/en/", "/en/nowhere", "/tracker.csv", "/tracker.xlsx", "/ocds/records.json", "/fr/feed.atom"):
        assert "no-cache" in (await people.get(address)).headers["Cache-Control"], address


async def test_in_the_sandbox_every_link_to_github_leads_into_it(ledger, aiohttp_client):
    sandbox = "127.0.0.1:8090"
    policy = Policy(repository_hosts=("github.com", sandbox))
    app = web.Application()
    about = About(policy, MESSAGES.say, WORDS, lambda: NOW, f"http://{sandbox}", api=f"http://{sandbox}")
    mount_board(app, ledger, about)
    people = await aiohttp_client(app)
    for address in ("/en/", "/fr/opportunites/5"):
        assert f'href="http://{sandbox}/supplier-1/policies"' in await page(people, address)
    shown = await page(people, "/en/opportunities/5")
    assert f"GITHUB_API_URL=http://{sandbox} .venv/bin/python -m bot verify-draw {HOME}#5" in shown


async def test_the_measures_say_what_is_known_and_what_is_not(people):
    english = await page(people, "/en/metrics")
    assert "<svg" in english
    assert "more than 1" in english
    assert "In ESDC’s one case" in english


async def test_a_page_is_kept_until_something_changes(people, ledger):
    first = await people.get("/en/")
    again = await people.get("/en/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, first.headers["Cache-Control"]) == (304, "public, no-cache")
    keep(ledger, Need(), 6)
    assert (await people.get("/en/", headers={"If-None-Match": first.headers["ETag"]})).status == 200


async def test_pages_travel_zipped_and_say_the_same(people):
    for address in ("/en/", "/fr/feed.atom", "/en/calendar.ics", "/ocds/releases.json"):
        plain = await people.get(address, headers={"Accept-Encoding": "identity"})
        zipped = await people.get(address, headers={"Accept-Encoding": "gzip"})
        assert ("Content-Encoding" in plain.headers, zipped.headers["Content-Encoding"]) == (False, "gzip")
        assert "Accept-Encoding" in zipped.headers["Vary"]
        assert await plain.read() == await zipped.read()
        assert int(zipped.headers["Content-Length"]) < int(plain.headers["Content-Length"])


async def test_it_asks_nothing_of_third_parties_and_lets_nobody_frame_it(people):
    answer = await people.get("/en/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    styles = re.findall(r'rel="stylesheet" href="([^"]+)"', await answer.text())
    assert len(styles) == 2
    for style in styles:
        got = await people.get(style, headers={"Accept-Encoding": "gzip"})
        assert (got.status, got.headers["Content-Encoding"]) == (200, "gzip")
        assert "immutable" in got.headers["Cache-Control"]
        assert not re.search(r"url\(['\"]?(https?:)?//", await got.text())


@pytest.mark.parametrize(
    "address", ["/en/feed.atom", "/fr/calendrier.ics", "/ocds/releases.json", "/ocds/records.json"]
)
async def test_no_request_says_where_links_lead_where_the_boards_address_is_set(ledger, aiohttp_client, address):
    app = web.Application()
    about = About(Policy(), MESSAGES.say, WORDS, lambda: NOW, "https://github.com", home="https://board.example")
    mount_board(app, ledger, about)
    people = await aiohttp_client(app)
    text = await (await people.get(address, headers={"Host": "evil.example"})).text()
    text = text.replace("\r\n ", "")  # a calendar's lines are folded
    assert "https://board.example/" in text
    assert "evil.example" not in text


async def test_feeds_calendars_and_files_hold_the_same_opportunities(people):
    feed = ElementTree.fromstring(await (await people.get("/fr/feed.atom")).read())
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) >= 3
    assert "BEGIN:VEVENT" in await (await people.get("/en/calendar.ics")).text()
    rows = list(csv.reader(io.StringIO((await (await people.get("/tracker.csv")).text()).removeprefix("\ufeff"))))
    assert len(rows) == 1 + 5
    assert (await (await people.get("/tracker.xlsx")).read()).startswith(b"PK")
    for name, key in (("releases", "releases"), ("records", "records")):
        package = json.loads(await (await people.get(f"/ocds/{name}.json")).text())
        assert package["version"] == "1.1"
        assert package[key]


def test_a_chart_says_in_words_what_it_draws():
    drawn = bars([Bar("A <b>", 2.0, "2 days", {"planned": 4.0}), Bar("B", None, "—")], title="T", description="D")
    assert "A &lt;b&gt;" in drawn
    assert 'role="img"' in drawn
    assert ElementTree.fromstring(drawn) is not None


# --- in a browser ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_nothing_is_in_the_way_of_anybody(people, browser, axe, width, scheme):
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        bypass_csp=True,
        base_url=str(people.make_url("/")),
    )
    page = await context.new_page()
    for address in PAGES:
        await page.goto(address)
        for hidden in await page.query_selector_all("details"):
            await hidden.evaluate("(element) => { element.open = true }")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} is too wide"
        await page.evaluate(axe)
        found = await page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
        assert found == [], address
        assert await page.locator("h1").count() == 1
    await context.close()


async def test_by_keyboard_alone_from_the_front_page_to_an_opportunity(people, browser):
    page = await browser.new_page(base_url=str(people.make_url("/")))
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await page.goto("/en/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == "Skip to main content"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("bold")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert "text=bold" in page.url
    assert (
        await page.inner_text("[role=status]") == "Found: Open for applications: 1 In progress: 1 Past opportunities: 0"
    )
    await page.focus("[role=status] a")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert page.url.endswith("/en/opportunities/3")
    async with page.expect_navigation():
        await page.click("text=Français")
    assert page.url.endswith("/fr/opportunites/3")
    assert wrong == []
