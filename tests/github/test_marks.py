"""Marks and boxes: what the bot finds its own work by, and what it must not undo."""

from __future__ import annotations

import pytest

from bot.github.effects import ticks
from bot.github.reading import marks


def test_a_mark_counts_only_at_the_very_end():
    text = marks.marked("Hello", "checklist 5")
    assert text == "Hello\n\n<!-- micro-acquisition: checklist 5 -->"
    assert (marks.find_mark(text), marks.without(text)) == ("checklist 5", "Hello")
    assert marks.find_mark(text + "\r\n") == "checklist 5"
    quoted = f"> {text}\n\nand I say /draw"
    assert (marks.find_mark(quoted), marks.without(quoted)) == (None, quoted)
    with pytest.raises(ValueError, match="cannot be a mark"):
        marks.mark("reply --> <!--")


def test_a_text_too_long_for_github_is_cut_and_keeps_its_mark():
    text = marks.marked("a line\n" * 10_000, "status")
    assert len(text) <= 65_536
    assert text.endswith("a line\n\n…\n\n<!-- micro-acquisition: status -->")


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        ("- [x] old <!-- box a -->", "- [ ] new <!-- box a -->", "- [x] new <!-- box a -->"),
        ("- [ ] old <!-- box a -->", "- [x] new <!-- box a -->", "- [x] new <!-- box a -->"),
        ("* [X] old <!-- box a -->\r\nx", "* [ ] new <!-- box a -->", "* [x] new <!-- box a -->"),
        ("- [x] old <!-- box b -->", "- [ ] new <!-- box a -->", "- [ ] new <!-- box a -->"),
        ("> - [x] quoted <!-- box a -->", "- [ ] new <!-- box a -->", "- [ ] new <!-- box a -->"),
    ],
)
def test_a_box_ticked_by_a_person_stays_ticked(there, wanted, expected):
    assert ticks.keep(there, wanted) == expected


def test_a_box_ticked_by_the_bot_follows_what_is_true():
    there = "- [x] mine <!-- box a -->\n- [x] theirs <!-- box b -->"
    wanted = "- [ ] mine <!-- box a -->\n- [ ] theirs <!-- box b -->"
    assert ticks.keep(there, wanted, {"a"}) == wanted.replace("[ ] theirs", "[x] theirs")
