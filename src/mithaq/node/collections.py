"""Collections: audiences as TAXII serves them. Which there are for whom, reading them, posting to them, taking back.

A collection is one group of the charter that the caller belongs to, under the label that its records were released
with (`own` and `all` always exist); `inbox` is all that the caller may read, and takes nothing. The order is that of
arrival, and what was added when is the instant of acceptance, which no two records share: walks by `next` and by
`added_after` miss nothing and see nothing twice.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from mithaq.errors import Refused
from mithaq.model import ALL, OWN, Reader, VerifiedCharter
from mithaq.node.node import Node, readable
from mithaq.node.prepare import Prepared
from mithaq.node.publish import Outcome, Wish
from mithaq.node.tokens import PUBLISHERS, Visitor, note_act, split_token
from mithaq.node.withdrawal import take_back
from mithaq.release import may_read
from mithaq.store.append import accept
from mithaq.store.collections import (
    Picked,
    Selection,
    arrival_at,
    is_held,
    looked_at,
    pick,
    read_arrivals,
    read_newest,
    read_status,
    shown,
    write_status,
)
from mithaq.store.database import Connection
from mithaq.store.glance import Glance
from mithaq.store.reading import StoredRecord
from mithaq.store.withdrawal import Target, find_targets
from mithaq.wire.taxii import Filters, collection_id

__all__ = [
    "Collection",
    "Slice",
    "find_collection",
    "glance_at",
    "keep_status",
    "kept_status",
    "list_collections",
    "post",
    "read_collection",
    "withdraw_object",
]

INBOX = "inbox"

_LOOKED_MOST = 100_000
"""Records that are looked at before a page ends empty: of an empty page some clients don't follow the `next`."""

_ENOUGH_BYTES = 8 * 1024 * 1024
"""A page of this many bytes ends, however many records were asked for."""


class Collection(NamedTuple):
    """A collection as its caller has it: `label` is the group's name, empty for the inbox."""

    id: str
    name: str
    label: str
    can_read: bool
    can_write: bool


class Slice(NamedTuple):
    """A page of a collection: records in order, and the token behind it, empty at the end."""

    records: list[StoredRecord]
    next: str


# Which there are


def list_collections(charter: VerifiedCharter, reader: Reader) -> list[Collection]:
    """The collections that `reader`, of a member, has some right to: `own`, `all`, its other groups, `inbox`."""
    member = reader.organisation
    others = [name for name, members in sorted(charter.charter.groups.items()) if member in members]
    reads = reader.roles != {"administrator"}
    writes = bool(reader.roles & PUBLISHERS)
    groups = [OWN, *([ALL] if member in charter.active_members else []), *others]
    found = [Collection(collection_id(charter.alliance, name), name, name, reads, writes) for name in groups]
    box = Collection(collection_id(charter.alliance, ""), INBOX, "", True, False)
    return [*(each for each in found if each.can_read or each.can_write), box]


def find_collection(charter: VerifiedCharter, reader: Reader, wanted: str) -> Collection:
    """The collection that an id, or a name, stands for. Raises `Refused` (`collection-absent`) alike for all others."""
    found = list_collections(charter, reader)
    for each in found:
        if each.id == wanted:
            return each
    for each in found:
        if each.name == wanted:
            return each
    raise Refused("collection-absent")


# Reading


def read_collection(
    node: Node, reader: Reader, collection: Collection, filters: Filters, object_id: str | None = None
) -> Slice:
    """The next records of a collection after the filters' token, or those of one object; each version once.

    Raises `Malformed` (`cursor`) for a token that was given for other filters, `Refused` (`object-absent`) if the
    collection has no version of the object, whatever the filters.
    """
    if object_id is not None and not object_id.isprintable():
        raise Refused("object-absent")  # text with a zero in it can't even be asked for
    ids = filters.ids if object_id is None else (object_id,)
    bound = f"{collection.id}&{object_id or ''}&{filters.stated}"
    after = node.unseal(filters.next, bound) if filters.next else 0
    selection = Selection(
        collection.label,
        node.name,
        filters.types,
        ids,
        filters.newest and not filters.every,
        filters.oldest and not filters.every,
        () if filters.every else filters.versions,
        () if filters.every else _instants(filters.versions),
    )
    if not filters.reaches_stix_2_1:
        selection = selection._replace(ids=())
    if object_id is not None and _is_plain(filters):
        with node.database.asking() as connection:
            found = read_newest(connection, node.database.context(reader), selection)
        if found is None:
            raise Refused("object-absent")
        return Slice(readable(reader, [found]), "")
    with node.database.reading(reader) as connection:
        if filters.after:
            after = max(after, arrival_at(connection, _instant(filters.after)))
        picked = _pick(connection, selection, after, filters.limit + 1)
        if object_id is not None and not picked.arrivals and not is_held(connection, selection._replace(ids=ids)):
            raise Refused("object-absent")
        records = read_arrivals(connection, picked.arrivals[: filters.limit], _ENOUGH_BYTES)
    readable(reader, records)
    if len(records) < len(picked.arrivals):
        return Slice(records, node.seal(records[-1].arrival, bound))
    return Slice(records, node.seal(picked.looked, bound) if picked.looked else "")


def _pick(connection: Connection, selection: Selection, after: int, wanted: int) -> Picked:
    """What `pick` finds, going on for a while where that is nothing."""
    looked = 0
    while True:
        picked = pick(connection, selection, after, wanted)
        looked += looked_at(wanted)
        if picked.arrivals or not picked.looked or looked >= _LOOKED_MOST:
            return picked
        after = picked.looked


def _is_plain(filters: Filters) -> bool:
    """Whether a request asks for the newest version and nothing else, as most do."""
    return filters.newest and not (filters.stated or filters.after or filters.next or filters.every)


def glance_at(
    node: Node, glance: Glance, token: str, wanted: str, object_id: str
) -> tuple[Visitor, StoredRecord] | None:
    """Who carries a token, and the newest version of an object in a collection as they may read it, if that is seen at
    once. None says nothing: whatever is not as usual is left to `Node.visit` and `read_collection`.
    """
    identifier, hashed = split_token(token)
    if not identifier or not glance.is_open or not object_id.isprintable():
        return None
    try:
        # Which collections a member has does not depend on roles, only what they may do there.
        label = find_collection(node.charter, Reader(node.name), wanted).label
        seen = glance.newest(identifier, hashed, node.clock(), label, object_id)
        if seen is None:
            return None
        name, roles, copies = seen
        reader = Reader(node.name, roles)
        if not find_collection(node.charter, reader, wanted).can_read:
            return None
    except Refused:
        return None
    return Visitor(name, reader), readable(reader, [shown(copies, node.name)])[0]


def _instant(key: str) -> datetime:
    """The instant of a key, to the microsecond below; a leap second is the last moment of its minute."""
    whole, _, fraction = key.partition(".")
    if whole.endswith("60"):
        whole, fraction = whole[:-2] + "59", "999999"
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")


def _instants(keys: Sequence[str]) -> tuple[datetime, ...]:
    """The instants that keys stand for exactly: what has no version of its own goes by when it was accepted."""
    return tuple(_instant(key) for key in keys if len(key.partition(".")[2]) <= 6)


# Posting


def post(node: Node, visitor: Visitor, collection: Collection, batch: Sequence[Prepared]) -> Outcome:
    """Publish objects to a collection's group, each for itself: what one of them lacks keeps no other back.

    To post is the author's word that the object goes to this audience as well. Raises `Refused`
    (`collection-read-only`), and what forbids the batch as a whole.
    """
    if not collection.can_write:
        raise Refused("collection-read-only", collection=collection.name)
    wish = Wish((collection.label,), visitor.reader.roles, widen=True, reader=visitor.reader)
    return node.publish(visitor.name, batch, wish, strict=False)


def keep_status(node: Node, visitor: Visitor, status: str, body: bytes) -> None:
    """Keep what became of a request for a day, for whoever sent it. `status` is a UUID."""
    with node.database.writing() as connection:
        write_status(connection, status, visitor.name, body, node.clock())


def kept_status(node: Node, visitor: Visitor, status: str) -> bytes:
    """What became of a request. Raises `Refused` (`status-absent`) alike if it never was, is old, or is another's."""
    found = None
    try:
        wanted = str(uuid.UUID(status))
    except ValueError:
        wanted = ""
    if wanted == status.lower():
        with node.database.writing() as connection:
            found = read_status(connection, wanted, visitor.name, node.clock())
    if found is None:
        raise Refused("status-absent")
    return found


# Taking back


def withdraw_object(
    node: Node, visitor: Visitor, collection: Collection, object_id: str, filters: Filters, reason: str
) -> int:
    """Withdraw from a collection what this member released of an object: all of it, or the versions of the filters.

    Each withdrawal is a record to those whom the withdrawn one was released to; the bytes are erased here in the same
    transaction. Returns how many records were withdrawn. Raises `Refused` (`collection-read-only`, `object-absent`,
    `withdrawal-foreign` if only others released it).
    """
    if not collection.can_write:
        raise Refused("collection-read-only", collection=collection.name)
    if not object_id.isprintable() or not filters.reaches_stix_2_1:
        raise Refused("object-absent")
    author, now = node.author(visitor.name), node.clock()
    with accept(node.database, now) as acceptance:
        found = find_targets(acceptance, node.name, object_id, collection.label)
        found = [each for each in found if may_read(visitor.reader, each.audience).allowed]
        targets = found if filters.every else _chosen(found, filters)
        if targets:
            take_back(acceptance, author, targets, "object" if filters.every else "record", reason, now)
            note_act(acceptance.connection, visitor.name, "withdraw", now, id=object_id, records=len(targets))
            return len(targets)
    with node.database.reading(visitor.reader) as connection:
        held = is_held(connection, Selection(collection.label, node.name, ids=(object_id,)))
    raise Refused("withdrawal-foreign") if held and not found else Refused("object-absent")


def _chosen(targets: Sequence[Target], filters: Filters) -> list[Target]:
    """Of an object's records those whose versions the filters pick."""
    instants = _instants(filters.versions)
    keys = {each.version for each in targets}
    wanted = {*filters.versions, *([max(keys)] if filters.newest else []), *([min(keys)] if filters.oldest else [])}
    return [each for each in targets if each.version in wanted or (not each.version and each.accepted in instants)]
