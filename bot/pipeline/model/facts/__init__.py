"""What happened to an opportunity. The ledger only adds facts; the bot derives everything else from them.

A fact is in the past tense. It holds only what somebody decided or what the bot observed, never a view of it:

    Recorded(Evaluated("supplier-2", None, True, "ten years of PowerShell"), at=..., actor="client", ...)
"""

from bot.pipeline.model.facts.course import *
from bot.pipeline.model.facts.exceptions import *
from bot.pipeline.model.facts.fact import *
from bot.pipeline.model.facts.supply import *
