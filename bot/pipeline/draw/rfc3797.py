"""Draws an order by RFC 3797, "Publicly Verifiable Nominations Committee Random Selection".

Anyone with the published pool and the public randomness gets the same order:

    order(("a", "b", "c"), key([9319])) -> every member of the pool, first place first
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

_T = TypeVar("_T")


def key(*sources: int | Iterable[int]) -> str:
    """Writes the key string of section 4: each source's numbers in order, each with `.` after it, then `/`."""
    numbers = (sorted([source] if isinstance(source, int) else source) for source in sources)
    return "".join("".join(f"{number}." for number in group) + "/" for group in numbers)


def order(pool: Sequence[_T], key: str) -> tuple[_T, ...]:
    """Returns every place of the draw over the published pool (section 5; reference code in section 6).

    Place k takes member MD5(k ‖ key ‖ k) modulo the number of members left, where k has two bytes.
    """
    left, places = list(pool), []
    for place in range(len(pool)):
        index = place.to_bytes(2, "big")
        digest = hashlib.md5(index + key.encode("ascii") + index, usedforsecurity=False).digest()
        places.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    return tuple(places)


def beacon_key(randomness: str) -> str:
    """Writes the key for one round of the beacon: its 256 bits as one decimal number."""
    return key(int(randomness, 16))


def round_after(moment: datetime, genesis: int, period: int) -> tuple[int, datetime]:
    """Returns the first round of a beacon at or after a time, and the time of that round (UTC)."""
    since = moment.timestamp() - genesis
    number = max(1, -int(-since // period) + 1)
    return number, datetime.fromtimestamp(genesis, UTC) + timedelta(seconds=(number - 1) * period)
