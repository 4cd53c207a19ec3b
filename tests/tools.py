"""What tests of every room share."""

from __future__ import annotations

import os

import pytest


def require(available: object, reason: str) -> None:
    """Go on only where something optional is here; `REQUIRE_ALL=1` (continuous integration) insists on it."""
    if available:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
