"""Brings GitHub from what it shows to what is wanted: only the difference, in few requests, as often as needed.

    await bring(gh, "canada-ca/micro-acquisition", 12, wanted, things, save, now)

The status comment comes first, so that it is the bot's first comment. Closing comes last, so that nothing is left to do
on a closed issue. The bot trusts the ledger: it reads nothing of the issue before it writes, unless a webhook
contradicts the ledger. The engine runs this once at a time for an issue.

The caller puts what webhooks say into `things`: the names of `labels` and `assignees`, and if the issue is closed
(`state`). The bot reads a pull request from GitHub when there is something to do about it. Changes that it finds there
stay in `things` (`pull_changes.unreported_changes`) until the opportunity gets them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from bot.github.effects.comments import Comments
from bot.github.effects.pulls import ForkRoute, propose, withdraw
from bot.github.effects.wanted import Draft, Reaction, Text, Wanted
from bot.github.effects.work import Save, Work
from bot.github.transport.client import GitHub
from bot.github.transport.errors import Refused, Unfinished
from bot.pipeline.model.remote import AssigneesState, CommentState, IssueState, LabelsState, ReactionState, Shown

__all__ = ["Draft", "ForkRoute", "Reaction", "Text", "Wanted", "bring"]


async def bring(
    gh: GitHub,
    repository: str,
    number: int,
    wanted: Wanted,
    things: dict[str, Shown],
    save: Save,
    now: datetime,
    ways: Mapping[str, ForkRoute] | None = None,
) -> None:
    """Shows what is wanted on GitHub, and updates `things` with what `save` stored.

    `ways` are the forks to use for repositories where the App is not installed. Raises `Wait` at once; raises
    `Unfinished`, or the ValueError of a `Draft.write`, after everything else is done.
    """
    work = Work(gh, gh.at(repository), number, things, save, now)
    impossible: ValueError | None = None
    await _texts(work, wanted.texts)
    await _reactions(work, wanted.reactions)
    await _labels(work, wanted)
    await _assignees(work, wanted)
    for draft in wanted.drafts:
        with work.trying(draft.thing):
            try:
                await propose(work, draft, (ways or {}).get(draft.target.lower()), look=wanted.look)
            except ValueError as error:
                impossible = impossible or error
    for thing in wanted.superfluous:
        with work.trying(thing):
            await withdraw(work, thing)
    await _state(work, wanted.closed)
    if impossible is not None:
        raise impossible
    if work.problems:
        raise Unfinished(work.problems)


async def _texts(work: Work, texts: tuple[Text, ...]) -> None:
    comments = Comments(work)
    for text in sorted(texts, key=lambda text: text.mark != "status"):
        thing = f"comment {text.mark}"
        with work.trying(thing):
            await comments.show(text)
        if text.mark == "status" and work.stored(thing).state(CommentState).id is None:
            return  # another comment would become the first


async def _reactions(work: Work, reactions: tuple[Reaction, ...]) -> None:
    """Sets the bot's reactions. GitHub counts a repeated reaction once, so the bot reads nothing before."""
    for comment in dict.fromkeys(reaction.comment_id for reaction in reactions):
        contents = {reaction.content for reaction in reactions if reaction.comment_id == comment}
        known = work.stored(f"reaction {comment}")
        digest = " ".join(sorted(contents))
        if known.digest == digest:
            continue
        path = "issues/comments/{id}/reactions" if comment else "issues/{id}/reactions"
        where = comment or work.number
        there: dict[str, int] = dict(known.state(ReactionState).ids)
        with work.trying(known.thing):
            for content in sorted(set(there) - contents):
                with _gone_is_fine():
                    await work.issue.delete(path + "/{reaction}", id=where, reaction=there.pop(content))
            with _gone_is_fine():  # somebody deleted the comment
                for content in sorted(contents - set(there)):
                    there[content] = (await work.issue.post(path, {"content": content}, id=where))["id"]
            await work.keep(replace(known, digest=digest, wanted=None, remote=ReactionState(there)))


async def _labels(work: Work, wanted: Wanted) -> None:
    """Adds and removes single labels. To set the whole list would overwrite labels that people set meanwhile.

    A label that the bot did not expect stays: its webhook is on the way, and the bot then decides on it.
    """
    remote = work.stored("labels").state(LabelsState)
    added = [name for name, on in remote.changed.items() if on]
    before = {name.casefold() for name in (*(remote.names or ()), *added)}
    names = await _labels_there(work)
    there = {name.casefold() for name in names}
    staying = {name.casefold() for name in wanted.labels}
    managed = {name.casefold() for name in wanted.managed}
    missing = sorted(name for name in wanted.labels if name.casefold() not in there)
    surplus = [name for name in names if name.casefold() in before & managed - staying]
    if missing or surplus:  # stored before the requests: after an interruption, the bot asks GitHub for the labels
        await _see_labels(work, names, dict.fromkeys(missing, True) | dict.fromkeys(surplus, False), done=False)
    if missing:
        with work.trying("labels"):
            answer = await work.issue.post("issues/{n}/labels", {"labels": missing}, n=work.number)
            names = [label["name"] for label in answer]
            await _see_labels(work, names, {})
    for name in surplus:
        with work.trying(f"label {name}"):
            with _gone_is_fine():  # somebody removed it already
                await work.issue.delete("issues/{n}/labels/{name}", n=work.number, name=name)
            names = [other for other in names if other != name]
            await _see_labels(work, names, {})


async def _labels_there(work: Work) -> list[str]:
    """Returns the labels by the last webhook, or by GitHub if that webhook may be older than the bot's change."""
    remote = work.stored("labels").state(LabelsState)
    names = list(remote.names or ())
    there = {name.casefold() for name in names}
    if all((name.casefold() in there) == on for name, on in remote.changed.items()):
        return names
    names = [label["name"] async for label in work.issue.pages("issues/{n}/labels?per_page=100", n=work.number)]
    await _see_labels(work, names, None)
    return names


async def _see_labels(work: Work, names: list[str], changed: Mapping[str, bool] | None, *, done: bool = True) -> None:
    """Stores the labels, and those that the bot adds or removes; `changed` None: GitHub was asked for all of them."""
    known = work.stored("labels")
    before = known.state(LabelsState)
    changed = {} if changed is None else {**before.changed, **changed}
    remote = replace(before, names=tuple(names), changed=changed)
    await work.keep(replace(known, digest=", ".join(sorted(names)) if done else None, remote=remote))


async def _assignees(work: Work, wanted: Wanted) -> None:
    """Assigns and unassigns each person once: GitHub ignores some logins, and people may undo it.

    `tried` are the people that the bot assigned; it unassigns nobody else.
    """
    known = work.stored("assignees")
    before = known.state(AssigneesState)
    names = list(before.names or ())
    there = {name.casefold() for name in names}
    tried = {name.casefold() for name in before.tried}
    staying = {login.casefold() for login in wanted.assignees}
    leaving = {login.casefold() for login in wanted.unassigned} - staying
    missing = sorted(login for login in wanted.assignees if login.casefold() not in there | tried)
    former = [name for name in names if name.casefold() in leaving & tried]
    after = (tried | staying) - leaving
    if after == tried:
        return
    with work.trying("assignees"):
        if missing:
            issue = await work.issue.post("issues/{n}/assignees", {"assignees": missing}, n=work.number)
            names = [user["login"] for user in issue["assignees"]]
        if former:
            with _gone_is_fine():
                await work.issue.delete("issues/{n}/assignees", {"assignees": former}, n=work.number)
            names = [name for name in names if name.casefold() not in leaving & tried]
        remote = replace(before, names=tuple(sorted(names)), tried=tuple(sorted(after)))
        await work.keep(replace(known, digest=", ".join(sorted(names)), remote=remote))


async def _state(work: Work, reason: str | None) -> None:
    """Closes the issue once; if a person reopens it, the bot leaves it open."""
    known = work.stored("state")
    if reason is None or known.digest == reason or known.state(IssueState).closed:
        return
    with work.trying("state"):
        await work.issue.patch("issues/{n}", {"state": "closed", "state_reason": reason}, n=work.number)
        await work.keep(replace(known, digest=reason, remote=replace(known.state(IssueState), closed=True)))


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Ignores 404: there is nothing to remove. 410 means that the whole issue is gone, so it stays an error."""
    try:
        yield
    except Refused as error:
        if error.status != 404:
            raise
