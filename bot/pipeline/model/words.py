"""Values for sentences. The pipeline chooses a message; `documents.messages` writes it.

    Message("publish.done", number=7, opens=date(2027, 7, 5))

A plain `str` among the arguments is a person's text, which `documents.messages` escapes. A link, a login or a line
to type of the bot's own has its own type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.pipeline.text.language import Lang

Categories = Mapping[str, Mapping[Lang, str]]
"""The name of each category of the Open Resource Exchange in both languages, by its code."""


class Message:
    """A sentence or a comment by name (`topic.section` of config/messages), with its arguments."""

    __slots__ = ("args", "name")

    def __init__(self, name: str, /, **args: Any) -> None:
        self.name = name
        self.args: Mapping[str, Any] = args

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.name, self.args) == (other.name, other.args)

    def __hash__(self) -> int:
        return hash((self.name, tuple(sorted(self.args))))

    def __repr__(self) -> str:
        args = "".join(f", {name}={value!r}" for name, value in sorted(self.args.items()))
        return f"Message({self.name!r}{args})"

    @property
    def quiet(self) -> Message:
        """Returns the same message without notifications, for a preview."""
        return Message(self.name, **{name: _quiet(value) for name, value in self.args.items()})

    def within(self) -> Iterator[Message]:
        """Yields this message and every message among its arguments, for tests."""
        yield self
        for value in self.args.values():
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Message):
                    yield from part.within()


def _quiet(value: Any) -> Any:
    match value:
        case Message():
            return value.quiet
        case Login(name):
            return Login(name)
        case tuple():
            return tuple(_quiet(part) for part in value)
    return value


@dataclass(frozen=True)
class Login:
    """A GitHub login, without a notification; with `ping` GitHub notifies the person."""

    name: str
    ping: bool = False


def called(*logins: str | None) -> tuple[Login, ...]:
    """Returns the logins, each once, so that GitHub notifies these people."""
    return tuple(Login(login, ping=True) for login in dict.fromkeys(logins) if login)


@dataclass(frozen=True)
class Line:
    """A line to type or to copy, in the form of code."""

    text: str


@dataclass(frozen=True)
class Url:
    """A link with a text, or with its address as the text."""

    href: str
    text: str | Message = ""


class Numbered(Protocol):
    """An issue or a pull request."""

    @property
    def url(self) -> str: ...

    @property
    def number(self) -> int: ...


def link_to(numbered: Numbered) -> Url:
    """Returns a link that shows the number, as `#12`."""
    return Url(numbered.url, f"#{numbered.number}")
