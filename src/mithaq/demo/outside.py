"""A node as somebody sees it from outside: commands run as programs, and HTTP with a token."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

__all__ = ["Answer", "Command", "ask", "command_line", "free_port", "run", "serve", "until_ready"]

PATIENCE = 120.0


class Command(NamedTuple):
    """What a command did: its exit code and what it printed."""

    code: int
    output: bytes
    errors: str

    def json(self) -> Any:
        """The JSON object that it printed."""
        return json.loads(self.output)


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The JSON in the body."""
        return json.loads(self.body)


def command_line(*words: str | Path) -> list[str]:
    """The command as a program: this Python, this Mithaq."""
    return [sys.executable, "-m", "mithaq", *map(str, words)]


def environment() -> dict[str, str]:
    """Our own environment without settings that are meant for another node, and with English words."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MITHAQ_")}
    return kept | {"LC_ALL": "C.UTF-8"}


def run(*words: str | Path) -> Command:
    """Run `mithaq WORDS…` to its end."""
    done = subprocess.run(command_line(*words), capture_output=True, check=False, env=environment())
    return Command(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def serve(folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start `mithaq serve`; what it logs goes into a file."""
    with log.open("wb") as file:
        return subprocess.Popen(
            command_line("serve", folder), stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment()
        )


def until_ready(url: str, server: subprocess.Popen[bytes]) -> bool:
    """Wait until the node says that it is ready; False if it ends, or doesn't come within two minutes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if ask(f"{url}/health/ready").status == 200:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def ask(
    url: str,
    token: str = "",
    query: Mapping[str, str | int] | None = None,
    body: bytes | None = None,
    *,
    kind: str = "application/json",
    method: str | None = None,
) -> Answer:
    """GET `url`, or POST `body` (of this `kind`) to it, or whatever `method` says, with a bearer token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = kind
    full = f"{url}?{urlencode(query)}" if query else url
    request = urllib.request.Request(full, data=body, headers=headers, method=method)  # noqa: S310 - our own http URL
    # No proxy: the node is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
