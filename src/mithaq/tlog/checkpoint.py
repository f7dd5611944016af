"""The note text of a checkpoint: C2SP tlog-checkpoint, section "Note text".

Origin, tree size, root hash, and opaque extension lines. Mithaq writes no extension lines (ML-DSA-44 cosignatures would
not cover them) and keeps those it reads. Signing and verifying is left to `tlog.signed_checkpoint`.

>>> text = encode_checkpoint(Checkpoint("log.example/a", 0, bytes.fromhex("e3b0c442" * 8)))
>>> text
b'log.example/a\\n0\\n47DEQuOwxELjsMRC47DEQuOwxELjsMRC47DEQuOwxEI=\\n'
>>> decode_checkpoint(text).size
0
"""

from typing import NamedTuple

from mithaq.errors import Malformed
from mithaq.tlog.lines import decode_base64, decode_decimal, encode_base64, is_printable
from mithaq.tlog.tree import HASH_BYTES, MAX_TREE_SIZE

__all__ = ["Checkpoint", "decode_checkpoint", "encode_checkpoint"]


class Checkpoint(NamedTuple):
    """A log's tree head: `size` entries have the root hash `root` (32 bytes), in the log that `origin` names."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def decode_checkpoint(text: bytes) -> Checkpoint:
    """Read a checkpoint's note text, final newline included, without signatures.

    Raises `Malformed` with the line unless it is exactly what `encode_checkpoint` writes.
    """
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError as error:
        raise _malformed(1 + text.count(b"\n", 0, error.start)) from None
    for number, line in enumerate(lines[:-1], 1):
        if not line or not is_printable(line):
            raise _malformed(number)
    if len(lines) < 4 or lines[-1]:
        raise _malformed(len(lines))
    origin, size_line, root_line, *extensions = lines[:-1]
    size = decode_decimal(size_line, MAX_TREE_SIZE)
    if size is None:
        raise _malformed(2)
    root = decode_base64(root_line, HASH_BYTES)
    if root is None:
        raise _malformed(3)
    return Checkpoint(origin, size, root, tuple(extensions))


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """The note text of `checkpoint`. Raises `Malformed` if a field can't stand in one."""
    lines = (checkpoint.origin, str(checkpoint.size), encode_base64(checkpoint.root), *checkpoint.extensions)
    text = "".join(f"{line}\n" for line in lines).encode(errors="surrogatepass")
    if decode_checkpoint(text) != checkpoint:
        raise _malformed(1)
    return text


def _malformed(line: int) -> Malformed:
    return Malformed("checkpoint-malformed", f"checkpoint:{line}")
