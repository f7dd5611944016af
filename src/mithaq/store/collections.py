"""Collections of TAXII: the records of one label, or all that a reader may read, each version of an object once.

As in `store.reading`, a function of the definer's picks arrival numbers among the reader's audiences, then the rows
come by number under the row-level policy. What is picked, and why, stands in the schema (migration 4).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.rows import class_row

from mithaq.store.database import Connection
from mithaq.store.reading import RECORD_COLUMNS, StoredRecord

__all__ = [
    "STATUS_DAYS",
    "Picked",
    "Selection",
    "arrival_at",
    "is_held",
    "looked_at",
    "pick",
    "read_arrivals",
    "read_newest",
    "read_status",
    "shown",
    "write_status",
]

STATUS_DAYS = timedelta(days=1)
"""How long a status is kept: what TAXII 2.1 section 4.3 recommends."""

_LOOKED_AT = 20
_LOOKED_LEAST = 2000
"""Records that one statement looks at for each that is wanted, and at least; then it ends without what it did not find.
"""


class Selection(NamedTuple):
    """Which records of a collection: `label` (empty for all that the reader may read), and filters.

    `types` and `ids` are None where anything will do. `newest` and `oldest` pick these versions of an object,
    `versions` others by their keys, `instants` those of objects without a version by when they were accepted; with none
    of the four every version is picked. Of differing copies that of `own`, the node's member, is shown.
    """

    label: str
    own: str
    types: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    newest: bool = False
    oldest: bool = False
    versions: tuple[str, ...] = ()
    instants: tuple[datetime, ...] = ()


class Picked(NamedTuple):
    """The arrivals that were picked, in order; `looked` is where looking ended before enough were found, else 0."""

    arrivals: list[int]
    looked: int


def pick(connection: Connection, selection: Selection, after: int, wanted: int) -> Picked:
    """The next arrivals after `after` that a selection has, at most `wanted`; see the module's description."""
    some = selection.versions or selection.instants
    rows = connection.execute(
        "SELECT arrival, picked FROM collection_arrivals(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            selection.label, after, wanted, looked_at(wanted),
            None if selection.types is None else list(selection.types),
            None if selection.ids is None else list(selection.ids),
            selection.newest, selection.oldest,
            list(selection.versions) if some else None, list(selection.instants) if some else None, selection.own,
        ],
    ).fetchall()  # fmt: skip
    arrivals = [row[0] for row in rows if row[1]]
    return Picked(arrivals, 0 if len(arrivals) == len(rows) else rows[-1][0])


def looked_at(wanted: int) -> int:
    """How many records one `pick` looks at where so many are wanted."""
    return max(wanted * _LOOKED_AT, _LOOKED_LEAST)


def is_held(connection: Connection, selection: Selection) -> bool:
    """Whether a collection has any version of an object: `selection` with one id, its other filters left aside."""
    return bool(pick(connection, Selection(selection.label, selection.own, ids=selection.ids), 0, 1).arrivals)


def read_newest(connection: Connection, context: str, selection: Selection) -> StoredRecord | None:
    """The newest version of the one object that a selection names, in a single statement.

    `connection` is one of `Database.asking`, `context` what `Database.context` gives. None if there is none.
    """
    with connection.cursor(binary=True, row_factory=class_row(StoredRecord)) as cursor:
        wanted = [context, selection.label, *(selection.ids or ())]
        copies = cursor.execute("SELECT * FROM newest_copies(%s, %s, %s)", wanted).fetchall()
    return shown(copies, selection.own) if copies else None


def shown(copies: Sequence[StoredRecord], own: str) -> StoredRecord:
    """Of the copies of one version the one that a collection shows, as the schema has it (`collection_arrivals`)."""
    first, *others = sorted(copies, key=lambda each: each.arrival)
    differing = [each for each in others if each.publisher == own and each.digest != first.digest]
    return differing[0] if differing and first.publisher != own else first


def read_arrivals(connection: Connection, arrivals: Sequence[int], enough_bytes: int) -> list[StoredRecord]:
    """The records of these arrivals, in their order, up to the one with which their bodies have so many bytes."""
    source = (
        "(SELECT *, sum(octet_length(body)) OVER (ORDER BY arrival) - octet_length(body) AS before FROM records"
        " WHERE arrival = ANY (%s)) AS r"
    )
    with connection.cursor(binary=True, row_factory=class_row(StoredRecord)) as cursor:
        statement = f"SELECT {RECORD_COLUMNS.format(source)} WHERE r.before < %s ORDER BY r.arrival"
        cursor.execute(statement.encode(), [list(arrivals), enough_bytes])
        return cursor.fetchall()


def arrival_at(connection: Connection, instant: datetime) -> int:
    """The number of the last arrival that was accepted at or before an instant (aware); 0 if there is none."""
    row = connection.execute("SELECT arrival_at(%s)", [instant]).fetchone()
    return int(row[0]) if row else 0


def write_status(connection: Connection, status: str, owner: str, body: bytes, now: datetime) -> None:
    """Keep a status (its id a UUID) for its owner, and forget those that are too old."""
    connection.execute("DELETE FROM statuses WHERE created < %s", [now - STATUS_DAYS])
    connection.execute("INSERT INTO statuses VALUES (%s, %s, %s, %s)", [status, owner, now, body])


def read_status(connection: Connection, status: str, owner: str, now: datetime) -> bytes | None:
    """A status that is its owner's; None if there is none, or no more."""
    row = connection.execute(
        "SELECT body FROM statuses WHERE id = %s AND owner = %s AND created >= %s", [status, owner, now - STATUS_DAYS]
    ).fetchone()
    return None if row is None else bytes(row[0])
