"""What a reader reads: pages by arrival, one record, one object, a search, an attachment.

Every function takes a connection of `Database.reading`, which carries the reader's rights. Lists and searches are two
steps in one statement: a function of the definer's picks arrival numbers among the reader's audiences, then the rows
come by number under the row-level policy. Arrival numbers stay inside the node; what goes out is sealed (`node`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row

from mithaq.store.database import Connection

__all__ = [
    "PART_BYTES",
    "Attachment",
    "StoredRecord",
    "read_attachment",
    "read_attachment_parts",
    "read_object",
    "read_page",
    "read_record",
    "read_with_words",
]

PART_BYTES = 256 * 1024
"""Bytes of one part of an attachment, but for the last."""

MAX_PAGE = 1001
"""Records of one answer: a page of 1,000, and whether there is more."""

RECORD_COLUMNS = (
    "r.arrival, l.origin AS log, r.index, r.accepted, r.publisher, r.object_id, r.version, r.type, r.digest,"
    " r.commitment, r.body FROM {} JOIN logs l ON l.id = r.log"
)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the store keeps it; `body` are its bytes, `accepted` (UTC) is when this node took it."""

    arrival: int
    log: str
    index: int
    accepted: datetime
    publisher: str
    object_id: str
    version: str
    type: str
    digest: bytes
    commitment: bytes
    body: bytes


class Attachment(NamedTuple):
    """Bytes that belong to a record: their digest SHA-256(nonce || bytes), and how many they are."""

    digest: bytes
    size: int


def read_page(connection: Connection, after: int, wanted: int) -> list[StoredRecord]:
    """The reader's next records after an arrival number, at most `wanted` (and 1,001), in order of arrival."""
    picked = "arrivals_after(%s, %s) AS picked(arrival) JOIN records r USING (arrival)"
    return _rows(connection, picked, "ORDER BY r.arrival", [after, min(wanted, MAX_PAGE)])


def read_with_words(connection: Connection, words: Sequence[str], before: int, wanted: int) -> list[StoredRecord]:
    """The reader's records that have all of these folded words, the newest first, below an arrival number."""
    picked = "arrivals_with_words(%s, %s, %s) AS picked(arrival) JOIN records r USING (arrival)"
    return _rows(connection, picked, "ORDER BY r.arrival DESC", [list(words), before, min(wanted, MAX_PAGE)])


def read_record(connection: Connection, commitment: bytes) -> StoredRecord | None:
    """The record with this commitment, if the reader may read it."""
    found = _rows(connection, "records r", "WHERE r.commitment = %s", [commitment])
    return found[0] if found else None


def read_object(connection: Connection, object_id: str, wanted: int = MAX_PAGE) -> list[StoredRecord]:
    """The reader's records of one object, all versions and publishers, the newest version first."""
    if not object_id.isprintable():  # from anywhere: text with a zero in it can't even be asked for
        return []
    return _rows(connection, "records r", "WHERE r.object_id = %s ORDER BY r.version DESC, r.arrival LIMIT %s", [
        object_id, wanted,
    ])  # fmt: skip


def read_attachment(connection: Connection, commitment: bytes) -> Attachment | None:
    """The attachment of a record, if there is one and the reader may read it."""
    with connection.cursor(row_factory=class_row(Attachment)) as cursor:
        return cursor.execute(
            "SELECT a.digest, a.size FROM attachments a JOIN records r USING (arrival) WHERE r.commitment = %s",
            [commitment],
        ).fetchone()


def read_attachment_parts(connection: Connection, digest: bytes, start: int, wanted: int) -> bytes:
    """At most `wanted` bytes of an attachment from `start`; fewer only at its end."""
    rows = connection.execute(
        "SELECT start, data FROM attachment_parts WHERE digest = %s AND start > %s AND start < %s ORDER BY start",
        [digest, start - PART_BYTES, start + wanted],
    ).fetchall()
    if not rows:
        return b""
    offset = start - int(rows[0][0])
    return b"".join([row[1] for row in rows])[offset : offset + wanted]


def _rows(connection: Connection, source: str, rest: str, values: Sequence[object]) -> list[StoredRecord]:
    with connection.cursor(binary=True, row_factory=class_row(StoredRecord)) as cursor:
        # Only the constants above are put together here; values travel apart.
        cursor.execute(f"SELECT {RECORD_COLUMNS.format(source)} {rest}".encode(), values)
        return cursor.fetchall()
