"""Evidence of a delivery: what an address points at, and what GitHub shows of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.github.reading.lookups import Look
from bot.github.transport.errors import Wait
from bot.pipeline.model.evidence import Evidence, Target, target_of
from bot.pipeline.model.signals import Needs

HOME = "canada-ca/micro-acquisition"
HOSTS = ("github.com",)
HUB = "https://github.com"
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        (f"{HUB}/o/n", Target("o/n")),
        (f"  <{HUB}/o/n.git>  ", Target("o/n")),
        (f"{HUB}/o/n/?tab=readme#licence", Target("o/n")),
        (f"{HUB}/o/n/pull/5", Target("o/n", pull=5)),
        ("https://GitHub.com/o/n/pull/5/files?w=1#diff", Target("o/n", pull=5)),
        (f"{HUB}/o/n/pull/5/commits/{SHA}", Target("o/n", pull=5)),
        (f"{HUB}/o/n/commit/{SHA.upper()}", Target("o/n", ref=SHA)),
        (f"{HUB}/o/n/commit/0123456", Target("o/n", ref="0123456")),
        (f"{HUB}/o/n/tree/main", Target("o/n", ref="main")),
        (f"{HUB}/o/n/tree/feature/a%23b/", Target("o/n", ref="feature/a#b")),
        (f"{HUB}/o/n/issues/5", None),
        (f"{HUB}/o/n/pull/0", None),
        (f"{HUB}/o/n/pull/five", None),
        (f"{HUB}/o/n/pulls", None),
        (f"{HUB}/o/n/commit/main", None),
        (f"{HUB}/o/n/tree", None),
        (f"{HUB}/o/n/tree/a%00b", None),
        (f"{HUB}/o/n/blob/main/README.md", None),
        (f"{HUB}/o", None),
        (f"{HUB}/o/../pull/5", None),
        (f"{HUB}/o/n/tree/{'x' * 500}", None),
        ("https://example.com/o/n/pull/5", None),
        ("http://github.com/o/n/pull/5", None),
        (f"see {HUB}/o/n/pull/5", None),
        ("", None),
    ],
)
def test_what_an_address_points_at(address, target):
    assert target_of(address, HOSTS) == target


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from([HUB, "/", "o", "pull", "tree", "commit", "5", SHA, "%", "%00", "%ff", "[", "]", "@", "?"])
            | st.text(st.characters(), max_size=3)
        ).map(lambda parts: f"{HUB}/o/n/" + "/".join(parts)),
    )
)
@example(f"{HUB}/o/n/tree/\ud800")
def test_no_text_breaks_it_and_a_target_can_be_asked_for(text):
    target = target_of(text, HOSTS)
    if target and target.ref is not None:
        assert target.ref.isprintable()
        target.ref.encode()


class Supplier:
    """A supplier's public repository with a change on a branch, and people who judge it."""

    def __init__(self, gh, person):
        self.gh, self.person = gh, person
        self.mine = person("supplier-1").at("supplier-1/parser")

    async def begin(self):
        await self.mine.post("/user/repos", {"name": "parser", "license_template": "mit", "auto_init": True})
        main = (await self.mine.get("git/ref/heads/main"))["object"]["sha"]
        await self.mine.post("git/refs", {"ref": "refs/heads/feature/parser", "sha": main})
        change = {"message": "Parse", "content": "eA==", "branch": "feature/parser"}
        made = await self.mine.put("contents/src/parser.py", change)
        self.main, self.commit = main, made["commit"]["sha"]
        return self

    async def propose(self):
        ask = {"title": "Parser", "head": "feature/parser", "base": "main"}
        return (await self.mine.post("pulls", ask))["number"]

    async def check(self, name, conclusion=None, sha=None):
        run = {"repository": "supplier-1/parser", "head_sha": sha or self.commit, "name": name}
        await self.mine.post("/_sandbox/check-runs", run | ({"conclusion": conclusion} if conclusion else {}))

    async def status(self, context, state):
        await self.mine.post("statuses/{sha}", {"state": state, "context": context}, sha=self.commit)

    async def review(self, who, event, pull=1):
        there = self.person(who).at("supplier-1/parser")
        return (await there.post("pulls/{n}/reviews", {"event": event, "body": "I looked"}, n=pull))["id"]

    async def evidence(self, address):
        known = await Look(self.gh, HOME).look(Needs(deliveries=frozenset({address})))
        assert set(known.deliveries) == {address}
        return known.deliveries[address]


@pytest.fixture
async def supplier(gh, person):
    return await Supplier(gh, person).begin()


PULL = f"{HUB}/supplier-1/parser/pull/1"


async def test_a_pull_request_that_nobody_looked_at(supplier):
    await supplier.propose()
    assert await supplier.evidence(PULL) == Evidence(supplier.commit, "open")


async def test_checks_and_statuses_are_counted_together(supplier):
    await supplier.propose()
    for conclusion in ("success", "neutral", "skipped", "failure", "cancelled", "timed_out", "action_required"):
        await supplier.check(f"run {conclusion}", conclusion)
    await supplier.check("run again", "failure")
    await supplier.check("run again", "success")
    await supplier.check("run under way")
    await supplier.check("of another commit", "failure", supplier.main)
    for state in ("success", "pending", "failure", "error"):
        await supplier.status(f"status {state}", state)
    await supplier.status("status again", "failure")
    await supplier.status("status again", "success")
    seen = await supplier.evidence(PULL)
    assert (seen.checks_passed, seen.checks_failed, seen.checks_pending) == (6, 6, 2)
    assert seen.failed == (
        "run failure",
        "run cancelled",
        "run timed_out",
        "run action_required",
        "status failure",
        "status error",
    )


async def test_each_reviewer_counts_once_by_the_latest_verdict(supplier):
    await supplier.propose()
    await supplier.review("supplier-2", "REQUEST_CHANGES")
    await supplier.review("supplier-2", "APPROVE")
    await supplier.review("supplier-2", "COMMENT")
    await supplier.review("client", "REQUEST_CHANGES")
    await supplier.review("finance", "APPROVE")
    dismissed = await supplier.review("finance", "REQUEST_CHANGES")
    await supplier.mine.put("pulls/1/reviews/{id}/dismissals", {"message": "Settled"}, id=dismissed)
    await supplier.review("supplier-1", "COMMENT")
    await supplier.review("supplier-3", "COMMENT")
    seen = await supplier.evidence(PULL)
    assert (seen.approvals, seen.changes_requested) == (1, 1)


async def test_merged_and_closed_pull_requests(supplier):
    await supplier.propose()
    await supplier.mine.patch("pulls/1", {"state": "closed"})
    assert (await supplier.evidence(PULL)).pull_state == "closed"
    await supplier.mine.patch("pulls/1", {"state": "open"})
    await supplier.mine.put("pulls/1/merge", {"merge_method": "squash"})
    merged = await supplier.evidence(PULL)
    assert (merged.pull_state, merged.commit) == ("merged", supplier.commit)


@pytest.mark.parametrize(
    "where", ["", "/commit/{commit}", "/commit/{short}", "/tree/feature/parser", "/tree/feature/parser/src"]
)
async def test_a_commit_a_branch_and_a_repository(supplier, where):
    await supplier.check("tests", "success")
    await supplier.check("tests", "failure", supplier.main)
    seen = await supplier.evidence(
        f"{HUB}/supplier-1/parser" + where.format(commit=supplier.commit, short=supplier.commit[:7])
    )
    assert seen == (
        Evidence(supplier.commit, checks_passed=1)
        if where
        else Evidence(supplier.main, checks_failed=1, failed=("tests",))
    )


async def test_what_cannot_be_seen_by_everyone_is_no_evidence(supplier, person):
    await supplier.mine.post("/user/repos", {"name": "empty"})
    await supplier.propose()
    # the bot itself can see this one
    await person("org-owner").at("canada-ca/ore-ero").patch("", {"private": True})
    for address in (
        f"{HUB}/supplier-1/parser/pull/2",
        f"{HUB}/supplier-1/parser/tree/a/b/c/d/e/f",
        f"{HUB}/supplier-1/parser/commit/{SHA}",
        f"{HUB}/supplier-1/parser/issues/1",
        f"{HUB}/supplier-1/empty",
        f"{HUB}/supplier-1/nowhere",
        f"{HUB}/canada-ca/ore-ero",
        "not an address",
    ):
        assert await supplier.evidence(address) is None, address
    await supplier.mine.patch("", {"private": True})
    assert await supplier.evidence(PULL) is None


async def test_what_github_does_not_find_yet_of_a_commit_that_was_just_pushed_is_asked_for_again(supplier, box):
    await supplier.propose()
    await supplier.check("tests", "success")
    box.faults.add(do="status", status=404, path="/check-runs")
    assert (await supplier.evidence(PULL)).checks_passed == 1


async def test_a_limit_or_a_broken_connection_is_no_evidence_either_way(supplier, box):
    await supplier.propose()
    box.faults.add(do="status", status=502, path="/check-runs")
    with pytest.raises(Wait):
        await supplier.evidence(PULL)


async def test_however_much_there_is_eight_calls_read_it_and_the_rest_is_not_called_green(supplier):
    await supplier.propose()
    for number in range(310):
        await supplier.check(f"run {number}", "failure" if number < 20 else "success")
        await supplier.status(f"status {number}", "success")
    for _ in range(310):
        await supplier.review("supplier-2", "COMMENT")
    before = sum(supplier.gh.calls.values())
    seen = await supplier.evidence(PULL)
    assert sum(supplier.gh.calls.values()) - before == 8
    assert (seen.checks_passed, seen.checks_failed, seen.checks_pending) == (380, 20, 220)
    assert len(seen.failed) == 10
