"""The pages in a real browser: everything by keyboard, and nothing that axe finds in the way of anybody."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page

from sandbox import Sandbox
from tests.browser import axe as axe
from tests.browser import browser as browser
from tests.sandbox.caller import Cast
from tests.sandbox.visitor import HOME

R = "/repos" + HOME


@pytest.fixture
async def page(sandbox: Sandbox, browser: Browser) -> Page:
    return await browser.new_page(base_url=sandbox.url)


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called that."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        said = await page.evaluate(
            "() => { const e = document.activeElement;"
            " return e.getAttribute('aria-label') || (e.labels && e.labels[0] || e).innerText || '' }"
        )
        if said.strip().startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name}")


async def become(page: Page, login: str) -> None:
    await tab_to(page, "You are")
    await page.keyboard.type(login)
    await enter(page, "Change")


async def enter(page: Page, name: str) -> None:
    await tab_to(page, name)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_by_keyboard_a_client_opens_an_issue_and_a_coordinator_labels_and_ticks(
    sandbox: Sandbox, cast: Cast, page: Page
) -> None:
    await cast.person("coordinator").post(R + "/labels", {"name": "eligible", "description": "May be bought"})
    await page.goto(HOME)
    await become(page, "client")
    await enter(page, "New issue")
    await enter(page, "A blank issue")
    await tab_to(page, "Title")
    await page.keyboard.type("A need")
    await tab_to(page, "Description")
    await page.keyboard.type("- [ ] public")
    await enter(page, "Submit")
    assert await page.title() == "A need · #1 · canada-ca/micro-acquisition"

    await become(page, "coordinator")
    await tab_to(page, "Change labels")
    await page.keyboard.press("Enter")
    await tab_to(page, "eligible")
    await page.keyboard.press("Space")
    await enter(page, "Save labels")
    await tab_to(page, "public")
    await page.keyboard.press("Space")
    await enter(page, "Save boxes")
    issue = (await cast.nobody().get(R + "/issues/1")).body
    assert (issue["title"], issue["body"]) == ("A need", "- [x] public")
    assert [label["name"] for label in issue["labels"]] == ["eligible"]
    who = [(body["action"], body["sender"]["login"]) for event, body in sandbox.sent if event == "issues"]
    assert who == [("opened", "client"), ("labeled", "coordinator"), ("edited", "coordinator")]


async def coach(cast: Cast, path: str, pull: str) -> None:
    """What a bot says beside a pull request: a suggestion on a line, and a check with its annotations."""
    bot = await cast.bot()
    suggestion = {"path": path, "line": 1, "body": "Shorter:\n\n```suggestion\nWord\n```"}
    await bot.post(pull + "/reviews", {"event": "COMMENT", "comments": [suggestion] * 2})
    note = {"path": path, "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "Long"}
    output = {"title": "Long", "summary": "| a |\n|---|\n| b |", "annotations": [note]}
    head = (await bot.get(pull))["head"]["sha"]
    check = {"name": "Opportunity", "head_sha": head, "conclusion": "failure", "output": output}
    await bot.post(R + "/check-runs", check)


async def test_by_keyboard_a_newcomer_commits_a_suggestion(sandbox: Sandbox, cast: Cast, page: Page) -> None:
    await page.goto(HOME + "/new/main/docs?filename=a.md&value=Words&message=Some%20words")
    await become(page, "client")
    await enter(page, "Open the pull request")
    await coach(cast, "docs/a.md", R + "/pulls/1")
    await page.goto(HOME + "/pull/1")
    await enter(page, "Commit suggestion")
    head = (await cast.nobody().get(R + "/pulls/1"))["head"]["sha"]
    assert sandbox.files("client/micro-acquisition", head)["docs/a.md"] == b"Word"


async def test_nothing_is_in_the_way_of_anybody(cast: Cast, page: Page, axe: str) -> None:
    await cast.person("client").post(R + "/issues", {"title": "A need", "body": "- [ ] public\n- [x] `code`\n"})
    await cast.person("coordinator").post(R + "/labels", {"name": "eligible", "description": "May be bought"})
    await page.goto("/")
    await page.select_option("#person", "coordinator")
    await page.click("text=Change")
    await page.goto(HOME + "/new")
    for name, words in (("path", "a.md"), ("text", "Words"), ("title", "A file")):
        await page.fill(f"#{name}", words)
    await page.click("text=Open the pull request")
    await coach(cast, "a.md", R + "/pulls/2")
    for path in (
        "/", HOME, "/issues/new", "/issues/new/choose", "/issues/1", "/issues/1/edit", "/pull/2", "/new", "/fork",
        "/new/main/docs?filename=a.md&value=Words", "/edit/main/README.md", "/delete/main/README.md",
        "/blob/main/README.md",
    ):  # fmt: skip
        await page.goto(path if path in ("/", HOME) else HOME + path)
        for summary in await page.query_selector_all("summary"):
            await summary.click()
        await page.evaluate(axe)
        found = await page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
        assert found == [], path
