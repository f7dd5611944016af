"""What comes packed: gzip (RFC 1952) of one or more members, in pieces, as much as can be unpacked before damage.

>>> import gzip
>>> b"".join(unpack([gzip.compress(b"one ") + gzip.compress(b"two")]))
b'one two'
"""

import zlib
from collections.abc import Iterable, Iterator

__all__ = ["GZIP", "unpack"]

GZIP = b"\x1f\x8b"
"""How a gzip file begins."""

_MEMBER = 16 + zlib.MAX_WBITS
_PIECE = 256 * 1024


def unpack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a gzip file that comes in `chunks` of any size, in pieces of at most 256 KiB.

    Raises `EOFError` where it ends too early, and `zlib.error`. Python's own reader takes eight kilobytes at a time,
    which costs half as much again.
    """
    member = zlib.decompressobj(_MEMBER)
    fresh = True  # no byte of this member has been seen
    for chunk in chunks:
        packed = chunk
        while packed:
            if fresh:
                packed = packed.lstrip(b"\0")  # padding between members and at the end
                if not packed:
                    break
            fresh = False
            if piece := member.decompress(packed, _PIECE):
                yield piece
            packed = member.unconsumed_tail
            if member.eof:
                packed, member, fresh = member.unused_data, zlib.decompressobj(_MEMBER), True
    if not fresh:
        raise EOFError
