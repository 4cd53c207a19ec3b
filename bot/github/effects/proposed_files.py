"""The files of a pull request of the bot, compared with its base and with what people committed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.github.reading.tree import Tree, name_for


@dataclass(frozen=True)
class ProposedFiles:
    """The files of a draft: all of them, and those that `base` does not have word for word."""

    base: Tree
    written: Mapping[str, str]
    missing: Mapping[str, str]

    async def are_overtaken(self, last_base: str, head: str) -> bool:
        """Tells if the base moved on in these files since commit `last_base`, or `head` holds others than these."""
        before = self.base.at(last_base)
        moved = [path for path in self.written if await before.name_of(path) != await self.base.name_of(path)]
        return bool(moved or await self.base.at(head).differing(self.written))

    async def replaced_paths(self, head: str, last: str | None) -> list[str]:
        """Lists the files that people changed up to `head` since the bot's commit `last`, and that these replace.

        `last` is None if the bot has no commit there. The list leaves out what only the base changed.
        """
        start = await self.base.where_began(head)
        theirs, before, base = [
            await tree.names() for tree in (self.base.at(head), self.base.at(last or start.sha), start)
        ]
        after = {**await self.base.names(), **{path: name_for(text) for path, text in self.missing.items()}}
        return [
            path
            for path in sorted(theirs.keys() | before.keys())
            if theirs.get(path) not in (before.get(path), after.get(path))
            and (path in self.missing or theirs.get(path) != base.get(path))
        ]
