"""Attachments over HTTP: sent in pieces that outlive a broken connection, read in ranges, never shown inline."""

import hashlib
import socket
import time
import uuid

import httpx2
import pytest

from mithaq.web.attachments import Span, find_span
from tests.serving import ServedNode, until
from tests.web.test_door import artifact, publish

DATA = hashlib.shake_256(b"attachment").digest(3_000_017)
UPLOADS = "/api/v1/uploads"


def begin(client: httpx2.Client, data: bytes) -> str:
    answer = client.post(UPLOADS, json={"size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    assert answer.status_code == 201, answer.text
    location: str = answer.headers["location"]
    assert location == f"{client.base_url}{UPLOADS}/{answer.json()['upload']}"
    return location


def send(client: httpx2.Client, location: str, start: int, data: bytes) -> httpx2.Response:
    return client.patch(location, content=data, headers={"Upload-Offset": str(start)})


def stands(client: httpx2.Client, location: str) -> int:
    answer = client.head(location)
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["upload-length"]) > 0
    return int(answer.headers["upload-offset"])


@pytest.fixture(scope="module")
def attached(served: ServedNode) -> str:
    """Where the attachment of a record is read; sent in uneven pieces."""
    with served.client("analyst") as client:
        location = begin(client, DATA)
        at = 0
        for length in (1, 262_143, 262_145, 700_000, 1_500_000, len(DATA)):
            answer = send(client, location, at, DATA[at : at + length])
            assert answer.status_code == 204, answer.text
            at += len(DATA[at : at + length])
            assert int(answer.headers["upload-offset"]) == at == stands(client, location)
        (placed,) = publish(client, artifact(url=f"mithaq:upload:{location.rpartition('/')[2]}", x_kept=[1]))
        record = client.get(f"/api/v1/records/{placed['commitment']}").json()
        assert record["object"]["hashes"]["SHA-256"] == hashlib.sha256(DATA).hexdigest()
        assert record["object"]["url"].startswith("mithaq:attachment:")
        assert record["object"]["x_kept"] == [1]
        assert client.get(location).status_code == 404  # it is the record's now
    return f"/api/v1/records/{placed['commitment']}/attachment"


def test_the_whole_attachment_is_a_file_to_save(served: ServedNode, attached: str) -> None:
    with served.client("auditor") as client:
        answer = client.get(attached)
        head = client.head(attached)
    assert answer.status_code == 200
    assert answer.content == DATA
    for given in (answer, head):
        assert given.headers["content-type"] == "application/octet-stream"
        assert given.headers["content-disposition"].startswith("attachment;")
        assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert given.headers["x-content-type-options"] == "nosniff"
        assert given.headers["accept-ranges"] == "bytes"
        assert int(given.headers["content-length"]) == len(DATA)
    assert head.content == b""


RANGES = [
    ("bytes=0-0", 0, 1),
    ("bytes=0-99", 0, 100),
    ("bytes=262143-262144", 262_143, 262_145),
    ("bytes=1000000-", 1_000_000, len(DATA)),
    ("bytes=-17", len(DATA) - 17, len(DATA)),
    ("bytes=-99999999", 0, len(DATA)),
    ("bytes=3000000-99999999", 3_000_000, len(DATA)),
]


@pytest.mark.parametrize(("stated", "start", "end"), RANGES)
def test_ranges(served: ServedNode, attached: str, stated: str, start: int, end: int) -> None:
    with served.client("auditor") as client:
        answer = client.get(attached, headers={"Range": stated})
    assert answer.status_code == 206
    assert answer.content == DATA[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"


def test_ranges_that_are_not_there_or_not_understood(served: ServedNode, attached: str) -> None:
    with served.client("auditor") as client:
        for stated in (f"bytes={len(DATA)}-", "bytes=99999999-", "bytes=-0"):
            answer = client.get(attached, headers={"Range": stated})
            assert (answer.status_code, answer.json()["error"]["code"]) == (416, "range-beyond"), stated
            assert answer.headers["content-range"] == f"bytes */{len(DATA)}"
        for stated in ("bytes=0-1,5-6", "bytes=5-1", "bytes=-", "lines=1-2", "bytes=a-b", "bytes= 0-1", "bytes=٠-١"):
            answer = client.get(attached, headers={b"Range": stated.encode()})
            assert (answer.status_code, len(answer.content)) == (200, len(DATA)), stated
        etag = client.head(attached).headers["etag"]
        assert client.get(attached, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code == 206
        assert client.get(attached, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200


def test_find_span_by_hand() -> None:
    assert find_span("bytes=0-", 1) == Span(0, 1)
    assert find_span("bytes=-5", 3) == Span(0, 3)
    assert find_span("", 3) is None


def test_an_upload_goes_on_after_a_broken_connection(served: ServedNode) -> None:
    data = DATA[:2_500_000]
    with served.client("analyst") as client:
        location = begin(client, data)
        path = location.removeprefix(served.url)
        with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as broken:
            head = f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.tokens['analyst']}\r\n"
            head += f"Upload-Offset: 0\r\nContent-Length: {len(data)}\r\n\r\n"
            broken.sendall(head.encode() + data[:1_800_000])
            until(lambda: stands(client, location) > 0, 20, "the first piece")
        received = until(lambda: (at := stands(client, location)) == 1_800_000 and at, 20, "what had arrived")
        assert send(client, location, received, data[received:]).status_code == 204
        (placed,) = publish(client, artifact(url=f"mithaq:upload:{location.rpartition('/')[2]}"))
        assert client.get(f"/api/v1/records/{placed['commitment']}/attachment").content == data


def test_a_wrong_offset_says_where_the_upload_stands(served: ServedNode) -> None:
    with served.client("analyst") as client:
        location = begin(client, b"0123456789")
        assert send(client, location, 0, b"01234").status_code == 204
        for wrong in (0, 4, 6, 999):
            answer = send(client, location, wrong, b"56789")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "upload-offset")
            assert answer.headers["upload-offset"] == "5"
        assert send(client, location, 5, b"567890").json()["error"]["code"] == "upload-size"
        for stated in ("", "-1", "5.0", "x", "٥"):
            answer = client.patch(location, content=b"56789", headers={b"Upload-Offset": stated.encode()})
            assert (answer.status_code, answer.json()["error"]["place"]) == (400, "Upload-Offset")
        assert stands(client, location) == 5


def test_an_upload_is_its_owners_alone(served: ServedNode) -> None:
    with served.client("analyst") as analyst, served.client("delegate") as delegate:
        location = begin(analyst, b"abc")
        assert send(analyst, location, 0, b"abc").status_code == 204
        absent = f"{UPLOADS}/{'0' * 32}"
        for answer, other in (
            (delegate.get(location), delegate.get(absent)),
            (send(delegate, location, 3, b""), send(delegate, absent, 3, b"")),
        ):
            assert (answer.status_code, answer.content) == (404, other.content)
        url = f"mithaq:upload:{location.rpartition('/')[2]}"
        stolen = delegate.post("/api/v1/records", json={"objects": [artifact(url=url)], "to": ["own"]})
        error = stolen.json()["error"]
        assert (stolen.status_code, error["code"], error["place"]) == (404, "upload-gone", "$.objects[0].url")
        assert publish(analyst, artifact(url=url))


def test_an_artifact_with_incomplete_wrong_or_foreign_bytes_is_refused(served: ServedNode) -> None:
    def refused(url: str) -> str:
        answer = client.post("/api/v1/records", json={"objects": [artifact(url=url)], "to": ["own"]})
        assert answer.status_code in {403, 404}
        return str(answer.json()["error"]["code"])

    with served.client("analyst") as client:
        location = begin(client, b"abcdef")
        url = f"mithaq:upload:{location.rpartition('/')[2]}"
        assert refused(url) == "upload-gone"
        send(client, location, 0, b"abcdeX")
        assert refused(url) == "upload-digest"
        assert refused("mithaq:upload:") == "upload-gone"
        assert refused("mithaq:upload:'; --") == "upload-gone"
        assert refused(f"mithaq:attachment:{'0' * 64}") == "attachment-foreign"
        (placed,) = publish(client, artifact(url="https://example.org/elsewhere"))
        assert client.get(f"/api/v1/records/{placed['commitment']}/attachment").status_code == 404


@pytest.mark.parametrize(
    "wish",
    [
        {"size": 0, "sha256": "0" * 64},
        {"size": 25 * 1024 * 1024 + 1, "sha256": "0" * 64},
        {"size": -1, "sha256": "0" * 64},
        {"size": 2**70, "sha256": "0" * 64},
        {"size": "3", "sha256": "0" * 64},
        {"size": 3, "sha256": "0" * 63},
        {"size": 3, "sha256": "0" * 64 + "\n"},
        {"size": 3, "sha256": "A" * 64},
        {"size": 3},
        {"size": 3, "sha256": "0" * 64, "name": "x"},
        {"size": 3, "sha256": "0" * 64 + "0" * 5000},
    ],
)
def test_a_wish_that_can_not_be_granted(served: ServedNode, wish: dict[str, object]) -> None:
    with served.client("analyst") as client:
        answer = client.post(UPLOADS, json=wish)
    assert answer.status_code in {400, 403, 413}, answer.text


def test_an_upload_of_the_largest_size(served: ServedNode) -> None:
    data = hashlib.shake_256(uuid.uuid4().bytes).digest(1024) * (25 * 1024)
    begun = time.monotonic()
    with served.client("secretariat") as client:
        location = begin(client, data)
        assert send(client, location, 0, data).status_code == 204
        (placed,) = publish(client, artifact(url=f"mithaq:upload:{location.rpartition('/')[2]}"))
        answer = client.get(f"/api/v1/records/{placed['commitment']}/attachment")
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(data).digest()
    assert time.monotonic() - begun < 60
