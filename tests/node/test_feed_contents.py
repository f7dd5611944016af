"""Bundles and folders as feeds, what of a feed is let in and what is not, and feeds themselves."""

import gzip
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mithaq.model import Reader, Tlp
from mithaq.node import Home, Node, Wish, prepare
from mithaq.node.feed_due import due_at
from mithaq.node.feeds import add_feed, list_feeds, pull_feeds, remove_feed, show_feed
from mithaq.store.feeds import NewFeed
from tests.node.feeding import add, definition, done, failed, new_number, notes, pull, reasons, remove_all, times_held
from tests.node.keeping import found, opened, refused
from tests.node.strangers import Asked, Reply, Shelf, bundle, note, serving, stranger


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return found(tmp_path_factory.mktemp("feeds") / "node")


@pytest.fixture(scope="module")
def node(home: Home) -> Iterator[Node]:
    with opened(home) as node:
        yield node


@pytest.fixture(autouse=True)
def no_feeds(node: Node) -> None:
    remove_all(node)


# Bundles


def test_a_bundle_is_read_when_it_has_changed(node: Node) -> None:
    held = notes(1200)
    tag = '"one"'

    def answer(asked: Asked) -> Reply:
        same = asked.headers.get("if-none-match") == tag
        return Reply(b"" if same else bundle(*held), 304 if same else 200, "application/json", {"ETag": tag})

    with stranger(answer) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert done(node, name) == (1200, 0, 0)
        assert done(node, name) == (0, 0, 0)
        tag = '"two"'
        held += notes(1)
        assert done(node, name) == (1, 1200, 0)
    assert times_held(node, held[-5:]) == {1}


@pytest.mark.parametrize("header", ["Last-Modified", ""])
def test_a_bundle_without_a_tag(node: Node, header: str) -> None:
    held = notes(2)
    when = "Tue, 24 Nov 2026 05:00:00 GMT"

    def answer(asked: Asked) -> Reply:
        same = asked.headers.get("if-modified-since") == when
        headers = {header: when} if header else {}
        return Reply(b"" if same else gzip.compress(bundle(*held)), 304 if same else 200, "application/gzip", headers)

    with stranger(answer) as server:
        name = add(node, "bundle", f"{server.url}/all.json.gz")
        assert done(node, name) == (2, 0, 0)
        assert done(node, name) == (0, 0 if header else 2, 0)


def test_a_bundle_that_is_cut_or_no_bundle(node: Node) -> None:
    held = notes(1100)
    whole = bundle(*held)
    body, kind, length = whole[: len(whole) * 2 // 3], "application/json", len(whole)
    with stranger(lambda _: Reply(body, 200, kind, {"ETag": '"same"'}, length)) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert failed(node, name).code == "feed-unreachable"
        assert times_held(node, held[:500]) == {1}
        length = len(body)
        assert failed(node, name).code == "bundle-truncated"
        body, length = whole, len(whole)
        assert pull(node, name).outcome == "done"
        assert times_held(node, held) == {1}
        body, kind, length = b"<html>sign in</html>", "text/html; charset=utf-8", 20
        assert failed(node, add(node, "bundle", f"{server.url}/all.json")).code == "feed-type"


def test_a_bundle_larger_than_a_pull_is_taken_in_several(node: Node) -> None:
    held = notes(1300)
    with stranger(lambda _: Reply(bundle(*held), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json", max_objects=500)
        found = [pull(node, name) for _ in range(4)]
        assert [each.outcome for each in found] == ["partial", "partial", "done", "done"]
        assert [each.counts.published for each in found] == [500, 500, 300, 0]


# What is not let in


def test_what_is_not_valid_is_kept_out_with_its_reason(node: Node) -> None:
    good, other = notes(2)
    no_content, wrong_id, no_object = note(new_number()), note(new_number()), note(new_number())
    del no_content["content"]
    wrong_id["id"] = "note--1"
    held: list[Any] = [
        good, no_content, wrong_id, other | {"modified": "2026-11-23T05:00:00.000Z"}, no_object | {"lang": "xx-not a"},
        {"type": "mithaq-programme", "id": "mithaq-programme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
         "spec_version": "2.1", "created": "2026-11-24T05:00:00.000Z", "modified": "2026-11-24T05:00:00.000Z"},
    ]  # fmt: skip
    with stranger(lambda _: Reply(bundle(*held), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        published, _, quarantined = done(node, name)
        assert (published, quarantined) == (1, 5)
        report, kept = show_feed(node, name, 100)
        assert report.quarantined == 5
        by_place = {each.place.partition(" ")[0].partition(".id")[0]: each for each in kept}
        first = by_place["$.objects[1]"]
        assert (first.code, first.object_id, first.details["rule"]) == (
            "feed-invalid",
            no_content["id"],
            "schema/required",
        )
        assert by_place["$.objects[2]"].code == "stix-id"
        assert by_place["$.objects[3]"].code == "feed-invalid"
        assert by_place["$.objects[3]"].place == "$.objects[3] /modified"
        assert done(node, name) == (0, 1, 0), "known faults are no news"
        no_content["content"] = "mended"
        assert done(node, name)[0] == 1


def test_other_bytes_under_a_version_that_is_here_are_kept_out(node: Node) -> None:
    (one,) = notes(1)
    held = [one]
    with stranger(lambda _: Reply(bundle(*held), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert done(node, name) == (1, 0, 0)
        held = [one | {"content": "something else"}]
        assert done(node, name) == (0, 0, 1)
        assert reasons(node, name) == {one["id"]: "conflicting-version"}


def test_what_is_marked_red_goes_to_the_roles_that_were_chosen_or_nowhere(node: Node) -> None:
    red, amber = (
        notes(1, object_marking_refs=[Tlp.RED.marking]),
        notes(1, object_marking_refs=[Tlp.AMBER_STRICT.marking]),
    )
    with stranger(lambda _: Reply(bundle(*red, *amber), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert done(node, name) == (1, 0, 1)
        assert reasons(node, name) == {red[0]["id"]: "tlp-red"}
        name = add(node, "bundle", f"{server.url}/all.json", red_roles=("analyst",))
        assert done(node, name) == (1, 1, 0)
    with refused("record-absent"):
        node.show(Reader("dara"), red[0]["id"])
    (record,) = node.show(Reader("dara", frozenset({"analyst"})), red[0]["id"])[1].values()
    assert b'"audience":["dara/analyst"]' in record.body
    with refused("audience-role"):
        add(node, "bundle", "https://example.org/all.json", red_roles=("nobody",))


def test_nobody_speaks_in_this_members_name(node: Node) -> None:
    identity = node.charter.organisations["dara"].identity
    ours, theirs = notes(2, created_by_ref=identity)
    node.publish("test", [prepare("$", json.dumps(ours).encode())], Wish(("own",)))
    with stranger(lambda _: Reply(bundle(ours, theirs), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert done(node, name) == (0, 1, 1)
        assert reasons(node, name) == {theirs["id"]: "feed-own-name"}


def test_what_was_taken_back_is_not_brought_back(node: Node) -> None:
    (one,) = notes(1)
    with stranger(lambda _: Reply(bundle(one), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert done(node, name) == (1, 0, 0)
        with node.database.writing() as connection:
            connection.execute("DELETE FROM records WHERE object_id = %s", [one["id"]])
        assert done(node, name) == (0, 1, 0)
    assert times_held(node, [one]) == {0}


def test_what_was_released_further_stays_so(node: Node) -> None:
    (one,) = notes(1)
    batch = [prepare("$", json.dumps(one).encode())]
    node.publish("test", batch, Wish(("all",)))
    with stranger(lambda _: Reply(bundle(one), type="application/json")) as server:
        assert done(node, add(node, "bundle", f"{server.url}/all.json")) == (0, 1, 0)
    assert times_held(node, [one]) == {1}


def test_a_marking_that_comes_later_lets_in_what_waited_for_it(node: Node) -> None:
    marking = definition()
    shelf = Shelf(5)
    waiting = notes(12, object_marking_refs=[marking["id"]])
    shelf.add(*waiting[:6])
    with stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        assert done(node, name) == (0, 0, 6)
        shelf.add(*waiting[6:], marking)
        pulled = pull(node, name)
        assert (pulled.outcome, pulled.counts.published, pulled.counts.quarantined) == ("done", 13, 0)
    assert times_held(node, waiting) == {1}
    assert reasons(node, name) == {}


def test_the_quarantine_has_its_limits_and_loses_nothing_that_could_be_let_in(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mithaq.store.feeds.MAX_QUARANTINED", 4)
    marking = definition()
    waiting = notes(9, object_marking_refs=[marking["id"]])
    shelf = Shelf(4)
    shelf.add(*(each | {"created": "never"} for each in notes(2)), *waiting, marking)
    with stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        assert pull(node, name).outcome == "partial"
        assert pull(node, name).outcome == "done"
        assert show_feed(node, name, 10)[0].quarantined == 2
    assert times_held(node, waiting) == {1}


def test_large_bytes_are_not_kept(node: Node) -> None:
    small, large = notes(2)
    held = [small | {"lang": "xx-not a"}, large | {"lang": "xx-not a", "content": "x" * 70_000}]
    with stranger(lambda _: Reply(bundle(*held), type="application/json")) as server:
        name = add(node, "bundle", f"{server.url}/all.json")
        assert done(node, name) == (0, 0, 2)
    with node.database.inspecting() as connection:
        rows = connection.execute(
            "SELECT size > 65536, data IS NULL FROM quarantine WHERE object_id = ANY (%s) ORDER BY size",
            [[small["id"], large["id"]]],
        ).fetchall()
    assert rows == [(False, False), (True, True)]


# Folders


def put(path: Path, data: bytes, *, age: float = 60) -> None:
    """Write a file that looks as if nobody had touched it for a while."""
    path.write_bytes(data)
    then = time.time() - age
    os.utime(path, (then, then))


def test_a_folder_gives_what_is_new_or_changed(node: Node, tmp_path: Path) -> None:
    first, second, third = notes(3)
    put(tmp_path / "a.json", bundle(first))
    put(tmp_path / "b.json.gz", gzip.compress(bundle(second)))
    put(tmp_path / "c.txt", bundle(third))
    (tmp_path / "d.json").mkdir()
    os.mkfifo(tmp_path / "e.json")
    name = add(node, "folder", str(tmp_path))
    assert done(node, name) == (2, 0, 0)
    assert pull(node, name).counts.read == 0
    put(tmp_path / "a.json", bundle(first, third), age=30)
    assert done(node, name) == (1, 1, 0)
    put(tmp_path / "a.json", bundle(first, third), age=20)
    assert pull(node, name).counts.read == 0, "only its time has changed"
    (tmp_path / "a.json").unlink()
    assert pull(node, name).counts.read == 0
    put(tmp_path / "a.json", bundle(first, third), age=30)
    assert done(node, name) == (0, 2, 0)


def test_a_file_that_is_being_written_waits(node: Node, tmp_path: Path) -> None:
    (one,) = notes(1)
    put(tmp_path / "a.json", bundle(one)[:-30], age=0)
    name = add(node, "folder", str(tmp_path))
    pulled = pull(node, name)
    assert (pulled.outcome, pulled.counts.read) == ("partial", 0)
    put(tmp_path / "a.json", bundle(one), age=10)
    assert done(node, name) == (1, 0, 0)


def test_a_broken_file_is_named_once_and_the_others_go_on(node: Node, tmp_path: Path) -> None:
    first, second, third = notes(3)
    put(tmp_path / "a.json", bundle(first, second)[:-40])
    put(tmp_path / "b.json", bundle(third))
    name = add(node, "folder", str(tmp_path))
    assert done(node, name) == (2, 0, 1)
    ((kept),) = show_feed(node, name, 10)[1]
    assert (kept.code, kept.place.startswith("a.json: ")) == ("bundle-truncated", True)
    assert pull(node, name).counts.read == 0


def test_a_folder_that_is_not_there(node: Node, tmp_path: Path) -> None:
    assert failed(node, add(node, "folder", str(tmp_path / "absent"))).code == "feed-folder"


# Feeds themselves


def test_what_no_feed_may_be(node: Node, tmp_path: Path) -> None:
    for url in (
        "ftp://example.org/x", "https://user:secret@example.org/taxii2/", "https://@example.org/", "https:///x/",
        "https://example.org/taxii2/?key=1", "https://example.org/taxii2/#x", "https://example.org:0x/", "https://[/",
        "https://example.org/ä/", "https://example.org/taxii2",
    ):  # fmt: skip
        with refused("feed-url"):
            add(node, "taxii", url)
    with refused("feed-plain"):
        add(node, "taxii", "http://example.org/taxii2/", "Bearer x")
    with refused("feed-folder-credentials"):
        add(node, "folder", str(tmp_path), "Bearer x")
    with refused("feed-name"):
        add_feed(node, "test", NewFeed(name="../x", kind="folder", address="/"))
    name = add(node, "folder", str(tmp_path))
    with refused("feed-exists"):
        add_feed(node, "test", NewFeed(name=name, kind="folder", address="/"))
    for act in (lambda: remove_feed(node, "test", "absent"), lambda: pull(node, "absent")):
        with refused("feed-absent"):
            act()


def test_one_process_pulls_at_a_time(node: Node, tmp_path: Path) -> None:
    name = add(node, "folder", str(tmp_path))
    with node.database.holding("mithaq feeds") as alone:
        assert alone
        with refused("feeds-pulling"):
            pull(node, name)
    assert pull(node, name).outcome == "done"


def test_from_the_start_again(node: Node, tmp_path: Path) -> None:
    put(tmp_path / "a.json", bundle(*notes(3)))
    name = add(node, "folder", str(tmp_path))
    assert done(node, name) == (3, 0, 0)
    assert pull(node, name, again=True).counts.unchanged == 3


def test_a_feed_that_is_removed_while_it_is_pulled(node: Node) -> None:
    shelf = Shelf(5)
    shelf.add(*notes(12))

    def page(asked: Asked) -> Reply:
        if asked.query.get("next") == "5":
            remove_feed(node, "test", name)
        return shelf.page(asked)

    with stranger(serving(page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        pulled = pull(node, name)
    assert pulled.error is not None
    assert pulled.error.code == "feed-absent"
    assert [each.feed.name for each in list_feeds(node)] == []


def test_what_is_due_is_pulled_and_the_others_are_not(node: Node, tmp_path: Path) -> None:
    first = add(node, "folder", str(tmp_path), every=86_400)
    second = add(node, "folder", str(tmp_path / "absent"), every=86_400)
    assert [(each.feed.name, each.outcome) for each in pull_feeds(node, [])] == [(first, "done"), (second, "failed")]
    assert [*pull_feeds(node, [])] == []
    reports = {each.feed.name: each.feed for each in list_feeds(node)}
    assert reports[first].due - datetime.now(UTC) > timedelta(hours=23)
    assert reports[second].due - datetime.now(UTC) < timedelta(minutes=16)
    assert due_at(node.home) == reports[second].due
