"""What every test starts with: a log that takes every level, for the tests that read it, and prints none."""

import structlog

structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(0), logger_factory=structlog.ReturnLoggerFactory()
)
