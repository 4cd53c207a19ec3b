"""What people have to put right before a pull request can be opened."""

from __future__ import annotations

from bot.pipeline.model.signals import EntryBlocked
from bot.pipeline.model.words import Message


class DraftBlocked(ValueError):
    """People have to put something right before the pull request can be opened; `message` tells them what.

    `entry`: whose turn it is with the entry in the Exchange, where that is what cannot be opened.
    """

    def __init__(self, message: Message, reason: str = "", entry: EntryBlocked | None = None) -> None:
        super().__init__(reason or f"people have to act first: {message.name}")
        self.message, self.entry = message, entry
