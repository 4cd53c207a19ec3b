"""Finds security markings in a text, and distinguishes them from the same words in ordinary sentences.

    is_marked("The list is Protected B")      True
    is_marked("No Protected B information")   False
    is_marked("The key stays secret")         False

The categories are Protected A, B and C, Confidential, Secret and Top Secret (Treasury Board, Directive on Security
Management, appendix J: Standard on Security Categorization), in either language. Texts come without
accents, from `protection`.

"Protected B" is a marking in every sentence that does not deny it. The other words are markings only on a line of
their own with a capital, or in capitals among other words. List items, names of variables, and words in quotation
marks or code are no markings.
"""

from __future__ import annotations

import re


def is_marked(text: str) -> bool:
    """Returns whether the text carries a marking."""
    return (
        any(not _denied(text, mark) and not _is_code(mark) for mark in _LETTERED.finditer(text))
        or any(not _denied(text, mark) for mark in _CAPITALS.finditer(text))
        or any(map(_is_own_line, text.splitlines()))
    )


# --- Protected A, B, C -----------------------------------------------------------------------------------

_LETTERED = re.compile(r"(?<!\w)(?P<word>(?i:protected|protegee?s?))[ -]{1,2}[\"'“‘]?(?P<letter>[ABCbc])(?!'?\w|[+#])")
_PROGRAM = re.compile(r"[(<\[{;=]| \w{1,40}(?:\(| ?[;={])")
"""The signs after `protected B` where `B` is a class of a program: `protected B b;`, `protected B()`."""


def _is_code(mark: re.Match[str]) -> bool:
    return mark["word"] == "protected" and bool(_PROGRAM.match(mark.string, mark.end()))


# --- the classified categories ---------------------------------------------------------------------------

_CAPITALS = re.compile(
    r"(?<![\w$%{}<`\"'./=@:#~-])"
    r"(?:(?:TOP|TRES) SECRET|(?<![A-Z] )(?:SECRET(?!:)|CONFIDENTIAL|CONFIDENTIEL(?:LE)?)(?! [A-Z]{2}))"
    r"(?![\w`\"'=(\[{}<>~-]|\.\w|/[^/])"
)
_WORD = r"(?:[Tt]op [Ss]|[Tt]res [Ss]|[Ss])ecret|TOP SECRET|TRES SECRET|SECRET|(?i:confidential|confidentiel(?:le)?)"
_OWN_LINE = re.compile(
    rf"(?:(?i:(?:security )?(?:classification|marking)|cote(?: de securite)?) ?: ?)?"
    rf"(?=[A-Z])(?:{_WORD})(?: ?/{{1,2}} ?(?:{_WORD}|(?i:prote\w{{2,6}}) [ABC]))*"
)
_BULLET = re.compile(r"\s*(?:[-+*]|[0-9]{1,9}[.)])\s")


def _is_own_line(line: str) -> bool:
    return len(line) < 120 and not _BULLET.match(line) and bool(_OWN_LINE.fullmatch(line.strip(" \t#*_>[](){}~=-")))


# --- denied ----------------------------------------------------------------------------------------------

_CLAUSE = re.compile(
    r"(?<!e\.g)(?<!i\.e)(?<!ex)[.!?;:](?=\s)|\n\s*(?=[\n*#>|0-9-])"
    r"|\b(?:but|because|since|mais|car|parce|puisque)\b|, (?:it|this|these|they|ce|c'|il|elle)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:no(?![.]| ?[0-9])|not(?! only)|never|nothing|none|neither|nor|without|cannot|below|excluding|except"
    r"|aucune?|pas(?! seulement)|non|ni|sans|jamais|rien|hors|sauf|excepte|inferieure?s?)\b|n't\b",
    re.IGNORECASE,
)
_THIS = re.compile(r"\b(?:this|these|attached|enclosed|ce|cet|cette|ces|ci-joint\w*)\b", re.IGNORECASE)
_IS_OUT = re.compile(
    r"(?:[ /]+(?:or|and|ou|et|higher|above|plus|(?:prote\w{2,6} )?[ABC]|clearance|content|material|contenus?"
    r"|information|data|records?|documents?|files?|renseignements?|donnees|fichiers?)\b)*[ ,:]*"
    r"(?:(?:(?:is|are|was|were) |n'est |ne sont )?(?:not|never|isn't|aren't|pas|jamais) (?:allowed|permitted|needed"
    r"|required|involved|accepted|necessary|in scope|part of|permise?s?|requise?s?|necessaires?|acceptee?s?"
    r"|autorisee?s?|visee?s?|concernee?s?)"
    r"|(?:(?:is|are|est|sont) )?(?:out of scope|excluded|prohibited|forbidden|exclue?s?|interdite?s?))\b",
    re.IGNORECASE,
)


def _denied(text: str, mark: re.Match[str]) -> bool:
    """Returns whether the clause denies it: "no Protected A or B", « rien de Protégé B », "… is not allowed".

    "Do not share this Protected B list" denies nothing.
    """
    clause = _CLAUSE.split(text[max(0, mark.start() - 120) : mark.start()])[-1]
    if no := _NO.search(clause):
        return not _THIS.search(clause, no.end())
    return bool(_IS_OUT.match(text, mark.end()))
