"""Tokens: seen once, kept as a hash, ended by time or by hand; and the audit trail."""

import hashlib
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from mithaq.errors import MithaqError, Refused
from mithaq.model import ROLES, Reader
from mithaq.node import Node, create_token, list_tokens, read_audit, revoke_token
from mithaq.node.tokens import authenticate, note_act
from mithaq.store.database import Database, Target, connect
from tests.store.counting import Statements
from tests.store.nodes import NOW, node_in

CHANCE = bytes(range(48))
WRONG = "token-wrong"


@pytest.fixture
def fresh(database: Database) -> Database:
    with database.writing() as connection:
        connection.execute("DELETE FROM tokens")
    return database


def made(
    database: Database, name: str = "portal", role: str = "analyst", *, chance: bytes = CHANCE, **words: datetime
) -> str:
    with database.writing() as connection:
        return create_token(connection, name, role, chance=chance, now=NOW, **words)


def code(database: Database, token: str, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as caught:
        authenticate(database, "dara", token, now)
    return caught.value.code


def test_a_token_makes_a_reader_of_its_role(fresh: Database) -> None:
    for number, role in enumerate(sorted(ROLES)):
        token = made(fresh, f"t{number}", role, chance=bytes([number] * 48))
        assert token == f"mq_{bytes([number] * 8).hex()}_{bytes([number] * 32).hex()}"
        visitor = authenticate(fresh, "dara", token, NOW)
        assert (visitor.name, visitor.reader) == (f"t{number}", Reader("dara", frozenset({role})))


def test_only_a_hash_is_kept(fresh: Database) -> None:
    token = made(fresh)
    secret = token.rpartition("_")[2]
    with fresh.inspecting() as connection:
        rows = connection.execute("SELECT tokens::text, hash FROM tokens").fetchall()
        audit = connection.execute("SELECT audit::text FROM audit").fetchall()
    ((text, kept),) = rows
    assert kept == hashlib.sha256(secret.encode()).digest()
    assert secret not in text
    assert bytes.fromhex(secret).hex() not in text
    assert not any(secret in row[0] for row in audit)


def test_no_other_spelling_of_a_token_is_one(fresh: Database) -> None:
    token = made(fresh)
    prefix, identifier, secret = token.split("_")
    other = made(fresh, "other", chance=CHANCE[::-1])
    for wrong in (
        "",
        "mq_",
        token[:-1],
        f"{token} ",
        f" {token}",
        f"{token}\n",
        token.upper(),
        f"{prefix}_{identifier}_{'0' * 64}",
        f"{prefix}_{'0' * 16}_{secret}",
        f"{prefix}_{identifier}_{other.rpartition('_')[2]}",
        f"mx_{identifier}_{secret}",
        f"{prefix}_{identifier}_{hashlib.sha256(secret.encode()).hexdigest()}",
        f"{prefix}_{identifier}' OR '1'='1_{secret}",
        token.replace("1", "１"),
        token * 1000,
        "\0",
    ):
        assert code(fresh, wrong) == WRONG, wrong
    assert authenticate(fresh, "dara", token, NOW).name == "portal"


def test_it_ends_at_its_time(fresh: Database) -> None:
    token = made(fresh, expires=NOW + timedelta(hours=1))
    assert authenticate(fresh, "dara", token, NOW + timedelta(minutes=59, seconds=59)).name == "portal"
    # The same instant in another zone: what is compared is the instant.
    east = timezone(timedelta(hours=3))
    assert authenticate(fresh, "dara", token, (NOW + timedelta(minutes=59)).astimezone(east)).name == "portal"
    assert code(fresh, token, NOW + timedelta(hours=1)) == WRONG
    assert code(fresh, token, (NOW + timedelta(hours=2)).astimezone(east)) == WRONG


def test_it_ends_when_it_is_revoked(fresh: Database) -> None:
    token = made(fresh)
    with fresh.writing() as connection:
        revoke_token(connection, "portal", NOW)
    assert code(fresh, token) == WRONG
    with pytest.raises(Refused) as caught, fresh.writing() as connection:
        revoke_token(connection, "portal", NOW)
    assert caught.value.code == "token-absent"
    again = made(fresh, chance=CHANCE[::-1])
    assert authenticate(fresh, "dara", again, NOW).name == "portal"
    assert code(fresh, token) == WRONG


def test_a_name_is_taken_while_its_token_lives(fresh: Database) -> None:
    made(fresh)
    with pytest.raises(Refused) as caught:
        made(fresh, chance=CHANCE[::-1])
    assert caught.value.code == "token-exists"


@pytest.mark.parametrize(
    ("name", "role", "wrong"),
    [
        ("", "analyst", "token-name"),
        ("Portal", "analyst", "token-name"),
        ("a b", "analyst", "token-name"),
        ("public", "analyst", "token-name"),
        ("x" * 33, "analyst", "token-name"),
        ("portal", "king", "token-role"),
        ("portal", "analyst,auditor", "token-role"),
        ("portal", "", "token-role"),
    ],
)
def test_names_and_roles_are_known_ones(fresh: Database, name: str, role: str, wrong: str) -> None:
    with pytest.raises(MithaqError) as caught:
        made(fresh, name, role)
    assert caught.value.code == wrong


def test_the_list_has_no_secrets_and_the_newest_first(fresh: Database) -> None:
    ends = NOW + timedelta(days=1)
    tokens = []
    for number, name in enumerate(("first", "second", "third")):
        with fresh.writing() as connection:
            now = NOW + timedelta(minutes=number)
            tokens.append(create_token(connection, name, "auditor", chance=bytes([number]) * 48, now=now, expires=ends))
    with fresh.writing() as connection:
        revoke_token(connection, "second", ends)
        listed = list_tokens(connection)
    assert [each.name for each in listed] == ["third", "second", "first"]
    assert [each.revoked for each in listed] == [None, ends, None]
    assert listed[2].created == NOW
    assert listed[2].created.tzinfo is not None
    assert {each.expires for each in listed} == {ends}
    assert all(each.roles == ("auditor",) for each in listed)
    for token in tokens:
        _, identifier, secret = token.split("_")
        assert secret not in str(listed)
        assert identifier not in str(listed)


# Whether a token exists can't be told by the work that a wrong one makes


def test_a_wrong_token_makes_the_same_statements(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    token = made(fresh)
    count = Statements(monkeypatch)
    right = count.of(lambda: authenticate(fresh, "dara", token, NOW))
    for wrong in (token[:-1] + "0", f"mq_{'0' * 16}_{'0' * 64}", "nonsense", ""):
        assert count.of(lambda: code(fresh, wrong)) == right


@pytest.mark.torture
def test_a_wrong_token_takes_the_same_time(fresh: Database) -> None:
    token = made(fresh)
    known, unknown = token[:-8] + "00000000", f"mq_{'0' * 16}_{'0' * 64}"
    times: dict[str, list[float]] = {known: [], unknown: []}
    for _ in range(3000):
        for each, taken in times.items():
            begun = time.perf_counter()
            code(fresh, each)
            taken.append(time.perf_counter() - begun)
    medians = [statistics.median(taken) for taken in times.values()]
    assert max(medians) < 1.1 * min(medians)


def test_the_readers_login_finds_one_token_by_its_id_and_lists_none(fresh: Database) -> None:
    made(fresh)
    with fresh.reading(Reader("dara", ROLES)) as connection:
        assert connection.execute("SELECT count(*) FROM find_token(NULL)").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM find_token('%')").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM tokens")


# The node's door, and the trail


@pytest.fixture
def node(database: Database, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with connect(target) as connection:  # as one who may remove a log, which the node itself may not
        connection.execute(SQL("SET search_path = {}").format(Identifier(target.schema)))
        connection.execute("DELETE FROM records; DELETE FROM tiles; DELETE FROM logs; UPDATE arrivals SET last = 0")
    with node_in(tmp_path_factory.mktemp("node"), database) as opened:
        yield opened


def test_a_visitor_is_of_the_nodes_own_member(node: Node, fresh: Database) -> None:
    assert node.visit(made(fresh)).reader == Reader("dara", frozenset({"analyst"}))
    with pytest.raises(Refused):
        node.visit("mq_")


def test_the_trail_says_when_who_and_what(node: Node) -> None:
    node.audit("portal", "show", id="indicator--x", index=3)
    later = datetime(2026, 11, 24, 8, 0, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    with node.database.writing() as connection:
        note_act(connection, "root", 'token "create"', later, name="ключ", note="\u0001")
        acts = read_audit(connection, 2)
    assert [(act.actor, act.act, act.detail) for act in acts] == [
        ("root", 'token "create"', {"name": "ключ", "note": "\u0001"}),
        ("portal", "show", {"id": "indicator--x", "index": 3}),
    ]
    assert acts[0].at == later.astimezone(UTC)
    with node.database.writing() as connection:
        assert len(read_audit(connection, 1)) == 1
