"""The pages for coordinators, as people meet them: they sign in with the sandbox's accounts, look, and try again."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from itsdangerous import timed
from yarl import URL

from bot.catching_up import retries as stuck
from bot.demo import FINANCE
from bot.github.transport.sign_in import web_address
from bot.ledger import DECIDING, Delivery, Ledger, Stuck
from bot.pipeline.model.policy import Policy
from bot.runtime.backoff import Backoff
from bot.web.board import mount_board
from bot.web.board.pages import About
from sandbox.cast import HOME
from tests.journeys.play import stage as stage
from tests.tools import MESSAGES, WORDS

PAGES = {"en": "/en/ops", "fr": "/fr/exploitation"}


class Browser:
    """Keeps cookies and follows no redirect by itself."""

    def __init__(self, stage) -> None:
        self.board, self.sandbox = stage.board, stage.sandbox
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.status, self.text, self.headers = 0, "", {}

    async def get(self, address: str, **more) -> str:
        return await self._do("GET", address, **more)

    async def post(self, address: str, **fields: str) -> str:
        return await self._do("POST", address, data=fields)

    async def _do(self, method: str, address: str, **more) -> str:
        address = URL(address if address.startswith("http") else self.board + address, encoded=True)
        async with self.http.request(method, address, allow_redirects=False, **more) as answer:
            self.status, self.headers, self.text = answer.status, answer.headers, await answer.text()
        return self.headers.get("Location", "")

    async def comes_back(self, person: str, lang: str = "en", answer: str = "yes") -> str:
        """Signs in up to where GitHub sends the browser back to."""
        await self.get(PAGES[lang])
        asks = await self.get(re.search(r'href="([^"]+(?:sign-in|connexion))"', self.text)[1])
        assert asks.startswith(self.sandbox.url + "/login/oauth/authorize?")
        return await self.post(asks, person=person, answer=answer)

    async def signs_in(self, person: str, lang: str = "en") -> str:
        """Whether let in or not: where the browser is sent then."""
        return await self.get(await self.comes_back(person, lang))

    @property
    def token(self) -> str:
        return re.search(r'name="token" value="(\w+)"', self.text)[1]

    def cookie(self, name: str) -> str:
        return next((cookie.value for cookie in self.http.cookie_jar if cookie.key == name), "")

    def keeps(self, name: str, value: str) -> None:
        self.http.cookie_jar.update_cookies({name: value}, URL(self.board))


@pytest.fixture
async def browser(stage):
    browser = Browser(stage)
    yield browser
    await browser.http.close()


@pytest.fixture
async def other(stage):
    browser = Browser(stage)
    yield browser
    await browser.http.close()


# --- who gets in ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("Nothing is stuck.", "Sign out")), ("fr", ("Rien n’est bloqué.", "Se déconnecter"))]
)
async def test_a_coordinator_signs_in_and_out_in_either_language(browser, lang, words):
    assert await browser.signs_in("coordinator", lang) == PAGES[lang]
    await browser.get(PAGES[lang])
    assert browser.status == 200
    assert f'<html lang="{lang}-CA">' in browser.text
    for word in words:
        assert word in browser.text
    assert browser.headers["Cache-Control"] == "no-store"
    form = re.search(r'action="([^"]+(?:sign-out|deconnexion))"', browser.text)[1]
    assert await browser.post(form, token=browser.token) == PAGES[lang]
    await browser.get(PAGES[lang])
    assert words[0] not in browser.text


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "supplier-1 is not a coordinator"), ("fr", "supplier-1 n’est pas de la coordination")]
)
async def test_a_supplier_is_refused_in_words(browser, lang, words):
    await browser.signs_in("supplier-1", lang)
    assert browser.status == 403
    assert words in browser.text
    assert browser.cookie("board-session") == ""
    assert "Nothing is stuck" not in browser.text


async def test_who_tells_github_no_is_answered(browser):
    await browser.get(await browser.comes_back("coordinator", answer="no"))
    assert (browser.status, "You did not let GitHub" in browser.text) == (403, True)


async def test_whoever_is_taken_out_of_the_team_is_out_at_once(stage, browser):
    stage.bot.desk.look._coordinators = FINANCE  # the policy's team of coordinators
    team = f"/orgs/canada-ca/teams/{FINANCE.partition('/')[2]}/memberships/finance"
    stage.sandbox.set_role(HOME, "finance", "read")
    assert await browser.signs_in("finance") == "/en/ops"
    await stage.act("org-owner", "DELETE", team)
    await stage.quiet()
    await browser.get("/en/ops")
    assert browser.status == 403
    assert "finance is not a coordinator" in browser.text
    assert browser.cookie("board-session") == ""


async def test_even_if_github_does_not_tell_it_is_noticed_within_minutes(stage, browser):
    await browser.signs_in("coordinator")
    del stage.sandbox.world.repository(HOME).roles[stage.sandbox.world.user("coordinator")]
    stage.bot.desk.look._standings.expire(time.monotonic() + 301)
    await browser.get("/en/ops")
    assert browser.status == 403


async def test_where_github_does_not_say_who_is_a_coordinator_nothing_is_shown(stage, browser):
    await browser.signs_in("coordinator")
    stage.bot.desk.look.forget()
    stage.sandbox.faults.add(do="status", status=502, path="/collaborators/", times=None)
    await browser.get("/en/ops")
    assert (browser.status, "GitHub did not answer in time" in browser.text) == (503, True)
    assert "Nothing is stuck" not in browser.text
    stage.sandbox.faults.clear()


async def test_whoever_wants_to_leave_need_not_wait_for_github(stage, browser):
    await browser.signs_in("coordinator")
    await browser.get("/en/ops")
    stage.bot.desk.look.forget()
    stage.sandbox.faults.add(do="status", status=502, path="/collaborators/", times=None)
    assert await browser.post("/en/ops/sign-out", token=browser.token) == "/en/ops"
    assert browser.cookie("board-session") == ""
    stage.sandbox.faults.clear()


async def test_a_github_that_is_down_lets_nobody_in(stage, browser):
    stage.sandbox.faults.add(do="status", status=502, path="^/user$")
    await browser.signs_in("coordinator")
    assert (browser.status, "GitHub did not answer in time" in browser.text) == (503, True)


async def test_what_github_does_not_take_is_the_operators_to_put_right(stage, browser):
    stage.sandbox.app.client_secret = "rotated"
    await browser.signs_in("coordinator")
    assert (browser.status, "python -m bot doctor" in browser.text) == (503, True)
    stage.sandbox.sign_people_in_for("http://127.0.0.1:1/ops/callback")
    await browser.get("/en/ops")
    back = URL(await browser.get(await browser.get("/en/ops/sign-in")))
    assert back.query["error"] == "redirect_uri_mismatch"
    await browser.get("/ops/callback?" + back.raw_query_string)
    assert (browser.status, "callback URL" in browser.text) == (403, True)


# --- states and cookies --------------------------------------------------------------------------------------


async def test_a_state_that_was_not_given_to_this_browser_is_refused(browser, other):
    back = await other.comes_back("coordinator")
    await browser.get(back)  # somebody else's link
    assert (browser.status, "not begun in this browser" in browser.text) == (400, True)
    await browser.comes_back("coordinator")
    await browser.get(back)
    assert browser.status == 400
    forged = URL(await browser.comes_back("coordinator")).update_query(state="forged")
    await browser.get(str(forged))
    assert browser.status == 400
    assert browser.cookie("board-session") == ""


async def test_a_sign_in_counts_once(browser):
    back = await browser.comes_back("coordinator")
    began = browser.cookie("board-sign-in")
    assert await browser.get(back) == "/en/ops"
    await browser.get(back)
    assert browser.status == 400
    browser.keeps("board-sign-in", began)  # whoever copied it
    await browser.get(back)
    assert browser.status == 400


async def test_a_code_that_somebody_overheard_is_of_no_use_to_them(stage, browser, other):
    """What the challenge was made from is in the cookie of the browser that began."""
    code = URL(await browser.comes_back("coordinator")).query["code"]
    state = URL(await other.comes_back("supplier-1")).query["state"]
    await other.get("/ops/callback?" + urlencode({"code": code, "state": state}))
    assert other.status == 400
    assert other.cookie("board-session") == ""


async def test_a_sign_in_takes_ten_minutes_and_a_session_an_hour_at_most(browser, monkeypatch):
    real = time.time
    monkeypatch.setattr(timed.time, "time", lambda: real() - 601)
    back = await browser.comes_back("coordinator")
    monkeypatch.undo()
    await browser.get(back)
    assert browser.status == 400
    assert URL(back).query["code"] in browser.sandbox.world.codes, "GitHub was not even asked"
    await browser.signs_in("coordinator")
    session = browser.cookie("board-session")
    monkeypatch.setattr(timed.time, "time", lambda: real() + 3601)
    browser.keeps("board-session", session)
    await browser.get("/en/ops")
    assert "Sign out" not in browser.text


async def test_a_forged_cookie_is_nobodys(stage, browser):
    await browser.signs_in("coordinator")
    said, signed = browser.cookie("board-session").split(".", 1)
    payload = json.loads(base64.urlsafe_b64decode(said + "=="))
    assert set(payload) == {"login", "id"}, "what somebody may do is never in it"
    forged = base64.urlsafe_b64encode(json.dumps(payload | {"login": "org-owner"}).encode()).rstrip(b"=").decode()
    for value in (f"{forged}.{signed}", f"{said}.{signed[:-2]}", said, "", "a.b.c", "\u00e9"):
        browser.http.cookie_jar.clear()
        browser.keeps("board-session", value)
        await browser.get("/en/ops")
        assert (browser.status, "Sign out" in browser.text) == (200, False), value
    began = Browser(stage)
    await began.comes_back("coordinator")
    browser.keeps("board-session", began.cookie("board-sign-in"))  # signed, for something else
    await browser.get("/en/ops")
    assert "Sign out" not in browser.text
    await began.http.close()


async def test_a_copied_cookie_ends_with_the_session(browser):
    await browser.signs_in("coordinator")
    copied = browser.cookie("board-session")
    await browser.get("/en/ops")
    await browser.post("/en/ops/sign-out", token=browser.token)
    browser.keeps("board-session", copied)
    await browser.get("/en/ops")
    assert "Sign out" not in browser.text


async def test_cookies_are_not_for_scripts_other_sites_or_plain_connections(browser, monkeypatch):
    await browser.get("/en/ops/sign-in")
    cookie = browser.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "this board is on http"


async def test_on_https_cookies_are_secure_and_this_hosts_alone(tmp_path, aiohttp_client):
    people = await aiohttp_client(_board(tmp_path, FakeBot("https://board.example")))
    answer = await people.get("/en/ops/sign-in", allow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-board-sign-in=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert URL(answer.headers["Location"]).query["redirect_uri"] == "https://board.example/ops/callback"


async def test_nobody_is_sent_anywhere_else(stage, browser):
    """No part of a request names where one goes: neither a parameter, nor the host that it claims."""
    evil = "https://evil.example"
    asks = await browser.get(f"/en/ops/sign-in?next={evil}&redirect_uri={evil}", headers={"Host": "evil.example"})
    assert URL(asks).origin() == URL(stage.sandbox.url)
    assert URL(asks).query["redirect_uri"] == f"{stage.board}/ops/callback"
    back = URL(await browser.post(asks, person="coordinator", answer="yes"))
    assert await browser.get(str(back.update_query(next=evil, lang="//evil.example"))) == "/en/ops"
    for path in ("//evil.example/en/ops", "/en/ops/retry", "/en//evil.example"):
        assert "evil" not in await browser.get(path)


# --- forms ---------------------------------------------------------------------------------------------------


async def test_a_form_of_another_site_does_nothing(stage, browser, other):
    now = stuck.datetime.now(stuck.UTC)
    later = now + stuck.timedelta(minutes=10)
    stage.bot.ledger.hold(Stuck(f"{HOME}#99", DECIDING, "404 Not Found", 3, 0, now, later))
    await browser.post("/en/ops/retry", key="")
    assert browser.status == 403
    await other.signs_in("coordinator")
    await other.get("/en/ops")
    await browser.signs_in("coordinator")
    for token in ("", "forged", "\u00e9", other.token):
        for form in ("/en/ops/retry", "/fr/exploitation/relance", "/en/ops/sign-out"):
            await browser.post(form, token=token)
            assert browser.status == 400, (form, token)
    assert stage.bot.ledger.stuck()[0].again_at == later
    await browser.get("/en/ops")
    assert "Sign out" in browser.text
    stage.bot.ledger.release(f"{HOME}#99")


async def test_a_form_of_megabytes_is_not_read(browser):
    await browser.post("/en/ops/retry", token="x" * 20_000)
    assert browser.status == 413


async def test_nothing_else_on_the_board_takes_forms(browser):
    await browser.post("/en/")
    assert browser.status == 405


# --- what they see and do ------------------------------------------------------------------------------------


async def test_trying_again_by_the_page_makes_a_stuck_thing_go_on(stage, browser, monkeypatch):
    monkeypatch.setattr(stuck, "REFUSALS", Backoff(900, 900))
    need = await stage.opportunity()
    await stage.act("coordinator", "PUT", f"/repos/{HOME}/issues/{need.number}/lock")
    said = await need.says("coordinator", "/help")
    key = f"{HOME}#{need.number}"
    await browser.signs_in("coordinator")
    await browser.get("/en/ops")
    assert f'<a href="{stage.sandbox.url}/{HOME}/issues/{need.number}">{key}</a>' in browser.text
    assert "not shown" in browser.text
    assert "403" in browser.text
    await browser.post("/en/ops/retry", token=browser.token, key=key)
    assert browser.status == 200
    assert "was tried, and still cannot go on" in browser.text
    need.issue.locked = False  # and GitHub's word of it is lost
    await browser.post("/fr/exploitation/relance", token=browser.token, key="")
    assert "est débloqué." in browser.text
    assert "Rien n’est bloqué." in browser.text
    await stage.quiet()
    assert f"reply {said.id}" in need.page()
    await browser.post("/en/ops/retry", token=browser.token)
    assert "Nothing was there to be tried again." in browser.text


async def test_the_page_tells_queue_deliveries_and_budget_without_what_they_say(stage, browser):
    need = await stage.opportunity()
    await need.says("client", "Something that is said only in the thread")
    again = stage.sandbox.mail.log[-1]
    stage.sandbox.mail.redeliver(again)
    await stage.sandbox.idle()
    refused = {"X-GitHub-Event": "issues<b>", "X-GitHub-Delivery": "guid-of-a-stranger"}
    async with aiohttp.ClientSession() as http:
        await http.post(f"{stage.board}/webhook", data=b"{}", headers=refused)
    await stage.quiet()
    await stage.bot.engine.stop()
    now = stuck.datetime.now(stuck.UTC)
    old = now - stuck.timedelta(hours=2)
    stage.bot.ledger.accept([Delivery("guid-7", "issues", f"{HOME}#1", old, b'{"secret": "words"}')])
    await browser.signs_in("coordinator")
    await browser.get("/en/ops")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.text))
    assert "over an hour 1 Together 1" in text
    assert f"{HOME}#1 2 hours 1" in text
    assert "accepted, waits" in text
    assert "accepted, decided" in text
    assert "duplicate" in text
    assert "guid-of-a-stranger refused: no valid signature" in text
    assert "<b>" not in browser.text
    assert re.search(rf"{stage.sandbox.installation_id} \d+ none", text)
    assert "only in the thread" not in text
    assert "words" not in re.findall(r'{"secret.*', text)
    assert "Opportunities known 1" in text


async def test_the_configuration_is_shown_without_any_secret(stage, browser, monkeypatch):
    await browser.signs_in("coordinator")
    await browser.get("/en/ops")
    for name in ("GITHUB_CLIENT_SECRET", "ORE_TOKEN", "posting.minimum_days", "sweep_seconds", stage.sandbox.url):
        assert name in browser.text
    settings = stage.bot.settings
    key = settings.github_private_key.get_secret_value().splitlines()
    secrets = [settings.github_client_secret.get_secret_value(), *settings.webhook_secrets, *key, "ghs_", "ghu_"]
    for secret in secrets:
        assert secret not in browser.text


async def test_a_persons_token_is_used_once_and_dropped(stage, browser):
    await browser.signs_in("coordinator")
    await browser.get("/en/ops")
    tokens = [token for token in stage.sandbox.world.tokens if token.startswith("ghu_")]
    assert len(tokens) == 1
    asked = [call.path for call in stage.sandbox.calls if call.actor == "coordinator"]
    assert asked.count("/user") == 1
    assert tokens[0] not in json.dumps([dict(line) for line in stage._log], default=str)


@pytest.mark.parametrize(
    ("api", "pages"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.esdc.ghe.com", "https://esdc.ghe.com"),
        ("https://github.example.gc.ca/api/v3", "https://github.example.gc.ca"),
    ],
)
def test_people_say_yes_on_the_pages_of_the_github_that_is_configured(api, pages):
    assert web_address(api) == pages


# --- where nobody can sign in --------------------------------------------------------------------------------


class FakeBot:
    """A gate that nobody comes to."""

    client_id, page, secret = "Iv1.x", "https://github.com/login/oauth/authorize", b"key"

    def __init__(self, address: str) -> None:
        self.address = address


def _board(tmp_path, bot) -> web.Application:
    app, ledger = web.Application(), Ledger(f"sqlite:///{tmp_path}/bot.db")
    ledger.upgrade()
    about = About(Policy(), MESSAGES.say, WORDS, lambda: datetime.now(UTC), "https://github.com", bot)
    mount_board(app, ledger, about)
    return app


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/ops", "Nobody can sign in to this board"),
        ("/en/ops/sign-in", "Nobody can sign in to this board"),
        ("/fr/exploitation", "Personne ne peut se connecter à ce tableau"),
        ("/ops/callback?code=1&state=2", "Nobody can sign in"),
    ],
)
async def test_without_a_client_the_page_says_what_to_set_and_the_rest_is_there(
    tmp_path, aiohttp_client, address, words
):
    people = await aiohttp_client(_board(tmp_path, None))
    answer = await people.get(address, allow_redirects=False)
    text = await answer.text()
    assert answer.status == 404
    assert words in text
    assert "GITHUB_CLIENT_ID" in text
    assert (await people.post("/en/ops/retry")).status == 404
    assert (await people.get("/en/")).status == 200


def test_both_languages_say_the_same():
    english, french = WORDS["ops"]["en"], WORDS["ops"]["fr"]
    assert english.keys() == french.keys()
    for name, said in french.items():
        assert not re.search(r"(?<!\u00a0)[;!?»]|(?<!\u00a0):(?!//)|'", said), said
        assert re.findall(r"{\w+}", said) == re.findall(r"{\w+}", english[name]), name
