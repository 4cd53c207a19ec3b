"""Every kind of fact survives being stored, whatever people wrote in it."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledger import LedgerError
from bot.ledger.codec import decode, encode
from bot.pipeline.model.facts import FACT_KINDS

MOMENTS = st.datetimes(timezones=st.just(UTC))

STORED = """
Accepted on
ApplicationsClosed
Asked number supplier text
Assigned coordinator
BoxTicked step box ticked
Cancelled reason
ClientAdded client
ContractConfirmed supplier
ContractDeclined supplier
CriterionMarked number passed note
Delivered url
DeliveryLapsed why
Described title body
Disputed by text
DrawAnnounced pool round due
Drawn order round randomness
EligibilityConfirmed supplier
Entered step
EntryFilled fields
EntryReviewed number id by verdict text url
EntryStopped turn fields
Evaluated supplier criterion passed rationale
EvidenceGathered evidence
Finished
Flagged comment_id kinds
Greeted supplier what
Held reason
Interested supplier
IssueGone
LabelExplained label on
LabelFreed label
LabelLeft label on
OfferedAgain
Opened url author title body adopted
OpeningHeard
Overridden label reason
OverrideAllowed reason
PublicationAsked
PullRequestSeen kind number url state author stuck
Reminded what day useful
Replied number en fr
RepositoryNamed url name licence licence_url languages homepage description
Reposted
Rescheduled closing selection delivery reason
Resembles numbers
Resumed
RevisionAsked text
Settled text
Signalled label on
Spoke
Terminated supplier reason
Waitlisted
Withdrew supplier
"""
"""Every kind that ledgers hold, and its fields. A new kind, or a new field at the end, is a line to add here."""


def any_of_kind(kind):
    hints = get_type_hints(kind)
    own = {field.name: MOMENTS for field in fields(kind) if hints[field.name] is datetime}
    return st.builds(kind, **own)


@pytest.mark.parametrize("kind", FACT_KINDS.values(), ids=FACT_KINDS)
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


def test_stored_kinds_keep_their_names_and_fields():
    lines = [" ".join([name, *(field.name for field in fields(kind))]) for name, kind in sorted(FACT_KINDS.items())]
    assert lines == STORED.split("\n")[1:-1]
