"""A quick look tells what the ordinary way tells, or nothing: by whose token, to whom, however the server is."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from mithaq.errors import MithaqError
from mithaq.model import ROLES, Tlp
from mithaq.node import Node, Wish, create_token, revoke_token
from mithaq.node.collections import find_collection, glance_at, post, read_collection
from mithaq.store import glance as module
from mithaq.store.glance import Glance
from mithaq.wire.taxii import Filters, object_bytes
from tests.store.nodes import NOW, append_all, new_record, read, stix
from tests.store.servers import Server
from tests.store.test_collections import ANALYST, collection


@pytest.fixture
def glance(lone_node: Node) -> Iterator[Glance]:
    opened = Glance(lone_node.database.reader_login)
    opened.open()
    assert opened.is_open
    yield opened
    opened.close()


def token_of(node: Node, role: str, name: str = "", **more: object) -> str:
    with node.database.writing() as connection:
        unique = hashlib.sha384(f"{role}{name}".encode()).digest()
        return create_token(connection, name or role, role, chance=unique, now=NOW, **more)  # type: ignore[arg-type]


def patiently(node: Node, glance: Glance, token: str, wanted: str, object_id: str) -> object:
    """A look that waits as long as it takes: on a busy machine the usual patience may not be enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PATIENCE", 30.0)
        seen = glance_at(node, glance, token, wanted, object_id)
    return None if seen is None else (seen[0], seen[1])


def ordinarily(node: Node, token: str, wanted: str, object_id: str) -> object:
    try:
        visitor = node.visit(token)
        found = find_collection(node.charter, visitor.reader, wanted)
        if not found.can_read:
            return None
        (record,) = read_collection(node, visitor.reader, found, Filters(), object_id).records
    except MithaqError:
        return None
    return visitor, record


def test_it_tells_what_the_ordinary_way_tells(lone_node: Node, glance: Glance) -> None:
    tokens = [token_of(lone_node, role) for role in sorted(ROLES)]
    value = stix(name="one")
    newer = value | {"modified": "2026-11-05T00:00:00.000Z", "name": "two"}
    public = stix(name="for all", tlp=Tlp.CLEAR)
    secret = stix(name="for officers", tlp=Tlp.RED)
    post(lone_node, ANALYST, collection(lone_node, "own"), [read(value), read(newer)])
    post(lone_node, ANALYST, collection(lone_node, "cyber"), [read(value)])
    lone_node.publish("x", [read(public)], Wish(("public",), public_confirmed=True))
    lone_node.publish("x", [read(secret)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    copies = [(None, "dara"), ("theirs", "sarib")]
    differing = stix()
    append_all(lone_node, [new_record(lone_node, differing | {"name": name or "ours"}, ("dara", "sarib"), author=who)
                           for name, who in reversed(copies)])  # fmt: skip
    seen = 0
    for token in tokens:
        for wanted in ("own", "all", "cyber", "wide", "inbox", "nothing"):
            for each in (value, public, secret, differing, stix()):
                told = ordinarily(lone_node, token, wanted, each["id"])
                assert patiently(lone_node, glance, token, wanted, each["id"]) == told
                seen += told is not None
    assert seen > 20
    record = glance_at(lone_node, glance, tokens[1], "own", value["id"])
    assert record is None or json.loads(object_bytes(record[1].body)) == newer


def test_a_token_that_opens_nothing_opens_no_glance(lone_node: Node, glance: Glance) -> None:
    value = stix()
    post(lone_node, ANALYST, collection(lone_node, "own"), [read(value)])
    good, short = (
        token_of(lone_node, "analyst"),
        token_of(lone_node, "analyst", "short", expires=NOW + timedelta(hours=1)),
    )
    for token in (good, short):
        assert patiently(lone_node, glance, token, "own", value["id"]) is not None
    changed = good[:-1] + ("0" if good[-1] != "0" else "1")
    for wrong in ("", "x", changed, good.replace("mq_", "mq_0"), good + "0", good.upper()):
        assert patiently(lone_node, glance, wrong, "own", value["id"]) is None
    lone_node.clock = lambda: NOW + timedelta(hours=1)
    assert patiently(lone_node, glance, short, "own", value["id"]) is None
    assert patiently(lone_node, glance, good, "own", value["id"]) is not None
    with lone_node.database.writing() as connection:
        revoke_token(connection, "analyst", NOW)
    assert patiently(lone_node, glance, good, "own", value["id"]) is None


def test_an_answer_that_is_late_is_dropped_and_the_next_look_sees_again(
    lone_node: Node, glance: Glance, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = stix(name="first"), stix(name="second")
    post(lone_node, ANALYST, collection(lone_node, "own"), [read(first), read(second)])
    token = token_of(lone_node, "analyst")
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    looks = [glance_at(lone_node, glance, token, "own", first["id"]) for _ in range(3)]
    assert [each for each in looks if each is not None and each[1].object_id != first["id"]] == []
    time.sleep(0.3)
    monkeypatch.setattr(module, "_PATIENCE", 30.0)
    seen = glance_at(lone_node, glance, token, "own", second["id"])
    assert seen is not None
    assert seen[1].object_id == second["id"]


def test_without_a_server_it_sees_nothing_and_may_open_again(lone_node: Node, glance: Glance, server: Server) -> None:
    value = stix()
    post(lone_node, ANALYST, collection(lone_node, "own"), [read(value)])
    token = token_of(lone_node, "analyst")
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %s",
            [psycopg.conninfo.conninfo_to_dict(lone_node.database.reader_login)["user"]],
        )
    assert patiently(lone_node, glance, token, "own", value["id"]) is None
    assert not glance.is_open
    glance.open()
    glance.open()
    assert patiently(lone_node, glance, token, "own", value["id"]) is not None
    nowhere = Glance("host=127.0.0.1 port=1 connect_timeout=1")
    nowhere.open()
    assert not nowhere.is_open
    assert glance_at(lone_node, nowhere, token, "own", value["id"]) is None
