"""`python -m bot retry`, on a ledger in which something is stuck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.catching_up import retries as stuck
from bot.cli.retry import retry
from bot.ledger import PEOPLE, SHOWING, Delivery, Ledger, Row, Stuck
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
HOME = "canada-ca/micro-acquisition"


@pytest.fixture
def ledger(database_url):
    ledger = Ledger(database_url)
    ledger.upgrade()
    ledger.url = database_url
    yield ledger
    ledger.close()


def run(ledger: Ledger, *options: str) -> Result:
    settings = Settings.model_construct(database_url=ledger.url, bot_config=str(ROOT / "config/pipeline.yaml"))
    return CliRunner().invoke(retry, [*options], obj=settings, catch_exceptions=False)


def held(ledger: Ledger, key: str, kind: str = SHOWING, reason: str = "labels: 403 no", tries: int = 7) -> None:
    now = datetime.now(UTC)
    ledger.hold(Stuck(key, kind, reason, tries, 1, now - timedelta(hours=3, minutes=5), now + timedelta(minutes=10)))


def test_nothing_stuck_is_said_and_is_no_problem(ledger):
    done = run(ledger)
    assert (done.exit_code, done.stdout) == (0, "Nothing is stuck.\n")
    ledger.commit(f"{HOME}#11", version=0, facts=(), row=Row(1, "active", "A need"), unsettled=False)
    for known in (f"{HOME}#11", f"{HOME}!12"):
        assert run(ledger, known).stdout == f"{known} is not stuck.\n"
    assert run(ledger, f"{HOME}#12").stdout == f"{HOME}#12 is no opportunity that the bot knows: check its number.\n"


def test_what_is_stuck_is_listed_with_its_reason_and_tried_at_once(ledger):
    held(ledger, f"{HOME}#12")
    held(ledger, f"{HOME}!45", tries=1)
    held(ledger, f"{HOME}#13", PEOPLE, "people have to act first: exchange.not-ready")
    ledger.accept([Delivery("guid-9", "issues", f"{HOME}#14", datetime.now(UTC), b"{}")])
    ledger.failed(ledger.unread(f"{HOME}#14")[0].id, "KeyError('x')", give_up=True)
    done = run(ledger)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{HOME}#12  not shown for 3 hours, tried 7 times: labels: 403 no",
        f"{HOME}!45  not shown for 3 hours, tried once: labels: 403 no",
        f"{HOME}#13  waits for people for 3 hours, tried 7 times: people have to act first: exchange.not-ready",
        f"{HOME}#14  delivery guid-9 (issues) set aside after 1 tries: KeyError('x')",
        "2 to be tried again, within 30 seconds if the bot is running.",
    ]
    by_key = {one.key: stuck.holds(one, 1) for one in ledger.stuck()}
    assert by_key == {f"{HOME}#12": False, f"{HOME}!45": False, f"{HOME}#13": True}


def test_one_can_be_named_in_any_case_even_if_it_waits_for_people(ledger):
    held(ledger, f"{HOME}#12")
    held(ledger, f"{HOME}#13", PEOPLE)
    done = run(ledger, "Canada-CA/Micro-Acquisition#13")
    assert len(done.stdout.splitlines()) == 2
    assert {one.key: stuck.holds(one, 1) for one in ledger.stuck()} == {f"{HOME}#12": True, f"{HOME}#13": False}


def test_what_is_no_opportunity_is_wrong_use(ledger):
    done = run(ledger, "twelve")
    assert done.exit_code == 2
    assert "write it as OWNER/REPO#N" in done.stderr
