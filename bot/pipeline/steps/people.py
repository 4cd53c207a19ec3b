"""Who acts for the government: more clients, another coordinator in charge."""

from bot.pipeline.commands import login
from bot.pipeline.facts import Assigned, ClientAdded
from bot.pipeline.opportunity import Opportunity, same
from bot.pipeline.roles import Role
from bot.pipeline.step import Decision, Moment, Step, misused, record, refuse
from bot.pipeline.words import Login, Message

step = Step(0, "people", turn=lambda o, at: None)

COORDINATOR = (Role.COORDINATOR,)


@step.command(
    "client",
    "client",
    by=COORDINATOR,
    steps=tuple(range(1, 8)),
    even_if=("held", "terminated"),
    example="@login",
    looks_up=("person",),
)
def add_client(o: Opportunity, at: Moment, text: str) -> Decision:
    """Supplier and client are never the same person."""
    name = login(text)
    if not name:
        return misused("client.refused-login")
    if not at.known.standings[name.casefold()].known:
        return refuse("client.refused-unknown", client=Login(name))
    if o.is_client(name):
        return record(say=Message("client.again", client=Login(name)))
    if o.application(name) or name.casefold() in o.defaulted:
        return refuse("client.refused-supplier", client=Login(name))
    return record(ClientAdded(name), say=Message("client.done", client=Login(name, ping=True)))


@step.command(
    "assign",
    "assigner",
    by=COORDINATOR,
    even_if=("held", "terminated"),
    example="@login",
    looks_up=("person",),
)
def assign(o: Opportunity, at: Moment, text: str) -> Decision:
    name = login(text)
    if not name:
        return misused("assign.refused-login")
    if not at.known.standings[name.casefold()].coordinator:
        return refuse("assign.refused-role", person=Login(name))
    if same(name, o.coordinator):
        return record(say=Message("assign.again", coordinator=Login(name)))
    return record(Assigned(name), say=Message("assign.done", coordinator=Login(name, ping=True)))
