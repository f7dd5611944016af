"""The logs of a node: their heads, tiles and entries. Nothing here belongs to an audience: entries are commitments.

Tiles are kept as wide as they have grown, and cut when a narrower one is asked for (`tlog.tiles`).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mithaq.errors import Refused
from mithaq.store.database import Connection
from mithaq.tlog import EMPTY_ROOT, Tile

__all__ = [
    "LogHead",
    "found_log",
    "own_log",
    "prove_log",
    "read_bodies",
    "read_commitments",
    "read_every_tile",
    "read_tile",
    "read_tiles",
]


class LogHead(NamedTuple):
    """A log's committed head. `checkpoint` is the newest signed note, None before the first entry."""

    id: int
    origin: str
    member: str
    size: int
    root: bytes
    checkpoint: bytes | None
    unproven: bool


def found_log(connection: Connection, origin: str, member: str) -> None:
    """Begin the node's own log, empty. Raises `Refused` (`log-exists`) if there is one."""
    if own_log(connection) is not None:
        raise Refused("log-exists")
    connection.execute(
        "INSERT INTO logs (id, origin, member, own, root) VALUES (1, %s, %s, true, %s)", [origin, member, EMPTY_ROOT]
    )


def own_log(connection: Connection) -> LogHead | None:
    """The head of the node's own log, None before it has one."""
    row = connection.execute(
        "SELECT id, origin, member, size, root, checkpoint, unproven FROM logs WHERE own"
    ).fetchone()
    return None if row is None else LogHead(*row)


def prove_log(connection: Connection, proven: bool) -> None:
    """Note that the own log has been proven a prefix of what the others hold, or (False) that it has to be."""
    connection.execute("UPDATE logs SET unproven = %s WHERE own", [not proven])


def read_tile(connection: Connection, log: int, level: int, index: int) -> bytes:
    """A tile as wide as it has grown; empty if there is none."""
    row = connection.execute(
        "SELECT data FROM tiles WHERE log = %s AND level = %s AND index = %s", [log, level, index]
    ).fetchone()
    return b"" if row is None else bytes(row[0])


def read_tiles(connection: Connection, log: int, tiles: Iterable[Tile]) -> dict[tuple[int, int], bytes]:
    """Several tiles at once, by (level, index), each as wide as it has grown."""
    wanted = list(tiles)
    rows = connection.execute(
        "SELECT level, index, data FROM tiles WHERE log = %s AND (level, index) IN"
        " (SELECT * FROM unnest(%s::smallint[], %s::bigint[]))",
        [log, [tile.level for tile in wanted], [tile.index for tile in wanted]],
    )
    return {(row[0], row[1]): row[2] for row in rows}


def read_commitments(connection: Connection, log: int) -> Iterator[bytes]:
    """The tiles of entries, in order: concatenated commitments, up to 256 at a time. Memory stays flat."""
    with connection.cursor("commitments") as cursor:
        cursor.itersize = 64
        cursor.execute("SELECT data FROM tiles WHERE log = %s AND level = -1 ORDER BY index", [log])
        for row in cursor:
            yield row[0]


def read_every_tile(connection: Connection, log: int) -> Iterator[tuple[int, int, bytes]]:
    """Level, index and data of every tile of a log, each as wide as it has grown. Memory stays flat."""
    with connection.cursor("tiles") as cursor:
        cursor.itersize = 64
        cursor.execute("SELECT level, index, data FROM tiles WHERE log = %s ORDER BY level, index", [log])
        yield from cursor


def read_bodies(connection: Connection, log: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Index, commitment and bytes of every record of a log, by index. Memory stays flat. The writer's."""
    with connection.cursor("bodies") as cursor:
        cursor.itersize = 1000
        cursor.execute("SELECT index, commitment, body FROM records WHERE log = %s ORDER BY index", [log])
        yield from cursor
