"""Go's `golang.org/x/mod/sumdb` accepts logs that `mithaq.tlog` makes, and refuses them once they are tampered with.

The same program verifies a served log: `ForeignVerifier.judge_served`.
"""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from mithaq.tlog import (
    ENTRIES,
    Checkpoint,
    SignatureType,
    Signer,
    add_signatures,
    append,
    consistency_proof,
    cosign_checkpoint,
    encode_entry_bundle,
    encode_vkey,
    hash_leaves,
    inclusion_proof,
    root_hash,
    sign_checkpoint,
    split_hashes,
    tile_path,
    tile_reader,
)
from tests.conformance.foreign import ForeignVerifier, Proofs, encoded

ROOT = Path(__file__).parents[2]
ORIGIN = "log.example/mithaq/a1"
LOG = Signer.from_seed(ORIGIN, SignatureType.ED25519, b"l" * 32)
OTHER = Signer.from_seed(ORIGIN, SignatureType.ED25519, b"o" * 32)
WITNESSES = [
    Signer.from_seed("w.example/witness", SignatureType.COSIGNATURE_ED25519, b"w" * 32),
    Signer.from_seed("w.example/witness", SignatureType.COSIGNATURE_MLDSA44, b"q" * 32),
]
VKEY = encode_vkey(LOG.key)
SIZES = (1, 2, 255, 256, 257, 1000, 70_000)


def written(folder: Path, size: int, signer: Signer = LOG) -> Proofs:
    """Writes a log of `size` entries as a web server would show it, in two steps; returns proofs of many kinds."""
    entries = [number.to_bytes(32, "big") for number in range(size)]
    rows: dict[tuple[int, int], bytes] = {}
    for first, end in ((0, size // 3), (size // 3, size)):
        grown = append(first, entries[first:end], tile_reader(rows))
        for tile, data in grown.tiles.items():
            rows[tile.level, tile.index] = data
            path = folder / tile_path(tile)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_entry_bundle(split_hashes(data)) if tile.level == ENTRIES else data)
    checkpoint = Checkpoint(ORIGIN, size, grown.root)
    cosignatures = [cosign_checkpoint(checkpoint, witness, 1_700_000_000) for witness in WITNESSES]
    (folder / "checkpoint").write_bytes(add_signatures(sign_checkpoint(checkpoint, signer), cosignatures))
    proofs, leaf_hashes = Proofs(), hash_leaves(entries)
    borders = {0, 1, 2, 3, 127, 128, 254, 255, 256, 257, 999, 65_535, 65_536, size // 3, size // 2, size - 2, size - 1}
    for index in sorted(border for border in borders if 0 <= border < size):
        proofs.add_inclusion(index, inclusion_proof(index, size, tile_reader(rows)))
        # The old root is computed from the leaf hashes, without tiles.
        old = index + 1
        proofs.add_consistency(old, root_hash(leaf_hashes[: old * 32]), consistency_proof(old, size, tile_reader(rows)))
    return proofs


@pytest.mark.parametrize("size", SIZES)
def test_our_logs_are_accepted(foreign_verifier: ForeignVerifier, tmp_path: Path, size: int) -> None:
    proofs = written(tmp_path, size)
    assert len(proofs.inclusion) >= min(size, 9)
    count = f"{len(proofs.inclusion)} inclusion and {len(proofs.consistency)} consistency proofs"
    verdict = foreign_verifier.judge_folder(tmp_path, VKEY, proofs.write(tmp_path / "proofs.json"))
    root = (tmp_path / "checkpoint").read_text().split("\n")[2]
    assert verdict.words == f"accepted: {size} entries, root hash {root}, {count}"
    assert verdict.accepted


# Tampering: what is changed in a log of 1000 entries, and what the refusal must speak of.


def in_file(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path, Proofs], None]:
    def tamper(folder: Path, _: Proofs) -> None:
        path = folder / name
        data = path.read_bytes()
        changed = change(data)
        assert changed != data
        path.write_bytes(changed)

    return tamper


def flip(at: int) -> Callable[[bytes], bytes]:
    """Changes the lowest bit of one byte."""
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + (data[at + 1 :] if at != -1 else b"")


def in_inclusion(number: int, part: str, value: object) -> Callable[[Path, Proofs], None]:
    return lambda _, proofs: proofs.inclusion[number].update({part: value})


def in_consistency(number: int, part: str, value: object) -> Callable[[Path, Proofs], None]:
    return lambda _, proofs: proofs.consistency[number].update({part: value})


def flipped_hash(kind: str, number: int, at: int) -> Callable[[Path, Proofs], None]:
    """Changes a character of one hash in one proof; the last characters of base64 are left alone."""

    def tamper(_: Path, proofs: Proofs) -> None:
        hashes = getattr(proofs, kind)[number]["hashes"]
        hashes[at] = ("B" if hashes[at][0] == "A" else "A") + hashes[at][1:]

    return tamper


def other_signer(folder: Path, _: Proofs) -> None:
    """The same log, signed with another key under the same name."""
    written(folder, 1000, OTHER)


TAMPERINGS: dict[str, tuple[Callable[[Path, Proofs], None], str]] = {
    "size": (in_file("checkpoint", lambda data: data.replace(b"\n1000\n", b"\n1001\n")), "invalid signature"),
    "root": (in_file("checkpoint", flip(len(ORIGIN) + 8)), "invalid signature"),
    "origin": (in_file("checkpoint", flip(3)), "invalid signature"),
    "unsigned": (
        in_file("checkpoint", lambda data: data.replace(f"\n— {ORIGIN}".encode(), "\n— b".encode())),
        "no verifiable signatures",
    ),
    "other signer": (other_signer, "no verifiable signatures"),
    "extension": (in_file("checkpoint", lambda data: data.replace(b"\n\n", b"\nmore\n\n", 1)), "invalid signature"),
    "first entry": (in_file("tile/entries/000", flip(2)), "entries do not have the checkpoint's root"),
    "last entry": (in_file("tile/entries/003.p/232", flip(-1)), "entries do not have the checkpoint's root"),
    "entry cut": (in_file("tile/entries/002", lambda data: data[:-1]), "tile/entries/002 ends too early"),
    "entry more": (in_file("tile/entries/002", lambda data: data + b"\0\0"), "tile/entries/002 goes on"),
    "no bundle": (lambda folder, _: (folder / "tile/entries/001").unlink(), "tile/entries/001"),
    "entries swapped": (
        in_file("tile/entries/001", lambda data: data[34:68] + data[:34] + data[68:]),
        "entries do not have the checkpoint's root",
    ),
    "leaf hash": (in_file("tile/0/001", flip(0)), "tile/0/001 is not what"),
    "last leaf hash": (in_file("tile/0/003.p/232", flip(-1)), "tile/0/003.p/232 is not what"),
    "upper hash": (in_file("tile/1/000.p/3", flip(40)), "tile/1/000.p/3 is not what"),
    "tile cut": (in_file("tile/0/002", lambda data: data[:-32]), "tile/0/002 has 8160 bytes"),
    "inclusion hash": (flipped_hash("inclusion", 0, 0), "inclusion of entry 0: invalid"),
    "inclusion top hash": (flipped_hash("inclusion", -1, -1), "inclusion of entry 999: invalid"),
    "inclusion index": (in_inclusion(0, "index", 5), "inclusion of entry 5: invalid"),
    "inclusion beyond": (in_inclusion(0, "index", 1000), "no entry 1000"),
    "inclusion empty": (in_inclusion(0, "hashes", []), "inclusion of entry 0: invalid"),
    "inclusion longer": (in_inclusion(0, "hashes", encoded([bytes(32)] * 11)), "inclusion of entry 0: invalid"),
    "consistency hash": (flipped_hash("consistency", 3, 2), "consistency from size 4: invalid"),
    "consistency old root": (in_consistency(3, "root", encoded([bytes(32)])[0]), "consistency from size 4: invalid"),
    "consistency old size": (in_consistency(3, "size", 8), "consistency from size 8: invalid"),
    "consistency empty": (in_consistency(3, "hashes", []), "consistency from size 4: invalid"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_tampered_log_is_refused(foreign_verifier: ForeignVerifier, tmp_path: Path, what: str) -> None:
    proofs = written(tmp_path, 1000)
    tamper, reason = TAMPERINGS[what]
    tamper(tmp_path, proofs)
    verdict = foreign_verifier.judge_folder(tmp_path, VKEY, proofs.write(tmp_path / "proofs.json"))
    assert not verdict.accepted
    assert verdict.words.startswith("refused: ")
    assert reason in verdict.words


# Served


class LogServer(http.server.SimpleHTTPRequestHandler):
    """Serves a folder below /log/; all but the checkpoint wants the token."""

    def do_GET(self) -> None:
        allowed = self.path == "/log/checkpoint" or self.headers["Authorization"] == "Bearer mq_test"
        if not allowed or not self.path.startswith("/log/"):
            self.send_error(HTTPStatus.UNAUTHORIZED if not allowed else HTTPStatus.NOT_FOUND)
            return
        self.path = self.path.removeprefix("/log")
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    answer = functools.partial(LogServer, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/log/"
        server.shutdown()
        thread.join()


def test_a_served_log_is_verified_with_a_token(foreign_verifier: ForeignVerifier, tmp_path: Path, served: str) -> None:
    proofs = written(tmp_path, 1000).write(tmp_path / "proofs.json")
    assert foreign_verifier.judge_served(served, VKEY, "mq_test", proofs).accepted
    for token in ("", "wrong"):
        verdict = foreign_verifier.judge_served(served, VKEY, token, proofs)
        assert verdict.words == "refused: tile/entries/000: status 401 Unauthorized"


@pytest.mark.parametrize(("required", "outcome"), [("0", f"{len(SIZES)} skipped"), ("1", f"{len(SIZES)} errors")])
def test_without_go_the_tests_skip_in_one_line_or_fail(tmp_path: Path, required: str, outcome: str) -> None:
    words = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "-k", "our_logs"]
    done = subprocess.run(
        [*words, str(Path(__file__))],
        cwd=ROOT,
        env=os.environ | {"PATH": str(tmp_path), "REQUIRE_FOREIGN": required},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout
    assert required == "1" or done.stdout.count("no Go with golang.org/x/mod") == 1
