"""What tests of every room share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.documents.messages import Messages
from bot.settings import load_messages

MESSAGES: Messages = load_messages(Path(__file__).parents[1] / "config" / "messages")
"""What the bot says, read once for all tests."""


def require(available: object, reason: str) -> None:
    """Go on only where something optional is here; `REQUIRE_ALL=1` (continuous integration) insists on it."""
    if available:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
