"""Whole nodes in folders, for tests of what keeps them: made, filled, dumped, compared."""

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner

from mithaq.config import Settings, encode_settings, load_settings
from mithaq.errors import MithaqError
from mithaq.model import Names, Reader, Tlp
from mithaq.node import Home, Node, Place, Wish, attach, found_node, open_node, prepare
from mithaq.node.node import database_server
from mithaq.store.embedded import tool
from mithaq.store.reading import StoredRecord
from tests.store.nodes import stix

OWN = Reader("dara")
ATTACHED = bytes(range(256)) * 3000
READERS = (
    Reader(),
    OWN,
    *(Reader("dara", frozenset({role})) for role in ("duty-officer", "analyst", "administrator")),
    Reader("dara", frozenset({"duty-officer", "analyst"})),
    Reader("kolan"),
)


def found(folder: Path, url: str = "", schema: str = "mithaq") -> Home:
    """A node of one member."""
    home = Home(folder)
    settings = Settings(name="dara", domain="dara.localhost", port=8470, database_url=url, database_schema=schema)
    names = Names("دارا", "Дара", "Dara")
    found_node(home, "dara", settings.domain, settings.public_url, names, settings.place, encode_settings(settings))
    return home


@contextlib.contextmanager
def opened(home: Home, url: str = "") -> Iterator[Node]:
    settings = load_settings(home, {"MITHAQ_DATABASE_URL": url} if url else {})
    with open_node(home, settings.name, settings.place, linger=0.3) as node:
        yield node


def publish(node: Node, count: int = 1, tlp: Tlp | None = None, to: str = "own", **wish: Any) -> list[str]:
    """Publish new objects; returns their ids."""
    values = [stix(tlp=tlp, name=f"Object for {to}") for _ in range(count)]
    batch = [prepare("$", json.dumps(value).encode()) for value in values]
    return [each.object_id for each in node.publish("test", batch, Wish((to,), **wish)).published]


def fill(node: Node) -> None:
    """Records of every kind of audience, and an attachment that only analysts may read."""
    publish(node, 3)
    publish(node, 2, Tlp.GREEN, "all")
    publish(node, 2, Tlp.CLEAR, "public", public_confirmed=True)
    publish(node, 2, Tlp.RED, "dara/duty-officer")
    artifact = prepare("$", json.dumps(stix("artifact", tlp=Tlp.RED, mime_type="application/zip", url="x:")).encode())
    node.publish("test", [attach(node, "test", artifact, ATTACHED)], Wish(("dara/analyst",)))


def seen(node: Node, size: int) -> dict[Reader, list[StoredRecord]]:
    """What each reader sees of the first `size` arrivals."""
    return {
        reader: [record for record in node.page(reader, "", 1000).records if record.arrival <= size]
        for reader in READERS
    }


def attachment(node: Node) -> bytes:
    """The attachment, as an analyst reads it."""
    reader = Reader("dara", frozenset({"analyst"}))
    record = next(each for each in node.page(reader, "", 1000).records if each.type == "artifact")
    found = node.attachment(reader, record.commitment)
    return node.attachment_bytes(reader, found.digest, 0, found.size)


def definitions(home: Home, place: Place) -> str:
    """Everything in the schema but its rows, owners and rights included, as pg_dump writes it."""
    with database_server(home, place) as target:
        command = [str(tool("pg_dump")), "--schema-only", f"--schema={place.schema}", f"--dbname={target.admin}"]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
    lines = [line for line in done.stdout.splitlines() if not re.match(r"\\(un)?restrict |-- Dumped", line)]
    return "\n".join(lines)


@contextlib.contextmanager
def refused(code: str, place: str = "") -> Iterator[None]:
    """An error of ours with this code, and this place if one is given."""
    with pytest.raises(MithaqError) as caught:
        yield
    assert caught.value.code == code, caught.value
    assert place in caught.value.place


def run(command: Command, *words: object, code: int = 0, environment: dict[str, str] | None = None) -> str:
    """What a command prints; it must end with this exit code."""
    done = CliRunner().invoke(command, [str(word) for word in words], env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return str(done.output)


def run_json(command: Command, *words: object, code: int = 0, **more: Any) -> Any:
    return json.loads(run(command, *words, "--json", code=code, **more))


def secrets_of(home: Home) -> list[bytes]:
    """Every secret of a node, in each spelling in which it could leak."""
    found: list[bytes] = []
    for path in (home.path / "keys").glob("*.key"):
        text = path.read_text().strip()
        found += [text.encode(), bytes.fromhex(text)]
    secrets = home.database_secrets()
    found += [secrets.writer.encode(), secrets.reader.encode(), secrets.context, secrets.context.hex().encode()]
    password = home.database / "superuser.password"
    if password.exists():
        found.append(password.read_bytes().strip())
    return found
