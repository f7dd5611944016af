"""Importing files: every form, in batches, listed and resumed; what went in comes out; few statements, flat memory."""

import contextlib
import gzip
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import pytest

from mithaq.errors import Malformed, Unavailable
from mithaq.model import Reader, Tlp
from mithaq.node import Import, Node, Wish, import_batches, importing, read_ahead
from tests.store.counting import Statements
from tests.store.nodes import log_key, read, stix
from tests.store.oracle import check_log

OWN = Wish(("own",))
ME = Reader("dara")


@pytest.fixture
def node(lone_node: Node) -> Node:
    """One for each test, since these break things or count them."""
    return lone_node


def imported(node: Node, *paths: Path, wish: Wish = OWN, progress: Callable[[Import], None] = lambda _: None) -> Import:
    with read_ahead(paths) as batches:
        return import_batches(node, "t", batches, paths, wish, progress)


def bundle(*values: Any) -> bytes:
    return json.dumps({"type": "bundle", "id": stix("bundle")["id"], "objects": list(values)}).encode()


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def stored(node: Node) -> list[dict[str, Any]]:
    """All that came in by import, in order, by the oracle."""
    return check_log(node.database, log_key(node)).objects()[1:]


def counts(done: Import) -> tuple[int, int, int, int, int]:
    return done.read, done.published, done.unchanged, done.conflicting, done.refused


# Forms


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "form",
    [
        bundle,
        lines,
        lambda *values: json.dumps(values).encode(),
        lambda *values: lines(*map(json.loads, [bundle(*values)])),
    ],
    ids=["bundle", "lines", "array", "a bundle in a line"],
)
def test_every_form_of_file(
    node: Node, tmp_path: Path, form: Callable[..., bytes], pack: Callable[[bytes], bytes]
) -> None:
    values = [stix(name=f"n{number}", x={"y": [number, 1.25, "ß"]}) for number in range(5)]
    path = tmp_path / "input"
    path.write_bytes(pack(form(*values)))
    done = imported(node, path)
    assert counts(done) == (5, 5, 0, 0, 0)
    assert (done.size, done.bytes_read) == (6, path.stat().st_size)
    assert stored(node) == values


def test_gzip_members_one_after_the_other(node: Node, tmp_path: Path) -> None:
    values = [stix(), stix()]
    path = tmp_path / "input.gz"
    path.write_bytes(b"".join(gzip.compress(lines(value)) for value in values))
    assert counts(imported(node, path)) == (2, 2, 0, 0, 0)


def test_several_files_in_their_order(node: Node, tmp_path: Path) -> None:
    values = [stix() for _ in range(6)]
    paths = [tmp_path / f"{number}" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(bundle(*values[2 * number : 2 * number + 2]))
    seen: list[tuple[int, int]] = []
    done = imported(node, *paths, progress=lambda done: seen.append((done.published, done.bytes_read)))
    assert seen[-1] == (6, sum(path.stat().st_size for path in paths))
    assert [each[0] for each in seen] == [2, 4, 6]
    assert done.published == 6
    assert stored(node) == values


# Going on, and resuming


def test_what_cannot_be_published_is_listed_with_its_place(node: Node, tmp_path: Path) -> None:
    good = [stix() for _ in range(3)]
    bad = [
        {"type": "indicator"},
        stix("mithaq-x"),
        {**good[0], "name": "other"},
        stix(tlp=Tlp.RED),
        {"type": 1},
        stix(x=1e400),
    ]
    path = tmp_path / "mixed.json"
    path.write_bytes(lines(good[0], *bad, good[1], good[2], good[2]).replace(b"Infinity", b"1e999"))
    done = imported(node, path)
    assert counts(done) == (10, 3, 1, 1, 5)
    listed = [(each.place, each.error.code) for each in done.listed_refused]
    assert sorted(listed) == [
        ("mixed.json: line 2", "stix-id"),
        ("mixed.json: line 3", "type-reserved"),
        ("mixed.json: line 5", "tlp-red"),
        ("mixed.json: line 6", "stix-type"),
        ("mixed.json: line 7", "json-number"),
    ]
    assert [(each.place, each.object_id) for each in done.listed_conflicting] == [("mixed.json: line 4", good[0]["id"])]
    assert stored(node) == good
    again = imported(node, path)
    assert counts(again) == (10, 0, 4, 1, 5)
    assert stored(node) == good


def test_lists_are_bounded_and_counts_are_not(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MAX_LISTED", 3)
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 4)
    value = stix()
    path = tmp_path / "many"
    path.write_bytes(lines(value, *({**value, "name": f"{n}"} for n in range(9)), *({"type": "a"} for _ in range(9))))
    done = imported(node, path)
    assert counts(done) == (19, 1, 0, 9, 9)
    assert (len(done.listed_conflicting), len(done.listed_refused)) == (3, 3)


@pytest.mark.parametrize(
    ("tail", "code"),
    [(b"{", "bundle-truncated"), (b"[]", None), (b"x", "bundle-not-object"), (b'{"a": "', "bundle-truncated")],
)
def test_what_came_before_the_break_is_published(node: Node, tmp_path: Path, tail: bytes, code: str | None) -> None:
    values = [stix() for _ in range(3)]
    path = tmp_path / "broken"
    path.write_bytes(lines(*values) + tail)
    if code is None:
        assert imported(node, path).published == 3
    else:
        with pytest.raises(Malformed) as caught:
            imported(node, path)
        assert caught.value.code == code
        assert caught.value.place.startswith("broken: line 4")
    assert stored(node) == values


def test_gzip_that_is_cut_off_or_damaged(node: Node, tmp_path: Path) -> None:
    values = [stix(name=os.urandom(500).hex()) for _ in range(300)]
    packed = gzip.compress(lines(*values))
    path = tmp_path / "cut.gz"
    for damaged in (packed[: len(packed) // 2], packed[:-4], packed[:-8] + bytes(4) + packed[-4:], packed + b"tail"):
        path.write_bytes(damaged)
        with pytest.raises(Malformed) as caught:
            imported(node, path)
        assert (caught.value.code, caught.value.place) == ("gzip-malformed", "cut.gz: cut.gz")
        assert 100 < len(stored(node)) <= 300
    path.write_bytes(packed)
    assert imported(node, path).read == 300
    assert stored(node) == values


def test_an_import_that_was_broken_off_is_resumed(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 10)
    values = [stix() for _ in range(55)]
    path = tmp_path / "input"
    path.write_bytes(lines(*values))

    class Stop(Exception):
        pass

    def stop(done: Import) -> None:
        if done.published >= 30:
            raise Stop

    with pytest.raises(Stop):
        imported(node, path, progress=stop)
    assert stored(node) == values[:35]  # whole batches: the first ones are smaller
    assert counts(imported(node, path)) == (55, 20, 35, 0, 0)
    assert stored(node) == values


def test_a_definition_that_comes_later_in_the_file_or_in_the_next_one(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 2)
    definition = stix("marking-definition", modified=None, definition_type="tlp", definition={"tlp": "amber"})
    other = stix("marking-definition", modified=None, definition_type="tlp", definition={"tlp": "red"})
    marked = [stix(object_marking_refs=[each["id"]]) for each in (definition, other, definition)]
    lost = stix(object_marking_refs=[stix("marking-definition")["id"]])
    broken = {"type": "marking-definition", "id": "not one"}
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(lines(*marked, lost, broken, stix(), definition))
    second.write_bytes(lines(stix(), other))
    done = imported(node, first, second, wish=Wish(("cyber",)))
    assert {(each.place, each.error.code) for each in done.listed_refused} == {
        ("first: line 2", "tlp-red"),
        ("first: line 4", "marking-unknown"),
        ("first: line 5", "stix-id"),
    }
    assert done.published == 6


def test_unknown_markings_do_not_read_the_files_again_and_again(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 2)
    path = tmp_path / "unknown"
    path.write_bytes(lines(*(stix(object_marking_refs=[stix("marking-definition")["id"]]) for _ in range(12))))
    reads, real = [], importing._chunks

    def chunks(file: BufferedReader, name: str) -> Iterator[bytes]:
        reads.append(name)
        return real(file, name)

    monkeypatch.setattr(importing, "_chunks", chunks)
    assert counts(imported(node, path)) == (12, 0, 0, 0, 12)
    assert len(reads) == 2


def test_a_log_that_may_not_be_signed_ends_the_import(node: Node, tmp_path: Path) -> None:
    with node.database.writing() as connection:
        connection.execute("UPDATE logs SET unproven = true")
    path = tmp_path / "input"
    path.write_bytes(lines(stix()))
    with pytest.raises(Unavailable) as caught:
        imported(node, path)
    assert caught.value.code == "log-unproven"


def test_a_reading_process_that_is_killed_is_not_taken_for_the_end(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "WORTH_A_PROCESS", 0)
    path = tmp_path / "large"
    path.write_bytes(lines(*(stix(name="x" * 2000) for _ in range(9000))))

    def kill(_: Import) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(Unavailable) as caught:
        imported(node, path, progress=kill)
    assert caught.value.code == "import-reader"
    assert 0 < check_log(node.database, log_key(node)).size < 9000


# Real data


def objects_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path) as file:
        found: list[dict[str, Any]] = json.load(file)["objects"]
    return found


def test_attack_history_comes_back_with_every_property(node: Node, shared_data: Path) -> None:
    path = shared_data / "attack" / "attack-history.json.gz"
    done = imported(node, path)
    assert counts(done) == (15_500, 15_499, 0, 1, 0)
    assert (done.warned, done.size) == (0, 15_500)
    wanted = objects_of(path)
    found = stored(node)
    conflicting = done.listed_conflicting[0]
    assert len(wanted) == len(found) + 1
    wrong = next(number for number, value in enumerate(wanted) if value != found[number])
    assert wanted.pop(wrong)["id"] == conflicting.object_id
    assert found == wanted
    assert counts(imported(node, path)) == (15_500, 0, 15_499, 1, 0)


def test_a_bundle_of_attack_is_found_by_pages_and_by_words(node: Node, shared_data: Path) -> None:
    path = shared_data / "attack" / "ics-attack-18.1.json.gz"
    done = imported(node, path, wish=Wish(("public",), public_confirmed=True))
    refused = {each.error.code for each in done.listed_refused}
    assert refused == {"tlp-public"}  # without a marking an object is GREEN
    done = imported(node, path, wish=Wish(("all",)))
    assert (done.read, done.published) == (1826, 1826)
    cursor, seen = "", 0
    while (page := node.page(ME, cursor, 500)).records:
        seen, cursor = seen + len(page.records), page.next
        assert page.more == (seen < 1827)
    assert seen == 1827
    assert {each.type for each in node.search(ME, "Triton Schneider", "", 50).records} >= {"malware"}
    assert node.search(Reader("tamur"), "Triton", "", 50).records == []


# Statements and memory


def test_the_number_of_statements_does_not_grow(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    count = Statements(monkeypatch)
    values = [stix(name="common", object_marking_refs=[Tlp.GREEN.marking]) for _ in range(600)]
    batches = [[read(value) for value in values[:1]], [read(value) for value in values[1:500]]]
    first, second = (len(count.of(lambda: node.publish("t", batch, OWN))) for batch in batches)
    assert second <= first <= 16
    again = len(count.of(lambda: node.publish("t", batches[1], OWN)))
    assert again < second
    for size in (1, 10, 450):
        assert len(count.of(lambda: node.page(ME, "", size))) == 2
        assert len(count.of(lambda: node.search(ME, "common", "", size))) == 2
    assert len(count.of(lambda: node.show(ME, values[0]["id"]))) == 2
    assert len(count.of(lambda: node.prove(ME, values[0]["id"]))) <= 5
    assert len(count.of(node.checkpoint)) == 2


@contextlib.contextmanager
def measured() -> Iterator[list[int]]:
    """The growth of this process's peak memory over the block, in KiB: reset at its beginning."""
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    growth: list[int] = []
    yield growth
    growth.append(memory("VmHWM") - before)


def memory(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))


def test_memory_does_not_grow_with_the_file(node: Node, tmp_path: Path) -> None:
    """Once a first import has filled caches and allocators, one of six times the length takes no more."""
    peaks: list[int] = []
    for batches in (2, 2, 12):
        path = tmp_path / f"{len(peaks)}"
        with path.open("wb") as file:
            for _ in range(4 * batches):
                file.write(lines(*(stix(name="many words of this object " * 20) for _ in range(500))))
        with measured() as growth:
            assert imported(node, path).published == 2000 * batches
        peaks.append(growth[0])
    assert peaks[2] < peaks[1] + 16 * 1024, peaks
