"""The Exchange's own two commands, on its own data, after the bot's work."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.documents.exchange import ore
from bot.documents.exchange.release import Bilingual
from bot.pipeline.exchange_entry.categories import categories
from tests.documents.test_ore import ENTRY, same
from tests.tools import needs_shared

REAL = Path(__file__).parents[3] / "shared" / "data" / "ore"
COMMANDS = (("yamale", "-s", "_data/schemaCode.yaml", "_data/code"), ("yamllint", "."))


def exchange() -> Path:
    needs_shared((REAL / "_data").is_dir())
    return REAL


def codes() -> list[Path]:
    return sorted((exchange() / "_data" / "code").rglob("*.yml"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Exchange's folder, to be written in."""
    copied = Path(shutil.copytree(exchange(), tmp_path / "ore", copy_function=shutil.copyfile))
    for path in (copied, *copied.rglob("*")):
        path.chmod(0o755)
    return copied


def passes(folder: Path) -> None:
    for name, *arguments in COMMANDS:
        done = subprocess.run(
            [Path(sys.executable).parent / name, *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_takes_an_entry_at_its_end_and_its_own_anew(copy: Path):
    passes(copy)
    files = {path: path.read_text("utf-8") for path in sorted((copy / "_data" / "code").rglob("*.yml"))}
    for path, before in files.items():
        path.write_text(ore.add(before, ENTRY, path.stem), "utf-8")
        assert path.read_text("utf-8") == before + ore.render(ENTRY)
    passes(copy)
    for path, before in files.items():
        there = yaml.safe_load(before)["releases"]
        for at in (0, len(there) - 1):
            text = ore.add(before, replace(ENTRY, name=same(there[at]["name"]["en"])), path.stem)
            after = yaml.safe_load(text)["releases"]
            assert after[:at] + after[at + 1 :] == there[:at] + there[at + 1 :]
            assert after[at]["date"]["created"] == there[at]["date"]["created"]
            assert set(there[at]) <= set(after[at]), "nothing that was said is lost"
            path.write_text(text, "utf-8")
    passes(copy)


def test_a_new_administration_has_a_file_of_its_own(copy: Path):
    folder = copy / "_data" / "code" / "federal"
    known = {each["code"] for each in yaml.safe_load((copy / "_data/administrations/federal.yml").read_text("utf-8"))}
    code = min(known - {path.stem for path in folder.glob("*.yml")})
    (folder / f"{code}.yml").write_text(ore.add(None, ENTRY, code), "utf-8")
    passes(copy)


def test_nothing_in_the_exchange_is_in_the_way_of_an_entry():
    files = [path.read_text("utf-8") for path in codes()]
    codes_there = categories((exchange() / "_data" / "i18n" / "categories.yml").read_text("utf-8"))
    assert ore.entry_problems(ENTRY, categories=codes_there, taken_slugs=ore.slugs(files)) == []
    admins = (exchange() / "_data" / "administrations" / "federal.yml").read_text("utf-8")
    assert ore.administration(admins, "esdc-edsc") == Bilingual(
        "Employment and Social Development Canada", "Emploi et Développement social Canada"
    )
