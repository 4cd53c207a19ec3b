"""The first webhook of all: GitHub sends a `ping` as soon as it is told where webhooks go."""

from __future__ import annotations

from sandbox.clock import iso
from sandbox.errors import Json
from sandbox.world import World


def ping(world: World) -> None:
    app = world.app
    if app is None or not world.mail.url:
        return
    hook: Json = {
        "type": "App",
        "id": app.id,
        "name": "web",
        "active": True,
        "events": app.events,
        "config": {"content_type": "json", "insecure_ssl": "0", "url": world.mail.url},
        "updated_at": iso(app.created_at),
        "created_at": iso(app.created_at),
        "app_id": app.id,
        "deliveries_url": f"{world.url}/app/hook/deliveries",
    }
    world.tell("ping", {"zen": "Approachable is better than simple.", "hook_id": app.id, "hook": hook})
