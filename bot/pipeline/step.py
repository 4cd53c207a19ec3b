"""How a step is declared: label, turn, checklist, commands, signal labels, conditions to leave.

Help, refusals, did-you-mean, the label guard and the commands table are all read from these declarations:

    step = Step(4, "posting", turn=lambda o, at: Role.FINANCE)

    @step.command("publish", "publier", by=(Role.CLIENT, Role.COORDINATOR))
    def publish(o: Opportunity, at: Moment, text: str) -> Decision: ...

    @step.signal("funds-reserved", by=Role.FINANCE)
    def funds_reserved(o: Opportunity, at: Moment) -> Decision: ...

    @step.leave
    def done(o: Opportunity, at: Moment) -> Blockers: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.pipeline.calendar import eastern_date
from bot.pipeline.commands import NAMES, folded
from bot.pipeline.facts import Fact
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.roles import Role, roles
from bot.pipeline.signals import Known
from bot.pipeline.words import Lang, Line, Message

Blockers = tuple[Message, ...]


@dataclass(frozen=True)
class House:
    """What other opportunities mean for this one: how many run in steps 3 to 8, how many wait before it,
    and how many open ones each coordinator has."""

    running: int = 0
    ahead: int = 0
    loads: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """The here and now of one decision: everything but the opportunity itself.

    `now` is when it happened, `clock` when it is decided, later where a webhook was late; both aware UTC.
    `labels` are those on the issue when it happened: label events come in bursts, in any order.
    """

    now: datetime
    clock: datetime
    actor: str
    lang: Lang
    policy: Policy
    known: Known = field(default_factory=Known)
    house: House = field(default_factory=House)
    labels: frozenset[str] = frozenset()

    @property
    def today(self) -> date:
        """The date in Eastern time."""
        return eastern_date(self.now)

    @property
    def room(self) -> bool:
        """One more opportunity may enter step 3, and nobody waits before this one."""
        return self.house.running + self.house.ahead < self.policy.capacity

    def roles(self, o: Opportunity, login: str | None = None) -> frozenset[Role]:
        login = login or self.actor
        return roles(o, login, self.known.standings[login.casefold()])


@dataclass(frozen=True)
class Decision:
    """Facts, or a refusal in words; an answer may come with either."""

    facts: tuple[Fact, ...] = ()
    say: Message | None = None
    refused: bool = False
    example: bool = False


@dataclass(frozen=True)
class Notice:
    """A comment that someone must get, once; `mark` makes it the same one ever after."""

    mark: str
    message: Message


def record(*facts: Fact, say: Message | None = None) -> Decision:
    return Decision(facts, say)


def refuse(name: str, **args: Any) -> Decision:
    return Decision(say=Message(name, **args), refused=True)


def misused(name: str, **args: Any) -> Decision:
    """A refusal because of how the command was written: an example comes with it."""
    return Decision(say=Message(name, **args), refused=True, example=True)


CommandHandler = Callable[[Opportunity, Moment, str], Decision]
SignalHandler = Callable[[Opportunity, Moment], Decision]


@dataclass(frozen=True)
class CommandRule:
    """A command as declared. `when` is None, or what forbids it now; `example` is its arguments."""

    english: str
    french: str
    by: tuple[Role, ...]  # empty: anyone
    steps: tuple[int, ...]  # empty: always
    takes_text: bool
    example: str
    example_fr: str
    names_repository: bool
    looks_at_work: bool
    when: Callable[[Opportunity, Moment], Message | None]
    handler: CommandHandler

    @property
    def help(self) -> Message:
        return Message(f"{self.english}.help")

    @property
    def lines(self) -> tuple[Line, Line]:
        """A line to copy, in English and in French: the command with an example of its arguments."""
        return Line(f"/{self.english} {self.example}".strip()), Line(f"/{self.french} {self.example_fr}".strip())

    def allowed(self, held: Iterable[Role]) -> bool:
        return not self.by or any(role in self.by for role in held)

    def in_time(self, o: Opportunity) -> bool:
        return not self.steps or (o.running and o.step in self.steps)


@dataclass(frozen=True)
class SignalRule:
    label: str
    by: Role
    steps: tuple[int, ...]
    handler: SignalHandler


def _nothing_forbids(_o: Opportunity, _at: Moment) -> Message | None:
    return None


class Step:
    """One of the nine steps.

    `turn` is whom it waits for, None for nobody; `deadline` is what the status comment shows, a `timer` also acts.
    """

    def __init__(
        self,
        number: int,
        name: str,
        *,
        turn: Callable[[Opportunity, Moment], Role | None],
        deadline: Callable[[Opportunity], datetime | None] = lambda o: None,
        details: Callable[[Opportunity, Moment], dict[str, Any]] = lambda o, at: {},
    ) -> None:
        self.number, self.name, self.turn, self.deadline, self.details = number, name, turn, deadline, details
        self.boxes: tuple[str, ...] = ()
        self.intro = "checklist.body"
        self.tracked: dict[str, Callable[[Opportunity], bool]] = {}
        self.commands: list[CommandRule] = []
        self.signals: list[SignalRule] = []
        self.blockers: Callable[[Opportunity, Moment], Blockers] = lambda o, at: ()
        self.due: Callable[[Opportunity], datetime | None] = lambda o: None
        self.came_due: Callable[[Opportunity, Moment], tuple[Fact, ...]] = lambda o, at: ()
        self.notices: Callable[[Opportunity, Moment], tuple[Notice, ...]] = lambda o, at: ()

    @property
    def label(self) -> str:
        return f"{self.number}/{self.name}"

    @property
    def title(self) -> Message:
        return Message(f"{self.name}.title")

    def checklist(self, *boxes: str) -> None:
        """Declare boxes that a coordinator ticks."""
        self.boxes, self.intro = boxes, f"{self.name}.checklist"

    def track(self, **boxes: Callable[[Opportunity], bool]) -> None:
        """Declare boxes that the bot ticks when they come true."""
        self.tracked = {name.replace("_", "-"): comes_true for name, comes_true in boxes.items()}
        self.boxes = tuple(self.tracked)

    def is_ticked(self, o: Opportunity, box: str) -> bool:
        return (self.number, box) in o.ticked or (box in self.tracked and self.tracked[box](o))

    def unticked(self, o: Opportunity, at: Moment) -> Blockers:
        """The boxes of this step's checklist that are still open, in words."""
        boxes = (self.box(name, at.policy) for name in self.boxes if not self.is_ticked(o, name))
        return tuple(Message("common.to-confirm", box=box) for box in boxes)

    def box(self, name: str, policy: Policy) -> Message:
        return Message(f"{self.name}.box-{name}", ceiling=policy.ceiling_total)

    def command(
        self,
        english: str,
        french: str,
        *,
        by: tuple[Role, ...] = (),
        steps: tuple[int, ...] | None = None,
        takes_text: bool = False,
        example: str = "",
        example_fr: str | None = None,
        names_repository: bool = False,
        looks_at_work: bool = False,
        when: Callable[[Opportunity, Moment], Message | None] = _nothing_forbids,
    ) -> Callable[[CommandHandler], CommandHandler]:
        """Declare a command. What is looked up beforehand: `names_repository`, its argument;
        `looks_at_work`, the repository of the work."""

        def register(handler: CommandHandler) -> CommandHandler:
            NAMES.update((folded(english), folded(french)))
            self.commands.append(
                CommandRule(
                    english,
                    french,
                    by,
                    (self.number,) if steps is None else steps,
                    takes_text,
                    example,
                    example if example_fr is None else example_fr,
                    names_repository,
                    looks_at_work,
                    when,
                    handler,
                )
            )
            return handler

        return register

    def signal(
        self, label: str, *, by: Role, steps: tuple[int, ...] | None = None
    ) -> Callable[[SignalHandler], SignalHandler]:
        """Declare a signal label, and in which steps it is understood (otherwise in this one)."""

        def register(handler: SignalHandler) -> SignalHandler:
            self.signals.append(SignalRule(label, by, (self.number,) if steps is None else steps, handler))
            return handler

        return register

    def leave(self, blockers: Callable[[Opportunity, Moment], Blockers]) -> None:
        """Declare what keeps the opportunity in this step; nothing does: it goes on."""
        self.blockers = blockers

    def timer(
        self,
        due: Callable[[Opportunity], datetime | None],
        came_due: Callable[[Opportunity, Moment], tuple[Fact, ...]],
    ) -> None:
        """Declare when something happens by itself (aware UTC; None: never), and what."""
        self.due, self.came_due = due, came_due

    def tells(self, notices: Callable[[Opportunity, Moment], tuple[Notice, ...]]) -> None:
        """Declare what someone must be told, each once, from when it is true."""
        self.notices = notices
