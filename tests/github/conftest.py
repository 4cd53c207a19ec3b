"""A GitHub in a box, the bot's client on it, and people beside it."""

from __future__ import annotations

import pytest

from bot.github.transport.client import GitHub
from sandbox import Sandbox, Seed


@pytest.fixture
async def box():
    async with Sandbox(seed=Seed.default(), hourly_limit=10**6, record=True) as sandbox:
        yield sandbox


@pytest.fixture
async def gh(box):
    async with GitHub(url=box.url, app_id=str(box.app_id), private_key=box.private_key_pem) as github:
        # Known beforehand, so that tests count the calls of what they are about.
        await github.at("canada-ca/micro-acquisition").get()
        yield github


@pytest.fixture
async def person(box):
    """Anybody's client by login."""
    clients = {}

    def client_of(login):
        return clients.setdefault(login, GitHub(url=box.url, token=f"sandbox-{login}"))

    yield client_of
    for client in clients.values():
        await client.close()


@pytest.fixture
def client(person):
    return person("client")


@pytest.fixture
def coordinator(person):
    return person("coordinator")
