"""What all tests share: where the shared data lie, and how patient Hypothesis is."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Two busy cores make any single example slow now and then; the number of examples bounds the time instead.
settings.register_profile("mithaq", deadline=None, print_blob=True)
settings.load_profile("mithaq")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared test data; its tests skip where it is absent, or fail where REQUIRE_DATA=1 wants it."""
    folder = Path(os.environ.get("MITHAQ_TEST_DATA") or ROOT / ".." / "shared" / "data").resolve()
    if not folder.is_dir():
        absent = f"no shared data at {folder} (MITHAQ_TEST_DATA names another place)"
        if os.environ.get("REQUIRE_DATA") == "1":
            pytest.fail(absent)
        pytest.skip(absent)
    return folder
