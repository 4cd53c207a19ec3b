"""Fixes the lines of an opportunity's page that no pull request of a person may change."""

from __future__ import annotations

from collections.abc import Mapping

from bot.documents.inspection.page import read_page
from bot.documents.inspection.twins import FACTS
from bot.documents.posts import writer as posts
from bot.documents.posts.amendment import Amendment, amend
from bot.documents.posts.front_matter import field
from bot.documents.text import PostError
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.page import amendments
from bot.pipeline.text.language import Lang


def fixed_lines(opportunity: Opportunity, text: str, lang: Lang) -> Mapping[str, str]:
    """Returns the lines of front matter, by field, for price, dates, supplier and work, by the state of the issue.

    `text` is the post as it stands; a post that does not link to the issue or cannot be read has none.
    """
    statement, pages = opportunity.statement, amendments(opportunity)
    if statement.price is None or not (opportunity.merged("posting") or opportunity.step > 4):
        return {}
    try:
        post = posts.read_post(text)
        if post.issue_url != opportunity.url:
            return {}
        now = amend(
            text,
            lang,
            Amendment(
                modified=post.modified,
                closing=statement.closing,
                selection=statement.selection,
                delivery=statement.delivery,
                bidder=pages["winner"].bidder if "winner" in pages else None,
                work=pages["work"].work if "work" in pages else None,
            ),
        )
    except PostError:
        return {}
    page = read_page(now)
    lines = {each.name: page.lines[each.line - 1] for each in page.fields if each.name in FACTS}
    if post.value != statement.price.dollars:
        lines["value"] = field("value", posts.money(statement.price.dollars, lang))
    return lines
