"""What may come packed: gzip (RFC 1952) of one or more members, in pieces, as much as can be unpacked before damage.

>>> import gzip
>>> b"".join(unpack([gzip.compress(b"one ") + gzip.compress(b"two")]))
b'one two'
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

__all__ = ["unpack"]

_GZIP = b"\x1f\x8b"
_MEMBER = 16 + zlib.MAX_WBITS
_PIECE = 256 * 1024


def unpack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of what comes in `chunks` of any size: if it is gzip, unpacked, in pieces of at most 256 KiB.

    Of gzip it raises `EOFError` where it ends too early, and `zlib.error`. Python's own reader takes eight kilobytes at
    a time, which costs half as much again.
    """
    coming = iter(chunks)
    head = b""
    for chunk in coming:
        head += chunk
        if len(head) >= len(_GZIP):
            break
    whole = chain([head] if head else [], coming)
    yield from _unpack(whole) if head.startswith(_GZIP) else whole


def _unpack(chunks: Iterable[bytes]) -> Iterator[bytes]:
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
