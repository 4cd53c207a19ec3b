"""Writes, reads and checks the record of a draw, from which anyone can compute the draw again.

Two kinds of comments hold a record, in a fenced `text` block: the announcement (mark `draw ROUND`), and one for each
supplier who gets the offer (mark `drawn ROUND LOGIN`), with three lines more.

    micro-acquisition draw / tirage
    opportunity: canada-ca/micro-acquisition#12
    pool: supplier-1, supplier-2
    pool-sha256: effed40a…
    beacon: https://api.drand.sh/public/7343906
    round: 7343906
    due: 2027-07-16T14:30:00Z
    randomness: abababab…
    key: 7764…./
    order: supplier-2, supplier-1
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from markdown_it import MarkdownIt

from bot.pipeline.draw import rfc3797 as draw
from bot.pipeline.model.policy import BeaconPolicy

TITLE = "micro-acquisition draw / tirage"

_LOGIN = r"[A-Za-z0-9][\w-]*"
_LOGINS = rf"{_LOGIN}(?:, {_LOGIN})*"
_ANNOUNCED = {
    "opportunity": r"[\w.-]+/[\w.-]+\#[1-9][0-9]*",
    "pool": _LOGINS,
    "pool_sha256": "[0-9a-f]{64}",
    "beacon": "https?://[!-~]+",
    "round": "[1-9][0-9]{0,8}",
    "due": r"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}Z",
}
_DRAWN = {"randomness": "[0-9a-f]{64}", "key": r"[0-9]+\./", "order": _LOGINS}
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def _lines(forms: dict[str, str]) -> str:
    return "".join(f"\n{name.replace('_', '-')}: (?P<{name}>{form})" for name, form in forms.items())


_RECORD = re.compile(rf"{TITLE}{_lines(_ANNOUNCED)}(?:{_lines(_DRAWN)})?", re.ASCII)


@dataclass(frozen=True)
class DrawRecord:
    """The values of one block, true or not; the last three are empty in an announcement.

    `opportunity` is `owner/name#number`, `beacon` the round's own address, `randomness` 64 hexadecimal digits.
    """

    opportunity: str
    pool: tuple[str, ...]
    pool_sha256: str
    beacon: str
    round: int
    due: datetime
    randomness: str = ""
    key: str = ""
    order: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Returns the block's text, without the fence."""
        values = ((field.name.replace("_", "-"), getattr(self, field.name)) for field in fields(self))
        return "\n".join([TITLE, *(f"{name}: {_written(value)}" for name, value in values if value)])


def _written(value: str | int | datetime | tuple[str, ...]) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(_TIME)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def pool_hash(pool: Sequence[str]) -> str:
    """Computes SHA-256, in hexadecimal, of the logins in their order, each with a newline after it, in UTF-8."""
    return hashlib.sha256("".join(f"{login}\n" for login in pool).encode()).hexdigest()


def announcement(repository: str, number: int, pool: Sequence[str], beacon: str, round: int, due: datetime) -> str:
    """Writes the record that announces a draw, without the fence.

    `pool` is in the order that counts; `beacon` is the address of the beacon (policy: `beacon.url`), without the
    round; `due` is the time of the round.
    """
    address = f"{beacon.rstrip('/')}/{round}"
    return DrawRecord(f"{repository}#{number}", tuple(pool), pool_hash(pool), address, round, due).text


def result(announced: str, randomness: str, order: Sequence[str]) -> str:
    """Adds the result to an announcement: the round's randomness (hexadecimal) and every place."""
    return f"{announced}\nrandomness: {randomness}\nkey: {draw.beacon_key(randomness)}\norder: {', '.join(order)}"


def read_record(text: str) -> DrawRecord | None:
    """Reads the record in a comment's Markdown; None without a record, or with two different ones."""
    blocks = {
        token.content.rstrip("\n")
        for token in MarkdownIt("commonmark").parse(text)
        if token.type == "fence" and token.level == 0 and token.content.startswith(TITLE)
    }
    found = _RECORD.fullmatch(blocks.pop()) if len(blocks) == 1 else None
    if not found:
        return None
    values: dict[str, Any] = found.groupdict(default="")
    try:
        due = datetime.strptime(values["due"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    logins = {name: tuple(filter(None, values[name].split(", "))) for name in ("pool", "order")}
    return DrawRecord(**{**values, **logins, "round": int(values["round"]), "due": due})


@dataclass(frozen=True)
class Published:
    """A comment with a record, its author and its times (UTC); `mark` is `draw ROUND` or `drawn ROUND LOGIN`."""

    record: DrawRecord
    mark: str
    by: str
    url: str
    written: datetime
    edited: datetime


@dataclass(frozen=True)
class DrawFinding:
    """The result of one check, and a sentence about it."""

    name: str
    ok: bool
    sentence: str


def check_draw(
    opportunity: str,
    announced: Published,
    results: Sequence[Published],
    randomness: str | None,
    beacon: BeaconPolicy,
    replaced: datetime | None = None,
) -> tuple[DrawFinding, ...]:
    """Checks a draw of an opportunity (`owner/name#number`), with one finding for each rule.

    `results` are the comments after the announcement, oldest first; `randomness` is the beacon's own for the
    announced round, None where it gives nothing; `replaced` is the time of the next draw's announcement.
    """
    record, out = announced.record, _out(announced.record.round, beacon)
    findings = [
        _opportunity(opportunity, (announced, *results)),
        _pool(record),
        _round(record, announced.mark, beacon),
        _before(announced, out),
    ]
    if not results:
        return (*findings, _no_result(record.round, out, randomness, replaced))
    findings.append(_repeated(record, results))
    if randomness is None:
        why = f"{beacon.url} does not give round {record.round}, or not as its signature proves it: try again later."
        return (*findings, DrawFinding("randomness", False, why))
    return (*findings, _randomness(results, randomness), *_order(record, results, randomness))


def _opportunity(opportunity: str, published: Sequence[Published]) -> DrawFinding:
    others = [one.record.opportunity for one in published if one.record.opportunity.lower() != opportunity.lower()]
    if others:
        return DrawFinding(
            "opportunity",
            False,
            f"The record is of {others[0]}, not of {opportunity}. (If that is an earlier name of the repository, "
            "ask under that name.)",
        )
    return DrawFinding("opportunity", True, f"The record is of {opportunity}.")


def _pool(record: DrawRecord) -> DrawFinding:
    computed, count = pool_hash(record.pool), len(record.pool)
    if computed != record.pool_sha256:
        why = f"The pool's SHA-256 is {computed}, but {record.pool_sha256} was announced."
    elif len({login.lower() for login in record.pool}) < count:
        why = f"Someone is in the pool twice: {_written(record.pool)}."
    else:
        return DrawFinding("pool", True, f"The pool, {_written(record.pool)}, has the announced SHA-256, {computed}.")
    return DrawFinding("pool", False, why)


def _round(record: DrawRecord, mark: str, beacon: BeaconPolicy) -> DrawFinding:
    number, out = record.round, _out(record.round, beacon)
    every = f"round 1 came out on {in_utc(_out(1, beacon))}, and one follows every {beacon.period} s"
    if record.beacon != f"{beacon.url.rstrip('/')}/{number}":
        why = f"The record names {record.beacon}, which is not round {number} of the policy’s beacon, {beacon.url}."
    elif mark != f"draw {number}":
        why = f"The record names round {number}, but its comment is marked “{mark}”."
    elif record.due != out:
        why = f"Round {number} does not come out on {in_utc(record.due)}, as announced, but on {in_utc(out)}: {every}."
    else:
        return DrawFinding("round", True, f"Round {number} of {beacon.url} comes out on {in_utc(out)}: {every}.")
    return DrawFinding("round", False, why)


def _before(announced: Published, out: datetime) -> DrawFinding:
    number, edited = announced.record.round, announced.edited > announced.written
    times = f"written on {in_utc(announced.written)}" + (f", edited on {in_utc(announced.edited)}" if edited else "")
    if announced.written >= out:
        why = f"The announcement came after round {number}, when the outcome could be known: {times}."
    elif announced.edited >= out:
        why = f"The announcement was edited after round {number} came out, and may have said something else: {times}."
    else:
        return DrawFinding("announcement", True, f"The announcement came before round {number} did: {times}.")
    return DrawFinding("announcement", False, why)


def _no_result(number: int, out: datetime, randomness: str | None, replaced: datetime | None) -> DrawFinding:
    if replaced is None:
        state = f"came out on {in_utc(out)}" if randomness else f"is not given yet; it comes out on {in_utc(out)}"
        return DrawFinding("result", True, f"No result is published yet: round {number} {state}.")
    if replaced < out:
        why = f"Another draw was announced on {in_utc(replaced)}, before round {number} came out, instead of this one."
        return DrawFinding("result", True, why)
    why = f"No result is published, and another draw was announced on {in_utc(replaced)}, when round {number} was out."
    return DrawFinding("result", False, why)


def _repeated(announced: DrawRecord, results: Sequence[Published]) -> DrawFinding:
    for published in results:
        for name in _ANNOUNCED:
            before, after = getattr(announced, name), getattr(published.record, name)
            if before != after:
                why = f"“{published.mark}” says {name}: {_written(after)}, but {_written(before)} was announced."
                return DrawFinding("result", False, why)
    times = ", ".join(in_utc(published.written) for published in results)
    return DrawFinding("result", True, f"Every result repeats the announcement: {times}.")


def _randomness(results: Sequence[Published], randomness: str) -> DrawFinding:
    key = draw.beacon_key(randomness)
    for published in results:
        if published.record.randomness != randomness:
            claim = published.record.randomness or "nothing"
            why = f"The beacon gave {randomness}, but “{published.mark}” says {claim}."
        elif published.record.key != key:
            why = f"The key string is {key}, but “{published.mark}” says {published.record.key}."
        else:
            continue
        return DrawFinding("randomness", False, why)
    return DrawFinding("randomness", True, f"The published randomness is the beacon’s, {randomness}.")


def _order(announced: DrawRecord, results: Sequence[Published], randomness: str) -> tuple[DrawFinding, DrawFinding]:
    order = draw.order(announced.pool, draw.beacon_key(randomness))
    wrong = next((published for published in results if published.record.order != order), None)
    places = DrawFinding("order", True, f"The published order is the one computed: {_written(order)}.")
    if wrong:
        claim = _written(wrong.record.order) or "nothing"
        places = DrawFinding(
            "order", False, f"The order computed is {_written(order)}, but “{wrong.mark}” says {claim}."
        )
    offered = tuple(dict.fromkeys(published.mark.split()[-1] for published in results))
    if offered != tuple(login for login in order if login in offered):
        return places, DrawFinding(
            "turns", False, f"The suppliers were not told in that order, but: {_written(offered)}."
        )
    turns = f"The suppliers were told in that order: {_written(offered)}."
    if over := tuple(login for login in order[: order.index(offered[-1])] if login not in offered):
        turns += f" {_written(over)} had an earlier place: the thread has to show that they had withdrawn."
    return places, DrawFinding("turns", True, turns)


def _out(number: int, beacon: BeaconPolicy) -> datetime:
    """Returns the time of a round."""
    return datetime.fromtimestamp(beacon.genesis, UTC) + timedelta(seconds=(number - 1) * beacon.period)


def in_utc(at: datetime) -> str:
    """Writes a time for a finding: to the second, in UTC, like GitHub and the beacon."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
