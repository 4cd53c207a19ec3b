"""The box itself: open it, use it, close it.

sandbox = Sandbox(webhook_url="http://127.0.0.1:8080/webhook", webhook_secret="s3cret")
await sandbox.start(port=8090)
...                             # a GitHub at sandbox.url; people's tokens are sandbox-LOGIN
await sandbox.idle()            # every webhook has been delivered
await sandbox.stop()
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from sandbox.beacon import Beacon
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.delivery.mail import Mail
from sandbox.errors import Json
from sandbox.faults import Faults
from sandbox.http.server import ApiCall, ApiServer, Exchange
from sandbox.model import App
from sandbox.pages.site import Site
from sandbox.planting import plant
from sandbox.seeds import Seed
from sandbox.world import Token, World


class Sandbox:
    def __init__(
        self,
        webhook_url: str | None = None,
        webhook_secret: str = "",
        seed: Seed | None = None,
        *,
        private_key_pem: str | None = None,
        clock: Clock | None = None,
        hourly_limit: int = 5000,
        record: bool = False,
    ) -> None:
        self.clock = clock or Clock()
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")
        self.world = World(self.clock, Path(self._folder.name))
        plant(self.world, seed or Seed.default(), private_key_pem)
        self.world.mail.url, self.world.mail.secret = webhook_url, webhook_secret
        self._server = ApiServer(self.world, hourly_limit=hourly_limit, record=record)
        self.beacon = Beacon(self.clock)
        self.sent: list[tuple[str, Json]] = []
        if record:
            self.world.on_event = lambda event, payload: self.sent.append((event, payload))
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        app = web.Application(client_max_size=100 * 1024 * 1024)
        self._server.register(app)
        Control(self._server).register(app)
        Site(self.world, self.beacon).register(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound = self._runner.addresses[0][1]
        self.world.url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{bound}"  # noqa: S104
        self.world.mail.start()
        return self.url

    async def stop(self) -> None:
        await self.world.mail.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._folder.cleanup()

    async def idle(self) -> None:
        """Waits until every webhook so far has been sent, or lost."""
        await self.world.mail.idle()

    async def __aenter__(self) -> Sandbox:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return self.world.url

    @property
    def app(self) -> App:
        if self.world.app is None:
            raise LookupError("this seed has no App")
        return self.world.app

    @property
    def app_id(self) -> int:
        return self.app.id

    @property
    def installation_id(self) -> int:
        return self.app.installation_id

    @property
    def private_key_pem(self) -> str:
        return self.app.private_key_pem

    @property
    def faults(self) -> Faults:
        return self._server.faults

    @property
    def mail(self) -> Mail:
        return self.world.mail

    @property
    def calls(self) -> list[ApiCall]:
        return self._server.calls

    @property
    def exchanges(self) -> list[Exchange]:
        return self._server.exchanges

    def send_webhooks_to(self, url: str | None, secret: str = "") -> None:
        self.mail.url, self.mail.secret = url, secret

    def sign_people_in_for(self, *callback_urls: str) -> None:
        """Sets the addresses to which people return after signing in with the App."""
        self.app.callback_urls[:] = callback_urls

    def add_person(self, login: str, name: str = "", **roles: str) -> str:
        """Adds a person without any role, and returns their token."""
        self.world.tokens[f"sandbox-{login}"] = Token(self.world.add_user(login, name))
        for full_name, role in roles.items():
            self.set_role(full_name, login, role)
        return f"sandbox-{login}"

    def set_role(self, full_name: str, login: str, role: str) -> None:
        repo, user = self.world.repository(full_name), self.world.user(login)
        if repo is None or user is None:
            raise LookupError(f"{login} or {full_name} is not in this box")
        repo.roles[user] = role

    def files(self, full_name: str, ref: str | None = None) -> dict[str, bytes]:
        """Returns every file of a branch or commit, by path; of the default branch if none is named."""
        repo = self.world.repository(full_name)
        commit = repo.git.resolve(ref or repo.default_branch) if repo else None
        if repo is None or commit is None:
            raise LookupError(f"no {ref or 'commit'} in {full_name}")
        return repo.git.files(commit)

    def checkout(self, full_name: str, folder: Path, ref: str | None = None) -> None:
        """Writes those files below `folder`, for instance to build the site."""
        for path, content in self.files(full_name, ref).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def expire_token(self, token: str) -> None:
        """Ends a token as if its hour had passed."""
        self.world.tokens[token] = replace(self.world.tokens[token], expires=0.0)
