"""`config`: the policy file."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.options import READABLE_FILE
from bot.settings import ConfigurationError, Settings, load_labels, load_messages, load_policy, load_words


@click.group()
def config() -> None:
    """Check the policy file."""


@config.command("check")
@click.argument("file", type=READABLE_FILE, required=False)
@click.pass_obj
def check_policy(settings: Settings, file: Path | None) -> None:
    """Check the policy, and the messages and labels that it names.

    A mistake is shown with its file and line.
    """
    path = file or Path(settings.bot_config)
    try:
        policy = load_policy(path)
        load_messages(policy.messages)
        load_words(policy.messages)
        load_labels(policy.labels)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{path} is right.")
