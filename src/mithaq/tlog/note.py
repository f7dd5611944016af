"""Signed notes, their keys and signatures: C2SP signed-note, with the signature types 0x01, 0x04 and 0x06.

A note is text and signature lines. The text means nothing until a known key's signature has been verified; all that
`decode_note` says is that the bytes have the format. `verify_note` follows the specification's rules: lines of unknown
keys are ignored; a line that names a known key and does not verify rejects the whole note; so does having none of a
known key. Which keys are known, and for what, is left to the caller; what a checkpoint's signatures mean to
`tlog.signed_checkpoint` and `tlog.policy`.

Private keys come in as `Signer`s and are never shown; making and keeping them is the shell's part.

>>> key = decode_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
>>> note = decode_note(
...     "This is an example message.\\n\\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYN"
...     "ZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\\n".encode()
... )
>>> [signature.key.name for signature in verify_note(note, [key])]
['example.com/foo']
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from mithaq.errors import Malformed, Untrusted
from mithaq.tlog.cosignature import (
    decode_timestamped_signature,
    ed25519_message,
    encode_timestamped_signature,
    mldsa44_message,
)
from mithaq.tlog.lines import decode_base64, encode_base64, is_key_name

__all__ = [
    "MAX_NOTE_BYTES",
    "MAX_SIGNATURES",
    "Note",
    "Signature",
    "SignatureType",
    "Signer",
    "VerifiedSignature",
    "VerifierKey",
    "decode_note",
    "decode_vkey",
    "encode_note",
    "encode_vkey",
    "sign_note",
    "verify_note",
]

MAX_NOTE_BYTES = 1024 * 1024
"""Bytes of a note, signatures included, unless the caller says otherwise."""

MAX_SIGNATURES = 64
"""Signature lines of a note, unless the caller says otherwise (the specification asks for 16 at least)."""

_DASH = "— "


class SignatureType(IntEnum):
    """The signature type identifier bytes that Mithaq takes, as signed-note assigns them."""

    ED25519 = 0x01
    COSIGNATURE_ED25519 = 0x04
    COSIGNATURE_MLDSA44 = 0x06


_PUBLIC_KEY_BYTES = {
    SignatureType.ED25519: 32,
    SignatureType.COSIGNATURE_ED25519: 32,
    SignatureType.COSIGNATURE_MLDSA44: 1312,
}


class Signature(NamedTuple):
    """One signature line, not verified: the key's name and uint32 id, and the bytes after the id."""

    name: str
    key_id: int
    signature: bytes


class Note(NamedTuple):
    """A note's text, final newline included, as the very bytes that are signed, and its signature lines in order."""

    text: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name, for one type of signature; `key_id` follows from the three.

    `public_key` has the type's own encoding: 32 bytes of Ed25519 (RFC 8032) or 1,312 of ML-DSA-44 (FIPS 204). Raises
    `Malformed` if its length is another, or the name is none that signed-note allows.
    """

    name: str
    type: SignatureType
    public_key: bytes
    key_id: int = field(init=False)

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.public_key) != _PUBLIC_KEY_BYTES[self.type]:
            raise Malformed("note-vkey")
        digest = sha256(b"%s\n%c%s" % (self.name.encode(), self.type, self.public_key)).digest()
        object.__setattr__(self, "key_id", int.from_bytes(digest[:4], "big"))

    def __repr__(self) -> str:
        return f"VerifierKey({self.name}+{self.key_id:08x}, {self.type.name})"


class VerifiedSignature(NamedTuple):
    """A signature that holds: by which key and, if it is a cosignature, at which POSIX time by the cosigner's word."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key under a name, for one type of signature. Its `key` is the public half.

    Raises `ValueError` if the private key's algorithm is not the type's, `Malformed` for a bad name.
    """

    name: str
    type: SignatureType
    private_key: Ed25519PrivateKey | MLDSA44PrivateKey
    key: VerifierKey = field(init=False)

    def __post_init__(self) -> None:
        if isinstance(self.private_key, MLDSA44PrivateKey) != (self.type is SignatureType.COSIGNATURE_MLDSA44):
            raise ValueError(f"this private key makes no signatures of type {self.type.name}")
        public_key = self.private_key.public_key().public_bytes_raw()
        object.__setattr__(self, "key", VerifierKey(self.name, self.type, public_key))

    @classmethod
    def from_seed(cls, name: str, signature_type: SignatureType, seed: bytes) -> "Signer":
        """The signer whose private key is this 32-byte seed (RFC 8032 section 5.1.5, FIPS 204 section 6.1)."""
        if signature_type is SignatureType.COSIGNATURE_MLDSA44:
            return cls(name, signature_type, MLDSA44PrivateKey.from_seed_bytes(seed))
        return cls(name, signature_type, Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, text: bytes, time: int | None = None) -> Signature:
        """Sign a note's text; a cosignature (of a checkpoint's text) needs the POSIX time, a plain one has none.

        Raises `ValueError` if a time is missing, out of range or one too many, `Malformed` if what a cosignature is to
        cover is no checkpoint.
        """
        if (time is None) != (self.type is SignatureType.ED25519):
            raise ValueError("cosignatures take a time, other signatures none")
        signature = self.private_key.sign(_message(self.key, text, time))
        if time is not None:
            signature = encode_timestamped_signature(time, signature)
        return Signature(self.name, self.key.key_id, signature)

    def __repr__(self) -> str:
        return f"Signer({self.name}+{self.key.key_id:08x}, {self.type.name})"


def decode_vkey(vkey: str) -> VerifierKey:
    """Read a verifier key: name, key id and typed public key, joined by plus signs.

    Raises `Malformed` for any other form, another signature type, or a key id that is not the one its type prescribes.
    """
    name, _, rest = vkey.partition("+")
    id_text, _, material_text = rest.partition("+")
    material = decode_base64(material_text)
    if not material or material[0] not in {each.value for each in SignatureType}:
        raise Malformed("note-vkey")
    key = VerifierKey(name, SignatureType(material[0]), material[1:])
    if id_text != f"{key.key_id:08x}":
        raise Malformed("note-vkey")
    return key


def encode_vkey(key: VerifierKey) -> str:
    """The verifier key (*vkey*) as one line of text."""
    return f"{key.name}+{key.key_id:08x}+{encode_base64(bytes([key.type]) + key.public_key)}"


def decode_note(data: bytes, *, max_bytes: int = MAX_NOTE_BYTES, max_signatures: int = MAX_SIGNATURES) -> Note:
    """Read a note's bytes. Nothing is verified.

    Raises `Malformed` beyond the limits, and with the line for what is not a signed note to the letter: UTF-8 without
    control characters but newline, text, an empty line, one signature line or more, base64 in its one spelling.
    """
    if len(data) > max_bytes:
        raise Malformed("tlog-too-large", "note", size=len(data), limit=max_bytes)
    try:
        content = data.decode()
    except UnicodeDecodeError as error:
        raise _malformed(data, error.start) from None
    text, empty_line, tail = data.rpartition(b"\n\n")
    if not empty_line or not tail.endswith(b"\n"):
        raise _malformed(data, len(data))
    if data.translate(None, _CONTROLS) != data:
        raise _malformed(data, next(at for at, byte in enumerate(data) if byte in _CONTROLS))
    if tail.count(b"\n") > max_signatures:
        raise Malformed("note-too-many-signatures", "note", limit=max_signatures)
    lines = content.rpartition("\n\n")[2].split("\n")[:-1]
    first = 3 + text.count(b"\n")
    return Note(text + b"\n", tuple(_decode_line(line, number) for number, line in enumerate(lines, first)))


_CONTROLS = bytes(set(range(32)) - {10})


def _decode_line(line: str, number: int) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    blob = decode_base64(encoded)
    if not (line.startswith(_DASH) and space and blob and len(blob) > 4 and is_key_name(name)):
        raise Malformed("note-malformed", f"note:{number}")
    return Signature(name, int.from_bytes(blob[:4], "big"), blob[4:])


def _malformed(data: bytes, at: int) -> Malformed:
    line = 1 + data.count(b"\n", 0, at)
    return Malformed("note-malformed", f"note:{line}")


def encode_note(note: Note) -> bytes:
    """The note's bytes. Raises `Malformed` if text or signatures can't stand in a note."""
    lines = "".join(
        f"{_DASH}{name} {encode_base64(key_id.to_bytes(4, 'big') + signature)}\n"
        for name, key_id, signature in note.signatures
    )
    data = note.text + b"\n" + lines.encode(errors="surrogatepass")
    # No limit but the note's own length: a name with a newline in it makes more lines than there are signatures.
    if decode_note(data, max_bytes=len(data), max_signatures=len(data)) != note:
        raise Malformed("note-malformed", "note:1")
    return data


def sign_note(text: bytes, *signers: Signer) -> bytes:
    """The note with this text (ending in a newline) and one signature line of each of the plain `signers`.

    Raises `Malformed` if a note can't hold the text, `ValueError` for a cosigner: see `signed_checkpoint`.
    """
    return encode_note(Note(text, tuple(signer.sign(text) for signer in signers)))


def verify_note(note: Note, verifier_keys: Iterable[VerifierKey]) -> tuple[VerifiedSignature, ...]:
    """The signatures of known keys, in the note's order; every one has been verified, and there is at least one.

    Raises `Untrusted` if a signature that names a known key (same name and key id) does not hold, or if none does.
    """
    known: dict[tuple[str, int], list[VerifierKey]] = {}
    for key in verifier_keys:
        known.setdefault((key.name, key.key_id), []).append(key)
    verified = []
    for signature in note.signatures:
        # More than one key under one name and id is an accident or an attack on the 32-bit id: either may have signed.
        keys = known.get((signature.name, signature.key_id), ())
        found = next((each for key in keys if (each := _verify(key, note.text, signature.signature))), None)
        if found:
            verified.append(found)
        elif keys:
            raise Untrusted("note-signature", name=signature.name)
    if not verified:
        raise Untrusted("note-unsigned")
    return tuple(verified)


def _verify(key: VerifierKey, text: bytes, signature: bytes) -> VerifiedSignature | None:
    time = None
    if key.type is not SignatureType.ED25519:
        stamped = decode_timestamped_signature(signature)
        if stamped is None:
            return None
        time, signature = stamped
    public_key: Ed25519PublicKey | MLDSA44PublicKey
    try:
        if key.type is SignatureType.COSIGNATURE_MLDSA44:
            public_key = MLDSA44PublicKey.from_public_bytes(key.public_key)
        else:
            public_key = Ed25519PublicKey.from_public_bytes(key.public_key)
        public_key.verify(signature, _message(key, text, time))
    except (InvalidSignature, Malformed):
        return None
    return VerifiedSignature(key, time)


def _message(key: VerifierKey, text: bytes, time: int | None) -> bytes:
    """What a signature of this key's type over `text` covers."""
    if time is None:
        return text
    if key.type is SignatureType.COSIGNATURE_MLDSA44:
        return mldsa44_message(text, time, key.name)
    return ed25519_message(text, time)
