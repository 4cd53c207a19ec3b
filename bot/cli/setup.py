"""Labels and the issue form, put on a repository: what is missing is made, what differs is corrected.

    for thing in set_up(open_repository(settings, "canada-ca/micro-acquisition"), labels, form):
        print(thing.told())

Nothing is ever deleted, and a second run finds everything in place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from github.ContentFile import ContentFile
from github.GithubException import GithubException
from github.Label import Label as Known
from github.Repository import Repository

from bot.cli.hub import in_words
from bot.settings import Label

FORM = ".github/ISSUE_TEMPLATE/opportunity.yml"
COMMIT = "Issue form of opportunities / Formulaire des opportunités"

Found = Literal["missing", "different", "right"]
DONE: dict[Found, str] = {"missing": "created", "different": "corrected", "right": "right"}
TO_DO: dict[Found, str] = {"missing": "to create", "different": "to correct", "right": "right"}


@dataclass(frozen=True)
class Thing:
    """One label, or the form: how it was found, and what is corrected in it."""

    name: str
    found: Found
    changes: tuple[str, ...] = ()

    def told(self, *, dry_run: bool = False) -> str:
        """A line for people: what was done, or would be."""
        changes = f" ({', '.join(self.changes)})" if self.changes else ""
        return f"{(TO_DO if dry_run else DONE)[self.found]:<11}{self.name}{changes}"


def set_up(repository: Repository, labels: Iterable[Label], form: str, *, dry_run: bool = False) -> Iterator[Thing]:
    """Make or correct each label, then the form; each thing as it is done. Raises HubError."""
    with in_words(repository.full_name):
        there = {known.name.casefold(): known for known in repository.get_labels()}
    for label in labels:
        known = there.get(label.name.casefold())
        thing = _compared(label, known)
        if thing.found != "right" and not dry_run:
            with in_words(repository.full_name, writing=True):
                _put_label(repository, label, known)
        yield thing
    yield _form(repository, form, dry_run)


def summary(name: str, things: Iterable[Thing], *, dry_run: bool = False) -> str:
    """All of it in one line."""
    counts = Counter(thing.found for thing in things)
    if counts.keys() <= {"right"}:
        return f"Everything is in place in {name}."
    words = TO_DO if dry_run else DONE
    parts = ", ".join(f"{counts[found]} {words[found]}" for found in words if counts[found])
    return f"Nothing was changed in {name}: {parts}." if dry_run else f"{name} is set up: {parts}."


def _compared(label: Label, known: Known | None) -> Thing:
    if known is None:
        return Thing(f"label {label.name}", "missing")
    before = {"name": known.name, "colour": known.color.upper(), "description": known.description or "empty"}
    after = {"name": label.name, "colour": label.color.upper(), "description": label.description or "empty"}
    changes = tuple(f"{what} was {before[what]}" for what in after if before[what] != after[what])
    return Thing(f"label {label.name}", "different" if changes else "right", changes)


def _put_label(repository: Repository, label: Label, known: Known | None) -> None:
    if known is None:
        repository.create_label(label.name, label.color, label.description)
    else:
        known.edit(label.name, label.color, label.description)


def _form(repository: Repository, form: str, dry_run: bool) -> Thing:
    """The form, on the default branch: a commit of its own where it differs."""
    branch = repository.default_branch
    name = f"{FORM} on {branch}"
    with in_words(repository.full_name):
        known = _file(repository, branch)
    if known and known.decoded_content == form.encode():
        return Thing(name, "right")
    if not dry_run:
        with in_words(repository.full_name, writing=True):
            if known:
                repository.update_file(FORM, COMMIT, form, known.sha, branch)
            else:
                repository.create_file(FORM, COMMIT, form, branch)
    return Thing(name, "different" if known else "missing")


def _file(repository: Repository, branch: str) -> ContentFile | None:
    try:
        found = repository.get_contents(FORM, branch)
    except GithubException as error:
        if error.status == 404:
            return None
        raise
    return found if isinstance(found, ContentFile) else None
