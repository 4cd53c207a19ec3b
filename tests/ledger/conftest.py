"""A ledger on each kind of database."""

import pytest

from bot.ledger import Ledger


@pytest.fixture
def ledger(database_url):
    ledger = Ledger(database_url)
    ledger.upgrade()
    yield ledger
    ledger.close()
