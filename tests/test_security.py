"""No secret is logged, whatever happens, and no request goes where nobody said it should."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import aiohttp
import pytest
import requests

from tests.journeys.conftest import SECRET, bot_process, play
from tests.journeys.play import BOT, policy
from tests.journeys.play import stage as stage

ROOT = Path(__file__).parents[1]
__all__ = ["bot_process"]


def test_the_log_of_a_whole_journey_holds_no_secret_at_debug_level(monkeypatch, request):
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_a-persons-token")
    monkeypatch.setenv("ORE_TOKEN", "ghp_a-machines-token")
    sandbox, bot = request.getfixturevalue("bot_process")
    for status, path in ((401, "/issues/1/comments$"), (403, "/issues/1/labels$")):
        sandbox.faults.add(do="status", status=status, method="POST", path=path, actor=BOT)
    sandbox.faults.add(do="status", status=401, path="/access_tokens$", actor="app")
    sandbox.faults.add(do="cut", path="/issues/1/labels$", nth=3, actor=BOT)
    requests.post(
        f"http://127.0.0.1:{bot.port}/webhook", data=b"{}", headers={"X-Hub-Signature-256": "sha256=1234abcd"}
    )
    assert play(sandbox).unchanged
    pages, given = sign_in_and_look(bot.port)
    bot.kill()
    log = bot.log()
    assert '"level": "debug"' in log
    assert '"path": "/repos/canada-ca/micro-acquisition/issues/1/comments"' in log
    assert '"event": "signed in"' in log
    assert '"path": "/login/oauth/access_token"' in log
    tokens = [token for token in sandbox.world.tokens if token.startswith(("ghs_", "ghu_"))]
    assert {token[:4] for token in tokens} == {"ghs_", "ghu_"}
    key = [line for line in sandbox.private_key_pem.splitlines() if len(line) > 40]
    secrets = (SECRET, sandbox.app.client_secret, *tokens, *key, "ghp_", "PRIVATE KEY", "1234abcd", "sha256=")
    for secret in (*secrets, *given, "sandbox-", "uthorization"):
        assert secret not in log, secret
    for secret in (*secrets, *given, "three years of such scripts"):
        assert secret not in pages, secret
    assert not re.search(r"\beyJ[\w-]{10,}", log), "a JSON web token"
    assert "three years of such scripts" not in log, "what people wrote is not logged"


def sign_in_and_look(port: int) -> tuple[str, list[str]]:
    """What a coordinator sees in both languages, and what passed between the browser, the board and GitHub."""
    board, browser = f"http://127.0.0.1:{port}", requests.Session()
    asks = browser.get(f"{board}/en/ops/sign-in", allow_redirects=False).headers["Location"]
    agreed = browser.post(asks, data={"person": "coordinator", "answer": "yes"}, allow_redirects=False)
    back = agreed.headers["Location"]
    began = browser.cookies["board-sign-in"]
    assert browser.get(back).url == f"{board}/en/ops"
    pages = browser.get(f"{board}/en/ops").text + browser.get(f"{board}/fr/exploitation").text
    assert "Sign out" in pages
    assert "Se déconnecter" in pages
    query = {**parse_qs(urlparse(back).query), **parse_qs(urlparse(asks).query)}
    names = ("code", "state", "code_challenge")
    return pages, [began, browser.cookies["board-session"], *(query[name][0] for name in names)]


@pytest.fixture
def asked(monkeypatch) -> set[str]:
    """The hosts, with their ports, that anything in this process connected to."""
    hosts = set()
    connect, send = aiohttp.TCPConnector.connect, requests.Session.send

    async def connecting(self, req, *rest, **more):
        hosts.add(f"{req.url.host}:{req.url.port}")
        return await connect(self, req, *rest, **more)

    def sending(self, prepared, **more):
        hosts.add(requests.utils.urlparse(prepared.url).netloc)
        return send(self, prepared, **more)

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connecting)
    monkeypatch.setattr(requests.Session, "send", sending)
    return hosts


@policy(repository_hosts=("github.com", "gitlab.example"))
async def test_no_address_that_somebody_writes_is_asked(asked, stage):
    need = await stage.opportunity(
        at=6, by="client", description_en="![x](http://198.51.100.7/x.png) see http://evil.example"
    )
    winner = await need.drawn()
    for address in (
        "https://gitlab.example/a/b",
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/x/y",
    ):
        await need.says(winner, f"/repo {address}\n/deliver {address}/pull/1")
        await need.says("client", f"/ore homepage: {address}\n/ore contact.url: {address}")
    configured = {stage.sandbox.url.partition("//")[2]}
    deliveries = {stage.board.partition("//")[2]}  # the sandbox's own
    assert asked == configured | deliveries


def test_few_files_can_talk_to_anybody():
    networked = {"aiohttp", "requests", "socket", "http", "urllib", "github", "smtplib", "ftplib", "ssl"}
    found = set()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if {"sandbox", "web"} & set(path.parts):  # what serves does not ask
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name.split(".")[0] in networked and name != "urllib.parse" for name in names):
                found.add(path.relative_to(ROOT / "bot").as_posix())
    assert found == {
        "serving/server.py",  # serves
        "runtime/clock.py",  # the sandbox's, and refused elsewhere
        "github/transport/channel.py",
        "github/transport/client.py",
        "github/transport/sign_in.py",
        "cli/hub.py",
        "cli/setup.py",  # names of errors
        "cli/verify.py",
        "settings.py",  # names of errors
    }
