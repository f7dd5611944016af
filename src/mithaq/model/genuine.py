"""Whether a record is genuine, by a file and charters alone: offline, without a node (`docs/formats.md`, *Proof file*).

The file is a C2SP `.tlog-proof` whose extra data is the record's bytes. Genuine means: the charters follow one another
from the first; the record is of that alliance and names one of these charters; its author is an organisation of that
charter and the log is the author's; the log's key signed a checkpoint that a quorum of its witnesses cosigned; the
record's commitment is the entry at the index. It doesn't mean that the author tells the truth, that nothing newer was
published, or that the record was not withdrawn since.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mithaq.errors import Malformed, Untrusted
from mithaq.model.charter import VerifiedCharter, verify_charter
from mithaq.model.record import Record, decode_record, prove_holding
from mithaq.model.types import decode_receipt
from mithaq.tlog import (
    NO_QUORUM,
    Policy,
    PolicyGroup,
    PolicyLog,
    PolicyWitness,
    TlogProof,
    VerifiedCheckpoint,
    decode_proof,
    encode_proof,
    hash_leaf,
    verify_proof,
)

__all__ = ["Genuine", "log_policy", "pack_proof", "verify_genuine", "verify_held"]

QUORUM = b"quorum"


@dataclass(frozen=True, slots=True)
class Genuine:
    """A record that was found genuine: where it stands, under which charter, by which checkpoint and witnesses."""

    record: Record
    index: int
    charter: VerifiedCharter
    checkpoint: VerifiedCheckpoint
    witnesses: int
    quorum: int


def log_policy(charter: VerifiedCharter, author: str) -> Policy:
    """The trust policy (C2SP tlog-policy) that a charter makes for the log of one organisation.

    Each other active member is a group of its one or two witness keys, of which any counts; the quorum is a group of
    these. Raises `KeyError` for an organisation that the charter doesn't name.
    """
    log = PolicyLog(charter.log_key(author), charter.organisations[author].node.encode() + b"/log/")
    others, needed = charter.witness_quorum(author)
    witnesses, groups = [], []
    for other in others:
        names = []
        for number, key in enumerate(charter.witness_keys(other)):
            names.append(f"{other}-{number}".encode())
            witnesses.append(PolicyWitness(names[-1], key))
        groups.append(PolicyGroup(other.encode(), 1, tuple(names)))
    if not others:
        return Policy((log,), (), (), NO_QUORUM)
    # No member may be called like this: the plus can't stand in an id.
    name = b"+" + QUORUM
    groups.append(PolicyGroup(name, needed, tuple(group.name for group in groups)))
    return Policy((log,), tuple(witnesses), tuple(groups), name)


def pack_proof(index: int, hashes: Sequence[bytes], checkpoint: bytes, body: bytes) -> bytes:
    """The `.tlog-proof` of a record that one carries away: proof, checkpoint, and the record's bytes as extra data."""
    return encode_proof(TlogProof(index, tuple(hashes), checkpoint, body))


def verify_genuine(data: bytes, charters: Sequence[bytes]) -> Genuine:
    """The record in a `.tlog-proof` file, if it is genuine under this chain of charters (signed notes, oldest first).

    Raises `Malformed` for what is no proof, no record or no charter; `Untrusted` with the reason why it is not genuine.
    """
    chain: list[VerifiedCharter] = []
    for note in charters:
        chain.append(verify_charter(note, chain[-1] if chain else None))
    if not chain:
        raise Malformed("charter-malformed", "charter")
    proof = decode_proof(data)
    if not proof.extra:
        raise Malformed("proof-without-record")
    record = decode_record(proof.extra)
    release = record.release
    if release.alliance != chain[0].alliance:
        raise Untrusted("genuine-alliance", alliance=release.alliance[:16], expected=chain[0].alliance[:16])
    charter = next((each for each in chain if each.digest == release.charter), None)
    if charter is None:
        raise Untrusted("genuine-charter", charter=release.charter[:16])
    if release.author not in charter.organisations or charter.origin(release.author) != release.log:
        raise Untrusted("genuine-author", author=release.author, log=release.log)
    checkpoint = verify_proof(proof, hash_leaf(record.commitment), log_policy(charter, release.author))
    others, needed = charter.witness_quorum(release.author)
    cosigners = {each.witness.rpartition(b"-")[0].decode() for each in checkpoint.cosignatures}
    return Genuine(record, proof.index, charter, checkpoint, len(cosigners & set(others)), needed)


def verify_held(genuine: Genuine, receipt: Genuine) -> str:
    """The member whose receipt proves that it holds the bytes of a genuine record.

    Raises `Malformed` if the other record is no receipt, `Untrusted` (`receipt-other`) if it covers another log or
    entry, or was made without the bytes.
    """
    covered = decode_receipt(receipt.record.object)
    holder = receipt.record.release.author
    proven = (genuine.index, prove_holding(holder, genuine.record.body))
    if covered.log != genuine.record.release.log or proven not in covered.held:
        raise Untrusted("receipt-other", holder=holder)
    return holder
