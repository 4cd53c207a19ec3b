"""Every kind of fact survives being stored, whatever people wrote in it."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledger import LedgerError
from bot.ledger.codec import decode, encode
from bot.pipeline.model.facts import KINDS

MOMENTS = st.datetimes(timezones=st.just(UTC))


def any_of_kind(kind):
    hints = get_type_hints(kind)
    own = {field.name: MOMENTS for field in fields(kind) if hints[field.name] is datetime}
    return st.builds(kind, **own)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_fact_comes_back_as_it_was(kind):
    @settings(max_examples=30, deadline=None)
    @given(any_of_kind(kind))
    def comes_back(fact):
        assert decode(*encode(fact)) == fact

    comes_back()


def test_a_fact_of_newer_code_is_not_guessed_at():
    with pytest.raises(LedgerError, match="unknown kind Teleported"):
        decode("Teleported", "{}")
    with pytest.raises(LedgerError, match=r"Entered that this code cannot read \(step"):
        decode("Entered", '{"stage": 3}')
