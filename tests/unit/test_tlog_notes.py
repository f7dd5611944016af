"""Notes, keys, checkpoints and cosignatures: each rule of the formats, kept and broken."""

import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from mithaq.errors import Malformed, Untrusted
from mithaq.tlog import (
    EMPTY_ROOT,
    MAX_NOTE_BYTES,
    MAX_TIME,
    Checkpoint,
    Note,
    Signature,
    SignatureType,
    Signer,
    VerifiedSignature,
    VerifierKey,
    add_signatures,
    cosign_checkpoint,
    decode_checkpoint,
    decode_note,
    decode_vkey,
    encode_checkpoint,
    encode_note,
    encode_vkey,
    sign_checkpoint,
    sign_note,
    verify_checkpoint,
    verify_note,
)
from mithaq.tlog.cosignature import mldsa44_message

ORIGIN = "log.example/a"
TEXT = b"log.example/a\n3\nR7DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
LOG = Signer.from_seed(ORIGIN, SignatureType.ED25519, b"l" * 32)
WITNESS = Signer.from_seed("w.example/witness", SignatureType.COSIGNATURE_ED25519, b"w" * 32)
QUANTUM = Signer.from_seed("w.example/witness", SignatureType.COSIGNATURE_MLDSA44, b"q" * 32)
CHECKPOINT = decode_checkpoint(TEXT)
LINE = "— k.example AAAAAAA=\n"


def malformed(data: bytes) -> str:
    """The place where the note is malformed."""
    with pytest.raises(Malformed) as caught:
        decode_note(data)
    assert caught.value.code == "note-malformed"
    return caught.value.place


def test_a_note_is_text_an_empty_line_and_signature_lines() -> None:
    data = f"one\n\ntwo\n\n{LINE}— é AAAAAf//\n".encode()
    note = decode_note(data)
    assert note.text == b"one\n\ntwo\n"
    assert note.signatures == (Signature("k.example", 0, b"\0"), Signature("é", 1, b"\xff\xff"))
    assert encode_note(note) == data
    assert decode_note(b"\n\n" + LINE.encode()).text == b"\n"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "note:1"),
        (b"text\n", "note:2"),
        (b"text\n\n", "note:3"),
        (b"\n" + LINE.encode(), "note:3"),
        (b"text\n" + LINE.encode(), "note:3"),
        (b"text\n\n" + LINE.encode().rstrip(), "note:3"),
        (b"te\txt\n\n" + LINE.encode(), "note:1"),
        (b"text\r\n\n" + LINE.encode(), "note:1"),
        (b"text\nte\0xt\n\n" + LINE.encode(), "note:2"),
        (b"te\xffxt\n\n" + LINE.encode(), "note:1"),
        (b"text\n\xed\xa0\x80\n\n" + LINE.encode(), "note:2"),
        (b"text\n\n- k.example AAAAAAA=\n", "note:3"),
        ("text\n\n—  AAAAAAA=\n".encode(), "note:3"),
        ("text\n\n— k.example\n".encode(), "note:3"),
        ("text\n\n— k+example AAAAAAA=\n".encode(), "note:3"),
        ("text\n\n— k\u00a0example AAAAAAA=\n".encode(), "note:3"),
        ("text\n\n— k\u3000example AAAAAAA=\n".encode(), "note:3"),
        ("text\n\n— k.example AAAAAAA= \n".encode(), "note:3"),
        ("text\n\n— k.example AAAAAAA\n".encode(), "note:3"),
        ("text\n\n— k.example AAAAAAB=\n".encode(), "note:3"),
        ("text\n\n— k.example AAAAAA==\n".encode(), "note:3"),
        ("text\n\n— k.example AAAA_AA=\n".encode(), "note:3"),
        ("text\n\n— k.example AAAA\u0661AA=\n".encode(), "note:3"),
        (f"text\n\n{LINE}text\n".encode(), "note:4"),
        (f"text\n\n{LINE}\n".encode(), "note:5"),
    ],
)
def test_what_is_no_note(data: bytes, place: str) -> None:
    assert malformed(data) == place


def test_limits_of_notes() -> None:
    lines = LINE * 64
    assert len(decode_note(f"text\n\n{lines}".encode()).signatures) == 64
    with pytest.raises(Malformed, match="64") as caught:
        decode_note(f"text\n\n{lines}{LINE}".encode())
    assert caught.value.code == "note-too-many-signatures"
    assert len(decode_note(f"text\n\n{lines}{LINE}".encode(), max_signatures=65).signatures) == 65
    text = b"x" * (MAX_NOTE_BYTES - len(LINE.encode()) - 2) + b"\n"
    data = text + b"\n" + LINE.encode()
    assert decode_note(data).text == text
    with pytest.raises(Malformed) as caught:
        decode_note(b"x" + data)
    assert caught.value.code == "tlog-too-large"
    assert decode_note(b"x" + data, max_bytes=len(data) + 1).text == b"x" + text


@pytest.mark.parametrize(
    "note",
    [
        Note(b"no newline", (Signature("k", 1, b"s"),)),
        Note(b"", (Signature("k", 1, b"s"),)),
        Note(b"text\n", ()),
        Note(b"te\x07xt\n", (Signature("k", 1, b"s"),)),
        Note(b"text\n", (Signature("", 1, b"s"),)),
        Note(b"text\n", (Signature("k k", 1, b"s"),)),
        Note(b"text\n", (Signature("k\n", 1, b"s"),)),
        Note(b"text\n", (Signature("k\ud800", 1, b"s"),)),
        Note(b"text\n", (Signature("k", 1, b""),)),
    ],
)
def test_no_note_is_written_that_could_not_be_read(note: Note) -> None:
    with pytest.raises(Malformed, match="signed note"):
        encode_note(note)


def test_signatures_of_notes() -> None:
    plain = Signer.from_seed("k.example/charter", SignatureType.ED25519, b"1" * 32)
    other = Signer.from_seed("k.example/charter", SignatureType.ED25519, b"2" * 32)
    data = sign_note(b"a charter\n", plain, other)
    note = decode_note(data)
    assert [each.key for each in verify_note(note, [other.key])] == [other.key]
    assert [each.key for each in verify_note(note, [other.key, plain.key])] == [plain.key, other.key]
    assert verify_note(note, [plain.key])[0].time is None
    for keys in ([], [LOG.key], [VerifierKey("k.example/charter", SignatureType.ED25519, b"3" * 32)]):
        with pytest.raises(Untrusted) as caught:
            verify_note(note, keys)
        assert caught.value.code == "note-unsigned"


def test_a_known_key_that_fails_rejects_the_whole_note() -> None:
    plain = Signer.from_seed("k.example", SignatureType.ED25519, b"1" * 32)
    other = Signer.from_seed("o.example", SignatureType.ED25519, b"2" * 32)
    note = decode_note(sign_note(b"text\n", plain, other))
    good, bad = note.signatures[0], note.signatures[1]._replace(signature=b"\1" * 64)
    for signatures in ((good, bad), (bad, good), (good, note.signatures[1], bad)):
        broken = Note(note.text, signatures)
        with pytest.raises(Untrusted) as caught:
            verify_note(broken, [plain.key, other.key])
        assert caught.value.code == "note-signature"
        assert caught.value.details == {"name": "o.example"}
        assert len(verify_note(broken, [plain.key])) == 1  # unknown to this reader, so ignored
    with pytest.raises(Untrusted):
        verify_note(Note(b"other text\n", (good,)), [plain.key])
    # The same name under another id is another key, and so is the same id under another name.
    assert len(verify_note(Note(note.text, (good, good._replace(key_id=7, signature=b"x"))), [plain.key])) == 1
    assert len(verify_note(Note(note.text, (good, good._replace(name="n", signature=b"x"))), [plain.key])) == 1


def test_vkeys() -> None:
    for signer in (LOG, WITNESS, QUANTUM):
        vkey = encode_vkey(signer.key)
        assert decode_vkey(vkey) == signer.key
        assert vkey.startswith(f"{signer.name}+{signer.key.key_id:08x}+")
    assert LOG.key.key_id != VerifierKey(ORIGIN, SignatureType.COSIGNATURE_ED25519, LOG.key.public_key).key_id


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "++",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
        "example.com/foo\ud800+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_vkey(vkey: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_vkey(vkey)
    assert caught.value.code == "note-vkey"


def test_a_signer_hides_its_private_key() -> None:
    seed = b"secret seed, 32 bytes of secrecy"
    for signature_type in SignatureType:
        signer = Signer.from_seed("k.example", signature_type, seed)
        for shown in (repr(signer), str(signer), f"{signer}", repr([signer]), repr(signer.key)):
            assert "secret" not in shown
            assert seed.hex() not in shown
            assert "PrivateKey" not in shown
        with pytest.raises((TypeError, AttributeError)):
            pickle.dumps(signer)


def test_a_signer_needs_the_key_of_its_type() -> None:
    with pytest.raises(ValueError, match="private key"):
        Signer("k", SignatureType.COSIGNATURE_MLDSA44, Ed25519PrivateKey.generate())
    with pytest.raises(ValueError, match="private key"):
        Signer("k", SignatureType.ED25519, MLDSA44PrivateKey.generate())
    with pytest.raises(Malformed):
        Signer("k k", SignatureType.ED25519, Ed25519PrivateKey.generate())


# Checkpoints


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", 1),
        (b"origin\n3\n", 3),
        (b"origin\n\n" + TEXT.split(b"\n")[2] + b"\n", 2),
        (TEXT[:-1], 3),
        (TEXT + b"\n", 4),
        (TEXT + b"extension", 4),
        (TEXT + b"exten\tsion\n", 4),
        (b"\n" + TEXT.partition(b"\n")[2], 1),
        (TEXT.replace(b"\n3\n", b"\n03\n"), 2),
        (TEXT.replace(b"\n3\n", b"\n+3\n"), 2),
        (TEXT.replace(b"\n3\n", b"\n-3\n"), 2),
        (TEXT.replace(b"\n3\n", b"\n3 \n"), 2),
        (TEXT.replace(b"\n3\n", b"\n3_0\n"), 2),
        (TEXT.replace(b"\n3\n", "\n٣\n".encode()), 2),
        (TEXT.replace(b"\n3\n", b"\n9223372036854775808\n"), 2),
        (TEXT.replace(b"\n3\n", b"\n" + b"9" * 5000 + b"\n"), 2),
        (TEXT.replace(b"=", b""), 3),
        (TEXT.replace(b"FU=", b"FV="), 3),
        (TEXT.replace(b"R7DE", b""), 3),
        (TEXT.replace(b"log.example/a", b"log\xff"), 1),
        (TEXT + b"\xff\n", 4),
    ],
)
def test_what_is_no_checkpoint(text: bytes, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        decode_checkpoint(text)
    assert (caught.value.code, caught.value.place) == ("checkpoint-malformed", f"checkpoint:{line}")


def test_checkpoints_keep_extension_lines() -> None:
    checkpoint = decode_checkpoint(TEXT + b"one\ntwo \xd8\xb3\n")
    assert checkpoint.extensions == ("one", "two س")
    assert encode_checkpoint(checkpoint) == TEXT + b"one\ntwo \xd8\xb3\n"
    assert decode_checkpoint(TEXT.replace(b"\n3\n", b"\n9223372036854775807\n")).size == 2**63 - 1


@pytest.mark.parametrize(
    "checkpoint",
    [
        CHECKPOINT._replace(origin=""),
        CHECKPOINT._replace(origin="a\nb"),
        CHECKPOINT._replace(origin="a\ud800"),
        CHECKPOINT._replace(size=-1),
        CHECKPOINT._replace(size=2**63),
        CHECKPOINT._replace(root=b"short"),
        CHECKPOINT._replace(extensions=("",)),
        CHECKPOINT._replace(extensions=("a\nb",)),
    ],
)
def test_no_checkpoint_is_written_that_could_not_be_read(checkpoint: Checkpoint) -> None:
    with pytest.raises(Malformed):
        encode_checkpoint(checkpoint)


def test_signed_checkpoints() -> None:
    data = sign_checkpoint(CHECKPOINT, LOG)
    assert verify_checkpoint(data, ORIGIN, LOG.key) == CHECKPOINT
    with pytest.raises(ValueError, match="origin"):
        sign_checkpoint(CHECKPOINT._replace(origin="other"), LOG)
    with pytest.raises(Untrusted) as caught:
        verify_checkpoint(data, "log.example/b", LOG.key)
    assert caught.value.code == "checkpoint-origin"
    with pytest.raises(Untrusted) as caught:
        verify_checkpoint(data, ORIGIN, WITNESS.key)
    assert caught.value.code == "note-unsigned"
    with pytest.raises(Malformed) as malformed_note:
        verify_checkpoint(sign_note(b"no checkpoint\n", LOG), ORIGIN, LOG.key)
    assert malformed_note.value.code == "checkpoint-malformed"


def test_a_log_may_sign_with_cosignatures() -> None:
    for signature_type in (SignatureType.COSIGNATURE_ED25519, SignatureType.COSIGNATURE_MLDSA44):
        signer = Signer.from_seed(ORIGIN, signature_type, b"l" * 32)
        data = sign_checkpoint(CHECKPOINT, signer, 1_700_000_000)
        assert verify_checkpoint(data, ORIGIN, signer.key) == CHECKPOINT
        with pytest.raises(ValueError, match="take a time"):
            sign_checkpoint(CHECKPOINT, signer)
    with pytest.raises(ValueError, match="take a time"):
        sign_checkpoint(CHECKPOINT, LOG, 1_700_000_000)


@pytest.mark.parametrize("witness", [WITNESS, QUANTUM], ids=["ed25519", "ml-dsa-44"])
def test_cosignatures(witness: Signer) -> None:
    signed = sign_checkpoint(CHECKPOINT, LOG)
    for time in (1, 1_679_315_147, MAX_TIME):
        cosigned = add_signatures(signed, [cosign_checkpoint(CHECKPOINT, witness, time)])
        assert verify_note(decode_note(cosigned), [witness.key]) == (VerifiedSignature(witness.key, time),)
        assert verify_checkpoint(cosigned, ORIGIN, LOG.key) == CHECKPOINT
        assert add_signatures(cosigned, decode_note(cosigned).signatures) == cosigned
    for time in (0, -1, MAX_TIME + 1, 2**64):
        with pytest.raises((ValueError, OverflowError)):
            cosign_checkpoint(CHECKPOINT, witness, time)
    for other in (CHECKPOINT._replace(size=4), CHECKPOINT._replace(root=EMPTY_ROOT), CHECKPOINT._replace(origin="o")):
        moved = Note(encode_checkpoint(other), (cosign_checkpoint(CHECKPOINT, witness, 9),))
        with pytest.raises(Untrusted) as caught:
            verify_note(moved, [witness.key])
        assert caught.value.code == "note-signature"


@pytest.mark.parametrize("witness", [WITNESS, QUANTUM], ids=["ed25519", "ml-dsa-44"])
def test_times_beyond_the_limit_do_not_verify(witness: Signer) -> None:
    """Even if the signature over such a time is good: here it is made as a careless cosigner would make it."""
    text = encode_checkpoint(CHECKPOINT)
    for time, holds in ((MAX_TIME, True), (MAX_TIME + 1, False)):
        if witness is WITNESS:
            message = b"cosignature/v1\ntime %d\n" % time + text
        else:
            message = mldsa44_message(text, time, witness.name)
        blob = time.to_bytes(8, "big") + witness.private_key.sign(message)
        note = Note(text, (Signature(witness.name, witness.key.key_id, blob),))
        if holds:
            assert verify_note(note, [witness.key])[0].time == time
        else:
            with pytest.raises(Untrusted):
                verify_note(note, [witness.key])
    for blob in (b"\0", bytes(8), bytes(9), bytes(72)):
        with pytest.raises(Untrusted):
            verify_note(Note(text, (Signature(witness.name, witness.key.key_id, blob),)), [witness.key])


def test_a_witness_signs_checkpoints_only() -> None:
    for witness in (WITNESS, QUANTUM):
        with pytest.raises(Malformed):
            witness.sign(b"a charter\n", 5)
    # A cosigner's key that signed a text which is no checkpoint is not believed either.
    signature = WITNESS.private_key.sign(b"cosignature/v1\ntime 5\na charter\n")
    note = Note(b"a charter\n", (Signature(WITNESS.name, WITNESS.key.key_id, bytes(7) + b"\5" + signature),))
    with pytest.raises(Untrusted):
        verify_note(note, [WITNESS.key])
    with pytest.raises(ValueError, match="take a time"):
        sign_note(b"text\n", WITNESS)


def test_the_cosigned_message_of_ml_dsa_44() -> None:
    """The TLS presentation of tlog-cosignature's struct, written out by hand."""
    expected = (
        b"subtree/v1\n\0"
        b"\x11w.example/witness"
        b"\0\0\0\0\x64\x18\x50\xcb"
        b"\x0dlog.example/a"
        b"\0\0\0\0\0\0\0\0"
        b"\0\0\0\0\0\0\0\x03"
    ) + CHECKPOINT.root
    assert mldsa44_message(TEXT, 0x641850CB, "w.example/witness") == expected
    # Extension lines are no part of it.
    assert mldsa44_message(TEXT + b"extension\n", 0x641850CB, "w.example/witness") == expected


def test_names_beyond_255_bytes_have_no_ml_dsa_44_cosignature() -> None:
    long = Signer.from_seed("n" * 256, SignatureType.COSIGNATURE_MLDSA44, b"q" * 32)
    with pytest.raises(Malformed):
        cosign_checkpoint(CHECKPOINT, long, 5)
    for length, fits in ((255, True), (256, False)):
        checkpoint = CHECKPOINT._replace(origin="o" * length)
        if fits:
            cosign_checkpoint(checkpoint, QUANTUM, 5)
        else:
            with pytest.raises(Malformed):
                cosign_checkpoint(checkpoint, QUANTUM, 5)
