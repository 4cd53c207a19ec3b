"""One person with a browser plays everybody: what each may do is done, told to the App, and shown."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import Sandbox
from sandbox.pages.boxes import boxes, set_boxes
from sandbox.pages.markdown import render
from tests.sandbox.caller import Cast
from tests.sandbox.visitor import HOME, Page, Visitor

R = "/repos" + HOME
ISSUE = HOME + "/issues/1"
FORM = """
name: A need
description: For <b>public</b> servants
title: "[Need] "
labels: [opportunity, unknown]
body:
  - {type: markdown, attributes: {value: "Unclassified **only**."}}
  - {type: input, id: name, attributes: {label: "Title (English)"}, validations: {required: true}}
  - {type: textarea, attributes: {label: What do you need?, description: In *plain* words}}
  - {type: textarea, attributes: {label: Log, render: shell}}
  - {type: dropdown, attributes: {label: Language, options: [English, French], default: 1}}
  - {type: dropdown, attributes: {label: Regions, multiple: true, options: [East, West, North]}}
  - {type: checkboxes, attributes: {label: Agreed, options: [{label: It is public, required: true}, {label: Call me}]}}
"""


def told(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    """What the App heard: event, action and who did it; then it is forgotten."""
    heard = [(event, body.get("action", ""), body["sender"]["login"]) for event, body in sandbox.sent]
    sandbox.sent.clear()
    return heard


async def an_issue(sandbox: Sandbox, cast: Cast, body: str = "") -> None:
    await cast.person("client").post(R + "/issues", {"title": "A need", "body": body})
    for name in ("eligible", "waiting: client"):
        await cast.person("coordinator").post(R + "/labels", {"name": name, "description": f"about {name}"})
    sandbox.sent.clear()


async def body_of(cast: Cast, path: str = "/issues/1") -> str:
    return (await cast.nobody().get(R + path))["body"]


async def test_a_filled_in_form_makes_the_issue_that_github_makes(
    sandbox: Sandbox, cast: Cast, visitor: Visitor
) -> None:
    who = cast.person("coordinator")
    content = base64.b64encode(FORM.encode()).decode()
    for name in (".github/ISSUE_TEMPLATE/need.yml", ".github/ISSUE_TEMPLATE/config.yml"):
        await who.put(f"{R}/contents/{name}", {"message": "A form", "content": content})
    broken = base64.b64encode(b"name: [").decode()
    await who.put(f"{R}/contents/.github/ISSUE_TEMPLATE/z.yml", {"message": "z", "content": broken})
    await who.post(R + "/labels", {"name": "opportunity"})
    await visitor.be("client")
    sandbox.sent.clear()
    choices = await visitor.look(HOME + "/issues/new/choose")
    assert "need.yml" in choices.text
    assert "config.yml" not in choices.text
    assert "z.yml is not valid YAML" in choices.text

    page = await visitor.look(HOME + "/issues/new?template=need.yml")
    assert "For &lt;b&gt;public" in page.text
    assert "<em>plain</em>" in page.text
    filled = {"title": "[Need] A date field", "field__1": "A date field", "field__5": ["North", "East"]}
    unticked = await visitor.submit(page, HOME + "/issues/new", **filled, field__2="a\r\nb", field__3="ls")
    assert (unticked.status, unticked.problem) == (422, "“It is public” must be ticked.")
    opened = await visitor.submit(unticked, HOME + "/issues/new", field__6="It is public")
    assert opened.url.endswith(ISSUE)
    issue = (await cast.nobody().get(R + "/issues/1")).body
    assert issue["title"] == "[Need] A date field"
    assert [label["name"] for label in issue["labels"]] == ["opportunity"]
    assert issue["body"] == (
        "### Title (English)\n\nA date field\n\n### What do you need?\n\na\r\nb\n\n### Log\n\n```shell\nls\n```\n\n"
        "### Language\n\nFrench\n\n### Regions\n\nEast, North\n\n### Agreed\n\n- [x] It is public\n- [ ] Call me"
    )
    assert told(sandbox) == [("issues", "opened", "client"), ("issues", "labeled", "client")]


async def test_an_empty_field_of_a_form_has_no_response(cast: Cast, visitor: Visitor) -> None:
    fields = "{type: input, attributes: {label: A}}, {type: textarea, attributes: {label: B}}"
    form = f"{{name: N, description: D, body: [{fields}]}}"
    content = base64.b64encode(form.encode()).decode()
    path = R + "/contents/.github/ISSUE_TEMPLATE/n.yaml"
    await cast.person("coordinator").put(path, {"message": "A form", "content": content})
    await visitor.be("client")
    page = await visitor.look(HOME + "/issues/new?template=n.yaml")
    await visitor.submit(page, HOME + "/issues/new", title="T", field__1=" ")
    assert await body_of(cast) == "### A\n\n_No response_\n\n### B\n\n_No response_"


async def test_people_talk_edit_and_delete_in_their_own_name(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await visitor.be("client")
    page = await visitor.submit(
        await visitor.look(HOME + "/issues/new"), HOME + "/issues/new", title="A need", body="x"
    )
    assert page.url.endswith(ISSUE)
    await visitor.be("supplier-1")
    page = await visitor.submit(await visitor.look(ISSUE), ISSUE + "/comments", body="/help\r\nnow")
    number = page.url.partition("#issuecomment-")[2]
    assert f'id="issuecomment-{number}"' in page.text
    mine = f"{ISSUE}/comments/{number}"
    edited = await visitor.submit(await visitor.look(mine + "/edit"), mine + "/edit", body="/status")
    assert edited.url.endswith(f"#issuecomment-{number}")
    await visitor.submit(await visitor.look(mine + "/edit"), mine + "/delete")
    await visitor.be("client")
    await visitor.submit(await visitor.look(ISSUE + "/edit"), ISSUE + "/edit", title="A clearer need")
    await visitor.submit(await visitor.look(ISSUE), ISSUE + "/state", state="closed")
    await visitor.submit(await visitor.look(ISSUE), ISSUE + "/state", state="open")
    assert told(sandbox) == [
        ("issues", "opened", "client"),
        ("issue_comment", "created", "supplier-1"),
        ("issue_comment", "edited", "supplier-1"),
        ("issue_comment", "deleted", "supplier-1"),
        ("issues", "edited", "client"),
        ("issues", "closed", "client"),
        ("issues", "reopened", "client"),
    ]


async def test_saving_what_was_not_changed_says_nothing(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast, "one\ntwo\n")
    await visitor.be("client")
    await visitor.submit(await visitor.look(ISSUE + "/edit"), ISSUE + "/edit")
    assert told(sandbox) == []


async def test_a_ticked_box_changes_nothing_else(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    before = "Intro\r\n- [ ] same\r\n- [ ] same\n\n1. [x] done <!-- box a -->\n"
    await an_issue(sandbox, cast, before)
    said = await (await cast.bot()).post(R + "/issues/1/comments", {"body": "- [ ] met\n- [ ] `paid`"})
    boxes_of = f"{ISSUE}/comments/{said['id']}/boxes"
    sandbox.sent.clear()
    await visitor.be("coordinator")
    page = await visitor.look(ISSUE)
    first, second = (str(at["value"]) for _, at in page.tags if at.get("aria-label") == "same")
    await visitor.submit(page, ISSUE + "/boxes", box=[second, page.box("done")])
    assert await body_of(cast) == before.replace("- [ ] same\n", "- [x] same\n")
    page = await visitor.look(ISSUE)
    landed = await visitor.submit(page, boxes_of, box=page.box("paid"))
    assert landed.url.endswith(f"#issuecomment-{said['id']}")
    assert await body_of(cast, f"/issues/comments/{said['id']}") == "- [ ] met\n- [x] `paid`"
    assert told(sandbox) == [("issues", "edited", "coordinator"), ("issue_comment", "edited", "coordinator")]
    assert first != second


async def test_what_others_did_meanwhile_stays(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast, "- [ ] mine\n- [ ] theirs\n")
    await visitor.be("coordinator")
    page = await visitor.look(ISSUE)
    client = cast.person("client")
    await client.patch(R + "/issues/1", {"body": "New\n\n- [x] theirs\n- [ ] mine\n"})
    await cast.person("finance").post(R + "/issues/1/labels", {"labels": ["eligible"]})
    await visitor.submit(page, ISSUE + "/boxes", box=page.box("mine"))
    assert await body_of(cast) == "New\n\n- [x] theirs\n- [x] mine\n"
    await visitor.submit(page, ISSUE + "/labels", label="waiting: client")
    labels = (await client.get(R + "/issues/1/labels")).body
    assert [one["name"] for one in labels] == ["eligible", "waiting: client"]

    await client.patch(R + "/issues/1", {"body": "- [x] something else"})
    refused = await visitor.submit(page, ISSUE + "/boxes", box=page.box("mine"))
    assert refused.status == 409
    assert "changed while you looked" in refused.problem
    assert "something else" in refused.text


async def test_labels_are_set_with_their_meaning_in_view(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast)
    await visitor.be("finance")
    page = await visitor.look(ISSUE)
    assert "about waiting: client" in page.text
    page = await visitor.submit(page, ISSUE + "/labels", label=["eligible", "waiting: client"])
    assert page.url.endswith("#labels")
    await visitor.submit(page, ISSUE + "/labels", label=["waiting: client"])
    assert told(sandbox) == [
        ("issues", "labeled", "finance"),
        ("issues", "labeled", "finance"),
        ("issues", "unlabeled", "finance"),
    ]


async def test_a_reader_is_offered_little_and_refused_the_rest(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast, "- [ ] box")
    theirs = (await cast.person("client").post(R + "/issues/1/comments", {"body": "Mine"}))["id"]
    sandbox.sent.clear()
    for login in ("supplier-1", ""):
        await visitor.be(login)
        page = await visitor.look(ISSUE)
        everywhere = {"/_sandbox/person", "/_sandbox/time"}
        assert set(page.forms) == everywhere | ({ISSUE + "/comments"} if login else set())
        for action, fields in {
            "/labels": {"label": "eligible"},
            "/state": {"state": "closed"},
            "/edit": {"title": "Stolen", "body": ""},
            f"/comments/{theirs}/edit": {"body": "Stolen"},
            f"/comments/{theirs}/delete": {},
        }.items():
            refused = await visitor.send(ISSUE + action, list(fields.items()))
            assert refused.status == 403, action
            words = "You are supplier-1, whose role in canada-ca/micro-acquisition is “read”" if login else "nobody yet"
            assert words in refused.problem, action
    assert "Only client and those" in (await visitor.look(ISSUE + "/edit")).text
    assert told(sandbox) == []


async def test_triage_may_label_but_not_tick_what_others_wrote(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast, "- [ ] box")
    await visitor.be("finance")
    page = await visitor.look(ISSUE)
    assert ISSUE + "/labels" in page.forms
    assert ISSUE + "/boxes" not in page.forms
    refused = await visitor.send(ISSUE + "/boxes", [("box", boxes("- [ ] box")[0].key)])
    assert refused.status == 403
    assert await body_of(cast) == "- [ ] box"


async def test_nothing_typed_is_lost(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast)
    await visitor.be("client")
    words = "A long & careful <text>\r\nin two lines"
    for path, action in ((HOME + "/issues/new",) * 2, (ISSUE + "/edit",) * 2):
        page = await visitor.submit(await visitor.look(path), action, title=" ", body=words)
        assert (page.status, page.problem) == (422, "“Title” is empty: please fill it in.")
        assert ("body", words) in page.forms[action].fields
    page = await visitor.submit(await visitor.look(ISSUE), ISSUE + "/comments", body="x" * 70_000)
    assert "too long" in page.problem
    assert ("body", "x" * 70_000) in page.forms[ISSUE + "/comments"].fields
    await visitor.be("supplier-1")
    page = await visitor.submit(await visitor.look("/new"), "/new", name="dépôt", licence="")
    assert page.status == 200
    page = await visitor.submit(await visitor.look("/new"), "/new", name="work", description="Mine", licence="")
    page = await visitor.submit(await visitor.look("/new"), "/new", name="work", description="Again", licence="")
    assert page.problem == "Name already exists on this account."
    assert {("description", "Again"), ("licence", "")} <= set(page.forms["/new"].fields)


async def test_a_supplier_delivers_and_a_client_reviews(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await visitor.be("supplier-1")
    page = await visitor.submit(await visitor.look("/new"), "/new", name="solution", licence="bsd-3-clause")
    assert page.url.endswith("/supplier-1/solution")
    licence = (await cast.nobody().get("/repos/supplier-1/solution/license")).body
    assert licence["license"]["spdx_id"] == "BSD-3-Clause"
    new, pull = "/supplier-1/solution/new", "/supplier-1/solution/pull/1"
    page = await visitor.look(new)
    for path in ("../up", ".git/config", "/"):
        refused = await visitor.submit(page, new, path=path, text="print(1)\n", title="Add it")
        assert refused.status == 422, path
    page = await visitor.submit(page, new, path="src/a.py", text="print(1)\r\n", title="Add it", body="Delivered")
    assert page.url.endswith(pull)
    assert "print(1)" in page.text
    assert pull + "/reviews" not in page.forms  # nobody reviews their own
    page = await visitor.submit(page, pull + "/checks", name="tests", conclusion="failure")
    page = await visitor.submit(await visitor.look(pull + "/file"), pull + "/file", path="b", text="b", title="More")
    assert page.url.endswith(pull + "#files")
    assert "None on the last commit" in page.text
    page = await visitor.submit(page, pull + "/checks", name="tests", conclusion="success")
    assert "tests: success" in page.text

    await visitor.be("client")
    page = await visitor.look(pull)
    assert pull + "/merge" not in page.forms
    assert pull + "/checks" not in page.forms
    unsaid = await visitor.submit(page, pull + "/reviews", event="REQUEST_CHANGES")
    assert "is empty" in unsaid.problem
    await visitor.submit(page, pull + "/reviews", event="REQUEST_CHANGES", body="Add tests")
    page = await visitor.submit(page, pull + "/reviews", event="APPROVE")
    assert "reviewed (approved)" in page.text
    await visitor.be("supplier-1")
    page = await visitor.submit(await visitor.look(pull), pull + "/merge")
    assert sandbox.files("supplier-1/solution")["src/a.py"] == b"print(1)\n"
    assert "merged" in page.text
    assert pull + "/state" not in page.forms


async def test_who_may_not_write_proposes_from_a_fork(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await visitor.be("client")
    new, pull = HOME + "/new", HOME + "/pull/1"
    page = await visitor.look(new + "?path=README.md")
    assert "Micro-Acquisition" in dict(page.forms[new].fields)["text"]
    same = await visitor.submit(page, new, title="Nothing")
    assert "already has this text" in same.problem
    page = await visitor.submit(page, new, text="# Ours\n", title="Our words")
    assert page.url.endswith(pull)
    assert "client:client-patch-1" in page.text
    await visitor.be("coordinator")
    sandbox.sent.clear()
    await visitor.submit(await visitor.look(pull), pull + "/merge")
    assert sandbox.files("canada-ca/micro-acquisition")["README.md"] == b"# Ours\n"
    assert told(sandbox) == [("pull_request", "closed", "coordinator"), ("push", "", "coordinator")]


async def test_a_conflict_is_said_in_words(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await visitor.be("coordinator")
    new = HOME + "/new?path=README.md"
    for words in ("# One\n", "# Two\n"):
        await visitor.submit(await visitor.look(new), HOME + "/new", text=words, title=words)
    first = await visitor.look(HOME + "/pull/1")
    await visitor.submit(first, HOME + "/pull/1/merge")
    second = await visitor.look(HOME + "/pull/2")
    assert "conflicts with" in second.text
    assert HOME + "/pull/2/merge" not in second.forms
    again = await visitor.send(HOME + "/pull/1/merge", [])
    assert again.problem == "Pull Request is not mergeable."


async def test_time_goes_forward_only(sandbox: Sandbox, visitor: Visitor) -> None:
    start = sandbox.clock.now()
    page = await visitor.submit(await visitor.look(HOME), "/_sandbox/time", by="day")
    assert page.url.endswith(HOME)
    assert timedelta(days=1) <= sandbox.clock.now() - start < timedelta(days=1, minutes=5)
    later = await visitor.submit(await visitor.look("/_sandbox/time"), "/_sandbox/time", moment="2099-07-13T00:00")
    assert "Monday, 2099-07-13 00:00 Eastern (2099-07-13 04:00 UTC)" in later.text
    page = await visitor.look(f"/_sandbox/time?back={HOME}")
    for moment, said in (
        ("2027-01-01T00:00", "only goes forward"),
        ("soon", "Write the date"),
        ("9999-01-01T00:00", "2100"),
    ):
        refused = await visitor.submit(page, "/_sandbox/time", moment=moment)
        assert said in refused.problem
        assert refused.forms["/_sandbox/time"].fields == [("back", HOME), ("moment", moment)]
    assert sandbox.clock.now() < datetime(2099, 7, 14, tzinfo=UTC)


async def test_no_other_site_can_send_a_form(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await an_issue(sandbox, cast)
    await visitor.be("client")
    comment = [("body", "Forged")]
    for headers in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
    ):
        for path in (ISSUE + "/comments", "/_sandbox/time", "/_sandbox/person"):
            assert (await visitor.send(path, comment, **headers)).status == 403
    assert told(sandbox) == []
    assert (await visitor.send(ISSUE + "/comments", comment, Origin=sandbox.url)).status == 200
    assert (await visitor.send("/_sandbox/person", [("back", "//example.org")])).url == "/"


async def test_the_person_is_kept_in_a_strict_cookie_under_one_name_of_the_box(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as session:
        data = {"person": "client", "back": HOME}
        async with session.post("/_sandbox/person", data=data, allow_redirects=False) as answer:
            cookie = answer.cookies["sandbox-person"]
            assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("client", True, "Strict")
            assert answer.headers["Location"] == HOME
        async with session.get(HOME, headers={"Host": "localhost:8090"}, allow_redirects=False) as answer:
            assert answer.headers["Location"] == f"http://127.0.0.1:8090{HOME}"


NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>{{ 7*7 }}'


async def test_nothing_people_write_becomes_html(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    field = f"{{label: '{NASTY}', description: '{NASTY}', options: ['{NASTY}']}}"
    form = f"name: '{NASTY}'\ndescription: '{NASTY}'\nbody: [{{type: dropdown, attributes: {field}}}]"
    content = base64.b64encode(form.encode()).decode()
    who = cast.person("coordinator")
    await who.put(R + "/contents/.github/ISSUE_TEMPLATE/n.yml", {"message": NASTY, "content": content})
    await who.post(R + "/labels", {"name": NASTY[:40], "description": NASTY[:90]})
    sandbox.add_person("mallory", NASTY)
    await visitor.be("coordinator")
    body = f"{NASTY}\n\n- [ ] {NASTY}\n- [ ] [x](javascript:alert)"
    await visitor.submit(await visitor.look(HOME + "/issues/new"), HOME + "/issues/new", title=NASTY, body=body)
    page = await visitor.submit(await visitor.look(ISSUE), ISSUE + "/comments", body=body)
    comment = page.url.partition("#issuecomment-")[2]
    await visitor.submit(page, ISSUE + "/labels", label=NASTY[:40])
    new = {"path": "a/b/<script>x", "text": NASTY, "title": NASTY, "body": body}
    await visitor.submit(await visitor.look(HOME + "/new"), HOME + "/new", **new)
    await visitor.send(HOME + "/pull/2/checks", [("name", NASTY), ("conclusion", "success")])
    bot, path = await cast.bot(), new["path"]
    comments = [{"path": path, "line": 1, "body": body}]
    await bot.post(R + "/pulls/2/reviews", {"event": "COMMENT", "comments": comments})
    note = {
        "path": NASTY,
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "notice",
        "title": NASTY,
        "message": NASTY,
    }
    output = {"title": NASTY, "summary": body, "annotations": [note]}
    more = {
        "actions": [{"label": NASTY, "description": NASTY, "identifier": NASTY}],
        "details_url": "javascript:alert(1)",
    }
    head = (await bot.get(R + "/pulls/2"))["head"]["sha"]
    check = {"name": NASTY + "2", "head_sha": head, "conclusion": "failure", "output": output}
    assert (await bot.post(R + "/check-runs", check | more)).status == 201
    refused = await visitor.send(HOME + "/issues/new", [("title", " "), ("body", body)])
    pages: list[Page] = [refused, page]
    for path in (
        "/", HOME, HOME + "/issues", HOME + "/pulls", HOME + "/issues/new/choose", HOME + "/issues/new?template=n.yml",
        ISSUE, ISSUE + "/edit", f"{ISSUE}/comments/{comment}/edit", HOME + "/pull/2",
        HOME + "/pull/2/file?path=" + NASTY, HOME + "/new?path=" + NASTY, "/_sandbox/time?back=" + NASTY,
        HOME + "/tree/coordinator-patch-1/a/b",
        HOME + f"/new/main?filename={NASTY}&value={NASTY}", HOME + f"/edit/main/README.md?value={NASTY}",
    ):  # fmt: skip
        pages.append(await visitor.look(path))
        assert pages[-1].status == 200, path
    for page in pages:
        assert "alert(1)" in page.text or "script" in page.text or page.url.startswith("/_sandbox"), page.url
        for tag, at in page.tags:
            assert tag not in ("script", "img"), page.url
            assert not any(name.startswith("on") or name == "style" for name in at), page.url
            assert not str(at.get("href", "")).startswith("javascript"), page.url


LINES = [
    "- [ ] one", "- [x] one", "  - [X] two", "> 1. [ ] three", "```", "    - [ ] code", "* \\[ ] not one", "",
    "- - [ ] twice", "- # [ ] heading", "[x]: /url", "[ ] no", "<!--", "-->", "\t- [ ] tab", "- [ ]", "- [ ] `[ ]`",
    "+ [x] # [ ]", "| a |\n|---|\n| [ ] |", "<details>", "10) [ ] [ ] x", "-\t[ ] a", "- [ ] a\u2028b\x0bc",
    "-\n  [ ] late", "- [ ] é \0",
]  # fmt: skip


def markdown() -> st.SearchStrategy[str]:
    lines = st.lists(st.sampled_from(LINES) | st.text(max_size=8), max_size=14)
    return st.builds(lambda some, end: end.join(some), lines, st.sampled_from(["\n", "\r\n", "\r"]))


@settings(max_examples=300, deadline=None)
@given(text=markdown(), data=st.data())
def test_a_tick_changes_one_character_and_one_box(text: str, data: Any) -> None:
    found = boxes(text)
    assert str(render(text, "form")).count('name="box"') == len(found)
    if not found:
        return
    box = data.draw(st.sampled_from(found))
    new = set_boxes(text, {box.key: not box.ticked})
    assert len(new) == len(text)
    assert [at for at in range(len(text)) if text[at] != new[at]] == [box.at]
    assert [(one.key, one.ticked) for one in boxes(new)] == [
        (one.key, one.ticked != (one.key == box.key)) for one in found
    ]
