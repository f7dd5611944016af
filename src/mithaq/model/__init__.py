"""What nodes must agree on: records, releases, charters, audiences, markings, canonical JSON, Mithaq's own STIX types.

Everything here reads and writes bytes and checks their *form*, as `docs/architecture.md` and the specification of the
bytes say. What is allowed is decided one room higher, in `release`.

>>> encode_canonical({"b": [], "a": "é"}).decode()
'{"a":"é","b":[]}'
"""

from mithaq.model.audience import MAX_AUDIENCE, PUBLIC, ROLES, Audience, Grant, Reader, decode_audience, is_id
from mithaq.model.canonical import (
    MAX_DEPTH,
    MAX_RECORD_BYTES,
    decode_canonical,
    decode_json,
    encode_canonical,
    verify_canonical,
    verify_depth,
)
from mithaq.model.charter import (
    ALL,
    OWN,
    Alliance,
    Charter,
    Keys,
    Names,
    Organisation,
    VerifiedCharter,
    charter_signer_name,
    decode_charter,
    encode_charter,
    follow_charters,
    verify_charter,
)
from mithaq.model.folding import object_words, query_words
from mithaq.model.genuine import Genuine, log_policy, pack_proof, verify_genuine, verify_held
from mithaq.model.heads import Copy, Head, fold_heads
from mithaq.model.instant import decode_time, encode_time, instant_key
from mithaq.model.marking import TLP_BY_MARKING, Tlp, strictest, tlp_of_definition
from mithaq.model.record import (
    Record,
    Release,
    audiences_of,
    commit,
    decode_record,
    prove_holding,
    seal_record,
)
from mithaq.model.types import (
    CHARTER_ADOPTED,
    EXTENSION,
    WITHDRAWAL,
    Receipt,
    adopt_charter,
    decode_receipt,
    identity_of,
    withdraw,
)

__all__ = [
    "ALL", "CHARTER_ADOPTED", "EXTENSION", "MAX_AUDIENCE", "MAX_DEPTH", "MAX_RECORD_BYTES", "OWN", "PUBLIC", "ROLES",
    "TLP_BY_MARKING", "WITHDRAWAL", "Alliance", "Audience", "Charter", "Copy", "Genuine", "Grant", "Head", "Keys",
    "Names", "Organisation", "Reader", "Receipt", "Record", "Release", "Tlp", "VerifiedCharter", "adopt_charter",
    "audiences_of", "charter_signer_name", "commit", "decode_audience", "decode_canonical", "decode_charter",
    "decode_json", "decode_receipt", "decode_record", "decode_time", "encode_canonical", "encode_charter",
    "encode_time", "fold_heads", "follow_charters", "identity_of", "instant_key", "is_id", "log_policy",
    "object_words", "pack_proof", "prove_holding", "query_words", "seal_record", "strictest", "tlp_of_definition",
    "verify_canonical", "verify_charter", "verify_depth", "verify_genuine", "verify_held", "withdraw",
]  # fmt: skip
