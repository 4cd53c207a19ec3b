"""The made parts of the documentation are what the code makes now. After a change, write them anew:

GOLDEN=write .venv/bin/python -m pytest tests/documents/test_reference.py
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from bot.pipeline.registry import COMMANDS, find_command, takes_text
from bot.pipeline.text.commands import MOST_COMMANDS, Command, commands_in
from bot.pipeline.text.language import Lang
from bot.settings import load_labels
from tests.documents.reference_pages import COMMAND_PAGES, generated, renewed, spans
from tests.documents.test_messages import NO_BREAK, without_code
from tests.documents.test_posts import markdownlint
from tests.pipeline.desk import need_at
from tests.tools import MESSAGES, WORDS

ROOT = Path(__file__).parents[2]
LABELS = load_labels(ROOT / "config/labels.yaml")
PARTS = {
    lang: generated(MESSAGES, WORDS["reference"][lang], [(x.name, x.kind, x.description) for x in LABELS], lang)
    for lang in COMMAND_PAGES
}
LABEL_PAGES: dict[Lang, str] = {"en": "docs/labels.md", "fr": "docs/etiquettes.md"}
READMES: dict[Lang, str] = {"en": "README.md", "fr": "LISEZMOI.md"}
EVERY = [(page, lang) for pages in (READMES, COMMAND_PAGES, LABEL_PAGES) for lang, page in pages.items()]
IN_DOCS = [page for page, _ in EVERY if page.startswith("docs/")]


def is_fresh(page: Path, lang: Lang) -> None:
    text = page.read_text("utf-8")
    fresh = renewed(text, PARTS[lang])
    if os.environ.get("GOLDEN") == "write":
        page.write_text(fresh, "utf-8")
        text = fresh
    assert fresh == text, (
        f"{page.name} is stale: GOLDEN=write .venv/bin/python -m pytest tests/documents/test_reference.py"
    )


@pytest.mark.parametrize(("page", "lang"), EVERY)
def test_no_page_is_stale(page, lang):
    is_fresh(ROOT / page, lang)


def test_a_stale_page_is_told_with_the_line_that_writes_it_anew(tmp_path, monkeypatch):
    page, now = tmp_path / "commands.md", (ROOT / COMMAND_PAGES["en"]).read_text("utf-8")
    page.write_text(now.replace("the client: 1–5", "the client: 1–7"), "utf-8")
    monkeypatch.delenv("GOLDEN", raising=False)
    with pytest.raises(AssertionError, match=r"commands\.md is stale: GOLDEN=write .*test_reference\.py"):
        is_fresh(page, "en")
    monkeypatch.setenv("GOLDEN", "write")
    is_fresh(page, "en")
    assert page.read_text("utf-8") == now


@pytest.mark.parametrize("lang", COMMAND_PAGES)
def test_every_made_part_stands_on_one_page(lang):
    texts = "".join((ROOT / page).read_text("utf-8") for page, its in EVERY if its == lang)
    for name, part in PARTS[lang].items():
        assert texts.count(f"<!-- made: {name} -->\n\n{part}\n\n<!-- end -->") == 1, name


@pytest.mark.parametrize("lang", COMMAND_PAGES)
def test_every_command_is_explained_once_with_a_line_that_runs_as_it_is(lang):
    page = (ROOT / COMMAND_PAGES[lang]).read_text("utf-8")
    told = re.findall(r"^### `/(\S+)`\n\n```text\n(.+)\n```\n\n.+\n\n\| ", page, re.MULTILINE)
    assert sorted(name for name, _ in told) == sorted(r.english if lang == "en" else r.french for r in COMMANDS)
    for name, line in told:
        rule, _ = find_command(name)
        assert rule is not None
        assert commands_in(line, takes_text) == [Command(name, rule.example if lang == "en" else rule.example_fr)]


@pytest.mark.parametrize(("page", "words"), [("docs/commands.md", "up to"), ("docs/commandes.md", "jusqu’à")])
def test_the_page_says_how_many_commands_a_comment_may_hold(page, words):
    assert f"{words} {MOST_COMMANDS}" in (ROOT / page).read_text("utf-8")


@pytest.mark.parametrize("lang", COMMAND_PAGES)
def test_every_label_is_explained_once(lang):
    page = (ROOT / LABEL_PAGES[lang]).read_text("utf-8")
    assert sorted(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)) == sorted(label.name for label in LABELS)


def test_who_may_in_fewer_steps_than_others_is_told_apart():
    assert (
        "| the client, a coordinator | 1–7 (the client: 1–5) | yes | yes | `/annuler` |"
        in PARTS["en"]["commands client"]
    )
    assert "| 1–7 (le client\u00a0: 1–5) |" in PARTS["fr"]["commands client"]


def test_steps_are_written_as_people_do():
    assert [spans(steps) for steps in ((5,), (1, 2, 3, 4), (5, 7), (1, 3, 4, 8, 9))] == [
        "5",
        "1–4",
        "5, 7",
        "1, 3–4, 8–9",
    ]


@pytest.mark.parametrize("page", IN_DOCS)
def test_a_link_to_a_heading_of_another_page_finds_it(page):
    for file, heading in re.findall(r"\]\(([\w/]+\.md)#([^)]+)\)", (ROOT / page).read_text("utf-8")):
        assert f"### `/{heading}`" in (ROOT / page).with_name(file).read_text("utf-8")


@pytest.mark.parametrize("page", [page for page, lang in EVERY if lang == "fr"])
def test_french_pages_are_set_as_french(page):
    text = without_code((ROOT / page).read_text("utf-8"))
    text = re.sub(r"^\*In English: .*|^\|[-:| ]+\|$", "", text, flags=re.MULTILINE)
    wrong = re.search(rf".{{0,20}}(?:(?<!{NO_BREAK})[:;!?»%$]|«(?!{NO_BREAK})).{{0,9}}", text)
    assert not wrong, f"{wrong[0]!r} wants a no-break space"
    assert not re.search(r"[\"'!]", re.sub(r"\[.*?\]|!\[", "", text))


def test_the_pages_pass_markdownlint(tmp_path):
    command, settings = markdownlint(), tmp_path / "settings.json"
    settings.write_text(json.dumps({"default": True, "MD013": False}))
    pages = [ROOT / page for page in IN_DOCS]
    found = subprocess.run([*command, "--config", settings, *pages], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("lang", READMES)
def test_the_status_comment_that_a_readme_shows_is_what_the_bot_writes(lang):
    need = need_at(5)
    need.says("supplier-1", "/interested confirm").says("supplier-2", "/ask When?")
    said = MESSAGES.comment(need.view.comments[0].message, lang).split("\n---\n")[0].strip()
    quote = "\n".join(f"> {line}".rstrip() for line in said.replace("https://github.com/pulls/30", "#").split("\n"))
    assert quote in (ROOT / READMES[lang]).read_text("utf-8")
