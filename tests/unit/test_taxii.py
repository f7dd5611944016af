"""TAXII's media types, filters and resources, as text in and bytes out."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.wire.taxii import (
    DELETION,
    NOTHING,
    OBJECTS,
    ONE_OBJECT,
    VERSIONS,
    Filters,
    ManifestRecord,
    decode_filters,
    encode_envelope,
    encode_manifest,
    encode_versions,
    is_acceptable,
    is_taxii,
    object_bytes,
    stated_text,
)


@pytest.mark.parametrize(
    "accept",
    [
        None, "*/*", "application/*", "application/taxii+json", "application/taxii+json;version=2.1",
        "application/taxii+json; version=2.1", 'Application/TAXII+JSON; Version="2.1"',
        "text/html, application/taxii+json;version=2.1;q=0.5", "application/taxii+json;q=0.1",
        "text/html;q=1,*/*;q=0.1",
        "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
        "application/stix+json;version=2.1, application/taxii+json",
    ],
)  # fmt: skip
def test_who_takes_taxii_2_1_gets_it(accept: str | None) -> None:
    assert is_acceptable(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "", "text/html", "application/json", "application/taxii+json;version=2.0", "application/taxii+json;version=2.2",
        "application/vnd.oasis.taxii+json; version=2.0", "application/taxii+json;q=0", "*/*;q=0", "text/*",
        "*/*, application/taxii+json;q=0", "application/taxii+json;q=x", "application/stix+json;version=2.1",
    ],
)  # fmt: skip
def test_who_does_not_gets_406(accept: str) -> None:
    assert not is_acceptable(accept)


@pytest.mark.parametrize(
    ("stated", "well"),
    [
        ("application/taxii+json;version=2.1", True), ("application/taxii+json", True),
        ('application/taxii+json; version="2.1"; charset=utf-8', True), ("application/json", False), ("", False),
        ("application/taxii+json;version=2.0", False), ("application/stix+json;version=2.1", False),
    ],
)  # fmt: skip
def test_what_may_be_sent(stated: str, well: bool) -> None:
    assert is_taxii(stated) is well


def test_filters_are_read() -> None:
    given = {
        "added_after": "2026-11-24T05:00:00.12Z", "limit": "7", "next": "t", "match[id]": "a--1,b--2,a--1",
        "match[type]": "indicator", "match[version]": "last,2026-11-24T05:00:00.10Z", "match[spec_version]": "2.1,2.0",
    }  # fmt: skip
    assert decode_filters(given.items(), OBJECTS) == Filters(
        7, "t", "2026-11-24T05:00:00.12", ("indicator",), ("a--1", "b--2"), ("2.1", "2.0"), True, False, False,
        ("2026-11-24T05:00:00.1",),
        "match[id]=a--1,b--2,a--1&match[spec_version]=2.1,2.0&match[type]=indicator"
        "&match[version]=last,2026-11-24T05:00:00.10Z",
    )  # fmt: skip
    assert decode_filters([], OBJECTS) == Filters()
    assert decode_filters([("limit", "5000")], OBJECTS).limit == 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "-1"), ("limit", "1.5"), ("limit", "x"), ("limit", ""), ("limit", "٣"),
        ("limit", "9" * 19), ("added_after", ""), ("added_after", "yesterday"), ("added_after", "2026-11-24"),
        ("added_after", "2026-11-24T05:00:00"), ("added_after", "2026-11-24T05:00:00+03:00"),
        ("added_after", "2026-02-30T05:00:00Z"), ("match[version]", "newest"), ("match[version]", "all,last"),
        ("match[version]", "last,last"), ("match[version]", "2026-11-24T05:00:00Z,2026-11-24T05:00:00.0Z"),
        ("match[version]", ""), ("match[version]", "last,"), ("match[version]", "2026-11-24T25:00:00Z"),
        ("match[spec_version]", "two"), ("match[spec_version]", "2"), ("match[type]", ""), ("match[type]", "a,,b"),
        ("match[id]", "a\0b"), ("match[id]", ",".join(map(str, range(101)))),
        ("match[name]", "x"), ("addedafter", "2026-11-24T05:00:00Z"), ("", ""), ("next", "x" * 8001),
    ],
)  # fmt: skip
def test_a_filter_that_is_not_one_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_filters([(name, value)], OBJECTS)
    assert (caught.value.code, caught.value.place) == ("parameter", name)


def test_no_filter_is_given_twice_or_where_it_means_nothing() -> None:
    for given_twice in ([("limit", "1"), ("limit", "2")], [("match[id]", "a"), ("match[id]", "a")]):
        with pytest.raises(Malformed):
            decode_filters(given_twice, OBJECTS)
    for known, name in (
        (ONE_OBJECT, "match[id]"),
        (VERSIONS, "match[version]"),
        (DELETION, "limit"),
        (NOTHING, "limit"),
    ):
        with pytest.raises(Malformed):
            decode_filters([(name, "1")], known)


@given(st.lists(st.tuples(st.sampled_from([*OBJECTS, "x"]), st.text(max_size=30)), max_size=4))
def test_filters_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or "x" in names:
        with pytest.raises(Malformed, match="parameter"):
            decode_filters(pairs, OBJECTS)
        return
    with contextlib.suppress(Malformed):
        assert decode_filters(pairs, OBJECTS) == decode_filters(pairs[::-1], OBJECTS)


def test_lists_without_elements_are_left_out() -> None:
    assert encode_envelope([], "") == b'{"more":false}'
    assert encode_manifest([], "") == b'{"more":false}'
    assert encode_versions([], "t") == b'{"more":true,"next":"t"}'


def test_pages_say_where_they_go_on() -> None:
    assert json.loads(encode_envelope([b'{"a":1}', b'{"b":2}'], "t")) == {
        "more": True, "next": "t", "objects": [{"a": 1}, {"b": 2}],
    }  # fmt: skip
    manifest = json.loads(encode_manifest([ManifestRecord("a--1", "2026", "2025")], ""))
    assert manifest == {
        "more": False,
        "objects": [
            {
                "id": "a--1",
                "date_added": "2026",
                "version": "2025",
                "media_type": "application/stix+json;version=2.1",
            }
        ],
    }
    assert json.loads(encode_versions(["2025", "2026"], "")) == {"more": False, "versions": ["2025", "2026"]}


def test_an_object_stands_in_its_record_as_it_is() -> None:
    tricky = b'{"x":{"a":1,"release":{"alliance":"y"}},"y":",\\"release\\":{\\"alliance\\":\\""}'
    body = b'{"object":' + tricky + b',"release":{"alliance":"' + b"a" * 64 + b'","audience":["dara"]},"v":1}'
    assert object_bytes(body) == tricky
    with pytest.raises(Malformed):
        object_bytes(tricky)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b'{"created":"2026-01-01T00:00:00.0Z","modified":"2026-01-01T00:00:00.500Z"}', "2026-01-01T00:00:00.500Z"),
        (b'{"created":"2026-01-01T00:00:00Z","x":[1,{"modified":"no"}]}', "2026-01-01T00:00:00Z"),
        (b'{"value":"x"}', ""),
    ],
)
def test_a_version_is_written_as_the_object_has_it(value: bytes, text: str) -> None:
    assert stated_text(value) == text
