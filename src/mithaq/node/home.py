"""A node's folder: its keys, its charter, its database, and the lock that keeps a second server away.

    mithaq.toml          settings (read by `config`)
    charter/0001.charter every charter version, as a signed note
    charter.request      what a node that waits for a charter hands to the others: its entry, without private keys
    keys/*.key           private keys, 32 bytes in hex, 0600; `charter.key` can be kept offline
    keys/database.json   passwords of the node's own database logins, 0600
    keys/feed-*.json     credentials for the servers that feeds are pulled from, 0600
    database/            the embedded PostgreSQL (`store.embedded`), unless the settings name another server
    server.lock          held while a server runs
    feeds.due            when a feed is due next, for the server that runs

Nothing here is logged. Keys are made by the operating system's chance when the folder is made.
"""

import contextlib
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mithaq.errors import Refused, Unavailable
from mithaq.model import Keys, VerifiedCharter, follow_charters
from mithaq.store.database import DatabaseSecrets
from mithaq.store.place import sync_folder
from mithaq.tlog import SignatureType, Signer

__all__ = ["Home", "Purpose"]

Purpose = Literal["charter", "log", "witness", "http", "seal", "cursor"]
PURPOSES: Final[tuple[Purpose, ...]] = ("charter", "log", "witness", "http", "seal", "cursor")
MAX_CHARTERS = 10_000


class Home:
    """A node's folder at `path`; nothing is read before it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.path / "mithaq.toml"

    @property
    def database(self) -> Path:
        """The folder of the embedded database."""
        return self.path / "database"

    def exists(self) -> bool:
        """Whether a node lives here: its settings are the last thing that is made."""
        return self.settings.is_file()

    def make(self) -> None:
        """Make the folder with fresh keys and database passwords.

        What a broken-off attempt left is used again. Raises `Refused` (`home-exists`) if a node lives here already.
        """
        if self.exists():
            raise Refused("home-exists", folder=self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        for name in ("keys", "charter"):
            (self.path / name).mkdir(mode=0o700, exist_ok=True)
            (self.path / name).chmod(0o700)
        for purpose in PURPOSES:
            self._write_secret(f"{purpose}.key", secrets.token_bytes(32).hex().encode() + b"\n")
        made = DatabaseSecrets(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_bytes(32))
        self._write_secret("database.json", msgspec.json.encode(made))

    def write(self, name: str, data: bytes) -> None:
        """Write a file below the folder so that it is there whole or not at all."""
        target = self.path / name
        making = target.with_name(f".{target.name}.new")
        with making.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        making.replace(target)
        sync_folder(target.parent)

    def _write_secret(self, name: str, data: bytes) -> None:
        """Write a file of one's own, whole or not at all, unless it is there: a key is never written over."""
        path = self.path / "keys" / name
        if path.exists():
            return
        descriptor, making = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # somebody else was quicker: the key is theirs
                os.link(making, path)
        finally:
            Path(making).unlink()
        sync_folder(path.parent)

    # Keys

    def seed(self, purpose: Purpose) -> bytes:
        """A private key's 32 bytes. Raises `Unavailable` (`key-absent`) if it isn't here, or isn't a key."""
        try:
            seed = bytes.fromhex((self.path / "keys" / f"{purpose}.key").read_text("ascii"))
        except (OSError, ValueError):
            seed = b""
        if len(seed) != 32:
            raise Unavailable("key-absent", purpose=purpose)
        return seed

    def signer(self, purpose: Literal["charter", "log"], name: str) -> Signer:
        """The signer of an Ed25519 key under `name`."""
        return Signer.from_seed(name, SignatureType.ED25519, self.seed(purpose))

    def public_keys(self) -> Keys:
        """The public halves, as a charter names them."""
        signing = {
            purpose: Ed25519PrivateKey.from_private_bytes(self.seed(purpose)).public_key().public_bytes_raw()
            for purpose in ("charter", "log", "witness", "http")
        }
        seal = X25519PrivateKey.from_private_bytes(self.seed("seal")).public_key().public_bytes_raw()
        return Keys(**signing, seal=seal)

    def database_secrets(self) -> DatabaseSecrets:
        """The passwords of the database logins. Raises `Unavailable` (`key-absent`)."""
        try:
            data = (self.path / "keys" / "database.json").read_bytes()
            return msgspec.json.decode(data, type=DatabaseSecrets)
        except (OSError, msgspec.DecodeError):
            raise Unavailable("key-absent", purpose="database") from None

    # Credentials for other servers

    def keep_credentials(self, feed: str, authorization: str) -> None:
        """Keep the `Authorization` header of a feed, in place of one that is there."""
        self.drop_credentials(feed)
        self._write_secret(f"feed-{feed}.json", msgspec.json.encode({"authorization": authorization}))

    def credentials(self, feed: str) -> str:
        """The `Authorization` header of a feed. Raises `Unavailable` (`key-absent`)."""
        try:
            data = (self.path / "keys" / f"feed-{feed}.json").read_bytes()
            return msgspec.json.decode(data, type=dict[str, str])["authorization"]
        except (OSError, msgspec.DecodeError, KeyError):
            raise Unavailable("key-absent", purpose=f"feed-{feed}") from None

    def drop_credentials(self, feed: str) -> None:
        """Forget a feed's credentials. Idempotent."""
        (self.path / "keys" / f"feed-{feed}.json").unlink(missing_ok=True)

    # Charters

    def add_charter(self, version: int, note: bytes) -> None:
        """Keep a verified charter version."""
        self.write(f"charter/{version:04d}.charter", note)

    def charter_notes(self) -> list[bytes]:
        """The signed notes of all charter versions, in order."""
        paths = sorted((self.path / "charter").glob("[0-9]*.charter"))[:MAX_CHARTERS]
        return [path.read_bytes() for path in paths]

    def charter(self) -> VerifiedCharter:
        """The newest charter, its whole chain verified. Raises `Unavailable` (`charter-absent`), `Untrusted`."""
        notes = self.charter_notes()
        if not notes:
            raise Unavailable("charter-absent", folder=self.path)
        return follow_charters(notes)

    # Serving

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Hold the lock of the one server that may run on this folder.

        Raises `Refused` (`server-running`) if another has it.
        """
        descriptor = os.open(self.path / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused("server-running", folder=self.path) from None
            yield
        finally:
            os.close(descriptor)
