"""GitHub calls of one opportunity over the whole demonstration, next to the number that cannot be avoided.

A write that cannot be avoided changes something people see: a comment made or edited, a label added or removed, a
reaction, the assignment, the closing, and of a pull request its tree, commit, branch and opening. Labels that come
at once are one call. Reads that cannot be avoided: who acted (permission), a repository that was named, and of each
pull request its base: the branch, its files, and those that the rules have to be checked against.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter

from bot import demo
from bot.documents.posts import writer as posts
from bot.pipeline.calendar import eastern_date
from bot.pipeline.model.policy import Policy
from bot.runtime import logs
from bot.settings import Settings
from sandbox import Sandbox
from sandbox.cast import Cast

KINDS = [
    ("POST", r"/issues/\d+/comments$", "comment made"),
    ("PATCH", r"/issues/comments/\d+$", "comment edited"),
    ("POST", r"/reactions$", "reaction"),
    ("POST", r"/issues/\d+/labels$", "labels added"),
    ("DELETE", r"/issues/\d+/labels/", "label removed"),
    ("POST", r"/assignees$", "assigned"),
    ("PATCH", r"/issues/\d+$", "closed"),
    ("POST", r"/git/(trees|commits|refs)$|/pulls$", "pull request made"),
    ("POST", r"/access_tokens$", "token (one an hour)"),
    ("GET", r"/collaborators", "who acted (5 minutes)"),
    ("GET", r"/orgs/", "who acted (5 minutes)"),
    ("GET", r"/git/|/pulls", "base of a pull request"),
    ("GET", r"/installation$|/app", "installation (one an hour)"),
    ("GET", r"/issues/comments/\d+$", "boxes before a redraw"),
    ("GET", r"^/repos/[^/]+/[^/]+(/license|/languages)?$", "repository named, default branch"),
]


def kind(method: str, path: str) -> str:
    return next(
        (name for how, form, name in KINDS if how == method and re.search(form, path)), f"other: {method} {path}"
    )


async def main() -> None:
    logs.set_up("error", "console")
    sandbox = Sandbox(record=True)
    async with demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox):
        cast = Cast(sandbox.url, lambda step, what: None)
        en, fr = (posts.read(path.read_text("utf-8")) for path in (demo.STATEMENT_EN, demo.STATEMENT_FR))
        story = demo.make_story(en, fr, eastern_date(sandbox.clock.now()), 5)
        await asyncio.to_thread(demo.furnish, sandbox.url, Policy())
        await asyncio.to_thread(cast.play, story)
        await sandbox.idle()
    mine = [exchange for exchange in sandbox.exchanges if "bot" in exchange.actor]
    writes, reads, useless = Counter(), Counter(), Counter()
    last: dict[str, object] = {}
    for call in mine:
        path = call.path.split("?")[0]
        name = kind(call.method, path)
        (reads if call.method == "GET" else writes)[name] += 1
        if call.status == 304:
            useless["not modified (free)"] += 1
        elif call.status >= 400:
            useless[f"{name}: {call.status}"] += call.method != "GET"
        elif call.method == "PATCH" and last.get(path) == call.request:
            useless[f"{name}: changed nothing"] += 1
        if call.method == "PATCH":
            last[path] = call.request
    print(f"{'writes':<36}{sum(writes.values()):>5}")
    for name, count in writes.most_common():
        print(f"  {name:<34}{count:>5}")
    print(f"{'reads':<36}{sum(reads.values()):>5}")
    for name, count in reads.most_common():
        print(f"  {name:<34}{count:>5}")
    wasted = sum(count for name, count in useless.items() if not name.startswith("not modified"))
    print(f"{'writes that cannot be avoided':<36}{sum(writes.values()) - wasted:>5}")
    print(f"avoidable: {dict(+useless) or 'none'}")


if __name__ == "__main__":
    asyncio.run(main())
