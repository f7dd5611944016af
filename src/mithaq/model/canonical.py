"""I-JSON in, canonical JSON out: RFC 7493 and RFC 8785 (JCS).

Every record travels and is kept as its canonical bytes, so reading must refuse whatever two parsers could understand
differently (duplicate members, lone surrogates, numbers that a double can't hold), and writing must be the same to
the byte everywhere. `orjson` writes what RFC 8785 asks wherever no number is a float and no key leaves the Basic
Multilingual Plane; the few other values go through `rfc8785`. Which values are "other" is decided on the bytes that
orjson wrote: see `_CARE_NUMBERS`.

Limits on size and depth are the caller's arguments; what an object *means* is left to `model.record` and `wire`.

>>> encode_canonical(decode_json(b'{"b": 1.0, "a": "\\\\u00e9"}')).decode()
'{"a":"é","b":1}'
"""

import re
from collections.abc import Iterator
from typing import Any, NoReturn, cast

import orjson
import rfc8785

from mithaq.errors import Malformed

__all__ = ["MAX_DEPTH", "MAX_INTEGER", "MAX_RECORD_BYTES", "decode_json", "encode_canonical", "verify_canonical"]

MAX_RECORD_BYTES = 1024 * 1024
"""A record's canonical bytes may be this many (`bytes.md`, *record*)."""

MAX_DEPTH = 64
"""Containers inside one another, the outermost counted as 1 (`bytes.md`, *record*)."""

MAX_INTEGER = 2**53 - 1
"""The largest magnitude of an integral number (RFC 7493 section 2.2)."""

# A number needs care if it is a float (orjson writes a fraction or an exponent) or has 16 digits or more, for it may
# pass 2^53 - 1. In orjson's compact output a number follows `":`, `[`, `,` or the very start; the same characters inside a
# string only cost the slow path. One pattern for each first byte: together in one alternation they take ten times as long.
_CARE_NUMBERS = tuple(
    re.compile(before + rb"-?(?:\d{16}|\d+[.e])").search for before in (rb'":', rb",", rb"\[", rb"\A")
)
# A four-byte UTF-8 sequence may be in a key, where RFC 8785 sorts by UTF-16 code unit and orjson by code point.
_CARE_ORDER = re.compile(rb"[\xf0-\xf4]").search
_ESCAPED_COLON = re.compile(rb"\\u003[aA]")


def decode_json(data: bytes, *, max_bytes: int = MAX_RECORD_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Read one I-JSON value (RFC 7493) from UTF-8 bytes.

    Raises `Malformed` for more than `max_bytes`, nesting beyond `max_depth`, and for anything that is not I-JSON:
    bytes that are not UTF-8, a byte-order mark, trailing data, duplicate member names, lone surrogates, NaN, a number
    whose nearest double is infinite, an integral number beyond 2^53 - 1. The place is a JSON path or line and column.
    """
    if len(data) > max_bytes:
        raise Malformed("json-too-large", size=len(data), limit=max_bytes)
    value = _parse(data)
    compact = orjson.dumps(value)
    # Each dropped duplicate took at least its own colon along, and nothing else can lose one: colons inside strings are
    # in both texts, unless the input wrote one as an escape, and then we look closely.
    if data.count(b":") != compact.count(b":") or _ESCAPED_COLON.search(data):
        _refuse_duplicates(data)
    if compact.count(b"{") + compact.count(b"[") > max_depth:
        _refuse_depth(value, max_depth)
    if any(search(compact) for search in _CARE_NUMBERS):
        _refuse_numbers(value)
    return value


def encode_canonical(value: Any) -> bytes:
    """Write a JSON value as RFC 8785 asks.

    `value` is made of dict (string keys), list, str, int, float, bool and None, as `decode_json` returns it.
    Raises `Malformed` for a number that I-JSON does not allow and for lone surrogates.
    """
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError):
        data = b""
    if data and not any(search(data) for search in _CARE_NUMBERS) and (data.isascii() or not _CARE_ORDER(data)):
        return data
    _refuse_numbers(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise Malformed("json-not-canonical") from error


def verify_canonical(data: bytes) -> Any:
    """Return the value of canonical bytes, demanding that writing it again gives `data` (`bytes.md`, *wire form*).

    Raises `Malformed` as `decode_json` does, and `json-not-canonical` where the bytes are another spelling.
    """
    value = decode_json(data)
    if encode_canonical(value) != data:
        raise Malformed("json-not-canonical")
    return value


def _parse(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed("json-malformed", f"{error.lineno}:{error.colno}") from error


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f".{key}", item
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield f"[{position}]", item


def _refuse_depth(value: Any, max_depth: int) -> None:
    level = [value]
    for _ in range(max_depth):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise Malformed("json-too-deep", _first_path(value, max_depth)[:200], limit=max_depth)


def _first_path(value: Any, depth: int) -> str:
    """The path of one container that lies `depth` levels inside `value`; there is one."""
    stack = [("$", value, 0)]
    while stack:
        path, item, at = stack.pop()
        if at == depth:
            return path
        stack.extend((path + step, child, at + 1) for step, child in _children(item) if isinstance(child, (dict, list)))
    raise AssertionError("called for a value that is not that deep")


def _refuse_numbers(value: Any) -> None:
    stack = [("$", value)]
    while stack:
        path, item = stack.pop()
        if isinstance(item, float):
            if item != item or item in (float("inf"), float("-inf")) or (item.is_integer() and abs(item) > MAX_INTEGER):
                raise Malformed("json-number", path[:200])
        elif isinstance(item, int):
            if abs(item) > MAX_INTEGER:
                raise Malformed("json-number", path[:200])
        else:
            stack.extend((path + step, child) for step, child in _children(item))


def _refuse_duplicates(data: bytes) -> None:
    """Find a member named twice with a reader that sees every member; called only where the quick count differs."""
    _Cursor(data).walk()


class _Cursor:
    """A walk over JSON that orjson has already accepted: only member names are looked at, with their paths."""

    _TOKEN = re.compile(rb'[ \t\n\r,:]*("(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s,:{}\[\]"]+)', re.DOTALL)

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _next(self) -> bytes:
        match = self._TOKEN.match(self._data, self._at)
        if match is None:
            self._stop()
        self._at = match.end()
        return match.group(1)

    def _stop(self) -> NoReturn:
        raise Malformed("json-malformed", f"byte {self._at}")

    def walk(self) -> None:
        # An explicit stack: orjson allows 1,024 levels, more than Python's own stack may have left.
        names: list[set[str] | None] = []
        paths = ["$"]
        while True:
            token = self._next()
            if token in (b"{", b"["):
                names.append(set() if token == b"{" else None)
                paths.append(paths[-1])
                if token == b"[":
                    continue
            elif token in (b"}", b"]"):
                names.pop()
                paths.pop()
            if not names:
                return
            members = names[-1]
            if members is not None:
                self._member(members, paths)

    def _member(self, members: set[str], paths: list[str]) -> None:
        at = self._at
        token = self._next()
        if token == b"}":
            self._at = at
            return
        name = cast("str", orjson.loads(token))
        paths[-1] = f"{paths[-2]}.{name}"
        if name in members:
            raise Malformed("json-duplicate-key", paths[-1][:200])
        members.add(name)
