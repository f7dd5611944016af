"""The servers on which the store is tried: the embedded one, and PostgreSQL's own programs as Debian installs them."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import psycopg.conninfo
from psycopg import sql

from mithaq.store.database import DatabaseSecrets, Target, create, migrate
from mithaq.store.embedded import lease, prepare

PROGRAMS = Path("/usr/lib/postgresql")
OLDEST = 15
PATIENCE = 30.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

_numbers = count(1)


class Server:
    """A running server: its name, and an administrator's connection string without a database."""

    def __init__(self, name: str, conninfo: str) -> None:
        self.name = name
        self._conninfo = conninfo

    def __repr__(self) -> str:
        return f"Server({self.name!r})"

    def dsn(self, dbname: str = "postgres") -> str:
        return psycopg.conninfo.make_conninfo(self._conninfo, dbname=dbname)

    def new_database(self) -> str:
        """The name of a fresh, empty database."""
        name = f"db{next(_numbers)}"
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def new_target(self, dbname: str = "") -> Target:
        """A target with a schema of its own, since roles belong to the whole server; in a fresh database if none."""
        return Target(self.dsn(dbname or self.new_database()), f"n{next(_numbers)}")


def new_secrets() -> DatabaseSecrets:
    return DatabaseSecrets(secrets.token_urlsafe(16), secrets.token_urlsafe(16), secrets.token_bytes(32))


def make(target: Target, credentials: DatabaseSecrets, *, alone: bool = True) -> None:
    """Roles, schema and tables."""
    create(target, credentials, alone=alone)
    migrate(target, credentials)


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Server]:
    prepare(folder)
    with lease(folder) as server:
        yield Server("embedded", server.dsn())


def debian_programs() -> Path | None:
    """The folder of the oldest server that Debian has here and we support."""
    found = [path for path in PROGRAMS.glob("[0-9]*/bin") if (path / "initdb").is_file()]
    versions = sorted((int(path.parent.name), path) for path in found)
    return next((path for version, path in versions if version >= OLDEST), None)


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: whom to run it as instead. None if we are a plain user ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("neither postgres nor nobody is an account here")


@contextlib.contextmanager
def debian(programs: Path) -> Iterator[Server]:
    """A cluster in a short-lived folder of its own, with scram passwords and only a Unix socket."""
    account = _unprivileged()
    # Not below pytest's folder, which another account can't enter.
    folder = Path(tempfile.mkdtemp(prefix="mithaq-pg-"))
    words = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    password = secrets.token_urlsafe(16)
    try:
        (folder / "password").write_text(password)
        if account:
            os.chown(folder / "password", account.pw_uid, account.pw_gid)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        making = [programs / "initdb", "--pgdata", data, "--username", "admin", "--pwfile", folder / "password"]
        making += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        subprocess.run(making, check=True, capture_output=True, cwd="/", env=ENVIRONMENT, **words)  # type: ignore[call-overload]
        settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "log_min_messages=fatal")
        options = [part for setting in settings for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # type: ignore[call-overload]
                [programs / "postgres", "-D", data, *options], cwd="/", env=ENVIRONMENT, stdout=log, stderr=log, **words
            )
        try:
            conninfo = psycopg.conninfo.make_conninfo(host=str(folder), user="admin", password=password)
            _wait(conninfo, process, folder / "log")
            yield Server("debian", conninfo)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE)
    finally:
        shutil.rmtree(folder)


def _wait(conninfo: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(conninfo, dbname="postgres").close()
        except psycopg.OperationalError as error:
            assert process.poll() is None, log.read_text()
            if time.monotonic() > deadline:
                raise AssertionError(log.read_text()) from error
            time.sleep(0.05)
        else:
            return
