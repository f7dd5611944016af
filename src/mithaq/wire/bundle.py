"""Cutting a stream into STIX objects, in little memory and linear time.

Read are a STIX 2.1 bundle (section 8), a TAXII 2.1 envelope (section 3.7), an array of objects, a single object, and
any of these one after the other on lines of their own (newline-delimited JSON). Only the outer structure is looked at:
an object is what lies between two matching braces outside of strings; `stix.decode_object` reads it. A bundle's own
members are read and bounded here. Opening and unpacking files is the caller's part.

>>> [*split_objects([b'{"type": "bundle", "objects": [{"a": 1}', b', {"b": "}"}]}'])]
[('$.objects[0]', b'{"a": 1}'), ('$.objects[1]', b'{"b": "}"}')]
>>> [*split_objects([b'{"type": "x"}\\n{"type": "y"}\\n'])]
[('line 1', b'{"type": "x"}'), ('line 2', b'{"type": "y"}')]
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from mithaq.errors import Malformed
from mithaq.model import MAX_RECORD_BYTES, decode_json

__all__ = ["MAX_OUTSIDE_BYTES", "read_whole", "split_objects"]

MAX_OUTSIDE_BYTES = 64 * 1024
"""The members of a bundle or envelope other than its objects may take this many bytes together."""

_PIECE = 64 * 1024
_ESCAPED_COLON = re.compile(rb"\\u003[aA]").search
_MARK = b"\xef\xbb\xbf"
_END = -1
_QUOTE, _COMMA, _COLON, _OPEN, _CLOSE, _LIST, _LIST_END = b'",:{}[]'

# These match everywhere, if need be nothing. Their counts bound what the matcher remembers: where one is used up it
# stops at a quote or a backslash, and the reader goes on from there.
_TO_BRACE = re.compile(rb'[^"{}]*(?:"[^"\\]*(?:\\.[^"\\]*){0,50}"[^"{}]*){0,200}', re.DOTALL)
_TO_BRACKET = re.compile(rb'[^"\[\]]*(?:"[^"\\]*(?:\\.[^"\\]*){0,50}"[^"\[\]]*){0,200}', re.DOTALL)
_TO_QUOTE = re.compile(rb'[^"\\]*(?:\\.[^"\\]*){0,200}', re.DOTALL)
_SPACE = re.compile(rb"[ \t\n\r]*")
_WORD = re.compile(rb'[^ \t\n\r,:{}\[\]"]*')


def split_objects(chunks: Iterable[bytes], *, max_object_bytes: int = MAX_RECORD_BYTES) -> Iterator[tuple[str, bytes]]:
    """Yield the place and the bytes of each object in a stream that comes in `chunks` of any size.

    The place is a JSON path (`$.objects[17]`, `$[17]`, `$`) or a line (`line 3`, `line 3.objects[17]`). Never more than
    a chunk and an object are held. A byte-order mark at the very start is skipped. After what came before it has been
    yielded, raises `Malformed` with the place: `bundle-empty`, `bundle-truncated`, `bundle-trailing`,
    `bundle-not-object`, `bundle-too-large` (an object, or the rest of a bundle), `bundle-version` (STIX 2.0),
    `bundle-malformed`, and as `decode_json` does for a bundle's own members.
    """
    stream = _Stream(chunks, max_object_bytes)
    stream.skip_mark()
    if stream.space("$") == _END:
        raise Malformed("bundle-empty")
    place = "$"
    while True:
        stream.begin_text()
        match stream.space(place):
            case 0x5B:  # [
                yield from _elements(stream, place)
            case 0x7B:  # {
                yield from _object(stream, place)
            case _:
                raise Malformed("bundle-not-object", place)
        ended = stream.end_text()
        if stream.space(place) == _END:
            return
        place = f"line {stream.line()}"
        if stream.line() == ended:
            raise Malformed("bundle-trailing", place)


def read_whole(data: bytes) -> list[tuple[str, dict[str, Any]]] | None:
    """Place and value of each object in a whole bundle, envelope or array; quick, for what is well.

    One reading of all instead of one for each object, so it takes a part of the time and several times the memory.
    None if anything about the text as a whole wants a closer look, be it wrong or only unusual: then `split_objects`
    and `stix.decode_object` find the place, or read it. Each object has yet to be read by `stix.read_object`.
    """
    try:
        whole = orjson.loads(data)
        compact = orjson.dumps(whole)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    own: dict[str, Any] = {}
    objects, path = whole, "$"
    if isinstance(whole, dict):
        own = {name: value for name, value in whole.items() if name != "objects"}
        objects, path = whole.get("objects"), "$.objects"
    # A member that is named twice, in an object or around them, takes at least its own colon along.
    if data.count(b":") != compact.count(b":") or _ESCAPED_COLON(data) or not _is_plain(own):
        return None
    if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
        return None
    return [(f"{path}[{number}]", value) for number, value in enumerate(objects)]


def _is_plain(own: dict[str, Any]) -> bool:
    """Whether what stands beside the objects is that of an ordinary bundle or envelope, or nothing."""
    kind = own.get("type")
    if kind is None:
        return own.keys() <= {"more", "next"}
    if kind != "bundle" or own.get("spec_version", "2.1") != "2.1" or not own.keys() <= {"type", "id", "spec_version"}:
        return False
    return all(isinstance(value, str) and len(value) <= 1000 for value in own.values())


class _Stream:
    """Bytes that come in pieces: read up to `at`; if `kept`, wanted from there on, up to `limit` bytes."""

    def __init__(self, chunks: Iterable[bytes], limit: int) -> None:
        self.data = bytearray()
        self.at = 0
        self.kept: int | None = None
        self.limit = limit
        self._pieces = _cut(chunks)
        self._lines = 1
        self._counted = 0
        self._ended = 0

    def more(self, place: str) -> bool:
        """Put the next piece in place of what was read; False at the end of the stream."""
        start = self.at if self.kept is None else self.kept
        if len(self.data) - start > self.limit:
            raise Malformed("bundle-too-large", place, limit=self.limit)
        piece = next(self._pieces, b"")
        self._count_lines(start)
        del self.data[:start]
        self._counted -= start
        self.at -= start
        self.kept = None if self.kept is None else 0
        self.data += piece
        return bool(piece)

    def line(self) -> int:
        """The number of the line where `at` stands, from 1; nothing before may be read again."""
        self._count_lines(self.at)
        return self._lines

    def end_text(self) -> int:
        """The line where the text ended that was read; what follows may have been looked at since the first call."""
        self._ended = self._ended or self.line()
        return self._ended

    def begin_text(self) -> int:
        """The line where the next text begins."""
        self._ended = 0
        return self.line()

    def _count_lines(self, end: int) -> None:
        self._lines += self.data.count(b"\n", self._counted, end)
        self._counted = max(self._counted, end)

    def skip_mark(self) -> None:
        """Skip a byte-order mark at the start."""
        while len(self.data) < len(_MARK) and self.more("$"):
            pass
        if self.data.startswith(_MARK):
            self.at = len(_MARK)

    def space(self, place: str) -> int:
        """Skip white space; the byte that follows, or `_END`."""
        while True:
            self._skip(_SPACE)
            if self.at < len(self.data):
                return self.data[self.at]
            if not self.more(place):
                return _END

    def read(self, place: str, *wanted: int) -> int:
        """Skip white space and read one of the bytes `wanted`; which one."""
        byte = self.space(place)
        if byte == _END:
            raise Malformed("bundle-truncated", place)
        if byte not in wanted:
            raise Malformed("json-malformed", place)
        self.at += 1
        return byte

    def value(self, place: str) -> bytes:
        """Read one value, whose first byte is at hand, and return its bytes; only where it ends is looked at."""
        alone = self.kept is None
        if self.kept is None:
            self.kept = self.at
        offset = self.at - self.kept
        byte = self.data[self.at]
        if byte in {_OPEN, _LIST}:
            self.at += 1
            self.close(byte, place)
        elif byte == _QUOTE:
            self.at += 1
            self._close_text(place)
        else:
            self._close_word(place)
        value = self.taken(place)[offset:]
        if alone:
            self.kept = None
        return value

    def taken(self, place: str) -> bytes:
        """What was read since `kept`."""
        if self.at - (self.kept or 0) > self.limit:
            raise Malformed("bundle-too-large", place, limit=self.limit)
        return bytes(self.data[self.kept or 0 : self.at])

    def close(self, kind: int, place: str) -> None:
        """Read to the end of a container, whose opening bracket of this `kind` was read."""
        between = _TO_BRACE if kind == _OPEN else _TO_BRACKET
        depth = 1
        while depth:
            self._skip(between)
            if self.at == len(self.data):
                if not self.more(place):
                    raise Malformed("bundle-truncated", place)
                continue
            byte = self.data[self.at]
            self.at += 1
            if byte == _QUOTE:
                self._close_text(place)
            else:
                depth += 1 if byte == kind else -1

    def close_object(self, place: str) -> bool:
        """Read the object that begins at hand and return True, or return to its beginning if it is a long one."""
        start = self.at - (self.kept or 0)
        self.at += 1
        limit, self.limit = self.limit, min(self.limit, _PIECE)
        try:
            self.close(_OPEN, place)
        except Malformed as error:
            if error.code not in {"bundle-truncated", "bundle-too-large"}:  # it comes from whoever gives the chunks
                raise
        else:
            if self.at - (self.kept or 0) <= limit:
                return True
        finally:
            self.limit = limit
        self.at = start + (self.kept or 0)
        return False

    def _close_text(self, place: str) -> None:
        """Read to the end of a string, whose opening quote was read."""
        while True:
            self._skip(_TO_QUOTE)
            if self.at < len(self.data) and self.data[self.at] == _QUOTE:
                self.at += 1
                return
            # Else a backslash is next: one more than the pattern takes, or the last byte at hand.
            if self.at + 1 >= len(self.data) and not self.more(place):
                raise Malformed("bundle-truncated", place)

    def _close_word(self, place: str) -> None:
        """Read to the end of a number, `true`, `false` or `null`."""
        first = self.at - (self.kept or 0)
        while True:
            self._skip(_WORD)
            if self.at < len(self.data) or not self.more(place):
                break
        if self.at - (self.kept or 0) == first:
            raise Malformed("json-malformed", place)

    def _skip(self, pattern: re.Pattern[bytes]) -> None:
        match = pattern.match(self.data, self.at)
        if match is not None:
            self.at = match.end()


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks without empty ones and large ones in pieces, so that little is copied and held twice."""
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


def _elements(stream: _Stream, place: str) -> Iterator[tuple[str, bytes]]:
    """The objects of an array that begins at hand."""
    stream.at += 1
    if stream.space(place) == _LIST_END:
        stream.at += 1
        return
    index = 0
    while True:
        here = f"{place}[{index}]"
        byte = stream.space(here)
        if byte == _END:
            raise Malformed("bundle-truncated", here)
        if byte != _OPEN:
            raise Malformed("bundle-not-object", here)
        yield here, stream.value(here)
        index += 1
        if stream.read(f"{place}[{index}]", _COMMA, _LIST_END) == _LIST_END:
            return


def _names(stream: _Stream, place: str) -> Iterator[bytes]:
    """The names of an object's members, as they are spelled; whoever asks for the next has read the value."""
    stream.read(place, _OPEN)
    if stream.space(place) == _CLOSE:
        stream.at += 1
        return
    while True:
        stream.read(place, _QUOTE)
        stream.at -= 1
        name = stream.value(place)
        stream.read(place, _COLON)
        if stream.space(place) == _END:
            raise Malformed("bundle-truncated", place)
        yield name
        if stream.read(place, _COMMA, _CLOSE) == _CLOSE:
            return


def _object(stream: _Stream, place: str) -> Iterator[tuple[str, bytes]]:
    """An object that begins at hand, or the objects in it if it is a bundle or an envelope: its members tell."""
    line = f"line {stream.line()}"
    stream.kept = stream.at
    if stream.close_object(place):
        # Most objects can't be mistaken for anything else, and what is wrong in them is not our business.
        data = stream.taken(place)
        if b'"type"' in data and not any(word in data for word in (b'"objects"', b'"bundle"', b"\\u00")):
            yield _alone(stream, place, line)
            return
        stream.at = stream.kept
    own = _Own(place)
    inside = False
    for name in _names(stream, place):
        if _is(name, "objects", place) and stream.data[stream.at] == _LIST:
            own.add(name, b"[]")
            own.verify()
            stream.kept, inside = None, True
            yield from _elements(stream, f"{place}.objects")
            continue
        value = stream.value(place)
        if not inside and _is(name, "type", place) and value[:1] == b'"' and not _is(value, "bundle", place):
            stream.close(_OPEN, place)
            yield _alone(stream, place, line)
            return
        own.add(name, value)
        if inside:
            own.verify_size()
    if inside or own.is_bundle or own.is_envelope:
        stream.kept = None
        own.verify()
    else:
        yield _alone(stream, place, line)


def _alone(stream: _Stream, place: str, line: str) -> tuple[str, bytes]:
    """An object that stands for itself and was read; its place is a line if it is not all that there is."""
    data = stream.taken(place)
    stream.kept = None
    stream.end_text()
    return (line if place == "$" and stream.space(place) != _END else place), data


def _is(spelled: bytes, text: str, place: str) -> bool:
    """Whether a JSON string, however it is spelled, is `text`."""
    if b"\\" in spelled:
        return bool(decode_json(spelled, place, max_bytes=len(spelled)) == text)
    return spelled == f'"{text}"'.encode()


class _Own:
    """What a bundle or an envelope says beside its objects; as JSON, so that it is read by the same rules."""

    def __init__(self, place: str) -> None:
        self.is_bundle = False
        self.is_envelope = True
        self._place = place
        self._members: list[bytes] = []
        self._size = 0

    def add(self, name: bytes, value: bytes) -> None:
        """Take in a member as it is spelled."""
        place = self._place
        self._members.append(name + b":" + value)
        self._size += len(name) + len(value) + 2
        self.is_bundle = self.is_bundle or (_is(name, "type", place) and _is(value, "bundle", place))
        self.is_envelope = self.is_envelope and (_is(name, "more", place) or _is(name, "next", place))

    def verify_size(self) -> None:
        """Raises `Malformed` where the members taken in are too many or too large."""
        if self._size > MAX_OUTSIDE_BYTES:
            raise Malformed("bundle-too-large", self._place, limit=MAX_OUTSIDE_BYTES)

    def verify(self) -> None:
        """Check the members taken in so far. Raises `Malformed` with the place."""
        self.verify_size()
        own = decode_json(b"{" + b",".join(self._members) + b"}", self._place)
        version = own.get("spec_version", "2.1")
        if version == "2.0":
            raise Malformed("bundle-version", self._place)
        for name, well in {
            "type": own.get("type", "bundle") == "bundle",
            "spec_version": version == "2.1",
            "objects": isinstance(own.get("objects", []), list),
        }.items():
            if not well:
                raise Malformed("bundle-malformed", f"{self._place}.{name}")
