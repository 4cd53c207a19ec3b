"""`resync`: look for events that webhooks missed."""

from __future__ import annotations

import click

from bot.app import Bot
from bot.cli.options import check_home, quiet, repository_name, unavailable
from bot.github.transport.errors import GitHubError
from bot.pipeline.model.policy import Policy
from bot.runtime.clock import Clock
from bot.runtime.process import run_to_end
from bot.settings import Settings, load_policy


@click.command()
@click.argument("repository", metavar="[OWNER/REPO]", callback=repository_name, required=False)
@click.pass_obj
def resync(settings: Settings, repository: str | None) -> None:
    """Ask GitHub for what webhooks missed.

    What it finds goes into the inbox, and the running bot decides it. The bot does the same when it starts, and every
    `resync_minutes` of the policy.
    """
    policy = load_policy(settings.bot_config)
    check_home(policy, repository or policy.repository)
    run_to_end(_resync(quiet(settings), policy))


async def _resync(settings: Settings, policy: Policy) -> None:
    async with Bot(settings, policy, Clock()) as bot:
        try:
            found = await bot.resync.run()
        except GitHubError as error:
            raise unavailable(policy, error) from error
    if found:
        when = f"within {policy.sweep_seconds:g} seconds, or when it is started"
        click.echo(f"{found} missed, now in the inbox: the bot takes it up {when}.")
    else:
        click.echo("Nothing was missed.")
