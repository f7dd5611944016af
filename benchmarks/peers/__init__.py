"""Other TAXII servers to compare with: installed from locked files, started on 127.0.0.1, ended with the block.

    with medallion() as peer:
        httpx2.get(f"{peer.url}/taxii2/", auth=peer.basic)

Each has an environment of its own below `.tools/peers`, made by uv from `requirements-NAME.txt`, which holds the hash
of every file (`uv pip compile --generate-hashes --universal --python-version 3.11 requirements-NAME.in` writes it).
It is made once and again when that file changes. Their data lie in a temporary directory and go with it.
`known-NAME.txt` are the conformance checks that each fails, a name a line; the benchmark says where that changes.

What it takes to make them run: medallion 3.0.0 ships only the development server of Flask. OpenTAXII 0.10.0b1 is a
pre-release, for 0.9.3 answers every TAXII 2.1 resource with 500 (eclecticiq/OpenTAXII#243); gunicorn is started
without the documented `--config python:opentaxii.http`, which opens a database connection that all workers inherit;
rights for one member and one collection can be given only from inside, so a program is run in its environment.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

__all__ = ["Peer", "free_port", "medallion", "opentaxii", "processes"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENTS = ROOT / ".tools" / "peers"
PATIENCE = 60.0
LONGEST_BODY = 10 * 2**20
PAGE = 1000
WORKERS = 2

OPENTAXII_FOUNDING = """
import json, sys
from opentaxii.cli import app
from opentaxii.entities import Account
user, password, root = sys.argv[1:]
with app.app_context():
    server = app.taxii_server
    store = server.servers.taxii2.persistence.api
    store.add_api_root(title="peer", default=True, is_public=True, api_root_id=root)
    made = {name: str(store.add_collection(root, title=name).id) for name in ("both", "read", "write", "none")}
    rights = {made["both"]: ["read", "write"], made["read"]: ["read"], made["write"]: ["write"]}
    account = Account(id=None, username=user, permissions=rights)
    server.auth.api.update_account(account, password)
    token = server.auth.authenticate(user, password)
print(json.dumps({"collections": made, "token": token if isinstance(token, str) else token.decode()}))
"""


@dataclass(frozen=True)
class Peer:
    """A running server: where it is, who may use it, and the processes that it began with."""

    name: str
    url: str
    api_root: str
    basic: tuple[str, str]
    token: str | None
    collection: str
    read_only: str
    write_only: str | None
    closed: str | None
    pids: tuple[int, ...]


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens just now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def processes(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(one) for one in task.read_text("ascii").split()]
    return found


def _installed(name: str) -> Path:
    """The folder of a peer's programs, made or made anew where its locked file has changed."""
    locked = HERE / f"requirements-{name}.txt"
    folder = ENVIRONMENTS / name
    stamp, wanted = folder / "locked", hashlib.sha256(locked.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text("ascii") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        uv = [sys.executable, str(ROOT / "tools" / "environment.py"), "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        install = ["pip", "sync", "--quiet", "--require-hashes", "--python", str(folder / "bin/python"), str(locked)]
        subprocess.run([*uv, *install], check=True)
        stamp.write_text(wanted, "ascii")
    return folder / "bin"


@contextlib.contextmanager
def _started(command: Sequence[str], folder: Path, url: str, environment: Mapping[str, str]) -> Iterator[int]:
    """The server's process, once it answers; ended with all its workers when the block ends."""
    log = folder / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                httpx2.get(f"{url}/taxii2/", timeout=5.0)
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} does not answer: {log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        # A session of its own, so this reaches its workers and nobody else.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def medallion() -> Iterator[Peer]:
    """medallion 3.0.0 with its memory backend."""
    programs = _installed("medallion")
    ids = [str(uuid.uuid4()) for _ in range(4)]
    rights = [(True, True), (True, False), (False, True), (False, False)]
    user, password = "suite", secrets.token_urlsafe(12)
    media = ["application/stix+json;version=2.1"]
    root = {
        "information": {
            "title": "peer",
            "versions": ["application/taxii+json;version=2.1"],
            "max_content_length": LONGEST_BODY,
        },
        "status": [],
        "collections": [
            {"id": each, "title": each[:8], "can_read": read, "can_write": write, "media_types": media, "objects": [],
             "manifest": [], "responses": []}
            for each, (read, write) in zip(ids, rights, strict=True)
        ],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="medallion-") as name:
        folder = Path(name)
        discovery = {"title": "peer", "default": "/peer/", "api_roots": ["/peer/"]}
        (folder / "data.json").write_text(json.dumps({"/discovery": discovery, "peer": root}), "utf-8")
        module = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}
        backend = module | {"filename": str(folder / "data.json")}
        settings = {"backend": backend, "users": {user: password}, "taxii": {"max_page_size": PAGE}}
        (folder / "config.json").write_text(json.dumps(settings), "utf-8")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [str(programs / "medallion"), "--port", str(port), str(folder / "config.json")]
        with _started(command, folder, url, {}) as pid:
            both, read, write, none = ids
            yield Peer("medallion 3.0.0", url, "/peer/", (user, password), None, both, read, write, none, (pid,))


@contextlib.contextmanager
def opentaxii() -> Iterator[Peer]:
    """OpenTAXII 0.10.0b1 on SQLite, under gunicorn with as many workers as this machine's smallest has cores."""
    programs = _installed("opentaxii")
    user, password, root = "suite", secrets.token_urlsafe(12), str(uuid.uuid4())
    with tempfile.TemporaryDirectory(prefix="opentaxii-") as name:
        folder = Path(name)
        port = free_port()
        settings = {
            "domain": f"127.0.0.1:{port}",
            "support_basic_auth": True,
            "auth_api": {
                "class": "opentaxii.auth.sqldb.SQLDatabaseAPI",
                "parameters": {
                    "db_connection": f"sqlite:///{folder}/auth.db",
                    "create_tables": True,
                    "secret": secrets.token_urlsafe(24),
                },
            },
            "taxii1": None,
            "taxii2": {
                "persistence_api": {
                    "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
                    "parameters": {"db_connection": f"sqlite:///{folder}/data.db", "create_tables": True},
                },
                "title": "peer",
                "public_discovery": False,
                "max_content_length": LONGEST_BODY,
                "allow_custom_properties": True,
            },
            "logging": {"opentaxii": "error", "root": "error"},
        }
        (folder / "opentaxii.yml").write_text(json.dumps(settings), "utf-8")  # JSON is YAML
        environment = {"OPENTAXII_CONFIG": str(folder / "opentaxii.yml")}
        done = subprocess.run(
            [str(programs / "python"), "-c", OPENTAXII_FOUNDING, user, password, root],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"OpenTAXII was not set up: {done.stderr[-2000:]}")
        made = json.loads(done.stdout.splitlines()[-1])
        url = f"http://127.0.0.1:{port}"
        serving = ["--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}", "--timeout", "300"]
        command = [str(programs / "gunicorn"), "opentaxii.http:app", *serving]
        with _started(command, folder, url, environment) as pid:
            both, read, write, none = (made["collections"][each] for each in ("both", "read", "write", "none"))
            basic, api_root = (user, password), f"/taxii2/{root}/"
            yield Peer("OpenTAXII 0.10.0b1", url, api_root, basic, made["token"], both, read, write, none, (pid,))
