"""Feeds between real servers: a node that pulls another one's collection, and a server that pulls what is due."""

import json
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from mithaq.cli import main
from mithaq.config import Settings, encode_settings
from mithaq.model import Names, Reader
from mithaq.node import Home, Node, Wish, create_token, found_node, open_node, prepare
from mithaq.node.feeds import add_feed, list_feeds, pull_feeds, remove_feed, show_feed
from mithaq.store.feeds import NewFeed
from tests.node.strangers import Reply, bundle, note, stranger
from tests.serving import MadeNode, children, free_port, indicator, running, until


@pytest.fixture(scope="module")
def kolan(tmp_path_factory: pytest.TempPathFactory) -> MadeNode:
    """A node of another member, in an alliance of its own."""
    folder = tmp_path_factory.mktemp("feeds") / "kolan"
    settings = Settings(name="kolan", domain="kolan.localhost", port=free_port())
    names = Names("كولان", "Колан", "Kolan")
    place, url = settings.place, settings.public_url
    charter = found_node(Home(folder), "kolan", settings.domain, url, names, place, encode_settings(settings))
    assert charter is not None
    made = MadeNode(folder, settings.port, charter, {})
    with open_kolan(made) as node, node.database.writing() as connection:
        now = datetime.now(UTC)
        made.tokens["analyst"] = create_token(connection, "analyst", "analyst", chance=secrets.token_bytes(48), now=now)
    return made


def open_kolan(made: MadeNode) -> AbstractContextManager[Node]:
    return open_node(Home(made.folder), "kolan", Settings(name="kolan", domain="kolan.localhost", port=1).place)


def publish(node: Node, count: int, group: str) -> list[str]:
    values = [indicator(f"Number {number}") for number in range(count)]
    batch = [prepare(f"$[{number}]", json.dumps(value).encode()) for number, value in enumerate(values)]
    return [each.object_id for each in node.publish("test", batch, Wish((group,))).published]


def held(node: Node) -> set[str]:
    records, page = [], node.page(Reader("kolan"), "", 1000)
    while page.records:
        records += page.records
        page = node.page(Reader("kolan"), page.next, 1000)
    assert len({record.object_id for record in records}) == len(records), "nothing came twice"
    return {record.object_id for record in records if record.type == "indicator"}


def test_a_node_pulls_another_nodes_collection(own: MadeNode, kolan: MadeNode) -> None:
    with own.served() as served, open_kolan(kolan) as node:
        with own.opened() as source:
            first, hidden = publish(source, 1200, "all"), publish(source, 5, "own")
        feed = NewFeed(name="dara", kind="taxii", address=f"{served.url}/taxii2/", collection="all", authenticated=True)
        add_feed(node, "test", feed, f"Bearer {served.tokens['analyst']}")
        (pulled,) = pull_feeds(node, [])
        assert (pulled.outcome, pulled.counts.published) == ("done", 1200)
        assert held(node) == set(first)
        with own.opened() as source:
            second = publish(source, 3, "all")
        (pulled,) = pull_feeds(node, ["dara"])
        assert (pulled.counts.read, pulled.counts.published, pulled.counts.unchanged) == (4, 3, 1)
        assert held(node) == {*first, *second}
        # Entry 0, by which a log adopts its charter, is that alliance's and nobody else's.
        assert [(each.object_id.partition("--")[0], each.code) for each in show_feed(node, "dara", 10)[1]] == [
            ("mithaq-charter-adopted", "type-reserved")
        ]
        assert not held(node) & set(hidden)
        served.stop()
        (pulled,) = pull_feeds(node, ["dara"])
        assert pulled.error is not None
        assert pulled.error.code == "feed-unreachable"


def test_a_server_pulls_what_is_due_and_takes_up_new_feeds(kolan: MadeNode) -> None:
    one, other = note(1), note(2)
    with stranger(lambda _: Reply(bundle(one), type="application/json")) as source, kolan.served() as served:
        before = set(served.workers())
        command = ["feed", "add", str(kolan.folder), "bundle", f"{source.url}/a.json", "--every", "30d"]
        assert CliRunner().invoke(main, command).exit_code == 0
        pulled = until(lambda: [each for each in served.events() if each["event"] == "feed"], what="a pull")
        assert {name: pulled[0][name] for name in ("feed", "outcome", "published", "level")} == {
            "feed": "bundle", "outcome": "done", "published": 1, "level": "info",
        }  # fmt: skip
        with served.client("analyst") as client:
            assert client.get(f"/api/v1/objects/{one['id']}").status_code == 200
        until(lambda: set(served.workers()) == before, what="the process that pulled to be gone")
        assert served.stop() == 0
    with stranger(lambda _: Reply(bundle(other))) as source, open_kolan(kolan) as node:
        add_feed(node, "test", NewFeed(name="unasked", kind="bundle", address=f"{source.url}/a.json"))
        with kolan.served(environment={"PULL_FEEDS": "false"}) as served:
            before = set(served.workers())
            with served.client() as client:
                assert client.get("/health/ready").status_code == 200
            assert set(served.workers()) == before
            assert served.stop() == 0
        assert source.asked == []
        assert [each.feed.begun for each in list_feeds(node) if each.feed.name == "unasked"] == [None]
        remove_feed(node, "test", "unasked")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_server_ends_the_process_that_pulls(kolan: MadeNode, number: signal.Signals) -> None:
    stop: list[int] = []

    def drops() -> Iterator[bytes]:
        while not stop:
            yield b" "
            time.sleep(0.05)

    with stranger(lambda _: Reply(drops(), type="application/json")) as source, kolan.served() as served:
        before = set(served.workers())
        with open_kolan(kolan) as node:
            name = f"slow-{number.name.lower()}"
            add_feed(node, "test", NewFeed(name=name, kind="bundle", address=f"{source.url}/a.json"))
        until(lambda: source.asked, what="the server to pull")
        (puller,) = set(served.workers()) - before
        served.stop(number)
        until(lambda: not running(puller), what="the process that pulls to end")
        stop.append(1)
        with open_kolan(kolan) as node:
            remove_feed(node, "test", name)
    assert not children(served.process.pid)
