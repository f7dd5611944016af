"""A node of the schema before: its records, log and backups live on when this Mithaq opens it."""

from pathlib import Path

import pytest

from mithaq.node import Home, verify_log
from mithaq.node.backup import encrypt_to, open_backup, write_backup
from mithaq.node.node import database_server
from mithaq.node.restore import restore
from mithaq.store import database as runner
from mithaq.store.database import SCHEMA_VERSION, connect, schema_version
from tests.node.keeping import OWN, fill, found, opened, publish, seen
from tests.node.test_backup import EMBEDDED, NOW, RECIPIENT, UNLOCK
from tests.store.nodes import log_key
from tests.store.oracle import check_log


@pytest.fixture(params=range(1, SCHEMA_VERSION))
def older(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A Mithaq that knows no migration beyond this one, until `monkeypatch.undo()`."""
    known = {number: text for number, text in runner._migrations().items() if number <= request.param}
    monkeypatch.setattr(runner, "_migrations", lambda: known)
    return int(request.param)


def version(home: Home) -> int:
    with opened(home), database_server(home, EMBEDDED) as target, connect(target) as connection:
        return schema_version(connection, target.schema)


def live_on(home: Home, count: int, before: object) -> None:
    """The node is up to date, all is there, the log holds, and it goes on."""
    assert version(home) == SCHEMA_VERSION
    with opened(home) as node:
        assert verify_log(node).size == count
        assert seen(node, count) == before
        check_log(node.database, log_key(node))
        publish(node)
        check_log(node.database, log_key(node))


def records(home: Home, more: int) -> tuple[int, object]:
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
    assert version(home) == older
    monkeypatch.undo()
    live_on(home, size, before)


def test_a_backup_of_an_older_schema(older: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = found(tmp_path / "node")
    size, before = records(home, 5)
    write_backup(home, "dara", EMBEDDED, tmp_path / "old.tar", encrypt_to([RECIPIENT]), actor="test", now=NOW)
    monkeypatch.undo()
    back = Home(tmp_path / "back")
    with open_backup(tmp_path / "old.tar") as backup:
        assert backup.manifest.schema_version == older
        restore(back, backup, EMBEDDED, UNLOCK, actor="test", clock=lambda: NOW)
    assert version(back) == SCHEMA_VERSION
    with opened(back) as node:
        assert seen(node, size) == before
    assert OWN in before
