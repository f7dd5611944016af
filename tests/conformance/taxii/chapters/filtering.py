"""Section 3.4: what each filter gives, alone and with others, and what a malformed one is answered with."""

from datetime import timedelta
from typing import Any

from tests.conformance.taxii.answers import instant
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.material import STIX_TYPES, day
from tests.conformance.taxii.suite import LISTS, READS, Suite

ONE = ("objects", "manifest", "object")


def _found(suite: Suite, endpoint: str, **params: Any) -> list[Any]:
    """Ids and versions, sorted, of all pages."""
    return sorted(each for page in suite.walk(endpoint, **params) for each in page.versions)


def _of_history(suite: Suite, endpoint: str, version: str | None) -> list[Any]:
    """The instants of the versions that a filter gives of the object with three."""
    params = {} if version is None else {"version": version}
    if endpoint in LISTS:
        params["id"] = suite.written.id
    return [at for _, at in _found(suite, endpoint, **params)]


def _days(*numbers: int) -> list[Any]:
    return [instant(day(each)) for each in numbers]


# match[id]


@check("3.4.1", MUST, each=LISTS)
def id_of_one(suite: Suite, endpoint: str) -> None:
    """`match[id]` gives the object of that id and no other."""
    wanted = suite.written.batch[2]
    found = _found(suite, endpoint, id=wanted["id"])
    require(found == [(wanted["id"], instant(wanted["modified"]))], f"it gives {found}")


@check("3.4", MUST, each=LISTS)
def id_of_several(suite: Suite, endpoint: str) -> None:
    """Several ids with commas between them give all these objects."""
    wanted = sorted([*suite.written.batch_ids[:3], suite.written.malware["id"]])
    found = [identifier for identifier, _ in _found(suite, endpoint, id=",".join(wanted))]
    require(found == wanted, f"{len(found)} of {len(wanted)}")


@check("3.4", MUST, each=LISTS)
def id_unknown_among_known(suite: Suite, endpoint: str) -> None:
    """An id that nobody has, among others, takes nothing away."""
    wanted = suite.written.batch_ids[0]
    found = [one for one, _ in _found(suite, endpoint, id=f"{suite.material.id('indicator')},{wanted}")]
    require(found == [wanted], f"it gives {found}")


# match[type]


@check("3.4.1", MUST, each=LISTS)
def type_of_one(suite: Suite, endpoint: str) -> None:
    """`match[type]` gives objects of that type and no other; in a manifest it looks at the objects too."""
    written = suite.written
    ids = ",".join([written.id, written.malware["id"], written.relation["id"]])
    found = [one for one, _ in _found(suite, endpoint, id=ids, type="malware")]
    require(found == [written.malware["id"]], f"it gives {found}")


@check("3.4", MUST, each=LISTS)
def type_of_several(suite: Suite, endpoint: str) -> None:
    """Several types give objects of any of them."""
    written = suite.written
    ids = ",".join([written.id, written.malware["id"], written.relation["id"]])
    found = [one for one, _ in _found(suite, endpoint, id=ids, type="malware,relationship")]
    require(found == sorted([written.malware["id"], written.relation["id"]]), f"it gives {found}")


@check("3.4.1", MUST, each=STIX_TYPES)
def type_is_known(suite: Suite, name: str) -> None:
    """A type that STIX 2.1 defines is no error, whether there are such objects or not."""
    suite.read("objects", type=name, limit=1)


@check("3.4.1", MUST)
def all_types_at_once(suite: Suite) -> None:
    """All types that STIX 2.1 defines can be asked for at once."""
    suite.read("objects", type=",".join(STIX_TYPES), limit=1)


@check("3.4.1", MUST, each=("x-conformance-nothing", "Indicator", "%", "'"))
def type_is_unknown(suite: Suite, name: str) -> None:
    """A type that STIX does not define gives nothing, or 400."""
    answer = suite.get(suite.place("objects"), params={"match[type]": name}).expect(200, 400)
    require(answer.status == 400 or not answer.objects, "it gives something")


@check("3.4", MUST, each=LISTS)
def fields_are_all_to_match(suite: Suite, endpoint: str) -> None:
    """Several match fields give only what matches all of them."""
    found = _found(suite, endpoint, id=suite.written.id, type="malware")
    require(not found, f"it gives {found}")


# match[version]

VERSIONS: dict[str, tuple[str | None, tuple[int, ...]]] = {
    "none": (None, (9,)),
    "last": ("last", (9,)),
    "first": ("first", (1,)),
    "all": ("all", (1, 5, 9)),
    "one": (day(5), (5,)),
    "two": (f"{day(1)},{day(5)}", (1, 5)),
    "first-and-last": ("first,last", (1, 9)),
    "first-and-one": (f"first,{day(5)}", (1, 5)),
    "three-words": (f"first,{day(5)},last", (1, 5, 9)),
    "last-by-name": (f"last,{day(9)}", (9,)),
}


@check("3.4.1", MUST, each=tuple(f"{form} {endpoint}" for form in VERSIONS for endpoint in ONE))
def version_gives(suite: Suite, what: str) -> None:
    """`match[version]` gives the versions that it names; without it the latest comes."""
    form, endpoint = what.split()
    version, wanted = VERSIONS[form]
    found = _of_history(suite, endpoint, version)
    require(found == _days(*wanted), f"it gives {[each.day for each in found]} of January, not {list(wanted)}")


@check("3.4.1", MUST, each=LISTS)
def version_absent(suite: Suite, endpoint: str) -> None:
    """A version that is not there gives nothing."""
    found = _of_history(suite, endpoint, day(20))
    require(not found, f"it gives {found}")


@check("5.6", MUST)
def version_absent_of_one(suite: Suite) -> None:
    """A version that is not there, of an object that is, gives an empty envelope or 404."""
    answer = suite.get(suite.place("object"), params={"match[version]": day(20)}).expect(200, 404)
    require(answer.status == 404 or not answer.objects, "it gives something")


@check("3.4.1", SHOULD, each=("2026-01-05T08:30:00Z", "2026-01-05T08:30:00.000000Z"))
def version_of_another_precision(suite: Suite, text: str) -> None:
    """A version is found by the same time in another number of digits, or is not, but that is no error."""
    answer = suite.get(suite.place("object"), params={"match[version]": text}).expect(200, 404)
    if answer.status == 200:
        require([at for _, at in answer.versions] in (_days(5), []), f"it gives {answer.versions}")


@check("3.4.1", MUST, each=("all", "first", "last", "created"))
def version_of_an_unversioned_object(suite: Suite, word: str) -> None:
    """An object without `modified` is its own first and last version, and `created` names it."""
    given = suite.unversioned
    if given is None:
        skip("the server takes no marking definition")
    found = _found(suite, "objects", id=given["id"], version=given["created"] if word == "created" else word)
    require([one for one, _ in found] == [given["id"]], f"it gives {found}")


@check("3.4.1", MUST, each=("none", "all", "first", "last"))
def version_of_an_undated_object(suite: Suite, word: str) -> None:
    """An object without any date of its own is its own first and last version."""
    given = suite.undated
    if given is None:
        skip("the server takes no cyber-observable object")
    params = {} if word == "none" else {"version": word}
    found = suite.read("objects", id=given["id"], **params).ids
    require(found == [given["id"]], f"it gives {found}")


@check("3.4.1", SHOULD)
def version_of_an_undated_object_by_name(suite: Suite) -> None:
    """The version that the manifest gives to an object without dates can be asked for."""
    given = suite.undated
    if given is None:
        skip("the server takes no cyber-observable object")
    version = suite.records(given["id"])[0].get("version")
    found = suite.read("objects", id=given["id"], version=version).ids
    require(found == [given["id"]], f"{version!r} gives {found}")


# match[spec_version]

SPECIFICATIONS = {"2.1": True, "2.0": False, "2.0,2.1": True, "2.0,9.9": False}


@check("3.4.1", MUST, each=tuple(f"{text} {endpoint}" for text in SPECIFICATIONS for endpoint in READS))
def specification_gives(suite: Suite, what: str) -> None:
    """`match[spec_version]` gives objects of the versions of STIX that it names, and of no others."""
    text, endpoint = what.split()
    params = {"spec_version": text} | ({"id": suite.written.id} if endpoint in LISTS else {})
    url = suite.place(endpoint)
    query = {f"match[{name}]": value for name, value in params.items()}
    allowed = (200,) if SPECIFICATIONS[text] or endpoint in LISTS else (200, 404)
    answer = suite.get(url, params=query).expect(*allowed)
    found = bool(answer.status == 200 and answer.resource.get("versions", answer.resource.get("objects")))
    require(found == SPECIFICATIONS[text], f"it gives {'something' if found else 'nothing'}")


# added_after


@check("3.4", MUST, each=LISTS)
def added_after_leaves_out(suite: Suite, endpoint: str) -> None:
    """`added_after` leaves out what was added at that very time and before, and nothing else."""
    one, two = suite.material.indicator(7), suite.material.indicator(3)
    suite.add(one)
    suite.add(two)
    date = suite.date_added(one["id"], one["modified"])
    found = [each for each, _ in _found(suite, endpoint, id=f"{one['id']},{two['id']}", added_after=date)]
    require(found == [two["id"]], f"it gives {[each == one['id'] for each in found]}")


@check("3.4", MUST, each=READS)
def added_after_the_past(suite: Suite, endpoint: str) -> None:
    """With a time long past nothing is left out."""
    params = {"id": suite.written.id} if endpoint in LISTS else {}
    answer = suite.read(endpoint, added_after="2001-01-01T00:00:00.000000Z", **params)
    require(answer.resource.get("versions", answer.objects), "it gives nothing")


@check("3.4", MUST, each=READS)
def added_after_the_future(suite: Suite, endpoint: str) -> None:
    """With a time to come all is left out: the answer is empty, for one object or its versions also 404."""
    allowed = (200,) if endpoint in LISTS else (200, 404)
    answer = suite.get(suite.place(endpoint), params={"added_after": "2999-01-01T00:00:00.000000Z"}).expect(*allowed)
    if answer.status == 200:
        require(not answer.resource.get("versions", answer.objects), "it gives something")


@check("3.4", MUST)
def added_after_is_not_modified(suite: Suite) -> None:
    """`added_after` looks at when an object was added, not at its own dates."""
    made = suite.material.indicator(1, modified="2099-01-01T00:00:00.000Z")
    suite.add(made)
    date = instant(suite.date_added(made["id"], made["modified"])) + timedelta(seconds=1)
    text = date.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    require(not suite.read("objects", id=made["id"], added_after=text).objects, "it gives the object")


@check("3.4", SHOULD, each=("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z", "2026-01-01T03:00:00.000000+03:00"))
def added_after_of_another_form(suite: Suite, text: str) -> None:
    """A time that is not written as TAXII wants it is taken, or refused with 400."""
    suite.get(suite.place("objects"), params={"added_after": text, "limit": "1"}).expect(200, 400)


# Malformed

MALFORMED = {
    "added_after": ("nonsense", "2026-13-01T00:00:00.000000Z", "2026"),
    "limit": ("nonsense", "0", "-1", "1.5"),
    "match[version]": ("nonsense", "2026-13-01T00:00:00.000Z"),
}


def _malformed() -> list[str]:
    return [
        f"{endpoint} {name}={value}"
        for endpoint in READS
        for name, values in MALFORMED.items()
        if endpoint != "versions" or name != "match[version]"
        for value in values
    ]


@check("3.4", MUST, each=tuple(_malformed()))
def malformed_filter(suite: Suite, what: str) -> None:
    """A malformed filter is answered with 400."""
    endpoint, _, query = what.partition(" ")
    name, _, value = query.partition("=")
    suite.get(suite.place(endpoint), params={name: value}).expect(400)


@check("3.4", SHOULD, each=("added_after=", "limit=", "match[version]=", "limit=%D9%A3", "limit=+5", "limit= 5"))
def almost_well_formed(suite: Suite, query: str) -> None:
    """An empty filter, or a number in other signs than digits, is answered with 400 or taken: no failure."""
    suite.get(f"{suite.place('objects')}?{query.replace(' ', '%20')}").expect(200, 400)


REPEATED = {
    "added_after": [("added_after", "2001-01-01T00:00:00.000000Z"), ("added_after", "2002-01-01T00:00:00.000000Z")],
    "limit": [("limit", "1"), ("limit", "2")],
    "match[type]": [("match[type]", "indicator"), ("match[type]", "malware")],
    "match[version]": [("match[version]", "first"), ("match[version]", "last")],
}


@check("3.4", SHOULD, each=tuple(REPEATED))
def repeated_filter(suite: Suite, name: str) -> None:
    """A filter that occurs twice, which no request may have, is answered with 400."""
    suite.get(suite.place("objects"), params=REPEATED[name]).expect(400)


@check("3.4.1", SHOULD, each=("all,last", "all,all", "first,first", f"{day(5)},{day(5)}"))
def contradicting_versions(suite: Suite, text: str) -> None:
    """Versions that no request may have together are answered with 400."""
    suite.get(suite.place("objects"), params={"match[version]": text}).expect(400)


@check("3.4", MUST, each=("match[nothing]=1", "nothing=1", "match[]=1", "match=1"))
def unknown_filter(suite: Suite, query: str) -> None:
    """A filter that the standard does not define is ignored, or refused with 400."""
    name, _, value = query.partition("=")
    suite.get(suite.place("objects"), params={name: value, "limit": "1"}).expect(200, 400)


@check("3.4", SHOULD, each=("limit=many-digits", "match[id]=%00", "match[id]=%ff", "match[type]=%f0%9f", "next=%00"))
def hostile_filter(suite: Suite, query: str) -> None:
    """Numbers, bytes and lengths that nobody needs are answered or refused: no failure of the server."""
    query = query.replace("many-digits", "9" * 30)
    suite.get(f"{suite.place('objects')}?{query}").expect(200, 400, 404)


@check("3.4", SHOULD)
def many_ids(suite: Suite) -> None:
    """A hundred ids at once are answered, or refused for the length of the address (414)."""
    ids = [suite.material.id("indicator") for _ in range(99)] + [suite.written.id]
    answer = suite.get(suite.place("objects"), params={"match[id]": ",".join(ids)}).expect(200, 400, 414, 431)
    require(answer.status != 200 or answer.ids == [suite.written.id], f"it gives {answer.ids}")
