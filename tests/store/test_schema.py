"""Roles, rights and migrations: who owns what, what is under row-level security, what the migration runner survives."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import mithaq.store.database as runner
from mithaq.errors import MithaqError, Refused, Unavailable
from mithaq.model import Reader
from mithaq.store.database import (
    SCHEMA_VERSION,
    Connection,
    Database,
    DatabaseSecrets,
    Target,
    create,
    is_made,
    migrate,
    schema_version,
)
from tests.store.nodes import node_in
from tests.store.oracle import check_log
from tests.store.running import until
from tests.store.servers import Server, make, new_secrets

# A column of one of these names holds something of a record, or says who may read it.
TELLING = ["audience", "body", "data", "words", "digest", "object_id"]
# Tables with such a column that no reader's row-level policy is for, and why.
EXCEPT = {
    "tiles": "commitments only: whoever may not read a record learns nothing from them",
    "upload_parts": "the reader's login has no right to it",
    "audiences": "the reader's login has no right to it",
    "quarantine": "the reader's login has no right to it",
    "feed_objects": "the reader's login has no right to it",
    "feed_files": "the reader's login has no right to it",
    "statuses": "the reader's login has no right to it; the node shows one to whoever sent the objects",
}


@pytest.fixture
def admin(target: Target, database: Database) -> Iterator[Connection]:
    """An administrator's transaction that is rolled back."""
    with psycopg.connect(target.admin) as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(target.schema)))
        yield connection
        connection.rollback()


def unprotected(connection: Connection, schema: str) -> set[str]:
    """Tables, views and the like that hold something of a record without enforced row-level security."""
    rows = connection.execute(
        "SELECT DISTINCT relname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0"
        " WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attname = ANY (%s)"
        " AND NOT (relrowsecurity AND relforcerowsecurity)",
        [schema, TELLING],
    )
    return {row[0] for row in rows} - EXCEPT.keys()


def test_whatever_holds_something_of_a_record_is_under_row_level_security(admin: Connection, target: Target) -> None:
    assert unprotected(admin, target.schema) == set()
    tables = ["records", "attachments", "attachment_parts"]
    rows = admin.execute("SELECT tablename, cmd, roles FROM pg_policies WHERE schemaname = %s", [target.schema])
    assert sorted(rows.fetchall()) == sorted((table, "SELECT", [target.role("reader")]) for table in tables)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE fold (audience integer)",
        "CREATE TABLE fold (object_id text)",
        "CREATE TABLE fold (body bytea); ALTER TABLE fold ENABLE ROW LEVEL SECURITY",
        "CREATE MATERIALIZED VIEW fold AS SELECT words FROM records",
        "CREATE VIEW fold AS SELECT body FROM records",
        "ALTER TABLE records NO FORCE ROW LEVEL SECURITY",
    ],
)
def test_a_table_that_is_forgotten_is_found(admin: Connection, target: Target, statement: str) -> None:
    admin.execute(statement.encode())
    assert len(unprotected(admin, target.schema)) == 1


def test_what_is_excepted_is_no_readers(admin: Connection, target: Target) -> None:
    def may(table: str) -> bool:
        row = admin.execute("SELECT has_table_privilege(%s, %s, 'SELECT')", [target.role("reader"), table]).fetchone()
        return bool(row and row[0])

    assert {table for table in EXCEPT if may(table)} == {"tiles"}


def test_the_readers_login_may_read_five_tables_and_write_none(admin: Connection, target: Target) -> None:
    rows = admin.execute(
        "SELECT relname, array_agg(privilege_type ORDER BY privilege_type) FROM pg_class,"
        " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege_type"
        " WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'v', 'm', 'S', 'p')"
        " AND relkind <> 'S' AND has_table_privilege(%s, pg_class.oid, privilege_type) GROUP BY relname",
        [target.schema, target.role("reader")],
    )
    readable = {"records", "attachments", "attachment_parts", "tiles", "logs"}
    assert dict(rows.fetchall()) == {name: ["SELECT"] for name in readable}


@pytest.mark.parametrize(
    ("table", "forbidden"),
    [
        ("audit", ("UPDATE", "DELETE", "TRUNCATE")),  # the trail only grows
        ("audiences", ("UPDATE", "DELETE", "TRUNCATE")),  # no key of a record holds these two
        ("logs", ("DELETE", "TRUNCATE")),
    ],
)
def test_what_the_writer_may_not_undo(
    admin: Connection, target: Target, table: str, forbidden: tuple[str, ...]
) -> None:
    for privilege in forbidden:
        row = admin.execute("SELECT has_table_privilege(%s, %s, %s)", [target.role("writer"), table, privilege])
        assert row.fetchone() == (False,)


def test_functions_belong_to_the_definer_and_are_not_the_publics(admin: Connection, target: Target) -> None:
    rows = admin.execute(
        "SELECT proname, pg_get_userbyid(proowner), prosecdef,"
        " proconfig::text LIKE '%%search_path=pg_catalog, pg_temp%%',"
        " has_function_privilege(%s, oid, 'EXECUTE'),"
        " EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0) OR proacl IS NULL"
        " FROM pg_proc WHERE pronamespace = %s::regnamespace ORDER BY proname",
        [target.role("reader"), target.schema],
    ).fetchall()
    definer = target.role("definer")
    names = [
        "arrival_at", "arrivals_after", "arrivals_with_words", "collection_arrivals", "collection_audiences",
        "find_token", "glance", "newest_copies", "reader_audiences", "reader_entries", "reader_of_token",
    ]  # fmt: skip
    # Two are only statements in one exchange: they run with the rights of whoever calls them, under the policies.
    callers = {"glance", "newest_copies"}
    assert rows == [(name, definer, name not in callers, True, name != "reader_entries", False) for name in names]


def test_roles(admin: Connection, target: Target) -> None:
    rows = admin.execute(
        "SELECT rolname, rolcanlogin, rolbypassrls, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication,"
        " (SELECT count(*) FROM pg_auth_members WHERE member = pg_authid.oid OR roleid = pg_authid.oid),"
        " coalesce(rolpassword LIKE 'SCRAM-SHA-256$%%', false) FROM pg_authid WHERE rolname LIKE %s ORDER BY rolname",
        [target.schema + "\\_%"],
    ).fetchall()
    assert rows == [
        (target.role("definer"), False, True, False, 0, False),
        (target.role("owner"), False, False, False, 0, False),
        (target.role("reader"), True, False, False, 0, True),
        (target.role("writer"), True, True, False, 0, True),
    ]
    owners = admin.execute(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = %s::regnamespace", [target.schema]
    ).fetchall()
    assert owners == [(target.role("owner"),)]


# Several nodes in one server


def refused(conninfo: str, statement: str) -> bool:
    """Whether a login can't do it: not connect, or not with that table."""
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())
    except (psycopg.errors.InsufficientPrivilege, psycopg.OperationalError):
        return True
    return False


def elsewhere(target: Target, other: Target) -> Target:
    """The roles of one node in the database of another."""
    return Target(other.admin, target.schema)


def test_two_nodes_in_one_database_see_nothing_of_each_other(server: Server) -> None:
    database = server.new_database()
    nodes = [(server.new_target(database), new_secrets()) for _ in range(2)]
    for target, credentials in nodes:
        make(target, credentials, alone=False)
    for (mine, credentials), (other, _) in (nodes, nodes[::-1]):
        for role, password in (("writer", credentials.writer), ("reader", credentials.reader)):
            login = mine.login(role, password)
            assert not refused(login, "SELECT * FROM records")
            for table in ("records", "logs", "tiles", "secrets"):
                assert refused(login, f"SELECT * FROM {other.schema}.{table}")
            assert refused(login, f"SELECT {other.schema}.reader_audiences()")
            assert refused(login, f"SET ROLE {other.role(role)}")


def test_nobody_else_connects_to_a_database_of_ones_own(server: Server) -> None:
    mine, other = server.new_target(), server.new_target()
    credentials, others = new_secrets(), new_secrets()
    make(mine, credentials)
    make(other, others)
    for role, password in (("writer", others.writer), ("reader", others.reader)):
        assert not refused(other.login(role, password), "SELECT 1")
        assert refused(elsewhere(other, mine).login(role, password), "SELECT 1")
    with psycopg.connect(mine.admin, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {mine.schema}_anybody LOGIN PASSWORD 'known'".encode())
    anybody = psycopg.conninfo.make_conninfo(mine.admin, user=f"{mine.schema}_anybody", password="known")
    assert refused(anybody, "SELECT 1")


# Making


@pytest.mark.parametrize("name", ["", "Mithaq", "9lives", "a-b", 'a"b', "a;b", "ميثاق", "x" * 42, "a\n"])
def test_schema_names_that_would_need_quotes_are_refused(server: Server, name: str) -> None:
    with pytest.raises(Refused) as caught:
        create(Target(server.dsn(), name), new_secrets(), alone=False)
    assert caught.value.code == "database-schema-name"


def test_a_longest_name_works(server: Server) -> None:
    target = Target(server.dsn(server.new_database()), "n" + "x" * 40)
    make(target, new_secrets())


def test_a_taken_schema_is_refused_and_left_alone(server: Server) -> None:
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    with pytest.raises(Refused) as caught:
        create(target, new_secrets(), alone=True)
    assert caught.value.code == "database-schema-taken"
    with Database(target, credentials) as database, database.writing() as connection:
        assert connection.execute("SELECT last FROM arrivals").fetchone() == (0,)


def test_roles_left_without_a_schema_are_taken_too(server: Server) -> None:
    target = server.new_target()
    make(target, new_secrets())
    with pytest.raises(Refused) as caught:
        create(elsewhere(target, server.new_target()), new_secrets(), alone=False)
    assert caught.value.code == "database-schema-taken"


def test_two_who_create_at_once(server: Server) -> None:
    target = server.new_target()
    barrier = threading.Barrier(4)

    def attempt(_: int) -> str:
        barrier.wait()
        try:
            create(target, new_secrets(), alone=True)
        except MithaqError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))
    assert outcomes == ["database-schema-taken"] * 3 + ["made"]


def test_whether_it_is_made(server: Server) -> None:
    target, credentials = server.new_target(), new_secrets()
    assert not is_made(target, credentials)
    create(target, credentials, alone=True)
    assert is_made(target, credentials)
    migrate(target, credentials)
    assert is_made(target, credentials)
    assert not is_made(target, new_secrets())


def test_whether_it_is_made_does_not_hang_on_a_password_that_nobody_asks_for(server: Server) -> None:
    """Where the server trusts everybody, the writer's login opens with any password; that must not make it ours."""
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    same_passwords = DatabaseSecrets(credentials.writer, credentials.reader, bytes(32))
    assert not is_made(target, same_passwords)


def test_an_administrator_without_the_rights_is_told_so(server: Server) -> None:
    target = server.new_target()
    with psycopg.connect(target.admin, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {target.schema}_weak LOGIN PASSWORD 'known'".encode())
    weak = psycopg.conninfo.make_conninfo(target.admin, user=f"{target.schema}_weak", password="known")
    with pytest.raises(Refused) as caught:
        create(Target(weak, target.schema), new_secrets(), alone=False)
    assert caught.value.code == "database-not-admin"
    assert not is_made(target, new_secrets())


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_WAIT_SECONDS", 0.2)
    nowhere = Target("host=/nonexistent user=nobody password=verysecret")
    with pytest.raises(Unavailable) as caught:
        create(nowhere, new_secrets(), alone=False)
    assert caught.value.code == "database-unreachable"
    assert "verysecret" not in str(caught.value)
    with Database(nowhere, new_secrets()) as database:
        for opened in (database.writing(), database.reading(Reader("dara"))):
            with pytest.raises(Unavailable) as caught, opened:
                raise AssertionError("opened")
            assert caught.value.code == "database-unreachable"


def test_a_server_whose_connections_are_all_taken_is_busy(
    database: Database, target: Target, credentials: DatabaseSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_WAIT_SECONDS", 0.2)
    with Database(target, credentials, writers=1) as narrow, narrow.writing():
        with pytest.raises(Unavailable) as caught, narrow.writing():
            raise AssertionError("opened")
        assert caught.value.code == "database-busy"


def test_a_connection_string_of_whoever_asks_is_kept(server: Server) -> None:
    """Beside user and password nothing of the operator's string is lost: a server may lie behind any of it."""
    target = Target(server.dsn() + " keepalives_idle=77 connect_timeout=3", "n")
    parts = psycopg.conninfo.conninfo_to_dict(target.login("reader", "it's a \\ secret"))
    assert (parts["user"], parts["password"]) == ("n_reader", "it's a \\ secret")
    assert (parts["keepalives_idle"], parts["connect_timeout"], parts["dbname"]) == ("77", "3", "postgres")


def test_nothing_prints_a_secret(target: Target, credentials: DatabaseSecrets) -> None:
    for text in (repr(target), repr(credentials), f"{credentials!s}"):
        assert "password" not in text
        assert credentials.writer not in text
        assert credentials.reader not in text
        assert repr(credentials.context) not in text


def test_passwords_never_reach_the_servers_log(server: Server) -> None:
    """They travel hashed: even a server that logs every statement sees none."""
    target, fresh = server.new_target(), new_secrets()
    statements: list[str] = []
    with psycopg.connect(target.admin, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: statements.append(str(notice.message_primary)))
        connection.execute("SET client_min_messages = log; SET log_statement = 'all'; SET log_min_messages = fatal")
        with connection.transaction():
            runner._create_roles(connection, target, fresh)
    assert any("PASSWORD" in each for each in statements)
    assert not any(fresh.writer in each or fresh.reader in each for each in statements)


# Migrations


def applied(target: Target) -> list[int]:
    with psycopg.connect(target.admin) as connection:
        rows = connection.execute(f"SELECT version FROM {target.schema}.schema_versions ORDER BY version".encode())
        return [row[0] for row in rows]


def test_migrating_again_changes_nothing(server: Server, tmp_path: Path) -> None:
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    with Database(target, credentials) as database, node_in(tmp_path, database) as node:
        before = node.checkpoint()
        assert migrate(target, credentials) == SCHEMA_VERSION
        assert node.checkpoint() == before
        check_log(database, node.charter.organisations["dara"].keys.log)
    assert applied(target) == list(range(1, SCHEMA_VERSION + 1))


def test_many_migrate_at_once(server: Server) -> None:
    target, credentials = server.new_target(), new_secrets()
    create(target, credentials, alone=True)
    with ThreadPoolExecutor(6) as pool:
        reached = list(pool.map(lambda _: migrate(target, credentials), range(6)))
    assert reached == [SCHEMA_VERSION] * 6
    assert applied(target) == list(range(1, SCHEMA_VERSION + 1))


def test_a_schema_of_a_newer_mithaq_is_refused_and_left_alone(server: Server) -> None:
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    with psycopg.connect(target.admin) as connection:
        connection.execute(f"INSERT INTO {target.schema}.schema_versions VALUES (1000, now())".encode())
    with pytest.raises(Refused) as caught:
        migrate(target, DatabaseSecrets("", "", b"another"))
    assert (caught.value.code, caught.value.details["found"]) == ("database-newer", 1000)
    with psycopg.connect(target.admin) as connection:
        row = connection.execute(f"SELECT value FROM {target.schema}.secrets".encode()).fetchone()
        assert row == (credentials.context,)


def test_a_migration_that_fails_leaves_nothing_and_is_taken_up_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, credentials = server.new_target(), new_secrets()
    create(target, credentials, alone=True)
    whole = runner._migrations()
    broken = {**whole, 1: whole[1] + "; SELECT 1 / 0;"}
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_migrations", lambda: broken)
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(target, credentials)
    assert applied(target) == []
    with psycopg.connect(target.admin) as connection:
        assert connection.execute("SELECT to_regclass(%s)", [f"{target.schema}.records"]).fetchone() == (None,)
    assert migrate(target, credentials) == SCHEMA_VERSION


def test_a_migration_whose_process_dies_is_taken_up_again(server: Server) -> None:
    """Its connection ends in the middle of a migration: nothing of it stays, and the lock is free."""
    target, credentials = server.new_target(), new_secrets()
    create(target, credentials, alone=True)
    waiting_for = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    versions = f"{target.schema}.schema_versions"
    # The pool is left last: whatever fails here, its thread gets the lock and ends.
    with ThreadPoolExecutor(1) as pool, psycopg.connect(target.admin) as blocker:
        blocker.execute(f"LOCK TABLE {versions} IN EXCLUSIVE MODE".encode())
        waiting = pool.submit(migrate, target, credentials)
        with psycopg.connect(target.admin, autocommit=True) as other:
            until(lambda: other.execute(waiting_for, [versions]).fetchone())
            other.execute(f"SELECT pg_terminate_backend(pid) FROM ({waiting_for}) AS found".encode(), [versions])
        with pytest.raises(Unavailable) as caught:
            waiting.result(20)
        assert caught.value.code == "database-unreachable"
    assert applied(target) == []
    assert migrate(target, credentials) == SCHEMA_VERSION


def test_another_nodes_schema_is_left_alone(server: Server) -> None:
    """A wrong address in somebody's settings must not end what the right node's readers read."""
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    with Database(target, credentials) as database:
        with database.writing() as connection:
            connection.execute("INSERT INTO audiences (digest, entries) VALUES ('x', '{dara}')")
        with pytest.raises(Refused) as caught:
            migrate(target, new_secrets())
        assert caught.value.code == "database-schema-taken"
        with database.reading(Reader("dara")) as connection:
            assert connection.execute("SELECT reader_audiences()").fetchone() == ([1],)
    # The same logins with another key to authenticate readers: these open nothing.
    forger = DatabaseSecrets(credentials.writer, credentials.reader, hashlib.sha256(b"another").digest())
    with Database(target, forger) as database, database.reading(Reader("dara")) as connection:
        assert connection.execute("SELECT reader_audiences()").fetchone() == ([],)


def test_an_older_server_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "OLDEST_SERVER", 990000)
    with pytest.raises(Refused) as caught:
        create(server.new_target(), new_secrets(), alone=True)
    assert (caught.value.code, caught.value.details["oldest"]) == ("database-old", 99)


def test_a_database_without_our_schema_is_called_that(server: Server) -> None:
    with pytest.raises(Refused) as caught:
        migrate(server.new_target(), new_secrets())
    assert caught.value.code == "database-schema-absent"


def test_the_mark_on_the_schema_survives_nothing_else(server: Server) -> None:
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    with psycopg.connect(target.admin) as connection:
        assert schema_version(connection, target.schema) == SCHEMA_VERSION
        connection.execute(f"COMMENT ON SCHEMA {target.schema} IS 'something else'".encode())
    assert not is_made(target, credentials)
