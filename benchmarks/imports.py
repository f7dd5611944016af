"""Importing ATT&CK's history: rules, log, row-level security and search words, against a bare table."""

import gzip
import time

import orjson
import psycopg

from benchmarks.measure import Row, Setting, new_home
from mithaq.node import Place, Wish, import_batches, open_node, read_ahead, verify_log
from mithaq.store.embedded import lease


def measure(setting: Setting) -> list[Row]:
    """Import all versions of 4,768 objects; then insert the same into a table with one index, as a user would."""
    path = setting.data / "attack" / "attack-history.json.gz"
    home = new_home(setting.folder, "history")
    begun = time.perf_counter()
    # As `mithaq import` does it: reading begins while the node is opened.
    with read_ahead([path]) as batches, open_node(home, "dara", Place()) as node:
        done = import_batches(node, "benchmark", batches, [path], Wish(("own",)))
        ours = time.perf_counter() - begun
        begun = time.perf_counter()
        with read_ahead([path]) as known:
            import_batches(node, "benchmark", known, [path], Wish(("own",)))
        again = time.perf_counter() - begun
        report = verify_log(node)
        with lease(node.home.database) as server, psycopg.connect(server.dsn()) as connection:
            bare = _bare_table(connection, path.read_bytes())
    rate = done.published / ours
    return [
        Row(
            f"ATT&CK history imported: {done.published:,} records of {done.read:,} objects, "
            f"{done.conflicting} conflicting, log of {report.size:,} verified",
            f"{rate:,.0f} records/s",
            f"the same JSON inserted into a bare `jsonb` table: {done.read / bare:,.0f} rows/s",
            f"{ours / bare:.1f} times the time",
        ),
        Row(
            "The same import once more (nothing to publish)",
            f"{done.read / again:,.0f} objects/s",
            f"the first import: {rate:,.0f} records/s",
            f"{again / ours:.2f} times the time",
        ),
    ]


def _bare_table(connection: psycopg.Connection, data: bytes) -> float:
    begun = time.perf_counter()
    objects = orjson.loads(gzip.decompress(data))["objects"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (number bigint PRIMARY KEY, id text, body jsonb)")
        cursor.execute("CREATE INDEX ON bare (id)")
        for start in range(0, len(objects), 2000):
            cursor.executemany(
                "INSERT INTO bare VALUES (%s, %s, %s)",
                [
                    (start + number, each["id"], orjson.dumps(each).decode())
                    for number, each in enumerate(objects[start : start + 2000])
                ],
            )
            connection.commit()
    return time.perf_counter() - begun
