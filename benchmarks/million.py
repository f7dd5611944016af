"""A million records: memory while they come in, pages for two kinds of readers, and verifying the whole log."""

import gzip
import time

from benchmarks.measure import Row, Setting, best, indicators, new_node, resident_megabytes
from mithaq.model import ROLES, Reader
from mithaq.node import Import, Node, Wish, import_batches, prepare, read_ahead, verify_log

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
    rare = 0
    with new_node(setting.folder, "million") as node:

        def each_batch(_: Import) -> None:
            nonlocal rare
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
