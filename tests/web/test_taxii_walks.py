"""Many at once over TAXII: whoever walks by `next` or by `added_after` gets each version of each object exactly once.

Eight write to two collections, one object or many, new objects and versions of old ones, some of them to both
collections; eight walk meanwhile. What a walker's collection has in the end, and in which order, is known from the
statuses of the writers alone.
"""

import json
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.serving import ServedNode, indicator, make_node

TAXII = {"Accept": "application/taxii+json;version=2.1", "Content-Type": "application/taxii+json;version=2.1"}
ROLES = ("analyst", "delegate", "duty-officer", "secretariat")
PATIENCE = 100_000
"""Requests of one walk; one that needs more does not end."""


class Version(NamedTuple):
    """One version of one object."""

    id: str
    modified: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    with make_node(tmp_path_factory.mktemp("walks") / "dara").served(workers=2) as served:
        yield served


@dataclass
class Writer:
    """Posts envelopes of 1 to 50 objects; what it wrote to which collection."""

    served: ServedNode
    number: int
    posts: int
    written: dict[str, set[Version]] = field(default_factory=lambda: {"own": set(), "all": set()})
    heads: list[dict[str, Any]] = field(default_factory=list)
    clock: int = 0

    def run(self) -> None:
        chance = random.Random(self.number)
        with self.served.client(ROLES[self.number % 4]) as client:
            for _ in range(self.posts):
                objects = [self.make(chance) for _ in range(chance.choice((1, 1, 2, 7, 20, 50)))]
                # The same version in both collections is two records; that of all collections shows it once.
                collections = ("own", "all") if chance.random() < 0.2 else (chance.choice(("own", "all")),)
                for collection in collections:
                    self.post(client, collection, objects)

    def make(self, chance: random.Random) -> dict[str, Any]:
        """A new object, or a version of one of its own: later than all before it, or between them."""
        if not self.heads or chance.random() < 0.6:
            self.heads.append(indicator())
            return self.heads[-1]
        self.clock += 1
        moment = f"2026-11-24T{6 + self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}.000Z"
        if chance.random() < 0.2:
            moment = moment.replace("11-24", "11-23")
        return chance.choice(self.heads) | {"created": "2026-11-20T00:00:00.000Z", "modified": moment}

    def post(self, client: httpx2.Client, collection: str, objects: list[dict[str, Any]]) -> None:
        url, body = f"/taxii2/api/collections/{collection}/objects/", json.dumps({"objects": objects})
        answer = client.post(url, content=body, headers=TAXII)
        while answer.status_code == 503:  # busy: nothing is known of what became of it, so it is asked again
            answer = client.post(url, content=body, headers=TAXII)
        assert answer.status_code == 202, answer.text
        status = answer.json()
        assert (status["success_count"], status["failure_count"]) == (len(objects), 0), status
        stated = [Version(each["id"], each["modified"]) for each in objects]
        assert [Version(each["id"], each["version"]) for each in status["successes"]] == stated
        self.written[collection].update(stated)


@dataclass
class Walker:
    """Reads a collection, or its manifest, until the writers are done and a page comes empty."""

    served: ServedNode
    role: str
    collection: str
    what: str
    limit: int
    by_next: bool
    quiet: threading.Event
    after: str
    seen: dict[Version, None] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)

    def run(self) -> None:
        following = ""
        with self.served.client(self.role) as client:
            for _ in range(PATIENCE):
                was_quiet = self.quiet.is_set()
                given = {"limit": str(self.limit), "match[version]": "all", "added_after": self.after}
                answer = self.ask(client, given | ({"next": following} if following else {}))
                page = answer.json()
                objects = page.get("objects", [])
                assert len(objects) <= self.limit
                assert ("next" in page) == page["more"]
                self.note(answer, objects)
                # The token goes with the parameters that it was given for; at the end the last date goes on.
                following = page["next"] if self.by_next and page["more"] else ""
                if not following and objects:
                    self.after = answer.headers["x-taxii-date-added-last"]
                if was_quiet and not objects:
                    assert not page["more"]
                    return
        pytest.fail("the walk does not end")

    def ask(self, client: httpx2.Client, given: dict[str, str]) -> httpx2.Response:
        url = f"/taxii2/api/collections/{self.collection}/{self.what}/"
        while (answer := client.get(url, params=given)).status_code == 503:
            continue
        assert answer.status_code == 200, answer.text
        return answer

    def note(self, answer: httpx2.Response, objects: list[dict[str, Any]]) -> None:
        if not objects:
            return
        name = "version" if self.what == "manifest" else "modified"
        for each in objects:
            version = Version(each["id"], each[name])
            assert version not in self.seen, f"{self.collection}/{self.what}: {version} came twice"
            self.seen[version] = None
        first, last = (answer.headers[f"x-taxii-date-added-{end}"] for end in ("first", "last"))
        dates = [each["date_added"] for each in objects] if self.what == "manifest" else [first, last][: len(objects)]
        assert (dates[0], dates[-1]) == (first, last)
        self.dates += dates


def moment(served: ServedNode) -> str:
    """An instant behind all that was added so far, and before all that will be: that of an object added now."""
    mark, url = indicator(), "/taxii2/api/collections/own/"
    with served.client("analyst") as client:
        answer = client.post(url + "objects/", content=json.dumps({"objects": [mark]}), headers=TAXII)
        assert answer.json()["success_count"] == 1
        manifest = client.get(url + "manifest/", params={"match[id]": mark["id"]})
    return str(manifest.json()["objects"][0]["date_added"])


def crowd(served: ServedNode, posts: int) -> int:
    """Eight write so many envelopes each, and eight walk; how many versions were written."""
    quiet, start = threading.Event(), moment(served)
    writers = [Writer(served, number, posts) for number in range(8)]
    # The smaller the page the more often a walk ends among what is being written.
    kinds = [("own", "objects", 13), ("all", "objects", 40), ("inbox", "objects", 25), ("own", "manifest", 7)]
    walkers = [
        Walker(served, ROLES[number], collection, what, limit, by_next, quiet, start)
        for by_next in (True, False)
        for number, (collection, what, limit) in enumerate(kinds)
    ]
    with ThreadPoolExecutor(16) as threads:
        walking = [threads.submit(each.run) for each in walkers]
        try:
            for each in [threads.submit(writer.run) for writer in writers]:
                each.result()
        finally:
            quiet.set()
        for each in walking:
            each.result()
    written = {name: set().union(*(writer.written[name] for writer in writers)) for name in ("own", "all")}
    written["inbox"] = written["own"] | written["all"]
    for walker in walkers:
        kind = f"{walker.collection}/{walker.what} by {'next' if walker.by_next else 'added_after'}"
        assert walker.seen.keys() == written[walker.collection], f"{kind}: a version is missing, or was never written"
        assert all(one < two for one, two in zip(walker.dates, walker.dates[1:], strict=False)), f"{kind}: out of order"
    for one, two in zip(walkers[:4], walkers[4:], strict=True):
        assert list(one.seen) == list(two.seen), f"{one.collection}/{one.what}: two walks differ in their order"
    assert list(walkers[0].seen) == list(walkers[3].seen), "the objects' order is not the manifest's"
    return len(written["inbox"])


@pytest.mark.parametrize(
    "posts", [pytest.param(8, id="short"), pytest.param(250, id="long", marks=pytest.mark.torture)]
)
def test_eight_writers_and_eight_walkers(server: ServedNode, posts: int) -> None:
    assert crowd(server, posts) > posts * 40


def test_two_walks_after_the_writing_agree(server: ServedNode) -> None:
    """With nobody else there, `next` and `added_after` give the same in the same order, page by page."""
    quiet, start = threading.Event(), moment(server)
    writer = Writer(server, 99, 6)
    writer.run()
    quiet.set()
    for what, collection in (("objects", "own"), ("manifest", "all"), ("objects", "inbox")):
        walks = [Walker(server, "auditor", collection, what, 9, by_next, quiet, start) for by_next in (True, False)]
        for each in walks:
            each.run()
        assert list(walks[0].seen) == list(walks[1].seen)
        assert walks[0].dates == walks[1].dates
        both = writer.written["own"] | writer.written["all"]
        assert walks[0].seen.keys() == (both if collection == "inbox" else writer.written[collection])
