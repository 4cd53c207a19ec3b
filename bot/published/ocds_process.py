"""The state of one contracting process, as the Open Contracting Data Standard describes it.

A process takes the facts of one run and keeps what an opportunity forgets: the applicants, the suppliers that were
offered the contract, and the contracts that ended. It keeps everything that it published once, so that the latest
release equals all releases merged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.documents.catalogs import Catalog
from bot.pipeline.calendar import add_business_days, end_of
from bot.pipeline.model import facts as f
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.money import Money
from bot.pipeline.steps.payment import PAPERS

OcdsObject = dict[str, Any]

APPROVALS = ("client-verified", "eligible", "description-approved", "funds-reserved")


@dataclass
class _Contract:
    """The contract that was offered to one drawn supplier."""

    supplier: str
    place: int
    offered: datetime
    status: str = "pending"
    signed: datetime | None = None
    published: bool = False
    """It was signed once, and so published."""
    ended: bool = False
    paid: bool = False
    """It was paid once."""
    amendments: list[OcdsObject] = field(default_factory=list)
    code: str = ""
    work: str = ""
    delivered: datetime | None = None
    accepted: datetime | None = None
    entry: str = ""
    due: date | None = None


class Process:
    """One run of an opportunity. `ocid` is its identifier in the standard, `former` that of the run before it."""

    def __init__(self, policy: Policy, words: Catalog, ocid: str, former: str = "") -> None:
        self.policy, self.ocid, self._words, self._former = policy, ocid, words, former
        self._roles: dict[str, list[str]] = {}
        self._applied: list[str] = []
        self._contracts: dict[str, _Contract] = {}
        self._papers: dict[str, datetime] = {}
        self._posted: datetime | None = None
        self._amendments: list[OcdsObject] = []
        self._closed: datetime | None = None
        self._unsuccessful = False
        self._home = ""

    # --- the facts ------------------------------------------------------------------------------------

    def hear(self, opportunity: Opportunity, recorded: f.Recorded) -> None:
        """Takes one more fact; `opportunity` is as it is after that fact."""
        at = recorded.at
        home = urlsplit(opportunity.url)
        self._home = f"{home.scheme}://{home.netloc}"
        for login in opportunity.clients[:1]:
            self._role(login, "buyer")
        if opportunity.coordinator:
            self._role(opportunity.coordinator, "procuringEntity")
        match recorded.fact:
            case f.Entered(5):
                self._posted = self._posted or at
            case f.EligibilityConfirmed(supplier):
                self._role(supplier, "tenderer")
                if supplier not in self._applied:
                    self._applied.append(supplier)
            case f.Asked(_, supplier):
                self._role(supplier, "enquirer")
            case f.ApplicationsClosed():
                self._closed = at
            case f.Rescheduled() as moved:
                self._reschedule(opportunity, moved, at)
            case f.Signalled(label, on) if label in PAPERS:
                self._papers = {name: when for name, when in self._papers.items() if name != label}
                self._papers |= {label: at} if on else {}
            case f.Cancelled() | f.IssueGone():
                self._ends(at)
            case f.Terminated(supplier):
                self._end(supplier, at)
        self._follow(opportunity, at)

    def ends_without_contract(self, at: datetime) -> None:
        """Closes this run as unsuccessful, because another run begins."""
        self._unsuccessful = True
        self._ends(at)

    def _role(self, login: str, role: str) -> None:
        roles = self._roles.setdefault(login, [])
        if role not in roles:
            roles.append(role)

    def _reschedule(self, opportunity: Opportunity, moved: f.Rescheduled, at: datetime) -> None:
        """Adds an amendment for later dates: to the contract once it is signed, to the tender before."""
        contract = self._contracts.get(opportunity.chosen or "")
        to = contract.amendments if contract and contract.signed else self._amendments
        if self._posted:
            days = {"closing": moved.closing, "selection": moved.selection, "delivery": moved.delivery}
            dates = ", ".join(f"{name} {day.isoformat()}" for name, day in days.items() if day)
            to.append(
                {"id": str(len(to) + 1), "date": timestamp(at), "description": dates, "rationale": moved.reason or None}
            )

    def _follow(self, opportunity: Opportunity, at: datetime) -> None:
        """Updates the contract of the supplier whom the draw chose, and cancels the offers to earlier ones."""
        for contract in self._contracts.values():
            if contract.status == "pending" and contract.supplier != opportunity.chosen:
                contract.status = "cancelled"  # declined, or withdrew
        if (
            not opportunity.drawn
            or not opportunity.chosen
            or opportunity.terminated
            or opportunity.status == "cancelled"
        ):
            return
        place = opportunity.drawn.order.index(opportunity.chosen) + 1
        contract = self._contracts.setdefault(opportunity.chosen, _Contract(opportunity.chosen, place, at))
        self._role(opportunity.chosen, "supplier")
        if contract.status == "cancelled":
            return
        contract.status = "active" if opportunity.confirmed else "pending"
        contract.signed = opportunity.signals.get("terms-signed") if opportunity.confirmed else contract.signed
        contract.published |= contract.signed is not None
        contract.due = opportunity.statement.delivery
        contract.code = opportunity.repository_named.url if opportunity.repository_named else contract.code
        if opportunity.delivered:
            if contract.work != opportunity.delivered.url or not contract.delivered:
                contract.delivered = at
            contract.work = opportunity.delivered.url
        contract.accepted = (contract.accepted or at) if opportunity.accepted else None
        entry = opportunity.pull("ore")
        contract.entry = entry.url if entry else contract.entry
        contract.ended = "paid" in opportunity.signals
        if contract.ended:
            contract.paid = True
            self._role(opportunity.chosen, "payee")

    def _ends(self, at: datetime) -> None:
        for contract in self._contracts.values():
            if contract.status in ("pending", "active"):
                self._end(contract.supplier, at)

    def _end(self, supplier: str, at: datetime) -> None:
        """Ends a signed contract early; cancels an offer that nobody signed."""
        contract = self._contracts.get(supplier)
        if contract and contract.signed:
            contract.ended = True
        elif contract:
            contract.status = "cancelled"

    # --- the release -----------------------------------------------------------------------------------

    def published(self, opportunity: Opportunity) -> OcdsObject:
        """Returns a release without its head."""
        found: OcdsObject = {
            "parties": [self._party(login, roles) for login, roles in self._roles.items()],
            "buyer": self._reference(opportunity.clients[0]),
            "planning": self._planning(opportunity),
            "tender": self._tender(opportunity),
        }
        if self._contracts:
            found["awards"] = [self._award(opportunity, contract) for contract in self._contracts.values()]
        if signed := [contract for contract in self._contracts.values() if contract.published]:
            found["contracts"] = [self._contract(opportunity, contract) for contract in signed]
        if self._former:
            former = {"id": "1", "relationship": ["unsuccessfulProcess"], "scheme": "ocid", "identifier": self._former}
            found["relatedProcesses"] = [former]
        return found

    def _party(self, login: str, roles: list[str]) -> OcdsObject:
        address = f"{self._home}/{login}"
        identifier = {"scheme": "GITHUB", "id": login, "uri": address}
        return {"id": login, "name": login, "identifier": identifier, "roles": list(roles)}

    def _reference(self, login: str) -> OcdsObject:
        return {"id": login, "name": login}

    def _planning(self, opportunity: Opportunity) -> OcdsObject:
        approvals = [_milestone(name, "approval", opportunity.signals.get(name)) for name in APPROVALS]
        return {"budget": {"amount": value(opportunity.statement.price)}, "milestones": approvals}

    def _status(self, opportunity: Opportunity) -> str:
        if any(contract.status == "active" for contract in self._contracts.values()):
            return "complete"
        if self._unsuccessful:
            return "unsuccessful"
        if opportunity.status == "cancelled":
            return "cancelled"
        if not self._posted:
            return "planned" if opportunity.step == 4 else "planning"
        return "active"

    def _tender(self, opportunity: Opportunity) -> OcdsObject:
        s = opportunity.statement
        documents = [self._document("issue", opportunity.url, "tenderNotice")]
        if pull := opportunity.pull("posting"):
            documents.append(self._document("posting", pull.url, "biddingDocuments"))
        tender: OcdsObject = {
            "id": f"{self.ocid}-tender",
            **bilingual("title", s.en.title or opportunity.title, s.fr.title),
            **bilingual("description", s.en.short, s.fr.short),
            "status": self._status(opportunity),
            "items": [{"id": "1", **bilingual("description", s.en.short, s.fr.short), "quantity": 1}],
            "value": value(s.price),
            "procurementMethod": "open",
            "mainProcurementCategory": "services",
            "awardCriteria": "qualityOnly",
            **self._words_of("awardCriteriaDetails", "award-criteria"),
            "submissionMethod": ["electronicSubmission"],
            **self._words_of("submissionMethodDetails", "submission-method"),
            "awardPeriod": {"endDate": _end_of(s.selection)},
            "contractPeriod": {"endDate": _end_of(s.delivery)},
            "documents": documents,
        }
        if opportunity.coordinator:
            tender["procuringEntity"] = self._reference(opportunity.coordinator)
        if self._posted:
            until = add_business_days(s.closing, -self.policy.posting.question_days) if s.closing else None
            tender["tenderPeriod"] = {"startDate": timestamp(self._posted), "endDate": _end_of(s.closing)}
            tender["enquiryPeriod"] = {"startDate": timestamp(self._posted), "endDate": _end_of(until)}
            tender["hasEnquiries"] = bool(opportunity.questions)
            tender["numberOfTenderers"] = len(self._applied)
        if self._applied:
            tender["tenderers"] = [self._reference(login) for login in self._applied]
        if self._amendments:
            tender["amendments"] = list(self._amendments)
        return tender

    def _award(self, opportunity: Opportunity, contract: _Contract) -> OcdsObject:
        s = opportunity.statement
        return {
            "id": _number("award", contract),
            **bilingual("title", s.en.title or opportunity.title, s.fr.title),
            "status": contract.status,
            "date": timestamp(contract.offered),
            "value": value(s.price),
            "suppliers": [self._reference(contract.supplier)],
            "documents": [self._document("evaluations", opportunity.url, "evaluationReports")],
        }

    def _contract(self, opportunity: Opportunity, contract: _Contract) -> OcdsObject:
        s = opportunity.statement
        status = "terminated" if contract.ended else "active" if contract.signed else "pending"
        found: OcdsObject = {
            "id": _number("contract", contract),
            "awardID": _number("award", contract),
            **bilingual("title", s.en.title or opportunity.title, s.fr.title),
            "status": status,
            "value": value(s.price),
            "period": {"startDate": timestamp(contract.signed), "endDate": _end_of(contract.due)},
            "dateSigned": timestamp(contract.signed),
        }
        if contract.code:
            found["documents"] = [self._document("repository", contract.code, None)]
        if contract.amendments:
            found["amendments"] = list(contract.amendments)
        if work := self._implementation(opportunity, contract):
            found["implementation"] = work
        return found

    def _implementation(self, opportunity: Opportunity, contract: _Contract) -> OcdsObject:
        """Returns the implementation of a contract; empty before the first delivery."""
        if not contract.delivered:
            return {}
        milestones = [
            {**_milestone("delivery", "delivery", contract.delivered), "dueDate": _end_of(contract.due)},
            _milestone("acceptance", "assessment", contract.accepted),
            *(_milestone(name, "payment", self._papers.get(name) if contract.accepted else None) for name in PAPERS),
        ]
        documents = [self._document("work", contract.work, "physicalProgressReport")]
        if contract.entry:
            documents.append(self._document("entry", contract.entry, None))
        found: OcdsObject = {"milestones": milestones, "documents": documents}
        if contract.paid:
            at, payee = self._papers.get("paid"), self._reference(contract.supplier)
            paid = {
                "id": "1",
                "date": timestamp(at),
                "value": value(opportunity.statement.price if at else None),
                "payee": payee,
            }
            found["transactions"] = [paid]
        return found

    def _document(self, name: str, url: str, kind: str | None) -> OcdsObject:
        found = {"id": name, **self._words_of("title", f"document.{name}"), "url": url, "format": "text/html"}
        return {**found, "documentType": kind} if kind else found

    def _words_of(self, name: str, key: str) -> OcdsObject:
        return bilingual(name, self._words["en"][key], self._words["fr"][key])


# --- words of the standard -------------------------------------------------------------------------------


def timestamp(at: datetime | None) -> str | None:
    """Returns a time in the format of RFC 3339, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _end_of(day: date | None) -> str | None:
    """Returns the last second of a date, Eastern time."""
    return timestamp(end_of(day)) if day else None


def value(price: Money | None) -> OcdsObject:
    """Returns a price before taxes as a value of the standard."""
    return {"amount": _plain(price), "currency": "CAD"}


def _plain(price: Money | None) -> int | float | None:
    if price is None:
        return None
    whole = int(price.dollars)
    return whole if whole == price.dollars else float(price.dollars)


def bilingual(name: str, english: str, french: str) -> OcdsObject:
    """Returns a text in English, the language of the release, and in French."""
    return {name: english or None, f"{name}_fr": french or None}


def _milestone(name: str, kind: str, met: datetime | None) -> OcdsObject:
    return {"id": name, "title": name, "type": kind, "status": "met" if met else "scheduled", "dateMet": timestamp(met)}


def _number(what: str, contract: _Contract) -> str:
    return f"{what}-{contract.place}"
