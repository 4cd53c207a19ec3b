"""The posts as Jekyll builds them: what the repository's site, which the sandbox also holds, shows to suppliers."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import pytest

from bot.documents.posts import writer as posts
from bot.documents.posts.amendment import Amendment, NewAnswer, amend
from bot.documents.posts.writer import Post, PostQuestion
from bot.documents.text import one_line
from tests.documents.test_posts import ENGLISH, FRENCH, REAL, soup
from tests.tools import needs_shared, require

SEED = Path(__file__).parents[2] / "sandbox/seed"
LISTS = {"en": "en/opportunities/index.html", "fr": "fr/opportunites/index.html"}
TITLES = [
    *("a: b # c", "'x'", '"', "“É”\N{NO-BREAK SPACE}: …", "yes", "~", "null", "1,000", "1_000", "012", "0x1F", "1e3"),
    *(".inf", "12:30:45", "2027-07-12", "=", "<<", "!ruby/object:Object", "&a", "*a*", "[a]", "{a: b}", "|", ">-"),
    *("%x", "@x", "`x`", "- x", "---", "? x", ":sym", "\\", "{{ site.title }}", "{% raw %}", "{%- endif", "{# x #}"),
    *("<b>&lt;", "</title><script>x</script>", "<!-- x", "R&D &amp; &copy;", "$$x$$", "{: .x}", "日本語", "\N{ROCKET}"),
]
TEMPLATE = "Forms with `{{ site.title }}`, {{ site.title }} and {% raw %}, <b>bold</b> <img src=x onerror=x>"
OURS = {"html", "head", "meta", "title", "body", "main", "article", "dl", "dt", "dd"}
MARKDOWN = {
    *("a", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "em", "strong", "del"),
    *("code", "pre", "div", "span", "img", "table", "thead", "tbody", "tr", "th", "td"),
}


@cache
def today() -> date:
    """Asked for first when the site is built, and the same from then on."""
    return posts.publication_date(datetime.now(UTC))


@dataclass(frozen=True)
class Pair:
    """One opportunity: its two posts, what was put in their files, and the day in their names."""

    en: Post
    fr: Post
    published: date
    texts: tuple[str, str]

    @property
    def paths(self) -> tuple[str, str]:
        return posts.paths(self.en, self.fr, self.published)


def pair(number: int, en: Post, fr: Post, published: date | None = None, amendment: Amendment | None = None) -> Pair:
    """Posted `number` days ago unless `published` says when; amended where there is something to amend."""
    en, fr = (replace(post, ref=f"opportunity{number}") for post in (en, fr))
    texts = posts.write_post(en), posts.write_post(fr)
    if amendment:
        texts = amend(texts[0], "en", amendment), amend(texts[1], "fr", amendment)
        en, fr = (replace(post, closing=amendment.closing or post.closing) for post in (en, fr))
    return Pair(en, fr, published or today() - timedelta(days=number), texts)


def opportunities() -> dict[str, list[Pair]]:
    dice, numbers = random.Random(2027), iter(range(2, 1000))

    def titled(title: str, post: Post) -> Post:
        return replace(
            post, title=title, short=f"{title} {title}", skills=(title.replace(",", ""), "Go"), description=TEMPLATE
        )

    def wild(post: Post) -> Post:
        return replace(post, description=soup(dice), opportunity=soup(dice), evaluation=TEMPLATE, criteria=soup(dice))

    def asked(number: int) -> tuple[NewAnswer, ...]:
        return tuple(NewAnswer(each, soup(dice), soup(dice), changed=True) for each in range(1, number))

    def read(folder: Path, en: str, fr: str) -> tuple[Post, Post]:
        return posts.read_post((folder / en).read_text()), posts.read_post((folder / fr).read_text())

    moved = Amendment(today(), closing=date(2027, 12, 1), notice="{{ site.title }} moved.")
    winter = {"closing": date(2027, 1, 5)}
    found = {
        "ordinary": [pair(next(numbers), ENGLISH, FRENCH), pair(next(numbers), replace(ENGLISH, **winter), FRENCH)],
        "demonstration": [pair(next(numbers), *read(SEED, "statement-en.md", "statement-fr.md"))],
        "hostile titles": [pair(next(numbers), titled(title, ENGLISH), titled(title, FRENCH)) for title in TITLES],
        "hostile statements": [pair(next(numbers), wild(ENGLISH), wild(FRENCH)) for _ in range(40)],
        "amended": [
            pair(
                next(numbers),
                replace(wild(ENGLISH), questions=(PostQuestion("Why?", "So."),)),
                replace(wild(FRENCH), questions=(PostQuestion("Pourquoi\N{NO-BREAK SPACE}?", ""),)),
                amendment=replace(moved, bidder=(f"{title} <b>", "https://x.org"), questions=asked(5)),
            )
            for title in TITLES[:12]
        ],
        "same day": [
            pair(next(numbers), replace(ENGLISH, title="Form A"), FRENCH, today()),
            pair(next(numbers), replace(ENGLISH, title="Form B"), replace(FRENCH, title="Form A"), today()),
        ],
    }
    if REAL.is_dir():
        names = (next((REAL / lang).glob("2021-06-23-*.md")).relative_to(REAL).as_posix() for lang in LISTS)
        found["real"] = [pair(next(numbers), *read(REAL, *names))]
    return found


class Page(HTMLParser):
    """A built page: its tags, its text, the text of each heading, and of the elements of each class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.links = set[str](), set[str](), list[tuple[str, str]]()
        self.text, self.named = "", defaultdict[str, list[str]](list)
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.attributes |= found.keys()
        names = [name for name in (tag, found.get("class")) if name]
        for name in names:
            self.named[name].append("")
        self._open.append((tag, names))
        if tag == "a":
            self.links.append((found.get("class") or "", found.get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_comment(self, data: str) -> None:
        self.tags.add(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, names in self._open:
            for name in names:
                self.named[name][-1] += data

    def hrefs(self, name: str) -> list[str]:
        return [href for each, href in self.links if each == name]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Pair]]]:
    """The site with every opportunity, built once."""
    jekyll = shutil.which("jekyll")
    require(jekyll, "jekyll is not installed")
    site = tmp_path_factory.mktemp("site") / "site"
    shutil.copytree(SEED / "micro-acquisition", site)
    pairs = opportunities()
    tomorrow = pair(
        1, replace(ENGLISH, title="Not yet"), replace(FRENCH, title="Pas encore"), today() + timedelta(days=1)
    )
    for each in [*chain(*pairs.values()), tomorrow]:
        for path, text in zip(each.paths, each.texts, strict=True):
            assert not (site / path).exists()
            (site / path).write_text(text)
    run = [jekyll, "build", "--source", site, "--destination", site / "_site"]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search("(?i)warning|error|conflict", done.stdout + done.stderr), done.stderr
    return site / "_site", pairs


def address(path: str) -> str:
    year, month, day, name = Path(path).stem.split("-", 3)
    return f"/{year}/{month}/{day}/{name}.html"


@pytest.fixture(scope="module")
def listed(built) -> dict[str, dict[str, dict[str, str]]]:
    """What each list says of each opportunity, by the address it leads to."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for lang, path in LISTS.items():
        page = Page((built[0] / path).read_text())
        names = ("opportunity", "short", "value", "skills", "posted", "closing")
        columns = {name: page.named[name] for name in names} | {"twin": page.hrefs("twin")}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        found[lang] = dict(zip(page.hrefs("opportunity"), rows, strict=True))
        assert page.tags <= OURS | MARKDOWN
    return found


KINDS = ["ordinary", "demonstration", "hostile titles", "hostile statements", "amended", "same day", "real"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_opportunity_is_in_both_lists_as_people_wrote_it(kind, built, listed):
    needs_shared(kind in built[1])
    for each in built[1][kind]:
        here = [address(path) for path in each.paths]
        for post, own, other in ((each.en, *here), (each.fr, *reversed(here))):
            assert listed[post.lang][own] == {
                "opportunity": one_line(post.title),
                "short": one_line(post.short),
                "value": posts.money(post.value, post.lang),
                "skills": ", ".join(map(one_line, post.skills)),
                "posted": each.published.isoformat(),
                "closing": post.closing.isoformat(),
                "twin": other,
            }


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_holds_peoples_words_and_runs_none(kind, built):
    needs_shared(kind in built[1])
    site, pairs = built
    for each in pairs[kind]:
        for post, path, text, other in zip(
            (each.en, each.fr), each.paths, each.texts, reversed(each.paths), strict=True
        ):
            html = (site / address(path).lstrip("/")).read_text()
            page = Page(html)
            assert (page.named["h1"], page.named["title"]) == ([one_line(post.title)], [one_line(post.title)])
            assert page.hrefs("twin") == [address(other)]
            assert page.tags <= OURS | MARKDOWN
            assert not {name for name in page.attributes if name.startswith("on")}
            headings = re.findall("^#+ ", re.sub("(?ms)^( *)(`{3,}).*?^ *\\2$", "", text.split("---\n", 2)[2]), re.M)
            levels = [len(page.named[f"h{level}"]) for level in range(2, 7)]
            assert levels == [headings.count("#" * level + " ") for level in range(2, 7)]
            wording = posts.WORDING[post.lang]
            for heading in (wording.description, wording.background, wording.opportunity, wording.criteria):
                assert heading.replace("'", "’") in [*page.named["h2"], *page.named["h3"]]
            if TEMPLATE in (post.description, post.evaluation):
                assert TEMPLATE.replace("`", "") in page.text


def test_what_amendments_say_is_shown(built):
    site, pairs = built
    for each in pairs["amended"]:
        for path, lang in zip(each.paths, LISTS, strict=True):
            page = Page((site / address(path).lstrip("/")).read_text())
            wording = posts.WORDING[lang]
            asked = [heading for heading in page.named["h3"] if heading.startswith(wording.question)]
            assert asked[:4] == [f"{wording.question} {number}" for number in range(1, 5)]
            assert page.named["bidder"][0].endswith(" <b>")
            notice = wording.notice.format("{{ site.title }} moved.").replace("*", "")
            assert notice in page.named["p"]


def test_a_post_dated_tomorrow_in_vancouver_is_hidden(built, listed):
    titles = {row["opportunity"] for lists in listed.values() for row in lists.values()}
    assert {"Form A", "Form B"} <= titles
    assert not titles & {"Not yet", "Pas encore"}
    assert not list(built[0].rglob("not-yet*"))


def test_no_two_opportunities_share_an_address(built, listed):
    pairs = list(chain(*built[1].values()))
    addresses = {address(path) for each in pairs for path in each.paths}
    assert len(addresses) == 2 * len(pairs)
    assert addresses <= listed["en"].keys() | listed["fr"].keys()
