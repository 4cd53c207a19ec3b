"""A client who writes French only, among people who do too: everything works, and everything leads in French."""

from __future__ import annotations

import pytest

from bot.pipeline.text.letters import folded
from tests.journeys.play import PAPERS, halves, language
from tests.pipeline.desk import body

FIRST_WORDS = """\
### Titre (français)

Politiques Azure

### Quel est votre besoin?

Des scripts qui appliquent des politiques
"""
QUESTION = "Le script peut-il être livré en plusieurs parties ?"


@pytest.mark.parametrize("accents", [True, False], ids=["with accents", "without accents"])
async def test_french_only_client(stage, accents):
    need = await stage.opportunity(text=FIRST_WORDS)
    need.shows("1/contact")

    async def dit(login: str, text: str, *words: str) -> None:
        """They say it in French, and it is answered, first in French, then in English, with a thumb up."""
        said = await need.says(login, text if accents else folded(text))
        need.answer_has(*words)
        french, english = halves(need.answer)
        assert (language(french), language(english)) == ("fr", "en"), need.answer
        assert need.reactions(said) == {"+1"}, need.page()

    await dit("client", "/aide", "/état", "/pourquoi")
    await dit("client", "/état")
    await dit("client", "/pourquoi", "client-verified")
    await need.goes_to(3)
    await dit("client", "/prix taux=80 heures=60", "5\u00a0600")
    await need.rewritten(body())
    await dit("client", "/vérifier")
    await need.goes_to(4)
    await dit("client", "/publier")
    await need.goes_to(5)

    await dit("supplier-1", "/intéressé", "6\u00a0500", "vendredi 30 juillet 2027")
    for supplier in ("supplier-1", "supplier-2", "supplier-3"):
        await dit(supplier, "/intéressé confirme")
    await dit("supplier-1", f"/question {QUESTION}", "Q1")
    await dit("client", "/répondre Q1 fr: Oui. en: Yes.", "Q1")
    await dit("supplier-3", "/retirer")
    await stage.time_passes(to=need.closed_at)
    await dit("client", "/évaluer @supplier-1 réussi car deux projets semblables sont décrits", "deux projets")
    await dit("client", "/évaluer @supplier-2 échec car aucun projet ne ressemble à celui-ci")
    await dit("client", "/évaluer @supplier-2 critère 1 réussi parce que le second projet ressemble bien à celui-ci")

    await dit("coordinator", "/tirage")
    await stage.time_passes(minutes=11)
    first = need.winner
    await dit(first, "/décliner")
    winner = need.winner
    assert winner != first
    await dit(winner, "/confirmer")
    await dit(winner, f"/dépôt {await need.new_repository(winner)}", "MIT")
    await need.labelled("terms-signed", by="coordinator")

    await dit(winner, f"/livrer https://github.com/{winner}/work-{need.number}")
    await dit("client", "/critère 1 réussi")
    await dit("client", "/critère 2 échec les essais ne passent pas")
    await dit("client", "/réviser critère 2 : que les essais passent", f"@{winner}")
    await need.worked()
    await dit(winner, f"/livrer https://github.com/{winner}/work-{need.number}")
    await dit("client", "/critère 1 réussi\n/critère 2 réussi\n/accepter")
    await need.labelled(*PAPERS, by="finance")
    await need.goes_to(10)
    assert need.state == "completed"

    for mark, said in need.said.items():
        lead = said.partition("\n\n")[0] if mark.startswith("checklist") else halves(said)[0]
        assert language(lead) == "fr", f"{mark} leads in English:\n{said}"


async def test_french_mistakes_are_answered_in_french(stage):
    need = await stage.opportunity(text=FIRST_WORDS)
    for text, words in {
        "/evaluez @supplier-1 réussi": "Je ne connais pas",
        "/aidez": "/aide",
        "/prix taux=80": "/prix taux=80 heures=60",
        "/tirage": "coordination",
        "/accepter": "Vérification",
    }.items():
        said = await need.says("client", text)
        french, english = halves(need.answer)
        assert (language(french), language(english)) == ("fr", "en"), need.answer
        assert words in french, need.answer
        assert need.reactions(said) == {"confused"}
    need.shows("1/contact")
