"""Drafts the pull request that posts an opportunity: one post in each language, from the issue's statement."""

from __future__ import annotations

import re
from datetime import date, datetime

from bot.documents.amounts import LOCALES
from bot.documents.messages import text_digest, unlinked
from bot.documents.posts import writer as posts
from bot.github.effects.bring import Draft
from bot.github.reading.tree import Tree
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.words import Line, Message
from bot.pipeline.reading.review import skills
from bot.pipeline.text.language import Lang
from bot.pipeline.view import Pull
from bot.proposals.amending import posted_paths
from bot.proposals.ready import DraftBlocked


class Postings:
    """Drafts of posting pull requests."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def draft(self, pull: Pull, opportunity: Opportunity, body: str, now: datetime, number: int | None) -> Draft:
        again = f"-{pull.run}" if pull.run > 1 else ""
        branch = f"opportunity/{opportunity.number}-{posts.file_slug(opportunity.statement.en.title)}{again}"

        async def write(tree: Tree) -> dict[str, str]:
            if opportunity.run == 1 and (there := await posted_paths(tree, opportunity.url)):
                listed = tuple(Line(path) for paths in there.values() for path in paths.values())
                raise DraftBlocked(Message("posting.there-already", coordinator=opportunity.in_charge, paths=listed))
            ref, taken = await _free_ref(tree, number)
            published = posts.publication_date(now)
            en, fr = post_of(opportunity, "en", ref, published), post_of(opportunity, "fr", ref, published)
            paths = posts.paths(en, fr, published)
            if taken & set(paths):  # another opportunity of that title, on that day
                english, french = (path.removesuffix(".md") for path in paths)
                paths = f"{english}-{opportunity.number}.md", f"{french}-{opportunity.number}.md"
            return dict(zip(paths, (posts.write_post(en), posts.write_post(fr)), strict=True))

        whatever = date(2000, 1, 1)
        wanted = [posts.write_post(post_of(opportunity, lang, "", whatever)) for lang in LOCALES]
        return Draft(
            kind="posting",
            target=self._policy.repository,
            base=self._policy.branch,
            branch=branch,
            title=unlinked(pull.title),
            body=body,
            digest=text_digest(pull.title, body, *wanted, *[str(pull.again)] * bool(pull.again)),
            content=text_digest(*wanted, str(pull.again)),
            write=write,
            message=f"Post opportunity {opportunity.number} in English and French",
            source=(opportunity.title, opportunity.body),
            run=pull.run,
            again=pull.again,
        )


def post_of(opportunity: Opportunity, lang: Lang, ref: str, published: date) -> posts.Post:
    statement, text = opportunity.statement, opportunity.statement.text(lang)
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
        issue_url=opportunity.url,
    )


async def _free_ref(tree: Tree, number: int | None) -> tuple[str, set[str]]:
    """Returns the next free `opportunityN`, and the paths of posts on the base and in earlier pull requests.

    This opportunity's own pull request keeps its ref, unless the base or an earlier pull request has the same one.
    Later pull requests of others do not count, because anyone can open one with any number.
    """
    paths = {path for prefix in ("_posts/", "_pages/") for path in await tree.paths(prefix)}
    texts = [await tree.read(path) or "" for path in sorted(paths)]
    own, taken, proposed = "", posts.refs(texts), set[str]()
    for pull in await tree.open_pulls():
        patches = await pull.patches()
        refs = re.findall(r"^\+ref: (opportunity\d{1,6})$", "\n".join(patches.values()), re.MULTILINE)
        if pull.number == number:
            own = refs[0] if refs else ""
            continue
        proposed.update(refs)
        if number is None or pull.number < number:
            taken.update(refs)
            paths.update(patches)
    if own and own not in taken:
        return own, paths
    free = posts.next_ref(texts)
    while free in proposed:
        free = f"opportunity{int(free.removeprefix('opportunity')) + 1}"
    return free, paths
