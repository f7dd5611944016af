"""Sections 2, 4, 5.1 and 5.2: discovery, API root, status, collections; their properties and types."""

import re
from typing import Any

from tests.conformance.taxii.answers import instant, is_uuid4, lists_of, media_type, require_timestamp
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.suite import ENDPOINTS, Suite

RESOURCES = ("discovery", "api-root", "status", "collections", "collection")
STRINGS = {"title", "description", "contact", "default", "alias", "status"}
LARGEST = 2**53 - 1


def _require_strings(found: dict[str, Any]) -> None:
    for name in STRINGS & found.keys():
        require(isinstance(found[name], str), f"{name} is no string: {found[name]!r}")


def _collections(suite: Suite) -> list[dict[str, Any]]:
    found = suite.read("collections").resource.get("collections", [])
    require(isinstance(found, list) and found, "no collections are listed")
    return list(found)


@check("2", MUST, each=ENDPOINTS)
def no_empty_lists(suite: Suite, endpoint: str) -> None:
    """No list is empty: an optional one is left out instead."""
    found = {key: value for key, value in suite.read(endpoint).resource.items() if key != "objects" or not value}
    empty = [where for where, items in lists_of(found) if not items]
    require(not empty, f"empty: {', '.join(empty)}")


@check("8.2.1", MUST)
def discovery_place(suite: Suite) -> None:
    """The discovery is at /taxii2/, at the root of the server."""
    suite.get(suite.discovery).expect(200)


@check("4.1.1", MUST, each=("title",))
def discovery_required(suite: Suite, name: str) -> None:
    """The discovery has its required property."""
    require(isinstance(suite.read("discovery").resource.get(name), str), f"no {name}")


@check("4.1.1", MUST, each=RESOURCES)
def text_properties(suite: Suite, endpoint: str) -> None:
    """What is to be a string is one."""
    found = suite.read(endpoint).resource
    for each in found.get("collections", []) if endpoint == "collections" else [found]:
        _require_strings(each)


@check("8.2.1", MUST)
def discovery_has_a_root(suite: Suite) -> None:
    """The server has at least one API root, and tells whoever may use it."""
    roots = suite.read("discovery").resource.get("api_roots")
    require(isinstance(roots, list) and roots, "no API roots")
    require(all(isinstance(each, str) for each in roots or []), "an API root is no string")


@check("4.1.1", MUST)
def root_urls(suite: Suite) -> None:
    """API roots are absolute HTTPS URLs (here HTTP too, as one was given) or paths from `/`, without a query."""
    allowed = re.compile(r"(https://|http://|/(?!/))" if suite.url.startswith("http://") else r"(https://|/(?!/))")
    for each in suite.read("discovery").resource.get("api_roots", []):
        require(allowed.match(each), f"{each} is neither an absolute URL nor a path from /")
        require("?" not in each, f"{each} has a query")


@check("4.1.1", MUST)
def default_root_is_listed(suite: Suite) -> None:
    """The default API root is one of those listed."""
    found = suite.read("discovery").resource
    if "default" not in found:
        skip("there is no default")
    require(found["default"] in found.get("api_roots", []), f"{found['default']} is not among {found.get('api_roots')}")


@check("4.1", SHOULD)
def root_in_use_is_listed(suite: Suite) -> None:
    """The API root that the suite uses is found through the discovery."""
    listed = [f"{each.rstrip('/')}/" for each in suite.read("discovery").resource.get("api_roots", [])]
    path = suite.root.removeprefix("https://").removeprefix("http://").partition("/")[2]
    require(any(each.endswith(f"/{path}") for each in listed), f"{suite.root} is not among {listed}")


@check("4.2.1", MUST)
def root_title(suite: Suite) -> None:
    """An API root has a title."""
    require(isinstance(suite.read("api-root").resource.get("title"), str), "no title")


@check("4.2.1", MUST)
def root_versions(suite: Suite) -> None:
    """An API root lists its versions as media types with the version, and 2.1 is one of them."""
    found = suite.read("api-root").resource.get("versions")
    require(isinstance(found, list), f"versions is {found!r}")
    for each in found or []:
        name, parameters = media_type(str(each))
        require(name == "application/taxii+json" and "version" in parameters, f"{each!r} is no versioned TAXII type")
    wanted = "application/taxii+json;version=2.1"
    require(wanted in (found or []), f"{wanted} is not among {found}")


@check("4.2.1", MUST)
def root_max_content_length(suite: Suite) -> None:
    """An API root tells the largest body that it takes, a whole number above zero."""
    found = suite.read("api-root").resource.get("max_content_length")
    require(type(found) is int and 0 < found <= LARGEST, f"max_content_length is {found!r}")


@check("4.2", MUST)
def unknown_root(suite: Suite) -> None:
    """An API root that does not exist is answered with 404, or 401 or 403 to those without access."""
    suite.get(f"{suite.root.rstrip('/')}-{suite.material.uuid()}/").expect(401, 403, 404)


# Status

COUNTS = ("total_count", "success_count", "failure_count", "pending_count")


@check("4.3.1", MUST, each=("id", "status", *COUNTS))
def status_required(suite: Suite, name: str) -> None:
    """A status has its required properties."""
    found = suite.read("status").resource
    require(name in found, f"no {name}")
    if name in COUNTS:
        require(type(found[name]) is int and found[name] >= 0, f"{name} is {found[name]!r}")


@check("2", MUST)
def status_id_is_uuid4(suite: Suite) -> None:
    """A status's id is an `identifier`: a UUID of version 4."""
    found = suite.read("status").resource.get("id")
    require(is_uuid4(found), f"{found!r} is no UUID of version 4")


@check("4.3.1", MUST)
def status_word(suite: Suite) -> None:
    """A status is `complete` or `pending`."""
    found = suite.read("status").resource.get("status")
    require(found in {"complete", "pending"}, f"status is {found!r}")


@check("4.3.1", MUST)
def status_is_the_same(suite: Suite) -> None:
    """The status that is asked for is the one that was given for the request."""
    found = suite.read("status").resource
    require(found.get("id") == suite.status_id, f"id is {found.get('id')!r}")
    require(found.get("total_count") == 7, f"total_count is {found.get('total_count')!r} of 7 objects")


@check("4.3.1", MUST)
def status_counts_agree(suite: Suite) -> None:
    """Successes, failures and pendings are together the total, and their lists are no longer than the counts."""
    found = suite.read("status").resource
    counts = [found.get(each, 0) for each in COUNTS]
    require(counts[0] == sum(counts[1:]), f"{counts[0]} is not the sum of {counts[1:]}")
    for count, listed in (("success_count", "successes"), ("failure_count", "failures"), ("pending_count", "pendings")):
        require(len(found.get(listed, [])) <= found[count], f"more {listed} than {count}")


@check("4.3.1", MUST)
def status_details(suite: Suite) -> None:
    """Each detail of a status names the object's id and its version, which is the time of `modified`."""
    found = suite.read("status").resource
    details = [each for name in ("successes", "failures", "pendings") for each in found.get(name, [])]
    if not details:
        skip("the status has no details, which are optional")
    known = {each["id"]: each["modified"] for each in suite.written.batch}
    for each in details:
        require(each.get("id") in known, f"a detail's id is {each.get('id')!r}")
        version = str(each.get("version"))
        require(instant(version) == instant(known[each["id"]]), f"a version is {version}, not {known[each['id']]}")
        require(isinstance(each.get("message", ""), str), "a message is no string")


@check("4.3.1", SHOULD)
def status_version_text(suite: Suite) -> None:
    """A version in a status is the very text of `modified`."""
    known = {(each["id"], each["modified"]) for each in suite.written.batch}
    details = suite.read("status").resource.get("successes", [])
    if not details:
        skip("the status has no details, which are optional")
    wrong = [each for each in details if (each.get("id"), each.get("version")) not in known]
    require(not wrong, f"rewritten: {wrong[:1]}")


@check("2", MUST)
def status_timestamp(suite: Suite) -> None:
    """A status's request_timestamp is a timestamp with microseconds."""
    found = suite.read("status").resource
    if "request_timestamp" not in found:
        skip("there is none, which is allowed")
    require_timestamp(found["request_timestamp"], "request_timestamp")


@check("4.3", MUST)
def status_unknown(suite: Suite) -> None:
    """A status that does not exist is answered with 404."""
    suite.get(suite.place("status", suite.material.uuid())).expect(404)


@check("4.3", SHOULD, each=("nonsense", "0", "..%2f", "%00"))
def status_malformed(suite: Suite, text: str) -> None:
    """An id that cannot be one of a status is answered with 404 or 400, or redirected to a path that can."""
    suite.get(suite.place("status", text)).expect(301, 308, 400, 404)


# Collections


@check("5.2.1", MUST, each=("id", "title", "can_read", "can_write"))
def collection_required(suite: Suite, name: str) -> None:
    """Each collection has its required properties, the rights as booleans."""
    kind = bool if name.startswith("can_") else str
    for each in _collections(suite):
        require(isinstance(each.get(name), kind), f"{name} is {each.get(name)!r}")


@check("2", MUST)
def collection_id_is_uuid4(suite: Suite) -> None:
    """A collection's id is an `identifier`: a UUID of version 4."""
    wrong = [each.get("id") for each in _collections(suite) if not is_uuid4(each.get("id"))]
    require(not wrong, f"no UUIDs of version 4: {wrong}")


@check("5.2.1", MUST)
def collection_media_types(suite: Suite) -> None:
    """A collection's media types, where they are given, are media types; where STIX is written STIX is one of them."""
    for each in _collections(suite):
        found = each.get("media_types", ["application/stix+json"])
        require(isinstance(found, list) and found, f"media_types is {found!r}")
        names = [media_type(str(one))[0] for one in found]
        require(all("/" in one for one in names), f"media_types is {found!r}")
        here = each.get("id") == suite.target.collection
        require(not here or "application/stix+json" in names, f"no STIX among {found}")


@check("5.2.1", MUST)
def collection_aliases_are_unique(suite: Suite) -> None:
    """No two collections of an API root have one alias, and none has an id twice."""
    for name in ("alias", "id"):
        found = [each[name] for each in _collections(suite) if name in each]
        require(len(set(found)) == len(found), f"{name} twice among {found}")


@check("5.2.1", SHOULD)
def collection_alias_leads_to_it(suite: Suite) -> None:
    """A collection that has an alias is found by it."""
    for each in _collections(suite):
        if "alias" in each:
            found = suite.get(suite.place("collection", collection=each["alias"])).expect(200).resource
            require(found.get("id") == each["id"], f"the alias leads to {found.get('id')}")
            return
    skip("no collection has an alias")


@check("3.3", MUST)
def collections_keep_their_order(suite: Suite) -> None:
    """Collections come in the same order each time."""
    first, second = ([each.get("id") for each in _collections(suite)] for _ in range(2))
    require(first == second, f"{first}, then {second}")


@check("5.1", MUST)
def collection_is_listed(suite: Suite) -> None:
    """The collection that the suite uses is listed, readable and writable."""
    found = {each.get("id"): each for each in _collections(suite)}.get(suite.target.collection)
    require(found, "it is not listed")
    require(found and (found.get("can_read"), found.get("can_write")) == (True, True), f"its rights: {found}")


@check("5.2", MUST)
def collection_alone_is_as_in_the_list(suite: Suite) -> None:
    """A collection asked for alone is what the list says of it."""
    listed = {each.get("id"): each for each in _collections(suite)}.get(suite.target.collection)
    alone = suite.read("collection").resource
    require(alone == listed, f"alone {alone}, in the list {listed}")


@check("5.2", MUST, each=("collection", "manifest", "objects", "object", "versions"))
def unknown_collection(suite: Suite, endpoint: str) -> None:
    """A collection that does not exist is answered with 404."""
    suite.get(suite.place(endpoint, suite.material.id("indicator"), suite.material.uuid())).expect(404)


@check("5.5", MUST)
def add_to_unknown_collection(suite: Suite) -> None:
    """Adding to a collection that does not exist is answered with 404."""
    suite.post([suite.material.indicator()], suite.material.uuid()).expect(404)


@check("5.2", SHOULD, each=("nonsense", "..%2f", "%00", "%ff"))
def malformed_collection(suite: Suite, text: str) -> None:
    """An id that cannot be one of a collection is answered with 404 or 400, or redirected to a path that can."""
    suite.get(suite.place("objects", collection=text)).expect(301, 308, 400, 404)
