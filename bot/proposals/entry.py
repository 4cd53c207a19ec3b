"""Drafts the pull request that enters the accepted code in the Open Resource Exchange: one more release in a file.

The bot asks the client to correct the fields of the entry, and tells the coordinator what only an operator can correct.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.documents.exchange import ore
from bot.documents.exchange.release import Bilingual, Licence, Release
from bot.documents.messages import text_digest, unlinked
from bot.documents.posts import writer as posts
from bot.github.effects.bring import Draft
from bot.github.reading.tree import Tree
from bot.pipeline.exchange_entry.categories import CATEGORIES_FILE, categories, category
from bot.pipeline.exchange_entry.entry import EntryField, entry_fields, parts
from bot.pipeline.exchange_entry.words import impossible, not_ready, problem, same_code
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.signals import EntryBlocked
from bot.pipeline.model.words import Categories, Message, Url
from bot.pipeline.text.language import Lang
from bot.pipeline.view import Pull
from bot.proposals.ready import DraftBlocked


class Entries:
    """Makes drafts of entries in the Exchange."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        exchange = policy.exchange
        self._path = exchange.file
        self._admins = f"_data/administrations/{exchange.level}.yml"

    def draft(self, pull: Pull, opportunity: Opportunity, body: str) -> Draft:
        exchange = self._policy.exchange
        fields = entry_fields(opportunity, self._policy)
        says = (str(opportunity.accepted), *(f"{field}={fields[field].value}" for field in fields))

        async def write(tree: Tree) -> dict[str, str]:
            return {self._path: await self._written(tree, opportunity, fields)}

        async def entitle(tree: Tree) -> str:
            there = _there(fields, await tree.read(self._path))
            return unlinked(pull.title.replace("Add ", "Update ", 1) if there else pull.title)

        return Draft(
            kind="ore",
            target=exchange.repository,
            base=exchange.branch,
            branch=f"ore/{opportunity.number}-{posts.file_slug(opportunity.statement.en.title)}",
            title=unlinked(pull.title),
            body=body,
            digest=text_digest(pull.title, body, *says),
            content=text_digest(*says),
            write=write,
            message=f"Enter the code of micro-acquisition {opportunity.number} ({exchange.administration_name})",
            source=(opportunity.title, opportunity.body),
            entitle=entitle,
        )

    async def _written(self, tree: Tree, opportunity: Opportunity, fields: Mapping[str, EntryField]) -> str:
        """Returns the administration's file with the entry. Raises DraftBlocked with everything to correct first."""
        exchange = self._policy.exchange
        target = Url("/".join([*opportunity.url.split("/")[:3], exchange.repository]), exchange.repository)
        existing = await tree.read(self._path)
        files = [await tree.read(path) or "" for path in await tree.paths("_data/code/")]
        try:
            if not ore.administration(await tree.read(self._admins) or "", exchange.administration):
                raise _stopped(impossible(opportunity, "administration", target, exchange.administration, self._admins))
            codes = categories(await tree.read(CATEGORIES_FILE) or "")
            schema = await tree.read("_data/schemaCode.yaml") or ""
            fields = _upon(fields, existing)
            entry, wrong, choices = _drafted(opportunity, fields, existing, codes)
            taken = ore.slugs(files, besides=(exchange.administration, entry.name.en))
            found = ore.entry_problems(entry, categories=frozenset(codes), taken_slugs=taken)
            if wrong := [*wrong, *_asked(found, fields)]:
                wanted = tuple(dict.fromkeys(one.args["field"]["en"].text for one in wrong))
                message = not_ready(opportunity, wrong, _shown(fields, codes), choices)
                raise DraftBlocked(message, entry=EntryBlocked("client", wanted))
            if found:
                raise _stopped(
                    impossible(opportunity, "address", target, *(f"{each.field}: {each.value}" for each in found))
                )
            text, proposed = ore.add(existing, entry, exchange.administration), opportunity.pull("ore")
            if text == existing and not (proposed and proposed.state == "open"):
                there = Message("exchange.there-already", coordinator=opportunity.in_charge, repository=target)
                raise DraftBlocked(there, entry=EntryBlocked("coordinator"))
        except DraftBlocked:
            raise
        except ValueError as error:
            raise _stopped(impossible(opportunity, "file", target, str(error))) from error
        if failed := ore.check_files({self._path: text}, schema, await tree.read(".yamllint.yaml")):
            raise _stopped(impossible(opportunity, "checks", target, *failed))
        return text


def _stopped(message: Message) -> DraftBlocked:
    """Blocks the draft with a message to the coordinator; the reason in the log is for operators."""
    details = "; ".join(line.text for line in message.args["details"])
    reason = f"no entry in the Exchange: {message.args['code']} ({details})"
    return DraftBlocked(message, reason, EntryBlocked("coordinator"))


def _upon(fields: Mapping[str, EntryField], existing: str | None) -> dict[str, EntryField]:
    """Replaces guesses of the policy by the values of the existing entry, which people chose."""
    there = _there(fields, existing) or {}
    guessed = [field for field, one in fields.items() if one.source == "policy" and there.get(field)]
    return {**fields, **{field: EntryField(str(there[field]), "exchange") for field in guessed}}


def _there(fields: Mapping[str, EntryField], existing: str | None) -> Mapping[str, Any] | None:
    return ore.find_release(existing, fields["name.en"].value) if "name.en" in fields else None


def _drafted(
    opportunity: Opportunity, fields: Mapping[str, EntryField], existing: str | None, codes: Categories
) -> tuple[Release, list[Message], dict[str, Mapping[Lang, str]]]:
    """Returns the entry, the problems of its name and category, and the categories to choose from."""
    entry = entry_of(opportunity, fields)
    twin = None if _there(fields, existing) else ore.twin(existing, entry)
    wrong = [same_code(twin.en, twin.fr)] if twin else []
    found = category(entry.category, codes)
    if len(found) == 1:
        return replace(entry, category=found[0]), wrong, {}
    wrong.append(problem("ambiguous-category" if found else "unknown-category", "category", entry.category, lines=()))
    return entry, wrong, {code: codes[code] for code in found or codes}


def _asked(problems: list[ore.Problem], fields: Mapping[str, EntryField]) -> Iterator[Message]:
    """Yields the problems that the client can correct, each once."""
    for code, field in dict.fromkeys((each.code, each.field) for each in problems):
        if not field.startswith(("category", "repository")):
            kind = "no-licence" if (code, field) == ("missing", "licence") else code
            yield problem(kind, field, fields[field].value if field in fields else "")


def _shown(fields: Mapping[str, EntryField], codes: Categories) -> dict[str, EntryField]:
    """Returns the fields for people to read: a category with its words."""
    rows = dict(fields)
    if "category" in rows and (both := codes.get(rows["category"].value)):
        rows["category"] = replace(rows["category"], value=" / ".join(both.values()))
    return rows


def entry_of(opportunity: Opportunity, fields: Mapping[str, EntryField]) -> Release:
    """Returns the entry with the fields so far; missing ones are empty."""
    work = opportunity.repository_named
    if work is None or opportunity.accepted is None:
        raise ValueError("there is no accepted work to enter")
    values = {field: one.value for field, one in fields.items()}
    licence = values.get("licence", "")
    return Release(
        email=values.get("contact", ""),
        contact_name=values.get("contact.name"),
        created=opportunity.accepted,
        updated=opportunity.accepted,
        what=_both(values, "what") or _same(""),
        how=_both(values, "how"),
        category=values.get("category", ""),
        name=_both(values, "name") or _same(""),
        licences=(Licence(_same(work.licence_url or work.url), licence),) if licence else (),
        repository=_same(work.url),
        tags_en=parts("tags", values.get("tags.en", "")),
        tags_fr=parts("tags", values.get("tags.fr", "")),
        download=_both(values, "download"),
        homepage=_both(values, "homepage"),
        languages=parts("languages", values.get("languages", "")),
        status=values.get("status"),
        team=_both(values, "team"),
    )


def _both(values: Mapping[str, str], name: str) -> Bilingual | None:
    en, fr = values.get(f"{name}.en", ""), values.get(f"{name}.fr", "")
    return Bilingual(en, fr) if en or fr else None


def _same(text: str) -> Bilingual:
    return Bilingual(text, text)
