"""Pull requests of people: judged, coached by one comment, and merged; whoever opened them, the opportunity goes on."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bot.documents.posts import writer as posts
from bot.github.reading import marks
from bot.github.reading.site_pull import SitePull, kind_and_number
from sandbox.acts.checks import rerequest
from sandbox.acts.suggestions import commit_suggestion
from sandbox.cast import HOME
from sandbox.model import CheckRun, Issue
from tests.journeys.play import BOT, Need, Stage, halves, put, sha_of

FORK = "client/micro-acquisition"


class Proposal:
    """A person's pull request: what they do to it, and what they see there."""

    def __init__(self, stage: Stage, number: int, by: str, home: str, branch: str) -> None:
        self.stage, self.number, self.by, self.home, self.branch = stage, number, by, home, branch

    async def puts(self, path: str, text: str) -> None:
        """Write a file on the branch, new or changed."""
        await put(self.stage, self.by, self.home, self.branch, path, text)
        await self.stage.quiet()

    async def removes(self, path: str) -> None:
        sha = await sha_of(self.stage, self.by, self.home, self.branch, path)
        place = f"/repos/{self.home}/contents/{path}"
        await self.stage.act(self.by, "DELETE", place, message="Remove it", sha=sha, branch=self.branch)
        await self.stage.quiet()

    async def describes(self, text: str) -> None:
        """Edit the description of the pull request."""
        await self.stage.act(self.by, "PATCH", f"/repos/{HOME}/pulls/{self.number}", body=text)
        await self.stage.quiet()

    async def clicks(self) -> int:
        """Commit every suggestion that still fits, one after the other; how many."""
        world, clicked = self.stage.sandbox.world, 0
        for comment in self.issue.pull.comments:
            if comment.place is not None:
                commit_suggestion(world, comment, world.user(self.by))
                clicked += 1
        await self.stage.quiet()
        return clicked

    async def obeys(self, verb: str) -> None:
        """Do what the comment's lines that begin with that word say, by the addresses that they give."""
        advice = re.findall(rf"^- {verb} (?:the file )?\[.*?\]\((\S+)\)", halves(self.coach)[0], re.M)
        assert advice, self.coach
        for address in map(urlsplit, advice):
            start = f"/{self.home}/{'new' if verb == 'Make' else verb.lower()}/{self.branch}"
            assert address.path.startswith(start), address
            path = parse_qs(address.query).get("filename", [unquote(address.path.removeprefix(f"{start}/"))])[0]
            if verb == "Delete":
                await self.removes(path)
            else:
                await self.puts(path, f"{self.files[path]}\n")

    @property
    def issue(self) -> Issue:
        return self.stage.sandbox.world.repository(HOME).issues[self.number]

    @property
    def coach(self) -> str:
        """What the bot's one comment says."""
        found = [c.body for c in self.issue.comments if c.user.type == "Bot"]
        assert len(found) == 1, f"one comment, edited: {len(found)}"
        assert marks.find_mark(found[0]) == "coach"
        return marks.without(found[0])

    @property
    def check(self) -> CheckRun:
        """The latest check on the last commit."""
        runs = self.stage.sandbox.world.repository(HOME).check_runs.values()
        return [run for run in runs if run.head_sha == self.issue.pull.head_sha][-1]

    @property
    def files(self) -> dict[str, str]:
        """The files that the bot's comment holds to copy, by path."""
        blocks = re.findall(r"<summary><code>(\S+)</code>.*?</summary>\n\n(`{3,})text\n(.*?)\n\2\n", self.coach, re.S)
        return {path: text for path, _, text in blocks}


async def proposes(
    stage: Stage, login: str, files: dict[str, str], body: str = "", branch: str = "patch-1"
) -> Proposal:
    """From a fork, as somebody does who may not write on the site."""
    fork = (await stage.act(login, "POST", f"/repos/{HOME}/forks"))["full_name"]
    main = stage.sandbox.world.repository(fork).git.branch("main")
    await stage.act(login, "POST", f"/repos/{fork}/git/refs", ref=f"refs/heads/{branch}", sha=main)
    for path, text in files.items():
        await put(stage, login, fork, branch, path, text)
    made = await stage.act(
        login, "POST", f"/repos/{HOME}/pulls", title="My need", head=f"{login}:{branch}", base="main", body=body
    )
    await stage.quiet()
    return Proposal(stage, made["number"], login, fork, branch)


FIRST_TRY = """\
---
layout: post
title: Policies: for Azure
lang: en
value: 6500
closing_date: 2027-07-12
short_desc: Write forms
---

# Description

The work
"""


async def test_who_never_opened_a_pull_request_is_led_to_the_merge_by_the_bots_comments_alone(stage):
    need = await stage.opportunity(at=4)
    mine = await proposes(stage, "client", {"_posts/my need.md": FIRST_TRY})
    assert mine.check.conclusion == "failure"
    english, french = halves(mine.coach)
    assert "welcome" in english
    assert "bienvenue" in french

    # it says how to name the opportunity
    line = re.search(r"Write `(Opportunity: #\d+)`, on a line of its own", english)
    assert line, mine.coach
    await mine.describes(line[1])
    assert "does not say which opportunity" not in mine.coach
    assert mine.check.conclusion == "failure"
    assert need.pull("posting") is None, "the bot has opened none of its own"

    # it says what to make, with the text to copy, and what to delete: in any order
    await mine.obeys("Make")
    assert mine.check.conclusion == "failure", "what lies elsewhere would be shown as well"
    await mine.obeys("Delete")
    assert mine.check.conclusion == "action_required", mine.coach
    assert "You have nothing more to do here" in halves(mine.coach)[0]

    await need.labelled("funds-reserved", by="finance")
    assert mine.check.conclusion == "success", mine.coach
    assert need.pull("posting") is None, "theirs posts it, so the bot opens none"
    need.status_has(f"/pull/{mine.number}")
    await stage.act("coordinator", "PUT", f"/repos/{HOME}/pulls/{mine.number}/merge")
    await stage.quiet()
    need.shows("5/evaluation", "open")
    assert "is merged: thank you" in halves(mine.coach)[0]
    titles = {posts.read_post(text).title for text in stage.files().values() if f"/issues/{need.number}" in text}
    assert titles == {need.statement.en.title, need.statement.fr.title}


async def test_lines_that_can_be_put_right_are_put_right_by_clicks(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    theirs = need.pull("posting")
    right = added(theirs)
    await stage.act("coordinator", "PATCH", f"/repos/{HOME}/pulls/{theirs.number}", state="closed")
    await stage.quiet()

    wrong = {
        path: text.replace("closing_date: 2027-07-12T23:59:59-04:00", "closing_date: 2027-07-12T23:59:59Z")
        .replace("layout: post\n", "layout: page\n")
        .replace("(excluding taxes)", "(taxes excluded)")
        for path, text in right.items()
    }
    mine = await proposes(stage, "client", wrong, branch=f"opportunity/{need.number}-mine")
    assert mine.check.conclusion == "failure"
    assert mine.check.output["annotations"], "each on its line"
    before = len(mine.issue.pull.comments)
    assert before >= 5
    assert await mine.clicks() == before
    assert mine.check.conclusion == "success", mine.coach
    assert len(mine.issue.pull.comments) == before, "nothing is suggested twice"


def added(pull: Issue) -> dict[str, str]:
    """The files that a pull request adds, at its head."""
    git = pull.repo.git
    before = git.files(git.branch("main"))
    return {path: data.decode() for path, data in git.files(pull.pull.head_sha).items() if path not in before}


async def right_files(stage: Stage, need: Need) -> dict[str, str]:
    """The files as the bot itself would post them; its own pull request is closed again."""
    await need.labelled("funds-reserved", by="finance")
    theirs = need.pull("posting")
    await stage.act("coordinator", "PATCH", f"/repos/{HOME}/pulls/{theirs.number}", state="closed")
    await stage.quiet()
    return added(theirs)


async def merge(stage: Stage, number: int) -> None:
    await stage.act("coordinator", "PUT", f"/repos/{HOME}/pulls/{number}/merge")
    await stage.quiet()


def dearer(files: dict[str, str]) -> dict[str, str]:
    """The same at another price."""
    return {path: text.replace("$6,500", "$7,500").replace("6\u00a0500", "7\u00a0500") for path, text in files.items()}


async def waits_for_funds_when_merged(need: Need, number: int) -> None:
    """At the price that was posted, which is not the one that funds were reserved for."""
    await merge(need.stage, number)
    need.shows("4/posting")
    need.lacks("funds-reserved")
    need.said_has("as-posted", "$7,500")
    await need.labelled("funds-reserved", by="finance")
    need.shows("5/evaluation", "open")


async def test_nothing_is_merged_against_a_required_check(stage):
    path = f"/repos/{HOME}/branches/main/protection"
    rule = {"required_status_checks": {"strict": False, "contexts": ["Opportunity"]}}
    rest = dict.fromkeys(("enforce_admins", "required_pull_request_reviews", "restrictions"))
    await stage.act("org-owner", "PUT", path, **rule, **rest)
    need = await stage.opportunity(at=4)
    await need.says("client", "/publish")
    with pytest.raises(AssertionError, match="405"):
        await need.merged("posting", by="coordinator")
    await need.labelled("funds-reserved", by="finance")
    await need.merged("posting", by="coordinator")
    need.shows("5/evaluation")


async def test_a_strangers_pull_request_neither_blocks_nor_fakes_an_opportunity(stage):
    need = await stage.opportunity(at=4)
    body = f"Opportunity: #{need.number}"
    fake = await proposes(stage, "supplier-3", {"_posts/en/2027-06-21-x.md": FIRST_TRY}, body)
    await need.labelled("funds-reserved", by="finance")
    assert need.pull("posting"), "the bot posts it all the same"
    assert fake.check.conclusion == "failure"
    assert "posted by its client or a coordinator" in fake.coach
    assert "**How to do that**" not in fake.coach
    await merge(stage, fake.number)
    need.shows("4/posting")
    assert "@coordinator, this was merged although it does not post" in fake.coach
    await need.merged("posting", by="coordinator")
    need.shows("5/evaluation")


async def test_who_is_not_the_client_is_told_who_posts_and_no_more(stage):
    need = await stage.opportunity(at=4)
    fake = await proposes(stage, "supplier-3", {"_posts/x.md": FIRST_TRY}, f"Opportunity: #{need.number}")
    assert "posted by its client or a coordinator" in fake.coach
    assert not fake.files
    assert not fake.issue.pull.comments
    await need.says("coordinator", "/client @supplier-3")
    assert len(fake.files) == 2, fake.coach


async def test_a_branch_left_behind_is_not_blamed_for_what_was_merged_since(stage):
    need = await stage.opportunity(at=5)
    path = next(path for path, text in stage.files().items() if f"/issues/{need.number}" in text and "/en/" in path)
    typo = await proposes(stage, "client", {path: stage.files()[path].replace("A script.", "One script.")})
    await need.says("coordinator", "/extend 2027-07-26")
    await need.merged("extension", by="coordinator")
    assert "2027-07-26" in stage.files()[path]
    await typo.puts("README.md", "# Better\n")
    assert typo.check.conclusion == "success", typo.check.output


async def test_what_was_merged_at_another_price_waits_for_funds_for_that_price(stage):
    need = await stage.opportunity(at=4)
    files = dearer(await right_files(stage, need))
    mine = await proposes(stage, "client", files, f"Opportunity: #{need.number}")
    assert mine.check.conclusion == "failure"
    await waits_for_funds_when_merged(need, mine.number)


async def test_a_ref_taken_meanwhile_is_given_up_for_the_next_free_one(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    (ref,) = posts.refs(added(need.pull("posting")).values())
    other = next(text for path, text in stage.files().items() if path.startswith("_posts/en/"))
    taken = re.sub("^ref: .*$", f"ref: {ref}", other, flags=re.M)
    await put(stage, "coordinator", HOME, "main", "_posts/en/2027-06-01-faster.md", taken)
    await stage.quiet()
    (now,) = posts.refs(added(need.pull("posting")).values()) - {ref}
    assert now != ref
    await need.merged("posting", by="coordinator")
    assert len(need.pull("posting").pull.head_repo.git.log(need.pull("posting").pull.head_sha)) > 1
    need.shows("5/evaluation")


async def test_a_correction_of_a_posted_page_is_checked_and_the_price_cannot_change(stage):
    need = await stage.opportunity(at=5)
    path = next(path for path, text in stage.files().items() if f"/issues/{need.number}" in text and "/en/" in path)
    typo = await proposes(stage, "client", {path: stage.files()[path].replace("A script.", "One script.")})
    assert typo.check.conclusion == "success"
    assert "@coordinator reads and merges this pull request" in typo.coach
    assert "The text under “Opportunity” changes" in typo.coach
    more = await proposes(stage, "supplier-1", {path: stage.files()[path].replace("$6,500", "$9,500")}, branch="b")
    assert more.check.conclusion == "failure"
    assert "Write: `value: $6,500" in more.coach
    assert "change the other post as well" not in more.coach


async def test_no_page_says_by_hand_what_the_issue_does_not(stage):
    need = await stage.opportunity(at=5)
    pages = {path: text for path, text in stage.files().items() if f"/issues/{need.number}" in text}
    later = {path: text.replace("2027-07-12T", "2027-07-26T") for path, text in pages.items()}
    mine = await proposes(stage, "client", later)
    assert mine.check.conclusion == "failure"
    assert "`/extend`" in mine.coach
    assert await mine.clicks() == 2
    assert mine.check.conclusion != "failure", mine.coach

    dear = {path: text.replace("$6,500", "$9,500").replace("6\u00a0500", "9\u00a0500") for path, text in pages.items()}
    forced = await proposes(stage, "client", dear, branch="dear")
    assert forced.check.conclusion == "failure"
    await merge(stage, forced.number)
    assert "@coordinator, this was merged although its check had failed" in forced.coach
    need.said_has(f"page {forced.number}", "@coordinator and @client", "no longer says what holds")
    main = stage.sandbox.world.repository(HOME).git.branch("main")
    await stage.act("coordinator", "POST", f"/repos/{HOME}/git/refs", ref="refs/heads/back", sha=main)
    for path, text in pages.items():
        await put(stage, "coordinator", HOME, "back", path, text)
    made = await stage.act("coordinator", "POST", f"/repos/{HOME}/pulls", title="Back", head="back", base="main")
    await stage.quiet()
    assert Proposal(stage, made["number"], "coordinator", HOME, "back").check.conclusion == "success"


async def test_a_pull_request_in_conflict_is_not_called_right(stage):
    need = await stage.opportunity(at=5)
    path = next(path for path, text in stage.files().items() if f"/issues/{need.number}" in text and "/en/" in path)
    text = stage.files()[path]
    mine = await proposes(stage, "client", {path: text.replace("A script.", "One script.")})
    assert mine.check.conclusion == "success"
    await put(stage, "coordinator", HOME, "main", path, text.replace("A script.", "The script."))
    await stage.quiet()
    assert mine.check.conclusion == "failure"
    assert "**Resolve conflicts**" in mine.coach


async def test_while_the_clients_posting_fails_its_check_it_is_the_clients_turn(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    theirs = need.pull("posting")
    files = added(theirs)
    mine = await proposes(stage, "client", files, f"Opportunity: #{need.number}")
    assert "I have opened" in mine.coach
    await stage.act("coordinator", "PATCH", f"/repos/{HOME}/pulls/{theirs.number}", state="closed")
    await stage.quiet()
    need.shows("4/posting", "waiting: coordinator")
    need.status_has(f"/pull/{mine.number}")
    path = next(path for path in files if "/en/" in path)
    await mine.puts(path, files[path].replace("layout: post", "layout: page"))
    need.shows("waiting: client")
    need.status_has("has failed: **client** puts right")
    await mine.puts(path, files[path])
    need.shows("waiting: coordinator")


async def test_texts_meant_as_posts_are_coached_wherever_they_lie(stage):
    need = await stage.opportunity(at=4)
    body = f"Opportunity: #{need.number}"
    mine = await proposes(stage, "client", {"my need.md": "I need a script.\n"}, body)
    await mine.obeys("Make")
    await mine.obeys("Delete")
    assert mine.check.conclusion == "action_required", mine.coach


async def test_a_pull_request_about_something_else_is_left_in_peace(stage):
    await stage.opportunity(at=4)
    other = await proposes(stage, "supplier-3", {"README.md": "# Better\n"})
    assert not other.issue.comments
    assert other.check.conclusion == "neutral", "where the check is required, GitHub does not wait for it"


async def test_the_check_runs_again_when_asked(stage):
    need = await stage.opportunity(at=4)
    await need.says("client", "/publish")
    world = stage.sandbox.world
    (run,) = world.repository(HOME).check_runs.values()
    rerequest(world, world.repository(HOME), world.users["coordinator"], run)
    await stage.quiet()
    first, again = world.repository(HOME).check_runs.values()
    assert (first.conclusion, again.conclusion) == ("action_required", "action_required")


async def test_a_merge_with_one_language_alone_posts_nothing_and_is_told(stage):
    need = await stage.opportunity(at=4)
    files = await right_files(stage, need)
    path = next(path for path in files if "/en/" in path)
    mine = await proposes(stage, "client", {path: files[path]}, f"Opportunity: #{need.number}")
    need.status_has(f"/pull/{mine.number}")
    await merge(stage, mine.number)
    need.shows("4/posting")
    await is_posted_anew_without_the_half(need, mine.number, path)


async def test_a_file_too_large_for_an_answer_does_not_keep_the_pull_request_from_its_check(stage):
    stage.bot.github._wire._largest = 750_000
    other = await proposes(stage, "client", {"notes.md": "A word of many. " * 40_000})
    assert other.check.conclusion == "neutral"


async def test_what_a_person_commits_to_the_bots_own_branch_is_what_was_posted(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    theirs = need.pull("posting")
    for path, text in dearer(added(theirs)).items():
        await put(stage, "coordinator", HOME, theirs.pull.head_ref, path, text)
    await waits_for_funds_when_merged(need, theirs.number)


async def test_what_is_merged_into_another_branch_posts_nothing(stage):
    need = await stage.opportunity(at=4)
    files = await right_files(stage, need)
    home = stage.sandbox.world.repository(HOME)
    main = home.git.branch("main")
    await stage.act("coordinator", "POST", f"/repos/{HOME}/git/refs", ref="refs/heads/drafts", sha=main)
    mine = await proposes(stage, "client", files, f"Opportunity: #{need.number}")
    await stage.act("client", "PATCH", f"/repos/{HOME}/pulls/{mine.number}", base="drafts")
    await stage.quiet()
    await merge(stage, mine.number)
    need.shows("4/posting")
    assert not files.keys() & stage.files().keys()


async def test_a_pull_request_that_turns_to_another_opportunity_leaves_the_first(stage):
    first = await stage.opportunity(at=4)
    files = await right_files(stage, first)
    other = await stage.opportunity(at=4, title_en="Other policies")
    mine = await proposes(stage, "client", files, f"Opportunity: #{first.number}")
    first.status_has(f"/pull/{mine.number}")
    await mine.describes(f"Opportunity: #{other.number}")
    assert f"/pull/{mine.number})" not in first.status
    await first.says("client", "/publish")
    assert first.pull("posting").state == "open", "the bot posts it after all"


async def test_the_bots_pull_request_is_closed_when_the_clients_is_merged(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    theirs = need.pull("posting")
    mine = await proposes(stage, "client", added(theirs), f"Opportunity: #{need.number}")
    await merge(stage, mine.number)
    need.shows("5/evaluation", "open")
    assert (theirs.state, theirs.pull.merged_at) == ("closed", None)


async def is_posted_anew_without_the_half(need: Need, number: int, path: str) -> None:
    """After a merge with one language alone: it is told, and what is there has to go first."""
    need.said_has(f"closed {number}", "merged without both posts")
    await need.says("client", "/publish")
    need.said_has("not-ready", path)
    place = f"/repos/{HOME}/contents/{path}"
    sha = await sha_of(need.stage, "coordinator", HOME, "main", path)
    await need.stage.act("coordinator", "DELETE", place, message="Remove it", sha=sha, branch="main")
    await need.stage.quiet()
    await need.merged("posting", by="coordinator")
    need.shows("5/evaluation")


async def test_the_bots_own_merged_with_one_language_alone_posts_nothing_either(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    theirs = need.pull("posting")
    english, french = sorted(added(theirs))
    branch = theirs.pull.head_ref
    sha = await sha_of(stage, "coordinator", HOME, branch, french)
    await stage.act(
        "coordinator", "DELETE", f"/repos/{HOME}/contents/{french}", message="Remove it", sha=sha, branch=branch
    )
    await merge(stage, theirs.number)
    need.shows("4/posting")
    await is_posted_anew_without_the_half(need, theirs.number, english)


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("Opportunity: #12", 12),
        ("text\n\n- Opportunité\u00a0: #12", 12),
        ("**Opportunity** #12", None),
        ("opportunité : canada-ca/micro-acquisition#12.", 12),
        ("Opportunity https://github.com/canada-ca/micro-acquisition/issues/12", 12),
        ("about opportunity #12", None),
        ("opportunity" + " " * 60_000, None),
        ("opportunity: " + "/" * 60_000, None),
    ],
)
def test_a_pull_request_names_its_opportunity_on_a_line(body, number):
    branches = ("client/site", "patch-1", "a", "main", "main")
    seen = SitePull(7, "https://x/pull/7", "t", body, "client", False, True, False, *branches, "open", "", "client")
    assert kind_and_number(seen) == (("posting", number) if number else None)


def requests_of_the_bot(stage: Stage, since: int) -> list[str]:
    return [f"{call.method} {call.path}" for call in stage.sandbox.calls[since:] if call.actor == BOT]


async def test_a_payment_wakes_no_pull_request_of_a_page(stage):
    need = await stage.opportunity(at=5)
    await need.says("coordinator", "/extend 2027-07-19")
    await need.applied("supplier-1", "supplier-2")
    await stage.time_passes(to=date(2027, 7, 20))
    await need.evaluated("supplier-1", "supplier-2")
    await need.goes_to(8)
    await need.labelled("invoice-received", "invoice-approved", by="finance")
    pages = [need.pull(kind) for kind in ("extension", "winner", "work")]
    assert [page.state for page in pages if page] == ["open"] * 3

    begun = len(stage.sandbox.calls)
    await need.labelled("paid", by="finance")
    assert need.step == 9
    requests = requests_of_the_bot(stage, begun)
    assert not [line for page in pages if page for line in requests if f"/pulls/{page.number}" in line], requests
    assert len(requests) <= 22 - 15, requests


async def test_a_new_closing_date_has_a_correction_of_the_page_judged_again(stage):
    need = await stage.opportunity(at=5)
    pages = {path: text for path, text in stage.files().items() if f"/issues/{need.number}" in text}
    mine = await proposes(
        stage, "client", {path: text.replace("2027-07-12T", "2027-07-19T") for path, text in pages.items()}
    )
    assert mine.check.conclusion == "failure"
    begun = len(stage.sandbox.calls)
    await need.says("coordinator", "/extend 2027-07-19")
    assert f"GET /repos/{HOME}/pulls/{mine.number}" in requests_of_the_bot(stage, begun)
    assert mine.check.conclusion != "failure", mine.coach
