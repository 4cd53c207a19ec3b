"""Drafts the pull requests that amend an opportunity's page with the changes since it was posted.

The bot finds the posts by the address of the issue in them, so people may rename or edit the files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime

from bot.documents.amounts import LOCALES
from bot.documents.messages import Messages, text_digest, unlinked
from bot.documents.posts import writer as posts
from bot.documents.posts.amendment import Amendment, NewAnswer, amend
from bot.github.effects.bring import Draft
from bot.github.reading.tree import Tree
from bot.pipeline.model.opportunity import Opportunity, Question
from bot.pipeline.model.page import Page, amendment_name
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.words import Line, Message
from bot.pipeline.text.language import Lang, language
from bot.pipeline.view import Pull
from bot.proposals.ready import DraftBlocked


class Amendments:
    """Drafts of amendments."""

    def __init__(self, policy: Policy, messages: Messages) -> None:
        self._policy, self._messages = policy, messages

    def draft(
        self, pull: Pull, page: Page, opportunity: Opportunity, body: str, now: datetime, parts: Mapping[str, str]
    ) -> Draft:
        """Returns the draft. `parts` are digests of the answers that were last merged into the page, by number."""
        answers = {str(question.number): _digest(question) for question in page.questions}

        async def write(tree: Tree) -> dict[str, str]:
            paths = await self._page_of(opportunity, tree)
            anew = {number for number, digest in answers.items() if parts.get(number, digest) != digest}
            written = {}
            for lang, path in paths.items():
                wanted = self._amendment(page, lang, now, anew)
                written[path] = amend(await tree.read(path) or "", lang, wanted)
            return written

        return Draft(
            kind=pull.kind,
            target=self._policy.repository,
            base=self._policy.branch,
            branch=f"opportunity/{opportunity.number}--{pull.kind}",
            title=unlinked(pull.title),
            body=body,
            digest=text_digest(pull.title, body, repr(page)),
            content=text_digest(repr(page)),
            write=write,
            message=f"Bring the page of opportunity {opportunity.number} up to date: {amendment_name(pull.kind, page)}",
            follows=True,
            merge=self._policy.posting.merge_amendments,
            parts=answers,
        )

    async def _page_of(self, opportunity: Opportunity, tree: Tree) -> dict[Lang, str]:
        """Returns the posts to amend, those of the latest run. Raises DraftBlocked if this is ambiguous.

        One post in each language is the page, even if their refs differ.
        """
        found = await posted_paths(tree, opportunity.url)
        pairs = [paths for paths in found.values() if paths.keys() == LOCALES.keys()]
        if not pairs and sorted(lang for paths in found.values() for lang in paths) == sorted(LOCALES):
            return {lang: path for paths in found.values() for lang, path in paths.items()}
        if not pairs:
            raise DraftBlocked(Message("page.lost", coordinator=opportunity.in_charge))
        if len(found) > opportunity.run:
            listed = tuple(Line(path) for paths in found.values() for path in paths.values())
            raise DraftBlocked(Message("page.ambiguous", coordinator=opportunity.in_charge, paths=listed))
        return pairs[-1]

    def _amendment(self, page: Page, lang: Lang, now: datetime, anew: set[str]) -> Amendment:
        notice = self._messages.say(page.notice, lang) if page.notice else ""
        return Amendment(
            modified=posts.publication_date(now),
            closing=page.closing,
            selection=page.selection,
            delivery=page.delivery,
            bidder=page.bidder,
            work=page.work,
            questions=tuple(
                NewAnswer(
                    q.number,
                    self._asked(q, lang),
                    q.en if lang == "en" else q.fr,
                    changed=str(q.number) in anew,
                )
                for q in page.questions
            ),
            notice=notice if page.noticed else None,
        )

    def _asked(self, question: Question, lang: Lang) -> str:
        """Returns a question for the page, with a remark if it is in the other language."""
        spoken = language(question.text)
        other = spoken is not None and spoken != lang
        return f"{self._messages.say(Message('page.asked'), lang)}\n\n{question.text}" if other else question.text


def _digest(question: Question) -> str:
    return text_digest(question.text, question.en, question.fr)[:16]


async def posted_paths(tree: Tree, url: str) -> dict[str, dict[Lang, str]]:
    """Returns the paths of the posts that link to an issue, by `ref` and language, in the order of posting."""
    found: dict[str, dict[Lang, str]] = {}
    for path in await tree.paths("_posts/"):
        text = await tree.read(path) or ""
        if url not in text:
            continue
        with contextlib.suppress(posts.PostError):
            post = posts.read_post(text)
            if post.issue_url == url:
                found.setdefault(post.ref, {})[post.lang] = path
    return {ref: found[ref] for ref in sorted(found, key=lambda ref: (len(ref), ref))}
