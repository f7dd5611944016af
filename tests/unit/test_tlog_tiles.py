"""Tile paths, entry bundles, and what reading and appending tiles refuses."""

import pytest

from mithaq.errors import Malformed
from mithaq.tlog import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    Tile,
    append,
    decode_entry_bundle,
    decode_tile_path,
    encode_entry_bundle,
    split_hashes,
    tile_path,
    tile_reader,
    tiles_for_append,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(0, 999, 255), "tile/0/999.p/255"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(3, 1234067, 8), "tile/3/x001/x234/067.p/8"),
        (Tile(63, 999_999), "tile/63/x999/999"),
        (Tile(ENTRIES, 5, 7), "tile/entries/005.p/7"),
        (Tile(ENTRIES, 2**63 - 1), "tile/entries/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_tile_paths(tile: Tile, path: str) -> None:
    assert tile_path(tile) == path
    assert decode_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/Entries/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/x000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1000",
        "tile/0/000.p/1/2",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/0/000.p/1\n",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/" + "x001/" * 7 + "000",
        "tile/0/" + "x001/" * 5000 + "000",
        "tile/0/../checkpoint",
        "tile/0/%30%30%30",
    ],
)
def test_what_is_no_tile_path(path: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_tile_path(path)
    assert caught.value.code == "tile-path"


@pytest.mark.parametrize(
    "tile", [Tile(-2, 0), Tile(64, 0), Tile(0, -1), Tile(0, 2**63), Tile(0, 0, 0), Tile(0, 0, 257)]
)
def test_tiles_without_a_path(tile: Tile) -> None:
    with pytest.raises(ValueError, match="no such tile"):
        tile_path(tile)


def test_entry_bundles() -> None:
    entries = [b"", b"a", b"x" * MAX_ENTRY_BYTES]
    data = encode_entry_bundle(entries)
    assert data[:5] == b"\0\0\0\1a"
    assert decode_entry_bundle(data, 3) == entries
    commitments = bytes(range(64))
    assert encode_entry_bundle(split_hashes(commitments)) == b"\0\x20" + commitments[:32] + b"\0\x20" + commitments[32:]
    for wrong in ([], [b""] * 257, [b"x" * (MAX_ENTRY_BYTES + 1)]):
        with pytest.raises(ValueError, match="a bundle has"):
            encode_entry_bundle(wrong)
    for changed, width in ((data, 2), (data, 4), (data[:-1], 3), (data + b"\0", 3), (b"", 1), (b"\0", 1), (b"\0\1", 1)):
        with pytest.raises(Malformed) as caught:
            decode_entry_bundle(changed, width)
        assert caught.value.code == "tile-entry-bundle"


def test_missing_and_short_rows_are_found() -> None:
    rows = {(0, 0): b"\0" * 32 * 5}
    assert tile_reader(rows)(0, 0, 4) == b"\0" * 32 * 4
    for level, index, width, found in ((0, 0, 6, 5), (0, 1, 1, 0), (1, 0, 256, 0)):
        with pytest.raises(Malformed) as caught:
            tile_reader(rows)(level, index, width)
        assert (caught.value.code, caught.value.details) == ("tile-width", {"found": found, "width": width})
        assert decode_tile_path(caught.value.place) == Tile(level, index, width)
    with pytest.raises(Malformed):
        append(5, [bytes(32)], tile_reader(rows))  # the tile of entries is missing


def test_appending_reads_the_right_edge_only() -> None:
    assert tiles_for_append(0) == frozenset()
    assert tiles_for_append(255) == {Tile(ENTRIES, 0, 255), Tile(0, 0, 255)}
    assert tiles_for_append(256) == {Tile(1, 0, 1)}
    assert tiles_for_append(70_000) == {Tile(ENTRIES, 273, 112), Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)}


def test_the_log_takes_entries_of_32_bytes() -> None:
    for entries in ([b""], [bytes(31)], [bytes(33)], [bytes(32), bytes(31)]):
        with pytest.raises(ValueError, match="32 bytes"):
            append(0, entries, tile_reader({}))
    with pytest.raises(ValueError, match="2\\^63"):
        append(2**63 - 1, [bytes(32)], tile_reader({}))
    nothing = append(0, [], tile_reader({}))
    assert (nothing.size, nothing.tiles) == (0, {})
