"""Attachments: sent in pieces of any size, resumed, bound to a record; they are seen and they die with it."""

import hashlib
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from mithaq.errors import MithaqError, Refused
from mithaq.model import Reader, decode_record
from mithaq.node import Node, Prepared, Wish, attach
from mithaq.store.database import Database
from mithaq.store.reading import PART_BYTES
from mithaq.store.uploads import KEPT, MAX_ATTACHMENT_BYTES, MAX_UPLOADS
from tests.store.nodes import NOW, log_key, node_in, read, stix
from tests.store.oracle import check_log

ME = Reader("dara")
OWN = Wish(("own",))


class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


CLOCK = Clock()


@pytest.fixture(scope="module")
def node(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with node_in(tmp_path_factory.mktemp("node"), database, clock=CLOCK) as opened:
        yield opened
        check_log(database, log_key(opened))


@pytest.fixture(autouse=True)
def nothing_waits(node: Node) -> None:
    CLOCK.now = NOW
    with node.database.writing() as connection:
        connection.execute("DELETE FROM uploads")


def artifact(upload: str = "", **properties: Any) -> Prepared:
    url = f"mithaq:upload:{upload}" if upload else None
    name = f"artifact--{uuid.uuid4()}"
    return read(stix("artifact", id=name, created=None, modified=None, mime_type="x/y", url=url, **properties))


def sent(node: Node, data: bytes, pieces: list[int], owner: str = "t") -> str:
    """An upload, sent in pieces of these sizes, the last one as often as it takes."""
    upload = node.begin_upload(owner, len(data), hashlib.sha256(data).digest())
    start, pieces = 0, [*pieces]
    while start < len(data):
        size = pieces.pop(0) if len(pieces) > 1 else pieces[0]
        start = node.continue_upload(owner, upload, start, data[start : start + size])
        assert node.upload_received(owner, upload) == (start, len(data))
    return upload


def published(node: Node, data: bytes, pieces: list[int], wish: Wish = OWN) -> bytes:
    (placed,) = node.publish("t", [artifact(sent(node, data, pieces))], wish).published
    return placed.commitment


def fetched(node: Node, reader: Reader, commitment: bytes, start: int = 0, wanted: int = 1 << 30) -> bytes:
    return node.attachment_bytes(reader, node.attachment(reader, commitment).digest, start, wanted)


def code(attempt: Any) -> str:
    with pytest.raises(MithaqError) as caught:
        attempt()
    return caught.value.code


# In pieces


@pytest.mark.parametrize(
    ("size", "pieces"),
    [
        (1, [1]),
        (PART_BYTES, [PART_BYTES]),
        (PART_BYTES + 1, [PART_BYTES, 1]),
        (PART_BYTES - 1, [1000]),
        (3 * PART_BYTES, [1, PART_BYTES - 1, PART_BYTES + 1, PART_BYTES]),
        (3 * PART_BYTES + 7, [PART_BYTES + 3, 2 * PART_BYTES]),
        (5 * PART_BYTES + 1, [5 * PART_BYTES + 1]),
        (2 * PART_BYTES + 5, [99_991]),
        (700_001, [0, 1, 0, 300_000, 200_000]),
    ],
)
def test_pieces_of_any_size(node: Node, size: int, pieces: list[int]) -> None:
    data = random.Random(size).randbytes(size)
    commitment = published(node, data, pieces)
    assert fetched(node, ME, commitment) == data
    assert node.attachment(ME, commitment).size == size


def test_the_record_binds_the_bytes(node: Node) -> None:
    data = b"evidence"
    (placed,) = node.publish("t", [artifact(sent(node, data, [3]), hashes={"MD5": "x"}, unknown=1)], OWN).published
    value = decode_record(node.record(ME, placed.commitment).body).object
    digest = node.attachment(ME, placed.commitment).digest
    assert value["url"] == f"mithaq:attachment:{digest.hex()}"
    assert value["hashes"] == {"MD5": "x", "SHA-256": hashlib.sha256(data).hexdigest()}
    assert value["unknown"] == 1


def test_a_broken_off_upload_is_resumed(node: Node) -> None:
    data = random.Random(0).randbytes(600_000)
    upload = node.begin_upload("t", len(data), hashlib.sha256(data).digest())
    node.continue_upload("t", upload, 0, data[:100_000])
    with pytest.raises(Refused) as caught:
        node.continue_upload("t", upload, 0, data[:100_000])
    assert (caught.value.code, caught.value.details) == ("upload-offset", {"received": 100_000})
    assert code(lambda: node.continue_upload("t", upload, 200_000, data[200_000:])) == "upload-offset"
    assert code(lambda: node.publish("t", [artifact(upload)], OWN)) == "upload-gone"
    start, _ = node.upload_received("t", upload)
    node.continue_upload("t", upload, start, data[start:])
    (placed,) = node.publish("t", [artifact(upload)], OWN).published
    assert fetched(node, ME, placed.commitment) == data


def test_one_who_did_not_begin_it_sees_nothing_of_it(node: Node) -> None:
    upload = node.begin_upload("t", 3, hashlib.sha256(b"abc").digest())
    assert code(lambda: node.upload_received("other", upload)) == "upload-gone"
    assert code(lambda: node.continue_upload("other", upload, 0, b"abc")) == "upload-gone"
    for absent in ("", "x", "\0", "\ud800", upload.upper() + "\0", "x" * 10_000):
        assert code(lambda: node.upload_received("t", absent)) == "upload-gone"
    assert node.upload_received("t", upload) == (0, 3)


# Limits


def test_twenty_five_mebibytes(node: Node) -> None:
    for size in (0, -1, MAX_ATTACHMENT_BYTES + 1):
        assert code(lambda: node.begin_upload("t", size, bytes(32))) == "upload-size"
    data = random.Random(1).randbytes(1 << 20) * 25
    assert len(data) == MAX_ATTACHMENT_BYTES
    prepared = attach(node, "t", artifact(), data)
    (placed,) = node.publish("t", [prepared], OWN).published
    assert hashlib.sha256(fetched(node, ME, placed.commitment)).digest() == hashlib.sha256(data).digest()


def test_more_than_was_announced_is_refused(node: Node) -> None:
    upload = node.begin_upload("t", 5, hashlib.sha256(b"abcde").digest())
    assert code(lambda: node.continue_upload("t", upload, 0, b"abcdef")) == "upload-size"
    node.continue_upload("t", upload, 0, b"abcde")
    assert code(lambda: node.continue_upload("t", upload, 5, b"f")) == "upload-size"
    assert node.continue_upload("t", upload, 5, b"") == 5


def test_other_bytes_than_announced_become_no_attachment(node: Node) -> None:
    upload = node.begin_upload("t", 5, hashlib.sha256(b"abcde").digest())
    node.continue_upload("t", upload, 0, b"abcdX")
    assert code(lambda: node.publish("t", [artifact(upload)], OWN)) == "upload-digest"


def test_unfinished_uploads_are_few_and_forgotten(node: Node) -> None:
    first = node.begin_upload("t", 1, bytes(32))
    for _ in range(MAX_UPLOADS - 1):
        node.begin_upload("t", 1, bytes(32))
    assert code(lambda: node.begin_upload("t", 1, bytes(32))) == "upload-many"
    node.begin_upload("other", 1, bytes(32))
    CLOCK.now = NOW + KEPT
    assert code(lambda: node.begin_upload("t", 1, bytes(32))) == "upload-many"
    CLOCK.now += timedelta(microseconds=1)
    node.begin_upload("t", 1, bytes(32))
    assert code(lambda: node.upload_received("t", first)) == "upload-gone"


def test_an_upload_becomes_one_attachment(node: Node) -> None:
    upload = sent(node, b"once", [4])
    batch = [artifact(upload), artifact(upload), read(stix())]
    outcome = node.publish("t", batch, OWN, strict=False)
    assert [each.error.code for each in outcome.refused] == ["upload-gone"]
    assert len(outcome.published) == 2
    assert code(lambda: node.publish("t", [artifact(upload)], OWN)) == "upload-gone"
    with node.database.inspecting() as connection:
        assert connection.execute(
            "SELECT (SELECT count(*) FROM uploads) + (SELECT count(*) FROM upload_parts)"
        ).fetchone() == (0,)


def test_a_refused_artifact_keeps_its_upload(node: Node) -> None:
    upload = sent(node, b"kept", [4])
    prepared = artifact(upload)
    assert code(lambda: node.publish("t", [prepared, read(stix("mithaq-x"))], OWN)) == "type-reserved"
    assert node.upload_received("t", upload) == (4, 4)
    assert node.publish("t", [prepared], OWN).published


def test_only_an_artifact_has_an_attachment(node: Node) -> None:
    assert code(lambda: attach(node, "t", read(stix()), b"x")) == "attachment-type"
    upload = sent(node, b"left", [4])
    node.publish("t", [read(stix("url", value="x", url=f"mithaq:upload:{upload}"))], OWN)
    assert node.upload_received("t", upload) == (4, 4)
    strange = read(stix("artifact", url=f"mithaq:attachment:{'00' * 32}"))
    assert code(lambda: node.publish("t", [strange], OWN)) == "attachment-foreign"
    for url in ("mithaq:upload:", "mithaq:upload:absent", "mithaq:upload:\0", "mithaq:upload:' OR true --"):
        assert code(lambda: node.publish("t", [read(stix("artifact", url=url))], OWN)) == "upload-gone"
    assert node.publish("t", [read(stix("artifact", url="https://example.org/x"))], OWN).published


# Ranges


def test_every_range_is_a_slice(node: Node) -> None:
    size = 2 * PART_BYTES + 100
    data = random.Random(2).randbytes(size)
    commitment = published(node, data, [size])
    edges = [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, size - 1, size, size + 1, 10 * size]
    for start in edges:
        for wanted in (0, 1, 2, PART_BYTES, PART_BYTES + 1, size, 10 * size):
            assert fetched(node, ME, commitment, start, wanted) == data[start : start + wanted], (start, wanted)


# Who sees them, and how long


def test_they_are_seen_with_their_record_only(node: Node) -> None:
    data = b"for sarib's analysts"
    commitment = published(node, data, [7], Wish(("sarib/analyst",)))
    digest = node.attachment(ME, commitment).digest
    for reader, sees in (
        (ME, True),
        (Reader("sarib", frozenset({"analyst"})), True),
        (Reader("sarib"), False),
        (Reader("sarib", frozenset({"delegate"})), False),
        (Reader("kolan", frozenset({"analyst"})), False),
        (Reader("dara", frozenset({"administrator"})), False),
        (Reader(), False),
    ):
        if sees:
            assert fetched(node, reader, commitment) == data
        else:
            assert code(lambda: node.attachment(reader, commitment)) == "record-absent"
            assert node.attachment_bytes(reader, digest, 0, 100) == b""


def test_a_record_without_attachment_has_none(node: Node) -> None:
    (placed,) = node.publish("t", [read(stix())], OWN).published
    assert code(lambda: node.attachment(ME, placed.commitment)) == "record-absent"
    assert code(lambda: node.attachment(ME, bytes(32))) == "record-absent"
    assert node.attachment_bytes(ME, bytes(32), 0, 10) == b""


def test_they_die_with_their_record(lone_node: Node) -> None:
    node, database = lone_node, lone_node.database
    commitment = published(node, random.Random(3).randbytes(PART_BYTES + 1), [PART_BYTES])
    other = published(node, b"stays", [5])
    digest = node.attachment(ME, commitment).digest
    with database.writing() as connection:
        connection.execute("DELETE FROM records WHERE commitment = %s", [commitment])
        parts = connection.execute("SELECT count(*) FROM attachment_parts WHERE digest = %s", [digest]).fetchone()
        assert parts == (0,)
        assert connection.execute("SELECT count(*) FROM attachments WHERE digest = %s", [digest]).fetchone() == (0,)
    assert node.attachment_bytes(ME, digest, 0, 10) == b""
    assert fetched(node, ME, other) == b"stays"
    # The log goes on as it was: what is erased is the body, never the entry.
    assert check_log(database, log_key(node), gone=1).size == 3
    node.publish("t", [read(stix())], OWN)
    assert check_log(database, log_key(node), gone=1).size == 4
