"""The demonstration, run as a newcomer runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT

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
        (("db", "upgrade"), {"DATABASE_URL": "postgresql://x/y"}, "PostgreSQL"),
        (("run",), {"PORT": "eighty"}, "PORT"),
        (("run",), {"PORT": "99999"}, "PORT"),
        (("run",), {"GITHUB_API_URL": "nonsense"}, "GITHUB_API_URL"),
        (("run",), {"BOT_CONFIG": "/nowhere.yaml"}, "/nowhere.yaml"),
        (("demo", "--statement-en", "README.md"), {}, "--statement-fr"),
        (("demo", "--statement-en", "README.md", "--statement-fr", "README.md"), {}, "front matter"),
        (("juggle",), {}, "juggle"),
    ],
)
def test_wrong_use_is_one_sentence_that_names_the_thing_and_nothing_starts(arguments, environment, words):
    done = run(*arguments, **environment)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_wrong_policy_is_reported_with_its_line(tmp_path):
    policy = tmp_path / "pipeline.yaml"
    policy.write_text("capacity: 10\nposting:\n  minimum_day: 5\n")
    done = run("config", "check", str(policy))
    assert done.returncode == 1
    assert f"{policy}, line 3" in done.stderr
    assert "posting.minimum_day" in done.stderr
    assert run("run", BOT_CONFIG=str(policy)).returncode == 2
    assert run("config", "check").returncode == 0
