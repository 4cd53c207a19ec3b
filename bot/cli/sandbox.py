"""`sandbox`: a GitHub in a box, and the environment of a bot that serves it."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import sys
import tempfile
from pathlib import Path

import click

from bot.cli.demo import furnish
from bot.cli.hub import HubError
from bot.cli.options import READABLE_FILE, WRITABLE_FILE
from bot.demo import FINANCE
from bot.pipeline.model.policy import Policy
from bot.runtime.process import run_to_end
from bot.settings import ConfigurationError, Settings, cannot_listen, load_policy, read_private_key
from bot.web.board.signin import CALLBACK
from sandbox import Sandbox
from sandbox.cast import EXCHANGE, HOME
from sandbox.seeds import SeedError
from sandbox.serve import box, serve

MARKER = "# Written by `python -m bot sandbox --env`, anew at each start."
"""The first line of the files that this command may write over."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True)
@click.option("--seed", type=READABLE_FILE, help="A YAML file: people, repositories, roles, files.")
@click.option("--webhook-url", help="The address that gets the deliveries, for instance http://127.0.0.1:8080/webhook.")
@click.option("--webhook-secret", default="", help="The secret that signs the deliveries.")
@click.option("--private-key", type=READABLE_FILE, help="The App's key (PEM); without it, a new one is generated.")
@click.option(
    "--env",
    type=WRITABLE_FILE,
    help="Write a bot's environment to this file, send that bot the deliveries, and create the labels.",
)
@click.pass_obj
def sandbox(
    settings: Settings,
    host: str,
    port: int,
    seed: Path | None,
    webhook_url: str | None,
    webhook_secret: str,
    private_key: Path | None,
    env: Path | None,
) -> None:
    """Run the sandbox alone: a small GitHub on this machine.

    It has the API, git, webhooks and pages. With --env, it also prints the line that starts a bot for it in a second
    terminal.
    """
    if env:
        if webhook_url or webhook_secret:
            raise ConfigurationError("--env chooses where deliveries go and their secret: leave --webhook-… out")
        check_environment(env)
        policy = load_policy(settings.bot_config)
    if webhook_url and not webhook_url.startswith(("http://", "https://")):
        raise ConfigurationError("--webhook-url is no address: write it like http://127.0.0.1:8080/webhook")
    key = read_private_key(f"--private-key {private_key}", private_key) if private_key else None
    try:
        github = box(seed, webhook_url, webhook_secret, key)
    except SeedError as error:
        raise ConfigurationError(str(error)) from error

    with tempfile.TemporaryDirectory(prefix="micro-acquisition-") as folder:

        async def ready() -> None:
            hint = "With --env FILE it writes what a bot needs to serve it."
            if env:
                line = await _prepare_bot(github, policy, env, settings.port or 8080, Path(folder, "bot.db"))
                hint = f"A bot for it, in a second terminal, from this folder:\n{line}"
            click.echo(f"Sandbox on {github.url} (people's tokens are sandbox-LOGIN). Ctrl-C ends it.\n{hint}")

        async def serving() -> None:
            try:
                await serve(github, host, port, ready)
            except HubError as error:
                raise ConfigurationError(f"--env needs a seed whose coordinator may write in {HOME}") from error
            except (OSError, UnicodeError) as error:
                raise cannot_listen(error, ("--host", host), ("--port", port)) from error

        run_to_end(serving())


async def _prepare_bot(github: Sandbox, policy: Policy, env: Path, port: int, ledger: Path) -> str:
    """Sets the sandbox up for a bot on this port, and returns the line that starts the bot. Raises HubError."""
    secret = secrets.token_hex(16)
    await asyncio.to_thread(furnish, github.url, policy)
    github.send_webhooks_to(f"http://127.0.0.1:{port}/webhook", secret)
    return write_environment(env, github, secret, port, ledger)


def check_environment(file: Path) -> None:
    """Raises ConfigurationError if this command did not write the file, or the policy beside it, that is there."""
    for path in (file, _policy_beside(file)):
        try:
            if path.exists() and not path.read_text(encoding="utf-8").startswith(MARKER):
                raise ConfigurationError(
                    f"--env {path} is there and not the sandbox's: name another file, or remove it"
                )
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"--env {path} cannot be written: name another file") from error


def write_environment(file: Path, github: Sandbox, secret: str, port: int, ledger: Path) -> str:
    """Writes the environment of a bot that serves the sandbox, and its policy beside; returns the line that starts it.

    Raises ConfigurationError if a file cannot be written.
    """
    github.sign_people_in_for(f"http://127.0.0.1:{port}{CALLBACK}")
    policy = _policy_beside(file)
    values = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{ledger}",
        "GITHUB_API_URL": github.url,
        "GITHUB_APP_ID": str(github.app_id),
        "GITHUB_PRIVATE_KEY": github.private_key_pem.replace("\n", "\\n"),
        "GITHUB_PRIVATE_KEY_FILE": "",
        "GITHUB_WEBHOOK_SECRET": secret,
        "GITHUB_CLIENT_ID": github.app.client_id,
        "GITHUB_CLIENT_SECRET": github.app.client_secret,
        "BOARD_URL": f"http://127.0.0.1:{port}",
        "CLOCK_URL": f"{github.url}/_sandbox/clock",
        "BOT_CONFIG": str(policy.resolve()),
    }
    lines = [MARKER, *(f"{name}='{value}'" for name, value in values.items())]
    rules = [
        MARKER,
        f"repository: {HOME}",
        f"beacon: {{url: '{github.url}/beacon/public'}}",
        f"teams: {{finance: {FINANCE}}}",
        f"exchange: {{repository: {EXCHANGE}}}",
        f"repository_hosts: [github.com, '{github.url.partition('://')[2]}']",
        "sweep_seconds: 0.2",
    ]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        policy.write_text("\n".join(rules) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--env {file} cannot be written ({error.strerror}): name another file") from error
    return f"(set -a; . {shlex.quote(str(file.resolve()))}; exec {shlex.quote(sys.executable)} -m bot run)"


def _policy_beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.policy.yaml")
