"""The published vectors of RFC 6962 and the examples in the C2SP specifications (`rfc6962.json`, `c2sp.json`)."""

import base64
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from mithaq.errors import Untrusted
from mithaq.tlog import (
    EMPTY_ROOT,
    NO_QUORUM,
    Checkpoint,
    Cosignature,
    Policy,
    PolicyGroup,
    PolicyLog,
    Signature,
    SignatureType,
    Signer,
    Tile,
    add_signatures,
    append,
    consistency_proof,
    cosign_checkpoint,
    decode_checkpoint,
    decode_note,
    decode_policy,
    decode_proof,
    decode_tile_path,
    decode_vkey,
    encode_checkpoint,
    encode_note,
    encode_policy,
    encode_proof,
    encode_vkey,
    hash_leaves,
    inclusion_proof,
    right_edge,
    root_hash,
    sign_checkpoint,
    sign_note,
    tile_path,
    tile_reader,
    verify_consistency,
    verify_inclusion,
    verify_note,
    verify_proof,
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


def test_proof_example() -> None:
    """Its signature lines are abbreviated, so another log's key stands in; five hashes are too few for that tree."""
    example = C2SP["proof"]
    signer = Signer.from_seed(example["origin"], SignatureType.ED25519, bytes(32))
    data = example["head"].encode() + b"\n" + sign_note(example["checkpoint"].encode(), signer)
    proof = decode_proof(data)
    assert encode_proof(proof) == data
    assert proof.extra.startswith(example["extra_begins"].encode())
    assert proof.index == example["index"]
    assert [base64.b64encode(each).decode() for each in proof.hashes] == example["head"].split("\n")[3:-1]
    policy = Policy((PolicyLog(signer.key),), (), (), NO_QUORUM)
    assert policy.verify_checkpoint(proof.checkpoint).checkpoint.size == example["size"]
    with pytest.raises(Untrusted) as caught:
        verify_proof(proof, bytes(32), policy)
    assert caught.value.code == "proof-inclusion"


def test_policy_example() -> None:
    """Its keys are elided, so ours stand in. The specification says: two of X and one of Y; all 64 cases are tried."""
    names = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
    log = Signer.from_seed("log.example/a", SignatureType.ED25519, b"l" * 32)
    witnesses = {
        name: Signer.from_seed(f"w.example/{name}", SignatureType.COSIGNATURE_ED25519, name.encode() * 16)
        for name in names
    }
    text = C2SP["policy"]["text"]
    for signer in (log, *witnesses.values()):
        text = text.replace("<vkey>", encode_vkey(signer.key), 1)
    policy = decode_policy(text.encode())
    assert policy.groups == (
        PolicyGroup(b"X-witnesses", 2, (b"X1", b"X2", b"X3")),
        PolicyGroup(b"Y-witnesses", 1, (b"Y1", b"Y2", b"Y3")),
        PolicyGroup(b"X-and-Y", 2, (b"X-witnesses", b"Y-witnesses")),
    )
    assert decode_policy(encode_policy(policy)) == policy
    checkpoint = Checkpoint("log.example/a", 0, EMPTY_ROOT)
    lines = {name: cosign_checkpoint(checkpoint, witness, 1000) for name, witness in witnesses.items()}
    for chosen in itertools.product((False, True), repeat=6):
        cosigners = tuple(itertools.compress(names, chosen))
        data = add_signatures(sign_checkpoint(checkpoint, log), [lines[name] for name in reversed(cosigners)])
        if sum(chosen[:3]) >= 2 and any(chosen[3:]):
            verified = policy.verify_checkpoint(data)
            assert verified.log == log.key
            assert verified.cosignatures == tuple(Cosignature(name.encode(), 1000) for name in cosigners)
        else:
            with pytest.raises(Untrusted) as caught:
                policy.verify_checkpoint(data)
            assert caught.value.code == "policy-quorum"
            assert caught.value.details == {"cosigned": len(cosigners), "quorum": "X-and-Y"}


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
