"""The README's five-minute tour works as it is written. Slow: it starts real nodes."""

import pytest

from tests.house.source import ROOT
from tests.house.tour import run, steps


def test_the_tour_runs_as_written() -> None:
    faults = run(steps((ROOT / "README.md").read_text(encoding="utf-8")), ROOT)
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
