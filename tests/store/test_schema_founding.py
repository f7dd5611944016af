"""Founding a node: in one go, broken off at any step and taken up again, and never over another one."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mithaq.errors import Refused, Unavailable
from mithaq.model import CHARTER_ADOPTED, Names, Reader, decode_record
from mithaq.node import Home, Node, Place, Wish, found_node, open_node
from mithaq.node import node as founding
from tests.store.nodes import log_key, read, stix
from tests.store.oracle import check_log
from tests.store.servers import Server

NAMES = Names("دارا", "Дара", "Dara")
URL = "http://127.0.0.1:8470"


@pytest.fixture
def place(server: Server) -> Place:
    target = server.new_target("postgres")
    return Place(target.admin, target.schema)


def found(home: Home, place: Place, **words: bool) -> object:
    return found_node(home, "dara", "dara.localhost", URL, NAMES, place, b"settings\n", **words)


@contextlib.contextmanager
def opened(home: Home, place: Place) -> Iterator[Node]:
    with open_node(home, "dara", place) as node:
        yield node


def check_fresh(home: Home, place: Place) -> None:
    """A node that has just been founded: its first entry adopts its charter, and it publishes."""
    assert home.settings.read_bytes() == b"settings\n"
    with opened(home, place) as node:
        log = check_log(node.database, log_key(node))
        (adopted,) = log.objects()
        assert (adopted["type"], adopted["charter"], adopted["version"]) == (CHARTER_ADOPTED, node.charter.digest, 1)
        assert node.charter.alliance == node.charter.digest
        release = decode_record(node.page(Reader("dara"), "", 1).records[0].body).release
        assert (release.audience, release.group) == (("dara",), "all")
        node.publish("t", [read(stix())], Wish(("own",)))
        assert check_log(node.database, log_key(node)).size == 2


def test_a_node_is_founded_and_opened_again(tmp_path: Path, place: Place) -> None:
    home = Home(tmp_path)
    charter = found(home, place)
    assert charter == home.charter()
    check_fresh(home, place)
    with opened(home, place) as node:
        assert node.log_head().size == 2


STEPS = ("is_made", "create", "migrate", "own_log", "found_log", "adopt_charter", "publish")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_broken_off_at_a_step_it_is_taken_up_again(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    home = Home(tmp_path)
    owner: Any = Node if step == "adopt_charter" else founding
    real: Callable[..., object] = getattr(owner, step)

    def broken(*words: Any, **named: Any) -> object:
        if after:
            real(*words, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, broken)
        with pytest.raises(KeyboardInterrupt):
            found(home, place)
    assert not home.exists()
    before = home.charter_notes()
    found(home, place)
    assert home.charter_notes() == before
    check_fresh(home, place)


@pytest.mark.parametrize("name", ["charter/0001.charter", "mithaq.toml"])
def test_broken_off_at_a_file_it_is_taken_up_again(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = Home(tmp_path)
    real = Home.write

    def broken(self: Home, given: str, data: bytes) -> None:
        if given == name:
            raise KeyboardInterrupt
        real(self, given, data)

    with monkeypatch.context() as patch:
        patch.setattr(Home, "write", broken)
        with pytest.raises(KeyboardInterrupt):
            found(home, place)
    assert not home.exists()
    found(home, place)
    check_fresh(home, place)


@pytest.mark.parametrize(
    "changed", [{"name": "sarib"}, {"domain": "dara.example"}, {"url": "http://127.0.0.1:1"}], ids=str
)
def test_broken_off_it_is_not_taken_up_as_another_member(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    home = Home(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(founding, "own_log", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            found(home, place)
    asked = {"name": "dara", "domain": "dara.localhost", "url": URL} | changed
    with pytest.raises(Refused) as caught:
        found_node(home, asked["name"], asked["domain"], asked["url"], NAMES, place, b"settings\n")
    assert (caught.value.code, caught.value.details["member"]) == ("home-begun", "dara")
    found(home, place)
    check_fresh(home, place)


def test_another_homes_schema_is_not_taken(tmp_path: Path, place: Place) -> None:
    mine, other = Home(tmp_path / "mine"), Home(tmp_path / "other")
    found(mine, place)
    with pytest.raises(Refused) as caught:
        found(other, place)
    assert caught.value.code == "database-schema-taken"
    assert not other.exists()
    check_fresh(mine, place)


def test_a_home_opens_no_other_homes_schema(tmp_path: Path, server: Server, place: Place) -> None:
    """And by trying it changes nothing there: the other's readers read on."""
    mine, other = Home(tmp_path / "mine"), Home(tmp_path / "other")
    theirs = server.new_target("postgres")
    found(mine, place)
    found(other, Place(theirs.admin, theirs.schema))
    with opened(other, Place(theirs.admin, theirs.schema)) as node:
        with pytest.raises(Refused) as caught, opened(mine, Place(theirs.admin, theirs.schema)):
            raise AssertionError("opened")
        assert caught.value.code == "database-schema-taken"
        assert len(node.page(Reader("dara"), "", 5).records) == 1


def test_a_schema_that_is_gone_is_said_so(tmp_path: Path, place: Place) -> None:
    home = Home(tmp_path)
    found(home, place)
    with psycopg.connect(place.url, autocommit=True) as admin:
        admin.execute(f"DROP SCHEMA {place.schema} CASCADE".encode())
    with pytest.raises(Refused) as caught, opened(home, place):
        raise AssertionError("opened")
    assert caught.value.code == "database-schema-absent"


def test_one_who_joins_waits_for_a_charter(tmp_path: Path, place: Place) -> None:
    home = Home(tmp_path)
    assert found(home, place, join=True) is None
    request = (home.path / "charter.request").read_bytes()
    assert b"dara.localhost" in request
    for path in (home.path / "keys").glob("*.key"):
        assert path.read_bytes().strip() not in request
        assert bytes.fromhex(path.read_text()) not in request
    with pytest.raises(Unavailable) as caught, opened(home, place):
        raise AssertionError("opened")
    assert caught.value.code == "charter-absent"


def test_several_open_one_node_at_once(tmp_path: Path, place: Place) -> None:
    home = Home(tmp_path)
    found(home, place)

    def work(number: int) -> int:
        with opened(home, place) as node:
            for _ in range(3):
                node.publish(f"t{number}", [read(stix())], Wish(("own",)))
            return node.log_head().size

    with ThreadPoolExecutor(5) as pool:
        sizes = list(pool.map(work, range(5)))
    assert max(sizes) == 16
    with opened(home, place) as node:
        assert check_log(node.database, log_key(node)).size == 16
