"""The ledger: every delivery, every fact and the last state read from GitHub, in one database.

    ledger = Ledger("sqlite:///var/bot.db")
    ledger.upgrade()
    loaded = ledger.load("canada-ca/micro-acquisition#12")
    ledger.commit(key, version=loaded.version, facts=[...], row=Row(...), done=[7], unsettled=True)

Every method blocks on the disk: asynchronous callers use `asyncio.to_thread`, and `Accepting` for webhooks.
"""

from bot.ledger.accepting import Accepting
from bot.ledger.errors import Forgotten, LedgerError, NoTables, StaleVersion
from bot.ledger.store import Ledger
from bot.ledger.values import (
    ACTIVE,
    AGES,
    DECIDING,
    ENDED,
    PEOPLE,
    READ_AT_ONCE,
    SHOWING,
    GivenUp,
    Loaded,
    PullProgress,
    Queue,
    Received,
    Row,
    Stats,
    Stuck,
    Unread,
    Unreported,
    Waiting,
    Watched,
)
from bot.pipeline.model.delivery import Delivery, ReportedChange

__all__ = [
    "ACTIVE",
    "AGES",
    "DECIDING",
    "ENDED",
    "PEOPLE",
    "READ_AT_ONCE",
    "SHOWING",
    "Accepting",
    "Delivery",
    "Forgotten",
    "GivenUp",
    "Ledger",
    "LedgerError",
    "Loaded",
    "NoTables",
    "PullProgress",
    "Queue",
    "Received",
    "ReportedChange",
    "Row",
    "StaleVersion",
    "Stats",
    "Stuck",
    "Unread",
    "Unreported",
    "Waiting",
    "Watched",
]
