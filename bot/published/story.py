"""A history in plain words: what happened, one line a fact, in each language.

    for told in story(history, "fr", names):
        told.at, told.who, told.what        told.who is None for the bot itself

Texts that people wrote are repeated where they are reasons, unless one seems to hold what is not for the public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from bot.documents.dates import spelled
from bot.pipeline.model import facts as f
from bot.pipeline.model.words import Lang, one_line
from bot.pipeline.reading import protection


class Names(Protocol):
    """What things are called, in each language."""

    def step(self, number: int, lang: Lang) -> str:
        """A step."""
        ...

    def box(self, step: int, name: str, lang: Lang) -> str:
        """A box of a step's checklist."""
        ...

    def label(self, name: str, lang: Lang) -> str:
        """What a label says; empty where it says no more than its name."""
        ...


@dataclass(frozen=True)
class Line:
    """`at` is an aware UTC time, `who` a login, or None where it came about by itself."""

    at: datetime
    who: str | None
    what: str


SILENT: frozenset[type[f.Fact]] = frozenset(
    {f.OpeningHeard, f.Spoke, f.Greeted, f.LabelFreed, f.Flagged, f.EvidenceGathered, f.EntryStopped}
)
"""What changes nothing that people would look for in a history, or is not for the public."""

WORDS: dict[str, tuple[str, str]] = {
    "Opened": ("Opened the opportunity.", "Ouverture de l’opportunité."),
    "Described": ("The description was changed.", "Modification de la description."),
    "Entered": ("Entered step {step}, {name}.", "Passage à l’étape\u00a0{step}, {name}."),
    "Waitlisted": (
        "Eligible; waiting for a place: the programme is at capacity.",
        "Admissible\u00a0; en attente d’une place\u00a0: le programme est à pleine capacité.",
    ),
    "Finished": (
        "Done: paid, and the code is in the Open Resource Exchange.",
        "Terminée\u00a0: payée, et le code est dans l’Échange de ressources ouvert.",
    ),
    "Cancelled": ("Cancelled{reason}.", "Annulation{reason}."),
    "IssueGone": (
        "The issue was deleted or transferred; that ends the opportunity.",
        "Le fil a été supprimé ou transféré, ce qui met fin à l’opportunité.",
    ),
    "Assigned": ("{coordinator} is in charge.", "{coordinator} en a la charge."),
    "ClientAdded": ("{client} is a client of it too.", "{client} en est aussi client."),
    "Resembles": (
        "Resembles earlier ones of the same client: {numbers}. A coordinator looks at it.",
        "Ressemble à d’autres du même client\u00a0: {numbers}. La coordination l’examine.",
    ),
    "BoxTicked.on": ("Ticked in step {step}: {box}.", "Coché à l’étape\u00a0{step}\u00a0: {box}."),
    "BoxTicked.off": ("Unticked in step {step}: {box}.", "Décoché à l’étape\u00a0{step}\u00a0: {box}."),
    "Signalled.on": ("Set the label {label}{says}.", "Étiquette {label}{says} posée."),
    "Signalled.off": ("Took the label {label}{says} back.", "Étiquette {label}{says} retirée."),
    "LabelExplained": (
        "The label {label} was put right again, and explained.",
        "L’étiquette {label} a été rétablie, avec une explication.",
    ),
    "LabelLeft": (
        "Left label {label} as set by hand.",
        "L’étiquette {label} est laissée telle quelle, à la demande d’une personne.",
    ),
    "OverrideAllowed": ("Lets the next label through{reason}.", "Laisse passer la prochaine étiquette{reason}."),
    "Overridden": (
        "The label {label} moved through without its conditions{reason}.",
        "L’étiquette {label} est passée sans ses conditions{reason}.",
    ),
    "Reminded": ("Reminder: {day}.", "Rappel\u00a0: {day}."),
    "Held": ("Put on hold{reason}.", "Suspension{reason}."),
    "Resumed": ("Goes on.", "Reprise."),
    "Rescheduled": ("New dates: {dates}{reason}.", "Nouvelles dates\u00a0: {dates}{reason}."),
    "Disputed": ("Opened a dispute{text}.", "Ouverture d’un différend{text}."),
    "Settled": ("The dispute is settled{text}.", "Le différend est réglé{text}."),
    "Terminated": (
        "The contract with {supplier} was ended without payment{reason}.",
        "Le contrat avec {supplier} est résilié sans paiement{reason}.",
    ),
    "OfferedAgain": (
        "The contract is offered to the next supplier of the draw.",
        "Le contrat est offert au fournisseur suivant du tirage.",
    ),
    "Reposted": ("Reposted, starting again at the description.", "Republication, à partir de la description."),
    "PublicationAsked": (
        "Asked for the posting pull request.",
        "A demandé la publication.",
    ),
    "PullRequestSeen.open": (
        "Pull request {number} ({kind}) was opened.",
        "Demande de tirage {number} ({kind}) ouverte.",
    ),
    "PullRequestSeen.merged": (
        "Pull request {number} ({kind}) was merged.",
        "Demande de tirage {number} ({kind}) fusionnée.",
    ),
    "PullRequestSeen.closed": (
        "Pull request {number} ({kind}) was closed.",
        "Demande de tirage {number} ({kind}) fermée.",
    ),
    "Interested": ("{supplier} is interested.", "{supplier} a manifesté son intérêt."),
    "EligibilityConfirmed": ("{supplier} applied.", "{supplier} a soumissionné."),
    "Withdrew": ("{supplier} withdrew.", "{supplier} a retiré sa soumission."),
    "Asked": ("{supplier} asked question {number}.", "{supplier} a posé la question\u00a0{number}."),
    "Replied": ("Question {number} was answered.", "Réponse à la question\u00a0{number}."),
    "ApplicationsClosed": ("Applications closed.", "Fermeture aux soumissions."),
    "Evaluated.pass": ("{supplier} passed{criterion}.", "{supplier} a réussi{criterion}."),
    "Evaluated.fail": ("{supplier} did not pass{criterion}.", "{supplier} n’a pas réussi{criterion}."),
    "DrawAnnounced": (
        "The draw among {pool} was announced, by round {round}.",
        "Le tirage entre {pool} est annoncé, par la ronde\u00a0{round}.",
    ),
    "Drawn": ("{first} was drawn first.", "{first} est tiré en premier."),
    "ContractConfirmed": ("{supplier} accepted the contract.", "{supplier} a accepté le contrat."),
    "ContractDeclined": ("{supplier} declined the contract.", "{supplier} a refusé le contrat."),
    "RepositoryNamed": ("The work happens in {name}.", "Le travail se fait dans {name}."),
    "Delivered": ("The work was delivered.", "Le travail est livré."),
    "CriterionMarked.pass": ("Acceptance criterion {number} passed.", "Critère d’acceptation\u00a0{number} satisfait."),
    "CriterionMarked.fail": (
        "Acceptance criterion {number} did not pass.",
        "Critère d’acceptation\u00a0{number} non satisfait.",
    ),
    "RevisionAsked": ("The work went back to the supplier.", "Le travail retourne au fournisseur."),
    "DeliveryLapsed": (
        "What was delivered could not be accepted as it stood.",
        "Ce qui était livré ne pouvait être accepté tel quel.",
    ),
    "Accepted": ("The work was accepted.", "Le travail est accepté."),
    "EntryFilled": (
        "The entry in the Open Resource Exchange was filled in.",
        "L’inscription à l’Échange de ressources ouvert a été remplie.",
    ),
    "EntryReviewed": ("{by} reviewed the entry in the Exchange.", "{by} a examiné l’inscription à l’Échange."),
}

KINDS_OF_PULL: dict[str, tuple[str, str]] = {
    "posting": ("the posts", "les annonces"),
    "ore": ("the Exchange", "l’Échange"),
}
DATES: dict[str, tuple[str, str]] = {
    "closing": ("closing", "fermeture"),
    "selection": ("selection", "sélection"),
    "delivery": ("delivery", "livraison"),
}


def story(history: Iterable[f.Recorded], lang: Lang, names: Names) -> Iterator[Line]:
    """What happened, in its order; what only says again what is known is not told again."""
    named = ""
    ticked: dict[tuple[int, str], bool] = {}
    for recorded in history:
        match recorded.fact:
            case f.RepositoryNamed(name=name) if name == named:  # GitHub's word on it, asked for again
                continue
            case f.RepositoryNamed(name=named):
                pass
            case f.BoxTicked(step, box, on) if ticked.get((step, box), False) == on:  # by hand, and by the label
                continue
            case f.BoxTicked(step, box, on):
                ticked[step, box] = on
        if type(recorded.fact) not in SILENT:
            who = None if recorded.actor == f.BOT else recorded.actor
            yield Line(recorded.at, who, told(recorded.fact, lang, names))


def told(fact: f.Fact, lang: Lang, names: Names) -> str:
    """One fact in words."""
    values = {key: _said(value, lang) for key, value in vars(fact).items()}
    for reason in ("reason", "text"):
        values[reason] = _because(getattr(fact, reason, ""), lang)
    match fact:
        case f.Entered(step):
            values["name"] = names.step(step, lang)
        case f.BoxTicked(step, box):
            values["box"] = one_line(names.box(step, box, lang)).rstrip(".")
        case f.Signalled(label):
            said = names.label(label, lang)
            values["says"] = f" ({said})" if said else ""
        case f.PullRequestSeen(kind):
            values["kind"] = _of(KINDS_OF_PULL.get(kind, ("an amendment", "une modification")), lang)
        case f.Evaluated(criterion=number):
            one = ("criterion {number}", "le critère\u00a0{number}")
            values["criterion"] = f" {_of(one, lang).format(number=number)}" if number else ""
        case f.Rescheduled():
            moved = {what: getattr(fact, what) for what in DATES if getattr(fact, what)}
            values["dates"] = ", ".join(f"{_of(DATES[what], lang)} {_said(day, lang)}" for what, day in moved.items())
        case f.Drawn(order):
            values["first"] = order[0] if order else "—"
        case f.Resembles(numbers):
            values["numbers"] = ", ".join(f"#{number}" for number in numbers)
        case _:
            pass
    sentence = _of(WORDS[word_of(fact)], lang).format(**values)
    return re.sub(r"(?<=[!?…])\.$", "", sentence)


def word_of(fact: f.Fact) -> str:
    """By which name of `WORDS` it is told."""
    kind = type(fact).__name__
    match fact:
        case f.BoxTicked(ticked=on) | f.Signalled(on=on):
            return f"{kind}.{'on' if on else 'off'}"
        case f.Evaluated(passed=passed) | f.CriterionMarked(passed=passed):
            return f"{kind}.{'pass' if passed else 'fail'}"
        case f.PullRequestSeen(state=state):
            return f"{kind}.{state if state in ('open', 'merged') else 'closed'}"
        case _:
            return kind


def _because(text: str, lang: Lang) -> str:
    """A reason after a colon; nothing where there is none, or where it may not be for the public."""
    words = one_line(text).rstrip(".")
    if not words or protection.find(words):
        return ""
    return f"\u00a0: {words}" if lang == "fr" else f": {words}"


def _said(value: Any, lang: Lang) -> str:
    match value:
        case date() if not isinstance(value, datetime):
            return spelled(value, lang)
        case tuple():
            return ", ".join(str(one) for one in value)
        case _:
            return str(value)


def _of(pair: tuple[str, str], lang: Lang) -> str:
    return pair[0] if lang == "en" else pair[1]
