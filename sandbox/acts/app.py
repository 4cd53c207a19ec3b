"""An installation of the App that is suspended, and lets in again."""

from __future__ import annotations

from sandbox.model import App, User
from sandbox.shapes import people
from sandbox.world import World


def suspend(world: World, app: App, who: User) -> None:
    """Suspends the App: its tokens are refused, and this is the last webhook it gets."""
    if app.suspended_at is None:
        app.suspended_at, app.suspended_by = world.clock.now(), who
        _tell(world, app, who, "suspend")


def unsuspend(world: World, app: App, who: User) -> None:
    if app.suspended_at is not None:
        app.suspended_at = app.suspended_by = None
        _tell(world, app, who, "unsuspend")


def _tell(world: World, app: App, who: User, action: str) -> None:
    installation = people.installation(world, app, app.repositories[0].owner if app.repositories else app.owner)
    listed = [
        {
            "id": repo.id,
            "node_id": people.node("Repository", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "private": repo.private,
        }
        for repo in app.repositories
    ]
    body = {"action": action, "installation": installation, "repositories": listed, "sender": people.user(world, who)}
    world.tell("installation", body)
