"""Effects: GitHub comes to show what is wanted, once, wherever a run stops."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.github.effects.bring import Draft, Reaction, Text, Wanted, bring
from bot.github.effects.checks import Suggestion, suggest
from bot.github.effects.forks import way_by_fork
from bot.github.effects.pull_changes import as_reported, unreported_changes
from bot.github.effects.work import Work
from bot.github.reading.marks import mark
from bot.github.reading.webhook import Repositories, key_of, read_signal
from bot.github.transport import channel
from bot.github.transport.errors import Unfinished, Wait
from bot.pipeline.model.remote import CommentState, LabelsState, Shown
from bot.pipeline.model.signals import ChecklistEdited, Commented, IssueOpened, LabelChanged, PullRequestChanged

HOME = "canada-ca/micro-acquisition"
MANAGED = frozenset({"1/contact", "2/eligibility", "waiting: client", "client-verified", "open"})
BOT = "micro-acquisition-bot[bot]"
CHECKLIST = "- [ ] met <!-- box met -->\n- [ ] known <!-- box known -->"


class Desk:
    """One opportunity's issue, the ledger of what it shows, and the calls that a run cost."""

    def __init__(self, gh, person, number, comment):
        self.gh, self.person, self.number, self.comment = gh, person.at(HOME), number, comment
        self.ledger: dict[str, Shown] = {}

    async def save(self, shown):
        self.ledger[shown.thing] = shown

    async def bring(self, wanted, save=None, gh=None):
        """What is new of pull requests, which is told thereby."""
        before = gh_calls(self.gh)
        try:
            await bring(
                gh or self.gh,
                HOME,
                self.number,
                wanted,
                dict(self.ledger),
                save or self.save,
                datetime.now(UTC),
            )
        finally:
            self.cost = gh_calls(self.gh) - before
        return self.news()

    def news(self):
        found = unreported_changes(self.ledger)
        self.ledger.update({shown.thing: as_reported(shown) for shown, *_ in found})
        self.heard_of = {(change.state, by) for _, change, by, _ in found}
        return [change for _, change, *_ in found]

    async def comments(self):
        """The bot's own, in order, without their marks' dressing."""
        found = self.person.pages("issues/{n}/comments", n=self.number)
        return [one["body"] async for one in found if one["user"]["login"] == BOT]

    async def issue(self):
        return await self.person.get("issues/{n}", n=self.number)

    async def labels(self):
        return {label["name"] for label in (await self.issue())["labels"]}

    async def pulls(self):
        found = self.person.pages("pulls{?state}", state="all")
        ours = f"opportunity/{self.number}-parser"
        return [await self.person.get("pulls/{n}", n=p["number"]) async for p in found if p["head"]["ref"] == ours]

    async def files(self, pull):
        return {
            file["filename"]: await self.text(file["filename"], pull["head"]["sha"])
            async for file in self.person.pages("pulls/{n}/files", n=pull["number"])
        }

    async def text(self, path, ref):
        tree = await self.person.get("git/trees/{ref}{?recursive}", ref=ref, recursive="1")
        sha = next(item["sha"] for item in tree["tree"] if item["path"] == path)
        return (await self.person.get("git/blobs/{sha}", sha=sha))["content"]

    def draft(self, version=1, **more):
        async def write(tree):
            assert await tree.read("nowhere") is None
            assert isinstance(await tree.open_pulls(), list)
            return {f"_posts/{lang}/{self.number}.md": f"{lang} {version}\n" for lang in ("en", "fr")}

        return Draft(
            kind="posting",
            target=HOME,
            base=None,
            branch=f"opportunity/{self.number}-parser",
            title=f"Parser {version}",
            body=f"Posts {version}",
            digest=f"v{version}",
            write=write,
            message=f"Post it {version}",
            **more,
        )

    def wanted(self, version=1):
        """Everything at once, in two versions."""
        return Wanted(
            labels=frozenset({"2/eligibility", "waiting: client"} if version > 1 else {"1/contact", "open"}),
            managed=MANAGED,
            assignees=frozenset({"coordinator"}),
            texts=(
                Text("checklist 1", f"{CHECKLIST} {version}", f"c{version}", ticks=True),
                Text("reply 99", "Thanks", "r1", once=True),
                Text("status", f"Step {version}", f"s{version}"),
            ),
            reactions=(Reaction(self.comment, "confused" if version > 1 else "+1"),),
            drafts=(self.draft(version),),
            look=False,
            closed="completed" if version > 1 else None,
        )


def gh_calls(gh):
    return sum(gh.calls.values())


@pytest.fixture
def new_desk(gh, client, coordinator):
    async def make(body="A need"):
        here = client.at(HOME)
        issue = await here.post("issues", {"title": "Parser", "body": body})
        said = await here.post("issues/{n}/comments", {"body": "/help"}, n=issue["number"])
        return Desk(gh, coordinator, issue["number"], said["id"])

    return make


@pytest.fixture
async def desk(new_desk):
    return await new_desk()


async def shows(desk, version):
    """Exactly one of everything, as wanted."""
    status, *others = await desk.comments()
    assert status == f"Step {version}\n\n<!-- micro-acquisition: status -->"
    assert sorted(others) == [
        f"{CHECKLIST} {version}\n\n<!-- micro-acquisition: checklist 1 -->",
        "Thanks\n\n<!-- micro-acquisition: reply 99 -->",
    ]
    issue = await desk.issue()
    wanted = desk.wanted(version)
    assert {label["name"] for label in issue["labels"]} == wanted.labels
    assert [user["login"] for user in issue["assignees"]] == ["coordinator"]
    assert issue["state"] == ("closed" if version > 1 else "open")
    reactions = desk.person.pages("issues/comments/{id}/reactions", id=desk.comment)
    assert [one["content"] async for one in reactions] == [wanted.reactions[0].content]
    [pull] = await desk.pulls()
    assert (pull["title"], pull["commits"]) == (f"Parser {version}", version)
    assert pull["body"] == f"Posts {version}\n\n<!-- micro-acquisition: posting {desk.number} -->"
    assert len(await desk.files(pull)) == 2


async def test_an_undisturbed_run_reads_nothing_before_it_writes(desk):
    changed = await desk.bring(desk.wanted())
    await shows(desk, 1)
    [pull] = await desk.pulls()
    assert changed == [PullRequestChanged("posting", pull["number"], pull["html_url"], "open", pull["head"]["sha"])]
    assert desk.ledger["pull posting"].remote.head == pull["head"]["sha"]
    assert await desk.bring(desk.wanted()) == []
    assert desk.cost == 0


async def test_a_change_costs_one_call_each(desk):
    texts = tuple(Text(f"reply {n}", "Hello", "1") for n in range(3))
    wanted = Wanted(labels=frozenset({"1/contact", "open"}), managed=MANAGED, texts=texts)
    await desk.bring(wanted)
    assert desk.cost == 4  # three comments, all labels
    texts = (replace(texts[0], body="Hello!", digest="2"), *texts[1:])
    await desk.bring(replace(wanted, labels=frozenset({"2/eligibility", "open"}), texts=texts))
    assert desk.cost == 3  # one edit, one label more, one less


async def test_a_label_that_a_person_set_meanwhile_stays_until_it_is_heard_of(desk):
    wanted = Wanted(labels=frozenset({"1/contact"}), managed=MANAGED)
    await desk.person.post("issues/{n}/labels", {"labels": ["client-verified"]}, n=desk.number)
    await desk.bring(wanted)
    assert await desk.labels() == {"1/contact", "client-verified"}
    await desk.bring(wanted)
    assert await desk.labels() == {"1/contact"}


async def test_labels_told_by_a_webhook_older_than_the_bots_own_change_are_asked_for(desk):
    await desk.bring(Wanted(labels=frozenset({"1/contact"}), managed=MANAGED))
    second = Wanted(labels=frozenset({"2/eligibility"}), managed=MANAGED)
    await desk.bring(second)
    first = Wanted(labels=frozenset({"1/contact"}), managed=MANAGED)
    known = desk.ledger["labels"]
    desk.ledger["labels"] = replace(known, remote=replace(known.remote, names=("1/contact",)))
    await desk.bring(first)
    assert await desk.labels() == {"1/contact"}
    await desk.bring(first)
    assert desk.cost == 0


@pytest.mark.parametrize("fault", ["hang-after", "502-after"])
async def test_a_label_of_which_nobody_knows_whether_it_was_set_is_taken_off_when_it_is_no_longer_wanted(
    desk, box, fault, monkeypatch
):
    monkeypatch.setattr(channel, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    box.faults.add(do=fault, method="POST", path="/labels$")
    with pytest.raises(Wait):
        await desk.bring(Wanted(labels=frozenset({"1/contact"}), managed=MANAGED))
    await desk.person.post("issues/{n}/labels", {"labels": ["client-verified"]}, n=desk.number)
    second = Wanted(labels=frozenset({"2/eligibility"}), managed=MANAGED)
    await desk.bring(second)
    assert await desk.labels() == {"2/eligibility", "client-verified"}, "a person's stays until it is heard of"


async def test_labels_of_others_stay_and_case_does_not_matter(desk):
    await desk.person.post("issues/{n}/labels", {"labels": ["bug", "Open"]}, n=desk.number)
    desk.ledger["labels"] = Shown("labels", remote=LabelsState(("bug", "Open", "client-verified", "1/contact")))
    await desk.bring(Wanted(labels=frozenset({"open"}), managed=MANAGED))
    assert desk.cost == 2  # what somebody else took away meanwhile is gone all the same
    assert {name.lower() for name in await desk.labels()} == {"bug", "open"}
    assert sorted(desk.ledger["labels"].remote.names) == ["Open", "bug"]


async def test_a_box_ticked_by_a_person_survives_a_redraw(desk):
    await desk.bring(desk.wanted())
    number = desk.ledger["comment checklist 1"].remote.id
    there = await desk.person.get("issues/comments/{id}", id=number)
    ticked = there["body"].replace("[ ] met", "[x] met").replace("\n", "\r\n")
    await desk.person.patch("issues/comments/{id}", {"body": ticked}, id=number)
    await desk.bring(replace(desk.wanted(), texts=(Text("checklist 1", f"{CHECKLIST} 2", "c2", ticks=True),)))
    assert desk.cost == 2
    edited = next(body for body in await desk.comments() if "box met" in body)
    assert edited.startswith("- [x] met <!-- box met -->\n- [ ] known <!-- box known --> 2")


def checklist(met=" ", known=" "):
    """The checklist as the bot would have it."""
    body = f"- [{met}] met <!-- box met -->\n- [{known}] known <!-- box known -->"
    return Wanted(texts=(Text("checklist 1", body, f"{met}{known}", ticks=True),))


async def boxes(desk):
    [body] = await desk.comments()
    return body.count("[x] met"), body.count("[x] known")


async def tick(desk, name):
    """A person ticks a box."""
    path, number = "issues/comments/{id}", desk.ledger["comment checklist 1"].remote.id
    there = (await desk.person.get(path, id=number))["body"]
    await desk.person.patch(path, {"body": there.replace(f"[ ] {name}", f"[x] {name}")}, id=number)


async def test_a_tick_of_the_bots_own_goes_when_it_is_no_longer_true(desk):
    await desk.bring(checklist(met="x"))
    await tick(desk, "known")
    await desk.bring(checklist())
    assert await boxes(desk) == (0, 1)
    await desk.bring(checklist("x", "x"))
    await desk.bring(checklist())
    assert await boxes(desk) == (0, 1)  # what a person ticked stays a person's when the bot comes to agree


async def test_ticks_from_before_they_were_remembered_stay(desk):
    await desk.bring(checklist(met="x"))
    known = desk.ledger["comment checklist 1"]
    desk.ledger[known.thing] = replace(known, remote=CommentState(known.remote.id))
    await desk.bring(checklist())
    assert await boxes(desk) == (1, 0)
    await desk.bring(checklist(known="x"))
    await desk.bring(checklist())
    assert await boxes(desk) == (1, 0)


async def test_who_is_no_longer_in_charge_is_unassigned_once_and_can_come_back(desk):
    first = Wanted(assignees=frozenset({"Coordinator"}))
    await desk.bring(first)
    second = Wanted(assignees=frozenset({"finance"}), unassigned=frozenset({"coordinator", "supplier-3"}))
    await desk.bring(second)
    assert (await assigned(desk), desk.cost) == (["finance"], 2)
    assert await desk.bring(second) == []
    assert desk.cost == 0
    await desk.person.post("issues/{n}/assignees", {"assignees": ["coordinator"]}, n=desk.number)
    await see_assignees(desk)
    await desk.bring(second)
    assert desk.cost == 0  # a person's own doing is left alone
    await desk.person.delete("issues/{n}/assignees", {"assignees": ["coordinator"]}, n=desk.number)
    await see_assignees(desk)
    await desk.bring(replace(first, unassigned=frozenset({"finance"})))
    assert await assigned(desk) == ["coordinator"]


async def test_somebody_who_was_taken_away_meanwhile_is_gone_all_the_same(desk):
    await desk.bring(Wanted(assignees=frozenset({"coordinator"})))
    await desk.person.delete("issues/{n}/assignees", {"assignees": ["coordinator"]}, n=desk.number)
    await desk.bring(Wanted(unassigned=frozenset({"coordinator"})))
    assert desk.ledger["assignees"].remote.names == tuple(await assigned(desk)) == ()


async def assigned(desk):
    return [user["login"] for user in (await desk.issue())["assignees"]]


async def see_assignees(desk):
    """What the webhook tells."""
    known = desk.ledger["assignees"]
    desk.ledger["assignees"] = replace(known, remote=replace(known.remote, names=tuple(await assigned(desk))))


async def test_what_a_person_deleted_is_made_again_when_it_changes(desk):
    await desk.bring(Wanted(texts=(Text("status", "one", "1"),)))
    await desk.person.delete("issues/comments/{id}", id=desk.ledger["comment status"].remote.id)
    await desk.bring(Wanted(texts=(Text("status", "two", "2"),)))
    assert await desk.comments() == ["two\n\n<!-- micro-acquisition: status -->"]
    await desk.bring(Wanted(reactions=(Reaction(0, "eyes"), Reaction(123456789, "+1"))))
    assert set(desk.ledger) >= {"reaction 0", "reaction 123456789"}


async def test_what_is_only_not_found_for_a_moment_is_not_made_again(desk, box):
    text = Text("checklist 1", CHECKLIST, "1", ticks=True)
    await desk.bring(Wanted(texts=(text,)))
    box.faults.add(do="status", status=404, path="/issues/comments/")
    with pytest.raises(Unfinished):
        await desk.bring(Wanted(texts=(replace(text, digest="2"),)))
    await desk.bring(Wanted(texts=(replace(text, digest="2"),)))
    assert len(await desk.comments()) == 1


async def test_a_mark_forged_by_somebody_else_is_not_taken_for_the_bots_own(desk, client):
    forged = "mine\n\n<!-- micro-acquisition: status -->"
    await client.at(HOME).post("issues/{n}/comments", {"body": forged}, n=desk.number)
    desk.ledger["comment status"] = Shown("comment status", begun=datetime.now(UTC))
    await desk.bring(Wanted(texts=(Text("status", "one", "1"),)))
    assert await desk.comments() == ["one\n\n<!-- micro-acquisition: status -->"]


async def test_one_suggestion_that_github_refuses_takes_no_other_with_it(desk):
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    (pull,) = await desk.pulls()
    work = Work(desk.gh, desk.gh.at(HOME), pull["number"], {}, desk.save, datetime.now(UTC))
    paths = [f"_posts/{lang}/{desk.number}.md" for lang in ("en", "fr")]
    offers = [Suggestion(path, line, line, "better", "It reads better.") for path in paths for line in (1, 99)]
    for _ in range(2):
        await suggest(work, pull["head"]["sha"], offers, "Lines to commit")
    given = [one async for one in desk.person.pages("pulls/{n}/comments", n=pull["number"])]
    assert sorted((one["path"], one["line"]) for one in given) == [(path, 1) for path in paths]


class Died(Exception):
    """The process ended here."""


class Mortal:
    """Lives for so many awaits, then dies before or after doing the next thing; a cut connection is a `Wait`."""

    def __init__(self, desk, lives, when):
        self.desk, self.left, self.when = desk, lives, when
        self.send, desk.gh._wire.send = desk.gh._wire.send, self.sending

    async def doing(self, call, *arguments):
        self.left -= 1
        if self.left == -1 and self.when == "before":
            raise Died
        answer = await call(*arguments)
        if self.left == -1:
            raise TimeoutError if self.when == "cut" and call == self.send else Died
        return answer

    async def sending(self, *arguments):
        return await self.doing(self.send, *arguments)

    async def save(self, shown):
        await self.doing(self.desk.save, shown)

    async def run(self, wanted):
        """Whether it lived to the end."""
        try:
            await self.desk.bring(wanted, self.save)
        except (Died, Wait):
            return False
        finally:
            self.desk.gh._wire.send = self.send
        return True


@pytest.mark.parametrize("when", ["before", "after", "cut"])
async def test_dying_anywhere_leaves_one_of_each_after_the_next_run(new_desk, when):
    for lives in itertools.count():
        desk = await new_desk()
        lived = await Mortal(desk, lives, when).run(desk.wanted())
        await desk.bring(desk.wanted())
        await shows(desk, 1)
        await desk.bring(desk.wanted())
        assert desk.cost == 0
        if lived:
            break
    assert lives > 25


@pytest.mark.parametrize("when", ["before", "after", "cut"])
async def test_dying_anywhere_in_a_change_does_the_change_once(new_desk, when):
    for lives in itertools.count():
        desk = await new_desk()
        await desk.bring(desk.wanted())
        lived = await Mortal(desk, lives, when).run(desk.wanted(2))
        await desk.bring(desk.wanted(2))
        await shows(desk, 2)
        if lived:
            break
    assert lives > 20


@pytest.mark.parametrize("when", ["before", "after", "cut"])
async def test_dying_while_ticking_does_not_make_the_tick_a_persons(new_desk, when):
    for lives in itertools.count():
        desk = await new_desk()
        lived = await Mortal(desk, lives, when).run(checklist(met="x"))
        await desk.bring(checklist(met="x"))
        lived &= await Mortal(desk, lives, when).run(checklist("x", "x"))
        await desk.bring(checklist("x", "x"))
        await desk.bring(checklist())
        assert await boxes(desk) == (0, 0)
        if lived:
            break
    assert lives > 2


async def test_dying_twice_is_no_worse(new_desk):
    for first, second in itertools.product(range(3, 32, 4), range(2, 20, 3)):
        desk = await new_desk()
        await Mortal(desk, first, "after").run(desk.wanted())
        await Mortal(desk, second, "after").run(desk.wanted())
        await desk.bring(desk.wanted())
        await shows(desk, 1)


async def test_no_other_comment_takes_the_first_place(desk, box):
    box.faults.add(do="status", status=403, method="POST", path="/comments$")
    wanted = replace(desk.wanted(), drafts=())
    with pytest.raises(Unfinished, match="comment status: 403"):
        await desk.bring(wanted)
    assert await desk.comments() == []
    assert await desk.labels() == wanted.labels
    await desk.bring(wanted)
    assert [body.split()[0] for body in await desk.comments()] == ["Step", "-", "Thanks"]


async def test_the_bots_own_doings_come_back_as_webhooks_and_say_nothing(desk, box):
    await desk.bring(desk.wanted())
    number = desk.ledger["comment checklist 1"].remote.id
    ticked = f"- [x] met <!-- box met -->\n\n{mark('checklist 1')}"
    await desk.person.patch("issues/comments/{id}", {"body": ticked}, id=number)
    await desk.person.post("issues/{n}/labels", {"labels": ["client-verified"]}, n=desk.number)
    repositories = Repositories(HOME, "canada-ca/ore-ero")
    keys = {key_of(event, payload, repositories) for event, payload in box.sent}
    pull = desk.ledger["pull posting"].remote
    assert keys - {""} == {f"{HOME}#{desk.number}", f"{HOME}!{pull.number}"}
    said = [read_signal(event, payload, "guid", repositories, datetime.now(UTC)) for event, payload in box.sent]
    assert [(signal.actor, signal.what) for signal in said if signal] == [
        ("client", IssueOpened()),
        ("client", Commented(desk.comment, "/help")),
        ("coordinator", ChecklistEdited(number, "checklist 1", ticked, author=BOT)),
        ("coordinator", LabelChanged("client-verified", on=True)),
    ]


async def test_without_the_app_a_machine_user_proposes_from_its_fork(desk, person):
    ore = "canada-ca/ore-ero"
    upstream = person("coordinator").at(ore)
    try:
        way = await way_by_fork(person("supplier-1"), ore)
    except Wait:
        way = await way_by_fork(person("supplier-1"), ore)

    async def run(version):
        draft = replace(desk.draft(version), kind="ore", target=ore, branch=f"ore/{desk.number}-parser")
        wanted, now = Wanted(drafts=(draft,)), datetime.now(UTC)
        await bring(desk.gh, HOME, desk.number, wanted, desk.ledger, desk.save, now, {ore: way})
        return await upstream.get("pulls/{n}", n=desk.ledger["pull ore"].remote.number)

    first = await run(1)
    assert first["head"]["label"] == f"supplier-1:ore/{desk.number}-parser"
    assert (first["changed_files"], first["commits"]) == (2, 1)
    await commit(upstream, "README.md", "moved on\n", "master")
    second = await run(2)
    assert (second["number"], second["changed_files"], second["mergeable"]) == (first["number"], 2, True)


async def test_a_refusal_stops_nothing_else(desk):
    async def write(tree):
        raise ValueError("no such administration")

    wanted = replace(desk.wanted(2), assignees=frozenset())
    wrong = replace(wanted, reactions=(Reaction(desk.comment, "shrug"),))
    with pytest.raises(Unfinished) as unfinished:
        await desk.bring(wrong)
    assert [thing for thing, _ in unfinished.value.problems] == [f"reaction {desk.comment}"]
    assert [change.kind for change in desk.news()] == ["posting"]
    assert (await desk.issue())["state"] == "closed"
    impossible = replace(wanted, drafts=(replace(desk.draft(3), kind="ore", write=write),), closed=None)
    with pytest.raises(ValueError, match="no such administration"):
        await desk.bring(impossible)


async def test_a_limit_stops_at_once_and_says_what_was_learned(desk):
    async def limited(*arguments):
        if arguments[0] == "PATCH":
            raise TimeoutError
        return await send(*arguments)

    send, desk.gh._wire.send = desk.gh._wire.send, limited
    with pytest.raises(Wait):
        await desk.bring(desk.wanted(2))
    desk.gh._wire.send = send
    assert [change.state for change in desk.news()] == ["open"]
    await desk.bring(desk.wanted(2))
    assert (await desk.issue())["state"] == "closed"


async def test_a_pull_request_follows_its_base_and_shows_only_its_own_files(desk):
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    await commit(desk.person, "README.md", "moved on\n")
    await desk.bring(Wanted(drafts=(desk.draft(2),)))
    [pull] = await desk.pulls()
    assert sorted(await desk.files(pull)) == [f"_posts/en/{desk.number}.md", f"_posts/fr/{desk.number}.md"]
    assert pull["mergeable"]
    assert await desk.bring(Wanted(drafts=(desk.draft(2),))) == []
    assert desk.cost == 1, "the base is looked at"


async def test_a_merged_pull_request_is_left_alone_even_if_the_webhook_was_lost(desk):
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    [pull] = await desk.pulls()
    await desk.person.put("pulls/{n}/merge", {}, n=pull["number"])
    [changed] = await desk.bring(Wanted(drafts=(desk.draft(2),)))
    assert (changed.number, changed.state) == (pull["number"], "merged")
    assert desk.heard_of == {("merged", (await desk.person.gh.me()))}, "GitHub says who did it"
    assert await desk.bring(Wanted(drafts=(desk.draft(2),))) == []
    assert desk.cost == 0


async def test_a_closed_pull_request_is_left_alone_until_there_is_something_new_to_show(desk):
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    [pull] = await desk.pulls()
    await desk.person.patch("pulls/{n}", {"state": "closed"}, n=pull["number"])
    await commit(desk.person, "README.md", "moved on\n")
    same = Wanted(drafts=(desk.draft(),))
    assert [change.state for change in await desk.bring(same)] == ["closed"]
    assert await desk.bring(same) == []
    assert desk.cost == 0
    [changed] = await desk.bring(Wanted(drafts=(desk.draft(2),)))
    assert (changed.state, changed.number != pull["number"]) == ("open", True)
    assert [pull["state"] for pull in await desk.pulls()] == ["closed"], "the first one, on its own branch"


async def test_a_pull_request_that_its_base_overtook_is_written_anew(desk):
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    await commit(desk.person, f"_posts/en/{desk.number}.md", "somebody was faster\n")
    [pull] = await desk.pulls()
    assert not pull["mergeable"]
    assert await desk.bring(Wanted(drafts=(desk.draft(),), look=False)) == []
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    [pull] = await desk.pulls()
    assert (pull["mergeable"], pull["commits"]) == (True, 2)


async def test_a_repair_that_was_interrupted_is_the_bots_own_and_may_be_followed_by_another(desk):
    same = Wanted(drafts=(desk.draft(),))
    await desk.bring(same)
    saved = itertools.count()

    async def save(shown):
        if next(saved):
            raise ConnectionError("the power went after the push")
        await desk.save(shown)

    for text in ("somebody was faster\n", "and again\n"):
        await commit(desk.person, f"_posts/en/{desk.number}.md", text)
        saved = itertools.count()
        with pytest.raises(ConnectionError):
            await desk.bring(same, save)
        await desk.bring(same)
    [pull] = await desk.pulls()
    assert (pull["mergeable"], pull["commits"]) == (True, 3)


async def interrupted(desk, wanted):
    """The power goes when it is stored that something is to be pushed, and nothing was."""

    async def save(shown):
        await desk.save(shown)
        raise ConnectionError("the power went")

    with pytest.raises(ConnectionError):
        await desk.bring(wanted, save)


async def test_what_a_person_pushed_while_a_repair_was_interrupted_stays(desk):
    same, path = Wanted(drafts=(desk.draft(),)), f"_posts/en/{desk.number}.md"
    await desk.bring(same)
    await commit(desk.person, path, "somebody was faster\n")
    await interrupted(desk, same)
    [pull] = await desk.pulls()
    await commit(desk.person, path, "a person put it right\n", branch=pull["head"]["ref"])
    [before] = await desk.pulls()
    await desk.bring(same)
    [pull] = await desk.pulls()
    assert pull["head"]["sha"] == before["head"]["sha"]


async def test_new_words_around_the_same_files_write_over_nobodys_commits(desk):
    first = replace(desk.draft(), content="the same")
    await desk.bring(Wanted(drafts=(first,)))
    [pull] = await desk.pulls()
    path = f"_posts/en/{desk.number}.md"
    await commit(desk.person, path, "a person put it right\n", branch=pull["head"]["ref"])
    [before] = await desk.pulls()
    reworded = Wanted(drafts=(replace(first, title="Parser, as it is called now", digest="reworded"),))
    await desk.bring(reworded)
    [pull] = await desk.pulls()
    assert (pull["title"], pull["head"]["sha"]) == ("Parser, as it is called now", before["head"]["sha"])
    assert await desk.bring(reworded) == []
    await desk.bring(Wanted(drafts=(replace(desk.draft(2), content="another"),)))
    [pull] = await desk.pulls()
    assert (pull["title"], pull["commits"]) == ("Parser 2", 3), "a new text is what holds, upon what people committed"
    last = await desk.person.get("git/commits/{sha}", sha=pull["head"]["sha"])
    assert f"takes the place of what was changed up to {before['head']['sha']} in {path}.\n" in last["message"]


async def test_a_commit_says_whose_place_it_takes_and_nobodys_else(desk):
    """A file of their own, one that the bot wrote last when it was interrupted, and what the base changed meanwhile."""
    first = replace(desk.draft(), content="the same")
    await desk.bring(Wanted(drafts=(first,)))
    [pull] = await desk.pulls()
    branch = pull["head"]["ref"]
    await commit(desk.person, "_posts/en/other.md", "the base moved on\n")
    await commit(desk.person, "_posts/fr/theirs.md", "their own\n", branch=branch)
    await desk.person.put("pulls/{n}/update-branch", {}, n=pull["number"])
    [before] = await desk.pulls()
    await commit(desk.person, "_posts/en/other.md", "and once more\n")
    await desk.bring(Wanted(drafts=(replace(desk.draft(2), content="another"),)))
    [pull] = await desk.pulls()
    last = await desk.person.get("git/commits/{sha}", sha=pull["head"]["sha"])
    said = f"takes the place of what was changed up to {before['head']['sha']} in _posts/fr/theirs.md.\n"
    assert said in last["message"]


async def test_an_amendment_that_was_merged_while_its_change_was_interrupted_is_followed_by_another(desk):
    drafts = [replace(desk.draft(version), kind="winner", follows=True) for version in (1, 2)]
    first, second = (Wanted(drafts=(draft,)) for draft in drafts)
    await desk.bring(first)
    await interrupted(desk, second)
    [pull] = await desk.pulls()
    await desk.person.put("pulls/{n}/merge", {}, n=pull["number"])
    await desk.bring(second)
    await desk.bring(second)
    pulls = [one async for one in desk.person.pages("pulls{?state,direction}", state="all", direction="asc")]
    assert [(one["state"], one["title"]) for one in pulls] == [("closed", "Parser 1"), ("open", "Parser 2")]


async def test_a_pull_request_whose_base_moved_on_elsewhere_stays_as_it_is(desk):
    await desk.bring(Wanted(drafts=(desk.draft(),)))
    await commit(desk.person, "README.md", "moved on\n")
    assert await desk.bring(Wanted(drafts=(desk.draft(),))) == []
    [pull] = await desk.pulls()
    assert pull["commits"] == 1


async def test_an_amendment_is_merged_where_policy_lets_and_followed_by_another(desk):
    first = replace(desk.draft(), kind="winner", follows=True, merge=True)
    assert [change.state for change in await desk.bring(Wanted(drafts=(first,)))] == ["merged"]
    assert await desk.bring(Wanted(drafts=(first,))) == []
    same = Wanted(drafts=(replace(first, digest="the same in other words"),))
    assert await desk.bring(same) == [], "the page says it already, so nothing is proposed"
    third = replace(desk.draft(3), kind="winner", follows=True, merge=True)
    assert [change.state for change in await desk.bring(Wanted(drafts=(third,)))] == ["merged"]


async def test_somebody_elses_branch_is_not_taken_over(desk):
    main = await desk.person.get("git/ref/heads/main")
    branch = {"ref": f"refs/heads/opportunity/{desk.number}-parser", "sha": main["object"]["sha"]}
    await desk.person.post("git/refs", branch)
    with pytest.raises(Unfinished, match="somebody else's"):
        await desk.bring(Wanted(drafts=(desk.draft(),)))
    assert await desk.pulls() == []


async def commit(place, path, text, branch="main"):
    """Somebody's commit on the default branch."""
    ref = await place.get("git/ref/heads/{branch}", branch=branch)
    parent = await place.get("git/commits/{sha}", sha=ref["object"]["sha"])
    item = {"path": path, "mode": "100644", "type": "blob", "content": text}
    tree = await place.post("git/trees", {"base_tree": parent["tree"]["sha"], "tree": [item]})
    made = {"message": "Somebody's", "tree": tree["sha"], "parents": [parent["sha"]]}
    made = await place.post("git/commits", made)
    await place.patch("git/refs/heads/{branch}", {"sha": made["sha"], "force": False}, branch=branch)
