"""Facts as text and back: the name of the class, and its fields as JSON.

encode(Entered(3)) == ("Entered", '{"step":3}')
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.ledger.errors import LedgerError
from bot.pipeline.model.facts import KINDS, Fact


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def encode(fact: Fact) -> tuple[str, str]:
    """The kind and the data to store."""
    kind = type(fact).__name__
    return kind, _adapter(kind).dump_json(fact).decode()


def decode(kind: str, data: str) -> Fact:
    """The fact again. A field added to a kind later takes its default."""
    if kind not in KINDS:
        raise LedgerError(f"The ledger holds a fact of the unknown kind {kind}: run the newer code that wrote it.")
    try:
        fact: Fact = _adapter(kind).validate_json(data)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise LedgerError(
            f"The ledger holds a fact {kind} that this code cannot read ({where}: {problem['msg']}): "
            "run the version that wrote it."
        ) from error
    return fact
