"""The opportunities as open data: releases and records of the Open Contracting Data Standard 1.1.

    for release in releases(repository, number, history, policy, words): ...
    package = release_package(some, uri="https://…/ocds/releases.json", policy=policy)

Each run of an opportunity is a contracting process of its own. Each event that changes the published data makes a
release: it holds the whole state at that time, and its tags name the changes. It depends only on the facts so far, so
that the same facts give the same release. `ocds_process.py` computes the state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from bot.documents.catalogs import Catalog
from bot.pipeline.model import facts as f
from bot.pipeline.model.fold import apply
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.published.ocds_process import OcdsObject, Process

PackageKind = Literal["releases", "records"]
"""The content of a package."""

OCDS_VERSION = "1.1"

MOMENT = timedelta(milliseconds=1)
"""The shortest time between two releases, so that their dates keep their order."""


def releases(
    repository: str, number: int, history: Sequence[f.Recorded], policy: Policy, words: Catalog
) -> Iterator[OcdsObject]:
    """Yields every release of an opportunity, in order, of all its runs."""
    opportunity = Opportunity(repository, number)
    process = Process(policy, words, ocid(repository, number, 1, policy))
    before: OcdsObject = {}
    at = date = datetime.min.replace(tzinfo=UTC)
    count = 0
    for _, together in groupby(history, key=lambda recorded: (recorded.at, recorded.delivery)):
        for recorded in together:
            count += 1
            at = recorded.at.replace(microsecond=recorded.at.microsecond // 1000 * 1000)
            if isinstance(recorded.fact, f.Reposted):
                process.ends_without_contract(at)
                if (now := process.published(opportunity)) != before:
                    date = max(at, date + MOMENT)
                    yield _release(process.ocid, count, date, before, now)
                following = ocid(repository, number, opportunity.run + 1, policy)
                process, before = Process(policy, words, following, former=process.ocid), {}
            opportunity = apply(opportunity, recorded)
            process.hear(opportunity, recorded)
        if opportunity.exists and (now := process.published(opportunity)) != before:
            date = max(at, date + MOMENT)
            yield _release(process.ocid, count, date, before, now)
            before = now


def _release(process: str, count: int, date: datetime, before: OcdsObject, now: OcdsObject) -> OcdsObject:
    """Returns the release after so many facts."""
    head = {"ocid": process, "id": f"{process}-{count:04}", "date": precise(date), "tag": tags(before, now)}
    return {**head, "initiationType": "tender", "language": "en", **lean(before, now)}


def precise(at: datetime) -> str:
    """Returns a time with milliseconds always, because the standard's tools sort releases by this text."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lean(before: Any, now: Any) -> Any:
    """Removes empty values. A value that was published before and is empty now becomes null, which deletes it."""
    if isinstance(now, list) and now and isinstance(now[0], dict):
        earlier = {one.get("id"): one for one in before or ()}
        return [lean(earlier.get(one.get("id")), one) for one in now]
    if not isinstance(now, dict):
        return now
    was = before or {}
    kept = {name: part for name, part in now.items() if part is not None or was.get(name) is not None}
    parts = {name: lean(was.get(name), part) for name, part in kept.items()}
    return {name: part for name, part in parts.items() if part != {}}


def ocid(repository: str, number: int, run: int, policy: Policy) -> str:
    """Returns the identifier of a contracting process: the publisher's prefix, the issue and the run."""
    name = repository.lower().replace("/", "-")
    return f"{policy.ocds.prefix}-{name}-{number}" + (f"-{run}" if run > 1 else "")


# --- what changed ----------------------------------------------------------------------------------------


def tags(before: OcdsObject, now: OcdsObject) -> list[str]:
    """Returns the standard's codes of the changes, in the order of the process."""
    if now["tender"]["status"] in ("planning", "planned") or not _was_tendered(before, now):
        return ["planningUpdate" if before else "planning"]
    found = [*_tender(before.get("tender", {}), now["tender"]), *_awards(before, now), *_contracts(before, now)]
    return list(dict.fromkeys(found)) or ["tenderUpdate"]


def _was_tendered(before: OcdsObject, now: OcdsObject) -> bool:
    """Tells whether suppliers were asked; not where the opportunity was cancelled before that."""
    return "tenderPeriod" in now["tender"] or "tenderPeriod" in before.get("tender", {})


def _tender(before: OcdsObject, now: OcdsObject) -> Iterator[str]:
    if "tenderPeriod" not in before:
        yield "tender"
    elif now["status"] == "cancelled" != before["status"]:
        yield "tenderCancellation"
    elif len(now.get("amendments", ())) > len(before.get("amendments", ())):
        yield "tenderAmendment"
    elif now != before:
        yield "tenderUpdate"


def _pairs(name: str, before: OcdsObject, now: OcdsObject) -> Iterator[tuple[OcdsObject, OcdsObject]]:
    earlier = {one["id"]: one for one in before.get(name, ())}
    return ((earlier.get(one["id"], {}), one) for one in now.get(name, ()))


def _awards(before: OcdsObject, now: OcdsObject) -> Iterator[str]:
    for was, award in _pairs("awards", before, now):
        if was == award:
            continue
        cancelled = award["status"] == "cancelled"
        yield "award" if not was else "awardCancellation" if cancelled else "awardUpdate"


def _contracts(before: OcdsObject, now: OcdsObject) -> Iterator[str]:
    for was, contract in _pairs("contracts", before, now):
        work, worked = contract.get("implementation"), was.get("implementation")
        paper, papers = ({**one, "implementation": None} for one in (contract, was))
        if not was:
            yield "contract"
        elif contract["status"] == "terminated" != was["status"]:
            yield "contractTermination"
        elif len(contract.get("amendments", ())) > len(was.get("amendments", ())):
            yield "contractAmendment"
        elif paper != papers:
            yield "contractUpdate"
        if work != worked:
            yield "implementationUpdate" if worked else "implementation"


# --- packages and records --------------------------------------------------------------------------------


def compiled_records(every: Iterable[OcdsObject]) -> Iterator[OcdsObject]:
    """Groups the releases of one opportunity by process, each group with its compiled release.

    A release holds the whole state, so that the last release equals all of them merged.
    """
    for process, of in groupby(every, key=lambda release: release["ocid"]):
        several = list(of)
        last = several[-1]
        compiled = {**lean(None, last), "id": f"{process}-{last['date']}", "tag": ["compiled"]}
        yield {"ocid": process, "releases": several, "compiledRelease": compiled}


def release_package(some: Sequence[OcdsObject], *, uri: str, policy: Policy, **links: str | None) -> OcdsObject:
    """Returns a package of releases; `links` are the addresses of the `next` and `prev` page."""
    return _package(uri, max(release["date"] for release in some), policy, links) | {"releases": list(some)}


def record_package(some: Sequence[OcdsObject], *, uri: str, policy: Policy, **links: str | None) -> OcdsObject:
    """Returns a package of records."""
    published = max(record["compiledRelease"]["date"] for record in some)
    return _package(uri, published, policy, links) | {"records": list(some)}


def lines(kind: PackageKind, some: Iterable[OcdsObject], *, uri: str, policy: Policy) -> Iterator[str]:
    """Yields a package as JSON, line by line, so that only one release or record is in memory at a time."""
    published, between = "", f'{{"{kind}": [\n'
    for one in some:
        published = max(published, one.get("compiledRelease", one)["date"])
        yield between + json.dumps(one, ensure_ascii=False)
        between = ",\n"
    head = json.dumps(_package(uri, published, policy, {}), ensure_ascii=False)
    yield f"\n],\n{head[1:]}\n"


def _package(uri: str, published: str, policy: Policy, links: dict[str, str | None]) -> dict[str, Any]:
    """Returns the head of a package. Its date is the latest date in it, so that the same content gives the same."""
    package: dict[str, Any] = {
        "uri": uri,
        "version": OCDS_VERSION,
        "publishedDate": published,
        "publisher": {"name": policy.ocds.publisher},
        "license": policy.ocds.licence,
    }
    there = {name: address for name, address in links.items() if address}
    return {**package, "links": there} if there else package
