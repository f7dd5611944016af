"""Node and PostgreSQL killed at any moment: what was acknowledged is there once, what was shown is never taken back."""

import base64
import contextlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from mithaq.config import Settings, encode_settings
from mithaq.model import Names
from mithaq.node import Home, Node, Wish, found_node, open_node, prepare, read_audit, verify_log
from tests.store import killed
from tests.store.oracle import EMPTY, check_log, leaf, read_checkpoint, root
from tests.store.running import at_rest, kill, postmaster, until

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
VICTIMS = ("publisher", "postgres", "both", "all")


def said(lines: Path, word: str) -> list[str]:
    """What processes said into a file; a line that was cut off by a kill has no newline, and doesn't count."""
    whole = lines.read_text().rpartition("\n")[0].splitlines() if lines.exists() else []
    return [line.removeprefix(f"{word} ") for line in whole if line.startswith(f"{word} ")]


class Child:
    """A process of `tests.store.killed`; its lines go to a file, which outlives it."""

    def __init__(self, lines: Path, *words: str) -> None:
        with lines.open("ab") as file:
            command = [sys.executable, "-m", "tests.store.killed", *words]
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Campaign:
    """A node in a folder, a process that publishes, one that watches; and what to do to them."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "node")
        self.settings = Settings(name="dara", domain="dara.localhost", port=8470)
        self.published, self.watched = folder / "published", folder / "watched"
        found_node(
            self.home,
            "dara",
            "dara.localhost",
            self.settings.public_url,
            Names("دارا", "Дара", "Dara"),
            self.settings.place,
            encode_settings(self.settings),
        )
        self.watcher = self.watch()
        self.publisher = self.publish()

    def publish(self) -> Child:
        """A publisher that takes up what its predecessor tried last and perhaps was never told of."""
        first = max((int(number) for number in said(self.published, "ack")), default=-1) + 1
        return Child(self.published, "publish", str(self.home.path), str(first))

    def watch(self) -> Child:
        return Child(self.watched, "watch", str(self.home.path))

    def progress(self) -> None:
        """Wait until something new is acknowledged."""
        before = len(said(self.published, "ack"))

        def more() -> bool:
            assert self.publisher.process.poll() is None, "the publisher gave up"
            assert self.watcher.process.poll() is None, "the watcher gave up"
            return len(said(self.published, "ack")) > before

        until(more, PATIENCE)

    def strike(self, victim: str) -> None:
        if victim in {"publisher", "both", "all"}:
            self.publisher.kill()
        if victim in {"postgres", "both", "all"}:
            with contextlib.suppress(OSError, ValueError):  # it may be down from before
                kill(postmaster(self.home.database))
        if victim == "all":
            self.watcher.kill()
            self.watcher = self.watch()
        if self.publisher.process.poll() is not None:
            self.publisher = self.publish()

    def end(self) -> None:
        for child in (self.publisher, self.watcher):
            child.kill()


def heads(commitments: list[bytes]) -> list[bytes]:
    """The root hash at every size, from an empty tree on (RFC 6962 section 2.1), one entry at a time."""
    found, edge = [EMPTY], list[tuple[int, bytes]]()
    for entry in commitments:
        edge.append((0, leaf(entry)))
        while len(edge) > 1 and edge[-1][0] == edge[-2][0]:
            (height, left), (_, right) = edge[-2:]
            edge[-2:] = [(height + 1, sha256(b"\1" + left + right).digest())]
        top = edge[-1][1]
        for _, left in edge[-2::-1]:
            top = sha256(b"\1" + left + top).digest()
        found.append(top)
    return found


@contextlib.contextmanager
def reopened(campaign: Campaign) -> Iterator[Node]:
    with open_node(campaign.home, "dara", campaign.settings.place, linger=0.1) as node:
        yield node


def check(campaign: Campaign) -> str:
    """What must hold whatever was killed; says how much that was."""
    acknowledged = Counter(int(number) for number in said(campaign.published, "ack"))
    shown = said(campaign.published, "shown") + said(campaign.watched, "shown")
    with reopened(campaign) as node:
        key = node.charter.log_key("dara").public_key
        log = check_log(node.database, key)  # arrivals without gaps, each record, tile, root and signature
        assert verify_log(node).size == log.size
        published = Counter(value["id"] for value in log.objects()[1:])
        ids = {number: killed.object_of(number)["id"] for number in acknowledged}
        assert {number for number, name in ids.items() if name not in published} == set(), "acknowledged and lost"
        assert {name for name, times in published.items() if times > 1} == set(), "published twice"
        roots = heads(log.commitments)
        assert roots[log.size] == log.root_at(log.size)
        for note in set(shown):
            origin, size, shown_root = read_checkpoint(base64.b64decode(note), key)
            assert (origin, shown_root) == (log.origin, roots[size]), "a checkpoint was shown and contradicted"
        with node.database.inspecting() as connection:
            acts = [act.detail for act in read_audit(connection, log.size + 10) if act.act == "publish"]
        covered = [index for act in acts for index in range(int(act["first"]), int(act["last"]) + 1)]
        assert sorted(covered) == list(range(log.size)), "an act without its line, or a line without its act"
        again = prepare("$", json.dumps(killed.object_of(0)).encode())
        assert len(node.publish("t", [again], Wish(("own",))).unchanged) == 1
    return f"{log.size} records, {len(acknowledged)} acknowledged, {len(set(shown))} checkpoints shown"


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.torture)])
def test_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    campaign = Campaign(tmp_path)
    struck: list[str] = []
    try:
        while len(struck) < kills:
            for victim in chance.sample(VICTIMS, min(len(VICTIMS), kills - len(struck))):
                campaign.progress()
                time.sleep(chance.expovariate(1 / 0.3))
                campaign.strike(victim)
                struck.append(victim)
        campaign.progress()
    except BaseException:
        print(f"seed {seed}, struck {struck}")
        raise
    finally:
        campaign.end()
    print(f"seed {seed}, struck {Counter(struck)}: {check(campaign)}")
    assert len(said(campaign.watched, "shown")) > 0
    until(lambda: at_rest(campaign.home.database))


def test_the_judge_of_heads_is_right() -> None:
    """Against the other way in which the oracle computes a root."""
    commitments = [sha256(bytes([number])).digest() for number in range(70)]
    found = heads(commitments)
    assert found == [root([leaf(each) for each in commitments[:size]]) for size in range(71)]
