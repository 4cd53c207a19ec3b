"""The API, one file for each part of GitHub's own reference; importing it fills the table of routes."""

from sandbox.api import (
    app,
    branches,
    checks,
    comments,
    contents,
    gitdata,
    issues,
    labels,
    meta,
    people,
    pulls,
    reactions,
    repositories,
    review_comments,
    reviews,
)

__all__ = [
    "app",
    "branches",
    "checks",
    "comments",
    "contents",
    "gitdata",
    "issues",
    "labels",
    "meta",
    "people",
    "pulls",
    "reactions",
    "repositories",
    "review_comments",
    "reviews",
]
