"""Facts about the course of an opportunity: its issue, its steps, its people, its texts and its pull requests."""

from __future__ import annotations

from datetime import date

from bot.pipeline.model.facts.fact import Fact


class Opened(Fact):
    """An issue became an opportunity. `body` is the issue's Markdown, `author` the first client, `url` its page.

    `adopted`: another event than the opening reached the bot first; the bot still has to run the opening's commands.
    """

    url: str
    author: str
    title: str
    body: str
    adopted: bool = False


class OpeningHeard(Fact):
    """The opening of an adopted issue arrived late, and the bot ran its commands."""


class Described(Fact):
    """Somebody edited the issue's title or body while the statement could still change."""

    title: str
    body: str


class Entered(Fact):
    """The opportunity came to a step, 1 to 9."""

    step: int


class Waitlisted(Fact):
    """The opportunity is eligible, but the steps 3 to 8 already hold as many as the policy allows."""


class Finished(Fact):
    """The supplier is paid, and the code is in the Open Resource Exchange."""


class Cancelled(Fact):
    """The opportunity ended without a payment. `reason` is in a person's words, empty where the label says why."""

    reason: str


class IssueGone(Fact):
    """Somebody deleted the issue or transferred it to another repository: the bot can no longer read or write it."""


class Assigned(Fact):
    """A coordinator took charge."""

    coordinator: str


class ClientAdded(Fact):
    """One more person acts as the client."""

    client: str


class Resembles(Fact):
    """Earlier opportunities of the same client look alike: a coordinator decides if somebody split a contract."""

    numbers: tuple[int, ...]


class BoxTicked(Fact):
    """A person ticked, or cleared, a box of a step's checklist; `box` is its name in the step's file."""

    step: int
    box: str
    ticked: bool


class Signalled(Fact):
    """A coordinator or finance set a signal label (`on`) or took it back."""

    label: str
    on: bool


class Spoke(Fact):
    """A person wrote something that is no command; recorded once a day, to tell silence from work."""


class Flagged(Fact):
    """A text seems to hold personal or protected information of these kinds; without kinds it no longer does.

    `comment_id` is 0 for the issue's own text. The bot never stores the information itself.
    """

    comment_id: int
    kinds: tuple[str, ...]


class Reminded(Fact):
    """A reminder came due for that Eastern day; after an outage it may be too late to be `useful`."""

    what: str
    day: date
    useful: bool


class PublicationAsked(Fact):
    """Somebody asked for the pull request that posts the opportunity, with the statement as it stands."""


class PullRequestSeen(Fact):
    """GitHub showed a pull request of the opportunity in this state.

    `kind` is `posting`, `ore` or one of `page.AMENDMENTS`. `state` is open, merged, closed, or withdrawn: the bot
    closed it because nothing is left to amend, or it is about another opportunity by now. `author` is empty for the
    bot's own. `stuck` says why GitHub does not let the bot merge it, or what a person's pull request lacked.
    """

    kind: str
    number: int
    url: str
    state: str
    author: str = ""
    stuck: str = ""
