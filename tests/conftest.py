"""What every test starts with: a log that takes every level, for the tests that read it, and prints none.

Properties are tried with few examples, to be quick; `HYPOTHESIS=thorough` tries many.
"""

import os

import structlog
from hypothesis import settings

from tests.postgres import database_url, postgresql, postgresql_server

__all__ = ["database_url", "postgresql", "postgresql_server"]

structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(0), logger_factory=structlog.ReturnLoggerFactory()
)

settings.register_profile("quick", max_examples=40)
settings.register_profile("thorough", max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS", "quick"))
