"""The dashboard, the alerts and the runbook: well-formed, and about figures that a bot really shows."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from bot.__main__ import MODULES, cli
from bot.cli.app_checks import EVENTS, PERMISSIONS
from bot.ledger import Ledger
from bot.settings import Settings
from tests.journeys.play import stage as stage
from tests.monitoring.test_figures import figures

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/operations"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "grafana.json").read_text())
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]


def named(expressions: list[str]) -> set[str]:
    return {name for each in expressions for name in re.findall(r"\bbot_\w+", each)}


async def test_every_figure_that_is_watched_is_shown_with_the_labels_that_are_asked_for(stage):
    need = await stage.opportunity()
    await need.says("client", "/help")
    shown = await figures(stage.board)
    assert named(EXPRESSIONS) - {name for name, *_ in shown} == set()
    for name, label, value in re.findall(r"(bot_\w+)\{(\w+)=~?\"([^\"]+)\"", " ".join(EXPRESSIONS)):
        there = {sample[1] for sample in shown if sample[0] == name}
        assert set(value.split("|")) <= there, (name, label)


async def test_every_figure_is_on_the_dashboard(stage):
    need = await stage.opportunity()
    await need.says("client", "/help")
    shown = {name for name, *_ in await figures(stage.board) if name.startswith("bot_")}
    rest = {name for name in shown if name.endswith(("_created", "_sum", "_count"))}
    assert shown - rest - named(EXPRESSIONS) == set()


def test_each_alert_has_its_section_and_each_section_its_alert():
    headings = re.findall(r"^## (.+)$", (FOLDER / "runbook.md").read_text(), re.M)
    assert headings == [rule["alert"] for rule in RULES]
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert re.fullmatch(r"\d+m", rule["for"])
        assert rule["annotations"]["runbook"] == f"docs/operations/runbook.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"]


def test_panels_have_their_own_numbers_and_places():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert len({tuple(panel["gridPos"].values()) for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("**/*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(
        r"\]\((?!https?:)([^)#\s]+)", re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.S)
    ):
        assert (page.parent / target).exists(), target


def test_the_backup_that_is_advised_is_whole(tmp_path, monkeypatch):
    ledger = Ledger(f"sqlite:///{tmp_path}/bot.db")
    ledger.upgrade()
    line = re.search(r"python -m bot (.+backup\.db)", (FOLDER / "README.md").read_text())[1]
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/bot.db")
    done = CliRunner().invoke(cli, line.replace("var/backup.db", f"{tmp_path}/copy.db").split())
    assert done.exit_code == 0, done.output
    ledger.close()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone()
    Ledger(f"sqlite:///{tmp_path}/copy.db").check()


@pytest.mark.parametrize("page", ["README.md", "LISEZMOI.md"])
def test_every_setting_and_every_command_is_told_of_in_both_languages(page):
    text = (ROOT / page).read_text()
    inside = {"clock_url"}  # it joins a bot to a sandbox; nobody sets it by hand
    assert [name for name in Settings.model_fields if name not in inside and f"`{name.upper()}`" not in text] == []
    commands = {
        f"{name} {inner}" if inner else name
        for name in MODULES
        for inner in getattr(cli.get_command(click.Context(cli), name), "commands", [""])
    }
    assert [name for name in sorted(commands) if f"`python -m bot {name}" not in text] == []


@pytest.mark.parametrize("page", ["README.md", "LISEZMOI.md"])
def test_the_readme_asks_for_what_the_doctor_looks_for(page):
    text = (ROOT / page).read_text().lower()
    for name in PERMISSIONS:
        assert f"*{name.replace('_', ' ').replace('statuses', 'commit statuses')}*" in text
    for event in EVENTS:
        assert f"*{event.replace('_', ' ')}" in text
