"""The command line: `python -m bot COMMAND`. Exit codes: 0 done, 1 found a problem, 2 wrong use."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from bot.ledger import LedgerError
from bot.runtime import logs
from bot.settings import ConfigurationError, load_settings

MODULES = {
    "config": "config",
    "db": "database",
    "demo": "demo",
    "doctor": "doctor",
    "export": "export",
    "rebuild": "rebuild",
    "resync": "resync",
    "retry": "retry",
    "run": "serve",
    "sandbox": "sandbox",
    "setup": "setup",
    "verify-draw": "verify",
    "web": "serve",
    "worker": "serve",
}
"""Each command with the module of `bot.cli` that declares it; a module is imported when its command is asked for."""


class CommandLine(click.Group):
    """The commands. An error is one sentence on stderr, and a traceback only with `--debug`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = importlib.import_module(f"bot.cli.{MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _without_usage(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        if ctx.params["debug"]:
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except (ConfigurationError, LedgerError) as error:
            _fail(error, 2)
        except click.UsageError as error:
            raise _without_usage(error) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            _fail(error, 1)
        except Exception as error:
            why = " ".join(str(error).split())
            _fail(f"something unexpected ({type(error).__name__}: {why}); `python -m bot --debug …` shows where", 1)


def _without_usage(error: click.UsageError) -> click.UsageError:
    """Leaves the summary of usage out, so that a mistake is a sentence; without any argument, click shows the help."""
    if not isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.ctx = None
    return error


def _fail(error: Exception | str, code: int) -> None:
    click.echo(f"Error: {error}", err=True)
    sys.exit(code)


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show a traceback if something goes wrong.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Guides each small purchase of open-source code through nine steps, in one GitHub issue.

    Settings come from the environment or `.env`. The policy comes from the file that BOT_CONFIG names.
    """
    settings = load_settings()
    logs.set_up_logs(settings.log_level, settings.log_format)
    ctx.obj = settings


if __name__ == "__main__":
    cli()
