"""Inspects a pull request that changes `_posts/` of the Micro-Acquisition site.

    >>> inspect([Change("_posts/en/forms.md", text), …], site, expected)
    (PostFinding(Message("inspect.name-date", …), "_posts/en/forms.md"), …)

A finding says what is wrong and what to write instead. If lines can be corrected, it holds the correct ones for a
suggestion on GitHub. Each module checks one kind of rule: `names` of files, the `front` matter, the `body` against what
the bot would write, and the `twins` in two languages. The rules are those of the site's layouts and markdownlint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz

from bot.documents.amounts import LOCALES
from bot.documents.inspection.body import read_body, section_heading
from bot.documents.inspection.found import BaseSite, Change, Expected, PostFile, PostFinding, in_file, on_line, once
from bot.documents.inspection.front import REF, Terms, day_of, front_matter
from bot.documents.inspection.headings import heading_words
from bot.documents.inspection.names import address, free_path, is_right, parse_path, right_path, twin_path, wrong_name
from bot.documents.inspection.page import PostLines, read_page, too_long
from bot.documents.inspection.twins import FACTS, repriced, unlike
from bot.documents.posts import writer as posts
from bot.documents.posts.reader import sections_of, without_address
from bot.documents.text import PostError
from bot.pipeline.model.words import Line, Message
from bot.pipeline.text.language import OTHER_LANG, Lang, language

__all__ = ["BaseSite", "Change", "Expected", "PostFile", "PostFinding", "files", "inspect"]

_MOST: Final = 10
"""The most posts that one inspection reads: each takes up to a second, and no honest pull request changes more."""

Pair = Mapping[Lang, Change]
FixedLines = Mapping[str, Mapping[str, str]]
"""The lines that nobody may change, by path of a post on the site and by field."""


def inspect(
    changes: Sequence[Change], site: BaseSite, expected: Expected | None, fixed: FixedLines = MappingProxyType({})
) -> tuple[PostFinding, ...]:
    """Returns what is wrong, in the order of files and lines; empty if the pull request may be merged as it is."""
    found: dict[str, list[PostFinding]] = {change.path: [] for change in sorted(changes, key=lambda each: each.path)}
    for each in _judged(changes, site, expected, fixed):
        found.setdefault(each.path, []).append(each)
    return tuple(finding for each in found.values() for finding in once(each))


def files(changes: Sequence[Change], site: BaseSite, expected: Expected | None) -> tuple[PostFile, ...]:
    """Returns the new posts as they should be, with those paths, refs and dates that are correct already.

    Returns nothing if there is no statement, if it cannot become a page, or if the pull request adds no post: the bot
    itself amends the posts on the site.
    """
    new = _sorted_out(changes, expected).new
    if expected is None or not new:
        return ()
    pages = {lang: read_page(change.after or "") for lang, change in new.items()}
    paths, ref = _paths(new, site, expected), _ref(pages, {}, site)
    written: list[PostFile] = []
    for lang in LOCALES:
        modified = (day_of(pages[lang].value("last_modified")) if lang in pages else None) or site.today
        try:
            text = posts.write_post(replace(expected.of(lang), ref=ref, modified=modified))
        except PostError:
            return ()
        there = lang in new and new[lang].path == paths[lang]
        written.append(PostFile(paths[lang], text, new[lang].after if there else None))
    return tuple(written)


# --- which file is what ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sorted:
    """The files of a pull request: new posts, changed posts, files to remove, and findings on unreadable ones."""

    new: dict[Lang, Change]
    changed: list[Change]
    extra: list[Change]
    unread: list[PostFinding]


def _sorted_out(changes: Sequence[Change], expected: Expected | None) -> _Sorted:
    candidates: dict[Lang, list[Change]] = {"en": [], "fr": []}
    changed: list[Change] = []
    unread: list[PostFinding] = []
    for change in sorted(changes, key=lambda each: each.path):
        if change.before is not None and not parse_path(change.path).written:
            continue  # a blank template of the site
        if change.after is None:
            gone = change.before is not None
            unread.append(PostFinding(Message("inspect.removed" if gone else "inspect.not-text"), change.path))
        elif too_long(change.after):
            unread.append(PostFinding(Message("inspect.long"), change.path))
        elif change.before is not None:
            changed.append(change)
        else:
            candidates[_lang(change)].append(change)
    new = {lang: _own(lang, each, expected) for lang, each in candidates.items() if each}
    extra = [change for each in candidates.values() for change in each if change not in new.values()]
    return _Sorted(new, changed, extra, unread)


def _lang(change: Change) -> Lang:
    """Returns the language of the folder, or else of the words, the field or the file's name."""
    if lang := parse_path(change.path).lang:
        return lang
    text = change.after or ""
    field = language(text) or read_page(text).value("lang")
    return "fr" if field == "fr" or (field != "en" and change.path.endswith("-fr.md")) else "en"


def _own(lang: Lang, changes: Sequence[Change], expected: Expected | None) -> Change:
    """Returns the post of the linked opportunity among new posts in one language; else the first in the right place."""
    title = expected.of(lang).title[:200] if expected else ""

    def fits(change: Change) -> tuple[float, bool]:
        alike = fuzz.ratio(title, read_page(change.after or "").value("title")[:200]) if title else 0
        return (alike, parse_path(change.path).folder == f"_posts/{lang}")

    return max(changes, key=fits)


# --- the judgement ---------------------------------------------------------------------------------------


def _judged(
    changes: Sequence[Change], site: BaseSite, expected: Expected | None, fixed: FixedLines
) -> Iterator[PostFinding]:
    sorted_out = _sorted_out(changes, expected)
    yield from sorted_out.unread
    for change in sorted_out.extra:
        kept = sorted_out.new[_lang(change)].path
        yield PostFinding(Message("inspect.extra", kept=Line(kept)), change.path)
    for change in sorted_out.changed[_MOST:]:
        yield PostFinding(Message("inspect.many", most=_MOST), change.path)
    if sorted_out.new:
        yield from _new(sorted_out.new, site, expected)
    pairs: list[dict[Lang, Change]] = []
    for change in sorted_out.changed[:_MOST]:
        ref, lang = read_page(change.before or "").value("ref"), _lang(change)
        for pair in pairs:
            twin = pair.get(OTHER_LANG[lang])
            if twin and lang not in pair and read_page(twin.before or "").value("ref") == ref:
                pair[lang] = change
                break
        else:
            pairs.append({lang: change})
    linked = expected if not sorted_out.new and len(pairs) == 1 else None
    for pair in pairs:
        yield from _changed(pair, site, linked, fixed)


def _new(pair: Pair, site: BaseSite, expected: Expected | None) -> Iterator[PostFinding]:
    pages = {lang: read_page(change.after or "") for lang, change in pair.items()}
    there = {} if len(pair) == 2 else _on_the_site(next(iter(pages)), next(iter(pages.values())), site)
    paths = _paths(pair, site, expected)
    ref = _ref(pages, there, site)
    for lang, change in pair.items():
        yield from _name(change, lang, pair, paths, site)
        terms = Terms(lang, ref, site, _statement_lines(expected, lang), None)
        yield from _page(change.path, pages[lang], terms, expected)
    if len(pages) == 2 and expected is None:
        yield from in_file(pair["fr"].path, unlike(pages["fr"], pages["en"], None, pair["en"].path))
    elif len(pages) == 1 and not there:
        (change,) = pair.values()
        missing = OTHER_LANG[next(iter(pair))]
        yield PostFinding(Message("inspect.twin-missing", missing=missing, right=Line(paths[missing])), change.path)


def _name(change: Change, lang: Lang, pair: Pair, paths: Mapping[Lang, str], site: BaseSite) -> Iterator[PostFinding]:
    right = paths[lang]
    found = [*wrong_name(change, lang, right, site)]
    yield from found
    twin = pair.get(OTHER_LANG[lang])
    if change.path == right or found or not twin:
        return
    if address(change.path) == address(twin.path):
        yield PostFinding(Message("inspect.collide", twin=Line(twin.path), right=Line(right)), change.path)
    else:
        yield PostFinding(Message("inspect.twin-dates", twin=Line(twin.path), right=Line(right)), change.path)


def _changed(pair: Pair, site: BaseSite, expected: Expected | None, fixed: FixedLines) -> Iterator[PostFinding]:
    """Inspects an amendment. Findings that the post had before are reported, but do not fail."""
    after = {lang: read_page(change.after or "") for lang, change in pair.items()}
    before = {lang: read_page(change.before or "") for lang, change in pair.items()}
    holds = {lang: fixed.get(change.path, {}) for lang, change in pair.items()}
    prices = {lang: [] if "value" in holds[lang] else [*repriced(after[lang], before[lang])] for lang in pair}
    facts = [name for name in FACTS if not any(name in each for each in holds.values())]
    if any(prices.values()):
        facts.remove("value")
    for lang, change in pair.items():
        there = _on_the_site(lang, before[lang], site)
        terms = Terms(
            lang, _ref({lang: before[lang]}, there, site), site, _statement_lines(expected, lang), before[lang]
        )
        old = {found.message for found in _page(change.path, before[lang], terms, expected)}
        moved = {
            name: line for name, line in holds[lang].items() if after[lang].value(name) != before[lang].value(name)
        }
        terms = replace(terms, lines={**terms.lines, **moved})
        announced = "closing_date" in holds[lang]  # the bot announces a date that moved in the issue
        for found in _page(change.path, after[lang], terms, expected):
            if announced and found.message.name == "inspect.update-missing":
                continue
            yield replace(found, fails=found.fails and found.message not in old)
        yield from in_file(change.path, prices[lang])
        yield from in_file(change.path, _reworded(after[lang], before[lang], lang))
        other = OTHER_LANG[lang]
        if other in pair:
            if lang == "fr":  # report it once, on the French post
                twins = before[lang], before[other]
                yield from in_file(change.path, unlike(after[lang], after[other], twins, pair[other].path, facts))
        elif there:
            ((path, twin),) = there.items()
            yield from in_file(change.path, unlike(after[lang], twin, (before[lang], twin), path, facts))


def _reworded(page: PostLines, before: PostLines, lang: Lang) -> Iterator[PostFinding]:
    """Finds sections whose words changed, without formatting: people rely on them, so reviewers should look."""
    was, now = (read_body(each, lang, None, new=False).sections for each in (before, page))
    for name in now:
        if name in was and was[name] != now[name]:
            line = section_heading(page, name, lang)
            yield on_line(Message("inspect.section-changed", heading=heading_words(name, lang)), line, fails=False)


def _page(path: str, page: PostLines, terms: Terms, expected: Expected | None) -> Iterator[PostFinding]:
    yield from in_file(path, front_matter(page, terms))
    if not page.closes:
        return
    body = read_body(page, terms.lang, expected.of(terms.lang) if expected else None, new=terms.before is None)
    yield from in_file(path, body.findings)
    if expected and body.sections:
        yield from in_file(path, _sections(page, terms.lang, body.sections, expected))
    if page.lines and not page.ended:
        yield from in_file(path, [on_line(Message("inspect.final-newline"), len(page.lines), page.lines[-1])])


def _sections(page: PostLines, lang: Lang, written: Mapping[str, str], expected: Expected) -> Iterator[PostFinding]:
    """Finds sections whose words differ from the statement's, without formatting."""
    post = expected.of(lang)
    try:
        stated = sections_of(posts.page_body(replace(post, questions=())), lang)
    except PostError:
        return
    stated["opportunity"] = without_address(stated.get("opportunity", ""), lang)[0]
    for name, text in written.items():
        if text and text != stated.get(name, ""):
            line = section_heading(page, name, lang)
            yield on_line(Message("inspect.section-differs", heading=heading_words(name, lang)), line)


# --- what it should be -----------------------------------------------------------------------------------


def _statement_lines(expected: Expected | None, lang: Lang) -> dict[str, str]:
    """Returns the lines of front matter that come from the statement."""
    if expected is None:
        return {}
    try:
        page = read_page(posts.write_post(expected.of(lang)))
    except PostError:
        return {}
    names = ("title", "skills", "value", "closing_date", "start_date", "delivery_date", "short_desc")
    return {each.name: page.lines[each.line - 1] for each in page.fields if each.name in names}


def _ref(pages: Mapping[Lang, PostLines], there: Mapping[str, PostLines], site: BaseSite) -> str:
    """Returns the ref of the twin on the site or of the post itself if it is free, else the next free one."""
    for page in [*there.values(), *pages.values()]:
        if REF.fullmatch(ref := page.value("ref")) and ref not in site.refs:
            return ref
    return site.free


def _on_the_site(lang: Lang, page: PostLines, site: BaseSite) -> dict[str, PostLines]:
    """Returns the post in the other language on the base branch, by its path; empty if there is none."""
    ref = page.value("ref")
    for path, text in site.texts.items():
        if ref and parse_path(path).lang == OTHER_LANG[lang] and parse_path(path).written:
            twin = read_page(text)
            if twin.value("ref") == ref:
                return {path: twin}
    return {}


def _paths(pair: Pair, site: BaseSite, expected: Expected | None) -> dict[Lang, str]:
    """Returns the paths of the two new posts: those they have if correct, with one date, at two free addresses."""
    today = site.today
    right = [lang for lang, change in pair.items() if is_right(change.path, lang, today)]
    first = pair[right[0]].path if right else next(iter(pair.values())).path
    day = parse_path(right_path(first, "en", today)).day or today
    named = dict(zip(LOCALES, posts.paths(expected.en, expected.fr, day), strict=True)) if expected else {}
    paths: dict[Lang, str] = {}
    for lang in LOCALES:
        change = pair.get(lang)
        if change is None:
            path = named.get(lang) or twin_path(right_path(first, OTHER_LANG[lang], today), OTHER_LANG[lang])
        elif lang in right:
            path = change.path
        else:
            path = named.get(lang) or right_path(change.path, lang, today)
        paths[lang] = _with_day(path, day)
    taken = {address(path) for path in site.paths}
    paths["en"] = free_path(paths["en"], taken)
    if address(paths["fr"]) == address(paths["en"]):
        paths["fr"] = f"{paths['fr'].removesuffix('.md')}-fr.md"
    paths["fr"] = free_path(paths["fr"], taken | {address(paths["en"])})
    return paths


def _with_day(path: str, day: date) -> str:
    folder, _, file = path.rpartition("/")
    return f"{folder}/{day:%Y-%m-%d}{file[10:]}"
