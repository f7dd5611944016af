"""Embedded servers seen from outside: their processes, other processes with leases, rows to count."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from mithaq.store.embedded import EmbeddedServer

ROOT = os.geteuid() == 0
LINGER = 0.3
HOLD = """
import sys
from pathlib import Path
from mithaq.store.embedded import lease
with lease(Path(sys.argv[1]), linger=0.3) as server:
    print("ready", flush=True)
    sys.stdin.read()
"""


def state(pid: int) -> str:
    """The letter of /proc; empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def servers(folder: Path) -> list[int]:
    """All living processes that work in the data folder."""
    data = (folder / "cluster" / "data").stat()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            there = (entry / "cwd").stat()
            if (there.st_dev, there.st_ino) == (data.st_dev, data.st_ino) and state(int(entry.name)) not in "ZX":
                found.append(int(entry.name))
    return found


def supervisor(folder: Path) -> int:
    return int((folder / "supervisor.lock").read_text())


def postmaster(folder: Path) -> int:
    return int((folder / "cluster" / "data" / "postmaster.pid").read_text().split("\n")[0])


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def at_rest(folder: Path) -> bool:
    """Whether no supervisor and no server works in `folder`."""
    with (folder / "supervisor.lock").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return not servers(folder)


@contextlib.contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process with a lease, ready to be asked (by closing its input) or killed."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


def count(server: EmbeddedServer, table: str = "kept") -> int:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def add(server: EmbeddedServer) -> None:
    """One more committed row in `kept`."""
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n serial)")
        connection.execute("INSERT INTO kept DEFAULT VALUES")


def busy(server: EmbeddedServer, statement: str) -> threading.Thread:
    def work() -> None:
        with contextlib.suppress(psycopg.Error), psycopg.connect(server.dsn()) as connection:
            connection.execute(statement.encode())

    thread = threading.Thread(target=work)
    thread.start()
    return thread


BUSY = (
    "SELECT pg_sleep(60)",
    "CREATE TABLE big AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 3000000)",
    "SELECT sum(sqrt(a)) FROM generate_series(1, 30000) a, generate_series(1, 30000) b",
)
