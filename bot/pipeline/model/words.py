"""Values that sentences are made of. The pipeline says *what* is said; `documents.messages` says it.

    Message("publish.done", number=7, opens=date(2027, 7, 5))

A plain `str` among the arguments is a person's text: it is escaped when written. What the bot itself
knows to be a link, a login or a line to type has a type of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.pipeline.text.language import Lang

Categories = Mapping[str, Mapping[Lang, str]]
"""The words of each category of the Open Resource Exchange in both languages, by its code."""


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
        """The same, pinging nobody: what would be said is not yet said."""
        return Message(self.name, **{name: _quiet(value) for name, value in self.args.items()})

    def within(self) -> Iterator[Message]:
        """This message and every one among its arguments, for tests that read what was said."""
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
    """A GitHub login, shown so that it pings nobody; `ping` where the bot addresses that person."""

    name: str
    ping: bool = False


def called(*logins: str | None) -> tuple[Login, ...]:
    """Those people, each once, addressed so that they hear of it."""
    return tuple(Login(login, ping=True) for login in dict.fromkeys(logins) if login)


@dataclass(frozen=True)
class Line:
    """A line to type or to copy, shown as code."""

    text: str


@dataclass(frozen=True)
class Url:
    """A link; `text` is shown, or the address itself."""

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
