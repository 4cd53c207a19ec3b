"""Who a person is to one opportunity.

Coordinators and finance are so by GitHub (team membership or permission, looked up by the github room
and passed in as a `Standing`); clients and suppliers are so by what happened in the opportunity.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.pipeline.model.opportunity import Opportunity, same


class Role(Enum):
    CLIENT = "client"
    COORDINATOR = "coordinator"
    FINANCE = "finance"
    SUPPLIER = "supplier"
    APPLICANT = "applicant"
    """A supplier who takes or took part: until the draw is settled everyone whose application counted, then whoever
    has, or had, the contract."""
    DRAWN = "drawn"
    """The supplier whom the draw gave the contract: the only one who can confirm, decline or deliver."""


@dataclass(frozen=True)
class Standing:
    """What GitHub says of a person on the repository; `exists` is False where it knows nobody of that name."""

    coordinator: bool = False
    finance: bool = False
    exists: bool = True


def roles(opportunity: Opportunity, login: str, standing: Standing) -> frozenset[Role]:
    """Every role of a person. Whoever is none of the government's people here is a supplier."""
    found = set()
    if standing.coordinator:
        found.add(Role.COORDINATOR)
    if standing.finance:
        found.add(Role.FINANCE)
    if opportunity.is_client(login):
        found.add(Role.CLIENT)
    if not found:
        found.add(Role.SUPPLIER)
        application = opportunity.application(login)
        drawn = same(login, opportunity.chosen)
        counted = application is not None and application.confirmed and opportunity.step < 7
        if counted or drawn or login.casefold() in opportunity.defaulted:
            found.add(Role.APPLICANT)
        if drawn:
            found.add(Role.DRAWN)
    return frozenset(found)
