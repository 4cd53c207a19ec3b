"""What the bot last saw or made on GitHub, so that effects do only what is left to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar


@dataclass(frozen=True)
class CommentState:
    """A comment of the bot: its id, when GitHub made it, and the boxes that the bot ticked in it."""

    id: int | None = None
    at: str | None = None
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReactionState:
    """The bot's reactions to one comment: the id of each, by its content."""

    ids: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelsState:
    """The labels on the issue at a time; `names` is None until GitHub showed them.

    `changed` has the labels that the bot added (True) or removed (False) since GitHub was last asked.
    """

    names: tuple[str, ...] | None = None
    changed: Mapping[str, bool] = field(default_factory=dict)
    at: str | None = None


@dataclass(frozen=True)
class AssigneesState:
    """The people assigned at a time; `names` is None until GitHub showed them. The bot assigned those in `tried`."""

    names: tuple[str, ...] | None = None
    tried: tuple[str, ...] = ()
    at: str | None = None


@dataclass(frozen=True)
class IssueState:
    """Whether the issue was closed at a time; None until GitHub showed it."""

    closed: bool | None = None
    at: str | None = None


@dataclass(frozen=True)
class PullRequestState:
    """A pull request of the bot: where it is, what its files are written from, and how far the bot got with it.

    `head` is the bot's own last commit, upon commit `base` of the branch `onto`. `source` is the title and body of the
    issue that the files at `head` are written from, `next` that of the files being pushed; `last` is the digest of
    what was shown before these. `parts` are digests of what is merged, `proposed` of what is not yet.
    `withdrawing` is the number of the pull request that the bot is closing. `untold` is when the bot saw a change that
    the opportunity has not been given yet, `by` who made it.
    """

    number: int | None = None
    url: str = ""
    state: str = ""
    stuck: str = ""
    branch: str = ""
    round: int = 1
    again: int = 0
    head: str = ""
    onto: str = ""
    base: str | None = None
    source: tuple[str, str] | None = None
    content: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)
    untold: str | None = None
    by: str = ""
    withdrawing: int | None = None
    next: tuple[str, str] | None = None
    last: str | None = None

    def require_number(self) -> int:
        """Returns the number of a pull request that GitHub has made."""
        assert self.number is not None
        return self.number


@dataclass(frozen=True)
class CheckState:
    """The check run: its id, commit and conclusion, and a digest of its annotations."""

    id: int | None = None
    head: str | None = None
    remarks: str | None = None
    conclusion: str | None = None


@dataclass(frozen=True)
class SuggestionsState:
    """The suggestions that were offered, those being offered, and the mark of the review that offers them."""

    offered: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class OwnState:
    """Until when the bot's own work, found on GitHub, answers for what people did."""

    until: str = ""


RemoteState = (
    CommentState
    | ReactionState
    | LabelsState
    | AssigneesState
    | IssueState
    | PullRequestState
    | CheckState
    | SuggestionsState
    | OwnState
)

STATES: Mapping[str, type[RemoteState]] = {
    "comment": CommentState,
    "reaction": ReactionState,
    "labels": LabelsState,
    "assignees": AssigneesState,
    "state": IssueState,
    "pull": PullRequestState,
    "check": CheckState,
    "suggestions": SuggestionsState,
    "own": OwnState,
}
"""The kind of state of each thing, by the first word of the thing's name."""

_State = TypeVar("_State", bound=RemoteState)


@dataclass(frozen=True)
class Shown:
    """One thing of an opportunity on GitHub.

    `thing` names it: `labels`, `assignees`, `state`, `comment status`, `comment reply 99`,
    `reaction 99`, `pull posting`. `digest` is that of the content GitHub shows, None until it does.
    `wanted` is the content of a thing decided once (an answer), kept until shown. `remote` is its state, None until
    something is known of it. `begun` is set before something is created: found set without `digest`, the thing may
    exist already and is looked up.
    """

    thing: str
    digest: str | None = None
    wanted: str | None = None
    remote: RemoteState | None = None
    begun: datetime | None = None

    def state(self, kind: type[_State]) -> _State:
        """Its state; an empty one where nothing of that kind is known."""
        return self.remote if isinstance(self.remote, kind) else kind()


ADOPTED = "adopted"
"""The digest of what was found on GitHub, made by the bot before the ledger knew of it."""
