"""Accepting records: one transaction, one lock, one COPY; arrival numbers without gaps; the log grows with them.

    with accept(database, now) as acceptance:                 # holds the one lock until the end of the block
        known = acceptance.published("dara", ids)             # what decides: is it known already, is it conflicting?
        acceptance.append(new, sign)                          # all or nothing

What holds (`docs/architecture.md`, *Accepting*):

- *Durability*: what the block returned without an error is on disk, records, tiles and signed checkpoint together. A
  checkpoint is never shown from memory: readers take it from the row that was committed with the entries it covers.
- *Concurrency*: acceptances run one after the other; an arrival number is visible only when all before it are. Instants
  of acceptance grow with the numbers, each by a microsecond at least, even if the clock goes back. The last of a batch
  is a whole millisecond: a client that keeps no more of it begins just behind it.
- *Unknown outcome*: if the commit's answer is lost, nothing is known; the next acceptance reads the log's state again,
  under the lock, before it signs, so no signature ever covers what was not committed.
- *Idempotence* is the caller's, by `published`.

Which records to append, under which rules, is decided in `node`; keys stay there too, behind `sign`.
"""

import contextlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from psycopg import sql
from psycopg.copy import QueuedLibpqWriter

from mithaq.errors import Malformed, Refused, Unavailable, Untrusted
from mithaq.model import Audience, Reader, Record, Tlp, decode_record, tlp_of_definition
from mithaq.store.database import Connection, Database
from mithaq.tlog import (
    ENTRIES,
    FULL_WIDTH,
    Checkpoint,
    Tile,
    TileReader,
    append,
    hash_leaves,
    root_from_right_edge,
    split_hashes,
    tile_reader,
    tiles_for_append,
)

__all__ = ["Acceptance", "Accepted", "Labelled", "NewRecord", "Published", "accept"]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TAIL = b"\xff\xff"
_FLUSH_BYTES = 1 << 16
# COPY's binary form: the number of fields, then each field after its length.
_FIXED_FIELDS = struct.Struct("!hiqiiihiqiqihi?").pack
_LENGTH = struct.Struct("!i").pack
_LEXEME_BYTES = 1 << 20


class Labelled(NamedTuple):
    """An audience and the charter's group that it was made from, empty if it was made otherwise."""

    audience: Audience
    label: str

    @classmethod
    def of(cls, record: Record) -> "Labelled":
        """That of a record."""
        group = record.release.group
        return cls(record.release.audience, group if isinstance(group, str) else "")


class NewRecord(NamedTuple):
    """A record to append with what the store keeps beside it: keys to find it by, its level, its words.

    `version` is the STIX version key, `digest` SHA-256 of the object's canonical bytes; `ours` says that a member or
    partner made the object; `words` are its folded words, separated by zeros. `upload` names the bytes of an artifact,
    which become the record's attachment `attached`.
    """

    record: Record
    object_id: str
    type: str
    version: str
    digest: bytes
    tlp: Tlp
    ours: bool
    words: str
    upload: str = ""
    attached: bytes = b""


@dataclass(frozen=True, slots=True)
class Published:
    """A version of an object that a publisher has released already, to this audience under this label."""

    object_id: str
    version: str
    digest: bytes
    audience: Audience
    commitment: bytes
    index: int
    label: str


class Accepted(NamedTuple):
    """What an append made of the log: the index of the first new entry, the size after it, and the signed note."""

    first: int
    size: int
    checkpoint: bytes


class _Last(NamedTuple):
    """The newest arrival: its number, and when it was accepted."""

    arrival: int
    accepted: datetime


class _Log(NamedTuple):
    id: int
    origin: str
    size: int
    root: bytes
    unproven: bool


@contextlib.contextmanager
def accept(database: Database, now: datetime) -> Iterator["Acceptance"]:
    """Hold the node's one lock and transaction; `now` is the time of acceptance. Commits at the end of the block.

    Raises `Unavailable` (`log-absent`) before the node has a log, and what `Database.writing` raises.
    """
    with database.writing() as connection:
        row = connection.execute("SELECT last, accepted FROM arrivals FOR UPDATE").fetchone()
        log = connection.execute("SELECT id, origin, size, root, unproven FROM logs WHERE own").fetchone()
        if row is None or log is None:
            raise Unavailable("log-absent")
        yield Acceptance(connection, _Last(*row), _Log(*log), now)


class Acceptance:
    """An open acceptance, made by `accept`; nothing of it lasts unless the block ends without an error."""

    def __init__(self, connection: Connection, last: _Last, log: _Log, now: datetime) -> None:
        self._connection = connection
        self._last_arrival = last.arrival
        self._log = log
        self._now = max(now, last.accepted + _MOMENT)

    @property
    def connection(self) -> Connection:
        """The open transaction, for what has to be written together with the records."""
        return self._connection

    @property
    def origin(self) -> str:
        """The origin of the node's own log."""
        return self._log.origin

    @property
    def size(self) -> int:
        """How many entries the own log has, as committed."""
        return self._log.size

    def published(self, publisher: str, versions: Sequence[tuple[str, str]]) -> list[Published]:
        """Every record that `publisher` has released of these versions (an object's id and its key), oldest first."""
        rows = self._connection.execute(
            "SELECT object_id, version, r.digest, entries, commitment, index, label"
            " FROM records r JOIN audiences a ON a.id = audience"
            " WHERE (object_id, version) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
            " AND publisher = %s ORDER BY arrival",
            [[each[0] for each in versions], [each[1] for each in versions], publisher],
        )
        return [Published(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in rows]

    def strictest(self) -> Tlp:
        """The strictest level of anything that the node holds, at least GREEN."""
        row = self._connection.execute("SELECT max(tlp) FROM records WHERE tlp > 1").fetchone()
        return Tlp.GREEN if row is None or row[0] is None else Tlp(row[0])

    def levels(self, object_ids: Sequence[str], reader: Reader | None = None) -> dict[str, tuple[Tlp, bool]]:
        """The strictest level under which the node holds each of these objects, and whether one of ours made it.

        With a `reader` only what that one may read counts.
        """
        rows = self._connection.execute(
            "SELECT object_id, max(tlp), bool_or(ours) FROM records WHERE object_id = ANY (%(ids)s) AND (%(all)s OR"
            " audience IN (SELECT id FROM audiences WHERE entries && %(entries)s::text[])) GROUP BY object_id",
            {
                "ids": list(object_ids),
                "all": reader is None,
                "entries": [] if reader is None else list(reader.entries()),
            },
        )
        return {row[0]: (Tlp(row[1]), row[2]) for row in rows}

    def definitions(self, object_ids: Sequence[str]) -> dict[str, Tlp | None]:
        """The level that each of these marking-definitions states, of those that the node holds; None for no TLP."""
        rows = self._connection.execute(
            "SELECT object_id, body FROM records WHERE object_id = ANY (%s) AND type = 'marking-definition'",
            [list(object_ids)],
        )
        found: dict[str, Tlp | None] = {}
        for object_id, body in rows:
            stated = tlp_of_definition(decode_record(body).object)
            before = found.get(object_id)
            found[object_id] = before if stated is None or (before is not None and before > stated) else stated
        return found

    def digest_upload(self, upload: str, nonce: bytes) -> tuple[bytes, bytes]:
        """SHA-256 of a complete upload's bytes, plain and behind `nonce`. Raises `Refused` (`upload-gone`)."""
        row = None
        if upload.isprintable():  # from anywhere: text with a zero in it can't even be asked for
            statement = "SELECT sha256 FROM uploads WHERE id = %s AND received = size FOR UPDATE"
            row = self._connection.execute(statement, [upload]).fetchone()
        if row is None:
            raise Refused("upload-gone")
        plain, bound = sha256(), sha256(nonce)
        for (data,) in self._connection.execute(
            "SELECT data FROM upload_parts WHERE upload = %s ORDER BY start", [upload]
        ):
            plain.update(data)
            bound.update(data)
        if plain.digest() != row[0]:
            raise Refused("upload-digest")
        return plain.digest(), bound.digest()

    def append(
        self,
        new: Iterable[NewRecord],
        sign: Callable[[Checkpoint], bytes],
        audiences: Iterable[Labelled] | None = None,
    ) -> Accepted:
        """Append records to the own log, in this order, with the checkpoint that `sign` makes a signed note of.

        If `audiences` are given, all that a record may have, the records are made while they are taken in: the server
        works on the first ones meanwhile, and whatever makes them may not ask this acceptance anything. What that
        raises ends the acceptance. Called at most once. Raises `Unavailable` (`log-unproven`) after a restore,
        `Untrusted` (`log-damaged`) if the stored tiles are not the log's, `Refused` (`upload-gone`) for an attachment
        that isn't there.
        """
        if audiences is None:
            new = [*new]
            audiences = [Labelled.of(each.record) for each in new]
        if self._log.unproven:
            raise Unavailable("log-unproven")
        read_tile = self._read_edge()
        numbers = self._intern(set(audiences))
        commitments, attachments = self._copy(new, numbers)
        for arrival, each in attachments:
            self._attach(each, arrival, numbers[Labelled.of(each.record)])
        return self._grow(commitments, read_tile, sign)

    def _intern(self, wanted: set[Labelled]) -> dict[Labelled, int]:
        """The number of each audience with its label; a new one gets the next."""
        digests = {sha256("\n".join((each.label, *each.audience)).encode()).digest(): each for each in sorted(wanted)}
        known = "SELECT digest, id FROM audiences WHERE digest = ANY (%s)"
        ids = {digests[row[0]]: int(row[1]) for row in self._connection.execute(known, [list(digests)])}
        for digest, each in digests.items():
            if each not in ids:
                new = "INSERT INTO audiences (digest, entries, label) VALUES (%s, %s, %s) RETURNING id"
                (row,) = self._connection.execute(new, [digest, list(each.audience), each.label])
                ids[each] = row[0]
        return ids

    def _copy(
        self, new: Iterable[NewRecord], audiences: Mapping[Labelled, int]
    ) -> tuple[list[bytes], list[tuple[int, NewRecord]]]:
        """Store the records; their commitments, and those with an attachment by their arrival numbers."""
        commitments: list[bytes] = []
        attachments: list[tuple[int, NewRecord]] = []
        columns = "arrival, audience, log, index, accepted, tlp, ours, publisher, object_id, version, type, digest"
        statement = f"COPY records ({columns}, commitment, body, words) FROM STDIN (FORMAT binary)"
        accepted = (self._now - _EPOCH) // _MOMENT
        log, arrival, index = self._log.id, self._last_arrival, self._log.size
        waiting, size = [_COPY_HEAD], 0
        with (
            self._connection.cursor() as cursor,
            # Sent by a thread of its own: the server works on what it has while the next rows are made.
            cursor.copy(sql.SQL(statement), writer=QueuedLibpqWriter(cursor)) as copy,
        ):
            for number, (each, is_last) in enumerate(_until_last(new)):
                record = each.record
                instant = accepted + number
                if is_last:
                    instant = -(-instant // 1000) * 1000
                    self._now = _EPOCH + instant * _MOMENT
                audience = audiences[Labelled.of(record)]
                fixed = _FIXED_FIELDS(
                    15, 8, arrival + 1 + number, 4, audience, 2, log, 8, index + number, 8, instant, 2,
                    each.tlp, 1, each.ours,
                )  # fmt: skip
                author, kind = record.release.author.encode(), each.type.encode()
                object_id, version = each.object_id.encode(), each.version.encode()
                words = _tsvector(audience, each.words)
                commitments.append(record.commitment)
                if each.upload:
                    attachments.append((arrival + 1 + number, each))
                waiting += (
                    fixed, _LENGTH(len(author)), author, _LENGTH(len(object_id)), object_id, _LENGTH(len(version)),
                    version, _LENGTH(len(kind)), kind, _LENGTH(32), each.digest, _LENGTH(32), record.commitment,
                    _LENGTH(len(record.body)), record.body, _LENGTH(len(words)), words,
                )  # fmt: skip
                size += len(record.body) + len(words)
                if size > _FLUSH_BYTES:
                    copy.write(b"".join(waiting))
                    waiting, size = [], 0
            copy.write(b"".join([*waiting, _COPY_TAIL]))
        return commitments, attachments

    def _attach(self, new: NewRecord, arrival: int, audience: int) -> None:
        row = self._connection.execute(
            "SELECT size FROM uploads WHERE id = %s AND received = size", [new.upload]
        ).fetchone()
        if row is None:
            raise Refused("upload-gone")
        self._connection.execute(
            "INSERT INTO attachments VALUES (%s, %s, %s, %s)", [new.attached, arrival, audience, row[0]]
        )
        self._connection.execute(
            "INSERT INTO attachment_parts SELECT %s, start, %s, data FROM upload_parts WHERE upload = %s",
            [new.attached, audience, new.upload],
        )
        self._connection.execute("DELETE FROM uploads WHERE id = %s", [new.upload])

    def _read_edge(self) -> TileReader:
        """The tiles that appending needs, compared with the committed root: what is signed continues what was."""
        log = self._log
        wanted = tiles_for_append(log.size)
        rows = self._connection.execute(
            "SELECT level, index, data FROM tiles WHERE log = %s AND (level, index) IN"
            " (SELECT * FROM unnest(%s::smallint[], %s::bigint[]))",
            [log.id, [tile.level for tile in wanted], [tile.index for tile in wanted]],
        )
        tiles = {(row[0], row[1]): row[2] for row in rows}
        read_tile = tile_reader(tiles)
        index, width = divmod(log.size, FULL_WIDTH)
        try:
            root = root_from_right_edge(log.size, read_tile)
            leaves = hash_leaves(split_hashes(read_tile(ENTRIES, index, width))) if width else b""
        except Malformed:  # a tile is missing, or shorter than the log
            raise Untrusted("log-damaged", size=log.size) from None
        if root != log.root or leaves != tiles.get((0, index), b""):
            raise Untrusted("log-damaged", size=log.size)
        return read_tile

    def _grow(
        self, commitments: Sequence[bytes], read_tile: TileReader, sign: Callable[[Checkpoint], bytes]
    ) -> Accepted:
        log = self._log
        grown = append(log.size, commitments, read_tile)
        checkpoint = sign(Checkpoint(log.origin, grown.size, grown.root))
        self._write_tiles(grown.tiles)
        self._connection.execute(
            "UPDATE logs SET size = %s, root = %s, checkpoint = %s WHERE id = %s",
            [grown.size, grown.root, checkpoint, log.id],
        )
        self._connection.execute("UPDATE arrivals SET last = last + %s, accepted = %s", [len(commitments), self._now])
        return Accepted(log.size, grown.size, checkpoint)

    def _write_tiles(self, tiles: Mapping[Tile, bytes]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO tiles VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (log, level, index) DO UPDATE SET data = EXCLUDED.data",
                [(self._log.id, tile.level, tile.index, data) for tile, data in tiles.items()],
            )


def _until_last(new: Iterable[NewRecord]) -> Iterator[tuple[NewRecord, bool]]:
    """Each record, and whether it is the last."""
    ahead = iter(new)
    for current in ahead:
        for following in ahead:
            yield current, False
            current = following  # noqa: PLW2901 - the inner loop goes through all of them
        yield current, True


def _tsvector(audience: int, words: str) -> bytes:
    """The binary form of a tsvector whose lexemes begin with the audience; PostgreSQL sorts them.

    It takes no more than 1 MiB of lexemes: what is beyond, of an object that is hardly a text, is not found.
    """
    if not words:
        return bytes(4)
    prefix = f"{audience:x}."
    # Each lexeme ends with a zero, and then comes its number of positions, which is zero too.
    lexemes = (prefix + words.replace("\0", f"\0\0\0{prefix}") + "\0\0\0").encode()
    if len(lexemes) <= _LEXEME_BYTES:
        return struct.pack("!i", words.count("\0") + 1) + lexemes
    kept = lexemes[: lexemes.rindex(b"\0\0\0", 0, _LEXEME_BYTES) + 3]
    return struct.pack("!i", kept.count(b"\0\0\0")) + kept
