"""What is said on a pull request about posts: the check's verdict, remarks on lines, and one comment that coaches.

The comment is for people who may never have opened a pull request: where it stands, what to put right and how, and
what happens next. It follows the pull request; nobody is told twice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.documents.inspection import Finding
from bot.documents.messages import LONGEST, OTHER, Messages, fenced
from bot.pipeline.words import Lang, Line, Login, Message, Url

TOLD = 25
"""Findings that a comment lists; the check has them all."""
OFFERED = 20
"""Suggestions in one review."""


@dataclass(frozen=True)
class Report:
    """A pull request, judged.

    `waiting` is what its opportunity lacks before it may be merged; `adds`: it posts something new. `files` are those
    that should be there and are not as they should be, by path; `edit` is where each is made or changed on GitHub.
    """

    findings: tuple[Finding, ...]
    waiting: tuple[Message, ...] = ()
    opportunity: Url | None = None
    author: str = ""
    newcomer: bool = False
    adds: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    edit: Mapping[str, Url] = field(default_factory=dict)

    @property
    def failing(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.fails)

    @property
    def conclusion(self) -> str:
        """As GitHub names it: success, failure, or action_required where only the opportunity's own step is missing."""
        if self.failing:
            return "failure"
        return "action_required" if self.waiting else "success"


def check(report: Report | None, messages: Messages, lang: Lang) -> tuple[str, str, str]:
    """Conclusion, title and summary of the check run, in both languages, the author's first."""
    report = report or Report(())
    title, summary = verdict(report)
    both = " / ".join(messages.say(title, each) for each in _order(lang))
    return report.conclusion, both, messages.comment(summary, lang)


def verdict(report: Report) -> tuple[Message, Message]:
    """What the check's title and summary say."""
    title = Message(f"coach.title-{report.conclusion.replace('_', '-')}", count=len(report.failing))
    summary = Message("coach.summary", waiting=report.waiting, opportunity=report.opportunity, **_findings(report))
    return title, summary


def remarks(report: Report | None, messages: Messages, lang: Lang) -> Sequence[tuple[str, int, int, str, bool]]:
    """Path, first and last line, plain text and whether it fails, of each finding in a file."""
    found = [one for one in report.findings if one.path] if report else []
    return [
        (
            one.path,
            one.line,
            one.end,
            "\n\n".join(_plain(messages.say(one.message, each)) for each in _order(lang)),
            one.fails,
        )
        for one in found
    ]


def suggestions(report: Report | None, messages: Messages, lang: Lang) -> Sequence[tuple[str, int, int, str, str]]:
    """Path, first and last line, the text to put there, and why, of each line that a click can put right."""
    found = [one for one in report.findings if one.suggestion is not None and one.line] if report else []
    return [
        (one.path, one.line, max(one.line, one.end), one.suggestion or "", messages.comment(one.message, lang))
        for one in found[:OFFERED]
    ]


def wants_coach(report: Report | None) -> bool:
    """Whether there is anything to coach about: new posts, or something wrong with changed ones."""
    return report is not None and bool(report.adds or report.failing)


def coach(report: Report | None, messages: Messages, lang: Lang) -> str:
    """The comment, without its mark."""
    report = report or Report(())
    return _with_files(messages.comment(advice(report), lang), report, messages, lang)


def advice(report: Report) -> Message:
    """What the comment says, beside the files."""
    there = _present(report)
    return Message(
        "coach.body",
        author=Login(report.author, ping=True) if report.author else None,
        newcomer=report.newcomer,
        adds=report.adds,
        opportunity=report.opportunity,
        waiting=report.waiting,
        passed=report.conclusion == "success",
        clicks=any(one.suggestion is not None and one.line for one in report.findings),
        files=tuple((Line(path), report.edit.get(path), path not in there) for path in report.files),
        **_findings(report),
    )


def _present(report: Report) -> frozenset[str]:
    """Files that the pull request has already, under the path that they should have."""
    return frozenset(
        path for path in report.files if "/edit/" in (report.edit[path].href if path in report.edit else "")
    )


def _findings(report: Report) -> dict[str, object]:
    ordered = sorted(report.findings, key=lambda one: not one.fails)
    told = tuple(
        (Line(f"{one.path}:{one.line}" if one.line else one.path) if one.path else None, one.message, one.fails)
        for one in ordered[:TOLD]
    )
    return {"findings": told, "count": len(report.failing), "more": max(0, len(ordered) - TOLD)}


def _with_files(text: str, report: Report, messages: Messages, lang: Lang) -> str:
    """The whole files, to be copied, as long as they fit; what they hold is the statement's, said once for both."""
    for path, content in report.files.items():
        title = " / ".join(messages.say(Message("coach.file", path=Line(path)), each) for each in _order(lang))
        block = f"\n\n<details><summary>{_as_html(title)}</summary>\n\n{fenced(content.rstrip())}\n\n</details>"
        if len(text) + len(block) <= LONGEST:
            text += block
    return text


def _order(lang: Lang) -> tuple[Lang, Lang]:
    return lang, OTHER[lang]


def _as_html(text: str) -> str:
    """A summary's line, in which GitHub reads no Markdown."""
    return re.sub(r"`+\s?(.*?)\s?`+", lambda code: f"<code>{html.escape(code[1])}</code>", text)


def _plain(markdown: str) -> str:
    """Words without the signs that keep Markdown from reading them: an annotation is shown as it is written."""
    text = re.sub(r"\[((?:\\.|[^\]\\])*)\]\(([^)\s]*)\)", r"\1", markdown)
    text = html.unescape(re.sub(r"\\([\\`*_\[\]<>|~!#+=.-])", r"\1", text)).replace("\u200b", "")
    return re.sub(r"\*\*(.+?)\*\*", r"\1", text)
