"""The contents of the sandbox: people, repositories, issues and pull requests, as plain objects.

No rule lives here; `acts` changes these objects, `shapes` turns them into GitHub's JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.gitstore import GitRepository

ROLES = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(eq=False)
class User:
    id: int
    login: str
    name: str
    type: str  # User, Organization or Bot
    created_at: datetime
    email: str = ""


@dataclass(eq=False)
class Team:
    id: int
    organization: Organization
    slug: str
    name: str
    description: str
    created_at: datetime
    members: list[User] = field(default_factory=list)
    roles: dict[Repository, str] = field(default_factory=dict)


@dataclass(eq=False)
class Organization:
    account: User
    owners: list[User] = field(default_factory=list)
    members: list[User] = field(default_factory=list)
    teams: dict[str, Team] = field(default_factory=dict)

    def has(self, user: User) -> bool:
        return user in self.owners or user in self.members


@dataclass(eq=False)
class App:
    id: int
    slug: str
    name: str
    owner: User
    bot: User
    installation_id: int
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    private_key_pem: str
    public_key_pem: str
    client_id: str
    client_secret: str
    callback_urls: list[str] = field(default_factory=list)
    suspended_at: datetime | None = None
    suspended_by: User | None = None
    repositories: list[Repository] = field(default_factory=list)


@dataclass(frozen=True)
class Code:
    """A person's consent to sign in with the App, until the App asks for their token. `expires` is real time."""

    user: User
    redirect_uri: str
    challenge: str
    expires: float


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str
    description: str | None


@dataclass(eq=False)
class Reaction:
    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(eq=False)
class Comment:
    id: int
    issue: Issue
    user: User
    body: str
    created_at: datetime
    updated_at: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class IssueEvent:
    id: int
    event: str
    actor: User
    created_at: datetime
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Review:
    id: int
    user: User
    body: str
    state: str
    commit_id: str
    submitted_at: datetime | None


@dataclass(frozen=True)
class Place:
    """Lines of a file in a diff, from `first` to `line`; LEFT is the file as it was before, RIGHT as it is after."""

    path: str
    line: int
    first: int | None = None  # None for a single line
    side: str = "RIGHT"


@dataclass(eq=False, kw_only=True)
class ReviewComment(Comment):
    """A comment on lines of a pull request; its place follows them from push to push, until they change."""

    review: Review
    original: Place
    original_commit_id: str
    original_position: int
    diff_hunk: str
    place: Place | None  # None once outdated
    commit_id: str
    position: int | None
    in_reply_to: ReviewComment | None = None

    @property
    def seen_by_all(self) -> bool:
        return self.review.submitted_at is not None


@dataclass(eq=False)
class Pull:
    """The part of a pull request that an issue does not have."""

    id: int
    head_repo: Repository | None
    head_owner: User
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None
    reviews: list[Review] = field(default_factory=list)
    comments: list[ReviewComment] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)
    review_teams: list[Team] = field(default_factory=list)
    merge_test: tuple[str, str, str | None] | None = None  # base, head, tree of the merge


@dataclass(eq=False)
class Issue:
    id: int
    repo: Repository
    number: int
    user: User
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    pull: Pull | None = None


@dataclass(eq=False)
class CheckRun:
    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    app: App | None
    details_url: str | None = None
    external_id: str | None = None
    output: dict[str, Any] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class Status:
    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime


@dataclass(frozen=True)
class Protection:
    """The conditions a commit must meet before a branch may move to it."""

    contexts: tuple[str, ...]  # names of checks that must have succeeded


@dataclass(eq=False)
class Repository:
    id: int
    owner: User
    name: str
    git: GitRepository
    default_branch: str
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    description: str | None = None
    homepage: str | None = None
    private: bool = False
    archived: bool = False
    has_issues: bool = True
    parent: Repository | None = None
    topics: list[str] = field(default_factory=list)
    roles: dict[User, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    gone: dict[int, Issue | None] = field(default_factory=dict)  # deleted: None; transferred: what it is now
    comments: dict[int, Comment] = field(default_factory=dict)
    forks: list[Repository] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    protections: dict[str, Protection] = field(default_factory=dict)  # by branch

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def open_issues(self) -> int:
        return sum(issue.state == "open" for issue in self.issues.values())

    def pulls(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if issue.pull is not None]
