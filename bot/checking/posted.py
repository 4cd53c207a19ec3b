"""What a merged pull request posted, and what the issue would say to be posted so."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from bot.documents import posts
from bot.documents.statement_form import as_form
from bot.drafts.posting import post_of
from bot.github.watch import FileChange
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.review import lacking
from bot.pipeline.words import Lang


def posts_of(changes: Sequence[FileChange], o: Opportunity) -> dict[Lang, posts.Post]:
    """The posts of the opportunity that were added, by language: those that lead to its issue."""
    found: dict[Lang, posts.Post] = {}
    for change in changes:
        if change.status == "added" and change.text:
            with contextlib.suppress(posts.PostError):
                post = posts.read(change.text)
                if post.issue_url == o.url:
                    found[post.lang] = post
    return found


def as_posted(posted: Mapping[Lang, posts.Post], o: Opportunity) -> dict[str, str]:
    """Title and body of the issue that says what was merged: as it stands, or as it would be written."""
    statement = o.statement
    if not lacking(statement):
        due = {lang: post_of(o, lang, post.ref, post.modified) for lang, post in posted.items()}
        if all(posts.write(due[lang]) == posts.write(post) for lang, post in posted.items()):
            return {"title": o.title, "body": o.body}
    return {
        "title": posted[o.lang].title,
        "body": as_form(posted["en"], posted["fr"], statement.need, statement.contact),
    }
