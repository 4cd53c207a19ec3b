"""A public randomness beacon like drand's: a number every 30 seconds, unknown before its time.

    GET /beacon/public/5300000  ->  {"round": 5300000, "randomness": "9f…", "signature": "…"}

The numbers are made from a fixed text, so that a test can be repeated; they are public, but only
from the moment at which the box's clock reaches their round.
"""

from __future__ import annotations

import hashlib

from sandbox.clock import Clock
from sandbox.errors import Json

PERIOD = 30
GENESIS = 1595431050
_TEXT = "a sandbox has no secrets"


def _digest(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


class Beacon:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @staticmethod
    def info() -> Json:
        return {
            "public_key": _digest(_TEXT, "public key") + _digest(_TEXT, "more"),
            "period": PERIOD,
            "genesis_time": GENESIS,
            "hash": _digest(_TEXT, "chain"),
            "groupHash": _digest(_TEXT, "group"),
            "schemeID": "pedersen-bls-chained",
            "metadata": {"beaconID": "sandbox"},
        }

    def latest(self) -> int:
        return (int(self._clock.now().timestamp()) - GENESIS) // PERIOD + 1

    def round(self, number: int) -> Json | None:
        if not 1 <= number <= self.latest():
            return None
        signature = _digest(_TEXT, number) + _digest(_TEXT, number, "signature")
        return {
            "round": number,
            "randomness": hashlib.sha256(bytes.fromhex(signature)).hexdigest(),
            "signature": signature,
            "previous_signature": _digest(_TEXT, number - 1) + _digest(_TEXT, number - 1, "signature"),
        }
