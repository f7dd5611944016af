"""A node of the schema before: its records, log and backups live on when this Mithaq opens it."""

import dataclasses
from pathlib import Path

import pytest
from psycopg import sql

from mithaq.model import Reader, decode_record
from mithaq.node import Home, verify_log
from mithaq.node.backup import encrypt_to, open_backup, write_backup
from mithaq.node.collections import find_collection, read_collection
from mithaq.node.node import database_server
from mithaq.node.restore import restore
from mithaq.store import database as runner
from mithaq.store.database import SCHEMA_VERSION, connect, schema_version
from mithaq.store.reading import StoredRecord
from mithaq.wire.taxii import Filters
from tests.node.keeping import OWN, fill, found, opened, publish, seen
from tests.node.test_backup import EMBEDDED, NOW, RECIPIENT, UNLOCK
from tests.store.nodes import log_key
from tests.store.oracle import check_log

# Today's Mithaq writes two columns that came with migration 4. Where it plays an older one they are there meanwhile,
# and what it wrote is then made what an older one would have written: one audience for each set of entries, one instant
# for a batch.
LENT = """
ALTER TABLE ${schema}.arrivals ADD COLUMN accepted timestamptz NOT NULL DEFAULT '2000-01-01T00:00:00Z';
ALTER TABLE ${schema}.audiences ADD COLUMN label text NOT NULL DEFAULT '';
"""
GIVEN_BACK = """
CREATE TEMP TABLE same ON COMMIT DROP AS
    SELECT id, min(id) OVER (PARTITION BY entries) AS first FROM audiences;
UPDATE records r SET audience = first, words = array_to_tsvector(
    ARRAY(SELECT to_hex(first) || substr(lexeme, strpos(lexeme, '.')) FROM unnest(words)))
    FROM same WHERE id = audience AND first <> id;
UPDATE attachments SET audience = first FROM same WHERE id = audience;
UPDATE attachment_parts SET audience = first FROM same WHERE id = audience;
DELETE FROM audiences USING same WHERE audiences.id = same.id AND first <> same.id;
UPDATE audiences SET digest = sha256(convert_to(array_to_string(entries, E'\n'), 'UTF8'));
UPDATE records SET accepted = date_trunc('second', accepted);
ALTER TABLE arrivals DROP COLUMN accepted;
ALTER TABLE audiences DROP COLUMN label;
"""


@pytest.fixture(params=range(1, SCHEMA_VERSION))
def older(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A Mithaq that knows no migration beyond this one, until `monkeypatch.undo()`."""
    known = {number: text for number, text in runner._migrations().items() if number <= request.param}
    if request.param < 4:
        known[request.param] += LENT
    monkeypatch.setattr(runner, "_migrations", lambda: known)
    return int(request.param)


def give_back(home: Home, older: int) -> None:
    if older < 4:
        with (
            opened(home),
            database_server(home, EMBEDDED) as target,
            connect(target) as connection,
            connection.transaction(),
        ):
            connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(target.schema)))
            connection.execute(GIVEN_BACK)


def told(seen: dict[Reader, list[StoredRecord]]) -> dict[Reader, list[StoredRecord]]:
    """What readers see, but for the instant of acceptance, which migration 4 makes each record's own."""
    for records in seen.values():
        instants = [each.accepted for each in records]
        assert instants == sorted(instants)
    return {reader: [dataclasses.replace(each, accepted=NOW) for each in records] for reader, records in seen.items()}


def version(home: Home) -> int:
    with opened(home), database_server(home, EMBEDDED) as target, connect(target) as connection:
        return schema_version(connection, target.schema)


def live_on(home: Home, count: int, before: dict[Reader, list[StoredRecord]]) -> None:
    """The node is up to date, all is there, the log holds, and it goes on; its records are in their collections."""
    assert version(home) == SCHEMA_VERSION
    with opened(home) as node:
        assert verify_log(node).size == count
        after = seen(node, count)
        assert told(after) == told(before)
        for records in after.values():
            instants = [each.accepted for each in records]
            assert len(set(instants)) == len(instants)
        analyst = Reader("dara", frozenset({"analyst"}))
        for name in ("own", "all"):
            wanted = [each.arrival for each in before[analyst] if decode_record(each.body).release.group == name]
            page = read_collection(node, analyst, find_collection(node.charter, analyst, name), Filters(every=True))
            found = [each.arrival for each in page.records]
            assert found[: len(wanted)] == wanted[: len(found)] != []
        check_log(node.database, log_key(node))
        publish(node)
        check_log(node.database, log_key(node))


def records(home: Home, more: int) -> tuple[int, dict[Reader, list[StoredRecord]]]:
    with opened(home) as node:
        fill(node)
        for start in range(0, more, 2000):
            publish(node, min(2000, more - start))
        size = node.log_head().size
        return size, seen(node, size)


@pytest.mark.parametrize("count", [600, pytest.param(100_000, marks=pytest.mark.torture)])
def test_records_of_an_older_schema(older: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = found(tmp_path / "node")
    size, before = records(home, count)
    give_back(home, older)
    assert version(home) == older
    monkeypatch.undo()
    live_on(home, size, before)


def test_a_backup_of_an_older_schema(older: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = found(tmp_path / "node")
    size, before = records(home, 5)
    give_back(home, older)
    write_backup(home, "dara", EMBEDDED, tmp_path / "old.tar", encrypt_to([RECIPIENT]), actor="test", now=NOW)
    monkeypatch.undo()
    back = Home(tmp_path / "back")
    with open_backup(tmp_path / "old.tar") as backup:
        assert backup.manifest.schema_version == older
        restore(back, backup, EMBEDDED, UNLOCK, actor="test", clock=lambda: NOW)
    assert version(back) == SCHEMA_VERSION
    with opened(back) as node:
        assert told(seen(node, size)) == told(before)
    assert OWN in before
