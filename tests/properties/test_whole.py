"""Reading a whole file at once gives what reading it object by object gives, or nothing at all."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.wire import decode_object, read_object, read_whole, split_objects

AROUND = (
    b"%s",
    b'{"objects":%s}',
    b'{"objects":%s,"more":true,"next":"x"}',
    b'{"type":"bundle","id":"x","objects":%s}',
    b'{"objects":[],"objects":%s}',
)


@given(st.data())
def test_what_is_read_at_once_is_what_is_read_one_by_one(data: st.DataObject) -> None:
    """Whatever a bundle, envelope or array holds, sound or not: quick reading agrees, or leaves it to the other."""
    names = st.sampled_from(["a", "b", "é", "\U0001f600", "objects", "type", "x:y", "\\u003a"])
    scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5)
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    )
    objects = data.draw(st.lists(st.dictionaries(names, values, max_size=3), max_size=4))
    for each in objects:
        if data.draw(st.booleans()):
            each.update({"type": "url", "id": "url--c1477287-23ac-5971-a010-5c287877fa60"})
    text = json.dumps(objects, ensure_ascii=data.draw(st.booleans())).encode(errors="surrogatepass")
    whole = data.draw(st.sampled_from(AROUND)) % text
    if whole and data.draw(st.booleans()):  # a changed byte makes names equal, numbers large, strings end
        at = data.draw(st.integers(0, len(whole) - 1))
        whole = whole[:at] + data.draw(st.sampled_from([b"a", b'"', b"9", b"{", b":", b"\\", b""])) + whole[at + 1 :]
    quick = read_whole(whole)
    if quick is not None:
        assert [_outcome(read_object, value, place) for place, value in quick] == [
            _outcome(decode_object, each, place) for place, each in split_objects([whole])
        ]


def _outcome(read: Callable[[Any, str], tuple[dict[str, Any], bytes]], given: Any, place: str) -> str | bytes:
    """The canonical bytes, or the code and place of the refusal."""
    try:
        return read(given, place)[1]
    except Malformed as refusal:
        return f"{refusal.code} {refusal.place}"


def test_ordinary_files_are_read_at_once(shared_data: Path) -> None:
    for name in ("ics-attack-18.1.json.gz", "attack-history.json.gz"):
        data = gzip.decompress((shared_data / "attack" / name).read_bytes())
        quick = read_whole(data)
        assert quick is not None
        careful = [(place, decode_object(each, place)[1]) for place, each in split_objects([data])]
        assert [(place, read_object(value, place)[1]) for place, value in quick] == careful


@pytest.mark.parametrize(
    "data",
    [
        b'{"objects":[{"a":1,"a":1}]}', b'{"objects":[{"a":1,"\\u0061":1}]}', b'{"objects":[{"a\\u003a":1}]}',
        b'{"objects":[1]}', b'{"objects":[{"a":1e999}]}', b'{"objects":{}}',
        b'{"type":"bundle","spec_version":"2.0","objects":[]}', b'{"type":"note","objects":[]}', b"{}", b"",
        b"\xef\xbb\xbf[]",
        b'{"objects":[]}{"objects":[]}',
    ],
)  # fmt: skip
def test_what_wants_a_closer_look_gets_it(data: bytes) -> None:
    assert read_whole(data) is None


@pytest.mark.parametrize(
    "value",
    [b"9007199254740993", b"123456789012345678901234567890", b'"\\ufffe"', b"%s1%s" % (b"[" * 64, b"]" * 64)],
)
def test_what_is_wrong_in_one_object_is_found_there(value: bytes) -> None:
    good = b'{"type":"url","id":"url--c1477287-23ac-5971-a010-5c287877fa60"}'
    data = b'{"objects":[%s,{"type":"url","id":"url--c1477287-23ac-5971-a010-5c287877fa60","a":%s}]}' % (good, value)
    quick = read_whole(data)
    assert quick is not None
    found = [_outcome(read_object, value, place) for place, value in quick]
    assert found == [_outcome(decode_object, each, place) for place, each in split_objects([data])]
    assert isinstance(found[0], bytes)
    assert isinstance(found[1], str)
    assert "$.objects[1]" in found[1]
