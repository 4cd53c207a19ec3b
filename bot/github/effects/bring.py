"""Bringing GitHub from what it shows to what is wanted: only the difference, in few calls, again at will.

    await bring(gh, "canada-ca/micro-acquisition", 12, wanted, shown, save, now)

The status comment comes first, so that it is the bot's first; closing comes last, so that nothing is left
to do on a closed issue. What the ledger calls shown is believed: an undisturbed run reads nothing of the
issue before it writes, unless webhooks contradict it. One run at a time for an issue is the engine's promise.

What webhooks tell belongs into `shown` before: `labels` and `assignees` hold the names there, `state` holds
whether the issue is closed. How pull requests stand is read from GitHub when there is something to do about them; what
is new of it is among what is shown (`pull_changes.unreported_changes`) until it is told.
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
    shown: dict[str, Shown],
    save: Save,
    now: datetime,
    ways: Mapping[str, ForkRoute] | None = None,
) -> None:
    """Show what is wanted. `shown` is kept up to date with what `save` stored.

    `ways` has the repositories where pull requests are not made by the App itself but from a fork.
    Raises `Wait` at once; `Unfinished` or a `Draft.write`'s ValueError after everything else was done.
    """
    work = Work(gh, gh.at(repository), number, shown, save, now)
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
        if text.mark == "status" and work.known(thing).state(CommentState).id is None:
            return  # another comment would take its place as the first


async def _reactions(work: Work, reactions: tuple[Reaction, ...]) -> None:
    """Reacting twice is one reaction to GitHub, so nothing needs to be looked up."""
    for comment in dict.fromkeys(reaction.comment_id for reaction in reactions):
        contents = {reaction.content for reaction in reactions if reaction.comment_id == comment}
        known = work.known(f"reaction {comment}")
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
            with _gone_is_fine():  # the comment was deleted: there is nothing left to react to
                for content in sorted(contents - set(there)):
                    there[content] = (await work.issue.post(path, {"content": content}, id=where))["id"]
            await work.keep(replace(known, digest=digest, wanted=None, remote=ReactionState(there)))


async def _labels(work: Work, wanted: Wanted) -> None:
    """Single labels, because setting the whole list would race people's own.

    What comes to light only now was set meanwhile, and is decided when it is heard of: it is not taken off.
    """
    remote = work.known("labels").state(LabelsState)
    added = [name for name, on in remote.changed.items() if on]
    before = {name.casefold() for name in (*(remote.names or ()), *added)}
    names = await _labels_there(work)
    there = {name.casefold() for name in names}
    staying = {name.casefold() for name in wanted.labels}
    managed = {name.casefold() for name in wanted.managed}
    missing = sorted(name for name in wanted.labels if name.casefold() not in there)
    surplus = [name for name in names if name.casefold() in before & managed - staying]
    if missing or surplus:  # said before it is done: of what is broken off, GitHub is asked what came of it
        await _see_labels(work, names, dict.fromkeys(missing, True) | dict.fromkeys(surplus, False), done=False)
    if missing:
        with work.trying("labels"):
            answer = await work.issue.post("issues/{n}/labels", {"labels": missing}, n=work.number)
            names = [label["name"] for label in answer]
            await _see_labels(work, names, {})
    for name in surplus:
        with work.trying(f"label {name}"):
            with _gone_is_fine():  # somebody was faster
                await work.issue.delete("issues/{n}/labels/{name}", n=work.number, name=name)
            names = [other for other in names if other != name]
            await _see_labels(work, names, {})


async def _labels_there(work: Work) -> list[str]:
    """The labels on the issue, as webhooks tell; one that contradicts what the bot did may be older: GitHub knows."""
    remote = work.known("labels").state(LabelsState)
    names = list(remote.names or ())
    there = {name.casefold() for name in names}
    if all((name.casefold() in there) == on for name, on in remote.changed.items()):
        return names
    names = [label["name"] async for label in work.issue.pages("issues/{n}/labels?per_page=100", n=work.number)]
    await _see_labels(work, names, None)
    return names


async def _see_labels(work: Work, names: list[str], changed: Mapping[str, bool] | None, *, done: bool = True) -> None:
    """Keep what GitHub shows, and which labels the bot itself puts there or takes off; None: it was asked."""
    known = work.known("labels")
    before = known.state(LabelsState)
    changed = {} if changed is None else {**before.changed, **changed}
    remote = replace(before, names=tuple(names), changed=changed)
    await work.keep(replace(known, digest=", ".join(sorted(names)) if done else None, remote=remote))


async def _assignees(work: Work, wanted: Wanted) -> None:
    """Each put there once and taken away once: GitHub passes over some in silence, and people may undo it.

    `tried` are those in charge by the bot: it takes away nobody else.
    """
    known = work.known("assignees")
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
    """Closed once; a person who opens it again is not contradicted."""
    known = work.known("state")
    if reason is None or known.digest == reason or known.state(IssueState).closed:
        return
    with work.trying("state"):
        await work.issue.patch("issues/{n}", {"state": "closed", "state_reason": reason}, n=work.number)
        await work.keep(replace(known, digest=reason, remote=replace(known.state(IssueState), closed=True)))


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Not there: then nothing has to be taken away. Gone (410) is the whole issue, or all of them."""
    try:
        yield
    except Refused as error:
        if error.status != 404:
            raise
