"""`verify-draw`: recompute a draw from public data, without trust in the bot.

It reads the issue's comments and the beacon, but no ledger, and it needs no credentials of the App.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import click
import requests
from github import Auth, Github
from github.GithubException import BadCredentialsException, GithubException, RateLimitExceededException
from github.IssueComment import IssueComment

from bot.cli.options import quiet
from bot.github.reading import marks
from bot.github.transport.channel import open_reader
from bot.pipeline.draw import record as draw_record
from bot.pipeline.draw import rfc3797 as draw
from bot.pipeline.draw.record import DrawFinding, Published
from bot.pipeline.model import policy
from bot.runtime.beacon import ROUND_BYTES, Beacon
from bot.settings import Settings, load_policy


class CannotVerify(Exception):
    """The issue shows no draw, or cannot be read; the text is a sentence for the person who verifies."""


@dataclass(frozen=True)
class Thread:
    """The records of draws in an issue's comments, oldest first.

    `unread` are the addresses of the bot's comments whose record is missing or broken; `others` what other people
    wrote in the form of a record.
    """

    announced: tuple[Published, ...]
    results: tuple[Published, ...]
    unread: tuple[str, ...]
    others: tuple[str, ...]


@click.command("verify-draw")
@click.argument("issue", metavar="OWNER/REPO#N")
@click.pass_obj
def verify_draw(settings: Settings, issue: str) -> None:
    """Recompute a draw from public data alone.

    It reads the issue's comments and the beacon.

    \b
    For each draw announced in the issue, it checks:
      opportunity   the record is of this opportunity
      pool          the suppliers, in order, have the published SHA-256
      round         the beacon is the policy's, and the round comes out when announced
      announcement  it was written, and last edited, before the round came out
      result        what the bot published afterwards repeats the announcement
      randomness    it is what the beacon gives, and the SHA-256 of the beacon's signature
      order         RFC 3797 gives the published order
      turns         the bot notified the suppliers in that order

    Only comments by bots count, and each is named: see that it is the bot you expect. It does not check whether the
    pool is everyone who passed (read the evaluations in the thread), whether a comment was deleted (GitHub shows
    it in the thread), nor the beacon's signature beyond its SHA-256.

    No credentials are needed; GITHUB_TOKEN raises GitHub's limits, GITHUB_API_URL names another GitHub, and the
    beacon is the one in the policy, or a sandbox's own. Ends with 0 if everything holds, 1 if something does not or
    no draw is there.
    """
    named = re.fullmatch(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#([1-9][0-9]{0,8})", issue)
    if not named:
        raise click.UsageError("name the issue as OWNER/REPO#N, for instance canada-ca/micro-acquisition#12")
    beacon = load_policy(settings.bot_config).beacon
    if settings.is_local and beacon == policy.BeaconPolicy():  # a sandbox has its own
        beacon = policy.BeaconPolicy(url=f"{settings.github_api_url}/beacon/public")
    token = settings.github_token.get_secret_value()
    quiet(settings, "critical")  # the findings report every error
    try:
        right = verify(named[1], int(named[2]), api=settings.github_api_url, token=token, beacon=beacon, say=click.echo)
    except CannotVerify as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if right else 1)


def verify(
    repository: str, number: int, *, api: str, token: str, beacon: policy.BeaconPolicy, say: Callable[[str], None]
) -> bool:
    """Recomputes every draw of an issue, and reports what holds and what does not. Raises CannotVerify.

    `api` is the address of GitHub's API; a `token`, where there is one, only raises GitHub's limits.
    """
    name = f"{repository}#{number}"
    thread = sort(_comments(repository, number, api, token))
    if not (thread.announced or thread.results or thread.unread):
        raise CannotVerify(". ".join([f"no draw is announced in {name}", *thread.others]))
    randomness = asyncio.run(_ask(beacon, {one.record.round for one in thread.announced}))
    findings: list[DrawFinding] = []
    for place, announced in enumerate(thread.announced):
        results = tuple(result for result in thread.results if _same(result, announced))
        following = thread.announced[place + 1 : place + 2]
        replaced = following[0].written if following else None
        known = randomness[announced.record.round]
        say(f"Draw {place + 1} of {len(thread.announced)}, announced by {announced.by}: {announced.url}")
        found = draw_record.check_draw(name, announced, results, known, beacon, replaced)
        _tell(found, say)
        findings += found
        if known:
            _tell_places(announced, results, known, say)
        say("")
    stray = tuple(_stray(thread))
    _tell(stray, say)
    if len(thread.announced) > 1:
        say("The thread has to show why there was more than one draw.")
    for other in thread.others:
        say(f"Not counted: {other}.")
    wrong = sum(not finding.ok for finding in (*findings, *stray))
    say(f"{wrong} of {len(findings) + len(stray)} findings do not hold." if wrong else "Everything holds.")
    say("Whether the pool is everyone who passed, only the evaluations in the thread can show.")
    return not wrong


def sort(comments: Iterable[IssueComment]) -> Thread:
    """Sorts the records in an issue's comments. Only those of bots count, because people cannot write as a bot."""
    announced: list[Published] = []
    results: list[Published] = []
    unread: list[str] = []
    others: list[str] = []
    for comment in comments:
        body, author = comment.body or "", comment.user
        mark, record = marks.find_mark(body) or "", draw_record.read_record(body)
        kind = mark.partition(" ")[0]
        if kind not in ("draw", "drawn") and not record:
            continue
        if not author or author.type != "Bot" or not author.login.endswith("[bot]"):
            by = author.login if author else "somebody"
            others.append(f"{by}, who is not the bot, wrote what looks like a record: {comment.html_url}")
        elif record and kind in ("draw", "drawn"):
            published = Published(record, mark, author.login, comment.html_url, comment.created_at, comment.updated_at)
            (announced if kind == "draw" else results).append(published)
        elif kind in ("draw", "drawn"):
            unread.append(comment.html_url)
    return Thread(tuple(announced), tuple(results), tuple(unread), tuple(others))


def _same(result: Published, announced: Published) -> bool:
    """Returns whether a result belongs to an announced draw."""
    return (result.by, result.record.round) == (announced.by, announced.record.round)


def _stray(thread: Thread) -> Iterable[DrawFinding]:
    for url in thread.unread:
        yield DrawFinding(
            "record", False, f"This comment is marked as a draw’s, but no record can be read in it: {url}"
        )
    for result in thread.results:
        if not any(_same(result, announced) for announced in thread.announced):
            why = f"{result.by} gives a result of round {result.record.round} without its announcement: {result.url}"
            yield DrawFinding("record", False, why)


def _tell(findings: Sequence[DrawFinding], say: Callable[[str], None]) -> None:
    for finding in findings:
        say(f"  {'ok' if finding.ok else 'NO':<3} {finding.name:<13} {finding.sentence}")


def _tell_places(
    announced: Published, results: Sequence[Published], randomness: str, say: Callable[[str], None]
) -> None:
    told = {result.mark.split()[-1]: result.written for result in reversed(results)}
    say("  Places, as computed here:")
    for place, login in enumerate(draw.order(announced.record.pool, draw.beacon_key(randomness)), 1):
        when = f", told on {draw_record.in_utc(told[login])}" if login in told else ""
        say(f"    {place}. {login}{when}")


async def _ask(beacon: policy.BeaconPolicy, rounds: Collection[int]) -> dict[int, str | None]:
    async with open_reader(beacon.url, ROUND_BYTES) as read:
        return {number: await Beacon(read).randomness(number) for number in rounds}


def _comments(repository: str, number: int, api: str, token: str) -> list[IssueComment]:
    """Reads every comment of an issue. Raises CannotVerify."""
    auth = Auth.Token(token) if token else None
    try:
        with Github(base_url=api, auth=auth, per_page=100, retry=None, lazy=True) as github:
            return list(github.get_repo(repository).get_issue(number).get_comments())
    except BadCredentialsException as error:
        raise CannotVerify("GitHub does not take GITHUB_TOKEN: set a valid one, or none") from error
    except RateLimitExceededException as error:
        more = "wait an hour" if token else "set GITHUB_TOKEN to any token of yours"
        raise CannotVerify(f"GitHub answers no more requests from here for now: {more}") from error
    except GithubException as error:
        if error.status in (404, 410):
            raise CannotVerify(f"there is no public issue {repository}#{number} on {api}") from error
        raise CannotVerify(f"{api} answers {error.status} instead of the issue: try again later") from error
    except requests.RequestException as error:
        raise CannotVerify(f"{api} cannot be reached: try again later, or correct GITHUB_API_URL") from error
