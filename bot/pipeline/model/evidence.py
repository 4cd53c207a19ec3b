"""The work that a supplier delivers, and the evidence for it that GitHub shows (step 7).

    target_of("https://github.com/owner/name/pull/5", ("github.com",))     Target("owner/name", pull=5)

The GitHub room gathers the evidence; this module only holds the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bot.pipeline.text.addresses import repository_of, url

LONGEST_ADDRESS = 500
"""The most characters of an address."""


@dataclass(frozen=True)
class Target:
    """A pull request of a repository ("owner/name"), a `ref` of it, or its default branch where both are None.

    `ref` is a commit's hash or the name of a branch or tag. From a page of files it is `branch/folder/file`,
    because only the repository knows where the branch's name ends.
    """

    repository: str
    pull: int | None = None
    ref: str | None = None


def target_of(text: str, hosts: tuple[str, ...]) -> Target | None:
    """Returns the target of an https address on one of the hosts; None where it is no delivery, such as an issue."""
    address, repository = url(text), repository_of(text, hosts)
    if not address or not repository or not repository.isascii() or len(address) > LONGEST_ADDRESS:
        return None
    kind, *rest = [unquote(part) for part in urlsplit(address).path.split("/")[3:] if part] or [""]
    match kind, rest:
        case "", []:
            return Target(repository)
        case "pull", [number, *_] if re.fullmatch("[1-9][0-9]{0,8}", number):
            return Target(repository, pull=int(number))
        case "commit", [sha] if re.fullmatch("[0-9a-fA-F]{7,40}", sha):
            return Target(repository, ref=sha.lower())
        case "tree", [_, *_] if "".join(rest).isprintable():
            return Target(repository, ref="/".join(rest))
    return None


@dataclass(frozen=True)
class Evidence:
    """The state of a delivery on GitHub at the time of the delivery.

    `commit` is the hash of its last commit, `pull_state` open, merged or closed. Checks are check runs and commit
    statuses together: neutral and skipped ones count as passed, unreadable ones as pending. `failed` names at most
    ten. Reviews are the latest of each reviewer other than the author. Strangers chose the names.
    """

    commit: str
    pull_state: str | None = None
    checks_passed: int = 0
    checks_failed: int = 0
    checks_pending: int = 0
    failed: tuple[str, ...] = ()
    approvals: int = 0
    changes_requested: int = 0
