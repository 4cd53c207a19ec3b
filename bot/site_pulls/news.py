"""Decides what an opportunity has to be given of a pull request of the site, and what the bot says there at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.documents.messages import text_digest
from bot.github.reading.site_pull import FileChange, SitePull, kind_and_number
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Login, Message, called, link_to
from bot.pipeline.steps.posting import INCOMPLETE
from bot.pipeline.text.language import LANGS
from bot.site_pulls.posted import as_posted, posts_of


@dataclass(frozen=True)
class News:
    """The fields of a change for the opportunity. `offer` is a digest of a posting that it did not ask for, else ""."""

    fields: Mapping[str, object]
    offer: str = ""


def news_for(
    opportunity: Opportunity,
    pull: SitePull,
    changes: Sequence[FileChange],
    *,
    unreported: bool,
    offered: str,
    on_base: bool,
) -> News | None:
    """Returns what the opportunity has to be given, None if it knows all of it or the pull request is not for it.

    `unreported`: a delivery on it has no answer yet. `offered` is the digest of what the opportunity was offered last.
    """
    kind = (kind_and_number(pull) or ("posting", 0))[0]
    known = opportunity.pull(kind)
    mine = known is not None and known.number == pull.number
    state = "closed" if pull.state == "merged" and not on_base else pull.state
    if mine and known and known.state == state:
        return None
    fields = {"kind": kind, "number": pull.number, "url": pull.url, "state": state, "head": pull.head}
    posted = posts_of(changes, opportunity) if state == "merged" and kind == "posting" else {}
    if len(posted) == len(LANGS):
        fields |= as_posted(posted, opportunity)
    incomplete = kind == "posting" and state == "merged" and len(posted) < len(LANGS)
    if incomplete:
        fields |= {"state": "closed", "stuck": INCOMPLETE}
    if pull.ours:
        return News(fields) if unreported or mine else None
    fields["author"] = pull.author
    if mine:
        return News(fields)
    free = opportunity.step <= 4 and (known is None or known.state not in ("open", "merged"))
    offer = text_digest(pull.author, repr(opportunity.clients), repr(known), str(opportunity.step))
    wanted = unreported or (free and offer != offered)
    return News(fields, offer) if wanted and adds_posts(changes) and not incomplete else None


def last_word(
    opportunity: Opportunity, pull: SitePull, changes: Sequence[FileChange], *, failed: bool
) -> Message | None:
    """Returns the coach's last message on a merged pull request; None if it changed nothing that concerns posts.

    `failed`: its check had failed. How the opportunity goes on is said in its issue.
    """
    posting = opportunity.pull("posting")
    merged = posting is not None and posting.state == "merged"
    posts_it = merged and posting is not None and posting.number == pull.number
    may_post = (
        not merged
        and opportunity.step == 4
        and opportunity.running
        and len(posts_of(changes, opportunity)) == len(LANGS)
    )
    if not changes and not posts_it:
        return None
    adds, where = adds_posts(changes), link_to(opportunity)
    if adds and not posts_it and not may_post:
        return Message("coach.merged-wrongly", merger=Login(pull.by, ping=True), opportunity=where)
    if failed:
        people = called(pull.by, opportunity.coordinator)
        return Message("coach.merged-failed", people=people, opportunity=where, posts_it=adds)
    return Message("coach.merged", author=Login(pull.author, ping=True), opportunity=where)


def adds_posts(changes: Sequence[FileChange]) -> bool:
    """Tells if the changes add a file among the posts."""
    return any(change.status == "added" and change.path.startswith("_posts/") for change in changes)
