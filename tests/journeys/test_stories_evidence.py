"""Stories of the evidence beside an assessment: what GitHub shows of a delivery, and what becomes of it."""

from __future__ import annotations

from typing import Any

from sandbox.licences import text
from tests.journeys.play import Need, Stage, put


class Work:
    """What the supplier who was drawn puts into their repository, and what others say of it there."""

    def __init__(self, stage: Stage, need: Need) -> None:
        self.stage, self.supplier = stage, need.winner
        self.name = f"{self.supplier}/work-{need.number}"
        self.address = f"https://github.com/{self.name}"
        self.head = ""

    async def does(self, login: str, method: str, path: str, **json: Any) -> Any:
        return await self.stage.act(login, method, f"/repos/{self.name}/{path}", **json)

    async def commits(self, file: str, branch: str = "solution") -> None:
        change = {"message": f"Write {file}", "content": "eA==", "branch": branch}
        made = await self.does(self.supplier, "PUT", f"contents/{file}", **change)
        self.head = made["commit"]["sha"]

    async def proposes(self) -> str:
        """A pull request of one commit; its address."""
        main = await self.does(self.supplier, "GET", "git/ref/heads/main")
        await self.does(self.supplier, "POST", "git/refs", ref="refs/heads/solution", sha=main["object"]["sha"])
        await self.commits("policy.ps1")
        made = await self.does(self.supplier, "POST", "pulls", title="Policies", head="solution", base="main")
        return f"{self.address}/pull/{made['number']}"

    async def checked(self, **outcomes: str) -> None:
        for name, state in outcomes.items():
            await self.does(self.supplier, "POST", f"statuses/{self.head}", state=state, context=name)

    async def reviewed(self, event: str, by: str = "supplier-3") -> None:
        await self.does(by, "POST", "pulls/1/reviews", event=event, body="I have read it")


async def test_failing_checks_and_a_request_for_changes_are_shown_and_then_mended(stage):
    need = await stage.opportunity(at=7)
    work = Work(stage, need)
    pull = await work.proposes()
    await work.checked(lint="success", tests="failure", docs="pending")
    await work.reviewed("REQUEST_CHANGES")
    await need.says(need.winner, f"/deliver {pull}")
    evidence = (
        f"commit `{work.head[:10]}`",
        "under the MIT licence",
        "the pull request is open, with 0 approvals and **1 request for changes**",
        "checks: 1 passed, **1 failed** (`tests`), 1 not finished",
        "1 demande de changements",
    )
    need.answer_has(*evidence, "@client, it is your turn")
    need.status_has(*evidence, pull)
    need.shows("waiting: client")

    await need.says("client", "/critère 1 réussi\n/critère 2 échec les essais ne passent pas")
    await need.says("client", "/réviser critère 2 : que les essais passent")
    need.answer_has(f"@{need.winner}")
    await work.commits("tests.ps1")
    await work.checked(lint="success", tests="success")
    await work.reviewed("APPROVE")
    await need.says(need.winner, f"/livrer {pull}")
    need.answer_has("avec 1 approbation\u00a0;", "2 réussis, aucun en échec", "@client")
    need.status_has("with 1 approval;", "checks: 2 passed, none failed", f"commit `{work.head[:10]}`")
    assert "request for changes" not in need.status
    await need.says("client", "/critère 1 réussi\n/critère 2 réussi\n/accepter")
    need.shows("8/payment", "waiting: supplier")
    await need.goes_to(10)
    assert need.state == "completed"


async def test_what_moves_after_its_delivery_is_delivered_again_before_it_is_accepted(stage):
    need = await stage.opportunity(at=7)
    work = Work(stage, need)
    pull = await work.proposes()
    await need.says(need.winner, f"/livrer {pull}")
    assessed = work.head
    await work.commits("one-more-thing.ps1")
    await need.says("client", "/critère 1 réussi\n/critère 2 réussi\n/accepter")
    need.answer_has("a changé depuis la livraison", assessed[:10], work.head[:10])
    assert need.reactions(need.heard) == {"confused"}
    need.shows("7/assessment")
    assert need.pull("ore") is None

    await need.says(need.winner, f"/deliver {pull}")
    need.answer_has(f"commit `{work.head[:10]}`")
    need.status_has("not marked yet")
    await need.says("client", "/accept")
    need.answer_has("criterion 1", "criterion 2")
    await work.does(work.supplier, "PUT", "pulls/1/merge")  # the same commit, merged
    await need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")
    need.shows("8/payment")
    need.status_has("8 of 9")


async def test_a_licence_other_than_the_criteria_name_is_pointed_out(stage):
    need = await stage.opportunity(at=6)
    winner = await need.drawn()
    repository = await need.new_repository(winner, license_template="bsd-3-clause")
    await need.says(winner, f"/confirmer\n/dépôt {repository}")
    need.answer_has("BSD-3-Clause")
    await need.labelled("terms-signed", by="coordinator")
    await need.says(winner, f"/livrer {repository}")
    need.answer_has("sous la licence BSD-3-Clause, **alors que les critères nomment `MIT`**", "il n’y a pas de demande")
    need.status_has("under the BSD-3-Clause licence, **but the criteria name `MIT`**", "no automated checks")
    await need.says("client", "/criterion 1 fail it has to be MIT\n/revise the licence")
    need.shows("waiting: supplier")


async def test_work_without_a_licence_is_not_accepted(stage):
    need = await stage.opportunity(at=6)
    winner = await need.drawn()
    repository = await need.new_repository(winner, license_template=None)
    await need.says(winner, f"/confirm\n/repo {repository}")
    await need.labelled("terms-signed", by="coordinator")
    await need.delivered()
    need.answer_has("without a licence that GitHub recognizes")
    await need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")
    need.answer_has("GitHub finds no licence that it recognizes in", f"@{winner} adds")
    need.shows("7/assessment", "waiting: supplier")
    need.status_has("GitHub found no licence that it recognizes", "GitHub ne trouvait dans le dépôt aucune licence")
    home = repository.removeprefix("https://github.com/")
    await put(stage, winner, home, "main", "LICENSE", text("mit", winner, 2027) or "")
    await need.delivered()
    need.shows("waiting: client")
    await need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")
    need.shows("8/payment")


async def test_what_cannot_be_seen_is_no_delivery(stage):
    need = await stage.opportunity(at=7)
    work = Work(stage, need)
    for address, words in {
        f"{work.address}/pull/7": "I cannot see",
        f"{work.address}/issues/1": "I need the address of a public pull request",
        "https://example.com/work": "I need the address of a public pull request",
    }.items():
        await need.says(need.winner, f"/deliver {address}")
        need.answer_has(words)
        assert need.reactions(need.heard) == {"confused"}
    secret = await need.new_repository(need.winner, name="secret", private=True)
    await need.says(need.winner, f"/livrer {secret}")
    assert need.reactions(need.heard) == {"confused"}
    need.shows("waiting: supplier")
    assert "secret" not in need.status
