"""Cutting streams into objects, and reading one object: each form, each refusal with its place."""

import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mithaq.errors import Malformed
from mithaq.model import encode_canonical, verify_canonical
from mithaq.wire import decode_object, references, split_objects, stated_version
from mithaq.wire.bundle import MAX_OUTSIDE_BYTES

UUID = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
IDENTITY = f"identity--{UUID}"
INDICATOR = f"indicator--{UUID}"
MARKING = f"marking-definition--{UUID}"


def split(data: bytes | Iterable[bytes], **named: Any) -> tuple[list[tuple[str, bytes]], str, str]:
    """What is yielded, and the code and place of the refusal that ends it."""
    found = []
    try:
        for each in split_objects([data] if isinstance(data, bytes) else data, **named):
            found.append(each)  # noqa: PERF402  # what came before a refusal is wanted
    except Malformed as refusal:
        return found, refusal.code, refusal.place
    return found, "", ""


def both(data: bytes) -> tuple[list[tuple[str, bytes]], str, str]:
    """The same in one chunk and byte by byte."""
    whole = split(data)
    assert split(bytes([byte]) for byte in data) == whole
    return whole


@pytest.mark.parametrize(
    ("data", "objects"),
    [
        (b'{"type":"bundle","id":"b","objects":[{"a":1},{"b":2}]}',
         [("$.objects[0]", b'{"a":1}'), ("$.objects[1]", b'{"b":2}')]),
        (b' {"objects" : [ {"a" : [1]}\n,\t{ } ] , "spec_version":"2.1", "x":{"y":["]}"]} , "type" : "bundle" } ',
         [("$.objects[0]", b'{"a" : [1]}'), ("$.objects[1]", b"{ }")]),
        (b'{"type":"bundle"}', []),
        (b'{"type":"bundle","objects":[]}', []),
        (b'{"more":false}', []),
        (b"{}", []),
        (b'{"more":true,"next":"n","objects":[{"a":"}"}]}', [("$.objects[0]", b'{"a":"}"}')]),
        (b'{"\\u006fbjects":[{}],"typ\\u0065":"b\\u0075ndle"}', [("$.objects[0]", b"{}")]),
        (b'{"type":"b\\u0075ndle","\\u006fbjects":[{}]}', [("$.objects[0]", b"{}")]),
        (b"[]", []),
        (b'[{"a":{"b":{}}},{}]', [("$[0]", b'{"a":{"b":{}}}'), ("$[1]", b"{}")]),
        (b'{"type":"x","a":1}', [("$", b'{"type":"x","a":1}')]),
        (b'\n {"type":"x",\n"a":1}\n\n', [("$", b'{"type":"x",\n"a":1}')]),
        (b'{"a":"\\\\","type":"x"}', [("$", b'{"a":"\\\\","type":"x"}')]),
        # An object's own `objects`, where it is no list, or after its type, makes no bundle of it.
        (b'{"type":"observed-data","objects":{"0":{}}}', [("$", b'{"type":"observed-data","objects":{"0":{}}}')]),
        (b'{"objects":{"0":{}},"type":"observed-data"}', [("$", b'{"objects":{"0":{}},"type":"observed-data"}')]),
        (b'{"type":"x-case","objects":[{}]}', [("$", b'{"type":"x-case","objects":[{}]}')]),
        (b'{"x":"\\u0000","\\u0074ype":"x"}', [("$", b'{"x":"\\u0000","\\u0074ype":"x"}')]),
        (b'{"name":"bundle"}', [("$", b'{"name":"bundle"}')]),
        # Lines
        (b'{"type":"x"}\n{"type":"y"}', [("line 1", b'{"type":"x"}'), ("line 2", b'{"type":"y"}')]),
        (b'\n\n{"type":"x"}\r\n\n {"type":\n"y"}\n{"id":1}\n',
         [("line 3", b'{"type":"x"}'), ("line 5", b'{"type":\n"y"}'), ("line 7", b'{"id":1}')]),
        (b'{"type":"bundle","objects":[{}]}\n{"objects":[{}]}\n[{}]\n{"type":"z"}\n',
         [("$.objects[0]", b"{}"), ("line 2.objects[0]", b"{}"), ("line 3[0]", b"{}"), ("line 4", b'{"type":"z"}')]),
        (b'{"more":false}\n{"type":"z"}', [("line 2", b'{"type":"z"}')]),
        (b'\xef\xbb\xbf{"type":"z"}', [("$", b'{"type":"z"}')]),
        # What is wrong inside an object is its reader's business.
        (b'{"type":"x",}\n{"type" nonsense}\n', [("line 1", b'{"type":"x",}'), ("line 2", b'{"type" nonsense}')]),
        (b'[{"a":]},{"\xff":1}]', [("$[0]", b'{"a":]}'), ("$[1]", b'{"\xff":1}')]),
    ],
)  # fmt: skip
def test_every_form(data: bytes, objects: list[tuple[str, bytes]]) -> None:
    assert both(data) == (objects, "", "")


@pytest.mark.parametrize(
    ("data", "before", "code", "place"),
    [
        (b"", 0, "bundle-empty", ""),
        (b"\xef\xbb\xbf \n", 0, "bundle-empty", ""),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", 0, "bundle-not-object", "$"),
        (b"5", 0, "bundle-not-object", "$"),
        (b"garbage", 0, "bundle-not-object", "$"),
        (b"\x1f\x8b\x08", 0, "bundle-not-object", "$"),
        (b"{", 0, "bundle-truncated", "$"),
        (b'{"type":"x","a":"', 0, "bundle-truncated", "$"),
        (b'{"type":"x","a":"\\', 0, "bundle-truncated", "$"),
        (b'{"type":"x","a":"}"', 0, "bundle-truncated", "$"),
        (b'{"type"', 0, "bundle-truncated", "$"),
        (b'{"type":', 0, "bundle-truncated", "$"),
        (b'{"objects":[', 0, "bundle-truncated", "$.objects[0]"),
        (b'{"objects":[{}', 1, "bundle-truncated", "$.objects[1]"),
        (b'{"objects":[{},', 1, "bundle-truncated", "$.objects[1]"),
        (b'{"objects":[{},{"a":1', 1, "bundle-truncated", "$.objects[1]"),
        (b'{"objects":[{}]', 1, "bundle-truncated", "$"),
        (b'{"objects":[{}],', 1, "bundle-truncated", "$"),
        (b'{"objects":[{}],"more":tr', 1, "bundle-truncated", "$"),
        (b"[{}", 1, "bundle-truncated", "$[1]"),
        (b'{"type":"x"}\n{"type":"y"', 1, "bundle-truncated", "line 2"),
        (b'{"objects":[{},5]}', 1, "bundle-not-object", "$.objects[1]"),
        (b'{"objects":[{},]}', 1, "bundle-not-object", "$.objects[1]"),
        (b'{"objects":["{}"]}', 0, "bundle-not-object", "$.objects[0]"),
        (b"[[{}]]", 0, "bundle-not-object", "$[0]"),
        (b"[{} {}]", 1, "json-malformed", "$[1]"),
        (b"[{}}", 1, "json-malformed", "$[1]"),
        (b'{"objects":[{}]]', 1, "json-malformed", "$"),
        (b'{"objects":[{}],}', 1, "json-malformed", "$"),
        (b'{"objects":[{}],"a":}', 1, "json-malformed", "$"),
        (b'{"objects":[{}],"a":nul}', 1, "json-malformed", "$ 1:19"),
        (b'{"objects":[{}],"a":"\\ud800"}', 1, "json-text", "$ 1:20"),
        (b'{"objects":[{}],"a":1,"a":2}', 1, "json-duplicate-key", "$.a"),
        (b'{"objects":[{}],"objects":[{}]}', 1, "json-duplicate-key", "$.objects"),
        (b'{"\\ud800":1,"objects":[{}]}', 0, "json-text", "$ 1:2"),
        (b'{"a":1e400,"objects":[{}]}', 0, "json-number", "$ 1:6"),
        (b"{'a':1}", 0, "json-malformed", "$"),
        (b'{"objects":[{}]} {}', 1, "bundle-trailing", "line 1"),
        (b'{"type":"x"}{"type":"y"}', 1, "bundle-trailing", "line 1"),
        (b"[{}],", 1, "bundle-trailing", "line 1"),
        (b'{"type":"x"}\n\n"x"', 1, "bundle-not-object", "line 3"),
        (b'{"type":"bundle","spec_version":"2.0","objects":[{}]}', 0, "bundle-version", "$"),
        (b'{"type":"bundle","objects":[{}],"spec_version":"2.0"}', 1, "bundle-version", "$"),
        (b'{"type":"bundle","spec_version":"2.0"}', 0, "bundle-version", "$"),
        (b'{"type":"bundle","spec_version":"3","objects":[{}]}', 0, "bundle-malformed", "$.spec_version"),
        (b'{"type":"bundle","objects":{}}', 0, "bundle-malformed", "$.objects"),
        (b'{"objects":[{}],"type":"report"}', 1, "bundle-malformed", "$.type"),
        (b'{"type":5,"objects":[{}]}', 0, "bundle-malformed", "$.type"),
        (b'{"type":"x"}\n{"type":"bundle","objects":[{}],"spec_version":"2.0"}', 2, "bundle-version", "line 2"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_after_what_came_before(data: bytes, before: int, code: str, place: str) -> None:
    found, *refusal = both(data)
    assert (len(found), *refusal) == (before, code, place)


def test_sizes_are_bounded() -> None:
    large = b'{"type":"x","a":"' + b"a" * 80 + b'"}'
    assert split(b"[" + large + b"]", max_object_bytes=len(large))[1] == ""
    for chunks in ([b"[{}," + large + b"]"], [bytes([byte]) for byte in b"[{}," + large + b"]"]):
        assert split(chunks, max_object_bytes=len(large) - 1) == ([("$[0]", b"{}")], "bundle-too-large", "$[1]")
    assert split(large, max_object_bytes=len(large))[1] == ""
    assert split(large, max_object_bytes=len(large) - 1)[1:] == ("bundle-too-large", "$")
    # A bundle may be larger than an object, its own members may not.
    many = b'{"objects":[' + b",".join([b'{"a":1}'] * 100) + b'],"type":"bundle"}'
    assert len(split(many, max_object_bytes=50)[0]) == 100
    padding = b'"x":"' + b"x" * MAX_OUTSIDE_BYTES + b'"'
    assert split(b'{"objects":[{}],' + padding + b"}")[1:] == ("bundle-too-large", "$")
    assert split(b"{" + padding + b',"objects":[{}]}')[1:] == ("bundle-too-large", "$")
    some = b",".join(b'"%d":"%b"' % (number, b"x" * 1000) for number in range(100))
    assert split(b'{"objects":[{}],' + some + b"}")[1:] == ("bundle-too-large", "$")


def endless(piece: bytes) -> Iterator[bytes]:
    for _ in range(3000):
        yield piece


@pytest.mark.parametrize(
    ("begin", "piece", "code"),
    [
        (b"[", b'{"a":"' + b"a" * 4000 + b'"},', "bundle-not-object"),
        (b'{"objects":[', b"{}" + b" " * 4000 + b",", "bundle-not-object"),
        (b"", b'{"type":"x","a":"' + b"\\n" * 2000 + b'"}\n', "bundle-not-object"),
        (b"{", b" " * 4000, "bundle-too-large"),
        (b'{"a":"', b"\\\\" * 2000, "bundle-too-large"),
        (b'[{"a":', b"[" * 4000, "bundle-too-large"),
        (b'{"type":"x","a":', b"{" * 4000, "bundle-too-large"),
        (b"", b"\n" * 4000, "bundle-not-object"),
        (b'{"objects":[{}]', b',"a":"' + b"a" * 4000 + b'"', "bundle-too-large"),
    ],
    ids=["objects", "spaces", "lines", "no member", "one text", "lists", "braces", "nothing", "outside"],
)
def test_a_long_stream_takes_the_memory_of_one_object(begin: bytes, piece: bytes, code: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield begin
        yield from endless(piece)
        yield b"]"

    tracemalloc.start()
    found = ""
    try:
        for _ in split_objects(chunks(), max_object_bytes=200_000):
            pass
    except Malformed as refusal:
        found = refusal.code
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found == code  # `bundle-not-object` is the bracket at the very end
    assert peak < 1024 * 1024


def test_the_first_object_comes_before_the_rest_of_its_bundle_is_looked_at() -> None:
    given = 0

    def chunks() -> Iterator[bytes]:
        nonlocal given
        yield b'{"type":"bundle","id":"bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","objects":[{"a":1}'
        for given in range(1, 200):  # noqa: B007 - counted
            yield b',{"a":"' + b"x" * 10_000 + b'"}'
        yield b"]}"

    objects = split_objects(chunks(), max_object_bytes=32 * 1024 * 1024)
    assert next(objects) == ("$.objects[0]", b'{"a":1}')
    assert given < 10
    assert sum(1 for _ in objects) == 199


def seconds(act: Callable[[], object]) -> float:
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        act()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    "make",
    [
        lambda n: [b"[" + b",".join([b'{"a":1}'] * n) + b"]"],
        lambda n: [b'{"type":"x"}\n' * n],
        lambda n: [b'{"a":"', *([b"a"] * n), b'"}'],
        lambda n: [b'{"a":"', *([b"\\"] * (2 * n)), b'"}'],
        lambda n: [b"[" * n],
        lambda n: [b'{"a":' * n],
        lambda n: [b'[{"a":[' + b'"x",' * n + b'""]}]'],
        lambda n: [b'[{"a":"' + b'\\"{' * n],
        lambda n: [b'"{' * n],
        lambda n: [b"[", *([b" "] * n)],
        lambda n: [b"{" + b" " * n] * 8,
        lambda n: [b'{"objects":[]' + b',"a":0' * n + b"}"],
    ],
    ids=[
        "objects",
        "lines",
        "text",
        "escapes",
        "lists",
        "braces",
        "texts",
        "quotes",
        "mixed",
        "spaces",
        "padding",
        "outside",
    ],
)
def test_time_is_linear(make: Callable[[int], list[bytes]]) -> None:
    small, large = make(3_000), make(24_000)
    # Eight times as much takes eight times as long; a square law would take sixty-four.
    assert seconds(lambda: split(large)) < 24 * seconds(lambda: split(small)) + 0.02


def read(data: bytes, place: str) -> dict[str, Any]:
    value, canonical = decode_object(data, place)
    assert verify_canonical(canonical) == value
    return value


def test_attack(shared_data: Path) -> None:
    data = gzip.decompress((shared_data / "attack" / "ics-attack-18.1.json.gz").read_bytes())
    objects = json.loads(data)["objects"]
    found = [*split_objects(data[at : at + 10_000] for at in range(0, len(data), 10_000))]
    assert [place for place, _ in found] == [f"$.objects[{number}]" for number in range(1826)]
    assert [read(each, place) for place, each in found] == objects
    lines = b"\n".join(json.dumps(each).encode() for each in objects)
    assert [read(each, place) for place, each in split_objects([lines])] == objects


def test_attack_history(shared_data: Path) -> None:
    with gzip.open(shared_data / "attack" / "attack-history.json.gz") as file:
        values = [read(data, place) for place, data in split_objects(iter(lambda: file.read(200_000), b""))]
    assert len(values) == 15_500
    assert len({(value["id"], stated_version(value)) for value in values}) == 15_499


# One object


def sdo(**more: object) -> dict[str, Any]:
    created = {"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-02T00:00:00Z"}
    value = {"type": "indicator", "spec_version": "2.1", "id": INDICATOR, **created, **more}
    return {name: item for name, item in value.items() if item is not ...}


@pytest.mark.parametrize(
    "value",
    [
        sdo(),
        sdo(created_by_ref=IDENTITY, object_marking_refs=[MARKING], x_unknown={"a": [None, 1.5]}),
        sdo(object_marking_refs=[], granular_markings=[]),
        sdo(granular_markings=[{"selectors": ["a.[0].b"], "marking_ref": MARKING}, {"selectors": ["a"], "lang": "ar"}]),
        {"type": "url", "id": f"url--{UUID}", "value": "x"},
        {"type": "url", "spec_version": "2.1", "id": f"url--{UUID}", "value": "x"},
        {"type": "x-acme-sensor", "id": f"x-acme-sensor--{UUID}"},
        {"type": "marking-definition", "spec_version": "2.1", "id": MARKING, "created": "2016-12-31T23:59:60Z"},
    ],
)
def test_an_object_keeps_every_property(value: dict[str, Any]) -> None:
    assert decode_object(json.dumps(value).encode(), "$") == (value, encode_canonical(value))


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ([], "stix-object", ""),
        ("x", "stix-object", ""),
        ({"type": "bundle", "id": f"bundle--{UUID}", "objects": []}, "stix-bundle", ""),
        ({}, "stix-type", ".type"),
        (sdo(type=None), "stix-type", ".type"),
        (sdo(type="Indicator"), "stix-type", ".type"),
        (sdo(type="in"), "stix-type", ".type"),
        (sdo(type="i" * 251), "stix-type", ".type"),
        (sdo(type="indicator\n"), "stix-type", ".type"),
        (sdo(id=...), "stix-id", ".id"),
        (sdo(id=5), "stix-id", ".id"),
        (sdo(id=IDENTITY), "stix-id", ".id"),
        (sdo(id=INDICATOR.upper()), "stix-id", ".id"),
        (sdo(id=f"indicator--{UUID.upper()}"), "stix-id", ".id"),
        (sdo(id=f"indicator-{UUID}"), "stix-id", ".id"),
        (sdo(id=INDICATOR + "\n"), "stix-id", ".id"),
        (sdo(id="indicator--" + UUID.replace("-", "")), "stix-id", ".id"),
        (sdo(spec_version="2.0"), "stix-version", ".spec_version"),
        (sdo(spec_version=2.1), "stix-version", ".spec_version"),
        (sdo(spec_version=...), "stix-version", ".spec_version"),
        (sdo(spec_version=..., created=..., modified=...), "stix-version", ".spec_version"),
        ({"type": "url", "id": f"url--{UUID}", "modified": "2026-01-01T00:00:00Z"}, "stix-version", ".spec_version"),
        (sdo(created="2026-01-01"), "time-malformed", ".created"),
        (sdo(created=0), "time-malformed", ".created"),
        (sdo(modified=None), "time-malformed", ".modified"),
        (sdo(modified="2026-02-29T00:00:00Z"), "time-malformed", ".modified"),
        (sdo(created_by_ref=INDICATOR), "stix-reference", ".created_by_ref"),
        (sdo(created_by_ref=[IDENTITY]), "stix-reference", ".created_by_ref"),
        (sdo(object_marking_refs=MARKING), "stix-reference", ".object_marking_refs"),
        (sdo(object_marking_refs=[MARKING, IDENTITY]), "stix-reference", ".object_marking_refs[1]"),
        (sdo(granular_markings={}), "stix-granular-marking", ".granular_markings"),
        *(
            (sdo(granular_markings=[{"selectors": ["a"], "lang": "en"}, wrong]), "stix-granular-marking",
             ".granular_markings[1]")
            for wrong in (
                0, {}, {"lang": "en"}, {"selectors": ["a"]}, {"selectors": [], "lang": "en"},
                {"selectors": "a", "lang": "en"}, {"selectors": [1], "lang": "en"}, {"selectors": [""], "lang": "en"},
                {"selectors": ["a"], "lang": ""}, {"selectors": ["a"], "lang": "en", "marking_ref": MARKING},
                {"selectors": ["a"], "marking_ref": IDENTITY}, {"selectors": ["a"], "marking_ref": None},
            )
        ),
    ],
)  # fmt: skip
def test_an_object_that_cannot_be_published(value: Any, code: str, place: str) -> None:
    for start in ("$.objects[3]", "line 4"):
        with pytest.raises(Malformed) as caught:
            decode_object(json.dumps(value).encode(), start)
        assert (caught.value.code, caught.value.place) == (code, start + place)


def test_what_is_no_json_is_refused_in_its_place() -> None:
    for data, code, place in [
        (b'{"type":"x",}', "json-malformed", "line 4 1:12"),
        (b'{"type":"x","a":{"b":1,"b":2}}', "json-duplicate-key", "line 4.a.b"),
        # In its record an object lies one level deeper: 63 are left.
        (b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", "json-too-deep", "line 4.a" + "[0]" * 62),
    ]:
        with pytest.raises(Malformed) as caught:
            decode_object(data, "line 4")
        assert (caught.value.code, caught.value.place) == (code, place)


def test_shared_objects(shared_data: Path) -> None:
    """Every object of the collection that is a STIX 2.1 object at all, also where a property of its type is wrong."""
    refused = {}
    for path in sorted((shared_data / "stix" / "rstix" / "spec").glob("[!c]*/*.json")):
        for place, data in split_objects([path.read_bytes()]):
            try:
                decode_object(data, place)
            except Malformed as refusal:
                refused[path.name] = refusal.code
    ids_malformed = [
        "email-message-body-with-multipart.json",
        "file-no-name-or-hash.json",
        "network-traffic-end-with-active.json",
        "network-traffic-no-protocols.json",
        "process-no-properties.json",
        "user-account-no-properties.json",
    ]
    assert refused == dict.fromkeys(ids_malformed, "stix-id")
    for path in (shared_data / "misp").glob("misp-stix-*_stix21.json"):
        assert [read(data, place)["id"] for place, data in split_objects([path.read_bytes()])] == [
            value["id"] for value in json.loads(path.read_bytes())["objects"]
        ]


def test_stated_version() -> None:
    assert stated_version(sdo()) == stated_version(sdo(modified="2026-01-02T00:00:00.000Z"))
    assert stated_version(sdo(modified=...)) == stated_version(sdo(modified="2026-01-01T00:00:00Z"))
    assert stated_version(sdo(modified="2026-01-02T00:00:00.001Z")) > stated_version(sdo())
    assert stated_version({"type": "url"}) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (INDICATOR, {INDICATOR}),
        (f"see {INDICATOR}.", {INDICATOR}),
        (f"{IDENTITY},{INDICATOR}{MARKING}", {IDENTITY, INDICATOR, MARKING}),
        (f"https://example.com/objects/{INDICATOR}/", {INDICATOR}),
        (f"ref_{INDICATOR}_x", {INDICATOR}),
        (f"متابعة{INDICATOR}متابعة", {INDICATOR}),
        (f"{INDICATOR.upper()}", {INDICATOR}),
        (f"a--{INDICATOR}", {INDICATOR}),
        (f"x---{INDICATOR}", {INDICATOR}),
        *((f"line{escape}{INDICATOR}", {INDICATOR}) for escape in "\n\r\t\b\f\0\x1f\"'/\\\u2028"),
        (f"\\n{INDICATOR}", {f"n{INDICATOR}"}),
        (f"\\\n{INDICATOR}", {INDICATOR}),
        (f"ab--{UUID}", set()),
        (f"--{UUID}", set()),
        (f"{'x' * 251}--{UUID}", set()),
        (f"{'x' * 250}--{UUID}", {f"{'x' * 250}--{UUID}"}),
        (f"indicator-{UUID}", set()),
        (f"indicator--{UUID[:-1]}", set()),
        ("", set()),
    ],
)
def test_references(text: str, found: set[str]) -> None:
    # As canonical JSON writes it: no letter is escaped that needs not be.
    for value in (text, [text], {"a": {"b": [0, text]}}, {text: 1}):
        assert references(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) == found


def test_references_take_linear_time() -> None:
    small, large = b"a-" * 10_000, b"a-" * 80_000
    assert seconds(lambda: references(large)) < 24 * seconds(lambda: references(small)) + 0.02
    ids = f"{INDICATOR} ".encode()
    assert seconds(lambda: references(ids * 8000)) < 24 * seconds(lambda: references(ids * 1000)) + 0.02
