"""The commands tables in the two READMEs are the ones that the code makes. `GOLDEN=write` brings them up to date."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.documents.reference import commands_table
from bot.settings import load_messages

ROOT = Path(__file__).parents[2]
TABLE = re.compile(r"(<!-- commands -->\n\n).*?(\n\n<!-- end of commands -->)", re.DOTALL)


@pytest.mark.parametrize(("file", "lang"), [("README.md", "en"), ("LISEZMOI.md", "fr")])
def test_the_commands_table_is_not_stale(file, lang):
    page = (ROOT / file).read_text("utf-8")
    table = commands_table(load_messages(ROOT / "config/messages"), lang)
    fresh = TABLE.sub(lambda found: found[1] + table + found[2], page)
    if os.environ.get("GOLDEN") == "write":
        (ROOT / file).write_text(fresh, "utf-8")
        page = fresh
    assert TABLE.search(page)
    assert fresh == page, "run GOLDEN=write make test"
