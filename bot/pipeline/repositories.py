"""Addresses of repositories, as people give them."""

from __future__ import annotations

import re
from collections.abc import Collection

from bot.pipeline.facts import RepositoryNamed
from bot.pipeline.signals import Repository


def repository_of(text: str, hosts: Collection[str]) -> str | None:
    """`owner/name` in an https address of one of the hosts, also of a pull request or a file in it."""
    match = re.match(
        r"<?https://(?P<host>[^/\s]+)/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:[/?#>].*)?$",
        text.strip()[:500],
    )
    if not match or match["host"].casefold() not in hosts or {match["owner"], match["name"]} & {".", ".."}:
        return None
    return f"{match['owner']}/{match['name']}"


def named(host: str, found: Repository) -> RepositoryNamed:
    """The repository under the public address that people gave, with its licence in the same place."""
    home = f"https://{host}/{found.name}"
    licence = found.licence_url.replace(found.url, home, 1) if found.licence_url else None
    return RepositoryNamed(home, found.name, found.licence, licence, found.languages, found.homepage)
