"""What GitHub should show of one opportunity: values made by the view, brought about by `effects.bring`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.github.reading.tree import Tree


@dataclass(frozen=True)
class Text:
    """A comment of the bot. `mark` is its kind and key ("reply 99"); `body` is without the mark.

    `once`: an answer, whose content (`Shown.wanted`) is forgotten when shown. `ticks`: boxes ticked by people stay.
    """

    mark: str
    body: str
    digest: str
    once: bool = False
    ticks: bool = False


@dataclass(frozen=True)
class Reaction:
    """A reaction ("+1", "confused", "eyes") on a comment; on the issue itself where `comment_id` is 0."""

    comment_id: int
    content: str


def thing_of(kind: str, run: int) -> str:
    """What the ledger calls a pull request; one that is posted again has others in each run."""
    return f"pull {kind}" if run == 1 or kind != "posting" else f"pull {kind} run-{run}"


Write = Callable[[Tree], Awaitable[dict[str, str]]]
"""Makes the full text of each file from what is on the base; a ValueError says why it cannot."""


@dataclass(frozen=True)
class Draft:
    """A pull request to be, on `target`; `base` None is its default branch. `body` is without the mark.

    `source` is the issue's title and body that the files are written from, remembered with the commit; so are the
    `parts`, digests of what the bot puts where people may edit too: they count once merged. `follows`: an amendment,
    of which there may be another after one that was merged; `merge`: the bot merges it, where GitHub lets it.
    `content` is a digest of what the files say: where only the words around them are new, what people committed stays.
    `again`: how often another one was asked for after one that ended without its work done.
    `entitle` makes the title from what is on the base, where only that tells it; `title` serves until then.
    """

    kind: str
    target: str
    base: str | None
    branch: str
    title: str
    body: str
    digest: str
    write: Write
    message: str
    source: tuple[str, str] = ("", "")
    run: int = 1
    again: int = 0
    follows: bool = False
    merge: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    entitle: Callable[[Tree], Awaitable[str]] | None = None

    @property
    def thing(self) -> str:
        return thing_of(self.kind, self.run)


@dataclass(frozen=True)
class Wanted:
    """Everything. `managed` are all labels the bot may add or remove; `closed` is GitHub's state reason.

    `unassigned` are the logins that the bot had put in charge and that no longer are. `look`: see whether the base of
    pull requests has moved on, which no webhook may have told. `superfluous` are the bot's own, by what the ledger
    calls them, that have no use any more.
    """

    labels: frozenset[str] = frozenset()
    managed: frozenset[str] = frozenset()
    assignees: frozenset[str] = frozenset()
    unassigned: frozenset[str] = frozenset()
    texts: tuple[Text, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    drafts: tuple[Draft, ...] = ()
    closed: str | None = None
    look: bool = True
    superfluous: tuple[str, ...] = ()
