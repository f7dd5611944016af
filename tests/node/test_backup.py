"""A node survives its machine: what a backup holds, whom it shows nothing, and what a restore makes of it."""

import contextlib
import hashlib
import hmac
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyrage
import pytest

from mithaq.cli.upkeep import backup, restore_
from mithaq.errors import MithaqError
from mithaq.model import Reader, verify_genuine
from mithaq.node import Home, Place, create_token, verify_log
from mithaq.node.backup import encrypt_to, encrypt_with, open_backup, open_for, open_with, write_backup
from mithaq.node.node import database_server
from mithaq.node.restore import plan_restore, restore
from mithaq.store.embedded import lease, tool
from tests.node.keeping import (
    ATTACHED,
    OWN,
    attachment,
    definitions,
    fill,
    found,
    opened,
    publish,
    refused,
    run,
    run_json,
    secrets_of,
    seen,
)
from tests.store.servers import Server, debian, debian_programs

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
PASSPHRASE = "six words that nobody else knows"
IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
EMBEDDED = Place()
UNLOCK = open_for(f"# a comment\n{IDENTITY}\n")


def write(home: Home, path: Path, place: Place = EMBEDDED, *, keys: bool = True) -> Path:
    write_backup(home, "dara", place, path, encrypt_to([RECIPIENT]) if keys else None, actor="test", now=NOW)
    return path


def bring_back(
    folder: Path, file: Path, place: Place = EMBEDDED, unlock: Callable[[bytes], bytes] | None = UNLOCK
) -> Home:
    home = Home(folder)
    with open_backup(file) as found:
        restore(home, found, place, unlock, actor="test", clock=lambda: NOW)
    return home


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A node with records of every audience."""
    home = found(tmp_path_factory.mktemp("origin") / "node")
    with opened(home) as node:
        fill(node)
    return home


@pytest.fixture(scope="module")
def kept(origin: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it, its keys encrypted to a recipient."""
    return write(origin, tmp_path_factory.mktemp("kept") / "kept.tar")


# The whole way


def test_a_backup_of_a_working_node_brings_it_back(origin: Home, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    file, folder = tmp_path / "backup.tar", tmp_path / "restored"
    ended = threading.Event()
    with opened(origin) as node:
        with node.database.writing() as connection:
            token = create_token(connection, "desk", "analyst", chance=os.urandom(48), now=NOW)
        publisher = threading.Thread(target=lambda: [publish(node) for _ in iter(ended.is_set, True)])
        publisher.start()
        try:
            said = run_json(backup, origin.path, "-o", file, "--passphrase-file", tmp_path / "passphrase")
        finally:
            ended.set()
            publisher.join()
        size = said["size"]
        assert size < node.log_head().size, "nothing was published meanwhile"
        before = seen(node, size)
        proofs = [node.prove(OWN, record.commitment.hex())[1] for record in before[OWN]]
        words = run(restore_, folder, file, "--passphrase-file", tmp_path / "passphrase")
        assert f"a log of {size:,} entries" in words
        assert "from PostgreSQL 18 (the embedded server) into PostgreSQL 18 (the embedded server)" in words
        with opened(Home(folder)) as restored:
            assert restored.log_head()[:5] == (1, node.log_head().origin, "dara", size, bytes.fromhex(said["root"]))
            assert seen(restored, 10**9) == before
            assert len(before[Reader()]) == 2
            assert len(before[Reader("kolan")]) == 2
            assert attachment(restored) == attachment(node) == ATTACHED
            assert restored.visit(token).reader == Reader("dara", frozenset({"analyst"}))
            for act in (
                restored.checkpoint,
                lambda: restored.prove(OWN, before[OWN][0].object_id),
                lambda: publish(restored),
            ):
                with refused("log-unproven"):
                    act()
            assert verify_log(restored).size == size
    assert definitions(origin, Place()) == definitions(Home(folder), Place())
    for proof in proofs:
        verify_genuine(proof, Home(folder).charter_notes())


def test_the_restored_folder_is_closed(origin: Home, kept: Path, tmp_path: Path) -> None:
    home = bring_back(tmp_path / "node", kept)
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.path / "keys").iterdir()} == {0o600}
    assert {path.name for path in home.path.iterdir()} == {"charter", "database", "keys", "mithaq.toml", "server.lock"}
    assert {path.name: path.read_bytes() for path in (home.path / "keys").iterdir()} == {
        path.name: path.read_bytes() for path in (origin.path / "keys").iterdir()
    }
    with refused("home-exists"):
        bring_back(tmp_path / "node", kept)


# What the file shows


def test_no_secret_lies_in_the_file_or_is_printed(origin: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    words = run(backup, origin.path, "-o", file, "--recipient", RECIPIENT)
    data = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for secret in secrets_of(origin):
        assert secret not in data
        assert secret not in words.encode()
    # The dump is compressed: what it would load is looked at as well.
    with tarfile.open(file) as tar:
        part = tar.extractfile("database.dump")
        assert part is not None
        dump = part.read()
    script = subprocess.run([tool("pg_restore"), "--file=-"], input=dump, capture_output=True, check=True).stdout
    assert b"COPY mithaq.records" in script
    for secret in secrets_of(origin):
        assert secret not in script
        assert b"\\\\x" + secret.hex().encode() not in script


def test_keys_open_with_plain_age_and_tar(origin: Home, kept: Path) -> None:
    with tarfile.open(kept) as tar:
        part = tar.extractfile("keys.age")
        assert part is not None
        packed = pyrage.decrypt(part.read(), [IDENTITY])
    with tarfile.open(fileobj=io.BytesIO(packed)) as keys:
        assert {name.removeprefix("keys/") for name in keys.getnames()} == {
            path.name for path in (origin.path / "keys").iterdir()
        }


def test_a_database_url_in_the_settings_stays_behind(origin: Home, tmp_path: Path) -> None:
    settings = origin.settings.read_bytes()
    origin.settings.write_bytes(settings + b'database_url = "postgresql://admin:hunter2@db/mithaq"\n')
    try:
        file = write(origin, tmp_path / "backup.tar")
    finally:
        origin.settings.write_bytes(settings)
    assert b"hunter2" not in file.read_bytes()


def test_keys_are_never_left_unprotected_by_accident(origin: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    assert "[backup-unprotected]" in run(backup, origin.path, "-o", file, code=3)
    run(backup, origin.path, "-o", file, "--without-keys", "--recipient", RECIPIENT, code=2)
    assert not file.exists()
    with refused("backup-passphrase"):
        encrypt_with("short")
    with refused("backup-recipient", "ssh-ed25519"):
        encrypt_to(["ssh-ed25519 AAAA"])
    with refused("restore-identity"):
        open_for("# nothing\nAGE-SECRET-KEY-1NO\n")


def test_nothing_is_written_over_and_nothing_half_is_left(origin: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    file.write_text("precious")
    with refused("file-exists"):
        write(origin, file)
    assert file.read_text() == "precious"
    with refused("file-unwritable"):
        write(origin, tmp_path / "absent" / "backup.tar")
    with database_server(origin, EMBEDDED) as target, psycopg.connect(target.admin) as connection:
        connection.execute("LOCK TABLE mithaq.tokens IN ACCESS EXCLUSIVE MODE")  # pg_dump waits for it, and is ended
        ending = threading.Thread(target=end_dump, args=(target.admin,))
        ending.start()
        with refused("backup-dump-failed"):
            write(origin, tmp_path / "other.tar")
        ending.join()
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar"]


def end_dump(conninfo: str) -> None:
    """End pg_dump's connection once it waits for a lock."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        waiting = "application_name = 'pg_dump' AND wait_event_type = 'Lock'"
        for _ in range(600):
            rows = connection.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {waiting}".encode()
            )
            if rows.fetchall():
                return
            time.sleep(0.1)


# Keys apart


def test_a_backup_without_keys_wants_this_nodes_keys(origin: Home, tmp_path: Path) -> None:
    file = write(origin, tmp_path / "backup.tar", keys=False)
    home = Home(tmp_path / "node")
    with refused("restore-keys-absent"):
        bring_back(home.path, file, unlock=None)
    stranger = Home(tmp_path / "stranger")
    stranger.make()
    (home.path / "keys").mkdir(parents=True)
    for path in (stranger.path / "keys").iterdir():
        (home.path / "keys" / path.name).write_bytes(path.read_bytes())
    with refused("backup-forged"):
        bring_back(home.path, file, unlock=None)
    for path in (origin.path / "keys").iterdir():
        (home.path / "keys" / path.name).write_bytes(path.read_bytes())
    bring_back(home.path, file, unlock=None)
    with opened(home) as node:
        assert verify_log(node).records > 10


@pytest.mark.parametrize("unlock", [None, open_with(PASSPHRASE), open_for(str(pyrage.x25519.Identity.generate()))])
def test_wrong_keys_to_the_keys(kept: Path, tmp_path: Path, unlock: Callable[[bytes], bytes] | None) -> None:
    with refused("restore-locked"):
        bring_back(tmp_path / "node", kept, unlock=unlock)
    assert {path.name for path in (tmp_path / "node").iterdir()} == {"server.lock"}


def test_a_wrong_passphrase() -> None:
    sealed = encrypt_with(PASSPHRASE)(b"keys")
    assert b"keys" not in sealed
    with refused("restore-locked"):
        open_with(PASSPHRASE + "!")(sealed)


# Tampering


def unpack(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def pack(parts: dict[str, bytes], file: Path) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def restate(parts: dict[str, bytes], **changes: object) -> None:
    """A manifest that fits the parts, as somebody without the node's keys can write it."""
    manifest = json.loads(parts["manifest.json"])
    manifest["parts"] = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in parts.items()
        if not name.startswith("manifest.")
    ]
    parts["manifest.json"] = json.dumps(manifest | changes).encode()


def authenticate(home: Home, parts: dict[str, bytes]) -> None:
    """The same with the node's keys."""
    key = hmac.digest(home.seed("cursor"), b"mithaq/v1/backup", "sha256")
    parts["manifest.mac"] = hmac.digest(key, parts["manifest.json"], "sha256").hex().encode()


PARTS = ["database.dump", "keys.age", "mithaq.toml", "charter/0001.charter", "checkpoint"]


@pytest.mark.parametrize("name", PARTS)
def test_a_changed_part_is_found(kept: Path, tmp_path: Path, name: str) -> None:
    parts = unpack(kept)
    assert name in parts
    middle = len(parts[name]) // 2
    parts[name] = parts[name][:middle] + bytes([parts[name][middle] ^ 1]) + parts[name][middle + 1 :]
    with refused("backup-part", name):
        bring_back(tmp_path / "node", pack(parts, tmp_path / "changed.tar"))
    restate(parts)
    # With the manifest changed too, a flipped bit in the keys makes them unreadable; all else lacks the node's word.
    with refused("restore-locked" if name == "keys.age" else "backup-forged"):
        bring_back(tmp_path / "node", pack(parts, tmp_path / "restated.tar"))
    assert {path.name for path in (tmp_path / "node").iterdir()} == {"server.lock"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": 2}, "backup-format"),
        ({"format": "1"}, "backup-malformed"),
        ({"member": 7}, "backup-malformed"),
        ({"unknown": 7}, "backup-malformed"),
        ({"schema_version": 999}, "database-newer"),
        ({"server": 99}, "restore-server-older"),
        ({"tools": 99}, "restore-server-older"),
        ({"schema": "other"}, "restore-schema"),
        ({"keys": False}, "backup-malformed"),
        ({"member": "kolan"}, "backup-forged"),
    ],
)
def test_what_the_manifest_says(kept: Path, tmp_path: Path, changes: dict[str, object], code: str) -> None:
    parts = unpack(kept)
    restate(parts, **changes)
    with refused(code):
        bring_back(tmp_path / "node", pack(parts, tmp_path / "changed.tar"))
    assert not Home(tmp_path / "node").exists()


def test_files_that_are_no_backup(kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    data = kept.read_bytes()
    for content in (b"", b"no tar at all", data[: len(data) // 2], bytes(10240), data[:512] * 20):
        file.write_bytes(content)
        with refused("backup-malformed"), open_backup(file):
            pass
    for change in ("link", "twice", "more", "less", "sparse"):
        parts = unpack(kept)
        if change == "more":
            parts["more"] = b"x"
        if change == "less":
            del parts["checkpoint"]
        pack(parts, file)
        if change in {"link", "twice", "sparse"}:
            with tarfile.open(file, "a") as tar:
                info = tarfile.TarInfo("checkpoint" if change == "twice" else "charter/0002.charter")
                info.type = {"link": tarfile.SYMTYPE, "twice": tarfile.REGTYPE, "sparse": tarfile.GNUTYPE_SPARSE}[
                    change
                ]
                info.linkname = "/etc/passwd" if change == "link" else ""
                tar.addfile(info)
        with refused("backup-malformed"), open_backup(file):
            pass


# Broken off


def test_only_an_empty_folder(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "used").write_text("something")
    with refused("restore-folder-used"):
        bring_back(tmp_path, kept)


def test_a_dump_that_breaks_leaves_nothing_and_can_be_tried_again(origin: Home, kept: Path, tmp_path: Path) -> None:
    """The node's own word stands for a dump of which the end is missing: only loading can find out."""
    parts = unpack(kept)
    whole = parts["database.dump"]
    parts["database.dump"] = whole[: len(whole) // 2]
    restate(parts)
    authenticate(origin, parts)
    broken = pack(parts, tmp_path / "broken.tar")
    folder = tmp_path / "node"
    for _ in range(2):
        with refused("restore-failed"):
            bring_back(folder, broken)
        assert not Home(folder).exists()
        assert not (folder / "keys").exists()
    with refused("restore-other"):
        bring_back(folder, kept)


def test_a_log_that_is_not_the_checkpoints(origin: Home, kept: Path, tmp_path: Path) -> None:
    """With every digest right and the node's own word: the log is recomputed all the same."""
    with opened(origin) as node:
        publish(node)
        parts = unpack(kept)
        parts["checkpoint"] = node.checkpoint()
    restate(parts)
    authenticate(origin, parts)
    with refused("restore-mismatch"):
        bring_back(tmp_path / "node", pack(parts, tmp_path / "other.tar"))
    assert not Home(tmp_path / "node").exists()


RESTORING = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from mithaq.node import Home, Place
from mithaq.node.backup import open_backup, open_for
from mithaq.node.restore import restore
with open_backup(Path(sys.argv[2])) as found:
    print("begun", flush=True)
    restore(Home(Path(sys.argv[1])), found, Place(), open_for(sys.argv[3]), actor="t", clock=lambda: datetime.now(UTC))
"""


def interrupted(folder: Path, kept: Path, after: float) -> bool:
    """Kill a restore after some seconds; whether it was still at work."""
    command = [sys.executable, "-c", RESTORING, str(folder), str(kept), str(IDENTITY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
    # An initdb that was at work outlives its parent by a moment, in a folder that the next attempt makes anew.
    while any(at_work(path) == folder / "database" / "cluster.new" / "data" for path in Path("/proc").glob("[0-9]*")):
        time.sleep(0.05)
    return process.returncode == -signal.SIGKILL


def at_work(process: Path) -> Path | None:
    with contextlib.suppress(OSError):
        return (process / "cwd").readlink()
    return None


@pytest.mark.parametrize("after", [0.05, 0.6, 1.6])
def test_a_killed_restore_leaves_no_node_and_goes_on(origin: Home, kept: Path, tmp_path: Path, after: float) -> None:
    _kill_and_go_on(kept, tmp_path / "node", after)


@pytest.mark.torture
@pytest.mark.parametrize("after", [number / 20 for number in range(60)])
def test_a_restore_killed_at_any_moment(origin: Home, kept: Path, tmp_path: Path, after: float) -> None:
    _kill_and_go_on(kept, tmp_path / "node", after)


def _kill_and_go_on(kept: Path, folder: Path, after: float) -> None:
    home = Home(folder)
    killed = interrupted(folder, kept, after)
    if killed and not home.exists():
        # Whoever makes a node in what is left gets no log key beside a log that doesn't know it was restored.
        assert not (folder / "keys").exists() or (folder / "charter" / "0001.charter").exists()
        assert all_or_nothing(home)
        bring_back(folder, kept)
        assert not (folder / "restore.unfinished").exists()
    with opened(home) as node:
        assert node.log_head().unproven
        assert verify_log(node).records > 10


def all_or_nothing(home: Home) -> bool:
    """Whether the database of a broken-off restore has no log, or all of it with the mark that it was restored."""
    if not (home.database / "cluster").exists():
        return True
    with lease(home.database) as server:
        with psycopg.connect(server.dsn()) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'mithaq'").fetchone():
                return True
        with psycopg.connect(server.dsn(dbname="mithaq")) as connection:
            if connection.execute("SELECT to_regclass('mithaq.logs')").fetchone() == (None,):
                return True
            return connection.execute("SELECT size > 10, unproven FROM mithaq.logs").fetchall() == [(True, True)]


# Servers


@pytest.fixture(scope="module")
def older_servers() -> Iterator[tuple[Server, Server]]:
    """Two servers of one's own, of the oldest version that Debian has and we support."""
    programs = debian_programs()
    if programs is None:
        absent = "PostgreSQL's own server, 15 or newer, is not installed (make ci-deps)"
        if os.environ.get("REQUIRE_POSTGRES15") == "1":
            pytest.fail(absent)
        pytest.skip(absent)
    with debian(programs) as one, debian(programs) as other:
        yield one, other


def test_between_servers_of_ones_own(
    older_servers: tuple[Server, Server], origin: Home, kept: Path, tmp_path: Path
) -> None:
    one, other = (server.dsn(server.new_database()) for server in older_servers)
    home = found(tmp_path / "node", one, "n1")
    with opened(home, one) as node:
        fill(node)
        before, size = seen(node, 10**9), node.log_head().size
    file = write(home, tmp_path / "backup.tar", Place(one, "n1"))

    # Into another server of the same version, by commands that find it in the environment.
    (tmp_path / "identity").write_text(str(IDENTITY))
    said = run_json(
        restore_,
        tmp_path / "a",
        file,
        "--identity-file",
        tmp_path / "identity",
        environment={"MITHAQ_DATABASE_URL": other},
    )
    assert (said["restored_into"], said["embedded"], said["size"]) == (said["postgresql"], False, size)
    with opened(Home(tmp_path / "a"), other) as node:
        assert seen(node, 10**9) == before
        assert attachment(node) == ATTACHED
    assert definitions(home, Place(one, "n1")) == definitions(Home(tmp_path / "a"), Place(other, "n1"))

    # Into the embedded server, which is newer; and not back.
    with opened(bring_back(tmp_path / "b", file, Place("", "n1"))) as node:
        assert seen(node, 10**9) == before
    with open_backup(kept) as newer, refused("restore-server-older"):
        plan_restore(Home(tmp_path / "c"), newer, Place(other))

    # A living node's schema is never taken for what a broken-off restore left.
    with refused("database-schema-taken"):
        bring_back(tmp_path / "d", file, Place(one, "n1"))
    with opened(home, one) as node:
        assert not node.log_head().unproven
        publish(node)


def test_a_server_that_is_gone(origin: Home, tmp_path: Path) -> None:
    url = f"host={tmp_path} user=admin password=hunter2 dbname=x"
    with pytest.raises(MithaqError) as caught:
        write(origin, tmp_path / "backup.tar", Place(url))
    assert caught.value.code == "database-unreachable"
    assert "hunter2" not in str(caught.value)
    assert not list(tmp_path.iterdir())
