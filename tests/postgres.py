"""A real PostgreSQL for the tests: a server of our own on a socket, and a fresh database for whoever asks."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
SETTINGS = {"listen_addresses": "", "max_connections": "200", "log_min_messages": "fatal"}
_numbers = count(1)


def found() -> Path | None:
    """The folder of the server's programs."""
    known = shutil.which("initdb")
    return Path(known).parent if known else next(iter(BINARIES), None)


@contextlib.contextmanager
def server(*, fsync: bool = False) -> Iterator[str]:
    """A server that is gone afterwards; the address of its databases, without a name. Tests need no `fsync`."""
    programs = found()
    if programs is None:
        if os.environ.get("REQUIRE_ALL"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    # it refuses to run as root, and the path of its socket has to be short
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, user, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})

    settings = SETTINGS | {"fsync": "on" if fsync else "off"}
    data = str(folder / "data")
    run("initdb", "--pgdata", data, "--auth=trust", "--no-sync", "--encoding=UTF8", "--username=bot")
    options = " ".join([f"-k {folder}", *(f"-c {name}='{value}'" for name, value in settings.items())])
    run("pg_ctl", "--pgdata", data, "--wait", "--log", str(folder / "log"), "--options", options, "start")
    try:
        yield f"postgresql://bot@/{{}}?host={folder}"
    finally:
        run("pg_ctl", "--pgdata", data, "--mode=immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def database(address: str) -> Iterator[str]:
    """A database that is gone afterwards; its address."""
    name = f"bot{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(address.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield address.format(name)
    finally:
        with psycopg.connect(address.format("postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture
def postgresql(postgresql_server) -> Iterator[str]:
    """The address of an empty database."""
    with database(postgresql_server) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'var' / 'bot.db'}"
    return request.getfixturevalue("postgresql")
