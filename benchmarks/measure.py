"""What benchmarks share: a node to measure, generated indicators, times and memory."""

import contextlib
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mithaq.config import Settings, encode_settings
from mithaq.model import Names
from mithaq.node import Home, Node, Place, found_node, open_node

__all__ = ["Row", "Setting", "best", "indicators", "new_home", "new_node", "resident_megabytes"]


class Row(NamedTuple):
    """A line of the page."""

    what: str
    measured: str
    against: str
    ratio: str


@dataclass(frozen=True)
class Setting:
    """Where a benchmark may work, where the shared data lie, and whether small numbers do."""

    folder: Path
    data: Path
    quick: bool

    def count(self, full: int) -> int:
        """A number of things to measure with."""
        return max(full // 100, 1) if self.quick else full


def new_home(folder: Path, name: str) -> Home:
    """A fresh node of one member, with its embedded database; not open. No other thread is left."""
    home = Home(folder / name)
    settings = Settings(name="dara", domain="dara.localhost", port=8470)
    names = Names("دارا", "Дара", "Dara")
    found_node(home, "dara", settings.domain, settings.public_url, names, Place(), encode_settings(settings))
    deadline = time.monotonic() + 5
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    return home


@contextlib.contextmanager
def new_node(folder: Path, name: str) -> Iterator[Node]:
    """The same, open."""
    with open_node(new_home(folder, name), "dara", Place()) as node:
        yield node


def best(work: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the median run."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def resident_megabytes() -> float:
    """The memory that this process has now."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def indicators(count: int, start: int = 0) -> Iterator[bytes]:
    """Generated STIX indicators, each as the bytes of one JSON object."""
    for number in range(start, start + count):
        identifier = uuid.UUID(int=(0x4D697468 << 96) | (4 << 76) | (2 << 62) | number)
        text = str(identifier).encode()
        yield (
            b'{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2026-01-01T00:00:00.000Z",'
            b'"modified":"2026-01-01T00:00:00.000Z","name":"Host %d of campaign %d","labels":["exercise"],'
            b'"indicator_types":["malicious-activity"],"pattern":"[domain-name:value = \'host%d.example\']",'
            b'"pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"}' % (text, number, number % 977, number)
        )
