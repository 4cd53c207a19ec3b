"""A repository on GitHub for the commands that act as people, through PyGithub.

    repository = open_repository(settings, "canada-ca/micro-acquisition")
    with in_words(repository.full_name, writing=True):
        repository.create_label("eligible", "1A7F37")

The bot itself has a client of its own (`bot.github`): what one library gets wrong, the other shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from github import Auth, Github, GithubIntegration
from github.GithubException import GithubException, RateLimitExceededException
from github.Repository import Repository
from requests import RequestException

from bot.settings import ConfigurationError, Settings

SAFE = "what is done stays done"
SETUP_PERMISSIONS = {"contents": "write", "issues": "write"}
"""The permissions that the App needs to write in a repository."""


class HubError(Exception):
    """GitHub refuses a request; the text is one sentence that says why and what to do."""


def open_repository(settings: Settings, name: str) -> Repository:
    """Opens `OWNER/REPO` to write in it, as the person of the token in the settings, else as the App.

    Raises HubError where they may not write there, ConfigurationError where the settings name nobody.
    """
    options: dict[str, Any] = {
        "base_url": settings.github_api_url.rstrip("/"),
        "per_page": 100,
        "retry": None,  # a sentence at once rather than an hour's silence
        "seconds_between_requests": 0 if settings.is_local else 0.25,
        "seconds_between_writes": 0 if settings.is_local else 1,  # as GitHub asks
    }
    if token := settings.github_token.get_secret_value():
        with in_words(name):
            repository = Github(auth=Auth.Token(token), **options).get_repo(name)
            may_write = repository.permissions.push
        advice = "the owner of GITHUB_TOKEN may only read there: use the token of somebody with write access"
    elif settings.has_credentials:
        settings.check_credentials()
        app = GithubIntegration(auth=Auth.AppAuth(settings.github_app_id, settings.private_key()), **options)
        with in_words(name):
            installation = app.get_repo_installation(*name.split("/"))
            may_write = SETUP_PERMISSIONS.items() <= installation.permissions.items()
            repository = installation.get_github_for_installation().get_repo(name)
        advice = "the App lacks the permissions Contents and Issues, read and write: give it both on its settings page"
    else:
        raise ConfigurationError(
            "nobody is named who could do this: set GITHUB_TOKEN to a token with write access to the repository, "
            "or GITHUB_APP_ID and the App's other variables"
        )
    if repository.archived:
        raise HubError(f"{name} is archived, so nothing in it can change: unarchive it in its settings first")
    if not may_write:
        raise HubError(f"{name} stays as it is, {advice}")
    return repository


@contextmanager
def in_words(name: str, *, writing: bool = False) -> Iterator[None]:
    """Turns an error of GitHub about the repository `name` into a HubError of one sentence."""
    try:
        yield
    except RateLimitExceededException as error:
        raise HubError(f"GitHub takes no more requests for now: run it again {_when(error)}, {SAFE}") from error
    except GithubException as error:
        raise HubError(_refusal(error, name, writing)) from error
    except RequestException as error:
        advice = f"check the network and GITHUB_API_URL, and run it again, {SAFE}"
        raise HubError(f"GitHub cannot be reached ({type(error).__name__}): {advice}") from error
    except AssertionError as error:  # PyGithub follows addresses on the host that it was given, no others
        raise HubError(f"GitHub's name is not the one in GITHUB_API_URL, but {error}: set it to that") from error


def _refusal(error: GithubException, name: str, writing: bool) -> str:
    said = error.data.get("message") if isinstance(error.data, dict) else None
    why = " ".join(f"{error.status} {said or ''}".split())
    if error.status == 401:
        return f"GitHub does not know these credentials ({why}): correct GITHUB_TOKEN, or the App's number and key"
    if error.status in (403, 404) and writing:
        return f"these credentials may not write in {name} ({why}): they need Contents and Issues, read and write"
    if error.status == 404:
        return f"{name} is not there for these credentials ({why}): correct the name, or let the person or the App in"
    if error.status in (409, 422) and writing:
        advice = "where a rule of the repository forbids it, let the person or the App bypass that rule"
        return f"GitHub refuses a change in {name} ({why}): {advice}; else run it again, {SAFE}"
    return f"GitHub does not answer as it should ({why}): run it again, {SAFE}"


def _when(error: RateLimitExceededException) -> str:
    headers = error.headers or {}
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        return f"after {datetime.fromtimestamp(int(headers['x-ratelimit-reset']), UTC):%H:%M} UTC"
    return "in a few minutes"
