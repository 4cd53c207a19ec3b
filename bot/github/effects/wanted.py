"""What GitHub should show of one opportunity: the view makes these values, and `effects.bring` writes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.github.reading.tree import Tree


@dataclass(frozen=True)
class Text:
    """A comment of the bot. `mark` is its kind and key ("reply 99"); `body` is without the mark.

    `once`: an answer, whose content (`Shown.wanted`) the ledger drops once it is on GitHub. `ticks`: the boxes that
    people ticked stay ticked.
    """

    mark: str
    body: str
    digest: str
    once: bool = False
    ticks: bool = False


@dataclass(frozen=True)
class Reaction:
    """A reaction ("+1", "confused", "eyes") on a comment; on the issue itself if `comment_id` is 0."""

    comment_id: int
    content: str


def thing_of(kind: str, run: int) -> str:
    """Returns the ledger's name of a pull request. Each run of an opportunity has a posting of its own."""
    return f"pull {kind}" if run == 1 or kind != "posting" else f"pull {kind} run-{run}"


Write = Callable[[Tree], Awaitable[dict[str, str]]]
"""Writes the full text of each file from the files on the base. Raises ValueError with the reason if it cannot."""


@dataclass(frozen=True)
class Draft:
    """A pull request that the bot should open on `target`; `base` None is its default branch. `body` has no mark.

    `source` is the title and body of the issue that the files are written from; the ledger keeps it with the commit.
    `parts` are digests of the parts that people may edit too; they count once merged. `follows`: an amendment, of
    which there may be another after a merge. `merge`: the bot merges it if GitHub allows that. `content` is a digest
    of what the files say; if only the words around it change, the commits of people stay. `again` counts how often
    somebody asked for another one after one that ended without its work done. `entitle` makes the title from the
    files on the base; `title` serves until then.
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
    """All that GitHub should show. `managed` are the labels that the bot may add or remove.

    `closed` is GitHub's reason for closing. `unassigned` are the logins that the bot assigned and that are no longer
    in charge. `look`: read if the base of pull requests moved on; the webhook may be lost. `superfluous` are the
    ledger's names of the bot's pull requests that have no use any more.
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
