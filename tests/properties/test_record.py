"""Laws of records: what is sealed is read back; whatever else comes is refused, or read and not changed by it."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET

from mithaq.errors import MithaqError
from mithaq.model import (
    MAX_DEPTH,
    PUBLIC,
    ROLES,
    Release,
    commit,
    decode_record,
    encode_canonical,
    encode_time,
    is_id,
    prove_holding,
    seal_record,
)

HEX = "0123456789abcdef"
IDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=2, max_size=32).filter(is_id)
HASHES = st.text(HEX, min_size=64, max_size=64)
TIMES = st.datetimes(timezones=st.just(UTC)).map(encode_time)
ENTRIES = IDS | st.builds("{}/{}".format, IDS, st.sampled_from(sorted(ROLES)))
AUDIENCES = st.just((PUBLIC,)) | st.sets(ENTRIES, min_size=1, max_size=8).map(lambda entries: tuple(sorted(entries)))
ORIGINS = st.builds(
    "{}.example/mithaq/{}/{}/{}".format, IDS, st.text(HEX, min_size=16, max_size=16), IDS, st.integers(1, 999_999_999)
)
RELEASES = st.builds(
    Release,
    alliance=HASHES,
    log=ORIGINS,
    author=IDS,
    audience=AUDIENCES,
    charter=HASHES,
    released=TIMES,
    nonce=st.text(HEX, min_size=32, max_size=32),
    group=st.just(UNSET) | IDS,
    restates=st.just(UNSET) | HASHES,
    expires=st.just(UNSET) | TIMES,
    forward=st.sampled_from([UNSET, False]),
)
# I-JSON has neither surrogates nor the code points that are no characters (RFC 7493 section 2.1).
CHARACTERS = st.characters(exclude_categories=["Cs"]).filter(
    lambda char: ord(char) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(char) <= 0xFDEF
)
TEXT = st.text(CHARACTERS, max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer() or abs(x) < 2**53)
    | TEXT
)
VALUES = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXT, each, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=5)


@given(OBJECTS, RELEASES)
def test_what_is_sealed_is_read_back(value: dict[str, Any], release: Release) -> None:
    record = seal_record(encode_canonical(value), release)
    again = decode_record(record.body)
    assert again == record
    assert again.object == record.object == value
    assert again.release == record.release == release
    assert again.commitment == record.commitment
    assert seal_record(encode_canonical(value), release, checked=True) == record
    # Another reader of JSON finds the same three members, optional ones only where they are set, and nothing null.
    parts = json.loads(record.body)
    assert list(parts) == ["object", "release", "v"]
    assert parts["v"] == 1
    assert parts["object"] == value
    assert {name: tuple(item) if name == "audience" else item for name, item in parts["release"].items()} == {
        name: item for name in release.__struct_fields__ if (item := getattr(release, name)) is not UNSET
    }


@given(st.binary(max_size=200))
@example(b'{"object":{},"release":{},"v":1}')
@example(b"[" * 2000 + b"]" * 2000)
@example(b'{"object":{},"release":{"forward":true},"v":1}')
@example(b'{"object":{"a":1e999},"release":{},"v":1}')
@example(b'{"v":' + b"1" * 5000 + b"}")
def test_bytes_of_anybody_are_no_record_or_end_in_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(MithaqError):
        decode_record(data)


HOSTILE = st.recursive(
    SCALARS | HASHES | TIMES | IDS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["v", "a"]) | TEXT, each, max_size=3),
    max_leaves=5,
)


@given(RELEASES, st.data())
def test_a_record_with_one_other_part_is_read_as_it_is_or_refused(release: Release, data: st.DataObject) -> None:
    parts = json.loads(seal_record(b"{}", release).body)
    inside = data.draw(st.sampled_from(["release", "record"]))
    target = parts["release"] if inside == "release" else parts
    name = data.draw(st.sampled_from([*Release.__struct_fields__, "v", "object", "release", "x"]))
    if data.draw(st.booleans()):
        target[name] = data.draw(HOSTILE)
    else:
        target.pop(name, None)
    body = encode_canonical(parts)
    try:
        record = decode_record(body)
    except MithaqError as error:
        assert error.place == "$" or error.place.startswith(("$.v", "$.object", "$.release"))  # noqa: PT017
    else:
        # Accepted is only what says again the very same.
        assert set(parts) == {"v", "object", "release"}
        assert seal_record(encode_canonical(record.object), record.release).body == body


@given(OBJECTS, RELEASES, st.data())
def test_no_changed_byte_keeps_commitment_or_proof(
    value: dict[str, Any], release: Release, data: st.DataObject
) -> None:
    record = seal_record(encode_canonical(value), release)
    at = data.draw(st.integers(0, len(record.body) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = record.body[:at] + bytes([record.body[at] ^ bit]) + record.body[at + 1 :]
    assert commit(changed) != record.commitment
    assert prove_holding("dara", changed) != prove_holding("dara", record.body)
    try:
        again = decode_record(changed)
    except MithaqError:
        return
    assert again.body == changed
    assert again != record


@given(RELEASES, st.integers(1, MAX_DEPTH + 40), st.booleans())
def test_what_is_sealed_is_never_too_deep_for_its_readers(release: Release, levels: int, lists: bool) -> None:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"x": [value] if lists else value}
    depth = 2 * levels - 1 if lists else levels
    try:
        record = seal_record(encode_canonical(value), release)
    except MithaqError as error:
        assert error.code == "json-too-deep"  # noqa: PT017
        assert depth > MAX_DEPTH - 1
    else:
        assert depth <= MAX_DEPTH - 1
        assert decode_record(record.body) == record
