"""The values that rules take and give: the moment of a decision, the decision, and the rules of commands and labels.

A step declares rules (`step.py`), `command_rules.py` and `label_rules.py` apply them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from bot.pipeline.calendar import eastern_date
from bot.pipeline.model.facts import Fact
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.roles import roles as roles_of
from bot.pipeline.model.signals import Lookups
from bot.pipeline.model.words import Line, Message
from bot.pipeline.text.language import Lang

Blockers = tuple[Message, ...]
"""Conditions that keep an opportunity in its step, a sentence each."""


@dataclass(frozen=True)
class Programme:
    """The other opportunities that a decision depends on.

    `running` counts those in steps 3 to 8, `ahead` those before this one on the waiting list, `loads` the open ones of
    each coordinator; `others` has the titles of the same client's other opportunities by number.
    """

    running: int = 0
    ahead: int = 0
    loads: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """Everything that one decision depends on, except the opportunity itself.

    `now` is when the event happened and `clock` when it is decided, which is later if a webhook was late; both are
    aware UTC. `labels` are those on the issue at `now`: GitHub sends several label events at once, in any order.
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
        """Returns the date in Eastern time."""
        return eastern_date(self.now)

    @property
    def room(self) -> bool:
        """Tells whether one more opportunity may enter step 3 and none waits before this one."""
        return self.programme.running + self.programme.ahead < self.policy.capacity

    def roles(self, opportunity: Opportunity, login: str | None = None) -> frozenset[Role]:
        """Returns the roles of a person, by default the actor, in this opportunity."""
        login = login or self.actor
        return roles_of(opportunity, login, self.lookups.standings[login.casefold()])


@dataclass(frozen=True)
class Decision:
    """Facts, or a refusal in words; an answer may come with either.

    `example` adds a line to copy to the answer. `rehearse` is a command line to describe and not to run.
    """

    facts: tuple[Fact, ...] = ()
    say: Message | None = None
    refused: bool = False
    example: bool = False
    rehearse: str = ""


@dataclass(frozen=True)
class Notice:
    """A comment that is posted once for each `mark`.

    If the opportunity is reposted, its notices are posted again, except those whose mark is `unique` by itself.
    """

    mark: str
    message: Message
    unique: bool = False


LONGEST_TEXT = 4000
"""Characters that the bot keeps of the text after a command, or of a remark."""


@dataclass(frozen=True)
class Answer:
    """The bot's answer to a comment or a label: the message of each command, in the order written.

    `comment_id` is 0 for the issue's own text, and None if the answer is to an event without a text.
    """

    mark: str
    to: str
    lead: Lang
    messages: tuple[Message, ...]
    comment_id: int | None
    refused: bool


def record(*facts: Fact, say: Message | None = None) -> Decision:
    """Records the facts, with `say` as the answer."""
    return Decision(facts, say)


def refuse(name: str, **args: Any) -> Decision:
    """Refuses with the message of that name."""
    return Decision(say=Message(name, **args), refused=True)


def misused(name: str, **args: Any) -> Decision:
    """Refuses because of the way the command was written, and adds an example."""
    return Decision(say=Message(name, **args), refused=True, example=True)


LookUp = Literal["repository", "delivery", "person", "work", "categories"]
CommandHandler = Callable[[Opportunity, Moment, str], Decision]
SignalHandler = Callable[[Opportunity, Moment], Decision]


State = Literal["held", "terminated"]
When = Callable[[Opportunity, Moment], Message | None]


@dataclass(frozen=True)
class CommandRule:
    """A command as declared.

    - `by`: the roles that may use it; empty means everyone.
    - `steps`: the steps in which it works; empty means at any time, even after the end. `steps_of` gives fewer steps to
      a role.
    - `even_if`: states of the opportunity that forbid most commands but not this one.
    - `moves_on`: it leads to the next step, so an open dispute forbids it.
    - `empty`: the refusal if it needs a text and there is none.
    - `example`: arguments to copy.
    - `looks_up`: what its handler needs from GitHub: the repository, the delivery or the person that the command names,
      the work's repository and delivery, or the Exchange's categories.
    - `when`: returns the message that forbids it now, or None.
    - `afterwards`: returns the refusal after the last of its steps.
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
        """Returns a line to copy in English and one in French: the command with an example of its arguments."""
        return Line(f"/{self.english} {self.example}".strip()), Line(f"/{self.french} {self.example_fr}".strip())

    def allowed(self, roles: Iterable[Role]) -> bool:
        """Tells whether a person with these roles may use it in some step."""
        return not self.by or any(role in self.by for role in roles)

    def steps_for(self, roles: Iterable[Role]) -> tuple[int, ...]:
        """Returns the steps in which a person with these roles may use it."""
        steps = {step for role in roles if role in self.by for step in self.steps_of.get(role, self.steps)}
        return tuple(sorted(steps)) if self.by else self.steps

    def in_time(self, opportunity: Opportunity, roles: Iterable[Role]) -> bool:
        """Tells whether a person with these roles may use it in the opportunity's step."""
        return not self.steps or (opportunity.going and opportunity.step in self.steps_for(roles))

    def forbidden(self, opportunity: Opportunity, at: Moment) -> Message | None:
        """Returns what forbids it now, although the role and the step are right."""
        if self.steps and opportunity.on_hold and "held" not in self.even_if:
            return Message("exceptions.on-hold")
        if self.steps and opportunity.terminated and "terminated" not in self.even_if:
            return Message("exceptions.terminated")
        if self.moves_on and opportunity.dispute:
            return Message("exceptions.disputed")
        return self.when(opportunity, at)


@dataclass(frozen=True)
class SignalRule:
    """A signal label as declared. After an `/override`, its handler finds the reason in `opportunity.overriding`."""

    label: str
    by: Role
    steps: tuple[int, ...]
    handler: SignalHandler


@dataclass(frozen=True)
class Timer:
    """An event of time: `due` is when (aware UTC, None if not now), `came_due` returns the facts that it records."""

    due: Callable[[Opportunity, Policy], datetime | None]
    came_due: Callable[[Opportunity, Moment], tuple[Fact, ...]]
