"""Run by root: all tests of the embedded server again, as an account without privileges."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.store.running import ROOT

SHORT = "private or password or outlives or below or long or postgres_killed or both_killed or zombie or stranger"


def mirror(source: Path, target: Path, *, without: tuple[str, ...] = ()) -> None:
    """A copy that everybody may read, by links where that is possible."""

    def bring(origin: str, copy: str) -> str:
        mode = Path(origin).stat().st_mode
        try:
            if mode & 0o004 == 0:
                raise PermissionError(origin)
            Path(copy).hardlink_to(Path(origin).resolve())
        except OSError:  # another disk, or not for everybody
            shutil.copy(origin, copy)
            Path(copy).chmod(0o755 if mode & 0o100 else 0o644)
        return copy

    shutil.copytree(source, target, copy_function=bring, ignore=shutil.ignore_patterns("__pycache__", *without))
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)


def plain_python(place: Path) -> tuple[Path, dict[str, str]]:
    """A Python with our packages that any account can run, and the environment for it."""
    base, version = Path(sys.base_prefix).resolve(), f"python{sys.version_info.major}.{sys.version_info.minor}"
    mirror(Path(sysconfig.get_path("purelib")), place / "site", without=("mypy", "ruff*", "mypyc"))
    environment = {"PYTHONPATH": f"{place}/tree/src:{place}/site", "PYTHONDONTWRITEBYTECODE": "1"}
    python = Path(os.path.realpath(sys.executable))
    if all(folder.stat().st_mode & 0o001 for folder in python.parents):
        return python, environment
    mirror(base / "lib" / version, place / "python" / "lib" / version, without=("test", "site-packages", "idlelib"))
    (place / "python" / "bin").mkdir()
    for library in (base / "lib").glob("libpython*.so*"):
        shutil.copy(library, place / "python" / "lib")
    shutil.copy(python, place / "python" / "bin" / version)
    homes = {"PYTHONHOME": str(place / "python"), "LD_LIBRARY_PATH": str(place / "python" / "lib")}
    return place / "python" / "bin" / version, environment | homes


@pytest.mark.skipif(not ROOT, reason="we are a plain user already")
@pytest.mark.parametrize(
    "which", [pytest.param(SHORT, id="short"), pytest.param("test", id="all", marks=pytest.mark.torture)]
)
def test_the_same_as_a_plain_user(which: str) -> None:
    nobody, here = pwd.getpwnam("nobody"), Path(__file__).resolve().parents[2]
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    place.chmod(0o755)
    try:
        for name in ("src", "tests"):
            mirror(here / name, place / "tree" / name)
        shutil.copy(here / "pyproject.toml", place / "tree")
        (place / "tree" / "pyproject.toml").chmod(0o644)
        (place / "tree").chmod(0o755)
        python, environment = plain_python(place)
        home = place / "home"
        home.mkdir(mode=0o700)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        done = subprocess.run(
            [
                python,
                "-m",
                "pytest",
                "-q",
                "-k",
                f"({which}) and not plain",
                "-m",
                "not torture" if which == SHORT else "",
                "-p",
                "no:cacheprovider",
                "tests/store/test_embedded.py",
                "tests/store/test_embedded_kills.py",
            ],
            cwd=place / "tree",
            env=environment | {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)},
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=120 if which == SHORT else 1800,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert " passed" in done.stdout
    finally:
        shutil.rmtree(place)
