"""The published vectors of RFC 8785 (`rfc8785.json`), kept to the byte where Mithaq's narrower numbers allow.

Records hold no integral number beyond 2^53 - 1, so some of the published numbers are refused; what RFC 8785 makes of
them is held against `rfc8785`, which writes our floats.
"""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from mithaq.errors import Malformed
from mithaq.model import decode_json, encode_canonical, verify_canonical

VECTORS: Any = json.loads((Path(__file__).parent / "rfc8785.json").read_bytes())
EXAMPLE = VECTORS["example"]["input"].encode()
CANONICAL = VECTORS["example"]["canonical"].encode()


def double(bits: str) -> float:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    return float(number)


@pytest.mark.parametrize(("bits", "text"), VECTORS["numbers"])
def test_numbers(bits: str, text: str) -> None:
    number = double(bits)
    assert rfc8785.dumps(number) == text.encode()
    if number.is_integer() and abs(number) >= 2**53:
        for refused in (lambda: encode_canonical(number), lambda: decode_json(text.encode())):
            with pytest.raises(Malformed, match="json-number"):
                refused()
    else:
        assert encode_canonical(number) == text.encode()
        assert verify_canonical(text.encode()) == number
        assert encode_canonical({"a": [number, number]}) == f'{{"a":[{text},{text}]}}'.encode()


@pytest.mark.parametrize("bits", VECTORS["no_numbers"])
def test_what_is_no_number(bits: str) -> None:
    with pytest.raises(Malformed, match="json-number"):
        encode_canonical([double(bits)])


def test_the_example() -> None:
    assert rfc8785.dumps(json.loads(EXAMPLE)) == CANONICAL
    with pytest.raises(Malformed) as caught:
        decode_json(EXAMPLE)
    assert (caught.value.code, caught.value.place) == ("json-number", "$.numbers[1]")
    without = CANONICAL.replace(b"1e+30,", b"")
    assert encode_canonical(decode_json(EXAMPLE.replace(b"1E30, ", b""))) == without
    assert verify_canonical(without)["string"] == '€$\x0f\nA\'B"\\\\"/'


def test_the_order_of_names() -> None:
    value = decode_json(VECTORS["names"]["input"].encode())
    data = encode_canonical(value)
    assert [*json.loads(data).values()] == VECTORS["names"]["order"]
    assert data == rfc8785.dumps(value)
    assert verify_canonical(data) == value
