"""Logging: one event a line, for people (`console`) or machines (`json`)."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import structlog


def set_up_logs(level: str, form: str) -> None:
    """Logs to stderr from `level` up; `form` is `console` or `json`."""
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(levelname)s %(name)s %(message)s", as_json=form == "json"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class OneLine(logging.Formatter):
    """Puts a log record of a library on one line, with the error but without its traceback."""

    def __init__(self, form: str, *, as_json: bool = False) -> None:
        super().__init__("%(message)s" if as_json else form)
        self._json = as_json

    def formatException(self, ei: Any) -> str:
        return f"{ei[0].__name__}: {ei[1]}"

    def format(self, record: logging.LogRecord) -> str:
        line = " ".join(super().format(record).split())
        if not self._json:
            return line
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps(
            {"event": line, "logger": record.name, "level": record.levelname.lower(), "timestamp": at},
            ensure_ascii=False,
        )
