"""`mithaq feed …` as an operator uses it; pulls that are killed; credentials that are nowhere but in their file."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from mithaq.cli import main
from mithaq.node import Home
from mithaq.node.node import Place, database_server
from mithaq.store.embedded import tool
from tests.node.feeding import add, definition, done, notes, pull, times_held
from tests.node.keeping import found, opened, run, run_json
from tests.node.strangers import Asked, Reply, Shelf, bundle, serving, stranger

SECRET = "s3cret-Пароль"
SPELLED = (SECRET.encode(), b"b3BlcmF0b3I6czNjcmV0", json.dumps(SECRET).encode())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return found(tmp_path_factory.mktemp("commands") / "node")


def feed(home: Home, act: str, *words: object, code: int = 0) -> Any:
    return run_json(main, "feed", act, home.path, *words, code=code)


def test_add_list_show_pull_remove(home: Home, tmp_path: Path) -> None:
    good, bad = notes(2)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_bytes(bundle(good, bad | {"lang": "xx-not a"}))
    said = feed(home, "add", "cert", tmp_path / "in", "--every", "2h", "--match-type", "note", "--red-to", "analyst")
    assert (said["kind"], said["address"]) == ("folder", str(tmp_path / "in"))
    (listed,) = feed(home, "list")["feeds"]
    assert (listed["every"], listed["types"], listed["red_roles"]) == (7200, ["note"], ["analyst"])
    assert (listed["outcome"], listed["ended"], listed["quarantined"]) == ("", None, 0)
    subprocess.run(["/usr/bin/touch", "-d", "1 hour ago", tmp_path / "in" / "a.json"], check=True)
    (pulled,) = feed(home, "pull")["pulled"]
    assert {name: pulled[name] for name in ("name", "outcome", "published", "quarantined", "error")} == {
        "name": "cert", "outcome": "done", "published": 1, "quarantined": 1, "error": None,
    }  # fmt: skip
    assert feed(home, "pull")["pulled"] == []
    (kept,) = feed(home, "show", "cert")["quarantine"]
    assert (kept["id"], kept["error"]["code"], kept["error"]["place"]) == (
        bad["id"],
        "feed-invalid",
        "a.json: $.objects[1] /lang",
    )
    assert "must/language" in kept["error"]["title"]
    russian = run(main, "feed", "show", home.path, "cert", environment={"LC_ALL": "ru_RU.UTF-8"})
    assert "Это не корректный STIX 2.1" in russian
    assert "1 in quarantine" in run(main, "feed", "list", home.path)
    feed(home, "remove", "cert")
    assert feed(home, "list")["feeds"] == []
    assert "There are no feeds" in run(main, "feed", "list", home.path)
    assert feed(home, "show", "cert", code=3)["error"]["code"] == "feed-absent"
    with opened(home) as node:
        assert times_held(node, [good]) == {1}, "what it brought stays"


def test_what_a_url_is_is_seen_by_its_end(home: Home) -> None:
    for address, kind, kept in (
        ("https://example.org/taxii2", "taxii", "https://example.org/taxii2/"),
        ("https://example.org/attack.json", "bundle", "https://example.org/attack.json"),
        ("https://example.org/attack.json.GZ?x=1", "bundle", "https://example.org/attack.json.GZ?x=1"),
    ):
        assert feed(home, "add", "one", address) == {"name": "one", "kind": kind, "address": kept}
        feed(home, "remove", "one")
    assert feed(home, "add", "one", "https://example.org/x", "--kind", "bundle")["kind"] == "bundle"
    feed(home, "remove", "one")
    for words, code in (
        (("https://user:secret@example.org/x",), "feed-url"),
        (("/tmp", "--every", "59s"), "feed-every"),
        (("/tmp", "--every", "31d"), "feed-every"),
        (("/tmp", "--every", "soon"), "feed-every"),
    ):
        assert feed(home, "add", "one", *words, code=1)["error"]["code"] == code


@pytest.mark.parametrize(
    "text", ["", "secret", "Bearer", "Bearer a b", "Basic nobody", "Digest a:b", '{"name": "x"}', "\xff", "Bearer a\nb"]
)
def test_what_are_no_credentials(home: Home, tmp_path: Path, text: str) -> None:
    path = tmp_path / "credentials"
    path.write_bytes(text.encode("latin-1"))
    words = ("one", "https://example.org/taxii2/", "--credentials-file", path)
    said = feed(home, "add", *words, code=1)
    assert said["error"]["code"] == "feed-credentials"
    assert feed(home, "list")["feeds"] == []


# Kills


def pulling(home: Home, name: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "mithaq", "feed", "pull", str(home.path), name]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_pull_that_is_killed_goes_on_where_it_was(home: Home) -> None:
    shelf = Shelf(10)
    shelf.add(*notes(60))
    reached, go_on = threading.Event(), threading.Event()
    killed_at: set[str] = set()

    def page(asked: Asked) -> Reply:
        if (token := asked.query.get("next", "")) in {"20", "40", "50"} - killed_at:
            killed_at.add(token)
            reached.set()
            go_on.wait(60)
        return shelf.page(asked)

    with stranger(serving(page)) as server:
        with opened(home) as node:
            name = add(node, "taxii", f"{server.url}/taxii2/")
        for _ in range(3):
            process = pulling(home, name)
            assert reached.wait(60)
            process.kill()
            process.wait()
            reached.clear()
        go_on.set()
        with opened(home) as node:
            assert done(node, name) == (10, 0, 0), "all pages but the last were done with"
            assert times_held(node, [value for _, value in shelf.held]) == {1}
        assert [each.get("next") for each in server.pages()] == [None, "10", "20", "20", "30", "40", "40", "50", "50"]


@pytest.mark.parametrize("where", ["note_brought", "move_on", "end_pull"])
def test_between_publication_and_note_nothing_is_lost_or_doubled(
    home: Home, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    shelf = Shelf(10)
    shelf.add(*notes(25))

    def die(*_: Any) -> None:
        raise ConnectionAbortedError("as if the process had ended here")

    with opened(home) as node, stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        with monkeypatch.context() as patch:
            patch.setattr(f"mithaq.store.feeds.{where}", die)
            with pytest.raises(ConnectionAbortedError):
                pull(node, name)
        assert pull(node, name).outcome == "done"
        assert times_held(node, [value for _, value in shelf.held]) == {1}


def test_a_release_that_was_broken_off_is_made_up_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    marking = definition()
    waiting = notes(12, object_marking_refs=[marking["id"]])
    shelf = Shelf(5)
    shelf.add(*waiting, marking)

    def die(*_: Any) -> None:
        raise ConnectionAbortedError("as if the process had ended here")

    with opened(home) as node, stranger(serving(shelf.page)) as server:
        name = add(node, "taxii", f"{server.url}/taxii2/")
        with monkeypatch.context() as patch:
            patch.setattr("mithaq.store.feeds.waiting_for_marking", die)
            with pytest.raises(ConnectionAbortedError):
                pull(node, name)
        assert pull(node, name).outcome == "done"
        assert times_held(node, waiting) == {1}


# Secrets


def dumped(home: Home) -> bytes:
    """The whole database as text."""
    with database_server(home, Place()) as target:
        command = [str(tool("pg_dump")), "--schema=mithaq", f"--dbname={target.admin}"]
        return subprocess.run(command, capture_output=True, check=True).stdout


def test_credentials_are_in_their_file_and_nowhere_else(home: Home, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_text(f"Basic operator:{SECRET}\n")
    (tmp_path / "passphrase").write_text("correct horse battery staple")
    answers = iter([Reply(status=401), Reply(b"<html>", type="text/html")])
    said: list[str] = []
    with stranger(lambda _: next(answers)) as server:
        words = ("secret", f"{server.url}/taxii2/", "--credentials-file", given)
        said += [run(main, "feed", "add", home.path, *words)]
        for code in (5, 5):
            process = subprocess.run(
                [sys.executable, "-m", "mithaq", "feed", "pull", str(home.path), "secret"],
                capture_output=True,
                check=False,
            )
            assert process.returncode == code
            said += [process.stdout.decode(), process.stderr.decode()]
        assert {each.headers["authorization"].partition(" ")[0] for each in server.asked} == {"Basic"}
        said += [run(main, "feed", act, home.path, *more) for act, *more in (("list",), ("show", "secret"))]
        said += [json.dumps(feed(home, act, *more)) for act, *more in (("list",), ("show", "secret"))]
    said += [run(main, "audit", home.path), run(main, "doctor", home.path)]
    kept = home.path / "keys" / "feed-secret.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    run(main, "backup", home.path, "-o", tmp_path / "backup.tar", "--passphrase-file", tmp_path / "passphrase")
    places = ["\n".join(said).encode(), dumped(home), (tmp_path / "backup.tar").read_bytes()]
    places += [path.read_bytes() for path in home.path.rglob("*") if path.is_file() and path != kept]
    assert not [spelled for spelled in SPELLED for place in places if spelled in place]
    back = tmp_path / "back"
    run(main, "restore", back, tmp_path / "backup.tar", "--passphrase-file", tmp_path / "passphrase")
    assert Home(back).credentials("secret") == home.credentials("secret")
    assert [each["name"] for each in feed(Home(back), "list")["feeds"] if each["authenticated"]] == ["secret"]
    feed(home, "remove", "secret")
    assert not kept.exists()


def test_credentials_from_standard_input_and_a_token_of_ours(home: Home) -> None:
    token = json.dumps({"name": "x", "token": "mq_" + "a" * 16 + "_" + "b" * 64})
    command = [sys.executable, "-m", "mithaq", "feed", "add", str(home.path), "piped", "https://example.org/taxii2/"]
    subprocess.run([*command, "--credentials-file", "-"], input=token.encode(), check=True, capture_output=True)
    assert home.credentials("piped").startswith("Bearer mq_aaaa")
    (home.path / "keys" / "feed-piped.json").unlink()
    (pulled,) = feed(home, "pull", "piped", code=5)["pulled"]
    assert pulled["error"]["code"] == "key-absent"
    feed(home, "remove", "piped")
