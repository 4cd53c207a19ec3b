"""GitHub's log of its webhook deliveries, kept for three days. What failed is asked for again.

GitHub does not deliver again by itself:
https://docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook
"""

from __future__ import annotations

from bot.github.client import GitHub


async def redeliver_failed(gh: GitHub) -> int:
    """Ask for every delivery that never got through, oldest first; how many. A redelivery keeps its GUID."""
    through: set[str] = set()
    failed: dict[str, int] = {}
    async for delivery in gh.app.pages("/app/hook/deliveries?per_page=100", {}):
        if 200 <= delivery["status_code"] < 300:
            through.add(delivery["guid"])
        else:
            failed[delivery["guid"]] = delivery["id"]
    lost = sorted(number for guid, number in failed.items() if guid not in through)
    for number in lost:
        await gh.app.call("POST", "/app/hook/deliveries/{id}/attempts", {"id": number})
    return len(lost)
