"""Reading an object for publication: all that can be said of it without asking the store.

A pure function of bytes, so that an import does it in a process of its own while another one publishes. What comes out
is small: the object's canonical bytes, and beside them just what rules and store go by.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from mithaq.model import Tlp, encode_canonical, object_words, tlp_of_definition
from mithaq.wire import decode_object, read_object, stated_version

__all__ = ["ATTACHMENT", "UPLOAD", "Prepared", "prepare", "prepare_read", "prepare_value"]

UPLOAD = "mithaq:upload:"
"""An artifact's url while its bytes are an upload: published, it becomes `ATTACHMENT` and a digest."""

ATTACHMENT = "mithaq:attachment:"


class Prepared(NamedTuple):
    """An object that was read from `place`.

    `version` is its STIX version key, `creator` its `created_by_ref` or empty, `digest` SHA-256 of its canonical bytes.
    `markings` are its object markings, `granular` the markings of its parts, `words` its folded words separated by
    zeros. `defines` is the level that a marking-definition states, `url` that of an artifact.
    """

    place: str
    object_id: str
    type: str
    version: str
    creator: str
    canonical: bytes
    digest: bytes
    markings: tuple[str, ...]
    granular: tuple[str, ...]
    words: str
    defines: Tlp | None
    url: str


def prepare(place: str, data: bytes) -> Prepared:
    """Read one STIX object's bytes. Raises `Malformed` with the place."""
    return _prepared(place, *decode_object(data, place))


def prepare_read(place: str, value: dict[str, Any]) -> Prepared:
    """The same for an object of a text that was read as a whole. Raises `Malformed` with the place."""
    return _prepared(place, *read_object(value, place))


def prepare_value(place: str, value: dict[str, Any]) -> Prepared:
    """The same for an object that the node made itself."""
    return _prepared(place, value, encode_canonical(value))


def _prepared(place: str, value: Mapping[str, Any], canonical: bytes) -> Prepared:
    kind = value["type"]
    creator = value.get("created_by_ref", "")
    markings = tuple(value.get("object_marking_refs", ()))
    granular = tuple(each["marking_ref"] for each in value.get("granular_markings", ()) if "marking_ref" in each)
    return Prepared(
        place,
        value["id"],
        kind,
        stated_version(value),
        creator,
        canonical,
        hashlib.sha256(canonical).digest(),
        markings,
        granular,
        "\0".join(object_words(value)),
        tlp_of_definition(value) if kind == "marking-definition" else None,
        str(value.get("url", "")) if kind == "artifact" else "",
    )
