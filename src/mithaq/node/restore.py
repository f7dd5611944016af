"""Restoring a backup (`node.backup`) into an empty folder, and into a server of the same or a newer major version.

A restored node signs nothing until its log has been resumed (`node.resume`): whoever restores can't know what was
published after the backup was made. The statement that says so is committed together with the restored rows.

A restore that was broken off leaves no node: charters come to their place when the database is complete, keys after
them, and last the settings, which make a folder a node. So no log key ever lies beside a database that doesn't know it
must not sign. Running the restore again finishes it; `restore.unfinished` in the folder says of which backup it is.
"""

import contextlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from mithaq.errors import Malformed, Refused, Untrusted
from mithaq.node.backup import (
    CHARTER_PART,
    DUMP,
    KEY_FILE,
    KEYS,
    MANIFEST,
    MAX_KEY_BYTES,
    Backup,
    Manifest,
    Seal,
    answering,
    read_members,
)
from mithaq.node.home import Home
from mithaq.node.logbook import verify_log
from mithaq.node.node import DATABASE_NAME, Node, Place, database_server
from mithaq.node.tokens import note_act
from mithaq.store.database import (
    SCHEMA_VERSION,
    Database,
    DatabaseSecrets,
    Target,
    connect,
    create,
    is_made,
    migrate,
    schema_version,
)
from mithaq.store.dump import load_schema, tools_major
from mithaq.store.embedded import lease, prepare
from mithaq.tlog import verify_checkpoint

__all__ = ["Plan", "plan_restore", "restore"]

_STAGE = "restore.unfinished"
_SCHEMA_MADE = "schema-made"


class Plan(NamedTuple):
    """What a restore is going to do: what the backup is, into which major version, of the embedded server or not."""

    manifest: Manifest
    server: int
    embedded: bool


def plan_restore(home: Home, backup: Backup, place: Place) -> Plan:
    """What `restore` would do; it refuses what can be refused beforehand.

    Raises `Refused` (`home-exists`, `restore-folder-used`, `restore-other`, `restore-keys-absent`, `restore-schema`,
    `restore-server-older`, `database-newer`, `database-old`), `Unavailable` (`database-unreachable`).
    """
    manifest = backup.manifest
    _refuse_folder(home, backup)
    if manifest.schema != place.schema:
        raise Refused("restore-schema", found=manifest.schema, ours=place.schema)
    if manifest.schema_version > SCHEMA_VERSION:
        raise Refused("database-newer", found=manifest.schema_version, ours=SCHEMA_VERSION)
    server = tools = tools_major()
    if place.url:
        with connect(Target(place.url, place.schema)) as connection:
            server = connection.info.server_version // 10000
    for found, ours in ((manifest.server, server), (manifest.tools, tools)):
        if found > ours:
            raise Refused("restore-server-older", found=found, ours=ours)
    return Plan(manifest, server, not place.url)


def _refuse_folder(home: Home, backup: Backup) -> None:
    if home.exists():
        raise Refused("home-exists", folder=home.path)
    there = {path.name for path in home.path.iterdir()} if home.path.is_dir() else set()
    there.discard("server.lock")  # an attempt that was refused left it
    if _STAGE in there:
        manifest = home.path / _STAGE / MANIFEST
        if not manifest.is_file() or manifest.read_bytes() != backup.manifest_bytes:
            raise Refused("restore-other", folder=home.path)
        return
    if not backup.manifest.keys:
        if "keys" not in there:
            raise Refused("restore-keys-absent", folder=home.path)
        there.discard("keys")
    if there:
        raise Refused("restore-folder-used", folder=home.path)


def restore(
    home: Home, backup: Backup, place: Place, unlock: Seal | None, *, actor: str, clock: Callable[[], datetime]
) -> int:
    """Make the node of a backup in `home` and return how many records it holds. It signs nothing until it is resumed.

    `unlock` decrypts the keys. Raises as `plan_restore` does, `Untrusted` (`backup-forged`, `backup-part`,
    `restore-mismatch`, and what verifying log and charter raises), `Refused` (`restore-locked`,
    `database-schema-taken`, `database-not-admin`), `Unavailable` (`restore-failed`).
    """
    plan_restore(home, backup, place)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.serving(), answering():
        staged = _stage(home, backup, unlock)
        secrets = staged.database_secrets()
        with _fresh_server(home, place) as target:
            _make_schema(target, secrets, staged.path / _SCHEMA_MADE, alone=not place.url)
            with backup.stream(DUMP) as source:
                load_schema(target, source)
            migrate(target, secrets)
            _analyse(target)
            with Database(target, secrets) as database:
                records = _verify_restored(staged, database, backup)
                with database.writing() as connection:
                    note_act(connection, actor, "restore", clock(), made=backup.manifest.made)
        _settle(home, staged, backup)
    return records


def _stage(home: Home, backup: Backup, unlock: Seal | None) -> Home:
    """Lay keys and charters into a folder of their own, where no other command looks, and verify the whole backup."""
    stage = home.path / _STAGE
    if backup.manifest.keys:
        if unlock is None:
            raise Refused("restore-locked")
        keys = _unpack_keys(unlock(backup.part(KEYS)))
    else:
        keys = {path.name: path.read_bytes() for path in (home.path / "keys").iterdir() if path.is_file()}
    stage.mkdir(mode=0o700, exist_ok=True)
    staged = Home(stage)
    try:
        staged.write(MANIFEST, backup.manifest_bytes)
        for name in ("keys", "charter"):
            shutil.rmtree(stage / name, ignore_errors=True)
            (stage / name).mkdir(mode=0o700)
        for name, data in keys.items():
            _write_private(stage / "keys" / name, data)
        backup.verify(staged)
        for name in backup.names():
            if CHARTER_PART.fullmatch(name):
                staged.write(name, backup.part(name))
    except BaseException:
        if not (stage / _SCHEMA_MADE).exists():
            shutil.rmtree(stage)
        raise
    return staged


def _unpack_keys(packed: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as tar:
            for name, member in read_members(tar, KEYS).items():
                file = tar.extractfile(member)
                folder, _, key = name.rpartition("/")
                if folder != "keys" or not KEY_FILE.fullmatch(key) or member.size > MAX_KEY_BYTES or file is None:
                    raise Malformed("backup-malformed", KEYS)
                found[key] = file.read()
    except tarfile.TarError:
        raise Malformed("backup-malformed", KEYS) from None
    return found


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _fresh_server(home: Home, place: Place) -> Iterator[Target]:
    """The server to restore into; the embedded one is made."""
    if not place.url:
        prepare(home.database)
        with lease(home.database) as server, psycopg.connect(server.dsn(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))
    with database_server(home, place) as target:
        yield target


def _make_schema(target: Target, secrets: DatabaseSecrets, made: Path, *, alone: bool) -> None:
    """Make roles and an empty schema, unless an earlier attempt at this very restore has; the file `made` says so.

    A living node's schema is never taken for such a leftover: without that file, it must be empty.
    """
    if not is_made(target, secrets):
        create(target, secrets, alone=alone)
    elif not made.exists():
        with connect(target) as connection:
            if schema_version(connection, target.schema):
                raise Refused("database-schema-taken", schema=target.schema)
    made.touch()


def _analyse(target: Target) -> None:
    """Let the planner know the restored tables at once."""
    with connect(target) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [target.schema]).fetchall()
        for (table,) in rows:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(target.schema, table)))


def _verify_restored(staged: Home, database: Database, backup: Backup) -> int:
    """Recompute the restored log and compare it with the backup's checkpoint; returns the number of records."""
    log, member = backup.manifest.log, backup.manifest.member
    if log is None:
        return 0
    node = Node(staged, database, member, staged.charter())
    report = verify_log(node)
    checkpoint = verify_checkpoint(backup.part("checkpoint"), log.origin, node.charter.log_key(member))
    stated = {(log.size, log.root), (checkpoint.size, checkpoint.root.hex())}
    if stated != {(report.size, report.root.hex())} or not node.log_head().unproven:
        raise Untrusted("restore-mismatch", size=log.size)
    return report.records


def _settle(home: Home, staged: Home, backup: Backup) -> None:
    """Move charters and keys to their places; last the settings, which make the folder a node."""
    for name in ("charter", "keys") if backup.manifest.keys else ("charter",):
        if (home.path / name).exists():  # left by an attempt that was broken off here
            shutil.rmtree(home.path / name)
        (staged.path / name).rename(home.path / name)
    if "charter.request" in backup.names():
        home.write("charter.request", backup.part("charter.request"))
    home.write("mithaq.toml", backup.settings())
    shutil.rmtree(staged.path)
