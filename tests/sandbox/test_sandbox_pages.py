"""The pages people read, and the beacon."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import yamale
from yamllint import config, linter

from sandbox import Sandbox, Seed
from sandbox.pages.markdown import render
from tests.sandbox.caller import Cast

R = "/repos/canada-ca/micro-acquisition"
SEEDS = Path(__file__).parents[2] / "sandbox" / "seed"


async def test_an_issue_can_be_read(cast: Cast) -> None:
    client = cast.person("client")
    made = await client.post(R + "/issues", {"title": "<b>A need</b>", "body": "- [x] done\n- [ ] to do\n"})
    await client.post(R + "/issues/1/comments", {"body": "Hello <!-- mark --><script>alert(1)</script>"})
    assert made["html_url"].endswith("/canada-ca/micro-acquisition/issues/1")
    page = (await cast.nobody().get("/canada-ca/micro-acquisition/issues/1")).body.decode()
    assert '<html lang="en">' in page
    assert "&lt;b&gt;A need" in page
    assert '<input type="checkbox" disabled aria-label="done" checked>' in page
    assert "<script" not in page
    assert "mark" not in page.partition("Hello")[2].partition("</article>")[0]
    for path in ("/", "/canada-ca", "/canada-ca/micro-acquisition", "/canada-ca/micro-acquisition/issues"):
        assert (await cast.nobody().get(path)).status == 200
    assert b"MIT License" in (await cast.nobody().get("/canada-ca/micro-acquisition/blob/main/LICENSE")).body
    assert b"MIT License" in (await cast.nobody().get("/canada-ca/micro-acquisition/blob/HEAD/LICENSE")).body
    assert (await cast.nobody().get("/canada-ca/nothing/issues/1")).status == 404


def test_markdown_is_safe() -> None:
    details = str(render("<details>\n<summary>A &amp; B</summary>\n\n**bold**\n\n</details>"))
    assert "<details>" in details
    assert "<summary>A &amp; B</summary>" in details
    assert "<strong>bold</strong>" in details
    assert "<b>bold</b> &lt;b class=x&gt;" in str(render("<b>bold</b> <b class=x>"))
    assert str(render("<details>open")).rstrip().endswith("</details>")
    assert "</details>" not in str(render("</details>"))
    for text in ("<img src=x onerror=alert(1)>", '<details onclick="x">', "<SCRIPT>x</SCRIPT>", "<!--x--><a href=x>"):
        shown = str(render(text)).lower()
        assert not any(bad in shown for bad in ("<img", "<script", "<details o", "<a ")), shown
    assert "javascript:" not in str(render("[x](javascript:alert)")).replace("[x](javascript:alert)", "")
    assert str(render("a<br/>b")).startswith("<p>a<br>b")


async def test_the_beacon_keeps_its_time(sandbox: Sandbox, cast: Cast) -> None:
    nobody = cast.nobody()
    info = (await nobody.get("/beacon/info")).body
    latest = (await nobody.get("/beacon/public/latest")).body
    assert len(latest["randomness"]) == 64
    assert (await nobody.get(f"/beacon/public/{latest['round']}")).body == latest
    later = latest["round"] + 20
    assert (await nobody.get(f"/beacon/public/{later}")).status == 404
    sandbox.clock.advance(timedelta(seconds=20 * info["period"]))
    assert (await nobody.get(f"/beacon/public/{later}")).status == 200


def test_the_seeded_exchange_passes_its_own_checks() -> None:
    data = SEEDS / "ore-ero" / "_data"
    schema = yamale.make_schema(data / "schemaCode.yaml")
    files = sorted((data / "code").rglob("*.yml"))
    assert files
    for file in files:
        yamale.validate(schema, yamale.make_data(file))
    settings = config.YamlLintConfig(file=str(SEEDS / "ore-ero" / ".yamllint.yaml"))
    for file in data.rglob("*.y*ml"):
        assert not list(linter.run(file.read_text(encoding="utf-8"), settings)), file


async def test_a_seed_can_be_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ore").mkdir()
    (tmp_path / "ore" / "only.md").write_text("Only this\n")
    async with Sandbox(seed=Seed.default(tmp_path / "ore")) as sandbox:
        assert sandbox.files("canada-ca/ore-ero", "master") == {"only.md": b"Only this\n"}
    (tmp_path / "seed.yaml").write_text(
        "people: {ann: Ann, bob: }\n"
        "organizations: {acme: {members: [ann]}}\n"
        "teams: [{organization: acme, slug: pay, members: [bob], roles: {work: triage}}]\n"
        "repositories: [{name: acme/work, branch: trunk, folder: ore, roles: {ann: write}}]\n"
        "app: {slug: helper, owner: acme, installed: [acme/work]}\n"
    )
    async with Sandbox(seed=Seed.from_file(tmp_path / "seed.yaml")) as sandbox:
        assert sandbox.files("acme/work", "trunk") == {"only.md": b"Only this\n"}
        assert sandbox.app.bot.login == "helper[bot]"
