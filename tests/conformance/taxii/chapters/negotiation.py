"""Sections 1.6.7, 1.6.8 and 3.1: what is asked for and what is answered, in which media type."""

import json

from tests.conformance.taxii.answers import TAXII
from tests.conformance.taxii.checks import MUST, SHOULD, check, require
from tests.conformance.taxii.suite import ENDPOINTS, Suite

PLAIN = "application/taxii+json"


@check("3.1", MUST, each=ENDPOINTS)
def success_media_type(suite: Suite, endpoint: str) -> None:
    """A successful answer says TAXII's media type with the version."""
    suite.read(endpoint).expect_taxii()


@check("3.1", MUST)
def add_media_type(suite: Suite) -> None:
    """The answer to added objects says TAXII's media type with the version."""
    suite.post([suite.material.indicator()]).expect(202).expect_taxii()


@check("1.6.7", MUST, each=ENDPOINTS)
def utf8_json(suite: Suite, endpoint: str) -> None:
    """Every resource is a JSON object in UTF-8, with no name twice (RFC 7493)."""
    answer = suite.read(endpoint)
    assert answer.resource is not None

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        require(len(dict(pairs)) == len(pairs), f"a name twice among {[name for name, _ in pairs]}")
        return dict(pairs)

    json.loads(answer.body, object_pairs_hook=once)


@check("1.6.8.2", MUST, each=ENDPOINTS)
def accept_without_version(suite: Suite, endpoint: str) -> None:
    """`Accept` with TAXII's media type and no version asks for the latest; it is no reason for 406."""
    suite.get(suite.place(endpoint), headers={"Accept": PLAIN}).expect(200)


@check("3.1", SHOULD)
def accept_without_version_gives_highest(suite: Suite) -> None:
    """Without a version in `Accept` the answer is of the highest that the server has, at least 2.1."""
    suite.get(suite.discovery, headers={"Accept": PLAIN}).expect(200).expect_taxii()


ACCEPTED = {
    "space": "application/taxii+json; version=2.1",
    "spaces": "application/taxii+json ;  version=2.1",
    "quality": "application/taxii+json;version=2.1;q=0.8",
    "list": "text/html;q=0.1, application/taxii+json;version=2.1",
    "list-with-any": "application/taxii+json;version=2.1, */*;q=0.1",
    "other-version-too": "application/taxii+json;version=9.9, application/taxii+json;version=2.1",
    "stix-too": "application/taxii+json;version=2.1,application/stix+json;version=2.1",
}
EQUAL = {
    "capitals": "Application/TAXII+JSON;Version=2.1",
    "quoted": 'application/taxii+json;version="2.1"',
}


OTHER = (
    "text/html",
    "application/json",
    "application/taxii+json;version=9.9",
    "application/taxii+json;version=2.1;q=0",
    "application/*",
    "*/*",
    "nonsense",
)


@check("3.1", MUST, each=tuple(ACCEPTED))
def accept_written_otherwise(suite: Suite, form: str) -> None:
    """An `Accept` that has TAXII 2.1 among its ranges, in any form of RFC 7231 section 5.3.2, is no reason for 406."""
    suite.get(suite.place("objects"), headers={"Accept": ACCEPTED[form]}).expect(200)


@check("3.1", SHOULD, each=tuple(EQUAL))
def accept_equal_to(suite: Suite, form: str) -> None:
    """What RFC 7231 section 3.1.1.1 calls the same media type is taken for it."""
    suite.get(suite.place("objects"), headers={"Accept": EQUAL[form]}).expect(200)


@check("3.1", MUST, each=OTHER)
def accept_other_types(suite: Suite, accept: str) -> None:
    """A media type that the endpoint does not define is satisfied or answered with 406, nothing else."""
    suite.get(suite.place("objects"), headers={"Accept": accept}).expect(200, 406)


@check("3.1", SHOULD)
def accept_absent(suite: Suite) -> None:
    """A request without `Accept` is answered or refused with 400 or 406; it is no failure of the server."""
    suite.get(suite.place("objects"), headers={"Accept": None}).expect(200, 400, 406)


def _post(suite: Suite, content_type: str | None, accept: str = TAXII) -> int:
    made = suite.material.indicator()
    answer = suite.send(
        json.dumps({"objects": [made]}).encode(), Content_Type=content_type, Accept=accept
    ).expect_no_crash()
    if answer.status == 202:
        suite.remember(made)
    return answer.status


@check("3.1", MUST, each=("application/taxii+json; version=2.1", "application/taxii+json ;version=2.1"))
def content_type_with_space(suite: Suite, content_type: str) -> None:
    """White space before a parameter, which RFC 7231 section 3.1.1.1 allows, is no reason for 415."""
    status = _post(suite, content_type)
    require(status == 202, f"202 was to be answered, not {status}")


SAME = (
    PLAIN,
    "Application/TAXII+JSON;Version=2.1",
    'application/taxii+json;version="2.1"',
    "application/taxii+json;version=2.1;charset=utf-8",
)


@check("3.1", SHOULD, each=SAME)
def content_type_equal(suite: Suite, content_type: str) -> None:
    """A `Content-Type` that means TAXII 2.1, or TAXII of any version, is no reason for 415."""
    status = _post(suite, content_type)
    require(status == 202, f"202 was to be answered, not {status}")


@check("3.1", MUST, each=("application/json", "text/plain", "application/taxii+json;version=9.9", "nonsense"))
def content_type_other(suite: Suite, content_type: str) -> None:
    """A `Content-Type` that the endpoint does not define is taken or answered with 415, nothing else."""
    status = _post(suite, content_type)
    require(status in {202, 415}, f"202 or 415 was to be answered, not {status}")


@check("3.1", SHOULD)
def content_type_absent(suite: Suite) -> None:
    """Added objects without `Content-Type` are taken or refused with 400 or 415."""
    status = _post(suite, None)
    require(status in {202, 400, 415}, f"202, 400 or 415 was to be answered, not {status}")


@check("3.1", MUST)
def add_accepts_without_version(suite: Suite) -> None:
    """`Accept` without a version is no reason for 406 where objects are added either."""
    status = _post(suite, TAXII, PLAIN)
    require(status == 202, f"202 was to be answered, not {status}")


@check("3.1", SHOULD, each=("HEAD", "OPTIONS"))
def other_methods_are_no_failure(suite: Suite, method: str) -> None:
    """HEAD and OPTIONS, which the standard does not speak of, are answered in some way."""
    suite.ask(method, suite.place("objects")).expect_no_crash()


@check("3.1", SHOULD, each=("collections PUT", "manifest POST", "object POST", "discovery POST"))
def undefined_method_is_refused(suite: Suite, what: str) -> None:
    """A method that an endpoint does not have is refused with 404, 405 or 501, or forbidden."""
    endpoint, method = what.split()
    suite.ask(method, suite.place(endpoint), headers={"Content-Type": TAXII}, content=b"{}").expect(
        400, 403, 404, 405, 415, 501
    )
