"""Writes the bot's feedback on a pull request about posts: the check, remarks on lines, and a coaching comment.

The comment is for people who may never have opened a pull request. It gives the state, the corrections to make and the
next steps. The bot edits this one comment as the pull request changes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.documents.inspection import PostFile, PostFinding
from bot.documents.messages import COMMENT_LIMIT, Messages, fenced
from bot.pipeline.model.words import Line, Login, Message, Url
from bot.pipeline.text.language import OTHER_LANG, Lang

_MOST_FINDINGS = 25
"""The most findings in a comment or a summary; the rest follow when these are corrected."""
_MOST_SUGGESTIONS = 20
"""The most suggestions in one review."""


@dataclass(frozen=True)
class Report:
    """The result of inspecting a pull request.

    `waiting` is what its opportunity lacks before the merge; `adds`: it adds a post. `files` are the posts that are
    missing or wrong, `superfluous` the paths of files to delete, and `pages` the addresses on GitHub to create, edit or
    delete each. `may_publish`: its author may ask the bot to write the posts. `of_posts`: it concerns posts.
    `of_house`: its author needs no coaching. `coordinator` merges it.
    """

    findings: tuple[PostFinding, ...]
    waiting: tuple[Message, ...] = ()
    opportunity: Url | None = None
    author: str = ""
    newcomer: bool = False
    adds: bool = False
    files: tuple[PostFile, ...] = ()
    superfluous: tuple[str, ...] = ()
    pages: Mapping[str, Url] = field(default_factory=dict)
    may_publish: bool = False
    of_posts: bool = True
    of_house: bool = False
    coordinator: Login | None = None

    @property
    def failing(self) -> tuple[PostFinding, ...]:
        return tuple(finding for finding in self.findings if finding.fails)

    @property
    def futile(self) -> bool:
        """Tells if it can never be merged, whatever its files hold."""
        return self.opportunity is not None and bool(self.failing) and not any(one.path for one in self.failing)

    @property
    def conclusion(self) -> str:
        """Returns GitHub's conclusion: success, failure, or action_required if only the opportunity's step is missing.

        Returns neutral if there is nothing to inspect; neutral satisfies a required check as success does.
        https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches
        """
        if not self.of_posts:
            return "neutral"
        if self.failing:
            return "failure"
        return "action_required" if self.waiting else "success"


Spans = Mapping[str, Sequence[range]]
"""The lines in a pull request's difference, by path."""


@dataclass(frozen=True)
class Feedback:
    """The bot's feedback: the check's conclusion, title and summary; remarks as path, first and last line, plain text
    and whether it fails; suggestions as path, first and last line, text and reason; and the comment."""

    check: tuple[str, str, str]
    remarks: Sequence[tuple[str, int, int, str, bool]]
    suggestions: Sequence[tuple[str, int, int, str, str]]
    coach: str


def say(report: Report, messages: Messages, lang: Lang, spans: Spans) -> Feedback:
    """Writes the feedback in both languages, the author's first."""
    title, summary = verdict(report)
    both = " / ".join(messages.say(title, each) for each in _order(lang))
    clicks = _clicks(report, spans)
    text = messages.comment(coach_comment(report, clicks=bool(clicks)), lang)
    return Feedback(
        check=(report.conclusion, both, messages.comment(summary, lang)),
        remarks=[
            (one.path, one.line, one.end, _plainly(one.message, messages, lang), one.fails)
            for one in report.findings
            if one.path
        ],
        suggestions=[
            (one.path, one.line, max(one.line, one.end), one.suggestion or "", messages.comment(one.message, lang))
            for one in clicks
        ],
        coach=_with_files(text, report, messages, lang),
    )


def _clicks(report: Report, spans: Spans) -> list[PostFinding]:
    """Returns the findings with a suggestion on lines where GitHub accepts one.

    Leaves out files that the comment gives as a whole and that suggestions alone would not correct.
    """
    given = {one.path for one in report.files}
    halfway = {one.path for one in report.failing if one.path in given and one.suggestion is None}
    return [
        one
        for one in report.findings
        if one.suggestion is not None
        and one.path not in halfway
        and one.line
        and any(one.line in span and max(one.line, one.end) in span for span in spans.get(one.path, ()))
    ][:_MOST_SUGGESTIONS]


def _plainly(message: Message, messages: Messages, lang: Lang) -> str:
    return "\n\n".join(_plain(messages.say(message, each)) for each in _order(lang))


def verdict(report: Report) -> tuple[Message, Message]:
    """Returns the check's title and summary."""
    title = Message(f"coach.title-{report.conclusion.replace('_', '-')}", count=len(report.failing))
    state = {"waiting": report.waiting, "opportunity": report.opportunity, "of_posts": report.of_posts}
    summary = Message("coach.summary", **state, **_findings(report))
    return title, summary


def wants_coach(report: Report) -> bool:
    """Checks that a comment helps: on new posts, on failures, or for an author outside the organization."""
    return report.of_posts and (report.adds or bool(report.failing) or not report.of_house)


def coach_comment(report: Report, *, clicks: bool = False) -> Message:
    """Returns the comment without the files; `clicks`: there are suggestions to commit."""
    return Message(
        "coach.body",
        author=Login(report.author, ping=True) if report.author else None,
        newcomer=report.newcomer,
        adds=report.adds,
        opportunity=report.opportunity,
        waiting=report.waiting,
        passed=report.conclusion == "success",
        coordinator=report.coordinator,
        of_posts=report.of_posts,
        futile=report.futile,
        places=any(one.path for one in report.failing),
        clicks=clicks,
        files=tuple((report.pages.get(one.path, Line(one.path)), one.now is None) for one in report.files),
        whole=not clicks,
        superfluous=tuple(report.pages.get(path, Line(path)) for path in report.superfluous),
        may_publish=report.may_publish,
        **_findings(report),
    )


def _findings(report: Report) -> dict[str, object]:
    ordered = sorted(report.findings, key=lambda one: not one.fails)
    listed = tuple(
        (Line(f"{one.path}:{one.line}" if one.line else one.path) if one.path else None, one.message, one.fails)
        for one in ordered[:_MOST_FINDINGS]
    )
    return {"findings": listed, "count": len(report.failing), "more": max(0, len(ordered) - _MOST_FINDINGS)}


def _with_files(text: str, report: Report, messages: Messages, lang: Lang) -> str:
    """Adds the whole files to copy, as long as they fit; they are the same in both languages of the comment."""
    for one in report.files:
        title = " / ".join(messages.say(Message("coach.file", path=Line(one.path)), each) for each in _order(lang))
        block = f"\n\n<details><summary>{_as_html(title)}</summary>\n\n{fenced(one.text.rstrip())}\n\n</details>"
        if len(text) + len(block) <= COMMENT_LIMIT:
            text += block
    return text


def _order(lang: Lang) -> tuple[Lang, Lang]:
    return lang, OTHER_LANG[lang]


def _as_html(text: str) -> str:
    """Writes a line of a summary as HTML, because GitHub reads no Markdown there."""
    return re.sub(r"`+\s?(.*?)\s?`+", lambda code: f"<code>{html.escape(code[1])}</code>", text)


_LINK = re.compile(r"\[([^\[\]\n]{0,300})\]\(\S{0,2000}?\)")


def _plain(markdown: str) -> str:
    """Removes Markdown from a text, because GitHub shows annotations as plain text."""
    text = _LINK.sub(r"\1", markdown)
    text = html.unescape(re.sub(r"\\([\\`*_\[\]<>|~!#+=.-])", r"\1", text)).replace("\u200b", "")
    return re.sub(r"\*\*([^*\n]{1,200})\*\*", r"\1", text)
