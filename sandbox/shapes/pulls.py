"""Pull requests and their reviews as GitHub writes them."""

from __future__ import annotations

from sandbox.clock import iso, iso_or_none
from sandbox.errors import Json
from sandbox.model import Issue, Pull, Repository, Review, ReviewComment, User
from sandbox.pullwork import blocked, changes, mergeable, new_commits
from sandbox.shapes import issues, people, repositories
from sandbox.world import World


def _of(issue: Issue) -> Pull:
    if issue.pull is None:
        raise ValueError(f"{issue.number} is not a pull request")
    return issue.pull


def _side(world: World, repo: Repository | None, owner: User, ref: str, sha: str) -> Json:
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": people.user(world, owner),
        "repo": None if repo is None else repositories.repository(world, repo),
    }


def simple(world: World, issue: Issue) -> Json:
    pull, repo = _of(issue), issue.repo
    api = f"{repositories.api_url(world, repo)}/pulls/{issue.number}"
    issue_api = f"{repositories.api_url(world, repo)}/issues/{issue.number}"
    statuses = f"{repositories.api_url(world, repo)}/statuses/{pull.head_sha}"
    page = issues.issue_page(world, issue)
    return {
        "url": api,
        "id": pull.id,
        "node_id": people.node("PullRequest", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue_api,
        "number": issue.number,
        "state": issue.state,
        "locked": issue.locked,
        "title": issue.title,
        "user": people.user(world, issue.user),
        "body": issue.body,
        "created_at": iso(issue.created_at),
        "updated_at": iso(issue.updated_at),
        "closed_at": iso_or_none(issue.closed_at),
        "merged_at": iso_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": people.user_or_none(world, issue.assignees[0] if issue.assignees else None),
        "assignees": [people.user(world, who) for who in issue.assignees],
        "requested_reviewers": [people.user(world, who) for who in pull.reviewers],
        "requested_teams": [people.team(world, group) for group in pull.review_teams],
        # GitHub's schema wants a text for a label's description here, and only here.
        "labels": [issues.label(world, repo, one) | {"description": one.description or ""} for one in issue.labels],
        "milestone": None,
        "draft": pull.draft,
        "commits_url": f"{api}/commits",
        "review_comments_url": f"{api}/comments",
        "review_comment_url": f"{repositories.api_url(world, repo)}/pulls/comments{{/number}}",
        "comments_url": f"{issue_api}/comments",
        "statuses_url": statuses,
        "head": _side(world, pull.head_repo, pull.head_owner, pull.head_ref, pull.head_sha),
        "base": _side(world, repo, repo.owner, pull.base_ref, pull.base_sha),
        "_links": {
            "self": {"href": api},
            "html": {"href": page},
            "issue": {"href": issue_api},
            "comments": {"href": f"{issue_api}/comments"},
            "review_comments": {"href": f"{api}/comments"},
            "review_comment": {"href": f"{repositories.api_url(world, repo)}/pulls/comments{{/number}}"},
            "commits": {"href": f"{api}/commits"},
            "statuses": {"href": statuses},
        },
        "author_association": world.association(repo, issue.user),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull_request(world: World, issue: Issue) -> Json:
    pull = _of(issue)
    touched = changes(issue)
    fits = mergeable(issue) if issue.state == "open" else None
    open_state = "draft" if pull.draft else "blocked" if blocked(issue) else "clean"
    state = "unknown" if fits is None else open_state if fits else "dirty"
    return simple(world, issue) | {
        "merged": pull.merged_at is not None,
        "mergeable": fits,
        "rebaseable": fits,
        "mergeable_state": state,
        "merged_by": people.user_or_none(world, pull.merged_by),
        "comments": len(issue.comments),
        "review_comments": sum(one.seen_by_all for one in pull.comments),
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(new_commits(issue)),
        "additions": sum(change.additions for change in touched),
        "deletions": sum(change.deletions for change in touched),
        "changed_files": len(touched),
    }


def review(world: World, issue: Issue, one: Review) -> Json:
    page = f"{issues.issue_page(world, issue)}#pullrequestreview-{one.id}"
    api = f"{repositories.api_url(world, issue.repo)}/pulls/{issue.number}"
    body: Json = {
        "id": one.id,
        "node_id": people.node("PullRequestReview", one.id),
        "user": people.user(world, one.user),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": api,
        "author_association": world.association(issue.repo, one.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": api}},
        "commit_id": one.commit_id,
    }
    if one.submitted_at is not None:
        body["submitted_at"] = iso(one.submitted_at)
    return body


def review_comment(world: World, one: ReviewComment) -> Json:
    pull = f"{repositories.api_url(world, one.issue.repo)}/pulls"
    api, page = f"{pull}/comments/{one.id}", f"{issues.issue_page(world, one.issue)}#discussion_r{one.id}"
    of, was, now = f"{pull}/{one.issue.number}", one.original, one.place
    body: Json = {
        "url": api,
        "pull_request_review_id": one.review.id,
        "id": one.id,
        "node_id": people.node("PullRequestReviewComment", one.id),
        "diff_hunk": one.diff_hunk,
        "path": was.path,
        "commit_id": one.commit_id,
        "original_commit_id": one.original_commit_id,
        "user": people.user(world, one.user),
        "body": one.body,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "html_url": page,
        "pull_request_url": of,
        "author_association": world.association(one.issue.repo, one.user),
        "_links": {"self": {"href": api}, "html": {"href": page}, "pull_request": {"href": of}},
        "reactions": issues.rollup(api, one.reactions),
        "start_line": now and now.first,
        "original_start_line": was.first,
        "start_side": was.side if was.first else None,
        "line": now and now.line,
        "original_line": was.line,
        "side": was.side,
        "position": one.position,
        "original_position": one.original_position,
        "subject_type": "line",
    }
    return body | ({"in_reply_to_id": one.in_reply_to.id} if one.in_reply_to else {})
