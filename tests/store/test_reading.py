"""Reading: pages and cursors, one record, heads of an object, searches, tiles and proofs; and what an absence tells."""

import base64
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mithaq.errors import Malformed, MithaqError, Refused, Unavailable
from mithaq.model import Reader, Tlp, verify_genuine
from mithaq.node import Node, Wish
from mithaq.store.database import Database, Target
from mithaq.store.logs import prove_log
from mithaq.store.reading import read_object, read_page, read_record, read_with_words
from mithaq.tlog import ENTRIES, Tile, decode_entry_bundle, decode_vkey
from tests.properties.alliance import charter, signed
from tests.store.nodes import append_all, log_key, new_record, node_in, read, stix
from tests.store.oracle import WIDTH, check_log, leaf, root
from tests.store.servers import Server, make, new_secrets

ME, SARIB, PARTNER, ANYBODY = Reader("dara"), Reader("sarib"), Reader("tamur"), Reader()
OWN = Wish(("own",))
TOTAL = 1203


@pytest.fixture(scope="module")
def node(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """1,203 records: every third for sarib too, every hundredth public."""
    with node_in(tmp_path_factory.mktemp("node"), database) as opened:
        new = []
        for number in range(1, TOTAL):
            audience = ("public",) if number % 100 == 0 else ("dara", "sarib") if number % 3 == 0 else ("dara",)
            new.append(new_record(opened, stix(name=f"all n{number} t{number % 7}"), audience, Tlp.CLEAR))
        append_all(opened, new)
        yield opened


def follow(node: Node, reader: Reader, wanted: int) -> list[int]:
    """Arrivals, page after page, as long as there are more."""
    found: list[int] = []
    cursor, more = "", True
    while more:
        page = node.page(reader, cursor, wanted)
        assert len(page.records) == wanted or not page.more
        assert not {each.arrival for each in page.records} & set(found[-1:])
        found += [each.arrival for each in page.records]
        cursor, more = page.next, page.more
    return found


# Pages


@pytest.mark.parametrize("wanted", [1000, 999, 601, 401, 100, 7])
def test_pages_of_any_size_have_everything_once(node: Node, wanted: int) -> None:
    assert follow(node, ME, wanted) == list(range(1, TOTAL + 1))
    sarib = [number + 1 for number in range(1, TOTAL) if number % 3 == 0 or number % 100 == 0]
    assert follow(node, SARIB, wanted) == [1, *sarib]
    assert follow(node, ANYBODY, wanted) == [number + 1 for number in range(100, TOTAL, 100)]


def test_a_page_that_ends_with_the_last_record_has_no_more(node: Node) -> None:
    page = node.page(ANYBODY, "", 12)
    assert (len(page.records), page.more) == (12, False)
    after = node.page(ANYBODY, page.next, 12)
    assert (after.records, after.more, after.next) == ([], False, page.next)
    assert node.page(ANYBODY, "", 11).more


def test_no_answer_is_longer_than_a_page_and_one(node: Node) -> None:
    with node.database.reading(ME) as connection:
        assert len(read_page(connection, 0, 10**6)) == 1001
        assert len(read_with_words(connection, ["all"], 10**6, 10**6)) == 1001
        assert len(read_object(connection, "indicator--x", 10**6)) == 0


def test_what_is_published_after_a_page_is_on_the_next(lone_node: Node) -> None:
    node = lone_node
    node.publish("t", [read(stix())], OWN)
    page = node.page(ME, "", 10)
    node.publish("t", [read(stix())], Wish(("cyber",)))
    (placed,) = node.publish("t", [read(stix())], OWN).published
    assert [each.commitment for each in node.page(ME, page.next, 10).records][1:] == [placed.commitment]
    assert len(node.page(SARIB, page.next, 10).records) == 1
    assert node.page(PARTNER, page.next, 10).records == []


# Cursors


def test_cursors_tell_nothing_and_cannot_be_made(node: Node) -> None:
    cursor = node.page(ME, "", 5).next
    assert len(base64.urlsafe_b64decode(cursor)) == 24  # eight bytes and what authenticates them
    assert (5).to_bytes(8, "big") not in base64.urlsafe_b64decode(cursor)
    assert len({node.page(ME, "", wanted).next for wanted in range(1, 50)}) == 49
    sealed = bytearray(base64.urlsafe_b64decode(cursor))
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Malformed) as caught:
            node.page(ME, base64.urlsafe_b64encode(changed).decode(), 5)
        assert caught.value.code == "cursor"


@pytest.mark.parametrize(
    "cursor", ["5", "-1", "AAAA", "A" * 32, "ü", "\ud800", "\0", "A" * 100_000, "===", " ", "null"]
)
def test_what_is_no_cursor_is_refused(node: Node, cursor: str) -> None:
    with pytest.raises(Malformed) as caught:
        node.page(ME, cursor, 5)
    assert caught.value.code == "cursor"
    with pytest.raises(Malformed) as caught:
        node.search(ME, "all", cursor, 5)
    assert caught.value.code == "cursor"


def test_a_cursor_of_another_node_is_none_here(node: Node, lone_node: Node) -> None:
    theirs = lone_node.page(ME, "", 1).next
    with pytest.raises(Malformed):
        node.page(ME, theirs, 1)


# Searches


def test_a_search_finds_the_newest_first_page_by_page(node: Node) -> None:
    expected = [number + 1 for number in range(TOTAL - 1, 0, -1) if number % 7 == 3]
    found: list[int] = []
    cursor, more = "", True
    while more:
        page = node.search(ME, "T3 all", cursor, 20)
        found += [each.arrival for each in page.records]
        cursor, more = page.next, page.more
    assert found == expected


def test_common_words_are_found_in_both_ways_of_searching(node: Node) -> None:
    """`all` has more hits than come by the index at once, `t1` has fewer."""
    with node.database.reading(ME) as connection:
        for word, step in (("all", 1), ("t1", 7)):
            hits = [number + 1 for number in range(1, TOTAL) if step == 1 or number % 7 == 1][::-1]
            for before, wanted in ((10**6, 30), (1150, 30), (1000, 30), (700, 5), (3, 30), (0, 1), (10**6, 1001)):
                found = [each.arrival for each in read_with_words(connection, [word], before, wanted)]
                assert found == [arrival for arrival in hits if arrival < before][:wanted]


@pytest.mark.parametrize("text", ["", " ", "\t\n", "-", "…", "::"])
def test_a_search_for_nothing_is_refused(node: Node, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        node.search(ME, text, "", 5)
    assert caught.value.code == "search-empty"


def test_a_search_for_very_much_is_answered(node: Node) -> None:
    assert node.search(ME, " ".join(f"w{number}" for number in range(2000)), "", 5).records == []
    assert node.search(ME, "x" * 50_000, "", 5).records == []


def test_texts_that_no_database_holds_find_nothing(node: Node) -> None:
    for text in ("all\0", "\0all", "all \ud800"):
        assert len(node.search(ME, text, "", 5).records) == 5
    with pytest.raises(Malformed):
        node.search(ME, "\0 \ud800", "", 5)


def test_spellings_of_a_word_find_each_other(lone_node: Node) -> None:
    node = lone_node
    value = stix(name="Предупреждение: ВСЁ, CVE-2026-1234", description="والتحذير من البرمجيّة")
    node.publish("t", [read(value)], OWN)
    for text in ("всё", "ВСЕ предупреждение", "cve-2026-1234", "2026 CVE", "التحذير", "البرمجية"):
        assert [each.object_id for each in node.search(ME, text, "", 5).records] == [value["id"]], text
    for text in ("предупреж", "cve-2026", "всё absent"):
        assert node.search(ME, text, "", 5).records == [], text


# One record, one object


def test_an_absence_tells_nothing(lone_node: Node) -> None:
    """What there isn't and what one may not read are the same error, word for word."""
    node = lone_node
    (placed,) = node.publish("t", [read(stix())], OWN).published
    hidden, absent = placed.commitment, bytes(32)

    def told(*attempts: Any) -> set[tuple[str, str, str]]:
        found = set()
        for attempt in attempts:
            with pytest.raises(MithaqError) as caught:
                attempt()
            found.add((type(caught.value).__name__, str(caught.value), repr(caught.value.details)))
        return found

    for reader in (SARIB, ANYBODY, Reader("dara", frozenset({"administrator"}))):
        assert len(told(lambda: node.record(reader, hidden), lambda: node.record(reader, absent))) == 1
        assert len(told(lambda: node.show(reader, placed.object_id), lambda: node.show(reader, "indicator--x"))) == 1
        assert len(told(lambda: node.attachment(reader, hidden), lambda: node.attachment(reader, absent))) == 1
        assert len(told(lambda: node.prove(reader, hidden.hex()), lambda: node.prove(reader, "indicator--x"))) == 1
    assert node.record(ME, hidden).commitment == hidden


@pytest.mark.parametrize(
    "wanted", ["", "x", "00" * 32, "zz" * 32, "g" * 64, "٠" * 64, "\0", "\ud800", "indicator--" + "0" * 200]
)
def test_what_names_no_record_is_absent(node: Node, wanted: str) -> None:
    with pytest.raises(Refused) as caught:
        node.find(ME, wanted)
    assert caught.value.code == "record-absent"


def test_the_newest_version_is_shown_and_a_reader_sees_the_newest_of_its_own(lone_node: Node) -> None:
    node = lone_node
    value = stix(name="one")
    newer = {**value, "name": "two", "modified": "2026-11-02T00:00:00Z"}
    node.publish("t", [read(newer)], OWN)
    node.publish("t", [read(value)], Wish(("cyber",)))
    for reader, version in ((ME, "2026-11-02T00:00:00"), (SARIB, "2026-11-01T00:00:00")):
        heads, records = node.show(reader, value["id"])
        assert [(head.version, head.publishers, head.conflicting) for head in heads] == [(version, ("dara",), False)]
        assert node.find(reader, value["id"]).version == version
        assert len(records) == (2 if reader is ME else 1)


def test_widened_records_of_a_version_are_one_head(lone_node: Node) -> None:
    node = lone_node
    value = stix()
    node.publish("t", [read(value)], OWN)
    (second,) = node.publish("t", [read(value)], Wish(("cyber",), widen=True)).published
    heads, _ = node.show(ME, value["id"])
    assert [len(head.commitments) for head in heads] == [2]
    assert node.find(ME, value["id"]).commitment == second.commitment


def test_a_row_whose_audience_is_not_its_records_is_not_shown(lone_node: Node) -> None:
    """Two locks: what the database lets through by a damaged row, `release` doesn't."""
    node = lone_node
    (placed,) = node.publish("t", [read(stix(name="secret"))], OWN).published
    (other,) = node.publish("t", [read(stix(name="shared"))], Wish(("cyber",))).published
    with node.database.writing() as connection:
        connection.execute(
            "UPDATE records SET audience = (SELECT audience FROM records WHERE commitment = %s) WHERE commitment = %s",
            [other.commitment, placed.commitment],
        )
    for attempt in (
        lambda: node.record(SARIB, placed.commitment),
        lambda: node.page(SARIB, "", 9),
        lambda: node.show(SARIB, placed.object_id),
        lambda: node.prove(SARIB, placed.commitment.hex()),
    ):
        with pytest.raises(Unavailable) as caught:
            attempt()
        assert caught.value.code == "locks-disagree"


# The log


def test_every_tile_is_served_at_every_width_that_the_log_has(node: Node) -> None:
    log = check_log(node.database, log_key(node))
    hashes = [leaf(each) for each in log.commitments]
    full = [root(hashes[at : at + WIDTH]) for at in range(0, TOTAL // WIDTH * WIDTH, WIDTH)]
    for level, items in ((0, hashes), (1, full)):
        for index in range(-(-len(items) // WIDTH)):
            data = items[index * WIDTH : (index + 1) * WIDTH]
            for width in {1, 2, len(data) - 1, len(data)} - {0}:
                assert node.tile(Tile(level, index, width)) == b"".join(data[:width])
    for index in range(-(-TOTAL // WIDTH)):
        data = log.commitments[index * WIDTH : (index + 1) * WIDTH]
        for width in {1, len(data)}:
            assert decode_entry_bundle(node.tile(Tile(ENTRIES, index, width)), width) == data[:width]


@pytest.mark.parametrize(
    "tile",
    [(0, 4, 180), (0, 4, 256), (0, 5, 1), (1, 0, 5), (1, 1, 1), (2, 0, 1), (63, 0, 1), (-1, 4, 180), (0, 2**50, 1)],
)
def test_what_the_log_does_not_have_yet_is_absent(node: Node, tile: tuple[int, int, int]) -> None:
    with pytest.raises(Refused) as caught:
        node.tile(Tile(*tile))
    assert caught.value.code == "tile-absent"


def test_head_checkpoint_and_key(node: Node) -> None:
    head = node.log_head()
    assert (head.size, head.origin, head.member) == (TOTAL, node.charter.origin("dara"), "dara")
    assert check_log(node.database, log_key(node)).confirms(node.checkpoint(), log_key(node))
    assert decode_vkey(node.vkey()) == node.charter.log_key("dara")


def test_a_proof_is_all_that_one_needs(server: Server, tmp_path: Path) -> None:
    """The record of a member alone, since a proof of others' needs witnesses; verified offline, and only unchanged."""
    note = signed(charter(["dara"]), "dara")
    target, credentials = server.new_target("postgres"), new_secrets()
    make(target, credentials, alone=False)
    with Database(target, credentials) as database, node_in(tmp_path, database, charter(["dara"])) as node:
        values = [stix(name=f"n{number}") for number in range(300)]
        node.publish("t", [read(value) for value in values], OWN)
        for wanted in (values[0]["id"], values[255]["id"], values[299]["id"]):
            found, proof = node.prove(ME, wanted)
            genuine = verify_genuine(proof, [note])
            assert (genuine.record.body, genuine.index) == (found.body, found.index)
            assert genuine.checkpoint.checkpoint.size == 301
        chance = random.Random(b"changed")
        for at in chance.sample(range(len(proof)), 60):
            with pytest.raises(MithaqError):
                verify_genuine(proof[:at] + bytes([proof[at] ^ 1 << chance.randrange(8)]) + proof[at + 1 :], [note])
        with database.writing() as connection:
            prove_log(connection, False)
        with pytest.raises(Unavailable) as caught:
            node.prove(ME, values[0]["id"])
        assert caught.value.code == "log-unproven"


# Snapshots and rights of the connections


def test_a_reader_reads_one_snapshot_and_writes_nothing(lone_node: Node) -> None:
    node = lone_node
    with node.database.reading(ME) as connection:
        before = len(read_page(connection, 0, 10))
        (placed,) = node.publish("t", [read(stix())], OWN).published
        assert len(read_page(connection, 0, 10)) == before
        assert read_record(connection, placed.commitment) is None
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TEMPORARY TABLE mine (n int)")
    assert node.record(ME, placed.commitment).commitment == placed.commitment


def test_a_context_ends_with_its_connection(node: Node) -> None:
    """The pool hands the same connection to the next reader: nothing of the former one is left on it."""
    for _ in range(3):
        for reader, seen in ((ME, TOTAL), (ANYBODY, TOTAL // 100)):
            with node.database.reading(reader) as connection:
                assert connection.execute("SELECT count(*) FROM records").fetchone() == (seen,)
    with node.database._readers.connection() as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone() == (0,)


def test_inspecting_writes_nothing(node: Node) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), node.database.inspecting() as connection:
        connection.execute("DELETE FROM tokens")


def test_a_page_is_found_by_its_index(node: Node, target: Target) -> None:
    """For a reader of little and for one of everything: no plan walks over the rows of others."""
    with psycopg.connect(target.admin, autocommit=True) as admin:
        admin.execute(f"ANALYZE {target.schema}.records".encode())
    with node.database.inspecting() as connection:
        for audiences in ("{1}", "{1,2,3}"):
            plan = connection.execute(
                "EXPLAIN SELECT arrival FROM records WHERE audience = ANY (%s::integer[]) AND arrival > 700"
                " ORDER BY arrival LIMIT 10",
                [audiences],
            ).fetchall()
            assert not re.search(r"Seq Scan on records", str(plan)), plan
