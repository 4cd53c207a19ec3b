"""`python -m bot config check`: a mistake is one sentence with its file, its line and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.config import check_policy
from bot.settings import Settings

CONFIG = Path(__file__).parents[1] / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the configuration, to spoil."""
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    replace(tmp_path / "pipeline.yaml", "messages: config/", f"messages: {tmp_path}/")
    replace(tmp_path / "pipeline.yaml", "labels: config/", f"labels: {tmp_path}/")
    return tmp_path


def replace(file: Path, old: str, new: str) -> int:
    """Put other text in a file, once; the number of the line where it begins."""
    before, found, after = file.read_text("utf-8").partition(old)
    assert found, f"{old} is not in {file}"
    file.write_text(before + new + after, "utf-8")
    return before.count("\n") + 1


def add(file: Path, text: str) -> int:
    """Write text at the end of a file; the number of its first line."""
    before = file.read_text("utf-8")
    file.write_text(f"{before}{text}\n", "utf-8")
    return before.count("\n") + 1


def checked(config: Path) -> Result:
    return CliRunner().invoke(check_policy, [str(config / "pipeline.yaml")], obj=Settings.model_construct())


def complains(config: Path, file: Path, line: int, words: str) -> None:
    done = checked(config)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: {file}, line {line}: {words}")
    assert len(done.stderr.splitlines()) == 1


def test_the_configuration_that_is_here_is_right(config):
    assert checked(config).output == f"{config}/pipeline.yaml is right.\n"


def test_every_mistake_is_told_at_once(config):
    file = config / "pipeline.yaml"
    text = file.read_text()
    file.write_text(text.replace("minimum_days: 5", "minimum_days: -5") + "\ncapacities: 10\n")
    done = checked(config)
    first, second = done.stderr.splitlines()
    assert f"{file}, line " in first
    assert "posting.minimum_days is wrong" in first
    assert "unknown key capacities" in second


POLICY = {
    "capacities: 10": "unknown key capacities; see config/pipeline.yaml",
    "branch: [main]": "branch is wrong: write it as text, in quotes",
    "\tbranch: main": "this is not YAML",
    "capacity: 12": 'this is not YAML (found duplicate key "capacity"',
}


@pytest.mark.parametrize("text", POLICY)
def test_a_line_too_many_in_the_policy(config, text):
    line = add(config / "pipeline.yaml", text)
    complains(config, config / "pipeline.yaml", line, POLICY[text])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("capacity: 10", "capacity: ten", "capacity is wrong: input should be a valid integer"),
        ("hourly: [60, 100]", "hourly: [60, lots]", "hourly.1 is wrong: input should be a valid decimal"),
        ("minimum_days: 5", "minimum_day: 5", "unknown key posting.minimum_day; see config/pipeline.yaml"),
        ("minimum_days: 5", "minimum_days: 500", "posting.minimum_days is wrong: input should be less than"),
        ("repository: canada-ca/ore-ero", "repository: ore-ero", "exchange.repository is wrong: write it as OWNER/"),
        ("url: https:", "url: ftp:", "beacon.url is wrong: write it as https://HOST"),
        ("api.drand.sh/", "api.drand.sh:99999/", "beacon.url is wrong: write it as https://HOST"),
        ("labels: /", "labels: /nowhere/", "labels names /nowhere/"),
    ],
)
def test_a_wrong_value_in_the_policy(config, old, new, words):
    line = replace(config / "pipeline.yaml", old, new)
    complains(config, config / "pipeline.yaml", line, words)


LABELS = {
    "- {name: x, color: 'D6E8FB', kind: stage}": "description is missing; see config/labels.yaml",
    "- {name: DONE, color: 'D6E8FB', kind: stage, description: x}": "DONE is there already in line ",
    "- {name: x, color: red, kind: stage, description: x}": "color is wrong: write it as six hexadecimal digits",
    "- {name: x, color: 123456, kind: stage, description: x}": "color is wrong: write it as text, in quotes",
    "- {name: x, color: 'D6E8FB', kind: stag, description: x}": "kind is wrong: input should be 'stage', 'signal'",
    f"- {{name: x, color: 'D6E8FB', kind: form, description: {'x' * 101}}}": "description is wrong: string should have",
    f"- {{name: {'x' * 51}, color: 'D6E8FB', kind: form, description: x}}": "name is wrong: string should have at most",
    "- {name: x, hue: 1, color: 'D6E8FB', kind: state, description: x}": "unknown key hue; see config/labels.yaml",
    "- {name: x, kind: stage: x}": "this is not YAML",
    "- opportunity": "`key: value` is expected; see config/labels.yaml",
}


@pytest.mark.parametrize("text", LABELS, ids=lambda text: LABELS[text][:20])
def test_a_mistake_in_the_labels(config, text):
    line = add(config / "labels.yaml", text)
    complains(config, config / "labels.yaml", line, LABELS[text])


@pytest.mark.parametrize("text", ["", "a: b\n", "# nothing yet\n"])
def test_labels_are_a_list(config, text):
    (config / "labels.yaml").write_text(text)
    complains(config, config / "labels.yaml", 1, "a list of labels is expected")


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ closing", "done is broken (unexpected end of template"),
        ("{% if closing %}", "done is broken (Unexpected end of template. Jinja was looking for"),
        ("{{ closing | capitals }}", "done is broken (No filter named 'capitals'"),
        ("{{ clossing }}", "{{ clossing }} is not in "),
        ("# new\nSaid in one language.", "new is missing in "),
        ("# done\nSaid again.", "done is there twice"),
    ],
)
def test_a_mistake_in_a_message(config, lang, text, words):
    file = config / "messages" / lang / "ask.md"
    complains(config, file, add(file, text), words)


def test_a_file_of_messages_in_one_language_only(config):
    (config / "messages/fr/ask.md").unlink()
    complains(config, config / "messages/en/ask.md", 1, "help is missing in fr/ask.md, so write it there too")


def test_a_value_that_is_misspelt_once_is_found(config):
    """Otherwise it would be noticed when the message is first said, perhaps a year from now."""
    line = replace(config / "messages/fr/selection.md", "{{ supplier }}", "{{ suplier }}")
    words = f"{{{{ supplier }}}} is not in fr/selection.md, but fr/selection.md, line {line}: {{{{ suplier }}}}"
    complains(config, config / "messages/en/selection.md", line, words)


def test_a_word_of_the_board_in_one_language_only(config):
    with (config / "messages/fr/board.txt").open("a", encoding="utf-8") as file:
        file.write("only-here = Ici\n")
    said = checked(config).stderr
    assert f"{config}/messages/fr/board.txt: only-here is missing in en/board.txt, so write it there too" in said


def test_words_that_a_folder_of_ones_own_lacks(config):
    for lang in ("en", "fr"):
        (config / f"messages/{lang}/feeds.txt").unlink()
    said = checked(config).stderr
    assert said.startswith(f"Error: {config}/messages/en/feeds.txt: "), said
    assert said.endswith(" is missing or has other values; see config/messages/en/feeds.txt\n"), said


def test_a_folder_without_messages(config):
    shutil.rmtree(config / "messages/en")
    said = checked(config).stderr
    assert said == f"Error: {config}/messages/en holds no templates (*.md): correct `messages` in the policy\n"
