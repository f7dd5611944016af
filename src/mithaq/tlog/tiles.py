"""A log as tiles: C2SP tlog-tiles. Paths, entry bundles, appending, and proofs read from tiles.

A tile holds up to 256 hashes of one level; the tile at (level, index) of a smaller tree is a prefix of the same tile of
a larger one. So a store keeps one row per (level, index), the widest so far, and cuts: `tile_reader`. A tile at level
`ENTRIES` (-1) holds the entries themselves; Mithaq's are all commitments of 32 bytes, so that it is cut in the same way
and encoded as an entry bundle when it is served.

Everything here is computed from tiles that a callable reads. A store that can't be called in the middle of a
computation first asks which tiles will be read (`tiles_for_append`, `tiles_for_inclusion`, `tiles_for_consistency`),
fetches them in one query, and gives their rows to `tile_reader`.

Pruning, HTTP and content encodings are left to others.

>>> from mithaq.tlog.tree import hash_leaf, verify_inclusion
>>> rows = {}
>>> grown = append(0, [bytes([n]) * 32 for n in range(3)], tile_reader(rows))
>>> rows.update({(tile.level, tile.index): data for tile, data in grown.tiles.items()})
>>> grown.size, [tile_path(tile) for tile in grown.tiles]
(3, ['tile/entries/000.p/3', 'tile/0/000.p/3'])
>>> proof = inclusion_proof(2, 3, tile_reader(rows))
>>> verify_inclusion(hash_leaf(bytes([2]) * 32), 2, 3, proof, grown.root)
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mithaq.errors import Malformed
from mithaq.tlog.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    MAX_TREE_SIZE,
    Node,
    NodeReader,
    consistency_nodes,
    hash_leaves,
    hash_parents,
    inclusion_nodes,
    prove,
    root_hash,
)

__all__ = [
    "ENTRIES",
    "FULL_WIDTH",
    "MAX_ENTRY_BYTES",
    "Growth",
    "Tile",
    "TileReader",
    "append",
    "consistency_proof",
    "decode_entry_bundle",
    "decode_tile_path",
    "encode_entry_bundle",
    "inclusion_proof",
    "right_edge",
    "root_from_right_edge",
    "split_hashes",
    "tile_path",
    "tile_reader",
    "tiles_for_append",
    "tiles_for_consistency",
    "tiles_for_inclusion",
]

FULL_WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""

ENTRIES = -1
"""The level of tiles that hold entries; in paths it is `entries`."""

MAX_ENTRY_BYTES = 65535
"""Bytes of an entry: its length travels as a uint16."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: its level (0 to 63, or `ENTRIES`), its index within the level, and how many hashes it has."""

    level: int
    index: int
    width: int = FULL_WIDTH


TileReader = Callable[[int, int, int], bytes]
"""`read_tile(level, index, width)`: the first `width` items of that tile, 32 bytes each. Raises if it has fewer."""


class Growth(NamedTuple):
    """What appending made: the new tree size and root hash, and each tile that is new or wider, as a whole."""

    size: int
    root: bytes
    tiles: dict[Tile, bytes]


# Paths

_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def tile_path(tile: Tile) -> str:
    """The tile's path below the log's prefix, as `tile/0/x001/234.p/5`. Raises `ValueError` if no tile has one."""
    level, index, width = tile.level, tile.index, tile.width
    if not (ENTRIES <= level <= 63 and 0 <= index <= MAX_TREE_SIZE and 1 <= width <= FULL_WIDTH):
        raise ValueError(f"no such tile: {tile}")
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    suffix = "" if width == FULL_WIDTH else f".p/{width}"
    return f"tile/{'entries' if level == ENTRIES else level}/{'/'.join(reversed(groups))}{suffix}"


def decode_tile_path(path: str) -> Tile:
    """Read a tile's path; whether a log has that tile is another question.

    Raises `Malformed` for every other spelling than `tile_path`'s.
    """
    match = _PATH.fullmatch(path)
    if match:
        level, number, width = match.groups()
        index = int(number.replace("/", "").replace("x", ""))
        tile = Tile(ENTRIES if level == "entries" else int(level), index, int(width or FULL_WIDTH))
        # One spelling per tile: neither leading `x000` nor `.p/256` come back as they went in.
        if index <= MAX_TREE_SIZE and tile.width <= FULL_WIDTH and tile_path(tile) == path:
            return tile
    raise Malformed("tile-path")


# Entry bundles


def encode_entry_bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry after its length as a big-endian uint16.

    Raises `ValueError` for no or more than 256 entries, or one beyond 65,535 bytes.
    """
    if not 1 <= len(entries) <= FULL_WIDTH or any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise ValueError("a bundle has 1 to 256 entries of up to 65535 bytes")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def decode_entry_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle that must have `width` of them. Raises `Malformed` for fewer, more or a part of one."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data) or len(entries) != width:
        raise Malformed("tile-entry-bundle", width=width)
    return entries


def split_hashes(data: bytes) -> list[bytes]:
    """The hashes, or entries of 32 bytes, that stand concatenated in a tile."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


# Appending


def tile_reader(rows: Mapping[tuple[int, int], bytes]) -> TileReader:
    """Read tiles from rows by (level, index), each the widest tile known; the reader cuts it to the width asked for.

    The reader raises `Malformed` if a row is missing or too short: then these are not the rows of such a log.
    """

    def read_tile(level: int, index: int, width: int) -> bytes:
        data = rows.get((level, index), b"")[: width * HASH_BYTES]
        if len(data) != width * HASH_BYTES:
            path = tile_path(Tile(level, index, width))
            raise Malformed("tile-width", path, found=len(data) // HASH_BYTES, width=width)
        return data

    return read_tile


def right_edge(size: int) -> tuple[Tile, ...]:
    """The partial hash tiles of a tree of `size` entries, lowest level first: its root hash follows from them."""
    tiles = []
    level, count = 0, size
    while count:
        if width := count % FULL_WIDTH:
            tiles.append(Tile(level, count // FULL_WIDTH, width))
        level, count = level + 1, count // FULL_WIDTH
    return tuple(tiles)


def tiles_for_append(size: int) -> frozenset[Tile]:
    """What `append` reads at `size`: the right edge and the partial tile of entries."""
    edge = right_edge(size)
    return frozenset(edge + tuple(Tile(ENTRIES, tile.index, tile.width) for tile in edge[:1] if tile.level == 0))


def root_from_right_edge(size: int, read_tile: TileReader) -> bytes:
    """The root hash of the tree of `size` entries, from the tiles of its right edge."""
    top = b""
    for tile in right_edge(size):
        # All to the right of these hashes is one incomplete subtree, the last item of their level.
        top = root_hash(read_tile(tile.level, tile.index, tile.width) + top)
    return top or EMPTY_ROOT


def append(size: int, entries: Sequence[bytes], read_tile: TileReader) -> Growth:
    """Append 32-byte `entries` to a log of `size` entries; reads the tiles of `tiles_for_append(size)`.

    Returns the new size, its root hash, and every tile that is new or has grown, whole, with its new width. Nothing is
    verified: whoever holds the checkpoint at `size` compares its root with `root_from_right_edge`.
    Raises `ValueError` for an entry of another length or a tree beyond 2^63 - 1.
    """
    if any(len(entry) != HASH_BYTES for entry in entries) or size + len(entries) > MAX_TREE_SIZE:
        raise ValueError("the log takes entries of 32 bytes, up to 2^63 - 1 of them")
    new_size = size + len(entries)
    tiles: dict[Tile, bytes] = {}
    _grow(tiles, ENTRIES, size, b"".join(entries), read_tile)
    level, count, hashes = 0, size, hash_leaves(entries)
    while hashes:
        full = _grow(tiles, level, count, hashes, read_tile)
        hashes = b"".join([root_hash(data) for data in full])
        level, count = level + 1, count // FULL_WIDTH

    def read_grown(level: int, index: int, width: int) -> bytes:
        return tiles.get(Tile(level, index, width)) or read_tile(level, index, width)

    return Growth(new_size, root_from_right_edge(new_size, read_grown), tiles)


def _grow(tiles: dict[Tile, bytes], level: int, count: int, added: bytes, read_tile: TileReader) -> list[bytes]:
    """Put into `tiles` what a level of `count` items becomes with those `added`; return the tiles that are now full."""
    index, width = divmod(count, FULL_WIDTH)
    if width and added:
        added = read_tile(level, index, width) + added
    full = []
    step = FULL_WIDTH * HASH_BYTES
    for number, at in enumerate(range(0, len(added), step), index):
        data = added[at : at + step]
        tiles[Tile(level, number, len(data) // HASH_BYTES)] = data
        if len(data) == step:
            full.append(data)
    return full


# Proofs


def inclusion_proof(index: int, size: int, read_tile: TileReader) -> list[bytes]:
    """The inclusion proof of entry `index` in the tree of `size`; reads the tiles of `tiles_for_inclusion`.

    Raises `ValueError` unless 0 <= index < size.
    """
    return prove(inclusion_nodes(index, size), _node_reader(size, read_tile))


def consistency_proof(old_size: int, new_size: int, read_tile: TileReader) -> list[bytes]:
    """The consistency proof between two sizes; reads the tiles of `tiles_for_consistency`.

    Raises `ValueError` unless 0 <= old_size <= new_size.
    """
    return prove(consistency_nodes(old_size, new_size), _node_reader(new_size, read_tile))


def tiles_for_inclusion(index: int, size: int) -> frozenset[Tile]:
    """What `inclusion_proof` reads, as wide as a tree of `size` has them."""
    return _tiles_of(inclusion_nodes(index, size), size)


def tiles_for_consistency(old_size: int, new_size: int) -> frozenset[Tile]:
    """What `consistency_proof` reads, as wide as a tree of `new_size` has them."""
    return _tiles_of(consistency_nodes(old_size, new_size), new_size)


def _tiles_of(nodes: Sequence[Sequence[Node]], size: int) -> frozenset[Tile]:
    return frozenset(_tile_of(node, size) for item in nodes for node in item)


def _tile_of(node: Node, size: int) -> Tile:
    """The tile that holds the hashes under a node, as wide as a tree of `size` has it."""
    level, height = divmod(node.height, 8)
    index = node.index << height >> 8
    return Tile(level, index, min(FULL_WIDTH, (size >> 8 * level) - index * FULL_WIDTH))


def _node_reader(size: int, read_tile: TileReader) -> NodeReader:
    # All nodes of a proof that lie in one tile share its levels, each hashed once.
    levels: dict[Tile, list[bytes]] = {}

    def read_node(node: Node) -> bytes:
        tile = _tile_of(node, size)
        known = levels.get(tile) or levels.setdefault(tile, [read_tile(tile.level, tile.index, tile.width)])
        height = node.height % 8
        while len(known) <= height:
            known.append(hash_parents(known[-1]))
        at = (node.index - (tile.index << 8 >> height)) * HASH_BYTES
        return known[height][at : at + HASH_BYTES]

    return read_node
