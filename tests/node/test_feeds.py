"""Collections, pulled by a real node from real servers that behave, and from those that don't."""

import gzip
import itertools
import json
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mithaq.model import Reader
from mithaq.node import Home, Node
from mithaq.node.feed_due import due_at
from mithaq.node.feeds import pull_feeds, show_feed
from mithaq.wire.feeds import taxii_url
from tests.node.feeding import add, done, failed, notes, pull, remove_all, times_held
from tests.node.keeping import found, opened
from tests.node.strangers import API, COLLECTION, OBJECTS, Asked, Reply, Shelf, envelope, note, serving, stranger


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return found(tmp_path_factory.mktemp("feeds") / "node")


@pytest.fixture(scope="module")
def node(home: Home) -> Iterator[Node]:
    with opened(home) as node:
        yield node


@pytest.fixture(autouse=True)
def no_feeds(node: Node) -> None:
    remove_all(node)


# Collections


def test_a_collection_is_walked_to_its_end_and_then_only_what_is_new(node: Node) -> None:
    shelf = Shelf(10)
    first, second = notes(25), notes(3)
    shelf.add(*first)
    with stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", "Bearer very-secret")
        assert done(node, name) == (25, 0, 0)
        assert [each.get("next") for each in server.pages()] == [None, "10", "20"]
        assert {each.headers["accept"] for each in server.asked} == {"application/taxii+json;version=2.1"}
        assert {each.headers["authorization"] for each in server.asked} == {"Bearer very-secret"}
        shelf.add(*second)
        assert done(node, name) == (3, 1, 0), "the last one is read again, since instants need not be unique"
        assert server.pages()[-1]["added_after"] == "2026-11-24T05:00:00.000023Z"
        assert done(node, name) == (0, 1, 0)
    assert times_held(node, first + second) == {1}
    (record,) = node.show(Reader("dara"), first[0]["id"])[1].values()
    assert b'"audience":["dara"],"author":"dara"' in record.body
    assert b'"group":"own"' in record.body


@pytest.mark.parametrize("address", ["/taxii2", API, f"{API}collections/", f"{API}collections/{COLLECTION}/", OBJECTS])
def test_any_resource_above_the_objects_leads_to_them(node: Node, address: str) -> None:
    shelf = Shelf()
    shelf.add(*notes(2))
    one = {"id": COLLECTION, "title": "All", "can_read": True, "can_write": False}

    def answer(asked: Asked) -> Reply:
        if asked.path == f"{API}collections/{COLLECTION}/":
            return Reply(json.dumps(one).encode())
        return serving(shelf.page)(asked)

    with stranger(answer) as server:
        assert done(node, add(node, "taxii", taxii_url(server.url + address))) == (2, 0, 0)


def test_a_collection_is_chosen_by_its_names(node: Node) -> None:
    shelf = Shelf()
    shelf.add(*notes(1))
    with stranger(serving(shelf.page)) as server:
        for name in (COLLECTION, COLLECTION.upper(), "all"):
            done(node, add(node, "taxii", f"{server.url}/taxii2/", collection=name))
        error = failed(node, add(node, "taxii", f"{server.url}/taxii2/", collection="other"))
        assert error.code == "feed-collection"
        assert COLLECTION in str(error.details["found"])
        assert failed(node, add(node, "taxii", f"{server.url}/taxii2/", collection="closed")).code == (
            "feed-collection-unread"
        )


def test_types_are_asked_for_and_looked_at(node: Node) -> None:
    shelf = Shelf()
    shelf.add(*notes(3))
    with stranger(serving(lambda asked: shelf.page(Asked(asked.path, {"limit": "9"}, {})))) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", types=("indicator", "malware"))
        pulled = pull(node, name)
        assert server.pages()[0]["match[type]"] == "indicator,malware"
        assert (pulled.counts.published, pulled.counts.skipped) == (0, 3), "also of a server that doesn't mind"


@pytest.mark.parametrize("token", [True, False])
def test_an_instant_that_many_objects_share_loses_none(node: Node, token: bool) -> None:
    shelf = Shelf(4, token=token)
    at = "2026-11-24T05:00:00.5Z"
    shelf.add(*notes(3))
    shelf.add(*notes(3), at=at)
    shelf.add(*notes(6), at="2026-11-24T06:00:00Z")
    with stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", max_objects=4)
        shelf.largest = 9
        for _ in range(6):
            if pull(node, name).outcome == "done":
                break
        shelf.add(*notes(2), at="2026-11-24T06:00:00Z")
        assert pull(node, name).outcome == "done"
        assert pull(node, name).counts.published == 0
    assert times_held(node, [value for _, value in shelf.held]) == {1}


def test_an_instant_that_fills_every_page_is_said_so(node: Node) -> None:
    shelf = Shelf(4, token=False)
    shelf.add(*notes(9), at="2026-11-24T06:00:00Z")
    with stranger(serving(shelf.page)) as server:
        assert failed(node, add(node, "taxii", f"{server.url}/taxii2/")).code == "feed-endless"
        assert len(server.pages()) < 10
    assert times_held(node, [value for _, value in shelf.held[:4]]) == {1}


def endless(kind: str) -> tuple[list[dict[str, Any]], Any]:
    held = notes(3)
    at = "2026-11-24T05:00:00Z"
    turns = itertools.count()
    answers = {
        "the same token": lambda _: envelope([*held, note(next(turns))], at, more=True, next="x"),
        "two tokens in turn": lambda _: envelope(held, at, more=True, next="ab"[next(turns) % 2]),
        "the same page": lambda _: envelope(held, at, more=True, next=str(next(turns))),
        "nothing": lambda _: envelope([], more=True, next=str(next(turns))),
        "no way on": lambda _: envelope(held, more=True),
    }
    return held, answers[kind]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("the same token", "feed-endless"),
        ("two tokens in turn", "feed-endless"),
        ("the same page", "feed-endless"),
        ("nothing", "feed-endless"),
        ("no way on", "feed-page"),
    ],
)
def test_a_walk_that_would_never_end_ends(node: Node, kind: str, code: str) -> None:
    _, pages = endless(kind)
    with stranger(serving(pages)) as server:
        assert failed(node, add(node, "taxii", f"{server.url}/taxii2/")).code == code
        assert len(server.pages()) <= 12


def test_a_collection_without_end_is_taken_piece_by_piece(node: Node) -> None:
    turns = itertools.count()

    def page(asked: Asked) -> Reply:
        start = int(asked.query.get("next", "0"))
        next(turns)
        return envelope([note(10**6 + start + each) for each in range(5)], more=True, next=str(start + 5))

    with stranger(serving(page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", max_objects=12)
        for expected in (["0", "5", "10"], ["15", "20", "25"]):
            before = len(server.pages())
            pulled = pull(node, name)
            assert (pulled.outcome, pulled.counts.published) == ("partial", 15)
            assert [each.get("next", "0") for each in server.pages()[before:]] == expected
            assert pulled.due - datetime.now(UTC) < timedelta(seconds=61), "what is left is soon due"


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_token_that_the_server_has_forgotten(node: Node, status: int) -> None:
    shelf = Shelf(5)
    shelf.add(*notes(12))
    forgotten = False

    def page(asked: Asked) -> Reply:
        return (
            Reply(status=status)
            if forgotten and "next" in asked.query and "added_after" not in asked.query
            else (shelf.page(asked))
        )

    with stranger(serving(page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", max_objects=5)
        assert pull(node, name).outcome == "partial"
        forgotten = True
        for _ in range(3):
            pull(node, name)
    assert times_held(node, [value for _, value in shelf.held]) == {1}


def test_an_instant_in_the_future_hides_nothing(node: Node) -> None:
    shelf = Shelf()
    shelf.add(*notes(2), at="9999-01-01T00:00:00Z")
    with stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        assert done(node, name) == (2, 0, 0)
        shelf.add(*notes(1), at="9999-01-01T00:00:00Z")
        assert done(node, name) == (1, 2, 0)


# Servers that fail


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=401), "feed-unauthorised"),
        (Reply(status=403), "feed-unauthorised"),
        (Reply(status=404), "feed-missing"),
        (Reply(status=406), "feed-status"),
        (Reply(status=502), "feed-status"),
        (Reply(b"<html>", type="text/html"), "feed-type"),
        (Reply(b"{}", type="application/vnd.oasis.taxii+json; version=2.0"), "feed-type"),
        (Reply(b"{}", type="application/taxii+json;version=2.0"), "feed-type"),
        (Reply(b'{"objects": [', type="application/taxii+json"), "feed-page"),
        (Reply(b"[" * 100_000), "feed-page"),
        (Reply(b'{"more": "yes"}'), "feed-page"),
        (Reply(b"{}", headers={"Content-Encoding": "br"}), "feed-packed"),
        (Reply(b"\x1f\x8bx", headers={"Content-Encoding": "gzip"}), "gzip-malformed"),
        (Reply(b'{"objects": [', length=100), "feed-unreachable"),
    ],
)  # fmt: skip
def test_every_failure_has_its_name(node: Node, reply: Reply, code: str) -> None:
    with stranger(serving(lambda _: reply)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        assert failed(node, name).code == code
        kept = show_feed(node, name, 1)[0].feed.error
        assert kept is not None
        assert kept["code"] == code


def test_nobody_answers(node: Node) -> None:
    with stranger(lambda _: Reply()) as server:
        url = server.url
    assert failed(node, add(node, "taxii", f"{url}/taxii2/")).code == "feed-unreachable"


def test_a_server_that_asks_us_to_wait_is_left_alone_until_then(node: Node) -> None:
    with stranger(serving(lambda _: Reply(status=429, headers={"Retry-After": "7200"}))) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", every=60)
        pulled = pull(node, name)
        assert pulled.error is not None
        assert pulled.error.code == "feed-busy"
        assert pulled.due - datetime.now(UTC) > timedelta(seconds=7000)
        assert [*pull_feeds(node, [])] == []
        assert due_at(node.home) == pulled.due


def test_a_connection_that_is_cut_costs_nothing_that_came(node: Node) -> None:
    shelf = Shelf(10)
    shelf.add(*notes(25))
    cut = True

    def page(asked: Asked) -> Reply:
        reply = shelf.page(asked)
        if cut and asked.query.get("next") == "10":
            assert isinstance(reply.body, bytes)
            return Reply(reply.body[: len(reply.body) // 2], length=len(reply.body))
        return reply

    with stranger(serving(page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        assert failed(node, name).code == "feed-unreachable"
        assert times_held(node, [value for _, value in shelf.held[:10]]) == {1}
        cut = False
        assert done(node, name) == (15, 0, 0)
        assert [each.get("next") for each in server.pages()] == [None, "10", "10", "20"]


def drops(count: int) -> Iterator[bytes]:
    yield b'{"objects": ['
    for _ in range(count):
        time.sleep(0.05)
        yield b" "


def test_drop_by_drop_a_pull_ends_all_the_same(node: Node) -> None:
    with stranger(serving(lambda _: Reply(drops(600)))) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", max_seconds=1)
        begun = time.monotonic()
        assert failed(node, name).code == "feed-slow"
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize("way", ["said", "unsaid", "packed", "packed twice"])
def test_an_answer_that_is_too_large(node: Node, way: str) -> None:
    body = b'{"objects": []' + b" " * 3_000_000 + b"}"
    replies = {
        "said": Reply(body),
        "unsaid": Reply(iter([body])),
        "packed": Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"}),
        "packed twice": Reply(gzip.compress(gzip.compress(body)), headers={"Content-Encoding": "gzip"}),
    }
    with stranger(serving(lambda _: replies[way])) as server:
        assert failed(node, add(node, "taxii", f"{server.url}/taxii2/", max_bytes=1_000_000)).code == "feed-large"


def test_a_packed_page_is_unpacked(node: Node) -> None:
    shelf = Shelf()
    shelf.add(*notes(3))

    def page(asked: Asked) -> Reply:
        assert asked.headers["accept-encoding"] == "gzip"
        reply = shelf.page(asked)
        assert isinstance(reply.body, bytes)
        return Reply(gzip.compress(reply.body), headers=reply.headers | {"Content-Encoding": "gzip"})

    with stranger(serving(page)) as server:
        assert done(node, add(node, "taxii", f"{server.url}/taxii2/")) == (3, 0, 0)


def test_nobody_else_is_asked_and_nobody_else_sees_the_credentials(node: Node) -> None:
    with stranger(serving(lambda _: envelope([]))) as other:
        for answer in (
            lambda _: Reply(status=302, headers={"Location": f"{other.url}/taxii2/"}),
            lambda _: Reply(json.dumps({"title": "x", "api_roots": [f"{other.url}{API}"]}).encode()),
        ):
            with stranger(answer) as server:
                name = add(node, "taxii", f"{server.url}/taxii2/", "Bearer very-secret")
                assert failed(node, name).code == "feed-redirect"
        assert other.asked == []


def test_a_redirect_on_the_same_server_is_followed_a_few_times(node: Node) -> None:
    shelf = Shelf()
    shelf.add(*notes(1))

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/old/"):
            return Reply(status=301, headers={"Location": asked.path.removeprefix("/old")})
        if asked.path == "/round/":
            return Reply(status=307, headers={"Location": "/round/"})
        return serving(shelf.page)(asked)

    with stranger(answer) as server:
        assert done(node, add(node, "taxii", f"{server.url}/old/taxii2/")) == (1, 0, 0)
        assert failed(node, add(node, "taxii", f"{server.url}/round/")).code == "feed-redirect"


def test_an_unknown_certificate_is_not_believed(node: Node, tmp_path: Path) -> None:
    with stranger(lambda _: Reply(), self_signed(tmp_path)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/", "Bearer very-secret")
        assert failed(node, name).code == "feed-tls"
        assert server.asked == []


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody else knows."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_the_environment_sends_nothing_elsewhere(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    shelf = Shelf()
    shelf.add(*notes(1))
    with stranger(serving(shelf.page)) as server:
        assert done(node, add(node, "taxii", f"{server.url}/taxii2/")) == (1, 0, 0)
