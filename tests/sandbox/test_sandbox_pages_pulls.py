"""A newcomer's pull request from its first page to its merge: files, suggestions, checks, and what is in its way."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.acts.suggestions import suggestion_in
from tests.sandbox.caller import Answer, Caller, Cast
from tests.sandbox.test_sandbox_checks import required
from tests.sandbox.test_sandbox_pulls import branch, write
from tests.sandbox.visitor import HOME, Page, Visitor

R = "/repos" + HOME
PULL = HOME + "/pull/1"
FORK = "/client/micro-acquisition"
POST = "_posts/en/need.md"


def told(sandbox: Sandbox) -> list[tuple[str, str]]:
    heard = [(event, body.get("action", "")) for event, body in sandbox.sent]
    sandbox.sent.clear()
    return heard


async def proposed(visitor: Visitor, text: str, path: str = POST) -> Page:
    """The client follows a link to a new file, and proposes it."""
    await visitor.be("client")
    folder, _, name = path.rpartition("/")
    page = await visitor.look(f"{HOME}/new/main/{folder}?filename={name}&value=Words&message=A%20need")
    return await visitor.submit(page, f"{HOME}/new/main/{folder}", text=text)


async def commented(bot: Caller, line: int, body: str, path: str = POST, **more: object) -> str:
    """The address of the form that commits the suggestion in a new comment on that line."""
    comment = {"path": path, "line": line, "body": body} | more
    await bot.post(R + "/pulls/1/reviews", {"event": "COMMENT", "comments": [comment]})
    return f"{PULL}/lines/{(await bot.get(R + '/pulls/1/comments')).body[-1]['id']}/suggestion"


async def test_a_newcomer_with_only_a_fork_is_led_from_a_link_to_a_merge(
    sandbox: Sandbox, cast: Cast, visitor: Visitor
) -> None:
    bot = await cast.bot()
    await required(cast.person("org-owner"), "Opportunity")
    await visitor.be("client")
    new = HOME + "/new/main/_posts/en"
    page = await visitor.look(new + "?filename=need.md&value=Words&message=A%20need&description=For%20all")
    fields = dict(page.forms[new].fields)
    assert fields == {"path": POST, "text": "Words", "title": "A need", "body": "For all"}
    page = await visitor.submit(page, new, text="Title: x\r\nWords\r\n")
    assert page.url.endswith(PULL)
    assert told(sandbox) == [("fork", ""), ("pull_request", "opened")]
    assert "Required status check &#34;Opportunity&#34; is expected." in page.text

    edit = f"{FORK}/edit/client-patch-1/{POST}"
    assert f'href="{edit}"' in page.text
    page = await visitor.submit(await visitor.look(edit), edit, path="_posts/en/2027-need.md", text="Title: y\r\n")
    assert page.url.endswith(PULL + "#files")
    assert told(sandbox) == [("pull_request", "synchronize")]  # the App is not installed on the fork: no push
    files = (await bot.get(R + "/pulls/1/files")).body
    assert [one["filename"] for one in files] == ["_posts/en/2027-need.md"]
    head = (await bot.get(R + "/pulls/1"))["head"]["sha"]
    await bot.post(R + "/check-runs", {"name": "Opportunity", "head_sha": head, "conclusion": "success"})
    assert "It can be merged, by those with the role" in (await visitor.look(PULL)).text

    await visitor.be("coordinator")
    page = await visitor.submit(await visitor.look(PULL), PULL + "/merge")
    assert PULL + "/branch/delete" not in page.forms
    assert sandbox.files("canada-ca/micro-acquisition")["_posts/en/2027-need.md"] == b"Title: y\n"
    await visitor.be("client")
    page = await visitor.submit(await visitor.look(PULL), PULL + "/branch/delete")
    assert PULL + "/branch/delete" not in page.forms
    assert (await cast.nobody().get("/repos" + FORK + "/branches/client-patch-1")).status == 404


async def test_a_suggestion_is_committed_by_its_click(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    bot = await cast.bot()
    page = await proposed(visitor, "title: A need\r\nvalue: 5\r\nskills: a\r\n")
    form = await commented(bot, 2, 'Money:\n\n```suggestion\nvalue: "$5"\n```\n')
    sandbox.sent.clear()
    page = await visitor.look(PULL)
    assert "_posts/en/need.md, line 2" in page.text
    page = await visitor.submit(page, form)
    assert told(sandbox) == [("pull_request", "synchronize")]
    assert "outdated: changed since" in page.text
    assert form not in page.forms
    last = (await bot.get(R + "/pulls/1/commits")).body[-1]["commit"]
    assert (last["author"]["name"], last["message"].splitlines()[0]) == ("Claire Client", f"Update {POST}")
    assert "Co-authored-by: micro-acquisition-bot[bot]" in last["message"]
    head = (await bot.get(R + "/pulls/1"))["head"]["sha"]
    assert sandbox.files("client/micro-acquisition", head)[POST] == b'title: A need\nvalue: "$5"\nskills: a\n'
    again = await visitor.send(form, [])
    assert again.problem.startswith("This suggestion is outdated: its lines changed since")

    form = await commented(bot, 3, "```suggestion\n```", start_line=2)
    await visitor.be("supplier-1")
    assert form not in (await visitor.look(PULL)).forms
    assert (await visitor.send(form, [])).status == 403
    await visitor.be("coordinator")  # the author lets maintainers
    await visitor.submit(await visitor.look(PULL), form)
    head = (await bot.get(R + "/pulls/1"))["head"]["sha"]
    assert sandbox.files("client/micro-acquisition", head)[POST] == b"title: A need\n"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("```suggestion\na\n```", "a\n"),
        ("Look:\r\n```suggestion\r\na\r\nb\r\n```\r\n", "a\nb\n"),
        ("````suggestion\n```yaml\na\n```\n````", "```yaml\na\n```\n"),
        ("~~~ suggestion\n~~~", ""),
        ("```suggestion\n\n```", "\n"),
        ("```yaml\na\n```", None),
        ("`suggestion`", None),
    ],
)
def test_what_a_comment_suggests(body: str, text: str | None) -> None:
    assert suggestion_in(body) == text


@pytest.mark.parametrize(
    ("before", "line", "text", "after"),
    [
        ("a\r\nb\r\n", 2, "c\nd\n", "a\r\nc\r\nd\r\n"),
        ("a\nb", 2, "c\n", "a\nc"),
        ("a\r\nb", 2, "c\nd\n", "a\r\nc\r\nd"),
        ("a\nb\n", 1, "", "b\n"),
        ("a\x0bb\u2028\rc\nd\n", 2, "e\n", "a\x0bb\u2028\rc\ne\n"),
    ],
)
async def test_a_suggestion_takes_on_the_line_ends_of_the_file(
    sandbox: Sandbox, cast: Cast, visitor: Visitor, before: str, line: int, text: str, after: str
) -> None:
    who, bot = cast.person("coordinator"), await cast.bot()
    await branch(who, "mine", "a.md", before)
    await who.post(R + "/pulls", {"title": "Mine", "head": "mine", "base": "main"})
    form = await commented(bot, line, f"```suggestion\n{text}```", "a.md")
    await visitor.be("coordinator")
    await visitor.submit(await visitor.look(PULL), form)
    assert sandbox.files("canada-ca/micro-acquisition", "mine")["a.md"].decode() == after


async def test_a_file_is_moved_and_deleted_and_never_written_over(
    sandbox: Sandbox, cast: Cast, visitor: Visitor
) -> None:
    who = cast.person("coordinator")
    await write(who, "main", "crlf.md", "a\r\nb\r\n")
    await visitor.be("coordinator")
    new, edit, delete = HOME + "/new/main", HOME + "/edit/main/crlf.md", HOME + "/delete/main/README.md"
    taken = await visitor.submit(await visitor.look(new), new, path="README.md", text="x", title="Mine")
    assert taken.problem.startswith("A file with the same name already exists")
    assert ("text", "x") in taken.forms[new].fields
    taken = await visitor.submit(await visitor.look(edit), edit, path="README.md")
    assert taken.problem.startswith("A file with the same name already exists")
    page = await visitor.submit(await visitor.look(edit), edit, path="b/crlf.md", text="a\r\nc\r\n")
    assert page.url.endswith(PULL)
    assert "coordinator-patch-1" in page.text
    page = await visitor.submit(await visitor.look(delete), delete)
    assert [one["status"] for one in (await who.get(R + "/pulls/2/files")).body] == ["removed"]
    moved = sandbox.files("canada-ca/micro-acquisition", "coordinator-patch-1")
    assert (moved["b/crlf.md"], "crlf.md" in moved) == (b"a\r\nc\r\n", False)
    for gone in ("/edit/main/nothing.md", "/delete/main", "/edit/nothing/README.md", "/new/nothing"):
        assert (await visitor.look(HOME + gone)).status == 404


async def test_in_a_fork_of_ones_own_a_change_is_proposed_upstream(cast: Cast, visitor: Visitor) -> None:
    await visitor.be("client")
    page = await visitor.submit(await visitor.look(HOME + "/fork"), HOME + "/fork")
    assert page.url.endswith(FORK)
    assert FORK in (await visitor.look(HOME + "/fork")).text
    own = await visitor.send(FORK + "/fork", [])
    assert "cannot fork your own" in own.problem
    edit = FORK + "/edit/main/README.md"
    page = await visitor.submit(await visitor.look(edit), edit, text="# Ours\n")
    assert page.url.endswith(PULL)
    pull = await cast.nobody().get(R + "/pulls/1")
    assert (pull["head"]["label"], pull["base"]["label"]) == ("client:client-patch-1", "canada-ca:main")


async def test_a_check_is_shown_and_run_again(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    bot = await cast.bot()
    await proposed(visitor, "Words\r\n")
    head = (await bot.get(R + "/pulls/1"))["head"]["sha"]
    note: dict[str, Any] = {
        "path": POST, "start_line": 1, "end_line": 2, "annotation_level": "failure", "message": "<b>No</b> title",
    }  # fmt: skip
    output = {"title": "One thing is missing", "summary": "Add a **title**.", "annotations": [note]}
    check = {"name": "Opportunity", "head_sha": head, "conclusion": "action_required", "output": output}
    made: Answer = await bot.post(R + "/check-runs", check)
    again = f"{PULL}/checks/{made['id']}/rerequest"
    page = await visitor.look(PULL)
    for words in ("Opportunity: action required", "One thing is missing", "<strong>title</strong>", "lines 1 to 2"):
        assert words in page.text
    assert "&lt;b&gt;No&lt;/b&gt; title" in page.text
    assert again not in page.forms
    assert (await visitor.send(again, [])).status == 403
    await visitor.be("coordinator")
    sandbox.sent.clear()
    await visitor.submit(await visitor.look(PULL), again)
    assert told(sandbox) == [("check_run", "rerequested")]


async def test_an_action_of_a_check_reaches_the_app(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    bot = await cast.bot()
    await proposed(visitor, "Words\r\n")
    action = {"label": "Fix", "description": "Mend what can be mended", "identifier": "fix"}
    head = (await bot.get(R + "/pulls/1"))["head"]["sha"]
    check = {"name": "Opportunity", "head_sha": head, "conclusion": "failure", "actions": [action]}
    form = f"{PULL}/checks/{(await bot.post(R + '/check-runs', check))['id']}/actions"
    await visitor.be("coordinator")
    await visitor.submit(await visitor.look(PULL), form, identifier="fix")
    assert sandbox.sent[-1][1]["requested_action"] == {"identifier": "fix"}
    assert (await visitor.send(form, [("identifier", "break")])).status == 404


async def test_a_coordinator_suggests_on_the_page(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await proposed(visitor, "one\r\ntwo\r\nthree\r\n")
    await visitor.be("coordinator")
    page, form = await visitor.look(PULL), PULL + "/lines"
    beyond = await visitor.submit(page, form, path=POST, line="9", body="Hm")
    assert "line must be part of the diff" in beyond.problem
    assert "numbers" in (await visitor.submit(page, form, path=POST, line="last", body="Hm")).problem
    page = await visitor.submit(page, form, path=POST, first="2", line="3", body="```suggestion\r\n2\r\n```")
    assert f"{POST}, lines 2 to 3" in page.text
    await visitor.be("client")
    number = page.url.partition("#discussion_r")[2]
    await visitor.submit(await visitor.look(PULL), f"{PULL}/lines/{number}/suggestion")
    head = (await cast.nobody().get(R + "/pulls/1"))["head"]["sha"]
    assert sandbox.files("client/micro-acquisition", head)[POST] == b"one\n2\n"


async def test_a_newcomer_answers_beside_the_line(sandbox: Sandbox, cast: Cast, visitor: Visitor) -> None:
    await proposed(visitor, "Words\r\n")
    form = (await commented(await cast.bot(), 1, "Which words?")).replace("suggestion", "replies")
    sandbox.sent.clear()
    page = await visitor.submit(await visitor.look(PULL), form, body="These")
    assert "#discussion_r" in page.url
    assert told(sandbox) == [("pull_request_review", "submitted"), ("pull_request_review_comment", "created")]
    assert "empty" in (await visitor.submit(page, form, body=" ")).problem
