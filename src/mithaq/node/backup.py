"""Backup and restore: a whole node in one file, and back into an empty folder.

A backup is a tar, so that it can be opened without Mithaq:

    database.dump         the node's schema, as pg_dump's custom format, without the secret that authenticates readers
    keys.age              a tar of keys/, encrypted with age: `age -d keys.age | tar x`; absent if that was wished
    mithaq.toml           settings, without a database URL
    charter/0001.charter  every charter version; charter.request of a node that waits for one
    checkpoint            the log's newest signed checkpoint
    manifest.json         what this is, and each part's length and SHA-256
    manifest.mac          HMAC-SHA256 of the manifest under a key that only the node's keys give

Records lie in it as they lie in the database, so it is kept as the node itself is. It is one snapshot, taken while the
node works.

A restored node signs nothing until its log has been resumed (`node.resume`): whoever restores can't know what was
published after the backup was made. The statement that says so is committed together with the restored rows, and the
settings, which make a folder a node, are written last. A restore that was broken off is run again.
"""

import contextlib
import hashlib
import hmac
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple

import msgspec
import psycopg
import pyrage
import tomli_w
from psycopg import sql

import mithaq
from mithaq.errors import Malformed, Refused, Unavailable, Untrusted
from mithaq.model import encode_time
from mithaq.node.home import Home
from mithaq.node.logbook import verify_log
from mithaq.node.node import DATABASE_NAME, Node, Place
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
from mithaq.store.embedded import lease, prepare, tool
from mithaq.store.logs import own_log
from mithaq.tlog import HASH_BYTES, verify_checkpoint

__all__ = [
    "MIN_PASSPHRASE",
    "Backup",
    "Manifest",
    "Plan",
    "Seal",
    "create_whole",
    "database_server",
    "encrypt_to",
    "encrypt_with",
    "open_backup",
    "open_for",
    "open_with",
    "plan_restore",
    "restore",
    "write_backup",
]

FORMAT = 1
MIN_PASSPHRASE: Final = 12
"""Characters that a passphrase must have."""

MAX_PARTS = 11_000
MAX_PART_BYTES = 8 * 1024 * 1024
MAX_KEY_BYTES = 64 * 1024
_BLOCK = 512
_COPY_BYTES = 1 << 20
_KEY_FILE = re.compile(r"[a-z0-9_-]{1,40}\.(key|json)")
_CHARTER = re.compile(r"charter/[0-9]{4,9}\.charter")
_DUMP, _KEYS, _MANIFEST, _MAC = "database.dump", "keys.age", "manifest.json", "manifest.mac"
_STAGE = "restore.unfinished"

Seal = Callable[[bytes], bytes]
"""What encrypts, or decrypts, the keys."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file in the backup: its name, its length in bytes, and its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class LogState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The log as the dump has it: its origin, how many entries, and the root over them in hex."""

    origin: str
    size: int
    root: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a backup is. `made` in UTC; `server` and `tools` are major versions of PostgreSQL; `log` is None before one."""

    format: int
    mithaq: str
    made: str
    member: str
    schema: str
    schema_version: int
    server: int
    tools: int
    embedded: bool
    keys: bool
    parts: tuple[Part, ...]
    log: LogState | None = None


# Encrypting keys


def encrypt_with(passphrase: str) -> Seal:
    """Encrypt with a passphrase (age's scrypt recipient). Raises `Malformed` (`backup-passphrase`) for a short one."""
    if len(passphrase) < MIN_PASSPHRASE or "\n" in passphrase:
        raise Malformed("backup-passphrase", least=MIN_PASSPHRASE)
    return lambda data: bytes(pyrage.passphrase.encrypt(data, passphrase))


def encrypt_to(recipients: Sequence[str]) -> Seal:
    """Encrypt to age recipients (`age1…`), any of whom can open. Raises `Malformed` (`backup-recipient`)."""
    keys = []
    for recipient in recipients:
        try:
            keys.append(pyrage.x25519.Recipient.from_str(recipient))
        except pyrage.RecipientError:
            raise Malformed("backup-recipient", recipient[:80]) from None
    if not keys:
        raise Refused("backup-unprotected")
    return lambda data: bytes(pyrage.encrypt(data, keys))


def open_with(passphrase: str) -> Seal:
    """Decrypt what `encrypt_with` encrypted; the function raises `Refused` (`restore-locked`) if it is another's."""

    def unlock(data: bytes) -> bytes:
        with _locked():
            return bytes(pyrage.passphrase.decrypt(data, passphrase))

    return unlock


def open_for(identities: str) -> Seal:
    """Decrypt with the identities in the text of an age identity file. Raises `Malformed` (`restore-identity`)."""
    lines = [line.strip() for line in identities.splitlines()]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise Malformed("restore-identity")

    def unlock(data: bytes) -> bytes:
        with _locked():
            return bytes(pyrage.decrypt(data, keys))

    return unlock


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    try:
        yield
    except pyrage.DecryptError:
        raise Refused("restore-locked") from None


# Servers and programs


@contextlib.contextmanager
def database_server(home: Home, place: Place) -> Iterator[Target]:
    """The node's database server while the block runs: the embedded one under a lease, or the one that is named."""
    if place.url:
        yield Target(place.url, place.schema)
        return
    with lease(home.database) as server:
        yield Target(server.dsn(dbname=DATABASE_NAME), place.schema)


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Turn a lost connection into `Unavailable` (`database-unreachable`)."""
    try:
        yield
    except psycopg.OperationalError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise Unavailable("database-unreachable", reason=reason) from None


def _environment(target: Target) -> dict[str, str]:
    """All that PostgreSQL's programs learn: how to connect, password included, since a command line is no secret."""
    found = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    found |= {name: value for name, value in os.environ.items() if name.startswith("PG") or name == "HOME"}
    for option in psycopg.pq.Conninfo.parse(target.admin.encode()):
        if option.val is not None and option.envvar is not None:
            found[option.envvar.decode()] = option.val.decode()
    return found


@contextlib.contextmanager
def _running(
    command: Sequence[str | Path], environment: dict[str, str], errors: IO[bytes], *, reads: bool
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs at most as long as the block; with `reads`, its input is a pipe."""
    process = subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


def _said(errors: IO[bytes]) -> str:
    """The first line of a program's complaints."""
    errors.seek(0)
    lines = errors.read(4096).decode("utf-8", "replace").strip().splitlines()
    return lines[0][:300] if lines else "?"


def _tools_major() -> int:
    """The major version of our pg_dump and pg_restore."""
    done = subprocess.run([tool("pg_restore"), "--version"], capture_output=True, check=True, timeout=30)
    found = re.search(rb" ([0-9]+)", done.stdout)
    return int(found[1]) if found else 0


# Writing


@contextlib.contextmanager
def create_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file that has its name only when the block has ended well; 0600. Never replaces one that is there.

    Raises `Refused` (`file-exists`), `Unavailable` (`file-unwritable`).
    """
    if path.exists():
        raise Refused("file-exists", file=path)
    making: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        making = Path(name)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            raise Refused("file-exists", file=path)
        making.replace(path)
        making = None
    except OSError as error:
        raise Unavailable("file-unwritable", file=path, reason=error.strerror or type(error).__name__) from None
    finally:
        if making is not None:
            making.unlink(missing_ok=True)


def write_backup(
    home: Home, name: str, place: Place, path: Path, seal: Seal | None, *, actor: str, now: datetime
) -> Manifest:
    """Write a backup of the node in `home`, member `name`, to the new file `path`, and note it in the audit trail.

    `seal` encrypts the keys; None leaves them out. The node may work meanwhile. Raises `Refused` (`file-exists`,
    `database-old`), `Unavailable` (`file-unwritable`, `backup-dump-failed`, `key-absent`, and as the store does).
    """
    secrets = home.database_secrets()
    with create_whole(path) as file, _answering(), database_server(home, place) as target:
        with connect(target) as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(target.schema)))
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            head = own_log(connection)
            version = schema_version(connection, target.schema)
            server = connection.info.server_version // 10000
            dump = _dump(target, str(row[0]) if row else "", file, now)
        checkpoint = head.checkpoint if head else None
        manifest = Manifest(
            format=FORMAT,
            mithaq=mithaq.__version__,
            made=encode_time(now),
            member=name,
            schema=target.schema,
            schema_version=version,
            server=server,
            tools=_tools_major(),
            embedded=not place.url,
            keys=seal is not None,
            parts=(),
            log=LogState(head.origin, head.size, head.root.hex()) if head and checkpoint else None,
        )
        _add_parts(file, home, dump, _small_parts(home, seal, checkpoint), manifest)
        with Database(target, secrets) as database, database.writing() as connection:
            note_act(connection, actor, "backup", now, file=path.name)
    return manifest


def _dump(target: Target, snapshot: str, file: BinaryIO, now: datetime) -> Part:
    """Let pg_dump write the first part; its tar header is put before it when its length is known."""
    command = [tool("pg_dump"), "--format=custom", "--no-password", f"--schema={target.schema}"]
    command += [f"--snapshot={snapshot}", f"--exclude-table-data={target.schema}.secrets", "--lock-wait-timeout=60000"]
    digest, size = hashlib.sha256(), 0
    file.seek(_BLOCK)
    with tempfile.TemporaryFile() as errors:
        with _running(command, _environment(target), errors, reads=False) as process:
            while process.stdout is not None and (data := process.stdout.read(_COPY_BYTES)):
                digest.update(data)
                size += file.write(data)
            failed = process.wait() != 0
        if failed:
            raise Unavailable("backup-dump-failed", reason=_said(errors))
    file.write(bytes(-size % _BLOCK))
    end = file.tell()
    file.seek(0)
    file.write(_header(_DUMP, size, now).tobuf(tarfile.GNU_FORMAT))
    file.seek(end)
    return Part(_DUMP, size, digest.hexdigest())


def _header(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(now.timestamp())
    return info


def _small_parts(home: Home, seal: Seal | None, checkpoint: bytes | None) -> Iterator[tuple[str, bytes]]:
    if seal is not None:
        yield _KEYS, seal(_pack_keys(home))
    yield "mithaq.toml", _without_url(home.settings.read_bytes())
    for number, note in enumerate(home.charter_notes(), 1):
        yield f"charter/{number:04d}.charter", note
    request = home.path / "charter.request"
    if request.is_file():
        yield request.name, request.read_bytes()
    if checkpoint is not None:
        yield "checkpoint", checkpoint


def _without_url(settings: bytes) -> bytes:
    """The settings without the database's URL, which may hold a password and belongs to a machine."""
    stated = tomllib.loads(settings.decode())
    if stated.pop("database_url", None) is None:
        return settings
    return tomli_w.dumps(stated).encode()


def _pack_keys(home: Home) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted((home.path / "keys").iterdir()):
            if _KEY_FILE.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                info = tarfile.TarInfo(f"keys/{path.name}")
                info.size, info.mode = len(data), 0o600
                tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def _add_parts(file: BinaryIO, home: Home, dump: Part, small: Iterable[tuple[str, bytes]], manifest: Manifest) -> None:
    """Add the other parts behind the dump, and last the manifest with its authentication."""
    made = datetime.fromisoformat(manifest.made)
    parts = [dump]
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in small:
            parts.append(Part(name, len(data), hashlib.sha256(data).hexdigest()))
            tar.addfile(_header(name, len(data), made), io.BytesIO(data))
        value = msgspec.to_builtins(msgspec.structs.replace(manifest, parts=tuple(parts)))
        data = json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
        for name, content in ((_MANIFEST, data), (_MAC, _authenticate(home, data).hex().encode() + b"\n")):
            tar.addfile(_header(name, len(content), made), io.BytesIO(content))


def _authenticate(home: Home, manifest: bytes) -> bytes:
    key = hmac.digest(home.seed("cursor"), b"mithaq/v1/backup", "sha256")
    return hmac.digest(key, manifest, "sha256")


# Reading


class Backup:
    """A backup that was opened by `open_backup`: its manifest is read, its parts are not yet compared with it."""

    def __init__(self, tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> None:
        self._tar = tar
        self._members = members
        self.manifest_bytes = self._read(_MANIFEST)
        stated = _format_of(self.manifest_bytes)
        if stated != FORMAT:
            raise Refused("backup-format", found=stated, ours=FORMAT)
        try:
            self.manifest = msgspec.json.decode(self.manifest_bytes, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Malformed("backup-malformed", _MANIFEST) from None
        self._parts = {part.name: part for part in self.manifest.parts}
        missing = self._parts.keys() ^ (members.keys() - {_MANIFEST, _MAC})
        missing |= {_DUMP, "mithaq.toml"} - self._parts.keys()
        missing |= {_KEYS} & self._parts.keys() if not self.manifest.keys else {_KEYS} - self._parts.keys()
        if missing:
            raise Malformed("backup-malformed", min(missing)[:80])

    def _read(self, name: str) -> bytes:
        member = self._members.get(name)
        if member is None or member.size > MAX_PART_BYTES:
            raise Malformed("backup-malformed", name)
        with self.stream(name) as file, _whole(name):
            return file.read()

    def stream(self, name: str) -> IO[bytes]:
        """The bytes of a part as they lie there."""
        with _whole(name):
            file = self._tar.extractfile(self._members[name])
        assert file is not None  # only regular files were let in
        return file

    def names(self) -> list[str]:
        """The names of all parts."""
        return sorted(self._parts)

    def part(self, name: str) -> bytes:
        """A small part. Raises `Untrusted` (`backup-part`) unless it is what the manifest says."""
        data = self._read(name)
        if hashlib.sha256(data).hexdigest() != self._parts[name].sha256:
            raise Untrusted("backup-part", name)
        return data

    def verify(self, home: Home) -> None:
        """Compare the manifest with the keys in `home`, then every part with the manifest.

        Raises `Untrusted` (`backup-forged`, `backup-part`), `Malformed` (`backup-malformed`), `Unavailable`.
        """
        stated = self._read(_MAC).strip()
        if not hmac.compare_digest(stated, _authenticate(home, self.manifest_bytes).hex().encode()):
            raise Untrusted("backup-forged", _MANIFEST)
        for name, part in self._parts.items():
            digest = hashlib.sha256()
            with self.stream(name) as file, _whole(name):
                while data := file.read(_COPY_BYTES):
                    digest.update(data)
            if self._members[name].size != part.size or digest.hexdigest() != part.sha256:
                raise Untrusted("backup-part", name)


def _format_of(manifest: bytes) -> object:
    try:
        value = msgspec.json.decode(manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = None
    if not isinstance(value, dict) or not isinstance(value.get("format"), int):
        raise Malformed("backup-malformed", _MANIFEST)
    return value["format"]


@contextlib.contextmanager
def _whole(place: str) -> Iterator[None]:
    """Turn what tarfile finds wrong into `Malformed` (`backup-malformed`)."""
    try:
        yield
    except (tarfile.TarError, OSError, EOFError, ValueError):
        raise Malformed("backup-malformed", place) from None


@contextlib.contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Read what a backup says that it is. Raises `Malformed` (`backup-malformed`), `Refused` (`backup-format`)."""
    with contextlib.ExitStack() as stack:
        with _whole(path.name):
            tar = stack.enter_context(tarfile.open(path, mode="r:"))
            members = _members(tar, path.name)
        yield Backup(tar, members)


def _members(tar: tarfile.TarFile, place: str) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    while (member := tar.next()) is not None:
        if len(found) == MAX_PARTS or member.name in found or member.type != tarfile.REGTYPE:
            raise Malformed("backup-malformed", place)
        found[member.name] = member
    return found


# Restoring


class Plan(NamedTuple):
    """What a restore is going to do: what the backup is, and into which major version, of which server."""

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
    server = tools = _tools_major()
    if place.url:
        with connect(Target(place.url, place.schema)) as connection:
            server = connection.info.server_version // 10000
    if manifest.server > server or manifest.tools > tools:
        raise Refused("restore-server-older", found=max(manifest.server, manifest.tools), ours=min(server, tools))
    return Plan(manifest, server, not place.url)


def _refuse_folder(home: Home, backup: Backup) -> None:
    if home.exists():
        raise Refused("home-exists", folder=home.path)
    there = {path.name for path in home.path.iterdir()} if home.path.is_dir() else set()
    if _STAGE in there:
        manifest = home.path / _STAGE / _MANIFEST
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
    with home.serving(), _answering():
        staged = _stage(home, backup, unlock)
        backup.verify(staged)
        if not place.url:
            _prepare_embedded(home)
        secrets = staged.database_secrets()
        with database_server(home, place) as target:
            _make_schema(target, secrets, staged.path / "schema-made", alone=not place.url)
            _load(target, backup)
            migrate(target, secrets)
            _analyse(target)
            with Database(target, secrets) as database:
                records = _verify_restored(staged, database, backup)
                with database.writing() as connection:
                    note_act(connection, actor, "restore", clock(), made=backup.manifest.made)
        _settle(home, staged, backup)
    return records


def _stage(home: Home, backup: Backup, unlock: Seal | None) -> Home:
    """Lay keys and charters into a folder of their own, where no other command looks for them."""
    stage = home.path / _STAGE
    stage.mkdir(mode=0o700, exist_ok=True)
    staged = Home(stage)
    staged.write(_MANIFEST, backup.manifest_bytes)
    for name in ("keys", "charter"):
        shutil.rmtree(stage / name, ignore_errors=True)
        (stage / name).mkdir(mode=0o700)
    if backup.manifest.keys:
        if unlock is None:
            raise Refused("restore-locked")
        keys = _unpack_keys(unlock(backup.part(_KEYS)))
    else:
        keys = {path.name: path.read_bytes() for path in (home.path / "keys").iterdir() if path.is_file()}
    for name, data in keys.items():
        _write_private(stage / "keys" / name, data)
    for name in backup.names():
        if _CHARTER.fullmatch(name):
            staged.write(name, backup.part(name))
    return staged


def _unpack_keys(packed: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with _whole(_KEYS), tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as tar:
        for name, member in _members(tar, _KEYS).items():
            file = tar.extractfile(member)
            folder, _, key = name.rpartition("/")
            if folder != "keys" or not _KEY_FILE.fullmatch(key) or member.size > MAX_KEY_BYTES or file is None:
                raise Malformed("backup-malformed", _KEYS)
            found[key] = file.read()
    return found


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _prepare_embedded(home: Home) -> None:
    prepare(home.database)
    with lease(home.database) as server, psycopg.connect(server.dsn(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))


def _make_schema(target: Target, secrets: DatabaseSecrets, made: Path, *, alone: bool) -> None:
    """Make roles and an empty schema, unless an earlier attempt at this very restore has; the file `made` says so.

    Nothing that holds a record is ever taken for such a leftover: a schema that we did not make must be empty.
    """
    if made.exists():
        return
    if is_made(target, secrets):
        with connect(target) as connection:
            version = schema_version(connection, target.schema)
        if version:
            raise Refused("database-schema-taken", schema=target.schema)
    else:
        create(target, secrets, alone=alone)
    made.touch()


def _load(target: Target, backup: Backup) -> None:
    """Replace the empty schema by the dumped one, in one transaction that also marks its log unproven.

    pg_restore writes SQL and psql runs it, since what it sets first an older server may not know.
    """
    schema = sql.Identifier(target.schema)
    before = sql.SQL("DROP SCHEMA {} CASCADE;\n").format(schema).as_string().encode()
    after = sql.SQL("\nUPDATE {}.logs SET unproven = true WHERE own;\n").format(schema).as_string().encode()
    environment = _environment(target)
    script = [tool("pg_restore"), "--file=-"]
    # Of an error only its code: the text might quote a record.
    run = [tool("psql"), "--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--file=-"]
    run += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate"]
    with (
        tempfile.TemporaryFile() as errors,
        _running(script, environment, errors, reads=True) as reader,
        _running(run, environment, errors, reads=True) as writer,
    ):
        feeder = threading.Thread(target=_feed, args=(backup.stream(_DUMP), reader.stdin), daemon=True)
        feeder.start()
        assert reader.stdout is not None
        assert writer.stdin is not None
        try:
            writer.stdin.write(before)
            _copy_script(reader.stdout, writer.stdin)
            # Without its end psql would commit the half of it.
            if reader.wait() != 0:
                raise Unavailable("restore-failed", reason=_said(errors))
            writer.stdin.write(after)
            writer.stdin.close()
        except BrokenPipeError:
            writer.wait()
            raise Unavailable("restore-failed", reason=_said(errors)) from None
        if writer.wait() != 0:
            raise Unavailable("restore-failed", reason=_said(errors))


def _feed(source: IO[bytes], into: IO[bytes]) -> None:
    with contextlib.suppress(OSError), source, into:
        shutil.copyfileobj(source, into, _COPY_BYTES)


def _copy_script(script: IO[bytes], into: IO[bytes]) -> None:
    """Copy SQL as pg_restore writes it, without the one setting in its head that PostgreSQL 15 and 16 don't know."""
    while line := script.readline():
        if not line.startswith(b"SET transaction_timeout"):
            into.write(line)
        if line.startswith(b"SET row_security"):  # the last line of the head
            break
    shutil.copyfileobj(script, into, _COPY_BYTES)


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
    head = node.log_head()
    checkpoint = verify_checkpoint(backup.part("checkpoint"), log.origin, node.charter.log_key(member))
    stated = {(log.size, log.root), (checkpoint.size, checkpoint.root.hex())}
    if stated != {(report.size, report.root.hex())} or not head.unproven or len(head.root) != HASH_BYTES:
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
    home.write("mithaq.toml", backup.part("mithaq.toml"))
    shutil.rmtree(staged.path)
