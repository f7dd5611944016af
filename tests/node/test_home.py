"""A node's folder: keys are made once, whole, for their owner's eyes only, and never written over."""

import contextlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mithaq.errors import MithaqError, Refused, Unavailable, Untrusted
from mithaq.model import encode_charter
from mithaq.node import Home
from mithaq.node.home import PURPOSES
from mithaq.tlog import SignatureType
from tests.properties.alliance import charter, signed


def keys(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home.path / "keys").iterdir()}


def test_everything_secret_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home(tmp_path / "deep" / "node")
        home.make()
    finally:
        os.umask(before)
    assert stat.S_IMODE((home.path / "keys").stat().st_mode) == 0o700
    for path in (home.path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert set(keys(home)) == {f"{purpose}.key" for purpose in PURPOSES} | {"database.json"}


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "node" / "keys").mkdir(parents=True, mode=0o777)
    home = Home(tmp_path / "node")
    home.make()
    assert stat.S_IMODE((home.path / "keys").stat().st_mode) == 0o700


def test_keys_are_chance_and_all_different(tmp_path: Path) -> None:
    homes = [Home(tmp_path / name) for name in ("a", "b")]
    for home in homes:
        home.make()
    seeds = {home.seed(purpose) for home in homes for purpose in PURPOSES}
    assert len(seeds) == 2 * len(PURPOSES)
    secrets = [home.database_secrets() for home in homes]
    parts = {part for each in secrets for part in (each.writer, each.reader, each.context)}
    assert len(parts) == 6
    assert all(len(each.context) == 32 for each in secrets)
    assert len(set(public(homes[0]))) == 5


def public(home: Home) -> list[bytes]:
    found = home.public_keys()
    return [found.charter, found.log, found.witness, found.http, found.seal]


def test_a_broken_off_attempt_is_taken_up_with_its_keys(tmp_path: Path) -> None:
    home = Home(tmp_path / "node")
    home.make()
    before = keys(home)
    (home.path / "keys" / "log.key").unlink()
    (home.path / "keys" / ".half").write_bytes(b"12")  # what a crash leaves of a file that is being made
    home.make()
    after = keys(home)
    assert after["log.key"] != before["log.key"]
    assert {name: data for name, data in after.items() if name not in {"log.key", ".half"}} == {
        name: data for name, data in before.items() if name != "log.key"
    }
    assert len(home.seed("log")) == 32


def test_a_crash_never_leaves_half_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write or sync fails, the next attempt finds each key whole or absent."""
    home = Home(tmp_path / "node")
    left = [0]
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if left[0] == 0:
            raise OSError("no power")
        left[0] -= 1
        real(descriptor)

    for survived in range(16):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            left[0] = survived
            with contextlib.suppress(OSError):
                home.make()
        for path in (home.path / "keys").glob("*.key"):
            assert len(bytes.fromhex(path.read_text())) == 32
    home.make()
    assert len(public(home)) == 5


def test_two_who_make_it_at_once_have_the_same_keys(tmp_path: Path) -> None:
    def attempt(_: int) -> list[bytes]:
        home = Home(tmp_path / "node")
        home.make()
        return [*public(home), home.database_secrets().context]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(attempt, range(8)))
    assert results == [results[0]] * 8


def test_where_a_node_lives_none_is_made(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    assert not home.exists()
    home.write("mithaq.toml", b"")
    assert home.exists()
    before = keys(home)
    with pytest.raises(Refused) as caught:
        home.make()
    assert caught.value.code == "home-exists"
    assert keys(home) == before


@pytest.mark.parametrize(
    "content", [None, b"", b"12", b"zz" * 32, b"12" * 31, b"12" * 33, "٤٢".encode() * 16, bytes(64)]
)
def test_what_is_no_key_is_called_absent(tmp_path: Path, content: bytes | None) -> None:
    home = Home(tmp_path)
    home.make()
    path = tmp_path / "keys" / "log.key"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        home.signer("log", "log.example/x")
    assert (caught.value.code, caught.value.details) == ("key-absent", {"purpose": "log"})


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"writer":"a","reader":"b","context":"!"}', b"[1]"])
def test_what_is_no_database_secret_is_called_absent(tmp_path: Path, content: bytes | None) -> None:
    home = Home(tmp_path)
    home.make()
    path = tmp_path / "keys" / "database.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        home.database_secrets()
    assert caught.value.code == "key-absent"


def test_public_keys_are_those_that_sign(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    signer = home.signer("log", "log.example/x")
    assert (signer.key.public_key, signer.key.type) == (home.public_keys().log, SignatureType.ED25519)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.write("mithaq.toml", b"first")

    def fail(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        home.write("mithaq.toml", b"second")
    assert home.settings.read_bytes() == b"first"


def test_charters_are_followed_from_the_first(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    with pytest.raises(Unavailable) as caught:
        home.charter()
    assert caught.value.code == "charter-absent"
    note = signed(charter(["dara"]), "dara")
    home.add_charter(1, note)
    assert home.charter_notes() == [note]
    assert home.charter().charter.members[0].id == "dara"
    home.add_charter(1, signed(charter(["dara"]), "sarib"))
    with pytest.raises(MithaqError) as wrong:
        home.charter()
    assert isinstance(wrong.value, Untrusted)
    assert encode_charter(charter(["dara"])) in note


def test_one_server_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    with home.serving():
        with pytest.raises(Refused) as caught, Home(tmp_path).serving():
            raise AssertionError("two at once")
        assert caught.value.code == "server-running"
    with home.serving():
        pass
