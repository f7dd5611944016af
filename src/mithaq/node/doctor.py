"""Looking a node over: whatever must be true for it to work, each with what to do where it is not.

Nothing is changed but that an embedded server that sleeps is woken. No finding quotes a secret or a record. The one
who asks needs the rights of the account that runs the node.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from psycopg import sql

from mithaq.errors import MithaqError, Untrusted
from mithaq.model import VerifiedCharter
from mithaq.node.backup import answering
from mithaq.node.home import PURPOSES, Home
from mithaq.node.node import Place, database_server
from mithaq.store.database import (
    SCHEMA_VERSION,
    Connection,
    Database,
    DatabaseSecrets,
    Target,
    connect,
    schema_version,
)
from mithaq.store.logs import LogHead, own_log, read_tiles
from mithaq.tlog import right_edge, root_from_right_edge, tile_reader, verify_checkpoint

__all__ = ["Finding", "State", "examine", "failure"]

State = Literal["ok", "warn", "fail"]
DISK_WARN, DISK_FAIL = 2 << 30, 256 << 20
CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=5), timedelta(seconds=120)
CLOSED_TABLES = (
    "secrets", "audiences", "tokens", "audit", "uploads", "upload_parts", "withdrawn", "statuses", "feeds",
    "feed_objects", "feed_files", "quarantine",
)  # fmt: skip
UPDATE = "Run any other command, or `mithaq serve`: it brings the schema up to date."


class Finding(NamedTuple):
    """One thing that was looked at: what, how it is, in words, and what to do; `error` says it in three languages."""

    check: str
    state: State
    text: str
    advice: str = ""
    error: MithaqError | None = None


def failure(check: str, error: MithaqError) -> Finding:
    """What a check found out by an error."""
    return Finding(check, "fail", error.title("en"), error.advice("en"), error)


def examine(home: Home, name: str, place: Place, now: datetime) -> Iterator[Finding]:
    """Look at everything in turn: folder, keys, charter, disk, database, log. `name` is the member, `now` the time."""
    yield from _look_at_folder(home)
    charter: VerifiedCharter | None = None
    try:
        charter = home.charter()
        yield Finding("charter", "ok", _describe(charter))
    except MithaqError as error:
        if error.code == "charter-absent" and (home.path / "charter.request").exists():
            advice = "Hand charter.request to the members, and apply the charter that they sign."
            yield Finding("charter", "warn", "The node waits for a charter.", advice)
        else:
            yield failure("charter", error)
    yield from _look_at_keys(home, name, charter)
    yield _look_at_disk(home.path)
    try:
        with answering(), database_server(home, place) as target:
            yield from _look_at_database(home, place, target, now)
            yield from _look_at_log(home, name, charter, target, now)
    except MithaqError as error:
        yield failure("database", error)
    except psycopg.Error as error:
        advice = "Somebody changed the database. Restore a backup, or find out who and what."
        yield Finding(
            "database", "fail", f"It refused a question with {error.sqlstate or type(error).__name__}.", advice
        )


def _describe(charter: VerifiedCharter) -> str:
    members = len(charter.charter.members)
    return (
        f"Version {charter.charter.version} of alliance {charter.alliance[:16]}, {members} in it; its chain verifies."
    )


# The folder


def _look_at_folder(home: Home) -> Iterator[Finding]:
    found = home.path.stat()
    if found.st_mode & 0o022:
        yield Finding("folder", "fail", "Others may write into the node's folder.", f"chmod go-w {home.path}")
    elif os.geteuid() not in (0, found.st_uid):
        yield Finding("folder", "fail", "The folder belongs to another account.", "Run mithaq as its owner.")
    else:
        yield Finding("folder", "ok", f"{home.path} is its owner's alone to change.")
    keys = home.path / "keys"
    open_to_others = [path.name for path in (keys, *_files(keys)) if _is_open(path, found.st_uid)]
    if open_to_others:
        advice = f"chmod 700 {keys}; chmod 600 {keys}/*; chown them to the folder's owner. Then ask who has read them."
        yield Finding("key files", "fail", f"Not the owner's alone: {', '.join(open_to_others)}.", advice)
    else:
        yield Finding("key files", "ok", "Only their owner can read them.")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_open(path: Path, owner: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return True
    return stat.S_ISLNK(found.st_mode) or bool(found.st_mode & 0o077) or found.st_uid != owner


def _look_at_keys(home: Home, name: str, charter: VerifiedCharter | None) -> Iterator[Finding]:
    public: dict[str, bytes] = {}
    absent: list[str] = []
    for purpose in PURPOSES:
        try:
            public[purpose] = _public_key(purpose, home.seed(purpose))
        except MithaqError:
            absent.append(purpose)
    try:
        home.database_secrets()
    except MithaqError:
        absent.append("database")
    if needed := [purpose for purpose in absent if purpose != "charter"]:
        yield Finding("keys", "fail", f"Not here, or no keys: {', '.join(needed)}.", "Put these files back into keys/.")
    if absent == ["charter"]:
        yield Finding("keys", "ok", "All are here but the charter key, which can be kept elsewhere.")
    if charter is None:
        return
    organisation = charter.organisations.get(name)
    if organisation is None:
        advice = "Correct `name` in mithaq.toml, or apply a charter that names this member."
        yield Finding("keys", "fail", f"The charter doesn't name {name}.", advice)
        return
    other = [purpose for purpose, key in public.items() if getattr(organisation.keys, purpose, key) != key]
    if other:
        advice = "Put back the keys that the charter names, or change the charter first."
        yield Finding("keys", "fail", f"Not the charter's: {', '.join(other)}.", advice)
    else:
        yield Finding("keys", "ok", f"They are the keys of {name} in the charter.")


def _public_key(purpose: str, seed: bytes) -> bytes:
    if purpose == "seal":
        return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


# Disk and database


def _look_at_disk(path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    text = f"{free / 2**30:,.1f} GiB are free where the node lies."
    if free < DISK_WARN:
        advice = "Make room, or move the node: a full disk stops publishing."
        return Finding("disk", "fail" if free < DISK_FAIL else "warn", text, advice)
    return Finding("disk", "ok", text)


def _look_at_database(home: Home, place: Place, target: Target, now: datetime) -> Iterator[Finding]:
    with connect(target) as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(target.schema)))
        version = connection.info.parameter_status("server_version") or "?"
        where = "of its own" if place.url else f"embedded, in {home.database}"
        yield Finding("database", "ok", f"PostgreSQL {version} answers ({where}).")
        found = schema_version(connection, target.schema)
        if found < SCHEMA_VERSION:
            yield Finding("schema", "warn", f"Version {found}; this Mithaq has {SCHEMA_VERSION}.", UPDATE)
        else:
            state: State = "ok" if found == SCHEMA_VERSION else "fail"
            advice = "" if state == "ok" else "Install the newer Mithaq that wrote it."
            yield Finding("schema", state, f"Version {found}; this Mithaq has {SCHEMA_VERSION}.", advice)
        yield _look_at_rights(connection, target)
        yield from _look_at_size(connection)
        yield _look_at_audiences(connection)
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        apart = abs((row[0] - now).total_seconds()) if row else 0.0
    if apart > CLOCK_WARN.total_seconds():
        advice = "Let both machines take their time from one source (NTP)."
        yield Finding("clock", "warn", f"The database's clock and this one are {apart:,.0f} s apart.", advice)
    yield _look_through_reader(target, home.database_secrets())


def _look_at_rights(connection: Connection, target: Target) -> Finding:
    """Whether the second lock is closed: what the reader's login may do, and row-level security on what has readers."""
    reader = target.role("reader")
    faults = []
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR EXISTS"
        " (SELECT FROM pg_auth_members WHERE member = r.oid) FROM pg_roles r WHERE rolname = %s",
        [reader],
    ).fetchone()
    if row is None or row[0]:
        faults.append(f"role {reader} is missing, or has more rights than to log in")
    rows = connection.execute(
        "SELECT DISTINCT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') AND attname = 'audience'"
        " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname",
        [target.schema],
    )
    faults += [f"table {row[0]} has no forced row-level security" for row in rows]
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relname = ANY (%s)"
        " AND has_table_privilege(%s, oid, 'SELECT') ORDER BY relname",
        [target.schema, list(CLOSED_TABLES), reader],
    )
    faults += [f"role {reader} can read table {row[0]}" for row in rows]
    if faults:
        advice = "Somebody changed rights in the database. Stop the node, find out who, and restore a backup."
        return Finding("rights", "fail", "; ".join(faults) + ".", advice)
    return Finding("rights", "ok", "The reader's login is held to row-level security, which is forced.")


def _look_through_reader(target: Target, secrets: DatabaseSecrets) -> Finding:
    """Log in as the web does, without saying for whom: then no record may be seen."""
    with psycopg.connect(target.login("reader", secrets.reader)) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM records), EXISTS (SELECT FROM attachments)").fetchone()
    if row is None or any(row):
        advice = "Stop the node at once, and restore a backup into another server."
        return Finding("reader", "fail", "Without a reader's context, records can be seen.", advice)
    return Finding("reader", "ok", "Its login works, and without a reader's context it sees no record.")


def _look_at_size(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT pg_database_size(current_database()), (SELECT count(*) FROM records),"
        " (SELECT count(*) FROM attachments)"
    ).fetchone()
    if row is not None:
        size, records, attachments = row
        yield Finding("size", "ok", f"{records:,} records, {attachments:,} attachments; {size / 2**20:,.0f} MiB.")


def _look_at_audiences(connection: Connection) -> Finding:
    """Whether each record has its audience and its log: no key in the schema asks at every record (migration 3)."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM records r WHERE NOT EXISTS (SELECT FROM audiences a WHERE a.id = r.audience)),"
        " (SELECT count(*) FROM records r WHERE NOT EXISTS (SELECT FROM logs l WHERE l.id = r.log))"
    ).fetchone()
    lost, homeless = row or (0, 0)
    if lost or homeless:
        text = f"{lost:,} records have lost their audience, so that nobody can read them; {homeless:,} their log."
        return Finding("audiences", "fail", text, "Somebody changed the database. Restore a backup.")
    return Finding("audiences", "ok", "Every record has its audience and its log.")


# The log


def _look_at_log(
    home: Home, name: str, charter: VerifiedCharter | None, target: Target, now: datetime
) -> Iterator[Finding]:
    with Database(target, home.database_secrets()) as database, database.writing() as connection:
        head = own_log(connection)
        if head is None or head.checkpoint is None:
            yield Finding("log", "warn", "The node has no log yet.", "It begins when a charter is applied.")
            return
        try:
            _compare_head(connection, head, name, charter)
        except MithaqError as error:
            yield failure("log", error)
        else:
            yield Finding("log", "ok", f"{head.size:,} entries; tiles, head and signed checkpoint are of one root.")
        if head.unproven:
            text = "The node was restored and signs nothing yet."
            advice = "`mithaq log resume` with what the others hold of this log."
            yield Finding("resumed", "warn", text, advice)
        row = connection.execute("SELECT accepted FROM records ORDER BY arrival DESC LIMIT 1").fetchone()
        ahead = row[0] - now if row else timedelta()
        if ahead > CLOCK_FAIL:
            text = f"The newest record was accepted {ahead.total_seconds():,.0f} s after what is now."
            yield Finding("clock", "fail", text, "Set this machine's clock right (NTP) before anything is published.")
        else:
            yield Finding("clock", "ok", "No record is from the future.")


def _compare_head(connection: Connection, head: LogHead, name: str, charter: VerifiedCharter | None) -> None:
    """Raise unless tiles, committed head and signed checkpoint agree."""
    edge = read_tiles(connection, head.id, right_edge(head.size))
    signed = (head.size, head.root)
    if charter is not None and name in charter.organisations and head.checkpoint is not None:
        checkpoint = verify_checkpoint(head.checkpoint, charter.origin(name), charter.log_key(name))
        signed = (checkpoint.size, checkpoint.root)
    if root_from_right_edge(head.size, tile_reader(edge)) != head.root or signed != (head.size, head.root):
        raise Untrusted("log-damaged", size=head.size)
