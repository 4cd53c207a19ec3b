"""The pages for coordinators in a real browser: by keyboard alone, and with nothing in the way of anybody."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from bot.ledger import SHOWING, Delivery, Stuck
from sandbox.cast import HOME
from tests.journeys.play import stage as stage

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


async def enter(page, name: str) -> None:
    """Press Tab until what has the focus is called that, then Enter."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        said = await page.evaluate(
            "() => (document.activeElement.labels?.[0] || document.activeElement).innerText || ''"
        )
        if said.strip().startswith(name):
            break
    else:
        raise AssertionError(f"no Tab leads to {name}")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def sign_in(page, stage, person: str) -> None:
    await page.goto(f"{stage.board}/en/ops")
    await enter(page, "Sign in with GitHub")
    await page.select_option("#as", person)
    await page.focus("#as")
    await enter(page, "Authorize")


def troubled(ledger) -> None:
    """Something in every table."""
    now = datetime.now(UTC)
    reason = "labels: 403 Resource not accessible by integration, and a_very_long_word_" + "x" * 80
    ledger.hold(Stuck(f"{HOME}#12", SHOWING, reason, 7, 1, now - timedelta(hours=3), now + timedelta(minutes=9)))
    ledger.hold(Stuck(f"{HOME}!45", "people", "people have to act first", 1, 1, now, now + timedelta(minutes=9)))
    ledger.accept([Delivery(f"guid-{n}", "issues", f"{HOME}#14", now - timedelta(hours=n), b"{}") for n in range(3)])
    ledger.failed(ledger.unread(f"{HOME}#14")[0].id, "KeyError('x')", give_up=True)


async def test_by_keyboard_a_coordinator_signs_in_tries_again_and_signs_out(stage, browser):
    await stage.bot.engine.stop()
    troubled(stage.bot.ledger)
    page = await browser.new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await sign_in(page, stage, "coordinator")
    assert page.url == f"{stage.board}/en/ops"
    await enter(page, "Try everything again")
    assert "not been retried yet" in await page.inner_text("[role=status]")
    await enter(page, "Français")
    assert page.url == f"{stage.board}/fr/exploitation"
    await enter(page, "Se déconnecter")
    assert await page.get_by_role("link", name="Se connecter avec GitHub").count() == 1
    assert [line for line in wrong if "Policy" in line] == [], "where a policy stands in the way"
    stage.bot.ledger.release(f"{HOME}#12")


async def test_nothing_is_in_the_way_of_anybody(stage, browser, axe, tmp_path):
    await stage.bot.engine.stop()
    troubled(stage.bot.ledger)
    page = await browser.new_page()
    await page.goto(stage.sandbox.url)
    await sign_in(page, stage, "coordinator")
    outside = await browser.new_page()
    refused = await (await browser.new_context()).new_page()
    await sign_in(refused, stage, "supplier-1")
    assert await refused.get_by_role("alert").count() == 1
    for scheme in ("light", "dark"):
        for size in (PHONE, DESKTOP):
            for who, addresses in (
                (page, ("/en/ops", "/fr/exploitation")),
                (outside, ("/en/ops", "/fr/exploitation")),
                (refused, ("",)),
            ):
                await who.emulate_media(color_scheme=scheme)
                await who.set_viewport_size(size)
                for address in addresses:
                    if address:
                        await who.goto(stage.board + address)
                    await who.evaluate(axe)
                    found = await who.evaluate(
                        "async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])"
                    )
                    assert found == [], (scheme, size, address)
                    wide = await who.evaluate("() => document.documentElement.scrollWidth - innerWidth")
                    assert wide <= 0, f"{address} is {wide} wider than a {size['width']} screen"
                    broken = await who.evaluate(
                        "() => [...document.querySelectorAll('[aria-labelledby=recent] td:nth-child(2) code')]"
                        ".filter(one => one.getClientRects().length > 1).map(one => one.innerText)"
                    )
                    assert broken == [], f"{address} breaks words on a {size['width']} screen"
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/ops.png", full_page=True)
        await refused.screenshot(path=f"{folder}/ops-refused.png", full_page=True)
        await page.set_viewport_size(PHONE)
        await page.goto(f"{stage.board}/en/ops")
        await page.screenshot(path=f"{folder}/ops-phone.png", full_page=True)
