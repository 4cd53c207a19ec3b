"""One API request as a handler sees it, and what it answers.

    @route("GET", "/repos/{owner}/{repo}/labels", app="issues:read")
    def list_labels(call: Call) -> Answer:
        return call.page([...], shape)

Handlers are plain functions, not coroutines: whatever one does is done before the next begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.access import Actor
from sandbox.errors import ApiError, Json, Moved, forbidden, invalid, not_for_apps, not_found
from sandbox.model import Comment, Issue, Repository, ReviewComment, User
from sandbox.world import World, stronger

Item = TypeVar("Item")


@dataclass
class Reply:
    status: int = 200
    body: Any = None  # JSON; None with 204; bytes go out as they are
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


Answer = Reply | dict[str, Any] | list[Any]

CREATED, ACCEPTED, NO_CONTENT = 201, 202, 204


@dataclass
class Call:
    world: World
    actor: Actor
    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None

    # who

    @property
    def user(self) -> User:
        if self.actor.user is None:
            raise ApiError(401, "Requires authentication")
        return self.actor.user

    def role(self, repo: Repository | None = None) -> str:
        where = repo or self.repo
        if self.actor.kind == "installation":
            return "write" if self.actor.reaches(where) else self.world.role(where, None)
        return self.world.role(where, self.actor.user)

    def at_least(self, role: str, repo: Repository | None = None) -> bool:
        return stronger(self.role(repo), role)

    def need(self, role: str, repo: Repository | None = None) -> None:
        if not self.at_least(role, repo):
            raise not_for_apps() if self.actor.kind == "installation" else forbidden()

    # where

    @property
    def repo(self) -> Repository:
        found = self.world.repository(f"{self.params['owner']}/{self.params['repo']}")
        if found is None or (found.private and self.role(found) == "none"):
            raise not_found()
        return found

    @property
    def issue(self) -> Issue:
        repo, number = self.repo, int(self.params["number"])
        if number in repo.gone:
            now = repo.gone[number]
            if now is None:
                raise ApiError(410, "This issue was deleted")
            raise Moved(f"{self.world.url}/repos/{now.repo.full_name}/issues/{now.number}")
        found = repo.issues.get(number)
        if found is None:
            raise not_found()
        return found

    @property
    def pull(self) -> Issue:
        issue = self.issue
        if issue.pull is None:
            raise not_found()
        return issue

    @property
    def comment(self) -> Comment:
        found = self.repo.comments.get(int(self.params["comment"]))
        if found is None:
            raise not_found()
        return found

    @property
    def review_comment(self) -> ReviewComment:
        """Returns a review comment; only its author sees one whose review is not submitted."""
        number, pulls = int(self.params["comment"]), [one.pull for one in self.repo.pulls()]
        found = next((one for pull in pulls if pull for one in pull.comments if one.id == number), None)
        if found is None or not (found.seen_by_all or found.user is self.actor.user):
            raise not_found()
        return found

    def may_push(self, issue: Issue) -> bool:
        """Tells if the caller may push to the head branch; its author can also admit the maintainers."""
        pull = issue.pull
        if pull is None or pull.head_repo is None:
            return False
        return self.at_least("write", pull.head_repo) or (
            pull.maintainer_can_modify and self.at_least("write", issue.repo)
        )

    def person(self, login: str) -> User:
        found = self.world.user(login)
        if found is None:
            raise not_found()
        return found

    # what

    @property
    def data(self) -> Json:
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise ApiError(422, "Invalid request.\n\nThe body is not an object.")
        return self.body

    def text(self, field_name: str, resource: str = "", *, required: bool = False) -> str | None:
        value = self.data.get(field_name)
        if required and (value is None or value == ""):
            raise invalid(resource, field_name, "missing_field")
        if value is not None and not isinstance(value, str):
            raise ApiError(422, f"Invalid request.\n\nFor 'properties/{field_name}', {value!r} is not a string.")
        return value

    def need_text(self, field_name: str, resource: str = "") -> str:
        return self.text(field_name, resource, required=True) or ""

    def texts(self, field_name: str) -> list[str] | None:
        """Returns a list of texts; a label may also come as `{"name": …}`, and assignees as one text."""
        value = self.data.get(field_name)
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        names = [item.get("name") if isinstance(item, dict) else item for item in items]
        if not all(isinstance(name, str) for name in names):
            raise ApiError(422, f"Invalid request.\n\nFor 'properties/{field_name}', an item is not a string.")
        return [str(name) for name in names]

    # paging

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.query.get(name, default))
        except ValueError:
            return default

    def paging(self) -> tuple[int, int]:
        size = self.number("per_page", 30)
        return max(1, self.number("page", 1)), min(100, size) if size > 0 else 30

    def page(self, items: Sequence[Item], shape: Callable[[Item], Any], key: str | None = None) -> Reply:
        """Returns one page of `items`, with `Link` to the others; under `key` if GitHub counts them too."""
        page, size = self.paging()
        last = max(1, -(-len(items) // size))
        part = [shape(item) for item in items[(page - 1) * size : page * size]]
        links = []
        if page > 1:
            links += [self._link(page - 1, "prev")]
        if page < last:
            links += [self._link(page + 1, "next"), self._link(last, "last")]
        if page > 1:
            links += [self._link(1, "first")]
        body = part if key is None else {"total_count": len(items), key: part}
        return Reply(200, body, {"Link": ", ".join(links)} if links else {})

    def _link(self, page: int, rel: str) -> str:
        query = urlencode({**self.query, "page": page})
        return f'<{self.world.url}{self.path}?{query}>; rel="{rel}"'
