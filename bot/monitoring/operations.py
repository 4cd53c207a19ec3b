"""The data and actions of the board's pages for coordinators. Flask calls from threads; the loop does the waiting.

Every answer comes within seconds, or is a Refusal that says why not: a thread must never wait for long.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, TypeVar

import structlog
from yarl import URL

from bot.github.transport.errors import GitHubError, Refused
from bot.github.transport.sign_in import SignIn
from bot.ledger import LedgerError, Received
from bot.monitoring.retry import hurried
from bot.monitoring.running import RunningBot
from bot.web.board.ops import Operations, RetryOutcome
from bot.web.board.signin import CALLBACK, Refusal
from bot.web.metrics import ANSWERS, DeliveryAnswer, Recent

T = TypeVar("T")

GITHUB_SECONDS = 10.0
"""Seconds that GitHub has to answer about a person."""

OUTCOME = 4.0
"""Seconds in which a retry usually ends."""

AT_ONCE, QUEUE_SECONDS = 4, 1.0
"""The number of threads that may wait for the loop at once, so that other pages find a thread, and their wait."""

WHY = {"bad_verification_code": ("stale", 400), "unverified_user_email": ("unverified", 403)}
"""GitHub's words for errors that people can correct themselves; the operator corrects others."""

LONGEST_LIST = 50


class Operating:
    """The bot as the board's pages for coordinators use it, from threads. It starts on the loop."""

    def __init__(self, running: RunningBot, sign_in: SignIn, recent: Recent) -> None:
        self._running, self._sign_in, self._recent = running, sign_in, recent
        self._loop = asyncio.get_running_loop()
        self._few = BoundedSemaphore(AT_ONCE)
        self.port = running.settings.port
        self.client_id, self.page = sign_in.client_id, sign_in.page
        secret = running.settings.github_client_secret.get_secret_value()
        self.secret = hmac.digest(secret.encode(), b"micro-acquisition board", "sha256")
        """The key that signs cookies: not a secret of GitHub, and the same in every process."""

    # --- who somebody is ---------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Returns the address of the board for people."""
        return self._running.settings.board_address(self.port)

    def who(self, code: str, verifier: str) -> str:
        """Returns the login for a code of GitHub's sign-in. Raises Refusal."""
        return self._on_the_loop(self._sign_in.who(code, verifier, self.address + CALLBACK))

    def is_coordinator(self, login: str) -> bool:
        """Returns whether a person is a coordinator, from memory for some minutes. Raises Refusal."""
        return self._on_the_loop(self._running.standing(login)).coordinator

    def _on_the_loop(self, work: Coroutine[Any, Any, T], seconds: float = GITHUB_SECONDS) -> T:
        """Runs the work on the loop. Raises Refusal if it does not end in time."""
        if not self._few.acquire(timeout=QUEUE_SECONDS):
            work.close()
            raise Refusal("busy", 503)
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
            try:
                return future.result(seconds)
            except TimeoutError:
                future.cancel()
                raise
        except Refused as error:
            why, status = WHY.get(error.message, ("misconfigured", 503))
            structlog.get_logger("bot.board").warning("GitHub refuses", error=str(error))
            raise Refusal(why, status) from None
        except (GitHubError, TimeoutError) as error:
            structlog.get_logger("bot.board").warning("GitHub does not answer", error=str(error) or "in time")
            raise Refusal("unreachable", 503) from None
        finally:
            self._few.release()

    # --- what they see -----------------------------------------------------------------------------------

    def operations(self) -> Operations:
        """Returns the present state of the bot. Raises Refusal."""
        running, now = self._running, datetime.now(UTC)
        with _database():
            ledger = running.ledger
            stats, stuck, queue = ledger.stats(), ledger.stuck(), ledger.queue(now)
            set_aside, stored, workers = ledger.given_up(LONGEST_LIST), ledger.recent(LONGEST_LIST), ledger.heartbeats()
        deliveries = [*map(_answered, stored), *self._recent.others]
        late = running.clock.now() - stats.oldest_due if stats.oldest_due else timedelta()
        return Operations(
            now=now,
            queue=queue,
            stuck=stuck[:LONGEST_LIST],
            more_stuck=max(0, len(stuck) - LONGEST_LIST),
            set_aside=set_aside,
            deliveries=sorted(deliveries, key=lambda one: one.received_at, reverse=True)[:LONGEST_LIST],
            counts={name: self._recent.counts[name] for name in ANSWERS if self._recent.counts[name]},
            totals={name: getattr(stats, name) for name in ("opportunities", "running", "waitlisted", "unsettled")},
            late=max(timedelta(), late),
            workers=workers,
            budget=[(name, limits.left, limits.pausing) for name, limits in running.limits.items()],
            settings=self._settings(),
            policy=list(_flat(running.policy.model_dump(mode="json"))),
        )

    def _settings(self) -> list[tuple[str, object]]:
        """Lists the settings that the page may show."""
        settings = self._running.settings
        api = URL(settings.github_api_url).with_user(None).with_query(None).with_fragment(None)

        def kept(*secrets: str) -> str:
            return "set" if any(secrets) else "unset"

        return [
            ("HOST", settings.host),
            ("PORT", self.port),
            ("METRICS_PORT", settings.metrics_port),
            ("BOARD_URL", self.address),
            ("DATABASE_URL", "PostgreSQL" if self._running.ledger.libpq else "SQLite"),
            ("GITHUB_API_URL", str(api)),
            ("GITHUB_APP_ID", settings.github_app_id),
            ("GITHUB_PRIVATE_KEY", kept(settings.github_private_key.get_secret_value())),
            ("GITHUB_PRIVATE_KEY_FILE", kept(settings.github_private_key_file)),
            ("GITHUB_WEBHOOK_SECRET", kept(*settings.webhook_secrets)),
            ("GITHUB_CLIENT_ID", settings.github_client_id),
            ("GITHUB_CLIENT_SECRET", kept(settings.github_client_secret.get_secret_value())),
            ("GITHUB_TOKEN", kept(settings.github_token.get_secret_value())),
            ("ORE_TOKEN", kept(settings.ore_token.get_secret_value())),
            ("BOT_CONFIG", settings.bot_config),
            ("LOG_LEVEL", settings.log_level),
            ("LOG_FORMAT", settings.log_format),
        ]

    # --- what they do ------------------------------------------------------------------------------------

    def retry(self, key: str | None) -> Sequence[RetryOutcome]:
        """Retries as `python -m bot retry` does, and returns the results known within seconds. Raises Refusal."""
        with _database():
            return self._on_the_loop(self._retry(key))

    async def _retry(self, key: str | None) -> list[RetryOutcome]:
        ledger = self._running.ledger
        stuck, woken = await asyncio.to_thread(hurried, ledger, key)
        for each in woken:
            self._running.wake(each)
        before = {one.key: one for one in stuck if one.key in woken}
        end = self._loop.time() + OUTCOME
        while True:
            now = {one.key: one for one in await asyncio.to_thread(ledger.stuck)}
            soon = {each for each in before if each in now and now[each].tries == before[each].tries}
            if not soon or self._loop.time() > end:
                break
            await asyncio.sleep(0.1)
        return [
            RetryOutcome(each, "soon")
            if each in soon
            else RetryOutcome(each, "refused", now[each].reason)
            if each in now
            else RetryOutcome(each, "goes-on")
            for each in before
        ]


@contextmanager
def _database() -> Iterator[None]:
    try:
        yield
    except LedgerError as error:
        structlog.get_logger("bot.board").warning("database does not answer", error=str(error))
        raise Refusal("database", 503) from None


def _answered(one: Received) -> DeliveryAnswer:
    answer = "waiting" if one.done_at is None else "aside" if one.error else "decided"
    return DeliveryAnswer(answer, one.received_at, one.event, one.guid, one.key)


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Yields the values by names such as `posting.minimum_days`, without the user in an address."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", re.sub(r"://[^/\s@]*@", "://", value) if isinstance(value, str) else value
