"""The pull requests that amend an opportunity's page: what changed since it was posted, on the posts as they are now.

The posts are found by the address of the issue that they hold, so that a file may be renamed or edited by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.documents import posts
from bot.documents.amendment import Amendment, Answered, amend
from bot.documents.amounts import LOCALES
from bot.documents.messages import Messages, text_digest, unlinked
from bot.drafts.ready import NotReady
from bot.github.effects import Draft
from bot.github.tree import Tree
from bot.pipeline.opportunity import Opportunity, Question
from bot.pipeline.page import Page
from bot.pipeline.policy import Policy
from bot.pipeline.view import Pull
from bot.pipeline.words import Lang, Message


class Amendments:
    """Drafts of amendments."""

    def __init__(self, policy: Policy, messages: Messages) -> None:
        self._policy, self._messages = policy, messages

    def draft(
        self, pull: Pull, page: Page, o: Opportunity, body: str, now: datetime, parts: Mapping[str, str]
    ) -> Draft:
        """`parts` are digests of the answers that the page was last given, by number."""
        answers = {str(question.number): _digest(question) for question in page.questions}

        async def write(tree: Tree) -> dict[str, str]:
            paths = await posts_of(tree, o.url)
            if paths is None:
                raise NotReady(Message("page.lost", coordinator=o.in_charge))
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
            branch=f"opportunity/{o.number}--{pull.kind}",
            title=unlinked(pull.title),
            body=body,
            digest=text_digest(pull.title, body, repr(page)),
            write=write,
            message=f"Bring the page of opportunity {o.number} up to date: {pull.kind}",
            follows=True,
            merge=self._policy.posting.merge_amendments,
            parts=answers,
        )

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
                Answered(q.number, q.text, q.en if lang == "en" else q.fr, changed=str(q.number) in anew)
                for q in page.questions
            ),
            notice=notice if page.noticed else None,
        )


def _digest(question: Question) -> str:
    return text_digest(question.text, question.en, question.fr)[:16]


async def posts_of(tree: Tree, url: str) -> dict[Lang, str] | None:
    """The paths of an opportunity's posts by language, the latest where it was posted more than once."""
    found: dict[Lang, str] = {}
    for path in await tree.paths("_posts/"):
        text = await tree.read(path) or ""
        if url not in text:
            continue
        try:
            post = posts.read(text)
        except posts.PostError:
            continue
        if post.issue_url == url:
            found[post.lang] = path  # in the order of paths, and so of dates
    return found if found.keys() == LOCALES.keys() else None
