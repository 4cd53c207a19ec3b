"""CONTRIBUTING's "Add a command", followed to the letter in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^   ```(?:python|markdown)\n(.*?)^   ```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`([\w/]+\.(?:py|md))`")
TESTS = (
    "tests/pipeline/test_mission_commands.py",
    "tests/pipeline/test_permissions.py",
    "tests/documents/test_reference.py",
)


def test_a_command_is_added_as_contributing_says(tmp_path: Path):
    copy = tmp_path / "copy"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.split("## Add a command")[1].split("\n## ")[0]
    blocks = [
        (FILE.findall(section, 0, match.start())[-1], dedent(match[1]).rstrip()) for match in BLOCK.finditer(section)
    ]
    assert [path for path, _ in blocks] == [
        "bot/pipeline/steps/payment.py",
        "config/messages/en/thank.md",
        "config/messages/fr/thank.md",
        "tests/pipeline/test_mission_commands.py",
    ]
    for path, code in blocks:
        before = (copy / path).read_text("utf-8") + "\n\n" if (copy / path).exists() else ""
        (copy / path).write_text(f"{before}{code}\n", "utf-8")
    command = re.search(r"GOLDEN=write \.venv/bin/python -m pytest (\S+)", section)
    assert command
    _pytest(copy, command[1], GOLDEN="write")
    _pytest(copy, *TESTS)


def _pytest(copy: Path, *tests: str, **settings: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("GOLDEN", "PYTHONPATH")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", "not markdownlint", *tests],
        cwd=copy,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
