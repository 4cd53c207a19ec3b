"""The permission matrix, made from the declarations: every command, by everyone, in every step and state.

Whoever may not, or not now, changes nothing and is told who may, or when.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest

from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.roles import Role, roles
from bot.pipeline.registry import COMMANDS, SIGNALS, usable
from tests.pipeline.desk import PEOPLE, Need

STATES = {
    "": (range(1, 10), None),
    "on hold": (range(1, 10), "/hold for the test"),
    "in dispute": (range(5, 9), "/dispute for the test"),
    "terminated": (range(6, 8), "/terminate for the test"),
    "cancelled": (range(1, 8), "/cancel for the test"),
}
"""The steps in which an opportunity can be in a state, and how it comes to be."""

MOMENTS = [(step, state) for state, (steps, _) in STATES.items() for step in steps]
WHO = ("client", "coordinator", "finance", "supplier-1", "supplier-2", "supplier-3")
"""One and two applied and passed, and one of them is drawn; three never applied."""


@cache
def history_at(step: int, state: str = "") -> tuple[tuple[Recorded, ...], datetime]:
    """Some history that leads there, and when."""
    need, line = Need().at(step), STATES[state][1]
    if (step, state) == (6, "terminated"):
        need.drawn()
    if line:
        need.says("client" if state == "in dispute" else "coordinator", line)
        assert need.new
    return tuple(need.history), need.now


@pytest.mark.parametrize(("step", "state"), MOMENTS)
def test_everyone_tries_every_command(step: int, state: str):
    history, now = history_at(step, state)
    need = Need()
    for rule in COMMANDS:
        for who in WHO:
            need.history, need.now = list(history), now
            before = need.o
            need.says(who, f"/{rule.english} {rule.example}")
            held = roles(before, who, PEOPLE[who])
            may = rule in usable(before, need.moment, held)
            assert need.answer is not None, f"{who} got no answer to /{rule.english}"
            if not may:
                assert need.answer.refused
                assert need.o == before, f"{who} changed something with /{rule.english}"
                assert need.answered[0] in ("common.not-yours", "common.not-now", "common.not-yet", "common.over")
            else:
                assert not {"common.not-yours", "common.not-now", "common.not-yet"} & {need.answered[0]}


ANYONE, CLIENT, COORDINATOR = (), (Role.CLIENT,), (Role.COORDINATOR,)
EITHER, SUPPLIER, DRAWN = (Role.CLIENT, Role.COORDINATOR), (Role.SUPPLIER,), (Role.DRAWN,)
ALL = tuple(range(1, 10))
MISSION = {
    "help": (ANYONE, ()),
    "status": (ANYONE, ()),
    "why": (ANYONE, ()),
    "preview": (ANYONE, ()),
    "client": (COORDINATOR, ALL[:7]),
    "assign": (COORDINATOR, ALL),
    "price": (EITHER, (1, 2, 3, 4)),
    "check": (EITHER, (3, 4)),
    "publish": (EITHER, (4,)),
    "interested": (SUPPLIER, (5,)),
    "withdraw": (SUPPLIER, (5, 6)),
    "ask": (SUPPLIER, (5,)),
    "answer": (EITHER, (5,)),
    "extend": (COORDINATOR, (5, 7)),
    "evaluate": (EITHER, (5, 6)),  # changeable until the draw, which is in step 6
    "draw": (COORDINATOR, (6,)),
    "confirm": (DRAWN, (6,)),
    "decline": (DRAWN, (6,)),
    "repo": ((Role.DRAWN, *EITHER), (6, 7)),
    "deliver": (DRAWN, (7,)),
    "criterion": (CLIENT, (7,)),
    "revise": (CLIENT, (7,)),
    "accept": (CLIENT, (7,)),
    "ore": (EITHER, (7, 8, 9)),
    "hold": (COORDINATOR, ALL),
    "resume": (COORDINATOR, ALL),
    "dispute": ((Role.CLIENT, Role.APPLICANT), (5, 6, 7, 8)),  # suppliers who take part: a stranger stops nothing
    "resolve": (COORDINATOR, (5, 6, 7, 8)),
    "cancel": (EITHER, ALL[:7]),
    "terminate": (COORDINATOR, (6, 7)),
    "next": (COORDINATOR, (6, 7)),
    "repost": (COORDINATOR, (5, 6, 7)),
    "override": (COORDINATOR, ALL),
}
"""The mission's own commands: who may, and in which steps (none: always). A command that is added later is reviewed
in docs/commands.md, which is generated from the declarations, and needs no row here."""


def test_the_declarations_are_the_missions_table():
    assert {rule.english: (rule.by, rule.steps) for rule in COMMANDS if rule.english in MISSION} == MISSION
    narrower = {rule.english: rule.steps_of for rule in COMMANDS if rule.steps_of}
    assert narrower == {"cancel": {Role.CLIENT: (1, 2, 3, 4, 5)}}
    assert {label: rule.by for label, (_, rule) in SIGNALS.items()} == {
        **dict.fromkeys(
            ("client-verified", "eligible", "not-eligible", "description-approved", "terms-signed"), Role.COORDINATOR
        ),
        **dict.fromkeys(("funds-reserved", "invoice-received", "invoice-approved", "paid"), Role.FINANCE),
    }


def test_every_role_and_step_of_the_declarations_is_tried():
    """The people of the matrix hold every role that a command asks for, in every step where it can be held."""
    held = {role for who in WHO for role in roles(Need().at(7).o, who, PEOPLE[who])}
    assert held == set(Role)
    for rule in COMMANDS:
        assert set(rule.by) <= held
        assert all(set(steps) <= set(rule.steps) for steps in rule.steps_of.values())


@pytest.mark.parametrize("step", range(1, 10))
def test_everyone_sets_every_signal_label(step: int):
    history, now = history_at(step)
    need = Need()
    for label, (_, rule) in SIGNALS.items():
        for who in WHO:
            for on in (True, False):
                need.history, need.now = list(history), now
                before = need.o
                need.labelled(label, by=who, on=on)
                allowed = rule.by in roles(before, who, PEOPLE[who]) and step in rule.steps
                if not allowed or on == (label in before.signals):
                    assert need.o == before
                    assert need.answer is None or need.answer.refused
