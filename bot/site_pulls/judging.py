"""Judges a pull request of the site: its files against the rules of the site and the statement of the opportunity."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode

from bot.documents.inspection import BaseSite, Change, Expected, PostFile, PostFinding, files, inspect
from bot.documents.inspection.coaching import Report
from bot.documents.posts import writer as posts
from bot.github.reading.site_pull import FileChange, SitePull, kind_and_number
from bot.github.reading.tree import Tree
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Line, Message, Url, link_to
from bot.pipeline.reading.review import lacking
from bot.pipeline.steps import step_of
from bot.pipeline.text.language import LANGS, Lang
from bot.proposals.posting import post_of
from bot.runtime.clock import Clock
from bot.site_pulls.held import fixed_lines

MOST_PULLS = 200
"""The most open pull requests whose files the bot reads, the oldest first: anybody can open more."""


class Judge:
    """Judges pull requests; `clock` gives the day on the site."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def report(
        self,
        pull: SitePull,
        changes: Sequence[FileChange],
        opportunity: Opportunity | None,
        mine: Sequence[int],
        tree: Tree,
    ) -> Report:
        """Reports on the files that concern posts; `mine` are the author's opportunities that can still be posted."""
        concerned = [change for change in changes if _is_post(change) or _is_meant(change, opportunity)]
        if not concerned:
            return Report((), author=pull.author, of_posts=False)
        adds = any(change.status == "added" for change in concerned)
        where = link_to(opportunity) if opportunity else None
        about = Report(
            tuple(about_it(pull, opportunity, mine, adds=adds)),
            opportunity=where,
            author=pull.author,
            newcomer=pull.newcomer,
            of_house=pull.of_house,
            adds=adds,
            coordinator=opportunity.in_charge if opportunity else None,
        )
        if about.failing:
            return about  # the rest depends on it
        before = await self._before(pull, concerned, tree)
        compared = [Change(c.path, c.text, before[c.path], c.previous) for c in concerned]
        site = await self._site(pull, compared, opportunity, tree)
        expected = None
        if (
            adds
            and opportunity
            and opportunity.running
            and opportunity.step in (3, 4)
            and not lacking(opportunity.statement)
        ):
            en, fr = (post_of(opportunity, lang, site.free, site.today) for lang in LANGS)
            expected = Expected(en, fr)
        wanted = await asyncio.to_thread(files, compared, site, expected)
        holds = {
            c.path: fixed_lines(opportunity, site.texts[c.path], lang_of(c.path))
            for c in concerned
            if opportunity and c.path in site.texts
        }
        found = await asyncio.to_thread(inspect, compared, site, expected, holds)
        right = {one.path for one in wanted}
        stray = tuple(c.path for c in concerned if right and c.status == "added" and c.path not in right)
        return replace(
            about,
            findings=(*about.findings, *(one for one in found if one.path not in stray or _misplaced(one))),
            waiting=waiting(opportunity) if adds and opportunity else (),
            files=tuple(one for one in wanted if one.text != one.now),
            superfluous=stray,
            pages=_pages(pull, wanted, stray),
            may_publish=opportunity is not None
            and opportunity.step == 4
            and opportunity.running
            and opportunity.is_client(pull.author),
        )

    async def _before(self, pull: SitePull, changes: Sequence[FileChange], tree: Tree) -> dict[str, str | None]:
        """Reads each file where the branch began, so that later merges do not count as undone by it."""
        old = [change for change in changes if change.status != "added"]
        if old and not pull.ours:  # the bot's own pull requests begin at the last commit
            tree = await tree.where_began(pull.head)
        texts = {change.path: await tree.read(change.previous or change.path) for change in old}
        return {change.path: texts.get(change.path) for change in changes}

    async def _site(
        self, pull: SitePull, changes: Sequence[Change], opportunity: Opportunity | None, tree: Tree
    ) -> BaseSite:
        texts = {path: await tree.read(path) or "" for path in await tree.paths("_posts/")}
        pages = [await tree.read(path) or "" for path in await tree.paths("_pages/")]
        own = {change.path for change in changes} | {change.previous for change in changes}
        mine = posts.refs(change.before for change in changes if change.before)
        refs = posts.refs([*pages, *(text for path, text in texts.items() if path not in own)]) - mine
        paths = texts.keys() - own
        proposed = set[str]()
        posting = opportunity.pull("posting") if opportunity else None
        mine_too = {pull.number, posting.number if posting else 0}
        for other in (await tree.open_pulls())[:MOST_PULLS]:
            if other.number in mine_too:
                continue
            patches = await other.patches()
            proposed |= posts.refs(patches.values())
            if other.number < pull.number:
                refs |= posts.refs(patches.values()) - mine
                paths |= {path for path in patches if path.startswith("_posts/")} - own
        free = posts.next_ref([*texts.values(), *pages])
        while free in proposed:
            free = f"opportunity{int(free.removeprefix('opportunity')) + 1}"
        today = posts.publication_date(self._clock.now())
        return BaseSite(today, frozenset(refs), frozenset(paths), free, texts)


def _is_post(change: FileChange) -> bool:
    """Tells if a file is a post, or seems meant as one."""
    start = (change.text or "")[:400]
    return bool(re.match(r"_?posts/", change.path, re.I)) or bool(
        change.status == "added" and re.match(r"---\s", start) and re.search(r"^layout:\s*post\b", start, re.M)
    )


def _pages(pull: SitePull, wanted: Sequence[PostFile], superfluous: Sequence[str]) -> Mapping[str, Url]:
    """Returns GitHub's page on which a person can add, edit or delete each file of the branch."""
    if not pull.home:
        return {}
    site = pull.url.rpartition("/pull/")[0].rsplit("/", 2)[0]
    home, branch = f"{site}/{pull.home}", quote(pull.branch)
    pages = {path: f"delete/{branch}/{quote(path)}" for path in superfluous}
    for one in wanted:
        new = f"new/{branch}?{urlencode({'filename': one.path})}"
        pages[one.path] = new if one.now is None else f"edit/{branch}/{quote(one.path)}"
    return {path: Url(f"{home}/{page}", path) for path, page in pages.items()}


def _is_meant(change: FileChange, opportunity: Opportunity | None) -> bool:
    """Tells if a file is a new text, and the pull request is about an opportunity that is not posted yet."""
    return (
        change.status == "added"
        and bool(change.text)
        and opportunity is not None
        and opportunity.running
        and opportunity.step < 5
    )


def lang_of(path: str) -> Lang:
    """Returns the language of a post on the site, by its folder."""
    return "fr" if "/fr/" in path else "en"


def _misplaced(one: PostFinding) -> bool:
    """Tells if a finding says where a post belongs: nothing else matters for a file that the author has to delete."""
    return not one.line and bool({"right", "kept"} & one.message.args.keys())


def about_it(
    pull: SitePull, opportunity: Opportunity | None, mine: Sequence[int], *, adds: bool
) -> Iterator[PostFinding]:
    """Yields findings on the pull request as a whole, not on its files."""
    if adds and opportunity is None:
        wrong = kind_and_number(pull)
        lines = tuple(Line(f"Opportunity: #{number}") for number in mine)
        yield PostFinding(Message("coach.no-opportunity", wrong=Line(f"#{wrong[1]}") if wrong else None, lines=lines))
    elif adds and opportunity:
        yield from _may_post(pull, opportunity)
    if pull.fits is False:
        yield PostFinding(Message("coach.conflict"))


def _may_post(pull: SitePull, opportunity: Opportunity) -> Iterator[PostFinding]:
    """Yields a finding if this pull request may not post the opportunity."""
    other = opportunity.pull("posting")
    if not (
        pull.ours or pull.of_house or opportunity.is_client(pull.author) or (other and other.number == pull.number)
    ):
        yield PostFinding(Message("coach.stranger", line=Line(f"/client @{pull.author}")))
    elif other and other.number != pull.number and other.state in ("open", "merged"):
        link = link_to(other)
        yield PostFinding(Message("coach.other-pull", pull=link, merged=other.state == "merged", ours=not other.author))
    elif not opportunity.running or opportunity.step > 4:
        yield PostFinding(Message("coach.not-now", step=step_of(opportunity).title))


def waiting(opportunity: Opportunity) -> tuple[Message, ...]:
    """Lists what the opportunity itself lacks before its posts may be merged."""
    missing: tuple[Message, ...] = ()
    if opportunity.on_hold:
        missing += (Message("exceptions.on-hold"),)
    if opportunity.step < 3:
        missing += (Message("coach.early", step=step_of(opportunity).title),)
    elif lacking(opportunity.statement):
        missing += (Message("coach.incomplete"),)
    if "description-approved" not in opportunity.signals:
        missing += (Message("description.unapproved"),)
    if "funds-reserved" not in opportunity.signals:
        missing += (Message("posting.no-funds"),)
    return missing
