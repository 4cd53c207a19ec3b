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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from bot.pipeline.calendar import eastern_date, morning_of
from bot.pipeline.model.facts import Fact, Reminded
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role, roles
from bot.pipeline.model.signals import Lookups
from bot.pipeline.model.words import Lang, Line, Message
from bot.pipeline.reading.commands import NAMES, folded

Blockers = tuple[Message, ...]


@dataclass(frozen=True)
class Programme:
    """What other opportunities mean for this one: how many run in steps 3 to 8, how many wait before it,
    how many open ones each coordinator has, and the titles of the same client's others by number."""

    running: int = 0
    ahead: int = 0
    loads: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[int, str] = field(default_factory=dict)


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
    lookups: Lookups = field(default_factory=Lookups)
    programme: Programme = field(default_factory=Programme)
    labels: frozenset[str] = frozenset()

    @property
    def today(self) -> date:
        """The date in Eastern time."""
        return eastern_date(self.now)

    @property
    def room(self) -> bool:
        """One more opportunity may enter step 3, and nobody waits before this one."""
        return self.programme.running + self.programme.ahead < self.policy.capacity

    def roles(self, opportunity: Opportunity, login: str | None = None) -> frozenset[Role]:
        login = login or self.actor
        return roles(opportunity, login, self.lookups.standings[login.casefold()])


@dataclass(frozen=True)
class Decision:
    """Facts, or a refusal in words; an answer may come with either.

    `example`: show how the command is written. `rehearse`: a command line whose effect is told instead of had.
    """

    facts: tuple[Fact, ...] = ()
    say: Message | None = None
    refused: bool = False
    example: bool = False
    rehearse: str = ""


@dataclass(frozen=True)
class Notice:
    """A comment that someone must get, once; `mark` makes it the same one ever after.

    An opportunity that is posted again says it again, unless the mark is `unique` by itself.
    """

    mark: str
    message: Message
    unique: bool = False


def record(*facts: Fact, say: Message | None = None) -> Decision:
    return Decision(facts, say)


def refuse(name: str, **args: Any) -> Decision:
    return Decision(say=Message(name, **args), refused=True)


def misused(name: str, **args: Any) -> Decision:
    """A refusal because of how the command was written: an example comes with it."""
    return Decision(say=Message(name, **args), refused=True, example=True)


LookUp = Literal["repository", "delivery", "person", "work", "categories"]
CommandHandler = Callable[[Opportunity, Moment, str], Decision]
SignalHandler = Callable[[Opportunity, Moment], Decision]


State = Literal["held", "terminated"]
When = Callable[[Opportunity, Moment], Message | None]


@dataclass(frozen=True)
class CommandRule:
    """A command as declared.

    `by`: who may use it, nobody in particular where empty. `steps`: in which, any and even the end where empty;
    `steps_of` has those of a role that may in fewer. `even_if`: states that otherwise forbid what is usual;
    `moves_on`: it carries the opportunity along, so not while a dispute is open. `empty` is what it is told that comes
    without a text it needs.
    `when` is None, or what forbids it now; `afterwards` is what to say once its steps are over. `example` is its
    arguments. `looks_up`: what its handler must know of GitHub, the repository, the delivery or the person that it
    names, the work's repository and delivery, or the Exchange's categories.
    """

    english: str
    french: str
    by: tuple[Role, ...]
    steps: tuple[int, ...]
    steps_of: Mapping[Role, tuple[int, ...]]
    even_if: tuple[State, ...]
    moves_on: bool
    takes_text: bool
    empty: Message | None
    example: str
    example_fr: str
    looks_up: tuple[LookUp, ...]
    when: When
    afterwards: When | None
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

    def steps_for(self, held: Iterable[Role]) -> tuple[int, ...]:
        """The steps in which somebody with these roles may use it."""
        mine = {step for role in held if role in self.by for step in self.steps_of.get(role, self.steps)}
        return tuple(sorted(mine)) if self.by else self.steps

    def in_time(self, opportunity: Opportunity, held: Iterable[Role]) -> bool:
        return not self.steps or (opportunity.going and opportunity.step in self.steps_for(held))

    def forbidden(self, opportunity: Opportunity, at: Moment) -> Message | None:
        """What forbids it now, though the person may and the step is right."""
        if self.steps and opportunity.held and "held" not in self.even_if:
            return Message("exceptions.on-hold")
        if self.steps and opportunity.terminated and "terminated" not in self.even_if:
            return Message("exceptions.terminated")
        if self.moves_on and opportunity.dispute:
            return Message("exceptions.disputed")
        return self.when(opportunity, at)


@dataclass(frozen=True)
class SignalRule:
    """A signal label as declared. Set after an `/override`, its handler sees the reason in `o.overriding`."""

    label: str
    by: Role
    steps: tuple[int, ...]
    handler: SignalHandler


@dataclass(frozen=True)
class Timer:
    """Something that happens by itself: when (aware UTC; None: not now), and the facts it makes."""

    due: Callable[[Opportunity, Policy], datetime | None]
    came_due: Callable[[Opportunity, Moment], tuple[Fact, ...]]


def _nothing_forbids(_o: Opportunity, _at: Moment) -> Message | None:
    return None


class Step:
    """One of the nine steps.

    `turn` is whom it waits for, None for nobody; `deadline` is what the status comment shows, a `timer` also acts.
    `requires` is without what the step makes no sense, so that not even an override leads there. `tells_since` is the
    earlier step in which there may be something to tell already.
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
        tells_since: int | None = None,
    ) -> None:
        self.tells_since = number if tells_since is None else tells_since
        self.number, self.name, self.turn, self.deadline, self.details = number, name, turn, deadline, details
        self.requires = requires
        self._steps = (number,) if number else tuple(range(1, 10))
        self.boxes: tuple[str, ...] = ()
        self.intro = "checklist.body"
        self.tracked: dict[str, Callable[[Opportunity], bool]] = {}
        self.commands: list[CommandRule] = []
        self.signals: list[SignalRule] = []
        self.blockers: Callable[[Opportunity, Moment], Blockers] = lambda opportunity, at: ()
        self.timers: list[Timer] = []
        self.on_entry: Callable[[Opportunity, Moment], tuple[Fact, ...]] = lambda opportunity, at: ()
        self.hints: Callable[[Opportunity, Moment], Blockers] = lambda opportunity, at: ()
        self.notices: Callable[[Opportunity, Moment], tuple[Notice, ...]] = lambda opportunity, at: ()

    @property
    def label(self) -> str:
        return f"{self.number}/{self.name}"

    def has_to_tell(self, opportunity: Opportunity) -> bool:
        return any(self.tells_since <= step <= self.number for step in opportunity.entered)

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

    def is_ticked(self, opportunity: Opportunity, box: str) -> bool:
        return (self.number, box) in opportunity.ticked or (box in self.tracked and self.tracked[box](opportunity))

    def unticked(self, opportunity: Opportunity, at: Moment) -> Blockers:
        """The boxes of this step's checklist that are still open, in words."""
        boxes = (self.box(name, at.policy) for name in self.boxes if not self.is_ticked(opportunity, name))
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
        """Declare a command; `CommandRule` says what each part means."""

        def register(handler: CommandHandler) -> CommandHandler:
            NAMES.update((folded(english), folded(french)))
            rule = CommandRule(
                english=english,
                french=french,
                by=by,
                steps=(self._steps if steps is None else steps),
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

    def enters(self, on_entry: Callable[[Opportunity, Moment], tuple[Fact, ...]]) -> None:
        """Declare what becomes true with the step's beginning."""
        self.on_entry = on_entry

    def hint(self, hints: Callable[[Opportunity, Moment], Blockers]) -> None:
        """Declare what could be better and keeps nothing from going on."""
        self.hints = hints

    def timer(
        self,
        due: Callable[[Opportunity, Policy], datetime | None],
        came_due: Callable[[Opportunity, Moment], tuple[Fact, ...]],
    ) -> None:
        """Declare when something happens by itself, and what."""
        self.timers.append(Timer(due, came_due))

    def reminder(
        self,
        what: str,
        day: Callable[[Opportunity, Policy], date | None],
        until: Callable[[Opportunity], datetime | None] = lambda opportunity: None,
    ) -> None:
        """Declare a reminder, once for each Eastern day that it falls on, at 9 a.m.

        `until`: heard of later than that (aware UTC), it helps nobody any more. What is said is a matter of `tells`.
        """

        def due(opportunity: Opportunity, policy: Policy) -> datetime | None:
            on = day(opportunity, policy)
            return None if on is None or (what, on) in opportunity.reminders else morning_of(on)

        def came_due(opportunity: Opportunity, at: Moment) -> tuple[Fact, ...]:
            on, end = day(opportunity, at.policy), until(opportunity)
            return (Reminded(what, on, useful=end is None or at.now <= end),) if on else ()

        self.timer(due, came_due)

    def tells(self, notices: Callable[[Opportunity, Moment], tuple[Notice, ...]]) -> None:
        """Declare what someone must be told, each once, from when it is true."""
        self.notices = notices
