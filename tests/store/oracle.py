"""An oracle for a node's log: everything in it recomputed from the stored records, by code of its own.

Nothing here is taken from `mithaq.tlog`: tree, tiles, note and signature are read as RFC 6962 and the C2SP texts
describe them, so that a mistake there doesn't hide itself.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import psycopg
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.rows import TupleRow

from mithaq.store.database import Database

WIDTH = 256
EMPTY = hashlib.sha256(b"").digest()


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, bottom up: an odd last hash moves up a level as it is."""
    if not hashes:
        return EMPTY
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=False)
        above = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        hashes = above + hashes[len(hashes) & ~1 :]
    return hashes[0]


@dataclass
class Log:
    """What the oracle found: commitments in order, record bodies by commitment, the signed size."""

    origin: str
    size: int
    commitments: list[bytes]
    bodies: dict[bytes, bytes] = field(repr=False)

    def root_at(self, size: int) -> bytes:
        return root([leaf(each) for each in self.commitments[:size]])

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(self.bodies[each])["object"] for each in self.commitments if each in self.bodies]

    def confirms(self, checkpoint: bytes, key: bytes) -> bool:
        """Whether a checkpoint that was shown once is signed by the log and a head of this very history."""
        origin, size, shown = read_checkpoint(checkpoint, key)
        return origin == self.origin and size <= self.size and self.root_at(size) == shown


def read_checkpoint(note: bytes, key: bytes) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint whose one signature is by `key` (C2SP tlog-checkpoint, signed-note)."""
    text, _, rest = note.partition(b"\n\n")
    text += b"\n"
    origin, size, shown, end = text.decode().split("\n")
    assert end == ""
    (line,) = rest.decode().splitlines()
    dash, name, encoded = line.split(" ")
    assert (dash, name) == ("—", origin)
    signature = base64.b64decode(encoded)
    hint = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    assert signature[:4] == hint
    Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], text)
    return origin, int(size), base64.b64decode(shown)


def check_log(database: Database, key: bytes, *, gone: int = 0) -> Log:
    """Check every record, entry, tile, the checkpoint and all arrival numbers; `gone` records may have been erased.

    Records of the own log only: arrival and index then run side by side.
    """
    with database.inspecting() as connection:
        head = connection.execute("SELECT id, origin, member, size, root, checkpoint FROM logs WHERE own").fetchone()
        assert head is not None
        number, origin, member, size, stored_root, checkpoint = head
        rows = connection.execute("SELECT level, index, data FROM tiles WHERE log = %s", [number]).fetchall()
        commitments = _check_tiles({(level, index): data for level, index, data in rows}, size)
        whole = root([leaf(each) for each in commitments])
        assert whole == stored_root
        if checkpoint is None:
            assert size == 0
        else:
            assert read_checkpoint(checkpoint, key) == (origin, size, whole)
        bodies = _check_records(connection, number, member, commitments)
        last = connection.execute("SELECT last FROM arrivals").fetchall()
        assert last == [(size,)]
        assert len(bodies) == size - gone
        _check_attachments(connection)
    return Log(origin, size, commitments, bodies)


def _check_tiles(stored: dict[tuple[int, int], bytes], size: int) -> list[bytes]:
    """Every tile that a log of this size has, and no other; returns the entries."""
    entries = b"".join(stored[-1, index] for index in range(-(-size // WIDTH)))
    commitments = [entries[at : at + 32] for at in range(0, len(entries), 32)]
    assert len(commitments) == size
    wanted: dict[tuple[int, int], bytes] = {}
    level, hashes = 0, [leaf(each) for each in commitments]
    for index in range(-(-size // WIDTH)):
        wanted[-1, index] = b"".join(commitments[index * WIDTH : (index + 1) * WIDTH])
    while hashes:
        for at in range(0, len(hashes), WIDTH):
            wanted[level, at // WIDTH] = b"".join(hashes[at : at + WIDTH])
        full = len(hashes) // WIDTH
        hashes = [root(hashes[at * WIDTH : (at + 1) * WIDTH]) for at in range(full)]
        level += 1
    assert stored == wanted
    return commitments


def _check_records(
    connection: psycopg.Connection[TupleRow], log: int, member: str, commitments: list[bytes]
) -> dict[bytes, bytes]:
    found = {}
    with connection.cursor("oracle") as cursor:
        cursor.execute(
            "SELECT arrival, index, log, publisher, object_id, type, r.digest, commitment, body, entries,"
            " (SELECT bool_and(word LIKE to_hex(audience) || '.%%') FROM unnest(tsvector_to_array(words)) AS word)"
            " FROM records r JOIN audiences a ON a.id = audience ORDER BY arrival"
        )
        for arrival, index, own, publisher, object_id, kind, digest, commitment, body, entries, worded in cursor:
            assert (own, publisher, index) == (log, member, arrival - 1)
            assert hashlib.sha256(b"mithaq/v1/record\n" + body).digest() == commitment == commitments[index]
            record = json.loads(body)
            assert sorted(record) == ["object", "release", "v"]
            assert rfc8785.dumps(record) == body
            assert (record["object"]["id"], record["object"]["type"]) == (object_id, kind)
            # Canonical as a whole, it is so in its parts; the object's name sorts first.
            assert hashlib.sha256(body[len(b'{"object":') : body.rindex(b',"release":')]).digest() == digest
            assert record["release"]["audience"] == entries == sorted(set(entries))
            assert record["release"]["author"] == member
            assert worded is not False
            found[commitment] = body
    return found


def _check_attachments(connection: psycopg.Connection[TupleRow]) -> None:
    """Each attachment is complete, in parts of one audience, and bound to its record by the digest in its url."""
    rows = connection.execute(
        "SELECT a.digest, a.size, r.body, a.audience = r.audience FROM attachments a JOIN records r USING (arrival)"
    ).fetchall()
    for digest, size, body, same in rows:
        parts = connection.execute(
            "SELECT start, data, audience = (SELECT audience FROM attachments WHERE digest = %s) FROM attachment_parts"
            " WHERE digest = %s ORDER BY start",
            [digest, digest],
        ).fetchall()
        record = json.loads(body)
        data = b"".join(part for _, part, _ in parts)
        assert same
        assert all(alike for _, _, alike in parts)
        assert len(data) == size
        assert [start for start, _, _ in parts] == list(range(0, size, 256 * 1024))
        assert hashlib.sha256(bytes.fromhex(record["release"]["nonce"]) + data).digest() == digest
        assert record["object"]["url"] == f"mithaq:attachment:{digest.hex()}"
        assert record["object"]["hashes"]["SHA-256"] == hashlib.sha256(data).hexdigest()
