"""The error for a pull request that has to wait for people."""

from __future__ import annotations

from bot.pipeline.model.signals import EntryBlocked
from bot.pipeline.model.words import Message


class DraftBlocked(ValueError):
    """People must act before the bot can open the pull request; `message` tells them what to do.

    `entry` says whose turn it is if this is the entry in the Exchange.
    """

    def __init__(self, message: Message, reason: str = "", entry: EntryBlocked | None = None) -> None:
        super().__init__(reason or f"people have to act first: {message.name}")
        self.message, self.entry = message, entry
