"""The one opportunity that people ever posted by hand: what the bot would post from the same words in an issue.

The pages differ from theirs only where the site's rules say that theirs was wrong, or where the bot adds its own.
"""

from __future__ import annotations

import difflib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.documents.posts import writer as posts
from bot.documents.posts.reader import as_form
from bot.pipeline.model.facts import BOT, Opened, Recorded
from bot.pipeline.model.fold import fold
from bot.pipeline.reading.review import lacking
from bot.proposals.posting import post_of
from tests.tools import needs_shared

REAL = Path(__file__).parents[3] / "shared" / "data" / "posts"
ISSUE = "https://github.com/canada-ca/micro-acquisition/issues/12"

DIFFERENCES = {
    "en": [
        "-ref: opportunity1",  # the templates and every post had this one, so the pages were paired with the wrong ones
        "+ref: opportunity2",
        "-last_modified: 2021-06-30",  # the day of the posting; this was the day of the extension
        "-update: closing_date",  # nothing is extended yet
        "+last_modified: 2021-06-23",
        "-### The work",  # the template's heading
        "+### Opportunity",
        "+",  # where to apply, which the page did not say
        f"+To apply or to ask a question, go to [this opportunity's page on GitHub]({ISSUE}).",
    ],
    "fr": [
        "-ref: opportunity1",
        "+ref: opportunity2",
        "-value: 6 500$ (hors les taxes)",
        "+value: 6\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}$ (hors taxes)",
        "-last_modified: 2021-06-30",
        "-update: closing_date",
        "+last_modified: 2021-06-23",
        "-### Le travail",
        "+### Opportunité",
        "+",
        f"+Pour postuler ou poser une question, allez à [la page de cette opportunité sur GitHub]({ISSUE}).",
    ],
}


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_from_issue_to_posts_only_what_was_wrong_changes(lang):
    needs_shared(REAL.is_dir())
    written = {each: next((REAL / each).glob("2021-06-23-*.md")).read_text() for each in ("en", "fr")}
    body = as_form(
        posts.read_post(written["en"]), posts.read_post(written["fr"]), "Policies for the cloud", "jo@example.gc.ca"
    )
    opened = Opened(ISSUE, "client", "Azure policies", body)
    o = fold(
        "canada-ca/micro-acquisition", 12, [Recorded(opened, datetime(2021, 6, 20, tzinfo=UTC), BOT, "", "opened")]
    )
    assert lacking(o.statement) == ()
    made = posts.write_post(post_of(o, lang, "opportunity2", date(2021, 6, 23)))
    changed = [
        line
        for line in difflib.unified_diff(written[lang].splitlines(), made.splitlines(), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    assert changed == DIFFERENCES[lang]
