"""Makes the project's environment: finds or fetches uv, says what will be downloaded, then syncs `.venv`.

    python3 tools/environment.py sync                            what the program needs to run
    python3 tools/environment.py sync --group check --group test the same and these dependency groups, nothing else
    python3 tools/environment.py uv ARGUMENT…                    runs uv with these arguments

It runs before anything is installed, so it uses nothing but the standard library of Python 3.11. It needs no root
and writes only into the project (`.venv`, `.tools`) and into uv's own cache.

Without groups a sync only adds: a demo that starts in one terminal never removes what tests use in another.
"""

import argparse
import hashlib
import importlib.util
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
import urllib.request
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
UV_VERSION = "0.13.9"
UV_MEGABYTES = 18
OLDEST_UV = (0, 9)


class Wheel(NamedTuple):
    """One built package as the lock file names it; `size` in bytes, 0 where the lock file does not tell."""

    url: str
    sha256: str
    size: int


class NoUvError(Exception):
    """uv could be neither found nor fetched; the text says what a person can do."""


def say(text: str) -> None:
    """Prints a line for the person at the terminal, at once."""
    print(f"mithaq: {text}", flush=True)


def uv_version(binary: Path) -> tuple[int, ...] | None:
    """The version that `binary --version` prints, or None if it does not run."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in found.groups()) if found else None


def fitting(wheels: Sequence[dict[str, Any]], python: tuple[int, int]) -> Wheel | None:
    """The wheel in a lock file's list that this machine and `python` would take, or None.

    The tags are compared roughly: enough to choose among what one version of one package offers.
    """
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    interpreter = f"cp{python[0]}{python[1]}"
    best: tuple[int, Wheel] | None = None
    for wheel in wheels:
        name = str(wheel["url"]).rsplit("/", 1)[-1].removesuffix(".whl")
        tag_python, tag_abi, tag_platform = name.rsplit("-", 3)[1:]
        pure = tag_platform == "any"
        if not pure and not (platform.machine() in tag_platform and libc in tag_platform):
            continue
        stable = tag_abi == "abi3" and re.fullmatch(rf"cp{python[0]}(\d+)", tag_python)
        if tag_python == interpreter and tag_abi == interpreter:
            rank = 1000
        elif stable and int(stable[1]) <= python[1]:
            rank = 100 + int(stable[1])
        elif tag_python in {"py3", "py2.py3", f"py{python[0]}{python[1]}"}:
            rank = 1 if pure else 2
        else:
            continue
        if best is None or rank > best[0]:
            best = (rank, Wheel(wheel["url"], str(wheel["hash"]).removeprefix("sha256:"), int(wheel.get("size", 0))))
    return best[1] if best else None


def locked(lock: Path, python: tuple[int, int]) -> dict[str, tuple[str, Wheel | None]]:
    """Name to version and fitting wheel, for every package in the lock file."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {
        package["name"]: (package.get("version", ""), fitting(package.get("wheels", []), python))
        for package in packages
    }


def fetch_with_venv(staging: Path) -> Path:
    """uv by a virtual environment of its own and that environment's pip."""
    if importlib.util.find_spec("ensurepip") is None:
        raise NoUvError("this Python has no ensurepip (Debian keeps it in python3-venv)")
    subprocess.run([sys.executable, "-m", "venv", staging], check=True, stdout=subprocess.DEVNULL)
    install = [str(staging / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", f"uv=={UV_VERSION}"]
    subprocess.run(install, check=True)
    return staging / "bin" / "uv"


def fetch_with_pip(staging: Path) -> Path:
    """uv by the pip that this Python already has, into a folder of the project."""
    if importlib.util.find_spec("pip") is None:
        raise NoUvError("this Python has no pip (Debian keeps it in python3-pip)")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(staging),
        f"uv=={UV_VERSION}",
    ]
    subprocess.run(install, check=True)
    return staging / "bin" / "uv"


def fetch_from_lock(staging: Path) -> Path:
    """uv with nothing but Python: the wheel that the lock file names, compared with the hash that stands there."""
    version, wheel = locked(ROOT / "uv.lock", sys.version_info[:2]).get("uv", ("", None))
    if wheel is None or version != UV_VERSION:
        raise NoUvError(f"the lock file names no uv {UV_VERSION} for this machine")
    with urllib.request.urlopen(wheel.url, timeout=60) as answer:  # noqa: S310 - the lock file is ours
        body = answer.read(200_000_000)
    if hashlib.sha256(body).hexdigest() != wheel.sha256:
        raise NoUvError(f"what {wheel.url} answered does not have the hash in the lock file")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        inside = next(name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        binary = staging / "uv"
        binary.write_bytes(archive.read(inside))
    binary.chmod(0o755)
    return binary


def bootstrap_uv(target: Path) -> Path:
    """Fetches the pinned uv to `target` and returns it; raises `NoUvError` with advice when no way works."""
    say(f"uv {'.'.join(map(str, OLDEST_UV))} or newer is not on the PATH.")
    say(f"Downloading uv {UV_VERSION} (about {UV_MEGABYTES} MB) into .tools/ of this project.")
    reasons = []
    target.parent.mkdir(parents=True, exist_ok=True)
    for fetch in (fetch_with_venv, fetch_with_pip, fetch_from_lock):
        with tempfile.TemporaryDirectory(dir=target.parent) as staging:
            try:
                shutil.move(fetch(Path(staging)), target)
            except (NoUvError, OSError, subprocess.SubprocessError, zipfile.BadZipFile, StopIteration) as error:
                reasons.append(f"{fetch.__name__}: {error}")
                continue
        if uv_version(target) is not None:
            return target
        reasons.append(f"{fetch.__name__}: what it brought does not run")
    tried = "\n".join(f"    {reason}" for reason in reasons)
    raise NoUvError(
        f"uv could not be fetched:\n{tried}\n"
        "  Any one of these helps, then run make again:\n"
        "    put uv 0.9 or newer on the PATH (see its installation page), or\n"
        "    install the packages python3-venv or python3-pip, or\n"
        "    if this machine reaches the network by a proxy or a mirror, tell pip and uv of it"
    )


def find_uv() -> Path:
    """uv from the PATH if it is new enough, else the project's own, fetched the first time."""
    on_path = shutil.which("uv")
    if on_path and (uv_version(Path(on_path)) or (0,)) >= OLDEST_UV:
        return Path(on_path)
    own = ROOT / ".tools" / "bin" / "uv"
    if (uv_version(own) or (0,)) >= OLDEST_UV:
        return own
    return bootstrap_uv(own)


def announce(uv: Path, arguments: Sequence[str]) -> None:
    """Says which packages a sync would install, how many of them it downloads and how much that is at most."""
    plan = subprocess.run([uv, *arguments, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False).stderr
    names = [name for name in re.findall(r"^ \+ ([\w.-]+)==", plan, re.MULTILINE) if name != "mithaq"]
    count = re.search(r"Would download (\d+) package", plan)
    if not names or not count:
        return
    python = re.search(r"Using \S+ (\d+)\.(\d+)", plan)
    version = (int(python[1]), int(python[2])) if python else sys.version_info[:2]
    wheels = {name: wheel for name, (_, wheel) in locked(ROOT / "uv.lock", version).items()}
    sizes = {name: wheel.size / 1e6 if (wheel := wheels.get(name)) else 0.0 for name in names}
    fetched = max(0, min(int(count[1]) - (" + mithaq @ " in plan), len(names)))
    if not fetched:
        say(f".venv gets {len(names)} packages, all from uv's cache.")
        return
    cached = f", {len(names) - fetched} from uv's cache" if fetched < len(names) else ""
    say(f".venv gets {len(names)} packages: {fetched} to download{cached}, at most {sum(sizes.values()):.0f} MB:")
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    listed = ", ".join(f"{name} {sizes[name]:.0f} MB" if sizes[name] >= 1 else name for name in ordered)
    indent = " " * 4
    lines = textwrap.wrap(listed, 110, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    print("\n".join(lines), flush=True)


def main() -> int:
    """Runs what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(description="Makes the project's environment.")
    commands = parser.add_subparsers(dest="command", required=True)
    sync = commands.add_parser("sync", help="bring .venv to what the lock file says")
    sync.add_argument("--group", action="append", default=[], help="a dependency group to install as well")
    run = commands.add_parser("uv", help="run uv itself")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    # Nothing outside the project but uv's cache: uv must not fetch a Python of its own unless somebody asks it to.
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    try:
        uv = find_uv()
    except NoUvError as error:
        say(str(error))
        return 1
    if chosen.command == "uv":
        return subprocess.run([uv, *chosen.arguments], check=False).returncode
    arguments = ["sync", "--frozen", "--no-default-groups"]
    arguments += [part for group in chosen.group for part in ("--group", group)] or ["--inexact"]
    announce(uv, arguments)
    return subprocess.run([uv, *arguments, "--quiet"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
