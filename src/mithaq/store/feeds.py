"""Feeds as they are kept: what is pulled, how far each has come, what it brought, and what was not let in.

All functions work in the caller's transaction, with the writer's login: no reader's login sees any of this. Nothing
here holds credentials; they are files beside the node's keys.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, LiteralString, NamedTuple

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from mithaq.errors import MithaqError, Refused
from mithaq.store.database import Connection

__all__ = [
    "Counts",
    "Feed",
    "FileState",
    "Kept",
    "Kind",
    "NewFeed",
    "Quarantined",
    "begin_pull",
    "due_feeds",
    "end_pull",
    "find_feed",
    "forget_files",
    "forget_position",
    "known_digests",
    "known_files",
    "let_in",
    "list_feeds",
    "list_quarantined",
    "make_feed",
    "move_on",
    "next_due",
    "note_brought",
    "note_file",
    "own_digests",
    "quarantine",
    "quarantined_count",
    "remove_feed",
    "waiting_for_marking",
]

Kind = Literal["taxii", "bundle", "folder"]

MAX_QUARANTINED = 10_000
"""Objects that are kept of one feed; what comes beyond is counted only."""

MAX_QUARANTINED_BYTES = 256 * 1024 * 1024
KEPT_BYTES = 64 * 1024
"""An object's bytes are kept up to this size; of one that only waits for a marking-definition, whatever its size."""

_WAITING = "marking-unknown"
_LETTERS = 300


class NewFeed(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator says of a feed; the columns of the table explain it."""

    name: str
    kind: Kind
    address: str
    collection: str = ""
    types: tuple[str, ...] = ()
    red_roles: tuple[str, ...] = ()
    every: int = 3600
    max_objects: int = 100_000
    max_seconds: int = 600
    max_bytes: int = 64 * 1024 * 1024
    authenticated: bool = False


class Counts(msgspec.Struct):
    """What a pull has done: objects read, records published, objects left alone, not let in, and not of its types."""

    read: int = 0
    published: int = 0
    unchanged: int = 0
    quarantined: int = 0
    skipped: int = 0


class Feed(NewFeed, frozen=True, kw_only=True):
    """A feed with what became of it; `error` is the code, place, family and details of the last pull's failure."""

    id: int
    created: datetime
    due: datetime
    position: dict[str, Any]
    begun: datetime | None
    ended: datetime | None
    outcome: str
    error: dict[str, Any] | None
    counts: Counts


class FileState(NamedTuple):
    """A file of a folder: its path below it, size, time of change in nanoseconds, SHA-256."""

    path: str
    size: int
    modified: int
    digest: bytes


class Quarantined(NamedTuple):
    """An object that was not let in: SHA-256 of its bytes, what can be said of it, why, and the bytes if kept."""

    digest: bytes
    object_id: str
    version: str
    place: str
    family: str
    code: str
    details: dict[str, str]
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    size: int = 0
    data: bytes | None = None

    @classmethod
    def of(cls, error: MithaqError, digest: bytes, data: bytes, object_id: str, version: str) -> "Quarantined":
        """What is kept of an object's bytes with the reason why it was not let in."""
        keep = len(data) <= KEPT_BYTES or error.code == _WAITING
        details = {name: plain(str(value)) for name, value in error.details.items()}
        return cls(
            digest, plain(object_id), plain(version), plain(error.place), error.family, error.code, details,
            size=len(data), data=data if keep else None,
        )  # fmt: skip


class Kept(NamedTuple):
    """How many were new; whether something that only waits for a marking-definition found no room."""

    new: int
    lost: bool


def plain(text: str) -> str:
    """Text from anywhere so that it can be stored and shown: short, printable."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:_LETTERS])


# Feeds

_COLUMNS = (
    "id, name, kind, address, collection, types, red_roles, every, max_objects, max_seconds, max_bytes, authenticated,"
    " created, due, position, begun, ended, outcome, error, counts"
)


def make_feed(connection: Connection, feed: NewFeed, now: datetime) -> None:
    """Take a new feed in, due at once. Raises `Refused` (`feed-exists`)."""
    value = msgspec.structs.asdict(feed) | {"types": list(feed.types), "red_roles": list(feed.red_roles)}
    try:
        connection.execute(
            "INSERT INTO feeds (name, kind, address, collection, types, red_roles, every, max_objects, max_seconds,"
            " max_bytes, authenticated, created, due) VALUES (%(name)s, %(kind)s, %(address)s, %(collection)s,"
            " %(types)s, %(red_roles)s, %(every)s, %(max_objects)s, %(max_seconds)s, %(max_bytes)s,"
            " %(authenticated)s, %(now)s, %(now)s)",
            value | {"now": now},
        )
    except psycopg.errors.UniqueViolation:
        raise Refused("feed-exists", name=feed.name) from None


def remove_feed(connection: Connection, name: str) -> None:
    """Forget a feed and its quarantine; what it brought stays published. Raises `Refused` (`feed-absent`)."""
    if connection.execute("DELETE FROM feeds WHERE name = %s", [name]).rowcount == 0:
        raise Refused("feed-absent", name=name)


def _feeds(connection: Connection, condition: LiteralString, values: Sequence[object]) -> list[Feed]:
    statement = sql.SQL("SELECT {} FROM feeds {}").format(sql.SQL(_COLUMNS), sql.SQL(condition))
    rows = connection.execute(statement, values)
    names = [each.strip() for each in _COLUMNS.split(",")]
    return [msgspec.convert(dict(zip(names, row, strict=True)), Feed) for row in rows]


def list_feeds(connection: Connection) -> list[Feed]:
    """All feeds, by name."""
    return _feeds(connection, "ORDER BY name", [])


def find_feed(connection: Connection, name: str) -> Feed:
    """One feed. Raises `Refused` (`feed-absent`)."""
    found = _feeds(connection, "WHERE name = %s", [name])
    if not found:
        raise Refused("feed-absent", name=name)
    return found[0]


def due_feeds(connection: Connection, now: datetime) -> list[Feed]:
    """The feeds that are due, the longest waiting first."""
    return _feeds(connection, "WHERE due <= %s ORDER BY due, name", [now])


def next_due(connection: Connection) -> datetime | None:
    """When a feed is due next; None if there is none."""
    row = connection.execute("SELECT min(due) FROM feeds").fetchone()
    return row[0] if row else None


# Pulls


def begin_pull(connection: Connection, feed: Feed, now: datetime, due: datetime) -> None:
    """Note that a pull begins; `due` is when the next one is, should this one never end."""
    connection.execute("UPDATE feeds SET begun = %s, due = %s WHERE id = %s", [now, due, feed.id])


def move_on(connection: Connection, feed: Feed, position: dict[str, Any]) -> None:
    """Note how far a feed has come. Raises `Refused` (`feed-absent`) if it was removed meanwhile."""
    done = connection.execute("UPDATE feeds SET position = %s WHERE id = %s", [Jsonb(position), feed.id])
    if done.rowcount == 0:
        raise Refused("feed-absent", name=feed.name)


def forget_position(connection: Connection, feed: Feed) -> None:
    """Let the next pull begin from the start."""
    move_on(connection, feed, {})
    connection.execute("DELETE FROM feed_files WHERE feed = %s", [feed.id])


def end_pull(
    connection: Connection,
    feed: Feed,
    outcome: str,
    counts: Counts,
    error: MithaqError | None,
    now: datetime,
    due: datetime,
) -> None:
    """Note what became of a pull."""
    said = None
    if error is not None:
        details = {name: plain(str(value)) for name, value in error.details.items()}
        said = Jsonb({"family": error.family, "code": error.code, "place": plain(error.place), "details": details})
    connection.execute(
        "UPDATE feeds SET ended = %s, due = %s, outcome = %s, counts = %s, error = %s WHERE id = %s",
        [now, due, outcome, Jsonb(msgspec.to_builtins(counts)), said, feed.id],
    )


def known_digests(connection: Connection, feed: Feed, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these objects, by SHA-256 of their canonical bytes, the feed has brought before."""
    rows = connection.execute(
        "SELECT digest FROM feed_objects WHERE feed = %s AND digest = ANY (%s)", [feed.id, list(digests)]
    )
    return {row[0] for row in rows}


def own_digests(connection: Connection, publisher: str, object_ids: Sequence[str]) -> set[bytes]:
    """SHA-256 of the canonical bytes of every version of these objects that `publisher` has published."""
    rows = connection.execute(
        "SELECT digest FROM records WHERE object_id = ANY (%s) AND publisher = %s", [list(object_ids), publisher]
    )
    return {row[0] for row in rows}


def note_brought(connection: Connection, feed: Feed, digests: Iterable[bytes]) -> None:
    """Remember what the feed has brought. Raises `Refused` (`feed-absent`) if it was removed meanwhile."""
    try:
        connection.execute(
            "INSERT INTO feed_objects SELECT %s, unnest(%s::bytea[]) ON CONFLICT DO NOTHING",
            [feed.id, list(digests)],
        )
    except psycopg.errors.ForeignKeyViolation:
        raise Refused("feed-absent", name=feed.name) from None


# Files


def known_files(connection: Connection, feed: Feed) -> dict[str, FileState]:
    """The files of a folder that were read to their end, by path."""
    rows = connection.execute("SELECT path, size, modified, digest FROM feed_files WHERE feed = %s", [feed.id])
    return {row[0]: FileState(*row) for row in rows}


def note_file(connection: Connection, feed: Feed, state: FileState) -> None:
    """Note that a file was read to its end."""
    connection.execute(
        "INSERT INTO feed_files VALUES (%s, %s, %s, %s, %s) ON CONFLICT (feed, path)"
        " DO UPDATE SET size = excluded.size, modified = excluded.modified, digest = excluded.digest",
        [feed.id, *state],
    )


def forget_files(connection: Connection, feed: Feed, paths: Sequence[str]) -> None:
    """Forget files that are gone."""
    connection.execute("DELETE FROM feed_files WHERE feed = %s AND path = ANY (%s)", [feed.id, list(paths)])


# Quarantine


def quarantine(connection: Connection, feed: Feed, found: Sequence[Quarantined], now: datetime) -> Kept:
    """Keep what was not let in; of what is kept already only the reason and the time change.

    What comes beyond the limits is counted as new each time, and not kept.
    """
    if not found:
        return Kept(0, False)
    row = connection.execute(
        "SELECT count(*), coalesce(sum(length(data)), 0) FROM quarantine WHERE feed = %s", [feed.id]
    ).fetchone()
    count, held = row or (0, 0)
    known = {
        row[0]
        for row in connection.execute(
            "SELECT digest FROM quarantine WHERE feed = %s AND digest = ANY (%s)",
            [feed.id, [each.digest for each in found]],
        )
    }
    new, lost = 0, False
    for each in {each.digest: each for each in found}.values():
        data = each.data
        if each.digest not in known:
            new += 1
            if held + len(data or b"") > MAX_QUARANTINED_BYTES:
                data = None
            room = new + count <= MAX_QUARANTINED
            held += len(data or b"") if room else 0
            lost = lost or (each.code == _WAITING and not (room and data is not None))
            if not room:
                continue
        connection.execute(
            "INSERT INTO quarantine (feed, digest, object_id, version, place, family, code, details, first_seen,"
            " last_seen, size, data) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (feed, digest) DO UPDATE SET place = excluded.place, family = excluded.family,"
            " code = excluded.code, details = excluded.details, last_seen = excluded.last_seen",
            [feed.id, each.digest, each.object_id, each.version, each.place, each.family, each.code,
             Jsonb(each.details), now, now, each.size, data],
        )  # fmt: skip
    return Kept(new, lost)


def let_in(connection: Connection, feed: Feed, digests: Sequence[bytes]) -> int:
    """Take out of the quarantine what could be published after all; returns how many that were."""
    done = connection.execute("DELETE FROM quarantine WHERE feed = %s AND digest = ANY (%s)", [feed.id, list(digests)])
    return done.rowcount


def quarantined_count(connection: Connection, feed: Feed) -> int:
    """How many objects of a feed are kept in quarantine."""
    row = connection.execute("SELECT count(*) FROM quarantine WHERE feed = %s", [feed.id]).fetchone()
    return int(row[0]) if row else 0


_KEPT = sql.SQL("digest, object_id, version, place, family, code, details, first_seen, last_seen, size")


def list_quarantined(connection: Connection, feed: Feed, wanted: int) -> list[Quarantined]:
    """What was not let in, the newest first, without its bytes."""
    statement = sql.SQL("SELECT {} FROM quarantine WHERE feed = %s ORDER BY last_seen DESC, digest LIMIT %s")
    return [Quarantined(*row) for row in connection.execute(statement.format(_KEPT), [feed.id, wanted])]


def waiting_for_marking(connection: Connection, feed: Feed, after: bytes, wanted: int) -> list[Quarantined]:
    """What only waits for a marking-definition that was not known, with its bytes, in order of digests."""
    statement = sql.SQL(
        "SELECT {}, data FROM quarantine WHERE feed = %s AND code = %s AND data IS NOT NULL AND digest > %s"
        " ORDER BY digest LIMIT %s"
    )
    return [
        Quarantined(*row) for row in connection.execute(statement.format(_KEPT), [feed.id, _WAITING, after, wanted])
    ]
