"""The suite of TAXII 2.1 against a served node: nothing of it fails.

That the suite can fail is shown by `tests/conformance/taxii/test_suite.py`, and by `make bench`, where it finds the
known faults of other servers.
"""

from collections.abc import Iterator

import pytest

from tests.conformance.taxii import Result, Target, failures, run_checks
from tests.conformance.taxii.material import Material
from tests.serving import ServedNode, make_node

ONLY_TLS = {"tls_1_2", "tls_1_3"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    with make_node(tmp_path_factory.mktemp("taxii") / "dara").served(workers=2) as served:
        yield served


def collections(served: ServedNode) -> dict[str, str]:
    with served.client("analyst") as client:
        found = client.get("/taxii2/api/collections/").json()["collections"]
    return {each["title"]: each["id"] for each in found}


def told(results: list[Result]) -> str:
    return "\n".join(
        f"{each.name} ({each.section} {each.level}): {each.reason}" for each in results if each.outcome == "fail"
    )


@pytest.mark.parametrize("door", ["basic", "token"])
def test_every_must_and_should_of_taxii_2_1(served: ServedNode, door: str) -> None:
    found, token = collections(served), served.tokens["analyst"]
    target = Target(
        served.url,
        found["own"],
        api_root="/taxii2/api/" if door == "token" else None,
        basic=("analyst", token) if door == "basic" else None,
        token=token if door == "token" else None,
        read_only=found["inbox"],
        seed=5,
    )
    results = run_checks(target)
    assert failures(results) == [], told(results)
    # What is skipped needs a collection that Mithaq has none of (to write and not to read; closed), or TLS.
    skipped = {each.name for each in results if each.outcome == "skip"}
    assert all("write_only" in name or "closed" in name or name in ONLY_TLS for name in skipped), skipped
    assert len(results) - len(skipped) > 500


def test_a_role_that_only_reads(served: ServedNode) -> None:
    """For an auditor every collection is one to read and not to write; the suite says so and finds no fault in it."""
    found = collections(served)
    target = Target(
        served.url,
        found["own"],
        token=served.tokens["auditor"],
        read_only=found["own"],
        closed=Material(1).uuid(),
        seed=6,
    )
    results = run_checks(target, ["reading_is_forbidden", "add_is_forbidden", "delete_is_forbidden", "rights_are_told"])
    wrong = [each for each in results if each.outcome == "fail"]
    assert {each.name for each in wrong} <= {"rights_are_told[closed]"}, told(results)
