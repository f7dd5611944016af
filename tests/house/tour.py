"""Runs the README's five-minute tour as a reader would: its commands in order, in one shell, from the clone's folder.

The tour is the section whose heading says *five-minute* or *five minutes*. In its fences marked `console`, a line that
begins with `$ ` is a command (`> ` continues it) and the lines after it are what it prints: each must appear, in
order, where `…` stands for anything. A command must succeed unless `echo $?` follows it. `uv run` before a command is
taken away: the environment of the tests is used. What runs in the background is ended when the tour is over.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.house.source import tree_files

MARK = "@@tour"
UV = """#!/bin/sh
[ "$1" = run ] || { echo "the tour runs nothing of uv but: uv run" >&2; exit 2; }
shift
while [ "${1#-}" != "$1" ]; do shift; done
exec "$@"
"""


class Step(NamedTuple):
    """One command of the tour and the lines that the README says it prints."""

    command: str
    expected: list[str]


def steps(readme: str) -> list[Step]:
    """The commands of the tour; an empty list if the README has none."""
    fence = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
    hidden = fence.sub(lambda found: re.sub("^#", " ", found[0], flags=re.MULTILINE), readme)
    heading = re.search(r"^(#+) .*\bfive[- ]minutes?\b.*$", hidden, re.IGNORECASE | re.MULTILINE)
    if not heading:
        return []
    end = re.compile(rf"^#{{1,{len(heading[1])}}} ", re.MULTILINE).search(hidden, heading.end())
    section = readme[heading.end() : end.start() if end else len(readme)]
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", section, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:], []))
            elif line.startswith("> ") and found and not found[-1].expected:
                found[-1] = Step(f"{found[-1].command}\n{line[2:]}", [])
            elif line.strip() and found:
                found[-1].expected.append(line.strip())
    return found


def script(tour: list[Step]) -> str:
    """The tour as a bash script that marks where each command begins and stops at the first that fails."""
    lines = [f"code=0; trap 'printf \"\\n{MARK} end\\n\"; kill $(jobs -p) 2>/dev/null; wait' EXIT"]
    for number, step in enumerate(tour):
        lines += [f"printf '\\n{MARK} {number}\\n'; (exit $code)", step.command, "code=$?"]
        shown = number + 1 < len(tour) and tour[number + 1].command.strip() == "echo $?"
        if not shown:
            lines.append(f"[ $code -eq 0 ] || {{ printf '\\n{MARK} failed %s\\n' $code; exit 1; }}")
    return "\n".join(lines) + "\n"


def _differs(step: Step, printed: str) -> str:
    """The first expected line that does not appear in order; empty if all do."""
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    for line in step.expected:
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in re.split(r"…|\.\.\.", line))
        if not any(re.search(pattern.replace(r".*\ ", ".*").replace(r"\ .*", ".*"), there) for there in lines):
            return line
    return ""


def _end(shell: subprocess.Popen[bytes]) -> None:
    """Ends what the tour left running in its own process group: politely, then not."""
    for number, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
        until = time.monotonic() + patience
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, number)
            while time.monotonic() < until:
                shell.poll()
                os.killpg(shell.pid, 0)
                time.sleep(0.1)


def run(tour: list[Step], root: Path, seconds: float = 300) -> list[str]:
    """Runs the tour in a temporary folder in which the clone's files appear; returns what was not as promised."""
    if not tour:
        return ["README.md has no five-minute tour with commands in ```console fences"]
    with tempfile.TemporaryDirectory(prefix="mithaq-tour-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's own account must be able to walk through
        (folder / ".bin").mkdir()
        (folder / ".bin" / "uv").write_text(UV, encoding="utf-8")
        (folder / ".bin" / "uv").chmod(0o755)
        for top in {path.relative_to(root).parts[0] for path in tree_files(root)}:
            (folder / top).symlink_to(root / top)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MITHAQ_", "REQUIRE_"))}
        clean["PATH"] = os.pathsep.join((str(folder / ".bin"), str(Path(sys.executable).parent), clean["PATH"]))
        log = folder / ".log"
        with log.open("wb") as output:
            shell = subprocess.Popen(
                ["/bin/bash", "-c", script(tour)], cwd=folder, env=clean, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            with contextlib.suppress(subprocess.TimeoutExpired):
                shell.wait(seconds)
            timed_out = shell.poll() is None
            _end(shell)
        printed = log.read_text(encoding="utf-8", errors="replace")
    parts = dict(re.findall(rf"^{MARK} (\d+)\n(.*?)(?=^{MARK} |\Z)", printed, re.DOTALL | re.MULTILINE))
    faults = [f"the tour took longer than {seconds:.0f} s"] if timed_out else []
    last = max((int(number) for number in parts), default=0)
    failed = re.search(rf"^{MARK} failed (\d+)$", printed, re.MULTILINE)
    if failed:
        faults.append(f"`{tour[last].command}` ended with {failed[1]}:\n{parts[str(last)].strip()}")
    elif last + 1 < len(tour):
        faults.append(f"the tour stopped at `{tour[last].command}`:\n{parts.get(str(last), printed).strip()}")
    for number, step in enumerate(tour[: last + 1]):
        line = _differs(step, parts.get(str(number), ""))
        if line:
            faults.append(f"`{step.command}` does not print `{line}` but:\n{parts.get(str(number), '').strip()}")
    return faults
