"""The pull requests of an opportunity as files: what `documents` writes, on what the target repository holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ruamel.yaml import YAML

from bot.documents import ore, posts
from bot.documents.amounts import LOCALES
from bot.documents.messages import Messages, text_digest, unlinked
from bot.github.effects import Draft
from bot.github.tree import Tree
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.review import skills
from bot.pipeline.steps.exchange import not_ready
from bot.pipeline.view import Pull
from bot.pipeline.words import Lang, Message


class NotReady(ValueError):
    """People have to put something right before the pull request can be opened; `message` tells them what."""

    def __init__(self, message: Message, reason: str = "") -> None:
        super().__init__(reason or repr(message))
        self.message = message


class Drafts:
    """Makes drafts."""

    def __init__(self, policy: Policy, messages: Messages) -> None:
        self._policy, self._messages = policy, messages

    def draft(self, pull: Pull, o: Opportunity, now: datetime, number: int | None) -> Draft:
        """The pull request, to be written when its base is known.

        `now` is aware UTC; `number` is that of the pull request where it is there already. Raises NotReady where
        the opportunity cannot be written down.
        """
        body = self._messages.comment(pull.body, o.lang)
        if pull.kind == "posting":
            try:
                return self._posting(pull, o, body, now, number)
            except posts.PostError as error:
                raise NotReady(Message("posting.unwritable"), str(error)) from error
        return self._entry(pull, o, body)

    # --- the posts ---------------------------------------------------------------------------------------

    def _posting(self, pull: Pull, o: Opportunity, body: str, now: datetime, number: int | None) -> Draft:
        again = f"-{pull.run}" if pull.run > 1 else ""
        branch = f"opportunity/{o.number}-{posts.slug(o.statement.en.title)}{again}"

        async def write(tree: Tree) -> dict[str, str]:
            ref, taken = await _free_ref(tree, number)
            published = posts.publication_date(now)
            en, fr = self._post(o, "en", ref, published), self._post(o, "fr", ref, published)
            paths = posts.paths(en, fr, published)
            if taken & set(paths):  # another opportunity of that title, on that day
                english, french = (path.removesuffix(".md") for path in paths)
                paths = f"{english}-{o.number}.md", f"{french}-{o.number}.md"
            return dict(zip(paths, (posts.write(en), posts.write(fr)), strict=True))

        whatever = date(2000, 1, 1)
        wanted = [posts.write(self._post(o, lang, "", whatever)) for lang in LOCALES]
        return Draft(
            kind="posting",
            target=self._policy.repository,
            base=self._policy.branch,
            branch=branch,
            title=unlinked(pull.title),
            body=body,
            digest=text_digest(pull.title, body, *wanted),
            write=write,
            message=f"Post opportunity {o.number} in English and French",
            source=(o.title, o.body),
            run=pull.run,
        )

    def _post(self, o: Opportunity, lang: Lang, ref: str, published: date) -> posts.Post:
        statement, text = o.statement, o.statement.text(lang)
        price, closing = statement.price, statement.closing
        selection, delivery = statement.selection, statement.delivery
        if price is None or closing is None or selection is None or delivery is None:
            raise ValueError("the statement is not complete")
        return posts.Post(
            lang=lang,
            title=text.title,
            ref=ref,
            skills=skills(text.skills),
            value=price.dollars,
            closing=closing,
            selection=selection,
            delivery=delivery,
            modified=published,
            short=text.short,
            description=text.description,
            opportunity=text.opportunity,
            evaluation=text.evaluation,
            criteria=text.criteria,
            issue_url=o.url,
        )

    # --- the entry in the Exchange -----------------------------------------------------------------------

    def _entry(self, pull: Pull, o: Opportunity, body: str) -> Draft:
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


async def _free_ref(tree: Tree, number: int | None) -> tuple[str, set[str]]:
    """The next free `opportunityN`, and the paths of posts that are taken, on the base and in open pull requests.

    This opportunity's own pull request keeps the ref it has. Others' only count where they are in the way: anyone can
    open one with any number.
    """
    paths = {path for prefix in ("_posts/", "_pages/") for path in await tree.paths(prefix)}
    free = posts.next_ref([await tree.read(path) or "" for path in sorted(paths)])
    own, proposed = "", set[str]()
    for pull in await tree.open_pulls():
        patches = await pull.patches()
        refs = re.findall(r"^\+ref: (opportunity\d{1,6})$", "\n".join(patches.values()), re.MULTILINE)
        if pull.number == number:
            own = refs[0] if refs else ""
            continue
        proposed.update(refs)
        paths.update(patches)
    while free in proposed:
        free = f"opportunity{int(free.removeprefix('opportunity')) + 1}"
    return own or free, paths


def _both(en: str, fr: str) -> ore.Bilingual:
    return ore.Bilingual(_typographic(en, "en"), _typographic(fr, "fr"))


def _typographic(text: str, lang: Lang) -> str:
    """Without the two signs that the Exchange's pages cannot take, `"` and `<`, and still the same words."""
    quotes = r"“\1”" if lang == "en" else "«\u00a0\\1\u00a0»"
    return re.sub(r'"([^"]*)"', quotes, text).replace('"', "″").replace("<", "‹")


def _same(text: str) -> ore.Bilingual:
    return ore.Bilingual(text, text)
