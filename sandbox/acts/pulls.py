"""Pull requests: opening, reviewing, bringing up to date, merging."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.acts.branches import set_ref
from sandbox.acts.issues import close, new_issue
from sandbox.acts.lines import tell_comment, write_comment, write_reply
from sandbox.acts.record import record
from sandbox.acts.telling import tell, tell_issue
from sandbox.errors import ApiError
from sandbox.gitstore import Person
from sandbox.lines import stand
from sandbox.model import Issue, Place, Pull, Repository, Review, ReviewComment, User
from sandbox.pullwork import base_tip, blocked, merged_tree, new_commits, pull_of
from sandbox.shapes import people, pulls
from sandbox.world import World

CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b", re.IGNORECASE)
WEB_FLOW = ("GitHub", "noreply@github.com")


def open_pull(
    world: World,
    repo: Repository,
    who: User,
    title: str,
    body: str | None,
    head: tuple[Repository, str],
    base_ref: str,
    *,
    draft: bool = False,
    maintainer_can_modify: bool = False,
) -> Issue:
    head_repo, head_ref = head
    head_sha, base_sha = head_repo.git.branch(head_ref), repo.git.branch(base_ref)
    if head_sha is None or base_sha is None:
        raise ValueError("both branches must exist")
    issue = new_issue(world, repo, who, title, body)
    issue.pull = Pull(
        world.new_id(),
        head_repo,
        head_repo.owner,
        head_ref,
        head_sha,
        base_ref,
        base_sha,
        draft,
        maintainer_can_modify,
    )
    tell_issue(world, issue, who, "opened")
    return issue


def merge(world: World, issue: Issue, who: User, method: str, title: str | None, message: str | None) -> str:
    """Merges in git; returns the hash of the base branch's new commit."""
    pull, git = pull_of(issue), issue.repo.git
    base, tree = base_tip(issue), merged_tree(issue)
    if tree is None:
        raise ApiError(405, "Pull Request is not mergeable")
    if why := blocked(issue):
        raise ApiError(405, why)
    now = world.clock.now()
    person = Person(who.name, who.email, now)
    committer = Person(*WEB_FLOW, now)
    if method == "merge":
        head = f"{pull.head_owner.login}/{pull.head_ref}"
        text = _text(title or f"Merge pull request #{issue.number} from {head}", message or issue.title)
        sha = git.write_commit(tree, [base, pull.head_sha], text, person, committer)
    elif method == "squash":
        said = message or "\n\n".join(f"* {commit.message.strip()}" for commit in new_commits(issue))
        author = Person(issue.user.name, issue.user.email, now)
        sha = git.write_commit(
            tree, [base], _text(title or f"{issue.title} (#{issue.number})", said), author, committer
        )
    else:
        sha = _rebased(issue, base, person)
    closes = [int(n) for n in CLOSES.findall("\n".join([issue.body or "", *(c.message for c in new_commits(issue))]))]
    pull.base_sha, pull.merge_commit_sha, pull.merged_at, pull.merged_by = base, sha, now, who
    # Closed first, or the push to the base would find it open and merge it a second time.
    record(world, issue, who, "merged", commit_id=sha)
    close(world, issue, who)
    set_ref(world, issue.repo, who, f"heads/{pull.base_ref}", sha)
    if pull.base_ref == issue.repo.default_branch:
        for number in closes:
            if (meant := issue.repo.issues.get(number)) and meant is not issue:
                close(world, meant, who)
    return sha


def _text(title: str, message: str) -> str:
    return f"{title}\n\n{message}" if message else title


def _rebased(issue: Issue, base: str, committer: Person) -> str:
    git, tip = issue.repo.git, base
    for commit in new_commits(issue):
        if len(commit.parent_ids) != 1:
            continue
        tree = git.replayed_tree(commit, tip)
        if tree is None:
            raise ApiError(405, "This branch can't be rebased")
        author = Person(commit.author.name, commit.author.email, committer.when)
        tip = git.write_commit(tree, [tip], commit.message, author, committer)
    return tip


def update_branch(world: World, issue: Issue, who: User) -> None:
    """Merges the base into the head, if the head is behind."""
    pull, git = pull_of(issue), issue.repo.git
    base = base_tip(issue)
    if pull.head_repo is None:
        raise ApiError(422, "The head repository is gone.")
    if git.contains(pull.head_sha, base):
        raise ApiError(422, "There are no new commits on the base branch.")
    tree = merged_tree(issue)
    if tree is None:
        raise ApiError(422, "merge conflict between base and head")
    text = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
    person = Person(who.name, who.email, world.clock.now())
    sha = git.write_commit(tree, [pull.head_sha, base], text, person)
    set_ref(world, pull.head_repo, who, f"heads/{pull.head_ref}", sha)


def change_base(world: World, issue: Issue, who: User, base_ref: str) -> None:
    pull = pull_of(issue)
    if base_ref == pull.base_ref:
        return
    changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
    pull.base_ref, pull.base_sha = base_ref, issue.repo.git.branch(base_ref) or pull.base_sha
    tell_issue(world, issue, who, "edited", changes=changes)


STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def add_review(
    world: World,
    issue: Issue,
    who: User,
    event: str | None,
    body: str,
    commit_id: str | None,
    comments: Sequence[tuple[str, Place | ReviewComment]] = (),
) -> Review:
    """Adds a review with its comments, on lines or as replies; without an event, it stays a draft.

    Raises Misplaced where one of the comments can stand nowhere; then nothing was done.
    """
    pull = pull_of(issue)
    made = Review(world.new_id(), who, body, "PENDING", commit_id or pull.head_sha, None)
    for _, place in comments:
        if isinstance(place, Place):
            stand(issue, made.commit_id, place)
    pull.reviews.append(made)
    for said, place in comments:
        if isinstance(place, Place):
            write_comment(world, issue, made, said, place)
        else:
            write_reply(world, place, made, said)
    if event is not None:
        submit_review(world, issue, made, event)
    return made


def submit_review(world: World, issue: Issue, review: Review, event: str) -> None:
    pull = pull_of(issue)
    review.state, review.submitted_at = STATES[event], world.clock.now()
    if review.user in pull.reviewers:
        pull.reviewers.remove(review.user)
    _tell_review(world, issue, review, review.user, "submitted")
    for comment in pull.comments:
        if comment.review is review:
            tell_comment(world, comment, review.user, "created")


def dismiss_review(world: World, issue: Issue, review: Review, who: User) -> None:
    """Dismisses a review, so that it no longer counts."""
    review.state = "DISMISSED"
    _tell_review(world, issue, review, who, "dismissed")


def _tell_review(world: World, issue: Issue, review: Review, sender: User, action: str) -> None:
    if world.installed(issue.repo):
        body = pulls.review(world, issue, review) | {"state": review.state.lower()}
        pull_request = pulls.simple(world, issue)
        tell(world, "pull_request_review", issue.repo, sender, action=action, review=body, pull_request=pull_request)


def request_review(world: World, issue: Issue, who: User, reviewer: User) -> None:
    pull = pull_of(issue)
    if reviewer not in pull.reviewers:
        pull.reviewers.append(reviewer)
        tell_issue(world, issue, who, "review_requested", requested_reviewer=people.user(world, reviewer))


def unrequest_review(world: World, issue: Issue, who: User, reviewer: User) -> None:
    pull = pull_of(issue)
    if reviewer in pull.reviewers:
        pull.reviewers.remove(reviewer)
        tell_issue(world, issue, who, "review_request_removed", requested_reviewer=people.user(world, reviewer))
