"""Bytes on their way to become an attachment: sent in pieces, resumable, seen by nobody but their sender.

An upload belongs to one owner and waits at most `KEPT` for the record that names it. The parts that a record's
attachment is read from later are the very rows that were written here, `PART_BYTES` each.
"""

from datetime import datetime, timedelta

from mithaq.errors import Refused
from mithaq.store.database import Connection
from mithaq.store.reading import PART_BYTES

__all__ = ["KEPT", "MAX_ATTACHMENT_BYTES", "MAX_UPLOADS", "begin_upload", "continue_upload", "upload_received"]

MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
MAX_UPLOADS = 20
"""Unfinished uploads of one owner."""

KEPT = timedelta(days=2)


def begin_upload(connection: Connection, upload: str, owner: str, size: int, sha256: bytes, now: datetime) -> None:
    """Begin an upload of `size` bytes with this SHA-256; uploads that waited too long are forgotten.

    Raises `Refused` (`upload-size`, `upload-many`).
    """
    if not 0 < size <= MAX_ATTACHMENT_BYTES:
        raise Refused("upload-size", limit=MAX_ATTACHMENT_BYTES)
    connection.execute("DELETE FROM uploads WHERE created < %s", [now - KEPT])
    row = connection.execute("SELECT count(*) FROM uploads WHERE owner = %s", [owner]).fetchone()
    if row is not None and row[0] >= MAX_UPLOADS:
        raise Refused("upload-many", limit=MAX_UPLOADS)
    connection.execute(
        "INSERT INTO uploads (id, owner, size, sha256, created) VALUES (%s, %s, %s, %s, %s)",
        [upload, owner, size, sha256, now],
    )


def upload_received(connection: Connection, upload: str, owner: str) -> tuple[int, int]:
    """How many bytes of an upload are here, of how many. Raises `Refused` (`upload-gone`)."""
    row = None
    if upload.isprintable():  # from anywhere: text with a zero in it can't even be asked for
        statement = "SELECT received, size FROM uploads WHERE id = %s AND owner = %s FOR UPDATE"
        row = connection.execute(statement, [upload, owner]).fetchone()
    if row is None:
        raise Refused("upload-gone")
    return row[0], row[1]


def continue_upload(connection: Connection, upload: str, owner: str, start: int, data: bytes) -> int:
    """Add bytes at `start`, which is where the upload stands; returns where it stands then.

    A piece may have any length. Raises `Refused` (`upload-gone`, `upload-offset`, `upload-size`).
    """
    received, size = upload_received(connection, upload, owner)
    if start != received:
        raise Refused("upload-offset", received=received)
    if start + len(data) > size:
        raise Refused("upload-size", limit=size)
    if rest := received % PART_BYTES:  # the last part was short: it grows first
        connection.execute(
            "UPDATE upload_parts SET data = data || %s WHERE upload = %s AND start = %s",
            [data[: PART_BYTES - rest], upload, received - rest],
        )
    offset = -received % PART_BYTES
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO upload_parts VALUES (%s, %s, %s)",
            [(upload, received + at, data[at : at + PART_BYTES]) for at in range(offset, len(data), PART_BYTES)],
        )
    connection.execute("UPDATE uploads SET received = received + %s WHERE id = %s", [len(data), upload])
    return received + len(data)
