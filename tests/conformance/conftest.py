"""Programs that others wrote, or that stand on what others wrote, made ready to judge what is ours."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conformance.foreign import ForeignVerifier

HERE = Path(__file__).parent
# Where Debian puts the sources of Go's own packages beyond its standard library: a GOPATH, so nothing is downloaded.
GOPATH = Path("/usr/share/gocode")


@pytest.fixture(scope="session")
def foreign_verifier(tmp_path_factory: pytest.TempPathFactory) -> ForeignVerifier:
    """`foreign_verifier.go`, compiled; its tests skip without Go, or fail where REQUIRE_FOREIGN=1 wants it."""
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        absent = "no Go with golang.org/x/mod (`make ci-deps` installs them)"
        if os.environ.get("REQUIRE_FOREIGN") == "1":
            pytest.fail(absent)
        pytest.skip(absent)
    folder = tmp_path_factory.mktemp("go")
    alone = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": "", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    subprocess.run(
        [go, "build", "-o", str(folder / "foreign_verifier"), str(HERE / "foreign_verifier.go")],
        cwd=folder,
        env=os.environ | alone | {"GOCACHE": str(folder / "cache")},
        check=True,
    )
    return ForeignVerifier(folder / "foreign_verifier")
