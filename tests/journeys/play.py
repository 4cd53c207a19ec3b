"""Stories as people tell them, on the sandbox: they act with their own tokens, and see what GitHub shows.

    async def test_nobody_applied(stage):
        need = await stage.opportunity(at=5)
        await stage.time_passes(to=need.closed_at)
        need.shows("closed-to-applications")

After each act the story waits until the bot has nothing left to do, then looks at what must always hold. The clock
is the sandbox's: a story begins on Monday, June 21, 2027, at 10 a.m. Eastern, and moves on when it says so.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot import demo
from bot.documents.messages import BREAK
from bot.github.reading import marks
from bot.ledger import Ledger
from bot.pipeline.calendar import EASTERN, add_business_days, eastern_date
from bot.pipeline.model.fold import fold
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.statement import Statement, statement_of
from bot.pipeline.steps import STEPS
from bot.published import ocds
from bot.published.record import make_record
from bot.settings import Settings, load_labels
from sandbox import Sandbox
from sandbox.acts.labels import create_label
from sandbox.cast import EXCHANGE, HOME
from sandbox.clock import Clock
from sandbox.model import Comment, Issue
from tests.as_github import pinged, references
from tests.contract.openapi import DESCRIPTION, GitHubSchema
from tests.pipeline.desk import OPENED, STATEMENT, body
from tests.published.standard import FOLDER, Standard
from tests.tools import WORDS, tables_made_once

PATIENCE = 60
"""Seconds that a story waits for the bot at most; an error in its log ends the story at once."""

BOT = "micro-acquisition-bot[bot]"
STAGES = {step.number: step.label for step in STEPS}
PAPERS = ("invoice-received", "invoice-approved", "paid")
WHY = "because two projects of that kind are described, with links"


def policy(**changes: Any) -> pytest.MarkDecorator:
    """For one story, a policy of its own: `@policy(capacity=1)`."""
    return pytest.mark.parametrize(
        "stage", [changes], indirect=True, ids=[" ".join(f"{name}={value}" for name, value in changes.items())]
    )


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Where a story happens, by rules that the test may change."""
    async with set_up(Policy(**getattr(request, "param", {}))) as here:
        yield here


@asynccontextmanager
async def set_up(rules: Policy) -> AsyncIterator[Stage]:
    """A sandbox of the story's own, and a bot that serves it and must not log an error."""
    sandbox = fresh_sandbox(hourly_limit=100_000, record=True)
    coordinator, home = sandbox.world.users["coordinator"], sandbox.world.repository(HOME)
    for label in _labels(rules.labels):
        create_label(sandbox.world, home, coordinator, label.name, label.color, label.description)
    with capture_logs() as log, tables_made_once():
        async with (
            demo.stage(Settings(_env_file=None, port=0), rules, sandbox) as on,
            aiohttp.ClientSession(sandbox.url) as http,
        ):
            here = Stage(on, http, log)
            yield here
            here.is_open_data(rules)
    assert here.errors == []
    _valid(sandbox)


_labels = cache(load_labels)


@cache
def _schema() -> GitHubSchema | None:
    return GitHubSchema() if DESCRIPTION.is_file() else None


@cache
def _standard() -> Standard | None:
    return Standard() if FOLDER.is_dir() else None


def _valid(sandbox: Sandbox) -> None:
    """Whatever the bot asked of GitHub in the story is what GitHub describes, where its description is here."""
    if schema := _schema():
        for exchange in sandbox.exchanges:
            if exchange.actor.startswith("micro-acquisition-bot") and exchange.request is not None:
                schema.check_request(exchange.method, exchange.path, exchange.request)


def later(weeks: int) -> dict[str, str]:
    """Dates for a statement, so many weeks after the usual ones."""
    names = ("closing", "selection", "delivery")
    return {name: (date.fromisoformat(STATEMENT[name]) + timedelta(weeks=weeks)).isoformat() for name in names}


class _From(Clock):
    """The sandbox's clock, begun at a moment of the test's choosing."""

    def __init__(self, then: datetime) -> None:
        super().__init__()
        self._ahead = then - datetime.now(UTC)


def fresh_sandbox(**more: Any) -> Sandbox:
    """One in which it is always the same morning: no story goes over midnight by chance."""
    return Sandbox(clock=_From(OPENED), **more)


class Stage:
    """Where a story happens: the sandbox, the bot, and every opportunity so far."""

    def __init__(self, on: demo.Stage, http: aiohttp.ClientSession, log: Sequence[Mapping[str, Any]]) -> None:
        self.sandbox, self.bot, self.board = on.sandbox, on.bot, on.board
        self._http, self._log = http, log
        self.needs: list[Need] = []
        self._look: asyncio.Task[None] | None = None
        self._next_look: asyncio.Task[None] | None = None

    async def opportunity(self, at: int = 1, *, by: str = "client", text: str | None = None, **changes: str) -> Need:
        """A need that `by` opens, brought along the straight road to step `at`.

        `changes` are fields of the statement (`title_fr="…"`, `closing="2027-08-02"`); `text` is a body of its own.
        """
        text = body(**changes) if text is None else text
        title = statement_of(text).en.title or statement_of(text).fr.title
        made = await self.act(by, "POST", f"/repos/{HOME}/issues", title=title, body=text)
        need = Need(self, made["number"], by)
        self.needs.append(need)
        await self.quiet()
        await need.goes_to(at)
        return need

    async def act(self, login: str, method: str, path: str, **json: Any) -> Any:
        """One request of a person's, without waiting for the bot. What GitHub refuses fails the story."""
        self.sandbox.clock.advance(timedelta(seconds=1))  # GitHub's times are in seconds: who was first is seen
        headers = {"Authorization": f"Bearer sandbox-{login}"}
        async with self._http.request(method, path, json=json, headers=headers) as response:
            answer = await response.json() if response.content_length else None
            if response.status >= 400:
                raise AssertionError(f"{login} cannot {method} {path}: {response.status} {answer}")
            return answer

    # --- time --------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.sandbox.clock.now()

    @property
    def today(self) -> date:
        return eastern_date(self.now)

    def business_day(self, count: int, since: date | None = None) -> date:
        """So many business days after (negative: before) a date, by default today."""
        return add_business_days(since or self.today, count)

    async def time_passes(self, *, to: datetime | date | None = None, **span: float) -> None:
        """On to a moment, to a day (10 a.m. Eastern), or by a span: `minutes=11`."""
        if to is None:
            to = self.now + timedelta(**span)
        elif not isinstance(to, datetime):
            to = datetime.combine(to, time(10), EASTERN)
        assert to >= self.now, f"{to} is past: it is {self.now}"
        self.sandbox.clock.advance_to(to)
        await self.quiet()

    # --- the bot -----------------------------------------------------------------------------------------

    async def quiet(self) -> None:
        """Wait until the bot has decided all that reached it and shown all it can, then look at what always holds.

        Whoever waits while another does shares the look that begins next.
        """
        if self._next_look is None:
            self._next_look = asyncio.create_task(self._after(self._look))
        await asyncio.shield(self._next_look)

    async def _after(self, other: asyncio.Task[None] | None) -> None:
        if other:
            await asyncio.wait([other])
        self._look, self._next_look = self._next_look, None
        work = asyncio.create_task(self._quiet())
        for _ in range(PATIENCE):
            await asyncio.wait([work], timeout=1)
            if work.done() or self.errors:
                break
        if not work.done():
            work.cancel()
            raise AssertionError(f"the bot is still at work, and logged {self.errors}\n\n{self.pages()}")
        await work
        for need in self.needs:
            need.holds()
            need.is_on_the_board()
        assert self.bot.ledger.stats().given_up == 0, "a delivery could not be decided"

    def is_open_data(self, policy: Policy) -> None:
        """What is published is valid by the Open Contracting Data Standard, where its schemas are here."""
        ledger = Ledger(self.bot.settings.database_url)  # the bot may be down by now
        for key, known in ledger.all_records():
            found = list(ocds.releases(HOME, known.number, ledger.load(key).history, policy, WORDS["ocds"]))
            if standard := _standard():
                address = "https://board.example/ocds"
                standard.check(ocds.release_package(found, uri=address, policy=policy))
                standard.check(ocds.record_package(list(ocds.compiled_records(found)), uri=address, policy=policy))
        ledger.close()

    async def _quiet(self) -> None:
        """What a whole round leaves undone waits for people (an entry that lacks something), or for GitHub's health."""
        before: tuple[object, ...] = ()
        while True:
            await self.sandbox.idle()
            await self.bot.engine.quiet()
            todo = await self.bot.desk.waiting()
            seen = (*todo, len(self.sandbox.calls), len(self.sandbox.mail.log))
            if seen == before:
                if not (todo and self.sandbox.faults.rules):
                    return
                await asyncio.sleep(0.05)  # it tries again by itself
            before = seen
            for key in todo:
                self.bot.engine.wake(key)

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """What the bot logged as an error: in no story there is any."""
        return [line for line in self._log if line["log_level"] in ("error", "critical")]

    def files(self, repository: str = HOME) -> dict[str, str]:
        """The files of a repository's default branch."""
        return {path: data.decode() for path, data in self.sandbox.files(repository).items()}

    def pages(self) -> str:
        return "\n\n".join(need.page() for need in self.needs)


class Need:
    """One opportunity: what people do to it, and what they see of it."""

    def __init__(self, on: Stage, number: int, client: str) -> None:
        self.stage, self.number, self.client = on, number, client
        self._path = f"/repos/{HOME}/issues"
        self.heard: Comment | None = None
        """What was said or edited last."""
        self._around: set[str] = {f"{HOME}-finance"}
        self._first = "status"
        self._rounds = 0
        self.insisted: frozenset[str] = frozenset()
        """Stage labels that people insisted on, and that the bot leaves beside the true one."""

    # --- what people do ----------------------------------------------------------------------------------

    async def says(self, login: str, text: str) -> Comment:
        """Comment; `answer` is then what the bot replied."""
        made = await self.stage.act(login, "POST", f"{self._path}/{self.number}/comments", body=text)
        self.heard = next(comment for comment in self.issue.comments if comment.id == made["id"])
        await self.stage.quiet()
        return self.heard

    async def edits(self, said: Comment, text: str, *, by: str | None = None) -> None:
        """Edit a comment; its author does, or whoever may."""
        self.heard = said
        await self.stage.act(by or said.user.login, "PATCH", f"{self._path}/comments/{said.id}", body=text)
        await self.stage.quiet()

    async def deletes(self, said: Comment, *, by: str | None = None) -> None:
        if said.user.type == "Bot" and marks.find_mark(said.body) == "status":
            self._first = ""  # who made it the bot's first comment took that away
        await self.stage.act(by or said.user.login, "DELETE", f"{self._path}/comments/{said.id}")
        await self.stage.quiet()

    async def rewritten(self, text: str, *, by: str | None = None, title: str | None = None) -> None:
        """Edit the issue itself: the statement."""
        title = title or self.issue.title
        await self.stage.act(by or self.client, "PATCH", f"{self._path}/{self.number}", title=title, body=text)
        await self.stage.quiet()

    async def labelled(self, *labels: str, by: str, on: bool = True) -> None:
        """Set labels, all at once, or take them off, one after the other."""
        path = f"{self._path}/{self.number}/labels"
        if on:
            await self.stage.act(by, "POST", path, labels=labels)
        else:
            for label in labels:
                await self.stage.act(by, "DELETE", f"{path}/{label}")
        await self.stage.quiet()

    async def ticked(self, step: int, *boxes: str, by: str = "coordinator", on: bool = True) -> None:
        """Tick boxes of a checklist, by name; all of them where none is named."""
        checklist = self.comment(f"checklist {step}")
        names = "|".join(map(re.escape, boxes)) if boxes else r"[\w-]+"
        text = re.sub(
            rf"^- \[[ x]\](?=.*<!-- box (?:{names}) -->)", f"- [{'x' if on else ' '}]", checklist.body, flags=re.M
        )
        await self.stage.act(by, "PATCH", f"{self._path}/comments/{checklist.id}", body=text)
        await self.stage.quiet()

    async def merged(self, kind: str, *, by: str) -> None:
        """Merge the bot's latest pull request of that kind."""
        pull = self.pull(kind)
        assert pull is not None, f"there is no {kind} pull request\n{self.page()}"
        await self.stage.act(by, "PUT", f"/repos/{pull.repo.full_name}/pulls/{pull.number}/merge")
        await self.stage.quiet()

    async def closed(self, *, by: str, on: bool = True) -> None:
        """Close the issue by hand, or open it again."""
        await self.stage.act(by, "PATCH", f"{self._path}/{self.number}", state="closed" if on else "open")
        await self.stage.quiet()

    # --- along the straight road -------------------------------------------------------------------------

    async def goes_to(self, step: int) -> Need:
        """On to a step, or with 10 to the end; everything goes well, and two suppliers pass."""
        road = (
            self._to_2,
            self._to_3,
            self._to_4,
            self._to_5,
            self._to_6,
            self._to_7,
            self._to_8,
            self._to_9,
            self._to_end,
        )
        for number, on in enumerate(road[self.step - 1 : step - 1], self.step + 1):
            await on()
            assert self.step == number, f"this should be at step {number}\n{self.page()}"
        return self

    async def _to_2(self) -> None:
        await self.labelled("client-verified", by="coordinator")

    async def _to_3(self) -> None:
        await self.ticked(2)
        await self.labelled("eligible", by="coordinator")

    async def _to_4(self) -> None:
        await self.labelled("description-approved", by="coordinator")

    async def _to_5(self) -> None:
        await self.labelled("funds-reserved", by="finance")
        await self.merged("posting", by="coordinator")

    async def _to_6(self) -> None:
        await self.applied("supplier-1", "supplier-2")
        await self.stage.time_passes(to=self.closed_at)
        await self.evaluated("supplier-1", "supplier-2")

    async def _to_7(self) -> None:
        winner = await self.drawn()
        await self.says(winner, f"/confirm\n/repo {await self.new_repository(winner)}")
        await self.labelled("terms-signed", by="coordinator")

    async def _to_8(self) -> None:
        await self.delivered()
        count = self.statement.criteria_count
        marked = "\n".join(f"/criterion {number} pass" for number in range(1, count + 1))
        await self.says(self.client, f"{marked}\n/accept")

    async def _to_9(self) -> None:
        await self.labelled(*PAPERS, by="finance")

    async def _to_end(self) -> None:
        await self.merged("ore", by="ore-maintainer")

    async def applied(self, *suppliers: str) -> None:
        for supplier in suppliers:
            await self.says(supplier, "/interested confirm")

    async def evaluated(self, *passed: str, failed: Sequence[str] = ()) -> None:
        """The client evaluates everyone in one comment."""
        results = {**dict.fromkeys(passed, "pass"), **dict.fromkeys(failed, "fail")}
        await self.says(self.client, "\n".join(f"/evaluate @{who} {result} {WHY}" for who, result in results.items()))

    async def drawn(self) -> str:
        """The coordinator announces the draw, and time passes; who was drawn."""
        await self.says("coordinator", "/draw")
        await self.stage.time_passes(minutes=11)
        return self.winner

    async def new_repository(self, login: str, **more: Any) -> str:
        """A public repository of a person's for the work, under the MIT licence; its address."""
        named = {"name": f"work-{self.number}", "auto_init": True, "license_template": "mit", **more}
        await self.stage.act(login, "POST", "/user/repos", **named)
        return f"https://github.com/{login}/{named['name']}"

    async def worked(self) -> None:
        """The supplier who was drawn commits something new."""
        self._rounds += 1
        file = f"/repos/{self.winner}/work-{self.number}/contents/round-{self._rounds}.txt"
        await self.stage.act(self.winner, "PUT", file, message="Work", content="eA==", branch="main")

    async def delivered(self) -> Comment:
        """The supplier who was drawn delivers something new."""
        await self.worked()
        return await self.says(self.winner, f"/deliver https://github.com/{self.winner}/work-{self.number}")

    # --- what people see ---------------------------------------------------------------------------------

    @property
    def issue(self) -> Issue:
        return self.stage.sandbox.world.repository(HOME).issues[self.number]

    @property
    def labels(self) -> set[str]:
        return {label.name for label in self.issue.labels}

    @property
    def step(self) -> int:
        """By its label; 10 when done, 0 when there is none."""
        here = [number for number, label in {**STAGES, 10: "done"}.items() if label in self.labels]
        return here[0] if here else 0

    @property
    def state(self) -> str:
        """`open`, or why it is closed: `completed`, `not_planned`."""
        return self.issue.state if self.issue.state == "open" else str(self.issue.state_reason)

    @property
    def statement(self) -> Statement:
        return statement_of(self.issue.body or "")

    @property
    def closed_at(self) -> datetime:
        """The midnight after the closing date of the statement."""
        assert self.statement.closing is not None
        return datetime.combine(self.statement.closing + timedelta(days=1), time(), EASTERN)

    @property
    def said(self) -> dict[str, str]:
        """What the bot says here, by mark, in the order written: `status`, `checklist 3`, `reply 1234`, …"""
        return {mark: marks.without(comment.body) for mark, comment in self._own}

    @property
    def _own(self) -> list[tuple[str, Comment]]:
        """The bot's comments with their marks."""
        return [(marks.find_mark(c.body) or "", c) for c in self.issue.comments if c.user.type == "Bot"]

    def comment(self, mark: str) -> Comment:
        """The bot's last comment with that mark, or with more after it: `drawn` is also `drawn 7334026 supplier-1`."""
        found = [comment for known, comment in self._own if f"{known} ".startswith(f"{mark} ")]
        assert found, f"there is no comment {mark}\n{self.page()}"
        return found[-1]

    @property
    def status(self) -> str:
        return self.said["status"]

    @property
    def answer(self) -> str:
        """The reply to what was said or edited last; empty where there is none."""
        return self.answer_to(self.heard) if self.heard else ""

    def answer_to(self, said: Comment) -> str:
        return self.said.get(f"reply {said.id}", "")

    @property
    def winner(self) -> str:
        """Who was told last that they were drawn."""
        return (marks.find_mark(self.comment("drawn").body) or "").split()[-1]

    def reactions(self, said: Comment) -> set[str]:
        """The bot's reactions to a comment."""
        return {reaction.content for reaction in said.reactions if reaction.user.type == "Bot"}

    def pull(self, kind: str) -> Issue | None:
        """The bot's latest pull request of that kind: `posting`, `ore`, or an amendment's."""
        home = EXCHANGE if kind == "ore" else HOME
        pulls = self.stage.sandbox.world.repository(home).pulls()
        mine = (kind, self.number)
        ours = [one for one in pulls if one.user.type == "Bot" and marks.of_branch(one.pull.head_ref) == mine]
        return ours[-1] if ours else None

    # --- what a story expects ----------------------------------------------------------------------------

    def shows(self, *labels: str) -> None:
        """All these labels, among others."""
        __tracebackhide__ = True
        missing = set(labels) - self.labels
        assert not missing, f"it does not show {sorted(missing)}\n{self.page()}"

    def lacks(self, *labels: str) -> None:
        """None of these labels."""
        __tracebackhide__ = True
        there = set(labels) & self.labels
        assert not there, f"it shows {sorted(there)}\n{self.page()}"

    def answer_has(self, *words: str) -> None:
        """The last answer holds each of these."""
        __tracebackhide__ = True
        self._has(self.answer, "the answer", words)

    def status_has(self, *words: str) -> None:
        __tracebackhide__ = True
        self._has(self.status, "the status comment", words)

    def said_has(self, mark: str, *words: str) -> None:
        """The bot's comment with that mark holds each of these."""
        __tracebackhide__ = True
        self._has(marks.without(self.comment(mark).body), mark, words)

    def _has(self, text: str, what: str, words: Sequence[str]) -> None:
        __tracebackhide__ = True
        missing = [word for word in words if word not in text]
        assert not missing, f"{what} does not say {missing}\n{self.page()}"

    def is_on_the_board(self) -> None:
        """What the board knows is what the facts say."""
        key = f"{HOME}#{self.number}"
        ledger, history = self.stage.bot.ledger, self.stage.bot.ledger.load(key).history
        if history:
            o, known = fold(HOME, self.number, history), ledger.record(key)
            expected = make_record(o, history, known.turn if known else None)
            assert known == expected, f"the board is behind\n{self.page()}"

    def holds(self) -> None:
        """What always holds: one stage, one turn, each comment once, status first, and nobody pinged from afar."""
        __tracebackhide__ = True
        own = [mark for mark, _ in self._own]
        wrong = []
        if sum(label in self.labels - self.insisted for label in (*STAGES.values(), "done")) > 1:
            wrong.append("more than one stage label")
        if sum(label.startswith("waiting: ") for label in self.labels) > 1:
            wrong.append("it waits for more than one")
        if len(set(own)) < len(own):
            wrong.append("a comment of the bot is there twice")
        if own and self._first not in ("", own[0]):
            wrong.append("the bot's first comment is not the status")
        self._around |= self._present()
        if strangers := {login.casefold() for _, c in self._own for login in pinged(c.body)} - self._around:
            wrong.append(f"the bot pings {sorted(strangers)}")
        if referred := {number for _, c in self._own for number in references(c.body)}:
            wrong.append(f"the bot refers to {sorted(referred)}")
        assert not wrong, f"{'; '.join(wrong)}\n{self.page()}"

    def _present(self) -> set[str]:
        """Who takes part, or was pinged by somebody who does."""
        people = [c for c in self.issue.comments if c.user.type != "Bot"]
        texts = [self.issue.body or "", *(c.body for c in people)]
        mentioned = {login for text in texts for login in pinged(text)}
        there = {self.issue.user.login, *(c.user.login for c in people), *(u.login for u in self.issue.assignees)}
        acted = {event.actor.login for event in self.issue.events}
        return {login.casefold() for login in mentioned | there | acted}

    def page(self) -> str:
        """What is on the issue, to be printed where a story fails."""
        lines = [f"=== issue {self.number}, {self.state}: {self.issue.title}", f"    {', '.join(sorted(self.labels))}"]
        for comment in self.issue.comments:
            said = [line for line in comment.body.split(BREAK)[0].splitlines() if line.strip()]
            mark = marks.find_mark(comment.body) if comment.user.type == "Bot" else None
            lines.append(f"  · {comment.user.login}{f' ({mark})' if mark else ''}")
            lines += [f"      {line[:150]}" for line in said[:14]]
        return "\n".join(lines)


# --- files --------------------------------------------------------------------------------------------------


async def put(stage: Stage, login: str, home: str, branch: str, path: str, text: str) -> None:
    content = base64.b64encode(text.encode()).decode()
    sha = await sha_of(stage, login, home, branch, path)
    more = {"sha": sha} if sha else {}
    await stage.act(
        login, "PUT", f"/repos/{home}/contents/{path}", message=f"Write {path}", content=content, branch=branch, **more
    )


async def sha_of(stage: Stage, login: str, home: str, branch: str, path: str) -> str | None:
    found = stage.sandbox.world.repository(home).git
    entry = found.entry(found.branch(branch), path)
    return entry.sha if entry else None


# --- what was said -------------------------------------------------------------------------------------------


def halves(said: str) -> tuple[str, str]:
    """A comment of the bot: the language that leads, and the other."""
    first, _, second = said.partition(BREAK)
    return first, second


_SMALL = {
    "en": re.compile(r"\b(the|is|are|it|this|that|your|you|and|for|not|with|can|of|to|has|by|says)\b"),
    "fr": re.compile(r"\b(le|la|les|est|sont|ce|cette|votre|vous|et|pour|pas|avec|peut|de|du|des|a|par|dit)\b"),
}


def language(text: str) -> str:
    """`en` or `fr`: the language whose small words there are more of, outside of code."""
    words = re.sub(r"`[^`]*`", " ", text).casefold()
    return max(_SMALL, key=lambda lang: len(_SMALL[lang].findall(words)))
