"""One served node for the tests that leave it as they found it, and the description that its answers are held to."""

from collections.abc import Iterator

import pytest

from tests.serving import MadeNode, ServedNode, make_node
from tests.web.description import Description


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeNode:
    return make_node(tmp_path_factory.mktemp("web") / "dara")


@pytest.fixture(scope="session")
def served(made: MadeNode) -> Iterator[ServedNode]:
    with made.served(workers=2) as served:
        yield served


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> MadeNode:
    """A node that is served by each test for itself, which may kill its server."""
    return make_node(tmp_path_factory.mktemp("own") / "dara")


@pytest.fixture(scope="session")
def description() -> Description:
    return Description.read()
