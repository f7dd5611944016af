"""One STIX 2.1 object: what every object needs to be published, its version, what it refers to.

Checked is what the rules of release and the store go by: type and id (STIX 2.1 section 2.9), the version of the
specification, times, and the properties that mark the object (section 3.2 and 7.2). What else a type asks for is left
to full validation; unknown properties stay as they are.

>>> value, _ = decode_object(b'{"type": "url", "id": "url--c1477287-23ac-5971-a010-5c287877fa60", "value": "x"}', "$")
>>> stated_version(value)
''
>>> sorted(references(b'{"text":"see\\\\nurl--c1477287-23ac-5971-a010-5c287877fa60"}'))
['url--c1477287-23ac-5971-a010-5c287877fa60']
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from mithaq.errors import Malformed
from mithaq.model import MAX_DEPTH, MAX_RECORD_BYTES, decode_canonical, encode_canonical, instant_key, verify_depth

__all__ = ["decode_object", "read_object", "references", "stated_version"]

_TYPE = re.compile(r"[a-z0-9-]{3,250}").fullmatch
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(rf"([a-z0-9-]{{3,250}})--{_UUID}").fullmatch
_IDENTITY = re.compile(rf"identity--{_UUID}").fullmatch
_MARKING = re.compile(rf"marking-definition--{_UUID}").fullmatch

# Everything but cyber observables: without a spec_version these are objects of STIX 2.0 (section 3.2).
_STATES_VERSION = frozenset({
    "attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure",
    "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion", "report",
    "threat-actor", "tool", "vulnerability", "relationship", "sighting", "extension-definition", "language-content",
    "marking-definition",
})  # fmt: skip

_QUOTED = re.compile(rb"(--[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})").split
_TYPE_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
_LONGEST_TYPE = 250


def decode_object(data: bytes, place: str) -> tuple[dict[str, Any], bytes]:
    """One STIX object and its canonical bytes, from the bytes that stand at `place` in the input.

    Raises `Malformed` with the place from `place` on: as `decode_json` does, `stix-object` for what is no object, and
    `stix-bundle`, `stix-type`, `stix-id`, `stix-version` (another version than 2.1), `time-malformed`,
    `stix-reference`, `stix-granular-marking`.
    """
    # In its record the object lies one level deeper.
    value, canonical = decode_canonical(data, place, max_depth=MAX_DEPTH - 1)
    return _check_object(value, place), canonical


def read_object(value: dict[str, Any], place: str) -> tuple[dict[str, Any], bytes]:
    """The same for a JSON object that `bundle.read_whole` has read from `place`."""
    try:
        canonical = encode_canonical(value)
    except Malformed:
        canonical = b""
    if not canonical or len(canonical) > MAX_RECORD_BYTES:
        # What is rare is read once more, with all checks, so that an error names its place.
        return decode_object(orjson.dumps(value), place)
    if canonical.count(b"{") + canonical.count(b"[") >= MAX_DEPTH:
        verify_depth(value, place, MAX_DEPTH - 1)
    return _check_object(value, place), canonical


def _check_object(value: Any, place: str) -> dict[str, Any]:
    """A JSON value that was read from `place`, if it is such an object. Raises as `decode_object` does."""
    if not isinstance(value, dict):
        raise Malformed("stix-object", place)
    _verify_identity(value, place)
    _verify_version(value, place)
    for name in ("created", "modified"):
        if name in value:
            _verify_time(value[name], f"{place}.{name}")
    if "created_by_ref" in value and not _matches(_IDENTITY, value["created_by_ref"]):
        raise Malformed("stix-reference", f"{place}.created_by_ref")
    _verify_markings(value, place)
    return value


def stated_version(value: Mapping[str, Any]) -> str:
    """The key of an object's version: that of its `modified`, else of its `created` instant, else empty.

    Keys of one object compare by time. Raises `Malformed` (`time-malformed`) for a time that `decode_object` refuses.
    """
    for name in ("modified", "created"):
        if name in value:
            return _verify_time(value[name], f"$.{name}")
    return ""


def references(canonical: bytes) -> frozenset[str]:
    """Every STIX identifier in an object's canonical bytes, as a value or inside a text, its own among them.

    Capital letters are read as small ones, and a text may hold what only looks like an identifier: whoever asks what
    they refer to finds nothing then.
    """
    found = set()
    parts = _QUOTED(canonical)
    for before, rest in zip(parts[::2], parts[1::2], strict=False):
        stripped = before.rstrip(_TYPE_LETTERS)
        kind = before[len(stripped) :]
        # A backslash takes the letters of its escape with it, unless it is escaped itself.
        if stripped.endswith(b"\\") and (len(stripped) - len(stripped.rstrip(b"\\"))) % 2:
            kind = kind[5 if kind[:1] == b"u" else 1 :]
        if b"--" in kind or kind[:1] == b"-":
            kind = kind.rpartition(b"--")[2].lstrip(b"-")
        if 3 <= len(kind) <= _LONGEST_TYPE:
            found.add((kind + rest).lower())
    return frozenset(map(bytes.decode, found))


def _matches(pattern: Any, value: object) -> bool:
    return isinstance(value, str) and pattern(value) is not None


def _verify_identity(value: dict[str, Any], place: str) -> None:
    kind = value.get("type")
    if kind == "bundle":
        raise Malformed("stix-bundle", place)
    if not _matches(_TYPE, kind):
        raise Malformed("stix-type", f"{place}.type")
    identifier = value.get("id")
    match = _ID(identifier) if isinstance(identifier, str) else None
    if match is None or match[1] != kind:
        raise Malformed("stix-id", f"{place}.id")


def _verify_version(value: dict[str, Any], place: str) -> None:
    if "spec_version" in value:
        well = value["spec_version"] == "2.1"
    else:
        well = value["type"] not in _STATES_VERSION and "created" not in value and "modified" not in value
    if not well:
        raise Malformed("stix-version", f"{place}.spec_version")


def _verify_time(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise Malformed("time-malformed", place)
    return instant_key(value, place)


def _verify_markings(value: dict[str, Any], place: str) -> None:
    refs = value.get("object_marking_refs", [])
    if not isinstance(refs, list):
        raise Malformed("stix-reference", f"{place}.object_marking_refs")
    for number, ref in enumerate(refs):
        if not _matches(_MARKING, ref):
            raise Malformed("stix-reference", f"{place}.object_marking_refs[{number}]")
    granular = value.get("granular_markings", [])
    if not isinstance(granular, list):
        raise Malformed("stix-granular-marking", f"{place}.granular_markings")
    for number, marking in enumerate(granular):
        if not _is_granular_marking(marking):
            raise Malformed("stix-granular-marking", f"{place}.granular_markings[{number}]")


def _is_granular_marking(marking: object) -> bool:
    """Selectors, and either a marking or a language (STIX 2.1 section 7.2.3)."""
    if not isinstance(marking, dict):
        return False
    selectors = marking.get("selectors")
    if not isinstance(selectors, list) or not selectors:
        return False
    if not all(isinstance(selector, str) and selector for selector in selectors):
        return False
    if "lang" in marking:
        return "marking_ref" not in marking and isinstance(marking["lang"], str) and bool(marking["lang"])
    return _matches(_MARKING, marking.get("marking_ref"))
