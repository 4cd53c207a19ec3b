"""Only facts that posts depend on wake the pull requests of the site."""

from datetime import UTC, datetime

import pytest

from bot.pipeline.model.facts import Entered, Recorded, Signalled, Spoke, Waitlisted
from bot.pipeline.model.post_facts import count_post_facts


@pytest.mark.parametrize(
    ("fact", "counts"),
    [
        (Waitlisted(), 1),
        (Signalled("eligible", False), 1),  # out of the line: its posts are no longer too early for that
        (Signalled("funds-reserved", True), 1),
        (Signalled("paid", True), 0),
        (Entered(7), 1),
        (Entered(8), 0),
        (Spoke(), 0),
    ],
)
def test_a_fact_counts_if_a_judgement_of_posts_depends_on_it(fact, counts):
    assert count_post_facts([Recorded(fact, datetime(2027, 7, 12, tzinfo=UTC), "someone", "", "")]) == counts
