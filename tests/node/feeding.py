"""What the tests of feeds have in common: feeds with names of their own, pulls, and what became of them."""

import itertools
from typing import Any

from mithaq.errors import MithaqError
from mithaq.node import Node
from mithaq.node.feeds import Pulled, add_feed, list_feeds, pull_feeds, remove_feed, show_feed
from mithaq.store.feeds import NewFeed
from tests.node.strangers import note

_names = itertools.count()
_numbers = itertools.count(1000)


def new_number() -> int:
    """A number for `note` that no other test has."""
    return next(_numbers)


def remove_all(node: Node) -> None:
    """Begin without feeds."""
    for each in list_feeds(node):
        remove_feed(node, "test", each.feed.name)


def notes(count: int, **properties: Any) -> list[dict[str, Any]]:
    """New objects, that no other test has."""
    return [note(next(_numbers), **properties) for _ in range(count)]


def add(node: Node, kind: str, address: str, authorization: str = "", **more: Any) -> str:
    name = f"feed-{next(_names)}"
    feed = NewFeed(name=name, kind=kind, address=address, authenticated=bool(authorization), **more)  # type: ignore[arg-type]
    add_feed(node, "test", feed, authorization)
    return name


def pull(node: Node, *names: str, again: bool = False) -> Pulled:
    (pulled,) = pull_feeds(node, names, again=again)
    return pulled


def failed(node: Node, name: str) -> MithaqError:
    pulled = pull(node, name)
    assert (pulled.outcome, pulled.error is None) == ("failed", False)
    assert pulled.error is not None
    return pulled.error


def done(node: Node, name: str) -> tuple[int, int, int]:
    """Pull to the end; how much was published, known, newly in quarantine."""
    pulled = pull(node, name)
    assert (pulled.outcome, pulled.error) == ("done", None)
    return pulled.counts.published, pulled.counts.unchanged, pulled.counts.quarantined


def times_held(node: Node, objects: list[dict[str, Any]]) -> set[int]:
    """How many records there are of each object."""
    with node.database.inspecting() as connection:
        return {
            connection.execute("SELECT count(*) FROM records WHERE object_id = %s", [each["id"]]).fetchone()[0]  # type: ignore[index]
            for each in objects
        }


def reasons(node: Node, name: str) -> dict[str, str]:
    """What is in quarantine, with the code."""
    return {each.object_id or each.place: each.code for each in show_feed(node, name, 1000)[1]}


def definition() -> dict[str, Any]:
    """A new marking-definition that is no TLP."""
    number = new_number()
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": note(number)["id"].replace("note", "marking-definition"),
        "created": "2026-11-24T05:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": f"Copyright {number}"},
    }
