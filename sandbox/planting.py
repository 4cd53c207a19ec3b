"""From a seed to a world: the people are there, and each repository has its first commit."""

from __future__ import annotations

import secrets
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.gitstore import BLOB, Person
from sandbox.model import App, Organization, Repository, Team, User
from sandbox.seeds import Seed, SeedApp, SeedError, SeedRepository
from sandbox.world import Token, World


def plant(world: World, seed: Seed, private_key_pem: str | None = None) -> None:
    for login, name in seed.people.items():
        world.tokens[f"sandbox-{login}"] = Token(world.add_user(login, name))
    for body in seed.organizations:
        account = world.add_user(body.login, body.name, type="Organization")
        organization = Organization(account, [_person(world, who) for who in body.owners])
        organization.members = [_person(world, who) for who in body.members]
        world.organizations[body.login.lower()] = organization
    for planned in seed.repositories:
        _repository(world, planned)
    for group in seed.teams:
        home = world.organization(group.organization)
        if home is None:
            raise SeedError(f"no organization {group.organization} for the team {group.slug}")
        team = Team(world.new_id(), home, group.slug, group.slug, group.description, world.clock.now())
        team.members = [_person(world, who) for who in group.members]
        team.roles = {_find(world, f"{group.organization}/{name}"): role for name, role in group.roles.items()}
        home.teams[team.slug] = team
    _app(world, seed.app, private_key_pem)


def _person(world: World, login: str) -> User:
    if user := world.user(login):
        return user
    raise SeedError(f"nobody called {login}")


def _find(world: World, full_name: str) -> Repository:
    if repo := world.repository(full_name):
        return repo
    raise SeedError(f"no repository {full_name}")


def _repository(world: World, planned: SeedRepository) -> None:
    login, _, name = planned.name.partition("/")
    owner = _person(world, login)
    repo = world.add_repository(owner, name, planned.branch)
    repo.description, repo.private = planned.description or None, planned.private
    repo.roles = {_person(world, who): role for who, role in planned.roles.items()}
    if planned.files:
        blobs = {path: (BLOB, repo.git.write_blob(content)) for path, content in planned.files.items()}
        signed = Person(owner.name, owner.email, world.clock.now())
        tree = repo.git.edit_tree(None, blobs)
        repo.git.set_ref(f"heads/{planned.branch}", repo.git.write_commit(tree, [], "First files", signed))


def _app(world: World, planned: SeedApp, private_key_pem: str | None) -> None:
    pem = private_key_pem or new_private_key()
    world.app = App(
        id=planned.id,
        slug=planned.slug,
        name=planned.name,
        owner=_person(world, planned.owner),
        bot=world.add_user(f"{planned.slug}[bot]", planned.name, type="Bot"),
        installation_id=world.new_id(),
        permissions=dict(planned.permissions),
        events=list(planned.events),
        created_at=world.clock.now(),
        private_key_pem=pem,
        public_key_pem=_public_key(pem),
        client_id=f"Iv1.sandbox{planned.id:04}",
        client_secret=secrets.token_hex(20),
        repositories=[_find(world, name) for name in planned.installed],
    )


@cache
def new_private_key() -> str:
    """Makes a key once for a process: tests open hundreds of sandboxes, and a key takes a tenth of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@cache
def _public_key(private_key_pem: str) -> str:
    """Returns the public half of the App's key. To read a private key takes OpenSSL 25 ms, which many tests share."""
    key = serialization.load_pem_private_key(private_key_pem.encode(), password=None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
