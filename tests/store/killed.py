"""What test_kills.py kills: a process that publishes, and one that looks at the checkpoint.

    python -m tests.store.killed publish FOLDER NUMBER    objects from NUMBER on, in small batches, until it is killed
    python -m tests.store.killed watch FOLDER             every checkpoint that is shown

A line is said after the fact and flushed at once: `ack NUMBER` for each object that the node said it has published or
holds, `shown BASE64` for each checkpoint.
"""

import base64
import itertools
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mithaq.config import load_settings
from mithaq.errors import Unavailable
from mithaq.node import Home, Node, Wish, import_batches, open_node, prepare, read_ahead

OWN = Wish(("own",))
SPACE = uuid.UUID("6f2f5b5e-6d5c-4c1b-9f52-0a9f6b2f1f11")


def object_of(number: int) -> dict[str, Any]:
    """The same number always gives the same object."""
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{uuid.uuid5(SPACE, str(number))}",
        "created": "2026-11-24T05:00:00.000Z",
        "modified": "2026-11-24T05:00:00.000Z",
        "content": f"Note {number}: " + "x" * (number * 37 % 3000),
        "object_refs": [f"indicator--{uuid.uuid5(SPACE, 'about')}"],
    }


def say(*words: object) -> None:
    print(*words, flush=True)


def by_publishing(node: Node, numbers: list[int]) -> None:
    batch = [prepare(str(number), json.dumps(object_of(number)).encode()) for number in numbers]
    outcome = node.publish("child", batch, OWN)
    for placed in (*outcome.unchanged, *outcome.published):
        say("ack", placed.place)
    if outcome.checkpoint:
        say("shown", base64.b64encode(outcome.checkpoint).decode())


def by_importing(node: Node, numbers: list[int]) -> None:
    with tempfile.NamedTemporaryFile(prefix="mithaq-", suffix=".ndjson") as file:
        file.writelines(json.dumps(object_of(number)).encode() + b"\n" for number in numbers)
        file.flush()
        paths = [Path(file.name)]
        with read_ahead(paths) as batches:
            done = import_batches(node, "child", batches, paths, OWN)
    assert done.published + done.unchanged == len(numbers)
    for number in numbers:
        say("ack", number)


def patiently(work: Callable[[], None]) -> None:
    """Until it succeeds: the database may be down for a while, and what was asked may have happened all the same."""
    while True:
        try:
            return work()
        except Unavailable:
            time.sleep(0.05)


def batches(start: int) -> Iterator[list[int]]:
    chance = random.Random(start)
    while True:
        size = chance.choice([1, 1, 2, 5, 40])
        yield list(range(start, start + size))
        start += size


def main(act: str, folder: str, start: str = "0") -> None:
    home = Home(Path(folder))
    settings = load_settings(home, {})
    with open_node(home, settings.name, settings.place) as node:
        say("ready")
        if act == "watch":
            shown = b""
            while True:
                try:
                    newest = node.checkpoint()
                except Unavailable:
                    time.sleep(0.02)
                    continue
                if newest != shown:
                    shown = newest
                    say("shown", base64.b64encode(shown).decode())
        ways = itertools.cycle([by_publishing, by_importing])
        for numbers in batches(int(start)):
            say("try", numbers[-1])
            way = next(ways)
            patiently(lambda: way(node, numbers))


if __name__ == "__main__":
    main(*sys.argv[1:])
