"""The pull request that enters the accepted code in the Open Resource Exchange: one release more in its file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML

from bot.documents import ore, posts
from bot.documents.messages import text_digest, unlinked
from bot.drafts.ready import NotReady
from bot.github.effects import Draft
from bot.github.tree import Tree
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.review import skills
from bot.pipeline.steps.exchange import not_ready
from bot.pipeline.view import Pull
from bot.pipeline.words import Lang


class Entries:
    """Drafts of entries in the Exchange."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def draft(self, pull: Pull, o: Opportunity, body: str) -> Draft:
        exchange = self._policy.exchange
        entry = self.entry(o)
        path = f"_data/code/{exchange.level}/{exchange.administration}.yml"

        async def write(tree: Tree) -> dict[str, str]:
            await self._check(tree, entry)
            existing = await tree.read(path) or ""
            known_since = ore.created(existing, entry.name.en) or entry.created
            whole = replace(entry, created=known_since)
            result = {path: ore.add(existing or None, whole, exchange.administration)}
            schema = await tree.read("_data/schemaCode.yaml")
            if schema is None:
                raise ValueError(f"{exchange.repository} has no _data/schemaCode.yaml to check the entry against")
            if wrong := ore.check(result, schema, await tree.read(".yamllint.yaml")):
                raise ValueError(f"the entry would not pass the Exchange's checks: {'; '.join(wrong)}")
            return result

        return Draft(
            kind="ore",
            target=exchange.repository,
            base=exchange.branch,
            branch=f"ore/{o.number}-{posts.slug(o.statement.en.title)}",
            title=unlinked(pull.title),
            body=body,
            digest=text_digest(pull.title, body, ore.render(entry)),
            write=write,
            message=f"Add the code of micro-acquisition {o.number} ({exchange.administration_name})",
            source=(o.title, o.body),
        )

    async def _check(self, tree: Tree, entry: ore.Entry) -> None:
        """What the schema does not catch and the Exchange needs. Raises ValueError with every reason."""
        exchange = self._policy.exchange
        admins = await tree.read(f"_data/administrations/{exchange.level}.yml") or ""
        if not ore.administration(admins, exchange.administration):
            raise ValueError(
                f"{exchange.administration} is not among the administrations of {exchange.repository}: "
                "correct exchange.administration in the policy"
            )
        codes: dict[str, Any] = YAML(typ="safe").load(await tree.read("_data/i18n/categories.yml") or "{}")
        files = [await tree.read(path) or "" for path in await tree.paths("_data/code/")]
        taken = ore.slugs(files, besides=(exchange.administration, entry.name.en))
        if problems := ore.problems(entry, categories=frozenset(codes), taken_slugs=taken):
            raise NotReady(not_ready((problem.code, problem.field, problem.value) for problem in problems))

    def entry(self, o: Opportunity) -> ore.Entry:
        """The entry from the statement, the delivered repository and what `/ore` filled in."""
        statement, named, given = o.statement, o.repository_named, o.entry
        if named is None or o.accepted is None:
            raise ValueError("there is no accepted work to enter")
        licences: tuple[ore.Licence, ...] = ()
        if named.licence and named.licence_url:
            licences = (ore.Licence(_same(named.licence_url), named.licence),)
        homepage = named.homepage if named.homepage and named.homepage.startswith("https://") else None
        return ore.Entry(
            email=given.get("contact", statement.contact),
            contact_name=None,
            created=o.accepted,
            updated=o.accepted,
            what=_both(statement.en.short, statement.fr.short),
            how=None,
            category=given.get("category", self._policy.exchange.category),
            name=_both(given.get("name.en", statement.en.title), given.get("name.fr", statement.fr.title)),
            licences=licences,
            repository=_same(named.url),
            tags_en=skills(_typographic(given.get("tags.en", statement.en.skills), "en")),
            tags_fr=skills(_typographic(given.get("tags.fr", statement.fr.skills), "fr")),
            homepage=_same(homepage) if homepage else None,
            languages=named.languages,
            status=given.get("status", self._policy.exchange.status),
        )


def _both(en: str, fr: str) -> ore.Bilingual:
    return ore.Bilingual(_typographic(en, "en"), _typographic(fr, "fr"))


def _typographic(text: str, lang: Lang) -> str:
    """Without the two signs that the Exchange's pages cannot take, `"` and `<`, and still the same words."""
    quotes = r"“\1”" if lang == "en" else "«\u00a0\\1\u00a0»"
    return re.sub(r'"([^"]*)"', quotes, text).replace('"', "″").replace("<", "‹")


def _same(text: str) -> ore.Bilingual:
    return ore.Bilingual(text, text)
