"""`retry`: list what is stuck, and retry it."""

from __future__ import annotations

import sys

import click

from bot.cli.options import ledger_key, open_ledger
from bot.monitoring.retry import retried
from bot.settings import Settings, load_policy


@click.command()
@click.argument("key", metavar="[OWNER/REPO#N]", required=False, callback=ledger_key)
@click.pass_obj
def retry(settings: Settings, key: str | None) -> None:
    """List everything that is stuck, and let the bot retry it now.

    Each line gives the reason. A running bot retries at its next sweep. With OWNER/REPO#N (a pull request:
    OWNER/REPO!N), only that one. The list also has what waits for people, and deliveries that were set aside.
    Ends with 1 if anything is stuck.
    """
    policy = load_policy(settings.bot_config)
    with open_ledger(settings) as ledger:
        lines, stuck = retried(ledger, key, policy.sweep_seconds)
    for line in lines:
        click.echo(line)
    sys.exit(1 if stuck else 0)
