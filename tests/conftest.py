"""What every test starts with: a log that takes every level, for the tests that read it, and prints none.

Properties are tried with few examples, to be quick, and always with the same; `HYPOTHESIS=thorough` tries many others.
"""

import gc
import os
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests import tools
from tests.postgres import database_url, postgresql, postgresql_server

__all__ = ["database_url", "postgresql", "postgresql_server"]

ROOT = Path(__file__).parent

untimed = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=40, derandomize=True, **untimed)
settings.register_profile("thorough", max_examples=1000, **untimed)
settings.load_profile(os.environ.get("HYPOTHESIS", "quick"))


@pytest.fixture(scope="session", autouse=True)
def configuration_is_read_once():
    with tools.configuration_read_once():
        yield


@pytest.fixture(autouse=True)
def every_level_is_logged():
    """Also after a test that ran a command, which sets the log up for itself."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(0), logger_factory=structlog.ReturnLoggerFactory()
    )


FIRST = (
    "journeys/test_stories_twenty.py",
    "sweep/test_crashes.py",
    "sweep/test_webhooks.py",
    "sweep/test_faults.py",
    "journeys/test_resync.py",
    "journeys/test_killed.py",
    "journeys/test_trouble.py",
    "journeys/test_demo.py",
    "journeys/test_stories_exchange.py",
    "journeys/test_stories_pulls.py",
    "sweep/test_stops.py",
    "journeys/test_stories_line.py",
    "journeys/test_stories_refused.py",
    "journeys/test_database_trouble.py",
)
"""The files that take longest, the longest first. They begin first, so that the processes end together."""


def pytest_collection_modifyitems(items):
    """Put the longest files first, then the other journeys, then the rest in its own order."""
    places = {ROOT / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: (places.get(item.path, len(places)), ROOT / "journeys" not in item.path.parents))


def pytest_collection_finish():
    """Spare the garbage collector the modules, and let it run more rarely: it took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_xdist_auto_num_workers():
    """Run three processes on two cores: a journey waits for a third of its time."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)
