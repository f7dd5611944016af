"""The demonstration that waits: what it prints to be copied works as it stands, in a shell that knows no uv."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def test_the_commands_to_copy_work(tmp_path: Path) -> None:
    if shutil.which("curl", path=BARE["PATH"]) is None:
        (pytest.fail if os.environ.get("REQUIRE_FOREIGN") == "1" else pytest.skip)(
            "no curl: `make ci-deps` installs it"
        )
    program = [str(Path(sys.executable).with_name("mithaq")), "demo"]
    environment = BARE | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(program, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            told = ""
            while "warning.tlog-proof --charter" not in told:
                line = demo.stdout.readline()
                assert line, told
                told += line
            commands = re.findall(r"^  (\S* .*)$", told.partition("In another terminal:")[2], re.MULTILINE)
            assert len(commands) == 5
            for command in commands:
                done = subprocess.run(
                    ["bash", "-c", command], cwd=PROJECT, env=BARE, capture_output=True, timeout=60, check=False
                )
                assert done.returncode == 0, (command, done.stderr)
                assert done.stdout.strip(), command
                assert b'"error"' not in done.stdout, command
        finally:
            demo.terminate()  # not Ctrl-C's signal: whoever runs the tests in the background has it ignored
            try:
                demo.wait(30)
            finally:
                demo.kill()  # one that has ended does not mind
    assert demo.returncode == 0
    assert not list(tmp_path.iterdir())  # its state lay in a temporary folder, and is gone
