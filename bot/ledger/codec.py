"""Turns facts into text and back: the name of the class, and its fields as JSON.

encode(Entered(3)) == ("Entered", '{"step":3}')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.ledger.errors import LedgerError
from bot.ledger.values import PullProgress, Unreported
from bot.pipeline.model.facts import FACT_KINDS, Fact
from bot.pipeline.model.remote import STATES, RemoteState


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(FACT_KINDS[kind])


def encode(fact: Fact) -> tuple[str, str]:
    """Returns the kind and the data to store."""
    kind = type(fact).__name__
    return kind, _adapter(kind).dump_json(fact).decode()


def decode(kind: str, data: str) -> Fact:
    """Returns the fact. A field that was added to its kind later takes its default."""
    if kind not in FACT_KINDS:
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


_STATES: dict[str, TypeAdapter[RemoteState]] = {name: TypeAdapter(kind) for name, kind in STATES.items()}
_NAMES = {kind: name for name, kind in STATES.items()}
_STORED_NAMES = {("labels", "changed"): "made", ("suggestions", "offered"): "given"}
"""Names of fields in the ledger that differ from those in Python, by kind and name in Python."""
_PYTHON_NAMES = {(kind, stored): name for (kind, name), stored in _STORED_NAMES.items()}


def encode_state(state: RemoteState | None) -> dict[str, object]:
    """Returns the fields of a state as JSON holds them, without those that are None."""
    if state is None:
        return {}
    kind = _NAMES[type(state)]
    fields: dict[str, object] = _STATES[kind].dump_python(state, mode="json", exclude_none=True)
    return {_STORED_NAMES.get((kind, name), name): value for name, value in fields.items()}


def decode_state(thing: str, fields: Mapping[str, object]) -> RemoteState | None:
    """Returns the state of a thing, None if no field is stored. It ignores fields that this version does not know."""
    if not fields:
        return None
    kind = thing.split(maxsplit=1)[0]
    adapter = _STATES.get(kind)
    if adapter is None:
        raise LedgerError(f"The ledger holds a thing of the unknown kind {thing}: run the newer code that wrote it.")
    try:
        state: RemoteState = adapter.validate_python(
            {_PYTHON_NAMES.get((kind, name), name): value for name, value in fields.items()}
        )
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise LedgerError(f"The ledger holds a state of {thing} that this code cannot read ({where}).") from error
    return state


_PROGRESS = {
    "sender": "by",
    "rebuilt": "found",
    "check_request": "again",
    "judged": "judged",
    "offered": "offered",
    "lookups": "looks",
    "updated_at": "looked",
}
"""The names of the progress of a pull request in the ledger, by their names in Python."""


def encode_progress(progress: PullProgress) -> dict[str, object]:
    """Returns the progress as JSON holds it, without what is empty."""
    fields: dict[str, object] = {
        stored: value for name, stored in _PROGRESS.items() if (value := getattr(progress, name))
    }
    if first := progress.unreported:
        fields["told"] = {"first": first.id, "at": first.at.isoformat()}
    return fields


def decode_progress(fields: Mapping[str, Any]) -> PullProgress:
    """Returns the progress. It ignores fields that this version does not know."""
    first, unreported = fields.get("told"), None
    if isinstance(first, dict):
        unreported = Unreported(first["first"], datetime.fromisoformat(first["at"]))
    known = {name: fields[stored] for name, stored in _PROGRESS.items() if stored in fields}
    return PullProgress(unreported, **known)
