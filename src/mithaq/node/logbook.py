"""Looking after the own log: recomputing it from what is stored, and what a trust policy for it looks like.

`verify_log` believes nothing that is stored but the log key: it reads every record and every entry, recomputes
commitments, tree and tiles, and compares them with the signed checkpoint. Memory stays flat but for 32 bytes an entry.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mithaq.errors import Unavailable, Untrusted
from mithaq.model import commit, log_policy
from mithaq.node.node import Node
from mithaq.store.logs import own_log, read_bodies, read_commitments, read_every_tile
from mithaq.tlog import (
    ENTRIES,
    HASH_BYTES,
    append,
    encode_policy,
    hash_leaves,
    root_hash,
    split_hashes,
    tile_reader,
    verify_checkpoint,
)

__all__ = ["LogReport", "encode_log_policy", "verify_log"]


class LogReport(NamedTuple):
    """What verifying found: the log's size and root, how many of its records are here, how many arrivals there are."""

    size: int
    root: bytes
    records: int
    arrivals: int


def verify_log(node: Node) -> LogReport:
    """Recompute the whole own log, as it stands in one snapshot.

    Raises `Untrusted` (`log-entry`, `log-tiles`, `log-arrivals`, and what a checkpoint raises) at the first thing that
    is not as it must be, `Unavailable` (`log-absent`).
    """
    with node.database.inspecting() as connection:
        head = own_log(connection)
        if head is None or head.checkpoint is None:
            raise Unavailable("log-absent")
        checkpoint = verify_checkpoint(head.checkpoint, head.origin, node.charter.log_key(node.name))
        commitments = b"".join(read_commitments(connection, head.id))
        leaves = hash_leaves(split_hashes(commitments))
        root = root_hash(leaves)
        if (len(leaves) // HASH_BYTES, root) != (checkpoint.size, checkpoint.root):
            raise Untrusted("log-tiles", level=ENTRIES)
        records = 0
        for index, commitment, body in read_bodies(connection, head.id):
            at = index * HASH_BYTES
            if commit(body) != commitment or commitments[at : at + HASH_BYTES] != commitment:
                raise Untrusted("log-entry", index=index)
            records += 1
        _verify_tiles(read_every_tile(connection, head.id), commitments)
        row = connection.execute(
            "SELECT last, (SELECT count(*) FROM records), (SELECT coalesce(max(arrival), 0) FROM records) FROM arrivals"
        ).fetchone()
        last, count, newest = row or (0, 0, 0)
        if newest > last or count > last:
            raise Untrusted("log-arrivals", last=last, count=count)
    return LogReport(checkpoint.size, root, records, count)


def _verify_tiles(stored: Iterator[tuple[int, int, bytes]], commitments: bytes) -> None:
    """Compare every stored tile with the one that the entries give."""
    grown = append(0, split_hashes(commitments), tile_reader({})).tiles
    wanted = {(tile.level, tile.index): data for tile, data in grown.items()}
    for level, index, data in stored:
        if wanted.pop((level, index), None) != data:
            raise Untrusted("log-tiles", level=level)
    if wanted:
        raise Untrusted("log-tiles", level=min(wanted)[0])


def encode_log_policy(node: Node) -> bytes:
    """The trust policy (C2SP tlog-policy) by which anybody's verifier may check proofs from this log."""
    return encode_policy(log_policy(node.charter, node.name))
