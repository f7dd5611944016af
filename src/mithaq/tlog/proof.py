"""Proofs that stand alone: C2SP tlog-proof, version `c2sp.org/tlog-proof@v1`.

An entry's index, its inclusion proof, the signed checkpoint that it leads to, and extra data that nothing vouches for.
Whoever has a policy verifies one without asking anybody. What an entry means, and what times of cosignatures suffice,
is left to the application.

>>> from mithaq.tlog import NO_QUORUM, Checkpoint, Policy, PolicyLog, SignatureType, Signer, hash_leaf, sign_checkpoint
>>> signer = Signer.from_seed("log.example/a", SignatureType.ED25519, bytes(32))
>>> leaf_hash = hash_leaf(b"an entry")
>>> checkpoint = sign_checkpoint(Checkpoint("log.example/a", 1, leaf_hash), signer)
>>> data = encode_proof(TlogProof(0, (), checkpoint))
>>> policy = Policy((PolicyLog(signer.key),), (), (), NO_QUORUM)
>>> verify_proof(decode_proof(data), leaf_hash, policy).checkpoint.size
1
"""

from dataclasses import dataclass

from mithaq.errors import Malformed
from mithaq.tlog.checkpoint import decode_checkpoint
from mithaq.tlog.lines import decode_base64, decode_decimal, encode_base64
from mithaq.tlog.note import MAX_NOTE_BYTES, decode_note
from mithaq.tlog.policy import Policy, VerifiedCheckpoint
from mithaq.tlog.tree import HASH_BYTES, MAX_PROOF_HASHES, MAX_TREE_SIZE, verify_inclusion

__all__ = ["MAX_EXTRA_BYTES", "TlogProof", "decode_proof", "encode_proof", "verify_proof"]

MAX_EXTRA_BYTES = 2 * 1024 * 1024
"""Bytes of extra data: room for a record of 1 MiB."""

_MAX_BYTES = MAX_EXTRA_BYTES * 4 // 3 + MAX_NOTE_BYTES + 64 * 1024

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Entry `index`, sibling hashes from the leaf up, the checkpoint's note verbatim, and extra data (none if empty).

    `extra` is not authenticated: trust nothing in it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""


def decode_proof(data: bytes) -> TlogProof:
    """Read a proof's bytes; nothing is verified, but the checkpoint has been found to be one.

    Raises `Malformed` with the line for what is not in the format, and beyond the limits.
    """
    if len(data) > _MAX_BYTES:
        raise Malformed("tlog-too-large", "proof", size=len(data), limit=_MAX_BYTES)
    head, empty_line, checkpoint = data.partition(b"\n\n")
    # The text before the checkpoint is ASCII; another byte becomes a character that no line below allows.
    lines = iter(enumerate(head.decode("ascii", errors="replace").split("\n"), 1))
    number, line = next(lines)
    if line != _HEADER:
        raise _malformed(number)
    number, line = next(lines, (2, ""))
    extra = b""
    if line.startswith("extra "):
        extra = decode_base64(line.removeprefix("extra ")) or b""
        if not 0 < len(extra) <= MAX_EXTRA_BYTES:
            raise _malformed(number)
        number, line = next(lines, (3, ""))
    index = decode_decimal(line.removeprefix("index "), MAX_TREE_SIZE - 1)
    if not line.startswith("index ") or index is None:
        raise _malformed(number)
    hashes: list[bytes] = []
    for number, line in lines:
        value = decode_base64(line, HASH_BYTES)
        if value is None or len(hashes) == MAX_PROOF_HASHES:
            raise _malformed(number)
        hashes.append(value)
    if not empty_line:
        raise _malformed(number + 1)
    decode_checkpoint(decode_note(checkpoint).text)
    return TlogProof(index, tuple(hashes), checkpoint, extra)


def encode_proof(proof: TlogProof) -> bytes:
    """The proof as a `.tlog-proof` file. Raises `Malformed` if a part of it can't stand in one."""
    lines = [_HEADER]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += [encode_base64(each) for each in proof.hashes]
    data = "\n".join(lines).encode() + b"\n\n" + proof.checkpoint
    if decode_proof(data) != proof:
        raise _malformed(1)
    return data


def verify_proof(proof: TlogProof, leaf_hash: bytes, policy: Policy) -> VerifiedCheckpoint:
    """The checkpoint under which `leaf_hash` is that of entry `proof.index`, valid under `policy`.

    Raises `Malformed` if the checkpoint is none; `Untrusted` if it is not valid under the policy, or the inclusion
    proof does not lead from the leaf hash to its root.
    """
    verified = policy.verify_checkpoint(proof.checkpoint)
    verify_inclusion(leaf_hash, proof.index, verified.checkpoint.size, proof.hashes, verified.checkpoint.root)
    return verified


def _malformed(line: int) -> Malformed:
    return Malformed("proof-malformed", f"proof:{line}")
