"""A backup: a whole node in one file. `node.restore` brings it back.

A backup is a tar, so that it can be opened without Mithaq:

    database.dump         the node's schema, as pg_dump's custom format, without the secret that authenticates readers
    keys.age              a tar of keys/, encrypted with age: `age -d keys.age | tar x`; absent if that was wished
    mithaq.toml           settings, without a database URL
    charter/0001.charter  every charter version; charter.request of a node that waits for one
    checkpoint            the log's newest signed checkpoint
    manifest.json         what this is, and each part's length and SHA-256
    manifest.mac          HMAC-SHA256 of the manifest under a key that only the node's keys give

It is one snapshot, taken while the node works. Records lie in it as they lie in the database, so it has to be kept as
the node itself is.
"""

import contextlib
import hashlib
import hmac
import io
import json
import os
import re
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

import msgspec
import psycopg
import pyrage
import tomli_w
from psycopg import sql

import mithaq
from mithaq.errors import Malformed, Refused, Unavailable, Untrusted
from mithaq.model import encode_time
from mithaq.node.home import Home
from mithaq.node.node import Place, database_server
from mithaq.node.tokens import note_act
from mithaq.store.database import Database, connect, schema_version
from mithaq.store.dump import dump_schema, tools_major
from mithaq.store.logs import own_log

__all__ = [
    "MIN_PASSPHRASE",
    "Backup",
    "Manifest",
    "Seal",
    "answering",
    "create_whole",
    "encrypt_to",
    "encrypt_with",
    "open_backup",
    "open_for",
    "open_with",
    "read_members",
    "write_backup",
]

FORMAT = 1
MIN_PASSPHRASE: Final = 12
"""Characters that a passphrase must have."""

MAX_PARTS = 11_000
MAX_PART_BYTES = 8 * 1024 * 1024
MAX_KEY_BYTES = 64 * 1024
KEY_FILE = re.compile(r"[a-z0-9_-]{1,40}\.(key|json)")
CHARTER_PART = re.compile(r"charter/[0-9]{4,9}\.charter")
DUMP, KEYS, SETTINGS, MANIFEST, MAC = "database.dump", "keys.age", "mithaq.toml", "manifest.json", "manifest.mac"
_BLOCK = 512
_CHUNK_BYTES = 1 << 20

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
    """What a backup is. `made` in UTC; `server` and `tools` are major versions of PostgreSQL; `log` may be None."""

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


# Servers


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn a connection that is lost in the block into `Unavailable` (`database-unreachable`)."""
    try:
        yield
    except psycopg.OperationalError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise Unavailable("database-unreachable", reason=reason) from None


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
    with create_whole(path) as file, answering(), database_server(home, place) as target:
        with connect(target) as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(target.schema)))
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            head = own_log(connection)
            version = schema_version(connection, target.schema)
            server = connection.info.server_version // 10000
            dump = _add_dump(file, dump_schema(target, str(row[0]) if row else ""), now)
        checkpoint = head.checkpoint if head else None
        manifest = Manifest(
            format=FORMAT,
            mithaq=mithaq.__version__,
            made=encode_time(now),
            member=name,
            schema=target.schema,
            schema_version=version,
            server=server,
            tools=tools_major(),
            embedded=not place.url,
            keys=seal is not None,
            parts=(),
            log=LogState(head.origin, head.size, head.root.hex()) if head and checkpoint else None,
        )
        _add_parts(file, home, dump, _small_parts(home, seal, checkpoint), manifest)
        with Database(target, secrets) as database, database.writing() as connection:
            note_act(connection, actor, "backup", now, file=path.name)
    return manifest


def _add_dump(file: BinaryIO, pieces: Iterable[bytes], now: datetime) -> Part:
    """Write the first part; its tar header is put before it when its length is known."""
    digest, size = hashlib.sha256(), 0
    file.seek(_BLOCK)
    for data in pieces:
        digest.update(data)
        size += file.write(data)
    file.write(bytes(-size % _BLOCK))
    end = file.tell()
    file.seek(0)
    file.write(_header(DUMP, size, now).tobuf(tarfile.GNU_FORMAT))
    file.seek(end)
    return Part(DUMP, size, digest.hexdigest())


def _header(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(now.timestamp())
    return info


def _small_parts(home: Home, seal: Seal | None, checkpoint: bytes | None) -> Iterator[tuple[str, bytes]]:
    if seal is not None:
        yield KEYS, seal(_pack_keys(home))
    yield SETTINGS, _without_url(home.settings.read_bytes())
    for number, note in enumerate(home.charter_notes(), 1):
        yield f"charter/{number:04d}.charter", note
    request = home.path / "charter.request"
    if request.is_file():
        yield request.name, request.read_bytes()
    if checkpoint is not None:
        yield "checkpoint", checkpoint


def _without_url(settings: bytes) -> bytes:
    """The settings without the database's URL, which may hold a password and belongs to a machine."""
    try:
        stated = tomllib.loads(settings.decode())
    except ValueError:
        raise Malformed("settings-malformed", SETTINGS) from None
    if stated.pop("database_url", None) is None:
        return settings
    return tomli_w.dumps(stated).encode()


def _pack_keys(home: Home) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted((home.path / "keys").iterdir()):
            if KEY_FILE.fullmatch(path.name) and path.is_file() and not path.is_symlink():
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
        for name, content in ((MANIFEST, data), (MAC, _authenticate(home, data).hex().encode() + b"\n")):
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
        self.manifest_bytes = self._read(MANIFEST)
        stated = _format_of(self.manifest_bytes)
        if stated != FORMAT:
            raise Refused("backup-format", found=stated, ours=FORMAT)
        try:
            self.manifest = msgspec.json.decode(self.manifest_bytes, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Malformed("backup-malformed", MANIFEST) from None
        self._parts = {part.name: part for part in self.manifest.parts}
        missing = self._parts.keys() ^ (members.keys() - {MANIFEST, MAC})
        missing |= {DUMP, SETTINGS} - self._parts.keys()
        missing |= {KEYS} & self._parts.keys() if not self.manifest.keys else {KEYS} - self._parts.keys()
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
        return cast("IO[bytes]", file)  # only regular files were let in

    def names(self) -> list[str]:
        """The names of all parts."""
        return sorted(self._parts)

    def part(self, name: str) -> bytes:
        """A small part. Raises `Untrusted` (`backup-part`) unless it is what the manifest says."""
        data = self._read(name)
        if hashlib.sha256(data).hexdigest() != self._parts[name].sha256:
            raise Untrusted("backup-part", name)
        return data

    def settings(self) -> bytes:
        """The settings; where the database is, nobody but the environment says."""
        return _without_url(self.part(SETTINGS))

    def verify(self, home: Home) -> None:
        """Compare the manifest with the keys in `home`, then every part with the manifest.

        Raises `Untrusted` (`backup-forged`, `backup-part`), `Malformed` (`backup-malformed`), `Unavailable`.
        """
        stated = self._read(MAC).strip()
        if not hmac.compare_digest(stated, _authenticate(home, self.manifest_bytes).hex().encode()):
            raise Untrusted("backup-forged", MANIFEST)
        for name, part in self._parts.items():
            digest = hashlib.sha256()
            with self.stream(name) as file, _whole(name):
                while data := file.read(_CHUNK_BYTES):
                    digest.update(data)
            if self._members[name].size != part.size or digest.hexdigest() != part.sha256:
                raise Untrusted("backup-part", name)


def _format_of(manifest: bytes) -> object:
    try:
        value = msgspec.json.decode(manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = None
    if not isinstance(value, dict) or not isinstance(value.get("format"), int):
        raise Malformed("backup-malformed", MANIFEST)
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
            members = read_members(tar, path.name)
        yield Backup(tar, members)


def read_members(tar: tarfile.TarFile, place: str) -> dict[str, tarfile.TarInfo]:
    """What is in a tar, by name. Raises `Malformed` (`backup-malformed`) for anything but plain files, each once."""
    found: dict[str, tarfile.TarInfo] = {}
    while (member := tar.next()) is not None:
        if len(found) == MAX_PARTS or member.name in found or member.type != tarfile.REGTYPE:
            raise Malformed("backup-malformed", place)
        found[member.name] = member
    return found
