"""Sections 3.2, 3.3, 5.3, 5.4, 5.6 and 5.8: objects, manifests, one object, its versions, and the date headers."""

import re
from datetime import datetime
from typing import Any

from tests.conformance.taxii.answers import Answer, instant, require_timestamp
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.suite import LISTS, READS, Suite

FIRST, LAST = "x-taxii-date-added-first", "x-taxii-date-added-last"


def _all(suite: Suite, endpoint: str) -> Answer:
    """All that was written together and in versions, in one answer where the server gives so many."""
    written = suite.written
    if endpoint in LISTS:
        return suite.read(endpoint, id=",".join([written.id, *written.batch_ids]), version="all")
    return suite.read(endpoint, **({"version": "all"} if endpoint == "object" else {}))


def _items(answer: Answer) -> list[Any]:
    found = answer.resource
    return list(found.get("versions", [])) if "versions" in found else answer.objects


@check("3.7", MUST)
def object_is_what_was_added(suite: Suite) -> None:
    """An object is served with every property that was sent, of the same value (times may be written otherwise)."""
    sent = suite.written.history[-1]
    found = suite.read("object").objects
    require(len(found) == 1, f"{len(found)} objects")
    for name, value in sent.items():
        same = found[0].get(name) == value
        if name in {"created", "modified", "valid_from"} and not same:
            same = instant(str(found[0].get(name))) == instant(value)
        require(same, f"{name} is {found[0].get(name)!r}, and was {value!r}")


@check("3.7", SHOULD)
def object_text_is_kept(suite: Suite) -> None:
    """An object is served as it was sent, with its times in the same digits: what was computed of it holds."""
    sent = suite.written.history[-1]
    found = suite.read("object").objects
    for name in (found[0].keys() | sent.keys()) if found else ():
        require(found[0].get(name) == sent.get(name), f"{name} was {sent.get(name)!r}, and is {found[0].get(name)!r}")


@check("3.7", MUST, each=("objects", "object"))
def envelope_properties(suite: Suite, endpoint: str) -> None:
    """An envelope has `objects`, `more` and `next` of their types; other properties have names of section 7.1.1."""
    answer = _all(suite, endpoint)
    assert answer.more in {True, False}
    assert answer.next is None or answer.next
    wrong = [each for each in answer.resource if not re.fullmatch(r"[a-z0-9_]{3,250}", each)]
    require(not wrong, f"no names of properties: {wrong}")


@check("3.7", MUST, each=LISTS)
def nothing_found_is_an_empty_answer(suite: Suite, endpoint: str) -> None:
    """Where nothing matches the answer is 200 without `objects`, not an error and not an empty list."""
    found = suite.read(endpoint, id=suite.material.id("indicator")).resource
    require("objects" not in found, f"objects is {found.get('objects')!r}")
    require(not found.get("more"), "`more` is true")


@check("5.6", MUST, each=("object", "versions"))
def unknown_object(suite: Suite, endpoint: str) -> None:
    """An object that is not there is answered with 404."""
    suite.get(suite.place(endpoint, suite.material.id("indicator"))).expect(404)


@check("5.6", SHOULD, each=("nonsense", "indicator--nonsense", "%00", "%ff", "..%2f..", "very-long"))
def malformed_object_id(suite: Suite, text: str) -> None:
    """An id that is none of STIX is answered with 404 or 400, or 414 where it is too long."""
    suite.get(suite.place("object", text.replace("very-long", "a" * 2000))).expect(301, 308, 400, 404, 414)


@check("5.6", MUST)
def object_is_as_in_the_list(suite: Suite) -> None:
    """One object is the same as a search for its id gives."""
    alone = suite.read("object").objects
    listed = suite.read("objects", id=suite.written.id).objects
    require(alone == listed, "they differ")


@check("5.3.1", MUST, each=("id", "date_added", "version"))
def manifest_required(suite: Suite, name: str) -> None:
    """Each record of a manifest has its required properties."""
    for each in _all(suite, "manifest").objects:
        require(isinstance(each.get(name), str), f"{name} is {each.get(name)!r}")


@check("5.3.1", MUST)
def manifest_versions(suite: Suite) -> None:
    """A manifest has a record for each version, whose version is the time of `modified`."""
    found = {(each["id"], instant(str(each.get("version")))) for each in suite.records(suite.written.id)}
    wanted = {(each["id"], instant(each["modified"])) for each in suite.written.history}
    require(
        found == wanted, f"there are {len(found & wanted)} of {len(wanted)} versions, and {len(found - wanted)} others"
    )


@check("5.3.1", SHOULD)
def manifest_version_text(suite: Suite) -> None:
    """A manifest's version is the very text of `modified`, so it can be asked for."""
    found = {each.get("version") for each in suite.records(suite.written.id)}
    require(found == {each["modified"] for each in suite.written.history}, f"they are {found}")


@check("5.3.1", MUST)
def manifest_of_an_unversioned_object(suite: Suite) -> None:
    """Of an object without `modified` the version is `created`."""
    given = suite.unversioned
    if given is None:
        skip("the server takes no marking definition")
    found = [instant(str(each.get("version"))) for each in suite.records(given["id"])]
    require(found == [instant(given["created"])], f"its versions are {found}")


@check("5.3.1", SHOULD)
def manifest_of_an_undated_object(suite: Suite) -> None:
    """Of an object without `created` and `modified` the version is the same each time."""
    given = suite.undated
    if given is None:
        skip("the server takes no cyber-observable object")
    first, second = ([each.get("version") for each in suite.records(given["id"])] for _ in range(2))
    require(len(first) == 1 and first == second, f"{first}, then {second}")


@check("5.3.1", MUST)
def manifest_media_types(suite: Suite) -> None:
    """A record's media type is one of those of the collection."""
    found = {each["media_type"] for each in _all(suite, "manifest").objects if "media_type" in each}
    if not found:
        skip("records have no media type, which is optional")
    known = suite.read("collection").resource.get("media_types", ["application/stix+json"])
    plain = {each.replace(" ", "") for each in known}
    wrong = {each for each in found if each.replace(" ", "") not in plain}
    require(not wrong, f"{wrong} are not among {known}")


@check("2", MUST)
def manifest_dates(suite: Suite) -> None:
    """A record's date_added is a timestamp with microseconds."""
    for each in _all(suite, "manifest").objects:
        require_timestamp(each.get("date_added"), "date_added")


@check("5.8", MUST)
def versions_of_an_object(suite: Suite) -> None:
    """The versions of an object are all that were added."""
    found = sorted(instant(str(each)) for each in suite.read("versions").resource.get("versions", []))
    require(found == sorted(instant(each["modified"]) for each in suite.written.history), f"they are {found}")


@check("5.8", SHOULD)
def versions_text(suite: Suite) -> None:
    """The versions of an object are the very texts of `modified`, so they can be asked for."""
    found = suite.read("versions").resource.get("versions", [])
    require(sorted(found) == sorted(each["modified"] for each in suite.written.history), f"they are {found}")


@check("5.8", SHOULD)
def versions_in_order(suite: Suite) -> None:
    """The versions of an object come in the order in which they were added."""
    found = [instant(str(each)) for each in suite.read("versions").resource.get("versions", [])]
    require(found == [instant(each["modified"]) for each in suite.written.history], f"they are {found}")


@check("5.8", MUST)
def versions_of_an_unversioned_object(suite: Suite) -> None:
    """Of an object without `modified` the one version is `created`."""
    given = suite.unversioned
    if given is None:
        skip("the server takes no marking definition")
    found = [instant(str(each)) for each in suite.read("versions", given["id"]).resource.get("versions", [])]
    require(found == [instant(given["created"])], f"they are {found}")


# Dates


@check("3.2", MUST, each=READS)
def date_headers(suite: Suite, endpoint: str) -> None:
    """Content comes with the dates on which the first and the last of it were added, as timestamps."""
    answer = _all(suite, endpoint)
    for name in (FIRST, LAST):
        require(name in answer.headers, f"no {name}")
        require_timestamp(answer.headers[name], name)
    require(instant(answer.headers[FIRST]) <= instant(answer.headers[LAST]), "the first is later than the last")


@check("3.2", MUST, each=READS)
def date_headers_are_of_the_content(suite: Suite, endpoint: str) -> None:
    """The two dates are those of the first and the last in this very answer."""
    answer = _all(suite, endpoint)
    known = _dates(suite)
    items = _items(answer)
    require(items, "nothing in it")
    times = [
        known[suite.written.id, instant(str(each))]
        if isinstance(each, str)
        else known[str(each["id"]), instant(str(each.get("version") or each.get("modified")))]
        for each in items
    ]
    if endpoint == "versions":  # their order is not defined
        times.sort()
    found = (instant(answer.headers.get(FIRST, "")), instant(answer.headers.get(LAST, "")))
    require(found == (times[0], times[-1]), f"they are {found}, the content's {times[0]} and {times[-1]}")


def _dates(suite: Suite) -> dict[tuple[str, datetime], datetime]:
    records = suite.records(suite.written.id, *suite.written.batch_ids)
    return {(each["id"], instant(str(each.get("version")))): instant(str(each.get("date_added"))) for each in records}


@check("3.3", MUST)
def manifest_is_sorted(suite: Suite) -> None:
    """Records of a manifest come in the order in which the objects were added."""
    found = [instant(str(each.get("date_added"))) for each in _all(suite, "manifest").objects]
    require(found == sorted(found), "they are not sorted by date_added")


@check("3.3", MUST, each=("objects", "object"))
def objects_are_sorted(suite: Suite, endpoint: str) -> None:
    """Objects come in the order in which they were added."""
    known = _dates(suite)
    answer = _all(suite, endpoint)
    found = [known[str(each["id"]), instant(str(each.get("modified")))] for each in answer.objects]
    require(found == sorted(found), "they are not sorted by the manifest's date_added")


@check("3.3", MUST)
def later_requests_come_later(suite: Suite) -> None:
    """What was added by a later request has a later date, whatever its `modified` says."""
    one, two = suite.material.indicator(9), suite.material.indicator(2)
    suite.add(one)
    suite.add(two)
    dates = [instant(suite.date_added(each["id"], each["modified"])) for each in (one, two)]
    require(dates[0] < dates[1], f"they are {dates}")


@check("3.3", SHOULD)
def each_object_has_a_date_of_its_own(suite: Suite) -> None:
    """Objects of one request have different dates: only then can one read on by `added_after` (section 3.5)."""
    found = [str(each.get("date_added")) for each in suite.records(*suite.written.batch_ids)]
    require(len(set(found)) == len(found), f"{len(found)} objects have {len(set(found))} dates")
