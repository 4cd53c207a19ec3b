"""The demonstration, run as a newcomer runs it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from bot.cli.setup import FORM
from bot.demo import SANDBOX_PORT, SEEDED_EXCHANGE
from bot.pipeline.model.statement import FIELD_HEADINGS
from bot.settings import Settings
from sandbox.cast import HOME
from sandbox.planting import new_private_key
from tests.journeys.conftest import ROOT, free_port

SHARED = ROOT.parent / "shared" / "data"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_ends_with_the_entry_in_the_exchange():
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    for step in ("1/contact", "5/evaluation", "9/exchange", "done"):
        assert step in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real posts and Exchange are not here")
def test_the_demo_carries_the_real_opportunity_into_the_real_exchange():
    posts = Path(SHARED, "posts")
    done = run(
        "demo",
        "--statement-en",
        str(next(posts.glob("en/2021-*.md"))),
        "--statement-fr",
        str(next(posts.glob("fr/2021-*.md"))),
        "--ore",
        str(SHARED / "ore"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Building custom Azure marketplace policies" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("run",), {"GITHUB_APP_ID": "12"}, "GITHUB_PRIVATE_KEY_FILE"),
        (
            ("run",),
            {"GITHUB_APP_ID": "12", "GITHUB_PRIVATE_KEY": "nonsense"},
            "GITHUB_PRIVATE_KEY holds no private key",
        ),
        (("run",), {"GITHUB_APP_ID": "12", "GITHUB_PRIVATE_KEY_FILE": "/nowhere.pem"}, "/nowhere.pem"),
        (("db", "upgrade"), {"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        (("db", "upgrade"), {"DATABASE_URL": "mysql://x/y"}, "PostgreSQL"),
        (("run",), {"PORT": "eighty"}, "PORT"),
        (("run",), {"PORT": "99999"}, "PORT"),
        (("run",), {"GITHUB_API_URL": "nonsense"}, "GITHUB_API_URL"),
        (("run",), {"BOT_CONFIG": "/nowhere.yaml"}, "/nowhere.yaml"),
        (("demo", "--statement-en", "README.md"), {}, "--statement-fr"),
        (("demo", "--statement-en", "README.md", "--statement-fr", "README.md"), {}, "front matter"),
        (("juggle",), {}, "juggle"),
        (("--juggle",), {}, "juggle"),
        (("run",), {"GITHUB_WEBHOOK_SECRET": "s3cret"}, "GITHUB_APP_ID"),
        (("demo",), {"HOST": "1.2.3.4"}, "HOST 1.2.3.4"),
        (("demo",), {"HOST": "no such host"}, "HOST no such host"),
        (("demo", "--ore", "docs"), {}, "--ore docs is no Open Resource Exchange"),
        (("sandbox", "--seed", "README.md"), {}, "README.md is no seed"),
        (("sandbox", "--private-key", "README.md"), {}, "--private-key README.md holds no private key"),
        (("sandbox", "--host", "1.2.3.4"), {}, "--host 1.2.3.4"),
        (("sandbox", "--port", "99999"), {}, "--port"),
        (("sandbox", "--webhook-url", "nowhere"), {}, "--webhook-url"),
        (("sandbox", "--env", "README.md"), {}, "--env README.md"),
    ],
)
def test_wrong_use_is_one_sentence_that_names_the_thing_and_nothing_starts(arguments, environment, words):
    done = run(*arguments, **environment)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    """A port that another program has: this one, or whoever was first."""
    with socket.socket() as other:
        with suppress(OSError):
            other.bind(("127.0.0.1", port))
            other.listen()
        yield port or other.getsockname()[1]


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_port_that_is_taken_is_named_by_what_sets_it(tmp_path):
    app = {
        "GITHUB_APP_ID": "12",
        "GITHUB_PRIVATE_KEY": new_private_key(),
        "GITHUB_WEBHOOK_SECRET": "s3cret",
        "GITHUB_API_URL": f"http://127.0.0.1:{free_port()}",
        "DATABASE_URL": f"sqlite:///{tmp_path}/bot.db",
    }
    with taken() as port:
        assert f"PORT {port} is taken" in one_sentence(run("run", PORT=str(port), **app))
        assert f"--port {port} is taken" in one_sentence(run("sandbox", "--port", str(port)))
    with taken(SANDBOX_PORT):
        said = one_sentence(run("run", PORT="0"))
        assert f"the sandbox's port {SANDBOX_PORT} is taken by another program: stop" in said
        assert "PORT" not in said


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("repository: notaslash", "repository is wrong: write it as OWNER/NAME"),
        ("exchange: {repository: notaslash}", "exchange.repository is wrong: write it as OWNER/NAME"),
        ("teams: {finance: notaslash}", "teams.finance is wrong: write it as ORGANIZATION/TEAM"),
        ("labels: /nope", "labels names /nope"),
        ("messages: /nope", "messages names /nope"),
        ("exchange: {administration: nobody}", "exchange.administration in the policy"),
        ("exchange: {level: galactic}", "exchange.level in the policy"),
    ],
)
def test_a_mistake_in_the_policy_is_named_before_anything_starts(tmp_path, line, words):
    policy = tmp_path / "pipeline.yaml"
    policy.write_text(f"capacity: 10\n{line}\n")
    said = one_sentence(run("demo", BOT_CONFIG=str(policy)))
    assert words in said
    assert f"{policy}, line 2" in said or "exchange." in words


@pytest.mark.parametrize("missing", ["schemaCode.yaml", "administrations/federal.yml", "i18n/categories.yml"])
def test_a_folder_that_is_no_exchange_is_refused_at_once(tmp_path, missing):
    shutil.copytree(SEEDED_EXCHANGE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "_data" / missing).unlink()
    assert f"there is no {tmp_path}/_data/{missing}" in one_sentence(run("demo", "--ore", str(tmp_path)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("people: [ann]", "people is wrong"),
        ("people: {ann: Ann}\nrepositories: [{name: bob/work}]", "nobody called bob"),
        ("repositories: [{name: a/b, brnch: main}]", "repositories.0.brnch"),
        ("repositories: [{name: a/b, roles: {a: boss}}]", "there is no role boss"),
        ("repositories: [{name: a/b, folder: nowhere}]", "there is no folder"),
    ],
)
def test_a_seed_that_cannot_be_planted_says_where_it_is_wrong(tmp_path, text, words):
    seed = tmp_path / "seed.yaml"
    seed.write_text(text)
    said = one_sentence(run("sandbox", "--seed", str(seed)))
    assert str(seed) in said
    assert words in said


def test_a_sandbox_writes_what_a_bot_in_a_second_process_needs(tmp_path):
    port, bots_port = free_port(), free_port()
    file = tmp_path / "bot.env"
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background would ignore it
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--port", str(port), "--env", str(file)],
        cwd=ROOT,
        env={**os.environ, "PORT": str(bots_port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert f"Sandbox on http://127.0.0.1:{port}" in sandbox.stdout.readline()
        sandbox.stdout.readline()
        start = sandbox.stdout.readline()
        Settings(_env_file=file).check_credentials()
        labels = requests.get(f"http://127.0.0.1:{port}/repos/{HOME}/labels?per_page=100", timeout=30).json()
        assert {"1/contact", "eligible", "done"} <= {label["name"] for label in labels}
        form = requests.get(f"http://127.0.0.1:{port}/repos/{HOME}/contents/{FORM}", timeout=30).json()
        assert form["type"] == "file"
        line = start.strip().removeprefix("(").removesuffix(")")  # without a shell of its own, to be interrupted
        bot = subprocess.Popen(["/bin/sh", "-c", line], cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            assert opens_an_issue(f"http://127.0.0.1:{port}/repos/{HOME}/issues") == ["1/contact"]
        finally:
            bot.send_signal(signal.SIGINT)
            bot.wait(60)
    finally:
        sandbox.send_signal(signal.SIGINT)
        sandbox.wait(60)


def test_a_sandbox_that_nobody_can_set_up_is_refused(tmp_path):
    seed, file = tmp_path / "seed.yaml", tmp_path / "bot.env"
    seed.write_text("people: {ann: Ann}\nrepositories: [{name: ann/work}]\napp: {owner: ann}")
    done = run("sandbox", "--port", "0", "--seed", str(seed), "--env", str(file))
    assert done.returncode == 2
    assert done.stderr == f"Error: --env needs a seed whose coordinator may write in {HOME}\n"
    assert not file.exists()


def opens_an_issue(issues: str) -> list[str]:
    """What the bot labels an issue that a client opens: the stages, once there is one."""
    people = {"Authorization": "Bearer sandbox-client"}
    values = {"title.en": "A need", "title.fr": "Un besoin", "need": "A date field"}
    body = "\n\n".join(f"### {FIELD_HEADINGS[name]}\n\n{value}" for name, value in values.items())
    issue = requests.post(issues, json={"title": "A need", "body": body}, headers=people, timeout=30).json()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        seen = requests.get(f"{issues}/{issue['number']}", headers=people, timeout=30).json()
        if stages := [label["name"] for label in seen["labels"] if "/" in label["name"]]:
            return stages
        time.sleep(0.1)
    raise AssertionError("the bot did not label the issue")


def test_a_wrong_policy_is_reported_with_its_line(tmp_path):
    policy = tmp_path / "pipeline.yaml"
    policy.write_text("capacity: 10\nposting:\n  minimum_day: 5\n")
    done = run("config", "check", str(policy))
    assert done.returncode == 1
    assert f"{policy}, line 3" in done.stderr
    assert "posting.minimum_day" in done.stderr
    assert run("run", BOT_CONFIG=str(policy)).returncode == 2
    assert run("config", "check").returncode == 0
