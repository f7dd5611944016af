"""Reading a whole file at once gives what reading it object by object gives, or nothing at all."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mithaq.model import MAX_DEPTH, decode_canonical, encode_canonical
from mithaq.wire import read_whole, split_objects

AROUND = (
    b"%s",
    b'{"objects":%s}',
    b'{"objects":%s,"more":true,"next":"x"}',
    b'{"type":"bundle","id":"x","objects":%s}',
    b'{"objects":[],"objects":%s}',
)


def _carefully(data: bytes) -> list[tuple[str, Any, bytes]]:
    return [(place, *decode_canonical(each, place, max_depth=MAX_DEPTH - 1)) for place, each in split_objects([data])]


@given(st.data())
def test_what_is_read_at_once_is_what_is_read_one_by_one(data: st.DataObject) -> None:
    """Whatever a bundle, envelope or array holds, sound or not: quick reading agrees, or leaves it to the other."""
    names = st.sampled_from(["a", "b", "é", "\U0001f600", "objects", "type", "x:y", "\\u003a"])
    scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5)
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    )
    objects = data.draw(st.lists(st.dictionaries(names, values, max_size=3), max_size=4))
    text = json.dumps(objects, ensure_ascii=data.draw(st.booleans())).encode(errors="surrogatepass")
    whole = data.draw(st.sampled_from(AROUND)) % text
    if whole and data.draw(st.booleans()):  # a changed byte makes names equal, numbers large, strings end
        at = data.draw(st.integers(0, len(whole) - 1))
        whole = whole[:at] + data.draw(st.sampled_from([b"a", b'"', b"9", b"{", b":", b"\\", b""])) + whole[at + 1 :]
    quick = read_whole(whole)
    if quick is None:
        return
    assert [(place, canonical) for place, _, canonical in quick] == [(p, c) for p, _, c in _carefully(whole)]
    assert [encode_canonical(value) for _, value, _ in quick] == [canonical for _, _, canonical in quick]


def test_ordinary_files_are_read_at_once(shared_data: Path) -> None:
    for name in ("ics-attack-18.1.json.gz", "attack-history.json.gz"):
        data = gzip.decompress((shared_data / "attack" / name).read_bytes())
        quick = read_whole(data)
        assert quick is not None
        assert [(place, canonical) for place, _, canonical in quick] == [(p, c) for p, _, c in _carefully(data)]


@pytest.mark.parametrize(
    "data",
    [
        b'{"objects":[{"a":1,"a":1}]}', b'{"objects":[{"a":1,"\\u0061":1}]}', b'{"objects":[{"a\\u003a":1}]}',
        b'{"objects":[1]}', b'{"objects":[{"a":9007199254740993}]}', b'{"objects":[{"a":1e999}]}', b'{"objects":{}}',
        b'{"type":"bundle","spec_version":"2.0","objects":[]}', b'{"type":"note","objects":[]}', b"{}", b"",
        b"\xef\xbb\xbf[]",
        b'{"objects":[]}{"objects":[]}', b'[{"a":%s1%s}]' % (b"[" * 64, b"]" * 64), b'{"objects":[{"a":"\\ufffe"}]}',
    ],
)  # fmt: skip
def test_what_wants_a_closer_look_gets_it(data: bytes) -> None:
    assert read_whole(data) is None
