"""Writes the bot's messages from templates: one Markdown file per topic, the same names in English and French.

A file of `config/messages/en` holds the messages of a step or a command, each under a `# name` line:

    # done
    The opportunity is posted: {{ pull }}. It closes on {{ closing }}.

Templates are Jinja. Each value is written by its type: a `Money` as dollars, a `date` in words, a `Login` without
notifying, a `Message` as that message. A plain `str` is a person's text and is escaped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from jinja2 import Environment, StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes

from bot.documents.amounts import LOCALES, dollars
from bot.documents.dates import spelled
from bot.pipeline.calendar import EASTERN
from bot.pipeline.model.words import Line, Login, Message, Url
from bot.pipeline.money import Money
from bot.pipeline.text.language import OTHER_LANG, Lang
from bot.pipeline.text.letters import on_one_line

BREAK = "\n\n---\n\n"


class MessageError(Exception):
    """A message cannot be written; the text says which file, name or argument is wrong."""


class Written(str):
    """The bot's own Markdown, which needs no escaping."""

    __slots__ = ()


_SPECIAL = re.compile(r"([\\`*_\[\]<>|~!])")
_PINGS = re.compile(r"((?<![\w&])@(?=\w)|#(?=\d)|(?<!\w)GH-(?=\d))", re.IGNORECASE)
_BLOCKS = re.compile(r"^(\s*)([-+=#]|\d+(?=[.)]))")


def escaped(text: str) -> str:
    """Escapes a person's text to one line that GitHub shows as written, without markup, mentions, references or HTML.

    A zero-width space after `@` and `#` keeps GitHub from linking them; dependency bots do the same.
    """
    line = on_one_line(text).replace("&", "&amp;")
    line = _SPECIAL.sub(r"\\\1", line)
    line = _PINGS.sub(r"\1&#8203;", line)
    return _BLOCKS.sub(lambda m: f"{m[1]}\\{m[2]}" if not m[2].isdigit() else f"{m[1]}{m[2]}&#8203;", line)


_QUOTED: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"(?<=“)\{\{ (.+?) \}\}(?=”)"),
    "fr": re.compile(r"(?<=«\u00a0)\{\{ (.+?) \}\}(?=\u00a0»)"),
}
"""The values between quotation marks in a template."""


def _inside(value: Any, lang: Lang) -> Any:
    """Changes quotation marks in a value between quotation marks to those of an inner quotation."""
    if not isinstance(value, str) or isinstance(value, Written):
        return value
    if lang == "en":
        return value.replace("“", "‘").replace("”", "’")
    return re.sub(r"«[ \u00a0\u202f]*", "“", re.sub(r"[ \u00a0\u202f]*»", "”", value))


def code(text: str) -> str:
    """Writes a text as a code span, whatever its signs."""
    text = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def fenced(text: str) -> str:
    """Writes a text as a block of code, which GitHub shows with a button to copy it, whatever its signs."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def unlinked(text: str) -> str:
    """Writes a title of a pull request so that no keyword in its merge commit closes an issue."""
    return re.sub(r"([#@]|\bGH-|://)(?=\w)", "\\1\u200b", on_one_line(text), flags=re.IGNORECASE)


@dataclass(frozen=True)
class Section:
    """A message in one language; `place` is its file and line, `values` the place of each argument's first use."""

    template: Template
    place: str
    values: Mapping[str, str]


_SECTION = re.compile(r"^# (\S+)[ \t]*\n+", re.MULTILINE)


class Messages:
    """The messages of the bot. `files` are the texts by language and topic, which the caller read.

    Raises MessageError, which begins with file and line, if a template is broken, if a message is missing in one
    language, or if only one language uses an argument.
    """

    def __init__(self, files: Mapping[Lang, Mapping[str, str]]) -> None:
        self._sections = {lang: self._load(lang, files[lang]) for lang in LOCALES}
        for lang, other in OTHER_LANG.items():
            for name, section in self._sections[lang].items():
                self._compare(name, section, other)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._sections["en"])

    def _compare(self, name: str, section: Section, other: Lang) -> None:
        topic, _, short = name.partition(".")
        twin = self._sections[other].get(name)
        if twin is None:
            raise MessageError(f"{section.place}: {short} is missing in {other}/{topic}.md, so write it there too")
        mine, theirs = _only(section, twin), _only(twin, section)
        if mine:
            instead = f", but {theirs[0]}" if theirs else ""
            raise MessageError(f"{mine[0]} is not in {other}/{topic}.md{instead}; use the same values in both")

    def _load(self, lang: Lang, files: Mapping[str, str]) -> dict[str, Section]:
        environment = Environment(  # noqa: S701 - Markdown, not HTML: `finalize` escapes
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=lambda value: self.show(value, lang),
        )
        environment.filters["listed"] = lambda values: self._listed(values, lang, "standard")
        environment.filters["either"] = lambda values: self._listed(values, lang, "or")
        environment.filters["inside"] = lambda value: _inside(value, lang)
        environment.filters["fenced"] = lambda line: Written(fenced(line.text))
        environment.globals.update(lang=lang, plural=lambda n, one, many: _plural(n, one, many, lang))
        sections: dict[str, Section] = {}
        for topic, text in files.items():
            for name, line, body in _sections(text):
                file = f"{lang}/{topic}.md"
                if f"{topic}.{name}" in sections:
                    raise MessageError(f"{file}, line {line}: {name} is there twice, so remove one")
                try:
                    template = environment.from_string(_QUOTED[lang].sub(r"{{ (\1) | inside }}", body))
                except TemplateSyntaxError as error:
                    raise MessageError(f"{file}, line {line + error.lineno}: {name} is broken ({error})") from error
                values = {value: f"{file}, line {line + at}" for value, at in _values(environment, body).items()}
                sections[f"{topic}.{name}"] = Section(template, f"{file}, line {line}", values)
        return sections

    def say(self, message: Message, lang: Lang) -> str:
        """Writes a message in one language."""
        section = self._sections[lang].get(message.name)
        if section is None:
            raise MessageError(f"there is no message {message.name} in {lang}")
        try:
            return section.template.render(message.args).strip()
        except (TemplateError, TypeError) as error:
            raise MessageError(f"{message.name} in {lang}: {error}") from error

    def comment(self, message: Message, lead: Lang) -> str:
        """Writes a comment in both languages, the reader's first."""
        return _whole(self.say(message, lead), self.say(message, OTHER_LANG[lead]))

    def answer(self, to: str, messages: tuple[Message, ...], lead: Lang) -> str:
        """Writes an answer to a person, with their name once."""
        texts = {lang: "\n\n".join(self.say(message, lang) for message in messages) for lang in LOCALES}
        addressed = re.match(rf"@{re.escape(to)}(?![\w-])", texts[lead], re.IGNORECASE)
        return _whole(texts[lead] if addressed else f"@{to} — {texts[lead]}", texts[OTHER_LANG[lead]])

    def checklist(self, message: Message, lead: Lang) -> str:
        """Writes a checklist in both languages; a name in each line lets the bot recognise a tick."""
        lines = []
        for name, text, ticked in message.args["boxes"]:
            words = f"{self.say(text, lead)}<br>{self.say(text, OTHER_LANG[lead])}"
            lines.append(f"- [{'x' if ticked else ' '}] {words} <!-- box {name} -->")
        return "\n\n".join([self.say(message, lead), self.say(message, OTHER_LANG[lead]), "\n".join(lines)])

    def show(self, value: Any, lang: Lang) -> str:
        """Writes a value for a sentence."""
        match value:
            case Written():
                return value
            case None:
                return ""
            case Message():
                return Written(self.say(value, lang))
            case Login(name, ping):
                return Written(f"@{name}" if ping else f"**{name}**")
            case Line(text):
                return Written(code(text))
            case Url(href, text):
                shown = self.show(text, lang) if isinstance(text, Message) else _label(text or href)
                return Written(f"[{shown}]({_address(href)})")
            case Money(amount):
                return Written(dollars(amount, lang))
            case datetime():
                return Written(_moment(value, lang))
            case date():
                return Written(spelled(value, lang, weekday=True))
            case int() | Decimal() if not isinstance(value, bool):
                return Written(format_decimal(value, locale=LOCALES[lang]))
            case str():
                return Written(escaped(value))
        raise TypeError(f"a {type(value).__name__} cannot be said")

    def _listed(self, values: Any, lang: Lang, style: str) -> Written:
        shown = [self.show(value, lang) for value in values]
        return Written(format_list(shown, style=style, locale=LOCALES[lang]))  # type: ignore[arg-type]


def _only(section: Section, twin: Section) -> list[str]:
    """Returns the arguments that only `section` uses, with their places."""
    return [f"{place}: {{{{ {value} }}}}" for value, place in section.values.items() if value not in twin.values]


def _sections(text: str) -> Iterator[tuple[str, int, str]]:
    """Yields the messages of a file: the name, the number of the line above the text, and the text."""
    starts = [*_SECTION.finditer(text)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=True):
        yield start[1], text.count("\n", 0, start.end()), text[start.end() : end].strip("\n")


def _values(environment: Environment, body: str) -> dict[str, int]:
    """Returns the arguments of a template, each with the line of its first use."""
    names = [*environment.parse(body).find_all(nodes.Name)]
    own = {name.name for name in names if name.ctx == "store"} | environment.globals.keys()
    return {name.name: name.lineno for name in reversed(names) if name.name not in own}


COMMENT_LIMIT = 65_000
"""The most characters that GitHub accepts in a comment, less room for the mark."""


def _whole(first: str, second: str) -> str:
    """Joins both languages; if they are too long together, cuts each at a line's end, to equal length."""
    if len(first) + len(second) + len(BREAK) > COMMENT_LIMIT:
        half = COMMENT_LIMIT // 2 - len(BREAK)
        first, second = (
            text if len(text) <= half else text[:half].rpartition("\n")[0] + "\n…" for text in (first, second)
        )
    return first + BREAK + second


def digest(message: Message, lead: Lang) -> str:
    """Returns a digest of a message's name and values, so that new wording rewrites no old comment."""
    return text_digest(f"{lead} {message!r}")


def text_digest(*parts: str) -> str:
    """Returns a digest of a text, to check whether GitHub shows it already."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _label(text: str) -> str:
    """Escapes the text of the bot's own link: only signs that would end the label."""
    return re.sub(r"([\\\[\]<>`*_])", r"\\\1", text)


def _address(href: str) -> str:
    return re.sub(r"[\s<>()\\\"]", lambda m: f"%{ord(m[0]):02X}", href)


def _plural(number: int, one: str, many: str, lang: Lang) -> Written:
    """Returns `one` for 1 in English, for 0 and 1 in French (Babel's rules for whole numbers)."""
    return Written(one if number == 1 or (lang == "fr" and number == 0) else many)


def _moment(at: datetime, lang: Lang) -> str:
    """Writes a time in words, in Eastern time."""
    local = at.astimezone(EASTERN)
    if lang == "fr":
        return f"{spelled(local.date(), lang, weekday=True)} à {local:%-H}\u00a0h\u00a0{local:%M}, heure de l’Est"
    clock = format_time(local, "h:mm a", locale="en_CA")
    return f"{spelled(local.date(), lang, weekday=True)}, {clock} Eastern"
