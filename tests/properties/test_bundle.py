"""Laws of cutting streams: the same objects and the same refusal whatever the chunks, and for garbage nothing worse.

The oracle reads whole texts with Python's `json`; objects are told from each other by their bytes.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.wire import references, split_objects

Outcome = tuple[list[tuple[str, bytes]], str, str]
LIMIT = 400
TORTURE = 10_000


def split(chunks: list[bytes], limit: int = LIMIT) -> Outcome:
    found = []
    try:
        for each in split_objects(chunks, max_object_bytes=limit):
            found.append(each)  # noqa: PERF402  # what came before a refusal is wanted
    except Malformed as refusal:
        return found, refusal.code, refusal.place
    return found, "", ""


def cut(data: bytes, at: list[int]) -> list[bytes]:
    """The same bytes in chunks that end at these places, some of them empty."""
    ends = sorted(min(each, len(data)) for each in at)
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


def check_chunks(data: bytes, at: list[int]) -> Outcome:
    whole = split([data])
    assert split(cut(data, at)) == whole
    assert split([bytes([byte]) for byte in data]) == whole
    return whole


cuts = st.lists(st.integers(0, 400), max_size=12)
texts = st.text(st.characters(codec="utf-8") | st.sampled_from('\\"{}[],: \n'), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-99, 99) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
spaces = st.sampled_from(["", "", " ", "\n", "\t\r\n"])
lines = st.sampled_from(["\n", "\n\n", "\r\n", " \n\t"])


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """A JSON object as bytes, spelled in one way or another; never one that could be taken for a bundle."""
    value = {"type": "x", **draw(st.dictionaries(texts.filter(lambda name: name != "objects"), values, max_size=3))}
    value["type"] = "x"
    indent = draw(st.sampled_from([None, None, 1]))
    return json.dumps(value, ensure_ascii=draw(st.booleans()), indent=indent).encode()


@st.composite
def containers(draw: st.DrawFn) -> tuple[bytes, str, list[bytes]]:
    """A bundle, an envelope or an array: its bytes, the path of its objects, and these."""
    inside = draw(st.lists(objects(), max_size=4))
    array = "[" + ",".join(draw(spaces) + each.decode() + draw(spaces) for each in inside) + "]"
    kind = draw(st.sampled_from(["bundle", "envelope", "array"]))
    if kind == "array":
        return array.encode(), "", inside
    members = {'"objects"': array}
    if kind == "bundle":
        members |= {'"type"': '"bundle"', '"id"': '"bundle--1"', '"spec_version"': '"2.1"'}
    members |= draw(
        st.dictionaries(
            st.sampled_from(['"x"', '"y\\n"', '"more"', '"obj\\u0065ct"']), values.map(json.dumps), max_size=2
        )
    )
    parts = draw(st.permutations([f"{name}{draw(spaces)}:{draw(spaces)}{value}" for name, value in members.items()]))
    text = "{" + draw(spaces) + ("," + draw(spaces)).join(parts) + draw(spaces) + "}"
    return text.encode(), ".objects", inside


@settings(max_examples=200)
@given(containers(), cuts, spaces, spaces, st.booleans())
def test_a_container_gives_its_objects(
    container: tuple[bytes, str, list[bytes]], at: list[int], before: str, after: str, mark: bool
) -> None:
    data, path, inside = container
    stream = (b"\xef\xbb\xbf" if mark else b"") + before.encode() + data + after.encode()
    found, code, _ = split(cut(stream, at), 10_000)
    assert code == ""
    assert found == [(f"${path}[{index}]", each) for index, each in enumerate(inside)]
    assert split([bytes([byte]) for byte in stream], 10_000)[0] == found


@given(st.lists(st.tuples(objects().map(lambda data: (data, None, [data])) | containers(), lines), min_size=1), cuts)
def test_lines_give_their_objects(
    texts: list[tuple[tuple[bytes, str | None, list[bytes]], str]], at: list[int]
) -> None:
    stream = b"".join(data + end.encode() for (data, _, _), end in texts)
    expected = []
    line = 1
    for number, ((data, path, inside), end) in enumerate(texts):
        place = "$" if number == 0 else f"line {line}"
        if path is None:
            expected.append((f"line {line}" if len(texts) > 1 else "$", data))
        else:
            expected += [(f"{place}{path}[{index}]", each) for index, each in enumerate(inside)]
        line += (data + end.encode()).count(b"\n")
    assert split(cut(stream, at), 10_000) == (expected, "", "")


@given(containers() | objects().map(lambda data: (data, "", [data])), st.integers(0, 400), cuts)
def test_what_is_cut_off_gives_what_came_before(
    container: tuple[bytes, str, list[bytes]], end: int, at: list[int]
) -> None:
    data, _, inside = container
    cut_off = data[: min(end, len(data) - 1)]
    found, code, _ = check_chunks(cut_off, at)
    assert [each for _, each in found] == inside[: len(found)]
    assert code in ({"bundle-truncated", "bundle-too-large"} if cut_off.strip() else {"bundle-empty"})


TOKENS = [
    b'{"type":"x"}', b'{"type":"bundle","objects":[', b'{"objects":', b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\",
    b"\n", b" ", b"{}", b'"a"', b"1", b"null", b'"type"', b'"bundle"', b'"objects"', b'"spec_version":"2.0"', b"\x00",
    b"\xff", b"\xef\xbb\xbf", b"a" * 100, b'"\\u0074ype"', b'"more":true', "ж".encode(),
]  # fmt: skip
garbage = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(TOKENS), max_size=14).map(b"".join),
    st.tuples(containers(), st.integers(0, 300), st.integers(0, 3), st.sampled_from(TOKENS)).map(
        lambda t: t[0][0][: t[1]] + t[3] + t[0][0][t[1] + t[2] :]
    ),
)


def check_garbage(data: bytes, at: list[int]) -> None:
    found, code, _ = check_chunks(data, at)
    # What is yielded stands in the data, in this order, each a balanced piece from brace to brace.
    start = 0
    for _, each in found:
        assert each[:1] == b"{"
        assert each[-1:] == b"}"
        start = data.index(each, start) + len(each)
    if not code:
        check_nothing_is_lost(data, [each for _, each in found])


def check_nothing_is_lost(data: bytes, found: list[bytes]) -> None:
    """If it is all JSON, each object of each text was yielded."""
    decoder = json.JSONDecoder(object_pairs_hook=Pairs)
    try:
        text = data.decode().removeprefix("\ufeff")
        values: list[Any] = []
        while text := text.lstrip(" \t\r\n"):
            value, end = decoder.raw_decode(text)
            values.append(value)
            text = text[end:]
        read = [decoder.decode(each.decode()) for each in found]
    except ValueError:
        return
    assert read == [each for value in values for each in inside_of(value)]


class Pairs(list[tuple[str, Any]]):
    """An object's members as they came."""


def inside_of(value: Any) -> Iterator[Any]:
    if not isinstance(value, Pairs):
        yield from value
        return
    members = dict(reversed(value))
    first = {name: at for at, (name, _) in reversed([*enumerate(value)])}
    listed = isinstance(members.get("objects"), list) and not isinstance(members["objects"], Pairs)
    alone = "type" in members and members["type"] != "bundle" and first["type"] < first.get("objects", len(value))
    if listed and not alone:
        yield from members["objects"]
    elif not (members.get("type") == "bundle" or members.keys() <= {"more", "next"}):
        yield value


@settings(max_examples=400)
@given(garbage, cuts)
@example(b'{"objects":[],"type":"bundle"}', [])
@example(b'{"type":"bundle"', [])
@example(b'{"type":"x","a":"' + b"\\" * 7, [18])
@example(b'[{"":"' + b"a\\\\" * 120, [3])
def test_garbage_is_refused_alike_whatever_the_chunks(data: bytes, at: list[int]) -> None:
    check_garbage(data, at)


# References


@given(st.lists(st.tuples(st.text(max_size=5), st.uuids().map(str)), max_size=4), st.text(max_size=3))
def test_every_identifier_in_a_text_is_found(ids: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{before} tool--{uuid}" for before, uuid in ids) + end
    canonical = json.dumps({"name": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert references(canonical) == {f"tool--{uuid}" for _, uuid in ids}
    assert references(json.dumps({"name": [text[::-1]]}).encode()) >= set()


@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from([b"--", b"-", b"a", b"\\", b"u", b"8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"])).map(b"".join)
)
def test_any_bytes_have_references_or_none(data: bytes) -> None:
    for each in references(data):
        kind, _, uuid = each.rpartition("--")
        assert 3 <= len(kind) <= 250
        assert f"--{uuid}".encode() in data.lower()


@pytest.mark.torture
def test_bundles_at_length() -> None:
    settings(max_examples=TORTURE)(given(garbage, cuts)(check_garbage))()
