"""Understands what suppliers write without a command: interest, questions, and boxes that confirm something.

    meaning("I’d like to apply. Is Bash fine?")             "interest"
    question_text("Hello, is Bash fine? Thanks.")           "is Bash fine?"
    confirmations("- [x] I can be paid by card or PayPal")  {"payment"}

It recognizes only clear sentences: "I am not interested", "if we are interested" and "I am interested in hearing
more" are no interest. It ignores quotations, in `>` or in quotation marks, code, HTML and addresses of pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from bot.pipeline.text.letters import on_one_line
from bot.pipeline.text.sentences import comparable, own_words, sentences

LONGEST_QUESTION = 300
"""The most characters of a question that the bot offers as a line to send."""


def meaning(text: str) -> Literal["interest", "question"] | None:
    """Returns the clear meaning of a comment; interest wins over a question."""
    found = _comparable_sentences(text)
    if any(map(_is_interest, found)):
        return "interest"
    return "question" if any(map(_is_question, found)) else None


def asks(text: str) -> bool:
    """Returns whether a comment asks something other than how to apply."""
    return any(_is_question(sentence) and not _is_interest(sentence) for sentence in _comparable_sentences(text))


def _comparable_sentences(text: str) -> list[str]:
    return [comparable(masked) for masked, _ in sentences(text)]


def question_text(text: str) -> str:
    """Returns the question as one line of at most 300 characters; empty without a question.

    The line begins with the sentences before the question, without the greeting, if they fit. Otherwise it holds the
    questions alone, and ends early where they are longer.
    """
    found = list(sentences(text))
    asked = [index for index, (masked, _) in enumerate(found) if _is_question(comparable(masked))]
    if not asked:
        return ""
    whole = _GREETING.sub("", _line(written for _, written in found[: asked[-1] + 1]))
    if len(whole) <= LONGEST_QUESTION:
        return whole
    alone = _GREETING.sub("", _line(found[index][1] for index in asked))
    return alone if len(alone) <= LONGEST_QUESTION else alone[: LONGEST_QUESTION - 1].rsplit(" ", 1)[0] + "…"


def _line(parts: Iterator[str]) -> str:
    return on_one_line(" ".join(parts))


_GREETING = re.compile(
    r"^(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|allo)\b"
    r"(?: (?:there|all|everyone|team|folks|à tous|à toutes et à tous|tout le monde|@?[\w-]+))?"
    r"(?:\s*[,.!:;]+|\s+[–—-]+)\s+",
    re.IGNORECASE,
)


# --- interest --------------------------------------------------------------------------------------------

_WORD = (
    r"(?: (?!(?:\w+n't|not|no|never|less|know|who|that|if|whether|you|they"
    r"|ne|pas|plus|point|moins|savoir|qui|que|si|vous|ils)\b)[\w'-]+)"
)
"""A word that does not change the meaning of its sentence."""
_APPLY = (
    r"(?:apply|bid|participate|take part|take (?:this|it) on|compete|be considered|work on (?:this|it)|do (?:this|the)"
    r" work|(?:submit|send|make) (?:an?|my|our) (?:application|bid|proposal|offer|quote))"
)
_POSTULER = (
    r"(?:soumissionner|postuler|participer|poser (?:ma|notre|sa) candidature|(?:realiser|faire) ce (?:travail|mandat)"
    r"|(?:presenter|deposer|soumettre|envoyer|faire) (?:une|ma|notre|sa) (?:soumission|candidature|offre|demande))"
)
_INTEREST = re.compile(
    "|".join(
        rf"\b(?:{words})(?!\w)"
        for words in (
            r"(?:(?:i|we)(?:'m|'re|'d be| am| are| would be)|(?:my|our) (?:team|company|firm) (?:is|would be))"
            rf"{_WORD}{{0,4}} interested"
            r"(?! (?:in|to) (?:know|learn|hear|see|find|understand|the answer|how|what|when|whether))",
            rf"(?:i|we)(?:'d|'ll)?{_WORD}{{0,12}} (?:like|love|want|wish|intend|plan|hope) to (?:also )?{_APPLY}",
            r"(?:i'm|i am|we're|we are) applying|i hereby apply|count (?:me|us) in|sign (?:me|us) up",
            r"please consider (?:me|us)|consider this (?:my|our) (?:application|bid|proposal)",
            r"(?:here is|here's|this is) (?:my|our) (?:application|bid|proposal|expression of interest)",
            rf"how (?:to|(?:do|can|could|may|should|would) (?:i|we|one)) {_APPLY}",
            r"(?:je (?:suis|serais)|nous (?:sommes|serions)|(?:on|(?:mon|notre) (?:equipe|entreprise)) (?:est|serait))"
            rf"{_WORD}{{0,4}} interesse(?:e?s?|\(e\)s?)"
            r"(?! (?:a |de |d')?(?:en )?(?:savoir|connaitre|comprendre|voir)| par l\w+ reponse)",
            r"(?:ca|cela|ce (?:projet|travail|contrat|mandat)|(?:cette|l') ?(?:opportunite|offre)) (?:m'|nous )"
            r"interess\w+(?! pas| plus)",
            rf"(?:j'|je |nous |on )(?:aimer|voudr|souhait|veu|voul|desir|compt|tien|ten)\w*{_WORD}{{0,12}} {_POSTULER}",
            r"je (?:postule|soumissionne|(?:pose|depose|presente|soumets) (?:ici )?ma (?:candidature|soumission))",
            r"voici (?:ma|notre) (?:candidature|soumission|offre)|comptez sur (?:moi|nous)|inscrivez-(?:moi|nous)",
            r"j'embarque|je suis partante?",
            rf"comment (?:faire pour |(?:puis-je|peut-on|dois-je|doit-on) )?{_POSTULER}",
        )
    )
)
"""The question how to apply counts as interest, like the wish to apply: the answer is the same."""

_ONE_WORD = re.compile(r"\W*(?:(?:yes|oui|very|tres|definitely|super)\W+)*(?:interested|interesse(?:e?s?|\(e\)))\W*")
_ON_CONDITION = re.compile(
    r"\b(?:if|whether|unless|once|when|before|in case|how|where|what|who|should|not sure|don't|do not|cannot|can't"
    r"|si|quand|lorsque|avant|comment|ou|qui|ne sais pas|ne pense pas|pas)\b"
)
_TAKEN_BACK = re.compile(
    r"\b(?:but (?:(?:i|we) )?(?:(?:am|are|will|do) not|can't|cannot|won't|don't|have no time|unfortunately)"
    r"|but (?:i'm|we're) not|mais (?:(?:je|nous) (?:ne |n')|malheureusement|pas\b))"
)


def _is_interest(sentence: str) -> bool:
    if _ONE_WORD.fullmatch(sentence):
        return True
    match = _INTEREST.search(sentence)
    if not match or _TAKEN_BACK.search(sentence, match.end()):
        return False
    clause = re.split(r"[,;:()]", sentence[: match.start()])[-1]
    return not _ON_CONDITION.search(clause)


# --- questions -------------------------------------------------------------------------------------------

_HELPING = "can|could|may|might|must|should|would|will|shall|is|are|was|were|do|does|did|has|have"
_BEGINS = re.compile(
    r"\W*(?:(?:hi|hello|hey|bonjour|also|and|so|but|please|aussi|et|donc|mais)\W+)*(?:"
    + "|".join(
        (
            rf"(?:{_HELPING}|am)(?:n't)? (?:i|we|you|it|there|they|someone|anyone|one|the|this|that|these|those)\b",
            rf"(?:how|what|when|where|why|who) (?:{_HELPING}|to)\b",
            rf"(?:how|what|which) (?!is\b|i\b|we\b|you\b|they\b)\w+ (?:{_HELPING}|to)\b",
            r"how (?:much|many|long|soon|often)\b|what about\b",
            r"(?:i|we) (?:have|had) (?:a|one|two|some|another) (?:\w+ )?questions?\b",
            r"i wonder\b|(?:i'm|i am|i was|we are|just) wondering\b|(?:i|we)(?:'d| would) like to (?:know|ask)\b",
            r"est-ce\b|qu'est-ce\b|qu'en est-il\b|y a-t-il\b|(?:a quoi|de quoi|pour qui|a qui|jusqu'a quand|d'ou)\b",
            r"(?:puis|peut|pouv\w+|pourr\w+|doi\w+|dev\w+|faut|faudra|est|sont|ser\w+|a|ont|av\w+|sav\w+|existe\w*|etes)-"
            r"(?:je|tu|on|nous|vous|ils?|elles?|ce|t-)",
            r"(?:combien|pourquoi)\b|(?:comment|quand|ou|qui|que) (?:faire|puis|peut|doit|faut|est|sont|sera|seront)\b",
            r"quel(?:le)?s? (?:est|sont|sera|seront|serait|\w+ (?:est|sont|faut|doit|peut))\b",
            r"(?:j'ai|nous avons|j'aurais) (?:une|deux|quelques|des) (?:\w+ )?questions?\b|je me demand\w+\b",
            r"(?:j'aimerais|je voudrais|nous aimerions) savoir\b",
        )
    )
    + ")"
)


def _is_question(sentence: str) -> bool:
    """Returns whether a sentence ends in a question mark, or begins as questions do."""
    ends = sentence.rstrip(" !)]*_…").endswith("?") and re.search(r"[^\W\d_]", sentence)
    return bool(ends or _BEGINS.match(sentence))


# --- confirmations ---------------------------------------------------------------------------------------

_CONFIRMS = {
    "age": re.compile(r"majorit|\b(?:of|l')\s?age\b|\bmajeure?\b|(?:enter into|conclure) (?:a|un) contra"),
    "status": re.compile(
        r"(?<!dollars )canad(?!\w*[ -]dollars)|first nation|premieres nations|metis|inuit|permanent|permit|permis"
    ),
    "payment": re.compile(r"paypal|\bcards?\b|\bcartes?\b"),
    "terms": re.compile(r"\bprice\b|\bprix\b"),
}
CONFIRMATIONS: tuple[str, ...] = tuple(_CONFIRMS)
"""The confirmations of an application (mission, `/interested`): able to contract, right to work, payable, terms."""


def confirmations(text: str) -> frozenset[str]:
    """Returns those of `CONFIRMATIONS` that a comment gives by ticked boxes: `- [x] …`, in either language."""
    confirmed = set[str]()
    for token, begins_item in own_words(text):
        words = "".join(child.content if child.type == "text" else " " for child in token.children or [])
        if begins_item and re.match(r"\[[xX]\]\s", words):
            box = comparable(words)
            confirmed.update(name for name, pattern in _CONFIRMS.items() if pattern.search(box))
    return frozenset(confirmed)
