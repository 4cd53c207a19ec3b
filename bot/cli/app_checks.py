"""The checks of `doctor` that ask GitHub as the App."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from bot.cli.check_result import CheckResult, CheckResults
from bot.github.transport.client import GitHub
from bot.github.transport.errors import Refused
from bot.github.transport.sign_in import web_address
from bot.ledger import Ledger, LedgerError, NoTables
from bot.pipeline.model.policy import Policy
from bot.pipeline.steps import STEPS
from bot.settings import Settings

PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "read",
    "metadata": "read",
}
MEMBERS = {"members": "read"}
"""Without it GitHub hides the private members of a team."""

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
"""How far this machine's clock may be from GitHub's, because the App dates its tokens by it."""


class AppChecks:
    """The checks of the App on GitHub, and of everything it works on."""

    def __init__(self, settings: Settings, policy: Policy, github: GitHub) -> None:
        self._settings, self._policy, self._github = settings, policy, github
        teams = policy.teams
        self._teams = [team for team in (teams.coordinators, teams.finance) if team]
        self._needed = PERMISSIONS | (MEMBERS if self._teams else {})
        self._page = ""
        self.recognized = False

    async def app(self) -> CheckResults:
        """Checks the App by its number and key, and the clock that dates its tokens."""
        refused = None
        try:
            app = await self._github.app.call("GET", "/app", {})
        except Refused as error:
            refused = error
        ahead = self._github.ahead
        if abs(ahead) > CLOCK_SECONDS:
            way = "ahead of" if ahead > 0 else "behind"
            yield CheckResult(
                False, f"clock is {abs(ahead):.0f} seconds {way} GitHub's", "set it, and keep it with NTP"
            )
        else:
            yield CheckResult(True, "clock agrees with GitHub's")
        if refused:
            advice = "GITHUB_APP_ID and GITHUB_PRIVATE_KEY_FILE must be of one App, and the key not deleted there"
            yield CheckResult(False, f"the App is not known to GitHub ({refused})", advice)
            return
        self.recognized = True
        owner, slug = app["owner"], app["slug"]
        yield CheckResult(True, f"App {slug} ({app['id']}) of {owner['login']}")
        organization = f"/organizations/{owner['login']}" if owner.get("type") == "Organization" else ""
        wanted, client = self._settings.github_client_id, app.get("client_id")
        if wanted and client and wanted != client:
            advice = f"copy {client} from the App's settings page"
            yield CheckResult(False, f"GITHUB_CLIENT_ID {wanted} is not this App's", advice)
        self._page = f"{web_address(self._settings.github_api_url)}{organization}/settings/apps/{slug}"
        missing = _missing(self._needed, app["permissions"])
        for name in missing:
            yield CheckResult(False, f"App permission {name} is missing", f"set it on {self._page}/permissions")
        absent = [event for event in EVENTS if event not in app["events"]]
        for event in absent:
            yield CheckResult(False, f"App event {event} is not subscribed to", f"tick it on {self._page}/permissions")
        if not missing and not absent:
            yield CheckResult(True, "App asks for every permission and event that the bot needs")

    def others(self) -> Mapping[str, CheckResults]:
        """Returns the checks that need an App that GitHub recognizes, by their subjects."""
        policy = self._policy
        checks = {policy.repository: self._home(), policy.exchange.repository: self._exchange()}
        return checks | {"webhook": self._webhook()} | {f"team {team}": self._team(team) for team in self._teams}

    async def _home(self) -> CheckResults:
        name = self._policy.repository
        installed = await self._installation(name)
        if installed is None:
            yield CheckResult(False, f"App is not installed on {name}", f"install it from {self._page}/installations")
            return
        async for result in self._granted(name, installed):
            yield result
        async for result in self._repository(self._github, name, self._policy.branch):
            yield result
        with contextlib.suppress(LedgerError):  # the check of the database reports it
            if not await asyncio.to_thread(self._knows_any, name) and (under_way := await self._under_way(name)):
                advice = f"correct DATABASE_URL, or run `python -m bot rebuild {name}` before the bot is started"
                what = f"the ledger is empty, but issue {under_way} of {name} is under way: nothing would be decided"
                yield CheckResult(False, what, advice)

    def _knows_any(self, repository: str) -> bool:
        with contextlib.closing(Ledger(self._settings.database_url)) as ledger:
            try:
                ledger.ping()
            except NoTables:
                return False
            return any(key.startswith(f"{repository.lower()}#") for key in ledger.rows())

    async def _under_way(self, repository: str) -> int | None:
        """Returns the latest open issue with the label of a step, among the last hundred."""
        steps, place = {step.label for step in STEPS}, self._github.at(repository)
        issues = await place.get("issues{?state,per_page}", state="open", per_page="100")
        return next((one["number"] for one in issues if steps & {label["name"] for label in one["labels"]}), None)

    async def _exchange(self) -> CheckResults:
        name, branch = self._policy.exchange.repository, self._policy.exchange.branch
        installed = await self._installation(name)
        if installed is not None:
            async for result in self._granted(name, installed):
                yield result
            async for result in self._repository(self._github, name, branch):
                yield result
        elif token := self._settings.ore_token.get_secret_value():
            async with GitHub(url=self._settings.github_api_url, token=token) as machine:
                async for result in self._fork(machine, name):
                    yield result
                async for result in self._repository(machine, name, branch):
                    yield result
        else:
            advice = f"install it from {self._page}/installations, or set ORE_TOKEN to a machine user's token"
            yield CheckResult(False, f"App is not installed on the Exchange {name}", advice)

    async def _fork(self, machine: GitHub, upstream: str) -> CheckResults:
        try:
            login = await machine.me()
        except Refused as error:
            yield CheckResult(
                False, f"ORE_TOKEN is not known to GitHub ({error})", "make a new one as the machine user"
            )
            return
        name = f"{login}/{upstream.partition('/')[2]}"
        try:
            fork = await machine.at(name).get()
        except Refused as error:
            if not error.gone:
                raise
            yield CheckResult(True, f"ORE_TOKEN is {login}'s, whose fork {name} is made with the first entry")
            return
        parent = (fork.get("parent") or {}).get("full_name", "")
        if parent.lower() != upstream.lower():
            yield CheckResult(False, f"{fork['full_name']} is not a fork of {upstream}", "rename it or delete it")
        elif not (fork.get("permissions") or {}).get("push"):
            yield CheckResult(
                False, f"ORE_TOKEN may not write in {fork['full_name']}", "give it Contents, read and write"
            )
        else:
            yield CheckResult(True, f"ORE_TOKEN is {login}'s, who proposes entries from {fork['full_name']}")

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

    async def _granted(self, name: str, installed: Mapping[str, Any]) -> CheckResults:
        page = installed["html_url"]
        if installed.get("suspended_at"):
            yield CheckResult(False, f"App is suspended on {name}", f"an owner lets it in again on {page}")
            return
        missing = _missing(self._needed, installed["permissions"])
        for permission in missing:
            advice = f"an owner accepts it on {page}, once the App asks for it"
            yield CheckResult(False, f"permission {permission} is not granted on {name}", advice)
        if not missing:
            yield CheckResult(True, f"App is installed on {name} with every permission")

    async def _repository(self, github: GitHub, name: str, branch: str | None) -> CheckResults:
        place = github.at(name)
        repository = await place.get()
        branch = branch or repository["default_branch"]
        if repository.get("archived"):
            yield CheckResult(False, f"{name} is archived", "unarchive it in its settings")
        elif name == self._policy.repository and not repository.get("has_issues", True):
            yield CheckResult(False, f"{name} has no issues", "turn Issues on in its settings")
        try:
            await place.get("git/ref/heads/{+branch}", branch=branch)
        except Refused as error:
            if error.status not in (404, 409):
                raise
            yield CheckResult(
                False, f"{name} has no branch {branch}", "correct `branch` in the policy, or make the branch"
            )
        else:
            yield CheckResult(True, f"{name} can be read, branch {branch}")

    async def _webhook(self) -> CheckResults:
        hook = await self._github.app.call("GET", "/app/hook/config", {})
        wrong = list(self._hook_faults(hook))
        for what, advice in wrong:
            yield CheckResult(False, f"webhook {what}", f"{advice} on {self._page}")
        if not wrong:
            yield CheckResult(True, f"webhook goes to {hook['url']}, as JSON and signed")
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

    async def _deliveries(self) -> CheckResult:
        last = await self._github.app.call("GET", "/app/hook/deliveries?per_page=30", {})
        failed = [one for one in last if not 200 <= one["status_code"] < 300]
        if not last:
            return CheckResult(True, "webhook has delivered nothing in three days")
        if last[0] in failed:
            code = last[0]["status_code"]
            advice = "see Recent Deliveries on its page, and that the bot runs and can be reached at that URL"
            if code == 401:
                advice = "its secret on GitHub and GITHUB_WEBHOOK_SECRET are not the same"
            return CheckResult(False, f"webhook's last delivery was answered {code}", advice)
        if failed:
            again = "asked for again when `run` or `web` starts"
            return CheckResult(
                True, f"webhook is delivered; {len(failed)} of the last {len(last)} failed before, {again}"
            )
        return CheckResult(True, "webhook is delivered")

    async def _team(self, team: str) -> CheckResults:
        organization, _, slug = team.partition("/")
        place = self._github.at(self._policy.repository)
        try:
            found = await place.get("/orgs/{org}/teams/{slug}", org=organization, slug=slug)
        except Refused as error:
            if not error.gone:
                raise
            yield CheckResult(False, f"team {team} is not there", "correct `teams` in the policy, or make the team")
            return
        if found.get("members_count") == 0:
            yield CheckResult(False, f"team {team} has nobody in it", "add its members")
        else:
            yield CheckResult(True, f"team {team}")


def _missing(needed: Mapping[str, str], granted: Mapping[str, str]) -> list[str]:
    """Returns the permissions that are needed and not granted, as `issues: write`."""

    def level(name: str) -> int:
        grant = granted.get(name, "none")
        return LEVELS.index(grant) if grant in LEVELS else 0

    return [f"{name}: {wanted}" for name, wanted in needed.items() if level(name) < LEVELS.index(wanted)]
