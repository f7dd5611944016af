"""Laws of canonical JSON: written as `rfc8785` writes, and read exactly where a slow reader of our own finds I-JSON.

The slow reader is Python's `json` with every rule of RFC 7493 spelled out; it shares nothing with `orjson`. Texts are
made with every spelling that JSON allows, few different names and many colons, in the hope of fooling quick checks.
"""

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.model import MAX_DEPTH, decode_canonical, decode_json, encode_canonical, verify_canonical

MAX = 2**53 - 1
TORTURE = 10_000


class NotIJson(Exception):
    """The slow reader's refusal; its text is the code that ours should have."""


# The slow reader


def read_slowly(data: bytes) -> Any:
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise NotIJson("json-malformed") from None
    if text.startswith("\ufeff"):
        raise NotIJson("json-malformed")
    decoder = json.JSONDecoder(
        object_pairs_hook=Pairs,
        parse_constant=refuse_constant,
        parse_int=Number,
        parse_float=Number,
    )
    try:
        value = decoder.decode(text)
    except (json.JSONDecodeError, RecursionError):
        raise NotIJson("json-malformed") from None
    return settle(value, 1)


class Pairs(list[tuple[str, Any]]):
    """An object's members as they came."""


class Number(str):
    """A number as it is spelled."""

    __slots__ = ()


def refuse_constant(name: str) -> Any:
    raise NotIJson("json-malformed")


def settle(value: Any, depth: int) -> Any:
    if isinstance(value, Number):
        number = int(value) if len(value) < 300 and set(value) <= set("-0123456789") else float(value)
        if not math.isfinite(number) or (number == math.floor(number) and abs(number) > MAX):
            raise NotIJson("json-number")
        return number
    if isinstance(value, str):
        if any(0xD800 <= ord(c) <= 0xDFFF or 0xFDD0 <= ord(c) <= 0xFDEF or ord(c) & 0xFFFE == 0xFFFE for c in value):
            raise NotIJson("json-text")
        return value
    if not isinstance(value, list):
        return value
    if depth > MAX_DEPTH:
        raise NotIJson("json-too-deep")
    if not isinstance(value, Pairs):
        return [settle(item, depth + 1) for item in value]
    names = [settle(name, depth) for name, _ in value]
    if len(set(names)) != len(names):
        raise NotIJson("json-duplicate-key")
    return {name: settle(item, depth + 1) for name, item in value}


def same(one: Any, other: Any) -> bool:
    """Equal in value and in type: 1 is not 1.0, nor True; -0.0 is not 0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


# Values

doubles = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(lambda bits: float(struct.unpack(">d", bits.to_bytes(8, "big"))[0])),
    st.floats(min_value=1e15, max_value=1e21).map(math.floor).map(float),
    st.integers(-(10**21), 10**21).map(float),
    st.floats(min_value=5e-324, max_value=2.3e-308, allow_subnormal=True),
    st.tuples(st.integers(1, 10**17), st.integers(-340, 300)).map(lambda p: float(f"{p[0]}e{p[1]}")),
    st.sampled_from([0.0, -0.0, 1e-6, 9.999999999999999e-7, 1e-7, 2.0**53, -(2.0**53), 2.0**53 - 1, 0.1, 1e23]),
)
numbers = st.one_of(doubles, st.integers(), st.integers(-(2**54), 2**54), st.sampled_from([MAX, -MAX, MAX + 1, 2**64]))
letters = st.one_of(
    st.characters(),
    st.sampled_from('\0\b\t\n\f\r\x1f\x7f\x80"\\/:,[]{}.e-0123456789\u2028\ue000\ufb33\uffff\ufdd0\ud800\udfff'),
    st.sampled_from("\U00010000\U0001f600\U0010ffff\U0010fffd\uf8ff\u00f6€"),
)
texts = st.text(letters, max_size=12) | st.sampled_from(['":1.5', ",1e5", "[12345678901234567", ":0.1", "null"])
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5), max_leaves=25
)


def is_i_json(value: Any) -> bool:
    try:
        settle_value(value)
    except NotIJson:
        return False
    return True


def settle_value(value: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            settle(name, 1)
            settle_value(item)
    elif isinstance(value, list):
        for item in value:
            settle_value(item)
    else:
        settle(Number(repr(value)) if type(value) in (int, float) else value, 1)


def check_writing(value: Any) -> None:
    if not is_i_json(value):
        with pytest.raises(Malformed):
            encode_canonical(value)
        return
    data = encode_canonical(value)
    assert data == rfc8785.dumps(value)
    again = decode_json(data)
    assert again == value
    assert encode_canonical(again) == data
    assert same(verify_canonical(data), again)


@settings(max_examples=400)
@given(values)
@example(float("nan"))
@example([float("inf")])
@example({"a": None, "b": float("-inf")})
@example({"\U00010000": 1, "\ue000": 2})
@example(-0.0)
def test_writing_is_rfc_8785(value: Any) -> None:
    check_writing(value)


@given(doubles)
def test_every_double_is_written_as_rfc_8785_says(number: float) -> None:
    check_writing(number)
    check_writing({"a": number})
    check_writing([1, number, [number]])


@given(st.dictionaries(st.text(letters.filter(is_i_json), max_size=3), st.integers(0, 9), max_size=12))
def test_names_are_sorted_by_utf_16_code_units(value: dict[str, int]) -> None:
    names = [*json.loads(encode_canonical(value))]
    assert names == sorted(value, key=lambda name: name.encode("utf-16-be"))


# Texts


def spell(text: str) -> st.SearchStrategy[str]:
    """A JSON string for `text`, each character spelled in one of the ways that JSON has."""
    short = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

    def ways(c: str) -> list[str]:
        units = c.encode("utf-16-be", "surrogatepass")
        escaped = "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
        plain = [] if c in '"\\' or c < " " or "\ud800" <= c <= "\udfff" else [c, c]
        return [*plain, short.get(c, escaped), escaped, escaped.upper().replace("\\U", "\\u")]

    return st.tuples(*(st.sampled_from(ways(c)) for c in text)).map(lambda parts: '"' + "".join(parts) + '"')


spaces = st.sampled_from(["", "", "", " ", "\n", "\t\r\n "])
names = st.sampled_from(["a", "a", "b", ":", ":a", "\\", '"', '\\":', "u003a", "\\u003a", "", "é", "😀", "{", "1.5"])
number_texts = st.one_of(
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["9007199254740991", "9007199254740992", "-9007199254740991.0", "-0", "-0.0", "1e400", "1E-400",
                     "9007199254740991.4", "9007199254740991.5", "0.1e17", "18446744073709551616", "1e22", "5e-324"]),
)  # fmt: skip
scalar_texts = st.one_of(
    st.sampled_from(["null", "true", "false"]),
    number_texts,
    (names | texts).flatmap(spell),
    st.sampled_from(['":"', "0"]),
)


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    member = st.tuples(spaces, names.flatmap(spell), spaces, st.just(":"), spaces, inner, spaces).map("".join)
    item = st.tuples(spaces, inner, spaces).map("".join)
    return st.one_of(
        st.lists(member, max_size=4).map(lambda members: "{" + ",".join(members) + "}"),
        st.lists(item, max_size=4).map(lambda items: "[" + ",".join(items) + "]"),
    )


json_texts = st.recursive(scalar_texts, containers, max_leaves=12).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


TOKENS = [
    b"", b",", b":", b'"', b"\\", b"{", b"}", b"[", b"]", b"0", b"e", b".", b" ", b'"a":1,', b"NaN", b"-Infinity",
    b"//", b"\xef\xbb\xbf", b"\x00", b"\x0b", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\\ud800", b"\xef\xbf\xbf",
]  # fmt: skip


@st.composite
def broken_texts(draw: Callable[[st.SearchStrategy[Any]], Any]) -> bytes:
    """A JSON text with something cut out, put in or exchanged."""
    data: bytes = draw(json_texts)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 3))
        data = data[:at] + draw(st.sampled_from(TOKENS)) + data[at + cut :]
    return data


def outcome(read: Callable[[bytes], Any], data: bytes) -> tuple[str, Any]:
    """The code of the refusal, or empty, and the value."""
    try:
        return "", read(data)
    except NotIJson as refusal:
        return str(refusal), None
    except Malformed as refusal:
        return refusal.code, None


def check_reading(data: bytes) -> None:
    expected, value = outcome(read_slowly, data)
    code, read = outcome(decode_json, data)
    assert bool(code) == bool(expected)
    if code:
        # Of several breaches each reader may name another, but only what is no JSON at all is called so.
        assert code != "json-malformed" or expected == "json-malformed"
        assert outcome(verify_canonical, data)[0] == code
        return
    assert same(read, value)
    again, canonical = decode_canonical(data)
    assert same(again, value)
    assert canonical == encode_canonical(value)
    code, verified = outcome(verify_canonical, data)
    assert code == ("" if canonical == data else "json-not-canonical")
    assert code or same(verified, value)


@settings(max_examples=400)
@given(json_texts)
@example(b'{"a":":","a":1}')
@example(b'{"a":"\\u003a\\u003A","a":1}')
@example(b'{"a":1,"b":{"a":":","a":"::"}}')
@example(b'{"a\\u003a":1,"a:":2}')
@example(b'{"a":0.1,"b":-0.0,"a":1e5}')
@example('"\ufdef"'.encode())
@example('"\U0003fffe"'.encode())
@example('"\uffff"'.encode())
@example(b"[" * 64 + b"]" * 64)
@example(b"[" * 65 + b"]" * 65)
def test_reading_accepts_exactly_i_json(data: bytes) -> None:
    check_reading(data)


@settings(max_examples=400)
@given(broken_texts())
def test_reading_refuses_exactly_what_is_broken(data: bytes) -> None:
    check_reading(data)


@given(st.binary(max_size=40) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    check_reading(data)


@given(
    st.lists(st.sampled_from(["[", '{"a":', '{"a":0,"b":']), min_size=60, max_size=70), st.sampled_from(["", "[]", "1"])
)
def test_depth(opening: list[str], inner: str) -> None:
    closing = "".join("]" if token == "[" else "}" for token in reversed(opening))
    check_reading(("".join(opening) + (inner or "null") + closing).encode())


@given(number_texts.filter(lambda text: not set(text) <= set("-0123456789")))
def test_a_number_is_the_nearest_double(text: str) -> None:
    number = float(text)
    if math.isfinite(number) and not (number.is_integer() and abs(number) > MAX):
        assert same(decode_json(f"[{text}]".encode()), [number])


LAWS = {
    "values": (check_writing, values),
    "doubles": (check_writing, doubles),
    "texts": (check_reading, json_texts),
    "broken texts": (check_reading, broken_texts()),
}


@pytest.mark.torture
@pytest.mark.parametrize("law", LAWS)
def test_canonical_json_at_length(law: str) -> None:
    check, given_values = LAWS[law]
    settings(max_examples=TORTURE)(given(given_values)(check))()
