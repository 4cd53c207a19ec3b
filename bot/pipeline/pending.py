"""Collects the facts of one decision, and applies each at once, so that the next rule takes it into account."""

from __future__ import annotations

from collections.abc import Iterable

from bot.pipeline.model.facts import BOT, Entered, Fact, Recorded
from bot.pipeline.model.fold import apply
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.signals import Signal
from bot.pipeline.model.words import Message
from bot.pipeline.registry import onward
from bot.pipeline.rules import Decision, Moment
from bot.pipeline.steps import step_of
from bot.pipeline.text.language import Lang


class Deliberation:
    """A decision in progress, from the opportunity `before` to `opportunity`, with its facts and messages so far."""

    def __init__(self, opportunity: Opportunity, signal: Signal, moment: Moment) -> None:
        self.before, self.opportunity, self.signal, self.moment = opportunity, opportunity, signal, moment
        self.recorded: list[Recorded] = []
        self.messages: list[Message] = []
        self.refused = False
        self.lead: Lang | None = None

    def add(self, facts: Iterable[Fact], rule: str, actor: str | None = None) -> None:
        """Records facts, applies them, and enters the steps that they lead to."""
        for fact in facts:
            recorded = Recorded(fact, self.moment.now, actor or self.signal.actor, self.signal.delivery, rule)
            self.opportunity = apply(self.opportunity, recorded)
            self.recorded.append(recorded)
            if isinstance(fact, Entered):
                step = step_of(self.opportunity)
                self.add(step.on_entry(self.opportunity, self.moment), f"begin {step.label}", BOT)

    def take(self, decision: Decision, rule: str) -> None:
        """Records a rule's facts, keeps its answer, and moves on."""
        self.add(decision.facts, rule)
        if decision.say:
            self.messages.append(decision.say)
        self.refused |= decision.refused
        self.advance()

    def advance(self) -> None:
        """Moves to the next step while nothing is missing."""
        while fact := onward(self.opportunity, self.moment):
            self.add((fact,), f"leave {step_of(self.opportunity).label}", BOT)
