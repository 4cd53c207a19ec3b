"""Drafts the pull requests of an opportunity: the files that `documents` writes, for a target repository.

Each module drafts one kind: `posting` posts the opportunity, `amending` updates its page, and `entry` enters the
accepted code in the Exchange.
"""

from __future__ import annotations

from datetime import datetime

from bot.documents.messages import Messages
from bot.documents.posts import writer as posts
from bot.github.effects.bring import Draft
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.remote import PullRequestState, Shown
from bot.pipeline.model.words import Message
from bot.pipeline.view import Pull
from bot.proposals.amending import Amendments
from bot.proposals.entry import Entries
from bot.proposals.posting import Postings
from bot.proposals.ready import DraftBlocked

__all__ = ["DraftBlocked", "Drafts"]


class Drafts:
    """Makes drafts of all kinds of pull requests."""

    def __init__(self, policy: Policy, messages: Messages) -> None:
        self._messages = messages
        self._postings, self._entries = Postings(policy), Entries(policy)
        self._amendments = Amendments(policy, messages)

    def draft(self, pull: Pull, opportunity: Opportunity, now: datetime, remote_state: Shown | None) -> Draft:
        """Returns a draft, whose files the bot writes when it reads the base.

        `now` is aware UTC; `remote_state` is that of the pull request if it exists already. Raises DraftBlocked if the
        posts cannot be written.
        """
        body = self._messages.comment(pull.body, opportunity.lang)
        remote = remote_state.state(PullRequestState) if remote_state else PullRequestState()
        if pull.page:
            return self._amendments.draft(pull, pull.page, opportunity, body, now, remote.parts)
        if pull.kind == "posting":
            try:
                return self._postings.draft(pull, opportunity, body, now, remote.number)
            except posts.PostError as error:
                raise DraftBlocked(Message("posting.unwritable"), str(error)) from error
        return self._entries.draft(pull, opportunity, body)
