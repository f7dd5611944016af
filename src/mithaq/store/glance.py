"""A quick look: one statement on a connection of its own, asked by whoever may not wait.

What is asked most, one object's newest version, takes the server a fraction of a millisecond, and handing the question
to a thread and back takes longer than that. So it is asked from the event loop itself, with a bounded wait: an answer
that is not there by then is dropped when it comes, and the question is asked again in the ordinary way. Whatever else
is out of the ordinary (no row, no connection, an error) is none of its business either: it then gives nothing.
"""

import contextlib
import select
import struct
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import pq

from mithaq.store.reading import StoredRecord

__all__ = ["Glance"]

_NAME = b"glance"
_STATEMENT = (
    b"SELECT name, array_to_string(roles, ','), arrival, log, index, accepted, publisher, object_id, version, type,"
    b" digest, commitment, body FROM glance($1, $2, $3::timestamptz, $4, $5)"
)
_TYPES = [25, 17, 25, 25, 25]  # text and bytea, by PostgreSQL's fixed numbers
_BINARY = [pq.Format.TEXT, pq.Format.BINARY, pq.Format.TEXT, pq.Format.TEXT, pq.Format.TEXT]
_PATIENCE = 0.004
"""Seconds that an answer is waited for: many times what it takes, and little for those who wait meanwhile."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LONG = struct.Struct("!q").unpack


class Glance:
    """A connection of the reader's login for quick looks; `login` is its connection string. One thread looks."""

    def __init__(self, login: str) -> None:
        self._login = login
        self._connection: psycopg.Connection | None = None
        self._late = False
        self._opening = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether anything can be seen."""
        return self._connection is not None

    def open(self) -> None:
        """Connect, where nobody has or does; it waits, so any thread but the one that looks may call it.

        Without a server nothing is raised: then nothing is seen.
        """
        if self._connection is not None or not self._opening.acquire(blocking=False):
            return
        try:
            with contextlib.suppress(psycopg.Error):
                connection = psycopg.connect(self._login, autocommit=True)
                result = connection.pgconn.prepare(_NAME, _STATEMENT, _TYPES)
                if result.status == pq.ExecStatus.COMMAND_OK:
                    self._late = False
                    self._connection = connection
                else:
                    connection.close()
        finally:
            self._opening.release()

    def close(self) -> None:
        """Hang up. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def newest(
        self, token: str, hashed: bytes, now: datetime, label: str, object_id: str
    ) -> tuple[str, frozenset[str], list[StoredRecord]] | None:
        """Whose token it is, its roles, and the copies of an object's newest version in a collection, unsorted.

        `hashed` is the SHA-256 of the token's secret, `now` the node's clock, `label` as in `store.collections`. None
        if that is not known at once.
        """
        values = [token.encode(), hashed, now.isoformat().encode(), label.encode(), object_id.encode()]
        try:
            rows = self._ask(values)
        except (psycopg.Error, OSError):
            self.close()
            return None
        if not rows:
            return None
        return _text(rows[0][0]), frozenset(_text(rows[0][1]).split(",")), [_record(row[2:]) for row in rows]

    def _ask(self, values: Sequence[bytes]) -> list[list[bytes]] | None:
        if self._connection is None:
            return None
        server = self._connection.pgconn
        if self._late and self._take(server, time.monotonic()) is None:
            return None
        server.send_query_prepared(_NAME, values, param_formats=_BINARY, result_format=pq.Format.BINARY)
        server.flush()
        self._late = True
        return self._take(server, time.monotonic() + _PATIENCE)

    def _take(self, server: pq.abc.PGconn, until: float) -> list[list[bytes]] | None:
        """The rows of the answer to what was asked last, if all of it is here by then."""
        rows: list[list[bytes]] = []
        while True:
            while server.is_busy():
                if not select.select([server.socket], [], [], max(until - time.monotonic(), 0))[0]:
                    return None
                server.consume_input()
            result = server.get_result()
            if result is None:
                self._late = False
                return rows
            if result.status == pq.ExecStatus.TUPLES_OK:
                rows = [
                    [result.get_value(row, column) or b"" for column in range(result.nfields)]
                    for row in range(result.ntuples)
                ]


def _record(row: Sequence[bytes]) -> StoredRecord:
    arrival, log, index, accepted, publisher, object_id, version, kind, digest, commitment, body = row
    return StoredRecord(
        _LONG(arrival)[0],
        _text(log),
        _LONG(index)[0],
        _EPOCH + timedelta(microseconds=_LONG(accepted)[0]),
        _text(publisher),
        _text(object_id),
        _text(version),
        _text(kind),
        digest,
        commitment,
        body,
    )


def _text(value: bytes) -> str:
    return bytes(value).decode()
