"""The log that a node's operator exports and the proofs that `mithaq log prove` gives, judged by Go's own code."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

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


def test_an_exported_log_and_its_proofs_are_accepted(foreign_verifier: ForeignVerifier, tmp_path: Path) -> None:
    node = tmp_path / "node"
    mithaq("init", node, "--name", "dara")
    objects = [note(number) for number in range(PUBLISHED)]
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    mithaq("import", node, tmp_path / "bundle.json")
    proofs = Proofs()
    for number in (0, 255, PUBLISHED - 1):
        proof = decode_proof(mithaq("log", "prove", node, objects[number]["id"]).encode())
        proofs.add_inclusion(proof.index, proof.hashes)
    mithaq("log", "export", node, "--output", tmp_path / "log.tar")
    (tmp_path / "log").mkdir()
    subprocess.run(["/bin/tar", "--extract", "--file=../log.tar"], cwd=tmp_path / "log", check=True)
    vkey = mithaq("log", "vkey", node).strip()
    verdict = foreign_verifier.judge_folder(tmp_path / "log", vkey, proofs.write(tmp_path / "proofs.json"))
    assert verdict.words.startswith(f"accepted: {PUBLISHED + 1} entries, ")
    assert verdict.words.endswith(" 3 inclusion and 0 consistency proofs")
