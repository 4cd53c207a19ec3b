"""Addresses of repositories, as people give them."""

from __future__ import annotations

import re
from collections.abc import Collection


def repository_of(text: str, hosts: Collection[str]) -> str | None:
    """`owner/name` in an address of one of the hosts, also of a pull request or a file in it.

    The web is https; only this machine, where a sandbox may be a host, is http.
    """
    match = re.match(
        r"<?(?:https://|http://(?=127\.0\.0\.1[:/]))(?P<host>[^/\s]+)/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:[/?#>].*)?$",
        text.strip()[:500],
    )
    if not match or match["host"].casefold() not in hosts or {match["owner"], match["name"]} & {".", ".."}:
        return None
    return f"{match['owner']}/{match['name']}"
