"""Looks up on GitHub what the decision on a signal needs: the roles of people, repositories, deliveries.

    lookups = await Look(gh, "canada-ca/micro-acquisition", coordinators="canada-ca/buyers").look(needs)

`author_association` in payloads is not a permission, so the bot asks for membership and collaborator permission.
https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from cachetools import TTLCache

from bot.github.reading.entry_pull import read_entry
from bot.github.reading.evidence import gather
from bot.github.reading.own_comments import own_comments
from bot.github.transport.client import GitHub, RepositoryClient
from bot.github.transport.errors import Refused
from bot.pipeline.exchange_entry.categories import CATEGORIES_FILE, categories
from bot.pipeline.model.evidence import Evidence, target_of
from bot.pipeline.model.roles import Standing
from bot.pipeline.model.signals import ExchangePull, Lookups, Needs, Repository
from bot.pipeline.model.words import Categories

log = structlog.get_logger(__name__)

_FRESH = 300  # seconds
_WRITERS = {"write", "maintain", "admin"}


class Look:
    """Makes the look-ups, and remembers the roles of people for five minutes. Teams are "organization/team".

    `hosts` are the accepted hosts in addresses of deliveries; all of them stand for the one configured GitHub.
    `exchange` returns the client of the Exchange's repository, `branch` is its branch for entries, if not the default.
    """

    def __init__(
        self,
        gh: GitHub,
        repository: str,
        *,
        coordinators: str | None = None,
        finance: str | None = None,
        hosts: tuple[str, ...] = ("github.com",),
        exchange: Callable[[], Awaitable[RepositoryClient]] | None = None,
        branch: str | None = None,
    ) -> None:
        self._home = gh.at(repository)
        self._coordinators = coordinators
        self._finance = finance
        self._hosts = hosts
        self._exchange, self._branch = exchange, branch
        self._standings: TTLCache[str, Standing] = TTLCache(1000, ttl=_FRESH)
        self._in_charge: TTLCache[str, tuple[str, ...]] = TTLCache(1, ttl=_FRESH)

    def forget(self) -> None:
        """Forgets the roles of people: a `member`, `membership`, `team` or `repository` event reports a change."""
        self._standings.clear()
        self._in_charge.clear()

    async def look(self, needs: Needs) -> Lookups:
        """Looks up all needs at once, except the round of the beacon."""
        logins, names, addresses = sorted(needs.logins), sorted(needs.repositories), sorted(needs.deliveries)
        standings, repositories, deliveries, coordinators, entry, codes = await asyncio.gather(
            asyncio.gather(*(self.standing(login) for login in logins)),
            asyncio.gather(*(self.repository(name) for name in names)),
            asyncio.gather(*(self.delivery(address) for address in addresses)),
            self.coordinators() if needs.coordinators else _nothing(),
            self.entry(needs.entry) if needs.entry else _nothing(),
            self.categories() if needs.categories else _nothing(),
        )
        return Lookups(
            standings=dict(zip(logins, standings, strict=True)),
            repositories=dict(zip(names, repositories, strict=True)),
            deliveries=dict(zip(addresses, deliveries, strict=True)),
            coordinators=coordinators or (),
            entry=entry,
            categories=codes,
        )

    async def entry(self, number: int) -> ExchangePull | None:
        """Returns the pull request on the Exchange with its remarks, or None if GitHub does not show it now."""
        if self._exchange is None:
            return None
        try:
            return await read_entry(await self._exchange(), number)
        except Refused as error:
            log.warning("entry cannot be read", pull=number, error=str(error))
            return None

    async def categories(self) -> Categories | None:
        """Returns the categories on the Exchange's branch, or None if they cannot be read."""
        if self._exchange is None:
            return None
        try:
            place = await self._exchange()
            found = await place.get("contents/" + CATEGORIES_FILE + "{?ref}", ref=self._branch)
            return categories(base64.b64decode(found["content"]).decode("utf-8", "replace"))
        except (Refused, ValueError) as error:
            log.warning("categories cannot be read", error=str(error))
            return None

    async def standing(self, login: str) -> Standing:
        """Returns the roles of a person on the repository."""
        key = login.lower()
        if (standing := self._standings.get(key)) is not None:
            return standing
        permission, finance = await asyncio.gather(
            self._permission(login),
            self._member(self._finance, login) if self._finance else _nothing(),
        )
        coordinator = permission in _WRITERS
        if permission and not coordinator and self._coordinators:
            coordinator = await self._member(self._coordinators, login)
        standing = Standing(coordinator, coordinator if finance is None else finance, exists=permission is not None)
        self._standings[key] = standing
        return standing

    async def _permission(self, login: str) -> str | None:
        """Returns `write` for any right to write, else the permission; None if there is no such person."""
        try:
            found = await self._home.get("collaborators/{login}/permission", login=login)
        except Refused as error:
            if not error.gone:
                raise
            return None
        return "write" if found.get("role_name") in _WRITERS else str(found.get("permission"))

    async def _member(self, team: str, login: str) -> bool:
        organization, _, slug = team.partition("/")
        try:
            found = await self._home.get(
                "/orgs/{org}/teams/{slug}/memberships/{login}", org=organization, slug=slug, login=login
            )
        except Refused as error:
            _explain(error, team)
            return False
        return bool(found.get("state") == "active")

    async def comment(self, number: int | None) -> str:
        """Returns the text of a comment, "" if there is none."""
        if number is None:
            return ""
        try:
            return str((await self._home.get("issues/comments/{id}", id=number))["body"] or "")
        except Refused as error:
            if not error.gone:
                raise
            return ""

    async def gone(self, number: int) -> bool:
        """Checks that an issue was deleted or transferred, and that the bot can still see other issues.

        https://docs.github.com/en/rest/issues/issues#get-an-issue
        """
        try:
            home = await self._home.get()
            await self._home.get("issues{?per_page}", per_page=1)
        except Refused:
            return False
        if not home.get("has_issues", True):
            return False
        try:
            found = await self._home.get("issues/{n}", n=number)
        except Refused as error:
            return error.gone or error.status == 301
        return bool(found.get("repository_url") != home["url"])

    async def published(self, number: int, mark: str, since: datetime) -> datetime | None:
        """Returns the time of a comment that the bot published although it lost GitHub's answer, or None."""
        found = (await own_comments(self._home, number, since)).get(mark)
        return datetime.fromisoformat(found["created_at"]) if found else None

    async def under_way(self, number: int) -> bool:
        """Checks that the bot wrote on an issue before. False if the issue is gone: a webhook will report that."""
        try:
            return bool(await own_comments(self._home, number))
        except Refused as error:
            if error.gone or error.status == 301:
                return False
            raise

    async def coordinators(self) -> tuple[str, ...]:
        """Returns the logins of the coordinators: the members of their team, or else every person with write access."""
        if (found := self._in_charge.get("")) is not None:
            return found
        found = await self._people(self._team(self._coordinators)) if self._coordinators else ()
        found = found or await self._people(
            self._home.pages("collaborators{?permission,per_page}", permission="push", per_page=100)
        )
        self._in_charge[""] = found
        return found

    def _team(self, team: str) -> AsyncIterator[Any]:
        organization, _, slug = team.partition("/")
        return self._home.pages(
            "/orgs/{org}/teams/{slug}/members{?per_page}", org=organization, slug=slug, per_page=100
        )

    async def _people(self, users: AsyncIterator[Mapping[str, Any]]) -> tuple[str, ...]:
        try:
            found = [
                str(user["login"])
                async for user in users
                if user.get("type") == "User" and (user.get("permissions") or {}).get("push", True)
            ]
        except Refused as error:
            _explain(error, "coordinators")
            return ()
        return tuple(sorted(found, key=str.lower))

    async def repository(self, name: str) -> Repository | None:
        """Returns a public repository as GitHub describes it now, or None. Remembers none: people correct it."""
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII):
            return None
        try:
            found, licence, languages = await asyncio.gather(
                self._home.get(f"/repos/{name}"),
                self._licence(name),
                self._home.get(f"/repos/{name}/languages"),
            )
        except Refused as error:
            log.info("repository cannot be read", repository=name, error=str(error))
            return None
        if found.get("private"):
            return None
        spdx = (licence.get("license") or {}).get("spdx_id")
        return Repository(
            url=found["html_url"],
            name=found["full_name"],
            public=True,
            licence=None if spdx == "NOASSERTION" else spdx,
            licence_url=licence.get("html_url"),
            languages=tuple(sorted(languages, key=lambda language: (-languages[language], language))),
            homepage=found.get("homepage") or None,
            description=found.get("description") or None,
        )

    async def delivery(self, address: str) -> Evidence | None:
        """Returns the evidence for the target of an address, or None if it is not public."""
        target = target_of(address, self._hosts)
        return await gather(self._home, target) if target else None

    async def _licence(self, name: str) -> Mapping[str, Any]:
        try:
            licence: Mapping[str, Any] = await self._home.get(f"/repos/{name}/license")
        except Refused as error:
            if not error.gone:
                raise
            return {}
        return licence


def _explain(error: Refused, team: str) -> None:
    """Logs a refusal. A 404 means "not a member"; others mean that the App has no permission "Members: read"."""
    if not error.gone:
        log.warning("team members cannot be read", team=team, error=str(error))


async def _nothing() -> None:
    return None
