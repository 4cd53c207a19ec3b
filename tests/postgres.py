"""A real PostgreSQL for the tests: a server of our own on a socket, and a fresh database for whoever asks."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
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


class Server:
    """A server of the tests' own; `address` is that of its databases, without a name."""

    def __init__(self, programs: Path, folder: Path, *, fsync: bool) -> None:
        self.address = f"postgresql://bot@/{{}}?host={folder}"
        self._programs, self._folder, self._data = programs, folder, str(folder / "data")
        self._settings = SETTINGS | {"fsync": "on" if fsync else "off"}
        # it refuses to run as root
        self._user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(folder, self._user, self._user)
        self._run("initdb", "--pgdata", self._data, "--auth=trust", "--no-sync", "--encoding=UTF8", "--username=bot")

    def start(self) -> None:
        options = " ".join([f"-k {self._folder}", *(f"-c {name}='{value}'" for name, value in self._settings.items())])
        log = str(self._folder / "log")
        self._run("pg_ctl", "--pgdata", self._data, "--wait", "--log", log, "--options", options, "start")

    def stop(self) -> None:
        """At once, as when its machine dies."""
        self._run("pg_ctl", "--pgdata", self._data, "--mode=immediate", "stop")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It neither answers nor hangs up, as when its disk, or the machine under it, stands still."""
        first = int((Path(self._data) / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)
        while "State:\tT" not in Path(f"/proc/{first}/status").read_text():
            time.sleep(0.001)
        # from here on it has no more children
        everyone = [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]
        try:
            for process in everyone:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in everyone:
                os.kill(process, signal.SIGCONT)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})


@contextlib.contextmanager
def own_server(*, fsync: bool = False) -> Iterator[Server]:
    """A server that runs, may be stopped and started, and is gone afterwards. Tests need no `fsync`."""
    programs = found()
    if programs is None:
        if os.environ.get("REQUIRE_ALL"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # the path of its socket has to be short
    made = Server(programs, folder, fsync=fsync)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def server(*, fsync: bool = False) -> Iterator[str]:
    """The address of such a server's databases, without a name."""
    with own_server(fsync=fsync) as running:
        yield running.address


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
