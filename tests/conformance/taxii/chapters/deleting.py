"""Section 5.7: deleting an object, or some of its versions."""

from typing import Any

from tests.conformance.taxii.answers import instant
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.material import later
from tests.conformance.taxii.suite import LISTS, Suite


def _three(suite: Suite) -> list[dict[str, Any]]:
    first = suite.material.indicator(1)
    made = [first, later(first, 4), later(first, 8)]
    suite.add(*made)
    return made


def _left(suite: Suite, identifier: str) -> list[Any]:
    answer = suite.get(suite.place("object", identifier), params={"match[version]": "all"}).expect(200, 404)
    return sorted(version for _, version in answer.versions) if answer.status == 200 else []


def _instants(objects: list[dict[str, Any]]) -> list[Any]:
    return sorted(instant(each["modified"]) for each in objects)


@check("5.7", MUST)
def delete_answers_200(suite: Suite) -> None:
    """Deleting an object is answered with 200."""
    made = suite.material.indicator()
    suite.add(made)
    suite.delete(made["id"]).expect(200)


@check("5.7", MUST)
def deleted_is_gone(suite: Suite) -> None:
    """A deleted object is answered with 404."""
    made = suite.material.indicator()
    suite.add(made)
    suite.delete(made["id"]).expect(200)
    suite.get(suite.place("object", made["id"])).expect(404)


@check("5.7", MUST, each=LISTS)
def deleted_is_in_no_list(suite: Suite, endpoint: str) -> None:
    """A deleted object is in no list any more, in none of its versions."""
    made = suite.material.indicator()
    suite.add(made)
    suite.delete(made["id"]).expect(200)
    found = suite.read(endpoint, id=made["id"], version="all").ids
    require(not found, f"there is {found}")


@check("5.7", MUST)
def deleted_has_no_versions(suite: Suite) -> None:
    """The versions of a deleted object are answered with 404, or are none."""
    made = suite.material.indicator()
    suite.add(made)
    suite.delete(made["id"]).expect(200)
    answer = suite.get(suite.place("versions", made["id"])).expect(200, 404)
    require(answer.status == 404 or "versions" not in answer.resource, "there are versions")


@check("5.7", MUST)
def delete_twice(suite: Suite) -> None:
    """Deleting what was deleted is answered with 404."""
    made = suite.material.indicator()
    suite.add(made)
    suite.delete(made["id"]).expect(200)
    suite.delete(made["id"]).expect(404)


@check("5.7", MUST)
def delete_unknown(suite: Suite) -> None:
    """Deleting what never was there is answered with 404."""
    suite.delete(suite.material.id("indicator")).expect(404)


@check("5.7", MUST)
def delete_all_versions(suite: Suite) -> None:
    """`match[version]=all` deletes every version."""
    made = _three(suite)
    suite.delete(made[0]["id"], version="all").expect(200)
    require(not _left(suite, made[0]["id"]), "versions are left")


@check("5.7", MUST)
def delete_one_version(suite: Suite) -> None:
    """A version that is named is deleted, and no other."""
    made = _three(suite)
    suite.delete(made[0]["id"], version=made[1]["modified"]).expect(200)
    left = _left(suite, made[0]["id"])
    require(left == _instants([made[0], made[2]]), f"left are {left}")


@check("5.7", MUST)
def delete_first_version(suite: Suite) -> None:
    """`match[version]=first` deletes the earliest version, and no other."""
    made = _three(suite)
    suite.delete(made[0]["id"], version="first").expect(200)
    left = _left(suite, made[0]["id"])
    require(left == _instants(made[1:]), f"left are {left}")


@check("5.7", MUST)
def delete_last_version(suite: Suite) -> None:
    """`match[version]=last` deletes the latest version, and no other; the one before is the latest then."""
    made = _three(suite)
    suite.delete(made[0]["id"], version="last").expect(200)
    left = _left(suite, made[0]["id"])
    require(left == _instants(made[:2]), f"left are {left}")
    found = suite.read("objects", id=made[0]["id"]).versions
    require([version for _, version in found] == _instants([made[1]]), f"the latest is {found}")


@check("5.7", SHOULD)
def delete_absent_version(suite: Suite) -> None:
    """Deleting a version that is not there deletes nothing, and is answered with 404 or 200."""
    made = _three(suite)
    suite.delete(made[0]["id"], version="2026-02-01T00:00:00.000Z").expect(200, 404)
    require(len(_left(suite, made[0]["id"])) == 3, "something is deleted")


@check("3.4", MUST)
def delete_malformed_version(suite: Suite) -> None:
    """Deleting with a malformed version deletes nothing and is answered with 400."""
    made = suite.material.indicator()
    suite.add(made)
    suite.delete(made["id"], version="nonsense").expect(400)
    require(_left(suite, made["id"]), "it is deleted")


@check("5.7", MUST)
def delete_leaves_others(suite: Suite) -> None:
    """Deleting one object leaves the others of its request."""
    made = [suite.material.indicator() for _ in range(3)]
    suite.add(*made)
    suite.delete(made[1]["id"]).expect(200)
    found = suite.read("objects", id=",".join(each["id"] for each in made)).ids
    require(sorted(found) == sorted([made[0]["id"], made[2]["id"]]), f"left are {len(found)}")


@check("5.7", MUST)
def delete_an_unversioned_object(suite: Suite) -> None:
    """An object without `modified` is deleted like any other."""
    made = suite.material.marking()
    if suite.unversioned is None:
        skip("the server takes no marking definition")
    suite.add(made)
    suite.delete(made["id"]).expect(200)
    suite.get(suite.place("object", made["id"])).expect(404)
