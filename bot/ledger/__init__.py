"""The ledger: every delivery, every fact and what GitHub was last seen to show, in one database.

    ledger = Ledger("sqlite:///var/bot.db")
    ledger.upgrade()
    loaded = ledger.load("canada-ca/micro-acquisition#12")
    ledger.commit(key, version=loaded.version, facts=[...], row=Row(...), done=[7], unsettled=True)

Every method blocks on the disk: asynchronous callers use `asyncio.to_thread`, and `Accepting` for webhooks.
"""

from bot.ledger.accepting import Accepting
from bot.ledger.errors import LedgerError, StaleVersion
from bot.ledger.store import Ledger
from bot.ledger.values import ACTIVE, ENDED, GivenUp, Loaded, Row, Stats, Unread, Watched
from bot.pipeline.inbox import Delivery

__all__ = [
    "ACTIVE",
    "ENDED",
    "Accepting",
    "Delivery",
    "GivenUp",
    "Ledger",
    "LedgerError",
    "Loaded",
    "Row",
    "StaleVersion",
    "Stats",
    "Unread",
    "Watched",
]
