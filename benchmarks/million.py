"""A million records: memory while they come in, pages of all kinds, one object, and verifying the whole log."""

import gzip
import time

from benchmarks.measure import Row, Setting, best, indicators, new_node, resident_megabytes
from mithaq.model import ROLES, Reader, encode_time, instant_key
from mithaq.node import Import, Node, Wish, import_batches, prepare, read_ahead, verify_log
from mithaq.node.collections import find_collection, read_collection
from mithaq.wire.taxii import Filters

FEW = 5_000
"""So many records are in the collection when it is asked for the first time."""

RARE_EACH = 4
"""Of 2,000 records, those that only administrators are addressed by: 0.2 %."""


def measure(setting: Setting) -> list[Row]:
    """Import generated indicators; a few between them go to another audience."""
    count = setting.count(1_000_000)
    path = setting.folder / "indicators.ndjson.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for line in indicators(count):
            file.write(line + b"\n")
    memory: list[float] = []
    asked: dict[str, float] = {}
    rare = 0
    with new_node(setting.folder, "million") as node:

        def each_batch(done: Import) -> None:
            nonlocal rare, asked
            if not asked and done.published >= min(FEW, count // 2):
                asked = _collection_seconds(node)
            memory.append(resident_megabytes())
            batch = [prepare("$", data) for data in indicators(RARE_EACH, 10_000_000 + rare)]
            rare += len(node.publish("benchmark", batch, Wish(("dara/administrator",))).published)

        begun = time.perf_counter()
        with read_ahead([path]) as batches:
            done = import_batches(node, "benchmark", batches, [path], Wish(("own",)), each_batch)
        taken = time.perf_counter() - begun
        with node.database.writing() as connection:
            connection.execute("ANALYZE")
        rows = [
            Row(
                f"{done.published:,} generated indicators imported",
                f"{done.published / taken:,.0f} records/s; memory at the end {memory[-1]:.0f} MB",
                f"memory after a tenth of them: {memory[len(memory) // 10]:.0f} MB",
                f"{memory[-1] / memory[len(memory) // 10]:.2f} times",
            ),
            *_pages(node, done.published + rare, rare),
            *_collections(asked, _collection_seconds(node), done.published),
        ]
        begun = time.perf_counter()
        report = verify_log(node)
        verified = time.perf_counter() - begun
        rows.append(
            Row(
                f"Log of {report.size:,} entries verified, every record, tile and the checkpoint",
                f"{verified:.1f} s, {report.size / verified:,.0f} entries/s",
                f"importing them: {taken:.0f} s",
                f"{verified / taken:.2f} times the time",
            )
        )
    return rows


def _collection_seconds(node: Node) -> dict[str, float]:
    """What is asked of a collection over TAXII, without HTTP: each the best of 21."""
    reader = Reader("dara", frozenset({"analyst"}))
    own = find_collection(node.charter, reader, "own")
    middle = read_collection(node, reader, own, Filters(limit=300))
    record = middle.records[-1]
    since = instant_key(encode_time(record.accepted))
    two = Filters(types=("malware", "indicator"), stated="match[type]=malware,indicator")
    behind = two._replace(next=read_collection(node, reader, own, two._replace(limit=300)).next)
    asked = {
        "type": lambda: read_collection(node, reader, own, behind),
        "page": lambda: read_collection(node, reader, own, Filters(next=middle.next)),
        "all versions": lambda: read_collection(node, reader, own, Filters(every=True, next=middle.next)),
        "added after": lambda: read_collection(node, reader, own, Filters(after=since)),
        "no such type": lambda: read_collection(node, reader, own, Filters(types=("tool",))),
        "one object": lambda: read_collection(node, reader, own, Filters(), record.object_id),
    }
    return {name: best(ask, 21) for name, ask in asked.items()}


def _collections(few: dict[str, float], many: dict[str, float], count: int) -> list[Row]:
    """The same questions to a collection of few objects and to one of many."""
    named = {
        "page": "the newest versions",
        "all versions": "all versions",
        "added after": "what was added after an instant",
        "type": "two types",
        "no such type": "a type that is not there",
        "one object": "one object by its id",
    }
    return [
        Row(
            f"TAXII collection of {count:,} objects asked for {what}"
            + ("" if name in {"one object", "no such type"} else ", a page of 1,000"),
            f"{many[name] * 1000:.2f} ms",
            f"of {min(FEW, count // 2):,}: {few[name] * 1000:.2f} ms",
            f"{many[name] / few[name]:.2f} times the time",
        )
        for name, what in named.items()
    ]


def _page_seconds(node: Node, reader: Reader) -> float:
    cursor = node.page(reader, "", 300).next
    return best(lambda: node.page(reader, cursor, 1000), 21)


def _pages(node: Node, everything: int, rare: int) -> list[Row]:
    """A page of 1,000 in the middle, for a reader of everything and for one of 0.2 %."""
    all_roles = Reader("dara", ROLES)
    few = Reader("dara", frozenset({"administrator"}))
    times = {"all": _page_seconds(node, all_roles), "few": _page_seconds(node, few)}
    search = best(lambda: node.search(all_roles, "campaign 500", "", 20), 21)
    return [
        Row(
            f"A page of 1,000 for a reader of {rare:,} of {everything:,} records",
            f"{times['few'] * 1000:.1f} ms",
            f"for a reader of all: {times['all'] * 1000:.1f} ms",
            f"{times['few'] / times['all']:.2f} times the time",
        ),
        Row(
            "A search for two words in these, the newest 20",
            f"{search * 1000:.1f} ms",
            f"a page of 1,000: {times['all'] * 1000:.1f} ms",
            f"{search / times['all']:.2f} times the time",
        ),
    ]
