"""`python -m bot setup OWNER/REPO`, on a sandbox, as an operator runs it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from bot.cli.hub import open_repository
from bot.cli.setup import FORM, setup
from bot.documents.issue_form import issue_form
from bot.pipeline.model.policy import Policy
from bot.settings import ConfigurationError, Settings, load_labels
from sandbox import Sandbox
from sandbox.cast import HOME
from sandbox.model import Label
from tests.contract.openapi import DESCRIPTION, GitHubSchema
from tests.tools import MESSAGES

ROOT = Path(__file__).parents[2]
LABELS = load_labels(ROOT / "config/labels.yaml")
TEXT = issue_form(MESSAGES, Policy())


def settings(sandbox: Sandbox, who: str = "coordinator", **more: object) -> Settings:
    given = {"github_api_url": sandbox.url, "github_token": SecretStr(f"sandbox-{who}" if who else ""), **more}
    return Settings.model_construct(**given)


async def run(sandbox: Sandbox, *options: str, who: str = "coordinator", name: str = HOME, **more: object) -> Result:
    """The command, as in a shell whose environment has that person's token."""
    return await asyncio.to_thread(CliRunner().invoke, setup, [name, *options], obj=settings(sandbox, who, **more))


async def refused(sandbox: Sandbox, who: str = "coordinator", name: str = HOME, **more: object) -> str:
    """What the command says where it fails: one sentence, without anything secret."""
    done = await run(sandbox, who=who, name=name, **more)
    assert done.exit_code == 1, done.output
    said = done.stderr.splitlines()
    assert len(said) == 1
    assert "sandbox-" not in said[0]
    return said[0]


def written(sandbox: Sandbox) -> list[str]:
    return [f"{call.method} {call.path}" for call in sandbox.calls if call.method not in ("GET", "HEAD")]


def shown(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    labels = sandbox.world.repository(HOME).labels.values()
    return {label.name: (label.color.upper(), label.description) for label in labels}


WANTED = {label.name: (label.color.upper(), label.description) for label in LABELS}


async def test_a_fresh_repository_gets_every_label_and_the_form():
    async with Sandbox() as sandbox:
        done = await run(sandbox)
        assert done.exit_code == 0
        assert shown(sandbox) == WANTED
        assert sandbox.files(HOME)[FORM].decode() == TEXT
    lines = done.stdout.splitlines()
    assert "created    label 1/contact" in lines
    assert f"created    {FORM} on main" in lines
    assert lines[-1] == f"{HOME} is set up: {len(LABELS) + 1} created."


async def test_a_second_run_finds_everything_in_place_and_writes_nothing():
    async with Sandbox() as sandbox:
        await run(sandbox)
        before = written(sandbox)
        done = await run(sandbox)
        assert written(sandbox) == before
    assert done.stdout.splitlines()[-1] == f"Everything is in place in {HOME}."
    assert "right      label done" in done.stdout.splitlines()


async def test_what_differs_is_corrected_and_said_and_nothing_else_is_touched():
    async with Sandbox() as sandbox:
        await run(sandbox)
        repository = sandbox.world.repository(HOME)
        repository.labels["done"].name, repository.labels["done"].color = "Done", "ededed"
        repository.labels["eligible"].description = None
        repository.labels["help wanted"] = Label(sandbox.world.new_id(), "help wanted", "008672", "Ours")
        await asyncio.to_thread(put_old_form, sandbox)
        done = await run(sandbox)
        assert done.exit_code == 0
        assert shown(sandbox) == WANTED | {"help wanted": ("008672", "Ours")}
        assert sandbox.files(HOME)[FORM].decode() == TEXT
        assert sandbox.files(HOME)["README.md"]
    lines = done.stdout.splitlines()
    assert "corrected  label done (name was Done, colour was EDEDED)" in lines
    assert "corrected  label eligible (description was empty)" in lines
    assert f"corrected  {FORM} on main" in lines
    assert lines[-1] == f"{HOME} is set up: 3 corrected, {len(LABELS) - 2} right."


def put_old_form(sandbox: Sandbox) -> None:
    repository = open_repository(settings(sandbox), HOME)
    repository.update_file(FORM, "An older form", "name: Old\n", repository.get_contents(FORM).sha)


async def test_an_issue_keeps_the_label_that_is_corrected():
    async with Sandbox() as sandbox:
        repository = await asyncio.to_thread(open_repository, settings(sandbox), HOME)
        await asyncio.to_thread(repository.create_issue, "A need", "x", labels=["PAID"])
        await run(sandbox)
        issue = await asyncio.to_thread(repository.get_issue, 1)
        assert [label.name for label in issue.labels] == ["paid"]


@pytest.mark.parametrize("half_done", [False, True])
async def test_a_dry_run_says_what_would_be_done_and_touches_nothing(half_done):
    async with Sandbox() as sandbox:
        if half_done:
            await run(sandbox)
            sandbox.world.repository(HOME).labels["done"].color = "ededed"
        before = shown(sandbox), sandbox.files(HOME), written(sandbox)
        done = await run(sandbox, "--dry-run")
        assert (shown(sandbox), sandbox.files(HOME), written(sandbox)) == before
    last = f"1 to correct, {len(LABELS)} right" if half_done else f"{len(LABELS) + 1} to create"
    assert done.stdout.splitlines()[-1] == f"Nothing was changed in {HOME}: {last}."
    assert done.exit_code == 0


async def test_a_repository_without_a_commit_gets_its_first():
    async with Sandbox() as sandbox:
        owner = sandbox.world.user("org-owner")
        sandbox.world.add_repository(owner, "empty")
        assert (await run(sandbox, who="org-owner", name="org-owner/empty")).exit_code == 0
        assert list(sandbox.files("org-owner/empty")) == [FORM]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
async def test_who_may_only_read_is_told_at_once(options):
    async with Sandbox() as sandbox:
        done = await run(sandbox, *options, who="supplier-1")
        assert written(sandbox) == []
    assert done.exit_code == 1
    assert done.stderr == (
        f"Error: {HOME} stays as it is, the owner of GITHUB_TOKEN may only read there: "
        "use the token of somebody with write access\n"
    )


async def test_without_a_persons_token_the_app_does_it():
    async with Sandbox() as sandbox:
        app = {
            "github_app_id": str(sandbox.app_id),
            "github_private_key": SecretStr(sandbox.private_key_pem),
            "github_webhook_secret": SecretStr("x"),
        }
        assert (await run(sandbox, who="", **app)).exit_code == 0
        assert {call.actor for call in sandbox.calls if call.path.endswith("/labels")} == {"micro-acquisition-bot[bot]"}
        assert shown(sandbox) == WANTED
        assert "not there" in await refused(sandbox, who="", name="supplier-1/nothing", **app)
        sandbox.app.permissions["contents"] = "read"
        assert "Contents and Issues, read and write" in await refused(sandbox, who="", **app)


async def test_what_stands_in_the_way_is_one_sentence():
    async with Sandbox() as sandbox:
        assert "GitHub does not know these credentials" in await refused(sandbox, who="nobody-at-all")
        assert "canada-ca/nothing is not there" in await refused(sandbox, name="canada-ca/nothing")
        sandbox.world.repository(HOME).archived = True
        assert "archived" in await refused(sandbox)
    assert "GitHub cannot be reached (ConnectionError): check the network and GITHUB_API_URL" in await refused(sandbox)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"do": "status", "status": 403, "method": "POST"}, "they need Contents and Issues, read and write"),
        ({"do": "status", "status": 404, "method": "POST"}, "they need Contents and Issues, read and write"),
        ({"do": "status", "status": 409, "method": "PUT"}, "where a rule of the repository forbids it"),
        ({"do": "status", "status": 502, "method": "GET", "path": "labels"}, "run it again"),
        ({"do": "502-after", "method": "POST", "nth": 3}, "run it again, what is done stays done"),
        ({"do": "cut-after", "method": "POST", "nth": 3}, "run it again, what is done stays done"),
        (
            {"do": "secondary-limit", "method": "POST", "nth": 3},
            "run it again in a few minutes, what is done stays done",
        ),
        ({"do": "primary-limit", "method": "POST", "nth": 3}, " UTC, what is done stays done"),
    ],
)
async def test_stopped_on_the_way_it_says_so_and_the_next_run_does_the_rest(fault, words):
    async with Sandbox() as sandbox:
        sandbox.faults.add(**fault)
        assert words in await refused(sandbox)
        assert (await run(sandbox)).exit_code == 0
        assert shown(sandbox) == WANTED
        assert sandbox.files(HOME)[FORM].decode() == TEXT


async def test_another_name_of_the_same_host_is_told():
    async with Sandbox() as sandbox:
        other = sandbox.url.replace("127.0.0.1", "localhost")
        assert "127.0.0.1: set it to that" in await refused(sandbox, github_api_url=other)


async def test_nobody_named_is_wrong_use():
    async with Sandbox() as sandbox:
        with pytest.raises(ConfigurationError, match="GITHUB_TOKEN"):
            open_repository(settings(sandbox, who=""), HOME)


@pytest.mark.parametrize(("name", "words"), [("canada-ca", "OWNER/REPO"), (HOME, "GITHUB_TOKEN")])
def test_wrong_use_is_one_sentence_and_the_code_2(name, words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    command = [sys.executable, "-m", "bot", "setup", name]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="GitHub's description of its API is not beside the repository")
async def test_everything_asked_is_as_github_describes_it():
    github = GitHubSchema()
    async with Sandbox(record=True) as sandbox:
        await run(sandbox)
        sandbox.world.repository(HOME).labels["done"].name = "DONE"
        await asyncio.to_thread(put_old_form, sandbox)
        await run(sandbox)
        methods = {one.method for one in sandbox.exchanges}
        for one in sandbox.exchanges:
            assert github.check_request(one.method, one.path, one.request)
            assert github.check_response(one.method, one.path, one.status, one.response)
    assert methods == {"GET", "POST", "PATCH", "PUT"}
