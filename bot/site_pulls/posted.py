"""Reads what a merged pull request posted, and writes the issue that would have been posted so."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from bot.documents.posts import writer as posts
from bot.documents.posts.reader import as_form
from bot.github.reading.site_pull import FileChange
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.reading.review import lacking
from bot.pipeline.text.language import Lang
from bot.proposals.posting import post_of


def posts_of(changes: Sequence[FileChange], opportunity: Opportunity) -> dict[Lang, posts.Post]:
    """Returns the added posts of the opportunity, by language: those that link to its issue."""
    found: dict[Lang, posts.Post] = {}
    for change in changes:
        if change.status == "added" and change.text:
            with contextlib.suppress(posts.PostError):
                post = posts.read_post(change.text)
                if post.issue_url == opportunity.url:
                    found[post.lang] = post
    return found


def as_posted(posted: Mapping[Lang, posts.Post], opportunity: Opportunity) -> dict[str, str]:
    """Returns title and body of an issue that says what was merged; the present ones if they say the same."""
    statement = opportunity.statement
    if not lacking(statement):
        due = {lang: post_of(opportunity, lang, post.ref, post.modified) for lang, post in posted.items()}
        if all(posts.write_post(due[lang]) == posts.write_post(post) for lang, post in posted.items()):
            return {"title": opportunity.title, "body": opportunity.body}
    return {
        "title": posted[opportunity.lang].title,
        "body": as_form(posted["en"], posted["fr"], statement.need, statement.contact),
    }
