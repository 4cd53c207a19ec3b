"""A process that has imported the bot and forks one for each line it reads: `kill -9` and start again in no time.

Each line is JSON: the environment of a bot and the file of its log. It answers `started PID` and, when that one has
ended, `ended PID STATUS`. A bot that it starts kills itself at the points of `tests.sweep.points`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from unittest.mock import patch


def _warm() -> None:
    """Read and import what every bot needs, so that none that is started has to."""
    import encodings.idna  # noqa: F401

    import flask_bootstrap  # noqa: F401
    import jwt  # noqa: F401
    import sqlalchemy.dialects.postgresql.psycopg
    import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401

    import bot.engine.distributed
    import bot.ledger.upgrading  # noqa: F401
    from bot.documents.amounts import LOCALES
    from bot.pipeline.calendar import add_business_days
    from tests import tools

    patch("bot.app.load_messages", lambda folder: tools.MESSAGES).start()
    now = datetime.now(UTC)
    add_business_days(now.date(), 1)
    for lang in LOCALES:
        for value in (1000, now):
            tools.MESSAGES.show(value, lang)
    gc.freeze()


def main() -> None:
    import bot.__main__
    import bot.cli.serve
    from tests.sweep import points

    _warm()

    say = threading.Lock()

    def tell(line: str) -> None:
        with say:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def wait_for(child: int) -> None:
        _, status = os.waitpid(child, 0)
        tell(f"ended {child} {os.waitstatus_to_exitcode(status)}")

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for descriptor in (1, 2):
                os.dup2(log, descriptor)
            os.environ.update(order["env"])
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            points.watch(order["watch"])
            bot.__main__.cli(order["command"])
            os._exit(0)
        tell(f"started {child}")
        threading.Thread(target=wait_for, args=(child,), daemon=True).start()


if __name__ == "__main__":
    main()
