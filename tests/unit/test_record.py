"""Records: what has their form and what has not, each refusal by its code and place."""

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from mithaq.errors import Malformed
from mithaq.model import (
    MAX_AUDIENCE,
    MAX_DEPTH,
    MAX_RECORD_BYTES,
    Release,
    commit,
    decode_record,
    encode_canonical,
    prove_holding,
    seal_record,
)
from mithaq.model.record import is_origin

RELEASE: dict[str, Any] = {
    "alliance": "a1" * 32,
    "log": "dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/1",
    "author": "dara",
    "audience": ["dara", "sarib/analyst"],
    "charter": "c3" * 32,
    "released": "2026-11-24T05:00:00.000000Z",
    "nonce": "0d" * 16,
}
OPTIONAL: dict[str, Any] = {
    "group": "team",
    "restates": "e5" * 32,
    "expires": "2027-01-01T00:00:00.000000Z",
    "forward": False,
}
OBJECT: dict[str, Any] = {"type": "x-note", "id": "x-note--1", "x_unknown": [None, {"": "é"}, 0.5]}


def body(release: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """The canonical bytes of a record with changes; a change to None is the JSON null."""
    value = {"v": 1, "object": OBJECT, "release": {**RELEASE, **(release or {})}, **changes}
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def refusal(data: bytes) -> tuple[str, str]:
    """Code and place with which the bytes are refused."""
    with pytest.raises(Malformed) as caught:
        decode_record(data)
    return caught.value.code, caught.value.place


def test_a_record_is_read_and_sealed_to_the_same_bytes() -> None:
    for extra in ({}, OPTIONAL):
        data = body(extra)
        record = decode_record(data)
        assert record.body == data
        assert record.object == OBJECT
        assert record.commitment == sha256(b"mithaq/v1/record\n" + data).digest() == commit(data)
        assert json.loads(msgspec.json.encode(record.release)) == {**RELEASE, **extra}
        sealed = seal_record(encode_canonical(OBJECT), record.release)
        assert (sealed, sealed.release, sealed.object) == (record, record.release, OBJECT)
        assert sealed.commitment == record.commitment
        assert seal_record(encode_canonical(OBJECT), record.release, checked=True) == record


def test_the_object_is_open_and_keeps_what_nobody_knows() -> None:
    assert decode_record(body(object={})).object == {}
    strange: dict[str, Any] = {"release": {"forward": True}, "v": None, "x": None, "audience": [[]], "type": 7}
    assert decode_record(body(object=strange)).object == strange


def test_each_record_of_a_batch_has_its_own_nonce() -> None:
    release = decode_record(body(OPTIONAL)).release
    nonces = [f"{number:032x}" for number in (0, 1, 2**128 - 1, 0)]
    sealed = [seal_record(b"{}", msgspec.structs.replace(release, nonce=nonce)) for nonce in nonces]
    assert [json.loads(each.body)["release"]["nonce"] for each in sealed] == nonces
    assert [decode_record(each.body).release for each in sealed] == [each.release for each in sealed]
    for nonce in ("", "0" * 31, "0" * 33, "0" * 31 + "G", '0","v":1,"x":"' + "0" * 18):
        with pytest.raises(Malformed) as caught:
            seal_record(b"{}", msgspec.structs.replace(release, nonce=nonce))
        assert (caught.value.code, caught.value.place) == ("record-malformed", "$.release.nonce")


@pytest.mark.parametrize("name", RELEASE)
def test_a_release_lacks_nothing(name: str) -> None:
    release = {key: value for key, value in RELEASE.items() if key != name}
    value = {"v": 1, "object": OBJECT, "release": release}
    assert refusal(encode_canonical(value)) == ("record-malformed", "$.release")


@pytest.mark.parametrize("name", ["v", "object", "release"])
def test_a_record_lacks_nothing(name: str) -> None:
    value = {key: value for key, value in json.loads(body()).items() if key != name}
    assert refusal(encode_canonical(value)) == ("record-malformed", "$")


@pytest.mark.parametrize("name", [*RELEASE, *OPTIONAL])
def test_absent_is_never_null(name: str) -> None:
    assert refusal(body({name: None})) == ("record-malformed", f"$.release.{name}")


def test_unknown_members_are_refused() -> None:
    assert refusal(body({"to": ["dara"]})) == ("record-malformed", "$.release")
    assert refusal(body(signature="")) == ("record-malformed", "$")
    # What an unknown member is called never reaches the error.
    assert refusal(body(None, **{"x - at `$.object\x1b[2J`": 1})) == ("record-malformed", "$")


@pytest.mark.parametrize(
    ("release", "place"),
    [
        ({"alliance": "a1" * 31}, "alliance"),
        ({"alliance": "A1" * 32}, "alliance"),
        ({"alliance": "a1" * 32 + "\n"}, "alliance"),
        ({"alliance": 7}, "alliance"),
        ({"charter": "c3" * 33}, "charter"),
        ({"charter": "g3" * 32}, "charter"),
        ({"restates": ""}, "restates"),
        ({"restates": "E5" * 32}, "restates"),
        ({"restates": {"log": "", "index": 0, "commitment": ""}}, "restates"),
        ({"nonce": "0d" * 15}, "nonce"),
        ({"nonce": "0d" * 17}, "nonce"),
        ({"nonce": "0D" * 16}, "nonce"),
        ({"author": "Dara"}, "author"),
        ({"author": "public"}, "author"),
        ({"author": ""}, "author"),
        ({"group": "public"}, "group"),
        ({"group": ""}, "group"),
        ({"group": "team/analyst"}, "group"),
        ({"group": ["team"]}, "group"),
        ({"log": "dara.example/mithaq/a1a1a1a1a1a1a1a1/dara"}, "log"),
        ({"forward": True}, "forward"),
        ({"forward": 0}, "forward"),
        ({"forward": "false"}, "forward"),
        ({"audience": "dara"}, "audience"),
        ({"audience": {"dara": 1}}, "audience"),
        ({"audience": [1]}, "audience[0]"),
        ({"audience": ["dara", None]}, "audience[1]"),
    ],
)
def test_what_is_no_release(release: dict[str, Any], place: str) -> None:
    assert refusal(body(release)) == ("record-malformed", f"$.release.{place}")


@pytest.mark.parametrize(
    "audience",
    [[], ["sarib", "dara"], ["dara", "dara"], ["dara", "public"], ["dara/cook"], ["dara"] * (MAX_AUDIENCE + 1)],
)
def test_what_is_no_audience(audience: list[str]) -> None:
    assert refusal(body({"audience": audience})) == ("audience-malformed", "$.release.audience")


@pytest.mark.parametrize("name", ["released", "expires"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24T05:00:00Z",
        "2026-11-24T05:00:00.000Z",
        "2026-11-24T05:00:00.0000000Z",
        "2026-11-24T05:00:00.000000+00:00",
        "2026-11-24 05:00:00.000000Z",
        "2026-13-24T05:00:00.000000Z",
        "2026-02-29T05:00:00.000000Z",
        "2026-11-24T24:00:00.000000Z",
        "٢٠٢٦-11-24T05:00:00.000000Z",
    ],
)
def test_what_is_no_time(name: str, text: str) -> None:
    assert refusal(body({name: text})) == ("time-malformed", f"$.release.{name}")


@pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.5, [1]])
def test_only_version_1_is_known(version: Any) -> None:
    assert refusal(body(v=version)) == ("record-malformed", "$.v")


@pytest.mark.parametrize("value", [None, [], "", 1, True])
def test_the_object_is_an_object(value: Any) -> None:
    assert refusal(body(object=value)) == ("record-malformed", "$.object")


@pytest.mark.parametrize("value", [b"null", b"[]", b'"record"', b"1", b"{}"])
def test_what_is_no_record_at_all(value: bytes) -> None:
    assert refusal(value) == ("record-malformed", "$")


def test_only_canonical_bytes_are_a_record() -> None:
    data = body()
    for other in (data + b"\n", b" " + data, data.replace(b":", b": ", 1), data.replace(b"\xc3\xa9", b"\\u00e9")):
        assert refusal(other)[0] == "json-not-canonical"
    swapped = b'{"release":' + data.partition(b'"release":')[2].removesuffix(b',"v":1}') + b',"object":{},"v":1}'
    assert refusal(swapped)[0] == "json-not-canonical"
    assert refusal(data.replace(b'"v":1}', b'"v":1,"v":1}'))[0] == "json-duplicate-key"
    assert refusal(data.replace(b"0.5", b"9007199254740992"))[0] == "json-number"
    for broken in (data[:-1], b"\xef\xbb\xbf" + data, data.replace(b"\xc3\xa9", b"\xe9"), b""):
        with pytest.raises(Malformed):
            decode_record(broken)


def test_size_and_depth_end_where_readers_end_them() -> None:
    release = decode_record(body()).release
    room = MAX_RECORD_BYTES - len(body(object={"x": ""}))
    largest = encode_canonical({"x": "x" * room})
    assert len(seal_record(largest, release).body) == MAX_RECORD_BYTES
    assert decode_record(body(object={"x": "x" * room})).release == release
    with pytest.raises(Malformed) as caught:
        seal_record(encode_canonical({"x": "x" * (room + 1)}), release)
    assert caught.value.code == "json-too-large"
    assert refusal(body(object={"x": "x" * (room + 1)}))[0] == "json-too-large"

    def nested(levels: int) -> dict[str, Any]:
        value: list[Any] = []
        for _ in range(levels - 2):
            value = [value]
        return {"x": value}

    # The record is one level around its object.
    deepest = nested(MAX_DEPTH - 1)
    assert decode_record(seal_record(encode_canonical(deepest), release, checked=True).body).object == deepest
    deeper = nested(MAX_DEPTH)
    with pytest.raises(Malformed) as caught:
        seal_record(encode_canonical(deeper), release)
    assert caught.value.code == "json-too-deep"
    assert refusal(body(object=deeper))[0] == "json-too-deep"
    # Many containers side by side are no depth.
    wide: dict[str, Any] = {"x": [{} for _ in range(200)]}
    assert decode_record(seal_record(encode_canonical(wide), release, checked=True).body).object == wide


def test_nothing_is_sealed_that_could_not_be_read() -> None:
    good = decode_record(body()).release
    for change in ({"nonce": ""}, {"author": "x"}, {"audience": ()}, {"released": "now"}, {"group": "public"}):
        with pytest.raises(Malformed):
            seal_record(b"{}", msgspec.structs.replace(good, **change))
    for data in (b"[]", b"1", b"null"):
        with pytest.raises(Malformed) as caught:
            seal_record(data, good)
        assert (caught.value.code, caught.value.place) == ("record-malformed", "$.object")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("dara.localhost:8443/mithaq/a1a1a1a1a1a1a1a1/dara/999999999", True),
        ("dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/0", False),
        ("dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/01", False),
        ("dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/1000000000", False),
        ("dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/witness", False),
        ("dara.example/mithaq/a1a1a1a1a1a1a1a/dara/1", False),
        ("Dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/1", False),
        ("/mithaq/a1a1a1a1a1a1a1a1/dara/1", False),
        ("dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/1\n", False),
        ("https://dara.example/mithaq/a1a1a1a1a1a1a1a1/dara/1", False),
    ],
)
def test_origins(text: str, right: bool) -> None:
    assert is_origin(text) is right


def test_holding_is_proven_by_the_bytes_and_the_holder() -> None:
    data = body()
    assert prove_holding("sarib", data) == sha256(b"mithaq/v1/held\nsarib\n" + data).hexdigest()
    assert len({prove_holding("sarib", data), prove_holding("dara", data), prove_holding("sarib", data + b" ")}) == 3


def test_releases_are_values() -> None:
    release = decode_record(body()).release
    assert release == Release(**{**RELEASE, "audience": tuple(RELEASE["audience"])})
    assert hash(release) == hash(decode_record(body()).release)
