"""What a cosigner signs, and how the signature travels: C2SP tlog-cosignature.

Two forms: Ed25519 over `cosignature/v1` and the whole note text, ML-DSA-44 over a `cosigned_message` that names
cosigner, origin, range and root hash. Both travel as a `timestamped_signature`. Here are the bytes alone; keys and
verification are `tlog.note`'s, which applies these to every signature of the two types. Subtrees with a start above 0
have no checkpoint and are not made here.

>>> ed25519_message(b"log.example/a\\n0\\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\\n", 1679315147)[:31]
b'cosignature/v1\\ntime 1679315147\\n'
"""

from mithaq.errors import Malformed
from mithaq.tlog.checkpoint import decode_checkpoint

__all__ = [
    "MAX_TIME",
    "decode_timestamped_signature",
    "ed25519_message",
    "encode_timestamped_signature",
    "mldsa44_message",
]

MAX_TIME = 2**63 - 1
"""The latest POSIX timestamp that a cosignature may carry."""

_LABEL = b"subtree/v1\n\0"


def ed25519_message(text: bytes, time: int) -> bytes:
    """What an Ed25519 cosigner signs at POSIX `time`: header line, time line, the checkpoint's whole note text.

    Raises `Malformed` if `text` is no checkpoint.
    """
    decode_checkpoint(text)
    return b"cosignature/v1\ntime %d\n" % time + text


def mldsa44_message(text: bytes, time: int, cosigner_name: str) -> bytes:
    """What an ML-DSA-44 cosigner of this name signs at POSIX `time`: the checkpoint's `cosigned_message` from entry 0.

    Raises `Malformed` if `text` is no checkpoint, or its origin or the name is beyond 255 bytes.
    """
    checkpoint = decode_checkpoint(text)
    name, origin = cosigner_name.encode(), checkpoint.origin.encode()
    if len(name) > 255 or len(origin) > 255:
        raise Malformed("checkpoint-malformed", "checkpoint:1")
    return b"".join(
        (
            _LABEL,
            bytes([len(name)]) + name,
            time.to_bytes(8, "big"),
            bytes([len(origin)]) + origin,
            bytes(8),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def encode_timestamped_signature(time: int, signature: bytes) -> bytes:
    """A `timestamped_signature`: POSIX `time` as eight bytes, then the signature."""
    if not 0 <= time <= MAX_TIME:
        raise ValueError("a cosignature's timestamp lies between 0 and 2^63 - 1")
    return time.to_bytes(8, "big") + signature


def decode_timestamped_signature(data: bytes) -> tuple[int, bytes] | None:
    """POSIX time and signature of a `timestamped_signature`; None if it is too short or its time above `MAX_TIME`."""
    time = int.from_bytes(data[:8], "big")
    return (time, data[8:]) if len(data) > 8 and time <= MAX_TIME else None
