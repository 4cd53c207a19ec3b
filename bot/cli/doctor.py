"""What `python -m bot doctor` looks at: everything that has to be right on this machine and on GitHub.

    async for finding in examine(settings):
        print(finding.told)

It reads and changes nothing. No finding holds a secret: of those, only that they are set and work is said.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from bot.app import web_address
from bot.cli.hub import HubError, open_repository
from bot.cli.setup import set_up
from bot.documents.issue_form import issue_form
from bot.github.transport.client import GitHub
from bot.github.transport.errors import GitHubError, Refused, Wait
from bot.ledger import Ledger, LedgerError, NoTables
from bot.pipeline.model.policy import Policy
from bot.pipeline.steps import STEPS
from bot.runtime.beacon import Beacon
from bot.settings import ConfigurationError, Settings, load_labels, load_messages, load_policy, load_words
from bot.web.board.signin import CALLBACK

PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "read",
    "metadata": "read",
}
MEMBERS = {"members": "read"}
"""Without it no private member of a team is seen."""

EVENTS = (
    "check_run",
    "check_suite",
    "issues",
    "issue_comment",
    "member",
    "membership",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "team",
)
LEVELS = ("none", "read", "write", "admin")
CLOCK_SECONDS = 30
"""How far this machine's clock may be from GitHub's: the App's tokens are dated by it."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `do` says what to do where it is not right."""

    ok: bool
    what: str
    do: str = ""

    @property
    def told(self) -> str:
        """A line for people."""
        return f"{'ok' if self.ok else '!!'}  {self.what}{f': {self.do}' if self.do else ''}"


Findings = AsyncIterator[Finding]


async def examine(settings: Settings) -> Findings:
    """Everything, one finding after the other. Never raises."""
    try:
        policy = load_policy(settings.bot_config)
        messages, labels = load_messages(policy.messages), load_labels(policy.labels)
        load_words(policy.messages)
    except ConfigurationError as error:
        yield Finding(False, "configuration", str(error))
        return
    yield Finding(True, f"configuration {settings.bot_config}, its messages and labels")
    async for finding in _safely("database", _database(settings)):
        yield finding
    async for finding in _safely("beacon", _beacon(policy)):
        yield finding
    try:
        settings.check_credentials()
        key = settings.private_key()
    except ConfigurationError as error:
        yield Finding(False, "credentials", str(error))
        return
    secrets = len(settings.webhook_secrets)
    yield Finding(True, f"credentials are set, with {secrets} webhook secret{'' if secrets == 1 else 's'}")
    yield _sign_in(settings)
    async with GitHub(url=settings.github_api_url, app_id=settings.github_app_id, private_key=key) as github:
        looks = _OnGitHub(settings, policy, github)
        async for finding in _safely("the App", looks.app()):
            yield finding
        if not looks.known:
            return
        for what, look in looks.rest().items():
            async for finding in _safely(what, look):
                yield finding
    form = issue_form(messages, policy)
    async for finding in _safely("labels and issue form", _furniture(settings, policy, labels, form)):
        yield finding


async def _safely(what: str, looking: Findings) -> Findings:
    """What keeps one thing from being looked at is a finding too, and keeps nothing else."""
    try:
        async for finding in looking:
            yield finding
    except Wait as error:
        yield Finding(False, what, f"GitHub does not answer ({error.reason}); check the network and GITHUB_API_URL")
    except GitHubError as error:
        yield Finding(False, what, f"GitHub refuses to show it ({error})")
    except (ConfigurationError, HubError, LedgerError) as error:
        yield Finding(False, what, str(error))
    except Exception as error:
        yield Finding(False, what, f"something unexpected ({type(error).__name__}: {' '.join(str(error).split())})")


async def _database(settings: Settings) -> Findings:
    ledger = Ledger(settings.database_url)
    try:
        await asyncio.to_thread(ledger.check)
        kind = "PostgreSQL, for any number of processes" if ledger.libpq else "SQLite, for one worker"
    finally:
        await asyncio.to_thread(ledger.close)
    yield Finding(True, f"database ({kind}) is reachable, up to date and takes changes")


async def _beacon(policy: Policy) -> Findings:
    beacon, now = policy.beacon, datetime.now(UTC).timestamp()
    number = max(1, int(now - beacon.genesis) // beacon.period - 1)
    async with Beacon(beacon.url) as asked:
        found = await asked.randomness(number)
    if found:
        yield Finding(True, f"beacon {beacon.url} gives round {number}")
    else:
        advice = "no supplier can be drawn; check the network, and `beacon` in the policy"
        yield Finding(False, f"beacon {beacon.url} does not give round {number}", advice)


def _sign_in(settings: Settings) -> Finding:
    if not settings.wants_sign_in:
        return Finding(True, "nobody signs in on the board: GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are not set")
    try:
        settings.check_sign_in()
    except ConfigurationError as error:
        return Finding(False, "signing in on the board", str(error))
    callback = settings.board_address(settings.port) + CALLBACK
    return Finding(True, f"coordinators sign in on the board; the App must have the callback URL {callback}")


async def _furniture(settings: Settings, policy: Policy, labels: Iterable[Any], form: str) -> Findings:
    def look() -> list[str]:
        as_app = settings.model_copy(update={"github_token": SecretStr("")})
        repository = open_repository(as_app, policy.repository)
        return [one.name for one in set_up(repository, labels, form, dry_run=True) if one.found != "right"]

    wrong = await asyncio.to_thread(look)
    if wrong:
        named = f"{', '.join(wrong[:3])}{', …' if len(wrong) > 3 else ''}"
        advice = f"run `python -m bot setup {policy.repository}`"
        yield Finding(False, f"{len(wrong)} of labels and issue form missing or different ({named})", advice)
    else:
        yield Finding(True, f"labels and issue form on {policy.repository}")


class _OnGitHub:
    """What GitHub says of the App, and of everything it works on."""

    def __init__(self, settings: Settings, policy: Policy, github: GitHub) -> None:
        self._settings, self._policy, self._github = settings, policy, github
        teams = policy.teams
        self._teams = [team for team in (teams.coordinators, teams.finance) if team]
        self._needed = PERMISSIONS | (MEMBERS if self._teams else {})
        self._page = ""
        self.known = False

    async def app(self) -> Findings:
        """The App by its number and key; and the clock, which its tokens are dated by."""
        refused = None
        try:
            app = await self._github.app.call("GET", "/app", {})
        except Refused as error:
            refused = error
        ahead = self._github.ahead
        if abs(ahead) > CLOCK_SECONDS:
            way = "ahead of" if ahead > 0 else "behind"
            yield Finding(False, f"clock is {abs(ahead):.0f} seconds {way} GitHub's", "set it, and keep it with NTP")
        else:
            yield Finding(True, "clock agrees with GitHub's")
        if refused:
            advice = "GITHUB_APP_ID and GITHUB_PRIVATE_KEY_FILE must be of one App, and the key not deleted there"
            yield Finding(False, f"the App is not known to GitHub ({refused})", advice)
            return
        self.known = True
        owner, slug = app["owner"], app["slug"]
        yield Finding(True, f"App {slug} ({app['id']}) of {owner['login']}")
        organization = f"/organizations/{owner['login']}" if owner.get("type") == "Organization" else ""
        wanted, client = self._settings.github_client_id, app.get("client_id")
        if wanted and client and wanted != client:
            advice = f"copy {client} from the App's settings page"
            yield Finding(False, f"GITHUB_CLIENT_ID {wanted} is not this App's", advice)
        self._page = f"{web_address(self._settings.github_api_url)}{organization}/settings/apps/{slug}"
        missing = _missing(self._needed, app["permissions"])
        for name in missing:
            yield Finding(False, f"App permission {name} is missing", f"set it on {self._page}/permissions")
        absent = [event for event in EVENTS if event not in app["events"]]
        for event in absent:
            yield Finding(False, f"App event {event} is not subscribed to", f"tick it on {self._page}/permissions")
        if not missing and not absent:
            yield Finding(True, "App asks for every permission and event that the bot needs")

    def rest(self) -> Mapping[str, Findings]:
        """What can only be looked at as a known App, by what it is."""
        policy = self._policy
        looks = {policy.repository: self._home(), policy.exchange.repository: self._exchange()}
        return looks | {"webhook": self._webhook()} | {f"team {team}": self._team(team) for team in self._teams}

    async def _home(self) -> Findings:
        name = self._policy.repository
        installed = await self._installation(name)
        if installed is None:
            yield Finding(False, f"App is not installed on {name}", f"install it from {self._page}/installations")
            return
        async for finding in self._granted(name, installed):
            yield finding
        async for finding in self._repository(self._github, name, self._policy.branch):
            yield finding
        with contextlib.suppress(LedgerError):  # which the look at the database tells
            if not await asyncio.to_thread(self._knows_any, name) and (under_way := await self._under_way(name)):
                advice = f"correct DATABASE_URL, or run `python -m bot rebuild {name}` before the bot is started"
                what = f"the ledger is empty, but issue {under_way} of {name} is under way: nothing would be decided"
                yield Finding(False, what, advice)

    def _knows_any(self, repository: str) -> bool:
        with contextlib.closing(Ledger(self._settings.database_url)) as ledger:
            try:
                ledger.ping()
            except NoTables:
                return False
            return any(key.startswith(f"{repository.lower()}#") for key in ledger.rows())

    async def _under_way(self, repository: str) -> int | None:
        """The latest open issue with the label of a step, among the last hundred."""
        steps, place = {step.label for step in STEPS}, self._github.at(repository)
        issues = await place.get("issues{?state,per_page}", state="open", per_page="100")
        return next((one["number"] for one in issues if steps & {label["name"] for label in one["labels"]}), None)

    async def _exchange(self) -> Findings:
        name, branch = self._policy.exchange.repository, self._policy.exchange.branch
        installed = await self._installation(name)
        if installed is not None:
            async for finding in self._granted(name, installed):
                yield finding
            async for finding in self._repository(self._github, name, branch):
                yield finding
        elif token := self._settings.ore_token.get_secret_value():
            async with GitHub(url=self._settings.github_api_url, token=token) as machine:
                async for finding in self._fork(machine, name):
                    yield finding
                async for finding in self._repository(machine, name, branch):
                    yield finding
        else:
            advice = f"install it from {self._page}/installations, or set ORE_TOKEN to a machine user's token"
            yield Finding(False, f"App is not installed on the Exchange {name}", advice)

    async def _fork(self, machine: GitHub, upstream: str) -> Findings:
        try:
            login = await machine.me()
        except Refused as error:
            yield Finding(False, f"ORE_TOKEN is not known to GitHub ({error})", "make a new one as the machine user")
            return
        name = f"{login}/{upstream.partition('/')[2]}"
        try:
            fork = await machine.at(name).get()
        except Refused as error:
            if not error.gone:
                raise
            yield Finding(True, f"ORE_TOKEN is {login}'s, whose fork {name} is made with the first entry")
            return
        parent = (fork.get("parent") or {}).get("full_name", "")
        if parent.lower() != upstream.lower():
            yield Finding(False, f"{fork['full_name']} is not a fork of {upstream}", "rename it or delete it")
        elif not (fork.get("permissions") or {}).get("push"):
            yield Finding(False, f"ORE_TOKEN may not write in {fork['full_name']}", "give it Contents, read and write")
        else:
            yield Finding(True, f"ORE_TOKEN is {login}'s, who proposes entries from {fork['full_name']}")

    async def _installation(self, name: str) -> Mapping[str, Any] | None:
        owner, _, repo = name.partition("/")
        try:
            found: Mapping[str, Any] = await self._github.app.call(
                "GET", "/repos/{owner}/{repo}/installation", {"owner": owner, "repo": repo}
            )
        except Refused as error:
            if not error.gone:
                raise
            return None
        return found

    async def _granted(self, name: str, installed: Mapping[str, Any]) -> Findings:
        page = installed["html_url"]
        if installed.get("suspended_at"):
            yield Finding(False, f"App is suspended on {name}", f"an owner lets it in again on {page}")
            return
        missing = _missing(self._needed, installed["permissions"])
        for permission in missing:
            advice = f"an owner accepts it on {page}, once the App asks for it"
            yield Finding(False, f"permission {permission} is not granted on {name}", advice)
        if not missing:
            yield Finding(True, f"App is installed on {name} with every permission")

    async def _repository(self, github: GitHub, name: str, branch: str | None) -> Findings:
        place = github.at(name)
        repository = await place.get()
        branch = branch or repository["default_branch"]
        if repository.get("archived"):
            yield Finding(False, f"{name} is archived", "unarchive it in its settings")
        elif name == self._policy.repository and not repository.get("has_issues", True):
            yield Finding(False, f"{name} has no issues", "turn Issues on in its settings")
        try:
            await place.get("git/ref/heads/{+branch}", branch=branch)
        except Refused as error:
            if error.status not in (404, 409):
                raise
            yield Finding(False, f"{name} has no branch {branch}", "correct `branch` in the policy, or make the branch")
        else:
            yield Finding(True, f"{name} can be read, branch {branch}")

    async def _webhook(self) -> Findings:
        hook = await self._github.app.call("GET", "/app/hook/config", {})
        wrong = list(self._hook_faults(hook))
        for what, advice in wrong:
            yield Finding(False, f"webhook {what}", f"{advice} on {self._page}")
        if not wrong:
            yield Finding(True, f"webhook goes to {hook['url']}, as JSON and signed")
        if hook.get("url"):
            yield await self._deliveries()

    def _hook_faults(self, hook: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        if not hook.get("url"):
            yield "is sent nowhere", "set its URL to this bot's address with /webhook at the end,"
        if hook.get("content_type") != "json":
            yield "is not JSON", "choose the content type application/json"
        if not hook.get("secret"):
            yield "is not signed", "set its secret to the one in GITHUB_WEBHOOK_SECRET"
        if str(hook.get("insecure_ssl", "0")) != "0":
            yield "is sent without checking this bot's certificate", "enable SSL verification"

    async def _deliveries(self) -> Finding:
        last = await self._github.app.call("GET", "/app/hook/deliveries?per_page=30", {})
        failed = [one for one in last if not 200 <= one["status_code"] < 300]
        if not last:
            return Finding(True, "webhook has delivered nothing in three days")
        if last[0] in failed:
            code = last[0]["status_code"]
            advice = "see Recent Deliveries on its page, and that the bot runs and can be reached at that URL"
            if code == 401:
                advice = "its secret on GitHub and GITHUB_WEBHOOK_SECRET are not the same"
            return Finding(False, f"webhook's last delivery was answered {code}", advice)
        if failed:
            again = "asked for again when `run` or `web` starts"
            return Finding(True, f"webhook is delivered; {len(failed)} of the last {len(last)} failed before, {again}")
        return Finding(True, "webhook is delivered")

    async def _team(self, team: str) -> Findings:
        organization, _, slug = team.partition("/")
        place = self._github.at(self._policy.repository)
        try:
            found = await place.get("/orgs/{org}/teams/{slug}", org=organization, slug=slug)
        except Refused as error:
            if not error.gone:
                raise
            yield Finding(False, f"team {team} is not there", "correct `teams` in the policy, or make the team")
            return
        if found.get("members_count") == 0:
            yield Finding(False, f"team {team} has nobody in it", "add its members")
        else:
            yield Finding(True, f"team {team}")


def _missing(needed: Mapping[str, str], granted: Mapping[str, str]) -> list[str]:
    """What is needed and not granted, as `issues: write`."""

    def level(name: str) -> int:
        given = granted.get(name, "none")
        return LEVELS.index(given) if given in LEVELS else 0

    return [f"{name}: {wanted}" for name, wanted in needed.items() if level(name) < LEVELS.index(wanted)]
