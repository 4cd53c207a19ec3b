"""The box as a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.sandbox.gitstore import GitRefused
from bot.sandbox.model import Label
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.seeds import Seed, SeedError


def box(
    seed: Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "",
    private_key_pem: str | None = None,
) -> Sandbox:
    """A box with what a file says, or with the cast of the demonstration. Raises SeedError naming the file."""
    planted = Seed.from_file(seed) if seed else Seed.default()
    try:
        return Sandbox(webhook_url, webhook_secret, planted, private_key_pem=private_key_pem)
    except (SeedError, GitRefused) as error:
        raise SeedError(f"{seed} cannot be planted: {error}") from error


def put_labels(sandbox: Sandbox, full_name: str, labels: Iterable[tuple[str, str, str]]) -> None:
    """Labels (name, color, description) as if a repository had always had them. SeedError where it is not there."""
    repo = sandbox.world.repository(full_name)
    if repo is None:
        raise SeedError(f"there is no repository {full_name} to put labels in: add it to the seed")
    for name, color, description in labels:
        repo.labels[name.lower()] = Label(sandbox.world.new_id(), name, color, description)


async def serve(sandbox: Sandbox, host: str, port: int, ready: Callable[[], None]) -> None:
    """Run until cancelled; `ready` is called once the box can be used. Raises OSError where it cannot listen."""
    try:
        await sandbox.start(host, port)
        ready()
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()
