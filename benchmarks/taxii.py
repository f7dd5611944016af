"""Mithaq's TAXII 2.1 interface against other servers': speed and memory on the same objects, and conformance.

The objects are valid versions of ATT&CK's history: the newest of each, and before these as many older ones as make
5,000. Each server runs alone, is asked by Basic authentication, and answers over real HTTP. What takes too long is
given up and said so: medallion needs minutes for a page of so many.
"""

import contextlib
import gzip
import re
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import httpx2
import orjson

from benchmarks.measure import Row, Setting
from benchmarks.peers import Peer, medallion, opentaxii, processes
from mithaq.node.validation import load_validator
from tests.conformance.taxii import Result, Target, failures, kinds, run_checks, summary
from tests.serving import make_node

PEERS: Final = Path(__file__).parent / "peers"
OBJECTS: Final = 5_000
POSTED: Final = 500
PAGE: Final = 1_000
CONNECTIONS: Final = 16
PATIENCE: Final = 30.0
PATIENCE_FOR_A_PAGE: Final = 200.0
SLOW_PAGE: Final = 10.0
TAXII: Final = "application/taxii+json;version=2.1"


@dataclass
class Figures:
    """What was measured of one server; None is what it did not do in time."""

    name: str
    values: dict[str, float | None] = field(default_factory=dict)
    failed: int = 0
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """How a figure is told: the key, what was done, its unit, and whether more is better."""

    key: str
    what: str
    unit: str
    more_is_better: bool = True


MEASURED: Final = (
    Measured("in", f"objects added by POST of {POSTED}", "objects/s"),
    Measured("out", f"objects read in pages of {PAGE:,}", "objects/s"),
    Measured("first", f"the first page of {PAGE:,}", "ms", more_is_better=False),
    Measured("load", f"one object of the middle size, {CONNECTIONS} connections", "requests/s"),
    Measured("type", "match[type]=malware", "ms", more_is_better=False),
    Measured("after", f"added_after, a page of {PAGE:,}", "ms", more_is_better=False),
    Measured("memory", "memory of all processes then, the database's too", "MB", False),
    Measured("worker", "memory of the server's largest process then", "MB", False),
)


def measure(setting: Setting) -> list[Row]:
    """All servers one after the other, then the conformance suite against each, newly started."""
    objects = history(setting.data / "attack" / "attack-history.json.gz", setting.count(OBJECTS))
    servers: list[Callable[[], contextlib.AbstractContextManager[Peer]]] = [
        lambda: _mithaq(setting.folder / f"taxii-{time.monotonic_ns()}"),
        medallion,
        opentaxii,
    ]
    found: list[Figures] = []
    for start in servers:
        with start() as peer:
            found.append(_figures(peer, objects, 0.5 if setting.quick else 5.0))
        with start() as peer:
            found[-1].results = run_checks(_target(peer))
    return [*_rows(found, len(objects)), _conformance(found)]


def history(path: Path, count: int) -> list[bytes]:
    """Versions of ATT&CK's objects as JSON, each once: markings, then older versions, then the newest of each id.

    Left out is what is no valid STIX 2.1, mostly modified before it was created: Mithaq refuses it, others don't look.
    """
    is_valid = load_validator().is_valid
    versions: dict[tuple[str, str], dict[str, Any]] = {}
    for each in orjson.loads(gzip.decompress(path.read_bytes()))["objects"]:
        if "." not in each["created"]:  # STIX 2.1 section 3.2 wants milliseconds, and OpenTAXII fails without
            each["created"] = each["created"].replace("Z", ".000Z")
        if is_valid(each):
            versions.setdefault((each["id"], each.get("modified") or each["created"]), each)
    newest = dict(sorted(versions))
    markings = [key for key in versions if key[0].startswith("marking-definition--")]
    last = [key for key in versions if newest[key[0]] == key[1] and key not in markings]
    older = [key for key in versions if newest[key[0]] != key[1]]
    chosen = [*markings, *older[: max(count - len(last) - len(markings), 0)], *last][:count]
    return [orjson.dumps(versions[key]) for key in chosen]


@contextlib.contextmanager
def _mithaq(folder: Path) -> Iterator[Peer]:
    """A served node; everything goes to the audience `own`, and `inbox` is what can only be read."""
    folder.mkdir(mode=0o755)
    root = "/taxii2/api/"
    with make_node(folder / "dara").served(workers=2) as served:
        basic = ("analyst", served.tokens["analyst"])
        answer = httpx2.get(f"{served.url}{root}collections/", auth=basic, headers={"Accept": TAXII})
        ids = {each["title"]: each["id"] for each in answer.json()["collections"]}
        database = next(folder.rglob("postmaster.pid")).read_text("ascii").split()[0]
        pids = (served.process.pid, int(database))
        yield Peer("Mithaq", served.url, root, basic, None, ids["own"], ids["inbox"], None, None, pids)


def _target(peer: Peer) -> Target:
    return Target(
        peer.url,
        peer.collection,
        api_root=peer.api_root,
        # A token where there is one: OpenTAXII takes 0.1 s for each password.
        basic=None if peer.token else peer.basic,
        token=peer.token,
        read_only=peer.read_only,
        write_only=peer.write_only,
        closed=peer.closed,
        seed=2026,
        timeout=PATIENCE,
    )


# Measuring


def _figures(peer: Peer, objects: list[bytes], seconds: float) -> Figures:
    """What takes longest comes last, since a server goes on working for whom nobody waits any more."""
    found = Figures(peer.name)
    values = found.values
    with httpx2.Client(
        base_url=f"{peer.url}{peer.api_root}collections/{peer.collection}/",
        auth=peer.basic,
        headers={"Accept": TAXII, "Content-Type": TAXII},
        timeout=PATIENCE,
    ) as client:
        begun = time.perf_counter()
        found.failed = _add(client, objects)
        values["in"] = len(objects) / (time.perf_counter() - begun)
        middle = _date_added(client, objects[len(objects) // 2])
        values["type"] = _milliseconds(client, {"match[type]": "malware", "limit": str(PAGE)})
        identifier = orjson.loads(sorted(objects, key=len)[len(objects) // 2])["id"]
        values["load"] = _load(peer, f"{client.base_url.path}objects/{identifier}/", seconds)
        values["out"], first = _walk(client)
        values["first"] = None if first is None else first * 1000
        slow = first is None or first > SLOW_PAGE
        values["after"] = _milliseconds(client, {"added_after": middle, "limit": str(PAGE)}, 1 if slow else 5)
    values["memory"] = sum(_megabytes(peer.pids))
    values["worker"] = max(_megabytes(peer.pids[:1]))
    return found


def _add(client: httpx2.Client, objects: list[bytes]) -> int:
    """How many objects the server did not take."""
    failed = 0
    for start in range(0, len(objects), POSTED):
        body = b'{"objects":[' + b",".join(objects[start : start + POSTED]) + b"]}"
        answer = client.post("objects/", content=body).raise_for_status().json()
        while answer["status"] == "pending":
            answer = client.get(f"../../status/{answer['id']}/").raise_for_status().json()
        failed += answer["failure_count"]
    return failed


def _date_added(client: httpx2.Client, given: bytes) -> str:
    identifier = orjson.loads(given)["id"]
    answer = client.get(f"objects/{identifier}/").raise_for_status()
    return str(answer.headers["x-taxii-date-added-last"])


def _milliseconds(client: httpx2.Client, params: dict[str, str], repeats: int = 5) -> float | None:
    """The median time of a page with these filters."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        try:
            client.get("objects/", params=params).raise_for_status()
        except httpx2.TimeoutException:
            return None
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def _walk(client: httpx2.Client) -> tuple[float | None, float | None]:
    """Objects a second over all pages, and the seconds of the first; a slow first page is the only one."""
    params, count, first = {"limit": str(PAGE)}, 0, None
    begun = time.perf_counter()
    while True:
        try:
            answer = client.get("objects/", params=params, timeout=PATIENCE_FOR_A_PAGE).raise_for_status()
        except httpx2.TimeoutException:
            return None, first
        page = orjson.loads(answer.content)
        taken = time.perf_counter() - begun
        first = first or taken
        count += len(page.get("objects", []))
        if not page.get("more") or first > SLOW_PAGE:
            return count / taken, first
        params["next"] = page["next"]


def _load(peer: Peer, path: str, seconds: float) -> float:
    """Successful answers a second to clients that ask for one object again and again, each on its connection.

    One thread for all and as little work as possible: the client has the same two cores. When the time is over it
    waits for the last answers, so that nothing of them falls upon what is measured next.
    """
    request = next(httpx2.BasicAuth(*peer.basic).auth_flow(httpx2.Request("GET", peer.url)))
    lines = [f"GET {path} HTTP/1.1", f"Host: {request.url.netloc.decode()}", f"Accept: {TAXII}"]
    lines.append(f"Authorization: {request.headers['Authorization']}")
    sent = ("\r\n".join(lines) + "\r\n\r\n").encode()
    place = (request.url.host, request.url.port or 80)
    good = 0
    deadline = time.perf_counter() + seconds
    with selectors.DefaultSelector() as waiting, contextlib.ExitStack() as stack:

        def ask() -> None:
            connection = socket.create_connection(place, PATIENCE)
            stack.callback(connection.close)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(sent)
            waiting.register(connection, selectors.EVENT_READ, bytearray())

        for _ in range(CONNECTIONS):
            ask()
        while waiting.get_map() and time.perf_counter() < deadline + PATIENCE:
            for key, _ in waiting.select(1.0):
                connection = cast("socket.socket", key.fileobj)
                more = b""
                with contextlib.suppress(OSError):
                    more = connection.recv(262_144)
                key.data.extend(more)
                whole, kept = _whole(key.data)
                if more and not whole:
                    continue
                in_time = time.perf_counter() < deadline
                good += in_time and key.data[9:12] == b"200"
                key.data.clear()
                if in_time and kept and more:
                    connection.sendall(sent)
                    continue
                waiting.unregister(connection)
                connection.close()
                if in_time:
                    ask()
    return good / seconds


def _whole(data: bytearray) -> tuple[bool, bool]:
    """Whether an answer has come to its end, and whether its connection stays."""
    head, separator, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    length = re.search(rb"\r\ncontent-length: *([0-9]+)", lower)
    whole = bool(separator) and length is not None and len(body) >= int(length[1])
    return whole, head.startswith(b"HTTP/1.1") and b"\r\nconnection: close" not in lower


def _megabytes(pids: tuple[int, ...]) -> list[float]:
    """The memory of each of these processes and their descendants; a shared page counts in parts (PSS)."""
    found = []
    for each in {one for pid in pids for one in processes(pid)}:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text("ascii").splitlines():
                found += [int(line.split()[1]) / 1024] if line.startswith("Pss:") else []
    return found


# Telling


def _told(value: float | None, unit: str, key: str) -> str:
    if value is None:
        return f"none in {PATIENCE_FOR_A_PAGE if key in {'out', 'first'} else PATIENCE:.0f} s"
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"


def _ratio(ours: float | None, theirs: float | None, *, more_is_better: bool) -> str:
    if ours is None or not ours:
        return "–"
    if theirs is None or not theirs:
        return "does not finish" if theirs is None else "none in time"
    times = ours / theirs if more_is_better else theirs / ours
    return f"{times:,.1f}" if times < 100 else f"{times:,.0f}"


def _rows(found: list[Figures], count: int) -> list[Row]:
    mithaq, *others = found
    rows = []
    for each in MEASURED:
        ours = mithaq.values[each.key]
        theirs = [f"{one.name}: {_told(one.values[each.key], each.unit, each.key)}" for one in others]
        better = each.more_is_better
        ratios = [_ratio(ours, one.values[each.key], more_is_better=better) for one in others]
        word = "times less" if each.unit == "MB" else "times as fast"
        what = f"TAXII, {count:,} objects: {each.what}"
        rows.append(Row(what, _told(ours, each.unit, each.key), "; ".join(theirs), f"{' and '.join(ratios)} {word}"))
    refused = ", ".join(f"{one.name} {one.failed}" for one in found if one.failed)
    if refused:
        rows[0] = rows[0]._replace(what=f"{rows[0].what} (not taken: {refused})")
    return rows


def _as_known(found: Figures) -> str:
    """Whether a peer fails where it is known to; which checks are new in the list, and which pass now."""
    path = PEERS / f"known-{found.name.partition(' ')[0].lower()}.txt"
    if not path.is_file():
        return ""
    known, failed = set(path.read_text("utf-8").splitlines()), set(failures(found.results))
    if known == failed:
        return ", all of them known"
    return "".join(
        f", {word}: {', '.join(sorted(names))}"
        for word, names in (("not known", failed - known), ("known and passing now", known - failed))
        if names
    )


def _conformance(found: list[Figures]) -> Row:
    told = []
    for each in found:
        counted = summary(each.results)
        parts = [
            f"{counted[f'fail {level}']} {level} ({len(kinds(each.results, level))} different)"
            for level in ("MUST", "SHOULD")
        ]
        told.append(f"{', '.join(parts)}, {counted['skip']} skipped{_as_known(each)}")
    names = [each.name for each in found]
    theirs = "; ".join(f"{name}: {text}" for name, text in zip(names[1:], told[1:], strict=True))
    return Row(f"TAXII 2.1 conformance, {len(found[0].results)} checks: those that fail", told[0], theirs, "–")
