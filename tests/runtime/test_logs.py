"""One event a line, whoever logs it."""

from __future__ import annotations

import json
import logging
import sys

from bot.runtime.logs import OneLine


def test_an_exception_that_a_library_logs_is_one_line_and_no_traceback():
    try:
        raise ValueError("not\nfound")
    except ValueError:
        record = logging.LogRecord("asyncio", logging.ERROR, "", 1, "never\nretrieved", None, sys.exc_info())
    said = OneLine("%(levelname)s %(name)s %(message)s").format(record)
    as_json = OneLine("%(levelname)s %(name)s %(message)s", as_json=True).format(record)
    assert json.loads(as_json) | {"timestamp": ""} == {
        "event": "never retrieved ValueError: not found",
        "logger": "asyncio",
        "level": "error",
        "timestamp": "",
    }
    assert said == "ERROR asyncio never retrieved ValueError: not found"
