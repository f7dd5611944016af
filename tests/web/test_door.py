"""Every route and everybody who may knock: no token, a wrong one, each role. And what the refused learn: nothing."""

import hashlib
import re
import uuid
from typing import Any, NamedTuple

import httpx2
import pytest

from mithaq.model import ROLES
from mithaq.node.tokens import PUBLISHERS
from mithaq.web.app import ROUTES
from tests.serving import ServedNode, indicator
from tests.web.description import Description

EVERYBODY, TOKEN, READER, PUBLISHER = "everybody", "token", "reader", "publisher"


class Row(NamedTuple):
    """A route, who is let in, and with which status. Readers are all roles but the administrator's."""

    method: str
    path: str
    let_in: str
    status: int = 200


TABLE = [
    Row("GET", "/log/checkpoint", EVERYBODY),
    Row("GET", "/log/tile/{path}", TOKEN),
    Row("GET", "/api/v1/charter", EVERYBODY),
    Row("GET", "/api/v1/records", TOKEN),
    Row("POST", "/api/v1/records", PUBLISHER, 201),
    Row("GET", "/api/v1/records/{commitment}", READER),
    Row("GET", "/api/v1/records/{commitment}/proof", READER),
    Row("GET", "/api/v1/records/{commitment}/attachment", READER),
    Row("GET", "/api/v1/objects/{id}", READER),
    Row("GET", "/api/v1/search", TOKEN),
    Row("POST", "/api/v1/preview", PUBLISHER),
    Row("POST", "/api/v1/uploads", PUBLISHER, 201),
    Row("GET", "/api/v1/uploads/{upload}", PUBLISHER),
    Row("PATCH", "/api/v1/uploads/{upload}", PUBLISHER, 204),
    Row("GET", "/api/v1/openapi.yaml", EVERYBODY),
    Row("GET", "/health/live", EVERYBODY),
    Row("GET", "/health/ready", EVERYBODY),
    Row("GET", "/metrics", TOKEN),
]
VISITORS = [None, "wrong", *sorted(ROLES)]


def artifact(**properties: Any) -> dict[str, Any]:
    return {"type": "artifact", "spec_version": "2.1", "id": f"artifact--{uuid.uuid4()}"} | properties


def send_attachment(client: httpx2.Client, data: bytes) -> str:
    """Upload `data` and say under which url an artifact takes it."""
    wish = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    upload = client.post("/api/v1/uploads", json=wish).json()["upload"]
    sent = client.patch(f"/api/v1/uploads/{upload}", content=data, headers={"Upload-Offset": "0"})
    assert sent.status_code == 204, sent.text
    return f"mithaq:upload:{upload}"


def publish(client: httpx2.Client, *objects: dict[str, Any], to: str = "own") -> list[dict[str, Any]]:
    answer = client.post("/api/v1/records", json={"objects": list(objects), "to": [to]})
    assert answer.status_code == 201, answer.text
    return list(answer.json()["published"])


@pytest.fixture(scope="module")
def held(served: ServedNode) -> dict[str, str]:
    """A record with an attachment, addressed to the whole organisation."""
    with served.client("analyst") as client:
        url = send_attachment(client, b"some bytes")
        (placed,) = publish(client, artifact(url=url))
    return {"commitment": placed["commitment"], "id": placed["id"], "path": "0/000.p/1"}


def knock(served: ServedNode, row: Row, visitor: str | None, held: dict[str, str]) -> httpx2.Response:
    """A good request of one route by one visitor."""
    more: dict[str, Any] = {}
    with served.client(visitor if visitor in ROLES else None) as client:
        if visitor == "wrong":
            client.headers["Authorization"] = f"Bearer mq_{'a' * 16}_{'0' * 64}"
        if row.path == "/api/v1/search":
            more["params"] = {"q": "name"}
        if row.path in {"/api/v1/records", "/api/v1/preview"} and row.method == "POST":
            more["json"] = {"objects": [indicator()], "to": ["own"]}
        if row.path == "/api/v1/uploads":
            more["json"] = {"size": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}
        named = held
        if "{upload}" in row.path:
            begun = client.post("/api/v1/uploads", json={"size": 3, "sha256": hashlib.sha256(b"abc").hexdigest()})
            named = held | {"upload": begun.json().get("upload", "0" * 32)}
            if row.method == "PATCH":
                more |= {"content": b"abc", "headers": {"Upload-Offset": "0"}}
        return client.request(row.method, row.path.format(**named), **more)


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
def test_who_is_let_in(
    served: ServedNode, description: Description, held: dict[str, str], row: Row, visitor: str | None
) -> None:
    answer = knock(served, row, visitor, held)
    description.judge(row.method, row.path, answer)
    if row.let_in == EVERYBODY:
        assert answer.status_code == row.status
    elif visitor in {None, "wrong"}:
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == ("token-wrong" if visitor else "token-missing")
        assert answer.headers["www-authenticate"].startswith('Bearer realm="mithaq"')
    elif row.let_in == PUBLISHER and visitor not in PUBLISHERS:
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role-may-not")
    elif row.let_in == READER and visitor == "administrator":
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "record-absent")
    else:
        assert answer.status_code == row.status, answer.text


def test_the_table_the_routes_and_the_description_name_the_same(description: Description) -> None:
    routes = {
        (method, re.sub(r":\w+}", "}", route.path))
        for route in ROUTES
        for method in (route.methods or set()) - {"HEAD"}
        if not route.path.startswith("/taxii2/")  # described by its own specification, tested in test_taxii
    }
    assert {(row.method, row.path) for row in TABLE} == routes
    assert description.operations().keys() == routes


def test_the_description_says_where_a_token_is_needed(description: Description) -> None:
    for (method, path), operation in description.operations().items():
        (row,) = [row for row in TABLE if (row.method, row.path) == (method, path)]
        assert (operation.get("security") == []) == (row.let_in == EVERYBODY), path
        assert ("401" in operation["responses"]) == (row.let_in != EVERYBODY), path
        assert ("403" in operation["responses"]) == (row.let_in == PUBLISHER), path


@pytest.mark.parametrize(
    "stated",
    ["", "Bearer", "Basic YTpi", "mq_x", "Bearer mq_a_b", f"Bearer mq_{'A' * 16}_{'0' * 64}", "Bearer \xff"],
)
def test_what_is_no_token_opens_nothing(served: ServedNode, stated: str) -> None:
    with served.client() as client:
        answer = client.get("/api/v1/records", headers={b"Authorization": stated.encode("latin-1")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token-wrong")


def test_a_token_with_another_secret_opens_nothing(served: ServedNode) -> None:
    token = served.tokens["analyst"]
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    with served.client() as client:
        assert client.get("/api/v1/records", headers={"Authorization": f"Bearer {changed}"}).status_code == 401
        assert client.get("/api/v1/records", headers={"Authorization": f"bearer {token}"}).status_code == 200


ABOUT_ONE = [
    "/api/v1/records/{commitment}",
    "/api/v1/records/{commitment}/proof",
    "/api/v1/records/{commitment}/attachment",
    "/api/v1/objects/{id}",
]
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def bytes_of(answer: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that an answer says, but for when and under which number it was given."""
    headers = [(name, value) for name, value in answer.headers.items() if name not in {"date", "x-request-id"}]
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("path", ABOUT_ONE)
def test_absent_and_not_yours_are_the_same_bytes(served: ServedNode, path: str) -> None:
    with served.client("analyst") as analyst, served.client("delegate") as delegate:
        url = send_attachment(analyst, b"for analysts")
        (placed,) = publish(analyst, artifact(url=url, object_marking_refs=[RED]), to="dara/analyst")
        absent = {"commitment": hashlib.sha256(b"absent").hexdigest(), "id": f"artifact--{uuid.uuid4()}"}
        assert analyst.get(path.format(**placed)).status_code == 200
        foreign = delegate.get(path.format(**placed))
        assert foreign.status_code == 404
        assert bytes_of(foreign) == bytes_of(delegate.get(path.format(**absent)))
        foreign = delegate.get(path.format(**placed), headers={"Range": "bytes=0-3", "If-Range": '"x"'})
        assert bytes_of(foreign) == bytes_of(delegate.get(path.format(**absent)))


def test_what_is_addressed_to_others_shows_in_no_list_and_no_search(served: ServedNode) -> None:
    word = f"w{uuid.uuid4().hex}"
    with served.client("analyst") as analyst, served.client("delegate") as delegate:
        before = delegate.get("/api/v1/records", params={"limit": 1000}).json()
        publish(analyst, indicator(word, object_marking_refs=[RED]), to="dara/analyst")
        assert len(analyst.get("/api/v1/search", params={"q": word}).json()["records"]) == 1
        found = delegate.get("/api/v1/search", params={"q": word})
        nothing = delegate.get("/api/v1/search", params={"q": f"w{uuid.uuid4().hex}"})
        assert found.json()["records"] == []
        assert bytes_of(found) == bytes_of(nothing)
        assert delegate.get("/api/v1/records", params={"limit": 1000}).json() == before
