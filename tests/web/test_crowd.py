"""Many at once: every reader that follows `next` sees each record exactly once, whoever publishes meanwhile."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from mithaq.node import verify_log
from mithaq.node.tokens import PUBLISHERS
from tests.serving import MadeNode, ServedNode, indicator

RECORDS = "/api/v1/records"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


@dataclass
class Writer:
    """Publishes until the time is up, now one object, now many; some for one role only."""

    served: ServedNode
    number: int
    deadline: float
    published: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        chance = random.Random(self.number)
        role = sorted(PUBLISHERS)[self.number % len(PUBLISHERS)]
        with self.served.client(role) as client:
            while time.monotonic() < self.deadline:
                many = chance.choice((1, 1, 3, 40))
                red = chance.random() < 0.2
                marked: dict[str, Any] = {"object_marking_refs": [RED]} if red else {}
                objects = [indicator(**marked) for _ in range(many)]
                body = {"objects": objects, "to": [f"dara/{role}" if red else "own"]}
                answer = client.post(RECORDS, json=body)
                if answer.status_code == 503:  # busy: nothing is known of what became of it, so it is asked again
                    answer = client.post(RECORDS, json=body)
                assert answer.status_code in {200, 201}, answer.text
                placed = answer.json()["published"] + answer.json()["unchanged"]
                assert len(placed) == many
                self.published |= {each["commitment"]: role if red else "" for each in placed}


@dataclass
class Follower:
    """Follows `next` with pages of its own size, until it has been told that no more comes and reads nothing new."""

    served: ServedNode
    role: str
    limit: int
    quiet: threading.Event
    seen: list[str] = field(default_factory=list)

    def run(self) -> None:
        after = ""
        with self.served.client(self.role) as client:
            while True:
                was_quiet = self.quiet.is_set()
                answer = client.get(RECORDS, params={"limit": self.limit} | ({"after": after} if after else {}))
                if answer.status_code == 503:
                    continue
                assert answer.status_code == 200, answer.text
                page: dict[str, Any] = answer.json()
                self.seen += [each["commitment"] for each in page["records"]]
                after = page["next"]
                if was_quiet and not page["records"]:
                    return


def crowd(served: ServedNode, seconds: float) -> int:
    """Eight write and eight read; how many records were published."""
    quiet = threading.Event()
    writers = [Writer(served, number, time.monotonic() + seconds) for number in range(8)]
    roles = ("analyst", "auditor", "delegate", "secretariat")
    followers = [Follower(served, roles[n % 4], (5, 40, 200, 1000)[n // 2], quiet) for n in range(8)]
    with ThreadPoolExecutor(16) as threads:
        reading = [threads.submit(each.run) for each in followers]
        for each in [threads.submit(writer.run) for writer in writers]:
            each.result()
        quiet.set()
        for each in reading:
            each.result()
    published: dict[str, str] = {}
    for writer in writers:
        assert not published.keys() & writer.published.keys()
        published |= writer.published
    for follower in followers:
        assert len(follower.seen) == len(set(follower.seen)), "a reader saw a record twice"
        mine = {commitment for commitment, role in published.items() if role in {"", follower.role}}
        assert set(follower.seen) & published.keys() == mine, "a reader missed a record, or saw one of others"
    orders = [[each for each in follower.seen if published.get(each) == ""] for follower in followers]
    assert all(order == orders[0] for order in orders), "readers saw different orders"
    return len(published)


@pytest.mark.parametrize(
    "seconds", [pytest.param(6.0, id="short"), pytest.param(120.0, id="long", marks=pytest.mark.torture)]
)
def test_eight_writers_and_eight_readers(own: MadeNode, seconds: float) -> None:
    with own.served(workers=2) as served:
        published = crowd(served, seconds)
        with served.client() as client:
            size = int(client.get("/log/checkpoint").text.split("\n")[1])
    assert published > seconds * 4
    with own.opened() as node:
        report = verify_log(node)
    assert report.size == size
    assert report.records == size
