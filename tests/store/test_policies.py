"""Row-level security holds what `release` says, over every combination of a small world; and nobody gets round it."""

import hashlib
import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import psycopg
import pytest

from mithaq.errors import Refused
from mithaq.model import ROLES, Audience, Reader, Tlp, VerifiedCharter
from mithaq.node import Node, create_token
from mithaq.release import may_read, resolve_audience
from mithaq.store.database import Connection, Database, DatabaseSecrets, Target
from mithaq.store.reading import (
    read_attachment,
    read_attachment_parts,
    read_object,
    read_page,
    read_record,
    read_with_words,
)
from mithaq.store.uploads import begin_upload
from tests.store.nodes import NOW, append_all, new_record, node_in, stix

OBJECTS = [stix()["id"] for _ in range(12)]
SAMPLE = 15


def wishes(charter: VerifiedCharter) -> Iterator[tuple[str, ...]]:
    """Every single wish there is, and every pair."""
    words = ["own", "all", *charter.charter.groups, "public", *charter.organisations]
    words += [f"{organisation}/{role}" for organisation in charter.organisations for role in sorted(ROLES)]
    for length in (1, 2):
        yield from itertools.combinations(words, length)


def audiences(charter: VerifiedCharter) -> list[tuple[Tlp, Audience]]:
    """Every audience that the rules allow the first member, at each level; and what others may address one by one."""
    found = set()
    for author in charter.organisations:
        for wish in wishes(charter):
            if author != "dara" and len(wish) > 1:
                continue
            for tlp in Tlp:
                try:
                    roles = frozenset({"analyst"})
                    addressed = resolve_audience(charter, author, wish, tlp, author_roles=roles, public_confirmed=True)
                except Refused:
                    continue
                found.add((tlp, addressed.audience))
    return sorted(found)


def readers(charter: VerifiedCharter) -> list[Reader]:
    """Anybody, and of each organisation and of a stranger: no role, each role, each pair, all."""
    sets = [frozenset(each) for length in (0, 1, 2) for each in itertools.combinations(sorted(ROLES), length)]
    sets.append(ROLES)
    organisations = [*charter.organisations, "stranger"]
    return [Reader(), *(Reader(each, roles) for each in organisations for roles in sets)]


class World(NamedTuple):
    node: Node
    audiences: dict[bytes, Audience]
    readers: list[Reader]

    def readable(self, reader: Reader) -> set[bytes]:
        return {commitment for commitment, audience in self.audiences.items() if may_read(reader, audience).allowed}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, database: Database, target: Target) -> Iterator[World]:
    with node_in(tmp_path_factory.mktemp("world"), database) as node:
        new = []
        for number, (tlp, audience) in enumerate(audiences(node.charter)):
            time = (NOW + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
            value = stix(tlp=tlp, id=OBJECTS[number % len(OBJECTS)], modified=time, name=f"common word{number}")
            new.append(new_record(node, value, audience, tlp))
        append_all(node, new)
        known = {each.record.commitment: each.record.release.audience for each in new}
        with database.writing() as connection:
            # Entry 0 is of no interest here, and each record gets an attachment of two parts.
            connection.execute("DELETE FROM records WHERE index = 0")
            connection.execute("INSERT INTO attachments SELECT commitment, arrival, audience, 262145 FROM records")
            connection.execute(
                "INSERT INTO attachment_parts SELECT digest, start, audience, convert_to(start::text, 'UTF8')"
                " FROM attachments, unnest(ARRAY[0, 262144]) AS start"
            )
        with psycopg.connect(target.admin, autocommit=True) as admin:
            # What autovacuum does after a while; searches by readers of hundreds of audiences are slow before.
            admin.execute("SELECT gin_clean_pending_list(%s)", [f"{target.schema}.records_words"])
        yield World(node, known, readers(node.charter))


def column(connection: Connection, statement: str) -> list[bytes]:
    return [row[0] for row in connection.execute(statement.encode())]


def test_the_world_is_no_trivial_one(world: World) -> None:
    assert len(world.audiences) > 1500
    assert len(set(world.audiences.values())) > 500
    assert len(world.readers) > 100
    answers = [len(world.readable(reader)) for reader in world.readers]
    assert len(set(answers)) > 20
    assert min(answers) == len(world.readable(Reader())) > 0


def test_entries_say_what_may_read_says(world: World) -> None:
    for reader in world.readers:
        entries = set(reader.entries())
        assert {c for c, audience in world.audiences.items() if entries & set(audience)} == world.readable(reader)


def test_rows_are_visible_to_whom_release_allows_and_to_nobody_else(world: World) -> None:
    for reader in world.readers:
        wanted = world.readable(reader)
        with world.node.database.reading(reader) as connection:
            assert set(column(connection, "SELECT commitment FROM records")) == wanted, reader
            assert set(column(connection, "SELECT digest FROM attachments")) == wanted, reader
            parts = column(connection, "SELECT digest FROM attachment_parts")
            assert (len(parts), set(parts)) == (2 * len(wanted), wanted), reader


def pages(world: World, reader: Reader) -> list[bytes]:
    after, found = 0, []
    with world.node.database.reading(reader) as connection:
        while page := read_page(connection, after, 997):
            found += [each.commitment for each in page]
            assert page[0].arrival > after
            assert [each.arrival for each in page] == sorted({each.arrival for each in page})
            after = page[-1].arrival
    return found


def hits(world: World, reader: Reader, words: list[str]) -> list[bytes]:
    before, found = 2**63 - 1, []
    with world.node.database.reading(reader) as connection:
        while page := read_with_words(connection, words, before, 997):
            found += [each.commitment for each in page]
            assert page[0].arrival < before
            before = page[-1].arrival
    return found


def test_pages_and_searches_give_each_record_once_to_whom_release_allows(world: World) -> None:
    for reader in world.readers:
        wanted = world.readable(reader)
        paged = pages(world, reader)
        assert (set(paged), len(paged)) == (wanted, len(wanted)), reader
        assert hits(world, reader, ["common"]) == paged[::-1]
        assert hits(world, reader, ["common", "absent"]) == []


def test_what_is_asked_for_by_name_is_given_to_whom_release_allows(world: World) -> None:
    chance = random.Random(b"names")
    for reader in world.readers:
        wanted = world.readable(reader)
        with world.node.database.reading(reader) as connection:
            found = [each for name in OBJECTS for each in read_object(connection, name)]
            assert {each.commitment for each in found} == wanted
            assert len(found) == len(wanted)
            for commitment in chance.sample(sorted(world.audiences), SAMPLE):
                seen = read_record(connection, commitment)
                assert (seen is not None and seen.commitment == commitment) == (commitment in wanted)
                attached = read_attachment(connection, commitment)
                assert (attached is not None) == (commitment in wanted)
                assert bool(read_attachment_parts(connection, commitment, 0, 10)) == (commitment in wanted)


def test_words_of_other_audiences_are_not_found(world: World) -> None:
    """A word that only one record has is found by its readers, whatever the audience's number in the index."""
    chance = random.Random(b"words")
    with world.node.database.inspecting() as connection:
        rows = connection.execute("SELECT commitment, body FROM records ORDER BY arrival").fetchall()
    for number in chance.sample(range(len(rows)), 3):
        commitment = rows[number][0]
        for reader in world.readers:
            expected = [commitment] if commitment in world.readable(reader) else []
            assert hits(world, reader, [f"word{number}"]) == expected


# Past the node: what the reader's login can do by itself


@pytest.fixture
def login(target: Target, credentials: DatabaseSecrets, world: World) -> Iterator[Connection]:
    """The reader's login as somebody would hold it who took over a web worker."""
    with psycopg.connect(target.login("reader", credentials.reader), autocommit=True) as connection:
        yield connection


def claim(connection: Connection, context: str) -> int:
    """How many rows the context opens, in every way."""
    connection.execute("SELECT set_config('mithaq.reader', %s, false)", [context])
    counts = set()
    for statement in (
        "SELECT count(*) FROM records",
        "SELECT count(*) FROM attachments",
        "SELECT count(*) / 2 FROM attachment_parts",
        "SELECT count(*) FROM arrivals_after(0, 1000000)",
        "SELECT count(*) FROM arrivals_with_words(ARRAY['common'], 1000000, 1000000)",
    ):
        row = connection.execute(statement.encode()).fetchone()
        counts.add(row[0] if row else -1)
    assert len(counts) == 1
    return int(counts.pop())


def mac(credentials: DatabaseSecrets, said: str) -> str:
    inner = hashlib.sha256(credentials.context + said.encode()).digest()
    return hashlib.sha256(credentials.context + inner).hexdigest()


def test_a_true_context_opens_what_its_reader_may_read(
    login: Connection, world: World, credentials: DatabaseSecrets
) -> None:
    """So that the forgeries below fail for being forged, not for their form."""
    for reader in (Reader(), Reader("sarib"), Reader("sarib", frozenset({"analyst", "auditor"}))):
        said = f"{reader.organisation}|{','.join(sorted(reader.roles))}"
        assert claim(login, f"{said}|{mac(credentials, said)}") == len(world.readable(reader)) > 0


def test_no_context_opens_nothing(login: Connection) -> None:
    assert login.execute("SELECT count(*) FROM records").fetchone() == (0,)
    assert claim(login, "") == 0


def test_forged_contexts_open_nothing(login: Connection, credentials: DatabaseSecrets) -> None:
    mine = "sarib|analyst"
    right = mac(credentials, mine)
    assert claim(login, f"{mine}|{right}") > 0
    for forged in (
        mine,
        f"{mine}|",
        f"{mine}|{right[:-1]}",
        f"{mine}|{right.upper()}",
        f"{mine}|{'0' * 64}",
        f"{mine}|{hashlib.sha256(mine.encode()).hexdigest()}",
        f"{mine}|{right}|",
        f"{mine}|{right}|{right}",
        f"|{mine}|{right}",
        f"dara|analyst|{right}",
        f"sarib||{right}",
        f"sarib|administrator|{right}",
        f"sarib|analyst,auditor|{right}",
        f"sarib|analyst,|{right}",
        f"sarib |analyst|{right}",
        f"SARIB|analyst|{right}",
        f"||{right}",
        "||",
        "sarib|analyst|\N{FULLWIDTH DIGIT ONE}",
        f"{mine}|{right}\n",
    ):
        assert claim(login, forged) == 0, forged


@pytest.mark.parametrize(
    "reader",
    [
        Reader("dara|analyst"),
        Reader("dara,sarib"),
        Reader("dara/analyst"),
        Reader("public"),
        Reader("dara", frozenset({"analyst,auditor"})),
        Reader("dara", frozenset({"analyst|x"})),
        Reader("dara", frozenset({""})),
        Reader("dara", frozenset({"unheard-of"})),
        Reader("Dara"),
        Reader("d"),
    ],
)
def test_a_reader_whose_names_hold_separators_gets_no_connection(world: World, reader: Reader) -> None:
    with pytest.raises(ValueError, match="no such reader"), world.node.database.reading(reader):
        raise AssertionError("opened")


SPELLINGS: tuple[list[str], ...] = (
    [""],
    ["\\"],
    ["\\'"],
    ["\\ | OTHER.common | x"],
    ["x\\' | OTHER.common | '"],
    ["x' | 'OTHER.common"],
    ["x'' | ''OTHER.common"],
    ["' & !!'"],
    ["!x"],
    ["common:*"],
    ["common' | '"],
    ["a b"],
    [],
)


@pytest.mark.parametrize("strings", ["on", "off"])
def test_no_spelling_of_a_word_looks_into_other_audiences(
    login: Connection, world: World, credentials: DatabaseSecrets, strings: str
) -> None:
    said = "stranger|"
    assert claim(login, f"{said}|{mac(credentials, said)}") > 0
    login.execute(f"SET standard_conforming_strings = {strings}".encode())
    with world.node.database.inspecting() as connection:
        audiences = connection.execute("SELECT to_hex(id) FROM audiences WHERE id < 20").fetchall()
    for (audience,), words in itertools.product(audiences, SPELLINGS):
        wanted = [word.replace("OTHER", audience) for word in words]
        assert login.execute("SELECT arrivals_with_words(%s, 1000000, 1000000)", [wanted]).fetchall() == []


FORBIDDEN = [
    "SELECT * FROM secrets",
    "SELECT * FROM audiences",
    "SELECT * FROM tokens",
    "SELECT * FROM audit",
    "SELECT * FROM uploads",
    "SELECT * FROM upload_parts",
    "SELECT * FROM arrivals",
    "SELECT * FROM schema_versions",
    "SELECT reader_entries()",
    "INSERT INTO records SELECT * FROM records",
    "UPDATE records SET audience = 1",
    "DELETE FROM records",
    "TRUNCATE records CASCADE",
    "UPDATE logs SET size = 0",
    "DELETE FROM tiles",
    "UPDATE attachments SET audience = 1",
    "INSERT INTO tokens VALUES ('a', 'a', '{}', '', now(), now(), now())",
    "ALTER TABLE records DISABLE ROW LEVEL SECURITY",
    "DROP POLICY readers ON records",
    "CREATE POLICY mine ON records USING (true)",
    "CREATE TABLE mine (n int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMPORARY TABLE mine (n int)",
    "CREATE SCHEMA mine",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "COPY records TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT * FROM pg_authid",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_readers_login_may_not(login: Connection, credentials: DatabaseSecrets, statement: str) -> None:
    said = "dara|analyst"
    assert claim(login, f"{said}|{mac(credentials, said)}") > 0
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
        login.execute(statement.encode())


@pytest.mark.parametrize("role", ["owner", "definer", "writer"])
def test_the_readers_login_becomes_no_other_role(login: Connection, target: Target, role: str) -> None:
    for statement in (f"SET ROLE {target.role(role)}", f"SET SESSION AUTHORIZATION {target.role(role)}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute(statement.encode())


def test_switching_row_security_off_is_refused_not_obeyed(login: Connection) -> None:
    login.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute("SELECT count(*) FROM records")


def test_objects_before_ours_on_the_search_path_change_nothing(login: Connection, credentials: DatabaseSecrets) -> None:
    """The definer's functions name their schema: neither path nor operators of the caller's reach into them."""
    said = "stranger|"
    before = claim(login, f"{said}|{mac(credentials, said)}")
    login.execute("SET search_path = pg_temp, pg_catalog")
    schema = login.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^n[0-9]+$'").fetchall()
    seen = 0
    for (name,) in schema:
        try:
            seen += len(login.execute(f"SELECT {name}.arrivals_after(0, 1000000)".encode()).fetchall())
        except psycopg.errors.InsufficientPrivilege:
            continue
    assert seen == before


def test_statistics_tell_nothing_of_what_others_wrote(login: Connection, world: World, target: Target) -> None:
    with psycopg.connect(target.admin, autocommit=True) as admin:
        admin.execute(f"ANALYZE {target.schema}.records".encode())
        admin.execute(f"ANALYZE {target.schema}.attachment_parts".encode())
        assert admin.execute("SELECT count(*) > 5 FROM pg_stats WHERE tablename = 'records'").fetchone() == (True,)
    assert login.execute("SELECT * FROM pg_stats WHERE tablename IN ('records', 'attachment_parts')").fetchall() == []


def test_what_only_the_writer_sees(world: World, login: Connection) -> None:
    with world.node.database.writing() as connection:
        begin_upload(connection, "up", "dara", 5, bytes(32), NOW)
        create_token(connection, "someone", "analyst", chance=bytes(48), now=NOW)
    with world.node.database.reading(Reader("dara", ROLES)) as connection:
        for table in ("uploads", "tokens", "audiences", "audit", "secrets"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"SELECT * FROM {table}".encode())
