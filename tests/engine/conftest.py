"""These tests read the log at every level, whatever the others are told to show."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def every_level():
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))
    yield
    structlog.configure(**before)
