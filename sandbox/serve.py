"""The box as a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from sandbox.gitstore import GitRefused
from sandbox.sandbox import Sandbox
from sandbox.seeds import Seed, SeedError


def box(
    seed: Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "",
    private_key_pem: str | None = None,
) -> Sandbox:
    """Makes a sandbox from a seed file, or with the demonstration's people. Raises SeedError, which names the file."""
    planted = Seed.from_file(seed) if seed else Seed.default()
    try:
        return Sandbox(webhook_url, webhook_secret, planted, private_key_pem=private_key_pem)
    except (SeedError, GitRefused) as error:
        raise SeedError(f"{seed} cannot be planted: {error}") from error


async def serve(sandbox: Sandbox, host: str, port: int, ready: Callable[[], Awaitable[None]]) -> None:
    """Runs until cancelled; awaits `ready` once the sandbox can be used. Raises OSError if it cannot listen."""
    try:
        await sandbox.start(host, port)
        await ready()
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()
