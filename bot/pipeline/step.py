"""Declares a step: its label, turn, checklist, commands, signal labels and conditions to leave.

The help, the refusals, did-you-mean, the label guard and the table of commands are read from these declarations:

    step = Step(4, "posting", turn=lambda opportunity, at: Role.FINANCE)

    @step.command("publish", "publier", by=(Role.CLIENT, Role.COORDINATOR))
    def publish(opportunity: Opportunity, at: Moment, text: str) -> Decision: ...

    @step.signal("funds-reserved", by=Role.FINANCE)
    def funds_reserved(opportunity: Opportunity, at: Moment) -> Decision: ...

    @step.leave
    def blockers(opportunity: Opportunity, at: Moment) -> Blockers: ...

Rules that belong to no single step (`steps/aside/`) are `Declarations`: commands, timers and notices alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from bot.pipeline.calendar import morning_of
from bot.pipeline.model.facts import Fact, Reminded
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Message
from bot.pipeline.rules import (
    Blockers,
    CommandHandler,
    CommandRule,
    LookUp,
    Moment,
    Notice,
    SignalHandler,
    SignalRule,
    State,
    Timer,
    When,
)
from bot.pipeline.text.commands import COMMAND_NAMES
from bot.pipeline.text.letters import folded


def _nothing_forbids(_opportunity: Opportunity, _at: Moment) -> Message | None:
    return None


class Declarations:
    """Commands, timers and notices declared together. `steps` are those in which a command works by default."""

    def __init__(self, *steps: int) -> None:
        self.steps = steps or tuple(range(1, 10))
        self.commands: list[CommandRule] = []
        self.timers: list[Timer] = []
        self.notices: Callable[[Opportunity, Moment], tuple[Notice, ...]] = lambda opportunity, at: ()

    def command(
        self,
        english: str,
        french: str,
        *,
        by: tuple[Role, ...] = (),
        steps: tuple[int, ...] | None = None,
        takes_text: bool = False,
        empty: Message | None = None,
        example: str = "",
        example_fr: str | None = None,
        steps_of: Mapping[Role, tuple[int, ...]] | None = None,
        even_if: tuple[State, ...] = (),
        moves_on: bool = False,
        looks_up: tuple[LookUp, ...] = (),
        when: When = _nothing_forbids,
        afterwards: When | None = None,
    ) -> Callable[[CommandHandler], CommandHandler]:
        """Declares a command; `CommandRule` explains each argument."""

        def register(handler: CommandHandler) -> CommandHandler:
            COMMAND_NAMES.update((folded(english), folded(french)))
            rule = CommandRule(
                english=english,
                french=french,
                by=by,
                steps=(self.steps if steps is None else steps),
                steps_of=steps_of or {},
                even_if=even_if,
                moves_on=moves_on,
                takes_text=takes_text,
                empty=empty,
                example=example,
                example_fr=example if example_fr is None else example_fr,
                looks_up=looks_up,
                when=when,
                afterwards=afterwards,
                handler=handler,
            )
            self.commands.append(rule)
            return handler

        return register

    def timer(
        self,
        due: Callable[[Opportunity, Policy], datetime | None],
        came_due: Callable[[Opportunity, Moment], tuple[Fact, ...]],
    ) -> None:
        """Declares an event of time: when it is due, and the facts that it records."""
        self.timers.append(Timer(due, came_due))

    def reminder(
        self,
        name: str,
        day: Callable[[Opportunity, Policy], date | None],
        until: Callable[[Opportunity], datetime | None] = lambda opportunity: None,
    ) -> None:
        """Declares a reminder, once for each Eastern day that `day` returns, at 9 a.m.; its words are a notice.

        After `until` (aware UTC) it is recorded as no longer useful, and nothing is posted.
        """

        def due(opportunity: Opportunity, policy: Policy) -> datetime | None:
            on = day(opportunity, policy)
            return None if on is None or (name, on) in opportunity.reminders else morning_of(on)

        def came_due(opportunity: Opportunity, at: Moment) -> tuple[Fact, ...]:
            on, end = day(opportunity, at.policy), until(opportunity)
            return (Reminded(name, on, useful=end is None or at.now <= end),) if on else ()

        self.timer(due, came_due)

    def notifies(self, notices: Callable[[Opportunity, Moment], tuple[Notice, ...]]) -> None:
        """Declares the notices, each posted once from the time it is returned."""
        self.notices = notices


class Step(Declarations):
    """One of the nine steps.

    - `turn`: returns the role that the step waits for, or None.
    - `deadline`: the date in the status comment. Only a `timer` acts on it.
    - `details`: the arguments of the step's own part of the status comment.
    - `requires`: conditions without which the step makes no sense; not even an override leads there.
    - `notifies_since`: the earliest step in which the step's notices may be posted.
    """

    def __init__(
        self,
        number: int,
        name: str,
        *,
        turn: Callable[[Opportunity, Moment], Role | None],
        deadline: Callable[[Opportunity], datetime | None] = lambda opportunity: None,
        details: Callable[[Opportunity, Moment], dict[str, Any]] = lambda opportunity, at: {},
        requires: Callable[[Opportunity], Blockers] = lambda opportunity: (),
        notifies_since: int | None = None,
    ) -> None:
        super().__init__(number)
        self.notifies_since = number if notifies_since is None else notifies_since
        self.number, self.name, self.turn, self.deadline, self.details = number, name, turn, deadline, details
        self.requires = requires
        self.boxes: tuple[str, ...] = ()
        self.intro = "checklist.body"
        self.tracked: dict[str, Callable[[Opportunity], bool]] = {}
        self.signals: list[SignalRule] = []
        self.blockers: Callable[[Opportunity, Moment], Blockers] = lambda opportunity, at: ()
        self.on_entry: Callable[[Opportunity, Moment], tuple[Fact, ...]] = lambda opportunity, at: ()
        self.hints: Callable[[Opportunity, Moment], Blockers] = lambda opportunity, at: ()

    @property
    def label(self) -> str:
        return f"{self.number}/{self.name}"

    @property
    def title(self) -> Message:
        return Message(f"{self.name}.title")

    def may_notify(self, opportunity: Opportunity) -> bool:
        """Tells whether the opportunity has been in a step in which this step's notices are posted."""
        return any(self.notifies_since <= step <= self.number for step in opportunity.entered)

    def checklist(self, *boxes: str) -> None:
        """Declares boxes that a coordinator ticks."""
        self.boxes, self.intro = boxes, f"{self.name}.checklist"

    def track(self, **boxes: Callable[[Opportunity], bool]) -> None:
        """Declares boxes that the bot ticks once their condition is true."""
        self.tracked = {name.replace("_", "-"): condition for name, condition in boxes.items()}
        self.boxes = tuple(self.tracked)

    def is_ticked(self, opportunity: Opportunity, box: str) -> bool:
        return (self.number, box) in opportunity.ticked or (box in self.tracked and self.tracked[box](opportunity))

    def unticked(self, opportunity: Opportunity, at: Moment) -> Blockers:
        """Returns the boxes of the checklist that are not ticked, a sentence each."""
        boxes = (self.box(name, at.policy) for name in self.boxes if not self.is_ticked(opportunity, name))
        return tuple(Message("common.to-confirm", box=box) for box in boxes)

    def box(self, name: str, policy: Policy) -> Message:
        return Message(f"{self.name}.box-{name}", ceiling=policy.ceiling_total)

    def signal(
        self, label: str, *, by: Role, steps: tuple[int, ...] | None = None
    ) -> Callable[[SignalHandler], SignalHandler]:
        """Declares a signal label and the steps in which it counts (by default this one)."""

        def register(handler: SignalHandler) -> SignalHandler:
            self.signals.append(SignalRule(label, by, (self.number,) if steps is None else steps, handler))
            return handler

        return register

    def leave(self, blockers: Callable[[Opportunity, Moment], Blockers]) -> None:
        """Declares what keeps the opportunity in this step; without any it goes on to the next."""
        self.blockers = blockers

    def enters(self, on_entry: Callable[[Opportunity, Moment], tuple[Fact, ...]]) -> None:
        """Declares the facts recorded when the step begins."""
        self.on_entry = on_entry

    def hint(self, hints: Callable[[Opportunity, Moment], Blockers]) -> None:
        """Declares advice that keeps nothing from going on."""
        self.hints = hints
