"""`run`, `web` and `worker`: serve GitHub."""

from __future__ import annotations

import asyncio

import click

from bot.app import Bot
from bot.cli.options import quiet
from bot.runtime.clock import Clock
from bot.runtime.process import run_to_end
from bot.settings import Settings, load_policy


@click.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Run the bot: web and worker in one process.

    Without GitHub credentials, it starts the sandbox on port 8090, plays one opportunity through all nine steps,
    and keeps running.
    """
    policy = load_policy(settings.bot_config)
    if settings.has_credentials:
        run_to_end(_serve(settings, takes_webhooks=True, works=True))
    from bot.cli.demo import furnish  # noqa: PLC0415 - the sandbox is not needed to serve GitHub
    from bot.demo import play  # noqa: PLC0415

    run_to_end(play(quiet(settings), policy, furnish, keep=True))


@click.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Receive webhooks and show the board.

    A `worker` decides what the webhooks report.
    """
    run_to_end(_serve(settings, takes_webhooks=True, works=False))


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Decide what happens to opportunities.

    `web` receives the webhooks.
    """
    run_to_end(_serve(settings, takes_webhooks=False, works=True))


async def _serve(settings: Settings, *, takes_webhooks: bool, works: bool) -> None:
    async with Bot(settings, load_policy(settings.bot_config), Clock()) as bot:
        if takes_webhooks:
            await bot.listen()
            await bot.catch_up()  # missed events come in before any due time passes
        elif settings.metrics_port is not None:
            await bot.show_health(settings.metrics_port)
        if works:
            await bot.work()
        await asyncio.Event().wait()
