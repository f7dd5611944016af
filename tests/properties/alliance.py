"""A small alliance with known keys, for tests: each key's seed is the SHA-256 of its owner's id and its purpose."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mithaq.model import (
    Alliance,
    Charter,
    Keys,
    Names,
    Organisation,
    VerifiedCharter,
    charter_signer_name,
    encode_charter,
    identity_of,
)
from mithaq.tlog import SignatureType, Signer, sign_note

INSTANT = "2026-11-24T05:00:00.000000Z"
NAMES = Names(ar="الحلف", ru="Союз", en="The alliance")


def seed(owner: str, purpose: str) -> bytes:
    """The seed of one of an organisation's keys."""
    return sha256(f"{owner}/{purpose}".encode()).digest()


def keys(owner: str, *, mldsa44: bool = False) -> Keys:
    """An organisation's public keys."""
    ed25519 = {
        purpose: Ed25519PrivateKey.from_private_bytes(seed(owner, purpose)).public_key().public_bytes_raw()
        for purpose in ("charter", "log", "witness", "http")
    }
    seal = X25519PrivateKey.from_private_bytes(seed(owner, "seal")).public_key().public_bytes_raw()
    second = MLDSA44PrivateKey.from_seed_bytes(seed(owner, "witness_mldsa44")).public_key().public_bytes_raw()
    return Keys(**ed25519, seal=seal, witness_mldsa44=second if mldsa44 else b"")


def organisation(name: str, **changes: Any) -> Organisation:
    """An organisation called `name`."""
    domain = f"{name}.example"
    plain = {
        "identity": identity_of(domain),
        "names": Names(ar=f"جهة {name}", ru=f"Организация {name}", en=name.title()),
        "domain": domain,
        "node": f"https://{domain}",
        "keys": keys(name),
    }
    return Organisation(id=name, **{**plain, **changes})


def charter(members: Iterable[str | Organisation], **changes: Any) -> Charter:
    """A charter of version 1 with these members, and the least threshold that they allow."""
    all_members = tuple(each if isinstance(each, Organisation) else organisation(each) for each in members)
    active = sum(each.state == "active" for each in all_members)
    plain: dict[str, Any] = {
        "version": 1,
        "instant": INSTANT,
        "threshold": active if active < 3 else active // 2 + 1,
        "organisation": Alliance(NAMES),
        "members": all_members,
    }
    return Charter(**{**plain, **changes})


def follow(previous: VerifiedCharter, **changes: Any) -> Charter:
    """The charter of the next version with these changes."""
    plain = {"version": previous.charter.version + 1, "previous": previous.digest}
    return msgspec.structs.replace(previous.charter, **{**plain, **changes})


def signer(owner: str, *, domain: str = "", key: bytes = b"") -> Signer:
    """Who signs charters for a member: by its own key, or by another seed."""
    name = charter_signer_name(domain or f"{owner}.example", owner)
    return Signer.from_seed(name, SignatureType.ED25519, key or seed(owner, "charter"))


def signed(text: Charter | bytes, *signers: str | Signer) -> bytes:
    """The signed note of a charter, by members' own keys or by signers."""
    data = text if isinstance(text, bytes) else encode_charter(text)
    return sign_note(data, *(signer(each) if isinstance(each, str) else each for each in signers))


def believed(of: Charter) -> VerifiedCharter:
    """The charter as if its signatures had been verified, as version 1 of its alliance."""
    text = encode_charter(of)
    return VerifiedCharter(of, text, sha256(text).hexdigest())
