"""The answer to one signal, in words."""

from __future__ import annotations

from dataclasses import dataclass

from bot.pipeline.model.words import Message
from bot.pipeline.text.language import Lang

LONGEST_TEXT = 4000
"""Characters that the bot keeps of the text after a command, or of a remark."""


@dataclass(frozen=True)
class Answer:
    """The bot's answer to a comment or a label: the message of each command, in the order written.

    `comment_id` is 0 for the issue's own text, and None if the answer is to an event without a text.
    """

    mark: str
    to: str
    lead: Lang
    messages: tuple[Message, ...]
    comment_id: int | None
    refused: bool
