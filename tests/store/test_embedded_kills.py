"""The embedded server killed in every way: whatever was committed is there, and new connections succeed."""

import contextlib
import ctypes
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mithaq.store.embedded import EmbeddedServer, lease, prepare
from mithaq.store.place import find_place
from tests.store.running import (
    BUSY,
    LINGER,
    ROOT,
    add,
    at_rest,
    busy,
    count,
    holder,
    kill,
    postmaster,
    servers,
    state,
    supervisor,
    until,
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all: each kill is the next one's past."""
    folder = tmp_path_factory.mktemp("kills") / "db"
    prepare(folder)
    return folder


@pytest.fixture
def folder(lasting: Path) -> Iterator[Path]:
    """The database at rest; afterwards nothing of it may live on."""
    yield lasting
    until(lambda: at_rest(lasting))


def test_postgres_killed(folder: Path) -> None:
    with lease(folder, linger=LINGER) as server:
        add(server)
        known, before = count(server), postmaster(folder)
        kill(before)
        until(lambda: state(before) == "")  # reaped: no zombie stays
        server.wait_ready()
        assert count(server) == known
        assert postmaster(folder) != before


def test_supervisor_killed(folder: Path) -> None:
    with lease(folder, linger=LINGER) as server:
        add(server)
        known, before, old = count(server), supervisor(folder), postmaster(folder)
        kill(before)
        until(lambda: supervisor(folder) != before and state(old) in ("", "Z"))
        server.wait_ready()
        assert count(server) == known


@pytest.mark.parametrize("gap", [0.0, 0.4])
def test_both_killed_while_backends_are_busy(folder: Path, gap: float) -> None:
    with holder(folder), lease(folder, linger=LINGER) as server:
        add(server)
        known = count(server)
        threads = [busy(server, statement) for statement in BUSY]
        time.sleep(0.7)
        old = servers(folder)
        kill(postmaster(folder))
        time.sleep(gap)  # with a gap, the supervisor is killed while it clears the field or PostgreSQL recovers
        kill(supervisor(folder))
        begun = time.monotonic()
        server.wait_ready()
        assert time.monotonic() - begun < 20
        assert count(server) == known
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT to_regclass('big')").fetchone() == (None,)
        until(lambda: not set(old) & set(servers(folder)))
        for thread in threads:
            thread.join(20)


def test_a_zombie_that_nobody_reaps_is_no_server(folder: Path) -> None:
    libc = ctypes.CDLL(None)
    assert libc.prctl(36, 1, 0, 0, 0) == 0  # orphans become our children, as they become process 1's in a container
    try:
        with lease(folder, linger=LINGER) as server:
            add(server)
            known, old, watcher = count(server), postmaster(folder), supervisor(folder)
            kill(old, signal.SIGSTOP)  # it can't clean up
            kill(watcher)
            kill(old)
            until(lambda: state(old) == "Z")
            server.wait_ready()
            assert count(server) == known
            assert state(old) == "Z"
            os.waitpid(old, 0)
            os.waitpid(watcher, 0)
        until(lambda: at_rest(folder))
    finally:
        libc.prctl(36, 0, 0, 0, 0)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def test_a_stranger_with_the_recorded_number_is_no_server(folder: Path) -> None:
    account = find_place(folder).account
    with lease(folder, linger=LINGER) as server:
        add(server)
        record = (folder / "cluster" / "data" / "postmaster.pid").read_text()
        lock = (folder / "cluster" / "sockets" / ".s.PGSQL.5432.lock").read_text()
        old = str(postmaster(folder))
    until(lambda: at_rest(folder))
    stranger = subprocess.Popen(["/bin/sleep", "60"], user=account.uid if ROOT else None)
    try:
        for name, text in (("data/postmaster.pid", record), ("sockets/.s.PGSQL.5432.lock", lock)):
            path = folder / "cluster" / name
            path.write_text(text.replace(old, str(stranger.pid), 1))
            os.chown(path, account.uid, account.gid)
            path.chmod(0o600)
        with lease(folder, linger=LINGER) as server:
            add(server)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


# The long campaign


def kill_something(chance: random.Random, folder: Path, other: subprocess.Popen[bytes]) -> str:
    """One of the ways in which it can go wrong; says which."""
    way = chance.choice(["postgres", "supervisor", "both", "backend", "all", "recovery", "holder"])
    with contextlib.suppress(OSError, ValueError):  # it may be down already
        if way == "holder":
            other.kill()
        if way == "backend":
            kill(chance.choice(servers(folder)))
        if way in {"postgres", "both", "recovery"}:
            kill(postmaster(folder))
        if way in {"supervisor", "both"}:
            time.sleep(chance.choice([0.0, 0.0, chance.uniform(0.0, 0.5)]))
            kill(supervisor(folder))
        if way == "all":
            for pid in [supervisor(folder), *servers(folder)]:
                kill(pid)
        if way == "recovery":
            time.sleep(chance.uniform(0.0, 0.6))
            for pid in [*chance.choice([[], [supervisor(folder)]]), *servers(folder)]:
                kill(pid)
    return way


def numbers_in(server: EmbeddedServer) -> set[int]:
    """What is stored. A server that was just ready may be about to notice that it lost a process."""
    for _ in range(10):
        with contextlib.suppress(psycopg.OperationalError):
            server.wait_ready()
            with psycopg.connect(server.dsn()) as connection:
                return {row[0] for row in connection.execute("SELECT n FROM kept")}
        time.sleep(0.1)
    raise AssertionError("ready and gone ten times")


@pytest.mark.torture
def test_a_hundred_kills(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance, folder = random.Random(seed), tmp_path / "db"
    prepare(folder)
    acknowledged: set[int] = set()
    waits: list[tuple[float, str]] = []
    with lease(folder, linger=LINGER) as server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("CREATE TABLE kept (n int PRIMARY KEY, filler text)")
        stopping, numbers = threading.Event(), iter(range(1, 10**9))

        def write() -> None:
            while not stopping.is_set():
                with contextlib.suppress(psycopg.Error), psycopg.connect(server.dsn(), autocommit=True) as connection:
                    while not stopping.is_set():
                        number = next(numbers)
                        connection.execute("INSERT INTO kept VALUES (%s, repeat('x', 500))", [number])
                        acknowledged.add(number)
                time.sleep(0.05)

        writer = threading.Thread(target=write)
        writer.start()
        for turn in range(100):
            with holder(folder) as other:
                sleeper = busy(server, BUSY[turn % 3])
                time.sleep(chance.uniform(0.0, 0.8))
                way, begun = kill_something(chance, folder, other), time.monotonic()
                server.wait_ready()
                waits.append((round(time.monotonic() - begun, 2), way))
                known = frozenset(acknowledged)
                stored = numbers_in(server)
                assert known <= stored, f"seed {seed}, turn {turn}, {way}: lost {sorted(known - stored)[:5]}"
                with contextlib.suppress(psycopg.Error), psycopg.connect(server.dsn(), autocommit=True) as connection:
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^(SELECT|CREATE) '"
                    )
                sleeper.join(30)
        stopping.set()
        writer.join(30)
    until(lambda: at_rest(folder))
    print(f"seed {seed}; {len(acknowledged)} rows; slowest {sorted(waits)[-5:]}")
