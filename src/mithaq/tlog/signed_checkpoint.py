"""Signed and cosigned checkpoints: C2SP tlog-checkpoint, section "Signatures", and tlog-cosignature, section "Format".

A log signs its checkpoint's text as a note, its key named like the origin; witnesses add cosignature lines. Here are
one log and its key; which of several logs and how many witnesses suffice is `tlog.policy`'s. Never signing two
checkpoints that contradict each other is the duty of whoever holds the key, in the node and its store.

>>> from mithaq.tlog import EMPTY_ROOT, SignatureType
>>> signer = Signer.from_seed("log.example/a", SignatureType.ED25519, bytes(32))
>>> data = sign_checkpoint(Checkpoint("log.example/a", 0, EMPTY_ROOT), signer)
>>> verify_checkpoint(data, "log.example/a", signer.key).size
0
"""

from collections.abc import Iterable

from mithaq.errors import Untrusted
from mithaq.tlog.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint
from mithaq.tlog.note import Note, Signature, Signer, VerifierKey, decode_note, encode_note, verify_note

__all__ = ["add_signatures", "cosign_checkpoint", "sign_checkpoint", "verify_checkpoint"]


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer, time: int | None = None) -> bytes:
    """The checkpoint as a note signed by its log. `time` (POSIX) is for a log key of a cosignature type only.

    The caller answers for its consistency with every checkpoint signed before. Raises `ValueError` unless the signer is
    named like the origin, `Malformed` if a field can't stand in a checkpoint.
    """
    if signer.name != checkpoint.origin:
        raise ValueError("a log's key carries the log's origin as its name")
    text = encode_checkpoint(checkpoint)
    return encode_note(Note(text, (signer.sign(text, time),)))


def cosign_checkpoint(checkpoint: Checkpoint, signer: Signer, time: int) -> Signature:
    """A witness's cosignature at POSIX `time`, to be added with `add_signatures`.

    The caller answers for what it states: that this is the largest tree it knows in this log, consistent with all
    before. Raises `ValueError` if the signer makes no cosignatures or the time is not between 1 and 2^63 - 1.
    """
    if time < 1:
        raise ValueError("a witness states the time of its cosignature")
    return signer.sign(encode_checkpoint(checkpoint), time)


def add_signatures(data: bytes, signatures: Iterable[Signature]) -> bytes:
    """The note `data` with further signature lines at its end; lines that it has already are not repeated.

    Nothing is verified. Raises `Malformed` if `data` is no note.
    """
    note = decode_note(data)
    added = tuple(each for each in dict.fromkeys(signatures) if each not in note.signatures)
    return encode_note(Note(note.text, note.signatures + added))


def verify_checkpoint(data: bytes, origin: str, log_key: VerifierKey) -> Checkpoint:
    """The checkpoint in the signed note `data`, if it is of this origin and signed by its log's key.

    Raises `Malformed` if `data` is no note or no checkpoint, `Untrusted` for another origin, or a signature that is
    missing or does not hold. Cosignatures are not looked at.
    """
    note = decode_note(data)
    verify_note(note, [log_key])
    checkpoint = decode_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise Untrusted("checkpoint-origin", origin=checkpoint.origin, expected=origin)
    return checkpoint
