"""Sections 3.7, 5.5 and 7: adding objects of every kind, duplicates, versions, and bodies of every size."""

import json
from typing import Any

from tests.conformance.taxii.answers import instant
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.material import later
from tests.conformance.taxii.suite import Suite

LARGEST_SENT = 128 * 2**20


@check("5.5", MUST)
def add_answers_202(suite: Suite) -> None:
    """Added objects are answered with 202 and a status that counts them."""
    answer = suite.post([suite.material.indicator(), suite.material.malware()]).expect(202)
    found = answer.resource
    require(found.get("total_count") in {0, 2}, f"total_count is {found.get('total_count')!r} of 2 objects")
    final = suite.settle(found)
    require(final.get("success_count") == 2, f"success_count is {final.get('success_count')!r} of 2 objects")


@check("5.5", MUST)
def added_is_there(suite: Suite) -> None:
    """What a complete status calls a success is in the collection."""
    made = suite.material.indicator()
    suite.add(made)
    require(suite.stored(made), "it is not there")


@check("5.5", MUST)
def duplicate_is_no_error(suite: Suite) -> None:
    """An exact duplicate of an object that the collection has is no error."""
    made = suite.material.indicator()
    suite.add(made)
    final = suite.settle(suite.post([made]).expect(202).resource)
    require(final.get("failure_count") == 0, f"failure_count is {final.get('failure_count')!r}")


@check("5.5", SHOULD)
def duplicate_counts_as_success(suite: Suite) -> None:
    """An exact duplicate counts as a success."""
    made = suite.material.indicator()
    suite.add(made)
    final = suite.settle(suite.post([made]).expect(202).resource)
    require(final.get("success_count") == 1, f"success_count is {final.get('success_count')!r}")


@check("5.5", SHOULD)
def duplicate_is_stored_once(suite: Suite) -> None:
    """An exact duplicate is not there twice."""
    made = suite.material.indicator()
    suite.add(made)
    suite.post([made])
    require(len(suite.records(made["id"])) == 1, "it is there twice")


@check("5.5", MUST)
def duplicate_in_one_request(suite: Suite) -> None:
    """The same object twice in one envelope is no error."""
    made = suite.material.indicator()
    final = suite.settle(suite.post([made, made]).expect(202).resource)
    require(final.get("failure_count") == 0, f"failure_count is {final.get('failure_count')!r}")
    require(len(suite.stored(made)) == 1, f"it is there {len(suite.stored(made))} times")


@check("5.5", MUST, each=("marking-definition", "ipv4-addr"))
def duplicate_without_modified(suite: Suite, kind: str) -> None:
    """A duplicate of an object without `modified` is no error either, and is not there twice."""
    made = KINDS[kind](suite)
    if suite.settle(suite.post([made]).expect(202, 422).resource).get("success_count") != 1:
        skip("the server takes no such object")
    final = suite.settle(suite.post([made]).expect(202).resource)
    require(final.get("failure_count") == 0, f"failure_count is {final.get('failure_count')!r}")
    require(len(suite.records(made["id"])) == 1, "it is there twice")


@check("5.5", SHOULD)
def same_version_with_other_content(suite: Suite) -> None:
    """An object of a version that is there, but of other content, is a success or a failure, and no second version."""
    made = suite.material.indicator()
    suite.add(made)
    answer = suite.post([made | {"name": "another"}]).expect(202, 400, 409, 422)
    if answer.status == 202:
        suite.settle(answer.resource)
    require(len(suite.records(made["id"])) == 1, "there are two of one version")


@check("5.5", MUST)
def versions_are_added(suite: Suite) -> None:
    """Two versions of an object in one envelope are both there."""
    first = suite.material.indicator(2)
    second = later(first, 4)
    suite.add(first, second)
    found = {instant(str(each.get("modified"))) for each in suite.stored(first)}
    require(found == {instant(first["modified"]), instant(second["modified"])}, f"there are {sorted(found)}")


@check("5.5", SHOULD)
def older_version_is_added(suite: Suite) -> None:
    """A version older than the one that is there is added, and the newer stays the latest."""
    newer = suite.material.indicator(8)
    older = newer | {"modified": "2026-01-03T08:30:00.000Z"}
    suite.add(newer)
    suite.add(older)
    found = suite.read("object", newer["id"]).versions
    require([version for _, version in found] == [instant(newer["modified"])], f"the latest is {found}")
    require(len(suite.stored(newer)) == 2, "the older is not there")


def _marking(suite: Suite) -> dict[str, Any]:
    return suite.material.marking()


def _address(suite: Suite) -> dict[str, Any]:
    return suite.material.address()


def _relation(suite: Suite) -> dict[str, Any]:
    return suite.material.relationship(suite.material.id("indicator"), suite.material.id("malware"))


def _language(suite: Suite) -> dict[str, Any]:
    made = suite.material.indicator()
    common = {key: made[key] for key in ("spec_version", "created", "modified")}
    text = {"ru": {"name": "Узел"}, "ar": {"name": "مضيف"}}
    identifier = suite.material.id("language-content")
    return {"type": "language-content", "id": identifier, "object_ref": made["id"], "contents": text} | common


def _custom(suite: Suite) -> dict[str, Any]:
    made = suite.material.indicator()
    identifier = suite.material.id("x-conformance-example")
    common = {key: made[key] for key in ("spec_version", "created", "modified")}
    return {"type": "x-conformance-example", "id": identifier, "x_note": "custom"} | common


KINDS = {
    "marking-definition": _marking, "ipv4-addr": _address, "relationship": _relation,
    "language-content": _language, "x-conformance-example": _custom,
}  # fmt: skip


@check("3.7", MUST, each=tuple(KINDS))
def kinds_of_objects(suite: Suite, kind: str) -> None:
    """An object of any kind of STIX is taken and served again, or refused by 422 or as a failure in the status."""
    made = KINDS[kind](suite)
    answer = suite.post([made]).expect(202, 422)
    if answer.status == 422:
        return
    final = suite.settle(answer.resource)
    if final.get("failure_count"):
        require(not suite.stored(made), "it is called a failure, and is there")
        return
    found = [each.get("id") for each in suite.stored(made)]
    require(found == [made["id"]], f"it is called a success, and there is {found}")


@check("3.7", SHOULD, each=tuple(KINDS)[:4])
def kinds_of_objects_are_taken(suite: Suite, kind: str) -> None:
    """An object of any kind that STIX 2.1 defines is taken."""
    suite.add(KINDS[kind](suite))


@check("3.7", MUST)
def text_survives(suite: Suite) -> None:
    """Names in any script, and signs outside the first plane of Unicode, come back as they were sent."""
    name = 'Узел «Ладога» – مضيف – 主机 – 🛰 – \\ " \u2028 e\u0301'
    made = suite.material.indicator(name=name)
    suite.add(made)
    found = [each.get("name") for each in suite.stored(made)]
    require(found == [name], f"it came back as {found}")


@check("3.7", SHOULD)
def custom_properties_of_objects_survive(suite: Suite) -> None:
    """A custom property of an object comes back as it was sent."""
    made = suite.material.indicator(x_conformance_list=[1, {"deep": [None, 1.5, True]}])
    suite.add(made)
    found = [each.get("x_conformance_list") for each in suite.stored(made)]
    require(found == [made["x_conformance_list"]], f"it came back as {found}")


@check("7.1.1", MUST)
def custom_property_of_envelope(suite: Suite) -> None:
    """A custom property of an envelope is ignored, or the envelope is refused with 422."""
    made = suite.material.indicator()
    body = {"objects": [made], "x_example_org_note": {"any": [1, 2]}}
    answer = suite.send(json.dumps(body).encode()).expect(202, 422)
    if answer.status == 202:
        suite.remember(made)
        suite.settle(answer.resource)
        require(suite.stored(made), "the property is ignored, and so is the object")


# Size


def _limit(suite: Suite) -> int:
    found = suite.read("api-root").resource.get("max_content_length")
    if type(found) is not int:
        skip(f"max_content_length is {found!r}")
    if found > LARGEST_SENT:
        skip(f"max_content_length is {found:,}; no more than {LARGEST_SENT:,} bytes are sent")
    return found


def _padded(size: int) -> bytes:
    return b'{"more": false' + b" " * (size - 15) + b"}"


@check("4.2.1", MUST)
def below_the_limit(suite: Suite) -> None:
    """A body a little smaller than max_content_length is not answered with 413."""
    suite.send(_padded(_limit(suite) - 1)).expect(202, 400, 422)


@check("5.5", MUST)
def above_the_limit(suite: Suite) -> None:
    """A body larger than max_content_length is answered with 413."""
    suite.send(_padded(_limit(suite) + 1)).expect(413)
