"""A member's node: the one imperative shell around the rules. Clock and chance come in here and nowhere below.

`found_node` makes a node in an empty folder: keys, a charter of one member, database, log, and entry 0 by which the log
adopts the charter. `open_node` opens it again. A `Node` publishes, reads for a reader, proves, and shows its log. It
holds no state of its own: whatever it answers is read from the database in that moment, so that several processes may
work on one node at once.
"""

import base64
import binascii
import contextlib
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
import psycopg.conninfo
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from psycopg import sql

from mithaq.errors import Malformed, Refused, Unavailable
from mithaq.model import (
    Alliance,
    Charter,
    Copy,
    Head,
    Names,
    Organisation,
    Reader,
    Tlp,
    VerifiedCharter,
    adopt_charter,
    audiences_of,
    charter_signer_name,
    encode_charter,
    encode_time,
    fold_heads,
    identity_of,
    pack_proof,
    query_words,
    verify_charter,
)
from mithaq.node.home import Home
from mithaq.node.prepare import Prepared, prepare_value
from mithaq.node.publish import Author, Outcome, Rehearsal, Wish, publish, rehearse
from mithaq.node.tokens import Visitor, authenticate, note_act
from mithaq.release import may_read
from mithaq.store.database import Connection, Database, Target, create, is_made, migrate
from mithaq.store.embedded import lease, prepare
from mithaq.store.logs import LogHead, found_log, own_log, read_tile, read_tiles
from mithaq.store.reading import (
    Attachment,
    StoredRecord,
    read_attachment,
    read_attachment_parts,
    read_object,
    read_page,
    read_record,
    read_with_words,
)
from mithaq.store.uploads import begin_upload, continue_upload, upload_received
from mithaq.tlog import (
    ENTRIES,
    HASH_BYTES,
    Tile,
    encode_entry_bundle,
    encode_vkey,
    inclusion_proof,
    sign_checkpoint,
    sign_note,
    split_hashes,
    tile_reader,
    tiles_for_inclusion,
)

__all__ = ["DATABASE_NAME", "Node", "Page", "Place", "database_server", "found_node", "open_node", "readable"]

DATABASE_NAME = "mithaq"
_NO_ARRIVAL = 2**63 - 1


class Place(NamedTuple):
    """Where a node's database is: an administrator's URL (a secret), or empty for the embedded one; the schema."""

    url: str = ""
    schema: str = "mithaq"


class Page(NamedTuple):
    """Records in order, and the sealed cursor behind the last; `more` says that there were more than were asked for."""

    records: list[StoredRecord]
    next: str
    more: bool


def utc_now() -> datetime:
    """The clock of the machine, aware, in UTC."""
    return datetime.now(UTC)


# Making and opening


@contextlib.contextmanager
def database_server(home: Home, place: Place, *, linger: float = 2.0) -> Iterator[Target]:
    """The node's database server while the block runs: the embedded one under a lease, or the one that is named."""
    if place.url:
        yield Target(place.url, place.schema)
        return
    with lease(home.database, linger=linger) as server:
        yield Target(server.dsn(dbname=DATABASE_NAME), place.schema)


def found_node(
    home: Home, name: str, domain: str, url: str, names: Names, place: Place, settings: bytes, *, join: bool = False
) -> VerifiedCharter | None:
    """Make a node in `home`: its member `name` at `domain`, reached at `url`. `settings` is what `config` will read.

    With `join` it only makes keys and the entry that the others' charter needs. A broken-off attempt is taken up again.
    Raises `Refused` (`home-exists`, `home-begun` if that attempt was for a member that differs in anything, and what
    the store refuses), `Malformed` (`charter-malformed`), `Unavailable`.
    """
    home.make()
    member = Organisation(name, identity_of(domain), names, domain, url, home.public_keys())
    if join:
        _make_database(home, place)
        home.write("charter.request", encode_charter(_charter_of_one(member)))
        home.write("mithaq.toml", settings)
        return None
    notes = home.charter_notes()
    if not notes:
        text = encode_charter(_charter_of_one(member))
        signer = home.signer("charter", charter_signer_name(domain, name))
        notes = [sign_note(text, signer)]
        home.add_charter(1, notes[0])
    charter = verify_charter(notes[0])
    if charter.organisations.get(name) != member:
        raise Refused("home-begun", folder=str(home.path), member=", ".join(charter.organisations))
    _make_database(home, place)
    with database_server(home, place) as target, Database(target, home.database_secrets()) as database:
        with database.writing() as connection:
            head = own_log(connection)
            if head is None:
                found_log(connection, charter.origin(name), name)
        node = Node(home, database, name, charter)
        if head is None or head.size == 0:
            node.adopt_charter()
    home.write("mithaq.toml", settings)
    return charter


def _charter_of_one(member: Organisation) -> Charter:
    return Charter(1, encode_time(utc_now()), 1, Alliance(member.names), (member,))


def _make_database(home: Home, place: Place) -> None:
    """Make database, roles and schema unless they are there."""
    credentials = home.database_secrets()
    if not place.url:
        prepare(home.database)
        with lease(home.database) as server, psycopg.connect(server.dsn(), autocommit=True) as connection:
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone()
            if not exists:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))
    with database_server(home, place) as target:
        if not is_made(target, credentials):
            create(target, credentials, alone=not place.url)
        migrate(target, credentials)


@contextlib.contextmanager
def open_node(home: Home, name: str, place: Place, *, linger: float = 2.0, readers: int = 8) -> Iterator["Node"]:
    """The node in `home`, ready to work; its database is brought up to date first.

    Raises `Unavailable` (`charter-absent`, `key-absent`, and what the store raises), `Untrusted` for a broken charter.
    """
    charter = home.charter()
    credentials = home.database_secrets()
    with database_server(home, place, linger=linger) as target:
        migrate(target, credentials)
        with Database(target, credentials, readers=readers) as database:
            yield Node(home, database, name, charter)


class Node:
    """An open node; made by `open_node`. Thread-safe."""

    def __init__(
        self,
        home: Home,
        database: Database,
        name: str,
        charter: VerifiedCharter,
        *,
        clock: Callable[[], datetime] = utc_now,
        chance: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.home = home
        self.database = database
        self.name = name
        self.charter = charter
        self.clock = clock
        self.chance = chance
        self._cursor = AESSIV(home.seed("cursor"))

    # Publishing

    def author(self, actor: str) -> Author:
        """This member as an author of records, by the hand of `actor`."""
        signer = self.home.signer("log", self.charter.origin(self.name))
        return Author(
            actor, self.name, self.charter, (), lambda checkpoint: sign_checkpoint(checkpoint, signer), self.chance
        )

    def adopt_charter(self) -> Outcome:
        """Publish the entry by which the log adopts the newest charter: entry 0 of every log, to all members."""
        unique = uuid.UUID(bytes=self.chance(16), version=4)
        identity = self.charter.organisations[self.name].identity
        version = self.charter.charter.version
        now = self.clock()
        value = adopt_charter(version, self.charter.digest, author=identity, unique=unique, now=now)
        wish = Wish(("all",), own_types=True)
        return publish(self.database, self.author("the node"), [prepare_value("charter", value)], wish, now)

    def publish(
        self,
        actor: str,
        batch: Sequence[Prepared],
        wish: Wish,
        *,
        strict: bool = True,
        definitions: Callable[[], Mapping[str, Tlp | None]] = dict,
    ) -> Outcome:
        """Publish prepared objects as this member (see `node.publish`); `actor` is who did it, for the audit trail."""
        author, now = self.author(actor), self.clock()
        return publish(self.database, author, batch, wish, now, strict=strict, definitions=definitions)

    def rehearse(self, actor: str, prepared: Prepared, wish: Wish) -> Rehearsal:
        """Who would see an object if it were published so, or the reason why it would not be; nothing is published.

        The answer may tell what the node holds under an id, so it leaves a line in the audit trail.
        """
        self.audit(actor, "preview", id=prepared.object_id)
        return rehearse(self.database, self.author(actor), prepared, wish, self.clock())

    # Uploads

    def begin_upload(self, owner: str, size: int, sha256: bytes) -> str:
        """Begin to send an attachment; returns the upload's id. Raises `Refused` (`upload-size`, `upload-many`)."""
        upload = self.chance(16).hex()
        with self.database.writing() as connection:
            begin_upload(connection, upload, owner, size, sha256, self.clock())
        return upload

    def continue_upload(self, owner: str, upload: str, start: int, data: bytes) -> int:
        """Add bytes where the upload stands; returns where it stands then. Raises `Refused` as the store does."""
        with self.database.writing() as connection:
            return continue_upload(connection, upload, owner, start, data)

    def upload_received(self, owner: str, upload: str) -> tuple[int, int]:
        """How many bytes of an upload are here, of how many. Raises `Refused` (`upload-gone`)."""
        with self.database.writing() as connection:
            return upload_received(connection, upload, owner)

    # Reading

    def visit(self, token: str) -> Visitor:
        """Who carries a bearer token. Raises `Refused` (`token-wrong`)."""
        return authenticate(self.database, self.name, token, self.clock())

    def audit(self, actor: str, act: str, **detail: str | int) -> None:
        """Write a line of the audit trail."""
        with self.database.writing() as connection:
            note_act(connection, actor, act, self.clock(), **detail)

    def page(self, reader: Reader, cursor: str, wanted: int) -> Page:
        """The next records that `reader` may read after `cursor` (empty: from the first), in order of arrival.

        Whoever follows `next` sees every record once, also while others publish. Raises `Malformed` (`cursor`).
        """
        after = self.unseal(cursor) if cursor else 0
        with self.database.reading(reader) as connection:
            records = readable(reader, read_page(connection, after, wanted + 1))
        return self._page(records, wanted, after)

    def search(self, reader: Reader, text: str, cursor: str, wanted: int) -> Page:
        """The records that `reader` may read and that have all words of `text`, the newest first."""
        words = query_words(text)
        if not words:
            raise Malformed("search-empty")
        before = self.unseal(cursor) if cursor else _NO_ARRIVAL
        with self.database.reading(reader) as connection:
            records = readable(reader, read_with_words(connection, words, before, wanted + 1))
        return self._page(records, wanted, before)

    def _page(self, records: list[StoredRecord], wanted: int, start: int) -> Page:
        shown = records[:wanted]
        return Page(shown, self.seal(shown[-1].arrival if shown else start), len(records) > wanted)

    def seal(self, arrival: int, bound: str = "") -> str:
        """A cursor behind an arrival; the number stays inside. It opens again with the same `bound` alone."""
        sealed = self._cursor.encrypt(arrival.to_bytes(8, "big"), _bound(bound))
        return base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, cursor: str, bound: str = "") -> int:
        """The arrival behind which a cursor stands. Raises `Malformed` (`cursor`)."""
        try:
            sealed = base64.urlsafe_b64decode(cursor.encode("ascii"))
            return int.from_bytes(self._cursor.decrypt(sealed, _bound(bound)), "big")
        except (InvalidTag, binascii.Error, ValueError):
            raise Malformed("cursor") from None

    def record(self, reader: Reader, commitment: bytes) -> StoredRecord:
        """One record. Raises `Refused` (`record-absent`) alike if there is none and if `reader` may not read it."""
        with self.database.reading(reader) as connection:
            found = read_record(connection, commitment)
        if found is None:
            raise Refused("record-absent")
        return readable(reader, [found])[0]

    def show(self, reader: Reader, object_id: str) -> tuple[tuple[Head, ...], dict[bytes, StoredRecord]]:
        """An object's heads, and the readable records by commitment. Raises `Refused` (`record-absent`)."""
        with self.database.reading(reader) as connection:
            records = readable(reader, read_object(connection, object_id))
        if not records:
            raise Refused("record-absent")
        copies = [Copy(each.publisher, each.version, each.digest, each.commitment) for each in records]
        return fold_heads(copies), {each.commitment: each for each in records}

    def find(self, reader: Reader, wanted: str) -> StoredRecord:
        """The record that a commitment (64 hex digits) or a STIX id names; of an object its newest version's."""
        with contextlib.suppress(ValueError):
            if len(wanted) == 2 * HASH_BYTES:
                return self.record(reader, bytes.fromhex(wanted))
        heads, records = self.show(reader, wanted)
        return records[heads[0].commitments[-1]]

    def attachment(self, reader: Reader, commitment: bytes) -> Attachment:
        """What a record has attached. Raises `Refused` (`record-absent`) as `record` does."""
        with self.database.reading(reader) as connection:
            found = read_attachment(connection, commitment)
            record = read_record(connection, commitment)
        if found is None or record is None:
            raise Refused("record-absent")
        readable(reader, [record])
        return found

    def attachment_bytes(self, reader: Reader, digest: bytes, start: int, wanted: int) -> bytes:
        """At most `wanted` bytes of an attachment from `start`; fewer only at its end."""
        with self.database.reading(reader) as connection:
            return read_attachment_parts(connection, digest, start, wanted)

    # The log

    def log_head(self) -> LogHead:
        """The own log's committed head. Raises `Unavailable` (`log-absent`)."""
        with self.database.reading(Reader()) as connection:
            return _head(connection)

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint, as committed. Raises `Unavailable` (`log-absent`, `log-unproven`)."""
        head = self.log_head()
        if head.checkpoint is None:
            raise Unavailable("log-absent")
        if head.unproven:
            raise Unavailable("log-unproven")
        return head.checkpoint

    def vkey(self) -> str:
        """The verifier key of the own log."""
        return encode_vkey(self.charter.log_key(self.name))

    def tile(self, tile: Tile) -> bytes:
        """A tile, or an entry bundle, of the own log as C2SP tlog-tiles serves it.

        Raises `Refused` (`tile-absent`) for one that the log, at its committed size, doesn't have.
        """
        with self.database.reading(Reader()) as connection:
            head = _head(connection)
            data = read_tile(connection, head.id, tile.level, tile.index)
        have = head.size >> (8 * max(tile.level, 0))
        if tile.index * 256 + tile.width > have or len(data) < tile.width * HASH_BYTES:
            raise Refused("tile-absent")
        data = data[: tile.width * HASH_BYTES]
        return encode_entry_bundle(split_hashes(data)) if tile.level == ENTRIES else data

    def prove(self, reader: Reader, wanted: str) -> tuple[StoredRecord, bytes]:
        """A record with its `.tlog-proof`, which carries the record's bytes: all that `mithaq verify` needs.

        Raises `Refused` (`record-absent`) as `record` does, `Unavailable` (`log-unproven`).
        """
        found = self.find(reader, wanted)
        with self.database.reading(reader) as connection:
            head = _head(connection)
            if head.checkpoint is None or head.unproven:
                raise Unavailable("log-unproven")
            tiles = read_tiles(connection, head.id, tiles_for_inclusion(found.index, head.size))
        hashes = inclusion_proof(found.index, head.size, tile_reader(tiles))
        return found, pack_proof(found.index, hashes, head.checkpoint, found.body)


def _bound(text: str) -> list[bytes]:
    """What a cursor is tied to besides the node's key."""
    return [b"cursor", text.encode()] if text else [b"cursor"]


def readable(reader: Reader, records: list[StoredRecord]) -> list[StoredRecord]:
    """The records, if `release` lets the reader read each of them as the database did: two locks, of which neither
    knows the other. Raises `Unavailable` (`locks-disagree`) rather than show one that only the database let through.
    """
    for audience in audiences_of(record.body for record in records):
        if not may_read(reader, audience).allowed:
            raise Unavailable("locks-disagree")
    return records


def _head(connection: Connection) -> LogHead:
    head = own_log(connection)
    if head is None:
        raise Unavailable("log-absent")
    return head
