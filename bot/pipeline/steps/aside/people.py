"""Commands for people who act for the government: add a client, assign another coordinator."""

from bot.pipeline.model.facts import Assigned, ClientAdded
from bot.pipeline.model.opportunity import Opportunity, same
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message
from bot.pipeline.rules import Decision, Moment, misused, record, refuse
from bot.pipeline.step import Declarations
from bot.pipeline.text.addresses import login

aside = Declarations()


@aside.command(
    "client",
    "client",
    by=(Role.COORDINATOR,),
    steps=tuple(range(1, 8)),
    even_if=("held", "terminated"),
    example="@login",
    looks_up=("person",),
)
def add_client(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Adds a client, who cannot be a supplier of the opportunity."""
    name = login(text)
    if not name:
        return misused("client.refused-login")
    if not at.lookups.standings[name.casefold()].exists:
        return refuse("client.refused-unknown", client=Login(name))
    if opportunity.is_client(name):
        return record(say=Message("client.again", client=Login(name)))
    if opportunity.application(name) or name.casefold() in opportunity.defaulted:
        return refuse("client.refused-supplier", client=Login(name))
    return record(ClientAdded(name), say=Message("client.done", client=Login(name, ping=True)))


@aside.command(
    "assign",
    "assigner",
    by=(Role.COORDINATOR,),
    even_if=("held", "terminated"),
    example="@login",
    looks_up=("person",),
)
def assign(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    name = login(text)
    if not name:
        return misused("assign.refused-login")
    if not at.lookups.standings[name.casefold()].coordinator:
        return refuse("assign.refused-role", person=Login(name))
    if same(name, opportunity.coordinator):
        return record(say=Message("assign.again", coordinator=Login(name)))
    return record(Assigned(name), say=Message("assign.done", coordinator=Login(name, ping=True)))
