"""Signing in somewhere else with an account of the sandbox's, as GitHub documents it for its Apps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest
from yarl import URL

from sandbox import Sandbox, signing
from tests.sandbox.caller import Cast
from tests.sandbox.visitor import Visitor

BACK, OTHER = "http://127.0.0.1:9/back", "https://board.example/back"
VERIFIER = "a" * 50
ASK = "/login/oauth/authorize"


@pytest.fixture
async def person(sandbox: Sandbox) -> AsyncIterator[Person]:
    sandbox.sign_people_in_for(BACK, OTHER)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Person(sandbox, session)


class Person:
    """With a browser, which is sent away from the sandbox in the end."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox, self.session = sandbox, session
        self.visitor = Visitor(sandbox.url, session)

    def address(self, **query: str) -> str:
        return f"{ASK}?{urlencode({'client_id': self.sandbox.app.client_id, 'state': 'xyz'} | query)}"

    async def agrees(self, answer: str = "yes", person: str = "coordinator", **query: str) -> URL:
        """Where the form leads."""
        address = self.sandbox.url + self.address(**query)
        form = {"person": person, "answer": answer}
        async with self.session.post(address, data=form, allow_redirects=False) as response:
            assert response.status == 303
            return URL(response.headers["Location"])

    async def exchanges(self, accept: str = "application/json", **given: str) -> dict:
        app = self.sandbox.app
        data = {"client_id": app.client_id, "client_secret": app.client_secret} | given
        address = self.sandbox.url + "/login/oauth/access_token"
        async with self.session.post(address, data=data, headers={"Accept": accept}) as response:
            assert response.status == 200
            return await response.json() if accept.endswith("json") else await response.text()


async def test_a_person_is_who_they_chose_to_be(person: Person, cast: Cast) -> None:
    await person.visitor.be("finance")
    page = await person.visitor.look(person.address(redirect_uri=OTHER))
    assert "Sign in to board.example" in page.text
    assert ("person", "finance") in page.forms[ASK].fields
    proof = {"code_challenge": signing.challenge_of(VERIFIER), "code_challenge_method": "S256"}
    back = await person.agrees(redirect_uri=OTHER, **proof)
    assert str(back.with_query(None)) == OTHER
    assert back.query["state"] == "xyz"
    token = await person.exchanges(code=back.query["code"], redirect_uri=OTHER, code_verifier=VERIFIER)
    assert (token["token_type"], token["scope"], token["expires_in"]) == ("bearer", "", 28800)
    assert token["access_token"].startswith("ghu_")
    somebody = cast.with_token(token["access_token"])
    assert (await somebody.get("/user"))["login"] == "coordinator"
    assert (await person.exchanges(code=back.query["code"]))["error"] == "bad_verification_code", "a code is good once"


async def test_without_an_address_the_first_callback_is_taken(person: Person) -> None:
    assert str((await person.agrees()).with_query(None)) == BACK


@pytest.mark.parametrize("wrong", [BACK + "/more", BACK + "?a=b", "http://127.0.0.1:10/back", "https://evil.example/"])
async def test_an_address_must_be_a_callback_exactly(person: Person, wrong: str) -> None:
    address = person.sandbox.url + person.address(redirect_uri=wrong)
    async with person.session.get(address, allow_redirects=False) as response:
        back = URL(response.headers["Location"])
    assert str(back.with_query(None)) == BACK
    assert (back.query["error"], back.query["state"]) == ("redirect_uri_mismatch", "xyz")


async def test_who_says_no_is_heard(person: Person) -> None:
    back = await person.agrees(answer="no")
    assert back.query["error"] == "access_denied"
    assert "code" not in back.query


async def test_what_is_wrong_with_the_exchange_is_said_in_an_answer_that_is_all_right(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def code(**query: str) -> str:
        return (await person.agrees(**query)).query["code"]

    said = await person.exchanges(code=await code(), client_secret="another")
    assert said["error"] == "incorrect_client_credentials"
    assert said["error_description"]
    assert said["error_uri"]
    assert (await person.exchanges(code=await code(), redirect_uri=OTHER))["error"] == "redirect_uri_mismatch"
    proven = {"code_challenge": signing.challenge_of(VERIFIER), "code_challenge_method": "S256"}
    assert (await person.exchanges(code=await code(**proven)))["error"] == "bad_verification_code"
    assert (await person.exchanges(code=await code(**proven), code_verifier="b" * 50))["error"]
    late = await code()
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 601)
    assert (await person.exchanges(code=late))["error"] == "bad_verification_code"


async def test_it_answers_in_the_form_that_was_asked_for(person: Person) -> None:
    plain = parse_qs(await person.exchanges(accept="*/*", code="none"))
    assert plain["error"] == ["bad_verification_code"]
    assert "<error>bad_verification_code</error>" in await person.exchanges(accept="application/xml", code="none")


async def test_only_s256_proves_who_began(person: Person) -> None:
    address = person.sandbox.url + person.address(code_challenge="x" * 43, code_challenge_method="plain")
    async with person.session.get(address, allow_redirects=False) as response:
        assert URL(response.headers["Location"]).query["error"] == "invalid_request"


async def test_no_app_of_that_number_asks(person: Person) -> None:
    assert (await person.visitor.look(f"{ASK}?client_id=Iv1.another")).status == 404


async def test_such_a_token_may_do_no_more_than_the_app(person: Person, cast: Cast) -> None:
    token = (await person.exchanges(code=(await person.agrees()).query["code"]))["access_token"]
    address = "/repos/canada-ca/micro-acquisition/collaborators/supplier-1"
    assert (await cast.person("coordinator").get("/user")).status == 200
    refused = await cast.with_token(token)("PUT", address, {"permission": "push"})
    assert (refused.status, refused["message"]) == (403, "Resource not accessible by integration")
