"""The doctor finds what is wrong with a node, says what to do, and shows no secret."""

import contextlib
import json
import os
import secrets
from collections import namedtuple
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from mithaq.cli.upkeep import doctor
from mithaq.model import Names
from mithaq.node import Home, Place, found_node
from mithaq.node.doctor import Finding, examine
from mithaq.store.logs import prove_log
from tests.node.keeping import fill, found, opened, run, run_json, secrets_of
from tests.store.servers import Server, embedded


class Patient:
    """A node in a schema of its own on a shared server, and an administrator's connection to break things with."""

    def __init__(self, home: Home, url: str, schema: str) -> None:
        self.home, self.url, self.place = home, url, Place(url, schema)
        self.secrets = [*secrets_of(home), b"hunter2"]

    def do(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"SET search_path = {self.place.schema}".encode())
            for statement in statements:
                connection.execute(statement.format(n=self.place.schema).encode())

    def findings(self, now: datetime | None = None) -> list[Finding]:
        found = list(examine(self.home, "dara", self.place, now or datetime.now(UTC)))
        said = " ".join(f"{each.text} {each.advice}" for each in found).encode()
        for secret in self.secrets:
            assert secret not in said
        return found

    def bad(self, now: datetime | None = None) -> dict[str, str]:
        return {each.check: each.state for each in self.findings(now) if each.state != "ok"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with embedded(tmp_path_factory.mktemp("server") / "database") as found:
        yield found


@pytest.fixture(scope="module")
def patient(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    url = server.dsn(server.new_database())
    home = found(tmp_path_factory.mktemp("patient") / "node", url, "n1")
    with opened(home, url) as node:
        fill(node)
    return Patient(home, url, "n1")


@contextlib.contextmanager
def changed(path: Path, data: bytes | None, mode: int = 0o600) -> Iterator[None]:
    """A file that is other, or absent, for a while."""
    before = path.read_bytes()
    try:
        path.unlink()
        if data is not None:
            path.write_bytes(data)
            path.chmod(mode)
        yield
    finally:
        path.write_bytes(before)
        path.chmod(0o600)


def test_a_healthy_node(patient: Patient) -> None:
    environment = {"MITHAQ_DATABASE_URL": patient.url}
    said = run_json(doctor, patient.home.path, environment=environment)
    assert said["ok"] is True
    assert [each["check"] for each in said["findings"]] == [
        "settings", "folder", "key files", "charter", "keys", "disk", "database", "schema", "rights", "size",
        "audiences", "reader", "log", "clock",
    ]  # fmt: skip
    assert {each["state"] for each in said["findings"]} == {"ok"}
    assert "11 records, 1 attachments" in json.dumps(said)
    words = run(doctor, patient.home.path, environment=environment)
    assert words.count("\nok ") == 13


def test_the_embedded_server_is_woken(tmp_path: Path) -> None:
    home = found(tmp_path / "node")
    findings = list(examine(home, "dara", Place(), datetime.now(UTC)))
    assert {each.state for each in findings} == {"ok"}
    assert "embedded, in " in next(each.text for each in findings if each.check == "database")


# The folder


def test_no_node(tmp_path: Path) -> None:
    assert "[home-absent]" not in run(doctor, tmp_path, code=1)
    said = run_json(doctor, tmp_path, code=1)
    assert [(each["check"], each["code"]) for each in said["findings"]] == [("settings", "home-absent")]


def test_settings_that_say_nonsense(patient: Patient) -> None:
    with changed(patient.home.settings, b"name = 7\n"):
        said = run_json(doctor, patient.home.path, code=1)
    assert said["findings"][0]["code"] == "settings-malformed"


def test_an_error_speaks_the_operators_language(tmp_path: Path) -> None:
    assert "нет узла" in run(doctor, tmp_path, code=1, environment={"LC_ALL": "ru_RU.UTF-8"})


def test_files_that_others_can_read_or_write(patient: Patient) -> None:
    keys = patient.home.path / "keys"
    for path, mode in ((keys / "log.key", 0o640), (keys / "database.json", 0o604), (keys, 0o750)):
        before = path.stat().st_mode
        path.chmod(mode)
        found = next(each for each in patient.findings() if each.check == "key files")
        path.chmod(before)
        assert found.state == "fail"
        assert path.name in found.text
    patient.home.path.chmod(0o777)
    assert patient.bad() == {"folder": "fail"}
    patient.home.path.chmod(0o700)
    link = keys / "more.key"
    link.symlink_to("/etc/hostname")
    assert patient.bad() == {"key files": "fail"}
    link.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_another_account(patient: Patient) -> None:
    key = patient.home.path / "keys" / "seal.key"
    os.chown(key, 65534, 65534)
    assert patient.bad() == {"key files": "fail"}
    os.chown(key, 0, 0)


def test_keys_that_are_absent_or_others(patient: Patient) -> None:
    keys = patient.home.path / "keys"
    with changed(keys / "charter.key", None):
        assert patient.bad() == {}, "a charter key can be kept elsewhere"
    for name in ("log", "witness", "http", "seal"):
        with changed(keys / f"{name}.key", secrets.token_bytes(32).hex().encode()):
            found = [each for each in patient.findings() if each.state == "fail"]
            assert [each.check for each in found] == ["keys"]
            assert name in found[0].text
    with changed(keys / "log.key", b"no key"):
        assert patient.bad() == {"keys": "fail"}
    with changed(keys / "database.json", None):
        assert patient.bad()["keys"] == "fail"


def test_charters(patient: Patient) -> None:
    file = patient.home.path / "charter" / "0001.charter"
    note = file.read_bytes()
    with changed(file, note.replace(b"threshold = 1", b"threshold = 2")):
        assert patient.bad()["charter"] == "fail"
    with changed(file, None):
        assert patient.bad()["charter"] == "fail"
    strangers = list(examine(patient.home, "kolan", patient.place, datetime.now(UTC)))
    assert [each.text for each in strangers if each.state == "fail"] == ["The charter doesn't name kolan."]


def test_a_node_that_waits_for_a_charter(server: Server, tmp_path: Path) -> None:
    url = server.dsn(server.new_database())
    home, names = Home(tmp_path / "node"), Names("دارا", "Дара", "Dara")
    found_node(home, "dara", "dara.localhost", "http://localhost:8470", names, Place(url, "waits"), b"", join=True)
    findings = list(examine(home, "dara", Place(url, "waits"), datetime.now(UTC)))
    assert {each.check: each.state for each in findings if each.state != "ok"} == {"charter": "warn", "log": "warn"}


# The database


@pytest.mark.parametrize(
    ("broken", "mended", "check"),
    [
        ("ALTER ROLE {n}_reader BYPASSRLS", "ALTER ROLE {n}_reader NOBYPASSRLS", "rights"),
        ("ALTER ROLE {n}_reader SUPERUSER", "ALTER ROLE {n}_reader NOSUPERUSER", "rights"),
        ("GRANT {n}_writer TO {n}_reader", "REVOKE {n}_writer FROM {n}_reader", "rights"),
        ("ALTER TABLE records NO FORCE ROW LEVEL SECURITY", "ALTER TABLE records FORCE ROW LEVEL SECURITY", "rights"),
        (
            "ALTER TABLE attachments DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE attachments ENABLE ROW LEVEL SECURITY",
            "rights",
        ),
        ("GRANT SELECT ON secrets TO {n}_reader", "REVOKE SELECT ON secrets FROM {n}_reader", "rights"),
        ("GRANT SELECT ON audit TO PUBLIC", "REVOKE SELECT ON audit FROM PUBLIC", "rights"),
        (
            "CREATE POLICY open ON records FOR SELECT TO {n}_reader USING (true)",
            "DROP POLICY open ON records",
            "reader",
        ),
        ("UPDATE logs SET root = sha256(root)", "", "log"),
        ("UPDATE tiles SET data = sha256(data) || data WHERE level = 0", "", "log"),
        ("UPDATE logs SET checkpoint = convert_to('x', 'UTF8')", "", "log"),
        ("DELETE FROM tiles WHERE level = 0", "", "log"),
        ("UPDATE records SET audience = audience + 1000 WHERE arrival = 3", "", "audiences"),
        ("UPDATE records SET log = 77 WHERE arrival = 3", "", "audiences"),
        ("UPDATE records SET accepted = accepted + interval '3 minutes' WHERE arrival = 11", "", "clock"),
        (
            "INSERT INTO schema_versions VALUES (999, now())",
            "DELETE FROM schema_versions WHERE version = 999",
            "schema",
        ),
        ("ALTER ROLE {n}_reader PASSWORD 'hunter2'", "", "database"),
        ("ALTER TABLE tiles RENAME TO tiles_", "ALTER TABLE tiles_ RENAME TO tiles", "database"),
    ],
)
def test_what_somebody_did_to_the_database(patient: Patient, broken: str, mended: str, check: str) -> None:
    with saved(patient):
        patient.do(broken)
        try:
            found = [each for each in patient.findings() if each.state == "fail"]
        finally:
            if mended:
                patient.do(mended)
    assert check in {each.check for each in found}, found
    assert all(each.advice for each in found)
    assert patient.bad() == {}


@contextlib.contextmanager
def saved(patient: Patient) -> Iterator[None]:
    """Bring back what single rows said, and the reader's password."""
    tables = ("logs", "tiles", "records")
    patient.do(*(f"CREATE TABLE kept_{table} AS TABLE {table}" for table in tables))
    try:
        yield
    finally:
        patient.do(
            "UPDATE logs l SET root = k.root, checkpoint = k.checkpoint FROM kept_logs k WHERE k.id = l.id",
            "DELETE FROM tiles",
            "INSERT INTO tiles TABLE kept_tiles",
            "UPDATE records r SET accepted = k.accepted, audience = k.audience, log = k.log FROM kept_records k"
            " WHERE k.arrival = r.arrival",
            *(f"DROP TABLE kept_{table}" for table in tables),
            f"ALTER ROLE {{n}}_reader PASSWORD '{patient.home.database_secrets().reader}'",
        )


def test_a_restored_node(patient: Patient) -> None:
    with opened(patient.home, patient.url) as node, node.database.writing() as connection:
        prove_log(connection, proven=False)
    found = [each for each in patient.findings() if each.state != "ok"]
    assert [(each.check, each.state) for each in found] == [("resumed", "warn")]
    assert "mithaq log resume" in found[0].advice
    with opened(patient.home, patient.url) as node, node.database.writing() as connection:
        prove_log(connection, proven=True)


def test_clocks(patient: Patient) -> None:
    now = datetime.now(UTC)
    assert patient.bad(now - timedelta(hours=1)) == {"clock": "fail"}
    assert patient.bad(now + timedelta(seconds=60)) == {"clock": "warn"}


def test_a_database_that_is_gone(patient: Patient, tmp_path: Path) -> None:
    url = f"host={tmp_path} user=admin password=hunter2 dbname=x"
    findings = list(examine(patient.home, "dara", Place(url), datetime.now(UTC)))
    assert [(each.check, each.error and each.error.code) for each in findings if each.state == "fail"] == [
        ("database", "database-unreachable")
    ]
    assert "hunter2" not in str(findings)
    said = run_json(doctor, patient.home.path, code=1, environment={"MITHAQ_DATABASE_URL": url})
    assert said["ok"] is False
    assert "hunter2" not in json.dumps(said)


def test_an_empty_database(server: Server, patient: Patient) -> None:
    url = server.dsn(server.new_database())
    findings = [each for each in examine(patient.home, "dara", Place(url), datetime.now(UTC)) if each.state == "fail"]
    assert [each.check for each in findings] == ["database"]


@pytest.mark.parametrize(("free", "state"), [(1 << 20, "fail"), (1 << 30, "warn")])
def test_a_full_disk(patient: Patient, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(free))
    assert patient.bad() == {"disk": state}
