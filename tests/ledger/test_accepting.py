"""Group commit: many share one, and one that fails is answered and over."""

import asyncio
from datetime import UTC, datetime
from threading import Event

import pytest

from bot.ledger import Accepting, Delivery


def delivery(number):
    return Delivery(str(number), "issues", "o/r#1", datetime.now(UTC), b"{}")


async def test_requests_that_wait_together_share_a_commit():
    batches, go_on = [], Event()

    def store(batch):
        batches.append(len(batch))
        go_on.wait(5)
        return [int(one.guid) % 2 == 0 for one in batch]

    accepting = Accepting(store)
    waiting = [asyncio.create_task(accepting.accept(delivery(0)))]
    while not batches:  # noqa: ASYNC110 the other side is a thread
        await asyncio.sleep(0)
    waiting += [asyncio.create_task(accepting.accept(delivery(number))) for number in range(1, 50)]
    waiting[7].cancel()
    await asyncio.sleep(0.01)
    go_on.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    await accepting.close()
    assert len(batches) == 2
    assert [answer for number, answer in enumerate(answers) if number != 7] == [
        number % 2 == 0 for number in range(50) if number != 7
    ]


async def test_a_commit_that_fails_fails_all_of_it_and_the_next_is_tried_afresh():
    broken = True

    def store(batch):
        if broken:
            raise OSError("disk full")
        return [True] * len(batch)

    accepting = Accepting(store)
    answers = await asyncio.gather(*(accepting.accept(delivery(n)) for n in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 3
    broken = False
    assert await accepting.accept(delivery(4))
    await accepting.close()
    with pytest.raises(RuntimeError):
        await accepting.accept(delivery(5))
