"""The JSON forms of records, pages, outcomes and previews: the same from commands and over HTTP.

A record's bytes are canonical JSON with the members object, release and v, in this order. They are put into an answer
as they are, between what the node adds, so that nothing is parsed, written again or lost on the way: whoever takes
object, release and v of an answer and writes them canonically has the bytes that the log committed to.

>>> splice({"index": 7}, b'{"object":{"x":1.5},"release":{},"v":1}')
b'{"index":7,"object":{"x":1.5},"release":{},"v":1}'
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mithaq.errors import Language, MithaqError
from mithaq.model import Head, encode_time
from mithaq.node import Outcome, Page, Placed, Rehearsal
from mithaq.store.reading import StoredRecord

__all__ = [
    "error_value",
    "head_values",
    "outcome_value",
    "page_value",
    "record_value",
    "rehearsal_value",
    "splice",
]


def error_value(error: MithaqError, language: Language) -> dict[str, str]:
    """An error with its words in one language."""
    return {
        "code": error.code,
        "family": error.family,
        "place": error.place,
        "title": error.title(language),
        "advice": error.advice(language),
    }


def splice(first: Mapping[str, Any], body: bytes) -> bytes:
    """One JSON object with the members of `first`, which is not empty, and those of `body`, an object's JSON bytes."""
    return orjson.dumps(first)[:-1] + b"," + body[1:]


def record_value(record: StoredRecord) -> orjson.Fragment:
    """A stored record: where it stands and since when (UTC), and its object and release with every property."""
    stands = {
        "log": record.log,
        "index": record.index,
        "commitment": record.commitment.hex(),
        "accepted": encode_time(record.accepted),
    }
    return orjson.Fragment(splice(stands, record.body))


def page_value(page: Page) -> dict[str, Any]:
    """A page: its records, the cursor behind the last of them, and whether there are more."""
    return {"records": [record_value(each) for each in page.records], "next": page.next, "more": page.more}


def head_values(heads: Sequence[Head], records: Mapping[bytes, StoredRecord]) -> list[dict[str, Any]]:
    """An object's newest forms, each with who published it and its records, which `records` has by commitment."""
    return [
        {
            "version": head.version,
            "publishers": list(head.publishers),
            "conflicting": head.conflicting,
            "records": [record_value(records[each]) for each in head.commitments],
        }
        for head in heads
    ]


def outcome_value(outcome: Outcome) -> dict[str, Any]:
    """What became of a publication."""
    return {
        "published": [_placed_value(each) for each in outcome.published],
        "unchanged": [_placed_value(each) for each in outcome.unchanged],
        "warned": [{"place": place, "reference": reference} for place, reference in outcome.warned],
    }


def _placed_value(placed: Placed) -> dict[str, Any]:
    return {
        "index": placed.index,
        "commitment": placed.commitment.hex(),
        "id": placed.object_id,
        "version": placed.version,
    }


def rehearsal_value(rehearsal: Rehearsal) -> dict[str, Any]:
    """Who would see an object, organisation by organisation and by which door, and why not the others."""
    return {
        "tlp": rehearsal.tlp.label,
        "audience": list(rehearsal.addressed.audience),
        "organisations": [
            {"id": each.organisation, "sees": each.sees, "doors": list(each.doors), "reason": each.reason}
            for each in rehearsal.doors
        ],
    }
