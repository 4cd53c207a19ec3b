"""Facts about exceptions: labels that people set by hand, holds, new dates, disputes, terminations."""

from __future__ import annotations

from datetime import date

from bot.pipeline.model.facts.fact import Fact


class LabelExplained(Fact):
    """A person set, or took off, a label by hand; the bot put it back and explained why."""

    label: str
    on: bool


class LabelLeft(Fact):
    """A person changed the label once more: the bot leaves it as the person wants, and it moves nothing."""

    label: str
    on: bool


class LabelFreed(Fact):
    """A label that the bot left as a person wanted shows the state of the opportunity again."""

    label: str


class OverrideAllowed(Fact):
    """A coordinator gave a reason: the next guarded label may pass without its conditions."""

    reason: str


class Overridden(Fact):
    """A guarded label passed without its conditions, for that reason."""

    label: str
    reason: str


class Held(Fact):
    """A coordinator stopped the clock."""

    reason: str


class Resumed(Fact):
    """A coordinator started the clock again."""


class Rescheduled(Fact):
    """Dates changed, those that are not None; all are Eastern calendar days."""

    closing: date | None
    selection: date | None
    delivery: date | None
    reason: str


class Disputed(Fact):
    """A person disagrees: the opportunity stays where it is until a coordinator settles the dispute."""

    by: str
    text: str


class Settled(Fact):
    """A coordinator settled the dispute."""

    text: str


class Terminated(Fact):
    """The contract with a supplier ended without payment."""

    supplier: str
    reason: str


class OfferedAgain(Fact):
    """After a termination, a coordinator offered the contract to the next supplier of the draw."""


class Reposted(Fact):
    """The opportunity begins again at its description, without the suppliers who defaulted."""
