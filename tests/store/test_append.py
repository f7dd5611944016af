"""Accepting: arrivals without gaps, all or nothing, and a log that verifies whatever happens to the connection."""

import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NoReturn

import psycopg
import pytest

from mithaq.errors import MithaqError, Unavailable, Untrusted
from mithaq.model import MAX_AUDIENCE, MAX_RECORD_BYTES, Audience, Reader, Record, Tlp, commit, object_words
from mithaq.node import Node, Wish
from mithaq.store.append import NewRecord, accept
from mithaq.store.database import Connection, Database
from mithaq.store.logs import found_log, prove_log
from mithaq.store.reading import read_with_words
from mithaq.tlog import Checkpoint, sign_checkpoint
from tests.store.nodes import NOW, append_all, log_key, new_record, read, stix
from tests.store.oracle import check_log
from tests.store.servers import Server, make, new_secrets

OWN = Wish(("own",))
AUDIENCE: Audience = ("dara",)


@pytest.fixture
def node(lone_node: Node) -> Node:
    """One for each test, since these break things or count them."""
    return lone_node


def signing(node: Node) -> Callable[[Checkpoint], bytes]:
    signer = node.home.signer("log", node.charter.origin(node.name))
    return lambda checkpoint: sign_checkpoint(checkpoint, signer)


def some(node: Node, wanted: int, **properties: Any) -> list[NewRecord]:
    return [new_record(node, stix(**properties), AUDIENCE) for _ in range(wanted)]


# All or nothing


@pytest.mark.parametrize(
    "sizes",
    [
        [1, 1, 1],
        [254, 1, 1, 1],
        [255, 256, 257],
        [600, 700],
        pytest.param([255, 65279, 1, 1], marks=pytest.mark.torture),
    ],
)
def test_the_log_verifies_after_each_append(node: Node, sizes: list[int]) -> None:
    """Around tile borders: at entry 256, and at 65,536, where a second level of tiles begins."""
    template = new_record(node, stix(), AUDIENCE)
    expected = 1
    for wanted in sizes:
        if wanted < 1000:
            append_all(node, some(node, wanted))
        else:
            append_all(node, list(copies(node, template, wanted)))
        expected += wanted
        assert check_log(node.database, log_key(node)).size == expected
        head = node.log_head()
        assert (head.size, head.checkpoint) == (expected, node.checkpoint())


def copies(node: Node, template: NewRecord, wanted: int) -> Iterator[NewRecord]:
    """Many records in little time: only the nonce differs, so that the commitments do."""
    before, _, after = template.record.body.partition(template.record.release.nonce.encode())
    for number in range(wanted):
        body = before + b"%032x" % number + after
        yield template._replace(record=Record(body, template.record.release, commit(body)), words="")


def test_what_was_accepted_is_stored_to_the_byte(node: Node) -> None:
    value = stix("note", name="CVE-2026-1234 يُحذّر \U0001f6a8", x=[1.5, None, {"ключ": "\u0000"}], abstract="z" * 9000)
    new = new_record(node, value, ("dara/analyst", "sarib"), Tlp.RED)
    now = datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC)
    with accept(node.database, now) as acceptance:
        acceptance.append([new._replace(ours=False)], signing(node))
    with node.database.inspecting() as connection:
        row = connection.execute(
            "SELECT accepted, tlp, ours, publisher, object_id, version, type, digest, commitment, body,"
            " tsvector_to_array(words), to_hex(audience) || '.' FROM records WHERE index = 1"
        ).fetchone()
    assert row is not None
    *kept, words, prefix = row
    assert kept == [
        now.replace(microsecond=124_000),  # the last of what is accepted together stands at a whole millisecond
        4,
        False,
        "dara",
        value["id"],
        "2026-11-01T00:00:00",
        "note",
        *[read(value).digest, new.record.commitment, new.record.body],
    ]
    assert set(words) == {prefix + word for word in object_words(value)}
    assert len(words) > 4


def test_an_append_that_raises_leaves_nothing(node: Node) -> None:
    before = node.checkpoint()

    def fail(_: Checkpoint) -> NoReturn:
        raise Unavailable("key-absent", purpose="log")

    with pytest.raises(Unavailable), accept(node.database, NOW) as acceptance:
        acceptance.append(some(node, 3), fail)

    def withdraw() -> None:
        with accept(node.database, NOW) as acceptance:
            acceptance.append(some(node, 3), signing(node))
            raise KeyError

    with pytest.raises(KeyError):
        withdraw()
    assert node.checkpoint() == before
    assert check_log(node.database, log_key(node)).size == 1
    append_all(node, some(node, 2))
    assert check_log(node.database, log_key(node)).size == 3


def test_a_commitment_is_accepted_once(node: Node) -> None:
    (new,) = some(node, 1)
    append_all(node, [new])
    with pytest.raises(psycopg.errors.UniqueViolation):
        append_all(node, [*some(node, 2), new])
    assert check_log(node.database, log_key(node)).size == 2


def test_an_acceptance_that_appends_nothing_changes_nothing(node: Node) -> None:
    before = node.log_head()
    with accept(node.database, NOW) as acceptance:
        assert (acceptance.size, acceptance.origin) == (1, before.origin)
        assert acceptance.published("dara", []) == []
        assert acceptance.levels(["indicator--x"]) == {}
    assert node.log_head() == before


def test_before_it_has_a_log_a_node_accepts_nothing(server: Server) -> None:
    target, credentials = server.new_target("postgres"), new_secrets()
    make(target, credentials, alone=False)
    with Database(target, credentials) as database:
        with pytest.raises(Unavailable) as caught, accept(database, NOW):
            raise AssertionError("accepted")
        assert caught.value.code == "log-absent"


def test_a_node_has_one_log_of_its_own(node: Node) -> None:
    with pytest.raises(MithaqError) as caught, node.database.writing() as connection:
        found_log(connection, "other", "dara")
    assert caught.value.code == "log-exists"


# Long and odd values


def test_an_audience_of_a_thousand_entries(node: Node) -> None:
    """Too long for an index row, were it indexed as it stands; and the second time it is the same audience."""
    chance = [hashlib.sha256(b"%d" % number).hexdigest()[:32] for number in range(MAX_AUDIENCE - 1)]
    audience = tuple(sorted([*chance, "dara"]))
    append_all(node, [new_record(node, stix(), audience)])
    append_all(node, [new_record(node, stix(), audience), new_record(node, stix(), audience[1:])])
    with node.database.inspecting() as connection:
        rows = connection.execute("SELECT audience, count(*) FROM records GROUP BY audience ORDER BY 2").fetchall()
    assert [row[1] for row in rows] == [1, 1, 2]
    check_log(node.database, log_key(node))
    for name, seen in ((chance[5], 3), ("stranger", 0)):
        with node.database.reading(Reader(name)) as connection:
            rows = connection.execute("SELECT count(*) FROM records WHERE index > 0").fetchall()
            assert rows == [(min(seen, 3),)]


def test_an_object_of_more_words_than_an_index_entry_holds(node: Node) -> None:
    """Words of 100 letters of four bytes, each in two parts: their number is bounded, and their bytes must be too."""
    letters = [letter for letter in map(chr, range(0x20000, 0x20100)) if letter.isalpha()]
    words = [letters[number % 251] + letters[number // 251] + letters[7] * 47 for number in range(2730)]
    pairs = zip(words[::2], words[1::2], strict=True)
    value = stix("note", content=" ".join(f"{one}-{other}" for one, other in pairs))
    new = new_record(node, value, AUDIENCE)
    assert len(new.record.body) < MAX_RECORD_BYTES
    assert len(new.words.encode()) > 1 << 20
    append_all(node, [new, *some(node, 1, name="after")])
    assert check_log(node.database, log_key(node)).size == 3
    first = new.words.split("\0")[0]
    with node.database.reading(Reader("dara")) as connection:
        assert [each.object_id for each in read_with_words(connection, [first], 99, 9)] == [value["id"]]
        assert len(read_with_words(connection, ["after"], 99, 9)) == 1


def test_a_word_of_any_letters_is_found_again(node: Node) -> None:
    words = ["a'b", "c\\d", "e | f", "g & h", "!i", "j:k", "l:*", "مرحبا", "ёж", "\U00020001", "<->", "m\x01n"]
    new = new_record(node, stix(), AUDIENCE)
    append_all(node, [new._replace(words="\0".join(words))])
    with node.database.reading(Reader("dara")) as connection:
        for word in words:
            assert [each.commitment for each in read_with_words(connection, [word], 99, 9)] == [new.record.commitment]
        assert read_with_words(connection, ["a", "b"], 99, 9) == []
        assert len(read_with_words(connection, words, 99, 9)) == 1


# Concurrency


def test_many_writers_and_readers_at_once(node: Node) -> None:
    """Writers append; readers follow `next` meanwhile, and each sees each record exactly once, in one order."""
    writers, batches = 8, 6
    done = threading.Event()
    sizes = itertools.cycle([1, 2, 5, 3])

    def write(number: int) -> list[bytes]:
        made = []
        for batch in range(batches):
            objects = [read(stix(name=f"w{number} b{batch}")) for _ in range(next(sizes))]
            made += [placed.commitment for placed in node.publish("t", objects, OWN).published]
        return made

    def follow(_: int) -> list[bytes]:
        seen: list[bytes] = []
        cursor, ended = "", False
        while True:
            page = node.page(Reader("dara"), cursor, 3)
            seen += [record.commitment for record in page.records]
            cursor = page.next
            if not page.records:
                if ended:
                    return seen
                ended = done.is_set()

    with ThreadPoolExecutor(writers) as pool, ThreadPoolExecutor(4) as others:
        reading = [others.submit(follow, number) for number in range(4)]
        try:
            written = [each for made in pool.map(write, range(writers)) for each in made]
        finally:
            done.set()  # or the readers would wait for what never comes
        followed = [each.result(60) for each in reading]
    log = check_log(node.database, log_key(node))
    assert sorted(written) == sorted(log.commitments[1:])
    assert followed == [log.commitments] * 4


def test_an_arrival_is_visible_only_with_all_before_it(node: Node) -> None:
    """The second acceptance waits for the first, and a reader sees neither before both are committed, in order."""
    with ThreadPoolExecutor(1) as pool:
        with accept(node.database, NOW) as first:
            first.append(some(node, 1), signing(node))
            second = pool.submit(append_all, node, some(node, 1))
            with pytest.raises(TimeoutError):
                second.result(0.3)
            assert len(node.page(Reader("dara"), "", 9).records) == 1
        second.result(20)
    assert [each.arrival for each in node.page(Reader("dara"), "", 9).records] == [1, 2, 3]


# The connection is lost at the commit: it happened, or it did not, and nobody was told


def lose_at_commit(monkeypatch: pytest.MonkeyPatch, admin: Connection, *, before: bool) -> None:
    """End the next committing connection at the server, before or after COMMIT reached it."""
    real = psycopg.Connection.commit
    losing = [True]

    def commit(self: psycopg.Connection[Any]) -> None:
        if not (losing and self.info.user.endswith("_writer")):
            return real(self)
        losing.clear()
        if not before:
            real(self)
        admin.execute("SELECT pg_terminate_backend(%s, 10000)", [self.info.backend_pid])
        # What libpq does now is the driver's own business: it finds the socket closed and raises as ever.
        self.execute("SELECT 1") if not before else real(self)
        raise AssertionError("the connection lives")

    monkeypatch.setattr(psycopg.Connection, "commit", commit)


@pytest.mark.parametrize("before", [True, False], ids=["failed and not persisted", "failed but persisted"])
def test_a_connection_lost_at_the_commit(
    node: Node, server: Server, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    objects = [read(stix()) for _ in range(3)]
    shown = node.checkpoint()
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        with monkeypatch.context() as patch:
            lose_at_commit(patch, admin, before=before)
            with pytest.raises(Unavailable) as caught:
                node.publish("t", objects, OWN)
        assert caught.value.code == "database-unreachable"
    log = check_log(node.database, log_key(node))
    assert log.size == (1 if before else 4)
    # The sender doesn't know and sends again; whatever had happened, now each object is there once.
    outcome = node.publish("t", [*objects, read(stix())], OWN)
    assert (len(outcome.published), len(outcome.unchanged)) == ((4, 0) if before else (1, 3))
    log = check_log(node.database, log_key(node))
    assert log.size == 5
    assert log.confirms(shown, log_key(node))
    assert log.confirms(outcome.checkpoint, log_key(node))


def test_a_connection_lost_in_the_middle(node: Node, server: Server) -> None:
    with node.database.writing() as connection:
        ((arrivals,),) = connection.execute("SELECT 'arrivals'::regclass::oid")
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        signed = []

        def sign(checkpoint: Checkpoint) -> bytes:
            """The lock's holder dies while it signs: the checkpoint is made, and must never be shown."""
            signed.append(checkpoint)
            admin.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE relation = %s::regclass", [arrivals]
            )
            return signing(node)(checkpoint)

        with pytest.raises(Unavailable), accept(node.database, NOW) as acceptance:
            acceptance.append(some(node, 2), sign)
    assert [each.size for each in signed] == [3]
    assert check_log(node.database, log_key(node)).size == 1
    append_all(node, some(node, 1))
    log = check_log(node.database, log_key(node))
    assert log.size == 2


def test_idle_connections_that_the_server_ended_are_replaced_unseen(node: Node, server: Server) -> None:
    node.page(Reader("dara"), "", 1)
    node.publish("t", [read(stix())], OWN)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        ended = admin.execute(
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
            " WHERE application_name IN ('mithaq reader', 'mithaq writer')"
        ).fetchone()
    assert ended is not None
    assert ended[0] >= 2
    assert len(node.page(Reader("dara"), "", 9).records) == 2
    assert node.publish("t", [read(stix())], OWN).published


# What is stored is not what it should be


DAMAGE = {
    "a hash": "UPDATE tiles SET data = set_byte(data, 3, 1 + get_byte(data, 3) % 200) WHERE level = 0",
    "an entry": "UPDATE tiles SET data = set_byte(data, 3, 1 + get_byte(data, 3) % 200) WHERE level = -1",
    "hashes cut": "UPDATE tiles SET data = substr(data, 1, 32) WHERE level = 0",
    "entries cut": "UPDATE tiles SET data = substr(data, 1, 32) WHERE level = -1",
    "no hashes": "DELETE FROM tiles WHERE level = 0",
    "no entries": "DELETE FROM tiles WHERE level = -1",
    "a later size": "UPDATE logs SET size = size + 1",
    "an earlier size": "UPDATE logs SET size = size - 1",
    "another root": "UPDATE logs SET root = decode(repeat('00', 32), 'hex')",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_log_is_not_signed(node: Node, damage: str) -> None:
    append_all(node, some(node, 2))
    with node.database.writing() as connection:
        connection.execute(DAMAGE[damage].encode())
    with pytest.raises(Untrusted) as caught:
        append_all(node, some(node, 1))
    assert caught.value.code == "log-damaged"


def test_a_restored_log_is_not_signed_until_it_is_proven(node: Node) -> None:
    with node.database.writing() as connection:
        prove_log(connection, False)
    for attempt in (lambda: append_all(node, some(node, 1)), node.checkpoint):
        with pytest.raises(Unavailable) as caught:
            attempt()
        assert caught.value.code == "log-unproven"
    with node.database.writing() as connection:
        prove_log(connection, True)
    append_all(node, some(node, 1))
    assert check_log(node.database, log_key(node)).size == 2


# What an acceptance knows


def test_levels_are_the_strictest_and_ours_if_any_is(node: Node) -> None:
    value, other = stix(), stix()
    append_all(node, [
        new_record(node, value, AUDIENCE, Tlp.AMBER)._replace(ours=False),
        new_record(node, value, AUDIENCE, Tlp.GREEN),
        new_record(node, other, AUDIENCE)._replace(ours=False),
    ])  # fmt: skip
    with accept(node.database, NOW) as acceptance:
        found = acceptance.levels([value["id"], other["id"], "absent"])
    assert found == {value["id"]: (Tlp.AMBER, True), other["id"]: (Tlp.GREEN, False)}


def test_published_tells_one_publishers_records_apart(node: Node) -> None:
    value = stix()
    append_all(node, [
        new_record(node, value, AUDIENCE),
        new_record(node, value, ("dara", "sarib"), author="sarib"),
        new_record(node, {**value, "modified": "2026-12-01T00:00:00Z"}, ("dara", "kolan")),
    ])  # fmt: skip
    first, second = (value["id"], "2026-11-01T00:00:00"), (value["id"], "2026-12-01T00:00:00")
    with accept(node.database, NOW) as acceptance:
        ours = acceptance.published("dara", [second, first])
        one = acceptance.published("dara", [second])
        theirs = acceptance.published("sarib", [first, second])
    assert [(each.version, each.audience, each.index) for each in ours] == [
        ("2026-11-01T00:00:00", ("dara",), 1),
        ("2026-12-01T00:00:00", ("dara", "kolan"), 3),
    ]
    assert one == ours[1:]
    assert [each.audience for each in theirs] == [("dara", "sarib")]


def test_definitions_state_their_strictest_level(node: Node) -> None:
    def definition(level: str | None) -> dict[str, Any]:
        inner = {"definition_type": "tlp", "definition": {"tlp": level}} if level else {"name": "statement"}
        return stix("marking-definition", modified=None, **inner)

    lax, strict, none = definition("green"), definition("red"), definition(None)
    append_all(node, [
        new_record(node, lax, AUDIENCE),
        new_record(node, {**strict, "definition": {"tlp": "white"}}, AUDIENCE),
        new_record(node, strict, AUDIENCE),
        new_record(node, {**strict, "definition": {"tlp": "green"}}, AUDIENCE),
        new_record(node, none, AUDIENCE),
    ])  # fmt: skip
    with accept(node.database, NOW) as acceptance:
        found = acceptance.definitions([lax["id"], strict["id"], none["id"], "marking-definition--absent"])
    assert found == {lax["id"]: Tlp.GREEN, strict["id"]: Tlp.RED, none["id"]: None}
