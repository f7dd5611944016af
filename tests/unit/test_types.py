"""Mithaq's own STIX types: ids that anybody can recompute, charter adoption, receipts."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha1
from typing import Any

import pytest

from mithaq.errors import Malformed
from mithaq.model import CHARTER_ADOPTED, EXTENSION, Receipt, Tlp, adopt_charter, decode_receipt, identity_of

ORIGIN = "dara.example/mithaq/aaaaaaaaaaaaaaaa/dara/1"
RECEIPT: dict[str, Any] = {
    "type": "mithaq-receipt",
    "id": "mithaq-receipt--7f0c1a3e-5a0b-4f59-9d1c-3d0f5e0a2b11",
    "log": ORIGIN,
    "from": 2,
    "to": 5,
    "root": "0f" * 32,
    "held": [[4, "ab" * 32], [2, "cd" * 32]],
    "purged": [3],
}


def uuid5(name: str) -> str:
    """RFC 9562 section 5.5 by hand, in the namespace of STIX 2.1 section 2.9."""
    digest = bytearray(sha1(bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8") + name.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def test_ids_by_name() -> None:
    assert f"extension-definition--{uuid5('mithaq/v1')}" == EXTENSION
    assert identity_of("dara.example") == f"identity--{uuid5('mithaq/v1/identity/dara.example')}"


def test_a_charter_is_adopted_by_a_stix_object() -> None:
    unique = uuid.UUID("7f0c1a3e-5a0b-4f59-9d1c-3d0f5e0a2b11")
    now = datetime(2026, 11, 24, 8, 30, tzinfo=timezone(timedelta(hours=3)))
    value = adopt_charter(2, "ab" * 32, author=identity_of("dara.example"), unique=unique, now=now)
    assert value == {
        "type": CHARTER_ADOPTED,
        "spec_version": "2.1",
        "id": "mithaq-charter-adopted--7f0c1a3e-5a0b-4f59-9d1c-3d0f5e0a2b11",
        "created_by_ref": identity_of("dara.example"),
        "created": "2026-11-24T05:30:00.000000Z",
        "modified": "2026-11-24T05:30:00.000000Z",
        "object_marking_refs": [Tlp.GREEN.marking],
        "extensions": {EXTENSION: {"extension_type": "new-sdo"}},
        "version": 2,
        "charter": "ab" * 32,
    }
    with pytest.raises(ValueError, match="zone"):
        adopt_charter(
            2, "ab" * 32, author="", unique=unique, now=datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None)
        )


def test_receipts() -> None:
    assert decode_receipt(RECEIPT) == Receipt(ORIGIN, 2, 5, "0f" * 32, ((4, "ab" * 32), (2, "cd" * 32)), (3,))
    assert decode_receipt({**RECEIPT, "held": [], "purged": [2, 4], "x_other": 1}).purged == (2, 4)


@pytest.mark.parametrize("missing", ["type", "log", "from", "to", "root", "held", "purged"])
def test_a_receipt_has_all_its_members(missing: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_receipt({name: value for name, value in RECEIPT.items() if name != missing}, "$.object")
    assert (caught.value.code, caught.value.place) == ("receipt-malformed", "$.object")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "mithaq-opened"},
        {"log": "dara"},
        {"log": None},
        {"log": ORIGIN.removesuffix("1") + "0"},
        {"from": -1},
        {"from": 5},
        {"from": "2"},
        {"from": 2.5},
        {"from": True},
        {"to": 2},
        {"to": 4},
        {"root": "0F" * 32},
        {"root": "0f" * 31},
        {"root": None},
        {"held": None},
        {"held": {}},
        {"held": [[1, "ab" * 32]]},
        {"held": [[5, "ab" * 32]]},
        {"held": [[4, "ab" * 31]]},
        {"held": [[4, "AB" * 32]]},
        {"held": [[4, "ab" * 32], [4, "cd" * 32]]},
        {"held": [[4]]},
        {"held": [[4, "ab" * 32, 1]]},
        {"held": [["4", "ab" * 32]]},
        {"purged": None},
        {"purged": [1]},
        {"purged": [5]},
        {"purged": [3, 3]},
        {"purged": ["3"]},
    ],
)
def test_what_is_no_receipt(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        decode_receipt({**RECEIPT, **change})
    assert (caught.value.code, caught.value.place) == ("receipt-malformed", "$")
