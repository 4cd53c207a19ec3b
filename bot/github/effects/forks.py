"""Finds or makes the machine user's fork of a repository where the bot's App is not installed.

ways = {"canada-ca/ore-ero": await way_by_fork(GitHub(token=token), "canada-ca/ore-ero")}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.github.effects.pulls import ForkRoute
from bot.github.transport.client import GitHub
from bot.github.transport.errors import Refused, Wait


async def way_by_fork(gh: GitHub, upstream: str) -> ForkRoute:
    """Returns the user's fork of that repository, and makes one if there is none. Raises Wait until GitHub made it.

    The fork can have another name, if somebody renamed it or the name was taken.
    """
    name = f"{await gh.me()}/{upstream.partition('/')[2]}"
    fork = await _there(gh, name)
    if fork is None or not fork["fork"]:
        made = await gh.at(upstream).post("forks", {"default_branch_only": True})
        name = made["full_name"]
        fork = await _there(gh, name)
        if fork is None or not await _filled(gh, fork):
            raise Wait(10, f"{name} is being made")
    # A fork of a fork would send pull requests to the wrong repository (ore-ero#171).
    if (fork.get("parent") or {}).get("full_name", "").lower() != upstream.lower():
        raise Refused(422, f"{name} is not a fork of {upstream}")
    return ForkRoute(gh, fork["full_name"])


async def _filled(gh: GitHub, fork: Mapping[str, Any]) -> bool:
    """Tells if its branch exists: GitHub makes the branch a moment after the fork."""
    try:
        await gh.at(fork["full_name"]).get("git/ref/heads/{+branch}", branch=fork["default_branch"])
    except Refused as error:
        if error.status not in (404, 409):
            raise
        return False
    return True


async def _there(gh: GitHub, name: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = await gh.at(name).get()
    except Refused as error:
        if not error.gone:
            raise
        return None
    return found
