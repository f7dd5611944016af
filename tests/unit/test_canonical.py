"""What is I-JSON and what is not, each refusal with its code and place; where writing takes the slow path."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from mithaq.errors import Malformed
from mithaq.model import MAX_DEPTH, MAX_RECORD_BYTES, decode_json, encode_canonical, verify_canonical

MAX = 2**53 - 1


def nested(depth: int, inner: bytes = b"") -> bytes:
    return b"[" * depth + inner + b"]" * depth


def refusal(act: Callable[..., object], *given: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        act(*given, **named)
    return caught.value.code, caught.value.place


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "json-malformed", "1:1"),
        (b" \n\t", "json-malformed", "1:1"),
        (b'{"a":1,\n "b":}', "json-malformed", "2:6"),
        (b"[1] [2]", "json-malformed", "1:5"),
        (b"null\x00", "json-malformed", "1:5"),
        (b"[1,]", "json-malformed", "1:3"),
        (b"[01]", "json-malformed", "1:2"),
        (b"[.5]", "json-malformed", "1:2"),
        (b"[+1]", "json-malformed", "1:2"),
        (b"'a'", "json-malformed", "1:1"),
        (b'["a\nb"]', "json-malformed", "1:4"),
        (b'["\\x41"]', "json-malformed", "1:3"),
        (b"[NaN]", "json-malformed", "1:2"),
        (b"[-Infinity]", "json-malformed", "1:3"),
        (b"\xef\xbb\xbf[]", "json-malformed", "1:1"),
        # Not UTF-8: a lone byte, an overlong form, a surrogate in three bytes, beyond U+10FFFF, cut off.
        (b'["\xff"]', "json-malformed", "1:3"),
        (b'{"\xc3\xa4":\n"\xc3\xa4\xc0\x80"}', "json-malformed", "2:3"),
        (b'["\xed\xa0\x80"]', "json-malformed", "1:3"),
        (b'["\xf4\x90\x80\x80"]', "json-malformed", "1:3"),
        (b'["\xe2\x82"]', "json-malformed", "1:3"),
        # Texts that no Unicode string may hold.
        (b'{"a":"\\ud800"}', "json-text", "1:7"),
        (b'{"a":"\\udc00\\ud800"}', "json-text", "1:7"),
        (b'{"\\ud83dx":1}', "json-text", "1:3"),
        (b'{"a":["x","\\uffff"]}', "json-text", "$.a[1]"),
        (b'{"a":{"b\xef\xb7\x90":1}}', "json-text", '$.a["b\\ufdd0"]'),
        (b'["\\ud83f\\udffe"]', "json-text", "$[0]"),
        # Numbers.
        (b"[1e400]", "json-number", "1:2"),
        (b"[" + b"9" * 400 + b"]", "json-number", "1:2"),
        (b'{"a":[0,9007199254740992]}', "json-number", "$.a[1]"),
        (b'{"a":-9007199254740992}', "json-number", "$.a"),
        (b"[0.5,9007199254740992.0]", "json-number", "$[1]"),
        (b"18446744073709551615", "json-number", "$"),
        (b"[18446744073709551616]", "json-number", "$[0]"),
        (b'{"x":{"y":1e16}}', "json-number", "$.x.y"),
        # Names given twice.
        (b'{"a":1,"a":1}', "json-duplicate-key", "$.a"),
        (b'{"a":1,"\\u0061":2}', "json-duplicate-key", "$.a"),
        (b'[0,[],{"x":[{},{"a":{"b":1,"b":1}}]}]', "json-duplicate-key", "$[2].x[1].a.b"),
        (b'{"a":{"b":1},"a":"::"}', "json-duplicate-key", "$.a"),
        (b'{":":1,"\\u003a":2}', "json-duplicate-key", '$[":"]'),
        (b'{"a":":","b":"\\u003a","a":"\\u003A"}', "json-duplicate-key", "$.a"),
        (b'{"a\\\\":1,"b":"\\"","a\\\\":2}', "json-duplicate-key", '$["a\\\\"]'),
        (b'{"\\"" : {"a" : 1}, "\\u0022" : 2}', "json-duplicate-key", '$["\\""]'),
        (b'{"":1,"":1}', "json-duplicate-key", '$[""]'),
        (nested(65), "json-too-deep", "$" + "[0]" * 64),
        (nested(1024), "json-too-deep", "$" + "[0]" * 64),
        (nested(1025), "json-too-deep", "1:1026"),
        (b"[" * 200_000, "json-too-deep", "1:1026"),
        (b'{"a":[1,2' + b',{"b":0}' * 70 + b"," + nested(63) + b"]}", "json-too-deep", "$.a[72]" + "[0]" * 62),
    ],
)
def test_what_is_not_i_json_is_refused_with_its_place(data: bytes, code: str, place: str) -> None:
    assert refusal(decode_json, data) == (code, place)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'"\\u0000"', "\0"),
        (b'{"\\u0000":"a\\u0000b"}', {"\0": "a\0b"}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{":":":","\\\\u003a":"\\u003a"}', {":": ":", "\\u003a": ":"}),
        (b'{"a":[1,2,{"a":1}],"b":{"a":1}}', {"a": [1, 2, {"a": 1}], "b": {"a": 1}}),
        (b" \t\r\n[ 1 ]\n", [1]),
        (b"9007199254740991", MAX),
        (b"-9007199254740991.0", float(-MAX)),
        (b"[0.1,-0,-0.0,5e-324,1e-400]", [0.1, 0, 0.0, 5e-324, 0.0]),
        (b"1.0000000000000000000000000000001", 1.0),
        (b'"\xef\xbf\xbd\xef\xb7\x8f\xef\xb7\xb0\xe2\xbf\xbe"', "\ufffd\ufdcf\ufdf0\u2ffe"),
        (nested(64), json.loads(nested(64))),
        (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
    ],
)
def test_what_is_i_json_is_read(data: bytes, value: Any) -> None:
    assert decode_json(data) == value
    assert verify_canonical(encode_canonical(value)) == value


def test_the_place_goes_on_from_where_the_value_stands() -> None:
    assert refusal(decode_json, b'{"a":[1,1e16]}', "$.objects[3]") == ("json-number", "$.objects[3].a[1]")
    assert refusal(decode_json, b'{"a"}', "line 4") == ("json-malformed", "line 4 1:5")
    assert refusal(decode_json, b'{"a":1,"a":1}', "line 4") == ("json-duplicate-key", "line 4.a")
    assert refusal(decode_json, b"[[[]]]", "x", max_depth=2) == ("json-too-deep", "x[0][0]")
    assert refusal(decode_json, b"[[]]", "x", max_bytes=3) == ("json-too-large", "x")
    assert refusal(decode_json, b" " * (MAX_RECORD_BYTES + 1)) == ("json-too-large", "")
    assert decode_json(b" " * (MAX_RECORD_BYTES - 2) + b"[]") == []


def test_depth_is_counted_up_to_what_the_caller_allows() -> None:
    assert MAX_DEPTH == 64
    assert decode_json(nested(254), max_depth=254) == json.loads(nested(254))
    assert refusal(decode_json, nested(255), max_depth=254)[0] == "json-too-deep"
    # A limit beyond what can be written again is not kept, but nothing else goes wrong.
    assert refusal(decode_json, nested(255), max_depth=1000)[0] == "json-too-deep"


def test_an_unusual_name_can_do_no_harm_where_its_place_is_shown() -> None:
    code, place = refusal(decode_json, b'{"\\u001b[31m\\u202e\\n":{"a b":1e16}}')
    assert (code, place) == ("json-number", '$["\\u001b[31m\\u202e\\n"]["a b"]')
    code, place = refusal(decode_json, b'{"' + b"n" * 100_000 + b'":1e16}')
    assert code == "json-number"
    assert len(place) <= 200


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, {"a": ["\ufdd0"]}, "\U0010ffff"])
def test_no_text_is_written_that_could_not_be_read(value: Any) -> None:
    assert refusal(encode_canonical, value)[0] == "json-text"


@pytest.mark.parametrize("value", [float("nan"), [1, float("inf")], {"a": -float("inf")}, 2**53, 2**70, -(2**53), 1e16])
def test_no_number_is_written_that_could_not_be_read(value: Any) -> None:
    assert refusal(encode_canonical, value)[0] == "json-number"


@pytest.mark.parametrize("value", [{1: 2}, b"bytes", {"a": object()}, [{1, 2}]])
def test_what_is_no_json_value_is_not_written(value: Any) -> None:
    assert refusal(encode_canonical, value)[0] == "json-not-canonical"


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b"[1]\n",
        b"[1.0]",
        b"[-0]",
        b"[1e3]",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000A"',
        b'{"\xef\xac\xb3":1,"\xf0\x9f\x98\x80":1}',
    ],
)
def test_another_spelling_is_not_canonical(data: bytes) -> None:
    decode_json(data)
    assert refusal(verify_canonical, data)[0] == "json-not-canonical"


def test_verifying_refuses_what_reading_refuses() -> None:
    assert refusal(verify_canonical, b'{"a":1,"a":1}') == ("json-duplicate-key", "$.a")
    assert refusal(verify_canonical, b"[9007199254740992]") == ("json-number", "$[0]")
    assert refusal(verify_canonical, nested(65))[0] == "json-too-deep"
    assert refusal(verify_canonical, b'"' + b"a" * MAX_RECORD_BYTES + b'"')[0] == "json-too-large"


@pytest.mark.parametrize(
    "data",
    [
        b'{"' + b"n" * 400_000 + b'":[' + b"0.5," * 100_000 + b"1e300]}",
        b'{"' + b"n" * 400_000 + b'":[' + b'"\xef\xb7\x8f",' * 60_000 + b'"\\uffff"]}',
        b'{"' + b"n" * 400_000 + b'":[' + b'{"a:":0},' * 50_000 + b'{"a":1,"a":1}]}',
        b'{"a":"' + b"\\n" * 400_000 + b'","b":"\\u003a' + b'","a":1}',
        b"".join(b'{"' + bytes([97 + level % 26]) * 4000 + b'":' for level in range(200)) + b"0" + b"}" * 200,
    ],
    ids=["numbers", "texts", "duplicates", "escapes", "deep"],
)
def test_refusing_takes_little_memory(data: bytes) -> None:
    """A long name above many values must not be copied for each of them."""
    assert len(data) <= MAX_RECORD_BYTES
    tracemalloc.start()
    try:
        refusal(decode_json, data)
        assert tracemalloc.get_traced_memory()[1] < 60 * 1024 * 1024
    finally:
        tracemalloc.stop()
