"""Nodes for tests: of any charter, in any database, with the keys of the small alliance and a clock of one's own."""

import contextlib
import itertools
import json
import secrets
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import UNSET

from mithaq.model import Audience, Charter, Release, Tlp, encode_time, seal_record
from mithaq.node import Home, Node, Prepared, prepare
from mithaq.store.append import NewRecord, accept
from mithaq.store.database import Database
from mithaq.store.logs import found_log
from mithaq.tlog import sign_checkpoint
from tests.properties.alliance import believed, charter, organisation, seed

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
CREATED = "2026-11-01T00:00:00.000Z"
MEMBERS = ("dara", "kolan", "sarib")
PARTNER = "tamur"

_numbers = itertools.count()


def small_alliance(**changes: Any) -> Charter:
    """Three members and a partner; a group of two members, and one with the partner in it."""
    plain = {
        "partners": (organisation(PARTNER),),
        "groups": {"cyber": ("dara", "sarib"), "wide": ("dara", "kolan", PARTNER)},
    }
    return charter(MEMBERS, **{**plain, **changes})


def new_home(folder: Path, owner: str = "dara") -> Home:
    """A node's folder with the keys that the small alliance's charter names."""
    (folder / "keys").mkdir(parents=True, mode=0o700)
    for purpose in ("charter", "log", "witness", "http", "seal"):
        (folder / "keys" / f"{purpose}.key").write_text(seed(owner, purpose).hex())
    home = Home(folder)
    home.make()
    return home


@contextlib.contextmanager
def node_in(
    folder: Path, database: Database, of: Charter | None = None, *, clock: Callable[[], datetime] = lambda: NOW
) -> Iterator[Node]:
    """The node of the first member, with its log founded in a fresh schema; entry 0 adopts the charter."""
    believe = believed(of or small_alliance())
    name = believe.charter.members[0].id
    with database.writing() as connection:
        found_log(connection, believe.origin(name), name)
    node = Node(new_home(folder, name), database, name, believe, clock=clock)
    node.adopt_charter()
    yield node


def log_key(node: Node) -> bytes:
    return node.charter.organisations[node.name].keys.log


def stix(kind: str = "indicator", *, tlp: Tlp | None = None, **properties: Any) -> dict[str, Any]:
    """A new STIX object; `None` takes a property away."""
    value: dict[str, Any] = {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid.UUID(int=next(_numbers) | 4 << 76 | 8 << 60, version=4)}",
        "created": CREATED,
        "modified": CREATED,
    }
    if tlp is not None:
        value["object_marking_refs"] = [tlp.marking]
    value |= properties
    return {name: each for name, each in value.items() if each is not None}


def read(value: dict[str, Any], place: str = "$") -> Prepared:
    """An object as it comes from outside: through its bytes."""
    return prepare(place, json.dumps(value, ensure_ascii=False).encode())


def append_all(node: Node, new: list[NewRecord]) -> None:
    """Append records past the rules of publishing, in one acceptance."""
    signer = node.home.signer("log", node.charter.origin(node.name))
    with accept(node.database, NOW) as acceptance:
        acceptance.append(new, lambda checkpoint: sign_checkpoint(checkpoint, signer))


def new_record(
    node: Node, value: dict[str, Any], audience: Audience, tlp: Tlp = Tlp.GREEN, author: str = "", group: str = ""
) -> NewRecord:
    """An object released to any audience, as the store takes it."""
    prepared = read(value)
    release = Release(
        alliance=node.charter.alliance,
        log=node.charter.origin(node.name),
        author=author or node.name,
        audience=audience,
        charter=node.charter.digest,
        released=encode_time(NOW),
        nonce=secrets.token_hex(16),
        group=group or UNSET,
    )
    record = seal_record(prepared.canonical, release, checked=True)
    kept = (prepared.object_id, prepared.type, prepared.version, prepared.digest)
    return NewRecord(record, *kept, tlp, True, prepared.words)
