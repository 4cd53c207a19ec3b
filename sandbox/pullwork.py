"""Reads a pull request from git: its commits, its files, and whether it can be merged into its base."""

from __future__ import annotations

from collections import Counter

import pygit2

from sandbox.gitstore import FileChange
from sandbox.model import Issue, Pull, Repository


def pull_of(issue: Issue) -> Pull:
    if issue.pull is None:
        raise ValueError(f"{issue.number} is not a pull request")
    return issue.pull


def base_tip(issue: Issue) -> str:
    """Returns the tip of the base branch; for a merged pull request, the tip before the merge."""
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
    """Returns the tree that merging would give, or None on conflict; computed once for each pair of ends."""
    pull, base = pull_of(issue), base_tip(issue)
    if pull.merge_test is None or pull.merge_test[:2] != (base, pull.head_sha):
        pull.merge_test = (base, pull.head_sha, issue.repo.git.merged_tree(base, pull.head_sha))
    return pull.merge_test[2]


def mergeable(issue: Issue) -> bool:
    return merged_tree(issue) is not None


# what a protected branch still waits for

PASSING = ("success", "neutral", "skipped")


def lacking(repo: Repository, branch: str, sha: str) -> str:
    """Returns which required checks of a branch that commit lacks, in GitHub's words; or ""."""
    protection = repo.protections.get(branch)
    contexts = protection.contexts if protection else ()
    states = {name: state for name in contexts if (state := _lacks(repo, sha, name))}
    if len(states) == 1:
        name, state = next(iter(states.items()))
        return f'Required status check "{name}" is {state}.'
    counts = Counter(states.values())
    total = f"{len(states)} of {len(contexts)} required status checks"
    if len(counts) == 1:
        return f"{total} are {next(iter(counts))}."
    each = [f"{count} {state}" for state, count in counts.items()]
    return f"{total} have not succeeded: {', '.join(each[:-1])} and {each[-1]}." if each else ""


def _lacks(repo: Repository, sha: str, name: str) -> str:
    """Returns the state of the latest check of that name, or "" if it passed."""
    runs = [one for one in repo.check_runs.values() if (one.head_sha, one.name) == (sha, name)]
    if runs:
        run = runs[-1]
        if run.conclusion is None:
            return run.status.replace("_", " ")
        return "" if run.conclusion in PASSING else "failing"
    states = [one.state for one in repo.statuses if (one.sha, one.context) == (sha, name)]
    if states:
        return {"success": "", "pending": "pending"}.get(states[-1], "failing")
    return "expected"


def blocked(issue: Issue) -> str:
    """Returns why the base branch does not accept a pull request yet; or ""."""
    pull = pull_of(issue)
    return lacking(issue.repo, pull.base_ref, pull.head_sha)
