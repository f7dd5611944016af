"""Sections 3.1 and 3.6.1: what an error looks like, whatever its cause."""

from collections.abc import Callable
from typing import Any

from tests.conformance.taxii.answers import TAXII, Answer
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.suite import Suite


def _too_large(suite: Suite) -> Answer:
    limit = suite.read("api-root").resource.get("max_content_length")
    if type(limit) is not int or limit > 64 * 2**20:
        skip(f"max_content_length is {limit!r}")
    return suite.send(b'{"more": false' + b" " * limit + b"}")


def _not_writable(suite: Suite) -> Answer:
    if suite.target.read_only is None:
        skip("no collection was named that is read_only")
    return suite.post([suite.material.indicator()], suite.target.read_only)


CAUSES: dict[str, tuple[int, Callable[[Suite], Answer]]] = {
    "bad-filter": (400, lambda suite: suite.get(suite.place("objects"), params={"added_after": "nonsense"})),
    "bad-json": (400, lambda suite: suite.send(b'{"objects": [')),
    "no-credentials": (401, lambda suite: suite.get(suite.place("objects"), anonymous=True)),
    "not-writable": (403, _not_writable),
    "no-root": (404, lambda suite: suite.get(f"{suite.root.rstrip('/')}-{suite.material.uuid()}/")),
    "no-collection": (404, lambda suite: suite.get(suite.place("objects", collection=suite.material.uuid()))),
    "no-object": (404, lambda suite: suite.get(suite.place("object", suite.material.id("indicator")))),
    "no-status": (404, lambda suite: suite.get(suite.place("status", suite.material.uuid()))),
    "no-method": (405, lambda suite: suite.ask("PUT", suite.place("collections"), content=b"{}")),
    "not-acceptable": (406, lambda suite: suite.get(suite.place("objects"), headers={"Accept": "text/html"})),
    "too-large": (413, _too_large),
    "no-media-type": (415, lambda suite: suite.send(b'{"objects": []}', Content_Type="text/plain")),
}
"""Ways to make a server refuse, each with the status that most give."""
DEFINED = tuple(each for each in CAUSES if each != "no-method")


def _refused(suite: Suite, cause: str) -> Answer:
    answer = CAUSES[cause][1](suite)
    if answer.status < 400:
        skip(f"it is no error here: {answer.status}")
    if not answer.body:
        skip("the error has no body, which is allowed")
    return answer


def _error(suite: Suite, cause: str) -> dict[str, Any]:
    return _refused(suite, cause).resource


@check("3.1", MUST, each=DEFINED)
def error_media_type(suite: Suite, cause: str) -> None:
    """An error with a body says TAXII's media type with the version, as the endpoints' tables require."""
    _refused(suite, cause).expect_taxii()


@check("3.6.1", MUST, each=DEFINED)
def error_title(suite: Suite, cause: str) -> None:
    """An error message has a title."""
    found = _error(suite, cause)
    require(isinstance(found.get("title"), str), f"no title among {sorted(found)}")


@check("3.6.1", MUST, each=DEFINED)
def error_properties(suite: Suite, cause: str) -> None:
    """What an error message has besides is of its type; http_status is the answer's status as a string."""
    answer = _refused(suite, cause)
    found = answer.resource
    for name in ("title", "description", "error_id", "error_code", "http_status", "external_details"):
        require(isinstance(found.get(name, ""), str), f"{name} is no string: {found.get(name)!r}")
    require(isinstance(found.get("details", {}), dict), f"details is no dictionary: {found.get('details')!r}")
    status = found.get("http_status", str(answer.status))
    require(status == str(answer.status), f"http_status is {status!r}, the answer's {answer.status}")


@check("3.6.1", SHOULD)
def error_of_a_wrong_method(suite: Suite) -> None:
    """A wrong method, of which the standard does not speak, gives an error message too."""
    answer = _refused(suite, "no-method").expect_taxii()
    require(isinstance(answer.resource.get("title"), str), "no title")


@check("3.6.1", SHOULD)
def error_explains_a_filter(suite: Suite) -> None:
    """The error of a bad filter says in a description what is wrong."""
    found = _error(suite, "bad-filter")
    require(isinstance(found.get("description"), str) and found["description"], "no description")


@check("3.6", SHOULD, each=("bad-filter", "bad-json", "no-object", "no-collection"))
def error_shows_no_inside(suite: Suite, cause: str) -> None:
    """An error shows nothing of the server's inside: no trace, no SQL, no path of a file."""
    text = CAUSES[cause][1](suite).body.decode("utf-8", "replace")
    for sign in ("Traceback", "site-packages", '.py"', "SELECT ", "psycopg", "sqlalchemy", "at java."):
        require(sign not in text, f"it has {sign!r}")


@check("3.1", SHOULD)
def unknown_path(suite: Suite) -> None:
    """A path below the API root that the standard does not define is answered with 404, or 401 or 403."""
    suite.get(f"{suite.root}{suite.material.uuid()}/").expect(401, 403, 404, 405)


@check("3.1", SHOULD, each=("collections", "collections/{}", "collections/{}/objects", "status/{}"))
def path_without_slash(suite: Suite, path: str) -> None:
    """A path without the slash at its end, which clients must send, is answered, redirected or refused."""
    url = suite.root + path.format(suite.target.collection)
    suite.get(url, headers={"Accept": TAXII}).expect(200, 301, 302, 307, 308, 400, 404)
