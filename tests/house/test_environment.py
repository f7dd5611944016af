"""The program that makes the environment: which wheel it takes, and how it fetches uv with nothing but Python."""

import functools
import hashlib
import http.server
import importlib.util
import platform
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, project
from tools import environment

NAMES = {
    "pure": "thing-1.0-py3-none-any.whl",
    "own": "thing-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "musl": "thing-1.0-cp312-cp312-musllinux_1_2_x86_64.whl",
    "arm": "thing-1.0-cp312-cp312-manylinux_2_17_aarch64.whl",
    "stable": "thing-1.0-cp39-abi3-manylinux_2_28_x86_64.whl",
    "newer": "thing-1.0-cp313-abi3-manylinux_2_28_x86_64.whl",
    "binary": "thing-1.0-py3-none-manylinux_2_17_x86_64.whl",
    "mac": "thing-1.0-cp312-cp312-macosx_11_0_arm64.whl",
}


@pytest.fixture
def x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))


@pytest.mark.usefixtures("x86")
@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (["pure", "mac"], "pure"),
        (["pure", "own", "stable"], "own"),
        (["musl", "arm", "mac"], None),
        (["stable", "newer"], "stable"),
        (["pure", "binary"], "binary"),
        ([], None),
    ],
)
def test_the_wheel_for_this_machine_is_chosen(offered: list[str], taken: str | None) -> None:
    wheels = [{"url": f"http://127.0.0.1/{NAMES[name]}", "hash": "sha256:00", "size": 1} for name in offered]
    chosen = environment.fitting(wheels, (3, 12))
    assert (chosen.url.rsplit("/", 1)[1] if chosen else None) == (NAMES[taken] if taken else None)


def test_every_package_of_the_lock_file_has_a_wheel_here() -> None:
    """`make demo` compiles nothing: what it installs comes built for every Python that we name."""
    for minor in (11, 12, 13):
        wheels = environment.locked(ROOT / "uv.lock", (3, minor))
        needed = {name for name, (_, wheel) in wheels.items() if wheel}
        for requirement in project(ROOT)["project"]["dependencies"]:
            assert re.split(r"[\[<>=]", requirement)[0] in needed


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that a web server on 127.0.0.1 shows, and its address."""
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    answer = functools.partial(quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("x86")
@pytest.mark.parametrize("honest", [True, False])
def test_uv_comes_from_the_lock_file_where_there_is_no_pip(
    shelf: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, honest: bool
) -> None:
    folder, address = shelf
    name = f"uv-{environment.UV_VERSION}-py3-none-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(folder / name, "w") as archive:
        program = f"#!/bin/sh\necho 'uv {environment.UV_VERSION} (test)'\n"
        archive.writestr(f"uv-{environment.UV_VERSION}.data/scripts/uv", program)
    digest = hashlib.sha256((folder / name).read_bytes() if honest else b"").hexdigest()
    wheel = f'{{ url = "{address}/{name}", hash = "sha256:{digest}", size = 1 }}'
    lock = f'[[package]]\nname = "uv"\nversion = "{environment.UV_VERSION}"\nwheels = [{wheel}]\n'
    (folder / "uv.lock").write_text(lock, encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", folder)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    target = folder / ".tools" / "bin" / "uv"
    if honest:
        assert environment.uv_version(environment.bootstrap_uv(target)) == (0, 13, 9)
    else:
        with pytest.raises(environment.NoUvError, match="does not have the hash"):
            environment.bootstrap_uv(target)
        assert not target.exists()


def test_where_nothing_works_it_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv.lock").write_text("package = []\n", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(environment.NoUvError) as caught:
        environment.bootstrap_uv(tmp_path / ".tools" / "bin" / "uv")
    assert all(words in str(caught.value) for words in ("ensurepip", "no pip", "python3-venv", "python3-pip", "proxy"))


def test_an_old_uv_on_the_path_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = {"path/uv": "0.8.24", "project/.tools/bin/uv": environment.UV_VERSION}
    for name, version in programs.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(f"#!/bin/sh\necho 'uv {version}'\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(environment, "ROOT", tmp_path / "project")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert environment.find_uv() == tmp_path / "project/.tools/bin/uv"
    (tmp_path / "path" / "uv").write_text("#!/bin/sh\necho 'uv 0.10.0'\n", encoding="utf-8")
    assert environment.find_uv() == tmp_path / "path" / "uv"
