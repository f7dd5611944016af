"""A real node, really served: made in a folder, started as a process of its own on a free port of 127.0.0.1.

    with make_node(tmp_path / "dara").served(workers=2) as served:
        served.client("analyst").get("/api/v1/records")

A `MadeNode` may be served several times, one after the other. Everything is waited for by asking, never by guessing.
"""

import contextlib
import dataclasses
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from mithaq.config import Settings, encode_settings
from mithaq.model import ROLES, Names, VerifiedCharter
from mithaq.node import Home, Node, create_token, found_node, open_node

PATIENCE = 90.0
"""Seconds that starting may take where everything else is busy too."""

MITHAQ = [sys.executable, "-m", "mithaq"]


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens just now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = PATIENCE, what: str = "it") -> Any:
    """What `condition` gives once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)
    return found


def running(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    """The living children of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(each) for each in task.read_text().split()]
    return [each for each in found if running(each)]


def indicator(name: str = "a name", **properties: Any) -> dict[str, Any]:
    """A new STIX object."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.uuid4()}",
        "created": "2026-11-24T05:00:00.000Z",
        "modified": "2026-11-24T05:00:00.000Z",
        "name": name,
        "pattern": "[ipv4-addr:value = '198.51.100.7']",
        "pattern_type": "stix",
        "valid_from": "2026-11-24T05:00:00Z",
    } | properties


@dataclasses.dataclass
class ServedNode:
    """A running server."""

    process: subprocess.Popen[str]
    url: str
    tokens: dict[str, str]
    log: Path
    printed: str

    def client(self, role: str | None = None, **more: Any) -> httpx2.Client:
        """Who asks with the token of a role, or with none."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        # Plain HTTP: without `verify=False` every client first reads the certificates of the machine.
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60.0, verify=False, **more)

    def workers(self) -> list[int]:
        """The process numbers of the workers."""
        return children(self.process.pid)

    def events(self) -> list[dict[str, Any]]:
        """What the server has logged so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@dataclasses.dataclass
class MadeNode:
    """A node in a folder, not served."""

    folder: Path
    port: int
    charter: VerifiedCharter
    tokens: dict[str, str]

    @contextlib.contextmanager
    def opened(self) -> Iterator[Node]:
        """The node itself, in this process."""
        settings = Settings(name="dara", domain="dara.localhost", port=self.port)
        with open_node(Home(self.folder), settings.name, settings.place) as node:
            yield node

    @contextlib.contextmanager
    def served(
        self, *options: str, workers: int = 1, environment: Mapping[str, str] | None = None
    ) -> Iterator[ServedNode]:
        """The node, served until the block ends; `environment` are settings by their names, without MITHAQ_."""
        given = os.environ | {f"MITHAQ_{name}": value for name, value in (environment or {}).items()}
        log = self.folder.parent / f"{self.folder.name}-{uuid.uuid4().hex[:8]}.log"
        command = [*MITHAQ, "serve", str(self.folder), "--workers", str(workers), *options]
        with log.open("w") as errors:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=given)
        try:
            assert process.stdout is not None
            printed = process.stdout.readline()
            assert printed, log.read_text()
            yield ServedNode(process, f"http://127.0.0.1:{self.port}", self.tokens, log, printed)
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()


def make_node(folder: Path) -> MadeNode:
    """A node of one member in `folder`, with a token for every role, named like it."""
    port = free_port()
    settings = Settings(name="dara", domain="dara.localhost", port=port)
    home = Home(folder)
    names = Names("دارا", "Дара", "Dara")
    url, place = settings.public_url, settings.place
    charter = found_node(home, "dara", settings.domain, url, names, place, encode_settings(settings))
    assert charter is not None
    made = MadeNode(folder, port, charter, {})
    with made.opened() as node, node.database.writing() as connection:
        for role in sorted(ROLES):
            chance, now = secrets.token_bytes(48), datetime.now(UTC)
            made.tokens[role] = create_token(connection, role, role, chance=chance, now=now)
    return made
