"""The published vectors of RFC 6962 and the examples in the C2SP specifications (`rfc6962.json`, `c2sp.json`)."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mithaq.errors import Untrusted
from mithaq.tlog import (
    Checkpoint,
    Signature,
    SignatureType,
    Tile,
    append,
    consistency_proof,
    decode_checkpoint,
    decode_note,
    decode_tile_path,
    decode_vkey,
    encode_checkpoint,
    encode_note,
    encode_vkey,
    hash_leaves,
    inclusion_proof,
    right_edge,
    root_hash,
    tile_path,
    tile_reader,
    verify_consistency,
    verify_inclusion,
    verify_note,
)
from mithaq.tlog.cosignature import decode_timestamped_signature, ed25519_message
from mithaq.tlog.tree import consistency_nodes, inclusion_nodes, prove

HERE = Path(__file__).parent
RFC6962: Any = json.loads((HERE / "rfc6962.json").read_text())
C2SP: Any = json.loads((HERE / "c2sp.json").read_text())

LEAVES = [bytes.fromhex(leaf) for leaf in RFC6962["leaves"]]
ROOTS = [bytes.fromhex(root) for root in RFC6962["roots"]]
LEAF_HASHES = hash_leaves(LEAVES)


def read_node(node: Any) -> bytes:
    """The hash of a complete subtree, from the leaf hashes."""
    return root_hash(LEAF_HASHES[node.index << node.height << 5 : (node.index + 1) << node.height << 5])


@pytest.mark.parametrize("size", range(9))
def test_rfc6962_roots(size: int) -> None:
    assert root_hash(LEAF_HASHES[: size * 32]) == ROOTS[size]


@pytest.mark.parametrize("case", RFC6962["inclusion"])
def test_rfc6962_inclusion(case: Any) -> None:
    index, size = case["index"], case["size"]
    proof = [bytes.fromhex(each) for each in case["proof"]]
    assert prove(inclusion_nodes(index, size), read_node) == proof
    verify_inclusion(LEAF_HASHES[index * 32 : index * 32 + 32], index, size, proof, ROOTS[size])


@pytest.mark.parametrize("case", RFC6962["consistency"])
def test_rfc6962_consistency(case: Any) -> None:
    old, new = case["old"], case["new"]
    proof = [bytes.fromhex(each) for each in case["proof"]]
    assert prove(consistency_nodes(old, new), read_node) == proof
    verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)


def test_signed_note_example_verifies() -> None:
    example = C2SP["verified"]
    key = decode_vkey(example["vkey"])
    assert encode_vkey(key) == example["vkey"]
    assert key.type is SignatureType.ED25519
    note = decode_note(example["note"].encode())
    assert note.text == example["text"].encode()
    assert [each.key for each in verify_note(note, [key])] == [key]
    assert encode_note(note) == example["note"].encode()


@pytest.mark.parametrize("example", C2SP["notes"] + C2SP["checkpoints"])
def test_examples_without_a_key_decode_and_are_not_believed(example: Any) -> None:
    note = decode_note(example["note"].encode())
    assert encode_note(note) == example["note"].encode()
    assert [each.name for each in note.signatures] == example["signers"]
    with pytest.raises(Untrusted) as caught:
        verify_note(note, [decode_vkey(C2SP["verified"]["vkey"])])
    assert caught.value.code == "note-unsigned"


@pytest.mark.parametrize("example", C2SP["checkpoints"])
def test_checkpoint_examples(example: Any) -> None:
    text = decode_note(example["note"].encode()).text
    expected = C2SP["checkpoint"]
    checkpoint = Checkpoint(expected["origin"], expected["size"], base64.b64decode(expected["root"]))
    assert decode_checkpoint(text) == checkpoint
    assert encode_checkpoint(checkpoint) == text


def test_cosignature_example() -> None:
    example = next(each for each in C2SP["checkpoints"] if each["specification"] == "tlog-cosignature")
    note = decode_note(example["note"].encode())
    cosignature: Signature = note.signatures[1]
    time, signature = decode_timestamped_signature(cosignature.signature) or (0, b"")
    assert time == C2SP["cosignature"]["time"]
    assert len(signature) == 64
    assert ed25519_message(note.text, time) == C2SP["cosignature"]["message"].encode()


def test_tile_path_example() -> None:
    index, path = C2SP["tile_paths"]["index"], C2SP["tile_paths"]["path"]
    assert tile_path(Tile(0, index)) == f"tile/0/{path}"
    assert decode_tile_path(f"tile/entries/{path}.p/7") == Tile(-1, index, 7)


def test_tiles_of_a_tree_of_70000() -> None:
    example = C2SP["tiles_of_70000"]
    entries = [number.to_bytes(32, "big") for number in range(70_000)]
    grown = append(0, entries, tile_reader({}))
    for level, width in enumerate(example["partial"]):
        tiles = sorted(tile for tile in grown.tiles if tile.level == level)
        assert tiles[-1].width == width
        assert sum(tile.width == 256 for tile in tiles) == dict(enumerate(example["full"])).get(level, 0)
    assert right_edge(70_000) == tuple(max(t for t in grown.tiles if t.level == level) for level in range(3))
    assert {tile.level for tile in grown.tiles} == {-1, 0, 1, 2}
    assert right_edge(256) == (Tile(1, 0, 1),)
    # Proofs that cross all three levels hold under a root that was computed without tiles.
    leaf_hashes = hash_leaves(entries)
    assert grown.root == root_hash(leaf_hashes)
    read_tile = tile_reader({(tile.level, tile.index): data for tile, data in grown.tiles.items()})
    for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
        proof = inclusion_proof(index, 70_000, read_tile)
        verify_inclusion(leaf_hashes[index * 32 : index * 32 + 32], index, 70_000, proof, grown.root)
    for old in (1, 255, 256, 65_535, 65_536, 65_537, 69_888, 69_999):
        proof = consistency_proof(old, 70_000, read_tile)
        verify_consistency(old, root_hash(leaf_hashes[: old * 32]), 70_000, grown.root, proof)
