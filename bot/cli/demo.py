"""`demo`: play one opportunity on the sandbox."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import SecretStr

from bot.cli.options import READABLE_FILE, READABLE_FOLDER, quiet
from bot.cli.setup import set_up_home
from bot.demo import SANDBOX_PORT, STATEMENT_EN, STATEMENT_FR, play
from bot.pipeline.model.policy import Policy
from bot.runtime.process import run_to_end
from bot.settings import ConfigurationError, Settings, load_policy
from sandbox.cast import HOME


@click.command()
@click.option("--keep", is_flag=True, help="Keep running at the end, to look around.")
@click.option("--statement-en", type=READABLE_FILE, help="A post whose text becomes the opportunity's, in English.")
@click.option("--statement-fr", type=READABLE_FILE, help="The same in French; both or neither.")
@click.option("--ore", type=READABLE_FOLDER, help="A folder that becomes the Open Resource Exchange's repository.")
@click.pass_obj
def demo(
    settings: Settings, keep: bool, statement_en: Path | None, statement_fr: Path | None, ore: Path | None
) -> None:
    """Play one opportunity on the sandbox, through all nine steps.

    Ends with 0 only if the issue ended `done` and the entry is on the Exchange's default branch.
    """
    if (statement_en is None) != (statement_fr is None):
        raise ConfigurationError("--statement-en and --statement-fr go together: give both")
    run_to_end(
        play(
            quiet(settings if keep else settings.model_copy(update={"port": 0})),
            load_policy(settings.bot_config),
            furnish,
            keep=keep,
            sandbox_port=SANDBOX_PORT if keep else 0,
            english=statement_en or STATEMENT_EN,
            french=statement_fr or STATEMENT_FR,
            ore_folder=ore,
        )
    )


def furnish(url: str, policy: Policy) -> None:
    """Puts labels and issue form in the sandbox, as its coordinator does with `setup`. Raises HubError."""
    coordinator = Settings.model_construct(github_api_url=url, github_token=SecretStr("sandbox-coordinator"))
    list(set_up_home(coordinator, policy, HOME))
