"""Records: an object with its release, its canonical bytes, its commitment (`docs/formats.md`, *Record* to *Receipt*).

A record travels and is kept as b = JCS({"object", "release", "v": 1}); the log holds its commitment, SHA-256 of
"mithaq/v1/record\\n" || b. Received bytes are kept as they came: a `Record` is a view on them. Whether a release is
*allowed* is decided in `release`, whether an object is good STIX in `wire`.

>>> release = Release(
...     alliance="a" * 64, log="dara.example/mithaq/aaaaaaaaaaaaaaaa/dara/1", author="dara", audience=("dara",),
...     charter="a" * 64, released="2026-11-24T05:00:00.000000Z", nonce="0" * 32,
... )
>>> record = seal_record(b'{"id":"x--1"}', release)
>>> decode_record(record.body) == record
True
>>> record.commitment.hex()[:16]
'f3cf4dc2d95484d3'
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from mithaq.errors import Malformed
from mithaq.model.audience import Audience, decode_audience, is_id
from mithaq.model.canonical import MAX_DEPTH, MAX_RECORD_BYTES, decode_json, encode_canonical, verify_canonical
from mithaq.model.instant import decode_time

__all__ = [
    "Record",
    "Release",
    "audiences_of",
    "commit",
    "decode_record",
    "is_origin",
    "prove_holding",
    "seal_record",
]

_COMMITMENT = b"mithaq/v1/record\n"
_HELD = b"mithaq/v1/held\n"
_RELEASE = b',"release":{"alliance":"'
_AUDIENCE = b'"audience":['
_NO_NONCE = "0" * 32
_HEX64 = re.compile(r"[0-9a-f]{64}")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_ORIGIN = re.compile(r"[a-z0-9.:-]{1,255}/mithaq/[0-9a-f]{16}/[a-z0-9-]{2,32}/[1-9][0-9]{0,8}")


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who published an object, in which log, to whom, under which charter and when; `nonce` is 16 random bytes in hex.

    `group` only labels how the audience was made; `restates` is the commitment of an earlier record of the same object
    bytes; after `expires` the author wants it gone; `forward` is false or absent. Times are ours (UTC, microseconds).
    """

    alliance: str
    log: str
    author: str
    audience: Audience
    charter: str
    released: str
    nonce: str
    group: str | UnsetType = UNSET
    restates: str | UnsetType = UNSET
    expires: str | UnsetType = UNSET
    forward: Literal[False] | UnsetType = UNSET


@dataclass(frozen=True)
class Record:
    """A record as it is kept: its bytes, the release, the commitment; two are equal if their bytes are."""

    body: bytes
    release: Release = field(compare=False)
    commitment: bytes = field(compare=False)

    @cached_property
    def object(self) -> dict[str, Any]:
        """The object with every property, also unknown ones; read from the bytes when it is first asked for."""
        value: dict[str, Any] = decode_json(self.body)["object"]
        return value


class _Parts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: Literal[1]
    object: dict[str, Any]
    release: Release


def is_origin(text: str) -> bool:
    """Whether `text` has the form of a log's origin (`docs/formats.md`, *Origin and key names*)."""
    return _ORIGIN.fullmatch(text) is not None


def commit(body: bytes) -> bytes:
    """The commitment of a record's bytes: the 32 bytes that its author's log holds."""
    return sha256(_COMMITMENT + body).digest()


def prove_holding(holder: str, body: bytes) -> str:
    """What only a holder of the bytes can write into its receipt, in hex (`docs/formats.md`, *Receipt*)."""
    return sha256(_HELD + holder.encode() + b"\n" + body).hexdigest()


def seal_record(canonical_object: bytes, release: Release, *, checked: bool = False) -> Record:
    """The record of an object's canonical bytes under `release`.

    `checked` says that these bytes were read or written by `model.canonical` and are an object of at most 63 levels, so
    that they need not be read again. Raises `Malformed` if the record is beyond 1 MiB or 64 levels, or the release is
    not well formed.
    """
    before, after = _release_around_nonce(msgspec.structs.replace(release, nonce=_NO_NONCE))
    if not _HEX32.fullmatch(release.nonce):
        raise Malformed("record-malformed", "$.release.nonce")
    # The three names sort in this order, so that the object's canonical bytes stand in the record's as they are.
    body = b"".join((b'{"object":', canonical_object, before, release.nonce.encode(), after))
    if len(body) > MAX_RECORD_BYTES:
        raise Malformed("json-too-large", size=len(body), limit=MAX_RECORD_BYTES)
    if not checked:  # the record is one level around its object
        value = decode_json(canonical_object, max_depth=MAX_DEPTH - 1)
        if not isinstance(value, dict):
            raise Malformed("record-malformed", "$.object")
    return Record(body, release, commit(body))


@lru_cache(maxsize=64)
def _release_around_nonce(release: Release) -> tuple[bytes, bytes]:
    """What stands around the nonce in a record: releases of one batch differ in nothing else."""
    verify_release(release)
    # No value can hold this name: its quotation marks would be escaped there.
    before, name, after = encode_canonical(msgspec.to_builtins(release)).partition(b'"nonce":"')
    return b',"release":' + before + name, after.removeprefix(_NO_NONCE.encode()) + b',"v":1}'


def decode_record(body: bytes) -> Record:
    """Read a record's bytes: I-JSON, canonical, version 1, no member but the known ones, each of its form.

    Raises `Malformed` as `verify_canonical` does, and `record-malformed` with the place.
    """
    value = verify_canonical(body)
    try:
        parts = msgspec.convert(value, _Parts)
    except msgspec.ValidationError as error:
        # Names of unknown members are not repeated: they could be anything.
        place = re.search(r" - at `(\$[\w.\[\]]*)`\Z", str(error), re.ASCII)
        raise Malformed("record-malformed", place[1] if place else "$") from None
    verify_release(parts.release)
    record = Record(body, parts.release, commit(body))
    record.__dict__["object"] = parts.object  # what `object` would read again
    return record


def audiences_of(bodies: Iterable[bytes]) -> set[Audience]:
    """The audiences that stand in records' canonical bytes, without reading the rest of them.

    The release comes after the object and holds nothing like its own beginning, so the last one found is it.
    Raises `Malformed` (`record-malformed`) for what is no record.
    """
    found = set()
    for body in bodies:
        begin = body.find(_AUDIENCE, body.rfind(_RELEASE) + 1)
        end = body.find(b"]", begin)
        if begin < 0 or end < 0:
            raise Malformed("record-malformed", "$.release.audience")
        found.add(body[begin + len(_AUDIENCE) - 1 : end + 1])
    return {_audience_of(entries) for entries in found}


@lru_cache(maxsize=1024)
def _audience_of(entries: bytes) -> Audience:
    """The audience that a record's bytes spell so: most records of a node have one of few."""
    return decode_audience(decode_json(entries), "$.release.audience")


def verify_release(release: Release) -> None:
    """Check the form of each part. Raises `Malformed` (`record-malformed`, `audience-malformed`, `time-malformed`)."""
    hashes = [("alliance", release.alliance), ("charter", release.charter)]
    if isinstance(release.restates, str):
        hashes.append(("restates", release.restates))
    for name, text in hashes:
        if not _HEX64.fullmatch(text):
            raise Malformed("record-malformed", f"$.release.{name}")
    if not _HEX32.fullmatch(release.nonce):
        raise Malformed("record-malformed", "$.release.nonce")
    if not is_origin(release.log):
        raise Malformed("record-malformed", "$.release.log")
    if not is_id(release.author):
        raise Malformed("record-malformed", "$.release.author")
    if isinstance(release.group, str) and not is_id(release.group):
        raise Malformed("record-malformed", "$.release.group")
    decode_audience(release.audience, "$.release.audience")
    decode_time(release.released, "$.release.released")
    if isinstance(release.expires, str):
        decode_time(release.expires, "$.release.expires")
