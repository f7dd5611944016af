"""The clients that people have: taxii2-client, stix2 and curl themselves; MISP and OpenCTI by the requests they make.

How MISP (its TAXII server screen and `taxii_push.py`) and OpenCTI (the platform's ingestion, the connector `taxii2`)
page and resume was read in their public sources; what is here replays the sequence of their requests. Every walk must
end, and give each object once.
"""

import base64
import itertools
import json
import logging
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import stix2  # type: ignore[import-untyped]
from requests.auth import AuthBase
from requests.exceptions import HTTPError
from taxii2client.common import TokenAuth  # type: ignore[import-untyped]
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages  # type: ignore[import-untyped]

from tests.serving import ServedNode, indicator, make_node

TAXII = "application/taxii+json;version=2.1"
ROOT = "/taxii2/api/"
ROLE = "analyst"
PATIENCE = 200
"""Requests of one walk; one that needs more does not end."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    with make_node(tmp_path_factory.mktemp("clients") / "dara").served(workers=2) as served:
        yield served


class Bearer(AuthBase):
    """RFC 6750 for `requests`."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def credentials(server: ServedNode, kind: str) -> dict[str, Any]:
    """What taxii2-client is given: name and token, a bearer token, or its own TokenAuth, which says `Token`."""
    token = server.tokens[ROLE]
    kinds: dict[str, dict[str, Any]] = {
        "basic": {"user": ROLE, "password": token},
        "bearer": {"auth": Bearer(token)},
        "token": {"auth": TokenAuth(token)},
    }
    return kinds[kind]


def collection_of(server: ServedNode, title: str = "own", kind: str = "basic") -> Collection:
    """A collection, found from the discovery on."""
    found = Server(server.url + "/taxii2/", **credentials(server, kind))
    return next(each for each in found.default.collections if each.title == title)


def ending(pages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """All pages; fails if there is no end of them."""
    found = list(itertools.islice(pages, PATIENCE))
    assert len(found) < PATIENCE, "the walk does not end"
    return found


def ids_of(pages: Iterable[dict[str, Any]]) -> list[str]:
    return [each["id"] for page in pages for each in page.get("objects", [])]


def marked(count: int) -> tuple[str, list[dict[str, Any]]]:
    """New objects, and the type that they alone have, so that a walk can ask for nothing else."""
    kind = f"x-mark-{uuid.uuid4().hex[:12]}"
    return kind, [{**plain(), "type": kind, "id": f"{kind}--{uuid.uuid4()}"} for _ in range(count)]


def plain() -> dict[str, Any]:
    """An object of a custom type that has what every object must have."""
    made = indicator()
    return {name: made[name] for name in ("spec_version", "created", "modified", "name")}


def versions_of(count: int) -> list[dict[str, Any]]:
    """One object in many versions, the oldest first."""
    first = indicator()
    return [first | {"modified": f"2026-11-24T05:{n // 60:02}:{n % 60:02}.000Z"} for n in range(count)]


def store(client: httpx2.Client, objects: list[dict[str, Any]], collection: str = "own") -> dict[str, Any]:
    """Post objects in one envelope; the status."""
    url, body = f"{ROOT}collections/{collection}/objects/", json.dumps({"objects": objects})
    answer = client.post(url, content=body, headers={"Content-Type": TAXII, "Accept": TAXII})
    assert answer.status_code == 202, answer.text
    status: dict[str, Any] = answer.json()
    assert status["success_count"] == len(objects), status
    return status


# taxii2-client


@pytest.mark.parametrize("kind", ["basic", "bearer", "token"])
def test_taxii2_client_goes_from_the_discovery_to_the_objects(server: ServedNode, kind: str) -> None:
    found = Server(server.url + "/taxii2/", **credentials(server, kind))
    assert [each.url for each in found.api_roots] == [found.default.url]
    root = found.default
    assert (root.versions, root.max_content_length > 1_000_000) == ([TAXII], True)
    rights = {each.title: (each.can_read, each.can_write) for each in root.collections}
    assert rights == {"own": (True, True), "all": (True, True), "inbox": (True, False)}
    mark, objects = marked(7)
    collection = next(each for each in root.collections if each.title == "own")
    status = collection.add_objects({"objects": objects}, wait_for_completion=True)
    assert (status.status, status.success_count, status.failure_count) == ("complete", 7, 0)
    assert collection.get_objects(type=mark)["objects"] == objects
    assert collection.get_object(objects[3]["id"])["objects"] == [objects[3]]


@pytest.mark.parametrize("what", ["get_objects", "get_manifest"])
@pytest.mark.parametrize("per_request", [1, 3, 7, 21, 1000])
def test_taxii2_client_pages_end_and_show_each_object_once(server: ServedNode, what: str, per_request: int) -> None:
    collection = collection_of(server)
    mark, objects = marked(21)
    collection.add_objects({"objects": objects})
    pages = ending(as_pages(getattr(collection, what), per_request=per_request, type=mark))
    assert ids_of(pages) == [each["id"] for each in objects]
    assert len(pages) == -(-21 // per_request)


def test_taxii2_client_pages_of_a_whole_collection_end(server: ServedNode) -> None:
    collection = collection_of(server)
    mark, objects = marked(30)
    collection.add_objects({"objects": objects})
    for what in (collection.get_objects, collection.get_manifest):
        found = ids_of(ending(as_pages(what, per_request=20)))
        assert len(found) == len(set(found))
        assert [each for each in found if each.startswith(mark)] == [each["id"] for each in objects]


@pytest.mark.parametrize("per_request", [1, 4, 9])
def test_pages_of_versions_end(server: ServedNode, per_request: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)  # the client counts `objects`, of which there are none, and says so
    collection = collection_of(server)
    versions = versions_of(9)
    collection.add_objects({"objects": versions})
    stated = [each["modified"] for each in versions]

    def ask(**filters: Any) -> dict[str, Any]:
        page: dict[str, Any] = collection.object_versions(versions[0]["id"], **filters)
        return page

    pages = ending(as_pages(ask, per_request=per_request))
    assert [each for page in pages for each in page["versions"]] == stated
    by_hand: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while not by_hand or by_hand[-1]["more"]:
        assert len(by_hand) < PATIENCE
        by_hand.append(ask(limit=per_request, **more))
        more = {"next": by_hand[-1].get("next")}
    assert [each for page in by_hand for each in page["versions"]] == stated
    assert {len(page["versions"]) for page in by_hand[:-1]} <= {per_request}


def test_taxii2_client_reads_a_status_again(server: ServedNode) -> None:
    collection = collection_of(server)
    good, bad = indicator(), indicator(modified="yesterday")
    status = collection.add_objects({"objects": [good, bad]}, wait_for_completion=True)
    assert [each["id"] for each in status.successes] == [good["id"]]
    assert [each["id"] for each in status.failures] == [bad["id"]]
    again = ApiRoot(server.url + ROOT, **credentials(server, "basic")).get_status(status.id)
    assert again._raw == status._raw
    status.refresh()
    assert status.status == "complete"


def test_taxii2_client_deletes(server: ServedNode) -> None:
    collection = collection_of(server)
    versions = versions_of(3)
    first = versions[0]["id"]
    collection.add_objects({"objects": versions})
    collection.delete_object(first, version=versions[1]["modified"])
    assert collection.object_versions(first)["versions"] == [versions[0]["modified"], versions[2]["modified"]]
    collection.delete_object(first)
    for ask in (collection.get_object, collection.object_versions, collection.delete_object):
        with pytest.raises(HTTPError) as caught:
            ask(first)
        assert caught.value.response is not None
        assert caught.value.response.status_code == 404
    assert ids_of(ending(as_pages(collection.get_objects, per_request=50, id=first))) == []


# stix2


@pytest.mark.parametrize("kind", ["basic", "bearer"])
def test_stix2_adds_and_gets(server: ServedNode, kind: str) -> None:
    collection = collection_of(server, kind=kind)
    sink, source = stix2.TAXIICollectionSink(collection), stix2.TAXIICollectionSource(collection, items_per_page=2)
    first = stix2.v21.Malware(name="first", is_family=False)
    second = first.new_version(name="second")
    other = stix2.v21.Identity(name="someone", identity_class="group")
    relation = stix2.v21.Relationship(first, "related-to", other)
    sink.add([first, stix2.v21.Bundle(second, other), json.loads(relation.serialize())])
    assert source.get(first.id) == second
    assert source.get(relation.id) == relation
    assert source.get(f"malware--{uuid.uuid4()}") is None
    assert sorted(source.all_versions(first.id), key=lambda each: each.modified) == [first, second]
    store = stix2.TAXIICollectionStore(collection)
    assert store.get(other.id) == other
    assert [each.id for each in store.relationships(first.id)] == [relation.id]


def test_stix2_queries_with_filters_and_pages(server: ServedNode) -> None:
    collection = collection_of(server)
    with server.client(ROLE) as client:
        answer = client.get(f"{ROOT}collections/own/objects/")
        before = answer.headers.get("x-taxii-date-added-last", "2020-01-01T00:00:00Z")
    name = f"campaign {uuid.uuid4()}"
    objects = [stix2.v21.Campaign(name=name) for _ in range(11)]
    stix2.TAXIICollectionSink(collection).add(stix2.v21.Bundle(objects))
    source = stix2.TAXIICollectionSource(collection, items_per_page=3)
    wanted = sorted(each.id for each in objects)

    def query(*filters: stix2.Filter) -> list[str]:
        return sorted(each.id for each in source.query(list(filters)))

    by_type, by_name = stix2.Filter("type", "=", "campaign"), stix2.Filter("name", "=", name)
    assert query(by_type, by_name) == wanted
    assert query(stix2.Filter("type", "=", "campaign,tool"), stix2.Filter("added_after", "=", before)) == wanted
    assert query(stix2.Filter("id", "=", objects[4].id)) == [objects[4].id]
    assert query(stix2.Filter("id", "=", [objects[4].id, objects[5].id])) == sorted([objects[4].id, objects[5].id])
    assert query(by_type, by_name, stix2.Filter("version", "=", "first")) == wanted


# curl


def curl(*arguments: str) -> Any:
    """What curl prints, as JSON, None if it prints nothing; it fails if the server refuses."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed (tools/ci-deps.sh does it)")
    command = [program, "--silent", "--show-error", "--fail-with-body", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return json.loads(done.stdout) if done.stdout else None


def test_curl_discovers_posts_walks_and_deletes(server: ServedNode) -> None:
    """As `docs/taxii.md` writes it: brackets stand in the address as they are, and a collection goes by its name."""
    by = ["--user", f"{ROLE}:{server.tokens[ROLE]}"]
    root = curl(*by, "--header", f"Accept: {TAXII}", server.url + "/taxii2/")["default"]
    titles = {each["title"]: each["id"] for each in curl(*by, root + "collections/")["collections"]}
    mark, objects = marked(8)
    sending = ["--header", f"Content-Type: {TAXII}", "--data", json.dumps({"objects": objects})]
    status = curl(*by, *sending, f"{root}collections/all/objects/")
    assert status["success_count"] == 8
    assert curl(*by, f"{root}status/{status['id']}/") == status
    for collection in ("all", titles["all"]):
        found: list[str] = []
        address = f"{root}collections/{collection}/objects/?match[type]={mark}&limit=3"
        page = curl(*by, "--globoff", address)
        for _ in range(PATIENCE):
            found += ids_of([page])
            if not page["more"]:
                break
            page = curl(*by, "--globoff", f"{address}&next={page['next']}")
        assert found == [each["id"] for each in objects]
    assert curl(*by, "--request", "DELETE", f"{root}collections/all/objects/{objects[0]['id']}/") is None
    assert ids_of([curl(*by, "--globoff", address)]) == [each["id"] for each in objects[1:4]]


# MISP


def misp_asks(server: ServedNode, uri: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
    """As MISP's screen of a TAXII server: `basic` in small letters with a ready-made value, Content-Type on a GET."""
    key = base64.b64encode(f"{ROLE}:{server.tokens[ROLE]}".encode()).decode()
    headers = {"Accept": TAXII, "Content-type": TAXII, "Authorization": f"basic {key}"}
    given = {name: value for name, value in (query or {}).items() if value is not None}
    with server.client() as client:
        answer = client.get("/taxii2/api" + uri, params=given, headers=headers)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def test_misp_pages_by_fifty(server: ServedNode) -> None:
    objects = [indicator() for _ in range(120)]
    with server.client(ROLE) as client:
        store(client, objects, "all")
    collection = next(
        each["id"] for each in misp_asks(server, "/collections/")["collections"] if each["title"] == "all"
    )
    found: list[str] = []
    following = None
    for _ in range(PATIENCE):
        page = misp_asks(server, f"/collections/{collection}/objects/", {"limit": 50, "next": following})
        assert page["objects"], "MISP takes a page without objects for an error"
        found += ids_of([page])
        following = page.get("next")
        if not following:
            break
    assert len(found) == len(set(found))
    assert {each["id"] for each in objects} <= set(found)
    shown = misp_asks(server, f"/collections/{collection}/objects/{objects[0]['id']}/")
    assert shown["objects"] == [objects[0]]


def test_misp_pushes_envelopes_up_to_the_stated_length(server: ServedNode) -> None:
    key = base64.b64encode(f"{ROLE}:{server.tokens[ROLE]}".encode()).decode()
    name, _, token = base64.b64decode(key).decode().partition(":")
    with ApiRoot(server.url + "/taxii2/api", user=name, password=token) as root:
        limit = root.max_content_length
        wanted = next(each.id for each in root.collections if each.title == "own")
    big, small = indicator(name="n" * 200_000), [indicator() for _ in range(3)]
    envelope = b'{"objects":[%s]}' % b",".join(json.dumps(each).encode() for each in [big, *small])
    assert len(envelope) < limit
    with Collection(f"{server.url}/taxii2/api/collections/{wanted}", user=name, password=token) as collection:
        status = collection.add_objects(envelope, wait_for_completion=False)
        assert (status.failure_count, status.success_count) == (0, 4)


# OpenCTI


@dataclass
class Ingestion:
    """OpenCTI's own ingestion: `next` while there is more, then the last date header, cut to the millisecond.

    Its state changes only by a page with objects: of an empty one it never follows the `next`.
    """

    client: httpx2.Client
    limit: int | None
    cursor: str | None = None
    after: str | None = None

    def poll(self) -> list[dict[str, Any]]:
        given = {"next": self.cursor, "added_after": self.after, "limit": self.limit}
        params = {name: value for name, value in given.items() if value is not None}
        answer = self.client.get(f"{ROOT}collections/own/objects/", params=params, headers={"Accept": TAXII})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        objects: list[dict[str, Any]] = page.get("objects", [])
        if not objects:
            return objects
        if page.get("more") and page.get("next"):
            self.cursor = page["next"]
        else:
            last = answer.headers["x-taxii-date-added-last"]
            self.cursor, self.after = None, last[:23] + "Z"
        return objects


@pytest.mark.parametrize("limit", [None, 7, 64])
def test_opencti_ingests_page_after_page_and_goes_on(server: ServedNode, limit: int | None) -> None:
    first, second = [indicator() for _ in range(50)], [indicator() for _ in range(20)]
    with server.client(ROLE) as client:
        start = client.get(f"{ROOT}collections/own/objects/").headers.get("x-taxii-date-added-last")
        ingestion = Ingestion(client, limit, after=start and start[:23] + "Z")
        seen: dict[str, int] = {}

        def ingest() -> None:
            fresh = True
            for _ in range(PATIENCE):
                got = ids_of([{"objects": ingestion.poll()}])
                fresh = ingestion.cursor is not None or any(each not in seen for each in got)
                for each in got:
                    seen[each] = seen.get(each, 0) + 1
                if not fresh:
                    return
            pytest.fail("the ingestion does not end")

        for objects in (first, second):
            store(client, objects)
            ingest()
            assert {each["id"] for each in objects} <= seen.keys()
            # The last of what was added together stands at a whole millisecond, so the cut cursor is exact.
            assert set(seen.values()) == {1}


@pytest.mark.parametrize("kind", ["basic", "token"])
def test_the_opencti_connector_drops_added_after_behind_the_first_page(server: ServedNode, kind: str) -> None:
    collection = collection_of(server, kind=kind)
    before = collection.get_objects(limit=1000)
    assert not before["more"]
    objects = [indicator() for _ in range(25)]
    with server.client(ROLE) as client:
        last = client.get(f"{ROOT}collections/own/objects/").headers.get(
            "x-taxii-date-added-last", "2020-01-01T00:00:00Z"
        )
        store(client, objects)
    filters: dict[str, Any] = {"limit": 10, "added_after": last}
    pages = [collection.get_objects(**filters)]
    while pages[-1].get("more"):
        assert len(pages) < PATIENCE
        filters.pop("added_after", None)
        filters["next"] = pages[-1]["next"]
        pages.append(collection.get_objects(**filters))
    assert ids_of(pages) == [each["id"] for each in objects]


def test_a_next_that_is_sent_with_a_newer_added_after_goes_on_from_there(server: ServedNode) -> None:
    mark, objects = marked(20)
    url = f"{ROOT}collections/own/objects/"
    with server.client(ROLE) as client:
        store(client, objects)
        page = client.get(url, params={"limit": 5, "match[type]": mark})
        newer = client.get(url, params={"limit": 12, "match[type]": mark}).headers["x-taxii-date-added-last"]
        old, rest = page.json()["next"], {"match[type]": mark}
        for after, left in ((newer, objects[12:]), (page.headers["x-taxii-date-added-first"], objects[5:])):
            found = client.get(url, params={"next": old, "added_after": after, **rest})
            assert found.json()["objects"] == left, after


def follow(ask: Callable[[dict[str, Any]], httpx2.Response], limit: int, start: dict[str, Any]) -> list[str]:
    """As a client that knows only `added_after`: on from the header's date, until a page is empty."""
    found: list[str] = []
    for _ in range(PATIENCE):
        answer = ask({"limit": limit, **start})
        got = ids_of([answer.json()])
        if not got:
            return found
        found += got
        start = {"added_after": answer.headers["x-taxii-date-added-last"]}
    pytest.fail("the walk does not end")


def test_no_page_is_empty_while_there_is_more(server: ServedNode) -> None:
    """Of an empty page neither OpenCTI nor MISP follows the `next`, however many superseded versions lie before it."""
    versions = versions_of(1500)
    with server.client(ROLE) as client:
        last = client.get(f"{ROOT}collections/own/objects/").headers.get(
            "x-taxii-date-added-last", "2020-01-01T00:00:00Z"
        )
        behind = indicator()
        store(client, versions)
        store(client, [behind])
        found = follow(
            lambda given: client.get(f"{ROOT}collections/own/objects/", params=given), 1, {"added_after": last}
        )
    assert found == [versions[0]["id"], behind["id"]]
