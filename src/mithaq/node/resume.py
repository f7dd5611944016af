"""Carrying on with a log after a restore, and the export that makes it possible.

A restored log may lack what was published after the backup was made. Whoever signed on from there would contradict its
own earlier signatures, so a restored node signs nothing until `resume` has compared its log with what others keep of
it: checkpoints that it signed once, and exports. Everything is recomputed from entries; nothing that is stored or
given is believed but the log's own signature.

An export is a tar of the log as C2SP tlog-tiles lays it out (`checkpoint`, `tile/entries/…`, `tile/0/…`), the same
bytes for the same size. It holds commitments and no record, so that anybody may keep it: an auditor, another member, or
a web server that shows it as files. Only its checkpoint and then its entries are read here, so that `tar --sort=name`
of a mirror serves as well.
"""

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

from mithaq.errors import Malformed, Refused, Unavailable, Untrusted
from mithaq.model import Reader
from mithaq.node.backup import create_whole
from mithaq.node.node import Node
from mithaq.node.tokens import note_act
from mithaq.store.database import Connection
from mithaq.store.logs import LogHead, own_log, prove_log, read_commitments, read_every_tile
from mithaq.tlog import (
    EMPTY_ROOT,
    ENTRIES,
    FULL_WIDTH,
    HASH_BYTES,
    MAX_NOTE_BYTES,
    Checkpoint,
    Note,
    Tile,
    VerifierKey,
    append,
    decode_entry_bundle,
    decode_note,
    decode_proof,
    encode_entry_bundle,
    encode_note,
    split_hashes,
    tile_path,
    tile_reader,
    tiles_for_append,
    verify_checkpoint,
)

__all__ = ["Resumed", "resume", "write_export"]

RUN_ENTRIES = 64 * FULL_WIDTH
MAX_FILE_BYTES = 8 * 1024 * 1024
_PROOF = b"c2sp.org/tlog-proof@"
_TAR_MAGIC = (257, b"ustar")
_CHECKPOINT = "checkpoint"


class Resumed(NamedTuple):
    """How a log goes on: its size and root, how many entries it got back, and with how many files it was compared.

    `others` are the other active members, who each may hold more than the files said.
    """

    size: int
    root: bytes
    regained: int
    compared: int
    others: tuple[str, ...]


class _Claim(NamedTuple):
    """What somebody else keeps of the log: a checkpoint that it signed, and the export it stands in, if it does."""

    checkpoint: Checkpoint
    note: bytes
    export: Path | None


class _Tree:
    """A log that grows from nothing in little memory: only the tiles of its right edge are kept."""

    def __init__(self) -> None:
        self.size = 0
        self.root = EMPTY_ROOT
        self._edge: dict[tuple[int, int], bytes] = {}

    def extend(self, entries: Sequence[bytes]) -> dict[Tile, bytes]:
        """Add entries; returns every tile that is new or has grown, whole."""
        grown = append(self.size, entries, tile_reader(self._edge))
        known = self._edge | {(tile.level, tile.index): data for tile, data in grown.tiles.items()}
        self._edge = {(tile.level, tile.index): known[tile.level, tile.index] for tile in tiles_for_append(grown.size)}
        self.size, self.root = grown.size, grown.root
        return grown.tiles


def _runs(pieces: Iterable[Sequence[bytes]], bounds: Iterable[int]) -> Iterator[list[bytes]]:
    """The entries in runs of moderate length, of which one ends at each of `bounds`."""
    ends = sorted(bounds, reverse=True)
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting += piece
        while ends and ends[-1] <= size + len(waiting):
            count = ends.pop() - size
            if count:
                yield waiting[:count]
            waiting, size = waiting[count:], size + count
        if len(waiting) >= RUN_ENTRIES:
            yield waiting
            waiting, size = [], size + len(waiting)
    if waiting:
        yield waiting


# Exporting


def write_export(node: Node, path: Path, *, actor: str) -> Checkpoint:
    """Write the log to the new file `path` and note it in the audit trail; returns the checkpoint that it ends with.

    Raises `Unavailable` (`log-absent`, `log-unproven`, `file-unwritable`), `Refused` (`file-exists`), `Untrusted`
    (`log-tiles`) if what is stored is not what the checkpoint signs.
    """
    node.checkpoint()
    with create_whole(path) as file:
        with (
            node.database.reading(Reader()) as connection,
            tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar,
        ):
            head = own_log(connection)
            if head is None or head.checkpoint is None:
                raise Unavailable("log-absent")
            checkpoint = verify_checkpoint(head.checkpoint, head.origin, node.charter.log_key(node.name))
            _add(tar, _CHECKPOINT, head.checkpoint)
            tree = _Tree()
            for tile, data in _tiles(read_every_tile(connection, head.id), checkpoint.size):
                if tile.level == ENTRIES:
                    tree.extend(split_hashes(data))
                _add(tar, tile_path(tile), encode_entry_bundle(split_hashes(data)) if tile.level == ENTRIES else data)
            if (tree.size, tree.root) != (checkpoint.size, checkpoint.root):
                raise Untrusted("log-tiles", level=ENTRIES)
        node.audit(actor, "log export", size=checkpoint.size)
    return checkpoint


def _tiles(stored: Iterable[tuple[int, int, bytes]], size: int) -> Iterator[tuple[Tile, bytes]]:
    """The tiles of a log of `size` among those stored, in order, each as wide as it is in that log."""
    for level, index, data in stored:
        width = min(FULL_WIDTH, (size >> 8 * max(level, 0)) - index * FULL_WIDTH)
        if len(data) < width * HASH_BYTES:
            raise Untrusted("log-tiles", level=level)
        if width > 0:
            yield Tile(level, index, width), data[: width * HASH_BYTES]


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o644
    tar.addfile(info, io.BytesIO(data))
    vars(tar)["members"].clear()  # else it would remember each file until the end


# Reading what others keep


def _read_claim(path: Path, origin: str, key: VerifierKey) -> _Claim:
    """Read a checkpoint, a proof or an export. Raises `Malformed` (`log-export`), and as `verify_checkpoint` does."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES)
    at, magic = _TAR_MAGIC
    export = None
    if data[at : at + len(magic)] == magic:
        export = path
        name, note = next(_members(path), ("", b""))
        if name != _CHECKPOINT:
            raise Malformed("log-export", path.name)
    elif data.startswith(_PROOF):
        note = decode_proof(data).checkpoint
    else:
        note = data
    return _Claim(verify_checkpoint(note, origin, key), note, export)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of an export's files, in order. Raises `Malformed` (`log-export`)."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            while (member := tar.next()) is not None:
                if member.type == tarfile.DIRTYPE:
                    continue
                if member.type != tarfile.REGTYPE or member.size > MAX_NOTE_BYTES:
                    raise Malformed("log-export", f"{path.name}: {member.name[:100]}")
                yield member.name.removeprefix("./"), cast("IO[bytes]", tar.extractfile(member)).read()
                vars(tar)["members"].clear()
    except (tarfile.TarError, OSError, EOFError):
        raise Malformed("log-export", path.name) from None


def _entries(path: Path, size: int) -> Iterator[list[bytes]]:
    """The entries of an export of `size` entries, a bundle at a time. Raises `Malformed` (`log-export`)."""
    files = _members(path)
    for index in range(-(-size // FULL_WIDTH)):
        width = min(FULL_WIDTH, size - index * FULL_WIDTH)
        wanted = tile_path(Tile(ENTRIES, index, width))
        data = next((data for name, data in files if name == wanted), b"")
        entries = decode_entry_bundle(data, width) if data else []
        if not entries or any(len(entry) != HASH_BYTES for entry in entries):
            raise Malformed("log-export", f"{path.name}: {wanted}")
        yield entries


# Resuming


def resume(node: Node, paths: Sequence[Path], *, actor: str) -> Resumed:
    """Compare the own log with what others keep of it, in the files `paths`, and let it sign again.

    Without files it is stated that nobody else keeps anything, which is possible only while the charter has no other
    active member. If others hold more, and one file is an export of it all, the missing entries are taken from there:
    the log goes on from what it had signed, with entries that nobody opens.

    All or nothing. Raises `Refused` (`resume-others`, `resume-export-needed`), `Malformed` (`log-export`, and as the
    formats do), `Untrusted` (`resume-contradiction`, `log-export-root`, `log-damaged`, and for a checkpoint of another
    log or key), `Unavailable` (`log-absent`).
    """
    others, _ = node.charter.witness_quorum(node.name)
    if not paths and others:
        raise Refused("resume-others", members=", ".join(others))
    key = node.charter.log_key(node.name)
    with node.database.writing() as connection:
        connection.execute("SELECT last FROM arrivals FOR UPDATE")  # nobody else publishes or resumes meanwhile
        head = own_log(connection)
        if head is None or head.checkpoint is None:
            raise Unavailable("log-absent")
        claims = sorted(
            (_read_claim(path, head.origin, key) for path in paths), key=lambda claim: claim.checkpoint.size
        )
        _compare(connection, head, head.checkpoint, key, claims)
        size, root = head.size, head.root
        if claims and claims[-1].checkpoint.size > head.size:
            size, root = claims[-1].checkpoint.size, claims[-1].checkpoint.root
            _regain(connection, head, key, claims)
        prove_log(connection, proven=True)
        regained = size - head.size
        note_act(connection, actor, "log resume", node.clock(), size=size, regained=regained, files=len(paths))
    return Resumed(size, root, regained, len(paths), others)


def _compare(connection: Connection, head: LogHead, note: bytes, key: VerifierKey, claims: Sequence[_Claim]) -> None:
    """Recompute the own log from its entries; compare it with its own checkpoint, and with those that are no longer."""
    own = verify_checkpoint(note, head.origin, key)
    wanted = {claim.checkpoint.size for claim in claims if claim.checkpoint.size <= head.size}
    tree = _Tree()
    roots = {0: tree.root}
    pieces = map(split_hashes, read_commitments(connection, head.id))
    for run in _runs(pieces, wanted | {head.size}):
        try:
            tree.extend(run)
        except ValueError:
            raise Untrusted("log-damaged", size=head.size) from None
        if tree.size in wanted:
            roots[tree.size] = tree.root
    if not (tree.size, tree.root) == (head.size, head.root) == (own.size, own.root):
        raise Untrusted("log-damaged", size=head.size)
    for claim in claims:
        if claim.checkpoint.size in wanted:
            _refuse_contradiction(claim.checkpoint.size, roots[claim.checkpoint.size], head, claim.checkpoint)


def _regain(connection: Connection, head: LogHead, key: VerifierKey, claims: Sequence[_Claim]) -> None:
    """Take the entries that others hold and we don't from the longest export, if our log is the beginning of it."""
    longest = claims[-1].checkpoint
    found = [claim for claim in claims if claim.export is not None and claim.checkpoint.size == longest.size]
    if not found or found[0].export is None:
        raise Refused("resume-export-needed", ours=head.size, theirs=longest.size)
    bounds = {head.size} | {claim.checkpoint.size for claim in claims}
    tree = _Tree()
    roots = {0: tree.root}
    for run in _runs(_entries(found[0].export, longest.size), bounds):
        tiles = tree.extend(run)
        roots[tree.size] = tree.root
        if tree.size > head.size:
            _write_tiles(connection, head.id, tiles)
    if tree.root != found[0].checkpoint.root:
        raise Untrusted("log-export-root", size=longest.size)
    _refuse_contradiction(head.size, head.root, head, longest, roots[head.size])
    for claim in claims:
        if claim.checkpoint.size > head.size:
            _refuse_contradiction(claim.checkpoint.size, roots[claim.checkpoint.size], head, claim.checkpoint)
    connection.execute(
        "UPDATE logs SET size = %s, root = %s, checkpoint = %s WHERE id = %s",
        [longest.size, longest.root, _own_signature(found[0].note, key), head.id],
    )


def _refuse_contradiction(
    size: int, ours: bytes, head: LogHead, claimed: Checkpoint, theirs: bytes | None = None
) -> None:
    """Raise unless both logs have one root at `size`; there `theirs` is the claimed root if it is not given."""
    theirs = claimed.root if theirs is None else theirs
    if ours != theirs:
        raise Untrusted(
            "resume-contradiction",
            size=size,
            ours=head.size,
            our_root=ours.hex(),
            theirs=claimed.size,
            their_root=theirs.hex(),
        )


def _write_tiles(connection: Connection, log: int, tiles: dict[Tile, bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO tiles VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (log, level, index) DO UPDATE SET data = EXCLUDED.data",
            [(log, tile.level, tile.index, data) for tile, data in tiles.items()],
        )


def _own_signature(data: bytes, key: VerifierKey) -> bytes:
    """A checkpoint's note with the log's own signature, which was verified, and no other: these could be anything."""
    note = decode_note(data)
    own = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)]
    return encode_note(Note(note.text, (own[0],)))
