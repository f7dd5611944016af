"""The golden vectors of Mithaq's own formats (`golden.json`, explained in `docs/vectors.md`).

Each value is computed twice from the inputs: by the product, and here by hashlib, json and plain arithmetic alone, so
that the file, the product and this reading of the specification must be wrong alike to pass.
"""

import base64
import json
import tomllib
import uuid
from datetime import UTC, datetime
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mithaq.errors import Malformed, Untrusted
from mithaq.model import (
    EXTENSION,
    Keys,
    Release,
    VerifiedCharter,
    adopt_charter,
    charter_signer_name,
    commit,
    decode_charter,
    decode_json,
    decode_receipt,
    decode_record,
    decode_time,
    encode_canonical,
    encode_charter,
    follow_charters,
    identity_of,
    pack_proof,
    prove_holding,
    seal_record,
    verify_charter,
    verify_genuine,
    verify_held,
)
from mithaq.model.charter import witness_name
from mithaq.tlog import (
    ENTRIES,
    Checkpoint,
    SignatureType,
    Signer,
    Tile,
    add_signatures,
    append,
    consistency_proof,
    cosign_checkpoint,
    decode_checkpoint,
    decode_note,
    decode_vkey,
    encode_entry_bundle,
    encode_vkey,
    hash_leaf,
    hash_leaves,
    inclusion_proof,
    root_hash,
    sign_checkpoint,
    sign_note,
    split_hashes,
    tile_path,
    tile_reader,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
    verify_note,
)
from mithaq.tlog.cosignature import ed25519_message, mldsa44_message

GOLDEN: Any = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))
OWNERS = list(GOLDEN["seeds"])
CHARTERS = GOLDEN["charters"]
NOTES = [each["note"].encode() for each in CHARTERS]
RECORDS = GOLDEN["records"]
LOG = GOLDEN["log"]
RECEIPT = GOLDEN["receipt"]
COSIGNATURES = GOLDEN["cosignatures"]
ALL_RECORDS = [("dara", each) for each in RECORDS] + [("sarib", each) for each in RECEIPT["records"]]


# The same by hand: nothing in this part calls the product.


def tree(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha256(b"\1" + tree(entries[:k]) + tree(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(entries) == 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m < k:
        return [*path(m, entries[:k]), tree(entries[k:])]
    return [*path(m - k, entries[k:]), tree(entries[:k])]


def subproof(m: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if m == len(entries):
        return [] if whole else [tree(entries)]
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m <= k:
        return [*subproof(m, entries[:k], whole), tree(entries[k:])]
    return [*subproof(m - k, entries[k:], False), tree(entries[:k])]


def jcs(value: Any) -> str:
    """RFC 8785 for values whose fractions Python and ECMAScript write alike."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(name)}:{jcs(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    """The key id of signed-note."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def vkey(name: str, kind: int, public_key: bytes) -> str:
    """The verifier key of signed-note."""
    encoded = base64.b64encode(bytes([kind]) + public_key).decode()
    return f"{name}+{key_id(name, kind, public_key).hex()}+{encoded}"


def lines_of(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Text of a note, and name, key id and signature of each line."""
    text, _, tail = note.rpartition("\n\n")
    lines = []
    for line in tail.splitlines():
        dash, name, encoded = line.split(" ")
        assert dash == "\u2014"
        data = base64.b64decode(encoded, validate=True)
        lines.append((name, data[:4], data[4:]))
    return text + "\n", lines


def public_key(owner: str, purpose: str) -> bytes:
    """A public key as the file states it."""
    return base64.b64decode(GOLDEN["public_keys_base64"][owner][purpose], validate=True)


def uuid5(name: str) -> str:
    """UUIDv5 in the URL namespace (RFC 9562 section 5.5 and 6.6)."""
    namespace = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")
    digest = bytearray(sha1(namespace + name.encode()).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


COMMITMENTS = [sha256(b"mithaq/v1/record\n" + each["canonical"].encode()).digest() for each in RECORDS]


PRIVATE_KEYS: dict[str, Any] = {
    "seal": X25519PrivateKey.from_private_bytes,
    "witness_mldsa44": MLDSA44PrivateKey.from_seed_bytes,
}


def test_keys_by_hand() -> None:
    for owner in OWNERS:
        for purpose, text in GOLDEN["seeds"][owner].items():
            seed = bytes.fromhex(text)
            assert seed == sha256(f"mithaq golden vectors/{owner}/{purpose}".encode()).digest()
            made = PRIVATE_KEYS.get(purpose, Ed25519PrivateKey.from_private_bytes)(seed)
            assert made.public_key().public_bytes_raw() == public_key(owner, purpose)
    prefix = GOLDEN["alliance"][:16]
    for owner in OWNERS:
        log, witness = GOLDEN["keys"]["log"][owner], GOLDEN["keys"]["witness"][owner]
        assert log["origin"] == f"{owner}.example/mithaq/{prefix}/{owner}/1"
        assert log["vkey"] == vkey(log["origin"], 1, public_key(owner, "log"))
        assert witness["name"] == f"{owner}.example/mithaq/{prefix}/{owner}/witness"
        vkeys = [vkey(witness["name"], 4, public_key(owner, "witness"))]
        if "witness_mldsa44" in GOLDEN["seeds"][owner]:
            vkeys.append(vkey(witness["name"], 6, public_key(owner, "witness_mldsa44")))
        assert witness["vkeys"] == vkeys
    for owner, text in GOLDEN["keys"]["charter"].items():
        assert text == vkey(f"{owner}.example/mithaq/charter/{owner}", 1, public_key(owner, "charter"))


def test_names_by_hand() -> None:
    assert GOLDEN["names"]["extension"] == "extension-definition--" + uuid5("mithaq/v1")
    for owner, identity in GOLDEN["names"]["identities"].items():
        assert identity == "identity--" + uuid5(f"mithaq/v1/identity/{owner}.example")


def test_charters_by_hand() -> None:
    for number, each in enumerate(CHARTERS):
        text, lines = lines_of(each["note"])
        assert text == each["text"]
        assert each["digest"] == sha256(text.encode()).hexdigest()
        for owner, (name, number_of_key, signature) in zip(each["signers"], lines, strict=True):
            public = public_key(owner, "charter")
            assert (name, number_of_key) == (f"{owner}.example/mithaq/charter/{owner}", key_id(name, 1, public))
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
        value = tomllib.loads(text)
        assert value["version"] == number + 1
        assert value.get("previous") == (CHARTERS[number - 1]["digest"] if number else None)
        for one in value["members"] + value.get("partners", []):
            assert {purpose: base64.b64decode(key) for purpose, key in one["keys"].items()} == {
                purpose: public_key(one["id"], purpose) for purpose in GOLDEN["seeds"][one["id"]]
            }
            assert one["identity"] == GOLDEN["names"]["identities"][one["id"]]
    first = tomllib.loads(CHARTERS[0]["text"])
    assert [one["id"] for one in first["members"]] == CHARTERS[0]["signers"] == ["dara", "sarib"]
    assert [one["id"] for one in first["partners"]] == ["relief"]
    assert first["groups"] == {"rescue": ["relief", "sarib"]}
    assert first["rotation"] == {"order": ["sarib", "dara"], "months": 12, "zone": "Asia/Almaty"}
    assert GOLDEN["alliance"] == CHARTERS[0]["digest"]


@pytest.mark.parametrize(("owner", "each"), ALL_RECORDS)
def test_records_by_hand(owner: str, each: Any) -> None:
    value = {"v": 1, "object": json.loads(each["object_text"]), "release": each["release"]}
    body = jcs(value).encode()
    assert body == each["canonical"].encode()
    commitment = sha256(b"mithaq/v1/record\n" + body).digest()
    assert each["commitment"] == commitment.hex()
    assert each["leaf_hash"] == sha256(b"\0" + commitment).hexdigest()
    release = each["release"]
    assert release["alliance"] == GOLDEN["alliance"]
    assert release["charter"] in [charter["digest"] for charter in CHARTERS]
    assert (release["author"], release["log"]) == (owner, GOLDEN["keys"]["log"][owner]["origin"])
    assert release["audience"] == sorted(set(release["audience"]))


def test_records_use_every_member_of_a_release() -> None:
    """What no vector shows is not fixed."""
    names = set().union(*(each["release"] for _, each in ALL_RECORDS))
    assert names == set(Release.__struct_fields__)
    first, again = RECORDS[1], RECORDS[4]
    assert again["release"]["restates"] == first["commitment"]
    assert again["object_text"] == first["object_text"]
    # The text is not canonical, so that it takes every rule of RFC 8785 to get at the bytes.
    assert first["object_text"] != jcs(json.loads(first["object_text"]))
    assert "\ufb33" in first["canonical"].partition("\U0001f600")[2]


def test_log_by_hand() -> None:
    size = LOG["size"]
    assert [each["commitment"] for each in RECORDS] == [each.hex() for each in COMMITMENTS]
    assert LOG["roots"] == [tree(COMMITMENTS[:n]).hex() for n in range(size + 1)]
    assert LOG["root"] == LOG["roots"][size]
    for each in LOG["inclusion"]:
        assert each["proof"] == [one.hex() for one in path(each["index"], COMMITMENTS)]
    for each in LOG["consistency"]:
        expected = subproof(each["old"], COMMITMENTS, True) if each["old"] else []
        assert (each["new"], each["proof"]) == (size, [one.hex() for one in expected])
    leaves = b"".join(sha256(b"\0" + entry).digest() for entry in COMMITMENTS)
    assert LOG["tile"] == {"path": f"tile/0/000.p/{size}", "bytes": leaves.hex()}
    bundle = b"".join(b"\0\x20" + entry for entry in COMMITMENTS)
    assert LOG["entry_bundle"] == {"path": f"tile/entries/000.p/{size}", "bytes": bundle.hex()}


def test_log_of_300_by_hand() -> None:
    entries = [sha256(str(number).encode()).digest() for number in range(300)]
    leaves = [sha256(b"\0" + entry).digest() for entry in entries]
    assert GOLDEN["log_of_300"]["root"] == tree(entries).hex()
    resources = {
        "tile/entries/000": b"".join(b"\0\x20" + entry for entry in entries[:256]),
        "tile/entries/001.p/44": b"".join(b"\0\x20" + entry for entry in entries[256:]),
        "tile/0/000": b"".join(leaves[:256]),
        "tile/0/001.p/44": b"".join(leaves[256:]),
        "tile/1/000.p/1": tree(entries[:256]),
    }
    assert {each["path"]: each["sha256"] for each in GOLDEN["log_of_300"]["resources"]} == {
        name: sha256(data).hexdigest() for name, data in resources.items()
    }


def test_checkpoint_and_cosignatures_by_hand() -> None:
    root = base64.b64encode(bytes.fromhex(LOG["root"])).decode()
    text = f"{LOG['origin']}\n{LOG['size']}\n{root}\n"
    assert GOLDEN["checkpoint"]["text"] == text
    signed_text, [(name, number_of_key, signature)] = lines_of(GOLDEN["checkpoint"]["note"])
    assert (signed_text, name) == (text, LOG["origin"])
    assert number_of_key == key_id(name, 1, public_key("dara", "log"))
    # Ed25519 is deterministic (RFC 8032): the log's signature has no other value.
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(GOLDEN["seeds"]["dara"]["log"]))
    assert signature == private.sign(text.encode())
    for each in COSIGNATURES:
        owner, time = each["witness"], each["time"]
        cosigner = f"{owner}.example/mithaq/{GOLDEN['alliance'][:16]}/{owner}/witness"
        _, [(line_name, line_id, data)] = lines_of(f"text\n\n{each['line']}\n")
        assert (line_name, data[:8]) == (cosigner, time.to_bytes(8, "big"))
        message = bytes.fromhex(each["message"])
        assert each["message_sha256"] == sha256(message).hexdigest()
        if base64.b64decode(each["vkey"].split("+", 2)[2])[0] == 6:
            parts = [b"subtree/v1\n\0", bytes([len(cosigner)]), cosigner.encode(), time.to_bytes(8, "big")]
            parts += [bytes([len(LOG["origin"])]), LOG["origin"].encode(), bytes(8), LOG["size"].to_bytes(8, "big")]
            assert message == b"".join([*parts, bytes.fromhex(LOG["root"])])
            public = public_key(owner, "witness_mldsa44")
            assert line_id == key_id(cosigner, 6, public)
            MLDSA44PublicKey.from_public_bytes(public).verify(data[8:], message)
        else:
            assert message == f"cosignature/v1\ntime {time}\n{text}".encode()
            private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(GOLDEN["seeds"][owner]["witness"]))
            assert line_id == key_id(cosigner, 4, public_key(owner, "witness"))
            assert data[8:] == private.sign(message)
    lines = "".join(f"{each['line']}\n" for each in COSIGNATURES)
    assert GOLDEN["cosigned_checkpoint"] == GOLDEN["checkpoint"]["note"] + lines


def test_proofs_and_receipt_by_hand() -> None:
    for each in GOLDEN["proofs"]:
        index = each["index"]
        hashes = [base64.b64encode(one).decode() for one in path(index, COMMITMENTS)]
        extra = base64.b64encode(RECORDS[index]["canonical"].encode()).decode()
        head = ["c2sp.org/tlog-proof@v1", f"extra {extra}", f"index {index}", *hashes, ""]
        assert each["tlog_proof"] == "\n".join(head) + "\n" + GOLDEN["cosigned_checkpoint"]
    for each in RECEIPT["held"]:
        body = RECORDS[each["index"]]["canonical"].encode()
        assert each["p"] == sha256(b"mithaq/v1/held\nsarib\n" + body).hexdigest()
    value = json.loads(RECEIPT["records"][-1]["object_text"])
    assert value["type"] == "mithaq-receipt"
    assert (value["log"], value["from"], value["to"], value["root"]) == (LOG["origin"], 0, LOG["size"], LOG["root"])
    assert value["held"] == [[each["index"], each["p"]] for each in RECEIPT["held"]]
    # It holds what is addressed to it, and no more.
    assert [each["index"] for each in RECEIPT["held"]] == [
        each["index"] for each in RECORDS if "sarib" in each["release"]["audience"]
    ]
    assert value["purged"] == []


# The same by the product.


def seed(owner: str, purpose: str) -> bytes:
    """The seed of a key."""
    return bytes.fromhex(GOLDEN["seeds"][owner][purpose])


def charters() -> list[VerifiedCharter]:
    """Both versions, verified."""
    first = verify_charter(NOTES[0])
    return [first, verify_charter(NOTES[1], first)]


def charter_signer(owner: str) -> Signer:
    """Who signs charters for a member."""
    name = charter_signer_name(f"{owner}.example", owner)
    return Signer.from_seed(name, SignatureType.ED25519, seed(owner, "charter"))


def log_signer(owner: str) -> Signer:
    """Who signs an organisation's checkpoints."""
    return Signer.from_seed(charters()[1].origin(owner), SignatureType.ED25519, seed(owner, "log"))


def witness(owner: str, kind: SignatureType) -> Signer:
    """Who cosigns for a member."""
    purpose = "witness_mldsa44" if kind is SignatureType.COSIGNATURE_MLDSA44 else "witness"
    return Signer.from_seed(witness_name(f"{owner}.example", GOLDEN["alliance"], owner), kind, seed(owner, purpose))


def test_charters() -> None:
    verified = charters()
    for each, charter in zip(CHARTERS, verified, strict=True):
        assert (charter.alliance, charter.digest) == (GOLDEN["alliance"], each["digest"])
        assert encode_charter(decode_charter(each["text"].encode())) == each["text"].encode() == charter.text
        signers = [charter_signer(owner) for owner in each["signers"]]
        assert sign_note(charter.text, *signers) == each["note"].encode()
        for signer in signers:
            assert encode_vkey(signer.key) in GOLDEN["keys"]["charter"].values()
    assert follow_charters(NOTES) == verified[1]
    for owner in OWNERS:
        organisation = verified[1].organisations[owner]
        assert organisation.keys == Keys(**{purpose: public_key(owner, purpose) for purpose in GOLDEN["seeds"][owner]})
        assert organisation.identity == identity_of(f"{owner}.example") == GOLDEN["names"]["identities"][owner]
        assert verified[1].origin(owner) == GOLDEN["keys"]["log"][owner]["origin"]
        assert encode_vkey(verified[1].log_key(owner)) == GOLDEN["keys"]["log"][owner]["vkey"]
        vkeys = GOLDEN["keys"]["witness"][owner]["vkeys"]
        assert [encode_vkey(key) for key in verified[1].witness_keys(owner)] == vkeys
        assert tuple(map(decode_vkey, vkeys)) == verified[1].witness_keys(owner)
    assert GOLDEN["names"]["extension"] == EXTENSION


@pytest.mark.parametrize(("owner", "each"), ALL_RECORDS)
def test_records(owner: str, each: Any) -> None:
    canonical = encode_canonical(decode_json(each["object_text"].encode()))
    release = msgspec.convert(each["release"], Release)
    record = seal_record(canonical, release)
    assert record.body == each["canonical"].encode()
    assert record.commitment.hex() == commit(record.body).hex() == each["commitment"]
    assert hash_leaf(record.commitment).hex() == each["leaf_hash"]
    again = decode_record(each["canonical"].encode())
    assert (again, again.release, again.object) == (record, release, json.loads(each["object_text"]))
    assert owner == release.author


@pytest.mark.parametrize(("owner", "each"), [one for one in ALL_RECORDS if "charter-adopted" in one[1]["canonical"]])
def test_charter_adoption(owner: str, each: Any) -> None:
    value = json.loads(each["object_text"])
    unique = uuid.UUID(value["id"].rpartition("--")[2])
    now: datetime = decode_time(value["created"])
    assert now.tzinfo is UTC
    digest, author = CHARTERS[value["version"] - 1]["digest"], identity_of(f"{owner}.example")
    assert value == adopt_charter(value["version"], digest, author=author, unique=unique, now=now)
    assert each["release"]["charter"] == digest


def test_log() -> None:
    entries = [bytes.fromhex(each["commitment"]) for each in RECORDS]
    grown = append(0, entries, tile_reader({}))
    assert (grown.size, grown.root.hex()) == (LOG["size"], LOG["root"])
    leaves = hash_leaves(entries)
    roots = [root_hash(leaves[: 32 * size]) for size in range(grown.size + 1)]
    assert [root.hex() for root in roots] == LOG["roots"]
    read_tile = tile_reader({(tile.level, tile.index): data for tile, data in grown.tiles.items()})
    for each in LOG["inclusion"]:
        index, proof = each["index"], [bytes.fromhex(one) for one in each["proof"]]
        assert inclusion_proof(index, grown.size, read_tile) == proof
        verify_inclusion(hash_leaf(entries[index]), index, grown.size, proof, grown.root)
    for each in LOG["consistency"]:
        old, proof = each["old"], [bytes.fromhex(one) for one in each["proof"]]
        assert consistency_proof(old, grown.size, read_tile) == proof
        verify_consistency(old, roots[old], grown.size, grown.root, proof)
    assert LOG["tile"]["path"] == tile_path(Tile(0, 0, grown.size))
    assert LOG["tile"]["bytes"] == grown.tiles[Tile(0, 0, grown.size)].hex()
    assert LOG["entry_bundle"]["path"] == tile_path(Tile(ENTRIES, 0, grown.size))
    assert LOG["entry_bundle"]["bytes"] == encode_entry_bundle(entries).hex()


def test_log_of_300() -> None:
    grown = append(0, [sha256(str(number).encode()).digest() for number in range(300)], tile_reader({}))
    assert grown.root.hex() == GOLDEN["log_of_300"]["root"]
    assert {each["path"]: each["sha256"] for each in GOLDEN["log_of_300"]["resources"]} == {
        tile_path(tile): sha256(encode_entry_bundle(split_hashes(data)) if tile.level == ENTRIES else data).hexdigest()
        for tile, data in grown.tiles.items()
    }


def test_checkpoint_and_cosignatures() -> None:
    checkpoint = Checkpoint(LOG["origin"], LOG["size"], bytes.fromhex(LOG["root"]))
    note = GOLDEN["checkpoint"]["note"].encode()
    assert decode_checkpoint(GOLDEN["checkpoint"]["text"].encode()) == checkpoint
    assert sign_checkpoint(checkpoint, log_signer("dara")) == note
    assert verify_checkpoint(note, LOG["origin"], log_signer("dara").key) == checkpoint
    for each in COSIGNATURES:
        key = decode_vkey(each["vkey"])
        signer = witness(each["witness"], key.type)
        assert signer.key == key
        text, message = GOLDEN["checkpoint"]["text"].encode(), bytes.fromhex(each["message"])
        if key.type is SignatureType.COSIGNATURE_MLDSA44:
            assert mldsa44_message(text, each["time"], key.name) == message
        else:
            assert ed25519_message(text, each["time"]) == message
            signature = cosign_checkpoint(checkpoint, signer, each["time"])
            assert add_signatures(note, [signature]) == note + each["line"].encode() + b"\n"
    cosigned = GOLDEN["cosigned_checkpoint"].encode()
    found = verify_note(decode_note(cosigned), [decode_vkey(each["vkey"]) for each in COSIGNATURES])
    assert [(encode_vkey(each.key), each.time) for each in found] == [
        (each["vkey"], each["time"]) for each in COSIGNATURES
    ]
    assert add_signatures(note, decode_note(cosigned).signatures) == cosigned


def test_proofs() -> None:
    read_tile = tile_reader({(0, 0): bytes.fromhex(LOG["tile"]["bytes"])})
    for each, (witnesses, quorum) in zip(GOLDEN["proofs"], [(1, 1), (2, 2)], strict=True):
        index, data = each["index"], each["tlog_proof"].encode()
        hashes = inclusion_proof(index, LOG["size"], read_tile)
        cosigned = GOLDEN["cosigned_checkpoint"].encode()
        assert pack_proof(index, hashes, cosigned, RECORDS[index]["canonical"].encode()) == data
        genuine = verify_genuine(data, NOTES)
        assert genuine.record == decode_record(RECORDS[index]["canonical"].encode())
        assert (genuine.index, genuine.witnesses, genuine.quorum) == (index, witnesses, quorum)


def test_receipt() -> None:
    for each in RECEIPT["held"]:
        assert prove_holding("sarib", RECORDS[each["index"]]["canonical"].encode()) == each["p"]
    records = [decode_record(each["canonical"].encode()) for each in RECEIPT["records"]]
    receipt = decode_receipt(records[-1].object)
    assert receipt.held == tuple((each["index"], each["p"]) for each in RECEIPT["held"])
    assert (receipt.log, receipt.begin, receipt.end, receipt.root) == (LOG["origin"], 0, LOG["size"], LOG["root"])
    grown = append(0, [record.commitment for record in records], tile_reader({}))
    rows = {(tile.level, tile.index): data for tile, data in grown.tiles.items()}
    checkpoint = Checkpoint(charters()[1].origin("sarib"), grown.size, grown.root)
    signatures = [
        cosign_checkpoint(checkpoint, witness(owner, SignatureType.COSIGNATURE_ED25519), RECEIPT["cosigned_at"])
        for owner in ("dara", "kolm")
    ]
    cosigned = add_signatures(sign_checkpoint(checkpoint, log_signer("sarib")), signatures)
    assert cosigned == RECEIPT["cosigned_checkpoint"].encode()
    data = pack_proof(2, inclusion_proof(2, grown.size, tile_reader(rows)), cosigned, records[2].body)
    assert data == RECEIPT["tlog_proof"].encode()
    for each in GOLDEN["proofs"]:
        assert verify_held(verify_genuine(each["tlog_proof"].encode(), NOTES), verify_genuine(data, NOTES)) == "sarib"


def test_a_changed_proof_is_not_genuine() -> None:
    data = GOLDEN["proofs"][1]["tlog_proof"].encode()
    signed = data.rindex(b"\n\n") + 1
    assert verify_genuine(data, NOTES).index == 4
    # One bit of every ninth byte before the signature lines, another one each time.
    for at in range(0, signed, 9):
        changed = data[:at] + bytes([data[at] ^ 1 << at % 7]) + data[at + 1 :]
        with pytest.raises((Malformed, Untrusted)):
            verify_genuine(changed, NOTES)
    for charter in NOTES:
        with pytest.raises(Untrusted):
            verify_genuine(data, [charter])
