"""What every test starts with: a log that takes every level, for the tests that read it, and prints none.

Properties are tried with few examples, to be quick, and always with the same; `HYPOTHESIS=thorough` tries many others.
"""

import os

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests import tools
from tests.postgres import database_url, postgresql, postgresql_server

__all__ = ["database_url", "postgresql", "postgresql_server"]

untimed = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=40, derandomize=True, **untimed)
settings.register_profile("thorough", max_examples=1000, **untimed)
settings.load_profile(os.environ.get("HYPOTHESIS", "quick"))


@pytest.fixture(scope="session", autouse=True)
def messages_are_read_once():
    with tools.messages_read_once():
        yield


@pytest.fixture(autouse=True)
def every_level_is_logged():
    """Also after a test that ran a command, which sets the log up for itself."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(0), logger_factory=structlog.ReturnLoggerFactory()
    )


def pytest_collection_modifyitems(items):
    """What takes longest begins first, so that two processes end together."""
    items.sort(key=lambda item: "/sweep/" not in str(item.path))
