"""Describes repositories that people name."""

from __future__ import annotations

from bot.pipeline.model.facts import RepositoryNamed
from bot.pipeline.model.signals import Repository


def named_repository(address: str, found: Repository, hosts: tuple[str, ...]) -> RepositoryNamed:
    """Describes a repository under the public address that a person gave, with its licence in the same place.

    A repository of the sandbox gets an address on the first of the policy's hosts.
    """
    host = address.split("/")[2]
    home = f"https://{hosts[0] if host.startswith('127.0.0.1') else host}/{found.name}"
    licence = found.licence_url.replace(found.url, home, 1) if found.licence_url else None
    return RepositoryNamed(home, found.name, found.licence, licence, found.languages, found.homepage, found.description)
