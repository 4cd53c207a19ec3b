"""The board in a real browser, by people who use no mouse, enlarge it, or print it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.async_api import Page

from tests.web.test_board import PAGES
from tests.web.test_board import app as app
from tests.web.test_board import ledger as ledger
from tests.web.test_board import people as people

REACHABLE = "a[href], button, input, select, summary, [tabindex='0']"

FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  const shown = style.outlineStyle != 'none' && parseFloat(style.outlineWidth) >= 2 || style.boxShadow != 'none';
  const round = element == document.body || 'reached' in element.dataset;
  element.dataset.reached = 'yes';
  return [element.outerHTML.slice(0, 120), shown && box.width > 0 && box.right > 0, round];
}"""

CONTRAST = """() => [...document.querySelectorAll('main *, header p')].filter(element => {
  const style = getComputedStyle(element);
  const own = [...element.childNodes].some(one => one.nodeType == 3 && one.data.trim());
  const light = colour => colour.match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) > 500;
  return own && element.checkVisibility() && style.printColorAdjust != 'exact' && light(style.color);
}).map(element => element.outerHTML.slice(0, 120))"""
"""Words in a light colour, which nobody could read where a printer leaves backgrounds out."""


@pytest.fixture
async def sheet(people, browser) -> Page:
    return await browser.new_page(base_url=str(people.make_url("/")))


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_tab_key_reaches_everything_and_shows_where_it_is(sheet, width):
    await sheet.set_viewport_size({"width": width, "height": 800})
    for address in PAGES:
        await sheet.goto(address)
        for hidden in await sheet.query_selector_all("details"):
            await hidden.evaluate("(element) => { element.open = true }")
        await sheet.evaluate("document.activeElement.blur()")
        for _ in range(await sheet.locator(REACHABLE).count() + 1):
            await sheet.keyboard.press("Tab")
            what, shown, round_again = await sheet.evaluate(FOCUSED)
            if round_again:
                break
            assert shown, f"{address}: the focus is not seen on {what}"
        missed = f":is({REACHABLE}):not([data-reached])"
        assert await sheet.locator(missed).evaluate_all("all => all.map(one => one.outerHTML)") == [], address


async def test_headings_lead_from_one_level_to_the_next_and_each_landmark_has_a_name(sheet):
    for address in PAGES:
        await sheet.goto(address)
        levels = await sheet.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), (address, levels)
        for landmark in ("main", "header.top", "footer.bottom", "nav[aria-label]"):
            assert await sheet.locator(landmark).count() >= 1, (address, landmark)


async def test_on_the_narrowest_screen_with_wider_spacing_nothing_is_cut_off(sheet):
    await sheet.set_viewport_size({"width": 320, "height": 640})
    for address in PAGES:
        await sheet.goto(address)
        await sheet.evaluate(
            "for (const one of document.querySelectorAll('body *')) { one.style.letterSpacing = '.12em';"
            " one.style.wordSpacing = '.16em'; one.style.lineHeight = '1.5' }"
        )
        assert await sheet.evaluate("document.documentElement.scrollWidth") <= 320, address
        cut = await sheet.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,p,dd,dt,li,summary')]"
            ".filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1).map(one => one.outerHTML)"
        )
        assert cut == [], address


@pytest.mark.parametrize("width", [360, 1280, 1920])
@pytest.mark.parametrize("address", ["/en/", "/fr/"])
async def test_the_name_of_a_step_is_one_line_of_whole_words(sheet, address, width):
    await sheet.set_viewport_size({"width": width, "height": 900})
    await sheet.goto(address)
    heights = await sheet.evaluate("[...document.querySelectorAll('.column h3')].map(one => one.offsetHeight)")
    assert len(set(heights)) == 1, heights


@pytest.mark.parametrize("address", ["/en/metrics", "/fr/mesures"])
async def test_the_words_of_a_chart_are_seen_whole(sheet, address):
    await sheet.goto(address)
    cut = await sheet.evaluate(
        "[...document.querySelectorAll('.chart text')]"
        ".filter(one => one.getBBox().width > one.ownerSVGElement.viewBox.baseVal.width).map(one => one.textContent)"
    )
    assert cut == []


@pytest.mark.parametrize("address", ["/en/", "/fr/", "/en/metrics", "/fr/mesures"])
async def test_on_a_phone_no_column_of_a_table_is_out_of_sight(sheet, address):
    await sheet.set_viewport_size({"width": 360, "height": 800})
    await sheet.goto(address)
    hidden = await sheet.evaluate(
        "[...document.querySelectorAll('.wide')].map(one => one.scrollWidth - one.clientWidth).filter(more => more > 0)"
    )
    assert hidden == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_printed_it_is_dark_on_white_without_what_only_a_screen_can_do(sheet, scheme):
    await sheet.emulate_media(media="print", color_scheme=scheme)
    await sheet.set_viewport_size({"width": 720, "height": 960})
    for address in PAGES:
        await sheet.goto(address)
        assert await sheet.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert await sheet.evaluate(CONTRAST) == [], address
        assert await sheet.evaluate("document.documentElement.scrollWidth") <= 720, f"{address} is wider than paper"
        for gone in (".site", ".search", ".btn", ".bottom"):
            assert await sheet.locator(f"{gone}:visible").count() == 0, (address, gone)
