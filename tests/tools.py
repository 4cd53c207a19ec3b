"""What tests of every room share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.documents.messages import Messages
from bot.settings import _checked_key, load_labels, load_messages

MESSAGES: Messages = load_messages(Path(__file__).parents[1] / "config" / "messages")
"""What the bot says, read once for all tests."""


@contextmanager
def configuration_read_once() -> Iterator[None]:
    """Share messages, labels and the check of a private key between all bots of this process.

    To read them again would cost each bot half a second.
    """
    messages, labels, key = cache(load_messages), cache(load_labels), cache(_checked_key)
    with (
        patch("bot.app.load_messages", messages),
        patch("bot.demo.load_messages", messages),
        patch("bot.app.load_labels", labels),
        patch("bot.demo.load_labels", labels),
        patch("bot.settings._checked_key", key),
    ):
        yield


def require(available: object, reason: str) -> None:
    """Go on only where something optional is here; `REQUIRE_ALL=1` (continuous integration) insists on it."""
    if available:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def needs_shared(available: object) -> None:
    """Go on only where the data is that lies beside the project, which nobody else has to have."""
    if not available:
        pytest.skip("the shared data of the project is not here")
