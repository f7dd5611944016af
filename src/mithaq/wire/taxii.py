"""TAXII 2.1 (OASIS Standard, 10 June 2021): media types, filters, and the resources that a server answers with.

Bytes and text in, bytes out. Objects stand in an envelope as the bytes that their log committed to; what a filter means
for the store is decided in `node`.

>>> decode_filters([("match[type]", "indicator,malware"), ("limit", "5")], OBJECTS).types
('indicator', 'malware')
>>> is_acceptable("application/taxii+json;version=2.1"), is_acceptable("application/taxii+json;version=2.0")
(True, False)
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from mithaq.errors import Malformed
from mithaq.model import instant_key

__all__ = [
    "DELETION",
    "MEDIA_TYPE",
    "NOTHING",
    "OBJECTS",
    "ONE_OBJECT",
    "STIX_TYPE",
    "VERSIONS",
    "CollectionResource",
    "Filters",
    "ManifestRecord",
    "Status",
    "StatusDetail",
    "collection_id",
    "decode_filters",
    "encode_envelope",
    "encode_manifest",
    "encode_resource",
    "encode_versions",
    "is_acceptable",
    "is_taxii",
    "object_bytes",
    "stated_text",
]

MEDIA_TYPE: Final = "application/taxii+json;version=2.1"
STIX_TYPE: Final = "application/stix+json;version=2.1"

MAX_LIMIT: Final = 1000
"""Objects of one page; who asks for more gets so many, as section 3.4 allows."""

DEFAULT_LIMIT: Final = 1000
MAX_VALUES = 100
"""Values of one filter."""

MAX_LETTERS = 8000
"""Letters of one parameter."""

# Filters that an endpoint knows (sections 5.4 to 5.8).
NOTHING: Final[frozenset[str]] = frozenset()
_PAGED = frozenset({"added_after", "limit", "next"})
OBJECTS: Final = _PAGED | {"match[id]", "match[type]", "match[version]", "match[spec_version]"}
ONE_OBJECT: Final = _PAGED | {"match[version]", "match[spec_version]"}
VERSIONS: Final = _PAGED | {"match[spec_version]"}
DELETION: Final = frozenset({"match[version]", "match[spec_version]"})
_EVERY_VERSION = frozenset({VERSIONS, DELETION})

_NUMBER = re.compile(r"[0-9]{1,18}").fullmatch
_SPEC_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}").fullmatch
_RELEASE = b',"release":{"alliance":"'
_OBJECT = b'{"object":'


# Media types (sections 1.6.8 and 3.1)


def is_taxii(stated: str) -> bool:
    """Whether a media type is TAXII's: without a version, or of 2.1."""
    name, parameters = _media_type(stated)
    return name == "application/taxii+json" and parameters.get("version", "2.1") == "2.1"


@lru_cache(maxsize=256)
def is_acceptable(accept: str | None) -> bool:
    """Whether whoever sends this `Accept` takes TAXII 2.1. Who sends none takes anything (RFC 9110 section 12.5.1)."""
    if accept is None:
        return True
    # Of several ranges the most exact counts, so that `*/*, application/taxii+json;q=0` refuses.
    best, weight = -1, 0.0
    for each in accept[:MAX_LETTERS].split(","):
        name, parameters = _media_type(each)
        exact = {"*/*": 0, "application/*": 1, "application/taxii+json": 2}.get(name, -1)
        version = parameters.get("version")
        if exact < 0 or version not in {None, "2.1"}:
            continue
        exact += 3 if version else 0
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        if exact > best or (exact == best and quality > weight):
            best, weight = exact, quality
    return best >= 0 and weight > 0


def _media_type(stated: str) -> tuple[str, dict[str, str]]:
    """The name of a media type or range and its parameters, in small letters, without white space and quotes."""
    name, *rest = (part.strip().lower() for part in stated.split(";"))
    pairs = (part.partition("=") for part in rest)
    return name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}


# Filters (section 3.4)


class Filters(NamedTuple):
    """What a request asks of a collection; see `store.collections.Selection`.

    `after` is the key of `added_after` (`model.instant_key`), `next` the token of a page before, both empty if not
    given. `types`, `ids` and `spec_versions` are None where anything will do. `newest`, `oldest` and `versions` (keys)
    pick versions; with `every` all of them are picked. `stated` is what picks, as text: all but limit, token and
    `added_after`, for some clients go on by a token without the `added_after` that they began with, or with another.
    """

    limit: int = DEFAULT_LIMIT
    next: str = ""
    after: str = ""
    types: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    spec_versions: tuple[str, ...] | None = None
    newest: bool = True
    oldest: bool = False
    every: bool = False
    versions: tuple[str, ...] = ()
    stated: str = ""

    @property
    def reaches_stix_2_1(self) -> bool:
        """Whether objects of STIX 2.1, all that is kept here, are among what is asked for."""
        return self.spec_versions is None or "2.1" in self.spec_versions


def decode_filters(given: Iterable[tuple[str, str]], known: frozenset[str]) -> Filters:
    """The filters of a request, of those that its endpoint knows.

    Raises `Malformed` (`parameter`) with the name of one that is unknown, doubled, too long or not of its form: a
    filter never is without effect. Without `match[version]` the last version is meant (section 3.4), or all of them
    where an endpoint lists or deletes versions.
    """
    stated: dict[str, str] = {}
    for name, value in given:
        if name not in known or name in stated or len(value) > MAX_LETTERS:
            raise Malformed("parameter", name[:100])
        stated[name] = value
    limit = stated.pop("limit", str(DEFAULT_LIMIT))
    if not _NUMBER(limit) or int(limit) == 0:
        raise Malformed("parameter", "limit")
    token = stated.pop("next", "")
    try:
        after = instant_key(stated.pop("added_after")) if "added_after" in stated else ""
    except Malformed:
        raise Malformed("parameter", "added_after") from None
    spec_versions = _values(stated, "match[spec_version]")
    if spec_versions is not None and not all(map(_SPEC_VERSION, spec_versions)):
        raise Malformed("parameter", "match[spec_version]")
    words = _values(stated, "match[version]", once=True)
    filters = Filters(
        min(int(limit), MAX_LIMIT),
        token,
        after,
        _values(stated, "match[type]"),
        _values(stated, "match[id]"),
        spec_versions,
        every=known in _EVERY_VERSION,
        stated="&".join(f"{name}={value}" for name, value in sorted(stated.items())),
    )
    return filters if words is None else _with_versions(filters, words)


def _values(stated: Mapping[str, str], name: str, *, once: bool = False) -> tuple[str, ...] | None:
    if name not in stated:
        return None
    listed = stated[name].split(",")
    values = tuple(listed if once else dict.fromkeys(listed))
    if len(values) > MAX_VALUES or not all(value and value.isprintable() for value in values):
        raise Malformed("parameter", name)
    return values


def _with_versions(filters: Filters, words: tuple[str, ...]) -> Filters:
    """The filters with what `match[version]` says: `all` alone, or `first`, `last` and instants."""
    try:
        keys = tuple(instant_key(word) for word in words if word not in {"first", "last", "all"})
    except Malformed:
        raise Malformed("parameter", "match[version]") from None
    named = [word for word in words if word in {"first", "last", "all"}]
    if ("all" in words and len(words) > 1) or len({*keys, *named}) < len(words):
        raise Malformed("parameter", "match[version]")
    return filters._replace(newest="last" in words, oldest="first" in words, every="all" in words, versions=keys)


# Resources


class CollectionResource(msgspec.Struct, frozen=True, kw_only=True):
    """A collection as section 5.2 describes it."""

    id: str
    title: str
    description: str
    alias: str
    can_read: bool
    can_write: bool
    media_types: tuple[str, ...] = (STIX_TYPE,)


class StatusDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one object of a request (section 4.3.1)."""

    id: str
    version: str
    message: str = ""


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a request (section 4.3); objects are never pending here: the answer comes when all is done."""

    id: str
    status: str
    request_timestamp: str
    total_count: int
    success_count: int
    failure_count: int
    pending_count: int
    successes: list[StatusDetail] = []
    failures: list[StatusDetail] = []


class ManifestRecord(NamedTuple):
    """A version of an object in a collection (section 5.3.1)."""

    id: str
    date_added: str
    version: str


@lru_cache(maxsize=1024)
def collection_id(alliance: str, group: str) -> str:
    """The id of the collection of a charter's group; of all that a reader may read if `group` is empty.

    UUIDv5 of `mithaq/v1/collection/<alliance>/<group>` in the URL namespace of RFC 9562, written as version 4:
    section 2 of TAXII 2.1 allows no other, and nobody can tell these bits from random ones.
    """
    named = uuid.uuid5(uuid.NAMESPACE_URL, f"mithaq/v1/collection/{alliance}/{group}")
    return str(uuid.UUID(bytes=named.bytes, version=4))


def encode_resource(value: object) -> bytes:
    """A resource's JSON."""
    return msgspec.json.encode(value)


def encode_envelope(objects: Sequence[bytes], token: str) -> bytes:
    """An envelope (section 3.7) of objects' bytes; `token` leads to the next page, empty if there is none."""
    return _page("objects", objects, token)


def encode_manifest(records: Sequence[ManifestRecord], token: str) -> bytes:
    """A manifest (section 5.3). It gives `next` as well: without it a client that sees `more` can't go on."""
    values = [
        {"id": each.id, "date_added": each.date_added, "version": each.version, "media_type": STIX_TYPE}
        for each in records
    ]
    return _page("objects", [orjson.dumps(value) for value in values], token)


def encode_versions(versions: Sequence[str], token: str) -> bytes:
    """The versions of an object (section 5.8), `next` as in a manifest."""
    return _page("versions", [orjson.dumps(version) for version in versions], token)


def _page(name: str, values: Sequence[bytes], token: str) -> bytes:
    # A list without elements is left out: section 3.7 and its kin.
    more = b'"more":true,"next":' + orjson.dumps(token) if token else b'"more":false'
    listed = [b',"', name.encode(), b'":[', b",".join(values), b"]"] if values else []
    return b"".join((b"{", more, *listed, b"}"))


def object_bytes(body: bytes) -> bytes:
    """The object in a record's canonical bytes, as they are.

    The release comes after the object and holds nothing like its own beginning. Raises `Malformed`
    (`record-malformed`) for what is no record.
    """
    end = body.rfind(_RELEASE)
    if end < 0 or not body.startswith(_OBJECT):
        raise Malformed("record-malformed")
    return body[len(_OBJECT) : end]


class _Stated(msgspec.Struct, frozen=True):
    modified: str = ""
    created: str = ""


_stated = msgspec.json.Decoder(_Stated).decode


def stated_text(value: bytes) -> str:
    """The version of an object's JSON bytes as it is written there: `modified`, else `created`, else empty."""
    stated: Any = _stated(value)
    return str(stated.modified or stated.created)
