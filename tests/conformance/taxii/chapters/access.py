"""Sections 1.6.9, 5 and 8.2: who is asked for credentials and how, who may do what, and TLS."""

import contextlib
import socket
import ssl
from urllib.parse import urlsplit

from tests.conformance.taxii.answers import TAXII, Answer
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.suite import ENDPOINTS, READS, Suite

WRITES = ("add", "delete")
PROTECTED = (*(each for each in ENDPOINTS if each not in {"discovery", "api-root", "status"}), *WRITES)
WRONG = ("mithaq-conformance-nobody", "not a password")


def _knock(suite: Suite, what: str, headers: dict[str, str | None]) -> Answer:
    """Ask at an endpoint, or try to write to it, with these headers in place of the credentials."""
    if what == "delete":
        url = suite.place("object", suite.material.id("indicator"))
        return suite.ask("DELETE", url, headers=headers, anonymous=True)
    if what == "add":
        headers = {**headers, "Content-Type": TAXII}
        return suite.ask("POST", suite.place("objects"), headers=headers, content=b'{"objects": []}', anonymous=True)
    return suite.get(suite.place(what), headers=headers, anonymous=True)


def _needs_credentials(suite: Suite) -> None:
    if not suite.authorization():
        skip("the suite was given no credentials")


@check("5", MUST, each=PROTECTED)
def wrong_password(suite: Suite, what: str) -> None:
    """Whoever fails authentication at a collection is answered with 401 or 404."""
    _needs_credentials(suite)
    _knock(suite, what, dict(suite.authorization(WRONG))).expect(401, 404)


@check("1.6.9", MUST, each=("discovery", "api-root", "status"))
def wrong_password_elsewhere(suite: Suite, what: str) -> None:
    """Wrong credentials at an endpoint that wants credentials give 401, or 404 as section 4 allows."""
    _needs_credentials(suite)
    anonymous = _knock(suite, what, {})
    if anonymous.status == 200:
        skip("the endpoint is public")
    _knock(suite, what, dict(suite.authorization(WRONG))).expect(401, 403, 404)


@check("1.6.9", MUST, each=PROTECTED)
def no_credentials(suite: Suite, what: str) -> None:
    """Without credentials an endpoint that wants them answers 401, or 404 as section 5 allows."""
    _needs_credentials(suite)
    answer = _knock(suite, what, {})
    if answer.status in {200, 202}:
        skip("the endpoint is public")
    answer.expect(401, 404)


@check("1.6.9", MUST, each=("none", "wrong", "wrong-token", "nonsense", "no-colon", "unknown-scheme"))
def challenge(suite: Suite, credentials: str) -> None:
    """A 401 carries WWW-Authenticate with at least one challenge (RFC 7235 section 3.1)."""
    _needs_credentials(suite)
    sent: dict[str, dict[str, str | None]] = {
        "none": {},
        "wrong": dict(suite.authorization(WRONG)),
        "wrong-token": {"Authorization": "Bearer mithaq-conformance-nobody"},
        "nonsense": {"Authorization": "Basic %%%"},
        "no-colon": {"Authorization": "Basic bm9ib2R5"},
        "unknown-scheme": {"Authorization": "Conformance abc"},
    }
    answer = _knock(suite, "collections", sent[credentials])
    answer.expect_no_crash()
    if answer.status != 401:
        skip(f"it was answered with {answer.status}")
    require(answer.headers.get("www-authenticate", "").strip(), "401 without WWW-Authenticate")


@check("8.2.2", SHOULD)
def basic_is_offered(suite: Suite) -> None:
    """HTTP Basic is among the challenges."""
    _needs_credentials(suite)
    answer = _knock(suite, "collections", {})
    if answer.status != 401:
        skip(f"it was answered with {answer.status}")
    require("basic" in answer.headers.get("www-authenticate", "").lower(), "no challenge is Basic")


@check("1.6.9", SHOULD)
def nothing_leaks_without_credentials(suite: Suite) -> None:
    """Without credentials a collection that exists and one that does not are answered alike."""
    _needs_credentials(suite)
    known = suite.get(suite.place("collection"), anonymous=True)
    if known.status == 200:
        skip("the collection is public")
    unknown = suite.get(suite.place("collection", collection=suite.material.uuid()), anonymous=True)
    require(known.status == unknown.status, f"{known.status} for one that exists, {unknown.status} for another")


@check("8.2.1", SHOULD)
def no_user_agent(suite: Suite) -> None:
    """A request without User-Agent is not refused for it."""
    suite.get(suite.discovery, headers={"User-Agent": None}).expect(200)


# Permissions of a collection


def _given(collection: str | None, what: str) -> str:
    if collection is None:
        skip(f"no collection was named that is {what}")
    return collection


@check("5.2.1", MUST, each=("read_only", "write_only", "closed"))
def rights_are_told(suite: Suite, kind: str) -> None:
    """`can_read` and `can_write` of a collection are those of the account that asks."""
    collection = _given(getattr(suite.target, kind), kind)
    answer = suite.get(suite.place("collection", collection=collection))
    if kind == "closed" and answer.status in {403, 404}:
        return
    found = answer.expect(200).resource
    wanted = {"read_only": (True, False), "write_only": (False, True), "closed": (False, False)}[kind]
    rights = (found.get("can_read"), found.get("can_write"))
    require(rights == wanted, f"can_read and can_write are {rights}, not {wanted}")


@check("5.5", MUST, each=("read_only", "closed"))
def add_is_forbidden(suite: Suite, kind: str) -> None:
    """Adding to a collection that the account may not write is answered with 403 or 404."""
    collection = _given(getattr(suite.target, kind), kind)
    suite.post([suite.material.indicator()], collection).expect(403, 404)


@check("5", MUST, each=tuple(f"{kind} {endpoint}" for kind in ("write_only", "closed") for endpoint in READS))
def reading_is_forbidden(suite: Suite, what: str) -> None:
    """Reading from a collection that the account may not read is answered with 403 or 404."""
    kind, endpoint = what.split()
    collection = _given(getattr(suite.target, kind), kind)
    url = suite.place(endpoint, suite.material.id("indicator"), collection)
    suite.get(url).expect(403, 404)


@check("5", MUST, each=READS)
def read_only_is_read(suite: Suite, endpoint: str) -> None:
    """A collection that may be read and not written is read."""
    collection = _given(suite.target.read_only, "read_only")
    statuses = (200, 404) if endpoint in {"object", "versions"} else (200,)
    suite.get(suite.place(endpoint, suite.material.id("indicator"), collection)).expect(*statuses)


@check("5.5", MUST)
def write_only_is_written(suite: Suite) -> None:
    """A collection that may be written and not read takes objects."""
    suite.post([suite.material.indicator()], _given(suite.target.write_only, "write_only")).expect(202)


@check("5.7", MUST, each=("read_only", "write_only", "closed"))
def delete_is_forbidden(suite: Suite, kind: str) -> None:
    """Deleting is answered by the table of section 5.7: 403 with one of the two rights, 404 with none."""
    collection = _given(getattr(suite.target, kind), kind)
    identifier = suite.material.id("indicator")
    if kind == "read_only":  # one that exists, where there is one: what is absent may be 404
        found = suite.get(suite.place("manifest", collection=collection), params={"limit": "1"}).expect(200).ids
        identifier = found[0] if found else identifier
    answer = suite.ask("DELETE", suite.place("object", identifier, collection))
    answer.expect(*((404,) if kind == "closed" else (403,)))


# TLS


def _handshake(suite: Suite, version: ssl.TLSVersion) -> None:
    place = urlsplit(suite.url)
    if place.scheme != "https":
        skip("the server was named by an http URL")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    host = place.hostname or ""
    refused = ""
    try:
        with contextlib.closing(socket.create_connection((host, place.port or 443), suite.target.timeout)) as plain:
            context.wrap_socket(plain, server_hostname=host).close()
    except OSError as error:
        refused = str(error)
    require(not refused, f"{version.name} was refused: {refused}")


@check("8.2.2", MUST)
def tls_1_2(suite: Suite) -> None:
    """TLS 1.2 is accepted."""
    _handshake(suite, ssl.TLSVersion.TLSv1_2)


@check("8.2.2", SHOULD)
def tls_1_3(suite: Suite) -> None:
    """TLS 1.3 is accepted."""
    _handshake(suite, ssl.TLSVersion.TLSv1_3)
