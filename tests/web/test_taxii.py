"""TAXII over HTTP: what the specification asks, and no fault that other servers were seen to have.

The letters and numbers after `fault` are those of the conformance probe in which these faults were found; the tests
that begin with `trap` are points where the specification itself leads astray.
"""

import base64
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.serving import ServedNode, indicator

TYPE = "application/taxii+json;version=2.1"
OWN = "/taxii2/api/collections/own/"
OBJECTS = OWN + "objects/"
SENT = {"content-type": TYPE}


def post(client: httpx2.Client, *objects: Any, to: str = OBJECTS, **headers: str) -> httpx2.Response:
    return client.post(to, content=json.dumps({"objects": list(objects)}), headers=SENT | headers)


def posted(client: httpx2.Client, *objects: Any) -> dict[str, Any]:
    answer = post(client, *objects)
    assert answer.status_code == 202, answer.text
    status: dict[str, Any] = answer.json()
    return status


def error_of(answer: httpx2.Response) -> tuple[int, str]:
    """The status and the code of an error, after a look at its form (section 3.6.1)."""
    assert answer.headers["content-type"] == TYPE
    error = answer.json()
    assert error["title"]
    assert isinstance(error["description"], str)
    assert error["http_status"] == str(answer.status_code)
    assert error["error_id"] == answer.headers["x-request-id"]
    return answer.status_code, error["error_code"]


def basic(name: str, token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()}


@pytest.fixture
def analyst(served: ServedNode) -> Iterator[httpx2.Client]:
    with served.client("analyst") as client:
        yield client


# Media types


@pytest.mark.parametrize(
    "accept",
    ["application/taxii+json", "application/taxii+json; version=2.1", "*/*", "text/html, application/taxii+json;q=0.2"],
)
def test_fault_h2_h6_accept_without_a_version_with_spaces_and_weights(analyst: httpx2.Client, accept: str) -> None:
    answer = analyst.get("/taxii2/", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPE)


@pytest.mark.parametrize(
    "path", ["/taxii2/", "/taxii2/api/", OWN, OBJECTS, OWN + "manifest/", "/taxii2/api/collections/"]
)
def test_another_type_is_not_acceptable(analyst: httpx2.Client, path: str) -> None:
    for accept in ("text/html", "application/taxii+json;version=2.0", "application/json"):
        assert error_of(analyst.get(path, headers={"accept": accept})) == (406, "media-type-unacceptable")


def test_fault_p19_p20_a_body_with_spaces_in_its_type_or_without_version(analyst: httpx2.Client) -> None:
    for stated in ("application/taxii+json; version=2.1", "application/taxii+json"):
        assert post(analyst, indicator(), **{"content-type": stated}).status_code == 202
    for stated in ("application/json", "application/taxii+json;version=2.0", "application/stix+json;version=2.1"):
        answer = post(analyst, indicator(), **{"content-type": stated})
        assert error_of(answer) == (415, "media-type-unsupported")


# The door


@pytest.mark.parametrize("path", ["/taxii2/", "/taxii2/api/", OBJECTS, "/taxii2/api/collections/nothing/"])
def test_fault_a2_a3_a5_401_says_how_in_the_type_of_taxii(served: ServedNode, path: str) -> None:
    wrong = [{}, {"authorization": "Bearer x"}, basic("analyst", "x"), {"authorization": "Basic !"}, basic("", "")]
    with served.client() as client:
        for headers in wrong:
            answer = client.get(path, headers=headers)
            assert error_of(answer)[0] == 401
            assert {"Basic", "Bearer"} <= {word.split()[0] for word in answer.headers["www-authenticate"].split(", ")}


def test_basic_is_a_tokens_name_and_the_token_and_only_here(served: ServedNode) -> None:
    with served.client("analyst") as client:
        assert client.get("/taxii2/").status_code == 200
    token = served.tokens["analyst"]
    with served.client() as client:
        names = {
            name: client.get("/taxii2/", headers=basic(name, token)).status_code
            for name in ("analyst", "auditor", "Analyst", "")
        }
        assert names == {"analyst": 200, "auditor": 401, "Analyst": 401, "": 401}
        # Browsers send Basic by themselves: nowhere else is it taken.
        assert client.get("/api/v1/records", headers=basic("analyst", token)).status_code == 401


# What there is


def test_fault_x2_e2_errors_are_of_the_specifications_form(analyst: httpx2.Client) -> None:
    for path in ("/taxii2/x/", "/taxii2/api/x", "/taxii2/api/collections/x/", "/taxii2/api/status/x/", OWN + "x/"):
        assert error_of(analyst.get(path))[0] == 404
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        answer = analyst.request(method, OWN + "manifest/")
        assert error_of(answer) == (405, "method-wrong")
        assert answer.headers["allow"] == "GET, HEAD"


def test_discovery_and_root(served: ServedNode, analyst: httpx2.Client) -> None:
    discovery = analyst.get("/taxii2/").json()
    assert discovery["api_roots"] == [discovery["default"]] == [f"{served.url}/taxii2/api/"]
    root = analyst.get("/taxii2/api/").json()
    assert root["versions"] == [TYPE]
    assert root["max_content_length"] > 0


def test_collections_have_ids_that_stay_and_an_alias(analyst: httpx2.Client) -> None:
    found = analyst.get("/taxii2/api/collections/").json()["collections"]
    assert [each["title"] for each in found] == ["own", "all", "inbox"]
    for each in found:
        assert str(uuid.UUID(each["id"])) == each["id"]
        assert analyst.get(f"/taxii2/api/collections/{each['id']}/").json() == each
        assert analyst.get(f"/taxii2/api/collections/{each['alias']}/").json() == each
    assert analyst.get("/taxii2/api/collections/").json()["collections"] == found


def test_an_administrator_reads_no_content(served: ServedNode) -> None:
    with served.client("administrator") as client:
        found = client.get("/taxii2/api/collections/").json()["collections"]
        assert [each["title"] for each in found] == ["inbox"]
        assert error_of(client.get(OBJECTS)) == (404, "collection-absent")
        assert error_of(post(client, indicator())) == (404, "collection-absent")


def test_who_may_not_write_is_told_so(served: ServedNode) -> None:
    with served.client("auditor") as client:
        assert error_of(post(client, indicator())) == (403, "collection-read-only")
        assert error_of(client.delete(OBJECTS + "indicator--x/")) == (403, "collection-read-only")
        assert client.get(OBJECTS).status_code == 200


# Writing


def test_a_status_says_what_became_of_each_object(served: ServedNode, analyst: httpx2.Client) -> None:
    good, other = indicator(), indicator()
    no_version = {name: value for name, value in indicator().items() if name != "spec_version"}
    status = posted(analyst, good, no_version, other, {"type": "indicator", "id": "nonsense", "modified": "never"})
    assert (status["status"], status["total_count"]) == ("complete", 4)
    assert (status["success_count"], status["failure_count"], status["pending_count"]) == (2, 2, 0)
    assert [(each["id"], each["version"]) for each in status["successes"]] == [
        (each["id"], each["modified"]) for each in (good, other)
    ]
    failed = {each["id"]: each for each in status["failures"]}
    assert failed.keys() == {no_version["id"], "nonsense"}
    assert "[stix-version]" in failed[no_version["id"]]["message"]
    assert failed["nonsense"]["version"] == "never"
    assert analyst.get(f"/taxii2/api/status/{status['id']}/").json() == status
    with served.client("delegate") as another:
        assert error_of(another.get(f"/taxii2/api/status/{status['id']}/")) == (404, "status-absent")


def test_an_object_that_is_no_valid_stix_fails_with_rule_and_section(analyst: httpx2.Client) -> None:
    good = indicator()
    wrong = [
        indicator(pattern="[ipv4-addr:value = '198.51.100.7'"),
        indicator(modified="2026-11-23T05:00:00.000Z"),
        {name: value for name, value in indicator().items() if name != "valid_from"},
    ]
    status = posted(analyst, *wrong, good)
    assert [each["id"] for each in status["successes"]] == [good["id"]]
    for each, place in zip(status["failures"], ("/pattern", "/modified", ""), strict=True):
        assert "[stix-invalid]" in each["message"]
        assert (
            f"$.objects[{wrong.index(next(one for one in wrong if one['id'] == each['id']))}]{place}" in each["message"]
        )
    for each in wrong:
        assert analyst.get(f"{OBJECTS}{each['id']}/").status_code == 404


def test_messages_are_in_the_language_that_was_asked_for(analyst: httpx2.Client) -> None:
    for language, letters in (("ar", "؀ۿ"), ("ru", "Ѐӿ")):
        answer = post(analyst, {"type": "x", "id": "x"}, **{"accept-language": language})
        (failure,) = answer.json()["failures"]
        assert any(letters[0] <= letter <= letters[1] for letter in failure["message"])
        answer = analyst.get("/taxii2/api/collections/x/", headers={"accept-language": language})
        assert any(letters[0] <= letter <= letters[1] for letter in answer.json()["title"])


def test_what_is_no_valid_stix_is_said_in_the_language_that_was_asked_for(analyst: httpx2.Client) -> None:
    wrong = {name: value for name, value in indicator().items() if name != "valid_from"}
    for language, said in (
        ("ar", "تنقص خاصية إلزامية (valid_from is required)؛ القاعدة schema/required، القسم 4.7"),
        ("ru", "нет обязательного свойства (valid_from is required); правило schema/required, раздел 4.7"),
        ("en", "valid_from is required (schema/required, section 4.7)"),
    ):
        (failure,) = post(analyst, wrong, **{"accept-language": language}).json()["failures"]
        assert said in failure["message"]
        assert "[stix-invalid]" in failure["message"]


def test_fault_p10_what_is_there_already_is_no_failure(analyst: httpx2.Client) -> None:
    value = indicator()
    for _ in range(2):
        assert posted(analyst, value)["success_count"] == 1
    assert posted(analyst, value, value)["success_count"] == 2
    changed = value | {"name": "other content under the same version"}
    status = posted(analyst, changed)
    assert (status["failure_count"], "[conflicting-version]" in status["failures"][0]["message"]) == (1, True)
    assert analyst.get(f"{OBJECTS}{value['id']}/").json()["objects"] == [value]


def test_fault_p12_p14_markings_and_observables_are_kept(analyst: httpx2.Client) -> None:
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid.uuid4()}",
        "created": "2026-11-24T05:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "an exercise"},
    }
    observable = {
        "type": "url",
        "spec_version": "2.1",
        "id": f"url--{uuid.uuid5(uuid.NAMESPACE_URL, 'x')}",
        "value": "http://x.example/",
    }
    assert posted(analyst, marking, observable).get("failures") is None
    pairs: list[tuple[dict[str, Any], str | None]] = [(marking, "2026-11-24T05:00:00.000Z"), (observable, None)]
    for value, version in pairs:
        answer = analyst.get(f"{OBJECTS}{value['id']}/")
        assert answer.json()["objects"] == [value]
        added = answer.headers["x-taxii-date-added-first"]
        (record,) = analyst.get(OWN + "manifest/", params={"match[id]": value["id"]}).json()["objects"]
        assert record == {
            "id": value["id"],
            "date_added": added,
            "version": version or added,
            "media_type": record["media_type"],
        }
        assert analyst.get(f"{OBJECTS}{value['id']}/versions/").json()["versions"] == [version or added]
        answer = analyst.get(f"{OBJECTS}{value['id']}/", params={"match[version]": version or added})
        assert answer.json()["objects"] == [value]


def test_fault_g9_media_type_and_spec_version_are_what_they_say(analyst: httpx2.Client) -> None:
    value = indicator()
    posted(analyst, value)
    (record,) = analyst.get(OWN + "manifest/", params={"match[id]": value["id"]}).json()["objects"]
    assert record["media_type"] == "application/stix+json;version=2.1"
    assert analyst.get(f"{OBJECTS}{value['id']}/").json()["objects"][0]["spec_version"] == "2.1"


def test_fault_p8_v2_the_text_of_a_version_is_kept(analyst: httpx2.Client) -> None:
    value = indicator(modified="2026-11-24T05:00:00.100Z")
    assert posted(analyst, value)["successes"][0]["version"] == "2026-11-24T05:00:00.100Z"
    assert analyst.get(f"{OBJECTS}{value['id']}/versions/").json()["versions"] == ["2026-11-24T05:00:00.100Z"]
    for same in ("2026-11-24T05:00:00.1Z", "2026-11-24T05:00:00.100000Z"):
        found = analyst.get(f"{OBJECTS}{value['id']}/", params={"match[version]": same}).json()
        assert found["objects"] == [value]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "envelope-malformed")), (b"", (400, "envelope-malformed")), (b"[]", (400, "envelope-malformed")),
        (b"{}", (400, "envelope-malformed")), (b'{"objects":[]}', (400, "envelope-malformed")),
        (b'{"objects":{}}', (400, "envelope-malformed")), (b'{"objects":[{}]}', (422, "object-unidentified")),
        (b'{"objects":[{"id":"a"}],"type":"indicator"}', (400, "envelope-malformed")),
        (b"\xff", (400, "envelope-malformed")),
        (b'{"objects":[' + b"[" * 500 + b"]" * 500 + b"]}", (400, "bundle-not-object")),
        (b'{"objects":[{"id":7}]}', (422, "object-unidentified")), (b'{"objects":[7]}', (400, "bundle-not-object")),
    ],
)  # fmt: skip
def test_fault_p16_what_is_no_envelope_is_told_so(
    analyst: httpx2.Client, body: bytes, expected: tuple[int, str]
) -> None:
    before = analyst.get(OWN + "manifest/", params={"match[version]": "all"}).json()
    assert error_of(analyst.post(OBJECTS, content=body, headers=SENT)) == expected
    assert analyst.get(OWN + "manifest/", params={"match[version]": "all"}).json() == before


def test_too_much_is_refused_and_nothing_of_it_taken(analyst: httpx2.Client) -> None:
    value = indicator()
    answer = analyst.post(
        OBJECTS,
        content=b'{"objects":[' + json.dumps(value).encode() + b',{"type":"x","id":"x"}' * 10_000 + b"]}",
        headers=SENT,
    )
    assert error_of(answer) == (413, "objects-many")
    limit = analyst.get("/taxii2/api/").json()["max_content_length"]
    answer = analyst.post(OBJECTS, content=b" " * (limit + 1), headers=SENT)
    assert error_of(answer) == (413, "body-too-large")
    assert error_of(analyst.get(f"{OBJECTS}{value['id']}/")) == (404, "object-absent")


# Filters


@pytest.mark.parametrize("path", [OBJECTS, OWN + "manifest/"])
@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=x", "added_after=yesterday", "match[version]=newest", "match[spec_version]=x",
        "match[version]=all,last", "match[nothing]=x", "nothing=x", "next=x", "limit=1&limit=2", "match[type]=",
    ],
)  # fmt: skip
def test_fault_b1_b2_b4_b5_b7_b8_a_filter_that_is_not_one_is_400(analyst: httpx2.Client, path: str, query: str) -> None:
    status, code = error_of(analyst.get(f"{path}?{query}"))
    assert (status, code) == (400, "cursor" if query == "next=x" else "parameter")


def test_fault_l6_objects_of_one_envelope_have_dates_of_their_own(analyst: httpx2.Client) -> None:
    sent = [indicator(str(number)) for number in range(9)]
    posted(analyst, *sent)
    listed = analyst.get(OWN + "manifest/", params={"match[id]": ",".join(each["id"] for each in sent)}).json()
    dates = [each["date_added"] for each in listed["objects"]]
    assert [each["id"] for each in listed["objects"]] == [each["id"] for each in sent]
    assert sorted(set(dates)) == dates
    for number, date in enumerate(dates[:-1]):
        answer = analyst.get(OBJECTS, params={"added_after": date, "limit": "1"})
        assert answer.json()["objects"] == [sent[number + 1]]


def test_fault_l9_a_token_may_be_used_again_and_by_many_at_once(analyst: httpx2.Client) -> None:
    posted(analyst, *[indicator() for _ in range(5)])
    token = analyst.get(OBJECTS, params={"limit": "2"}).json()["next"]

    def read(_: int) -> Any:
        return analyst.get(OBJECTS, params={"limit": "2", "next": token}).json()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(read, range(8)))
    assert all(each == answers[0] for each in answers)


def test_trap_manifest_and_versions_go_on_by_next_as_well(analyst: httpx2.Client) -> None:
    """The text gives `next` to envelopes alone; a client that is told `more` would begin again for ever."""
    value = indicator()
    posted(analyst, *[value | {"modified": f"2026-11-24T05:00:00.{number}00Z"} for number in range(1, 8)])
    found: list[str] = []
    token: str | None = None
    for _ in range(4):
        params = {"limit": "2", **({"next": token} if token else {})}
        page = analyst.get(f"{OBJECTS}{value['id']}/versions/", params=params).json()
        found += page["versions"]
        token = page.get("next")
    assert found == [f"2026-11-24T05:00:00.{number}00Z" for number in range(1, 8)]
    assert token is None


def test_trap_headers_of_an_empty_answer_are_absent(analyst: httpx2.Client) -> None:
    answer = analyst.get(OBJECTS, params={"match[type]": "x-nothing"})
    assert answer.json() == {"more": False}
    assert not [name for name in answer.headers if name.startswith("x-taxii")]


def test_trap_an_object_without_the_version_that_was_asked_for_is_an_empty_answer(analyst: httpx2.Client) -> None:
    value = indicator()
    posted(analyst, value)
    answer = analyst.get(f"{OBJECTS}{value['id']}/", params={"match[version]": "1999-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()) == (200, {"more": False})


# Deleting


def test_fault_k2_k5_k6_k7_what_is_deleted_is_gone(analyst: httpx2.Client) -> None:
    value = indicator()
    versions = [value | {"modified": f"2026-11-24T05:00:0{number}.000Z"} for number in range(3)]
    posted(analyst, *versions)
    one = f"{OBJECTS}{value['id']}/"
    answer = analyst.delete(one, params={"match[version]": "2026-11-24T05:00:01.000Z"})
    assert (answer.status_code, answer.content) == (200, b"")
    every = {"match[version]": "all"}
    assert analyst.get(one, params=every).json()["objects"] == [versions[0], versions[2]]
    # Nothing of another version of STIX is here, so nothing of it goes.
    assert error_of(analyst.delete(one, params={"match[spec_version]": "2.0"})) == (404, "object-absent")
    assert len(analyst.get(one, params=every).json()["objects"]) == 2
    assert analyst.delete(one, params={"match[spec_version]": "2.0,2.1"}).status_code == 200
    assert error_of(analyst.get(one, params=every)) == (404, "object-absent")
    assert error_of(analyst.delete(one)) == (404, "object-absent")
    assert error_of(analyst.get(one + "versions/")) == (404, "object-absent")
    withdrawals = analyst.get(OBJECTS, params={"match[type]": "mithaq-withdrawal"}).json()["objects"]
    assert [each["scope"] for each in withdrawals[-2:]] == ["record", "object"]
    # And it may be published again.
    assert posted(analyst, versions[0])["success_count"] == 1


def test_a_deleted_objects_bytes_are_nowhere_in_an_answer(served: ServedNode, analyst: httpx2.Client) -> None:
    value = indicator(name=f"word{uuid.uuid4().hex}")
    posted(analyst, value)
    analyst.delete(f"{OBJECTS}{value['id']}/")
    for path in (OBJECTS, "/taxii2/api/collections/inbox/objects/", "/api/v1/records?limit=1000"):
        assert value["name"] not in analyst.get(path).text
    assert analyst.get(f"/api/v1/search?q={value['name']}").json()["records"] == []
    assert value["name"] not in served.log.read_text()
