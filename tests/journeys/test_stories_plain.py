"""Stories of people who write as they speak: plain sentences, ticked boxes, slips, previews, and who is who."""

from __future__ import annotations

from tests.journeys.play import halves, language, pinged

PHONE = "613-555-0186"


async def test_plain_words_are_answered_once_of_a_kind(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "Good morning, what a promising project.")
    need.answer_has("To apply, write `/interested`", "Monday, July 12, 2027")
    await need.says("supplier-1", "We have been writing such scripts for years.")
    assert need.answer == ""
    await need.says("supplier-1", "May the script be written in Bash?")
    need.answer_has("/ask May the script be written in Bash?", "/question")
    await need.says("supplier-1", "And must it run on Windows?")
    assert need.answer == "", "they know how by now"

    await need.says("supplier-2", "Bonjour, je suis intéressé par ce contrat.")
    need.answer_has("/intéressé", "/interested")
    assert language(halves(need.answer)[0]) == "fr"
    await need.says("supplier-2", "Je suis très intéressé.")
    assert need.answer == ""
    for who in ("client", "coordinator"):
        await need.says(who, "Is anybody interested?")
        assert need.answer == ""
    need.status_has("| 0 | none asked yet |")
    assert need.reactions(need.heard) == set()


async def test_boxes_in_the_suppliers_own_comment_are_ticked_later(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/intéressé")
    need.answer_has("- [ ]", "6\u00a0500\u00a0$")
    boxes = [line for line in halves(need.answer)[0].splitlines() if line.startswith("- [ ]")]
    assert len(boxes) == 4
    need.status_has("| 0 | none asked yet |")

    text = "\n".join(["/intéressé", "", *boxes, "", "Nous avons écrit deux projets semblables."])
    said = await need.says("supplier-1", text)
    need.status_has("| 0 |")
    await need.edits(said, text.replace("[ ]", "[x]", 3))
    need.answer_has("Ne sont pas encore cochés", "le prix et la date de livraison")
    need.status_has("| 0 |")
    await need.edits(said, text.replace("[ ]", "[x]"))
    need.answer_has("Votre soumission est reçue")
    need.status_has("| 1 |")
    assert need.reactions(said) == {"+1"}
    assert language(halves(need.answer)[0]) == "fr"
    await need.edits(said, text.replace("[ ]", "[x]") + "\n\nVoici les liens.")
    await stage.time_passes(to=need.closed_at)
    need.said_has("closed 5", "1 supplier has applied")


async def test_boxes_that_somebody_else_ticks_confirm_nothing(stage):
    need = await stage.opportunity(at=5)
    await need.says("supplier-1", "/interested")
    boxes = "\n".join(line for line in halves(need.answer)[0].splitlines() if line.startswith("- [ ]"))
    said = await need.says("supplier-1", boxes)
    await need.edits(said, boxes.replace("[ ]", "[x]"), by="coordinator")
    await need.says("supplier-2", boxes.replace("[ ]", "[x]"))
    need.status_has("| 0 |")


async def test_a_phone_number_is_flagged_without_quoting_it_until_it_is_edited_away(stage):
    need = await stage.opportunity(at=5)
    said = await need.says("supplier-1", f"/interested confirm\n\nCall me at {PHONE} at any time.")
    need.answer_has("Your application is in")
    flag = need.comment(f"flag {said.id}")
    need.said_has(f"flag {said.id}", "your comment seems to contain a phone number", "un numéro de téléphone")
    assert pinged(flag.body) == {"supplier-1", "coordinator"}
    assert not [text for text in need.said.values() if PHONE[:7] in text or PHONE[4:] in text]

    first = flag.body
    await need.edits(said, f"{said.body}\n\nOr in the evening.")
    assert flag.body == first
    await need.edits(said, "/interested confirm\n\nWrite to me here.")
    assert need.comment(f"flag {said.id}") is flag, "edited in place"
    need.said_has(f"flag {said.id}", "no longer contains", "Delete revision from history", "Le texte ne contient plus")
    await need.edits(said, f"/interested confirm\n\nMon numéro : {PHONE}.")
    assert flag.body == first
    assert len([mark for mark in need.said if mark.startswith("flag ")]) == 1
    need.status_has("| 1 |")


async def test_a_protected_marking_in_the_issue_itself_is_flagged(stage):
    need = await stage.opportunity(at=3)
    text = need.issue.body
    await need.rewritten(text.replace("The Cloud team.", "The Cloud team.\n\nPROTECTED B"))
    need.said_has("flag 0", "@client", "a security marking", "une mention de sécurité", "incident")
    assert "PROTECTED B" not in need.said["flag 0"]
    await need.rewritten(text)
    need.said_has("flag 0", "Thank you, @client")


async def test_preview_changes_nothing_and_pings_nobody(stage):
    need = await stage.opportunity(at=7)
    winner = need.winner
    await need.delivered()
    before, labels, seen = need.status, need.labels, set(need.said)
    previews = {
        "/preview /revise criterion 2 lacks tests": ("client", "Nothing is done"),
        "/aperçu /réviser critère 2 : sans essais": ("client", "Rien n’est fait"),
        "/preview /accept": ("client", "would be refused"),
        "/preview /terminate nothing works": ("coordinator", "Nothing is done"),
        "/aperçu /annuler le besoin n’existe plus": ("coordinator", "et le fil fermé"),
        "/aperçu /assigner @coordinator-2": ("coordinator", "serait refusée"),
    }
    for line, (who, words) in previews.items():
        await need.says(who, line)
        need.answer_has(words)
        assert pinged(need.answer) <= {who}, need.answer
        seen.add(f"reply {need.heard.id}")
    assert (need.status, need.labels, set(need.said)) == (before, labels, seen)
    assert need.state == "open"
    await need.says("client", f"/revise criterion 2 lacks tests, @{winner}")
    need.shows("waiting: supplier")


# --- who is who -----------------------------------------------------------------------------------------------


async def test_assign_moves_the_assignee_on_github(stage):
    stage.sandbox.add_person("coordinator-2", **{"canada-ca/micro-acquisition": "write"})
    need = await stage.opportunity(at=1)
    (first,) = {user.login for user in need.issue.assignees}
    second = {"coordinator": "coordinator-2", "coordinator-2": "coordinator"}[first]
    need.status_has(f"Coordinator: **{first}**")
    await need.says(first, f"/assigner @{second}")
    need.answer_has(f"@{second}, vous êtes maintenant responsable")
    assert {user.login for user in need.issue.assignees} == {second}
    need.status_has(f"Coordinator: **{second}**")
    await need.says(second, "/assign @supplier-3")
    need.answer_has("is not a coordinator")
    assert {user.login for user in need.issue.assignees} == {second}

    await stage.time_passes(to=stage.business_day(11))
    silence = next(mark for mark in need.said if mark.startswith("silence"))
    assert pinged(need.said[silence]) == {second}


async def test_client_adds_one_who_can_then_act(stage):
    stage.sandbox.add_person("client-2")
    need = await stage.opportunity(at=3)
    await need.says("client-2", "/check")
    assert need.reactions(need.heard) == {"confused"}
    await need.says("client", "/client @client-2")
    assert need.reactions(need.heard) == {"confused"}
    await need.says("coordinator", "/client @client-2")
    need.answer_has("@client-2, you now act as a client")
    await need.says("client-2", "/vérifier")
    assert need.reactions(need.heard) == {"+1"}

    await need.goes_to(5)
    await need.says("client-2", "/intéressé confirme")
    assert need.reactions(need.heard) == {"confused"}, "client and supplier are never the same person"
    await need.applied("supplier-1")
    await need.says("coordinator", "/client @supplier-1")
    need.answer_has("has applied here as a supplier")
    await stage.time_passes(to=need.closed_at)
    assert {"client", "client-2"} <= pinged(need.said["closed 5"])
    await need.says("client-2", "/évaluer @supplier-1 réussi car deux projets semblables sont décrits")
    need.shows("6/selection")
