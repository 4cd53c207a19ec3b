"""The box as a process of its own."""

from __future__ import annotations

import asyncio

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.seeds import Seed


async def serve(
    host: str = "127.0.0.1",
    port: int = 8090,
    seed: Seed | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "",
    private_key_pem: str | None = None,
) -> None:
    """Run until cancelled."""
    sandbox = Sandbox(webhook_url, webhook_secret, seed, private_key_pem=private_key_pem)
    await sandbox.start(host, port)
    try:
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()
