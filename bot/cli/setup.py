"""`setup`: create missing labels and the issue form on a repository, and correct those that differ.

    for part in set_up(open_repository(settings, "canada-ca/micro-acquisition"), labels, form):
        print(part.line())

It deletes nothing, and a second run finds everything in place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import click
from github.ContentFile import ContentFile
from github.GithubException import GithubException
from github.Label import Label as GitHubLabel
from github.Repository import Repository

from bot.cli.hub import HubError, in_words, open_repository
from bot.cli.options import repository_name
from bot.documents.issue_form import issue_form
from bot.pipeline.model.policy import Policy
from bot.settings import Label, Settings, load_labels, load_messages, load_policy

FORM = ".github/ISSUE_TEMPLATE/opportunity.yml"
COMMIT = "Issue form of opportunities / Formulaire des opportunités"

Found = Literal["missing", "different", "right"]
DONE: dict[Found, str] = {"missing": "created", "different": "corrected", "right": "right"}
TO_DO: dict[Found, str] = {"missing": "to create", "different": "to correct", "right": "right"}


@dataclass(frozen=True)
class Part:
    """One label, or the form: the state in which it was found, and the corrections that it needs."""

    name: str
    found: Found
    changes: tuple[str, ...] = ()

    def line(self, *, dry_run: bool = False) -> str:
        """Returns a line for people: what was done, or, in a dry run, what would be done."""
        changes = f" ({', '.join(self.changes)})" if self.changes else ""
        return f"{(TO_DO if dry_run else DONE)[self.found]:<11}{self.name}{changes}"


@click.command()
@click.argument("repository", metavar="OWNER/REPO", callback=repository_name)
@click.option("--dry-run", is_flag=True, help="Say what the command would do, and do nothing.")
@click.pass_obj
def setup(settings: Settings, repository: str, dry_run: bool) -> None:
    """Create or correct the labels and the issue form.

    It deletes nothing. It acts as the person whose token is in GITHUB_TOKEN. That person needs write access, and a
    fine-grained token needs Contents and Issues, read and write. Without a token, it acts as the App, which needs the
    same permissions.
    """
    parts = []
    try:
        for part in set_up_home(settings, load_policy(settings.bot_config), repository, dry_run=dry_run):
            click.echo(part.line(dry_run=dry_run))
            parts.append(part)
    except HubError as error:
        raise click.ClickException(str(error)) from error
    click.echo(summary(repository, parts, dry_run=dry_run))


def set_up_home(settings: Settings, policy: Policy, name: str, *, dry_run: bool = False) -> Iterator[Part]:
    """Puts the policy's labels and issue form on a repository. Raises ConfigurationError or HubError."""
    labels, form = load_labels(policy.labels), issue_form(load_messages(policy.messages), policy)
    yield from set_up(open_repository(settings, name), labels, form, dry_run=dry_run)


def set_up(repository: Repository, labels: Iterable[Label], form: str, *, dry_run: bool = False) -> Iterator[Part]:
    """Creates or corrects each label, then the form, and yields each when it is done. Raises HubError."""
    with in_words(repository.full_name):
        present = {label.name.casefold(): label for label in repository.get_labels()}
    for label in labels:
        on_github = present.get(label.name.casefold())
        part = _compare(label, on_github)
        if part.found != "right" and not dry_run:
            with in_words(repository.full_name, writing=True):
                _put_label(repository, label, on_github)
        yield part
    yield _form(repository, form, dry_run)


def summary(name: str, parts: Iterable[Part], *, dry_run: bool = False) -> str:
    """Returns one line that counts the parts by what was done."""
    counts = Counter(part.found for part in parts)
    if counts.keys() <= {"right"}:
        return f"Everything is in place in {name}."
    words = TO_DO if dry_run else DONE
    done = ", ".join(f"{counts[found]} {words[found]}" for found in words if counts[found])
    return f"Nothing was changed in {name}: {done}." if dry_run else f"{name} is set up: {done}."


def _compare(label: Label, on_github: GitHubLabel | None) -> Part:
    if on_github is None:
        return Part(f"label {label.name}", "missing")
    before = {
        "name": on_github.name,
        "colour": on_github.color.upper(),
        "description": on_github.description or "empty",
    }
    after = {"name": label.name, "colour": label.color.upper(), "description": label.description or "empty"}
    changes = tuple(f"{what} was {before[what]}" for what in after if before[what] != after[what])
    return Part(f"label {label.name}", "different" if changes else "right", changes)


def _properties(label: Label | GitHubLabel) -> dict[str, str]:
    return {"name": label.name, "colour": label.color.upper(), "description": label.description or "empty"}


def _put_label(repository: Repository, label: Label, on_github: GitHubLabel | None) -> None:
    if on_github is None:
        repository.create_label(label.name, label.color, label.description)
    else:
        on_github.edit(label.name, label.color, label.description)


def _form(repository: Repository, form: str, dry_run: bool) -> Part:
    """Compares the form on the default branch, and corrects it with one commit."""
    branch = repository.default_branch
    name = f"{FORM} on {branch}"
    with in_words(repository.full_name):
        present = _read_file(repository, branch)
    if present and present.decoded_content == form.encode():
        return Part(name, "right")
    if not dry_run:
        with in_words(repository.full_name, writing=True):
            if present:
                repository.update_file(FORM, COMMIT, form, present.sha, branch)
            else:
                repository.create_file(FORM, COMMIT, form, branch)
    return Part(name, "different" if present else "missing")


def _read_file(repository: Repository, branch: str) -> ContentFile | None:
    try:
        found = repository.get_contents(FORM, branch)
    except GithubException as error:
        if error.status == 404:
            return None
        raise
    return found if isinstance(found, ContentFile) else None
