"""The served log as a foreign client of C2SP tlog-tiles sees it: Go's `golang.org/x/mod/sumdb` over real HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mithaq.model import verify_genuine
from mithaq.tlog import inclusion_proof, tile_reader, tiles_for_inclusion
from tests.conformance.foreign import ForeignVerifier, Proofs
from tests.serving import MadeNode, ServedNode, indicator, make_node


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeNode:
    return make_node(tmp_path_factory.mktemp("log") / "dara")


@pytest.fixture(scope="module")
def served(made: MadeNode) -> Iterator[ServedNode]:
    """A log of full and partial tiles on two levels, grown in uneven steps."""
    with made.served(workers=2) as served:
        with served.client("analyst") as client:
            for many in (1, 254, 1, 300, 3):
                body = {"objects": [indicator() for _ in range(many)], "to": ["own"]}
                assert client.post("/api/v1/records", json=body).status_code == 201
        yield served


def proofs_of(served: ServedNode, size: int) -> Proofs:
    """Inclusion proofs made of the tiles that are served."""
    proofs = Proofs()
    with served.client("auditor") as client:
        for index in (0, 1, 255, 256, size - 1):
            rows = {}
            for tile in tiles_for_inclusion(index, size):
                width = "" if tile.width == 256 else f".p/{tile.width}"
                rows[tile.level, tile.index] = client.get(f"/log/tile/{tile.level}/{tile.index:03d}{width}").content
            proofs.add_inclusion(index, inclusion_proof(index, size, tile_reader(rows)))
    return proofs


def test_a_foreign_verifier_accepts_the_served_log(
    foreign_verifier: ForeignVerifier, served: ServedNode, tmp_path: Path
) -> None:
    with served.client() as client:
        vkey = client.get("/api/v1/charter").json()["vkey"]
        size = int(client.get("/log/checkpoint").text.split("\n")[1])
    assert size == 560
    proofs = proofs_of(served, size).write(tmp_path / "proofs.json")
    verdict = foreign_verifier.judge_served(f"{served.url}/log/", vkey, served.tokens["auditor"], proofs)
    assert verdict.accepted, verdict.words
    assert verdict.words.startswith(f"accepted: {size} entries")
    for token in ("", "wrong"):
        refused = foreign_verifier.judge_served(f"{served.url}/log/", vkey, token, proofs)
        assert refused.words == "refused: tile/entries/000: status 401 Unauthorized"


def test_a_public_log_needs_no_token(foreign_verifier: ForeignVerifier, tmp_path: Path) -> None:
    with make_node(tmp_path / "dara").served("--public-log") as public:
        with public.client() as client:
            vkey = client.get("/api/v1/charter").json()["vkey"]
            assert client.get("/api/v1/records").status_code == 401  # the log, and nothing else
        assert foreign_verifier.judge_served(f"{public.url}/log/", vkey).accepted


def test_tiles_are_as_the_specification_says(served: ServedNode) -> None:
    with served.client("auditor") as client:
        full, partial = client.get("/log/tile/0/000").content, client.get("/log/tile/0/000.p/7").content
        assert (len(full), partial) == (256 * 32, full[: 7 * 32])
        entries = client.get("/log/tile/entries/002.p/48").content
        assert len(entries) == 48 * 34
        assert entries[:2] == b"\0\x20"
        assert len(client.get("/log/tile/1/000.p/2").content) == 64
        for absent in ("0/002", "0/002.p/49", "0/003", "1/000", "1/000.p/3", "2/000.p/1", "entries/999", "63/000"):
            assert client.get(f"/log/tile/{absent}").status_code == 404, absent
        for wrong in (
            "0/0",
            "0/000.p/256",
            "0/000.p/01",
            "64/000",
            "0/x000/000",
            "data/000",
            "0",
            "0/000/",
            "%30/000x",
        ):
            answer = client.get(f"/log/tile/{wrong}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "tile-path"), wrong


def test_a_proof_may_be_verified_years_later(served: ServedNode) -> None:
    """What one client fetches now stands on its own: the charter, the proof, and nothing else."""
    with served.client("auditor") as client:
        charter = client.get("/api/v1/charter").json()
        page = client.get("/api/v1/records", params={"limit": 3}).json()
        for record in page["records"]:
            proof = client.get(f"/api/v1/records/{record['commitment']}/proof").content
            genuine = verify_genuine(proof, [note.encode() for note in charter["notes"]])
            assert genuine.index == record["index"]
            assert json.dumps(genuine.record.object, sort_keys=True) == json.dumps(record["object"], sort_keys=True)
