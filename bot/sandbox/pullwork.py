"""What git says about a pull request: its commits, its files, and whether it still fits its base."""

from __future__ import annotations

import pygit2

from bot.sandbox.gitstore import FileChange
from bot.sandbox.model import Issue, Pull


def pull_of(issue: Issue) -> Pull:
    if issue.pull is None:
        raise ValueError(f"{issue.number} is not a pull request")
    return issue.pull


def base_tip(issue: Issue) -> str:
    """Where the base branch stands; for a merged pull request, where it stood then."""
    pull = pull_of(issue)
    if issue.state == "open":
        return issue.repo.git.branch(pull.base_ref) or pull.base_sha
    return pull.base_sha


def new_commits(issue: Issue) -> list[pygit2.Commit]:
    pull = pull_of(issue)
    return issue.repo.git.log(pull.head_sha, without=base_tip(issue), oldest_first=True)


def changes(issue: Issue) -> list[FileChange]:
    git, pull = issue.repo.git, pull_of(issue)
    return git.changes(git.merge_base(base_tip(issue), pull.head_sha), pull.head_sha)


def merged_tree(issue: Issue) -> str | None:
    """The tree that merging would give, or None on conflict; worked out once for each pair of ends."""
    pull, base = pull_of(issue), base_tip(issue)
    if pull.merge_test is None or pull.merge_test[:2] != (base, pull.head_sha):
        pull.merge_test = (base, pull.head_sha, issue.repo.git.merged_tree(base, pull.head_sha))
    return pull.merge_test[2]


def mergeable(issue: Issue) -> bool:
    return merged_tree(issue) is not None
