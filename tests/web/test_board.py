"""The board, as a newcomer meets it: which opportunities there are, and where each stands, in both languages."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.ledger import Row
from bot.web.board import mount_board
from tests.tools import MESSAGES

ROWS = {
    "canada-ca/micro-acquisition#1": Row(5, "active", "A <b>bold</b> need"),
    "canada-ca/micro-acquisition#2": Row(2, "waitlisted", "Another"),
}


@pytest.fixture
async def people(aiohttp_client):
    app = web.Application()
    mount_board(app, lambda: ROWS, "https://github.com", MESSAGES.say)
    return await aiohttp_client(app)


async def test_the_front_page_is_in_the_visitors_language(people):
    answer = await people.get("/", headers={"Accept-Language": "fr-CA,en;q=0.5"}, allow_redirects=False)
    assert answer.headers["Location"] == "/fr/"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/", ("5 of 9 · Evaluation", "waiting for a place", "Français")),
        ("/fr/", ("5 de 9 · Évaluation", "English")),
    ],
)
async def test_each_opportunity_stands_where_it_is(people, address, words):
    page = await (await people.get(address)).text()
    for word in words:
        assert word in page
    assert "https://github.com/canada-ca/micro-acquisition/issues/1" in page
    assert f'<html lang="{address[1:3]}">' in page
    assert "<b>bold</b>" not in page


async def test_it_asks_nothing_of_third_parties_and_there_is_no_other_page(people):
    answer = await people.get("/en/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (await people.get("/static/board.css")).status == 200
    assert (await people.get("/de/")).status == 404
