"""Which version of an object is shown: the newest of each publisher, equal ones once, different ones as conflicting.

An object is keyed (publisher, id, version): only its publisher versions it (`docs/formats.md`). A reader sees the
heads of the records that it may read; nothing of a copy that it can't read shows, so it is not given here.

>>> one = Copy("dara", "2026-01-01T00:00:00Z", b"1", b"r1")
>>> two = Copy("sarib", "2026-01-01T00:00:00Z", b"2", b"r2")
>>> [(head.publishers, head.conflicting) for head in fold_heads([one, two])]
[(('dara',), True), (('sarib',), True)]
>>> [head.publishers for head in fold_heads([one, two._replace(digest=b"1")])]
[('dara', 'sarib')]
"""

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Copy", "Head", "fold_heads"]


class Copy(NamedTuple):
    """A readable record of an object: publisher, version key, digest of the object's bytes, the record's commitment."""

    publisher: str
    version: str
    digest: bytes
    commitment: bytes


class Head(NamedTuple):
    """One newest form of an object: its version and bytes, who published exactly these, in which records.

    `conflicting` says that another publisher, or the same one, has other bytes under the same version, be it a newest
    one or not. `commitments` stand in the order in which the copies came.
    """

    version: str
    digest: bytes
    publishers: tuple[str, ...]
    commitments: tuple[bytes, ...]
    conflicting: bool


def fold_heads(copies: Iterable[Copy]) -> tuple[Head, ...]:
    """The heads of one object's readable copies, newest version first; within one version by first publisher."""
    by_publisher: dict[str, list[Copy]] = {}
    forms: dict[str, set[bytes]] = {}
    for copy in copies:
        forms.setdefault(copy.version, set()).add(copy.digest)
        newest = by_publisher.setdefault(copy.publisher, [])
        if newest and newest[0].version < copy.version:
            newest.clear()
        if not newest or newest[0].version == copy.version:
            newest.append(copy)
    same: dict[tuple[str, bytes], list[Copy]] = {}
    for newest in by_publisher.values():
        for copy in newest:
            same.setdefault((copy.version, copy.digest), []).append(copy)
    heads = [
        Head(
            version,
            digest,
            tuple(sorted({copy.publisher for copy in group})),
            tuple(copy.commitment for copy in group),
            len(forms[version]) > 1,
        )
        for (version, digest), group in same.items()
    ]
    heads.sort(key=lambda head: (head.publishers, head.digest))
    return tuple(sorted(heads, key=lambda head: head.version, reverse=True))
