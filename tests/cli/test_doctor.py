"""`python -m bot doctor` on a sandbox: each thing that can be wrong is one line that says what to do."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from bot.cli import doctor
from bot.cli.check_result import CheckResult
from bot.cli.demo import furnish
from bot.cli.hub import open_repository
from bot.github.transport import channel
from bot.ledger import Ledger
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from sandbox import Sandbox
from sandbox.acts import app as app_acts
from sandbox.cast import EXCHANGE, HOME
from sandbox.delivery.ping import ping
from tests.contract.openapi import DESCRIPTION, GitHubSchema

SECRET = "the webhook's secret"


class Clinic:
    """A sandbox with everything in place, and the environment of a bot that serves it."""

    def __init__(self, sandbox: Sandbox, folder) -> None:
        self.sandbox, self.policy = sandbox, folder / "pipeline.yaml"
        self.rules = {
            "repository": HOME,
            "beacon": f"{{url: '{sandbox.url}/beacon/public'}}",
            "exchange": f"{{repository: {EXCHANGE}}}",
            "teams": f"{{finance: {HOME}-finance}}",
        }
        self.settings = {
            "database_url": f"sqlite:///{folder}/bot.db",
            "github_api_url": sandbox.url,
            "github_app_id": str(sandbox.app_id),
            "github_private_key": SecretStr(sandbox.private_key_pem),
            "github_webhook_secret": SecretStr(SECRET),
            "bot_config": str(self.policy),
            "log_level": "error",
        }

    async def findings(self) -> list[CheckResult]:
        self.policy.write_text("".join(f"{name}: {value}\n" for name, value in self.rules.items()))
        settings = Settings(_env_file=None, **self.settings)
        return [finding async for finding in doctor.examine(settings)]

    async def wrong(self) -> list[str]:
        """What is not right, as it is told; no secret is in it, or in what is right."""
        found = await self.findings()
        said = "\n".join(finding.line for finding in found)
        for secret in (SECRET, "PRIVATE KEY", "ghs_", "sandbox-coordinator", "eyJ"):
            assert secret not in said
        assert "unexpected" not in said
        return [finding.line for finding in found if not finding.ok]


@pytest.fixture
async def clinic(tmp_path):
    async with Sandbox(record=True) as sandbox:
        await asyncio.to_thread(furnish, sandbox.url, Policy())
        sandbox.send_webhooks_to("http://127.0.0.1:1/webhook", SECRET)
        ledger = Ledger(f"sqlite:///{tmp_path}/bot.db")
        ledger.upgrade()
        ledger.close()
        yield Clinic(sandbox, tmp_path)


async def test_where_everything_is_right_every_line_says_so_and_nothing_is_changed(clinic):
    before = len(clinic.sandbox.calls)
    found = await clinic.findings()
    assert [finding.line for finding in found if not finding.ok] == []
    assert len(found) == 16
    changed = [call for call in clinic.sandbox.calls[before:] if call.method != "GET"]
    assert {call.path for call in changed} == {f"/app/installations/{clinic.sandbox.installation_id}/access_tokens"}


async def test_a_permission_and_an_event_are_named_with_the_page_to_set_them(clinic):
    clinic.sandbox.app.permissions |= {"pull_requests": "read", "members": "none"}
    clinic.sandbox.app.events.remove("issue_comment")
    wrong = await clinic.wrong()
    page = f"{clinic.sandbox.url}/organizations/canada-ca/settings/apps/micro-acquisition-bot/permissions"
    assert f"!!  App permission pull_requests: write is missing: set it on {page}" in wrong
    assert f"!!  App permission members: read is missing: set it on {page}" in wrong
    assert f"!!  App event issue_comment is not subscribed to: tick it on {page}" in wrong
    assert any(line.startswith(f"!!  permission pull_requests: write is not granted on {HOME}") for line in wrong)
    assert any(line.startswith(f"!!  team {HOME}-finance") for line in wrong)


async def test_without_teams_members_need_not_be_seen(clinic):
    clinic.sandbox.app.permissions["members"] = "none"
    del clinic.rules["teams"]
    assert await clinic.wrong() == []


def _not_installed(clinic):
    clinic.sandbox.app.repositories.remove(clinic.sandbox.world.repository(EXCHANGE))


def _suspended(clinic):
    app_acts.suspend(clinic.sandbox.world, clinic.sandbox.app, clinic.sandbox.world.user("org-owner"))


def _repository(**changes):
    def change(clinic):
        for name, value in changes.items():
            setattr(clinic.sandbox.world.repository(HOME), name, value)

    return change


def _mail(**changes):
    def change(clinic):
        for name, value in changes.items():
            setattr(clinic.sandbox.mail, name, value)

    return change


def _rules(**changes):
    return lambda clinic: clinic.rules.update(changes)


def _settings(**changes):
    return lambda clinic: clinic.settings.update(changes)


def _signing_in(**changes):
    def change(clinic):
        app = clinic.sandbox.app
        mine = {"github_client_id": app.client_id, "github_client_secret": SecretStr(app.client_secret)}
        clinic.settings.update(mine | changes)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_not_installed, f"App is not installed on the Exchange {EXCHANGE}: install it from "),
        (_suspended, f"App is suspended on {HOME}: an owner lets it in again on "),
        (_repository(archived=True), f"{HOME} is archived: unarchive it"),
        (_repository(has_issues=False), f"{HOME} has no issues: turn Issues on"),
        (_rules(branch="gh-pages"), f"{HOME} has no branch gh-pages: correct `branch` in the policy"),
        (_rules(teams="{finance: canada-ca/nobody}"), "team canada-ca/nobody is not there: correct `teams`"),
        (_rules(beacon="{url: 'http://127.0.0.1:1/public'}"), "does not give round"),
        (_rules(capacity="0"), "configuration: "),
        (_mail(url=None), "webhook is sent nowhere: set its URL"),
        (_mail(content_type="form"), "webhook is not JSON: choose the content type application/json"),
        (_mail(secret=""), "webhook is not signed: set its secret"),
        (_mail(insecure_ssl="1"), "webhook is sent without checking this bot's certificate"),
        (_settings(github_app_id="99"), "the App is not known to GitHub (401 Integration not found)"),
        (_settings(github_app_id=""), "credentials: GITHUB_APP_ID is not set"),
        (_settings(github_client_id="Iv1.x"), "signing in on the board: GITHUB_CLIENT_SECRET is not set: copy it"),
        (_settings(github_client_secret=SecretStr("x")), "signing in on the board: GITHUB_CLIENT_ID is not set"),
        (_signing_in(host="0.0.0.0"), "signing in on the board: BOARD_URL is not set to the board's address"),
        (_signing_in(board_url="http://board.example"), "signing in on the board: BOARD_URL is not set"),
        (_signing_in(github_client_id="Iv1.other"), "GITHUB_CLIENT_ID Iv1.other is not this App's: copy Iv1.sandbox"),
        (_settings(github_api_url="http://127.0.0.1:1"), "the App: GitHub does not answer"),
        (_settings(database_url="sqlite:////proc"), "database: The database /proc cannot be opened"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_do(clinic, change, said):
    change(clinic)
    wrong = await clinic.wrong()
    assert [line for line in wrong if said in line], wrong


async def test_labels_that_differ_and_tables_that_are_old_name_their_command(clinic, tmp_path):
    clinic.sandbox.world.repository(HOME).labels["done"].color = "ededed"
    clinic.settings["database_url"] = f"sqlite:///{tmp_path}/other.db"
    said = "\n".join(await clinic.wrong())
    assert f"missing or different (label done): run `python -m bot setup {HOME}`" in said
    assert "has no tables yet" in said or "has older tables" in said
    assert "run `python -m bot db upgrade`" in said


async def test_deliveries_that_fail_say_why(clinic):
    mail = clinic.sandbox.mail
    mail.faults.add(do="fail", status=401, times=None)
    ping(clinic.sandbox.world)
    await clinic.sandbox.idle()
    assert await clinic.wrong() == [
        "!!  webhook's last delivery was answered 401: its secret on GitHub and GITHUB_WEBHOOK_SECRET are not the same"
    ]
    mail.faults.clear()
    mail.faults.add(do="drop", times=None)
    ping(clinic.sandbox.world)
    await clinic.sandbox.idle()
    found = await clinic.findings()
    assert "webhook is delivered; 1 of the last 2 failed before, asked for again when `run` or `web` starts" in [
        finding.what for finding in found
    ]


async def test_a_machine_users_token_stands_in_for_the_app_on_the_exchange(clinic):
    _not_installed(clinic)
    clinic.sandbox.add_person("machine")
    clinic.settings["ore_token"] = SecretStr("sandbox-machine")
    assert await clinic.wrong() == []
    clinic.settings["ore_token"] = SecretStr("sandbox-nobody")
    assert any("ORE_TOKEN is not known to GitHub" in line for line in await clinic.wrong())


async def test_a_clock_that_is_off_is_told_even_where_it_keeps_the_app_out(clinic, monkeypatch):
    off = SimpleNamespace(time=lambda: time.time() + 95, perf_counter=time.perf_counter)
    monkeypatch.setattr(channel, "time", off)
    wrong = await clinic.wrong()
    assert any("seconds ahead of GitHub's: set it, and keep it with NTP" in line for line in wrong)


async def test_the_command_counts_and_ends_with_1(clinic):
    await clinic.findings()
    settings = Settings(_env_file=None, **clinic.settings)

    def run():
        return CliRunner().invoke(doctor.doctor, [], obj=settings)

    done = await asyncio.to_thread(_in_main_thread, run)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == "All checks passed."
    _mail(secret="")(clinic)
    done = await asyncio.to_thread(_in_main_thread, run)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == "1 check failed."


async def test_who_can_sign_in_on_the_board_is_told_with_the_address_that_the_app_must_have(clinic):
    _signing_in(board_url="https://board.example/")(clinic)
    assert await clinic.wrong() == []
    said = [finding.line for finding in await clinic.findings()]
    address = "https://board.example/ops/callback"
    assert f"ok  coordinators sign in on the board; the App must have the callback URL {address}" in said


async def test_an_empty_ledger_where_an_opportunity_is_under_way_is_told_before_it_begins_anew(clinic):
    def opens(title, *labels):
        return open_repository(_person("coordinator", clinic), HOME).create_issue(title, labels=list(labels)).number

    async def told():
        return [line for line in await clinic.wrong() if "ledger is empty" in line]

    await asyncio.to_thread(opens, "A word to the team")
    assert await told() == [], "new issues begin with step 1, as they should"
    old = await asyncio.to_thread(opens, "An old one", "3/description")
    (line,) = await told()
    assert f"issue {old} of {HOME} is under way" in line
    assert f"run `python -m bot rebuild {HOME}`" in line


def _person(login, clinic):
    token = SecretStr(f"sandbox-{login}")
    return Settings(_env_file=None, **clinic.settings).model_copy(update={"github_token": token})


def _in_main_thread(run):
    """Signals are set in the main thread only: the test's is busy serving the sandbox."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.runtime.process.signal.signal", lambda *_: None)
        return run()


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="GitHub's description of its API is not beside the repository")
async def test_everything_it_asks_is_as_github_describes_it(clinic):
    clinic.sandbox.exchanges.clear()
    await clinic.findings()
    schema = GitHubSchema()
    assert clinic.sandbox.exchanges
    for one in clinic.sandbox.exchanges:
        assert schema.check_request(one.method, one.path, one.request)
        assert schema.check_response(one.method, one.path, one.status, one.response)
