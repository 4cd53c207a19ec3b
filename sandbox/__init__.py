"""A small but true GitHub in a box, for the demo and for every test of the App.

It keeps real git objects and merges for real; roles, webhooks, paging, conditional requests and
rate limits behave as GitHub's; and on request it misbehaves as networks do. It knows nothing of
the bot: whatever the bot learns here, it learned through GitHub's API and webhooks.
"""

from sandbox.clock import Clock
from sandbox.delivery.mail import Delivery
from sandbox.faults import Fault
from sandbox.http.server import ApiCall, Exchange
from sandbox.sandbox import Sandbox
from sandbox.seeds import Seed, SeedApp, SeedOrganization, SeedRepository, SeedTeam
from sandbox.serve import serve

__all__ = [
    "ApiCall",
    "Clock",
    "Delivery",
    "Exchange",
    "Fault",
    "Sandbox",
    "Seed",
    "SeedApp",
    "SeedOrganization",
    "SeedRepository",
    "SeedTeam",
    "serve",
]
