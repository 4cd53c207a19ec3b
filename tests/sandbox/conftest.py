"""A started sandbox, and everybody in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox import Sandbox
from tests.sandbox.caller import Cast
from tests.sandbox.visitor import Visitor


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(record=True) as box:
        yield box


@pytest.fixture
async def cast(sandbox: Sandbox) -> AsyncIterator[Cast]:
    async with aiohttp.ClientSession() as session:
        yield Cast(session, sandbox)


@pytest.fixture
async def visitor(sandbox: Sandbox) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(sandbox.url, session)
