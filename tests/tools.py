"""What tests of every room share."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from alembic.config import Config
from sqlalchemy import inspect

from bot.documents.catalogs import Catalog
from bot.documents.messages import Messages
from bot.ledger import upgrading
from bot.settings import _checked_key, load_labels, load_messages, load_words

_FOLDER = Path(__file__).parents[1] / "config" / "messages"
MESSAGES: Messages = load_messages(_FOLDER)
"""The messages of the bot, read once for all tests."""

WORDS: dict[str, Catalog] = load_words(_FOLDER)
"""The words of the board, the feeds and the files by topic, read once for all tests."""

MIGRATE = upgrading.command.upgrade


@contextmanager
def configuration_read_once() -> Iterator[None]:
    """Share messages, labels and the check of a private key between all bots of this process.

    To read them again would cost each bot half a second.
    """
    messages, labels, key = cache(load_messages), cache(load_labels), cache(_checked_key)
    with (
        patch("bot.app.load_messages", messages),
        patch("bot.cli.setup.load_messages", messages),
        patch("bot.app.load_labels", labels),
        patch("bot.cli.setup.load_labels", labels),
        patch("bot.settings._checked_key", key),
    ):
        yield


@contextmanager
def tables_made_once() -> Iterator[None]:
    """Give a new SQLite database its tables from a copy, and spare each bot all the migrations of an empty one."""

    def upgrade(config: Config, revision: str) -> None:
        connection = config.attributes["connection"]
        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            MIGRATE(config, revision)
            return
        for statement in _tables():
            connection.exec_driver_sql(statement)

    with patch.object(upgrading.command, "upgrade", upgrade):
        yield


@cache
def _tables() -> tuple[str, ...]:
    """The statements that make the tables of today, with what stands in them."""
    with TemporaryDirectory() as folder, patch.object(upgrading.command, "upgrade", MIGRATE):
        file = f"{folder}/template.db"
        upgrading.upgrade(f"sqlite:///{file}")
        with closing(sqlite3.connect(file)) as made:
            return tuple(line for line in made.iterdump() if not line.startswith(("BEGIN", "COMMIT")))


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
