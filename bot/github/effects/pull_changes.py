"""Reads from the state of the bot's pull requests what the opportunity has to be given, and what a change means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.pipeline.model.facts import BOT
from bot.pipeline.model.remote import PullRequestState, Shown
from bot.pipeline.model.signals import PullRequestChanged


def unreported_changes(things: Mapping[str, Shown]) -> list[tuple[Shown, PullRequestChanged, str, datetime]]:
    """Lists changes of pull requests that the opportunity was not given yet: thing, change, author and time.

    The change is stored with the thing, so an interruption does not lose it: GitHub may send no webhook for it again.
    """
    return [
        (one, _change(one), last.by or BOT, datetime.fromisoformat(last.untold))
        for one in things.values()
        if (last := one.state(PullRequestState)).untold
    ]


def as_reported(thing: Shown) -> Shown:
    """Returns the thing with its change marked as given to the opportunity."""
    return replace(thing, remote=replace(thing.state(PullRequestState), untold=None))


def _change(thing: Shown) -> PullRequestChanged:
    kind, last = thing.thing.split()[1], thing.state(PullRequestState)
    return PullRequestChanged(kind, last.require_number(), last.url, last.state, head=last.head, stuck=last.stuck)


def as_closed(thing: Shown, pull: PullRequestChanged) -> PullRequestChanged:
    """Returns the change as `withdrawn` if the bot itself closed the pull request, even if interrupted in doing so."""
    last = thing.state(PullRequestState)
    by_bot = last.state == "withdrawn" or last.withdrawing == pull.number
    return replace(pull, state="withdrawn") if by_bot and pull.state == "closed" else pull


def written_from(thing: Shown, pull: PullRequestChanged) -> tuple[str, str]:
    """Returns the title and body of the issue that a pull request's files were written from; ("", "") if unknown.

    A head other than the bot's last commit is the one that the bot was pushing, unless the pull request carries a
    title and body of its own: then somebody else pushed it, and these hold.
    """
    last = thing.state(PullRequestState)
    if pull.body and pull.head != last.head:
        return pull.title, pull.body
    pushed = last.source if last.next is None else last.next
    return (last.source if last.source and pull.head == last.head else pushed) or ("", "")
