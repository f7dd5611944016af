"""A server of each kind for the whole session, and a fresh schema for each module."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mithaq.node import Node
from mithaq.store.database import Database, DatabaseSecrets, Target
from tests.store.nodes import node_in
from tests.store.servers import Server, debian, debian_programs, embedded, make, new_secrets


@pytest.fixture(scope="session")
def embedded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with embedded(tmp_path_factory.mktemp("embedded") / "database") as server:
        yield server


@pytest.fixture(scope="session")
def debian_server() -> Iterator[Server]:
    programs = debian_programs()
    if programs is None:
        absent = "PostgreSQL's own server, 15 or newer, is not installed (make ci-deps)"
        if os.environ.get("REQUIRE_POSTGRES15") == "1":
            pytest.fail(absent)
        pytest.skip(absent)
    with debian(programs) as server:
        yield server


@pytest.fixture(scope="session", params=["embedded", "debian"])
def server(request: pytest.FixtureRequest) -> Server:
    """Both servers, one after the other: all tests run on the first before the second starts."""
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(scope="module")
def target(server: Server) -> Target:
    """A database with nothing in it yet."""
    return server.new_target()


@pytest.fixture(scope="module")
def credentials() -> DatabaseSecrets:
    return new_secrets()


@pytest.fixture(scope="module")
def database(target: Target, credentials: DatabaseSecrets) -> Iterator[Database]:
    """The module's own schema, migrated."""
    make(target, credentials)
    with Database(target, credentials) as made:
        yield made


@pytest.fixture
def lone_node(server: Server, tmp_path: Path) -> Iterator[Node]:
    """A node of its own for one test; its schema lies beside others in one database, which takes less time."""
    target, credentials = server.new_target("postgres"), new_secrets()
    make(target, credentials, alone=False)
    with Database(target, credentials) as database, node_in(tmp_path / "node", database) as opened:
        yield opened
