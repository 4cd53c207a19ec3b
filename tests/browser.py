"""A real browser, and what looks in it for barriers."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.tools import require


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of the machine, without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require(chromium, "Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        yield browser
        await browser.close()


@pytest.fixture
def axe() -> str:
    """The script of npm's axe-core; AXE says where it is."""
    place = Path(os.environ.get("AXE", "node_modules/axe-core/axe.min.js"))
    require(place.is_file(), "npm package axe-core is not installed")
    return place.read_text(encoding="utf-8")
