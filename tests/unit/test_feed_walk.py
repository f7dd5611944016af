"""The pure half of feeds: addresses, credentials, what servers say, and the walk, against servers of any kind."""

import gzip
import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mithaq.errors import Malformed, MithaqError, Refused
from mithaq.model import encode_time
from mithaq.wire.feeds import (
    Offer,
    Page,
    Position,
    Resource,
    Walk,
    choose_offer,
    decode_credentials,
    decode_interval,
    decode_page,
    decode_resource,
    is_same_place,
    seconds_until,
    taxii_url,
    unpacked,
    verify_url,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
START = datetime(2026, 11, 24, 5, tzinfo=UTC)


def test_urls() -> None:
    for good in ("http://localhost:1/x", "https://example.org", "https://[::1]:8/x?y=%20z", "HTTPS://example.org/"):
        assert verify_url(good) == good
    bad = (
        "", "x", "file:///etc/passwd", "https://", "https://a b/", "https://example.org/\n", "https://u@example.org/",
        "https://u:p@example.org/", "https://example.org/#", "https://example.org:99999/", "https://é.org/",
        "https://example.org/" + "x" * 2000,
    )  # fmt: skip
    for url in bad:
        with pytest.raises(Malformed) as caught:
            verify_url(url)
        assert (caught.value.code, caught.value.details) == ("feed-url", {})
    assert taxii_url("https://example.org/taxii2") == "https://example.org/taxii2/"
    assert taxii_url("https://example.org/a/collections/x/objects") == "https://example.org/a/collections/x/"
    assert taxii_url("https://example.org/objects/") == "https://example.org/objects/"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://a.org/x", "https://a.org:443/y", True),
        ("http://a.org/x", "https://a.org/x", True),
        ("https://a.org/x", "http://a.org/x", False),
        ("http://a.org:8080/x", "https://a.org/x", False),
        ("https://a.org/x", "https://b.org/x", False),
        ("https://a.org/x", "https://a.org:444/x", False),
        ("https://a.org/x", "https://u@a.org/x", False),
        ("https://a.org/x", "https://a.org:x/x", False),
        ("https://a.org/x", "file://a.org/x", False),
        ("https://A.org/x", "https://a.ORG/x", True),
    ],
)
def test_what_is_the_same_server(first: str, second: str, same: bool) -> None:
    assert is_same_place(first, second) is same


def test_credentials_intervals_and_waits() -> None:
    assert decode_credentials(b"bearer abc\n") == "Bearer abc"
    assert decode_credentials(b"Basic user:pass:word") == "Basic dXNlcjpwYXNzOndvcmQ="
    assert decode_credentials("Basic и:я".encode()) == "Basic 0Lg60Y8="
    assert decode_credentials(b'{"name": "x", "token": "mq_x"}') == "Bearer mq_x"
    assert [decode_interval(each) for each in ("60s", "1m", "2h", "30d")] == [60, 60, 7200, 30 * 86_400]
    for bad in ("", "h", "5", "0m", "1w", "-1h", "1.5h", "999999999d", "٣h x"):
        with pytest.raises(Malformed):
            decode_interval(bad)
    assert seconds_until("120", NOW) == 120
    assert seconds_until("Wed, 25 Nov 2026 12:01:00 GMT", NOW) == 60
    assert seconds_until("Wed, 25 Nov 2020 12:01:00 GMT", NOW) == 0
    assert seconds_until("999999999999", NOW) is None
    assert seconds_until("99999999", NOW) == 86_400
    assert [seconds_until(each, NOW) for each in ("", "soon", "Wed, 25 Nov 2026 12:01:00")] == [None] * 3


def test_resources() -> None:
    root = "https://a.org/taxii2/"

    def read(value: Any, url: str = root) -> Resource:
        return decode_resource(json.dumps(value).encode(), url)

    assert read({"title": "x", "default": "/api", "api_roots": ["/api/", "https://a.org/two"]}).ask == (
        "https://a.org/api/", "https://a.org/two/",
    )  # fmt: skip
    assert read({"title": "x", "versions": []}).ask == ("https://a.org/taxii2/collections/",)
    one = {"id": "X1", "title": "t", "can_read": True, "can_write": False}
    assert read(one, root + "collections/X1/").offers[0].url == "https://a.org/taxii2/collections/X1/objects/"
    assert read({"collections": [one]}, root + "collections/").offers[0].url == (
        "https://a.org/taxii2/collections/X1/objects/"
    )
    assert read({}) == Resource(())
    for bad in (b"", b"[]", b'{"collections": 1}', b'{"api_roots": [1]}', b"\xff", b"[" * 100_000):
        with pytest.raises(Malformed) as caught:
            decode_resource(bad, root)
        assert caught.value.code == "feed-resource"
    offers = [Offer("u1", "X1", "same", "one", True), Offer("u2", "X2", "same", "two", True)]
    assert [choose_offer(offers, wanted).url for wanted in ("x1", "two")] == ["u1", "u2"]
    assert choose_offer([*offers[:1], *offers[:1]], "").url == "u1"
    for wanted in ("same", "", "x3"):
        with pytest.raises(Refused) as refused:
            choose_offer(offers, wanted)
        assert refused.value.code == "feed-collection"


@pytest.mark.parametrize("way", [bytes, gzip.compress, lambda data: gzip.compress(data[:3]) + gzip.compress(data[3:])])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_bytes_come_unpacked_whatever_pieces_they_come_in(way: Any, size: int) -> None:
    data = b"plain bytes, not at random: " * 20
    packed = way(data)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert b"".join(unpacked(pieces, len(data))) == data
    with pytest.raises(Refused):
        list(unpacked(pieces, len(data) - 1))
    if way is not bytes:
        with pytest.raises(Malformed):
            list(unpacked([packed[:-5]], len(data)))
    assert list(unpacked([], 0)) == []


def test_pages() -> None:
    assert decode_page(b'{"more": true, "next": 5, "objects": [{"a": 1}, 2]}') == Page([b'{"a": 1}', b"2"], True, "5")
    assert decode_page(b"{}") == Page([], False, "")
    for bad in (b"", b"[]", b'{"next": "\\u0000"}', b'{"next": "' + b"x" * 5000 + b'"}', b'{"objects": {}}'):
        with pytest.raises(Malformed):
            decode_page(bad)


class Server:
    """A collection of numbers, each added at an instant that need not be its own."""

    def __init__(self, instants: list[int], largest: int, *, token: bool, digits: int) -> None:
        self.added = [(encode_time(START + timedelta(milliseconds=each)), n) for n, each in enumerate(sorted(instants))]
        self.largest = largest
        self.token = token
        self.digits = digits

    def answer(self, parameters: list[tuple[str, str]]) -> tuple[Page, str, str]:
        query = dict(parameters)
        found = [each for each in self.added if each[0] > query.get("added_after", "")]
        start, size = int(query.get("next", "0")), min(int(query["limit"]), self.largest)
        shown = found[start : start + size]
        more = len(found) > start + size
        page = Page([b"%d" % number for _, number in shown], more, str(start + size) if more and self.token else "")
        last = shown[-1][0].removesuffix("Z")[: 20 + self.digits].rstrip(".") + "Z" if shown else ""
        return page, repr(page.objects), last


def walk(server: Server, position: Position, limit: int, seen: list[bytes]) -> Position:
    one = Walk(position, (), limit)
    for _ in range(500):
        page, digest, last = server.answer(one.parameters())
        seen += page.objects
        one.take(page, digest, last, NOW)
        if one.done:
            return one.position
    raise AssertionError("a walk without end")


@given(
    instants=st.lists(st.integers(0, 6), max_size=40),
    later=st.lists(st.integers(0, 4), max_size=10),
    limit=st.integers(1, 7),
    token=st.booleans(),
    digits=st.sampled_from([3, 6]),
)
@settings(max_examples=50)
def test_a_walk_sees_everything_and_then_what_is_new(
    instants: list[int], later: list[int], limit: int, token: bool, digits: int
) -> None:
    server = Server(instants, 10_000, token=token, digits=digits)
    seen: list[bytes] = []
    position = walk(server, Position(), limit, seen)
    assert {int(each) for each in seen} == set(range(len(instants)))
    newest = max(instants, default=0)
    # Added at the very instant where the walk ended, or behind it.
    server.added += [
        (encode_time(START + timedelta(milliseconds=newest + each)), len(instants) + n)
        for n, each in enumerate(sorted(later))
    ]
    seen.clear()
    position = walk(server, position, limit, seen)
    assert {int(each) for each in seen} >= set(range(len(instants), len(server.added)))
    seen.clear()
    assert walk(server, position, limit, seen) == position, "with nothing new it stays where it is"


@given(instants=st.lists(st.integers(0, 6), max_size=40), stops=st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_a_walk_that_is_broken_off_goes_on(instants: list[int], stops: list[int]) -> None:
    server = Server(instants, 3, token=True, digits=6)
    position, seen = Position(), list[bytes]()
    for stop in itertools.cycle(stops):
        one = Walk(position, (), 3)
        for _ in range(stop):
            page, digest, last = server.answer(one.parameters())
            seen += page.objects
            one.take(page, digest, last, NOW)
            if one.done:
                break
        position = one.position
        if one.done:
            break
    assert [int(each) for each in seen] == list(range(len(instants))), "each once, in order"


@given(
    pages=st.lists(
        st.tuples(st.lists(st.binary(max_size=1), max_size=2), st.booleans(), st.sampled_from(["", "a", "b", "c"])),
        min_size=1,
        max_size=4,
    ),
    last=st.sampled_from(["", "2026-11-24T05:00:00Z", "2026-11-24T05:00:00.1234567891Z", "9999-12-31T23:59:60Z", "x"]),
)
def test_no_server_makes_a_walk_without_end(pages: list[tuple[list[bytes], bool, str]], last: str) -> None:
    one = Walk(Position(), (), 10)
    ended = ""
    for objects, more, token in itertools.islice(itertools.cycle(pages), 100):
        one.parameters()
        try:
            one.take(Page(objects, more, token), repr(objects), last, NOW)
        except MithaqError as error:
            ended = error.code
        if one.done or ended:
            break
    # Without tokens, and with different pages at one instant, only the pull's own limits end it.
    endless = all(more and not token for _, more, token in pages)
    assert one.done or ended in {"feed-endless", "feed-page"} or endless
