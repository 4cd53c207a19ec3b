"""The statement as the issue form renders it, from two posts: what the issue would say to be posted so."""

from __future__ import annotations

from bot.documents.posts.post import Post
from bot.pipeline.model.statement import FIELD_HEADINGS


def as_form(en: Post, fr: Post, need: str, contact: str) -> str:
    """The issue's body. Values that both languages share are the English post's; the price is before taxes."""
    values = {
        "need": need,
        "price": f"${en.value:,}",
        "closing": en.closing.isoformat(),
        "selection": en.selection.isoformat(),
        "delivery": en.delivery.isoformat(),
        "contact": contact,
    }
    for lang, post in (("en", en), ("fr", fr)):
        values |= {
            f"title.{lang}": post.title,
            f"short.{lang}": post.short,
            f"skills.{lang}": ", ".join(post.skills),
            f"description.{lang}": post.description,
            f"opportunity.{lang}": post.opportunity,
            f"evaluation.{lang}": post.evaluation,
            f"criteria.{lang}": post.criteria,
        }
    return "\n\n".join(
        f"### {heading}\n\n{values[name].strip() or '_No response_'}" for name, heading in FIELD_HEADINGS.items()
    )
