"""The base of every fact, and the line of the ledger that holds one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import dataclass_transform

BOT = "micro-acquisition"
"""The actor of facts that the bot itself causes."""

FACT_KINDS: dict[str, type[Fact]] = {}
"""Every kind of fact by the name of its class. The ledger stores that name, so nobody may change it."""


@dataclass_transform(frozen_default=True)
class Fact:
    """One thing that happened. A subclass with its fields is the whole declaration and enters `FACT_KINDS`."""

    def __init_subclass__(cls) -> None:
        FACT_KINDS[cls.__name__] = dataclass(frozen=True)(cls)


@dataclass(frozen=True)
class Recorded:
    """One line of the ledger: a fact with its time, its actor and its cause.

    `at` is an aware UTC time; `actor` is a login, or `BOT`; `delivery` is the webhook that caused the fact;
    `rule` is the command, label or condition that decided it.
    """

    fact: Fact
    at: datetime
    actor: str
    delivery: str
    rule: str
