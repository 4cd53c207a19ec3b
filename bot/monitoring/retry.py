"""Lists everything that is stuck, and retries it now, for `python -m bot retry` and the coordinators' pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ledger import DECIDING, PEOPLE, SHOWING, GivenUp, Ledger, Stuck

KINDS = {DECIDING: "not decided", SHOWING: "not shown", PEOPLE: "waits for people"}


def hurried(ledger: Ledger, key: str | None) -> tuple[list[Stuck], list[str]]:
    """Returns everything that is stuck, or the one key (in lower case), and the keys that it retries now."""
    stuck = [one for one in ledger.stuck() if key in (None, one.key.lower())]
    return stuck, [each for one in stuck if key or one.kind != PEOPLE for each in ledger.hurry(one.key)]


def retried(ledger: Ledger, key: str | None, sweep_seconds: float) -> tuple[list[str], bool]:
    """Retries what is stuck, or the one key; returns a line for each, and whether anything is stuck."""
    now = datetime.now(UTC)
    stuck, woken = hurried(ledger, key)
    lines = [_line(one, now) for one in stuck]
    lines += [_set_aside(one) for one in ledger.given_up() if key in (None, one.key.lower())]
    if woken:
        lines.append(f"{len(woken)} to be tried again, within {sweep_seconds:g} seconds if the bot is running.")
    elif not lines:
        lines.append(_well(ledger, key) if key else "Nothing is stuck.")
    return lines, bool(stuck)


def _well(ledger: Ledger, key: str) -> str:
    if "#" in key and not ledger.load(key).version and not ledger.unread(key):
        return f"{key} is no opportunity that the bot knows: check its number."
    return f"{key} is not stuck."


def _line(one: Stuck, now: datetime) -> str:
    tried = "once" if one.tries == 1 else f"{one.tries} times"
    return f"{one.key}  {KINDS[one.kind]} for {_span(now - one.since)}, tried {tried}: {one.reason}"


def _set_aside(one: GivenUp) -> str:
    where = one.key or "no opportunity"
    return f"{where}  delivery {one.guid} ({one.event}) set aside after {one.tries} tries: {one.error}"


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size or size == 1:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    raise AssertionError
