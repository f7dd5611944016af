"""Trust policies and stand-alone proofs: each rule of the formats, kept and broken."""

from collections.abc import Callable

import pytest

from mithaq.errors import Malformed, Untrusted
from mithaq.tlog import (
    Checkpoint,
    Cosignature,
    Policy,
    PolicyGroup,
    PolicyLog,
    PolicyWitness,
    SignatureType,
    Signer,
    TlogProof,
    VerifierKey,
    add_signatures,
    cosign_checkpoint,
    decode_policy,
    decode_proof,
    encode_policy,
    encode_proof,
    encode_vkey,
    hash_children,
    hash_leaf,
    sign_checkpoint,
    sign_note,
    verify_proof,
)
from mithaq.tlog.policy import MAX_DEFINITIONS, MAX_POLICY_BYTES
from mithaq.tlog.proof import MAX_EXTRA_BYTES

ORIGIN = "log.example/a"
LOG = Signer.from_seed(ORIGIN, SignatureType.ED25519, b"l" * 32)
WITNESSES = {
    name: Signer.from_seed(f"w.example/{name}", SignatureType.COSIGNATURE_ED25519, name.encode() * 16)
    for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")
}
LEAF_HASHES = [hash_leaf(b"one"), hash_leaf(b"two")]
CHECKPOINT = Checkpoint(ORIGIN, 2, hash_children(*LEAF_HASHES))
SIGNED = sign_checkpoint(CHECKPOINT, LOG)

KEYS = {name: encode_vkey(signer.key) for name, signer in WITNESSES.items()}


def cosigned(*names: str) -> bytes:
    return add_signatures(SIGNED, [cosign_checkpoint(CHECKPOINT, WITNESSES[name], 1000) for name in names])


def test_white_space_comments_urls_and_opaque_octets() -> None:
    policy = decode_policy(
        b"\t # a comment with \xff octets\n  \t\n#\n"
        b" log\t \t" + encode_vkey(LOG.key).encode() + b" https://log.example/a \n"
        b"witness \xe2\x84\xaa\xff " + KEYS["X1"].encode() + b" http://\xff\n"
        b"witness K " + KEYS["X2"].encode() + b"\n"
        b"witness # " + KEYS["X3"].encode() + b"\n"
        b"group any any K #\n"
        b"group all all \xe2\x84\xaa\xff\n"
        b"group 1 1 any\n"
        b"quorum 1\n"
        b"witness log " + KEYS["Y1"].encode() + b"\n"
    )
    assert policy.logs[0].url == b"https://log.example/a"
    assert policy.witnesses[0] == PolicyWitness(b"\xe2\x84\xaa\xff", WITNESSES["X1"].key, b"http://\xff")
    assert [group.name for group in policy.groups] == [b"any", b"all", b"1"]
    assert decode_policy(encode_policy(policy)) == policy
    assert len(policy.verify_checkpoint(cosigned("X3")).cosignatures) == 1


W1, W2, W3 = (f"witness {name} {KEYS[name]}\n" for name in ("X1", "X2", "X3"))
L = f"log {encode_vkey(LOG.key)}\n"
SAME_KEY = encode_vkey(VerifierKey("other.example", SignatureType.COSIGNATURE_ED25519, WITNESSES["X1"].key.public_key))
SAME_LOG = encode_vkey(VerifierKey("other.example", SignatureType.COSIGNATURE_ED25519, LOG.key.public_key))


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "policy-quorum-line", 0),
        (L, "policy-quorum-line", 1),
        ("quorum none\nquorum none\n", "policy-quorum-line", 2),
        (W1 + "quorum X1\nquorum none\n", "policy-quorum-line", 3),
        ("quorum none", "policy-malformed", 1),
        ("quorum none\n ", "policy-malformed", 2),
        ("quorum\n", "policy-malformed", 1),
        ("quorum none none\n", "policy-malformed", 1),
        ("Quorum none\n", "policy-malformed", 1),
        ("quorum none\r\n", "policy-malformed", 1),
        ("quorum none\n#\x07\n", "policy-malformed", 2),
        ("quorum none\n#\x7f\n", "policy-malformed", 2),
        ("quorum\x0bnone\n", "policy-malformed", 1),
        ("quorum none # why not\n", "policy-malformed", 1),
        ("log\n", "policy-malformed", 1),
        (L[:-1] + " url more\n", "policy-malformed", 1),
        ("witness X1\n", "policy-malformed", 1),
        (W1[:-1] + " url more\n", "policy-malformed", 1),
        (f"witness X1 {encode_vkey(LOG.key)}\n", "policy-malformed", 1),
        ("log vkey\n", "note-vkey", 1),
        ("\nlog \xff\n", "note-vkey", 2),
        ("witness X1 vkey\n", "note-vkey", 1),
        (L + L, "policy-key-twice", 2),
        (L + f"log {SAME_LOG}\n", "policy-key-twice", 2),
        (W1 + f"witness X9 {SAME_KEY}\n", "policy-key-twice", 2),
        (W1 + W2.replace("X2 ", "X1 ", 1), "policy-defined-twice", 2),
        (W1 + W2 + "group X2 any X1\n", "policy-defined-twice", 3),
        (f"witness none {KEYS['X1']}\n", "policy-defined-twice", 1),
        (W1 + "group none any X1\n", "policy-defined-twice", 2),
        ("quorum X1\n" + W1, "policy-undefined", 1),
        ("quorum X1\n", "policy-undefined", 1),
        (W1 + "group g any X1 X2\n" + W2, "policy-undefined", 2),
        (W1 + "group g any X1 none\n", "policy-undefined", 2),
        (W1 + "group g any X1 g\n", "policy-undefined", 2),
        (W1 + "group g any X1 X1\n", "policy-grouped-twice", 2),
        (W1 + W2 + "group g any X1\ngroup h any X1 X2\n", "policy-grouped-twice", 4),
        (W1 + "group g\n", "policy-malformed", 2),
        (W1 + "group g any\n", "policy-malformed", 2),
        (W1 + "group g all\n", "policy-malformed", 2),
        (W1 + "group g 1\n", "policy-malformed", 2),
        (W1 + "group g ANY X1\n", "policy-malformed", 2),
        (W1 + "group g 01 X1\n", "policy-malformed", 2),
        (W1 + "group g +1 X1\n", "policy-malformed", 2),
        (W1 + "group g -1 X1\n", "policy-malformed", 2),
        (W1 + "group g 1.0 X1\n", "policy-malformed", 2),
        (W1 + "group g 0 X1\n", "policy-threshold", 2),
        (W1 + "group g 2 X1\n", "policy-threshold", 2),
    ],
)
def test_what_is_no_policy(text: str, code: str, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        decode_policy(text.encode("latin-1"))
    assert (caught.value.code, caught.value.place) == (code, f"policy:{line}")


def test_limits_of_policies() -> None:
    keys = [
        VerifierKey(f"w{number}", SignatureType.COSIGNATURE_ED25519, number.to_bytes(32, "big"))
        for number in range(MAX_DEFINITIONS + 1)
    ]
    names = [b"%d" % number for number in range(MAX_DEFINITIONS + 1)]
    witnesses = [PolicyWitness(name, key) for name, key in zip(names, keys, strict=True)]
    full = Policy((), tuple(witnesses[:-1]), (PolicyGroup(b"all", 256, tuple(names[:-1])),), b"all")
    assert decode_policy(encode_policy(full)) == full
    too_many: list[Callable[[], Policy]] = [
        lambda: Policy((), tuple(witnesses), (), b"none"),
        lambda: Policy(tuple(PolicyLog(key) for key in keys), (), (), b"none"),
        lambda: Policy(
            (),
            (witnesses[0],),
            tuple(PolicyGroup(b"g%d" % at, 1, (b"g%d" % (at - 1) if at else names[0],)) for at in range(257)),
            b"none",
        ),
    ]
    for make in too_many:
        with pytest.raises(Malformed) as caught:
            make()
        assert caught.value.code == "policy-too-many"
    comment = b"quorum none\n#" + b" " * (MAX_POLICY_BYTES - 14) + b"\n"
    assert decode_policy(comment).quorum == b"none"
    with pytest.raises(Malformed) as caught:
        decode_policy(comment + b"\n")
    assert caught.value.code == "tlog-too-large"


@pytest.mark.parametrize("name", [b"", b"a b", b"a\n", b"a\tb", b"\x7f", b"\0"])
def test_no_policy_is_made_that_a_file_could_not_say(name: bytes) -> None:
    key = WITNESSES["X1"].key
    unsayable: list[Callable[[], Policy]] = [
        lambda: Policy((), (PolicyWitness(name, key),), (), b"none"),
        lambda: Policy((), (PolicyWitness(b"X1", key, name),), (), b"none"),
        lambda: Policy((PolicyLog(LOG.key, name),), (), (), b"none"),
        lambda: Policy((), (PolicyWitness(b"X1", key),), (PolicyGroup(name, 1, (b"X1",)),), b"none"),
    ]
    for make in unsayable:
        with pytest.raises(Malformed) as caught:
            make()
        assert caught.value.code == "policy-malformed"


def test_a_comment_sign_begins_no_log_url_or_quorum_line() -> None:
    """Words that begin with # are words like others: only a line that begins with one is a comment."""
    policy = decode_policy(f"log {encode_vkey(LOG.key)} #url\nquorum none\n".encode())
    assert policy.logs[0].url == b"#url"


def test_quorum_none_and_no_logs() -> None:
    open_policy = decode_policy(f"{L}{W1}quorum none\n".encode())
    assert open_policy.verify_checkpoint(SIGNED).cosignatures == ()
    assert open_policy.verify_checkpoint(cosigned("X1", "X2")).cosignatures == (Cosignature(b"X1", 1000),)
    empty = decode_policy(b"quorum none\n")
    assert empty == Policy((), (), (), b"none")
    no_logs = decode_policy(f"{W1}quorum X1\n".encode())
    for policy in (empty, no_logs):
        with pytest.raises(Untrusted) as caught:
            policy.verify_checkpoint(cosigned("X1"))
        assert caught.value.code == "policy-log"


def test_the_log_key_must_be_named_like_the_origin() -> None:
    other = Signer.from_seed("log.example/b", SignatureType.ED25519, b"b" * 32)
    policy = decode_policy(f"log {encode_vkey(other.key)}\nlog {encode_vkey(LOG.key)}\n{W1}quorum X1\n".encode())
    assert policy.verify_checkpoint(cosigned("X1")).log == LOG.key
    # B signs a checkpoint of A: nobody that counts has signed it.
    usurped = sign_note(SIGNED.rpartition(b"\n\n")[0] + b"\n", other)
    with pytest.raises(Untrusted) as caught:
        policy.verify_checkpoint(usurped)
    assert caught.value.code == "note-unsigned"
    with pytest.raises(Untrusted) as caught:
        policy.verify_checkpoint(add_signatures(usurped, [cosign_checkpoint(CHECKPOINT, WITNESSES["X1"], 5)]))
    assert caught.value.code == "policy-log"
    foreign = sign_checkpoint(CHECKPOINT._replace(origin="log.example/c"), Signer.from_seed("log.example/c", *_SEED))
    with pytest.raises(Untrusted) as caught:
        policy.verify_checkpoint(foreign)
    assert caught.value.code == "policy-log"


_SEED = (SignatureType.ED25519, b"c" * 32)


def test_a_log_may_be_known_by_several_keys() -> None:
    later = Signer.from_seed(ORIGIN, SignatureType.COSIGNATURE_MLDSA44, b"m" * 32)
    policy = decode_policy(f"{L}log {encode_vkey(later.key)}\nquorum none\n".encode())
    for signed, key in ((SIGNED, LOG.key), (sign_checkpoint(CHECKPOINT, later, 5), later.key)):
        assert policy.verify_checkpoint(signed).log == key


def test_of_two_cosignatures_the_first_counts_and_both_must_hold() -> None:
    policy = decode_policy(f"{L}{W1}quorum X1\n".encode())
    signer = WITNESSES["X1"]
    twice = add_signatures(SIGNED, [cosign_checkpoint(CHECKPOINT, signer, time) for time in (7, 8)])
    assert policy.verify_checkpoint(twice).cosignatures == (Cosignature(b"X1", 7),)
    bad = cosign_checkpoint(CHECKPOINT._replace(size=3), signer, 8)
    with pytest.raises(Untrusted) as caught:
        policy.verify_checkpoint(add_signatures(cosigned("X1"), [bad]))
    assert caught.value.code == "note-signature"


# Proofs

POLICY = decode_policy(f"{L}{W1}quorum X1\n".encode())
PROOF = TlogProof(1, (LEAF_HASHES[0],), cosigned("X1"))


def test_proofs() -> None:
    data = encode_proof(PROOF)
    lines = data.split(b"\n")
    assert lines[:2] == [b"c2sp.org/tlog-proof@v1", b"index 1"]
    assert lines[3] == b""
    assert data.endswith(b"\n\n" + PROOF.checkpoint)
    assert decode_proof(data) == PROOF
    assert verify_proof(PROOF, LEAF_HASHES[1], POLICY).cosignatures == (Cosignature(b"X1", 1000),)
    with_extra = TlogProof(0, (LEAF_HASHES[1],), PROOF.checkpoint, b"\0extra")
    assert encode_proof(with_extra).split(b"\n")[1:3] == [b"extra AGV4dHJh", b"index 0"]
    assert decode_proof(encode_proof(with_extra)) == with_extra
    assert verify_proof(with_extra, LEAF_HASHES[0], POLICY).checkpoint == CHECKPOINT


def test_what_a_proof_does_not_prove() -> None:
    uncosigned = TlogProof(1, PROOF.hashes, SIGNED)
    for proof, leaf, code in (
        (PROOF, LEAF_HASHES[0], "proof-inclusion"),
        (TlogProof(0, PROOF.hashes, PROOF.checkpoint), LEAF_HASHES[1], "proof-inclusion"),
        (TlogProof(1, (), PROOF.checkpoint), LEAF_HASHES[1], "proof-inclusion"),
        (TlogProof(1, PROOF.hashes * 2, PROOF.checkpoint), LEAF_HASHES[1], "proof-inclusion"),
        (TlogProof(2**63 - 2, PROOF.hashes, PROOF.checkpoint), LEAF_HASHES[1], "proof-inclusion"),
        (uncosigned, LEAF_HASHES[1], "policy-quorum"),
    ):
        with pytest.raises(Untrusted) as caught:
            verify_proof(decode_proof(encode_proof(proof)), leaf, POLICY)
        assert caught.value.code == code


HASH_LINE = "R7DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
HEAD = "c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("", 1),
        ("c2sp.org/tlog-proof@v2\nindex 0\n", 1),
        (HEAD, 2),
        (HEAD + "index \n", 2),
        (HEAD + "index 00\n", 2),
        (HEAD + "index -1\n", 2),
        (HEAD + "index 9223372036854775807\n", 2),
        (HEAD + " index 1\n", 2),
        (HEAD + "extra \nindex 0\n", 2),
        (HEAD + "extra AA=\nindex 0\n", 2),
        (HEAD + "extra AAAA\n", 3),
        (HEAD + "extra AAAA\nextra AAAA\nindex 0\n", 3),
        (HEAD + "index 0\nextra AAAA\n", 3),
        (HEAD + "index 0\n" + HASH_LINE.replace("FU=", "FV="), 3),
        (HEAD + "index 0\n" + HASH_LINE + "AAAA\n", 4),
        (HEAD + "index 0\n" + HASH_LINE + "\u0661\n", 4),
        (HEAD + "index 0\n" + HASH_LINE * 64, 66),
    ],
)
def test_what_is_no_proof(head: str, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        decode_proof(f"{head}\n".encode() + SIGNED)
    assert (caught.value.code, caught.value.place) == ("proof-malformed", f"proof:{line}")


def test_limits_of_proofs() -> None:
    assert len(decode_proof(f"{HEAD}index 0\n{HASH_LINE * 63}\n".encode() + SIGNED).hashes) == 63
    full = TlogProof(0, (), SIGNED, bytes(MAX_EXTRA_BYTES))
    assert decode_proof(encode_proof(full)) == full
    with pytest.raises(Malformed) as caught:
        encode_proof(TlogProof(0, (), SIGNED, bytes(MAX_EXTRA_BYTES + 1)))
    assert caught.value.code == "proof-malformed"
    with pytest.raises(Malformed) as caught:
        decode_proof(bytes(5_000_000))
    assert caught.value.code == "tlog-too-large"


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        (b"", "proof-malformed"),
        (b"\n", "note-malformed"),
        (b"\n\n" + SIGNED, "checkpoint-malformed"),
        (b"\n" + SIGNED.partition(b"\n\n")[0] + b"\n", "note-malformed"),
        (b"\n" + sign_note(b"no checkpoint\n", LOG), "checkpoint-malformed"),
    ],
)
def test_a_proof_ends_with_a_checkpoint(rest: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_proof(f"{HEAD}index 0".encode() + (b"\n" + rest if rest else b""))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "proof",
    [
        TlogProof(-1, (), SIGNED),
        TlogProof(2**63, (), SIGNED),
        TlogProof(0, (b"short",), SIGNED),
        TlogProof(0, (), b"no note"),
    ],
)
def test_no_proof_is_written_that_could_not_be_read(proof: TlogProof) -> None:
    with pytest.raises(Malformed):
        encode_proof(proof)
