"""The cast: six people who play one opportunity through its nine steps, as people would on GitHub.

They use PyGithub, a second and independent client, and know nothing of the bot but what it shows them:

    Cast(url, tell=print).play(Story(title, body_at_first, body, closing, criteria))
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

import requests
from github import Auth, Github
from github.GithubException import GithubException
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from sandbox.clock import EASTERN

HOME, EXCHANGE = "canada-ca/micro-acquisition", "canada-ca/ore-ero"
Found = TypeVar("Found")


class GaveUp(Exception):
    """The bot did not do what the story needs; the text says what was waited for."""


@dataclass(frozen=True)
class Story:
    """The client's statement. `closing` is the closing date, Eastern; `criteria` counts the acceptance criteria."""

    title: str
    first_words: str
    body: str
    closing: date
    criteria: int
    project: str


@dataclass(frozen=True)
class Ending:
    """The state of the opportunity at the end of the story."""

    issue: int
    labels: frozenset[str]
    closed: bool
    entry_added: str
    """The text that the Exchange's file has now and had not before."""
    unchanged: bool
    """Nothing that was in the Exchange's file before is gone or different."""


class Cast:
    """Plays on the sandbox at `url`; `tell(step, what)` hears of each thing that happens."""

    patience = 60.0
    """Seconds that it waits for the bot before it gives up."""

    def __init__(self, url: str, tell: Callable[[str, str], None], exchange_file: str = "federal/esdc-edsc") -> None:
        self._url, self._tell = url, tell
        self._file = f"_data/code/{exchange_file}.yml"
        self._step = "1/contact"

    def play(self, story: Story) -> Ending:
        """Plays the whole story. Raises GaveUp."""
        before = self._entries()
        self.contact(story)
        self.eligibility()
        self.description(story)
        self.posting()
        self.evaluation(story)
        winner = self.selection(story)
        self.assessment(story, winner)
        self.payment()
        self.exchange()
        after = self._entries()
        issue = self._issue()
        return Ending(
            issue=self.number,
            labels=frozenset(label.name for label in issue.labels),
            closed=issue.state == "closed",
            entry_added=after.removeprefix(before),
            unchanged=after.startswith(before) and after != before,
        )

    # --- the nine steps ----------------------------------------------------------------------------------

    def contact(self, story: Story) -> None:
        issue = self._as("client", HOME).create_issue(story.title, body=story.first_words)
        self.number = issue.number
        self._did("client", f"opened issue {self.number}: {story.title}")
        self._until_label("1/contact")
        self._tick("checklist 1")
        self._label("coordinator", "client-verified")

    def eligibility(self) -> None:
        self._enter("2/eligibility")
        self._tick("checklist 2")
        self._label("coordinator", "eligible")

    def description(self, story: Story) -> None:
        self._enter("3/description")
        self._as("client", HOME).get_issue(self.number).edit(body=story.body)
        self._did("client", "wrote the statement in English and French")
        self._say("client", "/check")
        self._label("coordinator", "description-approved")

    def posting(self) -> None:
        self._enter("4/posting")
        self._say("client", "/publish")
        pull = self._until(lambda: self._pull(HOME, f"opportunity/{self.number}-"), "the posting pull request")
        self._did("bot", f"opened pull request {pull.number}: {pull.title}")
        self._label("finance", "funds-reserved")
        self._as("coordinator", HOME).get_pull(pull.number).merge()
        self._did("coordinator", f"merged pull request {pull.number}")

    def _amended(self, kind: str) -> None:
        """Merges, as the coordinator, the bot's amendment of the posted page."""
        branch = f"opportunity/{self.number}--{kind}"
        pull = self._until(lambda: self._pull(HOME, branch), "the pull request that amends the page")
        self._did("bot", f"opened pull request {pull.number}: {pull.title}")
        self._as("coordinator", HOME).get_pull(pull.number).merge()
        self._did("coordinator", f"merged pull request {pull.number}")

    def opened(self) -> None:
        self._enter("5/evaluation")
        self._until_label("open")

    def evaluation(self, story: Story) -> None:
        self.opened()
        for supplier, line in (
            ("supplier-1", "/interested"),
            ("supplier-2", "/intéressé"),
            ("supplier-3", "/interested"),
        ):
            self._say(supplier, line)
            self._say(supplier, f"{line} confirm")
        self._say("supplier-2", "/question Le code peut-il être livré en plusieurs demandes de tirage?")
        self._say("client", "/answer Q1 en: Yes, one for each deliverable. fr: Oui, une par livrable.")
        self._amended("questions")
        self.pass_to(datetime.combine(story.closing + timedelta(days=1), datetime.min.time(), EASTERN))
        self._until_label("closed-to-applications")
        self._say("client", "/evaluate @supplier-1 pass because they showed three years of such scripts, with links")
        self._say("client", "/évaluer @supplier-2 réussi car deux projets semblables sont décrits en détail")
        self._say("client", "/evaluate @supplier-3 fail because the statement names no time or project")

    def selection(self, story: Story) -> str:
        self._enter("6/selection")
        self._say("coordinator", "/draw")
        self._until(self._announced, "the announcement of the draw")  # which must be public before its round is
        self.pass_to(self.now() + timedelta(minutes=11))
        winner = self._until(self._drawn, "the draw")
        self._did("bot", f"drew {winner}")
        self._say(winner, "/confirm")
        self._label("coordinator", "terms-signed")
        self._new_repository(winner, story.project)
        self._say(winner, f"/repo https://github.com/{winner}/{story.project}")
        return winner

    def assessment(self, story: Story, winner: str) -> None:
        self._enter("7/assessment")
        self._amended("winner")
        repository = self._as(winner, f"{winner}/{story.project}")
        repository.create_file("main.py", "The work", 'print("Delivered in the open")\n')
        self._say(winner, f"/deliver https://github.com/{winner}/{story.project}")
        for number in range(1, story.criteria + 1):
            self._say("client", f"/criterion {number} pass")
        self._say("client", "/accept")

    def payment(self) -> None:
        self._enter("8/payment")
        self._amended("work")
        pull = self._until(lambda: self._pull(EXCHANGE, f"ore/{self.number}-"), "the Exchange pull request")
        self._did("bot", f"opened Exchange pull request {pull.number}: {pull.title}")
        for label in ("invoice-received", "invoice-approved", "paid"):
            self._label("finance", label)

    def exchange(self) -> None:
        self._enter("9/exchange")
        pull = self._until(lambda: self._pull(EXCHANGE, f"ore/{self.number}-"), "the Exchange pull request")
        self._as("ore-maintainer", EXCHANGE).get_pull(pull.number).merge()
        self._did("ore-maintainer", f"merged Exchange pull request {pull.number}")
        self._until_label("done")
        self._until(lambda: self._issue().state == "closed", "the issue to close")
        self._step = "done"
        self._did("bot", "closed the issue with a summary")

    # --- what people do ----------------------------------------------------------------------------------

    def _as(self, login: str, repository: str) -> Repository:
        return self._person(login).get_repo(repository)

    def _person(self, login: str) -> Github:
        if login not in self._people:
            self._people[login] = Github(
                auth=Auth.Token(f"sandbox-{login}"),
                base_url=self._url,
                lazy=True,
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
            )
        return self._people[login]

    @cached_property
    def _people(self) -> dict[str, Github]:
        return {}

    def _say(self, login: str, text: str) -> None:
        """Comments, and waits for the bot's answer."""
        self.answer_to(self.comment(login, text))

    def comment(self, login: str, text: str) -> int:
        """Comments; returns the comment's number."""
        comment = self._as(login, HOME).get_issue(self.number).create_comment(text)
        self._did(login, text)
        return comment.id

    def answer_to(self, comment: int) -> str:
        """Waits for the bot's answer to a comment and returns it."""
        found = self._until(lambda: self._comment(f"reply {comment}"), f"the answer to comment {comment}")
        return self._as("client", HOME).get_issue(self.number).get_comment(found).body

    def _label(self, login: str, label: str) -> None:
        self._as(login, HOME).get_issue(self.number).add_to_labels(label)
        self._did(login, f"set {label}")

    def _tick(self, mark: str) -> None:
        """Ticks, as the coordinator, every box of a checklist."""
        found = self._until(lambda: self._comment(mark), mark)
        issue = self._as("coordinator", HOME).get_issue(self.number)
        comment = issue.get_comment(found)
        comment.edit(comment.body.replace("- [ ]", "- [x]"))
        self._did("coordinator", f"ticked {mark}")

    def _new_repository(self, login: str, name: str) -> None:
        user = self._person(login).get_user()
        user.create_repo(name, auto_init=True, license_template="mit")
        self._did(login, f"opened the repository {login}/{name} under the MIT licence")

    # --- what people see ---------------------------------------------------------------------------------

    def _issue(self) -> Issue:
        return self._as("client", HOME).get_issue(self.number)

    def _comment(self, mark: str) -> int | None:
        """Returns the number of the bot's comment with that mark."""
        ending = f"<!-- micro-acquisition: {mark} -->"
        return next((c.id for c in self._comments() if c.body.rstrip().endswith(ending)), None)

    def _comments(self) -> list[IssueComment]:
        """Returns the bot's comments."""
        return [comment for comment in self._issue().get_comments() if comment.user.type == "Bot"]

    def _announced(self) -> bool:
        return any(re.search(r"<!-- micro-acquisition: draw \d+ -->\s*$", c.body) for c in self._comments())

    def _drawn(self) -> str | None:
        """Returns whose turn it is in the draw: the last word of the mark `drawn ROUND LOGIN`."""
        found = (re.search(r"<!-- micro-acquisition: drawn \d+ (\S+) -->\s*$", c.body) for c in self._comments())
        return next((match[1] for match in found if match), None)

    def _pull(self, repository: str, branch: str) -> PullRequest | None:
        pulls = self._as("coordinator", repository).get_pulls(state="open")
        return next((pull for pull in pulls if pull.head.ref.startswith(branch)), None)

    def _entries(self) -> str:
        """Returns the Exchange's file on its default branch; empty if there is none yet."""
        try:
            file = self._as("client", EXCHANGE).get_contents(self._file)
        except GithubException as error:
            if error.status == 404:
                return ""
            raise
        return file.decoded_content.decode() if not isinstance(file, list) else ""

    def _enter(self, label: str) -> None:
        self._until_label(label)
        self._step = label
        self._did("bot", f"moved it to {label}")

    def _until_label(self, label: str) -> None:
        self._until(lambda: label in {known.name for known in self._issue().labels}, f"the label {label}")

    def _until(self, look: Callable[[], Found | None], what: str) -> Found:
        """Looks again and again until there is something to see."""
        end = time.monotonic() + self.patience
        while not (seen := look()):
            if time.monotonic() > end:
                raise GaveUp(f"waited {self.patience:.0f} s for {what}")
            time.sleep(0.05)
        return seen

    def _did(self, who: str, what: str) -> None:
        self._tell(self._step, f"{who}: {what}")

    # --- time --------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        answer = requests.get(f"{self._url}/_sandbox/clock", timeout=10).json()
        return datetime.fromisoformat(answer["now"])

    def pass_to(self, moment: datetime) -> None:
        """Lets time pass in the sandbox."""
        requests.post(f"{self._url}/_sandbox/clock", json={"advance_to": moment.isoformat()}, timeout=10)
        self._did("time", f"passes, to {moment.astimezone(EASTERN):%Y-%m-%d %H:%M} Eastern")
