"""Finds what a public thread should not contain: numbers and addresses of people, and security markings.

    find("Call me at 613-555-0123") == {"phone"}

It returns only kinds, never the information itself. A missed number harms a person, and a wrong flag costs them one
glance, so it flags doubtful numbers, unless the text itself gives a number another meaning (`run 123456782`,
`#123456782`, `$123 456 782`). It ignores addresses of pages and HTML comments, and reads code, because people paste
data. It misses numbers in words, addresses such as "joe at gmail dot com", seven digits without an area code, and
numbers on two lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from bot.pipeline.reading import markings
from bot.pipeline.text.letters import unaccented


@lru_cache(maxsize=256)
def kinds_in(text: str) -> frozenset[str]:
    """Returns the kinds that the text seems to contain: `sin`, `card`, `phone`, `email`, `protected`."""
    searched = _PAGES.sub("\ufffc", _plain(_without_comments(text)))
    return frozenset(kind for kind, holds in _KINDS.items() if holds(searched))


_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", None),
        "’": "'",
    }
)
_ESCAPE = re.compile(r"\\(?=[-_.()+@*#])")
_PAGES = re.compile(
    r"(?:(?<![\w+.-])[a-z][a-z0-9+.-]*+://|(?<![\w.@-])(?:www\.|(?:[\w-]++\.)++[a-z]{2,24}/))"
    r"[^\s<>()\"'`|,;]*(?:\([^\s<>()]*\)[^\s<>()\"'`|,;]*)*",
    re.IGNORECASE,
)
"""Addresses with a scheme, or a host and a path: `https://…`, `www.…`, `github.com/…`."""


def _plain(text: str) -> str:
    """Gives each letter, blank and dash one form, without accents."""
    return _ESCAPE.sub("", unaccented(text).translate(_ALIKE))


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return " ".join([*parts, text[at:]])


# --- numbers ---------------------------------------------------------------------------------------------

_BEFORE = r"(?<![^\W_])(?<![^\W_]_)(?<![0-9][.-])(?<![/#$])"
_AFTER = r"(?![^\W_])(?!_[^\W_])(?![.-][0-9])"
"""Not inside a word, a hash, a version or a longer number; the `_` of emphasis may stand there."""

_NAMED = re.compile(
    r"(?:(?:\b|_)(?:ids?|runs?|rounds?|rondes?|builds?|jobs?|issues?|pulls?|prs?|comments?|commits?|sha\d*|tickets?"
    r"|orders?|commandes?|invoices?|factures?|versions?|rev|seeds?|isbn|ports?|timestamps?|epoch|size|taille|total"
    r"|count|bn|ne|[gh]st|tp[sv]|tvh|duns|neq|v|cad|usd)|(?-i:Id|ID)|[#€£])"
    r"[\"'`]?(?: ?(?:n[o°]\.?|number|numero|is|est|of|de|[:=(#]))*[ \"'`]*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r" ?(?:[$€£%]|(?:dollars?|cad|usd|euros?|bytes?|octets?|[kmgt]i?[bo]|bits?|ms|ns|s|rows?|lines?|records?"
    r"|lignes?|tokens?|r[cptz] ?[0-9]{4})\b)|,[0-9]{1,2}(?![0-9])",
    re.IGNORECASE,
)


def _otherwise(number: re.Match[str]) -> bool:
    """Returns whether the words beside a number make it an identifier, an amount or a count."""
    before = number.string[max(0, number.start() - 40) : number.start()]
    return bool(_NAMED.search(before) or _COUNTED.match(number.string, number.end()))


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _luhn(digits: str) -> bool:
    """Returns whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(two - 9 if two > 9 else two for two in doubled)) % 10 == 0


_SIN = re.compile(
    rf"{_BEFORE}(?<!\+)[1-79][0-9]{{2}}(?:(?P<joint>-?)[0-9]{{3}}(?P=joint)[0-9]{{3}}"
    rf"|(?<![0-9] ...) [0-9]{{3}} [0-9]{{3}}(?! [0-9]{{3}}(?![0-9-]))){_AFTER}"
)
_SAYS_SIN = re.compile(r"\b(?:sin|s\.i\.n|nas|n\.a\.s|social insurance|assurance sociale)\b", re.IGNORECASE)


def _sin(text: str) -> bool:
    """Finds a Social Insurance Number: nine digits, the last one Luhn's, in threes with hyphens or blanks, or together.

    It begins with 1 to 7, or 9 for temporary residents; Service Canada issues none with 0 or 8. One in ten numbers
    of nine digits passes Luhn. So without hyphens, and without SIN or NAS before it, a number does not count if words
    give it another meaning (a business number, `123456782 RT0001`), or if it is round (`100 000 009`).
    """
    return any(_luhn(_digits(number[0])) and _is_sin(number) for number in _SIN.finditer(text))


def _is_sin(number: re.Match[str]) -> bool:
    if number["joint"] == "-" or _SAYS_SIN.search(number.string, max(0, number.start() - 40), number.start()):
        return True
    digits = _digits(number[0])
    return "000" not in (digits[3:6], digits[6:]) and not _otherwise(number)


_CARD = re.compile(
    rf"{_BEFORE}(?:(?P<together>[2-6][0-9]{{12,18}})"
    r"|[2-6][0-9]{3}(?P<fours>[ .-])(?:[0-9]{4}(?P=fours)){2}[0-9]{4}(?P<more>(?P=fours)[0-9]{3})?"
    rf"|3[0-9]{{3}}(?P<sixes>[ .-])[0-9]{{6}}(?P=sixes)[0-9]{{4,5}}){_AFTER}"
)
_ISSUED = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-59]|[689][0-9])[0-9]{11}"  # Diners Club
    r"|(?:6011|64[4-9][0-9]|65[0-9]{2})[0-9]{12}(?:[0-9]{3})?"  # Discover
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12}(?:[0-9]{3})?"  # JCB
    r"|62[0-9]{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[123])[0-9]{12}(?:[0-9]{3})?"  # Maestro
)


def _card(text: str) -> bool:
    """Finds a payment card: 13 to 19 digits with an issuer's prefix and length, the last one Luhn's (ISO/IEC 7812-1).

    They stand in fours, in the groups of American Express and Diners Club, or together without another meaning.
    """
    return any(_is_card(number) and not (number["together"] and _otherwise(number)) for number in _CARD.finditer(text))


def _is_card(number: re.Match[str]) -> bool:
    digits = _digits(number[0])
    readings = (digits, digits[:-3]) if number["more"] else (digits,)  # three more may be the security code
    return any(_ISSUED.fullmatch(reading) and _luhn(reading) for reading in readings)


_AREA, _EXCHANGE, _LINE = r"[2-9](?!11|9)[0-9]{2}", r"[2-9](?!11)[0-9]{2}", r"[0-9]{4}"
_GAP = r"(?: ?[-./] ?| {1,2})"
_PHONE = re.compile(
    rf"(?:\((?:\+?1[ -]?)?{_AREA}\)[ -]{{0,2}}{_EXCHANGE}{_GAP}?{_LINE}"
    rf"|{_BEFORE}(?:\+?1{_GAP}?)?{_AREA}{_GAP}{_EXCHANGE}{_GAP}?{_LINE}"
    rf"|{_BEFORE}(?P<together>(?:\+?1)?(?!20[0-9]{{2}}(?:0[1-9]|1[0-2])[0-3]){_AREA}{_EXCHANGE}{_LINE})"
    rf")(?:x[0-9]{{1,6}})?{_AFTER}"
)
_ABROAD = re.compile(
    rf"{_BEFORE}(?<![+.,])\+(?!20[0-9]{{2}}-?(?:0[1-9]|1[0-2])-?[0-3])[2-9](?:[ .()/-]{{0,3}}[0-9]){{8,14}}{_AFTER}"
)


def _phone(text: str) -> bool:
    """Finds a telephone number with its area or country code.

    North American ones are NXX-NXX-XXXX with N from 2 to 9; the area code is no N11 nor N9X, the exchange no N11
    (North American Numbering Plan). The three parts stand apart, or the last two together, or all ten digits
    together without another meaning. Others have a `+`, a country code, and 9 to 15 digits in all (ITU-T E.164);
    a thousands group of zeros makes it an amount. Numbers of offices count as numbers of people.
    """
    for number in _PHONE.finditer(text):
        doubtful = number["together"] or number[0].count(".") == 2
        if "+" in number[0] or not doubtful or not _otherwise(number):
            return True
    return any(
        "000" not in re.split(r"[^0-9]+", number[0]) and not _COUNTED.match(text, number.end())
        for number in _ABROAD.finditer(text)
    )


# --- e-mail ----------------------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"(?<![\w.+%'-])(?P<local>[\w.+%'-]++)@(?P<domain>(?:[^\W_]|-)++(?:\.(?:[^\W_]|-)++)++)(?P<path>:[\w~.-]*+/)?"
)
_PUBLIC = ("gc.ca", "canada.ca", "example.com", "example.org", "example.net", "noreply.github.com")
"""The Government of Canada's domains, those for examples (RFC 2606), and GitHub's address of nobody."""

_NO_DOMAIN = re.compile(
    r"example|test|invalid|localhost|local|internal"  # RFC 2606, RFC 6762, ICANN's for private use
    r"|png|jpe?g|gif|svg|webp|pdf|js|ts|css|json|ya?ml|toml|html|txt|csv|tgz|whl|git"  # files: logo@2x.png
    r"|service|socket|timer|self"  # units of systemd, and code
)


def _email(text: str) -> bool:
    """Finds an e-mail address outside the Government of Canada, other than ssh (`git@host:path`) or a `noreply`."""
    return any(_is_private(address) for address in _EMAIL.finditer(text))


def _is_private(address: re.Match[str]) -> bool:
    local, domain = address["local"].casefold().strip("'._-"), address["domain"].casefold()
    top = domain.rsplit(".", 1)[1]
    if not local or address["path"] or local in ("git", "noreply", "no-reply") or _NO_DOMAIN.fullmatch(top):
        return False
    named = (top.isalpha() and 2 <= len(top) <= 24) or top.startswith("xn--")
    return named and not any(domain == public or domain.endswith(f".{public}") for public in _PUBLIC)


_KINDS: dict[str, Callable[[str], bool]] = {
    "sin": _sin,
    "card": _card,
    "phone": _phone,
    "email": _email,
    "protected": markings.is_marked,
}
