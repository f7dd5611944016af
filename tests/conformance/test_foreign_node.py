"""A real node's log, served and exported, judged by Go's `golang.org/x/mod/sumdb`. The node is driven by commands."""

import contextlib
import json
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mithaq.tlog import decode_proof
from tests.conformance.foreign import ForeignVerifier, Proofs

MITHAQ = str(Path(sys.executable).parent / "mithaq")
PUBLISHED = 300  # with the log's first entry more than one full tile


def mithaq(*words: str | Path) -> str:
    done = subprocess.run([MITHAQ, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def note(number: int) -> dict[str, Any]:
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{uuid.uuid5(uuid.NAMESPACE_OID, str(number))}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "content": f"EXERCISE note {number}",
        "object_refs": [f"identity--{uuid.uuid5(uuid.NAMESPACE_OID, 'author')}"],
    }


class Made(NamedTuple):
    """A node's folder, where it would be served, its log's key, and proofs of some of its records."""

    folder: Path
    url: str
    vkey: str
    proofs: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("node")
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    mithaq("init", place / "node", "--name", "dara", "--port", str(port))
    objects = [note(number) for number in range(PUBLISHED)]
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}
    (place / "bundle.json").write_text(json.dumps(bundle))
    mithaq("import", place / "node", place / "bundle.json")
    proofs = Proofs()
    for number in (0, 255, PUBLISHED - 1):
        proof = decode_proof(mithaq("log", "prove", place / "node", objects[number]["id"]).encode())
        proofs.add_inclusion(proof.index, proof.hashes)
    vkey = mithaq("log", "vkey", place / "node").strip()
    return Made(place / "node", f"http://127.0.0.1:{port}/log/", vkey, proofs.write(place / "proofs.json"))


@contextlib.contextmanager
def served(made: Made, *options: str) -> Iterator[None]:
    with (made.folder.parent / "served.log").open("w") as log:
        process = subprocess.Popen([MITHAQ, "serve", made.folder, *options], stdout=subprocess.PIPE, stderr=log)
        with process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline(), (made.folder.parent / "served.log").read_text()
                yield
            finally:
                process.terminate()


def test_a_served_log_is_accepted(foreign_verifier: ForeignVerifier, made: Made) -> None:
    created = mithaq("token", "create", made.folder, "--name", "foreign", "--role", "auditor", "--json")
    token = json.loads(created)["token"]
    with served(made):
        verdict = foreign_verifier.judge_served(made.url, made.vkey, token, made.proofs)
        assert verdict.words.startswith(f"accepted: {PUBLISHED + 1} entries, ")
        assert verdict.words.endswith(" 3 inclusion and 0 consistency proofs")
        without = foreign_verifier.judge_served(made.url, made.vkey)
        assert without.words == "refused: tile/entries/000: status 401 Unauthorized"
    with served(made, "--public-log"):
        assert foreign_verifier.judge_served(made.url, made.vkey, "", made.proofs).accepted


def test_an_exported_log_is_accepted(foreign_verifier: ForeignVerifier, made: Made, tmp_path: Path) -> None:
    mithaq("log", "export", made.folder, "--output", tmp_path / "log.tar")
    subprocess.run(["/bin/tar", "--extract", "--file=log.tar"], cwd=tmp_path, check=True)
    verdict = foreign_verifier.judge_folder(tmp_path, made.vkey, made.proofs)
    assert verdict.words.startswith(f"accepted: {PUBLISHED + 1} entries, ")
