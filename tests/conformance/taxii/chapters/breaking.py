"""Sections 4.3.1 and 5.5: envelopes and objects that are not as they should be.

This comes last: there are servers that take a broken object and cannot read the collection afterwards.
"""

from typing import Any

from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.suite import LISTS, Suite

BODIES = {
    "empty": b"",
    "half": b'{"objects": [',
    "no-json": b"objects=nothing",
    "no-utf8": b'{"objects": [{"type": "indicator", "name": "\xff\xfe"}]}',
    "list": b"[]",
    "string": b'"objects"',
    "number": b"1",
    "null": b"null",
    "objects-string": b'{"objects": "indicator"}',
    "objects-object": b'{"objects": {"type": "indicator"}}',
    "objects-numbers": b'{"objects": [1, null, "indicator"]}',
    "deep": b'{"objects": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
}


def _refused(suite: Suite, form: str, *statuses: int) -> None:
    answer = suite.send(BODIES[form])
    if form == "objects-numbers" and answer.status == 202:
        final = suite.settle(answer.resource)
        require(final.get("success_count") == 0, f"success_count is {final.get('success_count')!r}")
    elif statuses:
        answer.expect(*statuses)
    else:
        answer.expect_refusal()


@check("5.5", MUST, each=tuple(BODIES))
def malformed_body(suite: Suite, form: str) -> None:
    """A body that is no envelope is refused, or its objects are failures of the status; no failure of the server."""
    _refused(suite, form)


@check("5.5", SHOULD, each=tuple(BODIES))
def malformed_body_status(suite: Suite, form: str) -> None:
    """A body that is no envelope is answered with 400 or 422."""
    _refused(suite, form, 400, 422)


@check("5.5", MUST, each=("{}", '{"objects": []}', '{"more": false}'))
def envelope_without_objects(suite: Suite, body: str) -> None:
    """An envelope without objects is taken or refused; it is no failure of the server."""
    answer = suite.send(body.encode())
    if answer.status != 202:
        answer.expect_refusal()


BROKEN: dict[str, dict[str, Any]] = {
    "no-id": {"id": None},
    "no-type": {"type": None},
    "id-number": {"id": 7},
    "id-of-another-type": {"id": "malware--2d6f7d27-3b1b-4b4e-8a53-0f7d9c0c2b11"},
    "modified-nonsense": {"modified": "yesterday"},
    "modified-number": {"modified": 7},
    "type-list": {"type": ["indicator"]},
}


def _broken(suite: Suite, form: str) -> dict[str, Any]:
    made = suite.material.indicator() | BROKEN[form]
    return {key: value for key, value in made.items() if value is not None}


@check("5.5", MUST, each=tuple(BROKEN))
def broken_object_is_no_crash(suite: Suite, form: str) -> None:
    """A broken object is refused, is a failure in the status, or is taken as it is; it is no failure of the server."""
    answer = suite.post([_broken(suite, form)])
    if answer.status != 202:
        answer.expect_refusal()


@check("5.5", SHOULD, each=tuple(BROKEN))
def broken_object_is_refused(suite: Suite, form: str) -> None:
    """A broken object, which is no STIX object (section 3.7), is not taken."""
    answer = suite.post([_broken(suite, form)]).expect(202, 400, 422)
    if answer.status == 202:
        final = suite.settle(answer.resource)
        require(final.get("success_count") == 0, "it is called a success")


@check("4.3.1", MUST)
def good_and_broken(suite: Suite) -> None:
    """Of a good and a broken object in one envelope either none is added, or the status tells which."""
    good, bad = suite.material.indicator(), _broken(suite, "modified-nonsense")
    answer = suite.post([good, bad]).expect(202, 400, 422)
    if answer.status != 202:
        require(not suite.stored(good), f"refused with {answer.status}, and the good one is there")
        return
    final = suite.settle(answer.resource)
    require(final.get("total_count") == 2, f"total_count is {final.get('total_count')!r} of 2 objects")
    counts = (final.get("success_count"), final.get("failure_count"))
    require(sum(int(each or 0) for each in counts) == 2, f"successes and failures are {counts} of 2 objects")
    there = bool(suite.stored(good))
    require(there == (int(counts[0] or 0) > 0), f"{counts[0]} successes, and the good one is there: {there}")


@check("4.3.1", SHOULD)
def failures_are_told(suite: Suite) -> None:
    """Where a status counts a failure it names the object and says why."""
    bad = _broken(suite, "modified-nonsense")
    answer = suite.post([suite.material.indicator(), bad]).expect(202, 400, 422)
    if answer.status != 202:
        skip("the envelope is refused as a whole")
    final = suite.settle(answer.resource)
    if not final.get("failure_count"):
        skip("the broken object is taken")
    found = {each.get("id"): each.get("message") for each in final.get("failures", [])}
    require(found.get(bad["id"]), f"failures are {found}")


@check("5.5", MUST, each=LISTS)
def collection_is_read_after_all(suite: Suite, endpoint: str) -> None:
    """After all these the collection can still be read, and nothing good is lost."""
    suite.read(endpoint, limit=5)
    found = suite.read(endpoint, id=suite.written.id).ids
    require(found == [suite.written.id], f"it gives {found}")
