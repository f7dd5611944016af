"""Publishing and reading records over HTTP: every property comes back, all or nothing, each record once."""

import json
import uuid
from typing import Any

import httpx2
import pytest

from mithaq.model import commit, encode_canonical, verify_genuine
from tests.serving import ServedNode, indicator
from tests.web.description import Description

RECORDS = "/api/v1/records"
MANY: dict[str, Any] = {
    "name": "Ядро \u2028 نواة 🜂",
    "x_unknown": {"deep": [{"er": [None, True, 1.5, -0.0, 1.5e-7, 5e-324]}]},
    "x_integer": 2**53 - 1,
    "x_float": 1.0,
    "x_empty": {"object": {}, "array": [], "text": ""},
    "x_control": '\u0000\u001f\u007f"\\/',
    "x_\u00e9\U0001f702": "names beyond ASCII",
    "labels": [],
    "revoked": False,
    "custom--extension": {"v": "1"},
}


def post(client: httpx2.Client, body: bytes | dict[str, Any]) -> httpx2.Response:
    return client.post(RECORDS, content=body if isinstance(body, bytes) else json.dumps(body).encode())


def error_of(answer: httpx2.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["place"]


def walk(client: httpx2.Client, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Every record after a cursor, following `next` until there are no more; and the last cursor."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.get(RECORDS, params={"after": after, "limit": limit} if after else {"limit": limit}).json()
        assert len(page["records"]) <= limit
        found += page["records"]
        after = page["next"]
        if not page["more"]:
            return found, after


def test_what_was_sent_comes_back_with_every_property(served: ServedNode, description: Description) -> None:
    sent = indicator(**MANY)
    with served.client("analyst") as client:
        answer = post(client, {"objects": [sent], "to": ["own"]})
        assert answer.status_code == 201, answer.text
        (placed,) = answer.json()["published"]
        (record,) = [client.get(f"{RECORDS}/{placed['commitment']}").json()]
        heads = client.get(f"/api/v1/objects/{sent['id']}")
        description.judge("GET", "/api/v1/objects/{id}", heads)
    assert record["object"] == sent
    assert heads.json()["heads"][0]["records"] == [record]
    assert record["release"]["audience"] == ["dara"]
    # Canonically written, what stands in the answer is what the log committed to.
    body = encode_canonical({name: record[name] for name in ("object", "release", "v")})
    assert commit(body).hex() == placed["commitment"] == record["commitment"]
    assert (record["index"], record["log"]) == (placed["index"], record["release"]["log"])


def test_a_proof_from_the_api_is_genuine(served: ServedNode) -> None:
    sent = indicator()
    with served.client("delegate") as client:
        outcome = post(client, {"objects": [sent], "to": ["own"]}).json()
        commitment = outcome["published"][0]["commitment"]
        proof = client.get(f"{RECORDS}/{commitment}/proof")
        charter = client.get("/api/v1/charter").json()
    genuine = verify_genuine(proof.content, [note.encode() for note in charter["notes"]])
    assert genuine.record.object["id"] == sent["id"]
    assert genuine.record.commitment.hex() == commitment
    assert genuine.charter.alliance == charter["alliance"]
    assert proof.headers["content-disposition"] == f'attachment; filename="{commitment[:16]}.tlog-proof"'
    assert outcome["checkpoint"].split("\n")[0] == charter["origin"]
    assert int(outcome["checkpoint"].split("\n")[1]) > outcome["published"][0]["index"]


def test_publishing_again_changes_nothing(served: ServedNode, description: Description) -> None:
    body = {"objects": [indicator(), indicator()], "to": ["own"]}
    with served.client("duty-officer") as client:
        first, second = post(client, body), post(client, body)
        description.judge("POST", RECORDS, second)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["published"] == []
    assert second.json()["unchanged"] == first.json()["published"]


def test_all_or_nothing(served: ServedNode) -> None:
    good = indicator()
    with served.client("analyst") as client:
        bad = post(client, {"objects": [good, indicator(type="Not-a-type")], "to": ["own"]})
        assert error_of(bad) == (400, "stix-type", "$.objects[1].type")
        assert client.get(f"/api/v1/objects/{good['id']}").status_code == 404
        reserved = indicator() | {"type": "mithaq-charter-adopted", "id": f"mithaq-charter-adopted--{uuid.uuid4()}"}
        bad = post(client, {"objects": [good, reserved], "to": ["own"]})
        assert error_of(bad) == (403, "type-reserved", "$.objects[1]")
        assert client.get(f"/api/v1/objects/{good['id']}").status_code == 404


def test_rules_refuse_with_their_status(served: ServedNode) -> None:
    sent = indicator(object_marking_refs=["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"])
    with served.client("analyst") as client:
        public = {"objects": [sent], "to": ["public"]}
        assert error_of(post(client, public))[:2] == (403, "audience-public-unconfirmed")
        assert error_of(post(client, {"objects": [indicator()], "to": ["public"]}))[:2] == (403, "tlp-public")
        assert error_of(post(client, {"objects": [sent], "to": ["nobody-known"]}))[:2] == (403, "audience-unknown")
        assert error_of(post(client, {"objects": [sent], "to": []}))[:2] == (403, "audience-empty")
        assert post(client, {"objects": [sent], "to": ["own"]}).status_code == 201
        assert error_of(post(client, public | {"confirm_public": True}))[:2] == (409, "released-otherwise")
        widened = post(client, public | {"confirm_public": True, "widen": True})
        assert widened.status_code == 201
        changed = sent | {"name": "other content, same version"}
        conflict = post(client, {"objects": [changed], "to": ["own"]})
        assert error_of(conflict) == (409, "conflicting-version", "$.objects[0]")
    with served.client("administrator") as client:  # what is public even an administrator reads
        assert client.get(f"{RECORDS}/{widened.json()['published'][0]['commitment']}").status_code == 200


def test_a_red_object_goes_to_the_roles_of_its_author(served: ServedNode) -> None:
    red = indicator(object_marking_refs=["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"])
    with served.client("duty-officer") as client:
        placed = post(client, {"objects": [red], "to": ["dara/delegate"]}).json()["published"][0]
        # The author named a role of its own organisation: that stands in for the author.
        assert client.get(f"{RECORDS}/{placed['commitment']}").status_code == 404
    with served.client("delegate") as client:
        assert client.get(f"{RECORDS}/{placed['commitment']}").json()["release"]["audience"] == ["dara/delegate"]


GOOD = json.dumps(indicator()).encode()
MALFORMED = [
    (b"", "bundle-empty", ""),
    (b"[]", "request-malformed", "$"),
    (GOOD, "request-malformed", "$"),
    (b'{"objects":[' + GOOD + b"]}", "request-malformed", "$"),
    (b'{"objects":[' + GOOD + b'],"to":"own"}', "request-malformed", "$.to"),
    (b'{"objects":[' + GOOD + b'],"to":["own",5]}', "request-malformed", "$.to[1]"),
    (b'{"objects":[' + GOOD + b'],"to":["own"],"widen":"yes"}', "request-malformed", "$.widen"),
    (b'{"objects":[' + GOOD + b'],"to":["own"],"cc":["all"]}', "request-malformed", "$"),
    (b'{"objects":{"a":' + GOOD + b'},"to":["own"]}', "request-malformed", "$.objects"),
    (b'{"objects":[],"to":["own"]}', "objects-count", "$.objects"),
    (b'{"objects":[1],"to":["own"]}', "bundle-not-object", "$.objects[0]"),
    (b'{"to":["all"],"objects":[' + GOOD + b'],"to":["own"]}', "json-duplicate-key", "$.to"),
    (b'{"objects":[' + GOOD + b'],"objects":[' + GOOD + b'],"to":["own"]}', "json-duplicate-key", "$.objects"),
    (b'{"objects":[' + GOOD + b'],"to":["own"]} {"objects":[],"to":[]}', "bundle-trailing", "line 1"),
    (b'{"objects":[' + GOOD + b'],"to":["own"]', "bundle-truncated", "$"),
    (b'{"objects":[' + GOOD + b'],"to":["\xff"]}', "json-malformed", None),
    (b'{"objects":[{"type":"bundle"}],"to":["own"]}', "stix-bundle", "$.objects[0]"),
    (b'{"objects":' + b"[" * 100_000 + b"]" * 100_000 + b',"to":["own"]}', "bundle-not-object", "$.objects[0]"),
    (b'{"objects":[{"x":' + b"[" * 200 + b"]" * 200 + b'}],"to":["own"]}', "json-too-deep", None),
    (b'{"objects":[' + GOOD[:-1] + b',"x":9007199254740993}],"to":["own"]}', "json-number", "$.objects[0].x"),
    (b'{"objects":[' + GOOD[:-1] + b',"x":1,"x":1}],"to":["own"]}', "json-duplicate-key", "$.objects[0].x"),
    (b'{"objects":[' + GOOD[:-1] + b',"x":"\\ud800"}],"to":["own"]}', "json-text", None),
    (b'{"objects":[' + GOOD[:-1] + b',"x":"\xff"}],"to":["own"]}', None, None),
]


@pytest.mark.parametrize(("body", "code", "place"), MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_malformed_is_told_so_with_its_place(
    served: ServedNode, description: Description, body: bytes, code: str | None, place: str | None
) -> None:
    with served.client("analyst") as client:
        answer = post(client, body)
        description.judge("POST", RECORDS, answer)
        found = error_of(answer)
        assert found[0] == 400, answer.text
        assert code in {found[1], None}, answer.text
        assert place in {found[2], None}, answer.text
        assert client.post("/api/v1/preview", content=body).status_code == 400


def test_too_many_and_too_large_objects_are_refused(served: ServedNode) -> None:
    with served.client("analyst") as client:
        assert error_of(post(client, {"objects": [{}] * 2001, "to": ["own"]})) == (400, "objects-count", "$.objects")
        large = {"objects": [indicator(x="x" * 1024 * 1024)], "to": ["own"]}
        assert error_of(post(client, large)) == (413, "bundle-too-large", "$.objects[0]")
        two = client.post("/api/v1/preview", json={"objects": [indicator(), indicator()], "to": ["own"]})
        assert error_of(two) == (400, "objects-count", "$.objects")


def test_a_preview_says_who_would_see_it_and_publishes_nothing(served: ServedNode, description: Description) -> None:
    sent = indicator(object_marking_refs=["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"])
    with served.client("analyst") as client:
        checkpoint = client.get("/log/checkpoint").content
        answer = client.post("/api/v1/preview", json={"objects": [sent], "to": ["dara/delegate"]})
        description.judge("POST", "/api/v1/preview", answer)
        assert answer.json() == {
            "tlp": "TLP:RED",
            "audience": ["dara/delegate"],
            "organisations": [{"id": "dara", "sees": True, "doors": ["dara/delegate"], "reason": "named-role"}],
        }
        refused = client.post("/api/v1/preview", json={"objects": [sent], "to": ["own"]})
        assert error_of(refused)[:2] == (403, "tlp-red")
        assert client.get("/log/checkpoint").content == checkpoint


# Reading


def test_following_next_sees_each_record_once(served: ServedNode) -> None:
    sent = [indicator(f"number {number}") for number in range(1050)]
    with served.client("analyst") as client:
        _, start = walk(client, "", 1000)
        assert post(client, {"objects": sent, "to": ["own"]}).status_code == 201
        wanted = [each["id"] for each in sent]
        for limit in (1000, 999, 250, 101):
            records, end = walk(client, start, limit)
            assert [each["object"]["id"] for each in records] == wanted, limit
        assert walk(client, end, 10) == ([], end)
        # A cursor may be used again, and leads to the same page.
        page = client.get(RECORDS, params={"after": start, "limit": 7}).json()
        assert page == client.get(RECORDS, params={"after": start, "limit": 7}).json()
        assert page["more"] is True
        assert len(client.get(RECORDS, params={"after": start}).json()["records"]) == 100


def test_a_page_ends_early_where_records_are_large(served: ServedNode) -> None:
    word = f"w{uuid.uuid4().hex}"
    sent = [indicator(word, x=str(number) * 900_000) for number in range(10)] + [indicator(word) for _ in range(200)]
    with served.client("analyst") as client:
        _, start = walk(client, "", 1000)
        assert post(client, {"objects": sent, "to": ["own"]}).status_code == 201
        page = client.get(RECORDS, params={"after": start, "limit": 1000}).json()
        assert len(page["records"]) < len(sent)
        assert page["more"] is True
        records, _ = walk(client, start, 1000)
        assert [each["object"]["id"] for each in records] == [each["id"] for each in sent]


def test_searching_finds_the_newest_first_and_goes_on(served: ServedNode, description: Description) -> None:
    word = f"w{uuid.uuid4().hex}"
    sent = [indicator(f"{word} Предупреждение والتحذير number{number}") for number in range(25)]
    with served.client("analyst") as client:
        post(client, {"objects": sent, "to": ["own"]})
        found: list[str] = []
        after = ""
        while True:
            answer = client.get("/api/v1/search", params={"q": f"{word} التحذير", "limit": 10, "after": after})
            description.judge("GET", "/api/v1/search", answer)
            found += [each["object"]["id"] for each in answer.json()["records"]]
            after = answer.json()["next"]
            if not answer.json()["more"]:
                break
        assert found == [each["id"] for each in reversed(sent)]
        one = client.get("/api/v1/search", params={"q": f"{word.upper()} number7"}).json()["records"]
        assert [each["object"]["name"] for each in one] == [sent[7]["name"]]


PARAMETERS = [
    (RECORDS, {"limit": "0"}, "parameter", "limit"),
    (RECORDS, {"limit": "1001"}, "parameter", "limit"),
    (RECORDS, {"limit": "-1"}, "parameter", "limit"),
    (RECORDS, {"limit": "٣"}, "parameter", "limit"),
    (RECORDS, {"limit": "1e2"}, "parameter", "limit"),
    (RECORDS, {"limit": ""}, "parameter", "limit"),
    (RECORDS, {"limt": "5"}, "parameter", "limt"),
    (RECORDS, [("limit", "5"), ("limit", "6")], "parameter", "limit"),
    (RECORDS, {"q": "x"}, "parameter", "q"),
    (RECORDS, {"after": "x"}, "cursor", ""),
    (RECORDS, {"after": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "cursor", ""),
    (RECORDS, {"after": "я"}, "cursor", ""),
    (RECORDS, {"after": "x" * 101}, "parameter", "after"),
    ("/api/v1/search", {}, "search-empty", ""),
    ("/api/v1/search", {"q": " -- "}, "search-empty", ""),
    ("/api/v1/search", {"q": "\u0000"}, "search-empty", ""),
    ("/api/v1/search", {"q": "x" * 1001}, "parameter", "q"),
    ("/api/v1/charter", {"x": "y"}, "parameter", "x"),
    (f"{RECORDS}/{'0' * 63}", {}, "commitment-malformed", ""),
    (f"{RECORDS}/{'A' * 64}/proof", {}, "commitment-malformed", ""),
    (f"{RECORDS}/{'%00' * 64}/attachment", {}, "commitment-malformed", ""),
    ("/api/v1/objects/indicator", {}, "object-id", ""),
    ("/api/v1/objects/indicator--00000000-0000-0000-0000-00000000000%00", {}, "object-id", ""),
]


@pytest.mark.parametrize(("path", "parameters", "code", "place"), PARAMETERS, ids=range(len(PARAMETERS)))
def test_parameters_are_checked(served: ServedNode, path: str, parameters: Any, code: str, place: str) -> None:
    with served.client("analyst") as client:
        assert error_of(client.get(path, params=parameters or None)) == (400, code, place)


def test_hostile_words_are_only_words(served: ServedNode) -> None:
    with served.client("analyst") as client:
        for text in (
            "a' & 'b",
            "x:* | y",
            "a\\'b",
            "'); DROP TABLE records; --",
            "\ufdd0 \ud7ff",
            "%",
            "é\u0301" * 300,
        ):
            assert client.get("/api/v1/search", params={"q": text}).status_code in {200, 400}, text
        assert client.get("/api/v1/search?q=%FF%FE%00x").status_code == 200
