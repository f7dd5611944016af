"""Transparency logs: the RFC 6962 tree and the C2SP formats, bytes in and bytes out.

`tree` (RFC 6962 section 2.1) and `tiles` (tlog-tiles) are the log; `note` (signed-note) and `cosignature`
(tlog-cosignature) are its signatures; `checkpoint` and `signed_checkpoint` (tlog-checkpoint) its head; `policy`
(tlog-policy) says whom to believe, `proof` (tlog-proof) is what one carries away. Names are the specifications'.

Everything here is a pure function of its arguments. Storing, serving, keeping keys and never signing two histories is
left to the store, the web and the node.

>>> signer = Signer.from_seed("log.example/a", SignatureType.ED25519, bytes(32))
>>> grown = append(0, [bytes(32), bytes(31) + b"1"], tile_reader({}))
>>> data = sign_checkpoint(Checkpoint("log.example/a", grown.size, grown.root), signer)
>>> verify_checkpoint(data, "log.example/a", signer.key).size
2
"""

from mithaq.tlog.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint
from mithaq.tlog.cosignature import MAX_TIME
from mithaq.tlog.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Note,
    Signature,
    SignatureType,
    Signer,
    VerifiedSignature,
    VerifierKey,
    decode_note,
    decode_vkey,
    encode_note,
    encode_vkey,
    sign_note,
    verify_note,
)
from mithaq.tlog.policy import (
    NO_QUORUM,
    Cosignature,
    Policy,
    PolicyGroup,
    PolicyLog,
    PolicyWitness,
    VerifiedCheckpoint,
    decode_policy,
    encode_policy,
)
from mithaq.tlog.proof import TlogProof, decode_proof, encode_proof, verify_proof
from mithaq.tlog.signed_checkpoint import (
    add_signatures,
    cosign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from mithaq.tlog.tiles import (
    ENTRIES,
    FULL_WIDTH,
    MAX_ENTRY_BYTES,
    Growth,
    Tile,
    TileReader,
    append,
    consistency_proof,
    decode_entry_bundle,
    decode_tile_path,
    encode_entry_bundle,
    inclusion_proof,
    right_edge,
    root_from_right_edge,
    split_hashes,
    tile_path,
    tile_reader,
    tiles_for_append,
    tiles_for_consistency,
    tiles_for_inclusion,
)
from mithaq.tlog.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    MAX_TREE_SIZE,
    hash_children,
    hash_leaf,
    hash_leaves,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    # tree
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MAX_TREE_SIZE",
    "hash_children",
    "hash_leaf",
    "hash_leaves",
    "root_hash",
    "verify_consistency",
    "verify_inclusion",
    # tiles
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
    # note
    "MAX_NOTE_BYTES",
    "MAX_SIGNATURES",
    "Note",
    "Signature",
    "SignatureType",
    "Signer",
    "VerifiedSignature",
    "VerifierKey",
    "decode_note",
    "decode_vkey",
    "encode_note",
    "encode_vkey",
    "sign_note",
    "verify_note",
    # checkpoint, cosignature
    "MAX_TIME",
    "Checkpoint",
    "add_signatures",
    "cosign_checkpoint",
    "decode_checkpoint",
    "encode_checkpoint",
    "sign_checkpoint",
    "verify_checkpoint",
    # policy
    "NO_QUORUM",
    "Cosignature",
    "Policy",
    "PolicyGroup",
    "PolicyLog",
    "PolicyWitness",
    "VerifiedCheckpoint",
    "decode_policy",
    "encode_policy",
    # proof
    "TlogProof",
    "decode_proof",
    "encode_proof",
    "verify_proof",
]
