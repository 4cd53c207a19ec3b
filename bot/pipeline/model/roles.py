"""The roles of a person in one opportunity.

GitHub decides about coordinators and finance, by team or permission; a `Standing` carries its answer. The facts of
the opportunity decide about clients and suppliers.
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
    """A supplier who takes or took part: before the work everyone with a confirmed application, then the suppliers who
    have, or had, the contract."""
    DRAWN = "drawn"
    """The supplier who got the contract in the draw: nobody else can confirm, decline or deliver."""


@dataclass(frozen=True)
class Standing:
    """A person's rights on the repository, from GitHub; `exists` is False where no account has that name."""

    coordinator: bool = False
    finance: bool = False
    exists: bool = True


def roles(opportunity: Opportunity, login: str, standing: Standing) -> frozenset[Role]:
    """Returns every role of a person. A person without a role of the government is a supplier."""
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
