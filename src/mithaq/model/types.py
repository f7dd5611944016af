"""Mithaq's own STIX types: STIX 2.1 *new-sdo* extensions, so that any STIX or TAXII client can carry them.

All belong to one extension-definition whose id is the UUIDv5 of `mithaq/v1` in the URL namespace of RFC 9562 (the
namespace of STIX 2.1 section 2.9 is for observables alone). Their properties stand at the object's top level, as the
extension type *new-sdo* asks (section 7.3). Each is made here from values that the shell hands in: a random UUID, the
instant, the author's identity.

>>> EXTENSION
'extension-definition--3cdba2b6-eef5-5e88-a270-07b3ffe82de5'
"""

import re
import uuid
from datetime import datetime
from typing import Any, Literal

import msgspec

from mithaq.errors import Malformed
from mithaq.model.audience import Audience
from mithaq.model.instant import encode_time
from mithaq.model.marking import Tlp
from mithaq.model.record import is_origin

__all__ = [
    "CHARTER_ADOPTED",
    "EXTENSION",
    "RECEIPT",
    "WITHDRAWAL",
    "Receipt",
    "adopt_charter",
    "decode_receipt",
    "identity_of",
    "withdraw",
]

EXTENSION = f"extension-definition--{uuid.uuid5(uuid.NAMESPACE_URL, 'mithaq/v1')}"
CHARTER_ADOPTED = "mithaq-charter-adopted"
RECEIPT = "mithaq-receipt"
WITHDRAWAL = "mithaq-withdrawal"


def identity_of(domain: str) -> str:
    """The STIX identity id that a new member's charter binds to it: the UUIDv5 of `mithaq/v1/identity/<domain>`."""
    return f"identity--{uuid.uuid5(uuid.NAMESPACE_URL, 'mithaq/v1/identity/' + domain)}"


def adopt_charter(version: int, charter: str, *, author: str, unique: uuid.UUID, now: datetime) -> dict[str, Any]:
    """The object by which a log adopts a charter version: `charter` is its digest in hex, `author` an identity's id.

    `unique` becomes part of the id; `now` (aware) both created and modified.
    """
    return _common(CHARTER_ADOPTED, Tlp.GREEN, author, unique, now) | {"version": version, "charter": charter}


def withdraw(
    target: tuple[str, int, str],
    audience: Audience,
    scope: Literal["record", "object"],
    reason: str,
    *,
    tlp: Tlp,
    author: str,
    unique: uuid.UUID,
    now: datetime,
) -> dict[str, Any]:
    """The object that takes a record back, or with scope `object` all versions, from `audience` (`docs/formats.md`).

    `target` is the record's log, index and commitment in hex; `tlp` its level: what is said about a record is no less
    strict than the record. The rest as in `adopt_charter`.
    """
    log, index, commitment = target
    return _common(WITHDRAWAL, tlp, author, unique, now) | {
        "target": {"log": log, "index": index, "commitment": commitment},
        "from": list(audience),
        "scope": scope,
        "reason": reason,
    }


def _common(kind: str, tlp: Tlp, author: str, unique: uuid.UUID, now: datetime) -> dict[str, Any]:
    instant = encode_time(now)
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{unique}",
        "created_by_ref": author,
        "created": instant,
        "modified": instant,
        "object_marking_refs": [tlp.marking],
        "extensions": {EXTENSION: {"extension_type": "new-sdo"}},
    }


class Receipt(msgspec.Struct, frozen=True, rename={"begin": "from", "end": "to"}):
    """A `mithaq-receipt`: of `log`'s entries [begin, end), under `root` (hex) at size `end`, those `held` and `purged`.

    `held` pairs an index with what `prove_holding` gives for its record; `purged` lists the indices of withdrawals.
    """

    log: str
    begin: int
    end: int
    root: str
    held: tuple[tuple[int, str], ...]
    purged: tuple[int, ...] = ()


_HEX64 = re.compile(r"[0-9a-f]{64}")


def decode_receipt(value: dict[str, Any], place: str = "$") -> Receipt:
    """The receipt in a STIX object; `held` and `purged` list each index once, within the range.

    Raises `Malformed` (`receipt-malformed`) if it is none. Whether log, root and `held` are true is not known here.
    """
    try:
        receipt = msgspec.convert(value, Receipt)
    except msgspec.ValidationError:
        raise Malformed("receipt-malformed", place) from None
    if value.get("type") != RECEIPT or "purged" not in value or not 0 <= receipt.begin < receipt.end:
        raise Malformed("receipt-malformed", place)
    for indices in ([index for index, _ in receipt.held], receipt.purged):
        if len(set(indices)) != len(indices) or not all(receipt.begin <= index < receipt.end for index in indices):
            raise Malformed("receipt-malformed", place)
    if not all(_HEX64.fullmatch(text) for text in (receipt.root, *(proof for _, proof in receipt.held))):
        raise Malformed("receipt-malformed", place)
    if not is_origin(receipt.log):
        raise Malformed("receipt-malformed", place)
    return receipt
