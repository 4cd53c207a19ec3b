"""Addresses of repositories, as people give them."""

from __future__ import annotations

import re
from collections.abc import Collection


def repository_of(text: str, hosts: Collection[str]) -> str | None:
    """`owner/name` in an https address of one of the hosts, also of a pull request or a file in it."""
    match = re.match(
        r"<?https://(?P<host>[^/\s]+)/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:[/?#>].*)?$",
        text.strip()[:500],
    )
    if not match or match["host"].casefold() not in hosts or {match["owner"], match["name"]} & {".", ".."}:
        return None
    return f"{match['owner']}/{match['name']}"
