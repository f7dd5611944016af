"""I-JSON in, canonical JSON out: RFC 7493 and RFC 8785 (JCS).

Every record travels and is kept as its canonical bytes, so reading must refuse whatever two parsers could understand
differently (duplicate members, lone surrogates, noncharacters, numbers that a double can't hold), and writing must be
the same to the byte everywhere. `orjson` writes what RFC 8785 asks wherever no number is a float and no key leaves the
Basic Multilingual Plane; the few other values go through `rfc8785`. Which values are "other" is decided on the bytes
that orjson wrote: see `_CARE_NUMBERS`.

Limits on size and depth are the caller's arguments; what an object *means* is left to `model.record` and `wire`.

>>> encode_canonical(decode_json(b'{"b": 1.0, "a": "\\\\u00e9"}')).decode()
'{"a":"é","b":1}'
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import rfc8785

from mithaq.errors import Malformed

__all__ = [
    "MAX_DEPTH",
    "MAX_INTEGER",
    "MAX_RECORD_BYTES",
    "decode_canonical",
    "decode_json",
    "encode_canonical",
    "verify_canonical",
    "verify_depth",
]

MAX_RECORD_BYTES = 1024 * 1024
"""A record's canonical bytes may be this many (`docs/formats.md`, *Record*)."""

MAX_DEPTH = 64
"""Containers inside one another, the outermost counted as 1 (`docs/formats.md`, *Record*)."""

MAX_INTEGER = 2**53 - 1
"""The largest magnitude of an integral number (RFC 7493 section 2.2)."""

# orjson reads 1,024 levels and writes 254.
_WRITABLE_DEPTH = 254
_MAX_PLACE = 200

# A number needs care if it is a float (orjson writes a fraction or an exponent) or has 16 digits or more, for it may
# pass 2^53 - 1. In orjson's compact output a number follows `":`, `[`, `,` or the very start; the same characters
# inside a string only cost the slow path. One pattern for each first byte: together they take longer.
_CARE_NUMBERS = tuple(
    re.compile(before + rb"-?(?:\d{16}|\d+[.e])").search for before in (rb'":', rb",", rb"\[", rb"\A")
)
# Where a four-byte UTF-8 sequence stands in a key, RFC 8785 sorts by UTF-16 code unit and orjson by code point.
_ASTRAL = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
# What no text may hold: surrogates, U+FDD0 to U+FDEF, the last two code points of each plane. In UTF-8 a noncharacter
# begins or ends with one of three pairs of bytes.
_MAYBE_NONCHARACTER = (b"\xef\xb7", b"\xbf\xbe", b"\xbf\xbf")
_PLANE_ENDS = "".join(chr(plane + end) for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
_NO_TEXT = re.compile(f"[\ud800-\udfff\ufdd0-\ufdef{_PLANE_ENDS}]").search

_ESCAPED_COLON = re.compile(rb"\\u003[aA]").search
_TOKEN = re.compile(rb'("[^"]*")([ \t\n\r]*:)?|[{}\[\],]')
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}").fullmatch


def decode_json(data: bytes, place: str = "", *, max_bytes: int = MAX_RECORD_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Read one I-JSON value (RFC 7493) from UTF-8 bytes.

    `place` says where the value stands in something larger (`$.objects[3]`, `line 4`); `max_depth` is at most 254.
    Raises `Malformed` for more than `max_bytes`, nesting beyond `max_depth`, and for anything that is not I-JSON:
    bytes that are not UTF-8, a byte-order mark, trailing data, duplicate member names, lone surrogates, noncharacters,
    NaN, a number whose nearest double is infinite, an integral number beyond 2^53 - 1. The error's place is a JSON
    path from `place` on, or line and column within `data`.
    """
    if len(data) > max_bytes:
        raise Malformed("json-too-large", place, size=len(data), limit=max_bytes)
    value, compact = _parse(data, place, max_depth, 0)
    if _needs_care(compact):
        _refuse_numbers(value, place)
    return value


def encode_canonical(value: Any) -> bytes:
    """Write a JSON value as RFC 8785 asks.

    `value` is made of dict (string keys), list, str, int, float, bool and None, as `decode_json` returns it.
    Raises `Malformed` for a number or text that I-JSON does not allow, and for a value of any other type.
    """
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError):
        data = b""
    careful = not data or _needs_care(data)
    # orjson writes null for a float that is not finite.
    if careful or b"null" in data:
        _refuse_numbers(value, "")
    if not data or _maybe_noncharacter(data):
        _refuse_texts(value, "")
    if careful or _maybe_astral_key(data):
        return _write_carefully(value)
    return data


def decode_canonical(
    data: bytes, place: str = "", *, max_bytes: int = MAX_RECORD_BYTES, max_depth: int = MAX_DEPTH
) -> tuple[Any, bytes]:
    """Read one I-JSON value as `decode_json` does, and write it as `encode_canonical` does, in less time than both."""
    if len(data) > max_bytes:
        raise Malformed("json-too-large", place, size=len(data), limit=max_bytes)
    value, canonical = _parse(data, place, max_depth, orjson.OPT_SORT_KEYS)
    careful = _needs_care(canonical)
    if careful:
        _refuse_numbers(value, place)
    if careful or _maybe_astral_key(canonical):
        canonical = _write_carefully(value)
    return value, canonical


def verify_canonical(data: bytes) -> Any:
    """Return the value of canonical bytes, demanding that writing it again gives `data` (`docs/formats.md`, *Record*).

    Raises `Malformed` as `decode_json` does, and `json-not-canonical` where the bytes are another spelling.
    """
    value, canonical = decode_canonical(data)
    if canonical != data:
        raise Malformed("json-not-canonical")
    return value


def _parse(data: bytes, place: str, max_depth: int, option: int) -> tuple[Any, bytes]:
    """The value of `data` and how orjson writes it; everything is checked but the numbers."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        at = _position(data, error, place)
        if "depth" in error.msg:
            raise Malformed("json-too-deep", at, limit=max_depth) from None
        if "infinity" in error.msg:
            raise Malformed("json-number", at) from None
        if error.msg.endswith("surrogate in string"):
            raise Malformed("json-text", at) from None
        raise Malformed("json-malformed", at) from None
    try:
        compact = orjson.dumps(value, option=option)
    except orjson.JSONEncodeError:
        verify_depth(value, place, min(max_depth, _WRITABLE_DEPTH))
        raise
    # Each dropped duplicate took at least its own colon along, and nothing else can lose one: colons inside strings are
    # in both texts, unless the input wrote one as an escape, and then we look closely.
    if data.count(b":") != compact.count(b":") or _ESCAPED_COLON(data):
        _refuse_duplicates(data, place)
    if compact.count(b"{") + compact.count(b"[") > max_depth:
        verify_depth(value, place, max_depth)
    if _maybe_noncharacter(compact):
        _refuse_texts(value, place)
    return value, compact


def _needs_care(compact: bytes) -> bool:
    return any(search(compact) for search in _CARE_NUMBERS)


def _maybe_astral_key(compact: bytes) -> bool:
    return not compact.isascii() and any(first in compact for first in _ASTRAL)


def _maybe_noncharacter(compact: bytes) -> bool:
    return not compact.isascii() and any(pair in compact for pair in _MAYBE_NONCHARACTER)


def _write_carefully(value: Any) -> bytes:
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise Malformed("json-not-canonical") from error


def _path(place: str, steps: Iterable[str | int]) -> str:
    """The JSON path to a value. A name of unusual characters is quoted, so that it can do no harm where it is shown."""
    shown = place or "$"
    for step in steps:
        if isinstance(step, int):
            shown += f"[{step}]"
        elif _PLAIN_NAME(step):
            shown += f".{step}"
        else:
            shown += f"[{json.dumps(step[:_MAX_PLACE])}]"
        if len(shown) > len(place) + _MAX_PLACE:
            break
    return shown[: len(place) + _MAX_PLACE]


def _position(data: bytes, error: orjson.JSONDecodeError, place: str) -> str:
    """Line and column, both from 1, of what orjson stumbled over."""
    line, column = error.lineno, error.colno
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        before = data[: wrong.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
    return f"{place} {line}:{column}" if place else f"{line}:{column}"


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value)) if isinstance(value, (list, tuple)) else iter(())


def _walk(value: Any) -> Iterator[tuple[Any, list[str | int]]]:
    """Every value in document order with the steps to it; the list is the same one each time, and changes."""
    steps: list[str | int] = []
    yield value, steps
    open_containers = [_children(value)]
    while open_containers:
        for step, child in open_containers[-1]:
            steps.append(step)
            yield child, steps
            if isinstance(child, (dict, list, tuple)):
                open_containers.append(_children(child))
                break
            steps.pop()
        else:
            open_containers.pop()
            del steps[-1:]


def verify_depth(value: Any, place: str, max_depth: int) -> None:
    """Refuse a JSON value of more levels of objects and arrays: raises `Malformed` (`json-too-deep`) with its place."""
    # Level by level is many times as fast as a walk; only what is too deep is walked, for its place.
    level = [value]
    for _ in range(max_depth):
        level = [child for parent in level for child in _containers(parent)]
        if not level:
            return
    for item, steps in _walk(value):
        if len(steps) >= max_depth and isinstance(item, (dict, list)):
            raise Malformed("json-too-deep", _path(place, steps), limit=max_depth)


def _containers(value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in children if isinstance(child, (dict, list))]


def _refuse_numbers(value: Any, place: str) -> None:
    for item, steps in _walk(value):
        if isinstance(item, float):
            if not math.isfinite(item) or (item.is_integer() and abs(item) > MAX_INTEGER):
                raise Malformed("json-number", _path(place, steps))
        elif isinstance(item, int) and abs(item) > MAX_INTEGER:
            raise Malformed("json-number", _path(place, steps))


def _refuse_texts(value: Any, place: str) -> None:
    for item, steps in _walk(value):
        name = steps[-1] if steps else ""
        if (isinstance(item, str) and _NO_TEXT(item)) or (isinstance(name, str) and _NO_TEXT(name)):
            raise Malformed("json-text", _path(place, steps))


def _refuse_duplicates(data: bytes, place: str) -> None:
    """Look at every member name of JSON that orjson has accepted; called only where the quick count may differ."""
    # Without escaped backslashes and quotes a string ends at the next quote; the offsets stay those of `data`.
    plain = data.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    names: list[set[str]] = []
    steps: list[str | int] = []
    for token in _TOKEN.finditer(plain):
        match plain[token.start()]:
            case 0x7B | 0x5B:  # { [
                names.append(set())
                steps.append(0)
            case 0x7D | 0x5D:  # } ]
                names.pop()
                steps.pop()
            case 0x2C if isinstance(steps[-1], int):  # a comma between the items of an array
                steps[-1] += 1
            case _ if token[2]:
                name = orjson.loads(data[token.start(1) : token.end(1)])
                steps[-1] = name
                if name in names[-1]:
                    raise Malformed("json-duplicate-key", _path(place, steps))
                names[-1].add(name)
