"""Reads the addresses and logins that people write."""

from __future__ import annotations

import re
from collections.abc import Collection


def repository_of(text: str, hosts: Collection[str]) -> str | None:
    """Returns `owner/name` from an address on one of the hosts, also of a pull request or file.

    Addresses begin with https; only those of a sandbox on this machine begin with http.
    """
    match = re.match(
        r"<?(?:https://|http://(?=127\.0\.0\.1[:/]))(?P<host>[^/\s]+)/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:[/?#>].*)?$",
        text.strip()[:500],
    )
    if not match or match["host"].casefold() not in hosts or {match["owner"], match["name"]} & {".", ".."}:
        return None
    return f"{match['owner']}/{match['name']}"


def url(text: str) -> str | None:
    """Returns an https address, also from `<https://…>`; http on this machine only."""
    match = re.fullmatch(r"<?((?:https://|http://127\.0\.0\.1[:/])[^\s<>\"']+?)/?>?", text.strip())
    return match[1] if match else None


def login(text: str) -> str | None:
    """Returns the login of `@login` or `login` (GitHub: letters, digits and single hyphens, at most 39)."""
    match = re.fullmatch(r"@?([A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38})", text.strip())
    return match[1] if match else None
